import Environment
import Messages
import Model
import Simulation
import Testing

@testable import VaultOrchestrator

/// Runs of plans over the death of the vault.
@Suite struct PlanKillTests {
    @Test func `a run of two boot groups ends the same wherever the vault is killed`() throws {
        let whole = try KilledRun(failpoint: nil)
        #expect(whole.phases == Array(repeating: "COMMIT_PENDING_OUT", count: 3))
        let effects = whole.effects.sorted()
        #expect(effects.count > 36)
        var kills = 0
        for reach in whole.reaches {
            // The journal's own failpoints are passed with every record of four jobs.
            let pace = reach.name.hasPrefix("vault.") ? 173 : 7
            for count in Swift.stride(from: 1, through: reach.count, by: pace) {
                let run = try KilledRun(failpoint: (reach.name, count))
                kills += run.lives - 1
                let what = "killed at \(reach.name) #\(count)"
                #expect(run.phases == Array(repeating: "COMMIT_PENDING_OUT", count: 3), "\(what)")
                #expect(run.effects.sorted() == effects, "\(what)")
                #expect(run.state == .succeeded, "\(what)")
                // At least once, under one key, and only while nobody saw it end.
                #expect(Set(run.keys).count == 1 && run.keys.count <= 2, "\(what): \(run.keys)")
                let shop = run.effects.lastIndex { $0.hasPrefix("platform.PowerOn@") } ?? .max
                #expect(shop < run.effects.firstIndex(of: "platform.PowerOn") ?? -1, "\(what)")
            }
        }
        #expect(kills > 15)
    }

    @Test func `a manual action waits on over a restart of the vault`() throws {
        let world = try PlanWorld()
        try world.life { plan in
            try await plan.makeShop { $0.bootGroups[1].before = [plan.manual("look")] }
            let run = try await plan.halted(plan.run("failover"))
            #expect(run.state == .waitingPerson)
        }
        try world.life { plan in
            let run = try #require(try await plan.plans.listPlanRuns(.init(), plan.options).runs.first)
            let begun = try await plan.halted(run)
            #expect(try begun.action("look").state == .waitingPerson)
            #expect(begun.members.map(\.state) == [.done, .done, .running])
            try await plan.complete(run, "look", .done)
            #expect(try await plan.halted(run).state == .succeeded)
        }
        #expect(world.scripts.names == ["one.sh"])
    }

    @Test(arguments: [VaultV1.CompletePlanActionRequest.Outcome.done, .failed, .runAgain])
    func `what became of a script that nobody saw end is unknown until a person says`(
        _ outcome: VaultV1.CompletePlanActionRequest.Outcome
    ) throws {
        let world = try PlanWorld()
        world.scripts.state.withLock { $0.lasts["two.sh"] = .seconds(20) }
        world.host.arm("plans.script.after-end")
        let survived = try world.life { plan in
            try await plan.makeShop {
                $0.bootGroups[0].after = [plan.script("pay", "two.sh", idempotent: false)]
            }
            _ = try await plan.halted(plan.run("failover"))
        }
        #expect(!survived)
        try world.life { plan in
            let run = try #require(try await plan.plans.listPlanRuns(.init(), plan.options).runs.first)
            let begun = try await plan.halted(run)
            #expect(try begun.action("pay").state == .unknown, "\(begun)")
            #expect(try begun.action("pay").message.contains("homeward plans complete"))
            #expect(begun.state == .waitingPerson)
            #expect(plan.scripts.runs.count == 1)
            try await plan.complete(run, "pay", outcome)
            let ended = try await plan.halted(run)
            #expect(ended.state == (outcome == .failed ? .partial : .succeeded), "\(ended)")
            #expect(plan.scripts.runs.count == (outcome == .runAgain ? 2 : 1))
        }
    }

    @Test func `a script that is run again and outlives the vault is waited for, too`() throws {
        let world = try PlanWorld()
        world.scripts.state.withLock { $0.lasts["two.sh"] = .seconds(20) }
        world.host.arm("plans.script.after-end")
        try world.life { plan in
            try await plan.makeShop {
                $0.bootGroups[0].after = [plan.script("pay", "two.sh", idempotent: false)]
            }
            _ = try await plan.halted(plan.run("failover"))
        }
        // A person has it run again, and the vault dies once more.
        try world.life { plan in
            let run = try #require(try await plan.plans.listPlanRuns(.init(), plan.options).runs.first)
            #expect(try await plan.halted(run).action("pay").state == .unknown)
            try await plan.complete(run, "pay", .runAgain)
            for _ in 0..<600 where plan.scripts.runs.count < 2 { try await plan.rig.pause(.milliseconds(100)) }
        }
        try world.life { plan in
            let run = try #require(try await plan.plans.listPlanRuns(.init(), plan.options).runs.first)
            let tag = plan.scripts.runs[1].tag
            #expect(await plan.rig.environment.programs.isRunning(tag: tag))
            let begun = try await plan.halted(run)
            #expect(try begun.action("pay").state == .unknown, "\(begun)")
            #expect(await !plan.rig.environment.programs.isRunning(tag: tag), "called dead while it runs")
            #expect(plan.scripts.runs.count == 2)
            try await plan.complete(run, "pay", .runAgain)
            #expect(try await plan.halted(run).state == .succeeded)
            #expect(plan.scripts.runs.count == 3)
        }
    }

