import Contract
import Messages
import Model
import Testing

@testable import VaultOrchestrator

/// Recovery points that people keep.
@Suite struct HandPinTests {
    @Test func `a person's pin stays through what jobs pin and let go, and is told with who and why`() throws {
        try withVault { rig in
            let id = try await rig.protectWithPoints()
            let job = try await rig.ended(rig.core.pinByHand(rig.pin("pin", 4)))
            #expect(job.state == .succeeded)
            #expect(rig.pins(id) == [4: ["by-hand/4"]])
            let shown = try #require(try await rig.core.recoveryPoints(.with { $0.item = "web" }).handPins.first)
            #expect(shown.point == 4 && shown.person == "ana" && shown.reason == "before the upgrade")
            #expect(shown.sinceUnixUs > 0)
            let records = try await rig.whole()
            let created = try #require(records.last { $0.kind == "job-created" })
            #expect(created.person == "ana" && created["cause"] == "before the upgrade" && created["point"] == "4")
            let told = records.compactMap { $0["hand-pins"] }
            #expect(told.count == 1 && told[0].contains("before the upgrade"))
            // A job's pin comes and goes beside it, on the same point, too.
            var failover = rig.failover(.out)
            (failover.choice, failover.point) = (.chosen, 4)
            try await rig.succeed(rig.core.failOver(failover))
            #expect(rig.pins(id)[4]?.count == 2)
            try await rig.succeed(
                rig.core.operate(rig.request("cancel")) { _ in (.cancelFailover, cancelFailoverWorkflow(.out)) })
            #expect(rig.pins(id) == [4: ["by-hand/4"]])
            try await rig.succeed(rig.core.unpinByHand(rig.pin("unpin", 4)))
            #expect(rig.pins(id) == [:])
            #expect(try await rig.item().handPins == nil)
            #expect(try await rig.core.recoveryPoints(.with { $0.item = "web" }).handPins == [])
        }
    }

    @Test func `what is not there, is damaged, is kept already or is a job's is refused with a clear word`() throws {
        try withVault { rig in
            let id = try await rig.protectWithPoints()
            rig.peers.state.withLock { state in
                state.points[id]?[0].damage = "block 7 decayed"
                state.points[id]?[1].pins = ["job-9"]
            }
            func refused(
                _ ask: (VaultV1.PinRequest) async throws -> VaultV1.Job, _ request: VaultV1.PinRequest
            ) async -> String {
                let failure = await #expect(throws: Failure.self) { _ = try await ask(request) }
                let evidence = failure?.gates.filter(\.blocks).flatMap(\.evidence).map(\.observed) ?? []
                return ([failure?.message ?? ""] + evidence).joined(separator: "; ")
            }
            #expect(await refused(rig.core.pinByHand, rig.pin("none", 9)).contains("there is no point 9"))
            #expect(await refused(rig.core.pinByHand, rig.pin("damaged", 5)).contains("block 7 decayed"))
            #expect(await refused(rig.core.unpinByHand, rig.pin("job's", 4)).contains("job-9"))
            #expect(await refused(rig.core.unpinByHand, rig.pin("nowhere", 9)).contains("there is no point 9"))
            var unsaid = rig.pin("unsaid", 3)
            unsaid.reason = ""
            #expect(await refused(rig.core.pinByHand, unsaid).contains("why"))
            try await rig.succeed(rig.core.pinByHand(rig.pin("pin", 3)))
            #expect(await refused(rig.core.pinByHand, rig.pin("again", 3)).contains("pinned by ana"))
            rig.peers.state.withLock { _ = $0.away.insert("mt-cloud") }
            #expect(await refused(rig.core.pinByHand, rig.pin("away", 4)).contains("mt-cloud"))
            rig.peers.state.withLock { _ = $0.away.remove("mt-cloud") }
            try await rig.failOver(.out)
            #expect(await refused(rig.core.pinByHand, rig.pin("phase", 4)).contains("COMMIT_PENDING_OUT"))
            #expect(await refused(rig.core.unpinByHand, rig.pin("phase2", 3)).contains("COMMIT_PENDING_OUT"))
            #expect(rig.pins(id)[3] == ["by-hand/3"])
        }
    }

