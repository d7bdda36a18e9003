import API
import Environment
import Ledger
import Messages
import Model
import RPC
import ScriptedSource
import Testing

@testable import MobilityAgent

/// Application-consistent points of a group: they are only where the guests of all members stood still for the cut.
extension CoordinatorTests {
    private func cut(_ bench: Bench, _ job: String = "job-2") throws -> ProcessV1.CutGroupResponse {
        try bench.world.perform { environment in
            let client = ProcessControlClient(
                StreamTransport(environment).channel(to: DataPathWorld.processAddress))
            let request = ProcessV1.CutGroupRequest.with {
                $0.key = .with {
                    $0.job = job
                    $0.item = "group.shop"
                    $0.step = "cut"
                    $0.target = "group/shop"
                    $0.vaultEpoch = 1
                }
                $0.group = "shop"
                $0.applicationConsistent = true
            }
            for _ in 0..<50 {
                do { return try await client.cutGroup(request, CallOptions(timeout: .seconds(60))) } catch is RPCError {
                    try await environment.clock.sleep(for: .milliseconds(100))
                }
            }
            throw Failure(.timedOut, "cut the group")
        }
    }

    /// What each member was asked in the cut of this name.
    private func asked(_ bench: Bench, _ name: String) -> [[String]] {
        let sequence = String(name.split(separator: "/").last ?? "")
        return bench.members.map { member in
            member.asked.freezes.filter { $0.hasSuffix(" \(sequence)") }.compactMap { $0.split(separator: " ").first }
                .map(String.init)
        }
    }

    @Test func `All guests are frozen before the hold and thawed after it`() throws {
        let bench = try bench(seed: 61, [:])
        let cut = try cut(bench)
        #expect(cut.applicationConsistent)
        #expect(cut.cause == "")
        let whole = ["freeze", "hold", "thaw"]
        #expect(asked(bench, cut.name) == [whole, whole])
        let group = try group(bench.world)
        #expect(group.applicationAttempts == 1)
        #expect(group.applicationFailures == 0)
        #expect(group.longestFreezeUs == 5_000)
        // None but those asked for.
        try bench.world.world.run(for: .seconds(5))
        #expect(bench.members[0].asked.freezes.filter { $0.hasPrefix("freeze") }.count == 1)
    }

    @Test(arguments: [Freezing.refused, .silent, .thawedBefore])
    func `A member that did not stand still is named, and the cut is made all the same`(freezing: Freezing) throws {
        let bench = try bench(seed: 62, [:], freezing: freezing)
        let cut = try cut(bench)
        #expect(!cut.applicationConsistent)
        #expect(cut.cause.contains("db-01"), "\(cut.cause)")
        #expect(!cut.cause.contains("app-01"), "\(cut.cause)")
        // Where it is known before the cut, nobody stands still any more when it is made.
        let order = freezing == .thawedBefore ? ["freeze", "hold", "thaw"] : ["freeze", "thaw", "hold"]
        #expect(asked(bench, cut.name) == [order, order])
        try bench.world.world.run(limit: .seconds(10)) {
            bench.target.recorded.contains { $0.token?.sequence == UInt64(cut.name.split(separator: "/").last ?? "") }
        }
        let group = try group(bench.world)
        #expect(group.applicationFailure == cut.cause)
        #expect(group.applicationFailures == 1)
        #expect(group.cause.isEmpty)
    }

    @Test func `A member that goes while all are being frozen leaves nobody frozen`() throws {
        let bench = try bench(seed: 63, [:], freezing: .gone, application: .seconds(2))
        try bench.world.world.run(for: .seconds(20))
        let asked = bench.members[0].asked.freezes
        let frozen = asked.filter { $0.hasPrefix("freeze") }
        #expect(frozen.count >= 2)
        for freeze in frozen.dropLast() {
            #expect(asked.contains("thaw" + freeze.dropFirst("freeze".count)), "\(asked)")
        }
        // It costs the common point of that moment only.
        #expect(bench.target.recorded.count >= 10)
    }

    @Test func `A cut that a busy member voids is tried again, and not without end`() throws {
        let bench = try bench(seed: 64, Dictionary(uniqueKeysWithValues: (1...6).map { ($0, .busy) }))
        let cut = try cut(bench)
        #expect(cut.applicationConsistent)
        let freezes = bench.members[0].asked.freezes.filter { $0.hasPrefix("freeze") }
        #expect((2...7).contains(freezes.count))
        // Each of them was thawed.
        #expect(bench.members[0].asked.freezes.filter { $0.hasPrefix("thaw") }.count == freezes.count)
    }

    @Test func `By its interval a group is frozen every so often`() throws {
        let bench = try bench(seed: 65, [:], application: .seconds(10))
        try bench.world.world.run(for: .seconds(65))
        let count = bench.members[0].asked.freezes.filter { $0.hasPrefix("freeze") }.count
        #expect((5...7).contains(count))
        #expect(bench.target.recorded.count > 10 * count)
    }
}

/// The same with real agents, and guests that can stand still.
@Suite struct GroupFreezeTests {
    @Test(arguments: [UInt64(71), 72])
    func `A common point of frozen guests holds no transaction in flight, and others do`(seed: UInt64) throws {
        let world = try GroupWorld(seed: seed, application: .seconds(3))
        try world.waitForPoints(40)
        try world.end()
        let points = try world.points()
        let consistent = points.filter { $0.applicationConsistent && !$0.final }
        let group = try world.group()
        #expect(consistent.count >= 2, "\(group)\n\(world.complaints)")
        for point in consistent.prefix(3) { #expect(try world.judge(point, applicationConsistent: true) == []) }
        var unfinished = 0
        // The newest ones were cut when the guests had ended.
        for point in points.filter({ !$0.applicationConsistent }).dropFirst(10).prefix(6) {
            let findings = try world.judge(point, applicationConsistent: true)
            unfinished += findings.count
            #expect(findings.allSatisfy { $0.fault == .unfinished })
        }
        #expect(unfinished > 0)
    }

    @Test func `While one guest cannot be frozen there is no application-consistent point of the group`() throws {
        let world = try GroupWorld(seed: 73, application: .seconds(2), frozen: [true, false])
        try world.waitForPoints(20)
        let group = try world.group()
        #expect(group.applicationFailures >= 2)
        #expect(group.applicationFailure.contains("db-01"), "\(group.applicationFailure)")
        #expect(try world.points().allSatisfy { !$0.applicationConsistent })
    }

    @Test(arguments: ["agent.group.frozen", "agent.group.held", "agent.group.release", "agent.freeze.thawing"])
    func `An agent killed while the group stands still leaves no guest frozen`(failpoint: String) throws {
        let world = try GroupWorld(seed: 74, application: .seconds(2))
        try world.waitForPoints(3)
        world.homes[1].arm(failpoint, count: 2)
        try world.bench.world.run(limit: .seconds(60)) { world.agent(1) == nil }
        // The other one is thawed by the coordinator; this one by its own time, or by its next agent.
        try world.bench.world.run(for: .seconds(1))
        #expect(try !world.isFrozen(0))
        world.restartAgent(1)
        try world.bench.world.run(for: .seconds(2))
        #expect(try !world.isFrozen(1))
        try world.waitForPoints(10)
        #expect(try world.points().first { $0.applicationConsistent } != nil)
    }
}
