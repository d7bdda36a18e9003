internal import GRDB
import Synchronization

/// Transactions that wait to be committed together, first come first.
final class CommitQueue: Sendable {
    /// Committed together: so many that the sync of the file, which they share, is a small part, and so few that the
    /// first is not kept waiting for the last.
    static let mostTogether = 64

    final class Write: Sendable {
        let name: String
        let body: @Sendable (Database) throws -> Void
        let failure = Slot<any Error>()
        private let settled = Slot<Result<Void, any Error>>()
        /// nil until it is settled.
        var outcome: Result<Void, any Error>? { settled.value }

        init(name: String, body: @escaping @Sendable (Database) throws -> Void) {
            self.name = name
            self.body = body
        }

        func settle() { settled.value = failure.value.map { .failure($0) } ?? .success(()) }
    }

    private let waiting = Mutex<[Write]>([])

    func add(_ write: Write) { waiting.withLock { $0.append(write) } }

    /// False when it was taken already.
    func remove(_ write: Write) -> Bool {
        waiting.withLock { waiting in
            guard let place = waiting.firstIndex(where: { $0 === write }) else { return false }
            waiting.remove(at: place)
            return true
        }
    }

    func take() -> [Write] {
        waiting.withLock { waiting in
            let first = Array(waiting.prefix(Self.mostTogether))
            waiting.removeFirst(first.count)
            return first
        }
    }
}

/// What a transaction came to, from the lane to the caller who waits for it.
final class Slot<T: Sendable>: Sendable {
    private let held = Mutex<T?>(nil)

    var value: T? {
        get { held.withLock { $0 } }
        set { held.withLock { $0 = newValue } }
    }
}
