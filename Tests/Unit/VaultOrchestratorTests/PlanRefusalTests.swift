import Contract
import Environment
import Messages
import Model
import RPC
import Testing

@testable import VaultOrchestrator

/// What a plan and a run are refused for, and what a preview says before.
@Suite struct PlanRefusalTests {
    @Test func `two runs with a common item are refused, naming the item and the run`() throws {
        try withPlans { plan in
            try await plan.makeShop { $0.bootGroups[1].before = [plan.manual("look")] }
            try await plan.create(
                plan.shop {
                    $0.name = "plans/web-only"
                    $0.bootGroups = [.with { $0.members = ["web"] }]
                })
            let first = try await plan.halted(plan.run("failover"))
            let refused = await #expect(throws: RPCError.self) {
                _ = try await plan.plans.runPlan(
                    plan.request("failover", plan: "web-only", id: "second"), plan.options)
            }
            let gates = Failure(try #require(refused), attempting: "run").gates
            let gate = try #require(gates.first { $0.code == .noConflictingJob })
            let told = gate.evidence.map(\.observed).joined()
            #expect(told.contains("web is in \(first.name), a run of plan sales"), "\(told)")
            // The members of the first boot group are up and free, and still the run's.
            try await plan.complete(first, "look", .done)
            #expect(try await plan.halted(first).state == .succeeded)
        }
    }

