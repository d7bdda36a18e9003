import Model
import Store
import Workflow

/// A plan's row.
struct PlanRow: Hashable, Sendable {
    var id: PlanID
    var version: UInt64
    var spec: PlanSpec
    var digest: String
    var createdUs: Int64
    var updatedUs: Int64
    /// The request that made it, with the digest of its body.
    var request: String
    var requestDigest: [UInt8]

    var etag: String { "v\(version)" }
}

/// A job of a run as its columns have it, without its journal.
struct UnitStanding: Hashable, Sendable {
    var job: JobID
    var state: JobState
    var isFinished: Bool
    /// What it waits for.
    var signal: String?

    /// Nothing more comes of it without a person.
    var hasEnded: Bool { isFinished || state == .stuck }
}

/// An action's row: how often a script was begun, and whether the last start was seen to end.
struct ActionRow: Hashable, Sendable {
    var starts: Int64 = 0
    var startedUs: Int64 = 0
    var hasEnded = false

    /// Begun, and its end was not seen.
    var isOpen: Bool { starts > 0 && !hasEnded }
}

extension VaultStore {
    static let plansSchema = """
        CREATE TABLE plans (
            id TEXT PRIMARY KEY,
            version INTEGER NOT NULL,
            digest TEXT NOT NULL,
            body BLOB NOT NULL,
            created_us INTEGER NOT NULL,
            updated_us INTEGER NOT NULL,
            request TEXT NOT NULL,
            request_digest BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE plan_runs (
            job TEXT PRIMARY KEY REFERENCES jobs (id),
            plan TEXT NOT NULL,
            created_us INTEGER NOT NULL,
            automatic_us INTEGER,
            automatic TEXT NOT NULL DEFAULT ''
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX plan_runs_by_plan ON plan_runs (plan, created_us);
        CREATE INDEX plan_runs_due ON plan_runs (automatic_us) WHERE automatic_us IS NOT NULL;
        CREATE TABLE plan_run_units (
            run TEXT NOT NULL REFERENCES plan_runs (job),
            job TEXT NOT NULL REFERENCES jobs (id),
            PRIMARY KEY (run, job)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE plan_run_items (
            item TEXT NOT NULL,
            run TEXT NOT NULL REFERENCES plan_runs (job),
            PRIMARY KEY (item, run)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE plan_actions (
            run TEXT NOT NULL REFERENCES plan_runs (job),
            action TEXT NOT NULL,
            starts INTEGER NOT NULL,
            started_us INTEGER NOT NULL,
            ended INTEGER NOT NULL,
            PRIMARY KEY (run, action)
        ) STRICT, WITHOUT ROWID;
        """

    /// A further migration: which run has run another one again. Each is run again once at most, so that what a run and
    /// those after it have finished is known of the last of them.
    static let planRerunsSchema = """
        CREATE TABLE plan_reruns (
            run TEXT PRIMARY KEY REFERENCES plan_runs (job),
            again TEXT NOT NULL REFERENCES plan_runs (job)
        ) STRICT, WITHOUT ROWID;
        """

    // MARK: Plans

    func plan(_ id: PlanID, in transaction: Transaction) throws -> PlanRow? {
        try transaction.row("SELECT * FROM plans WHERE id = ?", .id(id)).map(planRow)
    }

    func plan(_ id: PlanID) async throws -> PlanRow {
        try await database.read { transaction in
            guard let found = try plan(id, in: transaction) else {
                throw Failure(.notFound, "find plan \(id): there is none of that id; see `homeward plans`")
            }
            return found
        }
    }

    func plans(after id: String, limit: Int) async throws -> [PlanRow] {
        try await database.read { transaction in
            try transaction.rows(
                "SELECT * FROM plans WHERE id > ? ORDER BY id LIMIT ?", .text(id), .integer(Int64(limit))
            ).map(planRow)
        }
    }

    func save(_ plan: PlanRow, in transaction: Transaction) throws {
        try transaction.run(
            """
            INSERT INTO plans (id, version, digest, body, created_us, updated_us, request, request_digest)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET version = excluded.version, digest = excluded.digest,
                body = excluded.body, updated_us = excluded.updated_us
            """,
            .id(plan.id), .bits(plan.version), .text(plan.digest), .blob(try Stored.bytes(plan.spec)),
            .integer(plan.createdUs), .integer(plan.updatedUs), .text(plan.request), .blob(plan.requestDigest))
        try audit.saved(plan, in: transaction)
    }

    func removePlan(_ plan: PlanRow, in transaction: Transaction) throws {
        try transaction.run("DELETE FROM plans WHERE id = ?", .id(plan.id))
        try audit.removed(plan, in: transaction)
    }

    private func planRow(_ row: Row) throws -> PlanRow {
        PlanRow(
            id: try row.id("id"), version: try row.bits("version"),
            spec: try Stored.value(PlanSpec.self, row.blob("body")), digest: try row.text("digest"),
            createdUs: try row.integer("created_us"), updatedUs: try row.integer("updated_us"),
            request: try row.text("request"), requestDigest: try row.blob("request_digest"))
    }

    // MARK: Runs

    func addRun(
        _ job: JobID, _ record: PlanRunRecord, at now: UnixMicroseconds, in transaction: Transaction
    ) throws {
        try transaction.run(
            "INSERT INTO plan_runs (job, plan, created_us) VALUES (?, ?, ?)", .id(job), .text(record.plan),
            .integer(now.value))
        if let before = record.rerunOf {
            try transaction.run(
                "INSERT INTO plan_reruns (run, again) VALUES (?, ?)", .text(before), .id(job))
        }
        for unit in record.working {
            try transaction.run("INSERT INTO plan_run_units (run, job) VALUES (?, ?)", .id(job), .text(unit.job))
        }
        for item in record.units.flatMap(\.members) {
            try transaction.run("INSERT INTO plan_run_items (item, run) VALUES (?, ?)", .text(item.item), .id(job))
        }
    }

