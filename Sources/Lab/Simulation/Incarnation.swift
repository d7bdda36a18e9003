import Environment
import Synchronization

/// One life of a simulated process: from `host.boot` to its kill. Its tasks run on the world's executor.
///
/// `@unchecked Sendable`: mutable state is guarded by the world's mutex, which it shares with the hosts, queues and
/// timers that change together with it: a mutex of its own would let somebody see half of a kill.
public final class Incarnation: TaskExecutor, @unchecked Sendable {
    enum State { case running, stopped, dead }

    public let host: SimulatedHost
    public let name: String
    /// Counts the incarnations of a world, from 1.
    public let number: Int
    let core: WorldCore
    var state = State.running
    var heldJobs: [WorldCore.Ready] = []
    var heldTimers: [TimerHeap.Timer] = []
    /// For dumps: names of spawned tasks that have not ended, labels of suspended waits.
    var running: [String] = []
    var waits: [String] = []
    private var hasReturned = false
    private var deathActions: [() -> Void] = []

    init(host: SimulatedHost, name: String, number: Int) {
        self.host = host
        self.name = name
        self.number = number
        core = host.core
    }

    public var label: String { "\(host.name)/\(name)#\(number)" }
    public var isAlive: Bool { core.locked { state != .dead } }
    /// The body given to `boot` has returned; its spawned tasks may still run.
    public var isFinished: Bool { core.locked { hasReturned } }

    /// SIGKILL: queued and future jobs are discarded, which is not cancellation: no code of this incarnation
    /// runs again, but for the synchronous code that made this very call, whose effects are refused.
    public func kill() {
        core.locked {
            guard state != .dead else { return }
            core.record(.kill, self, 0, label)
            die()
            host.fabric.processDied(self)
        }
    }

    /// Does `action` at the instant of this incarnation's death, whatever its cause: what a kernel would clean up, and
    /// what a supervisor would notice.
    public func atDeath(_ action: @escaping () -> Void) { core.locked { deathActions.append(action) } }

    /// SIGSTOP: jobs and timers wait for `resume`; the kernel's buffers go on filling.
    public func stop() {
        core.locked {
            guard state == .running else { return }
            core.record(.stop, self)
            state = .stopped
            core.hold(self)
        }
    }

    /// SIGCONT.
    public func resume() {
        core.locked {
            guard state == .stopped else { return }
            core.record(.resume, self)
            state = .running
            core.release(self)
        }
    }

    func die() {
        state = .dead
        core.discard(self)
        running = []
        waits = []
        let actions = deathActions
        deathActions = []
        for action in actions { action() }
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        core.enqueue(UnownedJob(job), self)
    }

    func start(_ body: @escaping @Sendable (Environment) async -> Void) {
        let environment = makeEnvironment()
        _ = Task.detached(executorPreference: self, priority: .medium) { [self] in
            await body(environment)
            core.locked { hasReturned = true }
        }
    }

    private func makeEnvironment() -> Environment {
        let stream = "\(host.name)/\(name)/\(number)"
        return Environment(
            clock: SimulatedClock(owner: self),
            random: SimulatedRandomSource(seed: core.seed, stream: stream),
            tasks: SimulatedTaskSpawner(owner: self), files: SimulatedFileSystem(owner: self),
            lanes: SimulatedLaneProvider(owner: self), network: IncarnationNetwork(owner: self),
            failpoints: SimulatedFailpoints(owner: self), programs: SimulatedProgramRunner(owner: self))
    }
}

struct SimulatedClock: Clock {
    let owner: Incarnation

    func now() -> MonotonicInstant {
        owner.core.locked { MonotonicInstant(nanoseconds: owner.core.now + owner.host.monotonicOffset) }
    }

    func wallNow() -> WallInstant { owner.host.wallNow() }

    func sleep(until instant: MonotonicInstant) async throws {
        let core = owner.core
        let waiter = core.locked {
            let time = instant.nanoseconds - owner.host.monotonicOffset
            let waiter = Waiter(owner, "sleep until \(seconds(max(0, time)))")
            core.schedule(at: time, owner: owner) { waiter.wake() }
            return waiter
        }
        if await waiter.wait() == .cancelled { throw CancellationError() }
    }
}

final class SimulatedRandomSource: RandomSource, Sendable {
    private let generator: Mutex<SeededGenerator>

    init(seed: UInt64, stream: String) { generator = Mutex(SeededGenerator(seed: seed, stream: stream)) }

    func nextUInt64() -> UInt64 { generator.withLock { $0.next() } }
}

struct SimulatedTaskSpawner: TaskSpawner {
    let owner: Incarnation

    /// A dead incarnation's task is made but never runs.
    @discardableResult
    func spawn(_ name: String, _ body: @escaping @Sendable () async -> Void) -> SpawnedTask {
        let owner = owner
        owner.core.locked {
            owner.core.record(.spawn, owner, 0, name)
            if owner.state != .dead { owner.running.append(name) }
        }
        // As the live one: a task of its own inherits nothing, no deadline of the call that happened to begin it.
        return SpawnedTask(Task.detached(executorPreference: owner, priority: .medium) {
            await body()
            owner.core.locked {
                if let index = owner.running.firstIndex(of: name) { owner.running.remove(at: index) }
            }
        })
    }
}

struct SimulatedFailpoints: Failpoints {
    let owner: Incarnation

    func reach(_ name: String) { owner.host.reached(name, by: owner) }
    var isAlive: Bool { owner.isAlive }
}
