import Environment
import Model
import Store
import Synchronization
import Testing
import Workflow

@Suite struct JobRunnerTests {
    private let three = Workflow(
        "three", version: 1, steps: [local("mint", undoesFirst: true), remote("attach"), remote("power-on")])

    private func life(
        _ workflow: Workflow<Receivers>, _ receivers: Receivers = Receivers()
    ) async throws -> Incarnation {
        let life = try await Incarnation(try MemoryMedium(), [workflow], receivers)
        try await life.create("job-1", workflow)
        return life
    }

    @Test func `unwinding begins with the steps that undo first and then goes backwards`() async throws {
        let receivers = Receivers(refused: ["power-on"])
        let life = try await life(three, receivers)
        #expect(try await life.run("job-1").finished == .failedUnwound)
        let undone = try await life.store.journal("job-1").compactMap { entry -> StepID? in
            if case .undone(let step, _) = entry.event { step } else { nil }
        }
        #expect(undone == ["mint", "power-on", "attach"])
        #expect(receivers.log == ["attach", "undo power-on", "undo attach"])
    }

    @Test func `an undo that fails for good is stuck, and a person's word ends it`() async throws {
        let receivers = Receivers(refused: ["power-on"])
        receivers.undoRefused.withLock { $0 = ["attach"] }
        let life = try await life(three, receivers)
        let stuck = try #require(try await life.run("job-1").stuck)
        #expect(stuck.step == "attach")
        #expect(stuck.lastProven == "done: do attach; unwinding")
        await #expect(throws: Failure.self) {
            try await life.runner.resolve("job-1", .cancel, by: operatorStatement)
        }
        try await life.runner.resolve("job-1", .retry, by: operatorStatement)
        await life.tasks.idle()
        #expect(try await life.store.progress("job-1").state == .stuck)
        try await life.runner.resolve("job-1", .accept(output: []), by: operatorStatement)
        await life.tasks.idle()
        #expect(try await life.store.progress("job-1").finished == .failedUnwound)
    }

    @Test func `a record of the store itself is not stated to be done by anybody`() async throws {
        let isRefused = Mutex(true)
        let release = Step<Receivers>("release", .decide, "release the item") { _, _ in
            if isRefused.withLock({ $0 }) { throw Failure(.dataCorrupt, "held by another") }
            return .commit { _ in [9] }
        }
        let life = try await life(
            Workflow("w", version: 1, steps: [local("granted", pivot: true), release]), Receivers())
        let stuck = try #require(try await life.run("job-1").stuck)
        #expect(!stuck.commands.contains { $0.contains("accept") }, "\(stuck.commands)")
        let refused = await #expect(throws: Failure.self) {
            try await life.runner.resolve("job-1", .accept(output: []), by: operatorStatement)
        }
        #expect(refused?.message.contains("release the item") == true && refused?.message.contains("retry") == true)
        #expect(try await life.store.progress("job-1").state == .stuck)
        isRefused.withLock { $0 = false }
        try await life.runner.resolve("job-1", .retry, by: operatorStatement)
        await life.tasks.idle()
        #expect(try await life.store.progress("job-1").finished == .succeeded)
    }

    @Test func `a step refused as quarantined is stuck also before the pivot, nothing is undone`() async throws {
        let receivers = Receivers()
        let refused = Step<Receivers>("refused", "ask", by: "receiver", look: { _, _ in .notDone }) { _, _ in
            throw Failure(.quarantined, "this record is an old one")
        }
        let workflow = Workflow(
            "refused", version: 1, steps: [local("mint", undoesFirst: true), remote("attach"), refused])
        let life = try await life(workflow, receivers)
        let progress = try await life.run("job-1")
        #expect(progress.state == .stuck && !progress.isUnwinding)
        #expect(progress.stuck?.failure.code == .quarantined)
        #expect(receivers.log == ["attach"])
    }

    @Test func `a job that a person ends stays where it is, and is not gone on with`() async throws {
        let receivers = Receivers(refused: ["power-on"])
        receivers.undoRefused.withLock { $0 = ["attach"] }
        let life = try await life(three, receivers)
        #expect(try await life.run("job-1").state == .stuck)
        let log = receivers.log
        let runner = life.runner
        let ended = try await life.store.database.write("end") { transaction in
            [
                try runner.end("job-1", by: operatorStatement, in: transaction),
                try runner.end("job-1", by: operatorStatement, in: transaction),
            ]
        }
        #expect(ended == [true, false])
        try await runner.resumeAll()
        #expect(try await life.run("job-1").finished == .cancelled)
        #expect(receivers.log == log)
    }

    @Test func `a job cancelled before it began undoes its first step, whose effect was stored with it`() async throws {
        let receivers = Receivers()
        let life = try await life(three, receivers)
        try await life.runner.cancel("job-1", by: operatorStatement)
        await life.tasks.idle()
        let names = try await life.store.journal("job-1").map(\.event.name)
        #expect(names == ["cancel-requested", "unwinding", "undo-started", "undone", "finished"])
        #expect(try await life.store.progress("job-1").finished == .cancelled)
        #expect(receivers.log.isEmpty)
    }

    @Test func `jobs that are held back are not gone on with until they are free`() async throws {
        let receivers = Receivers()
        let life = try await life(three, receivers)
        try await life.runner.resumeAll { job, plan in job == "job-1" && plan.item == "web" }
        await life.tasks.idle()
        #expect(receivers.log.isEmpty)
        try await life.runner.resumeAll()
        await life.tasks.idle()
        #expect(try await life.store.progress("job-1").finished == .succeeded)
    }

    @Test func `a step gives up after its attempts only while the job can unwind`() async throws {
        let tries = Mutex(0)
        func workflow(afterPivot: Bool) -> Workflow<Receivers> {
            let busy = Step<Receivers>("busy", "ask", by: "receiver", look: { _, _ in .notDone }) { _, _ in
                if tries.withLock({ $0 += 1; return $0 }) <= 30 { throw Failure(.unavailable, "away") }
                return .done([])
            }
            return Workflow("busy", version: 1, steps: [local("pivot", pivot: afterPivot), busy])
        }
        let before = workflow(afterPivot: false)
        #expect(try await life(before).run("job-1").finished == .failedUnwound)
        #expect(tries.withLock { $0 } == RetryPolicy().attempts)
        tries.withLock { $0 = 0 }
        let life = try await life(workflow(afterPivot: true))
        #expect(try await life.run("job-1").finished == .succeeded)
        let failures = try await life.store.journal("job-1").filter { $0.event.name == "attempt-failed" }
        #expect(failures.count == 20, "the journal stays small")
    }

    @Test func `a wait is durable and ends by a signal sent before, during or after a restart`() async throws {
        let waiting = Step<Receivers>("agent", .wait, "wait for the agent") { _, run in
            if case .signal(let payload) = run.wake { return .done(payload) }
            return .wait(Wait("the agent registers", signal: "registered", party: .agent))
        }
        let workflow = Workflow("waits", version: 1, steps: [waiting, remote("attach")])
        let early = try await life(workflow)
        early.runner.start("job-1")
        try await early.runner.signal("job-1", "registered", [5])
        await early.tasks.idle()
        #expect(try await early.store.progress("job-1").outputs["agent"] == [5])

        let medium = try MemoryMedium()
        let first = try await Incarnation(medium, [workflow], Receivers())
        try await first.create("job-1", workflow)
        first.runner.start("job-1")
        while try await first.store.progress("job-1").waiting == nil { await Task.yield() }
        #expect(try await first.store.changed(after: 0).map(\.state) == [.waitingAgent])
        let second = try await Incarnation(medium, [workflow], Receivers())
        try await second.runner.signal("job-1", "registered", [6])
        await second.tasks.idle()
        let progress = try await second.store.progress("job-1")
        #expect(progress.finished == .succeeded && progress.outputs["agent"] == [6])
        let rows = try await second.store.database.read { try $0.rows("SELECT job FROM waits").count }
        #expect(rows == 0)
        first.runner.start("job-1")
        await first.tasks.idle()
    }

    @Test func `a wait ends at its deadline`() async throws {
        let waiting = Step<Receivers>("agent", .wait, "wait for the agent") { _, run in
            if run.wake == .deadline { throw Failure(.gatesFailed, "the agent never registered") }
            let limit = UnixMicroseconds(900_000_000)
            return .wait(Wait("the agent registers", signal: "registered", party: .agent, deadline: limit))
        }
        let workflow = Workflow("waits", version: 1, steps: [remote("attach"), waiting])
        let progress = try await life(workflow).run("job-1")
        #expect(progress.finished == .failedUnwound && progress.unwindingCause?.code == .gatesFailed)
    }

    @Test func `an attempt past its deadline is looked at and not called failed`() async throws {
        let acted = Mutex(false)
        let slow = Step<Receivers>(
            "slow", "ask", by: "receiver", look: { _, _ in acted.withLock { $0 } ? .done([3]) : .notDone }
        ) { _, _ in
            acted.withLock { $0 = true }
            while !Task.isCancelled { await Task.yield() }
            throw CancellationError()
        }.with { $0.deadline = .seconds(1) }
        let progress = try await life(Workflow("slow", version: 1, steps: [slow])).run("job-1")
        #expect(progress.finished == .succeeded && progress.outputs["slow"] == [3])
        #expect(progress.step("slow")?.lastFailure?.disposition == .unknownOutcome)
    }

    @Test func `a job of an older version runs its own steps and is stuck at one that is gone`() async throws {
        let medium = try MemoryMedium()
        let receivers = Receivers()
        let first = try await Incarnation(medium, [three], receivers)
        try await first.create("job-1", three)
        let newer = Workflow("three", version: 2, steps: [local("mint"), remote("power-on"), remote("certify")])
        let second = try await Incarnation(medium, [newer], receivers)
        let stuck = try #require(try await second.run("job-1").stuck)
        #expect(stuck.step == "attach" && stuck.failure.code == .stepMissing)
        #expect(stuck.failure.message.contains("version 1") && stuck.failure.message.contains("version 2"))
        let third = try await Incarnation(medium, [three], receivers)
        try await third.runner.resolve("job-1", .retry, by: operatorStatement)
        await third.tasks.idle()
        #expect(try await third.store.progress("job-1").finished == .succeeded)
        #expect(receivers.effects == [.init("web", "attach"), .init("web", "power-on")])
    }

    @Test func `a commit that throws leaves nothing behind`() async throws {
        let step = Step<Receivers>("claim", .decide, "claim the item") { _, _ in
            .commit { transaction in
                try transaction.run("INSERT INTO effects (step, course) VALUES ('claim', 'forward')")
                throw Failure(.conflictingJob, "another job holds the item")
            }
        }
        let life = try await life(Workflow("claims", version: 1, steps: [step]))
        let progress = try await life.run("job-1")
        #expect(progress.finished == .failedUnwound && progress.unwindingCause?.code == .conflictingJob)
        #expect(try await life.store.database.read { try $0.rows("SELECT * FROM effects").isEmpty })
    }

    @Test func `a finished job can be neither cancelled nor signalled nor resolved`() async throws {
        let life = try await life(three)
        _ = try await life.run("job-1")
        await #expect(throws: Failure.self) { try await life.runner.cancel("job-1", by: operatorStatement) }
        await #expect(throws: Failure.self) { try await life.runner.signal("job-1", "x") }
        await #expect(throws: Failure.self) { try await life.runner.resolve("job-1", .retry, by: operatorStatement) }
    }

    @Test func `revisions rise so that a watcher resumes`() async throws {
        let life = try await life(three)
        let before = try #require(try await life.store.changed(after: 0).last?.revision)
        _ = try await life.run("job-1")
        let changes = try await life.store.changed(after: before)
        #expect(changes.map(\.state) == [.succeeded])
        #expect(try await life.store.changed(after: changes[0].revision).isEmpty)
    }
}
