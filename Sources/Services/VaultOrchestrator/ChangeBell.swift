import Environment
import Synchronization

/// Wakes those who wait for the next change of anything. Holds no data: whoever wakes reads the store again.
///
/// Take a ticket, read, and wait on the ticket: a change between the two is not missed.
final class ChangeBell: Sendable {
    private struct State {
        var next: UInt64 = 0
        var waiting: [UInt64: AsyncStream<Void>.Continuation] = [:]
    }

    private let state = Mutex(State())

    /// Callers that wait at once; each is one call of a client.
    static let limit = 4_096

    struct Ticket: Sendable {
        fileprivate let stream: AsyncStream<Void>

        /// Until a change after the ticket was taken, the instant, or cancellation.
        func wait(until instant: MonotonicInstant, _ clock: any Clock) async {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { try? await clock.sleep(until: instant) }
                group.addTask {
                    var iterator = stream.makeAsyncIterator()
                    _ = await iterator.next()
                }
                await group.next()
                group.cancelAll()
            }
        }
    }

    /// nil when too many wait already.
    func ticket() -> Ticket? {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state -> UInt64? in
            guard state.waiting.count < ChangeBell.limit else { return nil }
            state.next += 1
            state.waiting[state.next] = continuation
            return state.next
        }
        guard let number else { return nil }
        continuation.onTermination = { [weak self] _ in
            _ = self?.state.withLock { $0.waiting.removeValue(forKey: number) }
        }
        return Ticket(stream: stream)
    }

    func ring() {
        let waiting = state.withLock { state in
            defer { state.waiting = [:] }
            return state.waiting
        }
        for (_, continuation) in waiting.sorted(by: { $0.key < $1.key }) {
            continuation.yield()
            continuation.finish()
        }
    }
}
