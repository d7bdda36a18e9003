import Environment
import Messages
import Model
import Store
import Workflow

/// The vault's tables. Methods run inside the caller's transaction.
struct VaultStore: Sendable {
    let database: StoreDatabase
    /// Told of every change of an item, of every job and of every component, in the transaction that makes it.
    let audit: AuditLog
    let decodedJobs = DecodedJobs()
    private let decoded = DecodedItems()
    let jobs: JobStore

    init(database: StoreDatabase, clock: any Clock) {
        self.database = database
        audit = AuditLog(database: database, clock: clock, decodedJobs: decodedJobs)
        jobs = JobStore(database, witness: audit)
    }

    static let schema = Schema(
        store: "vault",
        migrations: [
            JobStore.schema,
            """
            CREATE TABLE items (
                id TEXT PRIMARY KEY,
                display_name TEXT NOT NULL,
                phase TEXT NOT NULL,
                claim_job TEXT,
                generation INTEGER NOT NULL,
                revision INTEGER NOT NULL,
                body BLOB NOT NULL
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX items_by_revision ON items (revision);
            CREATE TABLE revisions (one INTEGER PRIMARY KEY CHECK (one = 1), last INTEGER NOT NULL) STRICT;
            INSERT INTO revisions (one, last) VALUES (1, 0);
            CREATE TABLE components (
                id TEXT PRIMARY KEY,
                source TEXT NOT NULL CHECK (source IN ('vault', 'configuration')),
                body BLOB NOT NULL
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE requests (
                id TEXT PRIMARY KEY,
                digest BLOB NOT NULL,
                job TEXT NOT NULL,
                created_us INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX requests_by_age ON requests (created_us);
            CREATE TABLE catalogues (
                item TEXT PRIMARY KEY,
                observed_us INTEGER NOT NULL,
                body BLOB NOT NULL
            ) STRICT, WITHOUT ROWID;
            """,
            """
            CREATE TABLE closed_jobs (
                component TEXT PRIMARY KEY,
                told INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID;
            """,
            JobStore.membersSchema,
            Reign.schema,
            AuditLog.schema,
            VaultStore.plansSchema,
            // What JSON of an item says has a column where it is asked for often: a partial index costs nothing while
            // no item is quarantined.
            """
            ALTER TABLE items ADD COLUMN quarantined INTEGER NOT NULL DEFAULT 0;
            UPDATE items SET quarantined = 1 WHERE instr(body, CAST('"quarantine":{' AS BLOB)) > 0;
            CREATE INDEX items_quarantined ON items (id) WHERE quarantined = 1;
            CREATE TABLE former_generations (machine TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT, WITHOUT ROWID;
            """,
            VaultStore.policiesSchema,
            VaultStore.alertsSchema,
            VaultStore.scaleSchema,
            VaultStore.drillsSchema,
            AuditLog.refusalsSchema,
            VaultStore.planRerunsSchema,
            VaultStore.historySchema,
            JobStore.jobPlansSchema,
        ])

    // MARK: Items

    func item(_ id: String, in transaction: Transaction) throws -> ItemRecord? {
        try records("SELECT id, revision, body FROM items WHERE id = ?", .text(id), in: transaction).first
    }

    func requireItem(_ id: ItemID, in transaction: Transaction) throws -> ItemRecord {
        guard let found = try item(id.text, in: transaction) else {
            throw Failure(.notFound, "find item \(id): there is none of that id", on: [.item(id)])
        }
        return found
    }

    func item(_ id: ItemID) async throws -> ItemRecord {
        try await database.read { try requireItem(id, in: $0) }
    }

    /// By id, `items/{id}` or display name; of several with one name the one that is not disabled.
    func item(named name: String) async throws -> ItemRecord {
        let text = name.hasPrefix("items/") ? String(name.dropFirst("items/".count)) : name
        return try await database.read { transaction in
            if let found = try item(text, in: transaction) { return found }
            let found = try records(
                """
                SELECT id, revision, body FROM items WHERE display_name = ? ORDER BY phase = 'DISABLED', id LIMIT 1
                """, .text(text), in: transaction)
            guard let first = found.first else {
                throw Failure(.notFound, "find item \"\(text)\": there is none of that id or name")
            }
            return first
        }
    }

    func items(after id: String, limit: Int) async throws -> [ItemRecord] {
        try await database.read { transaction in
            try records(
                "SELECT id, revision, body FROM items WHERE id > ? ORDER BY id LIMIT ?", .text(id),
                .integer(Int64(limit)), in: transaction)
        }
    }

