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
    /// Records of one job's journal that a listing reads; a job writes far fewer unless a component is away for months.
    private static let longestJournal: Int64 = 10_000

    func view(_ job: JobID) async throws -> JobView {
        let row = try await database.read { transaction in
            guard let found = try transaction.row("SELECT * FROM jobs WHERE id = ?", .id(job)) else {
                throw Failure(.notFound, "find job \(job): there is none of that id", on: [.job(job)])
            }
            return try jobRow(found)
        }
        return try await view(row)
    }

    /// Newest first, of one item or all; after the given place.
    func jobRows(of item: ItemID?, before place: (created: Int64, job: String)?, limit: Int) async throws -> [JobRow] {
        try await database.read { transaction in
            try transaction.rows(
                """
                SELECT * FROM jobs
                WHERE (?1 IS NULL OR item = ?1 OR id IN (SELECT job FROM job_members WHERE item = ?1))
                    AND (?2 IS NULL OR created_us < ?2 OR (created_us = ?2 AND id < ?3))
                ORDER BY created_us DESC, id DESC LIMIT ?4
                """,
                .optional(item?.text), .optional(place?.created), .optional(place?.job), .integer(Int64(limit))
            ).map(jobRow)
        }
    }

    func view(_ row: JobRow) async throws -> JobView {
        let progress = try await jobs.progress(row.job)
        let entries = try await jobs.journal(row.job, limit: VaultStore.longestJournal)
        return JobView(row: row, progress: progress, entries: entries)
    }

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
