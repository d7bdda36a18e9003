import Blocks
import Intervals
import Testing

@Suite struct ChunkTests {
    static let geometry = DiskGeometry(size: 20 * 4096 + 100)

    static func chunk() throws -> Chunk {
        let generation = Generation(number: 3, token: [UInt8](repeating: 9, count: 16))
        let id = IntervalID(generation: generation, incarnation: 2, number: 7)
        var packer = ChunkPacker(interval: id, pass: 1, disk: 4)
        packer.add(2, [UInt8](repeating: 5, count: 4096))
        packer.add(3, (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) })
        packer.add(5, [UInt8](repeating: 0, count: 4096))
        packer.add(20, [UInt8](repeating: 8, count: 100))
        let chunk = packer.take(sequence: 11)
        return try #require(chunk)
    }

    @Test func `a chunk gives back its blocks, zero runs and a short last block`() throws {
        var writer = ByteWriter()
        let chunk = try Self.chunk()
        chunk.write(to: &writer)
        var reader = ByteReader(writer.bytes)
        let again = try Chunk(from: &reader)
        #expect(again == chunk)
        #expect(chunk.compression == .zstd)
        let content = try again.open(on: Self.geometry)
        #expect(content.runs.map(\.isZero) == [false, true, false])
        #expect(content.content.count == 2 * 4096 + 100)
        var updates = DigestUpdates()
        content.enterDigests(into: &updates)
        #expect(updates[5] == .zeroContent)
        #expect(updates[2] == BlockDigest([UInt8](repeating: 5, count: 4096), at: 2))
    }

    /// Zstandard frames have bits without meaning: the claim is about what is read, not about how it is coded.
    @Test func `no single changed byte of an encoded chunk yields other content or addresses`() throws {
        var writer = ByteWriter()
        let chunk = try Self.chunk()
        chunk.write(to: &writer)
        let good = try chunk.open(on: Self.geometry)
        var unnoticed = 0
        for index in writer.bytes.indices {
            var bytes = writer.bytes
            bytes[index] ^= 0x10
            var reader = ByteReader(bytes)
            guard let other = try? Chunk(from: &reader), let content = try? other.open(on: Self.geometry) else {
                continue
            }
            unnoticed += 1
            #expect(content.content == good.content && content.runs == good.runs && other.disk == chunk.disk)
            #expect(other.interval == chunk.interval && other.pass == chunk.pass && other.sequence == chunk.sequence)
        }
        #expect(unnoticed < 4)
    }

    @Test func `blocks outside the disk are refused`() throws {
        #expect(throws: ByteCodingError.self) { try Self.chunk().open(on: DiskGeometry(size: 20 * 4096)) }
    }
}
