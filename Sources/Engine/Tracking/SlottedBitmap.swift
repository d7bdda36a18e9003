internal import Blocks
internal import Environment

/// A bitmap in a file that survives torn writes: pages of 4 KiB in two slots each.
///
/// A slot is magic, page number, sequence, checksum (seeded with the page number), padding to 64 bytes, then
/// 4,032 bytes of bits. The newest valid slot of a page counts; a page never written is all zero. A slot is
/// overwritten only while the other one is synced: a page whose latest slot is not synced yet is written
/// into that same slot again.
struct SlottedBitmap: Sendable {
    static let slotSize = 4096
    static let headerSize = 64
    /// 126 regions of blocks, so that a region never straddles two map pages.
    static let bitsPerPage = (slotSize - headerSize) * 8
    static let wordsPerPage = bitsPerPage / 64

    private struct Page: Sendable {
        var sequence: UInt64 = 0
        var latestSlot = 0
        var isSynced = true
    }

    let magic: UInt32
    let base: Int64
    private var pages: [Page]

    static func pageCount(bits: Int) -> Int { (bits + bitsPerPage - 1) / bitsPerPage }
    static func byteCount(bits: Int) -> Int64 { Int64(pageCount(bits: bits) * 2 * slotSize) }
    static func page(of bit: Int) -> Int { bit / bitsPerPage }

    init(magic: UInt32, base: Int64, bits: Int) {
        self.magic = magic
        self.base = base
        pages = [Page](repeating: Page(), count: Self.pageCount(bits: bits))
    }

    /// Reads all pages; throws if both slots of a page are damaged. A slot in which one bit decayed is taken as it was,
    /// and named in `damage`; any other bad one is a write that a power loss tore, and the older one counts.
    mutating func load(from file: any File, damage: inout [String]) throws -> BlockSet {
        var set = BlockSet()
        for index in pages.indices {
            var best: (sequence: UInt64, slot: Int, bytes: [UInt8])?
            var damaged = 0
            for slot in 0..<2 {
                var bytes = try file.read(Self.slotSize, at: offset(index, slot))
                if sequence(of: bytes, page: index) == nil, let whole = repaired(bytes, page: index) {
                    damage.append("a bit of page \(index) of the bitmap at \(base)")
                    bytes = whole
                }
                guard let sequence = sequence(of: bytes, page: index) else {
                    damaged += 1
                    continue
                }
                if best.map({ sequence > $0.sequence }) ?? true { best = (sequence, slot, bytes) }
            }
            guard let best else { throw ByteCodingError(.checksum, "bitmap page \(index), both slots") }
            // What is read is in the file but perhaps not yet on the medium: the caller syncs after loading.
            pages[index] = Page(sequence: best.sequence, latestSlot: best.slot, isSynced: true)
            var reader = ByteReader(best.bytes)
            _ = try reader.read(raw: Self.headerSize)
            for word in 0..<Self.wordsPerPage {
                set.insert(word: try reader.read(), at: index * Self.wordsPerPage + word)
            }
        }
        return set
    }

    /// The bits of a page, to be written later.
    static func payload(of page: Int, in set: BlockSet) -> [UInt64] {
        set.words((page * wordsPerPage)..<((page + 1) * wordsPerPage))
    }

    /// Writes a page without syncing.
    mutating func write(_ index: Int, _ payload: [UInt64], to file: any File) throws(FileError) {
        var page = pages[index]
        page.sequence += 1
        if page.isSynced { page.latestSlot = 1 - page.latestSlot }
        page.isSynced = false
        pages[index] = page
        var writer = ByteWriter(capacity: Self.slotSize)
        writer.pad(to: Self.headerSize)
        for word in payload { writer.write(word) }
        var header = ByteWriter()
        header.write(magic)
        header.write(UInt32(index))
        header.write(page.sequence)
        header.write(checksum64(writer.bytes[Self.headerSize...], seed: seed(index, page.sequence)))
        writer.replace(at: 0, with: header)
        try file.write(writer.bytes, at: offset(index, page.latestSlot))
    }

    /// The file was synced after all writes so far.
    mutating func didSync() {
        for index in pages.indices where !pages[index].isSynced { pages[index].isSynced = true }
    }

    private func offset(_ page: Int, _ slot: Int) -> Int64 { base + Int64((page * 2 + slot) * Self.slotSize) }

    private func seed(_ page: Int, _ sequence: UInt64) -> UInt64 {
        UInt64(magic) << 32 ^ UInt64(page) ^ sequence << 20
    }

    private func repaired(_ bytes: [UInt8], page: Int) -> [UInt8]? {
        let isGood = { (bytes: [UInt8]) in self.sequence(of: bytes, page: page) != nil }
        if let whole = BitRepair.fields(bytes, count: Self.headerSize, isGood) { return whole }
        // Of a slot that was never written.
        if bytes.reduce(0, { $0 + $1.nonzeroBitCount }) == 1 { return [UInt8](repeating: 0, count: bytes.count) }
        var reader = ByteReader(bytes)
        guard (try? reader.read(UInt32.self)) == magic, (try? reader.read(UInt32.self)) == UInt32(page),
            let sequence = try? reader.read(UInt64.self), let sum = try? reader.read(UInt64.self)
        else { return nil }
        return BitRepair.body(bytes, Self.headerSize..<bytes.count, sum: sum, seed: seed(page, sequence))
    }

    /// nil if the slot is damaged; 0 if it was never written.
    private func sequence(of bytes: [UInt8], page: Int) -> UInt64? {
        if isZero(bytes) { return 0 }
        var reader = ByteReader(bytes)
        guard let magic = try? reader.read(UInt32.self), magic == self.magic,
            let number = try? reader.read(UInt32.self), Int(number) == page,
            let sequence = try? reader.read(UInt64.self), let sum = try? reader.read(UInt64.self),
            sum == checksum64(bytes[Self.headerSize...], seed: seed(page, sequence))
        else { return nil }
        return sequence
    }
}
