import Messages
import Model
import Testing

@testable import VaultOrchestrator

private let whileProtected = [
    "RESYNC", "DRILL", "PIN", "UNPIN", "RELEASE_SET_ASIDE", "DISABLE", "DISABLE_FORCED",
]

/// What an item says of every operation, and that a request is answered as it says.
@Suite struct AllowedOperationsTests {
    @Test func `every operation is answered in every phase that an item comes to, as a request would be`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.answered(["FAILOVER_OUT"] + whileProtected)
            try await rig.failOver(.out)
            try await rig.answered([
                "CHANGE_POINT", "CANCEL_FAILOVER", "COMMIT", "COMPLETE_MIGRATION", "DISABLE", "DISABLE_FORCED",
            ])
            try await rig.succeed(rig.core.operate(rig.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
            try await rig.answered([
                "COMPLETE_MIGRATION", "REPROTECT_HOME", "DISABLE", "DISABLE_FORCED",
            ])
            rig.peers.state.withLock { $0.disks["web"] = [ScriptedPeers.disk(), ScriptedPeers.disk("d2", index: 1)] }
            let added = try await rig.core.allowedOperations("web").operations
            #expect(added.first { $0.operation == "EXCLUDE_DISK" }?.allowed == true, "nobody has decided about d2")
            rig.peers.state.withLock { $0.disks = [:] }
            try await rig.reprotect(until: "PROTECTED_HOME")
            try await rig.answered(["FAILOVER_HOME"] + whileProtected)
        }
    }

    @Test func `all gates that refuse are named with their causes, and what a step looks at by its code`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.failOver(.out)
            try await rig.succeed(rig.core.operate(rig.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
            try await rig.reprotect(until: "PROTECTED_HOME")
            rig.peers.state.withLock { $0.vcenterConnected = false }
            let answers = try await rig.core.allowedOperations("web").operations
            let failback = try #require(answers.first { $0.operation == "FAILOVER_HOME" })
            #expect(!failback.allowed && failback.leadsTo == "COMMIT_PENDING_HOME")
            let refusing = failback.gates.filter(\.blocking).map(\.code)
            #expect(refusing == ["VCENTER_CONNECTED", "HOST_CAPACITY", "RETENTION_SPACE", "OVERLAY_SPACE"])
            #expect(failback.gates.last { $0.blocking }?.causedBy == "VCENTER_CONNECTED")
            #expect(failback.gates.first?.remedy.isEmpty == false)
            #expect(failback.deferred == ["SOURCE_CONFIRMED_OFF", "DISK_NOT_APPLYING"])
            #expect(failback.command == "homeward failback web")
            let out = try #require(answers.first { $0.operation == "FAILOVER_OUT" })
            #expect(out.gates.first?.code == "DIRECTION_CONFIRMED" && out.leadsTo == "")
            let enable = try #require(answers.first { $0.operation == "ENABLE" })
            #expect(!enable.allowed && enable.gates.map(\.code) == ["OPERATION_ALLOWED"])
        }
    }

    @Test func `an item that a job holds is allowed nothing`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock { $0.awayAfter = ("Fence", ["mt-cloud"]) }
            let job = try await rig.core.failOver(rig.failover(.out))
            try await rig.pause(.seconds(1))
            let answers = try await rig.core.allowedOperations("web").operations
            #expect(answers.filter(\.allowed).isEmpty)
            #expect(answers.allSatisfy { $0.gates.contains { $0.code == "NO_CONFLICTING_JOB" } })
            rig.peers.state.withLock { $0.away = [] }
            try await rig.succeed(job)
        }
    }

    @Test func `a group is answered once, with what speaks against each member`() throws {
        try withVault { rig in
            try await rig.protectShop()
            let answers = try await rig.core.allowedOperations("shop").operations
            #expect(answers.first { $0.operation == "FAILOVER_OUT" }?.allowed == true)
            let member = try await rig.core.allowedOperations("db").operations
            let failover = try #require(member.first { $0.operation == "FAILOVER_OUT" })
            #expect(failover.gates.map(\.code) == ["NOT_IN_GROUP"])
        }
    }

    @Test func `the preview of a failover says where it goes, how old that is and what is lost`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock { $0.rpoUs = 400_000 }
            try await rig.pause(.seconds(3))
            var request = rig.failover(.out)
            request.options?.validateOnly = true
            let latest = try #require(try await rig.core.failOver(request).preview?.points.first)
            #expect(latest.loss == "nothing" && latest.lossUs == 0 && !latest.lossUnknown)
            request.choice = .latestProcessed
            let processed = try #require(try await rig.core.failOver(request).preview?.points.first)
            #expect(processed.number > 0 && processed.displayName == "web")
            #expect(processed.ageUs > 0 && processed.lossUs == processed.ageUs, "\(processed)")
            #expect(processed.loss.hasPrefix("writes of the last "))
            request.choice = .chosen
            request.point = 1
            let older = try #require(try await rig.core.failOver(request).preview?.points.first)
            #expect(older.number == 1 && older.lossUs >= processed.lossUs)
            request.point = 4_711
            let none = try #require(try await rig.core.failOver(request).preview?.points.first)
            #expect(none.lossUnknown && none.ageUnknown && none.number == 0)
            #expect(try await rig.item().phase == "PROTECTED_OUT")
        }
    }
}

extension Rig {
    /// That exactly these are allowed, and that all others give a gate as the reason.
    fileprivate func answered(_ allowed: [String]) async throws {
        let answers = try await core.allowedOperations("web").operations
        #expect(answers.map(\.operation) == Model.Operation.all.map(\.name))
        let phase = try await item().phase
        for answer in answers {
            let refused = answer.gates.filter { $0.blocking && ($0.status == .fail || $0.status == .unknown) }
            #expect(answer.allowed == allowed.contains(answer.operation), "\(phase): \(answer)")
            #expect(answer.allowed == refused.isEmpty, "\(phase): \(answer)")
        }
    }
}
