import AuditChain
import Contract
import Environment
import Messages
import Model
import Store

/// The vault's audit log: a table that is only ever appended to, each record with the hash of the one before it.
///
/// Records are appended inside the transaction that stores what they tell of, so neither is ever there without the
/// other. Whoever writes rows of items, jobs or components does so through `VaultStore` and `JobStore`, and these
/// append: `ItemAudit.swift` tells what changed of an item, `JobAudit.swift` what a job's journal says. Only what is no
/// row of these is appended by hand: refusals, the beginning of a reign, a reconciliation.
///
/// What a backup holds of the log is continued after a restore, under the epoch and the store's new incarnation: the
/// first record of the new reign names both. Records after the backup are gone with the store, and whoever kept the
/// hash of one finds another record in its place.
struct AuditLog: Sendable {
    let database: StoreDatabase
    let clock: any Clock
    let decodedJobs: DecodedJobs

    /// Records in the sequence that a page looks at, however few of them are asked for: a read holds up the vault's
    /// writes for some milliseconds at most.
    static let longestLook: Int64 = 5_000

    static let schema = """
        CREATE TABLE audit (
            sequence INTEGER PRIMARY KEY,
            at_us INTEGER NOT NULL,
            epoch INTEGER NOT NULL,
            store TEXT NOT NULL,
            kind TEXT NOT NULL,
            item TEXT NOT NULL,
            item_group TEXT NOT NULL,
            job TEXT NOT NULL,
            step TEXT NOT NULL,
            operation TEXT NOT NULL,
            person TEXT NOT NULL,
            peer TEXT NOT NULL,
            request TEXT NOT NULL,
            text TEXT NOT NULL,
            facts BLOB NOT NULL,
            previous BLOB NOT NULL,
            hash BLOB NOT NULL
        ) STRICT;
        CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
            BEGIN SELECT RAISE(ABORT, 'the audit log is only appended to'); END;
        CREATE TRIGGER audit_is_not_shortened BEFORE DELETE ON audit
            BEGIN SELECT RAISE(ABORT, 'the audit log is only appended to'); END;
        """

    var now: UnixMicroseconds { UnixMicroseconds(clock.wallNow().microseconds) }

    // MARK: Appending

