import Model
import Testing
@testable import Workflow

@Suite struct ProgressTests {
    private let plan = Plan(
        workflow: "w", version: 1, item: "web", parameters: [1],
        steps: [
            .init(id: "a", title: "A", actor: "vault", hasUndo: true),
            .init(id: "p", title: "P", actor: "vault", isPivot: true),
            .init(id: "z", title: "Z", actor: "vault", hasUndo: true),
        ])

    private var toPivot: [JournalEvent] {
        [.started("a"), .done("a", output: []), .started("p"), .done("p", output: [])]
    }

    @Test func `a record that cannot follow is reported`() {
        let impossible: [[JournalEvent]] = [
            [.started("z")], [.done("a", output: [])], [.started("a"), .started("a")], [.started("nobody")],
            [.undoStarted("a")], [.started("a"), .undoStarted("a")], [.started("a"), .unwinding(nil)],
            toPivot + [.unwinding(nil)], toPivot + [.undoStarted("a")], [.finished(.running)],
            [.finished(.succeeded), .started("a")], [.resolved(.retry, by: operatorStatement)],
            [.started("a"), .woken("a", .deadline)],
        ]
        for journal in impossible {
            let failure = #expect(throws: Failure.self, "\(journal)") { try Progress.fold(plan, journal) }
            #expect(failure?.code == .journalUnreadable)
        }
    }

    @Test func `a cancel while the pivot is unanswered resolves it first`() throws {
        var progress = try Progress.fold(plan, Array(toPivot.dropLast()) + [.cancelRequested(operatorStatement)])
        #expect(progress.next == .resolve("p"))
        var crossed = progress
        try crossed.apply(.done("p", output: []))
        #expect(crossed.next == .act("z") && !crossed.isCancelling)
        try progress.apply(.notDone("p"))
        #expect(progress.next == .unwind(nil))
    }

    @Test func `a permanent failure after the pivot is stuck and before it unwinds`() throws {
        let failure = Failure(.dataCorrupt, "x")
        #expect(try Progress.fold(plan, [.started("a"), .failed("a", failure)]).next == .unwind(failure))
        #expect(try Progress.fold(plan, toPivot + [.started("z"), .failed("z", failure)]).next == .stick("z", failure))
    }

    @Test func `retry elsewhere changes the parameters`() throws {
        let failure = Failure(.dataCorrupt, "x")
        let stuck = Stuck(step: "z", failure: failure, lastProven: "", safe: "", commands: [])
        let progress = try Progress.fold(
            plan,
            toPivot + [
                .started("z"), .failed("z", failure), .stuck(stuck),
                .resolved(.retryElsewhere(parameters: [2]), by: operatorStatement),
            ])
        #expect(progress.parameters == [2] && progress.next == .act("z"))
    }

    @Test func `every record and the plan read back from their stored form`() throws {
        let failure = Failure(.busy, "x", on: [.item("web")])
        let wait = Wait("c", signal: "s", party: .person, deadline: .init(-3))
        let events: [JournalEvent] = [
            .started("a"), .attemptFailed("a", attempt: 3, failure), .done("a", output: [1]),
            .skipped("a", reason: "r"), .failed("a", failure), .notDone("a"), .waiting("a", wait),
            .signalled("s", [2]), .woken("a", .signal([3])), .woken("a", .deadline),
            .cancelRequested(operatorStatement), .unwinding(nil), .unwinding(failure), .undoStarted("a"),
            .undone("a", output: []), .undoFailed("a", failure),
            .stuck(Stuck(step: "a", failure: failure, lastProven: "l", safe: "s", commands: ["c"])),
            .resolved(.retry, by: operatorStatement), .resolved(.cancel, by: operatorStatement),
            .resolved(.retryElsewhere(parameters: [4]), by: operatorStatement),
            .resolved(.accept(output: [5]), by: operatorStatement), .finished(.cancelled),
        ]
        for event in events { #expect(try JournalEvent(name: event.name, record: event.record) == event) }
        #expect(throws: Failure.self) { try JournalEvent(name: "unheard-of", record: events[0].record) }
        #expect(try Plan(record: plan.record) == plan)
    }

    @Test func `a preview says at each step what a cancel does`() {
        let workflow = Workflow(
            "w", version: 1,
            steps: [local("mint"), remote("look-up", undo: false), local("p", pivot: true), remote("z")])
        #expect(
            workflow.preview.map(\.onCancel) == [.undone("mint mint again"), .nothingToUndo, .refused, .refused])
    }

    @Test func `pauses double up to the longest and are at least half of it`() {
        let policy = RetryPolicy(attempts: 3, first: .seconds(1), longest: .seconds(10))
        #expect(policy.pause(after: 1, random: 0) == .milliseconds(500))
        #expect(policy.pause(after: 3, random: 0) == .seconds(2))
        #expect(policy.pause(after: 60, random: .max) <= .seconds(10))
        #expect(policy.pause(after: 60, random: 0) == .seconds(5))
    }
}
