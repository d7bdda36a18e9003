import Environment
import Synchronization

struct SimulatedLaneProvider: LaneProvider {
    let owner: Incarnation

    func lane(_ name: String) -> any Lane { SimulatedLane(owner: owner, name: name) }
}

/// Runs bodies one after the other on the world's thread, each after a seeded delay, so that what other
/// tasks do meanwhile is explored; the result comes back after the time that the body's file operations take.
final class SimulatedLane: Lane {
    private let owner: Incarnation
    private let name: String
    /// When the last submitted body starts, and when the last finished one was done.
    private let lastStart = Mutex<Int64>(0)
    private let busyUntil = Mutex<Int64>(0)

    init(owner: Incarnation, name: String) {
        self.owner = owner
        self.name = name
    }

    func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        // Unsafe because a killed incarnation's call is abandoned, never resumed.
        try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<T, any Error>) in
            let core = owner.core
            core.locked {
                guard owner.state != .dead else { return }
                let pause = owner.host.lanePause(&core.disk)
                let begin = lastStart.withLock {
                    $0 = max(core.now, $0) + pause
                    return $0
                }
                core.schedule(at: begin, owner: owner) { [self] in start(body, continuation) }
            }
        }
    }

    private func start<T: Sendable>(
        _ body: @escaping @Sendable () throws -> T, _ continuation: UnsafeContinuation<T, any Error>
    ) {
        let core = owner.core
        core.ioDelay = 0
        let result = Result(catching: body)
        core.locked {
            let end = busyUntil.withLock {
                $0 = max(core.now, $0) + core.ioDelay
                return $0
            }
            guard end > core.now else { return continuation.resume(with: result) }
            core.schedule(at: end, owner: owner) { continuation.resume(with: result) }
        }
    }
}
