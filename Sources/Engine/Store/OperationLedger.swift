public import Model

/// What a receiver remembers of calls with effects, so that each has one effect (rules K1–K5).
///
/// All methods run inside the caller's transaction. An effect in the same database: `begin`, act, `recordDone`
/// in one transaction. Any other effect: `begin` + `recordIntent`, look, act, look, `recordDone`; a transient
/// failure leaves the intent, and the next call looks again. Only *done* and *refused for good* are answers.
public struct OperationLedger: Sendable {
    public init() {}

    /// To be part of the store's migrations.
    public static let schema = """
        CREATE TABLE operations (
            key TEXT PRIMARY KEY,
            job TEXT NOT NULL,
            digest BLOB,
            state TEXT NOT NULL CHECK (state IN ('none', 'intent', 'done', 'refused')),
            outcome BLOB NOT NULL,
            cancelled INTEGER NOT NULL DEFAULT 0 CHECK (cancelled IN (0, 1)),
            closed_us INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX operations_by_job ON operations (job);
        """

    /// What is known of a key.
    public enum Standing: Hashable, Sendable {
        /// Never seen: act.
        case new
        /// Begun before; whether it happened must be looked at. Holds what `recordIntent` stored.
        case intent([UInt8])
        case done([UInt8])
        case refused(Failure)
        /// An undo came first or since (rule K4). Holds what was known of the forward call when it came.
        indirect case cancelled(before: Standing)
    }

    /// Where a call with this key stands. `digest` is one of the request's bytes; the same key with another one
    /// throws `OPERATION_KEY_REUSED`. The caller of a forward call answers `cancelled` with `OPERATION_CANCELLED`.
    public func begin(_ key: OperationKey, digest: [UInt8], in transaction: Transaction) throws -> Standing {
        guard let row = try self.row(key, transaction) else { return .new }
        if let known = try row.optionalBlob("digest"), known != digest {
            throw Failure(
                .operationKeyReused, "begin operation \(key): the key was used for another request. Report this bug",
                on: [.job(key.job), .item(key.item)])
        }
        return try standing(of: row)
    }

    /// The answer to `GetOperation`.
    public func lookup(_ key: OperationKey, in transaction: Transaction) throws -> Standing {
        try row(key, transaction).map(standing) ?? .new
    }

    /// Before an effect outside this database. Harmless when repeated; refused once there is an answer or a tombstone.
    public func recordIntent(
        _ key: OperationKey, digest: [UInt8], _ intent: [UInt8], in transaction: Transaction
    ) throws {
        switch try begin(key, digest: digest, in: transaction) {
        case .new: try insert(key, digest, "intent", intent, transaction)
        case .intent:
            try transaction.run("UPDATE operations SET outcome = ? WHERE key = ?", .blob(intent), .text(key.canonical))
        case .done, .refused, .cancelled:
            throw Failure(
                .operationCancelled, "begin operation \(key): it is finished or cancelled", on: [.job(key.job)])
        }
    }

    /// Stores the result, the first one for ever. Answers the standing afterwards: `cancelled` when an undo came
    /// while the effect ran, so that the caller leaves the effect to the undo.
    public func recordDone(
        _ key: OperationKey, digest: [UInt8], result: [UInt8], in transaction: Transaction
    ) throws -> Standing {
        try recordAnswer(key, digest, "done", result, transaction)
    }

    /// Only for a refusal that will be the same tomorrow; a transient one is not stored (rule K3).
    public func recordRefused(
        _ key: OperationKey, digest: [UInt8], _ failure: Failure, in transaction: Transaction
    ) throws -> Standing {
        precondition(failure.disposition == .permanent, "only what is refused for good is stored: \(failure.code)")
        return try recordAnswer(key, digest, "refused", failure.record, transaction)
    }

    /// Called when an undo begins, also when the forward call was never seen: from now on the forward call is
    /// refused. Answers what was known of it, again the same on repetition.
    public func tombstone(forwardOf key: OperationKey, in transaction: Transaction) throws -> Standing {
        let forward = key.forward
        if try row(forward, transaction) == nil { try insert(forward, nil, "none", [], transaction) }
        try transaction.run("UPDATE operations SET cancelled = 1 WHERE key = ?", .text(forward.canonical))
        guard case .cancelled(let before) = try lookup(forward, in: transaction) else {
            throw Failure(.internalError, "cancel operation \(forward): the tombstone is missing")
        }
        return before
    }

