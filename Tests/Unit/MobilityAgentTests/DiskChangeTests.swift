import Blocks
import Environment
import Messages
import Model
import ScriptedSource
import Simulation
import Testing

@testable import MobilityAgent

/// An administrator gives a protected machine's disk another size, or adds one, while the machine is off.
@Suite struct DiskChangeTests {
    private static let larger = 300 * 4_096

    @Test func `a disk that became larger is carried on: nothing is lost, and older points keep its size`() throws {
        let world = try AgentWorld(seed: 91)
        try world.protect()
        try world.waitForEqualDisks()
        try world.resize(0, to: Self.larger)
        try world.guest { clients, environment in
            try await clients[0].write(environment.random.bytes(40_960), at: Int64(Self.larger - 40_960))
        }
        try world.scribble(20)
        try world.waitForEqualDisks()
        #expect(try world.content()[0].count == Self.larger)
        let points = try world.points()
        #expect(points.first?.disks.first?.bytes == UInt64(Self.larger))
        #expect(points.last?.disks.first?.bytes == UInt64(DataPathWorld.disks[0].bytes))
        let root = DigestTree.root(
            geometry: DiskGeometry(size: Int64(Self.larger)),
            leaves: BlockDigest.each(of: try world.content()[0], from: 0))
        #expect(points.first?.roots.first?.root == root.bytes)
    }

    @Test func `what a partitioning tool wrote to it past the agent is found by the comparison`() throws {
        let world = try AgentWorld(seed: 92)
        try world.protect()
        try world.waitForEqualDisks()
        try world.resize(0, to: Self.larger) { file in try file.write([UInt8](repeating: 9, count: 512), at: 8_192) }
        try world.waitForEqualDisks()
        try world.waitUntil("all of it is compared") { try world.status().comparedBlocks >= 300 }
        #expect(!world.allComplaints.contains("needed again"), "it is compared before anything is sent by its digests")
    }

    @Test func `killed again and again while the disk is taken up, it is carried on all the same`() throws {
        let world = try AgentWorld(seed: 93)
        try world.protect()
        try world.waitForEqualDisks()
        try world.resize(0, to: Self.larger)
        for pause in [1, 5, 20, 60, 200, 700] {
            try world.bench.world.run(for: .milliseconds(pause))
            world.kill()
            world.boot()
        }
        try world.scribble(20)
        try world.waitForEqualDisks()
        #expect(try world.content()[0].count == Self.larger)
    }

    @Test func `a disk that became smaller is served, and replication says by name why it stands`() throws {
        let world = try AgentWorld(seed: 94)
        try world.protect()
        try world.waitForEqualDisks()
        try world.resize(0, to: 50 * 4_096)
        try world.waitUntil("refused by name") {
            try world.status().cause.contains("one that became smaller is not carried on")
        }
        #expect(try world.status().service == .serving)
        let before = try world.points().first?.number
        try world.guest { clients, _ in try await clients[0].write([UInt8](repeating: 3, count: 512), at: 0) }
        try world.bench.world.run(for: .seconds(20))
        #expect(try world.points().first?.number == before, "nothing of it became a point")
        // It gets its size back, and goes on.
        try world.resize(0, to: DataPathWorld.disks[0].bytes)
        try world.scribble(10)
        try world.waitForEqualDisks()
    }

    @Test func `a disk that was added is served, and replication says by name why it stands`() throws {
        let world = try AgentWorld(seed: 95)
        try world.protect()
        try world.waitForEqualDisks()
        try world.stop()
        try world.makeDisk("added")
        world.disks.append((id: "added", bytes: 8 * 4_096))
        world.boot()
        try world.waitUntil("refused by name") {
            try world.status().cause.contains("disk added of the source is not replicated")
        }
        #expect(try world.agent().hello?.disks.map(\.id) == world.disks.map(\.id.text))
        try world.guest { _, environment in
            let client = try await AgentWorld.connect(environment, export: "added")
            try await client.write([UInt8](repeating: 3, count: 512), at: 0)
            await client.close()
        }
        // It is taken away again, and the others go on.
        try world.stop()
        world.disks = DataPathWorld.disks
        world.boot()
        try world.scribble(10)
        try world.waitForEqualDisks()
    }
}

extension AgentWorld {
    /// The machine is turned off for it.
    fileprivate func resize(
        _ disk: Int, to bytes: Int, _ tool: @escaping @Sendable (any File) throws -> Void = { _ in }
    ) throws {
        try stop()
        try bench.on(home) { environment in
            let file = try environment.files.open(Self.bundle(disk).disk, .readWrite)
            defer { file.close() }
            try file.truncate(to: Int64(bytes))
            try tool(file)
            try file.sync()
        }
        disks[disk].bytes = bytes
        boot()
    }

    func makeDisk(_ id: DiskID) throws {
        try bench.on(home) { environment in
            let bundle = Self.bundle(of: id)
            try environment.files.createDurably(bundle.path)
            let file = try environment.files.open(bundle.disk, .createNew)
            defer { file.close() }
            try file.truncate(to: 8 * 4_096)
            try file.sync()
        }
    }
}
