public import Environment
import Synchronization

/// Wakes everybody who waits for something to change. Nothing is missed: who waits says up to which ring it has looked.
///
/// ```
/// while true {
///     let seen = bell.rings
///     if condition { break }
///     await bell.wait(after: seen)
/// }
/// ```
public final class Bell: Sendable {
    private struct State {
        var rings: UInt64 = 0
        var nextTicket: UInt64 = 0
        /// In order of arrival.
        var waiting: [(ticket: UInt64, continuation: UnsafeContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    public init() {}

    public var rings: UInt64 { state.withLock { $0.rings } }

    public func ring() {
        let woken = state.withLock { state in
            state.rings += 1
            defer { state.waiting = [] }
            return state.waiting
        }
        for waiting in woken { waiting.continuation.resume() }
    }

    /// Returns once it rang after `seen`, or at cancellation.
    public func wait(after seen: UInt64) async {
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        await withTaskCancellationHandler {
            await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
                let isOver = state.withLock { state in
                    if state.rings != seen || Task.isCancelled { return true }
                    state.waiting.append((ticket, continuation))
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                state.waiting.firstIndex { $0.ticket == ticket }.map { state.waiting.remove(at: $0) }
            }
            waiting?.continuation.resume()
        }
    }

    /// The same, at the latest until `instant`.
    public func wait(after seen: UInt64, until instant: MonotonicInstant, _ clock: any Clock) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await clock.sleep(until: instant) }
            group.addTask { await self.wait(after: seen) }
            await group.next()
            group.cancelAll()
        }
    }
}
