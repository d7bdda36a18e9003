import Contract
import Messages
import Model
import Workflow

/// A job as clients see it, folded from its journal.
struct JobView: Sendable {
    let row: JobRow
    let progress: Progress
    let entries: [JobStore.Entry]
    private let parameters: JobParameters?
    private let decoded: DecodedJobs
    /// Of a job over several items, with their names.
    private let members: [(item: ItemID, name: String)]

    init(row: JobRow, progress: Progress, entries: [JobStore.Entry], _ decoded: DecodedJobs) {
        self.decoded = decoded
        self.row = row
        self.progress = progress
        self.entries = entries
        let parameters = try? decoded.parameters.value(progress.parameters)
        self.parameters = parameters
        members = progress.plan.members.map { ($0, parameters?.members?[$0.text]?.displayName ?? $0.text) }
    }

    var message: VaultV1.Job {
        .with {
            $0.name = "jobs/\(row.job)"
            let isOfOne = row.item != infrastructureItem && !isOverSeveral && !isPlanRun && parameters?.group == nil
            $0.item = isOfOne ? "items/\(row.item)" : ""
            $0.group = parameters?.group.map { "groups/\($0)" } ?? ""
            $0.operation = parameters?.operation ?? row.workflow
            $0.state = state
            $0.steps = steps
            $0.progressBytes = UInt64(max(0, row.done.bytes))
            $0.totalBytes = UInt64(max(0, row.total.bytes))
            $0.createdUnixUs = row.created.value
            $0.endedUnixUs = progress.finished == nil ? 0 : entries.last?.at.value ?? 0
            $0.revision = UInt64(row.revision)
            $0.facts = isOverSeveral ? [:] : facts(row.item)
            $0.members = members.map { item, name in
                .with {
                    $0.item = "items/\(item)"
                    $0.displayName = name
                    $0.facts = facts(item)
                }
            }
            if let failure = explanation { $0.gates = failure.gates.map(\.message) }
            $0.message = text
            if drainQuestion != nil { $0.answers = DrainWord.answers }
        }
    }

    private var drainQuestion: Wait? { progress.isCancelling ? nil : entries.drainQuestion }

    private var state: VaultV1.JobState {
        if drainQuestion != nil { return .waitingPerson }
        // What a person answered is taken up at once.
        if case .wake = progress.next { return .running }
        // A reconciler works for a job that waits to be in sync.
        if let signal = progress.waiting?.wait.signal, signal == inSyncSignal || Turn(rawValue: signal) != nil {
            return .running
        }
        return progress.state.message
    }

    /// The failure that explains where the job is.
    private var explanation: Failure? { progress.stuck?.failure ?? progress.unwindingCause }

    private var text: String {
        if let stuck = progress.stuck {
            let commands = stuck.commands.joined(separator: "; ")
            return "\(stuck.failure). Last proven: \(stuck.lastProven). \(stuck.safe) Do one of: \(commands)"
        }
        if let cause = progress.unwindingCause { return "\(cause)" }
        if progress.finished == .cancelled, let request = progress.cancelRequest, !request.name.isEmpty {
            return "\(request.name): \(request.reason)"
        }
        if let question = drainQuestion {
            return "\(question.condition) Wait, or take it: \(DrainWord.command(row.job)). Or go back: "
                + "homeward jobs cancel \(row.job)"
        }
        return progress.waiting?.wait.condition ?? ""
    }

    private var isPlanRun: Bool { row.workflow.hasPrefix("plan-") }

    private var isOverSeveral: Bool { !progress.plan.members.isEmpty }

    private func facts(_ item: ItemID) -> [String: String] {
        let outputs = progress.outputs(of: item)
        var facts: [String: String] = [:]
        for step in progress.plan.steps {
            if let output = outputs[step.id].flatMap({ decoded.output($0) }) {
                facts.merge(output.facts) { _, newer in newer }
            }
        }
        return facts
    }

    private var steps: [VaultV1.JobStep] {
        let ofSteps = Dictionary(grouping: entries) { $0.event.step }
        return zip(progress.plan.steps, progress.steps).map { plan, step in
            let mine = ofSteps[step.id] ?? []
            return .with {
                $0.plan = plan.message
                $0.state = step.state.message
                $0.attempts = UInt32(clamping: step.failedAttempts + (step.condition == .pending ? 0 : 1))
                $0.startedUnixUs = mine.first?.at.value ?? 0
                if step.state == .done || step.state == .undone || step.state == .skipped {
                    $0.endedUnixUs = mine.last?.at.value ?? 0
                }
                $0.detail = detail(step)
                $0.members = members.map { item, _ in member(item, step) }
            }
        }
    }

    private func detail(_ step: Progress.Step) -> String {
        switch step.condition {
        case .done(let bytes): isOverSeveral ? together(step) : decoded.output(bytes)?.detail ?? ""
        case .skipped(let reason): reason
        case .failed(let failure): failure.description
        case .pending, .open, .notDone: step.lastFailure?.description ?? ""
        }
    }

    /// What was done for each item; once, where it is the same for all.
    private func together(_ step: Progress.Step) -> String {
        let details = members.map { (name: $0.name, detail: detail(step.parts[$0.item])) }
        if Set(details.map(\.detail)).count == 1 { return details[0].detail }
        return details.filter { !$0.detail.isEmpty }.map { "\($0.name): \($0.detail)" }.joined(separator: "; ")
    }

    private func member(_ item: ItemID, _ step: Progress.Step) -> VaultV1.JobStepMember {
        .with {
            $0.item = "items/\(item)"
            $0.detail = detail(step.parts[item])
            switch (step.state, step.parts[item]) {
            case (_, .skipped): $0.state = .skipped
            case (.running, .done), (.unknown, .done): $0.state = .done
            case (let state, _): $0.state = state.message
            }
        }
    }

    private func detail(_ part: Parts.Part?) -> String {
        switch part {
        case .done(let bytes): decoded.output(bytes)?.detail ?? ""
        case .skipped(let reason): reason
        case nil: ""
        }
    }
}

/// Rung by the reconciler when a job's item is in sync, or when another operation took its place.
let inSyncSignal = "in-sync"

extension Plan.Step {
    var message: VaultV1.PlannedStep {
        .with {
            $0.id = id.text
            $0.title = title
            $0.actor = actor
            $0.pivot = isPivot
        }
    }
}

extension StepPreview {
    var message: VaultV1.PlannedStep {
        .with {
            $0.id = id.text
            $0.title = title
            $0.actor = actor
            $0.pivot = isPivot
            switch onCancel {
            case .undone(let title): $0.cancel = title
            case .nothingToUndo: $0.cancel = "nothing to undo"
            case .refused: $0.cancel = "refused: past the point of no return"
            }
        }
    }
}

extension JobState {
    var message: VaultV1.JobState {
        switch self {
        case .queued: .queued
        case .running: .running
        case .waitingAgent: .waitingAgent
        case .waitingPerson: .waitingPerson
        case .cancelling: .cancelling
        case .stuck: .stuck
        case .succeeded: .succeeded
        case .partial: .partial
        case .failedUnwound: .failedUnwound
        case .cancelled: .cancelled
        }
    }
}

extension StepState {
    var message: VaultV1.StepState {
        switch self {
        case .pending: .pending
        case .running: .running
        case .unknown: .unknown
        case .done: .done
        case .undone: .undone
        case .skipped: .skipped
        }
    }
}
