internal import Blocks
internal import Environment
import Testing

@testable import Tracking

/// Comparing all blocks with the target: what it finds, what it costs, and how it goes on after it broke off.
@Suite struct ComparisonTests {
    /// Asks about ranges, largest first, as a session does with a target that answers truly; the digests that it took.
    /// Stops after so many questions.
    private static func compare(
        _ rig: Rig, levels: [Int], longestHole: Int = 700, questions: Int = .max
    ) async throws -> Int {
        var (waiting, digests, asked): ([(SuspectBlocks, Int)], Int, Int) = ([], 0, 0)
        var cursor: (disk: Int, block: BlockIndex)?
        while asked < questions {
            if waiting.isEmpty {
                guard let next = try await rig.tracker.suspectsToCompare(
                    after: cursor, most: levels[0], longestHole: longestHole)
                else { break }
                cursor = (next.disk, next.blocks.upperBound)
                waiting.append((next, 0))
            }
            guard let (suspects, level) = waiting.popLast() else { break }
            asked += 1
            let different = rig.differing(suspects.disk)
            guard level < levels.count else {
                digests += suspects.digests.count
                await rig.tracker.settleSuspects(suspects, differing: different)
                continue
            }
            digests += suspects.digests(ofRanges: levels[level]).count
            let theirs = BlockDigest.each(of: rig.replica[suspects.disk], from: 0)
            let ranges = zip(suspects.blocks.cut(every: levels[level]), suspects.digests(ofRanges: levels[level]))
                .filter { BlockDigest(range: theirs[$0], from: $0.lowerBound) != $1 }.map(\.0)
            waiting += ranges.map { (SuspectBlocks($0, of: suspects), level + 1) }
            await rig.tracker.settleEqual(suspects, except: BlockSet(ranges.flatMap { $0 }))
        }
        return digests
    }

    private static func filled(_ random: inout Seeded) async throws -> Rig {
        var rig = try await Rig.make(3)
        for _ in 0..<6 {
            let first = Int.random(in: 0..<Rig.geometry.blockCount - 100, using: &random)
            let bytes = [UInt8](repeating: UInt8.random(in: 1...255, using: &random), count: 60 * blockSize)
            try await rig.tracker.disk(0).write(bytes, at: Int64(first * blockSize))
        }
        try await rig.replicate()
        await rig.tracker.maintain()
        // All regions are cold, so that nothing is in doubt after a crash.
        try await rig.tracker.shutDown()
        return try await rig.afterCrash(powerLoss: true, &random)
    }

    private static func flip(_ block: BlockIndex, _ rig: inout Rig) { rig.replica[0][block * blockSize + 3] ^= 0x80 }

