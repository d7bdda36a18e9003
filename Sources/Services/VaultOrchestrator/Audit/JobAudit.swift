import Contract
import Messages
import Model
import RPC
import Store
import Workflow

/// What the journals of jobs say, as audit records: that a job was made, by whom and with what; what came of its steps;
/// that it crossed its point of no return; how it ended; what people decided about it.
///
/// Left out is what has no outcome: that a step was begun, that a signal was rung, and attempts after the first that
/// failed. The fact `journal` is the record's place in the job's journal; operation keys of a step begin with its job,
/// item and name.
extension AuditLog: JobWitness {
    func created(_ job: JobID, _ plan: Plan, at now: UnixMicroseconds, in transaction: Transaction) throws {
        var record = told("job-created", job, plan, plan.parameters)
        let parameters = try? decodedJobs.parameters.value(plan.parameters)
        record.person = parameters?.person ?? ""
        record.text = "\(plan.workflow), \(plan.steps.count) steps"
        record.facts = [
            .init("workflow", "\(plan.workflow)/\(plan.version)"), .init("plan-digest", VaultCore.digest(plan)),
        ]
        record.facts += plan.members.map { .init("member", "items/\($0)") } + (parameters?.auditFacts ?? [])
        try append(record, at: now, in: transaction)
    }

    func recorded(
        _ event: JournalEvent, of job: JobID, _ progress: Progress, at now: UnixMicroseconds,
        in transaction: Transaction
    ) throws {
        guard let kind = kind(event, progress) else { return }
        var record = told(kind, job, progress.plan, progress.parameters)
        record.step = event.step?.text ?? ""
        record.facts = [.init("journal", "\(progress.sequence)")]
        tell(event, progress, &record)
        try append(record, at: now, in: transaction)
    }

    private func told(_ kind: String, _ job: JobID, _ plan: Plan, _ parameters: [UInt8]) -> VaultV1.AuditRecord {
        let known = try? decodedJobs.parameters.value(parameters)
        return .with {
            $0.kind = kind
            $0.job = "jobs/\(job)"
            $0.operation = known?.operation ?? plan.workflow
            $0.item = plan.item == infrastructureItem || !plan.members.isEmpty ? "" : "items/\(plan.item)"
            $0.group = known?.group.map { "groups/\($0)" } ?? ""
        }
    }

    /// nil of what is not told.
    private func kind(_ event: JournalEvent, _ progress: Progress) -> String? {
        switch event {
        case .started, .partly, .woken, .undoStarted: nil
        // What else is rung comes of something that is told by itself.
        case .signalled(let name, _): name == DrainWord.signal ? "job-answered" : nil
        case .attemptFailed(_, let attempt, let failure):
            attempt > 1 ? nil : failure.disposition == .unknownOutcome ? "step-unknown" : "step-attempt-failed"
        case .done(let step, _):
            progress.plan.steps.contains { $0.id == step && $0.isPivot } ? "pivot-crossed" : "step-done"
        case .skipped: "step-skipped"
        case .failed: "step-failed"
        case .notDone: "step-not-done"
        case .waiting: "job-waits"
        case .cancelRequested: "cancel-requested"
        case .unwinding: "job-unwinds"
        case .undone: "step-undone"
        case .undoFailed: "undo-failed"
        case .stuck: "job-stuck"
        case .resolved: "stuck-resolved"
        case .finished: "job-ended"
        }
    }

    private func tell(_ event: JournalEvent, _ progress: Progress, _ record: inout VaultV1.AuditRecord) {
        switch event {
        case .started, .partly, .woken, .undoStarted, .notDone: break
        case .signalled(_, let payload):
            guard let word = try? Stored.value(DrainWord.self, payload) else { break }
            (record.person, record.text) = (word.person, word.reason)
            record.facts.append(.init("answer", word.answer.rawValue))
        case .done(let step, _): tell(step, progress, &record)
        case .undone: record.facts.append(.init("undo", title(record.step, progress)))
        case .skipped(_, let reason): record.text = reason
        case .attemptFailed(_, _, let failure), .failed(_, let failure), .undoFailed(_, let failure):
            record.tell(failure)
        case .waiting(_, let wait):
            record.text = wait.condition
            record.facts.append(.init("for", wait.party.rawValue))
        case .cancelRequested(let statement): record.tell(statement)
        case .unwinding(let failure):
            if let failure { record.tell(failure) } else { record.text = "cancelled" }
        case .stuck(let stuck):
            record.tell(stuck.failure)
            record.facts += [.init("last-proven", stuck.lastProven), .init("safe", stuck.safe)]
        case .resolved(let resolution, let statement):
            record.tell(statement)
            record.facts.append(.init("resolution", resolution.word))
            guard case .retryElsewhere(let parameters) = resolution else { return }
            record.facts += (try? Stored.value(JobParameters.self, parameters))?.auditFacts ?? []
        case .finished(let state): record.text = state.rawValue
        }
    }

