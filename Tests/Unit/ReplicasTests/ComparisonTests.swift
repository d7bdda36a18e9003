import Blocks
import Environment
import Replicas
import Testing

/// What a replica answers about the digests of ranges.
@Suite struct ComparisonTests {
    @Test(arguments: 0..<40)
    func `ranges that differ are those that hold a block that differs`(seed: UInt64) throws {
        let (files, replica, writer) = try ReplicaTests.replica(points: 3, seed: seed)
        var dice = Dice(seed &+ 500)
        let disk = dice.roll(2)
        let geometry = Writer.geometry(disk)
        var source = writer.disks[disk]
        var different = BlockSet()
        for _ in 0..<dice.roll(6) {
            let block = dice.roll(geometry.blockCount)
            source[block * blockSize + dice.roll(512)] ^= 0x11
            different.insert(block)
        }
        // Behind the replica's back, so that its digests say what the source does.
        if dice.roll(2) == 0 {
            let block = dice.roll(geometry.blockCount)
            let file = try files.open(replica.status.disks[disk].bundle + "/disk.raw", .readWrite)
            defer { file.close() }
            let byte = try file.read(1, at: Int64(block * blockSize))
            try file.write([byte[0] ^ 0x40], at: Int64(block * blockSize))
            different.insert(block)
        }
        let actual = try Bench.rawDisks(files)[disk]
        different = BlockSet(different.filter { block in
            let range = (block * blockSize)..<(block * blockSize + geometry.byteCount(of: block))
            return source[range] != actual[range] || writer.disks[disk][range] != actual[range]
        })
        let leaves = BlockDigest.each(of: source, from: 0)
        let first = dice.roll(geometry.blockCount)
        let blocks = first..<(first + 1 + dice.roll(geometry.blockCount - first))
        let span = 1 + dice.roll(24)
        let ranges = blocks.cut(every: span)
        let digests = ranges.map { BlockDigest(range: leaves[$0], from: $0.lowerBound) }
        let found = BlockSet(try replica.differing(disk: disk, blocks, ranges: span, digests: digests).flatMap { $0 })
        #expect(found == BlockSet(ranges.filter { different.containsAny(in: $0) }.flatMap { $0 }))
        let single = try replica.differing(disk: disk, blocks, digests: Array(leaves[blocks]))
        #expect(BlockSet(single.flatMap { $0 }) == different.intersection(BlockSet(blocks)))
    }

    @Test func `digests that do not fit the question are refused`() throws {
        let (_, replica, _) = try ReplicaTests.replica(points: 1)
        let one = [BlockDigest.zeroContent]
        #expect(throws: ReplicaError.self) { try replica.differing(disk: 0, 0..<17, ranges: 16, digests: one) }
        #expect(throws: ReplicaError.self) { try replica.differing(disk: 0, 0..<2, digests: one) }
        #expect(throws: ReplicaError.self) { try replica.differing(disk: 0, 0..<4_000, ranges: 4_096, digests: one) }
        #expect(throws: ReplicaError.self) { try replica.differing(disk: 7, 0..<1, digests: one) }
    }
}
