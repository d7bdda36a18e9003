import Messages
import Model
import Testing

@testable import VaultOrchestrator

/// Machines run under a grant of the boot that their host is in, or not at all.
@Suite struct PowerTests {
    @Test(arguments: [false, true])
    func `a host that boots before its machine's boot is seen gets a fresh grant, and starts it once`(
        autostart: Bool
    ) throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock { $0.happensAfter = ("PowerOn", .hostBoots(autostart: autostart)) }
            try await rig.failOver(.out)
            #expect(try await rig.item().phase == "COMMIT_PENDING_OUT")
            #expect(rig.peers.state.withLock { $0.power["web-cloud"] } == .on)
            #expect(rig.peers.state.withLock { $0.unchecked } == [])
            #expect(rig.peers.state.withLock { $0.grants["web-cloud"]?.hostBoot } == "host-boot-1-again")
            for call in ["PlaceGrant", "PowerOn"] {
                #expect(rig.peers.log.filter { $0 == "platform.\(call)" }.count == 2, "\(rig.peers.log)")
            }
        }
    }

    @Test func `an old source whose host boots while a failover is cancelled is started again`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.failOver(.out)
            rig.peers.state.withLock { $0.happensAfter = ("PowerOn", .hostBoots(autostart: false)) }
            let request = rig.request("cancel")
            try await rig.succeed(rig.core.operate(request) { _ in (.cancelFailover, cancelFailoverWorkflow(.out)) })
            #expect(try await rig.item().phase == "PROTECTED_OUT")
            #expect(rig.peers.state.withLock { $0.power["web"] } == .on)
        }
    }

    @Test func `a machine that a person started before its power-on is turned off, and runs under its grant`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock { $0.happensAfter = ("PlaceGrant", .isStarted) }
            try await rig.failOver(.out)
            #expect(rig.peers.state.withLock { $0.power["web-cloud"] } == .on)
            #expect(rig.peers.state.withLock { $0.unchecked } == [])
        }
    }

    // MARK: A source that is given back

    /// Home's platform is not heard of the stop any more; a process server of home still reaches the agent.
    @Test(arguments: [ScriptedPeers.Trouble.loseAnswer, .answerUnavailable])
    func `a source whose stop was not answered runs again when its failover is given up`(
        trouble: ScriptedPeers.Trouble
    ) throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.trouble("PowerOff", trouble)
            rig.peers.trouble("SealFinal", .refuse)
            rig.peers.state.withLock { $0.awayAfter = ("PowerOff", ["cs"]) }
            let job = try await rig.ended(try await rig.core.failOver(rig.failover(.out)))
            #expect(job.state == .failedUnwound)
            rig.peers.trouble("SealFinal", nil)
            rig.peers.state.withLock { $0.away = [] }
            try await rig.pause(.seconds(5))
            #expect(rig.peers.state.withLock { $0.power["web"] } == .on)
            #expect(rig.peers.state.withLock { $0.unchecked } == [])
            #expect(try await rig.item().owed == [])
            rig.retry += 1
            try await rig.failOver(.out)
        }
    }

    @Test(arguments: [false, true])
    func `a source that was never stopped goes on under the new generation`(isUnchecked: Bool) throws {
        try withVault { rig in
            try await rig.protect()
            if isUnchecked { rig.peers.state.withLock { _ = $0.unchecked.insert("web") } }
            rig.peers.trouble("PowerOff", .refuse)
            let before = rig.peers.log.count
            let job = try await rig.ended(try await rig.core.failOver(rig.failover(.out)))
            #expect(job.state == .failedUnwound)
            let log = rig.peers.log.dropFirst(before)
            #expect(log.contains("cs.PowerOff.undo") == isUnchecked, "one that runs under its grant is left alone")
            #expect(rig.peers.state.withLock { $0.power["web"] } == .on)
            #expect(rig.peers.state.withLock { $0.unchecked } == [])
            #expect(rig.peers.state.withLock { $0.grants["web"]?.generation } == 3)
            #expect(rig.peers.assigned("agent-web") == 3)
        }
    }

    // MARK: Off for good

    @Test func `a source that is off is fenced once its grant is gone, and before another is placed`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock {
                $0.power["web"] = .off
                $0.grants["web"] = (1, $0.hostBoot)
            }
            let before = rig.peers.log.count
            var request = rig.failover(.out)
            request.choice = .latestProcessed
            try await rig.succeed(rig.core.failOver(request))
            let log = Array(rig.peers.log.dropFirst(before))
            let order = ["platform-home.Assign.2", "cs.WithdrawGrant", "platform.PlaceGrant"]
            let places = order.map { log.firstIndex(of: $0) }
            #expect(!places.contains(nil), "\(log)")
            #expect(places.compactMap { $0 } == places.compactMap { $0 }.sorted(), "\(log)")
            #expect(rig.peers.state.withLock { $0.grants["web"] == nil })
        }
    }

    @Test func `a source that a person starts before its grant is gone is no source that is off`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock {
                $0.power["web"] = .off
                $0.happensAfter = ("WithdrawGrant", .isStarted)
            }
            var request = rig.failover(.out)
            request.choice = .latestProcessed
            let job = try await rig.ended(rig.core.failOver(request))
            #expect(job.state == .failedUnwound)
            #expect(!rig.peers.log.contains("platform.PlaceGrant"))
            #expect(rig.peers.state.withLock { $0.power["web"] } == .on)
            #expect(rig.peers.state.withLock { $0.unchecked } == [], "it goes on under a grant")
        }
    }

    @Test func `what is turned off for good keeps no grant`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.failOver(.out)
            try await rig.succeed(
                rig.core.operate(rig.request("cancel")) { _ in (.cancelFailover, cancelFailoverWorkflow(.out)) })
            #expect(rig.peers.state.withLock { $0.grants["web-cloud"] == nil })
            #expect(rig.peers.state.withLock { $0.grants["web"]?.generation } == 3)
            rig.retry += 1
            try await rig.failOver(.out)
            try await rig.succeed(rig.core.operate(rig.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
            try await rig.reprotect(until: "PROTECTED_HOME")
            #expect(rig.peers.state.withLock { $0.grants["web"] == nil })
        }
    }
}