    /// What a step found or did; in a job over several items, for each of them.
    private func tell(_ id: StepID, _ progress: Progress, _ record: inout VaultV1.AuditRecord) {
        record.text = title(id.text, progress)
        guard let step = progress.step(id) else { return }
        guard !progress.plan.members.isEmpty else {
            guard case .done(let bytes) = step.condition, let output = decodedJobs.output(bytes) else { return }
            record.facts += output.auditFacts("")
            return
        }
        for (item, part) in step.parts.all {
            switch part {
            case .done(let bytes): record.facts += decodedJobs.output(bytes)?.auditFacts("items/\(item) ") ?? []
            case .skipped(let reason): record.facts.append(.init("items/\(item) skipped", reason))
            }
        }
    }

    private func title(_ step: String, _ progress: Progress) -> String {
        progress.plan.steps.first { $0.id.text == step }?.title ?? ""
    }
}

extension VaultV1.AuditRecord {
    /// Why something was refused or failed, with the gates that say so.
    mutating func tell(_ failure: Failure) {
        text = failure.rpcError.message
        facts.append(.init("error", failure.code.rawValue))
        facts += failure.gates.filter(\.blocks).map { gate in
            let evidence = gate.evidence.map(\.observed).joined(separator: "; ")
            return .init("gate \(gate.code.rawValue)", evidence.isEmpty ? gate.meaning : evidence)
        }
    }

    mutating func tell(_ statement: Model.Statement) {
        person = statement.name
        text = statement.reason
        facts.append(.init("stated-unix-us", "\(statement.at.value)"))
        if !statement.checked.isEmpty { facts.append(.init("checked", statement.checked)) }
    }
}

extension Resolution {
    fileprivate var word: String {
        switch self {
        case .retry: "retry"
        case .retryElsewhere: "retry-elsewhere"
        case .cancel: "cancel"
        case .accept: "accept"
        }
    }
}

extension StepOutput {
    /// Without the lineage records: they are for later steps, and hold generation tokens.
    fileprivate func auditFacts(_ prefix: String) -> [VaultV1.AuditFact] {
        var told: [VaultV1.AuditFact] = []
        if !detail.isEmpty { told.append(.init("\(prefix)detail", detail)) }
        for (name, value) in facts.sorted(by: { $0.key < $1.key }) where !name.hasPrefix("lineage.") {
            told.append(.init(prefix + name, value))
        }
        return told
    }
}

extension JobParameters {
    /// What was asked, as far as it was not left to the vault.
    fileprivate var auditFacts: [VaultV1.AuditFact] {
        var told: [VaultV1.AuditFact] = []
        func tell(_ name: String, _ value: String) { if !value.isEmpty { told.append(.init(name, value)) } }
        tell("direction", direction ?? "")
        tell("choice", choice ?? "")
        tell("point", point == 0 ? "" : "\(point)")
        for (item, own) in (members ?? [:]).sorted(by: { $0.key < $1.key }) {
            tell("items/\(item) point", own.point == 0 ? "" : "\(own.point)")
        }
        if let statement {
            tell("source-dead", "\(statement.person): \(statement.reason)")
            tell("source-dead-stated-unix-us", "\(statement.atUs)")
        }
        for waiver in waivers { tell("waiver \(waiver.code)", waiver.reason) }
        tell("confirm-loss", confirmLoss ? "yes" : "")
        tell("process-server", processServer)
        tell("cause", cause ?? "")
        tell("exclude", exclude?.text ?? "")
        tell("set-aside", setAside.map { "generation \($0)" } ?? "")
        tell("home-machine", homeMachine ?? "")
        tell("datastore", datastore ?? "")
        tell("host", host ?? "")
        tell("master-target", masterTarget)
        tell("wait-for-agent", waitForAgent ? "yes" : "")
        tell("force", force ? "yes" : "")
        for component in components { tell("component", component) }
        return told
    }
}
