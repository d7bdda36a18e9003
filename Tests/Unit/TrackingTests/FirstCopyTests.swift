internal import Blocks
internal import Environment
import Testing

@testable import Tracking

/// A first copy in passes: what it keeps in memory, and how it goes on after it broke off.
@Suite struct FirstCopyTests {
    private static func fill(_ rig: Rig, _ random: inout Seeded) async throws {
        for _ in 0..<10 {
            let first = Int.random(in: 0..<Rig.geometry.blockCount, using: &random)
            let count = min(Int.random(in: 1...200, using: &random), Rig.geometry.blockCount - first)
            let value = UInt8.random(in: 1...255, using: &random)
            let bytes = [UInt8](repeating: value, count: Rig.geometry.byteCount(of: first..<(first + count)))
            try await rig.tracker.disk(0).write(bytes, at: Rig.geometry.offset(of: first))
        }
    }

    /// Compares with the replica as it is, as a master target does; how many blocks were asked for.
    private static func resume(_ rig: Rig, _ held: BlockSet) async throws -> Int {
        await rig.tracker.compareFirst(held, disk: 0)
        let asked = await rig.tracker.status().suspectBlocks
        try await rig.resolveSuspects()
        return asked
    }

    @Test(arguments: 0..<6)
    func `passes that were void are compared, and only what differs is sent`(seed: Int) async throws {
        var random = Seeded(UInt64(seed))
        var rig = try await Rig.make(UInt64(seed))
        try await Self.fill(rig, &random)
        await rig.tracker.includeAll()
        _ = try await rig.tracker.beginPass(limit: 700)
        Rig.apply(try await rig.readOut(), to: &rig.replica)
        // The link breaks in the middle of the second pass.
        _ = try await rig.tracker.beginPass(limit: 500)
        if let chunk = try await rig.tracker.nextChunk() { Rig.apply([chunk], to: &rig.replica) }
        await rig.tracker.void(from: 0, cause: "the link broke")
        #expect(await rig.tracker.status().openBlocks == Rig.geometry.blockCount)
        try await rig.tracker.disk(0).write(IntervalTests.block(9), at: 100 * Int64(blockSize))
        let different = rig.differing(0)
        let held = BlockSet(0..<900)
        let asked = try await Self.resume(rig, held)
        #expect(asked == 900)
        let open = await rig.tracker.status().openBlocks
        #expect(open == Rig.geometry.blockCount - 900 + different.intersection(held).count)
        // A loss after the comparison: all of it is to be sent again.
        if seed % 3 == 0 {
            await rig.tracker.void(from: 0, cause: "and again")
            #expect(await rig.tracker.status().openBlocks == Rig.geometry.blockCount)
            _ = try await Self.resume(rig, held)
        }
        try await rig.replicate()
        #expect(rig.differing(0).isEmpty)
        await rig.tracker.maintain()
        // Nothing is left in the map, and the digests are those of the disk.
        #expect(await rig.tracker.standing(of: 0).changed == 0)
        try await rig.tracker.disk(0).write(IntervalTests.block(3), at: 0)
        try await rig.replicate()
    }

    @Test(arguments: 0..<6)
    func `after a crash the copy goes on with what the target has`(seed: Int) async throws {
        var random = Seeded(UInt64(40 + seed))
        var rig = try await Rig.make(UInt64(seed))
        try await Self.fill(rig, &random)
        await rig.tracker.includeAll()
        await rig.tracker.maintain()
        _ = try await rig.tracker.beginPass(limit: 900)
        Rig.apply(try await rig.readOut(), to: &rig.replica)
        try await Self.fill(rig, &random)
        rig = try await rig.afterCrash(powerLoss: seed % 2 == 0, &random)
        #expect(await rig.tracker.status().openBlocks == Rig.geometry.blockCount)
        try await rig.tracker.skipNumbers(below: 1)
        _ = try await Self.resume(rig, BlockSet(0..<1_024))
        // Blocks that the comparison settled stay in the map until they are part of a point.
        rig = try await rig.afterCrash(powerLoss: seed % 2 == 1, &random)
        #expect(await rig.tracker.status().openBlocks == Rig.geometry.blockCount)
        _ = try await Self.resume(rig, BlockSet(0..<1_024))
        try await rig.replicate()
        #expect(rig.differing(0).isEmpty)
    }

    @Test(arguments: 0..<8)
    func `digests of a long pass go to the table, through crashes and losses`(seed: Int) async throws {
        var random = Seeded(UInt64(80 + seed))
        var limits = Rig.limits()
        limits.mostReadDigests = 64
        limits.chunkScanBlocks = 128
        var rig = try await Rig.make(UInt64(seed), limits: limits, lanes: seed % 2 == 0 ? YieldingLane(7) : nil)
        try await Self.fill(rig, &random)
        await rig.tracker.includeAll()
        for round in 0..<3 {
            _ = try await rig.tracker.beginPass(limit: .max)
            let guest = Task { [rig, start = random.next()] in
                var random = Seeded(start)
                try await Self.fill(rig, &random)
            }
            var chunks: [ChunkContent] = []
            while let chunk = try await rig.tracker.nextChunk() {
                chunks.append(chunk)
                guard chunks.count < Rig.mostChunks else { throw NeverEnding(what: "a pass") }
                #expect(await rig.tracker.digestsInMemory <= 64 + 2 * 128)
            }
            try await guest.value
            Rig.apply(chunks, to: &rig.replica)
            switch seed % 4 {
            case 1 where round == 1:
                await rig.tracker.void(from: 0, cause: "lost")
            case 2 where round == 1:
                rig = try await rig.afterCrash(powerLoss: false, &random, limits: limits)
                await rig.tracker.includeAll()
            case 3:
                await rig.tracker.maintain()
            default: break
            }
        }
        // Its trailer's root is held against the replica's.
        try await rig.replicate()
        #expect(rig.differing(0).isEmpty)
        await rig.tracker.maintain()
        rig = try await rig.afterCrash(powerLoss: true, &random, limits: limits)
        try await rig.resolveSuspects()
        try await rig.tracker.disk(0).write(IntervalTests.block(5), at: 77 * Int64(blockSize))
        try await rig.replicate()
        #expect(rig.differing(0).isEmpty)
    }
}

extension MachineTracker {
    /// Of the pass that is being read.
    fileprivate var digestsInMemory: Int { disks.reduce(0) { $0 + $1.readDigests.count } }
}
