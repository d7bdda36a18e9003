public import Blocks

/// Consecutive blocks of a disk; of a zero run no content is carried.
public struct BlockRun: Hashable, Sendable {
    public let first: BlockIndex
    public let count: Int
    public let isZero: Bool

    public init(first: BlockIndex, count: Int, isZero: Bool) {
        self.first = first
        self.count = count
        self.isZero = isZero
    }

    public var range: BlockRange { first..<(first + count) }
}

/// A piece of an interval: blocks of one disk with their content.
///
/// The same frame is kept in the spool, in staging and in undo and redo files. Its checksum covers the
/// interval, the disk, the addresses and the content, so a chunk that was altered, misplaced or taken from
/// another stream does not verify. A chunk is untrusted until `open(on:)` gave its content.
public struct Chunk: Hashable, Sendable {
    /// A chunk is closed when its content reaches this: small enough to pipeline.
    public static let contentTarget = 256 << 10
    /// More content than this is refused.
    public static let contentLimit = 1 << 20
    /// Bounds the addresses in one chunk; 256 single blocks are 1 MiB of content, the rest are zero runs.
    public static let mostRuns = 4096
    /// Bounds what one chunk of zero runs can cover: 1 GiB.
    public static let mostBlocks = 1 << 18

    public let interval: IntervalID
    public let pass: UInt32
    /// Index of the disk in the item.
    public let disk: UInt32
    /// Counts from 0 in each (interval, pass), over all disks.
    public let sequence: UInt64
    /// Ascending, not overlapping.
    public let runs: [BlockRun]
    public let compression: Compression
    /// Content of the runs that are not zero, in order, coded.
    public let payload: [UInt8]
    public let checksum: BlockDigest

    /// A chunk as it was received; nothing is checked yet.
    public init(
        interval: IntervalID, pass: UInt32, disk: UInt32, sequence: UInt64, runs: [BlockRun],
        compression: Compression, payload: [UInt8], checksum: BlockDigest
    ) {
        self.interval = interval
        self.pass = pass
        self.disk = disk
        self.sequence = sequence
        self.runs = runs
        self.compression = compression
        self.payload = payload
        self.checksum = checksum
    }

    /// A new chunk over `content`. `digests` are those of its blocks that are not in a zero run, in order.
    init(
        interval: IntervalID, pass: UInt32, disk: UInt32, sequence: UInt64, runs: [BlockRun], content: [UInt8],
        digests: [BlockDigest]
    ) {
        precondition(content.count <= Self.contentLimit && runs.count <= Self.mostRuns)
        self.init(
            interval: interval, pass: pass, disk: disk, sequence: sequence, runs: runs,
            compression: .none, payload: content,
            checksum: Self.checksum(
                interval: interval, pass: pass, disk: disk, sequence: sequence, runs: runs, digests: digests))
    }

    /// Blocks in it, zero ones included.
    public var blockCount: Int { runs.reduce(0) { $0 + $1.count } }

    /// Checks everything against the checksum and the disk, and decodes the content.
    public func open(on geometry: DiskGeometry) throws(ByteCodingError) -> ChunkContent {
        let expected = try contentCount(on: geometry)
        let content: [UInt8]
        switch compression {
        case .none:
            content = payload
        case .zstd:
            guard let decoded = Zstandard.decompress(payload, count: expected) else {
                throw ByteCodingError(.value, "compressed payload of chunk \(sequence) of \(interval)")
            }
            content = decoded
        }
        guard content.count == expected else {
            throw ByteCodingError(.value, "\(content.count) bytes of content, \(expected) expected")
        }
        let digests = Self.digests(runs: runs, content: content)
        let actual = Self.checksum(
            interval: interval, pass: pass, disk: disk, sequence: sequence, runs: runs, digests: digests)
        guard actual == checksum else {
            throw ByteCodingError(.checksum, "chunk \(sequence) of \(interval), disk \(disk)")
        }
        return ChunkContent(disk: disk, runs: runs, content: content, digests: digests, geometry: geometry)
    }

    /// Bytes of content that the runs ask for; throws if they are not a legal list of this disk's blocks.
    private func contentCount(on geometry: DiskGeometry) throws(ByteCodingError) -> Int {
        guard !runs.isEmpty, runs.count <= Self.mostRuns else { throw ByteCodingError(.value, "\(runs.count) runs") }
        var next = 0
        var blocks = 0
        var bytes = 0
        for run in runs {
            guard run.first >= next, run.count > 0, run.count <= Self.mostBlocks - blocks,
                run.first <= geometry.blockCount - run.count
            else { throw ByteCodingError(.value, "run of \(run.count) blocks at \(run.first)") }
            next = run.first + run.count
            blocks += run.count
            if !run.isZero { bytes += geometry.byteCount(of: run.range) }
            guard bytes <= Self.contentLimit else { throw ByteCodingError(.value, "\(bytes) bytes of content") }
        }
        return bytes
    }

