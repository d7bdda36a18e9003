import Cryptography
import Messages
import Model
import Store

/// A refusal that is repeated, by a program that asks in a loop say, is counted: the log is told of the first one, the
/// second, the fourth and so on, each time with the number of times. So it grows with the logarithm of what is asked,
/// and what it tells is true: the count is stored with every refusal, and what was counted since the last record is
/// told by the next one, also when the refusal comes again after a while, or makes room for others.
///
/// The same refusal: of one operation on one subject, asked for by one person and one identity, with one error and the
/// same gates. The evidence may be another one each time.
extension AuditLog {
    static let refusalsSchema = """
        CREATE TABLE refusals (
            digest BLOB PRIMARY KEY,
            record INTEGER NOT NULL,
            times INTEGER NOT NULL,
            told INTEGER NOT NULL,
            last_us INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX refusals_by_age ON refusals (last_us);
        """

    /// One that comes again after this is told anew, with all that it says.
    private static let quietUs: Int64 = 3_600_000_000
    /// Different ones that are counted at once; the one that came last longest ago makes room.
    static let longestRefusals: Int64 = 1_000

    fileprivate struct Counted {
        /// Of the record that tells all of it.
        var record: UInt64
        var times: Int64
        /// As the log has it.
        var told: Int64
        var lastUs: Int64
    }

    /// As a transaction of its own: a refusal has no effect that it could be stored with.
    func refused(_ record: VaultV1.AuditRecord, by caller: String) async throws {
        try await database.write("audit") { transaction in
            let digest = record.sameRefusal(by: caller)
            let at = now.value
            guard var counted = try counted(digest, in: transaction), at - counted.lastUs < Self.quietUs else {
                let before = try counted(digest, in: transaction)
                let stored = try append(record.telling(before.flatMap(\.untold)), in: transaction)
                try save(Counted(record: stored.sequence, times: 1, told: 1, lastUs: at), digest, in: transaction)
                return try makeRoom(in: transaction)
            }
            counted.times += 1
            counted.lastUs = at
            if counted.times & (counted.times - 1) == 0 {
                try append(
                    record.telling(("times", "\(counted.times), the first one is record \(counted.record)")),
                    in: transaction)
                counted.told = counted.times
            }
            try save(counted, digest, in: transaction)
        }
    }

    private func makeRoom(in transaction: Transaction) throws {
        let oldest = try transaction.rows(
            "SELECT * FROM refusals ORDER BY last_us DESC LIMIT 1 OFFSET ?", .integer(Self.longestRefusals)).first
        guard let oldest else { return }
        if let (name, value) = try Counted(oldest).untold {
            try append(
                .with {
                    $0.kind = "refused"
                    $0.facts = [.init(name, value)]
                }, in: transaction)
        }
        try transaction.run("DELETE FROM refusals WHERE digest = ?", .blob(try oldest.blob("digest")))
    }

    private func counted(_ digest: [UInt8], in transaction: Transaction) throws -> Counted? {
        try transaction.row("SELECT * FROM refusals WHERE digest = ?", .blob(digest)).map(Counted.init)
    }

    private func save(_ counted: Counted, _ digest: [UInt8], in transaction: Transaction) throws {
        try transaction.run(
            """
            INSERT INTO refusals (digest, record, times, told, last_us) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (digest) DO UPDATE SET record = excluded.record, times = excluded.times, told = excluded.told,
                last_us = excluded.last_us
            """, .blob(digest), .bits(counted.record), .integer(counted.times), .integer(counted.told),
            .integer(counted.lastUs))
    }
}

extension AuditLog.Counted {
    fileprivate init(_ row: Row) throws {
        self.init(
            record: try row.bits("record"), times: try row.integer("times"), told: try row.integer("told"),
            lastUs: try row.integer("last_us"))
    }

    /// What was counted and is in no record yet; nil for nothing.
    fileprivate var untold: (String, String)? {
        guard times > told else { return nil }
        return ("times-before", "\(times), the first one is record \(record), the last at \(lastUs) us")
    }
}

extension VaultV1.AuditRecord {
    fileprivate func telling(_ fact: (name: String, value: String)?) -> VaultV1.AuditRecord {
        guard let fact else { return self }
        var record = self
        record.facts.insert(.init(fact.name, fact.value), at: 0)
        return record
    }

    /// Of what makes two refusals one.
    fileprivate func sameRefusal(by caller: String) -> [UInt8] {
        var out = RecordWriter(version: 1)
        let gates = facts.map(\.name).filter { $0.hasPrefix("gate ") }
        let fixed = facts.filter { ["name", "error"].contains($0.name) }.map(\.value)
        for text in [operation, item, group, job, person, caller] + fixed + gates { out.text(text) }
        return SHA256.hash(out.bytes)
    }
}
