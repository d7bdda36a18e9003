public import Environment
internal import Synchronization

/// The digests of all blocks of one disk in a file, with the tree above them in memory.
///
/// Layout, little-endian: a header of 4 KiB (magic, version, disk size, checksum); the page digests (32
/// bytes each, padded to 4 KiB); the leaves, 4 KiB per page of 256. A fresh file is made of holes and
/// describes a blank disk.
///
/// The table is updated in place and is *not* atomic: after a crash the entries of blocks that were being
/// updated are worthless. Its owner knows those blocks (the change map, suspects, an interval in
/// APPLYING), passes them to `open(rehashing:)`, and treats their leaves as unknown. An update counts as
/// durable after `sync()`, and only then may the owner forget that the blocks were in doubt.
/// Calls block; make them on a lane.
public final class DigestTable: Sendable {
    static let magic: UInt64 = 0x3154_4744_4d48_5748  // "HWHMDGT1"
    static let version: UInt32 = 1
    static let headerSize: Int64 = 4096

    public let geometry: DiskGeometry
    private let file: any File
    private let tree: Mutex<DigestTree>

    private init(file: any File, geometry: DiskGeometry, tree: DigestTree) {
        self.file = file
        self.geometry = geometry
        self.tree = Mutex(tree)
    }

    /// Makes `file` the table of a blank disk, durably.
    public static func create(_ file: any File, geometry: DiskGeometry) throws -> DigestTable {
        let tree = DigestTree(blank: geometry)
        try file.truncate(to: 0)
        try file.truncate(to: leafOffset(geometry, page: geometry.regionCount))
        var writer = ByteWriter()
        for page in tree.pages { writer.write(raw: page.bytes) }
        if writer.count > 0 { try file.write(writer.bytes, at: headerSize) }
        try file.write(header(geometry), at: 0)
        try file.sync()
        return DigestTable(file: file, geometry: geometry, tree: tree)
    }

    /// Opens a table; `doubtful` are the blocks whose entries may be torn: their pages are hashed anew.
    /// Throws `ByteCodingError` if this is not the table of a disk of this size.
    public static func open(
        _ file: any File, geometry: DiskGeometry, rehashing doubtful: BlockSet
    ) throws -> DigestTable {
        guard try file.size() == leafOffset(geometry, page: geometry.regionCount) else {
            throw ByteCodingError(.value, "digest table has \(try file.size()) bytes for a disk of \(geometry.size)")
        }
        guard try file.read(Int(headerSize), at: 0) == header(geometry) else {
            throw ByteCodingError(.magic, "not the digest table of a disk of \(geometry.size) bytes")
        }
        let raw = try file.read(geometry.regionCount * TreeDigest.byteCount, at: headerSize)
        var pages: [TreeDigest] = []
        pages.reserveCapacity(geometry.regionCount)
        for page in 0..<geometry.regionCount {
            let bytes = Array(raw[(page * TreeDigest.byteCount)..<((page + 1) * TreeDigest.byteCount)])
            guard let digest = TreeDigest(bytes: bytes) else { preconditionFailure("slice of 32 bytes") }
            pages.append(digest)
        }
        let table = DigestTable(
            file: file, geometry: geometry, tree: DigestTree(geometry: geometry, pages: pages))
        var changes: [Int: TreeDigest] = [:]
        var next = doubtful.first()
        while let block = next, block < geometry.blockCount {
            let page = block / DigestTree.leavesPerPage
            changes[page] = DigestTree.page(encodedLeaves: try table.encodedPage(page))
            next = doubtful.first(from: (page + 1) * DigestTree.leavesPerPage)
        }
        try table.store(changes)
        return table
    }

    public var root: TreeDigest { tree.withLock { $0.root } }
    public var pages: [TreeDigest] { tree.withLock { $0.pages } }

    public func digest(of block: BlockIndex) throws -> BlockDigest {
        precondition(geometry.blocks.contains(block))
        let page = block / DigestTree.leavesPerPage
        let within = Int64(block % DigestTree.leavesPerPage * BlockDigest.byteCount)
        var reader = ByteReader(
            try file.read(BlockDigest.byteCount, at: Self.leafOffset(geometry, page: page) + within))
        return try BlockDigest(from: &reader)
    }

    /// Of consecutive blocks, in one read: leaves lie side by side.
    public func digests(of blocks: BlockRange) throws -> [BlockDigest] {
        precondition(blocks.lowerBound >= 0 && blocks.upperBound <= geometry.blockCount)
        let offset = Self.leafOffset(geometry, page: 0) + Int64(blocks.lowerBound * BlockDigest.byteCount)
        var reader = ByteReader(try file.read(blocks.count * BlockDigest.byteCount, at: offset))
        var out: [BlockDigest] = []
        out.reserveCapacity(blocks.count)
        for _ in blocks { out.append(try BlockDigest(from: &reader)) }
        return out
    }

    /// The leaves of a page, in order.
    public func leaves(ofPage page: Int) throws -> [BlockDigest] {
        var reader = ByteReader(try encodedPage(page))
        var out: [BlockDigest] = []
        for _ in geometry.blocks(ofRegion: page) { out.append(try BlockDigest(from: &reader)) }
        return out
    }

    /// Hashes the stored leaves of a page again: true if they give the page digest that the root stands on.
    public func verify(page: Int) throws -> Bool {
        DigestTree.page(encodedLeaves: try encodedPage(page)) == tree.withLock { $0.pages[page] }
    }

