import Environment
import Synchronization

/// Wakes the one task that runs a job. A ring while nobody waits is kept, once.
final class Doorbell: Sendable {
    private struct State {
        var rung = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func ring() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            defer { state.waiter = nil }
            state.rung = state.waiter == nil
            return state.waiter
        }
        waiter?.resume()
    }

    /// Whether it was rung since the last wait; takes the ring.
    func takeRing() -> Bool {
        state.withLock { state in
            defer { state.rung = false }
            return state.rung
        }
    }

    /// Until a ring, or the instant if there is one, or cancellation.
    func wait(until instant: MonotonicInstant?, _ clock: any Clock) async {
        await withTaskGroup(of: Void.self) { group in
            if let instant { group.addTask { try? await clock.sleep(until: instant) } }
            group.addTask { await self.waitForRing() }
            await group.next()
            group.cancelAll()
        }
    }

    private func waitForRing() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now = state.withLock { state -> Bool in
                    if state.rung || Task.isCancelled {
                        state.rung = false
                        return true
                    }
                    state.waiter = continuation
                    return false
                }
                if now { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume()
        }
    }
}
