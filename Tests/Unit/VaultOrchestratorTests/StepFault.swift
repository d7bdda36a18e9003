import Environment
import Model
import Simulation
import Synchronization

@testable import VaultOrchestrator

/// One fault at one step, the first time that a job comes there.
final class StepFault: Sendable {
    enum Kind: String, CaseIterable, Sendable {
        case killBefore = "kill before"
        case killAfter = "kill after"
        case cancelBefore = "cancel before"
        case cancelAfter = "cancel after"
        /// The step's first call comes to nobody, once.
        case unreached = "unreached before"
        /// It acts, and its answer is lost, once.
        case answerLost = "unanswered after"
        /// Nobody is reached for longer than a step tries that can still go back.
        case away = "away before"
        /// For good, until a person says that it is mended. Nothing refused has an effect, so there is no "after".
        case refused = "refused before"

        var isKill: Bool { self == .killBefore || self == .killAfter }
        var isCancel: Bool { self == .cancelBefore || self == .cancelAfter }
        /// A person, or a component, ends the job before its point of no return.
        var mayEndIt: Bool { isCancel || self == .refused || self == .away }

        fileprivate var isAfter: Bool { self == .killAfter || self == .cancelAfter }
        var ofCalls: ScriptedPeers.Fault.Kind? {
            switch self {
            case .unreached: .unreached
            case .answerLost: .answerLost
            case .away: .away
            case .refused: .refused
            case .killBefore, .killAfter, .cancelBefore, .cancelAfter: nil
            }
        }
    }

    /// Which calls meet it.
    enum Reach: Sendable {
        case ownEffects, ownQuestions
        /// A plan's run calls nobody: the effects of its members while it stands at the step.
        case members
        /// An action of a plan is a script on the vault's host.
        case script
    }

    let step: String
    let kind: Kind
    let reach: Reach
    /// When a job first came to the step, and whether the fault came.
    private let state = Mutex((begun: MonotonicInstant?.none, struck: false))

    init(step: String, kind: Kind, reach: Reach) {
        self.step = step
        self.kind = kind
        self.reach = reach
    }

    var hasStruck: Bool { state.withLock { $0.struck } }

    /// A place where a process can be held, as the begin or the end of a step of that workflow.
    static func step(at place: String, of workflow: String) -> (step: String, begins: Bool)? {
        let parts = place.split(separator: ".").map(String.init)
        guard parts.count == 4, parts[0] == "workflow", parts[1] == workflow else { return nil }
        return (parts[2], parts[3] == "begin")
    }

    /// Called wherever a process can be held.
    func happen(at place: String, _ workflow: String, _ plan: PlanRig, _ host: SimulatedHost) async {
        guard let (step, begins) = Self.step(at: place, of: workflow) else { return }
        if let fault = kind.ofCalls { return spoil(step, begins, fault, plan) }
        let now = plan.rig.environment.clock.now()
        guard step == self.step, begins != kind.isAfter, begin(now).isFirst else { return }
        state.withLock { $0.struck = true }
        guard kind.isKill else {
            return await plan.cancel(workflow, at: "\(step).\(begins ? "begin" : "end")", of: place)
        }
        host.arm("exhaustive", count: 1, .kill)
        plan.rig.environment.failpoints.reach("exhaustive")
        // Nothing goes on in a process that is dead.
        try? await plan.rig.pause(.seconds(3_600))
    }

    private func begin(_ now: MonotonicInstant) -> (isFirst: Bool, begun: MonotonicInstant) {
        state.withLock { state in
            let begun = state.begun ?? now
            defer { state.begun = begun }
            return (state.begun == nil, begun)
        }
    }

    /// From the step's begin until it was met and the step ends, or until another step begins; who is away comes back
    /// by himself. Questions are the step's own while it asks: what reconcilers ask meanwhile is answered.
    private func spoil(_ step: String, _ begins: Bool, _ fault: ScriptedPeers.Fault.Kind, _ plan: PlanRig) {
        if step == self.step, begins {
            let clock = plan.rig.environment.clock
            let (isFirst, begun) = begin(clock.now())
            guard isFirst || asksInVain else { return }
            if reach == .script { return failScript(plan) }
            plan.rig.peers.state.withLock { peers in
                peers.fault = ScriptedPeers.Fault(
                    kind: fault, step: reach == .members ? nil : step, isOfQuestions: reach == .ownQuestions,
                    isOver: { clock.now() - begun > awayFor })
            }
        } else {
            let made = plan.rig.peers.state.withLock { peers in
                // Of a group's step only one member may make the call, and each member's part of it ends.
                let isLeft = step != self.step ? begins : !begins && reach != .members && peers.faultsMade > 0
                if isLeft, fault != .away || asksInVain { peers.fault = nil }
                return peers.faultsMade
            }
            state.withLock { $0.struck = $0.struck || made > 0 }
        }
    }

    private var asksInVain: Bool { kind == .away && reach == .ownQuestions }

    private func failScript(_ plan: PlanRig) {
        plan.scripts.state.withLock { scripts in
            for name in Scripts.names { scripts.ends[name] = [ProgramEnd(.exited(1), output: [])] }
        }
        state.withLock { $0.struck = true }
    }
}

/// Eight attempts of a step that can still go back take half a minute.
private let awayFor: Duration = .seconds(100)
