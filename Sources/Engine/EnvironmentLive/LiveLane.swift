import CLinux
public import Environment

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

    private let bodies = BlockingQueue<() -> Void>()
    private let name: String

    init(name: String) {
        self.name = name
        // The thread holds the queue, not the lane, so the lane's release can end the thread.
        startThread { [bodies] in
            clinux_name_thread(name)
            while let batch = bodies.take() {
                for body in batch { body() }
            }
        }
    }

    /// The thread finishes what is queued and ends. Nothing is queued while nobody holds the lane, since
    /// a call of `run` holds it.
    deinit { bodies.finish() }

    func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let accepted = bodies.append({ continuation.resume(with: Result(catching: body)) }, limit: Self.queueLimit)
            if !accepted { continuation.resume(throwing: LaneOverloaded(lane: name)) }
        }
    }
}