    /// Those that a reconciler has anything to do with, by id: tombstones with nothing left to be done are not among
    /// them.
    func tendedItems(after id: String, limit: Int) async throws -> [ItemRecord] {
        try await database.read { transaction in
            try records(
                "SELECT id, revision, body FROM items WHERE tended = 1 AND id > ? ORDER BY id LIMIT ?", .text(id),
                .integer(Int64(limit)), in: transaction)
        }
    }

    /// All that are not disabled, by id.
    func protectedItems(in transaction: Transaction) throws -> [ItemRecord] {
        try records("SELECT id, revision, body FROM items WHERE phase <> 'DISABLED' ORDER BY id", in: transaction)
    }

    /// The items that a home machine was before.
    func disabledItems(of machine: String, in transaction: Transaction) throws -> [ItemRecord] {
        try records(
            "SELECT id, revision, body FROM items WHERE home_machine = ? AND phase = 'DISABLED' ORDER BY id",
            .text(machine), in: transaction)
    }

    /// Those that are not disabled and have the machine or a name of this one, which is to be made.
    func itemsInTheWay(of item: ItemRecord, in transaction: Transaction) throws -> [ItemRecord] {
        try records(
            """
            SELECT id, revision, body FROM items
            WHERE (home_machine = ?1 OR display_name IN (?2, ?3) OR item_group = ?2) AND phase <> 'DISABLED' ORDER BY id
            """, .text(item.home.machine), .text(item.displayName),
            .text(item.group.isEmpty ? item.displayName : item.group), in: transaction)
    }

    /// Those that are not disabled, by id.
    func items(ofGroup group: String, in transaction: Transaction) throws -> [ItemRecord] {
        try records(
            "SELECT id, revision, body FROM items WHERE item_group = ? AND phase <> 'DISABLED' ORDER BY id",
            .text(group), in: transaction)
    }

    /// The highest that a home machine had as one of the items that are disabled, or whose enable was given up; nil: it
    /// was none.
    func formerGeneration(of machine: String, in transaction: Transaction) throws -> UInt64? {
        let given = try transaction.row("SELECT number FROM former_generations WHERE machine = ?", .text(machine))
        let former = try disabledItems(of: machine, in: transaction).compactMap(\.generation?.number)
        return try (former + [given?.bits("number")].compactMap(\.self)).max()
    }

    /// All that may be acted on: protected, or with something left to be done at others.
    func livingItems(in transaction: Transaction) throws -> [ItemRecord] {
        try records("SELECT id, revision, body FROM items ORDER BY id", in: transaction)
            .filter { $0.phase != Phase.disabled.name || !$0.owed.isEmpty }
    }

    /// Items changed after a revision, in the order of their last change, and the store's revision.
    func items(changedAfter revision: Int64, limit: Int) async throws -> (items: [ItemRecord], revision: Int64) {
        try await database.read { transaction in
            let last = try transaction.row("SELECT last FROM revisions")?.integer("last") ?? 0
            let found = try records(
                "SELECT id, revision, body FROM items WHERE revision > ? ORDER BY revision LIMIT ?",
                .integer(revision), .integer(Int64(limit)), in: transaction)
            return (found, last)
        }
    }

    /// Stores the row under a new revision. A drill that is over goes from it; the list of drills has it. What was
    /// promised to the job that held it, or synchronizes it, goes with that; what blocked its way home with the phases
    /// that have one; that its replica was lost once another one is in sync. What was listed of a lost one is no
    /// catalogue any more.
    @discardableResult
    func save(_ record: ItemRecord, in transaction: Transaction) throws -> ItemRecord {
        var changed = record
        if !changed.blockers.isEmpty, !changed.needsCloudMachine { changed.blockers = [] }
        var item = changed
        let before = try self.item(item.id, in: transaction)
        if let drill = item.drill, drill != before?.drill { try save(drill, in: transaction) }
        if item.drill?.state == .cleaned { item.drill = nil }
        if !item.usesReservation { item.reserved = nil }
        if item.targetLoss != nil, !item.isSynchronizing { item.endLoss() }
        if item.targetLoss != nil, before?.targetLoss == nil {
            try transaction.run("DELETE FROM catalogues WHERE item = ?", .text(item.id))
        }
        try transaction.run("UPDATE revisions SET last = last + 1")
        item.revision = try transaction.row("SELECT last FROM revisions")?.integer("last") ?? 0
        try write(item, over: before, in: transaction)
        (changed.targetLoss, changed.handPins) = (item.targetLoss, item.handPins)
        try audit.saved(changed, was: before, in: transaction)
        return item
    }

