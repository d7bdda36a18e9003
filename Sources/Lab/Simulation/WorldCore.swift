import Environment
import Glibc

/// The scheduler's state: virtual time, ready jobs, timers, the trace.
///
/// `@unchecked Sendable`: every stored property is read and written only inside `locked`, which holds a
/// recursive mutex. One thread does all the work of a sound run; the mutex makes a run that leaves it
/// (found and reported as `escaped`) safe as well. It is recursive, which a `Mutex` is not: what happens to a
/// world goes through it from object to object, each of which may also be called from a test. The mutable state
/// of hosts, incarnations, volumes and their files, network and streams is guarded by this same mutex.
final class WorldCore: @unchecked Sendable {
    struct Ready {
        let job: UnownedJob
        let owner: Incarnation
        let sequence: UInt64
    }

    enum Next {
        case job(UnownedJob, Incarnation)
        case action(() -> Void)
        case nothing
        case beyondLimit
    }

    let seed: UInt64
    let order: SimulatedWorld.Order
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    var now: Int64 = 0
    var trace = Trace()
    var incarnations: [Incarnation] = []
    var hosts: [SimulatedHost] = []
    /// That of `SimulatedWorld.perform`, one of the hosts.
    var driver: SimulatedHost?
    var volumes: [SimulatedVolume] = []
    /// Delay that file operations of the lane body now running have added up.
    var ioDelay: Int64 = 0
    var disk: SeededGenerator
    var network: SeededGenerator
    var faults: SeededGenerator
    private var scheduling: SeededGenerator
    private var ready: [Ready] = []
    private var timers = TimerHeap()
    private var sequence: UInt64 = 0
    private var runner: pthread_t?
    private var escape: String?

