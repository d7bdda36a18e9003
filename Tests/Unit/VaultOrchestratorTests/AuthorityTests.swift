import Contract
import Environment
import Messages
import Model
import RPC
import Simulation
import Store
import Testing

@testable import VaultOrchestrator

/// A vault whose record is not the newest: it acts on nothing, and says what is (rule G8).
@Suite struct AuthorityTests {
    // MARK: Refusals as of an old generation

    @Test func `a refusal by one that holds a newer generation sticks, nothing is minted or given back`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.hold(7, at: "mt-cloud")
            let job = try await rig.ended(rig.core.failOver(rig.failover(.out)))
            #expect(job.state == .stuck)
            #expect(job.message.contains("homeward vault reconcile"), "\(job.message)")
            let item = try await rig.item()
            #expect(item.generation?.number == 2)
            #expect(item.quarantine?.found.contains { $0.contains("mt-cloud holds generation 7/") } == true)
            let log = rig.peers.log
            #expect(!log.contains { $0.hasSuffix(".Assign.3") || $0 == "cs.PowerOn" }, "\(log)")
            try await rig.pause(.seconds(20))
            #expect(rig.peers.log == log)
            #expect(try await rig.item().quarantine != nil)
        }
    }

    @Test func `another token with the same number sticks, too`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.hold(2, at: "platform")
            #expect(try await rig.ended(rig.core.failOver(rig.failover(.out))).state == .stuck)
            #expect(try await rig.item().generation?.number == 2)
            #expect(try await rig.item().quarantine != nil)
        }
    }

    @Test func `a call that was only late is given back as ever, and quarantines nothing`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.trouble("SealFinal", .stale)
            #expect(try await rig.ended(rig.core.failOver(rig.failover(.out))).state == .failedUnwound)
            let item = try await rig.item()
            #expect(item.quarantine == nil)
            #expect(item.phase == "PROTECTED_OUT" && item.generation?.number == 3)
        }
    }

    @Test func `while somebody who matters does not say what it holds a refusal is not taken for late`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.trouble("SealFinal", .stale)
            rig.peers.state.withLock { $0.away = ["ps-home"] }
            #expect(try await rig.ended(rig.core.failOver(rig.failover(.out))).state == .stuck)
            #expect(try await rig.item().generation?.number == 2)
            let job = try #require(try await rig.item().claimJob)
            // Nobody else holds anything newer: the census frees it, and the job goes on by itself.
            rig.peers.trouble("SealFinal", nil)
            rig.peers.state.withLock { $0.away = [] }
            try await rig.pause(.seconds(12))
            #expect(try await rig.item().quarantine == nil)
            try await rig.succeed(.with { $0.name = "jobs/\(job)" })
            #expect(try await rig.item().phase == "COMMIT_PENDING_OUT")
        }
    }

    @Test func `a vault that another one succeeded acts on nothing until a person says which goes on`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock { $0.epochs["mt-cloud"] = 40 }
            #expect(try await rig.ended(rig.core.failOver(rig.failover(.out))).state == .stuck)
            try await rig.pause(.seconds(12))
            #expect(try await rig.item().quarantine?.needsPerson == true)
            let done = try await rig.reconcile()
            #expect(done.map(\.refused) == [""])
            #expect(rig.core.vault.epoch > 40)
            try await rig.pause(.seconds(5))
            #expect(try await rig.item().quarantine == nil)
            #expect(try await rig.item().phase == "PROTECTED_OUT")
        }
    }

    @Test func `what a configuration server holds above the record quarantines, an older one does not`() throws {
        try withVault { rig in
            try await rig.protect()
            let old = try await rig.item().assignment().message
            try await rig.failOver(.out)
            _ = try await rig.core.linked(rig.link(higher: [old]))
            #expect(try await rig.item().quarantine == nil)
            let newer = try #require(rig.newer(try await rig.item(), 9))
            _ = try await rig.core.linked(rig.link(higher: [newer]))
            #expect(try await rig.item().quarantine?.found.first?.contains("cs holds generation 9/") == true)
        }
    }

    // MARK: What is refused

    @Test func `a quarantined item is read, and every operation on it is refused by one gate`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.hold(7, at: "cs")
            _ = try await rig.core.linked(
                rig.link(higher: [try #require(rig.newer(try await rig.item(), 7))]))
            let failover = await #expect(throws: Failure.self) { try await rig.core.failOver(rig.failover(.out)) }
            let disable = await #expect(throws: Failure.self) {
                try await rig.core.operate(rig.request("disable")) { _ in (.disableForced, disableWorkflow) }
            }
            for failure in [failover, disable] {
                let gate = failure?.gates.first { $0.code == .generationCurrent }
                #expect(gate?.status == .fail)
                #expect(gate?.remedy?.command?.hasPrefix("homeward vault reconcile --item web") == true)
                #expect(gate?.evidence.contains { $0.observed.contains("generation 7/") } == true)
            }
            let shown = rig.core.show(try await rig.item())
            #expect(shown.quarantine != nil && shown.health.first?.hasPrefix("quarantined: ") == true)
            #expect(try await rig.core.recoveryPoints(.with { $0.item = "web" }).points.isEmpty == false)
            // Its assignment is told to nobody.
            #expect(try await rig.core.assignments().isEmpty)
        }
    }

    @Test func `nobody links as a configuration server but itself`() throws {
        try withVault { rig in
            let handler = InfrastructureHandler(core: rig.core)
            // An operator's certificate.
            let refused = await #expect(throws: RPCError.self) {
                try await handler.linkConfigurationServer(rig.link(higher: []), context)
            }
            #expect(refused?.code == .permissionDenied)
        }
    }

    @Test func `a component of home without an address keeps none of the others unheard`() throws {
        try withVault { rig in
            var request = rig.link(higher: [])
            request.components = ["", "10.0.1.9:7100"].enumerated().map { number, address in
                .with {
                    $0.endpoint = .with {
                        $0.id = "ps-\(number)"
                        $0.address = address
                    }
                    $0.kind = .processServer
                    $0.site = .home
                }
            }
            _ = try await rig.core.linked(request)
            #expect(rig.core.vault.directory.entry("ps-0") == nil && rig.core.vault.directory.entry("ps-1") != nil)
        }
    }
}

