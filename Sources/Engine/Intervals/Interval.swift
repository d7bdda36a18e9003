public import Blocks
public import Environment

/// Which interval of an item a record belongs to. Numbers are reserved by the source and never reused.
public struct IntervalID: Hashable, Sendable, CustomStringConvertible {
    public let generation: Generation
    /// Counts the unclean opens of the source's disks: at each one history forks.
    public let incarnation: UInt64
    public let number: UInt64

    public init(generation: Generation, incarnation: UInt64, number: UInt64) {
        self.generation = generation
        self.incarnation = incarnation
        self.number = number
    }

    public var point: PointID { PointID(generation: generation.number, number: number) }
    public var description: String { "\(generation)/i\(incarnation)/\(number)" }
}

/// Begins an interval, or one pass of the coming interval.
///
/// An interval holds every block, of all included disks, changed after `base` up to the cut, with its
/// content at the cut. A pass (1, 2, …) is sent ahead of a cut and is no point by itself; later passes win,
/// the interval proper (pass 0) wins over them.
public struct IntervalHeader: Hashable, Sendable {
    /// A longer name of an item is refused.
    public static let longestItem = 128

    public let item: String
    public let id: IntervalID
    /// Number of the point since which everything is contained; 0 stands for a blank disk.
    public let base: UInt64
    public let pass: UInt32

    public init(item: String, id: IntervalID, base: UInt64, pass: UInt32 = 0) {
        self.item = item
        self.id = id
        self.base = base
        self.pass = pass
    }
}

/// What the guest knew of a cut.
public enum CutKind: UInt8, Hashable, Sendable, CaseIterable {
    case crashConsistent = 1
    /// Hooks froze the guest around the cut.
    case applicationConsistent = 2
}

/// What one disk of an interval holds.
public struct DiskTrailer: Hashable, Sendable {
    /// Index of the disk in the item.
    public let disk: UInt32
    /// Bytes of the disk at the cut.
    public let size: Int64
    /// Blocks of this disk in the interval (or pass).
    public let blocks: Int
    /// See `DigestList`.
    public let digest: BlockDigest
    /// Root of the digest tree at the cut; nil while the source does not know the digest of every block.
    public let root: TreeDigest?
    /// Why the source had to send what it sent; nil in the trailer of a pass.
    public let counts: ChangeCounts?

    public init(
        disk: UInt32, size: Int64, blocks: Int, digest: BlockDigest, root: TreeDigest?, counts: ChangeCounts? = nil
    ) {
        self.counts = counts
        self.disk = disk
        self.size = size
        self.blocks = blocks
        self.digest = digest
        self.root = root
    }
}

/// Why blocks of a disk are to be sent, as its source counts them at a cut. They are counted since the source opened
/// its change map: at the start of its generation, or again after its process was started anew. In the second case
/// blocks that it had taken over from the target before (`foreign`, and suspects found to differ) are in the map by
/// then and count as written.
public struct ChangeCounts: Hashable, Sendable {
    /// By the guest: in the change map when it was opened, or written since. A block that was sent in a pass and
    /// written again counts again, since it is sent again.
    public var written: UInt64
    /// In the change map because this copy was moved to an older point before it was handed over.
    public var ahead: UInt64
    /// Changed by the target itself, and none of the above.
    public var foreign: UInt64
    /// Compared by digest after an unclean end of either copy; only those that differ are sent.
    public var suspects: UInt64

    public init(written: UInt64 = 0, ahead: UInt64 = 0, foreign: UInt64 = 0, suspects: UInt64 = 0) {
        self.written = written
        self.ahead = ahead
        self.foreign = foreign
        self.suspects = suspects
    }
}

/// Ends an interval or a pass and lets the receiver judge that it is complete.
public struct IntervalTrailer: Hashable, Sendable {
    /// Disks of one machine; more are refused.
    public static let mostDisks = 64

    /// Chunks sent in this interval or pass, over all disks.
    public let chunks: UInt64
    /// When the cut was made, on the source's monotonic clock, microseconds. Compared only with that clock.
    public let cutMonotonic: Int64
    /// The same for people.
    public let cutWall: WallInstant
    public let kind: CutKind
    /// The last interval of a closed generation.
    public let isFinal: Bool
    /// By ascending index.
    public let disks: [DiskTrailer]