    /// Its machine's agent and platform go on holding the generation that it had.
    func removeItem(_ id: ItemID, in transaction: Transaction) throws {
        if let item = try item(id.text, in: transaction) {
            if let number = item.generation?.number {
                try transaction.run(
                    """
                    INSERT INTO former_generations (machine, number) VALUES (?, ?)
                    ON CONFLICT (machine) DO UPDATE SET number = MAX(number, excluded.number)
                    """, .text(item.home.machine), .bits(number))
            }
            try audit.removed(item, in: transaction)
        }
        try transaction.run("DELETE FROM items WHERE id = ?", .id(id))
        try transaction.run("DELETE FROM catalogues WHERE item = ?", .id(id))
        try transaction.run("UPDATE revisions SET last = last + 1")
    }

    /// One change of an item that no job makes (health, progress); nil from `change` stores nothing.
    @discardableResult
    func update(
        _ id: ItemID, _ name: String, _ change: @escaping @Sendable (inout ItemRecord) throws -> Bool
    ) async throws -> Bool {
        try await database.write(name) { transaction in
            guard var record = try item(id.text, in: transaction), try change(&record) else { return false }
            try save(record, in: transaction)
            return true
        }
    }

    /// Of a statement that selects id, revision and body.
    func records(_ sql: String, _ arguments: SQLValue..., in transaction: Transaction) throws -> [ItemRecord] {
        try transaction.rows(sql, arguments).map { row in
            let (id, revision) = (try row.text("id"), try row.integer("revision"))
            if let known = decoded[id, revision] { return known }
            let record = try Stored.value(ItemRecord.self, row.blob("body"))
            if transaction.seesCommittedOnly { decoded[id, revision] = record }
            return record
        }
    }

    // MARK: Components

    func saveComponent(_ component: ConfigurationV1.Component, source: String, in transaction: Transaction) throws {
        try transaction.run(
            """
            INSERT INTO components (id, source, body) VALUES (?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET source = excluded.source, body = excluded.body
            """,
            .text(component.endpoint?.id ?? ""), .text(source), .blob(component.wireBytes()))
        try audit.saved(component, source: source, in: transaction)
    }

    func components() async throws -> [(source: String, component: ConfigurationV1.Component)] {
        try await database.read { transaction in
            try transaction.rows("SELECT source, body FROM components ORDER BY id").map { row in
                do { return (try row.text("source"), try ConfigurationV1.Component(wire: row.blob("body"))) } catch {
                    throw Failure(.storeCorrupt, "read a component of the vault: \(error)")
                }
            }
        }
    }

    // MARK: Requests

    /// The job that a request id started, when the body is the same; other bodies are refused.
    func job(forRequest id: String, digest: [UInt8], in transaction: Transaction) throws -> JobID? {
        guard let row = try transaction.row("SELECT digest, job FROM requests WHERE id = ?", .text(id)) else {
            return nil
        }
        guard try row.blob("digest") == digest else {
            throw Failure(.requestIDReused, "start with request id \(id): it was used for another request")
        }
        return try row.id("job")
    }

    func remember(
        request id: String, digest: [UInt8], job: JobID, at now: UnixMicroseconds, in transaction: Transaction
    )
        throws
    {
        try transaction.run(
            "INSERT INTO requests (id, digest, job, created_us) VALUES (?, ?, ?, ?)", .text(id), .blob(digest),
            .id(job), .integer(now.value))
        try transaction.run(
            "DELETE FROM requests WHERE created_us < ?", .integer(now.value - VaultStore.requestsKeptUs))
    }

    /// A caller that lost an answer asks again within a month, or starts anew.
    private static let requestsKeptUs: Int64 = 30 * 24 * 3_600 * 1_000_000

    // MARK: Catalogues

    func saveCatalogue(_ points: TargetV1.ListPointsResponse, of item: ItemID, at now: UnixMicroseconds) async throws {
        try await database.write("catalogue") { transaction in
            _ = try transaction.run(
                """
                INSERT INTO catalogues (item, observed_us, body) VALUES (?, ?, ?)
                ON CONFLICT (item) DO UPDATE SET observed_us = excluded.observed_us, body = excluded.body
                """, .id(item), .integer(now.value), .blob(points.wireBytes()))
        }
    }

    func catalogue(of item: ItemID) async throws -> (at: UnixMicroseconds, points: TargetV1.ListPointsResponse)? {
        try await database.read { transaction in
            guard
                let row = try transaction.row("SELECT observed_us, body FROM catalogues WHERE item = ?", .id(item))
            else { return nil }
            do {
                return (.init(try row.integer("observed_us")), try TargetV1.ListPointsResponse(wire: row.blob("body")))
            } catch { throw Failure(.storeCorrupt, "read the catalogue of item \(item): \(error)") }
        }
    }
}