    /// The vault closed the job: its keys may go after the keeping time.
    public func close(_ job: JobID, at now: UnixMicroseconds, in transaction: Transaction) throws {
        try transaction.run(
            "UPDATE operations SET closed_us = ? WHERE job = ? AND closed_us IS NULL", .integer(now.value), .id(job))
    }

    /// Drops at most `purgeBatch` keys of jobs closed longer ago than the keeping time; answers how many.
    public func purge(now: UnixMicroseconds, in transaction: Transaction) throws -> Int {
        try transaction.run(
            "DELETE FROM operations WHERE key IN (SELECT key FROM operations WHERE closed_us < ? ORDER BY key LIMIT ?)",
            .integer(now.value - OperationLedger.keptMicroseconds), .integer(OperationLedger.purgeBatch))
    }

    /// Rule K5: seven days; later duplicates die at the generation check.
    public static let keptMicroseconds: Int64 = 7 * 86_400 * 1_000_000
    /// Keeps the purging transaction short.
    public static let purgeBatch: Int64 = 1_000

    /// Work that is remembered here, for the census (rule G8), by item and job; of one item when it is given.
    public func jobs(of item: ItemID? = nil, in transaction: Transaction) throws -> [(item: ItemID, job: JobID)] {
        // A key is `job/item/…`, and neither id holds a slash.
        let known = """
            SELECT DISTINCT job, substr(key, length(job) + 2, instr(substr(key, length(job) + 2), '/') - 1) AS item
            FROM operations
            """
        let narrowed = "SELECT job, item FROM (\(known)) WHERE ?1 IS NULL OR item = ?1 ORDER BY item, job LIMIT ?2"
        return try transaction.rows(narrowed, .optional(item?.text), .integer(OperationLedger.jobsTold)).map { row in
            (try row.id("item"), try row.id("job"))
        }
    }

    /// Of one answer: some 80 bytes each. Keys of closed jobs go after a week, so that more is not usual.
    public static let jobsTold: Int64 = 20_000

    private func recordAnswer(
        _ key: OperationKey, _ digest: [UInt8], _ state: String, _ outcome: [UInt8], _ transaction: Transaction
    ) throws -> Standing {
        let before = try begin(key, digest: digest, in: transaction)
        switch before {
        case .new: try insert(key, digest, state, outcome, transaction)
        case .intent, .cancelled(before: .intent):
            try transaction.run(
                "UPDATE operations SET state = ?, outcome = ? WHERE key = ? AND state = 'intent'",
                .text(state), .blob(outcome), .text(key.canonical))
        case .done, .refused, .cancelled: break
        }
        return try lookup(key, in: transaction)
    }

    private func insert(
        _ key: OperationKey, _ digest: [UInt8]?, _ state: String, _ outcome: [UInt8], _ transaction: Transaction
    ) throws {
        try transaction.run(
            "INSERT INTO operations (key, job, digest, state, outcome) VALUES (?, ?, ?, ?, ?)",
            .text(key.canonical), .id(key.job), .optional(digest), .text(state), .blob(outcome))
    }

    private func row(_ key: OperationKey, _ transaction: Transaction) throws -> Row? {
        try transaction.row(
            "SELECT digest, state, outcome, cancelled FROM operations WHERE key = ?", .text(key.canonical))
    }

    private func standing(of row: Row) throws -> Standing {
        let outcome = try row.blob("outcome")
        let known: Standing
        switch try row.text("state") {
        case "none": known = .new
        case "intent": known = .intent(outcome)
        case "done": known = .done(outcome)
        case "refused": known = .refused(try Failure(record: outcome))
        case let state: throw Failure(.storeCorrupt, "read an operation: state \(state) is unknown")
        }
        return try row.integer("cancelled") == 1 ? .cancelled(before: known) : known
    }
}
