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

/// A kind from nothing to its end, by one vault that may be killed once in its last job, and by its successor.
private final class KindRun {
    private(set) var lives = 0
    /// Items, what runs, and who holds what.
    let start: String
    let end: String
    let wasStuck: Bool
    /// Whether the last job succeeded.
    let wentOn: Bool
    /// Of the last job alone.
    let effects: [String]
    /// Effects that were taken back.
    let takenBack: [String]
    /// Calls of those effects, in the order in which they were first made.
    let calls: [String]
    /// Where its last job could be held.
    let rests: Set<String>
    let workflows: [String]
    /// Failpoints, how often each was passed before the last job, and in all.
    let reaches: [(name: String, before: Int, count: Int)]

    init(
        _ kind: WorkflowKind, killedAt place: (name: String, count: Int)? = nil, refusing call: String? = nil,
        cancelledAt rest: String? = nil
    ) throws {
        let mayFail = call != nil || rest != nil
        let world = try PlanWorld(seed: 23)
        if let place { world.host.arm(place.name, count: place.count, .kill) }
        let told = Told()
        while !told.hasEnded {
            lives += 1
            guard lives < 4 else { throw Failure(.internalError, "\(kind.name): the vault was started four times") }
            try world.life { plan in
                let kinds = Kinds(plan: plan)
                for doing in kind.before { try await doing(kinds) }
                if told.start.isEmpty {
                    told.start = try await plan.standing()
                    told.known = plan.rig.peers.log.count
                    told.reaches = world.host.failpointReaches
                    if let call { plan.rig.peers.trouble(call, .refuse) }
                    world.rests.places.withLock { $0.removeAll() }
                    if let rest { world.rests.act.withLock { $0 = { await plan.cancel(kind.name, at: rest, of: $0) } } }
                }
                var job = try await plan.rig.ended(kind.ask(kinds))
                told.workflows = try await plan.workflows()
                if mayFail { told.wasStuck = try await plan.isStuck() }
                if let call { plan.rig.peers.trouble(call, nil) }
                if told.wasStuck { job = try await plan.mended(job) }
                told.wentOn = job.state == .succeeded
                guard mayFail || told.wentOn else {
                    throw Failure(.internalError, "\(kind.name): \(job.message)")
                }
                // Debts are paid, and what was missed is told.
                try await plan.rig.pause(.seconds(5))
                told.end = try await plan.standing()
                told.hasEnded = true
            }
        }
        (start, end, wasStuck, wentOn) = (told.start, told.end, told.wasStuck, told.wentOn)
        workflows = told.workflows
        rests = world.rests.places.withLock { $0 }
        let made = world.peers.log.dropFirst(told.known).filter { line in
            !line.contains(".Assign.") && !line.contains(".OpenRelay") && !line.hasSuffix(".undo")
        }.map { $0.contains(".SealGroupFinal@") ? "mt.SealGroupFinal" : $0 }
        effects = made.sorted()
        takenBack = world.peers.log.dropFirst(told.known).filter { $0.hasSuffix(".undo") }.sorted()
        calls = made.reduce(into: []) { calls, effect in
            let call = String(effect.split(separator: ".")[1].split(separator: "@")[0])
            if !calls.contains(call) { calls.append(call) }
        }
        let before = Dictionary(told.reaches.map { ($0.name, $0.count) }) { first, _ in first }
        reaches = world.host.failpointReaches.filter {
            $0.name.hasPrefix("workflow.") || $0.name.hasPrefix("vault.journal")
        }.map { ($0.name, before[$0.name] ?? 0, $0.count) }.filter { $0.1 < $0.2 }
    }

    /// The undo of each step before it acts and after it, and each record of the journal from the first that says that
    /// it goes back.
    var placesBack: [(name: String, count: Int)] {
        let records = ["unwinding", "undo-started", "undone", "finished"].map { "vault.journal-\($0)." }
        guard reaches.contains(where: { $0.name.hasPrefix(records[0]) }) else { return [] }
        return reaches.filter { reach in
            reach.name.hasSuffix("-undo") || records.contains { reach.name.hasPrefix($0) }
        }.flatMap { reach in (reach.before + 1..<reach.count + 1).map { (reach.name, $0) } }
    }

