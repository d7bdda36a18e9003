import Environment
import Model
import Store
import Synchronization

/// One task's work on one job.
struct JobRun<Context: Sendable>: Sendable {
    let runner: JobRunner<Context>
    let job: JobID
    let bell: Doorbell
    private let refusals = Refusals()

    init(_ runner: JobRunner<Context>, _ job: JobID, _ bell: Doorbell) {
        self.runner = runner
        self.job = job
        self.bell = bell
    }

    private var environment: Environment { runner.environment }

    /// Until the job has ended or is stuck, or the store refuses for good: then the journal holds what is known, and
    /// the next start goes on from it.
    func untilHalted() async {
        var known: Progress?
        var attempts = Attempts()
        var storeFailures = 0
        while !Task.isCancelled {
            do {
                let progress: Progress
                if let known {
                    progress = known
                } else {
                    progress = try await runner.store.progress(job)
                    attempts = Attempts(foundOpen: progress.openStep?.id)
                }
                if progress.next == .halt { return }
                known = try await advance(progress, &attempts)
                storeFailures = 0
            } catch {
                let failure = error as? Failure ?? Failure(.internalError, "run job \(job): \(error)")
                guard failure.code == .busy || failure.code == .noSpace else { return runner.abandoned(job, failure) }
                known = nil
                storeFailures += 1
                await pause(RetryPolicy().pause(after: storeFailures, random: environment.random.nextUInt64()))
            }
        }
    }

    /// Attempts made by this task at the step that it is at; the journal holds the first and some of the others.
    private struct Attempts {
        /// The step that was open when this task read the journal: an earlier task may have acted.
        var foundOpen: StepID?
        var step: StepID?
        var undo = false
        var count = 0

        mutating func next(_ step: StepID, undo: Bool, journaled: Int) -> Int {
            if self.step != step || self.undo != undo {
                self = Attempts(foundOpen: foundOpen, step: step, undo: undo, count: journaled)
            }
            count += 1
            return count
        }

        /// Nobody has acted at the step yet, so that there is nothing to look at.
        func isFresh(_ step: StepID) -> Bool { step != foundOpen && (step != self.step || undo) }
    }

    private func advance(_ progress: Progress, _ attempts: inout Attempts) async throws -> Progress {
        switch progress.next {
        case .halt: return progress
        case .act(let id), .resolve(let id):
            guard let step = definition(id, progress) else { return try await stickMissing(id, progress) }
            let isFresh = progress.next == .act(id) && attempts.isFresh(id)
            let attempt = attempts.next(id, undo: false, journaled: progress.step(id)?.failedAttempts ?? 0)
            return try await runner.around(job, progress.plan.workflow, id) {
                try await forward(step, progress, attempt, isFresh: isFresh)
            }
        case .undo(let id):
            guard let step = definition(id, progress), let undo = step.undo else {
                return try await stickMissing(id, progress)
            }
            return try await backward(step, undo, progress, &attempts)
        case .wait(let id, let wait): return try await self.wait(id, wait, progress)
        case .wake(let id, let wake): return try await decide(progress, .woken(id, wake))
        case .unwind(let cause): return try await decide(progress, .unwinding(cause))
        case .stick(let id, let failure):
            let places = await elsewhere(id, progress)
            return try await decide(progress, .stuck(stuck(id, failure, progress, elsewhere: places)))
        case .finish(let state):
            return try await decide(progress, .finished(state ?? conclusion(progress)))
        }
    }

    // MARK: Forward

    private func forward(
        _ step: Step<Context>, _ before: Progress, _ attempt: Int, isFresh: Bool
    ) async throws -> Progress {
        var progress = before
        if progress.openStep == nil {
            progress = try await decide(progress, .started(step.id))
            guard progress.next == .act(step.id) else { return progress }
        }
        let onlyLook = progress.next == .resolve(step.id)
        let answers = await each(progress.itemsToDo(step.id)) { [progress] item in
            let run = run(step, .forward, attempt, progress, item)
            return await settle(step, run, of: progress.plan.workflow, look: !isFresh, only: onlyLook)
        }
        return try await conclude(step, attempt, Round(answers), progress)
    }

