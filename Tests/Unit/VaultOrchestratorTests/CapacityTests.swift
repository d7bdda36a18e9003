import Messages
import Model
import RPC
import Testing

@testable import VaultOrchestrator

/// What gates promise is promised once (rule K7).
@Suite struct CapacityTests {
    @Test func `of two reprotects at once that do not fit together one is refused, and names the other`() throws {
        try withVault { rig in
            try await rig.twoInTheCloud()
            try await rig.attached(masterTargetSlots - 1)
            rig.peers.state.withLock { $0.awayAfter = ("AttachDisks", ["mt-home"]) }
            async let web = rig.reprotecting("web")
            async let app = rig.reprotecting("app")
            let answers = try await [web, app]
            let jobs = answers.compactMap { try? $0.get() }
            let refusal = try #require(answers.compactMap(\.failure).first)
            #expect(jobs.count == 1 && refusal.gates.map(\.code) == [.capacityReserved], "\(refusal.message)")
            let said = refusal.gates.flatMap(\.evidence).map(\.observed)
            #expect(said.first == "1 slots of master target mt-home are free, 1 of them are promised to other jobs, "
                + "1 are needed")
            #expect(said.last?.hasPrefix("promised to \(jobs[0].name)") == true, "\(said)")
            // With its job the promise ends.
            try await rig.pause(.seconds(2))
            rig.peers.state.withLock { $0.away = [] }
            try await rig.succeed(jobs[0])
            rig.retry += 1
            let left = try await rig.item("web").phase == "COMMITTED_OUT" ? "web" : "app"
            try await rig.succeed(rig.reprotecting(left).get())
            #expect(try await rig.item(left).reserved == nil)
        }
    }

    @Test func `what a reprotect may still write is promised until it is in sync`() throws {
        try withVault { rig in
            try await rig.twoInTheCloud()
            rig.agent(dirty: 100, suspects: 0)
            // Room for the one or the other; the slots of the first one's disks are taken by then.
            rig.peers.state.withLock {
                $0.tracking = .only
                $0.freeBytes = 150 * 4_096
            }
            let first = try await rig.reprotecting("web").get()
            try await rig.pause(.seconds(5))
            let held = try await rig.item()
            #expect(held.phase == "SYNCHRONIZING_HOME" && held.claimJob == nil)
            try await rig.attached(masterTargetSlots - 1)
            let refusal = try #require(try await rig.reprotecting("app").failure)
            #expect(refusal.gates.map(\.code) == [.capacityReserved], "\(refusal.message)")
            let said = refusal.gates.flatMap(\.evidence).map(\.observed)
            #expect(said.first?.contains("bytes of home's datastore") == true && said.count == 2, "\(said)")
            #expect(said.last == "promised to \(first.name) for web")
            rig.peers.state.withLock { $0.tracking = .streaming }
            try await rig.succeed(first)
            #expect(try await rig.item().reserved == nil)
            rig.retry += 1
            try await rig.succeed(rig.reprotecting("app").get())
        }
    }

    @Test func `memory for a failback is not promised twice, and a heartbeat that says nonsense ends nothing`() throws {
        try withVault { rig in
            try await rig.twoInTheCloud()
            for name in ["web", "app"] { try await rig.succeed(rig.reprotecting(name).get()) }
            for name in ["web", "app"] {
                try await rig.core.vault.store.update(rig.item(name).itemID(), "test") { item in
                    item.memoryMib = 40_000
                    return true
                }
            }
            rig.peers.state.withLock { $0.awayAfter = ("Fence", ["mt-home"]) }
            let first = try await rig.core.failOver(rig.failover(.home, "web"))
            try await rig.pause(.seconds(1))
            let refusal = await #expect(throws: Failure.self) {
                try await rig.core.failOver(rig.failover(.home, "app"))
            }
            #expect(refusal?.gates.map(\.code).contains(.capacityReserved) == true, "\(refusal?.message ?? "")")
            rig.peers.state.withLock { $0.away = [] }
            try await rig.succeed(first)
            try await rig.attached(.max)
            rig.retry += 1
            try await rig.failOver(.home, "app")
        }
    }

    @Test func `a group needs what all its members need together, of memory and of the datastore`() throws {
        try withPlans { plan in
            let (rig, caller) = (plan.rig, try await GateCaller(plan.rig))
            func refused(_ code: GateCode, _ ask: () async throws -> VaultV1.Job) async throws -> Gate {
                rig.retry += 1
                let error = await #expect(throws: RPCError.self) { _ = try await ask() }
                let gates = Failure(try #require(error), attempting: "ask").gates
                #expect(gates.map(\.code) == [code], "\(gates)")
                return try #require(gates.first)
            }
            try await rig.protectShop()
            try await rig.failOver(.out, "shop")
            let commit = rig.request("commit", "shop")
            try await rig.succeed(rig.core.operate(commit) { _ in (.commit, commitWorkflow(.out)) })
            // Room for the changes of the one or the other.
            rig.agent(dirty: 100, suspects: 0)
            rig.peers.state.withLock { $0.freeBytes = 150 * 4_096 }
            let space = try await refused(.retentionSpace) {
                try await caller.items.reprotect(rig.request("reprotect", "shop"), plan.options)
            }
            let room = "group's machines may take \(200 * 4_096)"
            #expect(space.evidence.first?.observed.contains(room) == true, "\(space)")
            rig.peers.state.withLock { $0.freeBytes = 200 * 4_096 }
            rig.retry += 1
            try await rig.reprotect(until: "PROTECTED_HOME", "shop")
            for name in ["app", "db"] { try await caller.change(name) { $0.memoryMib = 40_000 } }
            rig.peers.state.withLock { $0.freeBytes = 1 << 40 }
            let memory = try await refused(.hostCapacity) {
                try await caller.items.failover(rig.failover(.home, "shop"), plan.options)
            }
            #expect(memory.evidence.first?.observed.contains("65536 MiB") == true, "\(memory)")
            #expect(memory.evidence.first?.observed.contains("80000 MiB together") == true, "\(memory)")
            try await caller.change("db") { $0.memoryMib = 20_000 }
            rig.retry += 1
            try await rig.failOver(.home, "shop")
        }
    }

    @Test func `a preview of a plan tells that its members do not fit together, as the claim would`() throws {
        try withPlans { plan in
            try await plan.makeShop()
            for verb in ["failover", "commit", "reprotect"] {
                #expect(try await plan.halted(plan.run(verb)).state == .succeeded)
            }
            let caller = try await GateCaller(plan.rig)
            for (name, memory) in [("app", 20_000), ("db", 20_000), ("web", 40_000)] {
                try await caller.change(name) { $0.memoryMib = UInt32(memory) }
            }
            let request = plan.request("failback")
            let preview = try await plan.plans.previewPlan(request, plan.options)
            let found = preview.causes.flatMap(\.gates).filter { $0.gate?.blocking == true }
            #expect(!preview.wouldRun && found.map { $0.gate?.code } == ["CAPACITY_RESERVED"], "\(preview.causes)")
            #expect(found.first?.items == ["web"])
            #expect(found.first?.gate?.evidence.contains("app of this run") == true, "\(found)")
            let refused = await #expect(throws: RPCError.self) {
                _ = try await plan.plans.runPlan(request, plan.options)
            }
            #expect(Failure(try #require(refused), attempting: "run").gates.map(\.code) == [.capacityReserved])
            for name in ["app", "db", "web"] { #expect(try await plan.rig.item(name).claimJob == nil) }
            try await caller.change("web") { $0.memoryMib = 25_000 }
            #expect(try await plan.plans.previewPlan(request, plan.options).wouldRun)
            #expect(try await plan.halted(plan.plans.runPlan(request, plan.options)).state == .succeeded)
        }
    }
}

extension Result where Failure == Model.Failure {
    fileprivate var failure: Model.Failure? { if case .failure(let failure) = self { failure } else { nil } }
}

extension Rig {
    /// Two items that were committed in the cloud. The scripted disks have one id, so they are never seen together.
    fileprivate func twoInTheCloud() async throws {
        peers.state.withLock { $0.diskOwners = ["web": "machine/web", "app": "machine/app"] }
        for name in ["web", "app"] {
            try await protect(name)
            try await failOver(.out, name)
            try await succeed(core.operate(request("commit-\(name)", name)) { _ in (.commit, commitWorkflow(.out)) })
        }
    }

    fileprivate func reprotecting(_ name: String) async throws -> Result<VaultV1.Job, Failure> {
        let request = request("reprotect-\(name)", name)
        do { return .success(try await core.reprotect(request)) } catch let failure as Failure {
            return .failure(failure)
        }
    }

    /// As home's master target tells.
    fileprivate func attached(_ disks: UInt64) async throws {
        guard var target = core.vault.directory.entry("mt-home")?.component else { return }
        target.figures = ["attached_disks": disks]
        try await core.heard(target, source: "configuration")
    }
}
