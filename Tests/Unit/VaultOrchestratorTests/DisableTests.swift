import Environment
import Messages
import Model
import Simulation
import Store
import Testing

@testable import VaultOrchestrator

/// What a disable leaves behind: an ordinary machine, and debts that are paid.
@Suite struct DisableTests {
    @Test func `a disabled machine has a grant for every boot of its host, of the item's last generation`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.disable()
            let item = try await rig.item()
            #expect(item.phase == "DISABLED" && item.owed == [])
            #expect(rig.peers.state.withLock { $0.released } == ["web": 2])
            #expect(rig.peers.assigned("agent-web") == 2)
            #expect(rig.peers.state.withLock { $0.power["web"] } == .on)
            // First its platform takes the generation, and nobody is granted anything in the cloud.
            let log = rig.peers.log
            let assigned = try #require(log.lastIndex(of: "platform-home.Assign.2"))
            #expect(try assigned < #require(log.lastIndex(of: "cs.PlaceGrant")), "\(log)")
            #expect(!log.contains("platform.PlaceGrant"))
        }
    }

    @Test func `a machine whose host booted while it was disabled boots once more, and serves`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock {
                $0.hostBoot = "host-boot-2"
                $0.isClosed = true
                $0.tracking = .only
            }
            // No reconciler comes between.
            await rig.service.reconcilers.stop()
            try await rig.disable()
            #expect(rig.peers.state.withLock { $0.released } == ["web": 2])
            #expect(rig.peers.state.withLock { !$0.isClosed })
            #expect(rig.peers.log.contains("cs.PowerOn"))
        }
    }

    @Test func `an agent that is silent is released at contact, and its machine meanwhile for its next boot`() throws {
        try withVault { rig in
            try await rig.goHome(committed: true)
            rig.peers.state.withLock { _ = $0.silentAgents.insert("web") }
            try await rig.disable()
            let owing = try await rig.item()
            #expect(owing.phase == "DISABLED" && owing.owed == ["release"])
            let last = try #require(owing.generation?.number)
            #expect(rig.peers.state.withLock { $0.released } == ["web": last])
            #expect(rig.peers.assigned("agent-web") < last)
            rig.peers.state.withLock { $0.silentAgents = [] }
            try await rig.pause(.seconds(5))
            #expect(try await rig.item().owed == [])
            #expect(rig.peers.assigned("agent-web") == last)
        }
    }

    @Test func `a forced disable without home is paid for when home is back`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock { $0.away = ["cs", "ps-home"] }
            try await rig.disable(force: true)
            let owing = try await rig.item()
            #expect(owing.phase == "DISABLED")
            #expect(owing.owed == ["release", "clean-up: relay/ps-home", "clean-up: registration"])
            #expect(rig.peers.log.contains("platform.DeleteReplicaDisks"))
            #expect(rig.peers.state.withLock { $0.released } == [:])
            try await rig.pause(.seconds(5))
            #expect(try await rig.item().owed == owing.owed)
            rig.peers.state.withLock { $0.away = [] }
            try await rig.pause(.seconds(5))
            #expect(try await rig.item().owed == [])
            #expect(rig.peers.state.withLock { $0.released } == ["web": 2])
            #expect(rig.peers.assigned("agent-web") == 2)
            #expect(rig.peers.assigned("ps-home") == 2)
            #expect(rig.peers.log.contains("ps-home.CloseRelay"))
            #expect(rig.peers.log.contains("cs.UnregisterMachine"))
            let log = rig.peers.log
            try await rig.pause(.seconds(5))
            #expect(rig.peers.log == log, "nothing is paid twice")
        }
    }

    @Test func `a replica that could not be reached is removed at contact, and nothing is protected over it`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock { $0.away = ["mt-cloud", "platform"] }
            try await rig.disable(force: true)
            let replica = ["clean-up: replica/mt-cloud", "clean-up: replica-disks/mt-cloud"]
            #expect(try await rig.item().owed == replica)
            rig.peers.state.withLock { $0.away = ["mt-cloud"] }
            try await rig.pause(.seconds(5))
            #expect(try await rig.item().owed == ["clean-up: replica/mt-cloud"])
            rig.peers.state.withLock { $0.away = [] }
            try await rig.pause(.seconds(5))
            #expect(try await rig.item().owed == [])
            #expect(rig.peers.log.contains("mt-cloud.ForgetReplica"))
            #expect(rig.peers.assigned("platform") == 2)
        }
    }

    @Test func `a machine is protected anew only when what is in its way is gone`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock { $0.away = ["mt-cloud", "platform"] }
            try await rig.disable(force: true)
            rig.retry += 1
            let failure = await #expect(throws: Failure.self) { try await rig.protect() }
            #expect(failure?.code == .busy && failure?.message.contains("replica-disks") == true, "\(failure as Any)")
            rig.peers.state.withLock { $0.away = [] }
            try await rig.pause(.seconds(5))
            rig.retry += 1
            try await rig.protect()
            // The new protection's grant ended the release.
            #expect(rig.peers.state.withLock { $0.released } == [:])
            #expect(try await rig.item().generation?.number == 3)
        }
    }

    @Test func `a stale copy stays owed its fence, whatever became of the protection`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock {
                $0.away = ["cs", "ps-home"]
                $0.agentIsAttached = false
            }
            var request = rig.failover(.out)
            request.choice = .latestProcessed
            request.sourceDeadStatement = .with {
                $0.person = "ana"
                $0.reason = "the building is gone"
            }
            try await rig.succeed(rig.core.failOver(request))
            rig.peers.state.withLock { $0.agentIsAttached = true }
            try await rig.disable(force: true)
            #expect(try await rig.item().owed.contains("fence-source"))
            rig.peers.state.withLock { $0.away = [] }
            try await rig.pause(.seconds(5))
            #expect(try await rig.item().owed == [])
            #expect(rig.peers.log.contains("agent-web.Fence"))
            #expect(rig.peers.state.withLock { $0.power["web"] } == .draining)
            // The one that runs is released; the stale one never is.
            #expect(rig.peers.state.withLock { $0.released.keys.sorted() } == ["web-cloud"])
        }
    }

    // MARK: On the way home

    @Test func `a failback that is not committed is disabled with its old copy in the cloud`() throws {
        try withVault { rig in
            try await rig.goHome(committed: false)
            try await rig.disable()
            let item = try await rig.item()
            #expect(item.phase == "DISABLED" && item.owed == [])
            #expect(rig.peers.state.withLock { $0.exists.contains("web-cloud") } == false)
            #expect(rig.peers.log.last { $0.hasPrefix("platform.") } == "platform.DeleteReplicaDisks")
            #expect(rig.peers.owner() == "master-target/mt-cloud")
            #expect(rig.peers.state.withLock { $0.power["web"] } == .on)
            #expect(rig.peers.state.withLock { $0.released.keys.sorted() } == ["web"])
        }
    }

    @Test func `while the home copy does not run the old one in the cloud is not given away`() throws {
        try withVault { rig in
            try await rig.goHome(committed: false)
            rig.peers.state.withLock { $0.power["web"] = .off }
            let job = try await rig.ended(rig.core.operate(rig.request("disable")) { _ in (.disable, disableWorkflow) })
            #expect(job.state == .failedUnwound)
            #expect(job.message.contains("homeward cancel-failover web"), "\(job.message)")
            #expect(try await rig.item().phase == "COMMIT_PENDING_HOME")
            #expect(rig.peers.state.withLock { $0.exists.contains("web-cloud") })
        }
    }

    @Test func `forced without home, the old copy in the cloud stays until home is released`() throws {
        try withVault { rig in
            try await rig.goHome(committed: false)
            rig.peers.state.withLock { $0.away = ["cs", "ps-home", "mt-home"] }
            try await rig.disable(force: true)
            #expect(try await rig.item().owed.contains("clean-up: cloud-machine"))
            #expect(rig.peers.state.withLock { $0.exists.contains("web-cloud") })
            rig.peers.state.withLock { $0.away = [] }
            try await rig.pause(.seconds(10))
            #expect(try await rig.item().owed == [])
            #expect(rig.peers.state.withLock { $0.exists.contains("web-cloud") } == false)
            #expect(rig.peers.state.withLock { $0.released.keys.sorted() } == ["web"])
        }
    }

    // MARK: An enable that is given up

    @Test func `a machine whose enable was given up is released, and can be protected later`() throws {
        try withVault { rig in
            rig.peers.trouble("OpenRelay", .refuse)
            let job = try await rig.ended(
                rig.core.enableMachine(
                    .with {
                        $0.machine = "web"
                        $0.options = rig.options("enable-web")
                    }))
            #expect(job.state == .failedUnwound, "\(job.message)")
            #expect(rig.peers.state.withLock { $0.released } == ["web": 2])
            rig.peers.trouble("OpenRelay", nil)
            rig.retry += 1
            try await rig.protect()
            #expect(try await rig.item().generation?.number == 3)
        }
    }
}

