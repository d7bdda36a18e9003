import CLinux
public import Environment

/// One thread per lane, or as many as are asked for.
public struct LiveLaneProvider: LaneProvider {
    public init() {}

    public func lane(_ name: String) -> any Lane { LiveLane(name: name, threads: 1) }

    public func lane(_ name: String, threads: Int) -> any Lane { LiveLane(name: name, threads: max(1, threads)) }

    public func worker(_ name: String) -> any Worker { LiveWorker(name: name) }
}

/// More bodies wait on one lane than `LiveLane.queueLimit`: the caller outruns the disk and must slow down.
public struct LaneOverloaded: Error, Hashable, Sendable {
    public let lane: String
}

final class LiveLane: Lane {
    /// Each waiting body is a suspended call; far above any sound number of callers of one lane.
    static let queueLimit = 16_384

    private let bodies = BlockingQueue<() -> Void>()
    private let name: String

    init(name: String, threads: Int) {
        self.name = name
        // One each where there are several: whoever has nothing to do takes the next.
        let most = threads == 1 ? Int.max : 1
        for number in 0..<threads {
            // The thread holds the queue, not the lane, so the lane's release can end the thread.
            startThread { [bodies] in
                clinux_name_thread(threads == 1 ? name : "\(name)-\(number)")
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
