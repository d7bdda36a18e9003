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

    var place: JobPlace { (created.value, job.text) }
}

/// Where a listing goes on: after this job.
typealias JobPlace = (created: Int64, job: String)

extension VaultStore {
    func view(_ job: JobID) async throws -> JobView {
        guard let view = try await view(job, changedAfter: nil) else {
            throw Failure(.internalError, "read job \(job): it has no journal", on: [.job(job)])
        }
        return view
    }

    /// nil: nothing of the job changed after the revision.
    func view(_ job: JobID, changedAfter revision: UInt64?) async throws -> JobView? {
        try await views { transaction in
            guard let found = try transaction.row("SELECT \(jobColumns) FROM jobs WHERE id = ?", .id(job)) else {
                throw Failure(.notFound, "find job \(job): there is none of that id", on: [.job(job)])
            }
            let row = try jobRow(found)
            return revision.map { row.revision > Int64(clamping: $0) } ?? true ? [row] : []
        }.first
    }

    /// Newest first, of one item or all; after the given place.
    func jobRows(of item: ItemID?, before place: JobPlace?, limit: Int) async throws -> [JobRow] {
        try await database.read { try jobRows(of: item, before: place, limit: limit, in: $0) }
    }

    /// The same with their journals.
    func views(of item: ItemID?, before place: JobPlace?, limit: Int) async throws -> [JobView] {
        var (views, place) = ([JobView](), place)
        while views.count < limit {
            let count = min(VaultStore.readAtOnce, limit - views.count)
            let part = try await self.views { [place] in
                try jobRows(of: item, before: place, limit: count, in: $0)
            }
            views += part
            guard part.count == count, let last = part.last else { break }
            place = last.row.place
        }
        return views
    }

    private func views(_ find: @escaping @Sendable (Transaction) throws -> [JobRow]) async throws -> [JobView] {
        try await jobs.histories { try find($0).map { ($0.job, $0) } }.map { history in
            JobView(row: history.found, progress: history.progress, entries: history.entries, decodedJobs)
        }
    }

    /// Jobs whose journals are read at once: the others' reads wait for that.
    private static let readAtOnce = 25

    private func jobRows(
        of item: ItemID?, before place: JobPlace?, limit: Int, in transaction: Transaction
    ) throws -> [JobRow] {
        let (created, job) = (place?.created ?? .max, place?.job ?? "")
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
