import Contract
import Environment
import Model
import Store
import Synchronization
import Workflow

/// A run that fails a plan over or back, or begins a drill of it, which stops nothing. Each line is a barrier over all
/// members, whose jobs wait for their turns:
///
///     stop and fence, boot groups in reverse order → drain and hand over all
///     per boot group: before-actions → (the first: ★) → start all its machines → after-actions
///     settle: what was not started goes back
///
/// A job has those of these steps that its plan needs.
let failoverRunWorkflow = VaultWorkflow(
    "plan-failover", version: 1,
    steps: [membersHeld(), stopAll(), handOverAll()]
        + (0..<PlanLimits.bootGroups).flatMap { group in
            actionSteps(group, .before) + (group == 0 ? [crossing()] : []) + [startGroup(group)]
                + actionSteps(group, .after)
        } + [settle()], conclude: concluded)

/// A run that commits, reprotects or cancels: members one beside the other, a few at a time.
let membersRunWorkflow = VaultWorkflow(
    "plan-members", version: 1, steps: [membersHeld(), crossing(), allMembers(), settle()], conclude: concluded)

@Sendable private func concluded(_ outputs: Outputs) -> JobState {
    guard let numbers = outputs["settle"].flatMap({ PlanStepOutput($0) })?.numbers else { return .succeeded }
    if numbers["failed"] == 0 { return .succeeded }
    // Actions that failed before any machine started went back with the rest; a run of actions alone takes none back.
    let units = numbers["units"] ?? numbers["failed"] ?? 0
    return units > 0 && numbers["done"] == 0 && numbers["unwound"] == units ? .failedUnwound : .partial
}

extension PlanRunRecord {
    var workflow: VaultWorkflow { wish.operation.startsMachines ? failoverRunWorkflow : membersRunWorkflow }

    /// Of the job that runs it: the steps that there is something to do in.
    func jobPlan() throws(Failure) -> Plan {
        let whole = workflow.plan(item: try ItemID("plan.\(plan)"), parameters: try Stored.bytes(self))
        var wanted: Set<StepID> = ["held", "members", "settle"]
        if wish.operation == .failover { wanted.formUnion(["stop", "hand-over"]) }
        if wish.operation.hasPivot { wanted.insert("start") }
        var titles: [StepID: String] = [:]
        for group in workingGroups {
            wanted.insert(startStep(group))
            titles[startStep(group)] = "Start \(spec.bootGroups[group].name)"
        }
        for group in spec.bootGroups.indices {
            for side in [ActionPlace.Side.before, .after] {
                for (index, action) in actions(side, of: group) {
                    let step = ActionPlace(bootGroup: group, side: side, index: index).step
                    wanted.insert(step)
                    titles[step] = "\(spec.bootGroups[group].name), \(side.rawValue): \(action.title)"
                }
            }
        }
        let steps = whole.steps.filter { wanted.contains($0.id) }.map { step in
            Plan.Step(
                id: step.id, title: titles[step.id] ?? step.title, actor: step.actor, isPivot: step.isPivot,
                undoesFirst: step.undoesFirst, hasUndo: step.hasUndo)
        }
        return Plan(
            workflow: whole.workflow, version: whole.version, item: whole.item, parameters: whole.parameters,
            steps: steps)
    }
}

func startStep(_ group: Int) -> StepID { StepID(stringLiteral: "g\(group + 1)-start") }

/// One attempt of a run's step, with what it needs to know.
struct PlanScene: Sendable {
    let core: VaultContext
    let run: StepRun
    let record: PlanRunRecord

    /// Nothing is begun for members of whom this vault's record may be an old one.
    init(_ vault: VaultContext, _ run: StepRun) async throws {
        core = vault
        self.run = run
        let record = try Stored.value(PlanRunRecord.self, run.parameters)
        self.record = record
        let store = vault.store
        let held = try await store.database.read { transaction in
            try record.working.flatMap(\.members).first {
                try store.item($0.item, in: transaction)?.quarantine != nil
            }
        }
        if let held {
            throw Failure(
                .busy, "run plan \(record.plan): \(held.displayName) is quarantined; see `homeward vault census`")
        }
    }

    func standings() async throws -> [String: UnitStanding] { try await core.store.standings(of: run.job) }

    /// Why nothing more begins; nil while it does.
    func halted() -> String? {
        guard record.spec.policy.stops else { return nil }
        let failed = failoverRunWorkflow.steps.first { step in
            run.outputs[step.id].flatMap { PlanStepOutput($0) }?.failed == true
        }
        return failed.map { "the run has stopped after a failure in step \($0.id)" }
    }

