import Messages
import ScriptedSource
import Testing

@testable import MobilityAgent

/// A target whose disk decayed, and the source that has the content still.
@Suite struct RepairTests {
    private static let disk = DataPathWorld.ownerDirectory + "/" + DataPathWorld.disks[0].id.text + "/disk.raw"

    @Test func `blocks that decayed at the target are sent again, and the newest point is whole`() throws {
        let world = try AgentWorld(seed: 91)
        try world.protect()
        try world.scribble(20)
        try world.waitForEqualDisks()
        try world.bench.on(world.bench.masterTarget) { environment in
            let file = try environment.files.open(Self.disk, .readWrite)
            defer { file.close() }
            for block in [5, 6, 40] as [Int64] {
                let byte = try file.read(1, at: block * 4_096 + 17)
                try file.write([byte[0] ^ 0x20], at: block * 4_096 + 17)
            }
            try file.sync()
        }
        #expect(try world.content() != world.bench.attachedContent())
        // Its first look at the disks comes soon; that may be before the source is there again, and the second is a
        // minute later.
        world.bench.targetSettings.scrubIntervalUs = 60_000_000
        world.bench.killMasterTarget()
        world.bench.bootMasterTarget()
        for _ in 0..<15 where try world.content() != world.bench.attachedContent() {
            try world.bench.world.run(for: .seconds(10))
        }
        #expect(try world.content() == world.bench.attachedContent())
        let points = try world.bench.perform { environment in
            try await ScriptedVault(environment).target.listPoints(.with { $0.item = DataPathWorld.item.text }).points
        }
        let newest = points.max { $0.number < $1.number }
        #expect(newest?.damage == "")
        // What was settled before is out of its map by then.
        try world.bench.world.run(for: .seconds(40))
        #expect(try world.status().dirtyBlocks < 100, "what was damaged, not the whole disk, is sent")
        var left: UInt64?
        for _ in 0..<40 where left != 0 {
            try world.bench.world.run(for: .seconds(10))
            left = try world.bench.perform { try await ScriptedVault($0).replica() }.scrub?.differingBlocks
        }
        #expect(left == 0, "the next look finds nothing")
    }

    @Test func `an idle machine's points go on for as long as it is idle`() throws {
        let world = try AgentWorld(seed: 92)
        try world.protect()
        try world.waitForEqualDisks()
        for _ in 0..<4 {
            try world.bench.world.run(for: .seconds(30))
            #expect(try world.status().rpoUs < 30_000_000)
        }
    }
}
