import Model
import Store
import Testing
import Workflow

struct Run: Sendable {
    let seed: UInt64
    let scope: [ItemID]
}

private let runs = (0..<4).map { Run(seed: $0, scope: []) } + (1..<3).map { Run(seed: $0, scope: members) }

/// A run passes fewer.
private let mostFailpoints = 1_000

/// Every test runs over one item and over several.
private let scopes: [[ItemID]] = [[], members]

@Suite struct RandomWorkflowTests {
    /// The rules that hold however a job ended.
    private func check(
        _ workflow: Workflow<Receivers>, _ progress: Progress, _ receivers: Receivers, _ store: JobStore,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let entries = try await store.journal("job-1", limit: 100_000)
        let events = entries.map(\.event)
        #expect(try Progress.fold(progress.plan, events) == progress, sourceLocation: sourceLocation)
        let rows = try await store.database.read { transaction in
            try transaction.rows("SELECT step, course FROM effects ORDER BY rowid").map {
                "\(try $0.text("course")) \(try $0.text("step"))"
            }
        }
        #expect(Set(rows).count == rows.count, "a local effect happened twice", sourceLocation: sourceLocation)
        let log = receivers.log
        #expect(Set(log).count == log.count, "a remote effect happened twice", sourceLocation: sourceLocation)
        let items = progress.plan.items
        func keys(_ belongs: (Step<Receivers>) -> Bool) -> Set<Receivers.Key> {
            Set(workflow.steps.filter(belongs).flatMap { step in items.map { Receivers.Key($0, step.id) } })
        }
        let remote = keys { $0.kind == .act }
        switch progress.finished {
        case .succeeded:
            #expect(receivers.effects == remote, sourceLocation: sourceLocation)
            #expect(rows.count == workflow.steps.count * items.count - remote.count, sourceLocation: sourceLocation)
            #expect(!log.contains { $0.hasPrefix("undo") }, sourceLocation: sourceLocation)
        case .cancelled, .failedUnwound:
            #expect(!progress.pivotCrossed, sourceLocation: sourceLocation)
            let undoable = keys { $0.undoTitle != nil }
            #expect(receivers.effects.isDisjoint(with: undoable), sourceLocation: sourceLocation)
            let forward = rows.filter { $0.hasPrefix("forward") }.count
            #expect(rows.count - forward >= forward, sourceLocation: sourceLocation)
        default: Issue.record("the job ended as \(progress.state)", sourceLocation: sourceLocation)
        }
        checkUndoOrder(workflow, events, sourceLocation)
        checkBarriers(workflow, log, sourceLocation)
        try await checkColumns(store, sourceLocation: sourceLocation)
    }

    /// What listings and watches read says the same as the journal.
    private func checkColumns(_ store: JobStore, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let progress = try await store.progress("job-1")
        let row = try #require(try await store.changed(after: 0).first, sourceLocation: sourceLocation)
        #expect(row.state == progress.state, sourceLocation: sourceLocation)
        let (finished, waits) = try await store.database.read { transaction in
            (
                try transaction.rows("SELECT id FROM jobs WHERE finished = 1").count,
                try transaction.rows("SELECT step FROM waits").map { try StepID($0.text("step")) }
            )
        }
        #expect(finished == (progress.finished == nil ? 0 : 1), sourceLocation: sourceLocation)
        #expect(waits == [progress.waiting?.step].compactMap { $0 }, sourceLocation: sourceLocation)
    }

    /// Going forward nothing of a step happens before the step before it has happened for every item.
    private func checkBarriers(
        _ workflow: Workflow<Receivers>, _ log: [String], _ sourceLocation: SourceLocation
    ) {
        let order = workflow.steps.map(\.id.text)
        let places = log.filter { !$0.hasPrefix("undo") }.compactMap { line in
            order.firstIndex { line == $0 || line.hasPrefix("\($0) ") }
        }
        #expect(places == places.sorted(), "\(log)", sourceLocation: sourceLocation)
    }

    /// Those that undo first, then the others; each part backwards; each step at most once.
    private func checkUndoOrder(
        _ workflow: Workflow<Receivers>, _ events: [JournalEvent], _ sourceLocation: SourceLocation
    ) {
        let undone = events.compactMap { if case .undone(let step, _) = $0 { step } else { nil } }
        let started = events.compactMap { if case .started(let step) = $0 { step } else { nil } }
        // The first one's effect may have been stored with the job.
        let touched = started + workflow.steps.prefix(1).map(\.id)
        let order = workflow.steps.reversed().filter { touched.contains($0.id) && $0.undoTitle != nil }
        let expected = order.filter(\.undoesFirst).map(\.id) + order.filter { !$0.undoesFirst }.map(\.id)
        #expect(undone.isEmpty || undone == expected, sourceLocation: sourceLocation)
    }

