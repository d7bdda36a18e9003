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
    }

    private let jobs = Mutex<[JobID: Seen]>([:])
    private static let blockBytes: Int64 = 4_096

    /// nil when nothing is new.
    func update(_ job: JobID, _ status: AgentV1.AgentStatus) -> (done: ByteCount, total: ByteCount)? {
        let left = bytes(status.remainingBlocks)
        let sent = bytes(status.shippedBlocks)
        return jobs.withLock { jobs in
            var seen = jobs[job] ?? Seen()
            let before = seen
            seen.total = max(seen.total, left + sent)
            seen.done = max(0, seen.total - left)
            jobs[job] = seen
            guard seen.done != before.done || seen.total != before.total else { return nil }
            return (ByteCount(seen.done), ByteCount(seen.total))
        }
    }

    /// An agent's figure is not believed beyond what a machine's disks can have.
    private func bytes(_ blocks: UInt64) -> Int64 { Int64(min(blocks, 1 << 48)) * Self.blockBytes }

    /// All of it is done; the job is forgotten.
    func end(_ job: JobID) -> ByteCount? { jobs.withLock { $0.removeValue(forKey: job).map { ByteCount($0.total) } } }
}

extension Reconcilers {
    /// Tells the job that waits for the item how far it is.
    func reportProgress(_ item: ItemRecord, _ status: AgentV1.AgentStatus) async throws {
        guard let text = item.synchronizingJob, JobID.isValid(text), case .synchronizing? = try item.phaseValue() else {
            return
        }
        let job = try JobID(text)
        guard let new = progress.update(job, status) else { return }
        try await core.vault.store.jobs.report(job, done: new.done, total: new.total)
        core.vault.bell.ring()
    }

    func endProgress(_ job: JobID, isInSync: Bool) async throws {
        guard let total = progress.end(job), isInSync else { return }
        try await core.vault.store.jobs.report(job, done: total, total: total)
    }
}
