import Blocks
import Testing

/// The upper levels of a comparison: both ends must cut alike, and say the same of the same.
@Suite struct RangeDigestTests {
    @Test(arguments: 1...40)
    func `a range is cut at multiples of the span, without gap or overlap`(span: Int) {
        for lower in [0, 1, 15, 16, 17, 255, 256] {
            for count in [0, 1, 2, 15, 16, 17, 300] {
                let whole = lower..<(lower + count)
                let parts = whole.cut(every: span)
                #expect(parts.flatMap { Array($0) } == Array(whole))
                #expect(parts.count == whole.cuts(every: span))
                #expect(parts.dropFirst().allSatisfy { $0.lowerBound % span == 0 })
                #expect(parts.allSatisfy { $0.count <= span && !$0.isEmpty })
            }
        }
    }

    @Test func `the digest of a range tells content, order, length and place apart`() {
        let leaves = (0..<8).map { BlockDigest(high: UInt64($0 + 1), low: 7) }
        var all: Set<BlockDigest> = [BlockDigest(range: leaves, from: 0), BlockDigest(range: leaves, from: 8)]
        all.insert(BlockDigest(range: leaves.reversed(), from: 0))
        all.insert(BlockDigest(range: leaves.dropLast(), from: 0))
        for place in leaves.indices {
            var other = leaves
            other[place] = .zeroContent
            all.insert(BlockDigest(range: other, from: 0))
        }
        #expect(all.count == 12)
        #expect(BlockDigest(range: leaves[2..<5], from: 2) == BlockDigest(range: Array(leaves[2..<5]), from: 2))
        #expect(BlockDigest(range: [BlockDigest](repeating: .zeroContent, count: 5), from: 3) == .zeroContent)
    }
}
