import Contract
import Messages
import Model
import Testing

@testable import VaultOrchestrator

@Suite struct GroupTests {
    private let members = ["app", "db"]

    @Test func `a group goes out, comes home and goes out again, its members always in one phase`() throws {
        try withVault { rig in
            try await rig.protectShop()
            func all(_ phase: String) async throws {
                for name in members {
                    let item = try await rig.item(name)
                    #expect(item.phase == phase)
                    #expect(item.claimJob == nil)
                }
            }
            func operate(_ id: String, _ operation: Model.Operation, _ workflow: VaultWorkflow) async throws {
                try await rig.succeed(rig.core.operate(rig.request(id, "shop")) { _ in (operation, workflow) })
            }
            try await rig.failOver(.out, "shop")
            try await all("COMMIT_PENDING_OUT")
            try await operate("commit", .commit, commitWorkflow(.out))
            try await all("COMMITTED_OUT")
            try await rig.reprotect(until: "PROTECTED_HOME", "shop")
            try await rig.failOver(.home, "groups/shop")
            try await all("COMMIT_PENDING_HOME")
            try await operate("commit2", .commit, commitWorkflow(.home))
            try await all("COMMITTED_HOME")
            #expect(rig.peers.state.withLock { !$0.exists.contains("app-cloud") && !$0.exists.contains("db-cloud") })
            try await rig.reprotect(until: "PROTECTED_OUT", "shop")
            try await operate("disable", .disable, disableWorkflow)
            for name in members { #expect(try await rig.item(name).phase == "DISABLED") }
            #expect(rig.peers.state.withLock { $0.power["app"] == .on && $0.power["db"] == .on })
        }
    }

    @Test func `all are fenced before any drains, and have handed over before the one grant; then all get power`()
        throws
    {
        try withVault { rig in
            try await rig.protectShop()
            let before = rig.peers.log.count
            let job = try await rig.core.failOver(rig.failover(.out, "shop"))
            try await rig.succeed(job)
            let log = rig.peers.log.dropFirst(before).map { $0 }
            let barriers = [
                ["cs.PowerOff"], ["agent-#.Fence"], ["agent-#.Drain"], ["mt-cloud.SealFinal"],
                ["mt-cloud.ReleaseReplica"], ["platform.CreateMachine"], ["platform.AttachDisks"],
                ["platform.PlaceGrant"], ["platform.PowerOn"],
            ].flatMap { $0 }
            var last = -1
            for call in barriers {
                let places = members.compactMap { member in
                    log.firstIndex(of: call.contains("#") ? call.replacing("#", with: member) : "\(call)@\(member)")
                }
                #expect(places.count == 2, "\(call): \(log)")
                #expect((places.min() ?? -1) > last, "\(call) of one member came before all were through: \(log)")
                last = places.max() ?? last
            }
            #expect(log.count { $0.contains("SealGroupFinal") } == 1)
            let id = try JobID(String(job.name.dropFirst("jobs/".count)))
            let entries = try await rig.core.vault.store.jobs.journal(id)
            #expect(entries.count { $0.event.name == "done" && $0.event.step == "granted" } == 1)
        }
    }

    @Test(arguments: [
        "PinPoint", "PowerOff", "Fence", "Drain", "SealFinal", "ReleaseReplica", "CreateMachine", "AttachDisks",
        "PlaceGrant",
    ])
    func `a refusal for one member before the pivot takes both back under a higher generation`(_ call: String) throws {
        try withVault { rig in
            try await rig.protectShop()
            rig.peers.trouble("\(call)@db", .refuse)
            let before = rig.peers.log.count
            let job = try await rig.ended(try await rig.core.failOver(rig.failover(.out, "shop")))
            rig.peers.trouble("\(call)@db", nil)
            #expect(job.state == .failedUnwound, "\(job)")
            let log = rig.peers.log.dropFirst(before)
            #expect(!log.contains { $0.contains("platform.PowerOn") }, "\(log)")
            for name in members {
                let item = try await rig.item(name)
                #expect(item.phase == "PROTECTED_OUT")
                #expect(item.claimJob == nil)
                #expect(item.generation?.activeSite == "home")
                let number = item.generation?.number ?? 0
                if call != "PinPoint" { #expect(number == 3) }
                #expect(rig.peers.assigned("agent-\(name)", of: name) == number)
                #expect(rig.peers.assigned("mt-cloud", of: name) == number)
                #expect(rig.peers.state.withLock { $0.power[name] } == .on)
                #expect(rig.peers.owner(of: name) == "master-target/mt-cloud")
            }
            rig.retry += 1
            try await rig.failOver(.out, "shop")
        }
    }

    @Test(arguments: [
        "PowerOff", "Fence", "Drain", "SealFinal", "SealGroupFinal", "ReleaseReplica", "CreateMachine", "AttachDisks",
        "PlaceGrant", "PowerOn",
    ])
    func `an answer lost for one member is asked for again, and nothing is done twice for either`(
        _ call: String
    ) throws {
        try withVault { rig in
            try await rig.protectShop()
            rig.peers.trouble(call == "SealGroupFinal" ? call : "\(call)@db", .loseAnswer)
            let before = rig.peers.log.count
            try await rig.failOver(.out, "shop")
            let made = rig.peers.log.dropFirst(before).filter { $0.contains(".\(call)") }
            #expect(Set(made).count == made.count, "\(made)")
            #expect(made.count == (call == "SealGroupFinal" ? 1 : 2), "\(made)")
        }
    }

    @Test func `a cancelled failover gives both machines back to home`() throws {
        try withVault { rig in
            try await rig.protectShop()
            try await rig.failOver(.out, "shop")
            try await rig.succeed(
                rig.core.operate(rig.request("cancel", "shop")) { _ in
                    (.cancelFailover, cancelFailoverWorkflow(.out))
                })
            for name in members {
                let item = try await rig.item(name)
                #expect(item.phase == "PROTECTED_OUT")
                #expect(item.generation?.activeSite == "home")
                #expect(rig.peers.owner(of: name) == "master-target/mt-cloud")
            }
        }
    }

    @Test func `a reprotect is cancelled for all members, and its job ends`() throws {
        try withVault { rig in
            try await rig.protectShop()
            try await rig.failOver(.out, "shop")
            try await rig.succeed(rig.core.operate(rig.request("c", "shop")) { _ in (.commit, commitWorkflow(.out)) })
            rig.peers.state.withLock { $0.tracking = .only }
            let job = try await rig.core.reprotect(rig.request("reprotect", "shop"))
            try await rig.pause(.seconds(5))
            for name in members { #expect(try await rig.item(name).phase == "SYNCHRONIZING_HOME") }
            try await rig.succeed(
                rig.core.operate(rig.request("x", "shop")) { _ in
                    (.cancelReprotect, cancelReprotectWorkflow(.home))
                })
            for name in members { #expect(try await rig.item(name).phase == "COMMITTED_OUT") }
            #expect(try await rig.ended(job).state == .succeeded)
        }
    }

    @Test func `a job over a group claims all members or none, and names the holder`() throws {
        try withVault { rig in
            try await rig.protectShop()
            let store = rig.core.vault.store
            let db = try await rig.item("db").itemID()
            try await store.update(db, "test") { item in
                item.claimJob = "job-other"
                item.claimOperation = Model.Operation.switchProcessServer.name
                return true
            }
            let before = try await rig.item("app")
            let failure = await #expect(throws: Failure.self) {
                _ = try await rig.core.failOver(rig.failover(.out, "shop"))
            }
            let gate = failure?.gates.first { $0.code == .noConflictingJob }
            #expect(gate?.evidence.contains { $0.observed.contains("db") && $0.observed.contains("job-other") } == true)
            #expect(gate?.remedy?.command == "homeward jobs cancel job-other")
            #expect(try await rig.item("app") == before)
        }
    }

    @Test func `a single member is refused, and told what to type`() throws {
        try withVault { rig in
            try await rig.protectShop()
            let failure = await #expect(throws: Failure.self) {
                _ = try await rig.core.failOver(rig.failover(.out, "app"))
            }
            #expect(failure?.gates.map(\.code) == [.notInGroup])
            #expect(failure?.gates.first?.remedy?.command == "homeward failover shop")
        }
    }

    @Test func `a group whose members stand in different phases is refused with each one's`() throws {
        try withVault { rig in
            try await rig.protectShop()
            try await rig.core.vault.store.update(rig.item("db").itemID(), "test") { item in
                item.phase = Phase.synchronizing(.out).name
                return true
            }
            let failure = await #expect(throws: Failure.self) {
                _ = try await rig.core.failOver(rig.failover(.out, "shop"))
            }
            let gate = failure?.gates.first { $0.code == .groupComplete }
            #expect(gate?.evidence.count == 2)
        }
    }

    @Test func `a member joins only under the same process server, master target and system`() throws {
        try withVault { rig in
            try await rig.protect("app", group: "shop")
            rig.peers.state.withLock { $0.systems["db"] = "windows" }
            let failure = await #expect(throws: Failure.self) { try await rig.protect("db", group: "shop") }
            #expect(failure?.gates.map(\.code) == [.groupSameOSFamily])
            rig.peers.state.withLock { $0.systems["db"] = nil }
            try await rig.failOver(.out, "shop")
            rig.retry += 1
            let away = await #expect(throws: Failure.self) { try await rig.protect("db", group: "shop") }
            #expect(away?.gates.map(\.code) == [.groupComplete])
            await #expect(throws: Failure.self) { _ = try await rig.item("db") }
        }
    }

    @Test func `items and groups share their names`() throws {
        try withVault { rig in
            try await rig.protect("app", group: "db")
            let failure = await #expect(throws: Failure.self) { try await rig.protect("db") }
            #expect(failure?.code == .alreadyExists)
            let unknown = await #expect(throws: Failure.self) {
                _ = try await rig.core.failOver(rig.failover(.out, "nothing"))
            }
            #expect(unknown?.code == .notFound)
        }
    }

