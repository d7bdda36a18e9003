import Environment
import Messages
import ScriptedSource
import Testing

@testable import MobilityAgent

/// How often a session cuts, changed while it is open; and how exact the age is that an agent tells.
@Suite struct PaceTests {
    private func pace(
        _ world: AgentWorld, _ step: String, _ interval: Duration, application: Duration = .zero, revision: UInt64
    ) throws -> AgentV1.AgentCommandResult {
        try world.command(
            step,
            .setPace(
                .with {
                    $0.generation = DataPathWorld.generation(1).message
                    $0.intervalUs = UInt64(interval / .microseconds(1))
                    $0.applicationIntervalUs = UInt64(application / .microseconds(1))
                    $0.revision = revision
                }))
    }

    @Test func `Another pace counts from now on, over a restart and a session opened anew, and nothing is sent again`()
        throws
    {
        let world = try AgentWorld(seed: 71)
        try world.protect()
        try world.waitForEqualDisks()
        try world.bench.world.run(for: .seconds(2))
        let before = try world.status()
        #expect(before.intervalUs == 500_000)
        #expect(try pace(world, "slow", .seconds(20), application: .seconds(60), revision: 5).code == 0)
        try world.bench.world.run(for: .seconds(2))
        let after = try world.status()
        #expect(after.intervalUs == 20_000_000 && after.applicationConsistency?.intervalUs == 60_000_000)
        #expect(after.shippedBlocks == before.shippedBlocks && after.tracking == .streaming)
        for _ in 0..<10 {
            try world.scribble(1)
            try world.bench.world.run(for: .seconds(2))
        }
        #expect(try world.status().appliedNumber <= before.appliedNumber + 3)
        #expect(try pace(world, "late", .seconds(1), revision: 4).message.contains("revision 5 was set already"))
        #expect(try pace(world, "short", .milliseconds(1), revision: 6).message.contains("too short"))
        world.kill()
        world.boot()
        try world.waitUntil("it replicates again") { try world.status().intervalUs == 20_000_000 }
        #expect(try world.openSession(1, step: "again").code == 0)
        try world.bench.world.run(for: .seconds(2))
        #expect(try world.status().intervalUs == 20_000_000)
    }

    @Test func `A relay knows how long a status was on its way`() throws {
        let world = try AgentWorld(seed: 72)
        try world.protect()
        try world.waitForEqualDisks()
        try world.bench.world.run(for: .seconds(3))
        let agent = try world.agent()
        #expect(agent.statusTransitUs > 0 && agent.statusTransitUs < 100_000, "\(agent.statusTransitUs)")
        #expect(agent.statusAgeUs <= 1_500_000)
        world.kill()
        try world.bench.world.run(for: .seconds(10))
        #expect(try world.agent().statusAgeUs >= 9_000_000)
    }
}
