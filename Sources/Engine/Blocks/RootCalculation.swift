/// The root of a disk that is read once, from its beginning to its end.
///
/// It remembers 32 bytes per group of the tree (256 MiB), so that a reader that was cut off goes on where the group
/// began: give `groups` to the next one.
public struct RootCalculation: Hashable, Sendable {
    public let geometry: DiskGeometry
    /// Digests of the groups that were read to their end, in order.
    public private(set) var groups: [TreeDigest]
    private var pages: [TreeDigest] = []

    /// - Returns: nil where there are more groups than the disk has.
    public init?(geometry: DiskGeometry, groups: [TreeDigest] = []) {
        guard groups.count * DigestTree.pagesPerGroup < geometry.regionCount + DigestTree.pagesPerGroup else {
            return nil
        }
        self.geometry = geometry
        self.groups = groups
    }

    /// The page (region of 1 MiB) that comes next; nil at the end.
    public var next: Int? {
        let page = groups.count * DigestTree.pagesPerGroup + pages.count
        return page < geometry.regionCount ? page : nil
    }

    /// Pages from `next` to the end of its group.
    public var pagesLeftInGroup: Int {
        guard let next else { return 0 }
        return min(DigestTree.pagesPerGroup - pages.count, geometry.regionCount - next)
    }

    /// nil before the end of the disk.
    public var root: TreeDigest? { next == nil ? DigestTree.root(geometry, groups) : nil }

    /// Takes the digest of the page that comes next.
    ///
    /// - Returns: true when that ended a group.
    public mutating func append(page: TreeDigest) -> Bool {
        precondition(next != nil, "the disk has no further page")
        pages.append(page)
        guard pages.count == DigestTree.pagesPerGroup || next == nil else { return false }
        groups.append(DigestTree.group(pages[...]))
        pages = []
        return true
    }
}
