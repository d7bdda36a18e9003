import Messages
import Model
import RPC
import Testing

@testable import VaultOrchestrator

/// A migration that is completed: the machine stays in the cloud as an ordinary one, and never comes home.
@Suite struct MigrationTests {
    @Test(arguments: [false, true])
    func `a completed migration releases the cloud machine and leaves nothing of the protection`(
        _ committed: Bool
    ) throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.failOver(.out)
            if committed {
                try await rig.succeed(rig.core.operate(rig.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
            }
            try await rig.succeed(rig.core.completeMigration(rig.request("migrate")))
            let item = try await rig.item()
            let last = try #require(item.generation?.number)
            #expect(item.phase == "MIGRATED" && item.owed == [] && item.claimJob == nil)
            #expect(item.generation?.activeSite == "cloud")
            #expect(item.home.state == "fenced" && item.cloud.state == "running")
            #expect(rig.peers.state.withLock { $0.released } == ["web-cloud": last])
            #expect(rig.peers.state.withLock { $0.power["web"] } != .on)
            #expect(rig.peers.state.withLock { $0.power["web-cloud"] } == .on)
            let log = rig.peers.log
            #expect(log.contains("mt-cloud.ForgetReplica") && log.contains("cs.UnregisterMachine"), "\(log)")
            #expect(!log.contains("platform.DeleteMachine") && !log.contains("platform.DeleteReplicaDisks"), "\(log)")
            #expect(rig.peers.assigned("platform-home") == last)
        }
    }

    @Test func `what was migrated is refused everything, by the rule that it was`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.failOver(.out)
            try await rig.succeed(rig.core.completeMigration(rig.request("migrate")))
            let before = try await rig.item()
            // Nobody can be asked for points any more; that follows, too.
            rig.peers.state.withLock { $0.away = ["mt-cloud"] }
            let operations: [@Sendable () async throws -> VaultV1.Job] = [
                { try await rig.core.reprotect(rig.request("reprotect")) },
                { try await rig.core.failOver(rig.failover(.home)) },
            ]
            for operation in operations {
                let failure = await #expect(throws: Failure.self) { _ = try await operation() }
                let gates = failure?.gates ?? []
                let roots = gates.filter { gate in
                    if case .gate = gate.causedBy { false } else { true }
                }
                #expect(roots.map(\.code) == [.migrationNotCompleted])
                #expect(roots.first?.remedy != nil)
            }
            let answers = try await rig.core.allowedOperations("web").operations
            #expect(answers.filter(\.allowed).isEmpty)
            #expect(try await rig.item() == before)
        }
    }

    @Test func `a cloud site that is silent after the point of no return is paid for at contact`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.failOver(.out)
            rig.peers.state.withLock { _ = $0.silentAgents.insert("web-cloud") }
            try await rig.succeed(rig.core.completeMigration(rig.request("migrate")))
            #expect(try await rig.item().owed.contains("release"))
            rig.peers.state.withLock { $0.silentAgents = [] }
            try await rig.pause(.seconds(5))
            #expect(try await rig.item().owed == [])
            #expect(try await rig.item().phase == "MIGRATED")
        }
    }

    @Test func `its preview says that there is no way home, and a protected machine is not migrated`() throws {
        try withVault { rig in
            try await rig.protect()
            let early = await #expect(throws: Failure.self) {
                _ = try await rig.core.completeMigration(rig.request("early"))
            }
            #expect(early?.gates.map(\.code) == [.operationAllowed])
            try await rig.failOver(.out)
            var request = rig.request("preview")
            request.options?.validateOnly = true
            let preview = try #require(try await rig.core.completeMigration(request).preview)
            #expect(preview.warnings.contains { $0.contains("cannot be brought home") })
            #expect(preview.steps.contains { $0.pivot })
            #expect(try await rig.item().phase == "COMMIT_PENDING_OUT")
        }
    }
}
