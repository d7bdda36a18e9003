import Contract
import Messages
import Model
import Store

/// A drill as the vault keeps it: in the item's row while it stands, and in the list of all drills for ever after.
struct StoredDrill: Codable, Hashable, Sendable {
    enum State: String, Codable, Sendable {
        case starting, running
        /// By itself; what is left of it waits for its cleanup.
        case ended
        case cleaning, cleaned
    }

    enum Outcome: String, Codable, Sendable {
        case booted
        case notBooted = "not-booted"
        case endedEarly = "ended-early"
        case discarded
    }

    /// The job that began it: it pins the point, and names the branch.
    var job: String
    var item: String
    var displayName: String
    var direction: String
    var state = State.starting
    var masterTarget: String
    var point: UInt64 = 0
    var pointCutUs: Int64 = 0
    var person: String
    var startedUs: Int64
    var bootUs: UInt64 = 0
    var cause = ""
    var endedUs: Int64 = 0
    var outcome: Outcome?
    var endedBy = ""
    var remark = ""
    var cleanupJob = ""

    init(of item: ItemRecord, direction: Direction, job: JobID, by person: String, at now: UnixMicroseconds) {
        self.job = job.text
        self.item = item.id
        displayName = item.displayName
        self.direction = direction.rawValue
        masterTarget = item.masterTarget
        self.person = person
        startedUs = now.value
    }

    /// Of its own, so that it is nobody's copy.
    var machine: String { "drill-\(job.hasPrefix("job-") ? String(job.dropFirst(4)) : job)" }

    func directionValue() throws(Failure) -> Direction {
        guard let value = Direction(rawValue: direction) else {
            throw Failure(.storeCorrupt, "read drill \(job): direction \(direction) is unknown")
        }
        return value
    }

    /// Where its machine and its branch are.
    func site() throws(Failure) -> Site { try directionValue().target }

    /// Nothing is left of it but what this says.
    mutating func close(_ outcome: Outcome, at now: UnixMicroseconds) {
        state = .cleaned
        self.outcome = outcome
        endedUs = now.value
    }

    /// What came of one that somebody cleaned up.
    var reached: Outcome { bootUs == 0 ? .notBooted : cause.isEmpty ? .booted : .endedEarly }
}

extension StoredDrill {
    var message: VaultV1.Drill {
        .with {
            $0.name = "drills/\(job)"
            $0.item = "items/\(item)"
            $0.displayName = displayName
            $0.direction = Direction(rawValue: direction)?.message ?? .unspecified
            $0.state = state.message
            $0.machine = machine
            $0.point = point
            $0.pointCutUnixUs = pointCutUs
            $0.person = person
            $0.startedUnixUs = startedUs
            $0.bootUs = bootUs
            $0.cause = cause
            $0.endedUnixUs = endedUs
            $0.outcome = outcome?.message ?? .unspecified
            $0.endedBy = endedBy
            $0.remark = remark
            $0.cleanupJob = cleanupJob.isEmpty ? "" : "jobs/\(cleanupJob)"
        }
    }
}

extension StoredDrill.State {
    fileprivate var message: VaultV1.Drill.State {
        switch self {
        case .starting: .starting
        case .running: .running
        case .ended: .ended
        case .cleaning: .cleaning
        case .cleaned: .cleaned
        }
    }
}

extension StoredDrill.Outcome {
    fileprivate var message: VaultV1.Drill.Outcome {
        switch self {
        case .booted: .booted
        case .notBooted: .notBooted
        case .endedEarly: .endedEarly
        case .discarded: .discarded
        }
    }
}

extension VaultStore {
    static let drillsSchema = """
        CREATE TABLE drills (
            sequence INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            item TEXT NOT NULL,
            standing INTEGER NOT NULL CHECK (standing IN (0, 1)),
            body BLOB NOT NULL
        ) STRICT;
        CREATE INDEX drills_by_item ON drills (item);
        """

    /// Records of drills that are over; the oldest go. Twenty a day for more than a year.
    private static let drillsKept: Int64 = 10_000

    func save(_ drill: StoredDrill, in transaction: Transaction) throws {
        try transaction.run(
            """
            INSERT INTO drills (id, item, standing, body) VALUES (?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET standing = excluded.standing, body = excluded.body
            """, .text(drill.job), .text(drill.item), .integer(drill.state == .cleaned ? 0 : 1),
            .blob(try Stored.bytes(drill)))
        try transaction.run(
            """
            DELETE FROM drills WHERE standing = 0 AND sequence <= (SELECT MAX(sequence) FROM drills) - ?
            """, .integer(Self.drillsKept))
    }

    /// Newest first, with their places in the list.
    func drills(
        before sequence: Int64, of item: String?, standingOnly: Bool, limit: Int
    ) async throws -> [(sequence: Int64, drill: StoredDrill)] {
        try await database.read { transaction in
            try transaction.rows(
                """
                SELECT sequence, body FROM drills
                WHERE sequence < ? AND (? IS NULL OR item = ?) AND standing >= ? ORDER BY sequence DESC LIMIT ?
                """, .integer(sequence), .optional(item), .optional(item), .integer(standingOnly ? 1 : 0),
                .integer(Int64(limit))
            ).map { (try $0.integer("sequence"), try Stored.value(StoredDrill.self, $0.blob("body"))) }
        }
    }
}
