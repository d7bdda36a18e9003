import CLinux
public import Environment
import Glibc

/// One thread per lane.
public struct LiveLaneProvider: LaneProvider {
    public init() {}

    public func lane(_ name: String) -> any Lane { LiveLane(name: name) }
}

/// More bodies wait on one lane than `LiveLane.queueLimit`: the caller outruns the disk and must slow down.
public struct LaneOverloaded: Error, Hashable, Sendable {
    public let lane: String
}

final class LiveLane: Lane {
    /// Each waiting body is a suspended call; far above any sound number of callers of one lane.
    static let queueLimit = 16_384

    private let queue: LaneQueue
    private let name: String

    init(name: String) {
        self.name = name
        queue = LaneQueue(name: name)
        queue.start()
    }

    /// The thread finishes what is queued and ends. Nothing is queued while nobody holds the lane, since
    /// a call of `run` holds it.
    deinit { queue.finish() }

    func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let accepted = queue.submit(limit: Self.queueLimit) { continuation.resume(with: Result(catching: body)) }
            if !accepted { continuation.resume(throwing: LaneOverloaded(lane: name)) }
        }
    }
}

/// The queue between a lane and its thread.
///
/// `@unchecked Sendable`: `bodies` and `finished` are touched only with `mutex` held, and the mutex and the
/// condition live at addresses fixed from `init` to `deinit`.
private final class LaneQueue: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var bodies: [() -> Void] = []
    private var finished = false
    private let name: String

    init(name: String) {
        self.name = name
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// The thread holds the queue, not the lane, so the lane's release can end the thread.
    func start() { startThread { [self] in drain() } }

    func submit(limit: Int, _ body: @escaping () -> Void) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard bodies.count < limit else { return false }
        bodies.append(body)
        pthread_cond_signal(changed)
        return true
    }

    func finish() {
        pthread_mutex_lock(mutex)
        finished = true
        pthread_cond_signal(changed)
        pthread_mutex_unlock(mutex)
    }

    private func drain() {
        clinux_name_thread(name)
        while let batch = takeAll() {
            for body in batch { body() }
        }
    }

    /// Waits for work; nil when the lane is gone and its queue is empty.
    private func takeAll() -> [() -> Void]? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while bodies.isEmpty {
            if finished { return nil }
            pthread_cond_wait(changed, mutex)
        }
        defer { bodies.removeAll(keepingCapacity: true) }
        return bodies
    }
}
