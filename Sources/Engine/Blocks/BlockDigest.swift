internal import CXXHash
internal import Cryptography
public import Environment

/// The digest of one block's content, bound to the block's address: XXH3-128 seeded with the block number.
/// The same bytes at another address have another digest, so a misdirected write shows.
///
/// The one exception is content that is all zero: its digest is sixteen zero bytes at every address, so a
/// digest table made of a hole describes a blank disk.
public struct BlockDigest: Hashable, Sendable, CustomStringConvertible {
    public static let byteCount = 16
    public static let zeroContent = BlockDigest(high: 0, low: 0)

    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The digest of `content` at `block`; `content` is the whole block (a short last block as it is).
    public init(_ content: UnsafeRawBufferPointer, at block: BlockIndex) {
        if isZero(content) {
            self = .zeroContent
        } else {
            let hash = XXH3_128bits_withSeed(content.baseAddress, content.count, UInt64(block))
            self.init(high: hash.high64, low: hash.low64)
        }
    }

    public init(_ content: [UInt8], at block: BlockIndex) {
        self = content.withUnsafeBytes { BlockDigest($0, at: block) }
    }

    /// The digests of consecutive blocks whose content lies in `content`, the first one at `first`.
    public static func each(of content: UnsafeRawBufferPointer, from first: BlockIndex) -> [BlockDigest] {
        var out: [BlockDigest] = []
        out.reserveCapacity((content.count + blockSize - 1) / blockSize)
        var offset = 0
        while offset < content.count {
            let end = min(offset + blockSize, content.count)
            out.append(BlockDigest(UnsafeRawBufferPointer(rebasing: content[offset..<end]), at: first + out.count))
            offset = end
        }
        return out
    }

    public static func each(of content: [UInt8], from first: BlockIndex) -> [BlockDigest] {
        content.withUnsafeBytes { each(of: $0, from: first) }
    }

    public init(from reader: inout ByteReader) throws(ByteCodingError) {
        self.init(high: try reader.read(), low: try reader.read())
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(high)
        writer.write(low)
    }

    /// Sixteen bytes: high then low, little-endian.
    public var bytes: [UInt8] {
        var writer = ByteWriter()
        write(to: &writer)
        return writer.bytes
    }

    public var description: String { String(high, radix: 16) + "-" + String(low, radix: 16) }
}

extension File {
    /// The digests of what these blocks of a disk hold; what lies in a hole is not read.
    public func digests(of blocks: BlockRange, on geometry: DiskGeometry) throws(FileError) -> [BlockDigest] {
        let (offset, count) = (geometry.offset(of: blocks.lowerBound), geometry.byteCount(of: blocks))
        if try isHole(at: offset, count: Int64(count)) {
            return [BlockDigest](repeating: .zeroContent, count: blocks.count)
        }
        return BlockDigest.each(of: try read(count, at: offset), from: blocks.lowerBound)
    }
}

/// A SHA-256 value: of a page or a group of the digest tree, or its root.
///
/// Its 32 bytes lie in it as they are, so that those of an array lie side by side.
public struct TreeDigest: Hashable, Sendable, CustomStringConvertible {
    public static let byteCount = 32
    /// Of a page or a group that reads as zero: no SHA-256 but zeros.
    public static let blank = TreeDigest { _ in }

    private var words = SIMD4<UInt64>()

    private init(_ fill: (UnsafeMutableRawBufferPointer) -> Void) { withUnsafeMutableBytes(of: &words, fill) }

    /// nil unless there are 32 bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.init { $0.copyBytes(from: bytes) }
    }

    /// SHA-256 of the bytes.
    public init(hashing bytes: UnsafeRawBufferPointer) { self.init { SHA256.hash(bytes, into: $0) } }

    public init(hashing bytes: [UInt8]) { self = bytes.withUnsafeBytes { TreeDigest(hashing: $0) } }

    /// The node of the digest tree over these digests, one after the other and no more than 256.
    ///
    /// - Parameter type: what has as many bytes as each of them.
    init<Digest: SIMD>(nodeOver digests: UnsafeRawBufferPointer, as type: Digest.Type) where Digest.Scalar == UInt64 {
        let (bitmap, width) = (DigestTree.leavesPerPage / 8, MemoryLayout<Digest>.size)
        self = withUnsafeTemporaryAllocation(byteCount: bitmap + digests.count, alignment: width) { hashed in
            hashed[..<bitmap].initializeMemory(as: UInt8.self, repeating: 0)
            var end = bitmap
            for place in 0..<(digests.count / width) {
                let digest = digests.loadUnaligned(fromByteOffset: place * width, as: type)
                guard digest != Digest() else { continue }
                hashed[place / 8] |= 1 << UInt8(place % 8)
                hashed.storeBytes(of: digest, toByteOffset: end, as: type)
                end += width
            }
            return end == bitmap ? .blank : TreeDigest(hashing: UnsafeRawBufferPointer(rebasing: hashed[..<end]))
        }
    }

    public var bytes: [UInt8] { withUnsafeBytes(of: words) { [UInt8]($0) } }

    public var description: String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
