public import Blocks
public import Environment

/// The fields of a sidecar besides its bitmaps.
public struct SidecarHeader: Hashable, Sendable {
    static let magic: UInt64 = 0x3153_4344_4957_4d48  // "HMWIDCS1"
    static let version: UInt32 = 3
    static let slotSize = 16 << 10
    /// Blocks last shipped whose digests are kept to recognise the disk.
    static let longestSample = 16

    /// The disk this sidecar was made for.
    public var disk: FileIdentity
    /// The first interval number that is not reserved: numbers below may have been used.
    public var nextInterval: UInt64
    /// Rises with each unclean open.
    public var incarnation: UInt64
    /// The writer's period; nothing is written under it once `isClosed`.
    public var generation: Generation
    public var isClosed: Bool
    /// Set by a clean close: bitmaps are complete. Cleared, durably, by the next open.
    public var isClean: Bool
    /// The disk's change time at the clean close.
    public var cleanChangeTime: Int64
    /// Why the change map cannot be trusted, empty if it can.
    public var trackingLost: String
    /// The newest point known to be applied at the target.
    public var lastApplied: PointID
    public var lastShipped: [ShippedDigest]
    public var lineage: LineageRecord
    /// Blocks of the change map that stand there because the disk was moved to an older point before it was handed
    /// over; 0 as soon as an interval was applied.
    public var aheadBlocks: UInt64 = 0
    /// While `trackingLost` is set: blocks below this one were compared with the target, and those of them that
    /// differed are in the change map.
    public var comparedThrough: UInt64 = 0
    /// How many of them differed, also after all were compared.
    public var comparedDiffering: UInt64 = 0

    /// `trackingLost` of a disk whose change map can be trusted: somebody wants to know it.
    static let askedFor = "a comparison was asked for"
    public var isComparedByRequest: Bool { trackingLost == Self.askedFor }

    /// Every block is to be compared, from the first one on. The first cause stays, unless it was a mere request.
    public mutating func distrust(_ cause: String) {
        if trackingLost.isEmpty || isComparedByRequest { trackingLost = cause }
        comparedThrough = 0
        comparedDiffering = 0
    }

    /// All is compared, or what was asked for is called off.
    mutating func trust() {
        trackingLost = ""
        comparedThrough = 0
    }

    public struct ShippedDigest: Hashable, Sendable {
        public let block: BlockIndex
        public let digest: BlockDigest
    }

    public init(
        disk: FileIdentity, generation: Generation, lineage: LineageRecord, nextInterval: UInt64 = 1
    ) {
        self.disk = disk
        self.nextInterval = nextInterval
        incarnation = 1
        self.generation = generation
        isClosed = false
        isClean = false
        cleanChangeTime = 0
        trackingLost = ""
        lastApplied = lineage.position
        lastShipped = []
        self.lineage = lineage
    }

    func encoded(sequence: UInt64) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(Self.magic)
        writer.write(Self.version)
        writer.write(sequence)
        writer.write(disk.device)
        writer.write(disk.inode)
        writer.write(disk.birthTime)
        writer.write(disk.size)
        writer.write(nextInterval)
        writer.write(incarnation)
        generation.write(to: &writer)
        writer.write(isClosed)
        writer.write(isClean)
        writer.write(cleanChangeTime)
        writer.write(String(trackingLost.prefix(200)))
        lastApplied.write(to: &writer)
        writer.write(UInt8(lastShipped.count))
        for shipped in lastShipped {
            writer.write(UInt64(shipped.block))
            shipped.digest.write(to: &writer)
        }
        writer.write(counted: lineage.encoded())
        writer.write(aheadBlocks)
        writer.write(comparedThrough)
        writer.write(comparedDiffering)
        writer.write(checksum64(writer.bytes, seed: Self.magic))
        writer.pad(to: Self.slotSize)
        return writer.bytes
    }

    /// As it was before one bit of it turned. Where its checksum stands depends on what is in it: before the padding.
    static func repaired(_ bytes: [UInt8]) -> [UInt8]? {
        guard let last = bytes.lastIndex(where: { $0 != 0 }) else { return nil }
        for end in (last + 1)...(last + MemoryLayout<UInt64>.size) where end <= bytes.count {
            guard let whole = BitRepair.record(Array(bytes[..<end]), seed: magic) else { continue }
            let padded = whole + bytes[end...]
            if (try? decode(padded)) != nil { return padded }
        }
        return nil
    }

    static func decode(_ bytes: [UInt8]) throws -> (header: SidecarHeader, sequence: UInt64) {
        var reader = ByteReader(bytes)
        guard try reader.read(UInt64.self) == magic else { throw ByteCodingError(.magic, "sidecar") }
        let version = try reader.read(UInt32.self)
        guard (1...Self.version).contains(version) else {
            throw ByteCodingError(.version, "sidecar version \(version)")
        }
        let sequence = try reader.read(UInt64.self)
        let disk = FileIdentity(
            device: try reader.read(), inode: try reader.read(), birthTime: try reader.read(), changeTime: 0,
            size: try reader.read())
        let nextInterval = try reader.read(UInt64.self)
        let incarnation = try reader.read(UInt64.self)
        let generation = try Generation(from: &reader)
        let isClosed = try reader.readBool()
        let isClean = try reader.readBool()
        let changeTime = try reader.read(Int64.self)
        let lost = try reader.readString(limit: 1024)
        let applied = try PointID(from: &reader)
        var shipped: [ShippedDigest] = []
        for _ in 0..<(try reader.read(UInt8.self)) {
            let block = Int(truncatingIfNeeded: try reader.read(UInt64.self))
            shipped.append(ShippedDigest(block: block, digest: try BlockDigest(from: &reader)))
        }
        let lineage = try reader.readCounted(limit: slotSize)
        let ahead = version < 2 ? 0 : try reader.read(UInt64.self)
        let through = version < 3 ? 0 : try reader.read(UInt64.self)
        let differing = version < 3 ? 0 : try reader.read(UInt64.self)
        let end = reader.position
        guard try reader.read(UInt64.self) == checksum64(bytes[..<end], seed: magic) else {
            throw ByteCodingError(.checksum, "sidecar header")
        }
        var header = SidecarHeader(
            disk: disk, generation: generation, lineage: try LineageRecord(from: lineage),
            nextInterval: nextInterval)
        header.incarnation = incarnation
        header.isClosed = isClosed
        header.isClean = isClean
        header.cleanChangeTime = changeTime
        header.trackingLost = lost
        header.lastApplied = applied
        header.lastShipped = shipped
        header.aheadBlocks = ahead
        header.comparedThrough = through
        header.comparedDiffering = differing
        return (header, sequence)
    }
}
