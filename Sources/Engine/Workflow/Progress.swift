public import Model

/// Where a job is, folded from its journal. Pure: nothing else decides what a job does next.
///
///     pending → open → done ─┐
///                    → failed │ before the pivot: every step that was ever open is undone,
///                    → notDone│ those that undo first, then the others backwards
///                    → skipped┘
///
/// A step that was refused as `QUARANTINED` is not undone: the job is stuck, on either side of the pivot.
///
/// A step that was open may have had an effect even if it failed for good in the end (an earlier attempt may still
/// arrive), so its undo runs too: it puts the tombstone of rule K4. So does that of the first step, begun or not: what
/// it proves, a claim, say, is stored in the transaction that creates the job.
public struct Progress: Hashable, Sendable {
    public enum Condition: Hashable, Sendable {
        case pending
        /// Begun, no answer that counts.
        case open
        case done([UInt8])
        case skipped(String)
        case failed(Failure)
        case notDone
    }

    public enum Undo: Hashable, Sendable {
        case pending, open
        case done([UInt8])
        case failed(Failure)
    }

    public struct Step: Hashable, Sendable {
        public let id: StepID
        public fileprivate(set) var condition = Condition.pending
        public fileprivate(set) var undo = Undo.pending
        /// In a job over several items: those that have passed this step.
        public fileprivate(set) var parts = Parts()
        /// Attempts that failed, as far as they are journaled.
        public fileprivate(set) var failedAttempts = 0
        public fileprivate(set) var lastFailure: Failure?
        fileprivate(set) var wake: Wake?
    }

    public struct Waiting: Hashable, Sendable {
        public let step: StepID
        public let wait: Wait
    }

    public enum Next: Hashable, Sendable {
        /// Run the step, looking first if it was open before.
        case act(StepID)
        /// Find out whether an open step is done, without acting.
        case resolve(StepID)
        case wait(StepID, Wait)
        case wake(StepID, Wake)
        case unwind(Failure?)
        case undo(StepID)
        case stick(StepID, Failure)
        /// Every step is done: `nil`; or the unwinding is over.
        case finish(JobState?)
        /// Finished, or stuck until a person decides.
        case halt
    }

    public let plan: Plan
    public private(set) var steps: [Step]
    /// Number of records folded.
    public private(set) var sequence: Int64 = 0
    public private(set) var parameters: [UInt8]
    public private(set) var waiting: Waiting?
    private var signals: [String: [UInt8]] = [:]
    public private(set) var cancelRequest: Statement?
    public private(set) var isUnwinding = false
    public private(set) var unwindingCause: Failure?
    public private(set) var stuck: Stuck?
    public private(set) var finished: JobState?

    public init(_ plan: Plan) {
        self.plan = plan
        steps = plan.steps.map { Step(id: $0.id) }
        parameters = plan.parameters
    }
}

extension Progress {
    /// A signal under a name that nobody waits for is kept; a job has few, so a runaway caller stops here.
    static let signalLimit = 32

    public static func fold(_ plan: Plan, _ journal: [JournalEvent]) throws(Failure) -> Progress {
        var progress = Progress(plan)
        for event in journal { try progress.apply(event) }
        return progress
    }

    /// Folds one more record. A record that cannot follow the ones before it is reported, never passed over.
    public mutating func apply(_ event: JournalEvent) throws(Failure) {
        guard finished == nil else { throw impossible(event) }
        switch event {
        case .started, .attemptFailed, .partly, .done, .skipped, .failed, .notDone, .waiting, .woken:
            try applyForward(event)
        case .undoStarted, .undone, .undoFailed: try applyUndo(event)
        case .signalled(let name, let payload):
            guard signals[name] != nil || signals.count < Progress.signalLimit else { throw impossible(event) }
            signals[name] = payload
        case .cancelRequested(let statement): cancelRequest = cancelRequest ?? statement
        case .unwinding(let cause):
            guard !isUnwinding, !pivotCrossed, openStep == nil else { throw impossible(event) }
            isUnwinding = true
            unwindingCause = cause
        case .stuck(let stuck): self.stuck = stuck
        case .resolved(let resolution, let statement): try apply(resolution, statement, event)
        case .finished(let state):
            guard state.isFinal else { throw impossible(event) }
            finished = state
            waiting = nil
        }
        sequence += 1
    }

