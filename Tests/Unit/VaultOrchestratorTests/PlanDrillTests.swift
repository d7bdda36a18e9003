import Messages
import Model
import RPC
import Simulation
import Testing

@testable import VaultOrchestrator

/// Drills of recovery plans, over a connection.
@Suite struct PlanDrillTests {
    @Test func `a drill of a plan starts its boot groups in order, and every item is as before`() throws {
        try withPlans { plan in
            try await plan.makeShop {
                $0.bootGroups[0].after = [plan.script("seen", "two.sh"), plan.script("migrate", "one.sh")]
                $0.bootGroups[0].after[0].inDrills = true
            }
            let before = try await plan.all()
            let known = plan.rig.peers.log.count
            let run = try await plan.halted(plan.run("test-failover"))
            #expect(run.state == .succeeded, "\(run)")
            #expect(run.operation == .drill && run.direction == .out)
            #expect(run.members.map(\.state) == [.done, .done, .done])
            #expect(run.members.map(\.group) == ["", "", ""])
            // What is not marked for drills is left out, and the script knows what it is part of.
            #expect(plan.scripts.names == ["two.sh"])
            #expect(plan.scripts.runs.first?.environment["HOMEWARD_OPERATION"] == "test-failover")
            #expect(try run.action("migrate").state == .skipped)
            #expect(try run.action("migrate").message == "left out of drills")
            let items = try await plan.all()
            #expect(items.allSatisfy { $0.drill?.state == .running })
            #expect(items.map(\.withoutDrillOrClaim) == before.map(\.withoutDrillOrClaim))
            // No machine of the second boot group before those of the first.
            let log = plan.rig.peers.log.dropFirst(known).map { $0 }
            let shop = log.lastIndex { $0.hasPrefix("platform.PowerOn@") } ?? .max
            #expect(shop < log.firstIndex(of: "platform.PowerOn") ?? -1, "\(log)")
            #expect(!log.contains { $0.contains("Assign") || $0.contains("Fence") || $0.contains("PlaceGrant") })

            let again = await plan.refusal { try await plan.run("test-failover", id: "again") }
            #expect(again.map(\.code) == [.noDrillLeft])
            let ended = try await plan.halted(plan.run("drill-cleanup"))
            #expect(ended.state == .succeeded && ended.members.map(\.state) == [.done, .done, .done])
            #expect(try await plan.all().allSatisfy { $0.drill == nil && $0.claimJob == nil })
            let records = try await plan.rig.core.drills(.init()).drills
            #expect(records.map(\.remark) == ["all well", "all well", "all well"])
            #expect(plan.rig.peers.state.withLock { $0.branches.isEmpty && $0.exists.isDisjoint(with: $0.tests.keys) })
            await #expect(throws: RPCError.self) { try await plan.run("drill-cleanup", id: "nothing") }
        }
    }

    @Test func `a test failback of a plan runs at home`() throws {
        try withPlans { plan in
            try await plan.makeShop()
            for verb in ["failover", "commit", "reprotect"] {
                #expect(try await plan.halted(plan.run(verb)).state == .succeeded)
            }
            let refused = await plan.refusal { try await plan.run("test-failover") }
            #expect(refused.map(\.code) == [.directionConfirmed])
            let known = plan.rig.peers.log.count
            #expect(try await plan.halted(plan.run("test-failback")).state == .succeeded)
            let made = plan.rig.peers.log.dropFirst(known).filter { $0.contains("PowerOn") }
            #expect(made.count == 3 && made.allSatisfy { $0.hasPrefix("cs.PowerOn") }, "\(made)")
            #expect(try await plan.halted(plan.run("drill-cleanup")).state == .succeeded)
            #expect(try await plan.halted(plan.run("failback")).state == .succeeded)
        }
    }