    @Test(arguments: 0..<24)
    func `what is found to differ is what differs, whatever the sizes of the levels`(seed: UInt64) async throws {
        var random = Seeded(seed)
        var rig = try await Self.filled(&random)
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            Self.flip(Int.random(in: 0..<Rig.geometry.blockCount, using: &random), &rig)
        }
        // What the guest wrote since is sent, and not compared.
        let written = Int.random(in: 0..<Rig.geometry.blockCount - 1, using: &random)
        try await rig.tracker.disk(0).write(IntervalTests.block(77), at: Int64(written * blockSize))
        let different = rig.differing(0).union(BlockSet([written]))
        if seed % 2 == 0 { try await rig.tracker.compareAll() } else { try await rig.tracker.distrust(cause: "a test") }
        var levels: [Int] = []
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            levels.append(Int.random(in: 1...(levels.last ?? 2_000), using: &random))
        }
        _ = try await Self.compare(rig, levels: levels)
        let status = await rig.tracker.status()
        #expect(status.suspectBlocks == 0 && status.openBlocks == different.count, "levels \(levels)")
        #expect(status.differingOfAll == different.count - 1 && status.comparedBlocks == Rig.geometry.blockCount - 1)
        try await rig.replicate()
        #expect(rig.differing(0).isEmpty)
        await rig.tracker.maintain()
        #expect(rig.openings[0].sidecar.header.trackingLost == "")
    }

    @Test func `what is the same costs one digest for each large range`() async throws {
        var random = Seeded(5)
        var rig = try await Self.filled(&random)
        try await rig.tracker.compareAll()
        #expect(try await Self.compare(rig, levels: [256, 16], longestHole: 0) == 7)
        for block in [9, 700, 701] { Self.flip(block, &rig) }
        try await rig.tracker.compareAll()
        #expect(try await Self.compare(rig, levels: [256, 16], longestHole: 0) == 7 + 2 * 16 + 2 * 16)
    }

    @Test(arguments: 0..<6)
    func `after a crash a comparison goes on where it was, and misses nothing`(seed: UInt64) async throws {
        var random = Seeded(seed)
        var rig = try await Self.filled(&random)
        for block in [3, 300, 650, 1_100, 1_300, 1_536] { Self.flip(block, &rig) }
        try await rig.tracker.compareAll()
        var left = Rig.geometry.blockCount
        for _ in 0..<3 {
            _ = try await Self.compare(rig, levels: [256], questions: 6)
            let written = Int64.random(in: 0..<Rig.size, using: &random)
            if seed % 2 == 0 { try await rig.tracker.disk(0).write([7], at: written) }
            await rig.tracker.maintain()
            let before = await rig.tracker.status()
            rig = try await rig.afterCrash(powerLoss: true, &random)
            let status = await rig.tracker.status()
            #expect(before.suspectBlocks < left || left == 0)
            // Again in doubt are the region that was hot, and what one question asked about and was not answered for.
            let again = 700 + (seed % 2 == 0 ? 256 : 0)
            #expect((before.suspectBlocks...before.suspectBlocks + again).contains(status.suspectBlocks))
            #expect(status.differingOfAll == before.differingOfAll)
            left = status.suspectBlocks
        }
        _ = try await Self.compare(rig, levels: [256])
        try await rig.replicate()
        #expect(rig.differing(0).isEmpty)
    }

    @Test func `something new to doubt begins it anew, also while an answer is on its way`() async throws {
        var random = Seeded(8)
        var rig = try await Self.filled(&random)
        try await rig.tracker.compareAll()
        let asked = try #require(try await rig.tracker.suspectsToCompare(most: 2_000))
        for block in [3, 400] { Self.flip(block, &rig) }
        try await rig.tracker.distrust(cause: "the target went back")
        // It was true when it was given.
        await rig.tracker.settleEqual(asked, except: BlockSet())
        #expect(await rig.tracker.status().suspectBlocks == Rig.geometry.blockCount)
        _ = try await Self.compare(rig, levels: [256], questions: 4)
        await rig.tracker.maintain()
        #expect(rig.openings[0].sidecar.header.comparedThrough > 0)
        try await rig.tracker.distrust(cause: "and again")
        #expect(rig.openings[0].sidecar.header.comparedThrough == 0)
        rig = try await rig.afterCrash(powerLoss: false, &random)
        #expect(rig.openings[0].finding == .compare(.trackingLost("the target went back")))
        _ = try await Self.compare(rig, levels: [256])
        try await rig.replicate()
        #expect(rig.differing(0).isEmpty)
    }

    @Test func `one that was only asked for can be stopped, one that is needed cannot`() async throws {
        var random = Seeded(9)
        var rig = try await Self.filled(&random)
        for block in [3, 1_400] { Self.flip(block, &rig) }
        try await rig.tracker.compareAll()
        #expect(await rig.tracker.status().isByRequest)
        #expect(await rig.tracker.status().cause == "blocks to compare: a comparison was asked for")
        _ = try await Self.compare(rig, levels: [256], questions: 6)
        try await rig.tracker.stopComparing()
        #expect(await rig.tracker.status().suspectBlocks == 0)
        #expect(await rig.tracker.status().openBlocks == 1, "what was found is sent")
        try await rig.replicateUnproven()
        #expect(rig.differing(0) == BlockSet([1_400]))
        await rig.tracker.maintain()
        try await rig.tracker.compareAll()
        try await rig.tracker.distrust(cause: "needed")
        #expect(!(await rig.tracker.status().isByRequest))
        try await rig.tracker.stopComparing()
        #expect(await rig.tracker.status().suspectBlocks == Rig.geometry.blockCount)
        rig = try await rig.afterCrash(powerLoss: false, &random)
        #expect(rig.openings[0].finding == .compare(.trackingLost("needed")))
    }

    @Test func `a sidecar of the version before is read: its comparison begins at the first block`() throws {
        let generation = Rig.generation
        let lineage = LineageRecord(diskID: [UInt8](repeating: 1, count: 16), size: Rig.size)
        var header = SidecarHeader(
            disk: FileIdentity(device: 1, inode: 2, birthTime: 3, changeTime: 0, size: Rig.size),
            generation: generation, lineage: lineage)
        header.distrust("sidecar lost")
        (header.comparedThrough, header.comparedDiffering, header.aheadBlocks) = (700, 5, 9)
        let now = header.encoded(sequence: 4)
        #expect(try SidecarHeader.decode(now).header == header)
        // What is new stands before the checksum.
        let end = try #require(now.lastIndex { $0 != 0 })
        var before = Array(now[..<(end + 1 - 8 - 16)])
        before[8] = 2
        var writer = ByteWriter()
        writer.write(raw: before)
        writer.write(checksum64(before, seed: SidecarHeader.magic))
        writer.pad(to: SidecarHeader.slotSize)
        let old = try SidecarHeader.decode(writer.bytes).header
        #expect(old.trackingLost == "sidecar lost" && old.aheadBlocks == 9)
        #expect(old.comparedThrough == 0 && old.comparedDiffering == 0)
    }
}

extension Rig {
    /// As `replicate`, where the replica is not what the source takes it for.
    fileprivate mutating func replicateUnproven() async throws {
        try await tracker.prepareCut()
        let interval = try await tracker.cut()
        Self.apply(try await readOut(), to: &replica)
        _ = try await tracker.trailer()
        await tracker.acknowledgeApplied(interval.number)
    }
}
