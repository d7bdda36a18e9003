internal import Environment
internal import Synchronization

/// The TLS handshakes of a server that are under way: connections that no registry counts yet. Each costs some 50 KiB
/// and ends within the time limit of handshakes.
///
/// When there are as many as may be, a new one takes the place of the oldest, if that has taken longer than honest ones
/// do: peers that begin handshakes and leave them do not lock others out.
final class Handshakes: Sendable {
    /// Several round trips of a slow path, and two signatures of a busy computer.
    private static let honestTime = Duration.seconds(1)

    private struct Entry {
        let since: MonotonicInstant
        let cut: @Sendable () -> Void
    }

    private struct State {
        var entries: [Int: Entry] = [:]
        var next = 0
        /// No entry has a smaller number.
        var oldest = 0
    }

    private let most: Int
    private let clock: any Clock
    private let state = Mutex(State())

    init(most: Int, _ clock: any Clock) {
        self.most = most
        self.clock = clock
    }

    /// A number to `leave` by; nil when there is no place. `cut` ends the handshake, called at most once, from any
    /// thread, and must not call back at once.
    func enter(_ cut: @escaping @Sendable () -> Void) -> Int? {
        let now = clock.now()
        return state.withLock { state in
            if state.entries.count >= most {
                while state.entries[state.oldest] == nil && state.oldest < state.next { state.oldest += 1 }
                guard let oldest = state.entries[state.oldest], now - oldest.since > Self.honestTime else { return nil }
                state.entries[state.oldest] = nil
                oldest.cut()
            }
            let number = state.next
            state.next += 1
            state.entries[number] = Entry(since: now, cut: cut)
            return number
        }
    }

    func leave(_ number: Int) { state.withLock { $0.entries[number] = nil } }

    var count: Int { state.withLock { $0.entries.count } }
}
