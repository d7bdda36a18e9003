import Foundation
import Messages
import Model
import Simulation
import Testing
import Workflow

@testable import VaultOrchestrator

/// A kind from nothing to its end, by one vault that may be killed once in its last job, and by its successor.
final class KindRun {
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
    /// Those that began with the last job: itself, and the members' of a plan.
    let jobs: [Job]
    /// What people were asked.
    let questions: [Question]
    /// Steps of the last job that call somebody, and those of them that have effects under their keys.
    let stepCalls: ScriptedPeers.StepCalls
    /// Failpoints, how often each was passed before the last job, and in all.
    let reaches: [(name: String, before: Int, count: Int)]

    struct Job {
        let workflow: String
        /// nil: it has not ended.
        let state: JobState?
        let steps: [Plan.Step]
    }

    struct Question {
        let workflow: String
        let stuck: Stuck
        let isBehindPivot: Bool
    }

    init(
        _ kind: WorkflowKind, killedAt place: (name: String, count: Int)? = nil, refusing call: String? = nil,
        cancelledAt rest: String? = nil, fault: StepFault? = nil
    ) throws {
        // A fault's run is judged by what became of its jobs.
        let mayFail = call != nil || rest != nil || fault != nil
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
                    told.jobsBefore = Set(try await plan.jobs())
                    told.known = plan.rig.peers.log.count
                    told.reaches = world.host.failpointReaches
                    if let call { plan.rig.peers.trouble(call, .refuse) }
                    world.rests.places.withLock { $0.removeAll() }
                    if let rest { world.rests.act.withLock { $0 = { await plan.cancel(kind.name, at: rest, of: $0) } } }
                    if let fault {
                        world.rests.act.withLock { $0 = { await fault.happen(at: $0, kind.name, plan, world.host) } }
                    } else if rest == nil {
                        world.rests.act.withLock { $0 = { plan.rig.peers.note($0, kind.name) } }
                    }
                }
                var job = try await plan.rig.ended(kind.ask(kinds))
                told.workflows = try await plan.workflows()
                told.questions += try await plan.questions()
                told.wasStuck = mayFail && !told.questions.isEmpty
                if let call { plan.rig.peers.trouble(call, nil) }
                if fault != nil { plan.rig.peers.state.withLock { $0.fault = nil } }
                if told.wasStuck { job = try await plan.mended(job) }
                told.wentOn = job.state == .succeeded
                guard mayFail || told.wentOn else {
                    throw Failure(.internalError, "\(kind.name): \(job.message)")
                }
                // Debts are paid, and what was missed is told.
                try await plan.rig.pause(.seconds(5))
                told.end = try await plan.standing()
                told.jobs = try await plan.jobs(but: told.jobsBefore)
                told.hasEnded = true
            }
        }
        (start, end, wasStuck, wentOn) = (told.start, told.end, told.wasStuck, told.wentOn)
        (workflows, jobs, questions) = (told.workflows, told.jobs, told.questions)
        stepCalls = world.peers.state.withLock { $0.calls }
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
        var jobsBefore: Set<JobID> = []
        var jobs: [Job] = []
        var questions: [Question] = []
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

    fileprivate func jobs() async throws -> [JobID] {
        try await rig.core.vault.store.database.read { transaction in
            try transaction.rows("SELECT id FROM jobs ORDER BY created_us, id").map { try JobID($0.text("id")) }
        }
    }

    fileprivate func jobs(but known: Set<JobID>) async throws -> [KindRun.Job] {
        var jobs: [KindRun.Job] = []
        for id in try await self.jobs() where !known.contains(id) {
            let progress = try await rig.core.vault.store.jobs.progress(id)
            jobs.append(
                KindRun.Job(workflow: progress.plan.workflow, state: progress.finished, steps: progress.plan.steps))
        }
        return jobs
    }

    fileprivate func workflows() async throws -> [String] { try await jobs(but: []).map(\.workflow) }

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

    fileprivate func questions() async throws -> [KindRun.Question] {
        var questions: [KindRun.Question] = []
        for id in try await stuck() {
            let progress = try await rig.core.vault.store.jobs.progress(id)
            guard let stuck = progress.stuck else { continue }
            questions.append(
                KindRun.Question(
                    workflow: progress.plan.workflow, stuck: stuck, isBehindPivot: progress.pivotCrossed))
        }
        return questions
    }

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
