import Contract
import Messages
import Model
import Testing

@testable import VaultOrchestrator

extension ScriptedPeers {
    func compare(
        _ state: inout State, _ machine: String, _ key: CommonV1.OperationKey?, _ asked: AgentV1.CompareCommand
    ) throws -> [UInt8] {
        try once(&state, machine, "Compare", key, asked.generation) { state in
            state.comparison = asked.stop ? nil : .with { $0.id = asked.id }
            return AgentV1.AgentCommandResult.with { $0.result = .comparison(.with { $0.id = asked.id }) }
        }
    }
}

/// All blocks of an item are compared with its replica because somebody asked.
@Suite struct ResyncTests {
    @Test func `all is compared in the same generation, without the claim, and the job says what came of it`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock { ($0.leftToCompare, $0.comparedDiffering) = (40, 3) }
            let job = try await rig.core.resync(rig.request("resync"))
            try await rig.pause(.seconds(4))
            let item = try await rig.item()
            #expect(item.phase == "PROTECTED_OUT" && item.claimJob == nil && item.generation?.number == 1)
            #expect(item.health == ["RESYNCHRONIZING: all blocks are compared with the replica, as job "
                + "\(job.name.dropFirst(5)) asked"])
            let shown = try #require(rig.core.show(item).resync)
            #expect(shown.job == job.name && shown.person == "ana" && shown.endedUnixUs == 0)
            #expect(shown.comparedBlocks == 60 && shown.differingBlocks == 3 && shown.digestBytes == 160)
            let seen = try await rig.core.vault.store.view(JobID(String(job.name.dropFirst(5)))).message
            #expect(seen.state == .waitingAgent)
            #expect(seen.progressBytes == 60 * 4_096 && seen.totalBytes == 100 * 4_096)
            rig.peers.state.withLock { $0.leftToCompare = 0 }
            let ended = try await rig.ended(seen)
            #expect(ended.state == .succeeded)
            #expect(ended.facts["compared.blocks"] == "100" && ended.facts["compared.differing"] == "3")
            #expect(ended.facts["compared.resent"] == "3" && ended.facts["compared.digestBytes"] == "160")
            try await rig.pause(.seconds(2))
            let after = try await rig.item()
            #expect(after.health == healthy && rig.core.show(after).resync?.endedUnixUs ?? 0 > 0)
        }
    }

    @Test func `beside another comparison it is refused, and names its job`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock { $0.leftToCompare = 40 }
            let first = try await rig.core.resync(rig.request("resync"))
            try await rig.pause(.seconds(2))
            let failure = await #expect(throws: Failure.self) {
                _ = try await rig.core.resync(rig.request("again"))
            }
            #expect(failure?.gates.map(\.code) == [.noConflictingJob])
            #expect(failure?.gates.first?.remedy?.command == "homeward jobs cancel \(first.name.dropFirst(5))")
        }
    }

    @Test func `a precheck says what may be sent and changes nothing`() throws {
        try withVault { rig in
            try await rig.protect()
            let before = rig.peers.log.count
            let request = rig.request("resync").changed { $0.options?.validateOnly = true }
            let preview = try #require(try await rig.core.resync(request).preview)
            #expect(preview.gates.contains { $0.code == "LINEAGE_PROVES_DIRECTION" && $0.status == .pass })
            let whole = try await rig.item().blocks
            #expect(preview.boundBlocks == whole)
            #expect(preview.bounds.first?.basis.contains("\((whole + 1_023) / 1_024 * 16) bytes of digests") == true)
            #expect(try await rig.item().resync == nil && rig.peers.log.count == before)
        }
    }

    @Test func `cancelled, its agent is told to stop, and another may be asked for`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock { $0.leftToCompare = 40 }
            let job = try await rig.core.resync(rig.request("resync"))
            try await rig.pause(.seconds(3))
            #expect(rig.peers.state.withLock { $0.comparison != nil })
            try await rig.core.runner.cancel(
                JobID(String(job.name.dropFirst(5))),
                by: Statement(name: "ana", reason: "", at: rig.core.vault.now, checked: ""))
            #expect(try await rig.ended(job).state == .cancelled)
            try await rig.pause(.seconds(3))
            #expect(rig.peers.state.withLock { $0.comparison == nil })
            let item = try await rig.item()
            #expect(item.resync?.cause == "it was called off" && item.health == healthy && item.claimJob == nil)
            rig.peers.state.withLock { $0.leftToCompare = 0 }
            try await rig.succeed(rig.core.resync(rig.request("again")))
        }
    }

    @Test func `one that was cancelled under an agent that does not answer stands in no other's way`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock { ($0.leftToCompare, $0.agentIsAttached) = (40, true) }
            let job = try await rig.core.resync(rig.request("resync"))
            try await rig.pause(.seconds(2))
            rig.peers.state.withLock { $0.agentIsAttached = false }
            try await rig.core.runner.cancel(
                JobID(String(job.name.dropFirst(5))),
                by: Statement(name: "ana", reason: "", at: rig.core.vault.now, checked: ""))
            #expect(try await rig.ended(job).state == .cancelled)
            rig.peers.state.withLock { ($0.leftToCompare, $0.agentIsAttached) = (0, true) }
            let next = try await rig.core.resync(rig.request("again"))
            try await rig.succeed(next)
            #expect(try await rig.item().resync?.job == String(next.name.dropFirst(5)))
        }
    }

    @Test func `a failover goes ahead meanwhile, and ends it`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock { $0.leftToCompare = 40 }
            let job = try await rig.core.resync(rig.request("resync"))
            try await rig.pause(.seconds(2))
            try await rig.failOver(.out)
            let ended = try await rig.ended(job)
            #expect(ended.state == .failedUnwound)
            #expect(ended.message.contains("the item went on to COMMIT_PENDING_OUT before all was compared"))
            let item = try await rig.item()
            #expect(item.claimJob == nil && item.health == healthy)
        }
    }

    @Test func `an agent that cannot compare says so, and the job fails by it`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.trouble("Compare", .refuse)
            let ended = try await rig.ended(rig.core.resync(rig.request("resync")))
            #expect(ended.state == .failedUnwound && ended.message.contains("its agent refused: "), "\(ended.message)")
        }
    }

    @Test func `an item says when its disks were last read, at both ends`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock {
                $0.sourceScrub = .with { $0.endedUnixUs = 77; $0.intervalUs = 5 }
                $0.replicaScrub = .with { $0.endedUnixUs = 99; $0.differingBlocks = 2 }
            }
            try await rig.pause(.seconds(15))
            let scrubs = try #require(rig.core.show(try await rig.item()).scrubs)
            #expect(scrubs.sourceEndedUnixUs == 77 && scrubs.sourceDifferingBlocks == 0 && scrubs.sourceIntervalUs == 5)
            #expect(scrubs.targetEndedUnixUs == 99 && scrubs.targetDifferingBlocks == 2)
            #expect(scrubs.targetIntervalUs == 6)
        }
    }

    @Test func `a group is not compared as a whole, each of its members is`() throws {
        try withVault { rig in
            for name in ["app", "db"] { try await rig.protect(name, group: "shop", server: "ps-home") }
            let failure = await #expect(throws: Failure.self) {
                _ = try await rig.core.resync(rig.request("all", "shop"))
            }
            #expect(failure?.code == .invalidArgument)
            try await rig.succeed(rig.core.resync(rig.request("one", "app")))
        }
    }
}
