public import Model
public import Store

/// An operation as a value: ordered steps, at most one of which is the pivot, the point of no return.
///
/// The same definition runs the job, undoes it, and prints its preview and its progress. `Context` is what the
/// steps act through; the engine never looks inside.
public struct Workflow<Context: Sendable>: Sendable {
    public let name: String
    public let version: Int
    public let steps: [Step<Context>]
    /// How a job ends that has done every step, from the outputs; a plan run may answer `partial`.
    public let conclude: @Sendable (Outputs) -> JobState

    public init(
        _ name: String, version: Int, steps: [Step<Context>],
        conclude: @escaping @Sendable (Outputs) -> JobState = { _ in .succeeded }
    ) {
        precondition((1...workflowStepLimit).contains(steps.count), "\(name) has \(steps.count) steps")
        precondition(Set(steps.map(\.id)).count == steps.count, "\(name) names a step twice")
        precondition(steps.filter(\.isPivot).count <= 1, "\(name) has more than one pivot")
        self.name = name
        self.version = version
        self.steps = steps
        self.conclude = conclude
    }

    /// What is stored when a job is created. With `members` every step acts on each of them before the next begins,
    /// and what the steps commit, the pivot's record above all, is one transaction for all.
    public func plan(item: ItemID, over members: [ItemID] = [], parameters: [UInt8]) -> Plan {
        precondition(Set(members).count == members.count, "\(name) is planned over one item twice")
        return Plan(
            workflow: name, version: version, item: item, members: members, parameters: parameters,
            steps: steps.map {
                Plan.Step(
                    id: $0.id, title: $0.title, actor: $0.actor, isPivot: $0.isPivot, undoesFirst: $0.undoesFirst,
                    hasUndo: $0.undo != nil)
            })
    }

    /// The steps for people, before anything is done.
    public var preview: [StepPreview] {
        var crossed = false
        return steps.map { step in
            if step.isPivot { crossed = true }
            return StepPreview(
                id: step.id, kind: step.kind, title: step.title, actor: step.actor, reads: step.reads,
                writes: step.writes, isPivot: step.isPivot,
                onCancel: crossed ? .refused : step.undoTitle.map { .undone($0) } ?? .nothingToUndo)
        }
    }
}

/// More than any workflow has; a plan has five phases and a step per boot group.
public let workflowStepLimit = 256

public enum StepKind: String, CaseIterable, Hashable, Sendable {
    /// Asks another component for an effect, with an operation key.
    case act
    /// Chooses, from what is stored; pure.
    case decide
    /// Mints a generation in the transaction that journals it.
    case mint
    /// Waits durably for a signal or a deadline.
    case wait
    /// Evaluates gates again; a failing one is a permanent failure.
    case gate
}

public struct StepPreview: Hashable, Sendable {
    public enum Cancel: Hashable, Sendable {
        /// This is done to go back.
        case undone(String)
        case nothingToUndo
        /// The pivot is done: another workflow is needed.
        case refused
    }

    public let id: StepID
    public let kind: StepKind
    public let title: String
    public let actor: String
    public let reads: String
    public let writes: String
    public let isPivot: Bool
    /// What a cancel that arrives while or after this step runs does about it.
    public let onCancel: Cancel
}

/// One step. It may run more than once; its effect happens once because receivers know its operation key.
public struct Step<Context: Sendable>: Sendable {
    public typealias Act = @Sendable (Context, StepRun) async throws -> StepResult
    public typealias Look = @Sendable (Context, StepRun) async throws -> Observation

    public let id: StepID
    public let kind: StepKind
    public let title: String
    /// Who acts: "home master target".
    public let actor: String
    /// The evidence looked at before acting.
    public var reads = ""
    public var writes = ""
    /// In a job over several items the pivot is crossed when it is done for all; what a pivot does for one of them must
    /// by itself leave a way back.
    public var isPivot = false
    /// Unwinding starts with the undo of such steps (a new generation is minted before anything is given back).
    public var undoesFirst = false
    public var retry = RetryPolicy()
    /// Of one attempt; after it the outcome is unknown.
    public var deadline: Duration?
    /// After the pivot: how long those who answer may go on refusing for now, before a person is asked; nil: for ever.
    /// While nobody answers, nobody has refused.
    public var patience: Duration?
    /// For people, when the step fails for good and cannot be undone.
    public var safeWhenStuck = "Nothing is given back or started until this is resolved; the item stays claimed."
    /// Of a step that can be made at another place: how a person names those that there are, for `retryElsewhere`.
    /// Asked when the step has failed for good.
    public var elsewhere: (@Sendable (Context, StepRun) async -> [String])?
    /// The effect of `undo` is the journal record and the transaction around it, too.
    public var undoIsRecord = false
    /// What `undo` does, in words; nil when there is none.
    public let undoTitle: String?

    let act: Act
    let look: Look?
    let undo: Act?