    private func conclude(
        _ step: Step<Context>, _ attempt: Int, _ round: Round, _ before: Progress
    ) async throws -> Progress {
        var progress = before
        if !round.isWhole, !round.parts.isEmpty {
            progress = try await answer(progress, .partly(step.id, round.parts))
        }
        if let doubt = round.doubt { return try await later(step, attempt, progress, doubt) }
        if let failure = round.failure(canGoBack: !progress.pivotCrossed) {
            return try await failed(step, attempt, progress, failure)
        }
        if round.hasNotDone { return try await answer(progress, .notDone(step.id)) }
        if let wait = round.wait { return try await answer(progress, .waiting(step.id, wait)) }
        guard round.commits.isEmpty else { return try await commit(step, .forward, attempt, progress, round) }
        return try await answer(progress, progress.passing(step.id, round.parts))
    }

    /// One item's part of an attempt.
    private func settle(
        _ step: Step<Context>, _ run: StepRun, of workflow: String, look isOpen: Bool, only onlyLook: Bool
    ) async -> Answer {
        if isOpen, onlyLook || run.wake == nil {
            switch await look(step, run) {
            case .success(.done(let output)): return .passed(.done(output))
            case .success(.skipped(let reason)): return .passed(.skipped(reason))
            case .success(.notDone): if onlyLook { return .notDone }
            case .success(.unknown): return .unsure(Failure(.outcomeUnknown, "look at \(step.title)"))
            // Whatever came of it, this record does not decide any more.
            case .failure(let failure) where failure.code == .quarantined: return .failed(failure)
            case .failure(let failure): return .unsure(failure)
            }
        }
        environment.failpoints.reach("workflow.\(step.id).before-act")
        await environment.failpoints.rest("workflow.\(workflow).\(step.id).begin")
        let result = await attempted(step, run, step.act)
        await environment.failpoints.rest("workflow.\(workflow).\(step.id).end")
        environment.failpoints.reach("workflow.\(step.id).after-act")
        return switch result {
        case .success(.done(let output)): .passed(.done(output))
        case .success(.skipped(let reason)): .passed(.skipped(reason))
        case .success(.wait(let wait)): .wait(wait)
        case .success(.commit(let body)): .commit(body)
        case .failure(let failure): .failed(failure)
        }
    }

    /// Without a `look` the effect is the journal record itself: not there, so not done.
    private func look(_ step: Step<Context>, _ run: StepRun) async -> Result<Observation, Failure> {
        guard let look = step.look else { return .success(.notDone) }
        do { return .success(try await look(runner.context, run)) } catch { return .failure(await judged(error, run)) }
    }

    private func failed(
        _ step: Step<Context>, _ attempt: Int, _ progress: Progress, _ failure: Failure
    ) async throws -> Progress {
        let isOverdue = outlasts(step, failure)
        switch failure.disposition {
        case .permanent: return try await answer(progress, .failed(step.id, failure))
        case .transient where !progress.pivotCrossed && attempt >= step.retry.attempts:
            return try await answer(progress, .failed(step.id, failure))
        case .transient where progress.pivotCrossed && isOverdue:
            return try await answer(progress, .failed(step.id, failure.after(step.patience)))
        case .transient, .unknownOutcome: return try await later(step, attempt, progress, failure)
        }
    }

    /// Whether the step was refused for now for as long as it has patience.
    private func outlasts(_ step: Step<Context>, _ failure: Failure) -> Bool {
        guard let patience = step.patience else { return false }
        let now = environment.clock.now()
        let isAnswer = failure.disposition == .transient && failure.code != .unavailable
        guard let since = refusals.since(isAnswer ? step.id : nil, at: now) else { return false }
        return now - since >= patience
    }

    /// Since when one step is refused, as far as this task has seen it.
    private final class Refusals: Sendable {
        private let first = Mutex<(step: StepID, at: MonotonicInstant)?>(nil)

        /// - step: the one that was just refused; nil: nobody answered.
        func since(_ step: StepID?, at now: MonotonicInstant) -> MonotonicInstant? {
            first.withLock { first in
                if first?.step != step { first = step.map { ($0, now) } }
                return first?.at
            }
        }
    }

    /// Tries again after a pause that a ring ends early.
    private func later(
        _ step: Step<Context>, _ attempt: Int, _ progress: Progress, _ failure: Failure
    ) async throws -> Progress {
        var progress = progress
        if isJournaled(attempt) {
            let event = JournalEvent.attemptFailed(step.id, attempt: attempt, failure)
            progress = try await answer(progress, event)
        }
        await pause(step.retry.pause(after: attempt, random: environment.random.nextUInt64()))
        return try await refreshed(progress)
    }

