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
}
