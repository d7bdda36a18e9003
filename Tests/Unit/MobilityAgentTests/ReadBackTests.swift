import Blocks
import Environment
import Messages
import Model
import ScriptedSource
import Testing

@testable import MobilityAgent

/// Disks that were handed over are read back whole below the overlay, and what differs is named.
@Suite struct ReadBackTests {
    @Test func `the roots are those of the disks below what the guest writes`() throws {
        let world = try AgentWorld(handedOver: 81)
        let below = try world.roots()
        world.boot()
        try world.scribble(20)
        #expect(try world.status().readBack == nil)
        let seen = try world.readBackToEnd()
        #expect(seen.disks.map(\.root) == below)
        #expect(seen.disks.allSatisfy { $0.differingBlocks == 0 })
        #expect(seen.readBlocks == seen.totalBlocks && seen.totalBlocks == 96 + 18)
        #expect(seen.endedUnixUs > 0)
        try world.waitUntil("the status tells it") { try world.status().readBack == seen }
    }

    @Test func `a bit turned in a block that was never moved is named by disk and block`() throws {
        let world = try AgentWorld(handedOver: 82)
        let before = try world.roots()
        try world.turnBit(disk: 1, block: 17)
        for block in [40, 41, 90] { try world.turnBit(disk: 0, block: block) }
        world.boot()
        let seen = try world.readBackToEnd()
        #expect(seen.disks.map(\.differingBlocks) == [3, 1])
        let named: [[String]] = seen.disks.map { disk in disk.differing.map { "\($0.first)+\($0.count)" } }
        #expect(named == [["40+2", "90+1"], ["17+1"]])
        let roots = seen.disks.map(\.root)
        #expect(roots[0] != before[0] && roots[1] != before[1])
    }

    @Test func `a disk that lost its content to a hole differs where it had some`() throws {
        let world = try AgentWorld(handedOver: 83)
        try world.punch(disk: 0)
        world.boot()
        let seen = try world.readBackToEnd()
        // Every third block had content.
        #expect(seen.disks[0].differingBlocks == 32)
        #expect(seen.disks[1].differingBlocks == 0)
        #expect(try seen.disks.map(\.root) == world.roots())
    }

    @Test(arguments: ["agent.readback.piece", "agent.readback.stored"], [1, 2])
    func `killed while it reads, it goes on by itself and reads no disk twice that was on record`(
        failpoint: String, count: Int
    ) throws {
        let world = try AgentWorld(handedOver: 84)
        try world.turnBit(disk: 0, block: 5)
        world.home.arm(failpoint, count: count)
        world.boot()
        world.askOnce()
        try world.waitUntil("killed") { !world.agentLives }
        world.kill()
        world.boot()
        try world.waitUntil("read to the end") { try world.status().readBack?.complete == true }
        let seen = try world.readBackToEnd()
        #expect(seen.disks.map(\.differingBlocks) == [1, 0])
        #expect(try seen.disks.map(\.root) == world.roots())
        let pieces = world.home.failpointReaches.first { $0.name == "agent.readback.piece" }?.count
        // What was read when it was killed is read again only if it was not on record yet.
        #expect(pieces == (failpoint == "agent.readback.piece" ? 3 : 2))
    }

    @Test func `what was merged cannot be read back any more, and what was read stays read`() throws {
        let world = try AgentWorld(handedOver: 85)
        world.boot()
        try world.scribble(20)
        let seen = try world.readBackToEnd()
        try world.merge()
        try world.waitUntil("still known") { try world.status().readBack == seen }
        world.kill()
        world.boot()
        try world.waitUntil("booted") { try world.status().readBack == seen }

        let other = try AgentWorld(handedOver: 86)
        other.boot()
        try other.scribble(20)
        try other.merge()
        let answer = try other.command("late", other.readBackCommand)
        #expect(answer.code != 0)
        #expect(answer.message.contains("merged"))
    }

    @Test func `what cannot be read is named, and a merge says that not all was read`() throws {
        let world = try AgentWorld(handedOver: 88)
        world.boot()
        try world.scribble(5)
        let size = Int64(DataPathWorld.disks[0].bytes)
        try world.truncate(disk: 0, to: size - 4_096)
        try world.waitUntil("in trouble") {
            world.askOnce()
            return try world.status().readBack?.cause.contains("blocks 0 to 95") == true
        }
        try world.merge()
        try world.waitUntil("given up") {
            try world.status().readBack?.cause == "the overlays were merged before all was read"
        }
        let answer = try world.command("late", world.readBackCommand)
        guard case .readBack(let seen)? = answer.result else {
            Issue.record("\(answer.message)")
            return
        }
        #expect(!seen.complete && seen.disks[0].root.isEmpty)
    }

