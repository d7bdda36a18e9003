import Model
import Store
import Synchronization

/// Which life of its store this vault acts in, and the epoch that its calls carry (rule G10).
///
/// An opening of the store counts its epoch up, and components refuse one that is lower than they have seen. A store
/// that was restored counts on from the backup, so it may be below an opening of the life before. It learns from the
/// census how far that came, and goes above it.
final class Reign: Sendable {
    private let state: Mutex<State>

    private struct State {
        var isRestored: Bool
        var base: Int64
        /// Components whose epoch was learnt since our start.
        var learnt: Set<String> = []
    }

    init(isRestored: Bool, base: Int64) {
        state = Mutex(State(isRestored: isRestored, base: base))
    }

    /// The store was restored, and its census is not over.
    var isRestored: Bool { state.withLock { $0.isRestored } }

    static let schema = """
        CREATE TABLE reign (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            incarnation TEXT NOT NULL,
            restored INTEGER NOT NULL CHECK (restored IN (0, 1)),
            epoch_base INTEGER NOT NULL
        ) STRICT;
        """

    /// Everybody who matters was heard and no item is doubted any more: from now on this is a vault like any other.
    func settle(in store: VaultStore) async throws {
        guard isRestored else { return }
        try await store.database.write("reign-settled") { transaction in
            try transaction.run("UPDATE reign SET restored = 0")
            try store.audit.append(
                .with {
                    $0.kind = "restore-settled"
                    $0.text = "everybody who matters was heard and no item is doubted"
                }, in: transaction)
        }
        state.withLock { $0.isRestored = false }
    }

    func epoch(of database: StoreDatabase) -> UInt64 { UInt64(state.withLock { $0.base } + database.epoch) }

    /// Goes above the epochs that were seen before this start. Of each component once: what it has seen later may be
    /// a vault that succeeds this one, and that is never outdone without a person. False when there was nothing to
    /// learn, always so for a store that was not restored.
    func learn(_ answers: Census.Answers, in store: VaultStore, byPerson: Bool = false) async throws -> Bool {
        guard isRestored || byPerson else { return false }
        let own = Int64(clamping: epoch(of: store.database))
        let fresh = state.withLock { state in
            answers.epochs.filter { byPerson || state.learnt.insert($0.key).inserted }
        }
        guard let highest = fresh.values.max().map({ Int64(clamping: $0) }), highest >= own else { return false }
        let base = state.withLock { state in
            state.base = max(state.base, highest - store.database.epoch + 1)
            return state.base
        }
        try await store.database.write("epoch") { transaction in
            try transaction.run("UPDATE reign SET epoch_base = MAX(epoch_base, ?)", .integer(base))
            // Under the epoch that it is raised to.
            try store.audit.append(
                .with {
                    $0.kind = "epoch-raised"
                    $0.facts = fresh.sorted { $0.key < $1.key }.map { .init("\($0.key) has seen", "\($0.value)") }
                }, in: transaction)
        }
        return true
    }
}

extension VaultStore {
    /// Before anything else at a start. A store in another life than it knew is one that was restored: in the same
    /// transaction every item is quarantined, so that a crash in between leaves none of them free.
    func beginReign(at now: UnixMicroseconds) async throws -> Reign {
        let incarnation = database.incarnation.text
        let original = database.restoredFrom
        let (isRestored, base) = try await database.write("reign") { transaction in
            let row = try transaction.row("SELECT incarnation, restored, epoch_base FROM reign")
            let base = try row?.integer("epoch_base") ?? 0
            if let row, try row.text("incarnation") == incarnation {
                try audit.began(isRestored: false, original, at: now, in: transaction)
                return (try row.integer("restored") == 1, base)
            }
            let items = try protectedItems(in: transaction)
            // Without a row this is a new store, or one of a program that did not know of reigns.
            let isRestored = row != nil || original != nil || !items.isEmpty
            try audit.began(isRestored: isRestored, original, at: now, in: transaction)
            if isRestored { try quarantineAll(livingItems(in: transaction), original, at: now, in: transaction) }
            try transaction.run(
                """
                INSERT INTO reign (one, incarnation, restored, epoch_base) VALUES (1, ?, ?, ?)
                ON CONFLICT (one) DO UPDATE SET incarnation = excluded.incarnation, restored = excluded.restored
                """, .text(incarnation), .integer(isRestored ? 1 : 0), .integer(base))
            return (isRestored, base)
        }
        return Reign(isRestored: isRestored, base: base)
    }

    private func quarantineAll(
        _ items: [ItemRecord], _ original: IncarnationID?, at now: UnixMicroseconds, in transaction: Transaction
    ) throws {
        let cause = original.map { "this vault's store was restored from a backup of \($0)" }
        for var item in items {
            item.quarantine = StoredQuarantine(
                cause: cause ?? "this vault's store was restored", sinceUs: now.value,
                missing: ["no census was taken yet"])
            try save(item, in: transaction)
        }
    }
}
