import Blocks
import Environment

/// How far one disk was read back, beside the disk in the file `read-back`. That there is one of the disk's generation
/// says that somebody asked for it: an agent that starts goes on by it.
struct ReadBackRecord: Hashable, Sendable {
    let generation: Blocks.Generation
    /// Groups of the digest tree (256 MiB) that were read.
    var groups: [TreeDigest] = []
    /// Blocks that are not as they were handed over, among those groups.
    var differing = DifferingBlocks()
    /// When the disk's end was reached, microseconds since 1970; 0 before.
    var endedUnixUs: Int64 = 0
    /// Why it will never be read to its end; empty while it may be.
    var cause = ""

    init(generation: Blocks.Generation) { self.generation = generation }

    private static let magic: UInt64 = 0x324b_4244_5248_4d48
    private static let longestCause = 512

    func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(Self.magic)
        writer.write(generation.number)
        writer.write(counted: generation.token)
        writer.write(endedUnixUs)
        writer.write(String(cause.prefix(Self.longestCause / 4)))
        writer.write(UInt32(groups.count))
        for group in groups { writer.write(raw: group.bytes) }
        writer.write(UInt64(differing.count))
        writer.write(UInt8(differing.first.count))
        for run in differing.first {
            writer.write(UInt64(run.lowerBound))
            writer.write(UInt64(run.upperBound))
        }
        writer.write(checksum64(writer.bytes, seed: Self.magic))
        return writer.bytes
    }

    init(from bytes: [UInt8]) throws {
        guard bytes.count >= 8 else { throw ByteCodingError(.truncated, "read-back record") }
        var sum = ByteReader(Array(bytes.suffix(8)))
        guard try sum.read(UInt64.self) == checksum64(bytes.dropLast(8), seed: Self.magic) else {
            throw ByteCodingError(.checksum, "read-back record")
        }
        var reader = ByteReader(bytes)
        guard try reader.read(UInt64.self) == Self.magic else { throw ByteCodingError(.magic, "read-back record") }
        let number = try reader.read(UInt64.self)
        let token = try reader.readCounted(limit: Blocks.Generation.tokenByteCount)
        guard token.count == Blocks.Generation.tokenByteCount else {
            throw ByteCodingError(.value, "a token of \(token.count) bytes")
        }
        generation = Blocks.Generation(number: number, token: token)
        endedUnixUs = try reader.read(Int64.self)
        cause = try reader.readString(limit: Self.longestCause)
        for _ in 0..<(try reader.read(UInt32.self)) {
            guard let group = TreeDigest(bytes: try reader.read(raw: TreeDigest.byteCount)) else {
                preconditionFailure("slice of 32 bytes")
            }
            groups.append(group)
        }
        differing.count = Int(clamping: try reader.read(UInt64.self))
        for _ in 0..<(try reader.read(UInt8.self)) {
            let (from, to) = (try reader.read(UInt64.self), try reader.read(UInt64.self))
            guard from < to, to <= UInt64(Int.max) else { throw ByteCodingError(.value, "blocks \(from) to \(to)") }
            differing.first.append(Int(from)..<Int(to))
        }
    }
}

/// How many blocks differ, and where the first of them are.
struct DifferingBlocks: Hashable, Sendable {
    static let mostRuns = 16

    fileprivate(set) var count = 0
    fileprivate(set) var first: [BlockRange] = []

    /// Takes blocks that lie after all that it has.
    mutating func append(_ blocks: BlockSet) {
        count += blocks.count
        for run in blocks.runs {
            if let last = first.last, last.upperBound == run.lowerBound {
                first[first.count - 1] = last.lowerBound..<run.upperBound
            } else if first.count < Self.mostRuns {
                first.append(run)
            } else {
                return
            }
        }
    }
}

extension OpenDisk {
    private var readBackPath: String { bundle.path + "/read-back" }

    /// nil where nobody asked for it under this generation. One that is damaged counts as nothing read yet.
    func readBack(under generation: Blocks.Generation) throws -> ReadBackRecord? {
        guard files.exists(readBackPath) else { return nil }
        do {
            let record = try ReadBackRecord(from: try files.readAll(readBackPath))
            guard record.generation == generation else { return nil }
            // Of a disk of this size.
            return RootCalculation(geometry: geometry, groups: record.groups) == nil
                ? ReadBackRecord(generation: generation) : record
        } catch is ByteCodingError {
            return ReadBackRecord(generation: generation)
        }
    }

    func store(_ record: ReadBackRecord) throws { try files.replace(readBackPath, with: record.encoded()) }

    /// The digests that were handed over with the disk; nil where there are none that can be read.
    func handedOverDigests() throws -> DigestTable? {
        guard files.exists(digestPath) else { return nil }
        let file = try files.open(digestPath, .read)
        do { return try DigestTable.open(file, geometry: geometry, rehashing: BlockSet()) } catch is ByteCodingError {
            file.close()
            return nil
        }
    }
}