    private mutating func applyForward(_ event: JournalEvent) throws(Failure) {
        let index = try index(of: event)
        if case .started = event {
            let isNext = steps.firstIndex { !$0.isPassed } == index
            guard steps[index].condition == .pending, isNext, !isUnwinding else { throw impossible(event) }
            steps[index].condition = .open
            return
        }
        if case .attemptFailed(_, _, let failure) = event, steps[index].undo == .open {
            steps[index].lastFailure = failure
            return
        }
        guard steps[index].condition == .open else { throw impossible(event) }
        switch event {
        case .attemptFailed(_, let attempt, let failure):
            steps[index].failedAttempts = attempt
            steps[index].lastFailure = failure
        case .waiting(let step, let wait):
            steps[index].wake = nil
            waiting = Waiting(step: step, wait: wait)
        case .woken(_, let wake):
            guard let wait = waiting?.wait else { throw impossible(event) }
            signals[wait.signal] = nil
            steps[index].wake = wake
            waiting = nil
        case .partly(_, let parts): steps[index].parts.merge(parts)
        case .done(_, let output):
            if plan.isOverSeveral { steps[index].parts = try Parts(record: output) }
            close(index, .done(output))
        case .skipped(_, let reason): close(index, .skipped(reason))
        case .notDone: close(index, .notDone)
        case .failed(_, let failure):
            steps[index].lastFailure = failure
            close(index, .failed(failure))
        default: throw impossible(event)
        }
    }

    private mutating func close(_ index: Int, _ condition: Condition) {
        steps[index].condition = condition
        waiting = nil
    }

    private mutating func applyUndo(_ event: JournalEvent) throws(Failure) {
        let index = try index(of: event)
        switch (event, steps[index].undo) {
        case (.undoStarted, .pending) where isUnwinding && mayHaveEffect(index): steps[index].undo = .open
        case (.undone(_, let output), .open): steps[index].undo = .done(output)
        case (.undoFailed(_, let failure), .open):
            steps[index].undo = .failed(failure)
            steps[index].lastFailure = failure
        default: throw impossible(event)
        }
    }

    private mutating func apply(
        _ resolution: Resolution, _ statement: Statement, _ event: JournalEvent
    ) throws(Failure) {
        guard let stuck, let index = steps.firstIndex(where: { $0.id == stuck.step }) else { throw impossible(event) }
        switch resolution {
        case .retry: reopen(index)
        case .retryElsewhere(let parameters):
            self.parameters = parameters
            reopen(index)
        case .cancel:
            guard !pivotCrossed, !isUnwinding else { throw impossible(event) }
            cancelRequest = statement
        case .accept(let output):
            if isUnwinding { steps[index].undo = .done(output) } else { accept(index, output) }
        }
        self.stuck = nil
    }

    /// For every item that had not passed the step.
    private mutating func accept(_ index: Int, _ output: [UInt8]) {
        guard plan.isOverSeveral else { return close(index, .done(output)) }
        for item in plan.items where steps[index].parts[item] == nil { steps[index].parts[item] = .done(output) }
        close(index, .done(steps[index].parts.record))
    }

    private mutating func reopen(_ index: Int) {
        steps[index].failedAttempts = 0
        if isUnwinding {
            if case .failed = steps[index].undo { steps[index].undo = .open }
        } else if case .failed = steps[index].condition {
            steps[index].condition = .open
        }
    }

    private func index(of event: JournalEvent) throws(Failure) -> Int {
        guard let index = steps.firstIndex(where: { $0.id == event.step }) else { throw impossible(event) }
        return index
    }

    private func impossible(_ event: JournalEvent) -> Failure {
        let step = event.step.map { " of step \($0)" } ?? ""
        return Failure(
            .journalUnreadable,
            "fold record \(sequence + 1), \(event.name)\(step): it cannot follow the records before it")
    }
}

extension Progress {
    /// The journal says that the point of no return was passed.
    public var pivotCrossed: Bool {
        zip(plan.steps, steps).contains { planned, step in
            if case .done = step.condition { planned.isPivot } else { false }
        }
    }

    /// A cancel counts until the pivot is crossed.
    public var isCancelling: Bool { cancelRequest != nil && !pivotCrossed }

    public func step(_ id: StepID) -> Step? { steps.first { $0.id == id } }

    public var openStep: Step? { steps.first { $0.condition == .open } }

    public var next: Next {
        if finished != nil || stuck != nil { return .halt }
        return isUnwinding ? nextBackward : nextForward
    }

