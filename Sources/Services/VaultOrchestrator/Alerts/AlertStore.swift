import Messages
import Model
import Store
import Synchronization

/// What a state that a person should look at is called; stable.
enum AlertCode: String, Sendable {
    /// An item's newest recovery point is older than its policy wants.
    case rpoOverThreshold = "RPO_OVER_THRESHOLD"
    /// A replication group's newest common point is older than its policy wants.
    case groupRPOOverThreshold = "GROUP_RPO_OVER_THRESHOLD"
    /// An item's cloud machine was deleted or moved: it cannot be failed back.
    case cloudMachineGone = "CLOUD_MACHINE_GONE"
    /// The replica of an item is gone; a new one is made.
    case targetCopyLost = "TARGET_COPY_LOST"
    /// A store's backups failed, are overdue, have no second copy, or the newest of them is damaged.
    case backup = "BACKUP_ALERT"
}

/// One alert: the same row whenever its state is there again.
struct AlertRow: Hashable, Sendable {
    var code: AlertCode
    /// `items/{id}`, `stores/{id}`.
    var subject: String
    /// Of several alerts of one code about one subject; empty of the only one.
    var place = ""
    var displayName = ""
    var isCritical = false
    var detail = ""
    var remedy = ""
    var raisedUs: Int64 = 0
    /// 0 while it stands.
    var clearedUs: Int64 = 0
    var times: UInt64 = 0

    var id: String {
        let parts = [code.rawValue.lowercased(), subject, place].filter { !$0.isEmpty }
        return parts.joined(separator: ".").replacing("/", with: ".")
    }
    var isStanding: Bool { clearedUs == 0 }

    var message: VaultV1.Alert {
        .with {
            $0.name = "alerts/\(id)"
            $0.code = code.rawValue
            $0.subject = subject
            $0.displayName = displayName
            $0.severity = isCritical ? .critical : .warning
            $0.detail = detail
            $0.remedy = remedy
            $0.raisedUnixUs = raisedUs
            $0.clearedUnixUs = clearedUs
            $0.times = times
        }
    }
}

/// Where a page of alerts ended.
struct AlertPlace: Sendable {
    var isCleared: Bool
    var raisedUs: Int64
    var id: String

    init(_ row: AlertRow) { (isCleared, raisedUs, id) = (!row.isStanding, row.raisedUs, row.id) }

    /// nil of an empty token.
    init?(_ token: String) throws(Failure) {
        if token.isEmpty { return nil }
        let parts = token.split(separator: ":", maxSplits: 2)
        guard parts.count == 3, let raised = Int64(parts[1]), ["0", "1"].contains(parts[0]) else {
            throw Failure(.invalidArgument, "list alerts: the page token is not one of ours")
        }
        (isCleared, raisedUs, id) = (parts[0] == "1", raised, String(parts[2]))
    }

    var token: String { "\(isCleared ? 1 : 0):\(raisedUs):\(id)" }
}