/// Debts and keys.
@Suite struct DebtTests {
    @Test func `a debt that is made twice under one generation is paid twice`() throws {
        try withVault { rig in
            try await rig.protect()
            for count in 1...2 {
                try await rig.core.vault.store.update(rig.item().itemID(), "owe") { item in
                    item.owe(Debt.resumeSource.rawValue)
                    return true
                }
                let before = rig.peers.log.filter { $0 == "agent-web.OpenSession" }.count
                await rig.service.reconcilers.pass()
                #expect(try await rig.item().owed == [])
                let after = rig.peers.log.filter { $0 == "agent-web.OpenSession" }.count
                #expect(after == before + 1, "debt \(count)")
            }
            #expect(try await rig.item().generation?.number == 1)
        }
    }

    @Test func `a grant is placed though a process server registers between two attempts`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.trouble("PlaceGrant", .loseAnswer)
            let job = try await rig.core.failOver(rig.failover(.out))
            while !rig.peers.log.contains("platform.PlaceGrant") { try await rig.pause(.milliseconds(1)) }
            try await rig.core.heard(
                .with {
                    $0.endpoint = .with {
                        $0.id = "ps-cloud-2"
                        $0.address = "10.0.2.5:7100"
                    }
                    $0.kind = .processServer
                    $0.site = .cloud
                }, source: "vault")
            try await rig.succeed(job)
            #expect(try await rig.item().phase == "COMMIT_PENDING_OUT")
        }
    }

    @Test func `a platform that falls silent after it saw the source off is named by the gate`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock {
                _ = $0.silentAgents.insert("web")
                $0.refusingAssign = ["cs"]
            }
            let started = try await rig.core.failOver(rig.failover(.out))
            while !rig.peers.log.contains("cs.PowerOff") { try await rig.pause(.milliseconds(1)) }
            // Its agent ends, too, and the platform sees it.
            rig.peers.state.withLock { $0.power["web"] = .off }
            let job = try await rig.ended(started)
            #expect(job.state == .failedUnwound, "\(job.message)")
            let gate = try #require(job.gates.first { $0.code == "SOURCE_CONFIRMED_OFF" }, "\(job.message)")
            #expect(gate.remedy.contains("--source-dead"), "\(gate.remedy)")
        }
    }
}

