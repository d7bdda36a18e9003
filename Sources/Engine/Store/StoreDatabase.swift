public import Environment
internal import GRDB
public import Model

/// A component's database: one asynchronous method per business transaction.
///
/// The transaction itself is synchronous and runs on the lane: a thread of its own in a live process, inline in
/// simulation. Write-ahead log, `synchronous = FULL`: what `write` returned is durable. Around each commit lie the
/// failpoints `store.transaction.before-commit` and `store.transaction.after-commit`.
///
/// Transactions that wait for the lane at once are committed together (`CommitQueue`): they share one sync of the file.
/// Reads have a connection and a lane of their own, where there are any: they see what is committed, and wait for no
/// write.
public final class StoreDatabase: Sendable {
    public let name: String
    /// New when the database is created, and when a backup of it is opened as a restored copy.
    public let incarnation: IncarnationID
    /// The incarnation that this database was a backup of, while it still was one at this opening.
    public let restoredFrom: IncarnationID?
    /// Counts openings; a write under a lower one than the stored is refused (rule G10).
    public let epoch: Int64

    private let queue: DatabaseQueue
    private let commits = CommitQueue()
    private let readers: (queue: DatabaseQueue, lane: any Lane)?
    private let medium: StoreMedium
    private let life: UInt64
    private let lane: any Lane
    private let failpoints: any Failpoints
    private let deposed: @Sendable (Failure) -> Void

    /// Opens or creates, checks integrity, migrates, and takes the epoch: an earlier opening can write no more.
    /// A corrupt file is set aside and reported, never replaced.
    ///
    /// - readLane: for reads of a file; nil: they take their turn among the writes.
    /// - deposed: called at each write that is refused because the store was opened again. What is read from then on is
    ///   another one's to tell.
    public static func open(
        _ medium: StoreMedium, schema: Schema, lane: any Lane, readLane: (any Lane)? = nil, random: any RandomSource,
        failpoints: any Failpoints = NoFailpoints(), deposed: @escaping @Sendable (Failure) -> Void = { _ in }
    ) async throws -> StoreDatabase {
        try await lane.run {
            try StoreDatabase(medium, schema, lane, readLane, random: random, failpoints: failpoints, deposed: deposed)
        }
    }

    private init(
        _ medium: StoreMedium, _ schema: Schema, _ lane: any Lane, _ readLane: (any Lane)?,
        random: any RandomSource, failpoints: any Failpoints, deposed: @escaping @Sendable (Failure) -> Void
    ) throws {
        name = schema.store
        self.medium = medium
        self.lane = lane
        self.failpoints = failpoints
        self.deposed = deposed
        if case .memory(let memory) = medium { life = memory.currentLife } else { life = 0 }
        queue = try openQueue(medium, store: schema.store)
        do {
            try checkIntegrity(queue)
            try migrate(queue, schema)
            let identity = try takeEpoch(queue, random)
            incarnation = identity.incarnation
            restoredFrom = identity.restoredFrom
            epoch = identity.epoch
            if let readLane, case .file(let path) = medium {
                readers = (try openReader(path), readLane)
            } else {
                readers = nil
            }
        } catch {
            let failure = storeFailure(error, "open", schema.store)
            guard failure.code == .storeCorrupt, case .file(let path) = medium else { throw failure }
            try? queue.close()
            throw setAside(path, schema.store, failure.message)
        }
    }

    /// One business transaction: everything that `body` changed, or nothing.
    public func write<T: Sendable>(
        _ transaction: String, _ body: @escaping @Sendable (Transaction) throws -> T
    ) async throws -> T {
        let caller = Caller.current
        let result = Slot<T>()
        let pending = CommitQueue.Write(name: transaction) { [name] database in
            result.value = try body(Transaction(database: database, store: name, caller: caller))
        }
        commits.add(pending)
        do {
            try await lane.run { [self] in
                while pending.outcome == nil { commit(commits.take()) }
            }
        } catch {
            // Never begun, unless another one has taken it along.
            guard commits.remove(pending) else {
                throw Failure(.outcomeUnknown, "write \(transaction) to store \(name): \(error)")
            }
            throw storeFailure(error, "write \(transaction) to", name)
        }
        do {
            try pending.outcome?.get()
            guard let value = result.value else {
                throw Failure(.internalError, "commit \(transaction) without a result")
            }
            return value
        } catch { throw storeFailure(error, "write \(transaction) to", name) }
    }

    /// All of them in one transaction of the database, each in a savepoint of its own: what one of them throws undoes
    /// that one alone.
    private func commit(_ writes: [CommitQueue.Write]) {
        do {
            try queue.writeWithoutTransaction { database in
                try database.inTransaction(.immediate) {
                    try checkEpoch(database)
                    for write in writes { try perform(write, database) }
                    return .commit
                }
            }
        } catch {
            // One that failed by itself says why itself.
            for write in writes where write.failure.value == nil { write.failure.value = error }
        }
        for write in writes {
            if write.failure.value == nil { failpoints.reach("\(name).\(write.name).after-commit") }
            write.settle()
        }
    }

