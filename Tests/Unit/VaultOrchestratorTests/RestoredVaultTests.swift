import Environment
import Messages
import Model
import Simulation
import Store
import Testing

@testable import VaultOrchestrator

/// A vault's store is backed up in some phase of the cycle; the cycle goes on; then the store is lost, and the backup
/// is opened in its place.
@Suite struct RestoredVaultTests {
    @Test(arguments: 0..<Cycle.operations.count)
    func `an old store acts on nothing, and is reconciled with what runs`(_ place: Int) throws {
        try withMedium { environment, peers, medium in
            let first = try await Rig(environment, peers, medium)
            try await first.protect()
            var cycle = Cycle(rig: first)
            for _ in 0..<place { try await cycle.next() }
            let backup = try medium.copy()
            let recorded = try await first.item()
            let changes = try await first.item().generation?.number ?? 0
            while try await first.item().generation?.number ?? 0 < changes + 3 { try await cycle.next() }
            let real = try await first.item()
            await first.stop(medium)

            let (log, running) = (peers.log, peers.running)
            #expect(running.count == 1)
            let second = try await Rig(environment, peers, backup)
            try await second.pause(.seconds(30))
            // Nobody was told anything, and the record is as it was.
            #expect(peers.log == log)
            let held = try await second.item()
            #expect(held.generation == recorded.generation && held.phase == recorded.phase)
            #expect(held.quarantine?.missing == [])
            #expect(held.quarantine?.found.contains { $0.contains("platform-cloud holds generation") } == true)
            let failure = await #expect(throws: Failure.self) {
                _ = try await second.core.failOver(second.failover(held.phase.hasSuffix("HOME") ? .home : .out))
            }
            #expect(failure?.gates.contains { $0.code == .generationCurrent } == true)

            let done = try await second.reconcile()
            #expect(done.map(\.refused) == [""], "\(done)")
            try await second.pause(.seconds(30))
            let now = try await second.item()
            #expect(now.quarantine == nil && now.owed == [])
            #expect(now.generation?.number == (real.generation?.number ?? 0) + 1)
            #expect(now.generation?.activeSite == real.generation?.activeSite)
            #expect(peers.running == running, "\(done)")
            let reached = now.phase.replacingOccurrences("SYNCHRONIZING", "PROTECTED")
            #expect(reached == real.phase.replacingOccurrences("SYNCHRONIZING", "PROTECTED"), "\(done)")
            for name in ["cs", "platform", "platform-home", now.masterTarget] {
                #expect(peers.assigned(name) == now.generation?.number, "\(name)")
            }
            // And it is a vault like any other again.
            second.retry = 1_000
            cycle = Cycle(rig: second, after: now.phase)
            try await cycle.next()
            await second.stop(backup)
            let third = try await Rig(environment, peers, backup)
            try await third.pause(.seconds(12))
            #expect(try await third.item().quarantine == nil)
            await third.stop(backup)
        }
    }

    /// Found by `vault_phases.py` on a busy computer: the commit was stuck, refused as of an unknown generation.
    @Test func `a commit is taken by a master target that was away while its item was reconciled`() throws {
        try withMedium { environment, peers, medium in
            let first = try await Rig(environment, peers, medium)
            try await first.protect()
            var cycle = Cycle(rig: first)
            try await cycle.next()
            let backup = try medium.copy()
            for _ in Cycle.operations { try await cycle.next() }
            let real = try await first.item()
            #expect(real.phase == "COMMIT_PENDING_OUT")
            await first.stop(medium)

            let second = try await Rig(environment, peers, backup)
            try await second.pause(.seconds(30))
            // It answers the census, and is gone as it is told.
            peers.state.withLock { $0.refusingAssign = [real.masterTarget] }
            let done = try await second.reconcile()
            #expect(done.map(\.refused) == [""], "\(done)")
            let now = try await second.item()
            #expect(now.phase == "COMMIT_PENDING_OUT" && now.quarantine == nil)
            #expect(peers.assigned(now.masterTarget) != now.generation?.number)
            peers.state.withLock { $0.refusingAssign = [] }
            second.retry = 1_000
            try await second.succeed(
                second.core.operate(second.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
            #expect(peers.assigned(now.masterTarget) == now.generation?.number)
            await second.stop(backup)
        }
    }

    @Test(arguments: [false, true])
    func `whether a commit kept a seed is what the cloud's master target says, and it has to say it`(
        _ isKept: Bool
    ) throws {
        try withMedium { environment, peers, medium in
            let first = try await Rig(environment, peers, medium)
            try await first.protect()
            var cycle = Cycle(rig: first)
            while try await first.item().phase != "COMMIT_PENDING_HOME" { try await cycle.next() }
            let backup = try medium.copy()
            try await first.keepSeed(isKept)
            first.retry += 1
            try await first.succeed(ItemsHandler(core: first.core).commit(first.request("commit"), context))
            #expect(try await first.item().seedAtCloud == isKept)
            await first.stop(medium)
            peers.state.withLock { $0.away = ["mt-cloud"] }
            let second = try await Rig(environment, peers, backup)
            try await second.pause(.seconds(30))
            let refused = try await second.reconcile().first?.refused ?? ""
            #expect(refused.contains("whether mt-cloud has a seed of it is not known"), "\(refused)")
            peers.state.withLock { $0.away = [] }
            let done = try #require(try await second.reconcile().first)
            #expect(done.refused == "" && done.because.contains { $0.contains(isKept ? "as a seed" : "a full copy") })
            let item = try await second.item()
            #expect(item.phase == "COMMITTED_HOME" && item.seedAtCloud == isKept)
            #expect(item.seedDoubtBlocks == (isKept ? item.blocks : nil))
            try await second.pause(.seconds(30))
            second.retry = 1_000
            let before = peers.log.count
            try await second.reprotect(until: "PROTECTED_OUT")
            #expect(peers.log.dropFirst(before).contains("platform.CreateReplicaDisks") == !isKept)
            await second.stop(backup)
        }
    }

    @Test func `a master target that is stated gone has no seed, and one to which it was moved is found`() throws {
        try withMedium { environment, peers, medium in
            let first = try await Rig(environment, peers, medium)
            try await first.protect()
            var cycle = Cycle(rig: first)
            let backup = try medium.copy()
            while try await first.item().phase != "COMMITTED_HOME" { try await cycle.next() }
            let id = try await first.item().id
            await first.stop(medium)
            peers.state.withLock { $0.away = ["mt-cloud"] }
            let copy = try backup.copy()
            let second = try await Rig(environment, peers, backup)
            try await second.pause(.seconds(30))
            #expect(try await second.reconcile(missing: "it burnt down").map(\.refused) == [""])
            #expect(try await second.item().seedAtCloud == false)
            await second.stop(backup)
            // The same with another one, which has it, and the former there without.
            peers.state.withLock { state in
                state.away = []
                state.lostReplicas["mt-cloud/\(id)"] = .disks
            }
            let third = try await Rig(environment, peers, copy)
            try await third.hear("mt-cloud-2", .masterTarget, .cloud)
            try await third.pause(.seconds(30))
            #expect(try await third.reconcile().map(\.refused) == [""])
            let item = try await third.item()
            #expect(item.seedAtCloud && item.cloudMasterTarget == "mt-cloud-2")
            await third.stop(copy)
        }
    }

    @Test(arguments: [false, true])
    func `a job of the backup goes on only when nothing has happened since`(hasGoneOn: Bool) throws {
        try withMedium { environment, peers, medium in
            let first = try await Rig(environment, peers, medium)
            try await first.protect()
            peers.state.withLock { $0.awayAfter = ("Fence", ["mt-cloud"]) }
            let job = try await first.core.failOver(first.failover(.out))
            try await first.pause(.seconds(1))
            #expect(peers.log.last == "agent-web.Fence")
            let backup = try medium.copy()
            if hasGoneOn {
                peers.state.withLock { $0.away = [] }
                try await first.succeed(job)
                try await first.succeed(
                    first.core.operate(first.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
            }
            await first.stop(medium)
            peers.state.withLock { $0.away = [] }
            let log = peers.log
            let second = try await Rig(environment, peers, backup)
            try await second.pause(.seconds(30))
            guard hasGoneOn else {
                try await second.succeed(job)
                #expect(try await second.item().phase == "COMMIT_PENDING_OUT")
                #expect(peers.log.filter { $0 == "agent-web.Fence" }.count == 1)
                return await second.stop(backup)
            }
            // No generation was minted since, but somebody remembers a job that the backup does not know.
            #expect(peers.log == log)
            #expect(try await second.item().quarantine?.found.contains { $0.contains("does not know it") } == true)
            let cancel = await #expect(throws: Failure.self) {
                try await second.core.refuseQuarantined(JobID(String(job.name.dropFirst("jobs/".count))), "cancel")
            }
            #expect(cancel?.code == .quarantined)
            let done = try await second.reconcile()
            #expect(done.map(\.endedJobs) == [[job.name]], "\(done)")
            try await second.pause(.seconds(10))
            #expect(try await second.item().phase == "COMMIT_PENDING_OUT")
            #expect(peers.running == ["web-cloud"])
            second.retry = 1
            try await second.succeed(
                second.core.operate(second.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
            await second.stop(backup)
        }
    }

    @Test func `items that one job holds are reconciled together, or none of them and their job goes on`() throws {
        try withMedium { environment, peers, medium in
            let first = try await Rig(environment, peers, medium)
            try await first.protectShop()
            peers.state.withLock { $0.awayAfter = ("Fence", ["mt-cloud"]) }
            let job = try await first.core.failOver(first.failover(.out, "shop"))
            try await first.pause(.seconds(2))
            let backup = try medium.copy()
            peers.state.withLock { $0.away = [] }
            try await first.succeed(job)
            let commit = first.request("commit", "shop")
            try await first.succeed(first.core.operate(commit) { _ in (.commit, commitWorkflow(.out)) })
            await first.stop(medium)
            // Somebody has started the one at home past every check.
            peers.state.withLock { $0.power["db"] = .on }
            let second = try await Rig(environment, peers, backup)
            try await second.pause(.seconds(30))
            let before = try await [second.item("app"), second.item("db")]
            for item in before {
                #expect(item.quarantine != nil && "jobs/\(item.claimJob ?? "")" == job.name, "\(item)")
            }
            let refused = try await second.reconcile()
            try #require(refused.map(\.displayName) == ["app", "db"])
            #expect(refused[0].refused.contains("together with db"), "\(refused[0])")
            #expect(refused[1].refused.contains("both db at home"), "\(refused[1])")
            #expect(try await [second.item("app"), second.item("db")] == before)
            let id = try JobID(String(job.name.dropFirst("jobs/".count)))
            #expect(try await second.core.vault.store.jobs.progress(id).finished == nil)

            peers.state.withLock { $0.power["db"] = .off }
            let done = try await second.reconcile()
            #expect(done.map(\.refused) == ["", ""] && done.map(\.endedJobs) == [[job.name], [job.name]], "\(done)")
            for name in ["app", "db"] {
                let item = try await second.item(name)
                #expect(item.claimJob == nil && item.quarantine == nil && item.phase == "COMMIT_PENDING_OUT")
            }
            await second.stop(backup)
        }
    }

    @Test func `an item whose job was ended where it stood leaves quarantine by a person's word alone`() throws {
        try withMedium { environment, peers, medium in
            let rig = try await Rig(environment, peers, medium)
            try await rig.protect()
            let store = rig.core.vault.store
            let job = try #require(try await store.jobRows(of: nil, before: nil, limit: 1).first).job
            try await store.update(rig.item().itemID(), "test") { item in
                item.claimJob = job.text
                item.quarantine = StoredQuarantine(cause: "a test", sinceUs: 1)
                return true
            }
            try await rig.pause(.seconds(12))
            let held = try await rig.item()
            #expect(held.quarantine?.found.first?.contains("\(job), which holds it, has ended") == true, "\(held)")
            #expect(try await rig.reconcile().map(\.refused) == [""])
            let item = try await rig.item()
            #expect(item.quarantine == nil && item.claimJob == nil)
            await rig.stop(medium)
        }
    }

    @Test func `an item that nothing happened to leaves quarantine when everybody who matters has answered`() throws {
        try withMedium { environment, peers, medium in
            let first = try await Rig(environment, peers, medium)
            try await first.protect()
            let backup = try medium.copy()
            await first.stop(medium)
            peers.state.withLock { $0.away = ["platform-home"] }
            let second = try await Rig(environment, peers, backup)
            try await second.pause(.seconds(30))
            #expect(try await second.item().quarantine?.missing == ["platform-home: platform-home is away"])
            #expect(try await second.item().quarantine?.found == [])
            let refused = try await second.reconcile()
            #expect(refused.first?.refused.contains("platform-home is away") == true)
            #expect(try await second.item().generation?.number == 1)
            peers.state.withLock { $0.away = [] }
            try await second.pause(.seconds(10))
            #expect(try await second.item().quarantine == nil)
            try await second.failOver(.out)
            await second.stop(backup)
        }
    }

    @Test func `a component that is gone for good keeps no restored vault from being one like any other`() throws {
        try withMedium { environment, peers, medium in
            let first = try await Rig(environment, peers, medium)
            try await first.protect()
            let stale = ConfigurationV1.Component.with {
                $0.endpoint = .with {
                    $0.id = "mt-old"
                    $0.address = "10.0.2.9:7100"
                }
                $0.kind = .masterTarget
                $0.site = .cloud
            }
            try await first.core.heard(stale, source: "vault")
            let backup = try medium.copy()
            await first.stop(medium)
            // As the transport names an address that nobody has; and home's platform, which an item needs.
            peers.state.withLock { $0.away = ["unknown", "platform-home"] }
            let second = try await Rig(environment, peers, backup)
            let reign = second.core.vault.reign
            try await second.pause(.seconds(30))
            #expect(reign.isRestored)
            peers.state.withLock { $0.away = ["unknown"] }
            try await second.pause(.seconds(12))
            #expect(try await second.item().quarantine == nil)
            #expect(!reign.isRestored)
            await second.stop(backup)
        }
    }

    @Test func `a reconciliation without home needs a person's word, and home is fenced when it comes back`() throws {
        try withMedium { environment, peers, medium in
            let first = try await Rig(environment, peers, medium)
            try await first.protect()
            let backup = try medium.copy()
            try await first.failOver(.out)
            await first.stop(medium)
            peers.state.withLock { $0.away = ["cs", "ps-home", "mt-home"] }
            let second = try await Rig(environment, peers, backup)
            try await second.pause(.seconds(30))
            #expect(try await second.reconcile().first?.refused.contains("--missing-dead") == true)
            let done = try await second.reconcile(missing: "the building burnt down")
            #expect(done.map(\.refused) == [""])
            try await second.pause(.seconds(10))
            let item = try await second.item()
            #expect(item.phase == "COMMIT_PENDING_OUT" && item.home.statedDead)
            #expect(item.owed == ["stop-source", "fence-source"])
            // Home never answers, and a person has said so.
            #expect(!second.core.vault.reign.isRestored)
            peers.state.withLock {
                $0.away = []
                $0.power["web"] = .on
            }
            try await second.pause(.seconds(10))
            #expect(try await second.item().owed == [])
            #expect(peers.running == ["web-cloud"])
            await second.stop(backup)
        }
    }

    @Test(arguments: 0..<4)
    func `with the cloud gone and its points at home, a person's word leads to a failback`(_ place: Int) throws {
        try withMedium { environment, peers, medium in
            let first = try await Rig(environment, peers, medium)
            try await first.protect()
            var cycle = Cycle(rig: first)
            for _ in 0..<place { try await cycle.next() }
            let backup = try medium.copy()
            while try await first.item().phase != "PROTECTED_HOME" { try await cycle.next() }
            let real = try await first.item()
            await first.stop(medium)
            let cloud: Set<String> = ["platform", "ps-cloud", "mt-cloud"]
            peers.state.withLock {
                $0.away = cloud
                $0.agentIsAttached = false
                $0.agentSilentUs = 60_000_000
            }
            let second = try await Rig(environment, peers, backup)
            try await second.pause(.seconds(30))
            #expect(try await second.reconcile().first?.refused.contains("--missing-dead") == true)
            // Points that nobody can go on from are none.
            let points = peers.state.withLock { $0.points[real.id] ?? [] }
            peers.state.withLock { $0.points[real.id] = [.with { $0.name = "home-before-reprotect" }] }
            let none = try await second.reconcile(missing: "the region burnt down")
            #expect(none.first?.refused.contains("no copy runs") == true, "\(none)")
            peers.state.withLock { $0.points[real.id] = points }
            let done = try await second.reconcile(missing: "the region burnt down")
            #expect(done.map(\.refused) == [""], "\(done)")
            let told = try await second.item()
            #expect(told.phase == "PROTECTED_HOME" && told.generation?.activeSite == "cloud")
            #expect(told.generation?.number == (real.generation?.number ?? 0) + 1)

            second.retry = 1
            var request = second.failover(.home)
            request.choice = .latestProcessed
            let unsaid = await #expect(throws: Failure.self) { try await second.core.failOver(request) }
            #expect(unsaid?.gates.contains { $0.code == .sourceConfirmedOff } == true, "\(unsaid?.message ?? "")")
            request.sourceDeadStatement = .with {
                $0.person = "ana"
                $0.reason = "the region burnt down"
            }
            request.options?.waivers = [.with { $0.code = "REPLICATION_HEALTHY"; $0.reason = "its source is dead" }]
            try await second.succeed(second.core.failOver(request))
            let home = try await second.item()
            #expect(home.phase == "COMMIT_PENDING_HOME" && home.owed == ["stop-source", "fence-source"])
            // The region was not as dead as that.
            peers.state.withLock {
                $0.away = []
                $0.agentIsAttached = true
                $0.agentSilentUs = 0
            }
            try await second.pause(.seconds(10))
            #expect(try await second.item().owed == [])
            #expect(peers.running == ["web"])
            await second.stop(backup)
        }
    }

    @Test func `a cloud that comes back before the failback goes on replicating home`() throws {
        try withMedium { environment, peers, medium in
            let first = try await Rig(environment, peers, medium)
            try await first.protect()
            var cycle = Cycle(rig: first)
            while try await first.item().phase != "PROTECTED_HOME" { try await cycle.next() }
            let backup = try medium.copy()
            await first.stop(medium)
            peers.state.withLock { $0.away = ["platform", "ps-cloud", "mt-cloud"] }
            let second = try await Rig(environment, peers, backup)
            try await second.pause(.seconds(30))
            #expect(try await second.reconcile(missing: "nobody there answers").map(\.refused) == [""])
            peers.state.withLock { $0.away = [] }
            try await second.pause(.seconds(30))
            let item = try await second.item()
            #expect(item.phase == "PROTECTED_HOME" && item.owed == [], "\(item)")
            #expect(peers.running == ["web-cloud"])
            for name in ["cs", "platform", "platform-home", "mt-home", "ps-cloud"] {
                #expect(peers.assigned(name) == item.generation?.number, "\(name)")
            }
            second.retry = 1
            try await second.failOver(.home)
            await second.stop(backup)
        }
    }

    @Test func `an item that was protected after the backup is named, and is not in the record`() throws {
        try withMedium { environment, peers, medium in
            let first = try await Rig(environment, peers, medium)
            try await first.protect("app")
            let backup = try medium.copy()
            try await first.protect("web")
            let web = try await first.item("web").id
            await first.stop(medium)
            let second = try await Rig(environment, peers, backup)
            try await second.pause(.seconds(10))
            #expect(try await second.item("app").quarantine == nil)
            let report = try await second.core.censusReport(.init())
            #expect(report.items.map(\.name) == ["items/\(web)"])
            await second.stop(backup)
        }
    }

    @Test func `a vault that is killed while it begins another life begins it again`() throws {
        try withMedium { environment, peers, medium in
            let first = try await Rig(environment, peers, medium)
            try await first.protect()
            let backup = try medium.copy()
            try await first.failOver(.out)
            await first.stop(medium)
            // Opened once as a restored store, and dead before anything was stored.
            _ = try await StoreDatabase.open(
                .memory(backup), schema: VaultStore.schema, lane: environment.lanes.lane("test"),
                random: environment.random)
            backup.kill()
            let second = try await Rig(environment, peers, backup)
            #expect(try await second.item().quarantine != nil)
            await second.stop(backup)
        }
    }
}

/// One operation after the other, round and round.
struct Cycle {
    static let operations = ["failover", "commit", "reprotect", "failback", "commit-home", "reprotect-out"]

    let rig: Rig
    private var place = 0

    init(rig: Rig) { self.rig = rig }

    /// The operation that a phase allows next.
    init(rig: Rig, after phase: String) {
        self.rig = rig
        let phases = [
            "PROTECTED_OUT", "COMMIT_PENDING_OUT", "COMMITTED_OUT", "PROTECTED_HOME", "COMMIT_PENDING_HOME",
            "COMMITTED_HOME",
        ]
        place = phases.firstIndex(of: phase) ?? 0
    }

    mutating func next() async throws {
        rig.retry += 1
        switch Cycle.operations[place % Cycle.operations.count] {
        case "failover": try await rig.failOver(.out)
        case "commit":
            try await rig.succeed(rig.core.operate(rig.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
        case "reprotect": try await rig.reprotect(until: "PROTECTED_HOME")
        case "failback": try await rig.failOver(.home)
        case "commit-home":
            try await rig.succeed(rig.core.operate(rig.request("commit")) { _ in (.commit, commitWorkflow(.home)) })
        default: try await rig.reprotect(until: "PROTECTED_OUT")
        }
        place += 1
    }
}

extension Rig {
    /// The vault is gone, with everything that it had under way.
    func stop(_ medium: MemoryMedium) async {
        medium.kill()
        await service.stop()
    }
}

extension ScriptedPeers {
    /// Machines that have power and a guest.
    var running: [String] {
        state.withLock { state in state.power.filter { $0.value == .on && $0.key.hasPrefix("web") }.keys.sorted() }
    }
}

extension String {
    fileprivate func replacingOccurrences(_ text: String, _ other: String) -> String {
        hasPrefix(text) ? other + dropFirst(text.count) : self
    }
}

func withMedium(
    _ body: @escaping @Sendable (Environment, ScriptedPeers, MemoryMedium) async throws -> Void
) throws {
    let world = SimulatedWorld(seed: 9)
    try world.perform(limit: .seconds(36_000)) { environment in
        try await body(environment, ScriptedPeers(), try MemoryMedium())
    }
}
