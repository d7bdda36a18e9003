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
        var index = 0
        let sorted = digests.sorted
        while index < sorted.count {
            let page = sorted[index].block / DigestTree.leavesPerPage
            var bytes = try encodedPage(page)
            while index < sorted.count, sorted[index].block / DigestTree.leavesPerPage == page {
                let within = sorted[index].block % DigestTree.leavesPerPage * BlockDigest.byteCount
                bytes.replaceSubrange(within..<(within + BlockDigest.byteCount), with: sorted[index].digest.bytes)
                index += 1
            }
            try visit(page, bytes)
            changes[page] = DigestTree.page(encodedLeaves: bytes)
        }
        return changes
    }

    private func store(_ changes: [Int: TreeDigest]) throws {
        for (page, digest) in changes.sorted(by: { $0.key < $1.key }) {
            try file.write(digest.bytes, at: Self.headerSize + Int64(page * TreeDigest.byteCount))
        }
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
public struct DigestUpdates: Sendable {
    private var digests: [BlockIndex: BlockDigest] = [:]

    public init() {}

    public var count: Int { digests.count }
    public var isEmpty: Bool { digests.isEmpty }

    public subscript(_ block: BlockIndex) -> BlockDigest? {
        get { digests[block] }
        set { digests[block] = newValue }
    }

    /// The digests of consecutive blocks, the first one at `first`.
    public mutating func set(_ values: [BlockDigest], from first: BlockIndex) {
        for (index, value) in values.enumerated() { digests[first + index] = value }
    }

    public mutating func merge(_ later: DigestUpdates) { digests.merge(later.digests) { $1 } }

    /// In ascending order of blocks.
    public var sorted: [(block: BlockIndex, digest: BlockDigest)] {
        digests.sorted { $0.key < $1.key }.map { (block: $0.key, digest: $0.value) }
    }
}
