import Model
import Synchronization

/// Jobs with their journals as they were read last. A journal only grows, so what was read of it once stays true, and
/// another look reads what came since: a client that follows a job, and a page of them, cost what changed.
/// Only what was committed is put here.
final class JobHistories: Sendable {
    struct History: Sendable {
        var progress: Progress
        var entries: [JobStore.Entry] = []
    }

    /// So many, at most twice, are in memory: those of the jobs that run, and of some pages.
    private static let limit = 200

    private struct Kept {
        var recent: [JobID: History] = [:]
        /// Those that were recent before `limit` others were: forgotten when that happens again.
        var older: [JobID: History] = [:]
    }

    private let kept = Mutex(Kept())

    subscript(job: JobID) -> History? { kept.withLock { $0.recent[job] ?? $0.older[job] } }

    /// Two readers may come in either order: the longer one is kept.
    func keep(_ history: History, of job: JobID) {
        kept.withLock { kept in
            let known = kept.recent[job] ?? kept.older.removeValue(forKey: job)
            if kept.recent.count >= Self.limit, kept.recent[job] == nil {
                kept.older = kept.recent
                kept.recent = [:]
            }
            if let known, known.progress.sequence > history.progress.sequence {
                kept.recent[job] = known
            } else {
                kept.recent[job] = history
            }
        }
    }
}
