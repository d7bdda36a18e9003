import Environment
import Model
import Store
import Synchronization
import Testing
import Workflow

/// How a step begins: with the record that ended the one before it.
@Suite struct BeginTests {
    private let two = Workflow("two", version: 1, steps: [local("mint", undoesFirst: true), remote("attach")])

    /// Remembers each commit, and ends the incarnation after one of them.
    private final class Commits: Failpoints {
        private let names = Mutex<[String]>([])
        private let last: String?
        private let medium: MemoryMedium

        init(_ medium: MemoryMedium, last: String? = nil) {
            self.medium = medium
            self.last = last
        }

        var all: [String] { names.withLock { $0 } }

        func reach(_ name: String) {
            guard name.hasPrefix("test."), name.hasSuffix(".after-commit") else { return }
            let transaction = String(name.dropFirst("test.".count).dropLast(".after-commit".count))
            names.withLock { $0.append(transaction) }
            if transaction == last { medium.kill() }
        }
    }

    /// `attach`, with how often it was looked at.
    private func counted(_ looks: Looks) -> Workflow<Receivers> {
        let attach = Step<Receivers>(
            "attach", "do attach", by: "receiver",
            look: { receivers, run in
                looks.add()
                return try receivers.look(run)
            }, undo: ("undo attach", { receivers, run in try receivers.undo(run) })
        ) { receivers, run in try receivers.act(run) }
        return Workflow("two", version: 1, steps: [local("mint", undoesFirst: true), attach])
    }

    private final class Looks: Sendable {
        private let count = Mutex(0)
        var number: Int { count.withLock { $0 } }
        func add() { count.withLock { $0 += 1 } }
    }

    @Test func `a step begins in the transaction that ends the one before it`() async throws {
        let medium = try MemoryMedium()
        let commits = Commits(medium)
        let life = try await Incarnation(medium, [two], Receivers(), failpoints: commits)
        try await life.create("job-1", two)
        #expect(try await life.run("job-1").finished == .succeeded)
        #expect(commits.all == ["create", "journal-started", "journal-done", "journal-done", "journal-finished"])
        let records = try await life.store.journal("job-1").map(\.event.name)
        #expect(records == ["started", "done", "started", "done", "finished"])
    }

    @Test func `a step that this task began is not looked at before it acts`() async throws {
        let (looks, receivers) = (Looks(), Receivers())
        let workflow = counted(looks)
        let life = try await Incarnation(try MemoryMedium(), [workflow], receivers)
        try await life.create("job-1", workflow)
        #expect(try await life.run("job-1").finished == .succeeded)
        #expect(looks.number == 0)
        #expect(receivers.log == ["attach"])
    }

    /// The step that a dead task had begun, before it acted at it.
    private func begun(_ looks: Looks, _ receivers: Receivers) async throws -> Incarnation {
        let (workflow, medium) = (counted(looks), try MemoryMedium())
        // What it still does after its last commit reaches nobody.
        let doomed = try await Incarnation(
            medium, [workflow], Receivers(), failpoints: Commits(medium, last: "journal-done"))
        try await doomed.create("job-1", workflow)
        _ = try? await doomed.run("job-1")
        let life = try await Incarnation(medium, [workflow], receivers)
        #expect(try await life.store.progress("job-1").openStep?.id == "attach")
        return life
    }

    @Test func `a step that was found begun is looked at first`() async throws {
        let (looks, receivers) = (Looks(), Receivers())
        let life = try await begun(looks, receivers)
        #expect(try await life.run("job-1").finished == .succeeded)
        #expect(looks.number == 1)
        #expect(receivers.log == ["attach"])
    }

    @Test func `a cancel that finds the next step begun looks at it and does not act`() async throws {
        let (looks, receivers) = (Looks(), Receivers())
        let life = try await begun(looks, receivers)
        try await life.runner.cancel("job-1", by: operatorStatement)
        await life.tasks.idle()
        #expect(try await life.store.progress("job-1").finished == .cancelled)
        #expect(looks.number == 1)
        // Its undo leaves a tombstone for a call that may still come.
        #expect(receivers.log == ["undo attach"])
    }
}