    private static func digests(runs: [BlockRun], content: [UInt8]) -> [BlockDigest] {
        var out: [BlockDigest] = []
        var offset = 0
        content.withUnsafeBytes { bytes in
            for run in runs where !run.isZero {
                let end = min(offset + run.count * blockSize, bytes.count)
                out += BlockDigest.each(of: UnsafeRawBufferPointer(rebasing: bytes[offset..<end]), from: run.first)
                offset = end
            }
        }
        return out
    }

    /// XXH3-128 over every address and over the digest (XXH3-128, bound to its address) of every block.
    private static func checksum(
        interval: IntervalID, pass: UInt32, disk: UInt32, sequence: UInt64, runs: [BlockRun],
        digests: [BlockDigest]
    ) -> BlockDigest {
        var writer = ByteWriter()
        interval.write(to: &writer)
        writer.write(pass)
        writer.write(disk)
        writer.write(sequence)
        write(runs, to: &writer)
        for digest in digests { digest.write(to: &writer) }
        return BlockDigest(writer.bytes, at: 0)
    }

    private static func write(_ runs: [BlockRun], to writer: inout ByteWriter) {
        writer.write(UInt32(runs.count))
        for run in runs {
            writer.write(UInt64(run.first))
            writer.write(UInt32(run.count))
            writer.write(run.isZero)
        }
    }
}

extension Chunk {
    public func write(to writer: inout ByteWriter) {
        interval.write(to: &writer)
        writer.write(pass)
        writer.write(disk)
        writer.write(sequence)
        Self.write(runs, to: &writer)
        writer.write(compression.rawValue)
        writer.write(counted: payload)
        checksum.write(to: &writer)
    }

    public init(from reader: inout ByteReader) throws(ByteCodingError) {
        let interval = try IntervalID(from: &reader)
        let pass = try reader.read(UInt32.self)
        let disk = try reader.read(UInt32.self)
        let sequence = try reader.read(UInt64.self)
        let count = Int(try reader.read(UInt32.self))
        guard count <= Self.mostRuns else { throw ByteCodingError(.value, "\(count) runs") }
        var runs: [BlockRun] = []
        runs.reserveCapacity(count)
        for _ in 0..<count {
            let first = try reader.read(UInt64.self)
            let blocks = try reader.read(UInt32.self)
            guard first <= UInt64(DiskGeometry.largestSize) else { throw ByteCodingError(.value, "block \(first)") }
            runs.append(BlockRun(first: Int(first), count: Int(blocks), isZero: try reader.readBool()))
        }
        guard let compression = Compression(rawValue: try reader.read()) else {
            throw ByteCodingError(.value, "compression")
        }
        let payload = try reader.readCounted(limit: Self.contentLimit)
        self.init(
            interval: interval, pass: pass, disk: disk, sequence: sequence, runs: runs, compression: compression,
            payload: payload, checksum: try BlockDigest(from: &reader))
    }

    /// The same chunk with its payload compressed, if that helps; the checksum is of the content and stays.
    public func compressed(_ level: CompressionLevel) -> Chunk {
        guard compression == .none, let smaller = Zstandard.compress(payload, level) else { return self }
        return Chunk(
            interval: interval, pass: pass, disk: disk, sequence: sequence, runs: runs, compression: .zstd,
            payload: smaller, checksum: checksum)
    }

    /// Payload bytes that this chunk counts for against credit and space.
    public var creditBytes: Int { payload.count + runs.count * 16 + 128 }
}

/// The content of a chunk that was found good.
public struct ChunkContent: Sendable {
    public let disk: UInt32
    public let runs: [BlockRun]
    /// Of the runs that are not zero, in order.
    public let content: [UInt8]
    /// One per block that is not in a zero run, in order.
    public let digests: [BlockDigest]
    public let geometry: DiskGeometry

    /// Where a run's content lies in `content`; empty for a zero run.
    public struct Piece: Sendable {
        public let run: BlockRun
        public let content: Range<Int>
        public let digests: Range<Int>
    }

    public var pieces: [Piece] {
        var out: [Piece] = []
        var offset = 0
        var digest = 0
        for run in runs {
            let count = run.isZero ? 0 : geometry.byteCount(of: run.range)
            let leaves = run.isZero ? 0 : run.count
            out.append(Piece(run: run, content: offset..<(offset + count), digests: digest..<(digest + leaves)))
            offset += count
            digest += leaves
        }
        return out
    }

    /// The digest of each block.
    public func enterDigests(into updates: inout DigestUpdates) {
        for piece in pieces {
            if piece.run.isZero {
                updates.setZero(piece.run.range)
            } else {
                updates.set(digests[piece.digests], from: piece.run.first)
            }
        }
    }
}