/// What is asked of the store every few seconds for ever.
@Suite struct QuarantineIndexTests {
    @Test func `quarantined items are found by an index, those of a store of an older program, too`() throws {
        let world = SimulatedWorld(seed: 11)
        try world.perform { environment in
            let medium = try MemoryMedium()
            var held = ItemRecord(id: "item-b", displayName: "b")
            held.quarantine = StoredQuarantine(cause: "a test", sinceUs: 1)
            let items = [ItemRecord(id: "item-a", displayName: "a"), held]
            let older = Schema(store: "vault", migrations: Self.untilQuarantine)
            let before = try await Self.open(medium, older, environment)
            let rows = try items.map { ($0, try Stored.bytes($0)) }
            try await before.write("test") { transaction in
                for (item, body) in rows {
                    try transaction.run(
                        "INSERT INTO items VALUES (?, ?, '', NULL, 0, 0, ?)", .text(item.id), .text(item.displayName),
                        .blob(body))
                }
            }
            let store = VaultStore(
                database: try await Self.open(medium, VaultStore.schema, environment), clock: environment.clock)
            #expect(try await store.quarantined().map(\.id) == ["item-b"])
            #expect(try await store.hasQuarantined())
            let plan = try await store.database.read { transaction in
                try transaction.rows("EXPLAIN QUERY PLAN SELECT id FROM items WHERE quarantined = 1 LIMIT 1")
                    .map { try $0.text("detail") }
            }
            #expect(plan.contains { $0.contains("items_quarantined") }, "\(plan)")
            try await store.update(ItemID("item-b"), "free") { item in
                item.quarantine = nil
                return true
            }
            #expect(try await !store.hasQuarantined())
        }
    }

    private static var untilQuarantine: [String] {
        Array(VaultStore.schema.migrations.prefix { !$0.contains("items_quarantined") })
    }

    private static func open(
        _ medium: MemoryMedium, _ schema: Schema, _ environment: Environment
    ) async throws -> StoreDatabase {
        try await .open(
            .memory(medium), schema: schema, lane: environment.lanes.lane("test"), random: environment.random)
    }
}

extension Rig {
    func disable(force: Bool = false) async throws {
        var request = request("disable")
        request.force = force
        try await succeed(core.operate(request) { _ in (force ? .disableForced : .disable, disableWorkflow) })
    }

    /// Out, committed, and home again.
    func goHome(committed: Bool) async throws {
        try await protect()
        try await failOver(.out)
        try await succeed(core.operate(request("commit-out")) { _ in (.commit, commitWorkflow(.out)) })
        try await reprotect(until: "PROTECTED_HOME")
        try await failOver(.home)
        guard committed else { return }
        try await succeed(core.operate(request("commit-home")) { _ in (.commit, commitWorkflow(.home)) })
    }
}