    /// Appends a record; who called is added from the transaction, where the record does not say so itself.
    @discardableResult
    func append(
        _ record: VaultV1.AuditRecord, at instant: UnixMicroseconds? = nil, in transaction: Transaction
    ) throws -> VaultV1.AuditRecord {
        var record = record
        record.atUnixUs = (instant ?? now).value
        record.vaultEpoch = try epoch(in: transaction)
        record.store = database.incarnation.text
        if let caller = transaction.caller {
            if record.peer.isEmpty { record.peer = caller.peer }
            if record.person.isEmpty { record.person = caller.person }
            if record.requestID.isEmpty { record.requestID = caller.request }
        }
        record = record.bounded().chained(after: try head(in: transaction).head)
        try transaction.run(
            """
            INSERT INTO audit (sequence, at_us, epoch, store, kind, item, item_group, job, step, operation, person,
                peer, request, text, facts, previous, hash)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            .bits(record.sequence), .integer(record.atUnixUs), .bits(record.vaultEpoch), .text(record.store),
            .text(record.kind), .text(record.item), .text(record.group), .text(record.job), .text(record.step),
            .text(record.operation), .text(record.person), .text(record.peer), .text(record.requestID),
            .text(record.text), .blob(record.facts.stored), .blob(record.previousHash), .blob(record.hash))
        return record
    }

    func epoch(in transaction: Transaction) throws -> UInt64 {
        let base = try transaction.row("SELECT epoch_base FROM reign")?.integer("epoch_base") ?? 0
        return UInt64(clamping: base + database.epoch)
    }

    // MARK: Reading

    func head() async throws -> (head: AuditChain.Head, at: UnixMicroseconds) {
        try await database.read { try head(in: $0) }
    }

    private func head(in transaction: Transaction) throws -> (head: AuditChain.Head, at: UnixMicroseconds) {
        let last = try transaction.row("SELECT sequence, at_us, hash FROM audit ORDER BY sequence DESC LIMIT 1")
        guard let last else { return (.none, UnixMicroseconds(0)) }
        return (
            AuditChain.Head(sequence: try last.bits("sequence"), hash: try last.blob("hash")),
            UnixMicroseconds(try last.integer("at_us"))
        )
    }

    /// Which records are asked for; nil and 0 ask for all.
    struct Filter: Sendable {
        /// `items/{id}`; its jobs are among them, but not what they did to other members of its group.
        var item: String?
        /// `groups/{id}`.
        var group: String?
        /// `jobs/{id}`.
        var job: String?
        var sinceUs: Int64 = 0
        var untilUs: Int64 = 0
    }

    /// Records after a place, in their order, as they are stored; and the place to go on from, nil at the end of the
    /// log. There may be such a place though the page is empty.
    func page(
        after place: Int64, _ filter: Filter, limit: Int
    ) async throws -> (records: [VaultV1.AuditRecord], next: Int64?) {
        let last = place > .max - Self.longestLook ? .max : place + Self.longestLook
        return try await database.read { transaction in
            let rows = try transaction.rows(
                """
                SELECT * FROM audit
                WHERE sequence > ?1 AND sequence <= ?2 AND at_us >= ?3 AND at_us < ?4 AND (?5 IS NULL OR job = ?5)
                    AND (?6 IS NULL OR item_group = ?6)
                    AND (?7 IS NULL OR item = 'items/' || ?7
                        OR (item = '' AND substr(job, 6) IN (SELECT job FROM job_members WHERE item = ?7)))
                ORDER BY sequence LIMIT ?8
                """,
                .integer(place), .integer(last), .integer(filter.sinceUs),
                .integer(filter.untilUs == 0 ? .max : filter.untilUs), .optional(filter.job),
                .optional(filter.group), .optional(filter.item.map { String($0.dropFirst("items/".count)) }),
                .integer(Int64(limit)))
            let records = try rows.map { try VaultV1.AuditRecord($0) }
            // A page that is full ends with its last record, another one with what was looked at.
            let end = rows.count < limit ? last : Int64(clamping: records.last?.sequence ?? 0)
            let isMore = try transaction.row("SELECT 1 FROM audit WHERE sequence > ? LIMIT 1", .integer(end)) != nil
            return (records, isMore ? end : nil)
        }
    }
}

extension VaultV1.AuditRecord {
    /// A record as it is stored, right or not: whoever reads it judges it by its hash.
    fileprivate init(_ row: Row) throws {
        self.init()
        sequence = try row.bits("sequence")
        atUnixUs = try row.integer("at_us")
        vaultEpoch = try row.bits("epoch")
        store = try row.text("store")
        kind = try row.text("kind")
        item = try row.text("item")
        group = try row.text("item_group")
        job = try row.text("job")
        step = try row.text("step")
        operation = try row.text("operation")
        person = try row.text("person")
        peer = try row.text("peer")
        requestID = try row.text("request")
        text = try row.text("text")
        facts = [VaultV1.AuditFact](stored: try row.blob("facts"))
        previousHash = try row.blob("previous")
        hash = try row.blob("hash")
    }
}

// MARK: - Facts

extension [VaultV1.AuditFact] {
    fileprivate var stored: [UInt8] {
        var out = RecordWriter(version: 1)
        out.list(self) { out, fact in
            out.text(fact.name)
            out.text(fact.value)
        }
        return out.bytes
    }

    /// Bytes that are not facts are shown as they are, and the record's hash is not theirs.
    fileprivate init(stored bytes: [UInt8]) {
        do { self = try Self.read(bytes) } catch { self = [VaultV1.AuditFact("unreadable", hexadecimal(bytes))] }
    }

    private static func read(_ bytes: [UInt8]) throws(Failure) -> [VaultV1.AuditFact] {
        var input = try RecordReader(bytes, version: 1, "audit record's facts")
        let facts = try input.list { (one) throws(Failure) -> VaultV1.AuditFact in
            let name = try one.text()
            return VaultV1.AuditFact(name, try one.text())
        }
        try input.end()
        return facts
    }
}

extension VaultV1.AuditFact {
    init(_ name: String, _ value: String) {
        self.init()
        self.name = name
        self.value = value
    }
}
