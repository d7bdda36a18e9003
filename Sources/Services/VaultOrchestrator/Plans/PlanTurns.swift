import Contract
import Model
import Workflow

/// A place where the job of a member waits for the run that it belongs to: the barriers of a plan.
enum Turn: String, CaseIterable, Sendable {
    /// Before anything is done.
    case begin = "turn-begin"
    /// Before its source is stopped.
    case stop = "turn-stop"
    /// Stopped and fenced; before its last changes are shipped.
    case drain = "turn-drain"
    /// Handed over; before the point of no return.
    case start = "turn-start"

    var step: StepID { StepID(stringLiteral: rawValue) }
    var signal: String { rawValue }

    fileprivate var title: String {
        switch self {
        case .begin: "Wait for its turn in the plan"
        case .stop: "Wait until its boot group is stopped"
        case .drain: "Wait until all machines of the plan are stopped"
        case .start: "Wait until its boot group starts"
        }
    }
}

/// Looks at nothing: the run's signal is in the job's own journal.
private func turnStep(_ turn: Turn) -> VaultStep {
    VaultStep(turn.step, .wait, turn.title, by: "the plan's run") { _, run in
        if case .signal? = run.wake { return try .done(StepOutput()) }
        return .wait(Wait("its turn in the plan's run", signal: turn.signal, party: .agent))
    }
}

extension Workflow where Context == VaultContext {
    /// The same workflow for a member of a plan: it waits for its turn before each of these steps.
    fileprivate func inPlan(_ turns: [StepID: Turn]) -> VaultWorkflow {
        VaultWorkflow(
            name + "-in-plan", version: version,
            steps: steps.flatMap { step in turns[step.id].map { [turnStep($0), step] } ?? [step] }, conclude: conclude)
    }

    /// Its turns, by what the run does.
    func inPlan(_ operation: PlanOperation) -> VaultWorkflow {
        switch operation {
        case .failover: inPlan(["stop-source": .stop, "drain": .drain, "granted": .start])
        case .drill: inPlan(["power-on": .start])
        case .commit, .reprotect, .cancel, .drillCleanup: inPlan([steps[1].id: .begin])
        }
    }
}

extension VaultCore {
    /// Those of members, and those of runs.
    static let planWorkflows: [VaultWorkflow] =
        [failoverRunWorkflow, membersRunWorkflow, drillCleanupWorkflow.inPlan(.drillCleanup)]
        + [commitWorkflow(.home, keepingSeed: false).inPlan(.commit)]
        + [reprotectHomeWorkflow, reprotectHomeAlternateWorkflow, reprotectOutWorkflow].map { $0.inPlan(.reprotect) }
        + Direction.allCases.flatMap { direction in
            [
                failoverWorkflow(direction).inPlan(.failover),
                failoverWorkflow(direction, ofGroup: true).inPlan(.failover),
                commitWorkflow(direction).inPlan(.commit), cancelFailoverWorkflow(direction).inPlan(.cancel),
                drillWorkflow(direction).inPlan(.drill),
            ]
        }
}
