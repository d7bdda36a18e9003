import Messages
import Model
import Synchronization
import Workflow

/// How far the jobs are that wait for their items to be in sync.
///
/// Their work is the blocks that both sides must come to hold alike: what the agent has sent since its session began
/// and what is left. Zeroes that need not be sent and blocks that turned out equal count as done when they are no
/// longer left. Writes of the guest make the work grow; the total is the most that was seen, so it never shrinks.
final class SyncProgress: Sendable {
    private struct Seen {
        var done: Int64 = 0
        var total: Int64 = 0
        var isOver = false
    }

    /// A job may be over several items.
    private let jobs = Mutex<[JobID: [ItemID: Seen]]>([:])
    private static let blockBytes: Int64 = 4_096

    /// nil when nothing is new.
    func update(
        _ job: JobID, _ item: ItemID, _ status: AgentV1.AgentStatus
    ) -> (done: ByteCount, total: ByteCount)? {
        let left = bytes(status.remainingBlocks)
        let sent = bytes(status.shippedBlocks)
        return jobs.withLock { jobs in
            var seen = jobs[job]?[item] ?? Seen()
            let before = seen
            seen.total = max(seen.total, left + sent)
            seen.done = max(0, seen.total - left)
            jobs[job, default: [:]][item] = seen
            guard seen.done != before.done || seen.total != before.total else { return nil }
            return sum(jobs[job])
        }
    }

    /// An agent's figure is not believed beyond what a machine's disks can have.
    private func bytes(_ blocks: UInt64) -> Int64 { Int64(min(blocks, 1 << 48)) * Self.blockBytes }

    /// All of the item's work is done, if it is in sync; the job is forgotten with its last item.
    func end(_ job: JobID, _ item: ItemID, isInSync: Bool) -> (done: ByteCount, total: ByteCount)? {
        jobs.withLock { jobs in
            guard var seen = jobs[job]?[item] else { return nil }
            if isInSync { seen.done = seen.total }
            seen.isOver = true
            jobs[job]?[item] = seen
            let known = jobs[job]
            if known?.values.allSatisfy(\.isOver) ?? true { jobs[job] = nil }
            return isInSync ? sum(known) : nil
        }
    }

    private func sum(_ items: [ItemID: Seen]?) -> (done: ByteCount, total: ByteCount) {
        let all = items.map { Array($0.values) } ?? []
        return (ByteCount(all.reduce(0) { $0 + $1.done }), ByteCount(all.reduce(0) { $0 + $1.total }))
    }
}

extension Reconcilers {
    /// Tells the job that waits for the item how far it is.
    func reportProgress(_ item: ItemRecord, _ status: AgentV1.AgentStatus) async throws {
        guard let text = item.synchronizingJob, JobID.isValid(text), case .synchronizing? = try item.phaseValue() else {
            return
        }
        let job = try JobID(text)
        guard let new = try progress.update(job, item.itemID(), status) else { return }
        try await core.vault.store.jobs.report(job, done: new.done, total: new.total)
        core.vault.bell.ring(job)
    }

    func endProgress(_ job: JobID, _ item: ItemID, isInSync: Bool) async throws {
        guard let new = progress.end(job, item, isInSync: isInSync) else { return }
        try await core.vault.store.jobs.report(job, done: new.done, total: new.total)
    }
}
