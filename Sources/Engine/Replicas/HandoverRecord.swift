public import Blocks

/// The file `lineage` in a bundle: who the copy is, and its change map. Whoever releases a disk writes it;
/// the next owner reads it.
public struct HandoverRecord: Hashable, Sendable {
    public var lineage: LineageRecord
    /// Blocks that differ, or may, from `lineage.position`'s descendants: see `mapReachesBack`, `mapCoversAhead`.
    public var changes: BlockSet
    /// Blocks that may differ as well: they are compared by digest, not sent. None of them is in `changes`.
    public var suspects: BlockSet

    public init(lineage: LineageRecord, changes: BlockSet, suspects: BlockSet = BlockSet()) {
        self.lineage = lineage
        self.changes = changes
        self.suspects = suspects
    }

    private static let magic: UInt32 = 0x4f48_5748
    private static let largestLineage = 16 << 10

    public func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(Self.magic)
        writer.write(counted: lineage.encoded())
        writer.write(changes)
        writer.write(suspects)
        writer.write(checksum64(writer.bytes, seed: UInt64(Self.magic)))
        return writer.bytes
    }

    public init(from bytes: [UInt8]) throws {
        guard bytes.count >= 8 else { throw ByteCodingError(.truncated, "hand-over record") }
        var sum = ByteReader(Array(bytes.suffix(8)))
        guard try sum.read(UInt64.self) == checksum64(bytes.dropLast(8), seed: UInt64(Self.magic)) else {
            throw ByteCodingError(.checksum, "hand-over record")
        }
        var reader = ByteReader(bytes)
        guard try reader.read(UInt32.self) == Self.magic else { throw ByteCodingError(.magic, "hand-over record") }
        lineage = try LineageRecord(from: try reader.readCounted(limit: Self.largestLineage))
        changes = try reader.readBlockSet()
        // Records without suspects were written before there were any.
        suspects = reader.remaining > MemoryLayout<UInt64>.size ? try reader.readBlockSet() : BlockSet()
    }
}