    @Test(arguments: [false, true])
    func `a cancel after a restart kills the script that outlived the vault`(_ idempotent: Bool) throws {
        let world = try PlanWorld()
        world.scripts.state.withLock { $0.lasts["two.sh"] = .seconds(29) }
        try world.life { plan in
            try await plan.makeShop {
                $0.bootGroups[0].before = [plan.script("prepare", "two.sh", idempotent: idempotent)]
            }
            _ = try await plan.run("failover")
            for _ in 0..<600 where plan.scripts.runs.isEmpty { try await plan.rig.pause(.milliseconds(100)) }
        }
        try world.life { plan in
            let run = try #require(try await plan.plans.listPlanRuns(.init(), plan.options).runs.first)
            #expect(await plan.rig.environment.programs.isRunning(tag: plan.scripts.runs[0].tag))
            try await plan.cancelWithItsScript(run)
            #expect(plan.scripts.runs.count == 1)
            #expect(try await plan.phases() == Array(repeating: "PROTECTED_OUT", count: 3))
        }
    }

    @Test func `a script that outlives the vault is waited for, not started beside itself`() throws {
        let world = try PlanWorld()
        world.scripts.state.withLock { $0.lasts["one.sh"] = .seconds(25) }
        let begun = Flag()
        try world.life { plan in
            try await plan.makeShop()
            _ = try await plan.run("failover")
            for _ in 0..<600 where plan.scripts.runs.isEmpty { try await plan.rig.pause(.milliseconds(100)) }
            begun.at = plan.rig.environment.clock.now()
        }
        try world.life { plan in
            let run = try #require(try await plan.plans.listPlanRuns(.init(), plan.options).runs.first)
            #expect(try await plan.halted(run).state == .succeeded)
            // It is idempotent, so it was started again, and only once the first one was over.
            #expect(plan.scripts.runs.count == 2)
            let waited = plan.rig.environment.clock.now() - (begun.at ?? .init(nanoseconds: 0))
            #expect(waited > .seconds(49))
        }
    }
}

/// `@unchecked Sendable`: the world runs everything on one thread.
private final class Flag: @unchecked Sendable {
    var at: MonotonicInstant?
}

/// Enable and a run of the plan by one vault that may be killed once, and by its successors.
private final class KilledRun {
    private(set) var lives = 0
    private(set) var phases: [String] = []
    private(set) var state = VaultV1.JobState.unspecified
    let reaches: [(name: String, count: Int)]
    let keys: [String]
    /// As `KillTests` looks at them.
    let effects: [String]

    init(failpoint: (name: String, count: Int)?) throws {
        let world = try PlanWorld(seed: 11)
        if let failpoint { world.host.arm(failpoint.name, count: failpoint.count, .kill) }
        let end = End()
        while end.phases.isEmpty {
            lives += 1
            guard lives < 5 else { throw Failure(.internalError, "the vault was started five times") }
            try world.life { plan in
                // The same requests after a restart are the same jobs, the same plan and the same run.
                for machine in ["app", "db", "web"] {
                    try await plan.rig.succeed(
                        plan.rig.core.enableMachine(
                            .with {
                                $0.machine = machine
                                $0.group = machine == "web" ? "" : "shop"
                                $0.options = plan.rig.options("enable-\(machine)")
                            }))
                }
                try await plan.create(plan.shop())
                end.state = try await plan.halted(plan.run("failover")).state
                end.phases = try await plan.phases()
            }
        }
        (phases, state) = (end.phases, end.state)
        keys = world.scripts.runs.map(\.tag)
        reaches = world.host.failpointReaches.filter {
            $0.name.hasPrefix("plans.") || $0.name.contains(".g1-") || $0.name.contains(".g2-")
                || $0.name.contains("turn-") || $0.name.contains(".hand-over.") || $0.name.contains(".settle.")
                || $0.name.hasPrefix("vault.journal-done")
        }
        effects = world.peers.log.filter { !$0.contains(".Assign.") && !$0.contains(".OpenRelay@") }.map { line in
            line.contains(".SealGroupFinal@") ? "mt-cloud.SealGroupFinal" : line
        }
    }

    /// `@unchecked Sendable`: the world runs everything on one thread.
    private final class End: @unchecked Sendable {
        var phases: [String] = []
        var state = VaultV1.JobState.unspecified
    }
}
