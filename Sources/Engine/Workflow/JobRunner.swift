public import Environment
public import Model
public import Store
import Synchronization

/// Runs jobs: folds the journal, does the one thing that `Progress.next` says, journals what came of it, again.
///
/// Whatever was going on when the process died is found in the journal as an open step, so starting again is the same
/// as going on. Jobs need no locks of their own: a job has one running task, and people's decisions (cancel, signal,
/// resolve) are records that the task finds when it looks next.
public final class JobRunner<Context: Sendable>: Sendable {
    public let store: JobStore
    let workflows: [String: Workflow<Context>]
    let context: Context
    let environment: Environment
    private let changed: @Sendable (JobID) -> Void
    let judge: Judge
    let around: Around
    let abandoned: @Sendable (JobID, Failure) -> Void
    private let running = Mutex<[JobID: Doorbell]>([:])

    /// What a step's refusal means, found out before it is journaled: the same failure, or one that says more.
    public typealias Judge = @Sendable (Context, StepRun, Failure) async -> Failure

    /// One attempt at a step with all that is journaled of it, from its begin: the place to see what it takes.
    public typealias Around = @Sendable (
        _ job: JobID, _ workflow: String, _ step: StepID, _ attempt: @Sendable () async throws -> Progress
    ) async throws -> Progress

    /// `changed` is called after each record, for watchers; it must not block. `abandoned` is called when
    /// the store or the journal cannot be used and the job's task ends; nothing is lost, and a later start goes on.
    public init(
        _ store: JobStore, _ workflows: [Workflow<Context>], context: Context, environment: Environment,
        changed: @escaping @Sendable (JobID) -> Void = { _ in },
        abandoned: @escaping @Sendable (JobID, Failure) -> Void = { _, _ in },
        judge: @escaping Judge = { _, _, failure in failure },
        around: @escaping Around = { _, _, _, attempt in try await attempt() }
    ) {
        self.store = store
        self.workflows = Dictionary(uniqueKeysWithValues: workflows.map { ($0.name, $0) })
        self.context = context
        self.environment = environment
        self.changed = changed
        self.abandoned = abandoned
        self.judge = judge
        self.around = around
    }

    /// After a start of the process: goes on with every job that has not ended, but for those held back. A job that
    /// runs already is not disturbed.
    public func resumeAll(
        unless isHeldBack: @Sendable (JobID, Plan) async throws -> Bool = { _, _ in false }
    ) async throws {
        for job in try await store.unfinished() {
            guard try await !isHeldBack(job, store.progress(job).plan) else { continue }
            start(job)
        }
    }

    /// Ends a job without acting or undoing anything: a person has found that its record is an old one, and has
    /// concluded from what is. Part of the caller's transaction; a task that works on it finds it ended. Steps must
    /// be refused already when this is called. False when it has ended before.
    public func end(_ job: JobID, by statement: Statement, in transaction: Transaction) throws -> Bool {
        try store.end(job, by: statement, at: wallNow, in: transaction)
    }

    /// Goes on with a job in a task of its own; harmless when it runs already, or has ended.
    public func start(_ job: JobID) {
        let fresh = running.withLock { running -> Doorbell? in
            if let bell = running[job] {
                bell.ring()
                return nil
            }
            let bell = Doorbell()
            running[job] = bell
            return bell
        }
        guard let fresh else { return }
        environment.tasks.spawn("job \(job)") { [self] in
            repeat { await JobRun(self, job, fresh).untilHalted() } while goesOn(job, fresh)
        }
    }

    /// Unwinds the job, if it has not passed its pivot; asking again changes nothing.
    public func cancel(_ job: JobID, by statement: Statement) async throws {
        try await decide(job, "cancel") { progress in
            try refuseFinished(progress, job)
            guard !progress.pivotCrossed else {
                throw Failure(
                    .operationNotAllowed,
                    "cancel a job that has passed its point of no return; cancel the operation once it has ended",
                    on: [.job(job), .item(progress.plan.item)])
            }
            if progress.isUnwinding || progress.isCancelling { return nil }
            return progress.stuck == nil ? .cancelRequested(statement) : .resolved(.cancel, by: statement)
        }
    }

    /// Wakes a wait of that name, now or when the job comes to it.
    public func signal(_ job: JobID, _ name: String, _ payload: [UInt8] = []) async throws {
        try await decide(job, "signal") { progress in
            try refuseFinished(progress, job)
            return .signalled(name, payload)
        }
    }

    /// A person's decision about a stuck job.
    public func resolve(_ job: JobID, _ resolution: Resolution, by statement: Statement) async throws {
        try await decide(job, "resolve") { progress in
            guard progress.stuck != nil else {
                throw Failure(.operationNotAllowed, "resolve a job that is not stuck", on: [.job(job)])
            }
            if resolution == .cancel, progress.pivotCrossed || progress.isUnwinding {
                throw Failure(
                    .operationNotAllowed, "cancel a stuck job that has passed its pivot or unwinds already",
                    on: [.job(job)])
            }
            if case .accept = resolution { try self.refuseStating(progress, job) }
            return .resolved(resolution, by: statement)
        }
    }

    private func refuseStating(_ progress: Progress, _ job: JobID) throws(Failure) {
        guard let stuck = progress.stuck,
            let step = workflows[progress.plan.workflow]?.steps.first(where: { $0.id == stuck.step }),
            !step.mayBeStated(undo: progress.isUnwinding)
        else { return }
        let what = progress.isUnwinding ? step.undoTitle ?? step.title : step.title
        throw Failure(
            .operationNotAllowed, "accept step \(step.id) (\(what)) as done: it is a record of this store, and is not "
                + "there. Mend what it was refused for, then retry", on: [.job(job), .step(step.id)])
    }

    private func decide(
        _ job: JobID, _ name: String, _ event: @escaping @Sendable (Progress) throws -> JournalEvent?
    ) async throws {
        _ = try await store.append(job, named: name, known: nil, at: wallNow) { progress, _ in try event(progress) }
        changed(job)
        start(job)
    }

    func record(
        _ job: JobID, _ name: String, _ known: Progress,
        _ event: @escaping @Sendable (Progress, Transaction) throws -> JournalEvent?
    ) async throws -> Progress {
        let steps = workflows[known.plan.workflow]?.steps.map(\.id) ?? []
        let progress = try await store.append(
            job, named: name, known: known, at: wallNow,
            following: { progress in
                // The next step begins with the record that ends the one before: one commit for both.
                guard case .act(let next) = progress.next, progress.openStep == nil, steps.contains(next) else {
                    return nil
                }
                return .started(next)
            }
        ) { current, transaction in
            // A person may have ended the job meanwhile.
            current.finished == nil ? try event(current, transaction) : nil
        }
        changed(job)
        return progress
    }

    /// A decision that came while the task was about to end starts it again.
    private func goesOn(_ job: JobID, _ bell: Doorbell) -> Bool {
        running.withLock { running in
            if bell.takeRing() { return true }
            running[job] = nil
            return false
        }
    }

    private var wallNow: UnixMicroseconds { UnixMicroseconds(environment.clock.wallNow().microseconds) }
}

private func refuseFinished(_ progress: Progress, _ job: JobID) throws(Failure) {
    guard let finished = progress.finished else { return }
    throw Failure(
        .operationNotAllowed, "change a job that has ended as \(finished.rawValue)",
        on: [.job(job), .item(progress.plan.item)])
}