    func units(_ group: Int) -> [PlanRunRecord.Unit] { record.working.filter { $0.bootGroup == group } }
}

// MARK: Steps

/// A step that watches the jobs of members; one attempt after the other, so that a cancel is seen soon.
private func watching(
    _ id: StepID, _ title: String, undo: Undo? = nil,
    _ look: @escaping @Sendable (PlanScene, Told) async throws -> Look
) -> VaultStep {
    VaultStep(id, .wait, title, by: "the plan's run", undo: undo) { vault, run in
        let scene = try await PlanScene(vault, run)
        let told = Told(vault)
        switch try await looking(vault, for: watchWindow, { try await look(scene, told) }) {
        case .ends(let result): return result
        case .missing(let missing): throw Failure(.busy, missing, on: [.job(run.job)])
        }
    }.with { $0.retry = RetryPolicy(attempts: .max, first: .milliseconds(20), longest: .milliseconds(200)) }
}

/// A person who cancels waits no longer than this.
private let watchWindow: Duration = .seconds(2)

/// Gives jobs their turns, each once in an attempt: the job's journal needs a moment to say that it has gone on.
final class Told: Sendable {
    private let vault: VaultContext
    private let told = Mutex<Set<String>>([])

    init(_ vault: VaultContext) { self.vault = vault }

    /// Whether it waits for this turn; it is told that it has come.
    func give(_ turn: Turn, to unit: UnitStanding) async throws -> Bool {
        guard unit.signal == turn.signal, !unit.hasEnded else { return false }
        let isNew = told.withLock { $0.insert("\(unit.job)/\(turn.rawValue)").inserted }
        guard isNew else { return true }
        do { try await vault.runs.signal(unit.job, turn.signal) } catch let failure as Failure
            where failure.code == .operationNotAllowed
        {
            // It has just ended.
        }
        return true
    }

    func cancel(_ unit: UnitStanding, _ why: String) async throws {
        guard !unit.hasEnded, told.withLock({ $0.insert("\(unit.job)/cancel").inserted }) else { return }
        let statement = Statement(name: "plan run", reason: why, at: vault.now, checked: "")
        do { try await vault.runs.cancel(unit.job, by: statement) } catch let failure as Failure
            where failure.code == .operationNotAllowed
        {
            // It has passed its own point of no return: it goes on to its end.
        }
    }
}

private func membersHeld() -> VaultStep {
    let undo: Undo = (
        "take all members back to where they were",
        { vault, run in
            let record = try Stored.value(PlanRunRecord.self, run.parameters)
            let told = Told(vault)
            let seen = try await looking(vault, for: watchWindow) {
                try await takeBack(vault, run, record.working, told, "the run was cancelled")
            }
            guard case .ends(let result) = seen else { throw Failure(.busy, "take the members back") }
            return result
        }
    )
    return VaultStep("held", .decide, "Hold all members for this run", undo: undo) { _, run in
        let record = try Stored.value(PlanRunRecord.self, run.parameters)
        return .done(try PlanStepOutput("\(record.working.flatMap(\.members).count) machines are held").bytes())
    }
}

/// Cancels what can be, and waits until every job has ended or needs a person.
private func takeBack(
    _ vault: VaultContext, _ run: StepRun, _ units: [PlanRunRecord.Unit], _ told: Told, _ why: String
) async throws -> Look {
    let standings = try await vault.store.standings(of: run.job)
    let left = units.compactMap { standings[$0.job] }.filter { !$0.hasEnded }
    for unit in left { try await told.cancel(unit, why) }
    return left.isEmpty ? .ends(.done([])) : .missing("\(left.count) jobs of members have not ended")
}

/// In reverse order, so that what others depend on goes last.
private func stopAll() -> VaultStep {
    watching("stop", "Stop and fence all machines, boot groups in reverse order") { scene, told in
        let standings = try await scene.standings()
        for group in scene.record.workingGroups.reversed() {
            let units = scene.units(group).compactMap { standings[$0.job] }
            for unit in units { _ = try await told.give(.stop, to: unit) }
            let left = units.filter { !$0.hasEnded && $0.signal != Turn.drain.signal }
            if !left.isEmpty {
                return .missing("\(left.count) jobs of \(scene.record.spec.bootGroups[group].name) are being stopped")
            }
        }
        return .ends(.done(try PlanStepOutput("all are stopped").bytes()))
    }
}

