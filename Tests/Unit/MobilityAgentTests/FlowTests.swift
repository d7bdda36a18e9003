import Environment
import Messages
import Model
import ScriptedSource
import Simulation
import Testing

@testable import MobilityAgent

/// A process server without room, and a first copy that broke off.
@Suite struct FlowTests {
    @Test(arguments: [UInt64(81), 82])
    func `Without room on the way the guest goes on, and the state names the cause`(seed: UInt64) throws {
        let world = try AgentWorld(seed: seed)
        try world.protect()
        try world.waitForEqualDisks()
        world.bench.killMasterTarget()
        world.bench.processServer.rootVolume.capacity = 0
        // Every write is acknowledged, whatever becomes of the intervals.
        for _ in 0..<4 {
            try world.scribble(15)
            try world.bench.world.run(for: .seconds(2))
        }
        try world.waitUntil("it only tracks") {
            let status = try world.status()
            return status.tracking == .only && ["spool", "cache"].contains(where: status.cause.contains)
        }
        world.bench.processServer.rootVolume.capacity = .max
        world.bench.bootMasterTarget()
        try world.scribble(5)
        try world.waitForEqualDisks()
        try world.waitUntil("it streams again") { try world.status().tracking == .streaming }
    }

    @Test func `The first copy to a thick-provisioned blank disk compares nothing`() throws {
        let world = try AgentWorld(seed: 83, allocatedTarget: true)
        try world.protect()
        try world.waitForEqualDisks()
        #expect(!"\(world.complaints)".contains("goes on where it stands"), "\(world.complaints)")
    }

    /// What dies in the middle of a first copy, and when: passes are of 64 blocks, the disks have 114.
    enum Death: String, CaseIterable, Sendable {
        case agent, processServer, masterTarget, masterTargetWithPower
    }

    @Test(arguments: Death.allCases)
    func `A first copy that broke off goes on where the target stands`(death: Death) throws {
        // Where one dies before the target kept anything there is nothing to go on with.
        let first = 90 + UInt64(death.rawValue.utf8.count)
        for seed in first..<first + 20 where try goesOn(seed, death) { return }
        Issue.record("in no run did the target keep a part before the end")
    }

    private func goesOn(_ seed: UInt64, _ death: Death) throws -> Bool {
        let world = try AgentWorld(seed: seed)
        let bench = world.bench
        switch death {
        case .agent: world.home.arm("agent.session.pass", count: 2)
        case .processServer: bench.processServer.arm("process-server.passed.end", count: 2)
        case .masterTarget, .masterTargetWithPower: bench.masterTarget.arm("replica.progress.after", count: 2)
        }
        world.boot()
        _ = try? world.assign(1)
        _ = try? world.openSession(1, full: true)
        try bench.world.run(for: .seconds(5))
        let isUp = { (host: SimulatedHost, name: String) in host.processes.contains { $0.name == name } }
        guard bench.masterTarget.failpointReaches.contains(where: { $0.name == "replica.progress.after" }) else {
            return false
        }
        switch death {
        case .agent:
            #expect(!world.agentLives)
            world.kill()
            world.boot()
        case .processServer:
            #expect(!isUp(bench.processServer, "process-server"))
            bench.killProcessServer()
            bench.bootProcessServer()
        case .masterTarget, .masterTargetWithPower:
            #expect(!isUp(bench.masterTarget, "master-target"))
            if death == .masterTargetWithPower { bench.masterTarget.powerLoss() }
            bench.killMasterTarget()
            bench.bootMasterTarget()
        }
        #expect(try world.openSession(1, full: true).code == 0)
        try world.waitForEqualDisks()
        try world.waitUntil("a point") { try world.status().appliedNumber > 0 }
        let status = try world.status()
        #expect(status.comparedBlocks > 0)
        // The agent that lived counts what it sent before as well.
        let before: UInt64 = death == .agent ? 0 : 114
        #expect(status.shippedBlocks <= before + 114 - 64, "\(status.shippedBlocks) of 114\n\(world.complaints)")
        return true
    }

    @Test func `What the target has already is compared after a kill of the agent, and not sent again`() throws {
        let world = try AgentWorld(seed: 99)
        try world.protect()
        try world.waitForEqualDisks()
        // The bits of the first copy are cleared half a minute after it was applied.
        try world.bench.world.run(for: .seconds(70))
        try world.scribble(3)
        try world.waitForEqualDisks()
        world.kill()
        world.boot()
        try world.waitUntil("it streams again") {
            let status = try world.status()
            return status.tracking == .streaming && status.comparedBlocks > 0
        }
        try world.bench.world.run(for: .seconds(5))
        #expect(try world.status().shippedBlocks == 0)
        try world.scribble(2)
        try world.waitForEqualDisks()
    }

    @Test func `What a guest writes with the content that it had is not sent, and the status counts it`() throws {
        let world = try AgentWorld(seed: 97)
        try world.protect()
        try world.waitForEqualDisks()
        // The bits of the first copy are cleared half a minute after it was applied.
        try world.bench.world.run(for: .seconds(70))
        let before = try world.status()
        try world.guest { clients, _ in
            let content = try await clients[0].read(offset: 0, count: 8 * 4_096)
            try await clients[0].write(content, at: 0)
        }
        let number = before.appliedNumber
        try world.waitUntil("two points more") { try world.status().appliedNumber > number + 1 }
        let after = try world.status()
        #expect(after.unchangedBlocks == before.unchangedBlocks + 8)
        #expect(after.shippedBlocks == before.shippedBlocks)
        try world.scribble()
        try world.waitForEqualDisks()
    }

    @Test func `A sweep goes as passes of a bounded size, each of which the target keeps once it is whole`() throws {
        var kept: [Int] = []
        for bytes in [Int.max, 1] {
            let world = try AgentWorld(seed: 98)
            world.passBytes = bytes
            try world.protect()
            try world.waitForEqualDisks()
            let reached = world.bench.masterTarget.failpointReaches
            kept.append(reached.first { $0.name == "replica.progress.after" }?.count ?? 0)
        }
        // With the least bound each chunk is a pass.
        #expect(kept[1] > kept[0], "\(kept)")
    }

    @Test(arguments: [UInt64(95), 96, 97])
    func `Whatever dies in a first copy under the guest's writes, it ends equal`(seed: UInt64) throws {
        let world = try AgentWorld(seed: seed)
        let bench = world.bench
        let points: [(SimulatedHost, String)] = [
            (world.home, "agent.session.pass"), (bench.masterTarget, "replica.progress.before"),
            (bench.processServer, "process-server.passed.end"), (bench.masterTarget, "replica.extents.after"),
        ]
        for (host, name) in points { host.arm(name, count: bench.world.choose { Int.random(in: 1...3, using: &$0) }) }
        world.boot()
        _ = try? world.assign(1)
        _ = try? world.openSession(1, full: true)
        for _ in 0..<8 {
            try? world.scribble(6)
            try bench.world.run(for: .seconds(1))
            if !world.agentLives { world.kill(); world.boot() }
            if !bench.processServer.processes.contains(where: { $0.name == "process-server" }) {
                bench.killProcessServer()
                bench.bootProcessServer()
            }
            if !bench.masterTarget.processes.contains(where: { $0.name == "master-target" }) {
                bench.killMasterTarget()
                bench.bootMasterTarget()
            }
        }
        #expect(try world.assign(1).code == 0)
        #expect(try world.openSession(1, full: true).code == 0)
        try world.scribble(5)
        try world.waitForEqualDisks()
    }
}