    /// True if these leaves give the page digest that the root stands on.
    public func wouldVerify(page: Int, with leaves: [BlockDigest]) -> Bool {
        var writer = ByteWriter()
        for leaf in leaves { leaf.write(to: &writer) }
        return DigestTree.page(encodedLeaves: writer.bytes) == tree.withLock { $0.pages[page] }
    }

    /// Writes digests in place (not synced) and folds them into the tree.
    public func update(_ digests: DigestUpdates) throws {
        try store(try changedPages(digests) { page, bytes in
            try self.file.write(bytes, at: Self.leafOffset(self.geometry, page: page))
        })
    }

    /// The root as it would be after the updates; nothing is changed.
    public func root(with digests: DigestUpdates) throws -> TreeDigest {
        let changes = try changedPages(digests) { _, _ in }
        return tree.withLock { $0.root(replacing: changes) }
    }

    public func sync() throws { try file.sync() }
    public func close() { file.close() }

    private func changedPages(
        _ digests: DigestUpdates, _ visit: (_ page: Int, _ encoded: [UInt8]) throws -> Void
    ) throws -> [Int: TreeDigest] {
        var changes: [Int: TreeDigest] = [:]
        changes.reserveCapacity(digests.pages.count)
        for (page, updates) in digests.pages.sorted(by: { $0.key < $1.key }) {
            let leaves = geometry.blocks(ofRegion: page).count
            // Replaced as a whole, it need not be read.
            var bytes = updates.count == leaves
                ? [UInt8](repeating: 0, count: leaves * BlockDigest.byteCount) : try encodedPage(page)
            updates.encode(into: &bytes)
            try visit(page, bytes)
            changes[page] = DigestTree.page(encodedLeaves: bytes)
        }
        return changes
    }

    private func store(_ changes: [Int: TreeDigest]) throws {
        var waiting: [UInt8] = []
        var next = 0
        func write() throws {
            guard !waiting.isEmpty else { return }
            let first = next - waiting.count / TreeDigest.byteCount
            try file.write(waiting, at: Self.headerSize + Int64(first * TreeDigest.byteCount))
            waiting = []
        }
        for (page, digest) in changes.sorted(by: { $0.key < $1.key }) {
            if page != next { try write() }
            waiting += digest.bytes
            next = page + 1
        }
        try write()
        tree.withLock { $0.replace(changes) }
    }

    private func encodedPage(_ page: Int) throws -> [UInt8] {
        let leaves = geometry.blocks(ofRegion: page).count
        return try file.read(leaves * BlockDigest.byteCount, at: Self.leafOffset(geometry, page: page))
    }

    private static func leafOffset(_ geometry: DiskGeometry, page: Int) -> Int64 {
        let digests = Int64(geometry.regionCount * TreeDigest.byteCount)
        let padded = (digests + headerSize - 1) / headerSize * headerSize
        return headerSize + padded + Int64(page * DigestTree.leavesPerPage * BlockDigest.byteCount)
    }

    private static func header(_ geometry: DiskGeometry) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(magic)
        writer.write(version)
        writer.write(UInt32(blockSize))
        writer.write(geometry.size)
        writer.write(checksum64(writer.bytes, seed: magic))
        writer.pad(to: Int(headerSize))
        return writer.bytes
    }
}

/// New digests of blocks; later values win.
///
/// Kept by page of the digest tree, where neighbours mostly come one after the other: half a million of them are then
/// two thousand entries.
public struct DigestUpdates: Sendable {
    /// Of the blocks of one page, in ascending order.
    struct Page: Sendable {
        private(set) var places: [UInt8] = []
        private(set) var digests: [BlockDigest] = []

        var count: Int { places.count }

        /// Where the place is, or where it would have to be.
        func index(of place: UInt8) -> (index: Int, isThere: Bool) {
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

    /// By page; none of them empty.
    private(set) var pages: [Int: Page] = [:]

    public init() {}

    public var count: Int { pages.values.reduce(0) { $0 + $1.count } }
    public var isEmpty: Bool { pages.isEmpty }

    public subscript(_ block: BlockIndex) -> BlockDigest? {
        get {
            guard let page = pages[block / DigestTree.leavesPerPage] else { return nil }
            let (index, isThere) = page.index(of: Self.place(of: block))
            return isThere ? page.digests[index] : nil
        }
        set {
            let page = block / DigestTree.leavesPerPage
            if let newValue {
                pages[page, default: Page()].set(newValue, at: Self.place(of: block))
            } else {
                pages[page]?.remove(Self.place(of: block))
                if pages[page]?.count == 0 { pages[page] = nil }
            }
        }
    }

    /// The digests of consecutive blocks, the first one at `first`.
    public mutating func set(_ values: [BlockDigest], from first: BlockIndex) {
        var index = 0
        while index < values.count {
            let page = (first + index) / DigestTree.leavesPerPage
            let end = min(values.count, (page + 1) * DigestTree.leavesPerPage - first)
            pages[page, default: Page()].set(values[index..<end], from: Self.place(of: first + index))
            index = end
        }
    }

    public mutating func merge(_ later: DigestUpdates) { pages.merge(later.pages) { $0.merged(with: $1) } }

    /// In ascending order of blocks.
    public var sorted: [(block: BlockIndex, digest: BlockDigest)] {
        pages.sorted { $0.key < $1.key }.flatMap { page, updates in
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
