import Contract
import Environment
import Messages
import Model
import Store
import Workflow

extension PlanWish {
    init(_ message: VaultV1.RunPlanRequest, at now: UnixMicroseconds) throws(Failure) {
        self.init(operation: try PlanOperation(message.operation))
        confirmLoss = message.confirmLoss
        waitForAgent = message.waitForAgent
        if operation == .drillCleanup { remark = try VaultCore.checkedRemark(message.remark, "plan \(message.name)") }
        guard operation.startsMachines else { return }
        guard let direction = Direction(message.expectedDirection) else {
            throw Failure(.invalidArgument, "\(what): expected_direction is required, out or home")
        }
        self.direction = direction.rawValue
        try choose(message.choice)
        guard operation == .failover else { return }
        statement = message.sourceDeadStatement.map { StoredStatement($0, at: now) }
    }

    private var what: String { operation == .drill ? "begin a drill of a plan" : "fail a plan over" }

    mutating func choose(_ choice: VaultV1.PointChoice) throws(Failure) {
        switch choice {
        case .latest where operation == .drill:
            throw Failure(.invalidArgument, "\(what): a test drains nothing; choose latest-processed")
        case .latest, .latestProcessed, .latestApplicationConsistent, .latestCommon: self.choice = choice.rawValue
        case .chosen, .unspecified, .unrecognized:
            throw Failure(
                .invalidArgument, "\(what): say which points, latest, latest-processed, "
                    + "latest-application-consistent or latest-common; a chosen one is of a single item or group")
        }
    }
}

extension StoredStatement {
    init(_ message: CommonV1.Statement, at now: UnixMicroseconds) {
        self.init(
            person: message.person, reason: message.reason,
            atUs: message.statedUnixUs == 0 ? now.value : message.statedUnixUs)
    }
}

extension VaultCore {
    func previewRun(_ message: VaultV1.RunPlanRequest) async throws -> VaultV1.PlanPreview {
        let row = try await plan(message)
        let options = message.options ?? .init()
        return try await preview(prepare(PlanOrigin(row), PlanWish(message, at: vault.now), options))
    }

    func runPlan(_ message: VaultV1.RunPlanRequest) async throws -> VaultV1.PlanRun {
        try refuseToOnlyLook(message.options, "run plan \(message.name)", "PreviewPlan")
        let request = try Request(message, message.options)
        if let run = try await knownRun(request) { return run }
        let row = try await plan(message)
        let wish = try PlanWish(message, at: vault.now)
        if wish.operation == .cancel {
            try refuseUnconfirmed(wish.confirmLoss, message.options, "cancel plan \(message.name)")
        }
        let prepared = try await prepare(PlanOrigin(row), wish, request.options)
        return try await begin(request, prepared)
    }

    /// A run answers with the run that it has begun, so a preview has a call of its own.
    private func refuseToOnlyLook(
        _ options: VaultV1.MutationOptions?, _ what: String, _ call: String
    ) throws(Failure) {
        guard options?.validateOnly == true else { return }
        throw Failure(.invalidArgument, "\(what) with validate_only: ask \(call) what it would do; nothing was begun")
    }

    private func plan(_ message: VaultV1.RunPlanRequest) async throws -> PlanRow {
        let row = try await vault.store.plan(planID(message.name))
        let etag = message.options?.etag ?? ""
        guard etag.isEmpty || etag == row.etag else {
            throw Failure(.etagMismatch, "run plan \(row.id): it is at \(row.etag), not \(etag)")
        }
        return row
    }

    func knownRun(_ request: Request) async throws -> VaultV1.PlanRun? {
        let job = try await vault.store.database.read { transaction in
            try vault.store.job(forRequest: request.id, digest: request.digest, in: transaction)
        }
        guard let job else { return nil }
        return try await showRun(job)
    }

