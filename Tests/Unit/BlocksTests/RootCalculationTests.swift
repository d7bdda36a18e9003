import Blocks
import Testing

@Suite struct RootCalculationTests {
    static let sizes: [Int64] = [1, 1 << 20, 256 << 20, 256 << 20 + 512, 600 << 20 - 4_096]

    @Test(arguments: RootCalculationTests.sizes)
    func `a root computed from the disk's beginning to its end is that of its tree, wherever it was cut off`(
        size: Int64
    ) throws {
        let geometry = DiskGeometry(size: size)
        let pages = (0..<geometry.regionCount).map { TreeDigest(hashing: [UInt8($0 & 255), UInt8($0 >> 8)]) }
        let expected = DigestTree(geometry: geometry, pages: pages).root
        var whole = try #require(RootCalculation(geometry: geometry))
        while let page = whole.next {
            #expect(whole.root == nil)
            #expect(whole.pagesLeftInGroup == min(256 - page % 256, pages.count - page))
            let endsGroup = whole.append(page: pages[page])
            #expect(endsGroup == (page % 256 == 255 || page == pages.count - 1))
            guard endsGroup else { continue }
            var rest = try #require(RootCalculation(geometry: geometry, groups: whole.groups))
            while let page = rest.next { _ = rest.append(page: pages[page]) }
            #expect(rest.root == expected)
        }
        #expect(whole.root == expected && whole.pagesLeftInGroup == 0)
        let tooMany = whole.groups + [pages[0]]
        #expect(RootCalculation(geometry: geometry, groups: tooMany) == nil)
    }
}