    @Test(arguments: UInt64(0)..<30, scopes)
    func `trouble delays a job and changes nothing else`(_ seed: UInt64, _ scope: [ItemID]) async throws {
        let workflow = randomWorkflow(seed)
        let receivers = Receivers(seed: seed, trouble: 25)
        let life = try await Incarnation(try MemoryMedium(), [workflow], receivers, seed: seed)
        try await life.create("job-1", workflow, over: scope)
        let progress = try await life.run("job-1")
        #expect(progress.finished == .succeeded)
        try await check(workflow, progress, receivers, life.store)
    }

    @Test(arguments: UInt64(0)..<15, scopes)
    func `a refusal at any step, of one item, unwinds all before the pivot and sticks after it`(
        _ seed: UInt64, _ scope: [ItemID]
    ) async throws {
        let workflow = randomWorkflow(seed)
        let pivot = workflow.steps.firstIndex(where: \.isPivot)
        for (index, step) in workflow.steps.enumerated() where step.kind == .act {
            let second = scope.dropFirst().first ?? "web"
            let receivers = Receivers(seed: seed, trouble: 20, refused: [step.id], for: second)
            let life = try await Incarnation(try MemoryMedium(), [workflow], receivers, seed: seed)
            try await life.create("job-1", workflow, over: scope)
            var progress = try await life.run("job-1")
            if let pivot, index > pivot {
                let stuck = try #require(progress.stuck)
                #expect(stuck.step == step.id && stuck.failure.code == .dataCorrupt)
                #expect(!stuck.commands.contains { $0.contains("cancel") })
                await #expect(throws: Failure.self) { try await life.runner.cancel("job-1", by: operatorStatement) }
                #expect(!receivers.log.contains { $0.hasPrefix("undo") })
                receivers.refused.withLock { $0 = [] }
                try await life.runner.resolve("job-1", .retry, by: operatorStatement)
                await life.tasks.idle()
                progress = try await life.store.progress("job-1")
                #expect(progress.finished == .succeeded)
            } else {
                #expect(progress.finished == .failedUnwound)
                #expect(progress.unwindingCause?.code == .dataCorrupt)
            }
            try await check(workflow, progress, receivers, life.store)
        }
    }

    @Test(arguments: runs, [false, true])
    func `a kill at each failpoint and a restart converge`(_ run: Run, _ fails: Bool) async throws {
        let (seed, scope) = (run.seed, run.scope)
        let workflow = randomWorkflow(seed)
        let pivot = workflow.steps.firstIndex(where: \.isPivot) ?? workflow.steps.count
        let victim = workflow.steps[...min(pivot, workflow.steps.count - 1)].last { $0.kind == .act }
        if fails, victim == nil { return }
        for count in 0..<mostFailpoints {
            let medium = try MemoryMedium()
            let receivers = Receivers(
                seed: seed, trouble: 10, refused: fails ? [victim!.id] : [], for: scope.dropFirst().first ?? "web")
            try await Incarnation(medium, [workflow], receivers).create("job-1", workflow, over: scope)
            let failpoints = KillAfter(count, medium)
            let doomed = try await Incarnation(medium, [workflow], receivers, seed: seed, failpoints: failpoints)
            doomed.runner.start("job-1")
            await doomed.tasks.idle()
            let life = try await Incarnation(medium, [workflow], receivers, seed: seed + 1)
            try await checkColumns(life.store)
            try await life.runner.resumeAll()
            await life.tasks.idle()
            let progress = try await life.store.progress("job-1")
            #expect(progress.finished == (fails ? .failedUnwound : .succeeded), "killed at failpoint \(count)")
            try await check(workflow, progress, receivers, life.store)
            if !failpoints.hit { return }
        }
        Issue.record("the job never ran to its end without a kill")
    }

    @Test(arguments: runs)
    func `a cancel after each record unwinds, or comes too late and the job goes on`(_ run: Run) async throws {
        let (seed, scope) = (run.seed, run.scope)
        let workflow = randomWorkflow(seed)
        for count in 0..<mostFailpoints {
            let medium = try MemoryMedium()
            let receivers = Receivers(seed: seed, trouble: 10)
            try await Incarnation(medium, [workflow], receivers).create("job-1", workflow, over: scope)
            let failpoints = KillAfter(count, medium)
            let doomed = try await Incarnation(medium, [workflow], receivers, seed: seed, failpoints: failpoints)
            doomed.runner.start("job-1")
            await doomed.tasks.idle()
            let life = try await Incarnation(medium, [workflow], receivers, seed: seed + 1)
            let before = try await life.store.progress("job-1")
            do { try await life.runner.cancel("job-1", by: operatorStatement) } catch let failure as Failure {
                #expect(failure.code == .operationNotAllowed)
                #expect(before.pivotCrossed || before.finished != nil)
            }
            try await life.runner.resumeAll()
            await life.tasks.idle()
            let progress = try await life.store.progress("job-1")
            #expect(progress.finished == (progress.pivotCrossed || before.finished != nil ? .succeeded : .cancelled))
            try await check(workflow, progress, receivers, life.store)
            if !failpoints.hit { return }
        }
        Issue.record("the job never ran to its end without a kill")
    }
}
