import CLinux
public import Environment
import Synchronization

/// One thread per lane, or as many as are asked for.
public struct LiveLaneProvider: LaneProvider {
    public init() {}

    public func lane(_ name: String) -> any Lane { LiveLane(name: name, threads: 1) }

    public func guestLane(_ name: String, threads: Int) -> any Lane {
        LiveLane(name: name, threads: max(1, threads), priority: .first)
    }

    public func worker(_ name: String) -> any Worker { LiveWorker(name: name) }
}

/// More bodies wait on one lane than `LiveLane.queueLimit`: the caller outruns the disk and must slow down.
public struct LaneOverloaded: Error, Hashable, Sendable {
    public let lane: String
}

final class LiveLane: Lane {
    /// Each waiting body is a suspended call; far above any sound number of callers of one lane.
    static let queueLimit = 16_384

    /// A brief body that took longer was none.
    static let briefAtMost = Duration.milliseconds(5)
    /// So many times as long as that took, bodies are not run in place.
    static let rest = 20

    private let bodies = BlockingQueue<@Sendable () -> Void>()
    private let name: String
    private let clock: any Clock
    /// When bodies may be run in place again, in the clock's nanoseconds.
    private let inPlaceFrom = Atomic(Int64.min)

    init(name: String, threads: Int, priority: ThreadPriority = .usual, clock: any Clock = LiveClock()) {
        self.name = name
        self.clock = clock
        // One each where there are several: whoever has nothing to do takes the next.
        let most = threads == 1 ? Int.max : 1
        for number in 0..<threads {
            // The thread holds the queue, not the lane, so the lane's release can end the thread.
            startThread { [bodies] in
                clinux_name_thread(threads == 1 ? name : "\(name)-\(number)")
                priority.apply()
                while let batch = bodies.take(most) {
                    for body in batch { body() }
                }
            }
        }
    }

    /// The threads finish what is queued and end. Nothing is queued while nobody holds the lane, since
    /// a call of `run` holds it.
    deinit { bodies.finish() }

    func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let accepted = bodies.append({ continuation.resume(with: Result(catching: body)) }, limit: Self.queueLimit)
            if !accepted { continuation.resume(throwing: LaneOverloaded(lane: name)) }
        }
    }

    /// Where the caller is: a write of a few pages into the page cache costs less than a hand-over to a thread and one
    /// back. After one that took long, as of a disk that does not keep up, the threads do it for a while: whoever else
    /// is served where the caller is waits for such bodies a twentieth of the time at most.
    func runBrief<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        let begin = clock.now()
        guard begin.nanoseconds >= inPlaceFrom.load(ordering: .relaxed) else { return try await run(body) }
        defer {
            let took = clock.now() - begin
            if took > Self.briefAtMost {
                inPlaceFrom.store((begin + took * (1 + Self.rest)).nanoseconds, ordering: .relaxed)
            }
        }
        return try body()
    }
}

/// A thread of its own.
final class LiveWorker: Worker {
    private let begun = BlockingQueue<@Sendable () throws -> Void>()
    /// How the last work ended; empty while there is some.
    private let ended = BlockingQueue<Result<Void, any Error>>()

    init(name: String) {
        ended.append(.success(()))
        startThread { [begun, ended] in
            clinux_name_thread(name)
            while let work = begun.take(1)?.first { ended.append(Result(catching: work)) }
        }
    }

    deinit { begun.finish() }

    func begin(_ work: @escaping @Sendable () throws -> Void) throws {
        try wait()
        _ = ended.take()
        begun.append(work)
    }

    func wait() throws {
        let last = ended.take()?.first
        ended.append(.success(()))
        try last?.get()
    }
}
