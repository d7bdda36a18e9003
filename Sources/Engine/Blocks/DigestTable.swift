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
    static let version: UInt32 = 2
    static let headerSize: Int64 = 4096

    public let geometry: DiskGeometry
    private let file: any File
    private let tree: Mutex<DigestTree>
    /// Pages whose leaves are being written, or were when it failed: what the tree says of them may not be so.
    private let unsure = Mutex<Set<Int>>([])
    /// Counts changes.
    private let revision = Mutex<UInt64>(0)

    private init(file: any File, geometry: DiskGeometry, tree: DigestTree) {
        self.file = file
        self.geometry = geometry
        self.tree = Mutex(tree)
        file.expectRandomReads()
    }

    /// Makes `file` the table of a blank disk, durably.
    public static func create(_ file: any File, geometry: DiskGeometry) throws -> DigestTable {
        try file.truncate(to: 0)
        try file.truncate(to: leafOffset(geometry, page: geometry.regionCount))
        try file.write(header(geometry), at: 0)
        try file.sync()
        return DigestTable(file: file, geometry: geometry, tree: DigestTree(blank: geometry))
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
        let pages = try [TreeDigest](unsafeUninitializedCapacity: geometry.regionCount) { pages, count in
            try file.read(into: UnsafeMutableRawBufferPointer(pages), at: headerSize)
            count = geometry.regionCount
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

    /// Of consecutive blocks, in one read: leaves lie side by side. Those of blank pages are not read.
    public func digests(of blocks: BlockRange) throws -> [BlockDigest] {
        precondition(blocks.lowerBound >= 0 && blocks.upperBound <= geometry.blockCount)
        guard let last = blocks.last else { return [] }
        if (blocks.lowerBound / DigestTree.leavesPerPage...last / DigestTree.leavesPerPage).allSatisfy(isBlank) {
            return [BlockDigest](repeating: .zeroContent, count: blocks.count)
        }
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
        var changes: [Int: TreeDigest] = [:]
        changes.reserveCapacity(digests.pages.count)
        try forEachChanged(digests) { page, bytes in
            try write(bytes, page: page)
            changes[page] = bytes.map(DigestTree.page(encodedLeaves:)) ?? .blank
        }
        try store(changes)
        unsure.withLock { $0.subtract(changes.keys) }
    }

    private func write(_ bytes: [UInt8]?, page: Int) throws {
        _ = unsure.withLock { $0.insert(page) }
        try file.write(bytes ?? Self.zeros, at: Self.leafOffset(geometry, page: page))
    }

    /// The root as it would be after the updates; nothing is changed.
    public func root(with digests: DigestUpdates) throws -> TreeDigest { try root(with: prepare(digests, keeping: 0)) }

    /// Updates, and the digests of the pages that they lead to.
    public struct Prepared: Sendable {
        fileprivate let digests: DigestUpdates
        fileprivate let pages: [Int: TreeDigest]
        /// The pages as they will be; nil where they are more than were to be kept.
        fileprivate let encoded: [(page: Int, bytes: [UInt8]?)]?
        /// Of the table that they were prepared on.
        fileprivate let revision: UInt64
    }

    /// Hashes the pages that the updates change; nothing is changed.
    ///
    /// - keeping: so many pages at most are kept, 4 KiB each, to be written as they are; more are made again.
    public func prepare(_ digests: DigestUpdates, keeping most: Int) throws -> Prepared {
        let revision = revision.withLock { $0 }
        var pages: [Int: TreeDigest] = [:]
        var encoded: [(page: Int, bytes: [UInt8]?)] = []
        try forEachChanged(digests) { page, bytes in
            pages[page] = bytes.map(DigestTree.page(encodedLeaves:)) ?? .blank
            if encoded.count < most { encoded.append((page, bytes)) }
        }
        return Prepared(
            digests: digests, pages: pages, encoded: encoded.count == pages.count ? encoded : nil, revision: revision)
    }

    public func root(with prepared: Prepared) -> TreeDigest { tree.withLock { $0.root(replacing: prepared.pages) } }

    /// The same; hashed again where the table was changed since.
    public func renewed(_ prepared: Prepared) throws -> Prepared {
        guard revision.withLock({ $0 }) != prepared.revision else { return prepared }
        return try prepare(prepared.digests, keeping: prepared.encoded?.count ?? 0)
    }

    /// Writes digests in place (not synced) and folds them into the tree.
    public func update(_ prepared: Prepared) throws {
        let prepared = try renewed(prepared)
        if let encoded = prepared.encoded {
            for (page, bytes) in encoded { try write(bytes, page: page) }
        } else {
            try forEachChanged(prepared.digests) { try write($1, page: $0) }
        }
        try store(prepared.pages)
        unsure.withLock { $0.subtract(prepared.pages.keys) }
    }

    /// Root of the first part of the disk, as if it ended there: of a disk that was enlarged, as it was before. The end
    /// must be one of a block of this disk.
    public func root(of part: DiskGeometry) throws -> TreeDigest {
        try DigestTree(geometry: part, pages: pages(of: part)).root
    }

    /// Page digests of the first part of the disk: its last page may have fewer leaves than here.
    private func pages(of part: DiskGeometry) throws -> [TreeDigest] {
        precondition(part.size <= geometry.size, "a part of \(part.size) bytes of \(geometry.size)")
        var pages = Array(self.pages.prefix(part.regionCount))
        if let last = pages.indices.last, part.blocks(ofRegion: last) != geometry.blocks(ofRegion: last) {
            let count = part.blocks(ofRegion: last).count * BlockDigest.byteCount
            pages[last] = DigestTree.page(
                encodedLeaves: try file.read(count, at: Self.leafOffset(geometry, page: last)))
        }
        return pages
    }

    /// Makes `other` the table of this disk with another size, durably: what was added is blank, what was cut off is
    /// gone. Both sizes must be of whole blocks, or the same in their last one.
    public func copy(to other: any File, resized geometry: DiskGeometry) throws -> DigestTable {
        let copy = try Self.create(other, geometry: geometry)
        let (from, to) = (Self.leafOffset(self.geometry, page: 0), Self.leafOffset(geometry, page: 0))
        let kept = DiskGeometry(size: min(geometry.size, self.geometry.size))
        let end = from + Int64(kept.blockCount * BlockDigest.byteCount)
        var offset = from
        while offset < end, let data = try file.data(from: offset), data.lowerBound < end {
            offset = max(offset, data.lowerBound)
            let count = Int(min(Self.copyPiece, min(data.upperBound, end) - offset))
            try other.write(try file.read(count, at: offset), at: to + offset - from)
            offset += Int64(count)
        }
        var pages: [Int: TreeDigest] = [:]
        for (page, digest) in try self.pages(of: kept).enumerated() { pages[page] = digest }
        if let last = pages.keys.max() { pages[last] = DigestTree.page(encodedLeaves: try copy.encodedPage(last)) }
        try copy.store(pages)
        try other.sync()
        return copy
    }

    private static let copyPiece: Int64 = 1 << 20

    public func sync() throws { try file.sync() }
    public func close() { file.close() }

    /// Pages as they will be, ascending but for the blank ones, which are nil and come last.
    private func forEachChanged(
        _ digests: DigestUpdates, _ visit: (_ page: Int, _ encoded: [UInt8]?) throws -> Void
    ) throws {
        for (page, updates) in digests.pages.sorted(by: { $0.key < $1.key }) {
            let leaves = geometry.blocks(ofRegion: page).count
            // Replaced as a whole, or blank, it need not be read.
            var bytes = updates.count == leaves || isBlank(page)
                ? [UInt8](repeating: 0, count: leaves * BlockDigest.byteCount) : try encodedPage(page)
            updates.encode(into: &bytes)
            try visit(page, bytes)
        }
        for run in digests.blank.runs {
            for page in run where !isBlank(page) { try visit(page, nil) }
        }
    }

    private static let zeros = [UInt8](repeating: 0, count: DigestTree.leavesPerPage * BlockDigest.byteCount)

    /// All leaves of the page are zeros already.
    private func isBlank(_ page: Int) -> Bool {
        !unsure.withLock { $0.contains(page) } && tree.withLock { $0.pages[page] } == .blank
    }

    /// Digests of pages between two that are written as they are, so that a block of the file is written once.
    private static let mostBetween = 4_096 / TreeDigest.byteCount - 1

    private func store(_ changes: [Int: TreeDigest]) throws {
        revision.withLock { $0 += 1 }
        var (first, run): (Int, [TreeDigest]) = (0, [])
        func write() throws {
            guard !run.isEmpty else { return }
            try run.withUnsafeBytes { try file.write($0, at: Self.headerSize + Int64(first * TreeDigest.byteCount)) }
        }
        for (page, digest) in changes.sorted(by: { $0.key < $1.key }) {
            let between = (first + run.count)..<page
            if run.isEmpty || between.count > Self.mostBetween {
                try write()
                (first, run) = (page, [])
            } else {
                tree.withLock { run += $0.pages[between] }
            }
            run.append(digest)
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