    @Test func `a machine that does not boot fails alone, and the cleanup takes what stands`() throws {
        try withPlans { plan in
            try await plan.makeShop()
            plan.rig.peers.trouble("CreateMachine@db", .refuse)
            let run = try await plan.halted(plan.run("test-failover"))
            #expect(run.state == .partial)
            #expect(run.members.map(\.state) == [.done, .failed, .done])
            #expect(try await plan.rig.item("db").drill == nil)
            plan.rig.peers.trouble("CreateMachine@db", nil)
            let again = try await plan.halted(plan.rerun(run))
            #expect(again.state == .succeeded, "\(again)")
            #expect(again.members.map(\.state) == [.doneBefore, .done, .doneBefore])
            try await plan.rig.succeed(plan.rig.core.cleanUpDrill(
                .with {
                    $0.name = "app"
                    $0.options = plan.rig.options("one")
                }))
            let ended = try await plan.halted(plan.run("drill-cleanup"))
            #expect(ended.state == .succeeded)
            #expect(ended.members.map(\.state) == [.doneBefore, .done, .done])
        }
    }

    @Test func `a drill of a plan that is cancelled leaves nothing that had not started`() throws {
        try withPlans { plan in
            try await plan.makeShop { $0.bootGroups[1].before = [plan.manual("look")] }
            try await plan.edit { $0.bootGroups[1].before[0].inDrills = true }
            let run = try await plan.halted(plan.run("test-failover"))
            #expect(run.state == .waitingPerson)
            let ana = Statement(name: "ana", reason: "enough", at: plan.rig.core.vault.now, checked: "")
            try await plan.rig.core.runner.cancel(JobID(String(run.name.dropFirst("jobs/".count))), by: ana)
            #expect(try await plan.halted(run).state == .cancelled)
            #expect(try await plan.rig.item("web").drill == nil)
            #expect(try await plan.rig.item("web").claimJob == nil)
            #expect(try await plan.rig.item("app").drill?.state == .running)
            #expect(try await plan.halted(plan.run("drill-cleanup")).state == .succeeded)
        }
    }

    @Test func `members of a group are tested at their common point where that is asked for`() throws {
        try withPlans { plan in
            try await plan.makeShop()
            var request = plan.request("test-failover")
            request.choice = .latest
            await #expect(throws: RPCError.self) { try await plan.plans.runPlan(request, plan.options) }
            request.choice = .latestCommon
            let none = await plan.refusal { try await plan.plans.runPlan(request, plan.options) }
            #expect(none.map(\.code) == [.hasPointOfKind])
            let (app, db) = (try await plan.rig.item("app").id, try await plan.rig.item("db").id)
            plan.rig.peers.state.withLock { state in
                state.groupPoints = [
                    .with {
                        $0.name = "shop/1/7"
                        $0.exists = true
                        $0.members = [.with { $0.item = app; $0.number = 1 }, .with { $0.item = db; $0.number = 1 }]
                    }
                ]
                for item in [app, db] { state.points[item]?.insert(.with { $0.number = 9; $0.applied = true }, at: 0) }
            }
            request.options = plan.rig.options("common")
            #expect(try await plan.halted(plan.plans.runPlan(request, plan.options)).state == .succeeded)
            #expect(try await plan.rig.item("app").drill?.point == 1)
            #expect(try await plan.rig.item("db").drill?.point == 1)
        }
    }
}

extension PlanRig {
    fileprivate func all() async throws -> [ItemRecord] {
        var all: [ItemRecord] = []
        for name in ["app", "db", "web"] { all.append(try await rig.item(name)) }
        return all
    }

    fileprivate func edit(_ change: (inout VaultV1.RecoveryPlan) -> Void) async throws {
        var plan = try await plans.getPlan(.with { $0.name = "sales" }, options)
        change(&plan)
        _ = try await plans.updatePlan(.with { $0.plan = plan }, options)
    }

    fileprivate func refusal(_ call: () async throws -> VaultV1.PlanRun) async -> [Gate] {
        do {
            _ = try await call()
            return []
        } catch let error as RPCError { return Failure(error, attempting: "run").gates } catch { return [] }
    }
}

extension ItemRecord {
    fileprivate var withoutDrillOrClaim: ItemRecord {
        var item = self
        (item.drill, item.claimJob, item.claimOperation, item.revision, item.reserved) = (nil, nil, nil, 0, nil)
        return item
    }
}
