import Messages
import Model
import RPC

extension ScriptedPeers {
    /// One fault of the calls of one step.
    struct Fault: Sendable {
        enum Kind: Sendable {
            /// The call comes to nobody: once.
            case unreached
            /// Made, and its answer does not come: once.
            case answerLost
            /// Comes to nobody, for longer than any step tries before its point of no return.
            case away
            /// Refused for good.
            case refused
        }

        let kind: Kind
        /// Whose effects, whatever other calls are made meanwhile; nil: of all steps of all jobs.
        let step: String?
        /// Every call, also one without an operation key; else effects forward alone.
        let isOfQuestions: Bool
        /// Of who is away.
        let isOver: @Sendable () -> Bool

        fileprivate func meets(_ key: OperationKey) -> Bool {
            !isOfQuestions && key.course == .forward && (step ?? key.step.text) == key.step.text
        }
    }

    /// The steps of a job that call somebody, as the places where a process can be held tell which step acts.
    struct StepCalls {
        /// Acts now; empty: none.
        var standing = ""
        var asking: Set<String> = []
        /// Those that have effects under their keys.
        var effective: Set<String> = []
    }
}

extension ScriptedPeers.State {
    /// Before an effect.
    mutating func strike(_ call: String, _ key: OperationKey) throws {
        if key.course == .forward, !calls.standing.isEmpty { calls.effective.insert(key.step.text) }
        if fault?.meets(key) == true { try strike(call) }
    }

    /// Before any call.
    mutating func strikeQuestion(_ call: String) throws {
        if !calls.standing.isEmpty { calls.asking.insert(calls.standing) }
        if fault?.isOfQuestions == true { try strike(call) }
    }

    mutating func loseAnswer(_ key: OperationKey) throws {
        if fault?.meets(key) == true { try loseAnswer() }
    }

    mutating func loseAnswerOfQuestion() throws {
        if fault?.isOfQuestions == true { try loseAnswer() }
    }

    private mutating func strike(_ call: String) throws {
        guard let fault, fault.kind != .answerLost, !fault.isOver() else { return }
        faultsMade += 1
        switch fault.kind {
        case .unreached: self.fault = nil
        case .refused: throw Failure(.dataCorrupt, "\(call) refused")
        case .away, .answerLost: break
        }
        throw RPCError(.unavailable, "nobody is there for \(call)").neverSent
    }

    private mutating func loseAnswer() throws {
        guard fault?.kind == .answerLost else { return }
        (fault, faultsMade) = (nil, faultsMade + 1)
        throw RPCError(.unavailable, "the connection was lost")
    }
}

extension ScriptedPeers {
    /// Told of each place where a process can be held, it knows which step of a kind acts.
    func note(_ place: String, _ workflow: String) {
        guard let (step, begins) = StepFault.step(at: place, of: workflow) else { return }
        state.withLock { $0.calls.standing = begins ? step : "" }
    }
}
