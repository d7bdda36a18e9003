import Environment
import Model
import Synchronization

/// Wakes those who wait for the next change of anything, or of one job. Holds no data: whoever wakes reads the store
/// again.
///
/// Take a ticket, read, and wait on the ticket: a change between the two is not missed.
final class ChangeBell: Sendable {
    private struct State {
        var next: UInt64 = 0
        var waiting: [UInt64: Waiting] = [:]
    }

    private struct Waiting {
        let job: JobID?
        let continuation: AsyncStream<Void>.Continuation
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

    /// For any change, or for those of a job; nil when too many wait already.
    func ticket(of job: JobID? = nil) -> Ticket? {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state -> UInt64? in
            guard state.waiting.count < ChangeBell.limit else { return nil }
            state.next += 1
            state.waiting[state.next] = Waiting(job: job, continuation: continuation)
            return state.next
        }
        guard let number else { return nil }
        continuation.onTermination = { [weak self] _ in
            _ = self?.state.withLock { $0.waiting.removeValue(forKey: number) }
        }
        return Ticket(stream: stream)
    }

    /// A job changed; nil: something else.
    func ring(_ job: JobID? = nil) {
        let woken = state.withLock { state in
            let woken = state.waiting.filter { $0.value.job == nil || $0.value.job == job }
            for number in woken.keys { state.waiting[number] = nil }
            return woken
        }
        for (_, waiting) in woken.sorted(by: { $0.key < $1.key }) {
            waiting.continuation.yield()
            waiting.continuation.finish()
        }
    }
}