private func handOverAll() -> VaultStep {
    watching("hand-over", "Drain all machines, choose their points and hand them over") { scene, told in
        let standings = try await scene.standings()
        let units = scene.record.working.compactMap { standings[$0.job] }
        for unit in units { _ = try await told.give(.drain, to: unit) }
        let left = units.filter { !$0.hasEnded && $0.signal != Turn.start.signal }
        guard left.isEmpty else {
            let asking = left.filter { $0.signal == DrainWord.signal }.map { "homeward jobs show \($0.job)" }
            let see = asking.joined(separator: ", ")
            let asked = asking.isEmpty ? "" : "; a person is asked about the last interval, see \(see)"
            return .missing("\(left.count) jobs of members are being handed over\(asked)")
        }
        return .ends(.done(try PlanStepOutput("all that can be are handed over").bytes()))
    }
}

/// From here on a cancel is refused.
private func crossing() -> VaultStep {
    VaultStep("start", .decide, "The run goes on to its end") { vault, run in
        let scene = try await PlanScene(vault, run)
        if scene.record.wish.operation == .failover, let why = scene.halted() { return .skipped(why) }
        return .done(try PlanStepOutput("no way back for the whole").bytes())
    }.with {
        $0.isPivot = true
        $0.retry = RetryPolicy(attempts: .max)
    }
}

private func startGroup(_ group: Int) -> VaultStep {
    watching(startStep(group), "Start a boot group") { scene, told in
        if let why = scene.halted() { return .ends(.skipped(why)) }
        let standings = try await scene.standings()
        let units = scene.units(group)
        let jobs = units.compactMap { standings[$0.job] }
        for job in jobs { _ = try await told.give(.start, to: job) }
        let left = units.filter { standings[$0.job]?.hasEnded == false }
        guard left.isEmpty else { return .missing("\(left.map(\.displayName).joined(separator: ", ")) start") }
        let failed = units.filter { standings[$0.job]?.state != .succeeded }
        var output = PlanStepOutput(
            failed.isEmpty ? "all are up" : "failed: \(failed.map(\.displayName).joined(separator: ", "))",
            failed: !failed.isEmpty)
        output.numbers["up"] = UInt64(units.count - failed.count)
        return .ends(.done(try output.bytes()))
    }
}

private func allMembers() -> VaultStep {
    watching("members", "All members, a few at a time") { scene, told in
        let standings = try await scene.standings()
        let jobs = scene.record.working.compactMap { standings[$0.job] }.filter { !$0.hasEnded }
        let waiting = jobs.filter { $0.signal == Turn.begin.signal || $0.state == .queued }
        // Whoever was told counts as active from then on.
        var free = scene.record.spec.policy.parallel - (jobs.count - waiting.count)
        for job in waiting where free > 0 && job.signal == Turn.begin.signal {
            if try await told.give(.begin, to: job) { free -= 1 }
        }
        guard jobs.isEmpty else { return .missing("\(jobs.count) members have not ended") }
        return .ends(.done(try PlanStepOutput("all have ended").bytes()))
    }
}

/// What the run has stopped before goes back, and the result is counted.
private func settle() -> VaultStep {
    watching("settle", "Take back what was not started, and count") { scene, told in
        let look = try await takeBack(scene.core, scene.run, scene.record.working, told, "the plan's run has stopped")
        guard case .ends = look else { return look }
        let standings = try await scene.standings()
        let units = scene.record.working
        let states = units.compactMap { standings[$0.job]?.state }
        let done = states.count { $0 == .succeeded }
        let unwound = states.count { $0 == .failedUnwound || $0 == .cancelled }
        let actions = scene.record.workflow.steps.filter { step in
            ActionPlace.isStep(step.id) && scene.run.outputs[step.id].flatMap { PlanStepOutput($0) }?.failed == true
        }.count
        var output = PlanStepOutput("\(done) of \(units.count) jobs of members succeeded, \(actions) actions failed")
        output.numbers = [
            "units": UInt64(units.count), "done": UInt64(done), "unwound": UInt64(unwound),
            "failed": UInt64(units.count - done + actions),
        ]
        return .ends(
            .commit { [output, scene] transaction in
                if output.numbers["failed"] == 0 { try scene.armAutomaticEnd(transaction) }
                return try output.bytes()
            })
    }
}
