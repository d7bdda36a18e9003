import Environment

/// One suspended task of an incarnation, woken once: by what it waits for, or by its cancellation.
///
/// Built on unsafe continuations because a killed task is abandoned, never resumed.
/// `@unchecked Sendable`: its state is guarded by the world's mutex.
final class Waiter: @unchecked Sendable {
    enum Wake { case ready, cancelled }

    private let owner: Incarnation
    private let label: String
    private var continuation: UnsafeContinuation<Wake, Never>?
    private var outcome: Wake?

    init(_ owner: Incarnation, _ label: String) {
        self.owner = owner
        self.label = label
    }

    /// Suspends until `wake`; returns at once if it came before.
    func wait() async -> Wake {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                owner.core.locked {
                    if let outcome {
                        continuation.resume(returning: outcome)
                    } else {
                        self.continuation = continuation
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
            guard outcome == nil else { return }
            outcome = reason
            guard let continuation else { return }
            self.continuation = nil
            if let index = owner.waits.firstIndex(of: label) { owner.waits.remove(at: index) }
            continuation.resume(returning: reason)
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