    private func perform(_ write: CommitQueue.Write, _ database: Database) throws {
        do {
            try database.inSavepoint {
                try write.body(database)
                failpoints.reach("\(name).\(write.name).before-commit")
                try checkAlive()
                return .commit
            }
        } catch {
            write.failure.value = error
            // Where SQLite gave the whole transaction up, a full disk, say, nothing of the others is left either.
            guard database.isInsideTransaction else { throw error }
        }
    }

    /// A consistent view of what is committed; `body` must not change anything, and a statement that would is refused.
    public func read<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws -> T {
        let view: @Sendable (Database) throws -> T = { [name] database in
            try body(Transaction(database: database, store: name, seesCommittedOnly: true))
        }
        if let readers {
            return try await readers.lane.run { [name] in
                do { return try readers.queue.read(view) } catch { throw storeFailure(error, "read", name) }
            }
        }
        return try await lane.run { [self] in
            do {
                try checkAlive()
                return try unrestricted(view)
            } catch { throw storeFailure(error, "read", name) }
        }
    }

    /// A read on the connection that writes. GRDB's `read` would set and unset `PRAGMA query_only` there, which makes
    /// SQLite compile every statement anew.
    private func unrestricted<T>(_ view: (Database) throws -> T) throws -> T {
        let result = try queue.writeWithoutTransaction { database in
            var result: T?
            try database.inTransaction(.deferred) {
                result = try view(database)
                return .commit
            }
            return result
        }
        guard let result else { throw Failure(.internalError, "read from store \(name) without a result") }
        return result
    }

    /// One read transaction among the writes.
    func look<T: Sendable>(_ what: String, _ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
        try await lane.run { [self] in
            do {
                try checkAlive()
                return try queue.read(body)
            } catch { throw storeFailure(error, what, name) }
        }
    }

    private func checkEpoch(_ database: Database) throws {
        try checkAlive()
        let stored = try Int64.fetchOne(database.cachedStatement(sql: "SELECT epoch FROM store_identity"))
        guard stored == epoch else {
            let failure = Failure(
                .staleEpoch, "write to store \(name) under epoch \(epoch): it was opened again as \(stored ?? 0). Stop")
            deposed(failure)
            throw failure
        }
    }

    private func checkAlive() throws(Failure) {
        guard case .memory(let memory) = medium, memory.currentLife != life else { return }
        throw Failure(.unavailable, "use store \(name): the incarnation that opened it is dead")
    }
}

private func checkIntegrity(_ queue: DatabaseQueue) throws {
    let found = try queue.read { try String.fetchAll($0, sql: "PRAGMA integrity_check(1)") }
    guard found == ["ok"] else { throw Failure(.storeCorrupt, found.first ?? "the integrity check gave no answer") }
}

private func migrate(_ queue: DatabaseQueue, _ schema: Schema) throws {
    // The store's own table counts as the first script.
    let scripts = [Schema.identity] + schema.migrations
    let applied = try queue.read { try Int.fetchOne($0, sql: "PRAGMA user_version") ?? 0 }
    guard applied <= scripts.count else {
        throw Failure(
            .storeTooNew, "open store \(schema.store): it has schema \(applied), this program knows \(scripts.count)")
    }
    for number in applied..<scripts.count {
        try queue.write { database in
            try database.execute(sql: scripts[number])
            try database.execute(sql: "PRAGMA user_version = \(number + 1)")
        }
    }
    try queue.writeWithoutTransaction { database in
        let pageSize = try Int64.fetchOne(database, sql: "PRAGMA page_size") ?? 4096
        _ = try Int64.fetchOne(database, sql: "PRAGMA max_page_count = \(max(1, schema.maximumBytes / pageSize))")
    }
}

private func takeEpoch(
    _ queue: DatabaseQueue, _ random: any RandomSource
) throws -> (incarnation: IncarnationID, restoredFrom: IncarnationID?, epoch: Int64) {
    try queue.write { database in
        let fresh = IncarnationID(prefix: "inc", entropy: random.bytes(16))
        try database.execute(
            sql: "INSERT OR IGNORE INTO store_identity (one, incarnation, epoch) VALUES (1, ?, 0)",
            arguments: [fresh.text])
        let original = try String.fetchOne(database, sql: "SELECT backup_of FROM store_identity")
        if let original {
            try database.execute(
                sql: "UPDATE store_identity SET incarnation = ?, previous = ?, backup_of = NULL",
                arguments: [fresh.text, original])
        }
        try database.execute(sql: "UPDATE store_identity SET epoch = epoch + 1")
        guard let row = try GRDB.Row.fetchOne(database, sql: "SELECT incarnation, epoch FROM store_identity") else {
            throw Failure(.storeCorrupt, "the identity row is missing")
        }
        return (try IncarnationID(row["incarnation"]), try original.map { try IncarnationID($0) }, row["epoch"])
    }
}