    /// All items' commits in the one transaction that journals the step.
    private func commit(
        _ step: Step<Context>, _ course: OperationKey.Course, _ attempt: Int, _ progress: Progress, _ round: Round
    ) async throws -> Progress {
        let isUndo = course == .undo
        let refusal = Mutex<Failure?>(nil)
        do {
            return try await runner.record(job, isUndo ? "undone" : "done", progress) { current, transaction in
                // A cancel that came first keeps the effect from happening.
                guard isUndo ? current.next == .undo(step.id) : current.next == .act(step.id) else { return nil }
                do {
                    var parts = round.parts
                    for (item, body) in round.commits { parts[item] = .done(try body(transaction)) }
                    return isUndo ? current.undoing(step.id, parts) : current.passing(step.id, parts)
                } catch {
                    let failure = error as? Failure ?? Failure(.internalError, "commit \(step.title): \(error)")
                    refusal.withLock { $0 = failure }
                    throw failure
                }
            }
        } catch {
            guard let failure = refusal.withLock({ $0 }) else { throw error }
            return isUndo
                ? try await undoFailed(step, attempt, progress, failure)
                : try await failed(step, attempt, progress, failure)
        }
    }

    // MARK: Backward

    private func backward(
        _ step: Step<Context>, _ undo: @escaping Step<Context>.Act, _ before: Progress, _ attempts: inout Attempts
    ) async throws -> Progress {
        var progress = before
        if progress.step(step.id)?.undo == .pending { progress = try await decide(progress, .undoStarted(step.id)) }
        let attempt = attempts.next(step.id, undo: true, journaled: 0)
        let answers = await each(progress.itemsToUndo(step.id)) { [progress] item in
            await settleUndo(step, undo, run(step, .undo, attempt, progress, item))
        }
        let round = Round(answers)
        if let failure = round.failure(canGoBack: false) {
            return try await undoFailed(step, attempt, progress, failure)
        }
        guard round.commits.isEmpty else { return try await commit(step, .undo, attempt, progress, round) }
        return try await decide(progress, progress.undoing(step.id, round.parts))
    }

    private func settleUndo(
        _ step: Step<Context>, _ undo: @escaping Step<Context>.Act, _ run: StepRun
    ) async -> Answer {
        environment.failpoints.reach("workflow.\(step.id).before-undo")
        let result = await attempted(step, run, undo)
        environment.failpoints.reach("workflow.\(step.id).after-undo")
        return switch result {
        case .success(.done(let output)): .passed(.done(output))
        case .success(.skipped): .passed(.done([]))
        case .success(.commit(let body)): .commit(body)
        case .success(.wait(let wait)): .failed(Failure(.unavailable, "undo \(step.title): \(wait.condition)"))
        case .failure(let failure): .failed(failure)
        }
    }

    private func undoFailed(
        _ step: Step<Context>, _ attempt: Int, _ progress: Progress, _ failure: Failure
    ) async throws -> Progress {
        guard failure.disposition == .permanent else { return try await later(step, attempt, progress, failure) }
        return try await decide(progress, .undoFailed(step.id, failure))
    }

    // MARK: Waiting

    private func wait(_ id: StepID, _ wait: Wait, _ progress: Progress) async throws -> Progress {
        var pause: Duration?
        if let deadline = wait.deadline {
            let left = deadline.value - environment.clock.wallNow().microseconds
            if left <= 0 { return try await decide(progress, .woken(id, .deadline)) }
            pause = min(.microseconds(left), longestSleepOnWallClock)
        }
        await bell.wait(until: pause.map { environment.clock.now() + $0 }, environment.clock)
        return try await refreshed(progress)
    }

    private func pause(_ duration: Duration) async {
        await bell.wait(until: environment.clock.now() + duration, environment.clock)
    }

    private func refreshed(_ progress: Progress) async throws -> Progress {
        try await runner.store.database.read { [runner, job] transaction in
            try runner.store.progress(job, in: transaction)
        }
    }

    // MARK: Recording

    /// A record that says what to do next: only if nothing came in between that changes it.
    private func decide(_ progress: Progress, _ event: JournalEvent) async throws -> Progress {
        let expected = progress.next
        return try await runner.record(job, event.name, progress) { current, _ in
            current.next == expected ? event : nil
        }
    }

    /// A record of what was seen: true whatever else came in between.
    private func answer(_ progress: Progress, _ event: JournalEvent) async throws -> Progress {
        try await runner.record(job, event.name, progress) { _, _ in event }
    }

    // MARK: Attempts

