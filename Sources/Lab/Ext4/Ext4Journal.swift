/// The journal of an ext4 file system (jbd2, without checksums): which blocks it lies in, and its records.
/// Format: the kernel's Documentation/filesystems/ext4/journal.rst. All numbers are big-endian.
struct Ext4Journal: Sendable {
    static let magic: UInt32 = 0xC03B_3998
    private static let tagSize = 8
    private static let header = 12
    private static let uuidSize = 16

    enum Kind: UInt32 { case descriptor = 1, commit, superblock, superblock2, revoke }

    private enum Flag {
        static let escaped: UInt16 = 1
        static let sameUUID: UInt16 = 2
        static let last: UInt16 = 8
    }

    struct Tag: Hashable {
        let block: UInt32
        let isEscaped: Bool
    }

    /// Where on the disk each of the journal's blocks lies.
    let places: [UInt32]
    /// The first of the log; before it lies the journal's superblock.
    let first: Int
    /// Block 0 of the journal.
    private(set) var superblock: [UInt8]
    /// Of the next transaction.
    var sequence: UInt32

    /// Where in the log a replay begins; 0: there is nothing to replay.
    var start: Int { Int(superblock.big(UInt32.self, at: 28)) }

    /// While the journal's own inode is looked up.
    static let unknown = Ext4Journal()

    private init() {
        places = []
        first = 0
        superblock = []
        sequence = 0
    }

    init(places: [UInt32], superblock: [UInt8]) throws(Ext4Error) {
        let kind = superblock.big(UInt32.self, at: 4)
        guard superblock.big(UInt32.self, at: 0) == Self.magic,
            kind == Kind.superblock.rawValue || kind == Kind.superblock2.rawValue,
            superblock.big(UInt32.self, at: 12) == UInt32(Ext4Geometry.blockSize)
        else { throw .corrupt("the journal has no superblock") }
        // Bit 0: it may have revoke records, which are met in a replay only.
        guard superblock.big(UInt32.self, at: 40) & ~1 == 0 else { throw .unsupported("the features of its journal") }
        first = Int(superblock.big(UInt32.self, at: 20))
        let length = Int(superblock.big(UInt32.self, at: 16))
        guard first > 0, first < length, length <= places.count else { throw .corrupt("the journal's length") }
        self.places = Array(places.prefix(length))
        self.superblock = superblock
        sequence = superblock.big(UInt32.self, at: 24)
    }

    /// A replay begins at the log's first block with the next transaction; or there is nothing to replay.
    mutating func setLog(isOpen: Bool) {
        superblock.set(big: sequence, at: 24)
        superblock.set(big: UInt32(isOpen ? first : 0), at: 28)
    }

    /// Blocks of the log that a transaction takes: descriptors, contents, commit.
    func length(of contents: Int) -> Int {
        contents + (contents + Self.tagsPerDescriptor - 1) / Self.tagsPerDescriptor + 1
    }

    private static let tagsPerDescriptor = (Ext4Geometry.blockSize - header - uuidSize) / tagSize

    func fits(_ contents: Int) -> Bool { first + length(of: contents) <= places.count }

    private func record(_ kind: Kind) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: Ext4Geometry.blockSize)
        block.set(big: Self.magic, at: 0)
        block.set(big: kind.rawValue, at: 4)
        block.set(big: sequence, at: 8)
        return block
    }

    /// The transaction's blocks as they follow one another from the log's first block; the commit record is apart.
    func records(of contents: [(block: UInt32, bytes: [UInt8])]) -> [[UInt8]] {
        var log: [[UInt8]] = []
        var rest = contents[...]
        while !rest.isEmpty {
            let part = rest.prefix(Self.tagsPerDescriptor)
            rest = rest.dropFirst(part.count)
            var descriptor = record(.descriptor)
            var copies: [[UInt8]] = []
            var at = Self.header
            for (index, content) in part.enumerated() {
                var flags = index == 0 ? 0 : Flag.sameUUID
                if index == part.count - 1 { flags |= Flag.last }
                var copy = content.bytes
                if copy.big(UInt32.self, at: 0) == Self.magic {
                    flags |= Flag.escaped
                    copy.set(big: UInt32(0), at: 0)
                }
                descriptor.set(big: content.block, at: at)
                descriptor.set(big: flags, at: at + 6)
                at += Self.tagSize
                if index == 0 {
                    descriptor.replaceSubrange(at..<at + Self.uuidSize, with: superblock[48..<48 + Self.uuidSize])
                    at += Self.uuidSize
                }
                copies.append(copy)
            }
            log.append(descriptor)
            log += copies
        }
        return log
    }

    func commitRecord(microseconds: Int64) -> [UInt8] {
        var block = record(.commit)
        block.set(big: UInt64(max(0, microseconds) / 1_000_000), at: 48)
        block.set(big: UInt32(max(0, microseconds) % 1_000_000 * 1_000), at: 56)
        return block
    }

    /// The kind of a record of the transaction looked for; nil when the log ends here.
    func kind(_ block: [UInt8]) -> Kind? {
        guard block.big(UInt32.self, at: 0) == Self.magic, block.big(UInt32.self, at: 8) == sequence else { return nil }
        return Kind(rawValue: block.big(UInt32.self, at: 4))
    }

    static func tags(_ descriptor: [UInt8]) -> [Tag] {
        var tags: [Tag] = []
        var at = header
        while at + tagSize <= descriptor.count {
            let flags = descriptor.big(UInt16.self, at: at + 6)
            tags.append(
                Tag(block: descriptor.big(UInt32.self, at: at), isEscaped: flags & Flag.escaped != 0))
            if flags & Flag.last != 0 { break }
            at += tagSize + (flags & Flag.sameUUID == 0 ? uuidSize : 0)
        }
        return tags
    }
}