    /// The run's job, the jobs of all members and their claims, in one transaction or not at all.
    func begin(_ request: Request, _ prepared: PreparedRun) async throws -> VaultV1.PlanRun {
        var record = prepared.record
        let failing = prepared.failing.map(\.gate)
        guard failing.isEmpty else {
            throw Failure(.gatesFailed, "\(record.wish.operation.rawValue) plan \(record.plan)", gates: failing)
        }
        let asked = request.options.planDigest
        guard try asked.isEmpty || asked == prepared.digest() else {
            throw Failure(.planChanged, "run the previewed plan: it has changed since. Preview it again")
        }
        let run = freshJob()
        if record.root.isEmpty { record.root = run.text }
        var jobs: [(job: JobID, draft: Draft, plan: Plan)] = []
        for part in prepared.parts {
            let job = freshJob()
            record.units[part.unit].job = job.text
            jobs.append((job, part.draft, try part.draft.plan()))
        }
        let (store, now, plan) = (vault.store, vault.now, try record.jobPlan())
        let known = try await store.database.write("plan-run") { [record, jobs] transaction -> JobID? in
            if let known = try store.job(forRequest: request.id, digest: request.digest, in: transaction) {
                return known
            }
            if let before = record.rerunOf { try store.refuseRunAgain(before, in: transaction) }
            let conflicts = try planConflicts(record, store, now, transaction)
            guard conflicts.isEmpty else {
                throw Failure(.gatesFailed, "claim the members of plan \(record.plan)", gates: conflicts)
            }
            for (job, draft, plan) in jobs {
                try claimItems(draft, job, store, transaction)
                try store.jobs.create(job, plan, at: now, in: transaction)
            }
            try store.jobs.create(run, plan, at: now, in: transaction)
            try store.addRun(run, record, at: now, in: transaction)
            try store.remember(request: request.id, digest: request.digest, job: run, at: now, in: transaction)
            return nil
        }
        if let known { return try await showRun(known) }
        vault.bell.ring()
        for job in jobs { runner.start(job.job) }
        runner.start(run)
        return try await showRun(run)
    }

    private func freshJob() -> JobID { JobID(prefix: "job", entropy: vault.environment.random.bytes(8)) }

    // MARK: Again

    func previewRerun(_ message: VaultV1.RerunPlanRequest) async throws -> VaultV1.PlanPreview {
        try await preview(prepareRerun(message, message.options ?? .init()))
    }

    func rerun(_ message: VaultV1.RerunPlanRequest) async throws -> VaultV1.PlanRun {
        try refuseToOnlyLook(message.options, "run \(message.run) again", "PreviewRerun")
        let request = try Request(message, message.options)
        if let run = try await knownRun(request) { return run }
        return try await begin(request, prepareRerun(message, request.options))
    }

    /// With the copy of the plan that the run has, and without what it finished.
    private func prepareRerun(
        _ message: VaultV1.RerunPlanRequest, _ options: VaultV1.MutationOptions
    ) async throws -> PreparedRun {
        let (job, record, progress) = try await run(named: message.run)
        guard let state = progress.finished else {
            throw Failure(.operationNotAllowed, "run \(job) again: it has not ended", on: [.job(job)])
        }
        let store = vault.store
        try await store.database.read { try store.refuseRunAgain(job.text, in: $0) }
        var origin = try PlanOrigin(record)
        origin.rerunOf = job.text
        origin.root = record.root
        origin.finished = try await finished(record, job)
        // One that went back as a whole has its actions to do anew; no run goes back as a whole once machines are up.
        let isKept = state == .succeeded || state == .partial || record.units.contains(where: \.isDoneBefore)
        origin.actionsDone = record.actionsDone + (isKept ? actionsDone(record, progress) : [])
        let hasActions = origin.spec.actions.contains { action in
            record.wish.does(action) && !origin.actionsDone.contains(action.id)
        }
        guard record.units.contains(where: { origin.finished[$0.name] == nil }) || hasActions else {
            throw Failure(.operationNotAllowed, "run \(job) again: nothing is left to do", on: [.job(job)])
        }
        var wish = record.wish
        guard wish.operation == .failover || message.sourceDeadStatement == nil else {
            throw Failure(.invalidArgument, "run \(job) again: that sources are dead is stated for failovers only")
        }
        // What was true of the sources then need not be true now: it is said again, or not at all.
        wish.statement = message.sourceDeadStatement.map { StoredStatement($0, at: vault.now) }
        if message.choice != .unspecified, wish.operation.startsMachines { try wish.choose(message.choice) }
        return try await prepare(origin, wish, options)
    }

