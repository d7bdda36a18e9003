/// What a superblock says that does not change while the file system lives. Offsets: the kernel's
/// Documentation/filesystems/ext4/super.rst.
struct Ext4Geometry: Hashable, Sendable {
    static let blockSize = 4096
    /// Of the superblock within block 0.
    static let superblock = 1024
    static let descriptorSize = 32
    static let descriptorsPerBlock = blockSize / descriptorSize

    // Fields of the superblock, counted from its beginning.
    static let freeBlocks = 12
    static let freeInodes = 16
    static let mountTime = 44
    static let writeTime = 48
    static let mountCount = 52
    static let incompatible = 96

    /// `INCOMPAT_RECOVER`: the journal must be replayed before anything else is read.
    static let recover: UInt32 = 0x4
    /// `FILETYPE`, `RECOVER`, `EXTENTS`, `FLEX_BG` (descriptors say where things lie).
    private static let knownIncompatible: UInt32 = 0x2 | 0x4 | 0x40 | 0x200
    private static let neededIncompatible: UInt32 = 0x2 | 0x40
    /// `SPARSE_SUPER`, `LARGE_FILE`, `HUGE_FILE`, `DIR_NLINK`, `EXTRA_ISIZE`: no checksums to keep.
    private static let knownReadOnly: UInt32 = 0x1 | 0x2 | 0x8 | 0x20 | 0x40
    private static let hasJournal: UInt32 = 0x4
    /// `DIR_INDEX`: an entry added without its hash tree would be lost to the kernel.
    private static let hashedDirectories: UInt32 = 0x20

    let blocks: UInt32
    let inodes: UInt32
    let blocksPerGroup: UInt32
    let inodesPerGroup: UInt32
    let inodeSize: Int
    let firstInode: UInt32
    let journalInode: UInt32
    var groups: UInt32 { (blocks + blocksPerGroup - 1) / blocksPerGroup }

    /// - Parameter block: block 0 of the disk.
    init(_ block: [UInt8], diskBytes: Int64) throws(Ext4Error) {
        func number(_ offset: Int) -> UInt32 { block.little(UInt32.self, at: Self.superblock + offset) }
        guard block.little(UInt16.self, at: Self.superblock + 56) == 0xEF53 else {
            throw .unsupported("its superblock has no ext4 magic")
        }
        guard number(24) == 2 else { throw .unsupported("its blocks have not 4096 bytes") }
        let (compatible, incompatible, readOnly) = (number(92), number(96), number(100))
        guard compatible & Self.hasJournal != 0, compatible & Self.hashedDirectories == 0,
            incompatible & ~Self.knownIncompatible == 0,
            incompatible & Self.neededIncompatible == Self.neededIncompatible, readOnly & ~Self.knownReadOnly == 0
        else {
            throw .unsupported(
                "its features are \(String(compatible, radix: 16)), \(String(incompatible, radix: 16)), "
                    + "\(String(readOnly, radix: 16)) in hexadecimal")
        }
        inodes = number(0)
        blocks = number(4)
        blocksPerGroup = number(32)
        inodesPerGroup = number(40)
        firstInode = number(84)
        inodeSize = Int(block.little(UInt16.self, at: Self.superblock + 88))
        journalInode = number(224)
        guard blocksPerGroup == 32_768, inodesPerGroup > 0, inodesPerGroup <= 32_768,
            [128, 256, 512, 1024].contains(inodeSize), journalInode > 0, Int64(blocks) * 4096 <= diskBytes
        else { throw .corrupt("its superblock's sizes contradict one another") }
    }
}

/// One extent of a file: `count` blocks from `logical` on lie at `physical` on.
struct Ext4Extent: Hashable, Sendable {
    var logical: UInt32
    var count: UInt32
    var physical: UInt32
}

