import Messages
import Model
import Simulation
import Testing

@testable import VaultOrchestrator

/// An administrator changes the disks of a protected machine: what does not replicate is named, and refuses by name.
@Suite struct DiskDifferenceTests {
    private static let added = [ScriptedPeers.disk(), ScriptedPeers.disk("d2", index: 1, bytes: 4_096)]

    @Test func `a disk that was added is named in the item, its health and the refusal of a failover`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.change(Self.added)
            let said = "disk d2 (4096 bytes) of machine web is not replicated"
            let shown = try await rig.core.show(rig.item())
            let first = try #require(shown.diskDifferences.first)
            #expect(shown.diskDifferences.count == 1)
            #expect(first.kind == .notReplicated && first.disk == "d2" && first.site == .home)
            #expect(shown.health == [said])
            try await rig.pause(.seconds(5))
            let later = try await rig.core.show(rig.item())
            #expect(later.diskDifferences == [first])

            var request = rig.failover(.out)
            let gates = try await rig.refusal(request)
            let gate = try #require(gates.first { $0.code == .diskSetMatches })
            #expect(gates.count == 1)
            #expect(gate.evidence.map(\.observed) == [said])
            #expect(gate.remedy?.command == "homeward failover web --waive DISK_SET_MATCHES='why'")
            for (code, reason, person, says) in [
                ("DISK_SETS", "scratch", "alice", "no such gate"), ("DISK_SET_MATCHES", "", "alice", "say why"),
                ("DISK_SET_MATCHES", "scratch", "", "say who"),
            ] {
                var asked = request
                asked.options?.waivers = [.with { ($0.code, $0.reason) = (code, reason) }]
                asked.options?.person = person
                do {
                    _ = try await rig.core.failOver(asked)
                    Issue.record("passed by \(code), \(reason), \(person)")
                } catch let failure as Failure {
                    #expect(failure.code == .invalidArgument && failure.message.contains(says), "\(failure)")
                }
            }
            request.options?.waivers = [.with { $0.code = "DISK_SET_MATCHES"; $0.reason = "scratch" }]
            request.options?.requestID = "by a word"
            try await rig.succeed(rig.core.failOver(request))
        }
    }

    @Test func `the preview of a reprotect names a disk that was added in the cloud, and no word passes it`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.failOver(.out)
            try await rig.succeed(rig.core.operate(rig.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
            try await rig.change(Self.added)
            let shown = try await rig.core.show(rig.item())
            #expect(shown.diskDifferences.map(\.site) == [CommonV1.Site.cloud])
            var request = rig.request("preview")
            request.options?.validateOnly = true
            let preview = try #require(try await rig.core.reprotect(request).preview)
            let gate = try #require(preview.gates.first { $0.code == "DISK_SET_MATCHES" })
            #expect(gate.status == .fail && gate.blocking)
            #expect(gate.evidence.contains("disk d2 (4096 bytes) of machine web-cloud is not replicated"))
            request = rig.request("by a word")
            request.options?.waivers = [.with { $0.code = "DISK_SET_MATCHES"; $0.reason = "scratch" }]
            let refused = try await rig.refused { [request] in try await rig.core.reprotect(request) }
            #expect(refused.map(\.code) == [.diskSetMatches])
            try await rig.change([ScriptedPeers.disk()])
            #expect(try await rig.core.show(rig.item()).diskDifferences.isEmpty)
            try await rig.reprotect(until: "PROTECTED_HOME")
        }
    }

    @Test func `a dead site's disks are as they were last seen, and a word passes them`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.change(Self.added)
            rig.peers.state.withLock { $0.away = ["cs", "ps-home"]; $0.agentIsAttached = false }
            var request = rig.failover(.out)
            request.choice = .latestProcessed
            request.sourceDeadStatement = .with { $0.person = "ana"; $0.reason = "the building is gone" }
            #expect(try await rig.refusal(request).map(\.code) == [.diskSetMatches])
            request.options?.waivers = [.with { $0.code = "DISK_SET_MATCHES"; $0.reason = "it is gone" }]
            request.options?.requestID = "by a word"
            try await rig.succeed(rig.core.failOver(request))
        }
    }

    @Test func `a larger disk is named until its replica was enlarged; then the item has that size`() throws {
        try withVault { rig in
            try await rig.protect()
            let larger = ScriptedPeers.disk(bytes: 3 << 20)
            try await rig.change([larger])
            let shown = try await rig.core.show(rig.item())
            let difference = try #require(shown.diskDifferences.first)
            #expect(difference.kind == .larger && difference.machineBytes == 3 << 20)
            #expect(shown.disks.map(\.bytes) == [1 << 20])
            #expect(shown.health == ["ok"])
            rig.peers.state.withLock { $0.replicaDisks = [larger] }
            try await rig.pause(.seconds(3))
            let after = try await rig.core.show(rig.item())
            #expect(after.diskDifferences.isEmpty)
            #expect(after.disks.map(\.bytes) == [3 << 20])
            try await rig.failOver(.out)
        }
    }
}

extension Rig {
    /// The gates that refuse it.
    fileprivate func refusal(_ request: VaultV1.FailoverRequest) async throws -> [Gate] {
        try await refused { try await core.failOver(request) }
    }

    fileprivate func refused(_ body: () async throws -> VaultV1.Job) async throws -> [Gate] {
        do {
            _ = try await body()
            return []
        } catch let failure as Failure { return failure.gates.filter(\.blocks) }
    }

    fileprivate func change(_ disks: [CommonV1.Disk]) async throws {
        peers.state.withLock { $0.machineDisks = disks }
        try await pause(.seconds(3))
    }
}