    @Test func `a common point sends each member to its own number, and none is never replaced by another`() throws {
        try withVault { rig in
            try await rig.protectShop()
            var request = rig.failover(.out, "shop")
            request.choice = .latestCommon
            let none = await #expect(throws: Failure.self) { _ = try await rig.core.failOver(request) }
            #expect(none?.gates.map(\.code) == [.hasPointOfKind])
            let (app, db) = (try await rig.item("app").id, try await rig.item("db").id)
            rig.peers.state.withLock { state in
                state.points[app] = [.with { $0.number = 7; $0.applied = true }, .with { $0.number = 5 }]
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
            let job = try await rig.core.failOver(request)
            try await rig.succeed(job)
            #expect(try await rig.item("app").failoverPoint == 5)
            #expect(try await rig.item("db").failoverPoint == 8)
            #expect(rig.peers.log.contains("mt-cloud.MoveReplica@app"))
        }
    }

    @Test func `the point of a group is changed for all members at once, to a common point only`() throws {
        try withVault { rig in
            try await rig.protectShop()
            try await rig.failOver(.out, "shop")
            let (app, db) = (try await rig.item("app").id, try await rig.item("db").id)
            rig.peers.state.withLock { state in
                state.points[app] = [.with { $0.number = 7; $0.applied = true }, .with { $0.number = 5 }]
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
            var request = VaultV1.ChangePointRequest.with {
                $0.name = "shop"
                $0.confirmLoss = true
                $0.options = rig.options("change")
            }
            for (choice, number, name) in [
                (VaultV1.PointChoice.latest, UInt64(0), ""), (.latestProcessed, 0, ""), (.chosen, 5, ""),
            ] {
                (request.choice, request.point, request.groupPoint) = (choice, number, name)
                let refused = await #expect(throws: Failure.self) { _ = try await rig.core.change(request) }
                #expect(refused?.code == .invalidArgument)
            }
            (request.choice, request.point, request.groupPoint) = (.chosen, 0, "shop/1/4")
            let none = await #expect(throws: Failure.self) { _ = try await rig.core.change(request) }
            #expect(none?.gates.map(\.code) == [.hasPointOfKind])
            request.groupPoint = "shop/1/3"
            try await rig.succeed(rig.core.change(request))
            for (name, number) in [("app", UInt64(5)), ("db", 8)] {
                let item = try await rig.item(name)
                #expect(item.phase == "COMMIT_PENDING_OUT")
                #expect(item.failoverPoint == number)
                #expect(rig.peers.log.contains("mt-cloud.MoveReplica@\(name)"))
            }
        }
    }

    @Test func `every relay of a group learns who its members are, also when one comes or goes`() throws {
        try withVault { rig in
            try await rig.protectShop()
            let (app, db) = (try await rig.item("app").id, try await rig.item("db").id)
            try await rig.pause(.seconds(3))
            #expect(rig.peers.state.withLock { $0.relays } == [app: [app, db], db: [app, db]])
            try await rig.succeed(rig.core.operate(rig.request("off", "db")) { _ in (.disable, disableWorkflow) })
            try await rig.pause(.seconds(3))
            #expect(rig.peers.state.withLock { $0.relays[app] } == [app])
        }
    }

    @Test func `the job names its group, and what was found of each member`() throws {
        try withVault { rig in
            try await rig.protectShop()
            let started = try await rig.core.failOver(rig.failover(.out, "shop"))
            let job = try await rig.ended(started)
            #expect(job.group == "groups/shop" && job.item.isEmpty && job.operation == "failover")
            #expect(job.members.map(\.displayName) == ["app", "db"])
            #expect(job.members.allSatisfy { $0.facts["point.number"] != nil })
            let drain = try #require(job.steps.first { $0.plan?.id == "drain" })
            #expect(drain.members.map(\.state) == [.done, .done])
            for name in ["app", "groups/shop"] {
                let listed = try await rig.core.vault.store.jobRows(
                    of: rig.core.vault.store.scope(named: name).subject(), before: nil, limit: 10)
                #expect(listed.contains { "jobs/\($0.job)" == job.name })
            }
        }
    }
}