    /// `@unchecked Sendable`: the world runs everything on one thread.
    private final class Told: @unchecked Sendable {
        var start = ""
        var end = ""
        var known = 0
        var reaches: [(name: String, count: Int)] = []
        var workflows: [String] = []
        var wasStuck = false
        var wentOn = false
        var hasEnded = false
    }
}

extension PlanRig {
    /// What must be the same again: items without what counts up, and what runs. A drill that was to be discarded does
    /// not come back, and drills have tests of their own.
    fileprivate func standing() async throws -> String {
        let items = try await rig.core.vault.store.items(after: "", limit: 9).sorted { $0.displayName < $1.displayName }
        let told = items.map { item in
            "\(item.displayName) \(item.phase) \(item.claimJob == nil ? "free" : "held") home \(item.home.state) "
                + "cloud \(item.cloud.state) by \(item.processServer) \(item.masterTarget) "
                + "active \(item.generation?.activeSite ?? "none") owes \(item.owed) seed \(item.seedAtCloud)"
                + (item.comparison() == nil ? "" : " is compared")
        }
        let peers = rig.peers.state.withLock { state in
            let running = state.power.filter { $0.value == .on && !$0.key.hasPrefix("drill-") }.keys.sorted()
            let pins = items.map { item in
                (state.points[item.id] ?? []).flatMap(\.pins).count { $0 != item.drill?.job }
            }
            let overlays = items.map { "\(state.overlays[$0.id] ?? 0) set aside \(state.setAside[$0.id] ?? [])" }
            return "running \(running) closed \(state.isClosed) pins \(pins) overlays \(overlays)"
        }
        return (told + [peers]).joined(separator: "\n")
    }

    fileprivate func workflows() async throws -> [String] {
        try await rig.core.vault.store.database.read { transaction in
            try transaction.rows("SELECT id FROM jobs ORDER BY created_us, id").map { try JobID($0.text("id")) }
        }.asyncWorkflows(rig)
    }

    /// Cancels what runs of a kind, when that comes by the place; refused behind the point of no return.
    func cancel(_ kind: String, at place: String, of rest: String) async {
        guard rest == "workflow.\(kind).\(place)" else { return }
        let ana = Statement(name: "ana", reason: "cancelled", at: rig.core.vault.now, checked: "")
        for id in (try? await unfinished()) ?? [] {
            guard let known = try? await rig.core.vault.store.jobs.progress(id), known.plan.workflow == kind else {
                continue
            }
            try? await rig.core.runner.cancel(id, by: ana)
        }
    }

    private func unfinished() async throws -> [JobID] {
        try await rig.core.vault.store.database.read { transaction in
            try transaction.rows("SELECT id FROM jobs WHERE finished = 0").map { try JobID($0.text("id")) }
        }
    }

    private func stuck() async throws -> [JobID] {
        var stuck: [JobID] = []
        for id in try await unfinished() where try await rig.core.vault.store.jobs.progress(id).stuck != nil {
            stuck.append(id)
        }
        return stuck
    }

    fileprivate func isStuck() async throws -> Bool { !(try await stuck()).isEmpty }

    /// A person has mended what stood in the way, and says so.
    fileprivate func mended(_ job: VaultV1.Job) async throws -> VaultV1.Job {
        let ana = Statement(name: "ana", reason: "mended", at: rig.core.vault.now, checked: "")
        for _ in 0..<20 {
            let waiting = try await stuck()
            guard !waiting.isEmpty else { break }
            for id in waiting { try await rig.core.runner.resolve(id, .retry, by: ana) }
            try await rig.pause(.seconds(30))
        }
        return try await rig.ended(job)
    }
}

extension [JobID] {
    fileprivate func asyncWorkflows(_ rig: Rig) async throws -> [String] {
        var names: [String] = []
        for id in self { names.append(try await rig.core.vault.store.jobs.progress(id).plan.workflow) }
        return names
    }
}