extension VaultStore {
    static let alertsSchema = """
        CREATE TABLE alerts (
            id TEXT PRIMARY KEY,
            code TEXT NOT NULL,
            subject TEXT NOT NULL,
            place TEXT NOT NULL,
            display_name TEXT NOT NULL,
            critical INTEGER NOT NULL,
            detail TEXT NOT NULL,
            remedy TEXT NOT NULL,
            raised_us INTEGER NOT NULL,
            cleared_us INTEGER NOT NULL,
            times INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    /// Cleared ones are forgotten after a month; the audit log keeps them.
    private static let alertsKeptUs: Int64 = 30 * 24 * 3_600 * 1_000_000

    func alert(_ id: String, in transaction: Transaction) throws -> AlertRow? {
        try transaction.row("SELECT * FROM alerts WHERE id = ?", .text(id)).map(alertRow)
    }

    func standingAlerts() async throws -> [AlertRow] {
        try await database.read { transaction in
            try transaction.rows("SELECT * FROM alerts WHERE cleared_us = 0 ORDER BY id").map(alertRow)
        }
    }

    /// Standing ones first, then those raised last first.
    func alerts(
        after place: AlertPlace?, withCleared: Bool, subject: String, limit: Int
    ) async throws -> [AlertRow] {
        try await database.read { transaction in
            try transaction.rows(
                """
                SELECT * FROM alerts
                WHERE (?1 OR cleared_us = 0) AND (?2 = '' OR subject = ?2)
                    AND (?3 IS NULL OR (cleared_us <> 0, -raised_us, id) > (?3, -?4, ?5))
                ORDER BY cleared_us <> 0, raised_us DESC, id LIMIT ?6
                """,
                .integer(withCleared ? 1 : 0), .text(subject), .optional(place.map { $0.isCleared ? Int64(1) : 0 }),
                .integer(place?.raisedUs ?? 0), .text(place?.id ?? ""), .integer(Int64(limit))
            ).map(alertRow)
        }
    }

    /// Raises it, or notes what is observed of one that stands; true when it was raised.
    func raise(_ alert: AlertRow, at now: UnixMicroseconds) async throws -> Bool {
        try await database.write("alert") { transaction in
            let known = try self.alert(alert.id, in: transaction)
            var row = alert
            (row.raisedUs, row.times) = (now.value, (known?.times ?? 0) + 1)
            if let known, known.isStanding { (row.raisedUs, row.times) = (known.raisedUs, known.times) }
            guard row != known else { return false }
            try save(row, in: transaction)
            guard known?.isStanding != true else { return false }
            try audit.raised(row, in: transaction)
            return true
        }
    }

    /// True when it stood.
    func clear(_ id: String, _ why: String, at now: UnixMicroseconds) async throws -> Bool {
        try await database.write("alert") { transaction in
            guard var row = try alert(id, in: transaction), row.isStanding else { return false }
            row.clearedUs = now.value
            try save(row, in: transaction)
            try audit.cleared(row, why, in: transaction)
            let horizon = now.value - Self.alertsKeptUs
            try transaction.run("DELETE FROM alerts WHERE cleared_us BETWEEN 1 AND ?", .integer(horizon))
            return true
        }
    }

    private func save(_ row: AlertRow, in transaction: Transaction) throws {
        try transaction.run(
            """
            INSERT INTO alerts (id, code, subject, place, display_name, critical, detail, remedy, raised_us, cleared_us,
                times)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET display_name = excluded.display_name, critical = excluded.critical,
                detail = excluded.detail, remedy = excluded.remedy, raised_us = excluded.raised_us,
                cleared_us = excluded.cleared_us, times = excluded.times
            """,
            .text(row.id), .text(row.code.rawValue), .text(row.subject), .text(row.place), .text(row.displayName),
            .integer(row.isCritical ? 1 : 0), .text(row.detail), .text(row.remedy), .integer(row.raisedUs),
            .integer(row.clearedUs), .bits(row.times))
    }

    private func alertRow(_ row: Row) throws -> AlertRow {
        guard let code = AlertCode(rawValue: try row.text("code")) else {
            throw Failure(.storeCorrupt, "read an alert: its code is unknown")
        }
        return AlertRow(
            code: code, subject: try row.text("subject"), place: try row.text("place"),
            displayName: try row.text("display_name"), isCritical: try row.integer("critical") != 0,
            detail: try row.text("detail"), remedy: try row.text("remedy"), raisedUs: try row.integer("raised_us"),
            clearedUs: try row.integer("cleared_us"), times: try row.bits("times"))
    }
}

/// The alerts that stand, for what shows an item.
final class AlertBoard: Sendable {
    private let standing = Mutex<[String: AlertRow]>([:])

    func replace(_ rows: [AlertRow]) {
        standing.withLock { $0 = Dictionary(uniqueKeysWithValues: rows.map { ($0.id, $0) }) }
    }

    func note(_ row: AlertRow) { standing.withLock { $0[row.id] = row } }
    func forget(_ id: String) { standing.withLock { $0[id] = nil } }
    func stands(_ id: String) -> Bool { standing.withLock { $0[id] != nil } }
    /// nil of one that does not stand.
    func detail(_ id: String) -> String? { standing.withLock { $0[id]?.detail } }

    /// Standing alerts of a code, by id.
    func all(_ code: AlertCode) -> [AlertRow] {
        standing.withLock { rows in rows.values.filter { $0.code == code } }.sorted { $0.id < $1.id }
    }

    func codes(of subject: String) -> [String] {
        standing.withLock { rows in rows.values.filter { $0.subject == subject }.map(\.code.rawValue) }.sorted()
    }
}
