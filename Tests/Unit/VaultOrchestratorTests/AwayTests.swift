import Messages
import Model
import Testing

@testable import VaultOrchestrator

/// Home's platform, configuration server and agent are silent, or come back in another boot.
@Suite struct AwayTests {
    private static let home: Set<String> = ["cs", "ps-home"]

    @Test func `an item tells how it replicates, while its agent is heard and it is protected`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock { $0.tracking = .resynchronizing }
            rig.agent(dirty: 4, suspects: 70)
            try await rig.pause(.seconds(5))
            let seen = try #require(rig.core.show(try await rig.item()).replication)
            #expect(seen.state == .resynchronizing)
            #expect(seen.suspectBlocks == 70)
            rig.peers.state.withLock { $0.agentIsAttached = false }
            try await rig.pause(.seconds(5))
            #expect(try await rig.core.show(rig.item()).replication == nil)
            rig.peers.state.withLock {
                $0.agentIsAttached = true
                $0.tracking = .streaming
            }
            try await rig.pause(.seconds(5))
            #expect(try await rig.core.show(rig.item()).replication?.state == .streaming)
            try await rig.failOver(.out)
            try await rig.pause(.seconds(5))
            #expect(try await rig.core.show(rig.item()).replication == nil)
        }
    }

    @Test func `a failover whose source nobody can see is refused before anything is begun`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock { $0.away = Self.home }
            let before = try await rig.item()
            let failure = await #expect(throws: Failure.self) { _ = try await rig.core.failOver(rig.failover(.out)) }
            let gate = failure?.gates.first { $0.code == .sourceConfirmedOff }
            #expect(gate?.status == .fail)
            #expect(gate?.remedy?.command?.contains("--source-dead") == true)
            #expect(try await rig.item() == before)
        }
    }

    @Test func `an agent that one relay reaches is enough to begin with`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock { $0.away = ["cs"] }
            try await rig.failOver(.out)
            #expect(try await rig.item().phase == "COMMIT_PENDING_OUT")
        }
    }

    @Test func `who was away when the roles changed is told once, when it is back`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock { $0.away = ["cs"] }
            try await rig.failOver(.out)
            try await rig.pause(.seconds(5))
            #expect(rig.peers.assigned("cs") == 1)
            rig.peers.state.withLock { $0.away = [] }
            try await rig.pause(.seconds(5))
            #expect(rig.peers.assigned("cs") == 2)
            #expect(rig.peers.assigned("platform-home") == 2)
            #expect(try await rig.item().missedBy == nil)
            let calls = rig.peers.state.withLock { $0.assignCalls }
            try await rig.pause(.seconds(5))
            #expect(rig.peers.state.withLock { $0.assignCalls } == calls, "nobody is told twice")
        }
    }

    @Test func `a source that was stated dead is stopped at first contact, whoever holds its item`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.failOverDead()
            try await rig.core.vault.store.update(rig.item().itemID(), "held") { item in
                item.claimJob = "job-other"
                item.claimOperation = Operation.commit.name
                return true
            }
            rig.peers.state.withLock { $0.away = [] }
            await rig.service.reconcilers.pass()
            #expect(rig.peers.state.withLock { $0.power["web"] } == .draining)
            #expect(rig.peers.log.contains("agent-web.Fence"))
            #expect(try await rig.item().owed == [])
            #expect(try await rig.item().claimJob == "job-other")
        }
    }

    @Test func `a source that was stated dead and is back before the other copy boots is fenced while the job runs`()
        throws
    {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock { $0.unbootable = ["web-cloud"] }
            let job = try await rig.failingOverDead()
            while rig.peers.state.withLock({ $0.power["web-cloud"] != .on }) { try await rig.pause(.milliseconds(100)) }
            rig.peers.state.withLock {
                $0.away = []
                $0.agentIsAttached = true
            }
            await rig.service.reconcilers.pass()
            #expect(rig.peers.state.withLock { $0.power["web"] } == .draining)
            #expect(rig.peers.log.contains("agent-web.Fence"))
            let held = try await rig.item()
            #expect(held.claimOperation == Operation.failover(.out).name && held.owed == [])
            rig.peers.state.withLock { $0.unbootable = [] }
            try await rig.succeed(job)
            let paid = try await rig.item()
            #expect(paid.owed == [] && !paid.home.statedDead, "what is paid is not owed again")
            #expect(paid.home.value == .fenced && paid.oldSource == OldSource.fenced.rawValue)
            try await rig.succeed(
                rig.core.operate(rig.request("cancel")) { _ in (.cancelFailover, cancelFailoverWorkflow(.out)) })
        }
    }

    @Test func `a source that was stated dead and answers before the grant keeps its machine`() throws {
        try withVault { rig in
            try await rig.protect()
            // Home is back once the machine was handed over.
            rig.peers.state.withLock { $0.awayAfter = ("PlaceGrant", []) }
            let job = try await rig.ended(rig.failingOverDead())
            #expect(job.state == .failedUnwound, "\(job)")
            #expect(job.message.contains("machine web is on"), "\(job.message)")
            #expect(!rig.peers.log.contains("platform.PowerOn"))
            try await rig.pause(.seconds(5))
            let item = try await rig.item()
            #expect(item.phase == "PROTECTED_OUT" && item.generation?.activeSite == "home" && item.owed == [])
            #expect(rig.peers.state.withLock { $0.power["web"] } == .on)
        }
    }

    @Test func `a source that was stated dead and is off keeps no grant`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock { $0.grants["web"] = (1, $0.hostBoot) }
            try await rig.failOverDead()
            rig.peers.state.withLock {
                $0.away = []
                $0.power["web"] = .off
                $0.happensAfter = ("WithdrawGrant", .isStarted)
            }
            await rig.service.reconcilers.pass()
            #expect(try await rig.item().owed == ["stop-source", "fence-source"], "it runs again: not paid")
            await rig.service.reconcilers.pass()
            #expect(try await rig.item().owed == [])
            #expect(rig.peers.state.withLock { $0.power["web"] } == .draining)
            #expect(rig.peers.state.withLock { $0.grants["web"] == nil })
        }
    }

    @Test func `a source that was given its machine again owes nothing`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.failOverDead()
            try await rig.core.vault.store.update(rig.item().itemID(), "returned") { item in
                item.generation?.activeSite = "home"
                item.claimJob = "job-other"
                return true
            }
            rig.peers.state.withLock { $0.away = [] }
            await rig.service.reconcilers.pass()
            #expect(rig.peers.state.withLock { $0.power["web"] } == .on)
        }
    }

    @Test func `a machine that its host started by itself is granted anew, once for each boot of the host`() throws {
        try withVault { rig in
            try await rig.protect()
            for (boot, count) in [("host-boot-2", 1), ("host-boot-3", 2)] {
                rig.peers.state.withLock {
                    $0.hostBoot = boot
                    $0.isClosed = true
                }
                for _ in 0..<3 { await rig.service.reconcilers.pass() }
                for call in ["PlaceGrant", "PowerOff", "PowerOn"] {
                    #expect(rig.peers.log.filter { $0 == "cs.\(call)" }.count == count, "\(rig.peers.log)")
                }
            }
            #expect(try await rig.item().generation?.number == 1)
        }
    }

    @Test func `a machine that a person turned off stays off`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock {
                $0.isClosed = true
                $0.power["web"] = .off
            }
            await rig.service.reconcilers.pass()
            #expect(!rig.peers.log.contains("cs.PowerOn"))
        }
    }

    @Test(arguments: [false, true])
    func `a failover given up while home is away owes home its roles`(isClosed: Bool) throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock { $0.awayAfter = ("Fence", Self.home) }
            let job = try await rig.core.failOver(rig.failover(.out))
            // The drain would wait for it, and ask.
            try await rig.pause(.seconds(100))
            _ = try await JobsHandler(core: rig.core).cancelJob(
                .with { ($0.name, $0.person, $0.reason) = (job.name, "ana", "home comes back") }, context)
            #expect(try await rig.ended(job).state == .cancelled)
            let owing = try await rig.item()
            #expect(owing.phase == "PROTECTED_OUT" && owing.claimJob == nil)
            #expect(owing.owed == ["resume-source"])
            #expect(owing.generation?.number == 3 && owing.generation?.activeSite == "home")
            rig.peers.state.withLock {
                $0.away = []
                $0.isClosed = isClosed
                $0.hostBoot = "host-boot-2"
            }
            try await rig.pause(.seconds(5))
            #expect(try await rig.item().owed == [])
            #expect(rig.peers.assigned("agent-web") == 3)
            #expect(rig.peers.assigned("ps-home") == 3)
            // Its guest was stopped before home was lost, whatever its agent says.
            #expect(rig.peers.log.contains("cs.PowerOn"))
            #expect(rig.peers.state.withLock { $0.power["web"] } == .on)
            rig.retry += 1
            try await rig.failOver(.out)
        }
    }

    @Test(arguments: [false, true])
    func `a guest that was fenced before its platform was seen to stop it boots when the failover is given up`(
        isBackInTime: Bool
    ) throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock {
                $0.away = ["cs"]
                if isBackInTime { $0.awayAfter = ("Drain", []) }
            }
            rig.peers.trouble("SealFinal", .refuse)
            let job = try await rig.ended(try await rig.core.failOver(rig.failover(.out)))
            #expect(job.state == .failedUnwound, "\(job)")
            let owing = try await rig.item()
            #expect(owing.phase == "PROTECTED_OUT" && owing.claimJob == nil)
            #expect(owing.owed.contains("restart-source") != isBackInTime, "\(owing.owed)")
            #expect(rig.peers.state.withLock { $0.gaveUp.contains("web") } != isBackInTime)
            rig.peers.state.withLock { $0.away = [] }
            try await rig.pause(.seconds(5))
            #expect(try await rig.item().owed == [])
            #expect(rig.peers.state.withLock { $0.gaveUp.isEmpty && $0.power["web"] == .on })
            // Once, under the generation of the undo.
            #expect(rig.peers.state.withLock { $0.boots["web"] == 1 && $0.ranUnder["web"]?.number == 3 })
            rig.peers.trouble("SealFinal", nil)
            rig.retry += 1
            try await rig.failOver(.out)
        }
    }

    @Test func `a disable boots a guest whose restart is owed`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock { $0.away = ["cs"] }
            rig.peers.trouble("SealFinal", .refuse)
            #expect(try await rig.ended(rig.core.failOver(rig.failover(.out))).state == .failedUnwound)
            try await rig.core.vault.store.update(rig.item().itemID(), "held") { item in
                item.claimJob = "job-other"
                return true
            }
            rig.peers.state.withLock { $0.away = [] }
            try await rig.pause(.seconds(5))
            #expect(rig.peers.state.withLock { $0.gaveUp == ["web"] })
            let held = try await rig.item()
            let vault = rig.core.vault
            let release = Release(vault: vault, item: held, assignment: try held.assignment()) {
                try vault.reconcilerKey("test-release", $0, held.assignment())
            }
            try await release.perform()
            #expect(rig.peers.state.withLock { $0.gaveUp.isEmpty && $0.power["web"] == .on })
        }
    }

    @Test func `a host that booted between grant and power-on gets a fresh grant`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.failOver(.out)
            let keys = rig.peers.state.withLock { $0.results.keys.filter { $0.contains("host-boot-1") } }
            // Grant and power are of the boot that they were made in, so in the next one they are made again.
            #expect(keys.contains { $0.contains("grant/web-cloud") })
            #expect(keys.contains { $0.contains("power/web-cloud") })
        }
    }
}

extension Rig {
    /// To the cloud, with home silent and stated dead.
    fileprivate func failOverDead() async throws {
        try await succeed(failingOverDead())
        peers.state.withLock { $0.agentIsAttached = true }
    }

    fileprivate func failingOverDead() async throws -> VaultV1.Job {
        peers.state.withLock { $0.away = ["cs", "ps-home"] }
        var request = failover(.out)
        request.choice = .latestProcessed
        request.sourceDeadStatement = .with {
            $0.person = "ana"
            $0.reason = "the building is gone"
        }
        // Nobody is dead whose machine was heard of lately.
        peers.state.withLock { $0.agentIsAttached = false }
        return try await core.failOver(request)
    }
}