    private func attempted(
        _ step: Step<Context>, _ run: StepRun, _ act: @escaping Step<Context>.Act
    ) async -> Result<StepResult, Failure> {
        let context = runner.context
        guard let deadline = step.deadline else {
            do { return .success(try await act(context, run)) } catch { return .failure(await judged(error, run)) }
        }
        let clock = environment.clock
        return await withTaskGroup(of: Result<StepResult, Failure>?.self) { group in
            group.addTask {
                do { return .success(try await act(context, run)) } catch { return .failure(await judged(error, run)) }
            }
            group.addTask {
                try? await clock.sleep(for: deadline)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            if let first { return first }
            // Even late, an answer is better than none.
            if case .some(.some(.success(let result))) = await group.next() { return .success(result) }
            return .failure(
                Failure(.timedOut, "\(step.title): no answer in \(deadline)", on: [.job(job), .step(step.id)]))
        }
    }

    private func judged(_ error: any Error, _ run: StepRun) async -> Failure {
        let failure = classified(error, run)
        guard failure.disposition == .permanent else { return failure }
        return await runner.judge(runner.context, run, failure)
    }

    private func run(
        _ step: Step<Context>, _ course: OperationKey.Course, _ attempt: Int, _ progress: Progress, _ item: ItemID
    ) -> StepRun {
        StepRun(
            job: job, item: item, step: step.id, course: course, attempt: attempt, parameters: progress.parameters,
            outputs: progress.outputs(of: item), wake: progress.step(step.id)?.wake,
            report: { [runner, job] done, total in try? await runner.store.report(job, done: done, total: total) })
    }

    // MARK: Ends

    private func definition(_ id: StepID, _ progress: Progress) -> Step<Context>? {
        runner.workflows[progress.plan.workflow]?.steps.first { $0.id == id }
    }

    private func conclusion(_ progress: Progress) -> JobState {
        runner.workflows[progress.plan.workflow]?.conclude(progress.outputs) ?? .succeeded
    }

    private func stickMissing(_ id: StepID, _ progress: Progress) async throws -> Progress {
        let known = runner.workflows[progress.plan.workflow].map { "version \($0.version)" } ?? "no version"
        let failure = Failure(
            .stepMissing,
            "run step \(id) of \(progress.plan.workflow) version \(progress.plan.version): this program knows \(known) "
                + "and no such step. Install the program that started the job, then retry",
            on: [.job(job), .step(id)])
        return try await decide(progress, .stuck(stuck(id, failure, progress)))
    }

    /// Where else the step could be made, for the first item that has not passed it.
    private func elsewhere(_ id: StepID, _ progress: Progress) async -> [String] {
        guard !progress.isUnwinding, let step = definition(id, progress), let elsewhere = step.elsewhere,
            let item = progress.itemsToDo(id).first
        else { return [] }
        return await elsewhere(runner.context, run(step, .forward, 1, progress, item))
    }

    private func stuck(
        _ id: StepID, _ failure: Failure, _ progress: Progress, elsewhere places: [String] = []
    ) -> Stuck {
        let proven = progress.plan.steps.last { planned in
            if case .done? = progress.step(planned.id)?.condition { true } else { false }
        }
        let back = progress.isUnwinding ? "; unwinding" : ""
        let step = definition(id, progress)
        var choices = ["retry"] + places.map { "retry-elsewhere \($0)" }
        if step?.mayBeStated(undo: progress.isUnwinding) != false { choices.append("accept") }
        if !progress.pivotCrossed, !progress.isUnwinding { choices.append("cancel") }
        let commands = choices.map {
            "homeward jobs resolve \(job) --resolution \($0) --reason WHY --person NAME"
        }
        return Stuck(
            step: id, failure: failure,
            lastProven: (proven.map { "done: \($0.title)" } ?? "no step is done") + back,
            safe: step?.safeWhenStuck
                ?? "Nothing is given back or started until this is resolved; the item stays claimed.",
            commands: commands)
    }
}

extension Failure {
    /// As it is told once patience is over.
    fileprivate func after(_ patience: Duration?) -> Failure {
        var told = self
        if let patience { told.message += ", for \(patience.components.seconds / 60) minutes by now" }
        return told
    }
}

/// Wall clocks jump: a deadline is looked at again at least this often.
private let longestSleepOnWallClock = Duration.seconds(60)

/// A journal stays small however long a component is away: the first twenty attempts, then each power of two.
private func isJournaled(_ attempt: Int) -> Bool { attempt <= 20 || attempt & (attempt - 1) == 0 }

/// What is not a failure of the domain says nothing about the effect.
private func classified(_ error: any Error, _ run: StepRun) -> Failure {
    error as? Failure
        ?? Failure(.outcomeUnknown, "run step \(run.step): \(error)", on: [.job(run.job), .step(run.step)])
}
