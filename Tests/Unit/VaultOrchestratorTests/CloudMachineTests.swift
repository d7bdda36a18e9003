import Messages
import Model
import Testing

@testable import VaultOrchestrator

/// Row 14: what became of a cloud machine is told while its item is to come home, before somebody asks.
@Suite struct CloudMachineTests {
    private static let round: Duration = Reconcilers.cloudMachineRound + .seconds(3)

    private func failOut(_ rig: Rig) async throws {
        try await rig.protect()
        try await rig.failOver(.out)
        try await rig.succeed(rig.core.operate(rig.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
    }

    private func alerts(_ rig: Rig) async throws -> [VaultV1.Alert] {
        try await AlertsHandler(core: rig.core).listAlerts(.init(), context).alerts
            .filter { $0.code == "CLOUD_MACHINE_GONE" }
    }

    private func exists(_ rig: Rig, _ exists: Bool) {
        rig.peers.state.withLock { state in
            if exists { state.exists.insert("web-cloud") } else { state.exists.remove("web-cloud") }
        }
    }

    @Test(arguments: ["COMMITTED_OUT", "PROTECTED_HOME", "SYNCHRONIZING_HOME"])
    func `a cloud machine that was deleted blocks the way home until it is there again`(_ phase: String) throws {
        try withVault { rig in
            try await failOut(rig)
            if phase == "SYNCHRONIZING_HOME" { rig.peers.state.withLock { $0.tracking = .only } }
            if phase != "COMMITTED_OUT" {
                let job = try await rig.core.reprotect(rig.request("reprotect"))
                if phase == "PROTECTED_HOME" { try await rig.succeed(job) } else { try await rig.pause(.seconds(5)) }
            }
            try await rig.pause(Self.round)
            let before = try await rig.item()
            #expect(before.phase == phase && before.blockers == [] && before.claimJob == nil)
            #expect(try await alerts(rig) == [])
            exists(rig, false)
            try await rig.pause(Self.round)
            let blocked = try await rig.item()
            #expect(blocked.phase == phase && blocked.generation == before.generation)
            #expect(rig.core.show(blocked).blockers == ["CLOUD_MACHINE_EXISTS: machine web-cloud does not exist"])
            let alert = try #require(try await alerts(rig).first)
            #expect(alert.subject == "items/\(blocked.id)" && alert.severity == .critical)
            #expect(alert.detail.contains("cannot be failed back") && alert.detail.contains("does not exist"))
            let verb = phase == "COMMITTED_OUT" ? "reprotect" : "failback"
            #expect(alert.remedy == "homeward \(verb) web --precheck")
            exists(rig, true)
            try await rig.pause(Self.round)
            #expect(try await rig.item().blockers == [])
            #expect(try await alerts(rig) == [])
            let told = try await rig.whole().filter { $0.item == "items/\(blocked.id)" }
            let facts = told.filter { $0.kind == "item-changed" }.flatMap(\.facts).filter { $0.name == "blockers" }
            #expect(facts.count == 2 && facts.last?.value.hasSuffix("-> ") == true, "\(facts)")
            #expect(told.filter { $0.kind.hasPrefix("alert-") && $0.text.contains("cloud_machine_gone") }.count == 2)
        }
    }

    @Test func `one that was moved blocks it until it is moved back, and what it is now is told`() throws {
        try withVault { rig in
            try await failOut(rig)
            rig.peers.state.withLock { $0.resourceGroups["web-cloud"] = "other" }
            try await rig.pause(Self.round)
            let moved = "CLOUD_MACHINE_NOT_MOVED: it is in \"other\", failed over to \"rg\""
            #expect(try await rig.item().blockers == [moved])
            exists(rig, false)
            try await rig.pause(Self.round)
            #expect(try await rig.item().blockers == ["CLOUD_MACHINE_EXISTS: machine web-cloud does not exist"])
            #expect(try await alerts(rig).map(\.times) == [1])
            #expect(try await alerts(rig).first?.detail.contains("does not exist") == true)
            exists(rig, true)
            rig.peers.state.withLock { $0.resourceGroups = [:] }
            try await rig.pause(Self.round)
            #expect(try await rig.item().blockers == [])
        }
    }

    @Test func `a platform that does not answer has neither lost nor found a machine`() throws {
        try withVault { rig in
            try await failOut(rig)
            exists(rig, false)
            rig.peers.state.withLock { $0.away = ["platform"] }
            try await rig.pause(Self.round)
            #expect(try await rig.item().blockers == [])
            rig.peers.state.withLock { $0.away = [] }
            try await rig.pause(Self.round)
            #expect(try await rig.item().blockers.count == 1)
            exists(rig, true)
            rig.peers.state.withLock { $0.away = ["platform"] }
            try await rig.pause(Self.round)
            #expect(try await rig.item().blockers.count == 1)
            #expect(try await alerts(rig).count == 1)
        }
    }

    @Test func `while a job holds the item nothing is said of its machine`() throws {
        try withVault { rig in
            try await failOut(rig)
            exists(rig, false)
            let id = try await rig.item().itemID()
            func hold(_ job: String?) async throws {
                try await rig.core.vault.store.update(id, "test") { record in
                    record.claimJob = job
                    record.claimOperation = job.map { _ in Model.Operation.disable.name }
                    return true
                }
            }
            let looks = rig.peers.state.withLock { $0.machineLooks["web-cloud"] }
            try await hold("job-1")
            try await rig.pause(Self.round)
            #expect(try await rig.item().blockers == [])
            #expect(rig.peers.state.withLock { $0.machineLooks["web-cloud"] } == looks)
            try await hold(nil)
            try await rig.pause(Self.round)
            #expect(try await rig.item().blockers.count == 1)
        }
    }

    @Test func `a way home that is over is blocked by nothing, and no machine of others is looked at`() throws {
        try withVault { rig in
            try await failOut(rig)
            exists(rig, false)
            try await rig.pause(Self.round)
            #expect(try await rig.item().blockers.count == 1)
            let job = try await rig.core.operate(rig.request("disable")) { _ in (.disable, disableWorkflow) }
            _ = try await rig.ended(job)
            let disabled = try await rig.item()
            #expect(disabled.phase == "DISABLED" && disabled.blockers == [])
            try await rig.pause(.seconds(5))
            #expect(try await alerts(rig) == [])
        }
        try withVault { rig in
            try await rig.protect()
            try await rig.pause(Self.round)
            #expect(rig.peers.state.withLock { $0.machineLooks["web-cloud"] } == nil)
            try await rig.failOver(.out)
            try await rig.succeed(rig.core.operate(rig.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
            let before = rig.peers.state.withLock { $0.machineLooks["web-cloud"] ?? 0 }
            try await rig.pause(.seconds(300))
            let looks = rig.peers.state.withLock { $0.machineLooks["web-cloud"] ?? 0 } - before
            #expect((9...11).contains(looks))
        }
    }
}
