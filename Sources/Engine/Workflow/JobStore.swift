public import Model
public import Store

/// Is told of every job and of every record of its journal, in the transaction that stores it: what it stores in turn
/// is there with the record, or neither is. What it throws undoes the transaction.
public protocol JobWitness: Sendable {
    func created(_ job: JobID, _ plan: Plan, at now: UnixMicroseconds, in transaction: Transaction) throws
    /// `progress` has the record in it.
    func recorded(
        _ event: JournalEvent, of job: JobID, _ progress: Progress, at now: UnixMicroseconds,
        in transaction: Transaction
    ) throws
}

/// Jobs and their journals. The journal is the truth; the columns of `jobs` and the rows of `waits` are folded from it
/// in the same transaction, for listings.
public struct JobStore: Sendable {
    public let database: StoreDatabase
    private let witness: (any JobWitness)?
    private let known = JobHistories()

    public init(_ database: StoreDatabase, witness: (any JobWitness)? = nil) {
        self.database = database
        self.witness = witness
    }

    /// To be part of the store's migrations.
    public static let schema = """
        CREATE TABLE jobs (
            id TEXT PRIMARY KEY,
            item TEXT NOT NULL,
            workflow TEXT NOT NULL,
            plan BLOB NOT NULL,
            created_us INTEGER NOT NULL,
            state TEXT NOT NULL,
            finished INTEGER NOT NULL DEFAULT 0,
            step TEXT,
            done_bytes INTEGER NOT NULL DEFAULT 0,
            total_bytes INTEGER NOT NULL DEFAULT 0,
            revision INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX jobs_by_revision ON jobs (revision);
        CREATE TABLE journal (
            job TEXT NOT NULL REFERENCES jobs (id),
            sequence INTEGER NOT NULL,
            at_us INTEGER NOT NULL,
            event TEXT NOT NULL,
            body BLOB NOT NULL,
            PRIMARY KEY (job, sequence)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE waits (
            job TEXT PRIMARY KEY REFERENCES jobs (id),
            step TEXT NOT NULL,
            condition TEXT NOT NULL,
            signal TEXT NOT NULL,
            party TEXT NOT NULL,
            deadline_us INTEGER
        ) STRICT, WITHOUT ROWID;
        """

    /// A further migration: which items a job over several works on, for listings.
    public static let membersSchema = """
        CREATE TABLE job_members (
            item TEXT NOT NULL,
            job TEXT NOT NULL REFERENCES jobs (id),
            PRIMARY KEY (item, job)
        ) STRICT, WITHOUT ROWID;
        """

    /// A further migration: a plan is large and never changes, and a row is written as a whole at each record.
    public static let jobPlansSchema = """
        CREATE TABLE job_plans (job TEXT PRIMARY KEY REFERENCES jobs (id), plan BLOB NOT NULL) STRICT;
        INSERT INTO job_plans (job, plan) SELECT id, plan FROM jobs;
        ALTER TABLE jobs DROP COLUMN plan;
        """

    public struct Summary: Hashable, Sendable {
        public let job: JobID
        public let item: ItemID
        public let workflow: String
        public let created: UnixMicroseconds
        public let state: JobState
        /// The step that is open, being undone, waiting or stuck.
        public let step: StepID?
        public let done: ByteCount
        public let total: ByteCount
        /// Rises with every change of any job; a watcher resumes by it.
        public let revision: Int64
    }

    /// Part of the caller's transaction, so that a claim and its job appear together. What the caller stores belongs to
    /// the first step: its undo takes it back, also when the job is cancelled before that step began.
    public func create(
        _ job: JobID, _ plan: Plan, at now: UnixMicroseconds, in transaction: Transaction
    ) throws {
        let exists = try transaction.row("SELECT id FROM jobs WHERE id = ?", .id(job)) != nil
        guard !exists else { throw Failure(.alreadyExists, "create a job that exists", on: [.job(job)]) }
        try transaction.run(
            """
            INSERT INTO jobs (id, item, workflow, created_us, state, revision)
            VALUES (?, ?, ?, ?, ?, (SELECT COALESCE(MAX(revision), 0) + 1 FROM jobs))
            """,
            .id(job), .id(plan.item), .text(plan.workflow), .integer(now.value), .text(JobState.queued.rawValue))
        try transaction.run("INSERT INTO job_plans (job, plan) VALUES (?, ?)", .id(job), .blob(plan.record))
        for member in plan.members {
            try transaction.run("INSERT INTO job_members (item, job) VALUES (?, ?)", .id(member), .id(job))
        }
        try witness?.created(job, plan, at: now, in: transaction)
    }

    public func progress(_ job: JobID) async throws -> Progress {
        try await database.read { try progress(job, in: $0) }
    }

