import Model
import Store
import Synchronization

/// Items' rows that were decoded before: reading one of a thousand items again and again costs no decoding while nobody
/// changes it.
///
/// A revision is given once, so a row of a revision that was committed is always the same. Rows that a transaction
/// wrote and has not committed are never put here: undone, their revision is given to others.
final class DecodedItems: Sendable {
    /// Ten times the items of a large installation; then it begins anew.
    private static let limit = 10_000

    private let known = Mutex<[String: ItemRecord]>([:])

    subscript(id: String, revision: Int64) -> ItemRecord? {
        get { known.withLock { $0[id] }.flatMap { $0.revision == revision ? $0 : nil } }
        set {
            known.withLock { known in
                if known.count >= Self.limit, known[id] == nil { known = [:] }
                known[id] = newValue
            }
        }
    }
}

/// Values that were decoded before, by their bytes: what a job was asked to do and what its steps left in the journal
/// are read again at each step and at each look, and never change.
final class DecodedValues<Value: Decodable & Sendable>: Sendable {
    private struct Key: Hashable {
        let bytes: [UInt8]

        func hash(into hasher: inout Hasher) { bytes.withUnsafeBytes { hasher.combine(bytes: $0) } }
    }

    /// Those of a hundred jobs that run at once; then it begins anew.
    private let limit = 4_096
    private let known = Mutex<[Key: Value]>([:])

    func value(_ bytes: [UInt8]) throws(Failure) -> Value {
        let key = Key(bytes: bytes)
        if let value = known.withLock({ $0[key] }) { return value }
        let value = try Stored.value(Value.self, bytes)
        known.withLock { known in
            if known.count >= limit { known = [:] }
            known[key] = value
        }
        return value
    }
}

/// Of jobs.
struct DecodedJobs: Sendable {
    let parameters = DecodedValues<JobParameters>()
    private let outputs = DecodedValues<StepOutput>()

    /// nil for an output that a person accepted without a value.
    func output(_ bytes: [UInt8]) -> StepOutput? { try? outputs.value(bytes) }
}

extension VaultStore {
    /// What is asked for often has a column, and each question of a state an index: none reads all items or all jobs.
    static let scaleSchema = """
        ALTER TABLE items ADD COLUMN home_machine TEXT NOT NULL DEFAULT '';
        ALTER TABLE items ADD COLUMN item_group TEXT NOT NULL DEFAULT '';
        ALTER TABLE items ADD COLUMN tended INTEGER NOT NULL DEFAULT 1;
        UPDATE items SET home_machine = COALESCE(json_extract(CAST(body AS TEXT), '$.home.machine'), ''),
            item_group = COALESCE(json_extract(CAST(body AS TEXT), '$.group'), '');
        CREATE INDEX items_by_name ON items (display_name);
        CREATE INDEX items_by_machine ON items (home_machine);
        CREATE INDEX items_by_group ON items (item_group);
        CREATE INDEX items_by_claim ON items (claim_job) WHERE claim_job IS NOT NULL;
        CREATE INDEX items_tended ON items (id) WHERE tended = 1;
        CREATE INDEX jobs_unfinished ON jobs (id) WHERE finished = 0;
        CREATE INDEX jobs_by_creation ON jobs (created_us, id);
        CREATE INDEX jobs_by_item ON jobs (item);
        """
}

extension VaultStore {
    /// A row is found by ten indices, and SQLite writes an entry anew for each column that a statement sets, also to
    /// what it was: only what changed is set.
    func write(_ item: ItemRecord, over before: ItemRecord?, in transaction: Transaction) throws {
        var columns: [(name: String, value: SQLValue)] = [
            ("phase", .text(item.phase)), ("generation", .bits(item.generation?.number ?? 0)),
            ("revision", .integer(item.revision)), ("body", .blob(try Stored.bytes(item))),
        ]
        if before?.claimJob != item.claimJob { columns.append(("claim_job", .optional(item.claimJob))) }
        if before?.keys != item.keys { columns += Array(zip(ItemRecord.keyColumns, item.keys)) }
        let names = columns.map(\.name)
        let values = columns.map(\.value) + [.text(item.id)]
        if before == nil {
            let places = Array(repeating: "?", count: values.count).joined(separator: ", ")
            let list = (names + ["id"]).joined(separator: ", ")
            try transaction.run("INSERT INTO items (\(list)) VALUES (\(places))", values)
        } else {
            let settings = names.map { "\($0) = ?" }.joined(separator: ", ")
            try transaction.run("UPDATE items SET \(settings) WHERE id = ?", values)
        }
    }
}

extension ItemRecord {
    /// What seldom changes.
    fileprivate static let keyColumns = [
        "display_name", "quarantined", "forward_policy", "failback_policy", "home_machine", "item_group", "tended",
    ]
    fileprivate var keys: [SQLValue] {
        [
            .text(displayName), .integer(quarantine == nil ? 0 : 1), .text(policy(.out)), .text(policy(.home)),
            .text(home.machine), .text(group), .integer(isTended ? 1 : 0),
        ]
    }

    /// Whether a reconciler may have anything to do with it.
    var isTended: Bool {
        phase != Phase.disabled.name || !owed.isEmpty || missedBy != nil || synchronizingJob != nil || claimJob != nil
    }
}
