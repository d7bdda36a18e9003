/// New digests of blocks; later values win.
///
/// Kept by page of the digest tree, where neighbours mostly come one after the other: half a million of them are then
/// two thousand entries. A whole page of zero blocks takes no more than its entry, as disks have many.
public struct DigestUpdates: Sendable {
    /// Of the blocks of one page, in ascending order.
    struct Page: Sendable {
        private(set) var places: [UInt8] = []
        private(set) var digests: [BlockDigest] = []

        /// A whole page of zero blocks.
        static let zeros: Page = {
            var page = Page()
            page.places = Array(0...UInt8(DigestTree.leavesPerPage - 1))
            page.digests = [BlockDigest](repeating: .zeroContent, count: DigestTree.leavesPerPage)
            return page
        }()

        var count: Int { places.count }

        subscript(_ place: UInt8) -> BlockDigest? {
            let (index, isThere) = index(of: place)
            return isThere ? digests[index] : nil
        }

        /// Where the place is, or where it would have to be.
        private func index(of place: UInt8) -> (index: Int, isThere: Bool) {
            guard let last = places.last, place <= last else { return (places.count, false) }
            var (low, high) = (0, places.count - 1)
            while low < high {
                let middle = (low + high) / 2
                if places[middle] < place { low = middle + 1 } else { high = middle }
            }
            return (low, places[low] == place)
        }

        mutating func set(_ digest: BlockDigest, at place: UInt8) {
            let (index, isThere) = index(of: place)
            if isThere {
                digests[index] = digest
            } else {
                places.insert(place, at: index)
                digests.insert(digest, at: index)
            }
        }

        /// Of consecutive places, the first one at `place`.
        mutating func set(_ values: ArraySlice<BlockDigest>, from place: UInt8) {
            guard let first = places.last, first >= place else {
                places.append(contentsOf: place...(place + UInt8(values.count - 1)))
                digests.append(contentsOf: values)
                return
            }
            for (index, value) in values.enumerated() { set(value, at: place + UInt8(index)) }
        }

        mutating func remove(_ place: UInt8) {
            let (index, isThere) = index(of: place)
            guard isThere else { return }
            places.remove(at: index)
            digests.remove(at: index)
        }

        mutating func merge(_ later: Page) {
            for (place, digest) in zip(later.places, later.digests) { set(digest, at: place) }
        }

        /// Into the page's encoded leaves.
        func encode(into bytes: inout [UInt8]) {
            bytes.withUnsafeMutableBytes { bytes in
                for (place, digest) in zip(places, digests) {
                    let offset = Int(place) * BlockDigest.byteCount
                    bytes.storeBytes(of: digest.high.littleEndian, toByteOffset: offset, as: UInt64.self)
                    bytes.storeBytes(of: digest.low.littleEndian, toByteOffset: offset + 8, as: UInt64.self)
                }
            }
        }
    }

    /// By page; none of them empty, and none that is blank.
    private(set) var pages: [Int: Page] = [:]
    /// Numbers of pages all of whose blocks are zero.
    private(set) var blank = BlockSet()

    public init() {}

    public var count: Int { pages.values.reduce(blank.count * DigestTree.leavesPerPage) { $0 + $1.count } }
    public var isEmpty: Bool { pages.isEmpty && blank.isEmpty }

    public subscript(_ block: BlockIndex) -> BlockDigest? {
        get {
            let page = block / DigestTree.leavesPerPage
            return blank.contains(page) ? .zeroContent : pages[page]?[Self.place(of: block)]
        }
        set {
            let page = block / DigestTree.leavesPerPage
            spellOut(page)
            if let newValue {
                pages[page, default: Page()].set(newValue, at: Self.place(of: block))
            } else {
                pages[page]?.remove(Self.place(of: block))
                if pages[page]?.count == 0 { pages[page] = nil }
            }
        }
    }

    /// The digests of consecutive blocks, the first one at `first`.
    public mutating func set(_ values: [BlockDigest], from first: BlockIndex) { set(values[...], from: first) }

    public mutating func set(_ values: ArraySlice<BlockDigest>, from first: BlockIndex) {
        var rest = values
        for (page, range) in Self.pages(of: first..<(first + values.count)) {
            spellOut(page)
            pages[page, default: Page()].set(rest.prefix(range.count), from: Self.place(of: range.lowerBound))
            rest = rest.dropFirst(range.count)
        }
    }

    /// These blocks are zero.
    public mutating func setZero(_ blocks: BlockRange) {
        for (page, range) in Self.pages(of: blocks) {
            if range.count == DigestTree.leavesPerPage {
                pages[page] = nil
                blank.insert(page)
            } else {
                spellOut(page)
                let zeros = [BlockDigest](repeating: .zeroContent, count: range.count)
                pages[page, default: Page()].set(zeros[...], from: Self.place(of: range.lowerBound))
            }
        }
    }

    /// The pages that hold these blocks, with what of them each holds.
    private static func pages(of blocks: BlockRange) -> some Sequence<(page: Int, blocks: BlockRange)> {
        let size = DigestTree.leavesPerPage
        let pages = blocks.isEmpty ? 0..<0 : (blocks.lowerBound / size)..<((blocks.upperBound - 1) / size + 1)
        return pages.lazy.map { ($0, blocks.clamped(to: ($0 * size)..<(($0 + 1) * size))) }
    }

    public mutating func merge(_ later: DigestUpdates) {
        for run in later.blank.runs where !pages.isEmpty { for page in run { pages[page] = nil } }
        blank.formUnion(later.blank)
        if !blank.isEmpty { for page in later.pages.keys { spellOut(page) } }
        pages.merge(later.pages) { $0.merged(with: $1) }
    }

    /// A blank page is kept block by block, so that one may be another's.
    private mutating func spellOut(_ page: Int) {
        guard blank.contains(page) else { return }
        blank.remove(page)
        pages[page] = .zeros
    }

    /// In ascending order of blocks.
    public var sorted: [(block: BlockIndex, digest: BlockDigest)] {
        var all = pages
        for run in blank.runs { for page in run { all[page] = .zeros } }
        return all.sorted { $0.key < $1.key }.flatMap { page, updates in
            zip(updates.places, updates.digests).map { place, digest in
                (block: page * DigestTree.leavesPerPage + Int(place), digest: digest)
            }
        }
    }

    private static func place(of block: BlockIndex) -> UInt8 { UInt8(block % DigestTree.leavesPerPage) }
}

extension DigestUpdates.Page {
    fileprivate func merged(with later: Self) -> Self {
        // As when a page was sent again as a whole.
        if later.count >= count, count == 0 || places == later.places { return later }
        var merged = self
        merged.merge(later)
        return merged
    }
}
