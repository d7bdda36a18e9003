import Environment
import ScriptedSource
import Testing

@testable import MobilityAgent

/// The process server comes back without its spool while the agent goes on: what was cached there, and nowhere else on
/// the way, is sent again.
@Suite struct SpoolLossTests {
    private func loseSpool(_ world: AgentWorld) throws {
        world.bench.killProcessServer()
        try world.bench.on(world.bench.processServer) { environment in
            let files = environment.files
            let directory = "/spool/item-1"
            let names = try files.list(directory)
            #expect(!names.isEmpty)
            for name in names { try files.remove("\(directory)/\(name)") }
        }
        world.bench.bootProcessServer()
    }

    /// The master target is away; what the guest writes is cached.
    private func cached(_ seed: UInt64) throws -> AgentWorld {
        let world = try AgentWorld(seed: seed)
        try world.protect()
        try world.waitForEqualDisks()
        world.bench.killMasterTarget()
        for _ in 0..<2 {
            try world.scribble(12)
            try world.bench.world.run(for: .seconds(2))
        }
        let relay = try world.bench.perform { try await ScriptedVault($0).relay() }
        #expect(relay.spooledBytes > 0)
        return world
    }

    @Test(arguments: [UInt64(71), 72]) func `A planned drain ends, and nothing is lost`(seed: UInt64) throws {
        let world = try cached(seed)
        try loseSpool(world)
        world.bench.bootMasterTarget()
        let before = world.bench.world.now
        #expect(try world.fence(2).code == 0)
        #expect(try world.drain(1).code == 0)
        #expect(world.bench.world.now - before < .seconds(15))
        #expect(try world.content() == world.bench.attachedContent())
    }

    @Test func `Replication goes on, and says which intervals were lost`() throws {
        let world = try cached(73)
        try loseSpool(world)
        world.bench.bootMasterTarget()
        try world.scribble(5)
        let before = world.bench.world.now
        try world.waitForEqualDisks()
        #expect(world.bench.world.now - before < .seconds(15))
        #expect(world.allComplaints.contains("not in the spool any more"))
        for point in try world.points() where point.applied { #expect(try world.view(point).isWhole) }
    }
}
