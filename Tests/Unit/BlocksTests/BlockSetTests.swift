import Testing

@testable import Blocks

/// A small deterministic generator (SplitMix64), so that a failing seed can be named.
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

@Suite struct BlockSetTests {
    @Test(arguments: 0..<40) func `a block set behaves like a set of integers`(seed: Int) {
        var random = Seeded(UInt64(seed))
        var set = BlockSet()
        var model: Set<Int> = []
        let span = seed.isMultiple(of: 2) ? 300 : 20_000
        let longest = seed.isMultiple(of: 3) ? span / 2 : span / 10
        for _ in 0..<120 {
            let start = Int.random(in: 0..<span, using: &random)
            let range = start..<(start + Int.random(in: 0...longest, using: &random))
            switch Int.random(in: 0..<7, using: &random) {
            case 0: #expect(set.insert(start) == model.insert(start).inserted)
            case 1: #expect(set.remove(start) == (model.remove(start) != nil))
            case 2:
                set.insert(range)
                model.formUnion(range)
            case 3:
                set.remove(range)
                model.subtract(range)
            case 4:
                set.formUnion(BlockSet(range))
                model.formUnion(range)
            case 5:
                set.subtract(BlockSet(range))
                model.subtract(range)
            default:
                if model.count > span / 2 {
                    set.formIntersection(BlockSet(range))
                    model.formIntersection(range)
                }
            }
            #expect(set.count == model.count)
            #expect(set.contains(start) == model.contains(start))
            #expect(set.count(in: range) == model.count { range.contains($0) })
            #expect(set.containsAny(in: range) == model.contains { range.contains($0) })
            let (run, limit) = (set.run(from: start), Int.random(in: 1...5_000, using: &random))
            #expect(set.run(from: start, limit: limit) == run?.prefix(limit))
        }
        #expect(Array(set) == model.sorted())
        #expect(set.runs.flatMap { Array($0) } == model.sorted())
        #expect(zip(set.runs, set.runs.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound })
        #expect(set == BlockSet(model))
    }

    @Test func `a million blocks are set, counted and walked as runs`() {
        var set = BlockSet()
        for block in stride(from: 0, to: 2_000_000, by: 2) { set.insert(block) }
        #expect(set.count == 1_000_000)
        set.insert(0..<2_000_000)
        #expect(set.count == 2_000_000)
        #expect(set.run(from: 5) == 5..<2_000_000)
        #expect(set.run(from: 5, limit: 10) == 5..<15)
        set.remove(0..<2_000_000)
        #expect(set.isEmpty && set.first() == nil)
    }

    @Test func `geometry counts a short last block and says which blocks lie inside`() {
        let disk = DiskGeometry(size: Int64(regionSize) + 5000)
        #expect(disk.blockCount == 258 && disk.regionCount == 2)
        #expect(disk.byteCount(of: 257) == 904)
        #expect(disk.byteCount(of: 255..<258) == 4096 + 5000)
        #expect(disk.blocks(touching: 4095, count: 2) == 0..<2)
        #expect(disk.blocks(touching: 4096, count: 0).isEmpty)
        #expect(disk.blocks(inside: 1, count: 8191) == 1..<2)
        #expect(disk.blocks(inside: 1, count: 4000).isEmpty)
        #expect(disk.blocks(inside: 256 * 4096, count: 5000) == 256..<258)
        #expect(disk.regions(of: 255..<257) == 0..<2)
        #expect(!disk.contains(offset: disk.size, count: 1) && disk.contains(offset: disk.size, count: 0))
    }
}
