import API
import Contract
import Environment
import Ledger
import Messages
import Model
import RPC
import ScriptedSource
import Simulation
import Testing

/// Invariant I4: a group point is one consistent cut over its machines.
@Suite struct ConsistencyTests {
    @Test(arguments: [UInt64(1), 2, 3])
    func `Every group point of two machines with dependent ledgers is a consistent cut`(seed: UInt64) throws {
        let world = try GroupWorld(seed: seed)
        try world.waitForPoints(5)
        try world.end()
        let points = try world.points()
        #expect(points.count >= 5)
        for point in points { #expect(try world.judge(point) == [], "\(point.name)") }
        let group = try world.group()
        #expect(group.longestHoldUs > 0 && group.longestHoldUs <= 50_000)
        #expect(group.p99HoldUs <= group.longestHoldUs)
    }

    @Test func `Members that do not park are caught`() throws {
        var findings: [LedgerChecker.Finding] = []
        for seed in [UInt64(1), 2, 3] where findings.isEmpty {
            let world = try GroupWorld(seed: seed, parking: false)
            try world.waitForPoints(5)
            try world.end()
            for point in try world.points() { findings += try world.judge(point) }
        }
        #expect(!findings.isEmpty)
        #expect(findings.allSatisfy { $0.fault == .inconsistent })
    }

    @Test func `Members of a group point are kept, listed with its name, and let go with it`() throws {
        let world = try GroupWorld(seed: 11)
        try world.waitForPoints(3)
        let newest = try #require(try world.points().first)
        try world.bench.world.run(for: .seconds(1))
        for member in newest.members {
            let points = try world.target { target in
                try await target.listPoints(.with { $0.item = member.item }, ScriptedVault.options).points
            }
            #expect(points.first { $0.number == member.number }?.groupPoint == newest.name)
        }
        #expect(newest.exists && !newest.final && newest.members.count == 2)
    }

    @Test func `A group point is pinned at all its members or at none`() throws {
        let world = try GroupWorld(seed: 12)
        try world.waitForPoints(2)
        let pinned = try world.target { target in
            try await target.pinGroupPoint(
                .with {
                    $0.key = .with {
                        $0.job = "job-2"
                        $0.item = "app-01"
                        $0.step = "pin"
                        $0.target = "shop"
                    }
                    $0.group = "shop"
                    $0.pin = "job-2"
                }, ScriptedVault.options)
        }
        for member in pinned.members {
            let points = try world.target { target in
                try await target.listPoints(.with { $0.item = member.item }, ScriptedVault.options).points
            }
            #expect(points.first { $0.number == member.number }?.pins == ["job-2"])
        }
        #expect(throws: RPCError.self) {
            try world.target { target in
                try await target.pinGroupPoint(
                    .with {
                        $0.key = .with {
                            $0.job = "job-3"
                            $0.item = "app-01"
                            $0.step = "pin"
                            $0.target = "shop"
                        }
                        $0.group = "shop"
                        $0.name = "shop/1/999999"
                        $0.pin = "job-3"
                    }, ScriptedVault.options)
            }
        }
    }
}

/// Who dies costs the common point, and nothing else.
@Suite struct GroupFaultTests {
    @Test(arguments: ["agent.group.held", "agent.group.cut", "agent.group.release"])
    func `A member that is killed in a cut costs the common point only`(failpoint: String) throws {
        let world = try GroupWorld(seed: 21)
        try world.waitForPoints(2)
        world.homes[1].arm(failpoint)
        try world.bench.world.run(limit: .seconds(30)) { world.agent(1) == nil }
        let common = try #require(try world.points().first).name
        let sealed = try world.target { try await $0.getReplica(.with { $0.item = "app-01" }).sealed }
        try world.bench.world.run(for: .seconds(4))
        #expect(try world.target { try await $0.getReplica(.with { $0.item = "app-01" }).sealed } > sealed)
        #expect(try world.points().filter { $0.name == common || !$0.exists }.count <= 1)
        #expect(try world.group().cause.contains("does not attend"))
        world.restartAgent(1)
        try world.waitForPoints(3)
        try world.end()
        for point in try world.points() { #expect(try world.judge(point) == [], "\(point.name)") }
    }

    @Test(arguments: [
        "process-server.group.before-hold", "process-server.group.cut", "process-server.group.held",
    ])
    func `A coordinator that dies in a cut leaves the guests alone`(failpoint: String) throws {
        let world = try GroupWorld(seed: 22)
        try world.waitForPoints(2)
        world.bench.processServer.arm(failpoint)
        try world.bench.world.run(limit: .seconds(30)) {
            !world.bench.processServer.processes.contains { $0.name == "process-server" }
        }
        world.bench.killProcessServer()
        // Guests that were parked for longer than the lease would be seen in the figures of the next coordinator.
        try world.bench.world.run(for: .seconds(1))
        world.bench.bootProcessServer()
        try world.waitForPoints(3)
        try world.end()
        for point in try world.points() { #expect(try world.judge(point) == [], "\(point.name)") }
    }

    @Test(arguments: [
        "master-target.group.before", "master-target.group.after", "replica.group.before", "replica.group.after",
    ])
    func `A master target that dies around the record has the point or has it not`(failpoint: String) throws {
        let world = try GroupWorld(seed: 23)
        try world.waitForPoints(2)
        world.bench.masterTarget.arm(failpoint)
        try world.bench.world.run(limit: .seconds(30)) {
            !world.bench.masterTarget.processes.contains { $0.name == "master-target" }
        }
        world.bench.killMasterTarget()
        world.bench.bootMasterTarget()
        try world.waitForPoints(3)
        try world.end()
        let points = try world.points()
        #expect(Set(points.map(\.name)).count == points.count)
        for point in points { #expect(try world.judge(point) == [], "\(point.name)") }
    }

    @Test func `A member that stood still for longer than the lease did not hold`() throws {
        let world = try GroupWorld(seed: 24)
        try world.waitForPoints(2)
        world.homes[1].arm("agent.group.release", .stop)
        let before = try world.group().givenUp
        for _ in 0..<100 {
            try world.bench.world.run(for: .milliseconds(200))
            world.agent(1)?.resume()
            if try world.group().lastFailure.contains("unparked") { break }
        }
        #expect(try world.group().lastFailure.contains("db-01 unparked before it was released"))
        #expect(try world.group().givenUp > before)
        try world.waitForPoints(2)
        try world.end()
        for point in try world.points() { #expect(try world.judge(point) == [], "\(point.name)") }
    }
}