    @Test func `the same request is the same pin, and a commit drops one only by a person's word`() throws {
        try withVault { rig in
            let id = try await rig.protectWithPoints()
            let first = try await rig.core.pinByHand(rig.pin("pin", 4))
            try await rig.succeed(first)
            #expect(try await rig.core.pinByHand(rig.pin("pin", 4)).name == first.name)
            #expect(rig.peers.log.count { $0 == "mt-cloud.PinPoint" } == 1)
            try await rig.failOver(.out)
            let failure = await #expect(throws: Failure.self) { _ = try await rig.core.commit(rig.request("commit")) }
            let gate = try #require(failure?.gates.first)
            #expect(gate.code == .noBranchPins && gate.evidence.contains { $0.observed.contains("before the upgrade") })
            let commit = rig.request("commit").changed {
                $0.options?.waivers = [.with { $0.code = "NO_BRANCH_PINS"; $0.reason = "exported" }]
            }
            try await rig.succeed(rig.core.commit(commit))
            #expect(rig.pins(id) == [:])
            #expect(try await rig.item().handPins == nil)
        }
    }

    @Test func `a point of a group is kept at all members, or at none`() throws {
        try withVault { rig in
            try await rig.protectShop()
            let (app, db) = (try await rig.item("app").id, try await rig.item("db").id)
            rig.peers.state.withLock { state in
                state.points[app] = [.with { $0.number = 7; $0.applied = true }]
                state.points[db] = [.with { $0.number = 9; $0.applied = true }]
                state.groupPoints = [
                    .with {
                        $0.name = "shop/1/3"
                        $0.exists = true
                        $0.members = [
                            .with { $0.item = app; $0.number = 7 }, .with { $0.item = db; $0.number = 9 },
                        ]
                    }
                ]
            }
            var request = rig.pin("pin", 0, "shop")
            await #expect(throws: Failure.self) { _ = try await rig.core.pinByHand(request) }
            request.groupPoint = "shop/1/4"
            let none = await #expect(throws: Failure.self) { _ = try await rig.core.pinByHand(request) }
            #expect(none?.gates.map(\.code) == [.hasPointOfKind])
            request.groupPoint = "shop/1/3"
            // Refused for one of them, it is undone for the other.
            rig.peers.trouble("PinPoint@db", .refuse)
            #expect(try await rig.ended(rig.core.pinByHand(request)).state == .failedUnwound)
            #expect(rig.pins(app) == [:] && rig.pins(db) == [:])
            rig.peers.trouble("PinPoint@db", nil)
            request.options = rig.options("again")
            try await rig.succeed(rig.core.pinByHand(request))
            #expect(rig.pins(app) == [7: ["by-hand/7"]] && rig.pins(db) == [9: ["by-hand/9"]])
            request.options = rig.options("unpin")
            try await rig.succeed(rig.core.unpinByHand(request))
            #expect(rig.pins(app) == [:] && rig.pins(db) == [:])
        }
    }
}

extension Rig {
    /// Its id; with points 5, 4 and 3.
    func protectWithPoints() async throws -> String {
        try await protect()
        let id = try await item().id
        peers.state.withLock { state in
            state.points[id] = ([5, 4, 3] as [UInt64]).map { number in
                .with { $0.number = number; $0.applied = true }
            }
        }
        return id
    }

    func pin(_ id: String, _ point: UInt64, _ name: String = "web") -> VaultV1.PinRequest {
        .with {
            $0.name = name
            $0.point = point
            $0.reason = "before the upgrade"
            $0.options = options(id)
        }
    }

    /// By point, of an item's.
    func pins(_ item: String) -> [UInt64: [String]] {
        peers.state.withLock { state in
            let pinned = (state.points[item] ?? []).filter { !$0.pins.isEmpty }
            return Dictionary(uniqueKeysWithValues: pinned.map { ($0.number, $0.pins.sorted()) })
        }
    }
}
