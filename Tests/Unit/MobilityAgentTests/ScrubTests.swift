import Messages
import ScriptedSource
import Testing

@testable import MobilityAgent

/// The agent reads its disks against their digests in the background.
@Suite struct ScrubTests {
    private static func scrub(_ world: AgentWorld, after seconds: Int) throws -> AgentV1.SourceScrub {
        try world.bench.world.run(for: .seconds(seconds))
        return try #require(try world.status().scrub)
    }

    @Test func `all disks are read soon, and again when it is due; a write behind the agent's back is sent`() throws {
        let world = try AgentWorld(seed: 151)
        world.scrubIntervalUs = 60_000_000
        try world.protect()
        try world.waitForEqualDisks()
        try world.scribble(20)
        let first = try Self.scrub(world, after: 62)
        #expect(first.endedUnixUs > 0 && first.differingBlocks == 0 && first.intervalUs == 60_000_000)
        #expect(!world.allComplaints.contains("block changed untracked"))
        // Settled, so that nothing of it is to be sent anyway.
        try world.bench.world.run(for: .seconds(40))
        try world.bench.on(world.home) { environment in
            let file = try environment.files.open(AgentWorld.bundle(0).disk, .readWrite)
            defer { file.close() }
            try file.write([UInt8](repeating: 0xEE, count: 512), at: 50 * 4_096)
        }
        #expect(try world.content() != world.bench.attachedContent())
        let second = try Self.scrub(world, after: 70)
        #expect(second.endedUnixUs > first.endedUnixUs + 55_000_000 && second.differingBlocks == 1)
        #expect(world.allComplaints.contains("block changed untracked"))
        try world.waitForEqualDisks()
        #expect(try Self.scrub(world, after: 62).differingBlocks == 0)
    }

    /// A first copy is what is read and sent, and proves nothing of what was not tracked.
    @Test func `nothing is read before there is a point, and then not at once`() throws {
        let world = try AgentWorld(seed: 155)
        world.scrubIntervalUs = 2_400_000_000
        world.bench.killMasterTarget()
        try world.protect()
        #expect(try Self.scrub(world, after: 900).endedUnixUs == 0)
        world.bench.bootMasterTarget()
        try world.waitForEqualDisks()
        #expect(try Self.scrub(world, after: 95).endedUnixUs == 0)
        #expect(try Self.scrub(world, after: 400).endedUnixUs > 0)
    }

    @Test func `what was just compared is what it was compared with, not what the table says still`() throws {
        let world = try AgentWorld(seed: 152)
        world.scrubIntervalUs = 1_000_000
        try world.protect()
        try world.waitForEqualDisks()
        try world.stop()
        try world.bench.on(world.home) { environment in
            try environment.files.remove(AgentWorld.bundle(0).path + "/digests")
        }
        world.boot()
        try world.waitUntil("compared") { try world.status().suspectBlocks == 0 }
        #expect(try Self.scrub(world, after: 20).differingBlocks == 0)
        #expect(!world.allComplaints.contains("block changed untracked"))
    }

    @Test func `a disk that nobody protects has no digests, and is not read`() throws {
        let world = try AgentWorld(seed: 153)
        world.boot()
        try world.scribble(5)
        #expect(try Self.scrub(world, after: 30).endedUnixUs == 0)
        #expect(!world.allComplaints.contains("block changed untracked"))
    }

    @Test(arguments: [0, 999_999, 40_000_000_000_000] as [UInt64])
    func `an interval below a second or above a year is refused`(interval: UInt64) {
        let world = try? AgentWorld(seed: 154, enabled: false)
        world?.scrubIntervalUs = interval
        #expect(throws: (any Error).self) { try world?.settings.validate() }
        world?.scrubIntervalUs = 1_000_000
        #expect(throws: Never.self) { try world?.settings.validate() }
    }
}
