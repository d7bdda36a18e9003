/// The upper levels of a disk's digest tree, in memory (32 bytes per MiB of disk).
///
/// - **Leaf**: the `BlockDigest` of each block, 16 bytes.
/// - **Page**: the node over 256 consecutive leaves, that is over one region (1 MiB); the last page holds
///   just the blocks that exist.
/// - **Group**: the node over 256 consecutive page digests (256 MiB of disk).
/// - **Root**: SHA-256 over the text `homeward digest tree 2`, the disk's size (8 bytes, little-endian) and
///   all group digests.
///
/// A **node** over 256 digests is SHA-256 over which of them are other than zeros, a bit each (32 bytes, the lowest bit
/// of the first byte first), and those one after the other. Where all are zeros it is zeros too: blank parts of a disk
/// are zeros at every level, and what is hashed for a change on a sparse disk is what lies there (Decision 108).
///
/// Changing one block rehashes one page, one group and the root; two copies are compared from the root down.
public struct DigestTree: Sendable {
    public static let leavesPerPage = blocksPerRegion
    public static let pagesPerGroup = 256
    private static let label = Array("homeward digest tree 2".utf8)

    public let geometry: DiskGeometry
    public private(set) var pages: [TreeDigest]
    private var groups: [TreeDigest]

    /// The tree of a disk that reads as zero everywhere.
    public init(blank geometry: DiskGeometry) {
        self.init(geometry: geometry, pages: [TreeDigest](repeating: .blank, count: geometry.regionCount))
    }

    /// The tree over known page digests, one per region.
    public init(geometry: DiskGeometry, pages: [TreeDigest]) {
        precondition(pages.count == geometry.regionCount)
        self.geometry = geometry
        self.pages = pages
        let count = (pages.count + Self.pagesPerGroup - 1) / Self.pagesPerGroup
        groups = []
        for group in 0..<count { groups.append(Self.group(group, of: pages)) }
    }

    public var root: TreeDigest { Self.root(geometry, groups) }

    /// Replaces page digests, each page at most once; rehashes each touched group once.
    public mutating func replace(_ changes: [Int: TreeDigest]) {
        for (page, digest) in changes { pages[page] = digest }
        for group in Set(changes.keys.map { $0 / Self.pagesPerGroup }) {
            groups[group] = Self.group(group, of: pages)
        }
    }

    /// The root as it would be with these page digests, without changing the tree.
    public func root(replacing changes: [Int: TreeDigest]) -> TreeDigest {
        var groups = groups
        for (group, changed) in Dictionary(grouping: changes, by: { $0.key / Self.pagesPerGroup }) {
            let range = Self.pages(ofGroup: group, count: pages.count)
            var part = Array(pages[range])
            for (page, digest) in changed { part[page - range.lowerBound] = digest }
            groups[group] = Self.group(part[...])
        }
        return Self.root(geometry, groups)
    }

    /// The digest of a page from the encoded leaves of its blocks.
    public static func page(encodedLeaves: [UInt8]) -> TreeDigest {
        encodedLeaves.withUnsafeBytes { TreeDigest(nodeOver: $0, as: SIMD2<UInt64>.self) }
    }

    /// The root of a disk from all its leaves in order: the definition, for checkers and tests.
    public static func root(geometry: DiskGeometry, leaves: [BlockDigest]) -> TreeDigest {
        precondition(leaves.count == geometry.blockCount)
        let pages = (0..<geometry.regionCount).map { region in
            page(encodedLeaves: geometry.blocks(ofRegion: region).flatMap { leaves[$0].bytes })
        }
        return DigestTree(geometry: geometry, pages: pages).root
    }

    private static func pages(ofGroup group: Int, count: Int) -> Range<Int> {
        (group * pagesPerGroup)..<min((group + 1) * pagesPerGroup, count)
    }

    private static func group(_ group: Int, of pages: [TreeDigest]) -> TreeDigest {
        Self.group(pages[Self.pages(ofGroup: group, count: pages.count)])
    }

    static func group(_ pages: ArraySlice<TreeDigest>) -> TreeDigest {
        pages.withUnsafeBytes { TreeDigest(nodeOver: $0, as: SIMD4<UInt64>.self) }
    }

    static func root(_ geometry: DiskGeometry, _ groups: [TreeDigest]) -> TreeDigest {
        var writer = ByteWriter()
        writer.write(raw: label)
        writer.write(geometry.size)
        for group in groups { writer.write(raw: group.bytes) }
        return TreeDigest(hashing: writer.bytes)
    }
}