    @Test func `who made, ran and removed a plan is in the audit log, and who was refused`() throws {
        try withPlans { plan in
            try await plan.makeShop()
            let run = try await plan.run("failover")
            await #expect(throws: RPCError.self) {
                try await plan.plans.deletePlan(.with { $0.name = "sales" }, plan.options)
            }
            #expect(try await plan.halted(run).state == .succeeded)
            _ = try await plan.plans.deletePlan(.with { $0.name = "sales" }, plan.options)
            let records = try await plan.rig.core.vault.store.audit.page(after: 0, .init(), limit: 5_000).records
            let made = try #require(records.first { $0.kind == "plan-saved" })
            #expect(made.text == "plans/sales" && made.requestID == "create-plans/sales" && !made.peer.isEmpty)
            let began = try #require(records.first { $0.kind == "job-created" && $0.job == run.name })
            #expect(began.requestID == plan.rig.options("run-failover").requestID, "\(began)")
            #expect(began.peer == made.peer)
            let refused = try #require(records.first { $0.kind == "refused" })
            #expect(refused.operation == "delete-plan" && refused.facts.contains(.init("name", "plans/sales")))
            #expect(records.contains { $0.kind == "plan-removed" && $0.text == "plans/sales" })
        }
    }

    @Test func `members are claimed all or none`() throws {
        try withPlans { plan in
            try await plan.makeShop()
            try await plan.rig.core.vault.store.update(plan.rig.item("web").itemID(), "test") { item in
                item.claimJob = "job-other"
                item.claimOperation = Model.Operation.switchProcessServer.name
                return true
            }
            let refused = await #expect(throws: RPCError.self) { _ = try await plan.run("failover") }
            let gates = Failure(try #require(refused), attempting: "run").gates
            let gate = try #require(gates.first { $0.code == .noConflictingJob })
            #expect(gate.evidence.contains { $0.observed.contains("web") })
            #expect(try await plan.rig.item("app").claimJob == nil)
            #expect(try await plan.plans.listPlanRuns(.init(), plan.options).runs.isEmpty)
        }
    }

    @Test func `a run that is only to be looked at is refused and previewed, and so is a rerun`() throws {
        try withPlans { plan in
            try await plan.makeShop()
            var only = plan.request("failover")
            only.options?.validateOnly = true
            let refused = await #expect(throws: RPCError.self) { _ = try await plan.plans.runPlan(only, plan.options) }
            #expect(refused?.code == .invalidArgument && refused?.message.contains("PreviewPlan") == true)
            #expect(try await plan.plans.previewPlan(only, plan.options).wouldRun)
            #expect(try await plan.plans.listPlanRuns(.init(), plan.options).runs.isEmpty)
            for name in ["app", "db", "web"] { #expect(try await plan.rig.item(name).claimJob == nil) }

            plan.scripts.state.withLock { $0.ends["one.sh"] = [ProgramEnd(.exited(3))] }
            let run = try await plan.halted(plan.run("failover"))
            let again = VaultV1.RerunPlanRequest.with {
                $0.run = run.name
                $0.options = plan.rig.options("again")
                $0.options?.validateOnly = true
            }
            let late = await #expect(throws: RPCError.self) { _ = try await plan.plans.rerunPlan(again, plan.options) }
            #expect(late?.code == .invalidArgument && late?.message.contains("PreviewRerun") == true)
            let preview = try await plan.plans.previewRerun(again, plan.options)
            #expect(preview.wouldRun && preview.bootGroups.flatMap(\.members).allSatisfy(\.finished))
            #expect(preview.bootGroups.flatMap(\.after).map(\.id) == ["migrate"])
            #expect(plan.scripts.names == ["one.sh"])
            #expect(try await plan.plans.listPlanRuns(.init(), plan.options).runs.map(\.name) == [run.name])
        }
    }

    @Test func `the same request is the same run`() throws {
        try withPlans { plan in
            try await plan.makeShop()
            let (first, second) = (try await plan.run("failover"), try await plan.run("failover"))
            #expect(first.name == second.name)
            #expect(try await plan.halted(first).state == .succeeded)
            #expect(try await plan.plans.listPlanRuns(.with { $0.plan = "sales" }, plan.options).runs.count == 1)
        }
    }

    @Test func `a hundred items are a plan, and one more is refused`() throws {
        try withPlans { plan in
            let store = plan.rig.core.vault.store
            try await store.database.write("test") { transaction in
                for number in 1...101 {
                    var item = ItemRecord(id: "item-\(number)", displayName: "m\(number)")
                    item.phase = Phase.protected(.out).name
                    try store.save(item, in: transaction)
                }
            }
            func with(_ count: Int) -> VaultV1.RecoveryPlan {
                plan.shop { made in
                    let names = (1...count).map { "m\($0)" }
                    made.bootGroups = [.with { $0.members = Array(names.prefix(60)) }]
                    made.bootGroups.append(.with { $0.members = Array(names.dropFirst(60)) })
                }
            }
            let refused = await #expect(throws: RPCError.self) { try await plan.create(with(101)) }
            #expect(refused?.message.contains("it has 101 items; at most 100") == true)
            let made = try await plan.create(with(100))
            #expect(made.bootGroups.map(\.members.count) == [60, 40])
            #expect(made.bootGroups[0].members[1] == "items/item-2")
        }
    }

    @Test func `a plan that cannot be run is refused with the reason`() throws {
        try withPlans { plan in
            try await plan.rig.protectShop()
            try await plan.rig.protect()
            func refusal(_ change: @escaping (inout VaultV1.RecoveryPlan) -> Void) async -> String {
                let error = await #expect(throws: RPCError.self) { try await plan.create(plan.shop(change)) }
                return error?.message ?? ""
            }
            for name in ["../one.sh", "/bin/sh", ".hidden", "a/b", "", "a b"] {
                let told = await refusal { $0.bootGroups[0].after = [plan.script("x", name)] }
                #expect(told.contains("directory of scripts"), "\(name): \(told)")
            }
            #expect(await refusal { $0.bootGroups[1].members = ["app"] }.contains("name groups/shop"))
            #expect(await refusal { $0.bootGroups[1].members.append("web") }.contains("web is in it twice"))
            #expect(await refusal { $0.bootGroups[1].members = ["nobody"] }.contains("nobody"))
            #expect(await refusal { $0.bootGroups = [] }.contains("0 boot groups"))
            #expect(await refusal { $0.bootGroups[0].after[0].action = nil }.contains("neither a script nor manual"))
            #expect(
                await refusal { $0.bootGroups[1].before = [plan.manual("migrate")] }
                    .contains("two actions have the id migrate"))
            #expect(await refusal { $0.policy = .with { $0.automaticEnd = .commit } }.contains("needs a time"))
            #expect(await refusal { $0.name = "plans/Bad Name" }.contains("recovery plan id"))
            try await plan.create(plan.shop())
            let other = await #expect(throws: RPCError.self) {
                try await plan.create(plan.shop { $0.description = "another" })
            }
            #expect(other?.message.contains("homeward plans edit") == true)
        }
    }

    @Test func `a preview tells points, losses and all gates by cause, and changes nothing`() throws {
        try withPlans { plan in
            try await plan.makeShop()
            var request = plan.request("failover")
            request.choice = .latestProcessed
            let fine = try await plan.plans.previewPlan(request, plan.options)
            #expect(fine.wouldRun && fine.causes.isEmpty, "\(fine.causes)")
            #expect(fine.bootGroups.map { $0.members.map(\.displayName) } == [["app", "db"], ["web"]])
            #expect(fine.bootGroups[0].members.allSatisfy { $0.point == "point 1" && $0.group == "groups/shop" })
            #expect(fine.bootGroups[0].after.map(\.id) == ["migrate"])
            #expect(fine.warnings.contains { $0.hasPrefix("shop: ") && $0.contains("latest-common") })
            let titles = fine.steps.map(\.title)
            #expect(titles.contains("Start front") && titles.contains("data, after: migrate"))
            #expect(fine.steps.filter(\.pivot).count == 1)
            // One reason for two members of two units is one line.
            for name in ["app", "db", "web"] {
                try await plan.rig.core.vault.store.update(plan.rig.item(name).itemID(), "test") { item in
                    item.phase = Phase.synchronizing(.out).name
                    return true
                }
            }
            let blocked = try await plan.plans.previewPlan(request, plan.options)
            #expect(!blocked.wouldRun)
            let found = blocked.causes.flatMap(\.gates).filter { $0.gate?.code == "OPERATION_ALLOWED" }
            #expect(found.count == 1 && found.first?.items == ["shop", "web"], "\(blocked.causes)")
            #expect(blocked.bootGroups[1].members[0].refused.contains("OPERATION_ALLOWED"))
            #expect(try await plan.rig.item().claimJob == nil)
        }
    }

    @Test func `a run given a preview's digest is refused once anything has changed`() throws {
        try withPlans { plan in
            try await plan.makeShop()
            var request = plan.request("failover")
            let digest = try await plan.plans.previewPlan(request, plan.options).planDigest
            _ = try await plan.plans.updatePlan(
                .with { $0.plan = plan.shop { $0.bootGroups[0].after = [] } }, plan.options)
            request.options?.planDigest = digest
            let refused = await #expect(throws: RPCError.self) {
                _ = try await plan.plans.runPlan(request, plan.options)
            }
            #expect(Failure(try #require(refused), attempting: "run").code == .planChanged)
            let now = try await plan.plans.previewPlan(request, plan.options).planDigest
            request.options?.planDigest = now
            #expect(try await plan.halted(plan.plans.runPlan(request, plan.options)).state == .succeeded)
        }
    }

    @Test(arguments: [VaultV1.AutomaticEnd.commit, .cancel])
    func `a run that succeeded ends by itself after a while, where the plan says so`(
        _ end: VaultV1.AutomaticEnd
    ) throws {
        try withPlans { plan in
            try await plan.makeShop {
                $0.policy = .with {
                    $0.automaticEnd = end
                    $0.automaticAfterUs = 60_000_000
                }
            }
            let run = try await plan.halted(plan.run("failover"))
            let after = run.automaticUnixUs - run.endedUnixUs
            #expect(run.state == .succeeded && (59_000_000...60_000_000).contains(after), "\(run)")
            try await plan.rig.pause(.seconds(55))
            #expect(try await plan.phases() == Array(repeating: "COMMIT_PENDING_OUT", count: 3))
            try await plan.rig.pause(.seconds(60))
            let phase = end == .commit ? "COMMITTED_OUT" : "PROTECTED_OUT"
            #expect(try await plan.phases() == Array(repeating: phase, count: 3))
            let runs = try await plan.plans.listPlanRuns(.init(), plan.options).runs
            #expect(runs.count == 2)
            #expect(try await plan.read(run).automatic == "\(runs[0].name) has begun")
            #expect(runs[0].person == "the policy of plan sales")
        }
    }

    @Test func `what a person has committed meanwhile is left alone by the timer`() throws {
        try withPlans { plan in
            try await plan.makeShop {
                $0.policy = .with {
                    $0.automaticEnd = .cancel
                    $0.automaticAfterUs = 60_000_000
                }
            }
            let run = try await plan.halted(plan.run("failover"))
            try await plan.rig.succeed(
                plan.rig.core.operate(plan.rig.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
            try await plan.rig.pause(.seconds(120))
            #expect(try await plan.phases() == ["PROTECTED_OUT", "PROTECTED_OUT", "COMMITTED_OUT"])
            #expect(try await plan.read(run).automaticUnixUs == 0)
        }
    }
}