    public init(
        chunks: UInt64, cutMonotonic: Int64, cutWall: WallInstant, kind: CutKind = .crashConsistent,
        isFinal: Bool = false, disks: [DiskTrailer]
    ) {
        self.chunks = chunks
        self.cutMonotonic = cutMonotonic
        self.cutWall = cutWall
        self.kind = kind
        self.isFinal = isFinal
        self.disks = disks
    }
}

/// The digest of what was sent of one disk: XXH3-128 over the checksums of its chunks in the order of their
/// sequence numbers, so that a chunk left out, doubled or reordered shows.
public struct DigestList: Sendable {
    public private(set) var blocks = 0
    private var writer = ByteWriter()

    public init() {}

    public mutating func add(_ chunk: Chunk) {
        blocks += chunk.blockCount
        chunk.checksum.write(to: &writer)
    }

    public var digest: BlockDigest { BlockDigest(writer.bytes, at: 0) }
}

extension IntervalID {
    public func write(to writer: inout ByteWriter) {
        generation.write(to: &writer)
        writer.write(incarnation)
        writer.write(number)
    }

    public init(from reader: inout ByteReader) throws(ByteCodingError) {
        self.init(
            generation: try Generation(from: &reader), incarnation: try reader.read(), number: try reader.read())
    }
}

extension IntervalHeader {
    public func write(to writer: inout ByteWriter) {
        writer.write(item)
        id.write(to: &writer)
        writer.write(base)
        writer.write(pass)
    }

    public init(from reader: inout ByteReader) throws(ByteCodingError) {
        self.init(
            item: try reader.readString(limit: Self.longestItem), id: try IntervalID(from: &reader),
            base: try reader.read(), pass: try reader.read())
    }
}

extension DiskTrailer {
    public func write(to writer: inout ByteWriter) {
        writer.write(disk)
        writer.write(size)
        writer.write(UInt64(blocks))
        digest.write(to: &writer)
        writer.write(counted: root?.bytes ?? [])
        writer.write(counts != nil)
        counts?.write(to: &writer)
    }

    public init(from reader: inout ByteReader) throws(ByteCodingError) {
        let disk = try reader.read(UInt32.self)
        let size = try reader.read(Int64.self)
        let blocks = try reader.read(UInt64.self)
        let digest = try BlockDigest(from: &reader)
        let root = try reader.readCounted(limit: TreeDigest.byteCount)
        let counts = try reader.readBool() ? try ChangeCounts(from: &reader) : nil
        guard DiskGeometry.isValid(size: size), blocks <= UInt64(Int.max) else {
            throw ByteCodingError(.value, "disk trailer")
        }
        if !root.isEmpty, TreeDigest(bytes: root) == nil { throw ByteCodingError(.value, "digest root") }
        self.init(
            disk: disk, size: size, blocks: Int(blocks), digest: digest, root: TreeDigest(bytes: root), counts: counts)
    }
}

extension ChangeCounts {
    public func write(to writer: inout ByteWriter) {
        for count in [written, ahead, foreign, suspects] { writer.write(count) }
    }

    public init(from reader: inout ByteReader) throws(ByteCodingError) {
        self.init(
            written: try reader.read(), ahead: try reader.read(), foreign: try reader.read(),
            suspects: try reader.read())
    }
}

extension IntervalTrailer {
    public func write(to writer: inout ByteWriter) {
        writer.write(chunks)
        writer.write(cutMonotonic)
        writer.write(cutWall.microseconds)
        writer.write(kind.rawValue)
        writer.write(isFinal)
        writer.write(UInt16(disks.count))
        for disk in disks { disk.write(to: &writer) }
    }

    public init(from reader: inout ByteReader) throws(ByteCodingError) {
        let chunks = try reader.read(UInt64.self)
        let monotonic = try reader.read(Int64.self)
        let wall = WallInstant(microseconds: try reader.read())
        guard let kind = CutKind(rawValue: try reader.read()) else { throw ByteCodingError(.value, "kind of cut") }
        let isFinal = try reader.readBool()
        let count = Int(try reader.read(UInt16.self))
        guard count <= Self.mostDisks else { throw ByteCodingError(.value, "\(count) disks") }
        var disks: [DiskTrailer] = []
        for _ in 0..<count { disks.append(try DiskTrailer(from: &reader)) }
        self.init(
            chunks: chunks, cutMonotonic: monotonic, cutWall: wall, kind: kind, isFinal: isFinal, disks: disks)
    }
}
