import Foundation
import Messages
import Model
import Simulation
import Testing
import Workflow

@testable import VaultOrchestrator

/// What holds for every kind of workflow that a job can run, whichever is added: killed anywhere it ends the same with
/// each effect made once, refused anywhere it goes back to where it began or goes on once that is mended, cancelled
/// anywhere it goes back or on to its end, and what is stored of it is understood by the code that comes after.
///
/// `make workflow-kinds` tries all kinds at many instants; `make test` a few kinds that nothing else kills, at one
/// each, and that no kind is missing here.
@Suite struct WorkflowKindTests {
    /// Instants of each kind; nil for the few of `make test`.
    private static let instants = ProcessInfo.processInfo.environment["HOMEWARD_KILLS_OF_A_KIND"].flatMap { Int($0) }
    private static let few = [
        "change-point-home", "commit-failback", "exclude-disk", "move-master-target", "renew-replica",
        "reprotect-home-alternate", "resync", "test-failback-in-plan",
    ]
    private static let tried = instants == nil ? WorkflowKind.all.filter { few.contains($0.name) } : WorkflowKind.all

    @Test func `every kind that a job can run is tried here`() {
        #expect(Set(VaultCore.workflows.map(\.name)) == Set(WorkflowKind.all.map(\.name)))
        #expect(VaultCore.workflows.count == WorkflowKind.all.count)
    }

    @Test func `a record of the vault's own, and what takes one back, can be tried again and not stated`() {
        // What they undo are effects elsewhere; forward they record what there is.
        let effects: Set<StepID> = ["resume", "go-back", "give-back", "held"]
        for workflow in VaultCore.workflows {
            for step in workflow.steps where [.decide, .mint].contains(step.kind) && step.undoTitle != nil {
                #expect(step.undoIsRecord || effects.contains(step.id), "\(workflow.name): \(step.id)")
            }
        }
    }

    @Test(arguments: tried)
    func `it ends the same wherever the vault is killed, and each effect is made once`(_ kind: WorkflowKind) throws {
        let whole = try KindRun(kind)
        #expect(whole.workflows.contains(kind.name), "\(whole.workflows)")
        // Each of its own steps before it acts and after it, and the records of its journal.
        let places = whole.reaches.flatMap { reach in (reach.before + 1..<reach.count + 1).map { (reach.name, $0) } }
        #expect(!places.isEmpty)
        let pace = max(1, places.count / (Self.instants ?? 1))
        for place in Swift.stride(from: places.count - 1 - pace / 2, through: 0, by: -pace) {
            let (name, count) = places[place]
            let run = try KindRun(kind, killedAt: (name, count))
            #expect(run.lives == 2, "not killed at \(name) #\(count)")
            #expect(run.end == whole.end, "killed at \(name) #\(count)")
            #expect(run.effects == whole.effects, "killed at \(name) #\(count)")
        }
    }

    @Test(arguments: tried)
    func `refused anywhere it goes back, or goes on once that is mended`(_ kind: WorkflowKind) throws {
        let whole = try KindRun(kind)
        let calls = whole.calls.sorted()
        for call in Self.instants == nil ? Array(calls.prefix(1)) : calls {
            let run = try KindRun(kind, refusing: call)
            if run.wasStuck {
                #expect(run.end == whole.end, "\(call) refused, then mended")
            } else {
                #expect(run.end == run.start || run.end == whole.end, "\(call) refused: \(run.end)")
            }
        }
    }

    @Test(arguments: tried)
    func `killed anywhere on its way back it is where it began, and each effect is taken back once`(
        _ kind: WorkflowKind
    ) throws {
        // The last call that is refused before the point of no return has most to be taken back. Where none makes it go
        // back a person calls it off before that point.
        let calls: [String?] = try KindRun(kind).calls.reversed() + [nil]
        var found: (call: String?, run: KindRun)?
        for call in calls where found == nil {
            let run = try KindRun(kind, refusing: call, cancelledAt: call == nil ? "claim.end" : nil)
            if !run.wasStuck, run.end == run.start, !run.placesBack.isEmpty { found = (call, run) }
        }
        // A check has nothing to take back, nor has a plan's run of jobs that go their own ways.
        guard let (call, whole) = found else {
            return #expect(["check-infrastructure", "plan-members"].contains(kind.name))
        }
        let places = whole.placesBack
        let pace = max(1, places.count / (Self.instants ?? 1))
        for place in Swift.stride(from: places.count - 1 - pace / 2, through: 0, by: -pace) {
            let (name, count) = places[place]
            let run = try KindRun(
                kind, killedAt: (name, count), refusing: call, cancelledAt: call == nil ? "claim.end" : nil)
            let what: Comment = "\(call ?? "called off"), killed at \(name) #\(count)"
            #expect(run.lives == 2, what)
            #expect(run.end == whole.end, what)
            #expect(run.effects == whole.effects, what)
            #expect(run.takenBack == whole.takenBack, what)
        }
    }

    @Test(arguments: tried)
    func `cancelled after any step it goes back, or on to its end`(_ kind: WorkflowKind) throws {
        let whole = try KindRun(kind)
        let workflow = try #require(VaultCore.workflows.first { $0.name == kind.name })
        let pivot = workflow.steps.firstIndex(where: \.isPivot) ?? workflow.steps.count
        // One place behind the point of no return, where it is refused.
        let places = workflow.steps.prefix(pivot + 2).map { "\($0.id).end" }.filter { place in
            whole.rests.contains("workflow.\(kind.name).\(place)")
        }
        #expect(!places.isEmpty)
        for place in Self.instants == nil ? Array(places.dropLast().suffix(1)) : places {
            let run = try KindRun(kind, cancelledAt: place)
            if run.wasStuck || run.wentOn {
                #expect(run.end == whole.end, "cancelled at \(place)")
            } else {
                #expect(run.end == run.start, "cancelled at \(place)")
            }
        }
    }

    /// A plan that was stored by an earlier program runs its own steps (`JobRunnerTests`), so none of them may be gone.
    @Test func `what an earlier program stored of a job has all its steps in this one`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        let file = root.appending(path: "Tests/Fixtures/workflow-steps.txt")
        let now = VaultCore.workflows.map { "\($0.name): \($0.steps.map(\.id.text).joined(separator: " "))" }.sorted()
        if ProcessInfo.processInfo.environment["HOMEWARD_WRITE_PAGES"] == "1" {
            try Data((now.joined(separator: "\n") + "\n").utf8).write(to: file)
        }
        let stored = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        #expect(stored.count >= 40)
        for line in stored {
            let parts = line.split(separator: ":")
            let workflow = VaultCore.workflows.first { $0.name == parts[0] }
            let steps = Set((workflow?.steps ?? []).map(\.id.text))
            let gone = parts[1].split(separator: " ").map(String.init).filter { !steps.contains($0) }
            #expect(workflow != nil && gone == [], "\(parts[0]): a stored job would be stuck at \(gone)")
        }
    }
}
