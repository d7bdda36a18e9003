import Environment

struct SimulatedLaneProvider: LaneProvider {
    let owner: Incarnation

    func lane(_ name: String) -> any Lane { SimulatedLane(owner: owner, name: name) }
}

/// Runs bodies one after the other on the world's thread, each after a seeded delay, so that what other
/// tasks do meanwhile is explored; the result comes back after the time that the body's file operations take.
///
/// `@unchecked Sendable`: mutable state is guarded by the world's mutex.
final class SimulatedLane: Lane, @unchecked Sendable {
    private let owner: Incarnation
    private let name: String
    /// When the last submitted body starts, and when the last finished one was done.
    private var lastStart: Int64 = 0
    private var busyUntil: Int64 = 0

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
                lastStart = max(core.now, lastStart) + pause
                core.schedule(at: lastStart, owner: owner) { [self] in start(body, continuation) }
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
            busyUntil = max(core.now, busyUntil) + core.ioDelay
            guard busyUntil > core.now else { return continuation.resume(with: result) }
            core.schedule(at: busyUntil, owner: owner) { continuation.resume(with: result) }
        }
    }
}