    /// A step whose effect happens elsewhere: an unanswered call is resolved by `look` (rule K6), and never undone
    /// or called failed before that.
    public init(
        _ id: StepID, _ title: String, by actor: String, look: @escaping Look,
        undo: (title: String, Act)? = nil, act: @escaping Act
    ) {
        self.init(id, .act, title, actor, look, undo, act)
    }

    /// A step whose effect is the journal record and the transaction around it, so its outcome is never unknown.
    public init(
        _ id: StepID, _ kind: StepKind, _ title: String, by actor: String = "vault",
        undo: (title: String, Act)? = nil, act: @escaping Act
    ) {
        precondition(kind != .act, "step \(id) acts elsewhere and must be able to look")
        self.init(id, kind, title, actor, nil, undo, act)
    }

    private init(
        _ id: StepID, _ kind: StepKind, _ title: String, _ actor: String, _ look: Look?, _ undo: (String, Act)?,
        _ act: @escaping Act
    ) {
        self.id = id
        self.kind = kind
        self.title = title
        self.actor = actor
        self.look = look
        self.undoTitle = undo?.0
        self.undo = undo?.1
        self.act = act
    }

    /// Whether a person can state that it is done. What the store itself was to record nobody outside has seen done:
    /// without that record an item stays held, or keeps its phase.
    func mayBeStated(undo: Bool) -> Bool { undo ? !undoIsRecord : kind != .decide && kind != .mint }

    /// `Step(…).with { $0.isPivot = true }`
    public func with(_ change: (inout Self) -> Void) -> Self {
        var copy = self
        change(&copy)
        return copy
    }
}

/// What an attempt of a step or of an undo says when it returns. A thrown `Failure` is classified by its
/// disposition; any other error leaves the outcome unknown.
public enum StepResult: Sendable {
    case done([UInt8])
    /// Not needed; never undone.
    case skipped(String)
    /// Runs in the transaction that journals the step as done, and makes the output: the place to mint, to claim,
    /// to change a phase. When it throws, nothing of it is stored and the step is not done.
    case commit(@Sendable (Transaction) throws -> [UInt8])
    /// Not yet: run again after the signal or the deadline. Durable. Items of one job wait for the same signal.
    case wait(Wait)
}

/// What `look` saw.
public enum Observation: Hashable, Sendable {
    case done([UInt8])
    /// Not needed; never undone.
    case skipped(String)
    case notDone
    /// Still under way, or not to be known now: look again later.
    case unknown
}

public struct Wait: Hashable, Sendable {
    public enum Party: String, CaseIterable, Hashable, Sendable {
        case agent, person
    }

    /// For people: "the agent of web registers".
    public var condition: String
    public var signal: String
    public var party: Party
    /// Wall clock, because it is durable; nil waits for ever.
    public var deadline: UnixMicroseconds?

    public init(_ condition: String, signal: String, party: Party, deadline: UnixMicroseconds? = nil) {
        self.condition = condition
        self.signal = signal
        self.party = party
        self.deadline = deadline
    }
}

/// Exponential backoff, half of it random. Bounded attempts only while the job can still unwind: after the pivot, while
/// unwinding, and while an outcome is unknown, a transient failure is tried again until it ends, or for as long as the
/// step has patience.
public struct RetryPolicy: Hashable, Sendable {
    public var attempts: Int
    public var first: Duration
    public var longest: Duration

    public init(attempts: Int = 8, first: Duration = .milliseconds(200), longest: Duration = .seconds(30)) {
        precondition(attempts > 0 && first > .zero && longest >= first)
        self.attempts = attempts
        self.first = first
        self.longest = longest
    }

    /// The pause after the attempt with this number, from 1.
    func pause(after attempt: Int, random: UInt64) -> Duration {
        // 2^20 times the first pause is past any longest one.
        let full = min(longest, first * (1 << min(max(attempt, 1) - 1, 20)))
        return full / 2 + full / 2 * (Double(random >> 11) / Double(1 << 53))
    }
}

/// The outputs of the steps done so far.
public struct Outputs: Hashable, Sendable {
    let bytes: [StepID: [UInt8]]

    public subscript(_ step: StepID) -> [UInt8]? { bytes[step] }
}

/// What a step knows of its run.
public struct StepRun: Sendable {
    public let job: JobID
    /// The one acted on; of a job over several, one of its members.
    public let item: ItemID
    public let step: StepID
    public let course: OperationKey.Course
    /// From 1; not part of the operation key.
    public let attempt: Int
    public let parameters: [UInt8]
    public let outputs: Outputs
    /// Why the step runs again after a `wait`.
    public let wake: Wake?
    /// Stores progress for listings; not journaled. Errors of the store are left to the next journal record.
    public let report: @Sendable (_ done: ByteCount, _ total: ByteCount) async -> Void

    /// Rule K1.
    public func key(_ target: String) throws(Failure) -> OperationKey {
        try OperationKey(job: job, item: item, step: step, course: course, target: target)
    }
}

public enum Wake: Hashable, Sendable {
    case signal([UInt8])
    case deadline
}