    private var nextForward: Next {
        if let open = openStep {
            if isCancelling { return .resolve(open.id) }
            guard let waiting else { return .act(open.id) }
            if let payload = signals[waiting.wait.signal] { return .wake(open.id, .signal(payload)) }
            return .wait(open.id, waiting.wait)
        }
        if isCancelling { return .unwind(nil) }
        guard let step = steps.first(where: { !$0.isPassed }) else { return .finish(nil) }
        if case .failed(let failure) = step.condition {
            // Where this record may not be the newest there is nothing that it could give back: an unwinding would
            // mint a generation above the newer one, with roles that have passed.
            return pivotCrossed || failure.code == .quarantined ? .stick(step.id, failure) : .unwind(failure)
        }
        return .act(step.id)
    }

    private var nextBackward: Next {
        for index in undoOrder {
            switch steps[index].undo {
            case .done: continue
            case .failed(let failure): return .stick(steps[index].id, failure)
            case .pending, .open: return .undo(steps[index].id)
            }
        }
        return .finish(unwindingCause == nil ? .cancelled : .failedUnwound)
    }

    /// Those that undo first, then the others; both backwards.
    private var undoOrder: [Int] {
        let touched = plan.steps.indices.reversed().filter { plan.steps[$0].hasUndo && mayHaveEffect($0) }
        return touched.filter { plan.steps[$0].undoesFirst } + touched.filter { !plan.steps[$0].undoesFirst }
    }

    /// The first step has what was stored with the job.
    private func mayHaveEffect(_ index: Int) -> Bool {
        steps[index].mayHaveEffect || index == 0 && steps[index].condition == .pending
    }

    public var outputs: Outputs { outputs(of: plan.item) }

    /// Of the steps that are done, for one of the job's items.
    public func outputs(of item: ItemID) -> Outputs {
        var found: [StepID: [UInt8]] = [:]
        for step in steps {
            guard case .done(let output) = step.condition else { continue }
            guard plan.isOverSeveral else {
                found[step.id] = output
                continue
            }
            if case .done(let own) = step.parts[item] { found[step.id] = own }
        }
        return Outputs(bytes: found)
    }

    /// Those that have not passed the step.
    func itemsToDo(_ id: StepID) -> [ItemID] {
        let parts = step(id)?.parts ?? Parts()
        return plan.items.filter { parts[$0] == nil }
    }

    /// Those for which the step may have had an effect.
    func itemsToUndo(_ id: StepID) -> [ItemID] {
        let parts = step(id)?.parts ?? Parts()
        return plan.items.filter { if case .skipped = parts[$0] { false } else { true } }
    }

    /// The record that ends an open step, now that the items in `parts` have passed it, too.
    func passing(_ id: StepID, _ parts: Parts) -> JournalEvent {
        guard plan.isOverSeveral else {
            switch parts[plan.item] {
            case .done(let output): return .done(id, output: output)
            case .skipped(let reason): return .skipped(id, reason: reason)
            case nil: return .done(id, output: [])
            }
        }
        var whole = step(id)?.parts ?? Parts()
        whole.merge(parts)
        if let reasons = whole.reasons { return .skipped(id, reason: reasons.joined(separator: "; ")) }
        return .done(id, output: whole.record)
    }

    /// The record that ends an undo.
    func undoing(_ id: StepID, _ parts: Parts) -> JournalEvent {
        if plan.isOverSeveral { return .undone(id, output: parts.record) }
        guard case .done(let output) = parts[plan.item] else { return .undone(id, output: []) }
        return .undone(id, output: output)
    }

    public var state: JobState {
        if let finished { return finished }
        if stuck != nil { return .stuck }
        if isUnwinding || isCancelling { return .cancelling }
        if let waiting { return waiting.wait.party == .agent ? .waitingAgent : .waitingPerson }
        return sequence == 0 ? .queued : .running
    }
}

extension Progress.Step {
    /// The workflow may go on behind it.
    var isPassed: Bool {
        switch condition {
        case .done, .skipped: true
        case .pending, .open, .failed, .notDone: false
        }
    }

    var mayHaveEffect: Bool {
        switch condition {
        case .done, .failed, .notDone, .open: true
        case .pending, .skipped: false
        }
    }

    /// For people.
    public var state: StepState {
        if case .done = undo { return .undone }
        switch condition {
        case .pending, .notDone: return .pending
        case .failed: return .unknown
        case .open: return lastFailure?.disposition == .unknownOutcome ? .unknown : .running
        case .done: return .done
        case .skipped: return .skipped
        }
    }
}
