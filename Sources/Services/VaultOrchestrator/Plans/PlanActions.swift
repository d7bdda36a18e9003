import Contract
import Environment
import FoundationEssentials
import Model
import Store
import Workflow

extension ActionPlace {
    /// `g2-before-1`.
    static func isStep(_ step: StepID) -> Bool { step.text.contains("-before-") || step.text.contains("-after-") }
}

/// All places for actions of one boot group on one side; a job has those that its plan fills.
func actionSteps(_ group: Int, _ side: ActionPlace.Side) -> [VaultStep] {
    (0..<PlanLimits.actions).map { index in actionStep(ActionPlace(bootGroup: group, side: side, index: index)) }
}

private func actionStep(_ place: ActionPlace) -> VaultStep {
    VaultStep(
        place.step, "An action of the plan", by: "the vault's host, or a person",
        look: { vault, run in try await ActionScene(vault, run, place).stillRuns() ? .unknown : .notDone }
    ) { vault, run in
        try await ActionScene(vault, run, place).act()
    }.with {
        // Whatever an action fails by, the run goes on as its policy says; only the store makes it try again.
        $0.retry = RetryPolicy(attempts: .max, first: .milliseconds(100), longest: .seconds(1))
    }
}

/// A person's word about an action, as the run's journal has it.
struct ActionWord: Codable, Hashable, Sendable {
    enum Outcome: String, Codable, Sendable { case done, failed, runAgain }

    var outcome: Outcome
    var person: String
    var note: String
    /// Starts of the script that the person knew of.
    var starts: Int64

    static func signal(_ action: String) -> String { "action-\(action)" }
}

/// One attempt at one action.
private struct ActionScene {
    let scene: PlanScene
    let place: ActionPlace
    let action: StoredAction

    init(_ vault: VaultContext, _ run: StepRun, _ place: ActionPlace) async throws {
        scene = try await PlanScene(vault, run)
        self.place = place
        guard let action = place.action(scene.record) else {
            throw Failure(.internalError, "run step \(place.step): the run's plan has no such action")
        }
        self.action = action
    }

    private var vault: VaultContext { scene.core }
    private var job: JobID { scene.run.job }
    private var tag: String { scene.record.actionKey(action) }

    /// Whether a script that was begun still runs. One that ran out of its time while nobody watched is killed, and so
    /// is one of a run that is being cancelled.
    func stillRuns() async throws -> Bool { try await stillRuns(vault.store.action(action.id, of: job)) }

    private func stillRuns(_ row: ActionRow) async throws -> Bool {
        guard let script = action.script, row.isOpen else { return false }
        let programs = vault.environment.programs
        guard await programs.isRunning(tag: tag) else { return false }
        let isOver = vault.now.value - row.startedUs > Int64(script.timeoutUs)
        if !isOver, try await !vault.store.jobs.progress(job).isCancelling { return true }
        await programs.kill(tag: tag)
        return await programs.isRunning(tag: tag)
    }

    func act() async throws -> StepResult {
        if let why = try await notNeeded() { return .skipped(why) }
        let row = try await vault.store.action(action.id, of: job)
        // A step that a person's word has woken is not looked at before it acts.
        guard try await !stillRuns(row) else {
            throw Failure(.busy, "\(action.title): \(action.script?.program ?? "it") still runs", on: [.job(job)])
        }
        if case .signal(let payload)? = scene.run.wake {
            let word = try Stored.value(ActionWord.self, payload)
            switch word.outcome {
            case .done, .failed: return try told(word)
            case .runAgain:
                guard row.starts == word.starts, let script = action.script else { return unknown(row) }
                return try await run(script, row)
            }
        }
        guard let script = action.script else {
            return .wait(
                Wait(
                    "\(action.title): \(action.instructions ?? "")", signal: ActionWord.signal(action.id),
                    party: .person))
        }
        if row.isOpen, !script.idempotent { return unknown(row) }
        return try await run(script, row)
    }

    /// The vault died while it ran: what it did, nobody here knows.
    private func unknown(_ row: ActionRow) -> StepResult {
        .wait(
            Wait(
                "\(action.title): the vault died while \(action.script?.program ?? "it") ran, and what became of it is "
                    + "not known. See what it did, and say so: homeward plans complete \(job) \(action.id) "
                    + "--outcome done, failed or run-again",
                signal: ActionWord.signal(action.id), party: .person))
    }

    /// Nothing more begins, or no machine of its boot group starts.
    private func notNeeded() async throws -> String? {
        if let why = scene.halted() { return why }
        let units = scene.units(place.bootGroup)
        // Run again for the action's own sake: its machines are up.
        guard !units.isEmpty else { return nil }
        let standings = try await scene.standings()
        let states = units.compactMap { standings[$0.job] }
        let isUp = states.contains { $0.state == .succeeded || !$0.hasEnded }
        return isUp ? nil : "no machine of its boot group starts"
    }

    private func told(_ word: ActionWord) throws -> StepResult {
        var output = PlanStepOutput(
            "\(word.outcome == .done ? "done" : "failed"), says \(word.person)"
                + (word.note.isEmpty ? "" : ": \(word.note)"), failed: word.outcome == .failed)
        output.person = word.person
        return .done(try output.bytes())
    }

    // MARK: Scripts