    /// Of one run only the newest that ran it again knows what is left.
    func refuseRunAgain(_ run: String, in transaction: Transaction) throws {
        guard let row = try transaction.row("SELECT again FROM plan_reruns WHERE run = ?", .text(run)) else { return }
        let again: JobID = try row.id("again")
        throw Failure(
            .operationNotAllowed, "run \(run) again: jobs/\(again) did so already; once that has ended, run it again "
                + "instead", on: [.job(again)])
    }

    /// The run that has not ended and that has the item, with its plan.
    func running(with item: String, in transaction: Transaction) throws -> (run: JobID, plan: String)? {
        try transaction.row(
            """
            SELECT plan_runs.job AS run_job, plan_runs.plan AS plan_id
            FROM plan_run_items JOIN plan_runs ON plan_runs.job = run JOIN jobs ON jobs.id = run
            WHERE plan_run_items.item = ? AND finished = 0 ORDER BY plan_runs.job LIMIT 1
            """, .text(item)
        ).map { (try $0.id("run_job"), try $0.text("plan_id")) }
    }

    /// Newest first, of one plan or all; after the given place.
    func runs(
        of plan: String?, before place: (created: Int64, job: String)?, onlyRunning: Bool = false, limit: Int
    ) async throws -> [(job: JobID, createdUs: Int64)] {
        try await database.read { transaction in
            try transaction.rows(
                """
                SELECT job, plan_runs.created_us AS made FROM plan_runs JOIN jobs ON jobs.id = job
                WHERE (?1 IS NULL OR plan_runs.plan = ?1) AND (?5 = 0 OR finished = 0)
                    AND (?2 IS NULL OR plan_runs.created_us < ?2 OR (plan_runs.created_us = ?2 AND job < ?3))
                ORDER BY plan_runs.created_us DESC, job DESC LIMIT ?4
                """,
                .optional(plan), .optional(place?.created), .optional(place?.job), .integer(Int64(limit)),
                .integer(onlyRunning ? 1 : 0)
            ).map { (try $0.id("job"), try $0.integer("made")) }
        }
    }

    /// How the jobs of a run stand, by job.
    func standings(of run: JobID) async throws -> [String: UnitStanding] {
        try await database.read { transaction in
            let rows = try transaction.rows(
                """
                SELECT jobs.id AS id, jobs.state AS state, finished, signal
                FROM plan_run_units JOIN jobs ON jobs.id = plan_run_units.job
                LEFT JOIN waits ON waits.job = jobs.id WHERE run = ?
                """, .id(run))
            var found: [String: UnitStanding] = [:]
            for row in rows {
                guard let state = JobState(rawValue: try row.text("state")) else {
                    throw Failure(.storeCorrupt, "read the jobs of run \(run): a state is unknown")
                }
                found[try row.text("id")] = UnitStanding(
                    job: try row.id("id"), state: state, isFinished: try row.integer("finished") != 0,
                    signal: try row.optionalText("signal"))
            }
            return found
        }
    }

    // MARK: Actions

    func action(_ action: String, of run: JobID, in transaction: Transaction) throws -> ActionRow {
        let row = try transaction.row(
            "SELECT * FROM plan_actions WHERE run = ? AND action = ?", .id(run), .text(action))
        guard let row else { return ActionRow() }
        return ActionRow(
            starts: try row.integer("starts"), startedUs: try row.integer("started_us"),
            hasEnded: try row.integer("ended") != 0)
    }

    func action(_ action: String, of run: JobID) async throws -> ActionRow {
        try await database.read { try self.action(action, of: run, in: $0) }
    }

    func save(_ row: ActionRow, _ action: String, of run: JobID, in transaction: Transaction) throws {
        try transaction.run(
            """
            INSERT INTO plan_actions (run, action, starts, started_us, ended) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (run, action) DO UPDATE SET starts = excluded.starts, started_us = excluded.started_us,
                ended = excluded.ended
            """,
            .id(run), .text(action), .integer(row.starts), .integer(row.startedUs), .integer(row.hasEnded ? 1 : 0))
    }

    // MARK: Automatic ends

    func automatic(of run: JobID) async throws -> (atUs: Int64?, told: String) {
        try await database.read { transaction in
            let row = try transaction.row("SELECT automatic_us, automatic FROM plan_runs WHERE job = ?", .id(run))
            guard let row else { return (nil, "") }
            let due = try transaction.row(
                "SELECT automatic_us FROM plan_runs WHERE job = ? AND automatic_us IS NOT NULL", .id(run))
            return (try due?.integer("automatic_us"), try row.text("automatic"))
        }
    }

    /// nil: nothing is due any more.
    func setAutomatic(_ atUs: Int64?, _ told: String, of run: JobID, in transaction: Transaction) throws {
        try transaction.run(
            "UPDATE plan_runs SET automatic_us = ?, automatic = ? WHERE job = ?", .optional(atUs), .text(told),
            .id(run))
    }

    /// Runs whose automatic end is due, a few at a time.
    func dueRuns(at now: UnixMicroseconds) async throws -> [JobID] {
        try await database.read { transaction in
            try transaction.rows(
                "SELECT job FROM plan_runs WHERE automatic_us IS NOT NULL AND automatic_us <= ? ORDER BY job LIMIT 16",
                .integer(now.value)
            ).map { try $0.id("job") }
        }
    }
}
