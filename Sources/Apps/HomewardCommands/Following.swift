import ArgumentParser
import Messages
import Model
import RPC

/// Follows a job to its end and prints each step as it changes.
struct JobFollower {
    let session: Session
    let form: OutputForm

    /// Longest wait of one call; the vault answers earlier when something changed.
    private static let waitMicroseconds: UInt64 = 5_000_000

    /// Exit code 0 for success, 3 for a job that failed and went back, 4 for one that is stuck, 5 for a partial one.
    func follow(_ first: VaultV1.Job) async throws {
        var job = first
        var told: [String: VaultV1.StepState] = [:]
        var lastProgress: UInt64 = .max
        while true {
            if form == .table { tell(job, &told, &lastProgress) }
            if isOver(job.state) { break }
            job = try await session.jobs.getJob(
                .with {
                    $0.name = job.name
                    $0.waitUs = Self.waitMicroseconds
                    $0.afterRevision = job.revision
                }, CallOptions(timeout: .seconds(30), waitForReady: true))
        }
        if form == .json { show(printed(job), .json) } else { say("\(job.operation): \(stateText(job))") }
        switch job.state {
        case .succeeded: return
        case .stuck, .waitingPerson: throw ExitCode(4)
        case .partial: throw ExitCode(5)
        default: throw ExitCode(3)
        }
    }

    private func isOver(_ state: VaultV1.JobState) -> Bool {
        switch state {
        case .succeeded, .partial, .failedUnwound, .cancelled, .stuck, .waitingPerson: true
        default: false
        }
    }

    private func tell(_ job: VaultV1.Job, _ told: inout [String: VaultV1.StepState], _ lastProgress: inout UInt64) {
        for step in job.steps {
            guard let plan = step.plan, told[plan.id] != step.state, step.state != .pending else { continue }
            told[plan.id] = step.state
            let took =
                step.endedUnixUs > 0 && step.startedUnixUs > 0
                ? "  (\(durationText(step.endedUnixUs - step.startedUnixUs)))" : ""
            let detail = step.detail.isEmpty ? "" : "  \(step.detail)"
            say("  \(mark(step.state)) \(plan.title)  [\(plan.actor)]\(took)\(detail)")
        }
        if job.totalBytes > 0, job.progressBytes != lastProgress {
            lastProgress = job.progressBytes
            let percent = min(100, job.progressBytes * 100 / job.totalBytes)
            say("    \(ByteCount(Int64(job.progressBytes))) of \(ByteCount(Int64(job.totalBytes))) (\(percent) %)")
        }
    }

    private func mark(_ state: VaultV1.StepState) -> String {
        switch state {
        case .done: "✓"
        case .undone: "↩"
        case .unknown: "?"
        case .skipped: "-"
        default: "…"
        }
    }

    private func stateText(_ job: VaultV1.Job) -> String {
        job.message.isEmpty ? "\(job.state)" : "\(job.state): \(job.message)"
    }
}
