import Environment
import Synchronization

/// One suspended task of an incarnation, woken once: by what it waits for, or by its cancellation.
///
/// Built on unsafe continuations because a killed task is abandoned, never resumed.
final class Waiter: Sendable {
    enum Wake { case ready, cancelled }

    private enum State {
        case idle
        case suspended(UnsafeContinuation<Wake, Never>)
        case woken(Wake)
    }

    private let owner: Incarnation
    private let label: String
    private let state = Mutex(State.idle)

    init(_ owner: Incarnation, _ label: String) {
        self.owner = owner
        self.label = label
    }

    /// Suspends until `wake`; returns at once if it came before.
    func wait() async -> Wake {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                owner.core.locked {
                    state.withLock { state in
                        if case .woken(let reason) = state { return continuation.resume(returning: reason) }
                        state = .suspended(continuation)
                        owner.waits.append(label)
                    }
                }
            }
        } onCancel: {
            wake(.cancelled)
        }
    }

    func wake(_ reason: Wake = .ready) {
        owner.core.locked {
            state.withLock { state in
                if case .woken = state { return }
                let before = state
                state = .woken(reason)
                guard case .suspended(let continuation) = before else { return }
                if let index = owner.waits.firstIndex(of: label) { owner.waits.remove(at: index) }
                continuation.resume(returning: reason)
            }
        }
    }
}

/// Waiters of one condition, in order of arrival; all are woken when it may have changed and look again.
struct WaitList {
    private var waiters: [Waiter] = []

    mutating func append(_ waiter: Waiter) { waiters.append(waiter) }

    mutating func wakeAll() {
        let woken = waiters
        waiters = []
        for waiter in woken { waiter.wake() }
    }
}