/// An inode as its bytes. Offsets: Documentation/filesystems/ext4/inodes.rst.
struct Ext4Inode: Sendable {
    static let regularFile: UInt16 = 0o100_644
    /// The extents that lie in the inode itself.
    static let inlineExtents = 4
    private static let extentsFlag: UInt32 = 0x80000
    private static let tree = 40
    private static let magic: UInt16 = 0xF30A

    var bytes: [UInt8]

    var isDirectory: Bool { bytes.little(UInt16.self, at: 0) & 0xF000 == 0x4000 }
    var isRegular: Bool { bytes.little(UInt16.self, at: 0) & 0xF000 == 0x8000 }
    var usesExtents: Bool { bytes.little(UInt32.self, at: 32) & Self.extentsFlag != 0 }
    var size: Int64 {
        get { Int64(bytes.little(UInt32.self, at: 4)) | Int64(bytes.little(UInt32.self, at: 108)) << 32 }
        set {
            bytes.set(little: UInt32(truncatingIfNeeded: newValue), at: 4)
            bytes.set(little: UInt32(truncatingIfNeeded: newValue >> 32), at: 108)
        }
    }
    /// The 60 bytes that are the root of the tree of extents.
    var root: [UInt8] { Array(bytes[Self.tree..<Self.tree + 60]) }

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// A new empty file.
    init(file size: Int, seconds: UInt32) {
        bytes = [UInt8](repeating: 0, count: size)
        bytes.set(little: Self.regularFile, at: 0)
        bytes.set(little: UInt16(1), at: 26)
        bytes.set(little: Self.extentsFlag, at: 32)
        if size >= 160 {
            bytes.set(little: UInt16(32), at: 128)
            bytes.set(little: seconds, at: 144)
        }
        setContent([], size: 0, seconds: seconds)
    }

    /// What the file holds now; all extents lie in the inode.
    mutating func setContent(_ extents: [Ext4Extent], size: Int64, seconds: UInt32) {
        self.size = size
        for index in Self.tree..<Self.tree + 60 { bytes[index] = 0 }
        bytes.set(little: Self.magic, at: Self.tree)
        bytes.set(little: UInt16(extents.count), at: Self.tree + 2)
        bytes.set(little: UInt16(Self.inlineExtents), at: Self.tree + 4)
        for (index, extent) in extents.enumerated() {
            let at = Self.tree + 12 + index * 12
            bytes.set(little: extent.logical, at: at)
            bytes.set(little: UInt16(extent.count), at: at + 4)
            bytes.set(little: extent.physical, at: at + 8)
        }
        bytes.set(little: extents.reduce(0) { $0 + $1.count } * 8, at: 28)
        for offset in [8, 12, 16] { bytes.set(little: seconds, at: offset) }
    }

    mutating func setRemoved(seconds: UInt32) {
        setContent([], size: 0, seconds: seconds)
        bytes.set(little: UInt16(0), at: 26)
        bytes.set(little: seconds, at: 20)
    }

    /// One node of the tree: its extents, or the blocks of the nodes below.
    static func node(_ bytes: [UInt8]) throws(Ext4Error) -> (extents: [Ext4Extent], below: [UInt32]) {
        let count = Int(bytes.little(UInt16.self, at: 2))
        guard bytes.little(UInt16.self, at: 0) == magic, 12 + count * 12 <= bytes.count else {
            throw .corrupt("a tree of extents has no header")
        }
        var extents: [Ext4Extent] = []
        var below: [UInt32] = []
        for index in 0..<count {
            let at = 12 + index * 12
            guard bytes.little(UInt16.self, at: 6) == 0 else {
                below.append(bytes.little(UInt32.self, at: at + 4))
                continue
            }
            let length = bytes.little(UInt16.self, at: at + 4)
            guard length <= 32_768 else { throw .unsupported("an extent is not initialized") }
            extents.append(
                Ext4Extent(
                    logical: bytes.little(UInt32.self, at: at), count: UInt32(length),
                    physical: bytes.little(UInt32.self, at: at + 8)))
        }
        return (extents, below)
    }
}