    private func run(_ script: StoredScript, _ row: ActionRow) async throws -> StepResult {
        guard let directory = vault.settings.scriptsDirectory else {
            return .done(try PlanStepOutput("this vault has no directory of scripts", failed: true).bytes())
        }
        let began = ActionRow(starts: row.starts + 1, startedUs: vault.now.value)
        let (store, job, id) = (vault.store, job, action.id)
        try await store.database.write("plan-action") { try store.save(began, id, of: job, in: $0) }
        vault.environment.failpoints.reach("plans.script.before-start")
        let program = ProgramRun(
            executable: "\(directory)/\(script.program)", arguments: script.arguments,
            environment: variables(began), directory: directory, input: try await context(began), tag: tag,
            timeout: .microseconds(Int64(script.timeoutUs)), outputLimit: PlanLimits.output)
        let output: PlanStepOutput
        do { output = ended(try await runUnlessCancelled(program), script) } catch let error as ProgramError {
            output = PlanStepOutput("not started: \(error.reason)", failed: true)
        }
        vault.environment.failpoints.reach("plans.script.after-end")
        return .commit { transaction in
            var row = began
            row.hasEnded = true
            try store.save(row, id, of: job, in: transaction)
            return try output.bytes()
        }
    }

    private func ended(_ end: ProgramEnd, _ script: StoredScript) -> PlanStepOutput {
        var output: PlanStepOutput
        switch end.cause {
        case .exited(0): output = PlanStepOutput("\(script.program) succeeded")
        case .exited(let status): output = PlanStepOutput("\(script.program) exited with \(status)", failed: true)
        case .signalled(let signal):
            output = PlanStepOutput("\(script.program) was ended by signal \(signal)", failed: true)
        case .timedOut:
            let seconds = Double(script.timeoutUs) / 1_000_000
            output = PlanStepOutput("\(script.program) was killed: it took more than \(seconds) s", failed: true)
        case .cancelled: output = PlanStepOutput("\(script.program) was killed: the run was cancelled", failed: true)
        }
        if case .exited(let status) = end.cause { output.exit = status }
        output.output = String(decoding: end.output, as: UTF8.self)
        output.dropped = end.dropped
        return output
    }

    /// A cancel of the run kills the program.
    private func runUnlessCancelled(_ program: ProgramRun) async throws -> ProgramEnd {
        let (programs, clock, store) = (vault.environment.programs, vault.environment.clock, vault.store)
        let (bell, job) = (vault.bell, job)
        return try await withThrowingTaskGroup(of: ProgramEnd?.self) { group in
            group.addTask { try await programs.run(program) }
            group.addTask {
                while !Task.isCancelled {
                    let ticket = bell.ticket()
                    if (try? await store.jobs.progress(job).isCancelling) == true { return nil }
                    guard let ticket else { return try await pause(clock) }
                    await ticket.wait(until: clock.now() + lookForCancel, clock)
                }
                return nil
            }
            let first = try await group.next() ?? nil
            group.cancelAll()
            if let first { return first }
            return try await group.next().flatMap(\.self) ?? ProgramEnd(.cancelled)
        }
    }

    /// Without a place at the bell nobody looks for a cancel; the program's timeout is its bound.
    private func pause(_ clock: any Clock) async throws -> ProgramEnd? {
        while !Task.isCancelled { try await clock.sleep(for: lookForCancel) }
        return nil
    }

    private func variables(_ row: ActionRow) -> [String: String] {
        [
            "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8",
            "HOMEWARD_ACTION_KEY": tag, "HOMEWARD_ACTION": action.id, "HOMEWARD_PLAN": scene.record.plan,
            "HOMEWARD_OPERATION": scene.record.wish.operationName,
            "HOMEWARD_RUN": job.text, "HOMEWARD_DIRECTION": scene.record.wish.direction ?? "",
            "HOMEWARD_BOOT_GROUP": scene.record.spec.bootGroups[place.bootGroup].name,
            "HOMEWARD_SIDE": place.side.rawValue, "HOMEWARD_START": "\(row.starts)",
        ]
    }

    /// What a script is told on its standard input.
    private struct Context: Encodable {
        struct Member: Encodable {
            var item: String
            var name: String
            var replicationGroup: String?
            var bootGroup: String
            var job: String
            var state: String
            var point: UInt64?
        }

        var actionKey: String
        var action: String
        var plan: String
        var version: UInt64
        var run: String
        var operation: String
        var direction: String
        var bootGroup: String
        var side: String
        var start: Int64
        var members: [Member]
    }

    private func context(_ row: ActionRow) async throws -> [UInt8] {
        let record = scene.record
        let standings = try await scene.standings()
        var members: [Context.Member] = []
        for unit in record.units {
            let progress = try await vault.store.jobs.progress(try JobID(unit.job))
            for member in unit.members {
                let outputs = progress.outputs(of: try ItemID(member.item))
                let point = outputs[record.wish.operation == .drill ? "pin" : "choose"]
                    .flatMap { StepOutput($0) }?.numbers["point"]
                members.append(
                    Context.Member(
                        item: member.item, name: member.displayName, replicationGroup: unit.group,
                        bootGroup: record.spec.bootGroups[unit.bootGroup].name, job: unit.job,
                        state: unit.isDoneBefore ? "DONE" : standings[unit.job]?.word ?? "PENDING",
                        point: point))
            }
        }
        return try Stored.bytes(
            Context(
                actionKey: tag, action: action.id, plan: record.plan, version: record.version, run: job.text,
                operation: record.wish.operationName,
                direction: record.wish.direction ?? "", bootGroup: record.spec.bootGroups[place.bootGroup].name,
                side: place.side.rawValue, start: row.starts, members: members))
    }
}

private let lookForCancel: Duration = .seconds(1)
