import Model
import Testing

@testable import Processes

@Suite struct PlannedKillTests {
    @Test(arguments: [
        ("vault@reprotect/attach", ["workflow.reprotect-home.attach.begin"]),
        ("mt-home@failback", ["workflow.failback.claim.begin", "workflow.failback-group.claim.begin"]),
        ("agent-cloud@re-protect/in-sync:within", ["workflow.reprotect-out.in-sync.begin"]),
        ("ps-home@cancel-failover-out/move", ["workflow.cancel-failover-out.move.begin"]),
    ])
    func `a kill names the rest that its step begins with`(_ text: String, _ begins: [String]) throws {
        #expect(try PlannedKill(text).begins == begins)
    }

    @Test func `a step's id alone is that step in whichever operation comes first`() throws {
        let kill = try PlannedKill("vault@drain:end")
        #expect(kill.moment == .end)
        #expect(kill.begins.contains("workflow.failover.drain.begin"))
        #expect(kill.begins.contains("workflow.failback.drain.begin"))
    }

    @Test(arguments: [
        "vault", "vault@", "@failback", "nobody@failback", "vault@failback/", "vault@a/b/c", "vault@failback:soon",
        "vault@failback:", "vault@../holds", "vault@failback/drain@x",
    ])
    func `what is not understood is refused with what can be given`(_ text: String) {
        #expect(throws: Failure.self) { _ = try PlannedKill(text) }
    }

    @Test func `commas separate, and a step takes one kill`() throws {
        let kills = try PlannedKill.list(["vault@reprotect/mint,ps-home@failback/drain", "guest-home@failback/finish"])
        #expect(kills.map(\.process) == ["vault", "ps-home", "guest-home"])
        #expect(throws: Failure.self) {
            _ = try PlannedKill.list(["vault@failback/drain,ps-home@failback/drain"])
        }
    }
}
