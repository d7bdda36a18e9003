public import Environment
internal import GRDB
public import Model

/// A component's database: one connection, one asynchronous method per business transaction.
///
/// The transaction itself is synchronous and runs on the lane: a thread of its own in a live process, inline in
/// simulation. Write-ahead log, `synchronous = FULL`: what `write` returned is durable. Around each commit lie the
/// failpoints `store.transaction.before-commit` and `store.transaction.after-commit`.
public final class StoreDatabase: Sendable {
    public let name: String
    /// New when the database is created, and when a backup of it is opened as a restored copy.
    public let incarnation: IncarnationID
    /// The incarnation that this database was a backup of, while it still was one at this opening.
    public let restoredFrom: IncarnationID?
    /// Counts openings; a write under a lower one than the stored is refused (rule G10).
    public let epoch: Int64

    private let queue: DatabaseQueue
    private let medium: StoreMedium
    private let life: UInt64
    private let lane: any Lane
    private let failpoints: any Failpoints

    /// Opens or creates, checks integrity, migrates, and takes the epoch: an earlier opening can write no more.
    /// A corrupt file is set aside and reported, never replaced.
    public static func open(
        _ medium: StoreMedium, schema: Schema, lane: any Lane, random: any RandomSource,
        failpoints: any Failpoints = NoFailpoints()
    ) async throws -> StoreDatabase {
        try await lane.run {
            try StoreDatabase(medium, schema: schema, lane: lane, random: random, failpoints: failpoints)
        }
    }

    private init(
        _ medium: StoreMedium, schema: Schema, lane: any Lane, random: any RandomSource, failpoints: any Failpoints
    ) throws {
        name = schema.store
        self.medium = medium
        self.lane = lane
        self.failpoints = failpoints
        if case .memory(let memory) = medium { life = memory.currentLife } else { life = 0 }
        queue = try openQueue(medium, store: schema.store)
        do {
            try checkIntegrity(queue)
            try migrate(queue, schema)
            let identity = try takeEpoch(queue, random)
            incarnation = identity.incarnation
            restoredFrom = identity.restoredFrom
            epoch = identity.epoch
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
        return try await lane.run { [self] in
            do {
                let result = try queue.writeWithoutTransaction { database in
                    var result: T?
                    try database.inTransaction(.immediate) {
                        try checkEpoch(database)
                        result = try body(Transaction(database: database, store: name, caller: caller))
                        failpoints.reach("\(name).\(transaction).before-commit")
                        try checkAlive()
                        return .commit
                    }
                    return result
                }
                failpoints.reach("\(name).\(transaction).after-commit")
                guard let result else { throw Failure(.internalError, "commit \(transaction) without a result") }
                return result
            } catch { throw storeFailure(error, "write \(transaction) to", name) }
        }
    }

    /// A consistent view; `body` must not change anything, and a statement that would is refused.
    ///
    /// Not GRDB's `read`: that sets and unsets `PRAGMA query_only`, which makes SQLite compile every statement anew.
    public func read<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws -> T {
        try await lane.run { [self] in
            do {
                try checkAlive()
                let result = try queue.writeWithoutTransaction { database in
                    var result: T?
                    try database.inTransaction(.deferred) {
                        result = try body(Transaction(database: database, store: name, isReadOnly: true))
                        return .commit
                    }
                    return result
                }
                guard let result else { throw Failure(.internalError, "read from \(name) without a result") }
                return result
            } catch { throw storeFailure(error, "read", name) }
        }
    }

    /// One read transaction on the lane.
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
            throw Failure(
                .staleEpoch, "write to store \(name) under epoch \(epoch): it was opened again as \(stored ?? 0). Stop")
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
