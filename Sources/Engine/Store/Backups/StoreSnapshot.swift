import Cryptography
internal import GRDB
internal import GRDBSQLite
public import Model

/// What a store holds, to be compared: two databases with the same content have equal values, wherever they lie.
public struct StoreContent: Hashable, Sendable {
    /// The life of the database that this is the content of.
    public let incarnation: IncarnationID
    /// Scripts of its schema that were applied.
    public let schemaVersion: Int
    /// Rows of every table, by name; the store's own table is not among them.
    public let rows: [String: Int]
    /// SHA-256 over names, statements and rows of all tables, in their order.
    public let digest: [UInt8]

    public var totalRows: Int { rows.values.reduce(0, +) }
}

/// A database as it was at one instant, taken while it is in use.
public struct StoreSnapshot: Sendable {
    public let store: String
    public let content: StoreContent
    fileprivate let pages: [UInt8]

    /// A snapshot is held in memory while it is written and compared. The record of thousands of machines with their
    /// jobs is a fraction of this; a store that grew past it is told of, at each backup, before it fills the machine.
    public static let maximumBytes: Int64 = 512 << 20

    /// The file of a backup: one self-contained database, without a write-ahead log, that says of which life it is a
    /// copy. Opened in place of a store it is recognised as restored.
    public func file() throws -> [UInt8] {
        try RestoredAside.attempt("back up", store) {
            let queue = try openAside(pages)
            try queue.write(markAsBackup)
            return try queue.read { try serialized($0, store) }
        }
    }
}

extension StoreDatabase {
    /// A consistent snapshot through SQLite itself, as of one read transaction. Writers wait for its length.
    public func snapshot() async throws -> StoreSnapshot {
        try await look("back up") { [name] database in
            let size = try pageBytes(database)
            guard size <= StoreSnapshot.maximumBytes else {
                throw Failure(
                    .limitReached, "back up store \(name): it has \(size) bytes, and a backup at most "
                        + "\(StoreSnapshot.maximumBytes)")
            }
            return StoreSnapshot(
                store: name, content: try contents(of: database), pages: try serialized(database, name))
        }
    }
}

/// A backup that was taken into memory, aside of any store: integrity checked, and its content there to be compared.
public struct RestoredAside: Sendable {
    public let content: StoreContent
    private let queue: DatabaseQueue
    private let store: String

    /// - Parameters:
    ///   - file: the whole file.
    ///   - schema: what it must be a store of; nil to judge its integrity alone.
    /// - Throws: `dataCorrupt` when it is damaged, `invalidArgument` when it is sound and of another kind of store,
    ///   `storeTooNew` when newer software wrote it.
    public init(_ file: [UInt8], store: String, schema: Schema? = nil) throws {
        self.store = store
        (queue, content) = try Self.attempt("check a backup of", store) {
            guard file.count <= StoreSnapshot.maximumBytes else {
                throw Failure(.limitReached, "check a backup of store \(store): it has \(file.count) bytes")
            }
            let queue = try openAside(file)
            let found = try queue.read { try String.fetchAll($0, sql: "PRAGMA integrity_check(1)") }
            guard found == ["ok"] else { throw Failure(.storeCorrupt, found.first ?? "the check gave no answer") }
            if let schema { try queue.read { try judge($0, schema) } }
            return (queue, try queue.read { try contents(of: $0) })
        }
    }

    /// What it holds. Nothing can be changed.
    public func read<T>(_ body: (Transaction) throws -> T) throws -> T {
        try Self.attempt("read a backup of", store) {
            try queue.read { try body(Transaction(database: $0, store: store)) }
        }
    }

    /// A damaged backup is not a damaged store: its own code, and its cause may be told.
    fileprivate static func attempt<T>(_ what: String, _ store: String, _ body: () throws -> T) throws -> T {
        do { return try body() } catch {
            let failure = storeFailure(error, what, store)
            guard failure.code == .storeCorrupt else { throw failure }
            throw Failure(.dataCorrupt, "\(what) store \(store): it is damaged: \(failure.message)")
        }
    }
}

/// Compares the tables with those that the schema's scripts make: a backup of another store has other ones.
private func judge(_ database: Database, _ schema: Schema) throws {
    let scripts = [Schema.identity] + schema.migrations
    let applied = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
    guard applied <= scripts.count else {
        throw Failure(
            .storeTooNew,
            "take a backup of store \(schema.store): it has schema \(applied), this program knows \(scripts.count)")
    }
    let model = try DatabaseQueue()
    try model.write { model in
        for script in scripts.prefix(applied) { try model.execute(sql: script) }
    }
    guard applied > 0, try statements(database) == model.read(statements) else {
        throw Failure(.invalidArgument, "take a backup of store \(schema.store): it is one of another kind of store")
    }
}