    public func progress(_ job: JobID, in transaction: Transaction) throws -> Progress {
        var progress = Progress(try Plan(record: plan(job, transaction)))
        try catchUp(&progress, job, transaction)
        return progress
    }

    private func plan(_ job: JobID, _ transaction: Transaction) throws -> [UInt8] {
        guard let row = try transaction.row("SELECT plan FROM job_plans WHERE job = ?", .id(job)) else {
            throw Failure(.notFound, "read a job that does not exist", on: [.job(job)])
        }
        return try row.blob("plan")
    }

    public struct Entry: Hashable, Sendable {
        public let sequence: Int64
        public let at: UnixMicroseconds
        public let event: JournalEvent
    }

    /// At most `limit` records after the one given, in order.
    public func journal(_ job: JobID, after sequence: Int64 = 0, limit: Int64 = 500) async throws -> [Entry] {
        try await database.read { try entries(job, after: sequence, limit: limit, in: $0) }
    }

    /// A job with all of its records, and what the caller's query found of it.
    public struct History<Found: Sendable>: Sendable {
        public let found: Found
        public let progress: Progress
        public let entries: [Entry]
    }

    /// Jobs with all of their records.
    public func histories(_ jobs: [JobID]) async throws -> [History<Void>] {
        try await histories { _ in jobs.map { ($0, ()) } }
    }

    /// The jobs that a query finds, with all of their records: one read, in which they agree, of what came since they
    /// were read before. The caller's task decodes them; the store serves others meanwhile.
    public func histories<Found: Sendable>(
        _ find: @escaping @Sendable (Transaction) throws -> [(job: JobID, found: Found)]
    ) async throws -> [History<Found>] {
        let stored = try await database.read { transaction in
            try find(transaction).map { job, found in
                let before = known[job]
                return (
                    job: job, found: found, before: before, plan: before == nil ? try plan(job, transaction) : nil,
                    records: try records(job, after: before?.progress.sequence ?? 0, limit: .max, in: transaction)
                )
            }
        }
        return try stored.map { job, found, before, plan, records in
            var history = try before ?? JobHistories.History(progress: Progress(Plan(record: plan ?? [])))
            if before == nil || !records.isEmpty {
                let entries = try records.map { try $0.entry }
                try fold(entries, into: &history.progress, job)
                history.entries += entries
                known.keep(history, of: job)
            }
            return History(found: found, progress: history.progress, entries: history.entries)
        }
    }

    /// Ids of jobs whose journal has not ended, by id.
    public func unfinished() async throws -> [JobID] {
        try await database.read { transaction in
            try transaction.rows("SELECT id FROM jobs WHERE finished = 0 ORDER BY id").map { try $0.id("id") }
        }
    }

    /// Jobs changed after a revision, in the order of their last change, at most `limit`.
    public func changed(after revision: Int64, limit: Int64 = 500) async throws -> [Summary] {
        try await database.read { transaction in
            try transaction.rows(
                "SELECT * FROM jobs WHERE revision > ? ORDER BY revision LIMIT ?", .integer(revision), .integer(limit)
            ).map(summary)
        }
    }

    /// Not journaled: lost with a crash of the host, at worst.
    public func report(_ job: JobID, done: ByteCount, total: ByteCount) async throws {
        try await database.write("job-progress") { transaction in
            _ = try transaction.run(
                "UPDATE jobs SET done_bytes = ?, total_bytes = ?, revision = \(nextRevision) WHERE id = ?",
                .integer(done.bytes), .integer(total.bytes), .id(job))
        }
    }

    /// Appends what `event` makes of the journal as it is now, in one transaction with whatever else `event` does, and
    /// with the record that is to follow at once. nil from `event` appends nothing. Answers the journal's fold
    /// afterwards.
    func append(
        _ job: JobID, named name: String, known: Progress?, at now: UnixMicroseconds,
        following: @escaping @Sendable (Progress) -> JournalEvent? = { _ in nil },
        _ event: @escaping @Sendable (Progress, Transaction) throws -> JournalEvent?
    ) async throws -> Progress {
        try await database.write("journal-\(name)") { transaction in
            var progress = try known ?? self.progress(job, in: transaction)
            if known != nil { try catchUp(&progress, job, transaction) }
            let before = progress
            guard let event = try event(progress, transaction) else { return progress }
            try append(event, to: &progress, job, at: now, transaction)
            let next = following(progress)
            if let next { try append(next, to: &progress, job, at: now, transaction) }
            try store(progress, over: before, job, next?.step ?? event.step, transaction)
            return progress
        }
    }