    /// Those that succeeded, and that nobody has taken back since.
    private func finished(
        _ record: PlanRunRecord, _ run: JobID
    ) async throws -> [String: PlanRunRecord.Unit] {
        let standings = try await vault.store.standings(of: run)
        var finished: [String: PlanRunRecord.Unit] = [:]
        for unit in record.units where unit.isDoneBefore || standings[unit.job]?.state == .succeeded {
            var isBack = false
            if record.wish.operation == .failover, let direction = record.wish.directionValue {
                for member in unit.members {
                    let item = try await vault.store.item(ItemID(member.item))
                    isBack = isBack || item.phase == Phase.protected(direction).name
                }
            }
            if !isBack { finished[unit.name] = unit }
        }
        return finished
    }

    private func actionsDone(_ record: PlanRunRecord, _ progress: Progress) -> [String] {
        record.places.compactMap { place, action in
            guard case .done(let bytes)? = progress.step(place.step)?.condition else { return nil }
            return PlanStepOutput(bytes)?.failed == false ? action.id : nil
        }
    }

    // MARK: Words

    /// What a person says of an action that waits.
    func complete(_ message: VaultV1.CompletePlanActionRequest) async throws -> VaultV1.PlanRun {
        let (job, record, progress) = try await run(named: message.run)
        let what = "complete action \(message.action) of run \(job)"
        guard !message.person.isEmpty else { throw Failure(.invalidArgument, "\(what): say who you are") }
        guard message.note.utf8.count <= PlanLimits.prose else {
            throw Failure(.invalidArgument, "\(what): the note is too long")
        }
        guard let action = record.places.first(where: { $0.action.id == message.action })?.action else {
            throw Failure(.notFound, "\(what): the plan as the run has it has no such action", on: [.job(job)])
        }
        let signal = ActionWord.signal(action.id)
        guard progress.waiting?.wait.signal == signal else {
            throw Failure(.operationNotAllowed, "\(what): the run does not wait for it", on: [.job(job)])
        }
        let outcome: ActionWord.Outcome
        switch message.outcome {
        case .done: outcome = .done
        case .failed: outcome = .failed
        case .runAgain where action.script != nil: outcome = .runAgain
        default:
            throw Failure(.invalidArgument, "\(what): say done or failed, or of a script that it be run again")
        }
        let starts = try await vault.store.action(action.id, of: job).starts
        let word = ActionWord(outcome: outcome, person: message.person, note: message.note, starts: starts)
        try await runner.signal(job, signal, try Stored.bytes(word))
        return try await showRun(job)
    }

    func run(named name: String) async throws -> (JobID, PlanRunRecord, Progress) {
        let job = try JobID(name.hasPrefix("jobs/") ? String(name.dropFirst("jobs/".count)) : name)
        let progress = try await vault.store.jobs.progress(job)
        guard progress.plan.workflow.hasPrefix("plan-") else {
            throw Failure(.notFound, "find run \(job): it is a job, but no run of a plan", on: [.job(job)])
        }
        return (job, try Stored.value(PlanRunRecord.self, progress.parameters), progress)
    }
}

extension PlanRunRecord {
    /// All actions of the plan, in the order in which they come.
    var places: [(place: ActionPlace, action: StoredAction)] {
        spec.bootGroups.enumerated().flatMap { number, group in
            [(ActionPlace.Side.before, group.before), (.after, group.after)].flatMap { side, actions in
                actions.enumerated().map { index, action in
                    (ActionPlace(bootGroup: number, side: side, index: index), action)
                }
            }
        }
    }
}

func planID(_ name: String) throws(Failure) -> PlanID {
    try PlanID(name.hasPrefix("plans/") ? String(name.dropFirst("plans/".count)) : name)
}
