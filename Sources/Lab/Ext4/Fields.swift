/// Numbers inside blocks: ext4's own are little-endian, its journal's are big-endian.
extension [UInt8] {
    func little<T: FixedWidthInteger>(_ type: T.Type, at offset: Int) -> T {
        withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: T.self)) }
    }

    func big<T: FixedWidthInteger>(_ type: T.Type, at offset: Int) -> T {
        withUnsafeBytes { T(bigEndian: $0.loadUnaligned(fromByteOffset: offset, as: T.self)) }
    }

    mutating func set<T: FixedWidthInteger>(little value: T, at offset: Int) {
        withUnsafeMutableBytes { $0.storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self) }
    }

    mutating func set<T: FixedWidthInteger>(big value: T, at offset: Int) {
        withUnsafeMutableBytes { $0.storeBytes(of: value.bigEndian, toByteOffset: offset, as: T.self) }
    }
}

/// Why the file system was not changed.
public enum Ext4Error: Error, Hashable, Sendable, CustomStringConvertible {
    /// Not ext4, or made with features that this driver does not know.
    case unsupported(String)
    /// What is on the disk contradicts itself.
    case corrupt(String)
    case notFound(String)
    /// No free block or inode, or no run of free blocks long enough for the four extents of an inode.
    case noSpace(String)
    /// More blocks than the journal holds; nothing of the transaction is kept.
    case tooLarge(blocks: Int)

    public var description: String {
        switch self {
        case .unsupported(let what): "this file system cannot be used here: \(what)"
        case .corrupt(let what): "the file system is corrupt: \(what)"
        case .notFound(let path): "no file \(path)"
        case .noSpace(let what): "the file system has no space for \(what)"
        case .tooLarge(let blocks): "one transaction of \(blocks) blocks does not fit into the journal"
        }
    }
}
