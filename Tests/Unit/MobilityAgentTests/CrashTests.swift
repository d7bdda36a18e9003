import Environment
import Model
import ScriptedSource
import Testing

@testable import MobilityAgent

@Suite struct CrashTests {
    static let failpoints = [
        "tracking.write.hot", "tracking.write.done", "agent.session.cut", "agent.session.pass",
        "agent.session.shipped", "agent.session.applied", "tracking.settle.synced", "agent.raise.stored",
        "agent.raise.settled", "agent.open.settled",
    ]

    @Test(arguments: failpoints)
    func `Killed anywhere, the agent goes on and misses no block`(failpoint: String) throws {
        let world = try AgentWorld(seed: UInt64(failpoint.utf8.reduce(0) { $0 &* 31 &+ Int($1) } & 0xffff))
        world.home.arm(failpoint, count: ["agent.raise", "agent.open"].contains(where: failpoint.hasPrefix) ? 1 : 2)
        var deaths = 0
        world.boot()
        for step in 0..<6 {
            if !world.agentLives, step > 0 { deaths += 1 }
            if !world.agentLives { reboot(world) }
            switch step {
            case 1: _ = try? world.assign(1)
            case 2: _ = try? world.openSession(1, full: true)
            default: try? world.scribble(15)
            }
            try world.bench.world.run(for: .seconds(step == 3 ? 40 : 2))
        }
        if !world.agentLives {
            deaths += 1
            reboot(world)
        }
        #expect(deaths == 1)
        #expect(try world.assign(1).code == 0)
        #expect(try world.openSession(1, full: true).code == 0)
        try world.scribble(10)
        try world.waitForEqualDisks()
    }

    @Test(arguments: [UInt64(31), 32, 33, 34])
    func `Killed again and again at random instants, it ends equal`(seed: UInt64) throws {
        let world = try AgentWorld(seed: seed)
        try world.protect()
        for _ in 0..<5 {
            try world.scribble(8)
            let pause = world.bench.world.choose { Int.random(in: 0...3_000, using: &$0) }
            try world.bench.world.run(for: .milliseconds(pause))
            reboot(world)
        }
        try world.scribble(5)
        try world.waitForEqualDisks()
        #expect(try world.status().service == .serving)
    }

    @Test(arguments: [UInt64(41), 42, 43, 44])
    func `After a power loss the replica follows what the disk kept`(seed: UInt64) throws {
        let world = try AgentWorld(seed: seed)
        try world.protect()
        try world.waitForEqualDisks()
        try world.scribble(20)
        world.home.powerLoss()
        world.kill()
        world.boot()
        try world.scribble(3)
        try world.waitForEqualDisks()
    }

    private func reboot(_ world: AgentWorld) {
        world.kill()
        world.boot()
    }
}
