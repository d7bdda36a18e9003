import Environment
import Messages
import Model
import Testing
import Workflow

@testable import VaultOrchestrator

/// Machines that were granted, past the point of no return, and do not come up. The reconcilers have no part in it, and
/// would look at the items for a quarter of an hour.
@Suite struct StartTests {
    @Test func `a machine that never boots is told to a person, who takes it as it is and goes back`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock { $0.unbootable = ["web-cloud"] }
            let job = try await rig.core.failOver(rig.failover(.out))
            await rig.service.reconcilers.stop()
            try await rig.pause(longestStart / 2)
            #expect(try await rig.view(job).state == .running, "a guest may take its time")
            try await rig.pause(longestStart / 2 + .seconds(60))
            let stuck = try await rig.view(job)
            #expect(stuck.state == .stuck && stuck.message.contains("boot: not yet, for 15 minutes"), "\(stuck)")
            #expect(stuck.message.contains("cancel-failover") && stuck.message.contains("--resolution accept"))
            try await rig.resolve(job, "accept")
            #expect(try await rig.ended(job).state == .succeeded)
            #expect(try await rig.item().phase == "COMMIT_PENDING_OUT")
            try await rig.succeed(
                rig.core.operate(rig.request("cancel")) { _ in (.cancelFailover, cancelFailoverWorkflow(.out)) })
            #expect(try await rig.item().phase == "PROTECTED_OUT")
            #expect(rig.peers.state.withLock { $0.power["web"] } == .on)
        }
    }

    @Test func `a host without room is told to a person, and once there is some the job goes on`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.trouble("PowerOn", .noRoom)
            let job = try await rig.core.failOver(rig.failover(.out))
            await rig.service.reconcilers.stop()
            try await rig.pause(longestStart + .seconds(60))
            let stuck = try await rig.view(job)
            #expect(stuck.state == .stuck && stuck.message.contains("the host is full"), "\(stuck)")
            rig.peers.trouble("PowerOn", nil)
            try await rig.resolve(job, "retry")
            try await rig.succeed(job)
        }
    }

    @Test func `a platform that is away for long is waited for: nobody said that the machine does not start`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock { $0.awayAfter = ("PlaceGrant", ["platform"]) }
            let job = try await rig.core.failOver(rig.failover(.out))
            await rig.service.reconcilers.stop()
            try await rig.pause(longestStart + .seconds(60))
            #expect(try await rig.view(job).state == .running)
            rig.peers.state.withLock {
                $0.away = []
                $0.unbootable = ["web-cloud"]
            }
            try await rig.pause(longestStart / 2)
            #expect(try await rig.view(job).state == .running, "its time begins when it is seen")
            rig.peers.state.withLock { $0.unbootable = [] }
            try await rig.succeed(job)
        }
    }

    @Test(arguments: [false, true])
    func `a member that cannot start is told, and the run goes on or stops as the plan says`(stops: Bool) throws {
        try withPlans { plan in
            try await plan.makeShop { $0.policy = .with { $0.onFailure = stops ? .stop : .continue } }
            plan.rig.peers.trouble("PowerOn@db", .noRoom)
            let begun = try await plan.run("failover")
            await plan.rig.service.reconcilers.stop()
            try await plan.rig.pause(longestStart + .seconds(60))
            let run = try await plan.halted(begun)
            #expect(run.state == .partial, "\(run)")
            #expect(run.members.map(\.state) == [.stuck, .stuck, stops ? .cancelled : .done])
            let web = stops ? "PROTECTED_OUT" : "COMMIT_PENDING_OUT"
            #expect(try await plan.phases() == ["PROTECTED_OUT", "PROTECTED_OUT", web])
        }
    }
}

extension Rig {
    fileprivate func view(_ job: VaultV1.Job) async throws -> VaultV1.Job {
        try await core.vault.store.view(JobID(String(job.name.dropFirst("jobs/".count)))).message
    }

    fileprivate func resolve(_ job: VaultV1.Job, _ resolution: String) async throws {
        let id = try JobID(String(job.name.dropFirst("jobs/".count)))
        let word = Statement(name: "ana", reason: "seen", at: core.vault.now, checked: "")
        let output = try StepOutput("accepted").bytes()
        try await core.runner.resolve(id, resolution == "retry" ? .retry : .accept(output: output), by: word)
    }
}
