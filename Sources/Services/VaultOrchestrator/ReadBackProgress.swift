import Messages
import Model
import Synchronization

/// How far the jobs are that have the disks of their items read back.
final class ReadBackProgress: Sendable {
    struct Far: Hashable, Sendable {
        var read: UInt64
        var total: UInt64
    }

    private let jobs = Mutex<[JobID: [String: Far]]>([:])
    /// Those that were cancelled are never heard of again: beyond so many, all begin to count anew.
    private static let mostJobs = 64

    /// What an agent said, added to what those of the job's other items said.
    ///
    /// - Parameter blocks: of each item's disks: they count for one whose agent has not said how many it reads.
    func update(_ job: JobID, _ item: String, _ seen: AgentV1.ReadBack, of blocks: [String: UInt64]) -> Far {
        jobs.withLock { jobs in
            if jobs.count >= Self.mostJobs, jobs[job] == nil { jobs = [:] }
            jobs[job, default: [:]][item] = Far(read: seen.readBlocks, total: seen.totalBlocks)
            let known = jobs[job] ?? [:]
            let each = blocks.map { known[$0.key] ?? Far(read: 0, total: $0.value) }
            if each.allSatisfy({ $0.read >= $0.total }) { jobs[job] = nil }
            return Far(read: each.reduce(0) { $0 + $1.read }, total: each.reduce(0) { $0 + $1.total })
        }
    }
}
