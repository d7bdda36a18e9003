import ArgumentParser
import Contract
import Messages
import Model
import RPC

/// Follows a job to its end: prints each step as it changes, and what is going on in a line that changes.
struct JobFollower {
    let session: Session
    let form: OutputForm
    /// Nothing is printed: the caller does.
    var isQuiet = false

    /// Longest wait of one call; the vault answers earlier when something changed.
    private static let waitMicroseconds: UInt64 = 1_000_000

    /// Exit code 0 for success, 3 for a job that failed and went back, 4 for one that is stuck, 5 for a partial one.
    func follow(_ first: VaultV1.Job) async throws {
        var job = first
        var told: [String: VaultV1.StepState] = [:]
        var meter = TransferMeter()
        defer { Console.standard.update("") }
        while true {
            if form == .table { tell(job, &told, &meter) }
            if isOver(job.state) { break }
            job = try await session.jobs.getJob(
                .with {
                    $0.name = job.name
                    $0.waitUs = Self.waitMicroseconds
                    $0.afterRevision = job.revision
                }, CallOptions(timeout: .seconds(30), waitForReady: true))
        }
        if isQuiet {
            // The caller tells how it ended.
        } else if form == .json { show(printed(job), .json) } else { say("\(job.operation): \(stateText(job))") }
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

    private func tell(_ job: VaultV1.Job, _ told: inout [String: VaultV1.StepState], _ meter: inout TransferMeter) {
        for step in job.steps {
            guard let plan = step.plan, told[plan.id] != step.state, step.state != .pending else { continue }
            told[plan.id] = step.state
            let took =
                step.endedUnixUs > 0 && step.startedUnixUs > 0
                ? "  (\(durationText(step.endedUnixUs - step.startedUnixUs)))" : ""
            let detail = step.detail.isEmpty ? "" : "  \(step.detail)"
            say("  \(mark(step.state)) \(plan.title)  [\(plan.actor)]\(took)\(detail)")
        }
        let running = job.steps.first { $0.state == .running }?.plan?.title ?? ""
        let doing = running.isEmpty && !isOver(job.state) ? job.message : running
        if job.totalBytes > 0 {
            meter.note(
                done: ByteCount(Int64(clamping: job.progressBytes)), total: ByteCount(Int64(clamping: job.totalBytes)),
                at: session.environment.clock.now())
        }
        let parts = isOver(job.state) ? [] : [doing, meter.text].filter { !$0.isEmpty }
        Console.standard.update(parts.isEmpty ? "" : "    " + parts.joined(separator: " · "))
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
