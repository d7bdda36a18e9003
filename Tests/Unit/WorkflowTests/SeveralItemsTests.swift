import Model
import Store
import Synchronization
import Testing
import Workflow

/// Jobs over several items: what is more than the rules that hold for every job.
@Suite struct SeveralItemsTests {
    private func life(
        _ workflow: Workflow<Receivers>, _ receivers: Receivers = Receivers()
    ) async throws -> Incarnation {
        let life = try await Incarnation(try MemoryMedium(), [workflow], receivers)
        try await life.create("job-1", workflow, over: members)
        return life
    }

    @Test func `the pivot is one record, and everything before it has happened for all`() async throws {
        let receivers = Receivers()
        let workflow = Workflow(
            "hand over", version: 1, steps: [remote("release"), local("granted", pivot: true), remote("power-on")])
        let life = try await life(workflow, receivers)
        #expect(try await life.run("job-1").finished == .succeeded)
        let journal = try await life.store.journal("job-1")
        let done = journal.filter { $0.event.name == "done" && $0.event.step == "granted" }
        #expect(done.count == 1)
        let log = receivers.log
        for (step, part) in zip(["release", "power-on"] as [StepID], [log.prefix(3), log.suffix(3)]) {
            #expect(Set(part) == Set(members.map { "\(Receivers.Key($0, step))" }), "\(log)")
        }
    }

    @Test func `a commit that one item refuses is made for none`() async throws {
        let claim = Step<Receivers>("claim", .decide, "claim the item") { _, run in
            .commit { transaction in
                if run.item == "db" { throw Failure(.conflictingJob, "another job holds it") }
                try transaction.run("INSERT INTO effects (step, course) VALUES ('claim', 'forward')")
                return []
            }
        }
        let life = try await life(Workflow("claims", version: 1, steps: [claim]))
        #expect(try await life.run("job-1").finished == .failedUnwound)
        #expect(try await life.store.database.read { try $0.rows("SELECT * FROM effects").isEmpty })
    }

    @Test func `what was not needed for one item is never undone for it`() async throws {
        let receivers = Receivers(refused: ["attach"], for: "db")
        receivers.unneeded.withLock { $0 = [.init("app", "create"), .init("app", "attach")] }
        let life = try await life(Workflow("w", version: 1, steps: [remote("create"), remote("attach")]), receivers)
        #expect(try await life.run("job-1").finished == .failedUnwound)
        let undone = receivers.log.filter { $0.hasPrefix("undo") }
        #expect(undone.contains("undo create db") && undone.contains("undo attach db"))
        #expect(!undone.contains { $0.hasSuffix("app") }, "\(undone)")
    }

    @Test func `a step that no item needs is skipped`() async throws {
        let receivers = Receivers()
        receivers.unneeded.withLock { $0 = Set(members.map { .init($0, "create") }) }
        let life = try await life(Workflow("w", version: 1, steps: [remote("create")]), receivers)
        let progress = try await life.run("job-1")
        #expect(progress.step("create")?.condition == .skipped("it is there"))
    }

    @Test func `each item sees its own outputs`() async throws {
        let seen = Mutex<[ItemID: [UInt8]?]>([:])
        let first = Step<Receivers>("first", .decide, "choose") { _, run in .done(Array(run.item.text.utf8)) }
        let second = Step<Receivers>("second", .decide, "use") { _, run in
            seen.withLock { $0[run.item] = run.outputs["first"] }
            return .done([])
        }
        let life = try await life(Workflow("w", version: 1, steps: [first, second]))
        let progress = try await life.run("job-1")
        for item in members {
            #expect(seen.withLock { $0[item] } == Array(item.text.utf8))
            #expect(progress.outputs(of: item)["first"] == Array(item.text.utf8))
        }
    }

    @Test func `an item that has passed is not acted on again while another one is tried`() async throws {
        let calls = Mutex<[ItemID]>([])
        let step = Step<Receivers>("ask", "ask", by: "receiver", look: { _, _ in .notDone }) { _, run in
            let count = calls.withLock { calls in
                calls.append(run.item)
                return calls.count { $0 == run.item }
            }
            if run.item == "db", count < 4 { throw Failure(.unavailable, "away") }
            return .done([])
        }
        let life = try await life(Workflow("w", version: 1, steps: [step]))
        #expect(try await life.run("job-1").finished == .succeeded)
        #expect(calls.withLock { $0.filter { $0 != "db" }.sorted() } == ["app", "web"])
        let partly = try await life.store.journal("job-1").filter { $0.event.name == "partly" }
        #expect(partly.count == 1)
    }

    @Test func `a wait ends when every item has what it waits for`() async throws {
        let arrived = Mutex<Set<ItemID>>([])
        let waiting = Step<Receivers>("sync", .wait, "wait for the items") { _, run in
            if arrived.withLock({ $0.contains(run.item) }) { return .done([]) }
            return .wait(Wait("\(run.item) is in sync", signal: "sync", party: .agent))
        }
        let life = try await life(Workflow("w", version: 1, steps: [waiting]))
        life.runner.start("job-1")
        for (count, item) in members.enumerated() {
            while try await life.store.progress("job-1").waiting == nil { await Task.yield() }
            let condition = try await life.store.progress("job-1").waiting?.wait.condition
            #expect(condition?.split(separator: ";").count == members.count - count)
            arrived.withLock { _ = $0.insert(item) }
            try await life.runner.signal("job-1", "sync")
            while try await life.store.progress("job-1").waiting?.wait.condition == condition { await Task.yield() }
        }
        await life.tasks.idle()
        #expect(try await life.store.progress("job-1").finished == .succeeded)
    }

    @Test func `past the pivot a person is asked about one item when all others are through`() async throws {
        let tries = Mutex(0)
        let step = Step<Receivers>("power-on", "start", by: "platform", look: { _, _ in .notDone }) { _, run in
            if run.item == "app" { throw Failure(.dataCorrupt, "refused for good") }
            if run.item == "db", tries.withLock({ $0 += 1; return $0 }) < 5 { throw Failure(.unavailable, "away") }
            return .done([1])
        }
        let life = try await life(Workflow("w", version: 1, steps: [local("granted", pivot: true), step]))
        let stuck = try #require(try await life.run("job-1").stuck)
        #expect(tries.withLock { $0 } == 5)
        #expect(stuck.failure.subjects.contains(.item("app")) || stuck.failure.code == .dataCorrupt)
        try await life.runner.resolve("job-1", .accept(output: [2]), by: operatorStatement)
        await life.tasks.idle()
        let progress = try await life.store.progress("job-1")
        #expect(progress.finished == .succeeded)
        #expect(progress.outputs(of: "app")["power-on"] == [2])
        #expect(progress.outputs(of: "db")["power-on"] == [1])
    }

    @Test func `a plan over several items reads back, one over an item is stored as ever`() throws {
        let workflow = Workflow("w", version: 1, steps: [remote("attach")])
        let several = workflow.plan(item: "shop", over: members, parameters: [1])
        #expect(try Plan(record: several.record) == several)
        let one = workflow.plan(item: "web", parameters: [1])
        #expect(one.record.first == 1)
        #expect(try Plan(record: one.record) == one)
    }
}
