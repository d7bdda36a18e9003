import Messages
import Model
import RPC
import Testing

@testable import VaultOrchestrator

/// Both choices of a recovery point in a plan's failback with a replication group in it.
@Suite struct PlanPointTests {
    @Test func `latest processed sends every machine to its own newest point, a group's members too`() throws {
        try withPlans { plan in
            try await plan.protectedHome()
            var request = plan.request("failback")
            request.choice = .latestProcessed
            let preview = try await plan.plans.previewPlan(request, plan.options)
            #expect(preview.bootGroups.flatMap(\.members).map(\.point) == ["point 17", "point 19", "point 13"])
            #expect(preview.warnings.contains { $0.hasPrefix("shop: ") && $0.contains("latest-common") })
            let run = try await plan.halted(plan.plans.runPlan(request, plan.options))
            #expect(run.state == .succeeded, "\(run)")
            #expect(try await plan.failoverPoints() == [17, 19, 13])
        }
    }

    @Test func `application-consistent sends a group to its newest common point, others to their own`() throws {
        try withPlans { plan in
            try await plan.protectedHome()
            var request = plan.request("failback")
            request.choice = .latestApplicationConsistent
            let run = try await plan.halted(plan.plans.runPlan(request, plan.options))
            #expect(run.state == .succeeded, "\(run)")
            #expect(try await plan.failoverPoints() == [15, 18, 11])
        }
    }

    @Test func `a plan with a machine that has no point is refused, and names it`() throws {
        try withPlans { plan in
            try await plan.protectedHome()
            for (name, named) in [("web", "web"), ("db", "shop")] {
                let item = try await plan.rig.item(name).id
                let points = plan.rig.peers.state.withLock { $0.points.updateValue([], forKey: item) }
                var request = plan.request("failback", id: "without-\(name)")
                request.choice = .latestProcessed
                let preview = try await plan.plans.previewPlan(request, plan.options)
                let found = preview.causes.flatMap(\.gates).filter { $0.gate?.code == "HAS_RECOVERY_POINT" }
                #expect(!preview.wouldRun && found.flatMap(\.items) == [named], "\(preview.causes)")
                #expect(found.first?.gate?.evidence.contains(name) == true, "\(found)")
                #expect(found.first?.gate?.remedy.isEmpty == false)
                let refused = await #expect(throws: RPCError.self) {
                    _ = try await plan.plans.runPlan(request, plan.options)
                }
                #expect(refused?.code == .failedPrecondition)
                plan.rig.peers.state.withLock { $0.points[item] = points }
            }
            #expect(try await plan.phases() == Array(repeating: "PROTECTED_HOME", count: 3))
        }
    }
}

extension PlanRig {
    /// The shop and web, protected home, each with points of its own, and one that the shop's members share.
    fileprivate func protectedHome() async throws {
        try await makeShop { $0.bootGroups[0].after = [] }
        for verb in ["failover", "commit", "reprotect"] {
            let run = try await halted(run(verb, id: "out"))
            #expect(run.state == .succeeded, "\(run)")
        }
        let ids = (try await rig.item("app").id, try await rig.item("db").id, try await rig.item("web").id)
        rig.peers.state.withLock { state in
            func points(_ numbers: [UInt64]) -> [TargetV1.RecoveryPoint] {
                numbers.enumerated().map { place, number in
                    .with {
                        $0.number = number
                        $0.applied = true
                        $0.applicationConsistent = place > 0
                    }
                }
            }
            state.points = [ids.0: points([17, 16, 15]), ids.1: points([19, 18]), ids.2: points([13, 11])]
            state.groupPoints = [
                .with {
                    $0.name = "shop/2/3"
                    $0.exists = true
                    $0.applicationConsistent = true
                    $0.members = [.with { $0.item = ids.0; $0.number = 15 }, .with { $0.item = ids.1; $0.number = 18 }]
                }
            ]
        }
    }

    fileprivate func failoverPoints() async throws -> [UInt64] {
        var points: [UInt64] = []
        for name in ["app", "db", "web"] { points.append(try await rig.item(name).failoverPoint) }
        return points
    }
}
