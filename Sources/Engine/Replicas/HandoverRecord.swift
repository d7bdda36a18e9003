public import Blocks

/// The file `lineage` in a bundle: who the copy is, and its change map. Whoever releases a disk writes it;
/// the next owner reads it.
public struct HandoverRecord: Hashable, Sendable {
    public var lineage: LineageRecord
    /// Blocks that differ, or may, from `lineage.position`'s descendants: see `mapReachesBack`, `mapCoversAhead`.
    public var changes: BlockSet
    /// Blocks that may differ as well: they are compared by digest, not sent. None of them is in `changes`.
    public var suspects: BlockSet
    /// At least the newest incarnation in which the owner that wrote this used the disk; 0 from one without any.
    public var incarnation: UInt64
    /// A bit of it had decayed where it was read from.
    public private(set) var isRepaired = false

    public init(
        lineage: LineageRecord, changes: BlockSet, suspects: BlockSet = BlockSet(), incarnation: UInt64 = 0
    ) {
        self.lineage = lineage
        self.changes = changes
        self.suspects = suspects
        self.incarnation = incarnation
    }

    /// What lies beside a disk while its owner writes to it: who the copy is, and that the sidecar alone knows what
    /// changed. Without it a sidecar that is lost would leave behind a record that was true once.
    public static func inUse(_ lineage: LineageRecord, incarnation: UInt64) -> Self {
        var record = Self(lineage: lineage, changes: BlockSet(), incarnation: incarnation)
        record.lineage.mapQuality = .unknown
        return record
    }

    private static let magic: UInt32 = 0x4f48_5748
    private static let largestLineage = 16 << 10
    /// A longer one, with a large change map, is not searched for the bit that decayed.
    private static let longestRepaired = 8 << 10

    public func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(Self.magic)
        writer.write(counted: lineage.encoded())
        writer.write(changes)
        writer.write(suspects)
        writer.write(incarnation)
        writer.write(checksum64(writer.bytes, seed: UInt64(Self.magic)))
        return writer.bytes
    }

    private static func isWhole(_ bytes: [UInt8]) -> Bool {
        var sum = ByteReader(Array(bytes.suffix(8)))
        return (try? sum.read(UInt64.self)) == checksum64(bytes.dropLast(8), seed: UInt64(magic))
    }

    public init(from found: [UInt8]) throws {
        guard found.count >= 8 else { throw ByteCodingError(.truncated, "hand-over record") }
        var bytes = found
        if !Self.isWhole(bytes) {
            guard bytes.count <= Self.longestRepaired,
                let whole = BitRepair.record(bytes, seed: UInt64(Self.magic))
            else {
                throw ByteCodingError(.checksum, "hand-over record")
            }
            bytes = whole
            isRepaired = true
        }
        var reader = ByteReader(bytes)
        guard try reader.read(UInt32.self) == Self.magic else { throw ByteCodingError(.magic, "hand-over record") }
        lineage = try LineageRecord(from: try reader.readCounted(limit: Self.largestLineage))
        changes = try reader.readBlockSet()
        // Records without suspects were written before there were any.
        suspects = reader.remaining > MemoryLayout<UInt64>.size ? try reader.readBlockSet() : BlockSet()
        incarnation = reader.remaining > MemoryLayout<UInt64>.size ? try reader.read(UInt64.self) : 0
    }
}
