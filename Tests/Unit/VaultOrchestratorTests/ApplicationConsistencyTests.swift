import Contract
import Messages
import Model
import Testing

@testable import VaultOrchestrator

/// The choice *latest application-consistent*, points on demand, and how often guests are frozen.
@Suite struct ApplicationConsistencyTests {
    private func take(_ rig: Rig, _ id: String, _ name: String = "web") async throws -> VaultV1.Job {
        try await rig.ended(
            try await rig.core.takePoint(
                .with {
                    $0.name = name
                    $0.applicationConsistent = true
                    $0.options = rig.options(id)
                }))
    }

    @Test func `without such a point an item is refused by name before anything is done, no substitute`() throws {
        try withVault { rig in
            try await rig.protect()
            var request = rig.failover(.out)
            request.choice = .latestApplicationConsistent
            let before = rig.peers.log.count
            let refused = await #expect(throws: Failure.self) { _ = try await rig.core.failOver(request) }
            #expect(refused?.gates.map(\.code) == [.hasPointOfKind])
            let said = refused?.gates.first?.evidence.first?.observed ?? ""
            #expect(said.contains("web"), "\(said)")
            request.options?.validateOnly = true
            let preview = try await rig.core.failOver(request).preview
            #expect(preview?.gates.contains { $0.code == "HAS_POINT_OF_KIND" && $0.status == .fail } == true)
            #expect(!rig.peers.log.dropFirst(before).contains { $0.contains("PowerOff") || $0.contains("PinPoint") })
            #expect(try await rig.item().phase == "PROTECTED_OUT")
        }
    }

    @Test(arguments: [false, true])
    func `the newest application-consistent point is taken, though there are newer ones`(isChange: Bool) throws {
        try withVault { rig in
            try await rig.protect()
            if isChange { try await rig.failOver(.out) }
            let item = try await rig.item().id
            rig.peers.state.withLock { state in
                state.points[item] = [
                    .with { $0.number = 9; $0.applied = true },
                    .with { $0.number = 7; $0.applied = true; $0.applicationConsistent = true },
                    .with { $0.number = 5; $0.applied = true; $0.applicationConsistent = true },
                    .with { $0.number = 8; $0.name = "home-before-reprotect"; $0.applicationConsistent = true },
                ]
            }
            if isChange {
                let change = VaultV1.ChangePointRequest.with {
                    $0.name = "web"
                    $0.choice = .latestApplicationConsistent
                    $0.confirmLoss = true
                    $0.options = rig.options("change")
                }
                try await rig.succeed(rig.core.change(change))
            } else {
                var request = rig.failover(.out)
                request.choice = .latestApplicationConsistent
                var preview = request
                preview.options?.validateOnly = true
                let warnings = try await rig.core.failOver(preview).preview?.warnings ?? []
                #expect(warnings.contains { $0.contains("point is 7") }, "\(warnings)")
                try await rig.succeed(rig.core.failOver(request))
            }
            #expect(try await rig.item().failoverPoint == 7)
            #expect(try await rig.item().phase == "COMMIT_PENDING_OUT")
        }
    }

    @Test func `of a group it is the newest common one; without it the members that lack one are named`() throws {
        try withVault { rig in
            try await rig.protectShop()
            let (app, db) = (try await rig.item("app").id, try await rig.item("db").id)
            rig.peers.state.withLock { state in
                state.points[app] = [
                    .with { $0.number = 7; $0.applied = true },
                    .with { $0.number = 5; $0.applied = true; $0.applicationConsistent = true },
                ]
                state.points[db] = [.with { $0.number = 9; $0.applied = true }, .with { $0.number = 8 }]
                state.groupPoints = [
                    .with {
                        $0.name = "shop/1/3"
                        $0.exists = true
                        $0.members = [
                            .with { $0.item = app; $0.number = 5 }, .with { $0.item = db; $0.number = 8 },
                        ]
                    }
                ]
            }
            var request = rig.failover(.out, "shop")
            request.choice = .latestApplicationConsistent
            let refused = await #expect(throws: Failure.self) { _ = try await rig.core.failOver(request) }
            #expect(refused?.gates.map(\.code) == [.hasPointOfKind])
            let said = refused?.gates.first?.evidence.first?.observed ?? ""
            #expect(said.contains("point of db") && !said.contains("app,"), "\(said)")
            rig.peers.state.withLock { state in
                state.points[db]?[1].applicationConsistent = true
                state.groupPoints[0].applicationConsistent = true
                // A newer one that is not.
                state.groupPoints.insert(
                    .with {
                        $0.name = "shop/1/4"
                        $0.exists = true
                        $0.members = [
                            .with { $0.item = app; $0.number = 7 }, .with { $0.item = db; $0.number = 9 },
                        ]
                    }, at: 0)
            }
            try await rig.succeed(rig.core.failOver(request))
            #expect(try await rig.item("app").failoverPoint == 5)
            #expect(try await rig.item("db").failoverPoint == 8)
        }
    }

    @Test(arguments: ["", "the freeze hook ended with status 1"])
    func `a point on demand says what it became, and why`(failure: String) throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.protectShop()
            rig.peers.state.withLock { $0.freezeFailure = failure }
            for name in ["web", "shop"] {
                let job = try await take(rig, "take-\(name)", name)
                #expect(job.state == .succeeded, "\(job)")
                #expect(job.facts["point.kind"] == (failure.isEmpty ? "application-consistent" : "crash-consistent"))
                #expect(job.facts["point.cause"] ?? "" == failure)
                let item = try await rig.item().id
                #expect(job.item == (name == "web" ? "items/\(item)" : ""))
                #expect(job.group == (name == "web" ? "" : "groups/shop"))
            }
            #expect(rig.peers.log.count { $0.contains("Cut") } == 2, "\(rig.peers.log)")
            // A member is cut with its group.
            let member = await #expect(throws: Failure.self) { _ = try await take(rig, "take-app", "app") }
            #expect(member?.message.contains("shop") == true)
            // What does not replicate cannot be cut.
            try await rig.failOver(.out)
            let off = await #expect(throws: Failure.self) { _ = try await take(rig, "take-off") }
            #expect(off?.gates.map(\.code) == [.operationAllowed])
        }
    }

    @Test func `the aim reaches the agent of an item, and the process server of a member`() throws {
        try withVault { rig in
            try await rig.protect(applicationIntervalUs: 60_000_000)
            try await rig.protect("app", group: "shop", applicationIntervalUs: 30_000_000)
            let (web, app) = (try await rig.item().id, try await rig.item("app").id)
            let told = rig.peers.state.withLock { $0.applicationIntervals }
            #expect(told["session \(web)"] == 60_000_000)
            #expect(told["relay \(web)"] == 0)
            #expect(told["session \(app)"] == 0)
            #expect(told["relay \(app)"] == 30_000_000)
            #expect(rig.core.show(try await rig.item()).applicationIntervalUs == 60_000_000)
            // It goes with the item.
            try await rig.failOver(.out)
            try await rig.succeed(rig.core.operate(rig.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
            rig.peers.state.withLock { $0.applicationIntervals = [:] }
            try await rig.reprotect(until: "PROTECTED_HOME")
            #expect(rig.peers.state.withLock { $0.applicationIntervals["session \(web)"] } == 60_000_000)
            let refused = await #expect(throws: Failure.self) {
                try await rig.protect("db", applicationIntervalUs: 1_000)
            }
            #expect(refused?.code == .invalidArgument)
        }
    }
}