private func statements(_ database: Database) throws -> [String] {
    try String.fetchAll(database, sql: "SELECT name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY name")
}

/// In the order of each table's own tree, which a copy keeps.
private func contents(of database: Database) throws -> StoreContent {
    var hash = SHA256()
    for statement in try statements(database) { add(Array(statement.utf8), to: &hash) }
    let tables = try String.fetchAll(
        database, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' "
            + "ESCAPE '\\' AND name <> 'store_identity' ORDER BY name")
    var counts: [String: Int] = [:]
    for table in tables {
        let name = table.quotedDatabaseIdentifier
        let rows = try GRDB.Row.fetchCursor(database, sql: "SELECT * FROM \(name) NOT INDEXED")
        var count = 0
        while let row = try rows.next() {
            for value in row.databaseValues { add(value, to: &hash) }
            count += 1
        }
        counts[table] = count
    }
    guard let identity = try String.fetchOne(database, sql: "SELECT incarnation FROM store_identity") else {
        throw Failure(.storeCorrupt, "the identity row is missing")
    }
    return StoreContent(
        incarnation: try IncarnationID(identity),
        schemaVersion: try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0, rows: counts, digest: hash.finish())
}

private func add(_ value: DatabaseValue, to hash: inout SHA256) {
    switch value.storage {
    case .null: hash.update([0])
    case .int64(let integer): withUnsafeBytes(of: integer.littleEndian) { hash.update([1] + Array($0)) }
    case .double(let double): withUnsafeBytes(of: double.bitPattern.littleEndian) { hash.update([2] + Array($0)) }
    case .string(let string):
        hash.update([3])
        add(Array(string.utf8), to: &hash)
    case .blob(let data):
        hash.update([4])
        add([UInt8](data), to: &hash)
    }
}

/// With its length before it, so that no two sequences of values are written the same.
private func add(_ bytes: [UInt8], to hash: inout SHA256) {
    withUnsafeBytes(of: Int64(bytes.count).littleEndian) { hash.update(Array($0)) }
    hash.update(bytes)
}

private func pageBytes(_ database: Database) throws -> Int64 {
    let count = try Int64.fetchOne(database, sql: "PRAGMA page_count") ?? 0
    return count * (try Int64.fetchOne(database, sql: "PRAGMA page_size") ?? 4096)
}

/// All pages as they are in the transaction that is open (`sqlite3_serialize`).
private func serialized(_ database: Database, _ store: String) throws -> [UInt8] {
    var size: sqlite3_int64 = 0
    guard let pages = sqlite3_serialize(database.sqliteConnection, "main", &size, 0) else {
        throw Failure(.storeFailed, "back up store \(store): SQLite gave no copy of it")
    }
    defer { sqlite3_free(pages) }
    return Array(UnsafeBufferPointer(start: pages, count: Int(size)))
}

/// A database in memory with these pages.
func openAside(_ file: [UInt8]) throws -> DatabaseQueue {
    let queue = try DatabaseQueue()
    try queue.writeWithoutTransaction { try replace($0, with: file) }
    return queue
}

/// `sqlite3_deserialize`, which cannot take a write-ahead log: the two bytes that say so are set to "none", as its
/// documentation tells.
func replace(_ database: Database, with file: [UInt8]) throws {
    // The header of the format, and what follows is SQLite's own to judge.
    guard file.count >= 512, file.starts(with: Array("SQLite format 3\0".utf8)) else {
        throw Failure(.storeCorrupt, "it is no database")
    }
    guard let copy = sqlite3_malloc64(sqlite3_uint64(file.count)) else {
        throw Failure(.limitReached, "take \(file.count) bytes of a database into memory: there is none left")
    }
    let pages = copy.assumingMemoryBound(to: UInt8.self)
    file.withUnsafeBufferPointer { pages.update(from: $0.baseAddress ?? UnsafePointer(pages), count: file.count) }
    (pages[18], pages[19]) = (1, 1)
    let size = sqlite3_int64(file.count)
    // From here on the memory is SQLite's, also when it refuses.
    let code = sqlite3_deserialize(
        database.sqliteConnection, "main", pages, size, size,
        UInt32(SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE))
    guard code == SQLITE_OK else { throw Failure(.storeFailed, "take a database into memory: SQLite answers \(code)") }
    database.clearSchemaCache()
}