extension Rig {
    /// Gives a component a generation that this vault never minted.
    func hold(_ number: UInt64, at name: String) async throws {
        let item = try await item()
        let message = try #require(newer(item, number))
        let generation = try Contract.Assignment(message).generation
        peers.state.withLock { state in
            state.assigned["\(name)/\(item.id)"] = generation
            state.assignments["\(name)/\(item.id)"] = message
        }
    }

    func newer(_ item: ItemRecord, _ number: UInt64) -> CommonV1.Assignment? {
        guard var message = try? item.assignment().message else { return nil }
        message.generation = .with {
            $0.number = number
            $0.token = [UInt8](repeating: 0xEE, count: GenerationToken.byteCount)
        }
        return message
    }

    func link(higher: [CommonV1.Assignment]) -> VaultV1.LinkConfigurationServerRequest {
        .with {
            $0.component = .with {
                $0.endpoint = .with {
                    $0.id = "cs"
                    $0.address = ScriptedPeers.addresses["cs"] ?? ""
                }
                $0.kind = .configurationServer
                $0.site = .home
            }
            $0.higher = higher
        }
    }

    func reconcile(missing: String = "") async throws -> [VaultV1.ReconciledItem] {
        try await Reconciliation(core: core).run(
            .with {
                $0.person = "ana"
                $0.reason = "the old vault's disk is gone"
                if !missing.isEmpty {
                    $0.missingStatement = .with {
                        $0.person = "ana"
                        $0.reason = missing
                    }
                }
            }
        ).items
    }
}
