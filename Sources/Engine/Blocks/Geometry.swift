internal import Glibc

/// Bytes in a block: the unit of the change map, of digests and of shipped content. The last block of a
/// disk may be shorter.
public let blockSize = 4096
/// Bytes in a region: the unit of the hot bitmap.
public let regionSize = 1 << 20
public let blocksPerRegion = regionSize / blockSize

/// The number of a block on its disk, from 0.
public typealias BlockIndex = Int
/// A half-open range of blocks on one disk.
public typealias BlockRange = Range<BlockIndex>

/// The size of a disk and the arithmetic that follows from it.
public struct DiskGeometry: Hashable, Sendable {
    /// The largest disk, 64 TiB: keeps the in-memory index of a `BlockSet` at a few MiB.
    public static let largestSize: Int64 = 64 << 40

    /// Bytes; a multiple of 512 is usual, not required.
    public let size: Int64

    /// `size` must be in 0...`largestSize`; a caller checks what it got from outside with `isValid(size:)`.
    public init(size: Int64) {
        precondition(Self.isValid(size: size), "disk size \(size) out of range")
        self.size = size
    }

    public static func isValid(size: Int64) -> Bool { size >= 0 && size <= largestSize }

    public var blockCount: Int { Int((size + Int64(blockSize) - 1) / Int64(blockSize)) }
    public var regionCount: Int { Int((size + Int64(regionSize) - 1) / Int64(regionSize)) }
    public var blocks: BlockRange { 0..<blockCount }

    /// Regions that an activity log of this disk may hold at once, so that an unclean stop leaves no more than these in
    /// doubt: 1 GiB, or 1/64 of the disk.
    public func hotBound(atLeast smallest: Int = smallestHotBound) -> Int { max(smallest, regionCount / 64) }
    public static let smallestHotBound = 1_024

    /// Blocks that an unclean stop may leave in doubt, at most.
    public var crashBound: Int { min(blockCount, hotBound() * blocksPerRegion) }

    /// Where the block begins on the disk, in bytes.
    public func offset(of block: BlockIndex) -> Int64 { Int64(block) * Int64(blockSize) }

    /// Bytes in this block: `blockSize`, or less for a short last block.
    public func byteCount(of block: BlockIndex) -> Int {
        Int(min(Int64(blockSize), size - offset(of: block)))
    }

    /// Bytes in a range of blocks, a short last block counted as it is.
    public func byteCount(of range: BlockRange) -> Int {
        guard !range.isEmpty else { return 0 }
        return Int(min(offset(of: range.upperBound), size) - offset(of: range.lowerBound))
    }

    /// True if the bytes lie on the disk.
    public func contains(offset: Int64, count: Int64) -> Bool {
        offset >= 0 && count >= 0 && offset <= size && count <= size - offset
    }

    /// All blocks that the bytes touch.
    public func blocks(touching offset: Int64, count: Int64) -> BlockRange {
        let first = Int(offset / Int64(blockSize))
        guard count > 0 else { return first..<first }
        return first..<Int((offset + count + Int64(blockSize) - 1) / Int64(blockSize))
    }

    /// The blocks that lie wholly inside the bytes (a short last block is whole when its end is reached).
    public func blocks(inside offset: Int64, count: Int64) -> BlockRange {
        let first = Int((offset + Int64(blockSize) - 1) / Int64(blockSize))
        let end = offset + count
        let last = end == size ? blockCount : Int(end / Int64(blockSize))
        return first..<max(first, last)
    }

    /// The regions that a range of blocks touches.
    public func regions(of range: BlockRange) -> Range<Int> {
        let first = range.lowerBound / blocksPerRegion
        guard !range.isEmpty else { return first..<first }
        return first..<((range.upperBound - 1) / blocksPerRegion + 1)
    }

    /// The blocks of a region that exist on this disk.
    public func blocks(ofRegion region: Int) -> BlockRange {
        (region * blocksPerRegion)..<min((region + 1) * blocksPerRegion, blockCount)
    }
}

/// True if every byte is zero.
public func isZero(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let start = bytes.baseAddress, bytes.count > 0 else { return true }
    // Zero iff the first byte is zero and each byte equals its successor: the C library compares at memory speed.
    return bytes[0] == 0 && memcmp(start, start + 1, bytes.count - 1) == 0
}

public func isZero(_ bytes: [UInt8]) -> Bool { bytes.withUnsafeBytes { isZero($0) } }
