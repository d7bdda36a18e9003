import Environment
import Messages
import Model
import Simulation
import Store
import Testing

@testable import VaultOrchestrator

/// Jobs that wait without the claim: what became of their item meanwhile is not theirs to take back.
@Suite struct OwnershipTests {
    @Test func `a machine that is disabled while it synchronizes stays disabled when the waiting job ends`() throws {
        try withVault { rig in
            let job = try await rig.synchronizing()
            try await rig.succeed(rig.core.operate(rig.request("disable")) { _ in (.disable, disableWorkflow) })
            let disabled = try await rig.item()
            #expect(disabled.phase == "DISABLED")
            #expect(try await rig.ended(job).state == .succeeded)
            #expect(try await rig.item().phase == "DISABLED")
            #expect(try await rig.item().generation?.number == disabled.generation?.number)
        }
    }

    @Test func `an enable that is cancelled after its machine was disabled changes nothing`() throws {
        try withVault { rig in
            rig.peers.state.withLock { $0.tracking = .only }
            let job = try await rig.core.enableMachine(
                .with {
                    $0.machine = "web"
                    $0.options = rig.options("enable")
                })
            try await rig.pause(.seconds(5))
            #expect(try await rig.item().phase == "SYNCHRONIZING_OUT")
            try await rig.succeed(rig.core.operate(rig.request("disable")) { _ in (.disable, disableWorkflow) })
            let disabled = try await rig.item()
            let id = try JobID(String(job.name.dropFirst("jobs/".count)))
            let ana = Statement(name: "ana", reason: "no more", at: rig.core.vault.now, checked: "")
            try? await rig.core.runner.cancel(id, by: ana)
            _ = try await rig.ended(job)
            #expect(try await rig.item().phase == "DISABLED")
            #expect(try await rig.item().generation?.number == disabled.generation?.number)
        }
    }

    @Test(arguments: [false, true])
    func `a cancel that begins to take the item back holds it until it is over`(enables: Bool) throws {
        let (world, medium, peers) = (SimulatedWorld(seed: 11), try MemoryMedium(), ScriptedPeers())
        let host = world.host("vault", address: "10.0.2.2")
        host.arm("workflow.finish.before-undo", count: 1, .kill)
        let vault = host.boot { base in
            let environment = Environment(
                clock: base.clock, random: base.random, tasks: base.tasks, files: base.files, lanes: base.lanes,
                network: base.network, failpoints: KillingFailpoints(base: base.failpoints, medium: medium))
            try? await Rig(environment, peers, medium).cancelSynchronizing(enables: enables)
        }
        try world.run(limit: .seconds(3_600)) { !vault.isAlive }
        try SimulatedWorld(seed: 12).perform(limit: .seconds(60)) { environment in
            let database = try await StoreDatabase.open(
                .memory(medium), schema: VaultStore.schema, lane: environment.lanes.lane("test"),
                random: environment.random)
            let item = try await VaultStore(database: database, clock: environment.clock).item(named: "web")
            #expect(item.phase == "SYNCHRONIZING_OUT" && item.synchronizingJob != nil)
            #expect(item.claimJob == item.synchronizingJob, "between two records it was free for somebody else")
            #expect(item.claimOperation == (enables ? Operation.enable : .reprotect(.out)).name)
        }
    }

    @Test func `a machine that is protected again stays so when the last step of its job is refused`() throws {
        try withVault { rig in
            rig.peers.trouble("UnpinPoint", .refuse)
            let job = try await rig.synchronizing()
            rig.peers.state.withLock { $0.tracking = .streaming }
            #expect(try await rig.ended(job).state == .stuck)
            let item = try await rig.item()
            #expect(item.phase == "PROTECTED_OUT")
            #expect(item.claimJob == nil)
            rig.retry += 1
            try await rig.failOver(.out)
            #expect(try await rig.item().phase == "COMMIT_PENDING_OUT")
        }
    }

    @Test func `a group that was owed its roles comes back as a group`() throws {
        try withVault { rig in
            try await rig.protectShop()
            let (app, db) = (try await rig.item("app"), try await rig.item("db"))
            rig.peers.state.withLock { $0.awayAfter = ("Fence", ["cs", "ps-home"]) }
            #expect(try await rig.ended(rig.core.failOver(rig.failover(.out, "shop"))).state == .failedUnwound)
            #expect(try await rig.item("app").owed == ["resume-source"])
            rig.peers.state.withLock { state in
                state.away = []
                state.relays = [:]
                state.sessions = [:]
            }
            try await rig.pause(.seconds(5))
            #expect(try await rig.item("app").owed == [])
            #expect(rig.peers.state.withLock { $0.relays } == [app.id: [app.id, db.id], db.id: [app.id, db.id]])
            #expect(rig.peers.state.withLock { $0.sessions } == ["agent-app": app.group, "agent-db": app.group])
        }
    }
}

extension Rig {
    /// Until the cancel has begun, or for long.
    fileprivate func cancelSynchronizing(enables: Bool) async throws {
        let job: VaultV1.Job
        if enables {
            peers.state.withLock { $0.tracking = .only }
            job = try await core.enableMachine(
                .with {
                    $0.machine = "web"
                    $0.options = options("enable")
                })
            try await pause(.seconds(5))
        } else {
            job = try await synchronizing()
        }
        let ana = Statement(name: "ana", reason: "no more", at: core.vault.now, checked: "")
        try await core.runner.cancel(JobID(String(job.name.dropFirst("jobs/".count))), by: ana)
        try await pause(.seconds(600))
    }

    /// Home again, replicating out once more onto its seed, and not in sync yet; the job that waits.
    fileprivate func synchronizing() async throws -> VaultV1.Job {
        try await failBack()
        try await succeed(core.operate(request("commit2")) { _ in (.commit, commitWorkflow(.home)) })
        peers.state.withLock { $0.tracking = .only }
        let job = try await core.reprotect(request("out-again"))
        try await pause(.seconds(5))
        #expect(try await item().phase == "SYNCHRONIZING_OUT")
        return job
    }
}