    @Test func `a record of another generation, or a damaged one, is nothing read`() throws {
        let world = try AgentWorld(handedOver: 87)
        world.boot()
        let seen = try world.readBackToEnd()
        world.kill()
        try world.bench.on(world.home) { environment in
            let path = AgentWorld.bundle(0).path + "/read-back"
            var bytes = try environment.files.readAll(path)
            bytes[9] ^= 1
            try environment.files.replace(path, with: bytes)
        }
        world.boot()
        try world.waitUntil("read again") { try world.status().readBack?.complete == true }
        let again = try world.readBackToEnd()
        #expect(again.disks == seen.disks)
        var record = ReadBackRecord(generation: Blocks.Generation(DataPathWorld.generation(3)))
        record.cause = String(repeating: "ß", count: 400)
        #expect(try ReadBackRecord(from: record.encoded()).generation == record.generation)
    }
}

extension AgentWorld {
    /// Disks at home with the digests of what is on them, handed over under generation 2.
    fileprivate convenience init(handedOver seed: UInt64) throws {
        try self.init(seed: seed)
        try bench.on(home) { environment in
            for (index, disk) in DataPathWorld.disks.enumerated() {
                let bundle = Self.bundle(index)
                let file = try environment.files.open(bundle.path + "/digests", .create)
                defer { file.close() }
                let table = try DigestTable.create(file, geometry: DiskGeometry(size: Int64(disk.bytes)))
                var updates = DigestUpdates()
                updates.set(BlockDigest.each(of: try environment.files.readAll(bundle.disk), from: 0), from: 0)
                try table.update(updates)
                try table.sync()
            }
        }
        try handOver(generation: 2)
        try place(Self.grant(2, overlay: true))
    }

    fileprivate func roots() throws -> [[UInt8]] {
        try zip(content(), DataPathWorld.disks).map { content, disk in
            let geometry = DiskGeometry(size: Int64(disk.bytes))
            return DigestTree.root(geometry: geometry, leaves: BlockDigest.each(of: content, from: 0)).bytes
        }
    }

    fileprivate func turnBit(disk: Int, block: Int) throws {
        try bench.on(home) { environment in
            let file = try environment.files.open(Self.bundle(disk).disk, .readWrite)
            defer { file.close() }
            let offset = Int64(block * blockSize)
            try file.write([try file.read(1, at: offset)[0] ^ 4], at: offset)
            try file.sync()
        }
    }

    fileprivate func truncate(disk: Int, to size: Int64) throws {
        try bench.on(home) { environment in
            let file = try environment.files.open(Self.bundle(disk).disk, .readWrite)
            defer { file.close() }
            try file.truncate(to: size)
        }
    }

    fileprivate func punch(disk: Int) throws {
        try bench.on(home) { environment in
            let file = try environment.files.open(Self.bundle(disk).disk, .readWrite)
            defer { file.close() }
            try file.punchHole(at: 0, count: try file.size())
            try file.sync()
        }
    }

    fileprivate var readBackCommand: AgentV1.AgentCommand.Command {
        .readBack(.with { $0.generation = DataPathWorld.generation(2).message })
    }

    /// The agent may die of it.
    fileprivate func askOnce() { _ = try? command("read-back", readBackCommand) }

    fileprivate func readBackToEnd() throws -> AgentV1.ReadBack {
        for _ in 0..<100 {
            let answer = try command("read-back", readBackCommand)
            guard case .readBack(let seen)? = answer.result else {
                throw Failure(.internalError, "\(answer.message)\n\(complaints)")
            }
            if seen.complete { return seen }
            try bench.world.run(for: .milliseconds(100))
        }
        throw Failure(.timedOut, "read back\n\(complaints)")
    }

    fileprivate func merge() throws {
        for _ in 0..<100 {
            let answer = try command(
                "merge", .mergeOverlay(.with { $0.generation = DataPathWorld.generation(2).message }))
            if case .mergeOverlay(let merged)? = answer.result, merged.complete { return }
            try bench.world.run(for: .milliseconds(100))
        }
        throw Failure(.timedOut, "merge\n\(complaints)")
    }
}
