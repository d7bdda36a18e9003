import Contract
import Model
import Store
import Workflow

/// A job's row, for listings.
struct JobRow: Hashable, Sendable {
    let job: JobID
    let item: ItemID
    let workflow: String
    let created: UnixMicroseconds
    let done: ByteCount
    let total: ByteCount
    let revision: Int64
}

extension VaultStore {
    func view(_ job: JobID) async throws -> JobView {
        let row = try await database.read { transaction in
            guard let found = try transaction.row("SELECT \(jobColumns) FROM jobs WHERE id = ?", .id(job)) else {
                throw Failure(.notFound, "find job \(job): there is none of that id", on: [.job(job)])
            }
            return try jobRow(found)
        }
        guard let view = try await views([row]).first else {
            throw Failure(.internalError, "read job \(job): it has no journal", on: [.job(job)])
        }
        return view
    }

    /// Whether anything of the job changed after a revision: cheaper to know than what.
    func hasChanged(_ job: JobID, after revision: UInt64) async throws -> Bool {
        try await database.read { transaction in
            guard let row = try transaction.row("SELECT revision FROM jobs WHERE id = ?", .id(job)) else { return true }
            return try row.integer("revision") > Int64(clamping: revision)
        }
    }

    /// Newest first, of one item or all; after the given place.
    func jobRows(of item: ItemID?, before place: (created: Int64, job: String)?, limit: Int) async throws -> [JobRow] {
        let (created, job) = (place?.created ?? .max, place?.job ?? "")
        return try await database.read { transaction in
            guard let item else {
                return try transaction.rows(
                    """
                    SELECT \(jobColumns) FROM jobs WHERE (created_us, id) < (?, ?)
                    ORDER BY created_us DESC, id DESC LIMIT ?
                    """, .integer(created), .text(job), .integer(Int64(limit))
                ).map(jobRow)
            }
            return try transaction.rows(
                """
                SELECT \(jobColumns) FROM jobs
                WHERE id IN (SELECT id FROM jobs WHERE item = ?1 UNION SELECT job FROM job_members WHERE item = ?1)
                    AND (created_us, id) < (?2, ?3)
                ORDER BY created_us DESC, id DESC LIMIT ?4
                """, .id(item), .integer(created), .text(job), .integer(Int64(limit))
            ).map(jobRow)
        }
    }

    /// In their order; a few are read at once.
    func views(_ rows: [JobRow]) async throws -> [JobView] {
        var views: [JobView] = []
        for start in stride(from: 0, to: rows.count, by: VaultStore.readAtOnce) {
            let part = rows[start..<min(start + VaultStore.readAtOnce, rows.count)]
            for (row, history) in zip(part, try await jobs.histories(part.map(\.job))) {
                views.append(JobView(row: row, progress: history.progress, entries: history.entries, decodedJobs))
            }
        }
        return views
    }

    /// Jobs whose journals are read at once: the others' reads wait for that.
    private static let readAtOnce = 10

    /// Without the plan, which is large.
    private var jobColumns: String { "id, item, workflow, created_us, done_bytes, total_bytes, revision" }

    private func jobRow(_ row: Row) throws -> JobRow {
        JobRow(
            job: try row.id("id"), item: try row.id("item"), workflow: try row.text("workflow"),
            created: .init(try row.integer("created_us")), done: ByteCount(try row.integer("done_bytes")),
            total: ByteCount(try row.integer("total_bytes")), revision: try row.integer("revision"))
    }
}

/// One page of a listing.
struct Page {
    static let largest: UInt32 = 500
    static let usual = 100

    let size: Int

    init(_ size: UInt32) throws(Failure) {
        guard size <= Page.largest else {
            throw Failure(.invalidArgument, "list: a page has at most \(Page.largest) entries")
        }
        self.size = size == 0 ? Page.usual : Int(size)
    }
}