    init(seed: UInt64, order: SimulatedWorld.Order) {
        self.seed = seed
        self.order = order
        scheduling = SeededGenerator(seed: seed, stream: "scheduling")
        disk = SeededGenerator(seed: seed, stream: "disk")
        network = SeededGenerator(seed: seed, stream: "network")
        faults = SeededGenerator(seed: seed, stream: "faults")
        var attributes = pthread_mutexattr_t()
        pthread_mutexattr_init(&attributes)
        pthread_mutexattr_settype(&attributes, Int32(PTHREAD_MUTEX_RECURSIVE))
        pthread_mutex_init(mutex, &attributes)
        pthread_mutexattr_destroy(&attributes)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    func locked<T, E: Error>(_ body: () throws(E) -> T) throws(E) -> T {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }

    func record(_ kind: Trace.Kind, _ owner: Incarnation?, _ number: UInt64 = 0, _ text: String = "") {
        locked {
            trace.record(.init(time: now, kind: kind, incarnation: owner?.number ?? 0, number: number, text: text))
        }
    }

    // MARK: Jobs and timers

    func enqueue(_ job: UnownedJob, _ owner: Incarnation) {
        locked {
            if let runner, pthread_equal(runner, pthread_self()) == 0, escape == nil {
                escape = "a job of \(owner.label) was enqueued from another thread"
            }
            // A dead incarnation's job is dropped: its task never goes on, and is never told.
            guard owner.state != .dead else { return }
            sequence += 1
            let entry = Ready(job: job, owner: owner, sequence: sequence)
            if owner.state == .stopped { owner.heldJobs.append(entry) } else { ready.append(entry) }
        }
    }

    /// Runs `action` at `time` unless `owner` is dead by then.
    func schedule(at time: Int64, owner: Incarnation?, _ action: @escaping () -> Void) {
        locked {
            sequence += 1
            timers.insert(.init(time: max(time, now), sequence: sequence, owner: owner, action: action))
        }
    }

    func discard(_ owner: Incarnation) {
        locked {
            ready.removeAll { $0.owner === owner }
            owner.heldJobs = []
            owner.heldTimers = []
        }
    }

    func hold(_ owner: Incarnation) {
        locked {
            owner.heldJobs.append(contentsOf: ready.filter { $0.owner === owner })
            ready.removeAll { $0.owner === owner }
        }
    }

    func release(_ owner: Incarnation) {
        locked {
            ready.append(contentsOf: owner.heldJobs)
            for timer in owner.heldTimers { timers.insert(timer) }
            owner.heldJobs = []
            owner.heldTimers = []
        }
    }

    func next(limit: Int64) -> Next {
        locked {
            skipTimersThatCannotRun()
            let isDue = timers.first.map { $0.time <= now } ?? false
            if ready.isEmpty && !isDue {
                guard let timer = timers.first else { return .nothing }
                guard timer.time <= limit else {
                    now = max(now, limit)
                    return .beyondLimit
                }
                now = timer.time
                record(.time, nil)
                return fire()
            }
            let choices = ready.count + (isDue ? 1 : 0)
            var pick = 0
            if order == .random && choices > 1 { pick = Int.random(in: 0..<choices, using: &scheduling) }
            // A due timer is the first choice, so that in order of arrival it goes before the jobs.
            if isDue {
                if pick == 0 { return fire() }
                pick -= 1
            }
            let entry = ready.remove(at: pick)
            record(.job, entry.owner, entry.sequence)
            return .job(entry.job, entry.owner)
        }
    }

    private func fire() -> Next {
        guard let timer = timers.removeFirst() else { return .nothing }
        record(.action, timer.owner, timer.sequence)
        return .action(timer.action)
    }

    private func skipTimersThatCannotRun() {
        while let timer = timers.first, let owner = timer.owner, owner.state != .running {
            _ = timers.removeFirst()
            if owner.state == .stopped { owner.heldTimers.append(timer) }
        }
    }

    // MARK: Runs

    /// Marks the calling thread as the one that runs everything, for the time of `body`.
    func running<T>(_ body: () throws -> T) rethrows -> T {
        locked { runner = pthread_self() }
        defer { locked { runner = nil } }
        return try body()
    }

    func failure(_ cause: SimulationFailure.Cause) -> SimulationFailure {
        locked { SimulationFailure(cause: cause, seed: seed, dump: dump()) }
    }

    func escaped() -> SimulationFailure? {
        locked { escape.map { failure(.escaped($0)) } }
    }

    private func dump() -> String {
        var lines = ["virtual time \(seconds(now)), \(ready.count) ready jobs, \(timers.count) timers"]
        for incarnation in incarnations where incarnation.state != .dead {
            lines.append("\(incarnation.label): \(incarnation.state)")
            lines += incarnation.running.sorted().map { "  task \($0)" }
            lines += incarnation.waits.sorted().map { "  waits: \($0)" }
        }
        return (lines + ["last events:"] + trace.lines()).joined(separator: "\n")
    }

    /// Breaks the reference cycles at the end of the world; tasks that have not ended are abandoned. What those hold
    /// is never freed, so that the large things are emptied here.
    func end() {
        locked {
            for host in hosts { host.end() }
            for volume in volumes { volume.end() }
            volumes = []
            trace = Trace()
            ready = []
            timers = TimerHeap()
            incarnations = []
            hosts = []
            driver = nil
        }
    }
}

/// A binary heap by time, then by order of insertion.
struct TimerHeap {
    struct Timer {
        let time: Int64
        let sequence: UInt64
        let owner: Incarnation?
        let action: () -> Void

        func isBefore(_ other: Timer) -> Bool { (time, sequence) < (other.time, other.sequence) }
    }

    private var heap: [Timer] = []

    var first: Timer? { heap.first }
    var count: Int { heap.count }

    mutating func insert(_ timer: Timer) {
        heap.append(timer)
        var child = heap.count - 1
        while child > 0, heap[child].isBefore(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func removeFirst() -> Timer? {
        guard !heap.isEmpty else { return nil }
        heap.swapAt(0, heap.count - 1)
        let first = heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child].isBefore(heap[least]) { least = child }
            }
            guard least != parent else { return first }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