    /// Journals that a person ended the job where it stands.
    func end(
        _ job: JobID, by statement: Statement, at now: UnixMicroseconds, in transaction: Transaction
    ) throws -> Bool {
        var progress = try self.progress(job, in: transaction)
        guard progress.finished == nil else { return false }
        let before = progress
        for event in [JournalEvent.cancelRequested(statement), .finished(.cancelled)] {
            try append(event, to: &progress, job, at: now, transaction)
        }
        try store(progress, over: before, job, nil, transaction)
        return true
    }

    private func append(
        _ event: JournalEvent, to progress: inout Progress, _ job: JobID, at now: UnixMicroseconds,
        _ transaction: Transaction
    ) throws {
        try progress.apply(event)
        try transaction.run(
            "INSERT INTO journal (job, sequence, at_us, event, body) VALUES (?, ?, ?, ?, ?)",
            .id(job), .integer(progress.sequence), .integer(now.value), .text(event.name), .blob(event.record))
        try witness?.recorded(event, of: job, progress, at: now, in: transaction)
    }

    private var nextRevision: String { "(SELECT MAX(revision) + 1 FROM jobs)" }

    /// What listings ask for. A column that a statement sets has its indices written anew, also when it stays the same.
    private func store(
        _ progress: Progress, over before: Progress, _ job: JobID, _ step: StepID?, _ transaction: Transaction
    ) throws {
        if (progress.state, progress.finished) == (before.state, before.finished) {
            try transaction.run(
                "UPDATE jobs SET step = COALESCE(?, step), revision = \(nextRevision) WHERE id = ?",
                .optional(step?.text), .id(job))
        } else {
            try transaction.run(
                """
                UPDATE jobs SET state = ?, finished = ?, step = COALESCE(?, step), revision = \(nextRevision)
                WHERE id = ?
                """,
                .text(progress.state.rawValue), .integer(progress.finished == nil ? 0 : 1), .optional(step?.text),
                .id(job))
        }
        if before.waiting != nil { try transaction.run("DELETE FROM waits WHERE job = ?", .id(job)) }
        guard let waiting = progress.waiting else { return }
        try transaction.run(
            "INSERT INTO waits (job, step, condition, signal, party, deadline_us) VALUES (?, ?, ?, ?, ?, ?)",
            .id(job), .id(waiting.step), .text(waiting.wait.condition), .text(waiting.wait.signal),
            .text(waiting.wait.party.rawValue), .optional(waiting.wait.deadline?.value))
    }

    private func catchUp(_ progress: inout Progress, _ job: JobID, _ transaction: Transaction) throws {
        try fold(entries(job, after: progress.sequence, limit: .max, in: transaction), into: &progress, job)
    }

    private func fold(_ entries: [Entry], into progress: inout Progress, _ job: JobID) throws {
        for entry in entries {
            guard entry.sequence == progress.sequence + 1 else {
                throw Failure(
                    .journalUnreadable, "fold the journal: record \(progress.sequence + 1) is missing", on: [.job(job)])
            }
            try progress.apply(entry.event)
        }
    }

    private func entries(
        _ job: JobID, after sequence: Int64, limit: Int64, in transaction: Transaction
    ) throws -> [Entry] {
        try records(job, after: sequence, limit: limit, in: transaction).map { try $0.entry }
    }

    /// A record as it is stored.
    private struct Record: Sendable {
        let sequence: Int64
        let at: UnixMicroseconds
        let event: String
        let body: [UInt8]

        var entry: Entry {
            get throws(Failure) {
                Entry(sequence: sequence, at: at, event: try JournalEvent(name: event, record: body))
            }
        }
    }

    private func records(
        _ job: JobID, after sequence: Int64, limit: Int64, in transaction: Transaction
    ) throws -> [Record] {
        try transaction.rows(
            """
            SELECT sequence, at_us, event, body FROM journal WHERE job = ? AND sequence > ?
            ORDER BY sequence LIMIT ?
            """, .id(job), .integer(sequence), .integer(limit)
        ).map { row in
            Record(
                sequence: try row.integer("sequence"), at: .init(try row.integer("at_us")),
                event: try row.text("event"), body: try row.blob("body"))
        }
    }

    private func summary(_ row: Row) throws -> Summary {
        guard let state = JobState(rawValue: try row.text("state")) else {
            throw Failure(.storeCorrupt, "list jobs: a state is unknown")
        }
        return Summary(
            job: try row.id("id"), item: try row.id("item"), workflow: try row.text("workflow"),
            created: .init(try row.integer("created_us")), state: state,
            step: try row.optionalText("step").map { try StepID($0) }, done: ByteCount(try row.integer("done_bytes")),
            total: ByteCount(try row.integer("total_bytes")), revision: try row.integer("revision"))
    }
}
