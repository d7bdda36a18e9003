public import Blocks
import Contract
import Environment
public import Intervals
public import Messages
public import Model

/// Frames of a replication stream as they travel, and as the engine knows them. A chunk names only its interval's
/// number on the wire; generation and incarnation come from the hello and the begin before it.

extension IntervalHeader {
    public init(
        _ begin: ReplicationV1.IntervalBegin, item: ItemID, generation: Model.Generation
    ) throws(Failure) {
        guard begin.number > 0, begin.base < begin.number else {
            throw Failure(
                .invalidArgument, "begin interval \(begin.number) of \(item): its base is \(begin.base)",
                on: [.item(item)])
        }
        let id = IntervalID(
            generation: Blocks.Generation(generation), incarnation: begin.incarnation, number: begin.number)
        self.init(item: item.text, id: id, base: begin.base, pass: begin.pass)
    }

    public var message: ReplicationV1.IntervalBegin {
        .with {
            $0.number = id.number
            $0.base = base
            $0.pass = pass
            $0.incarnation = id.incarnation
        }
    }
}

extension Intervals.BlockRun {
    public init(_ message: ReplicationV1.BlockRun) throws(Failure) {
        guard message.first <= UInt64(DiskGeometry.largestSize) / UInt64(blockSize) else {
            throw Failure(.invalidArgument, "read a run of blocks: it begins at \(message.first)")
        }
        self.init(first: Int(message.first), count: Int(message.count), isZero: message.zero)
    }

    public var message: ReplicationV1.BlockRun {
        .with {
            $0.first = UInt64(first)
            $0.count = UInt32(count)
            $0.zero = isZero
        }
    }
}

extension BlockSet {
    /// Maximal runs; one longer than a run can count is split.
    public var messages: [ReplicationV1.BlockRun] {
        var out: [ReplicationV1.BlockRun] = []
        var position = 0
        while let run = run(from: position, limit: Int(UInt32.max)) {
            out.append(Intervals.BlockRun(first: run.lowerBound, count: run.count, isZero: false).message)
            position = run.upperBound
        }
        return out
    }

    public init(_ messages: [ReplicationV1.BlockRun], on geometry: DiskGeometry) throws(Failure) {
        self.init()
        for message in messages {
            let run = try Intervals.BlockRun(message)
            guard run.range.upperBound <= geometry.blockCount else {
                throw Failure(.invalidArgument, "read runs of blocks: block \(run.range.upperBound) is not on the disk")
            }
            insert(run.range)
        }
    }
}

extension Intervals.Chunk {
    /// Untrusted until `open(on:)`; here only what could not even be held is refused.
    public init(_ message: ReplicationV1.Chunk, of header: IntervalHeader) throws(Failure) {
        func refused(_ why: String) -> Failure {
            Failure(.invalidArgument, "read chunk \(message.sequence) of interval \(message.number): \(why)")
        }
        guard message.number == header.id.number, message.pass == header.pass else {
            throw refused("interval \(header.id.number) pass \(header.pass) is open")
        }
        guard message.runs.count <= Intervals.Chunk.mostRuns else { throw refused("\(message.runs.count) runs") }
        guard message.payload.count <= Intervals.Chunk.contentLimit else {
            throw refused("\(message.payload.count) bytes of payload")
        }
        guard let compression = Intervals.Compression(message.compression) else { throw refused("unknown compression") }
        guard let checksum = BlockDigest(exactly: message.checksum) else { throw refused("no checksum of 16 bytes") }
        var runs: [Intervals.BlockRun] = []
        runs.reserveCapacity(message.runs.count)
        for run in message.runs { runs.append(try Intervals.BlockRun(run)) }
        self.init(
            interval: header.id, pass: message.pass, disk: message.disk, sequence: message.sequence, runs: runs,
            compression: compression, payload: message.payload, checksum: checksum)
    }

    public var message: ReplicationV1.Chunk {
        .with {
            $0.number = interval.number
            $0.pass = pass
            $0.disk = disk
            $0.sequence = sequence
            $0.runs = runs.map(\.message)
            $0.compression = compression == .zstd ? .zstd : .none
            $0.payload = payload
            $0.checksum = checksum.bytes
        }
    }
}

extension Intervals.Compression {
    fileprivate init?(_ message: ReplicationV1.Compression) {
        switch message {
        case .none: self = .none
        case .zstd: self = .zstd
        default: return nil
        }
    }
}

extension BlockDigest {
    /// nil unless there are sixteen bytes.
    public init?(exactly bytes: [UInt8]) {
        guard bytes.count == BlockDigest.byteCount else { return nil }
        var reader = ByteReader(bytes)
        guard let digest = try? BlockDigest(from: &reader) else { return nil }
        self = digest
    }
}

extension IntervalTrailer {
    public init(_ end: ReplicationV1.IntervalEnd) throws(Failure) {
        guard end.disks.count <= IntervalTrailer.mostDisks else {
            throw Failure(.invalidArgument, "end interval \(end.number): \(end.disks.count) disks")
        }
        var disks: [Intervals.DiskTrailer] = []
        for disk in end.disks {
            guard let size = Int64(exactly: disk.bytes), DiskGeometry.isValid(size: size),
                let blocks = Int(exactly: disk.blocks), let digest = BlockDigest(exactly: disk.digest),
                disk.root.isEmpty || disk.root.count == TreeDigest.byteCount
            else { throw Failure(.invalidArgument, "end interval \(end.number): the trailer of disk \(disk.disk)") }
            disks.append(
                Intervals.DiskTrailer(
                    disk: disk.disk, size: size, blocks: blocks, digest: digest, root: TreeDigest(bytes: disk.root),
                    counts: disk.counts.map { Intervals.ChangeCounts($0) }))
        }
        self.init(
            chunks: end.chunks, cutMonotonic: end.cutMonotonicUs, cutWall: WallInstant(microseconds: end.cutUnixUs),
            kind: end.applicationConsistent ? .applicationConsistent : .crashConsistent, isFinal: end.final,
            disks: disks)
    }

    /// The trailer does not name its interval.
    public func message(of header: IntervalHeader) -> ReplicationV1.IntervalEnd {
        .with {
            $0.number = header.id.number
            $0.pass = header.pass
            $0.chunks = chunks
            $0.cutMonotonicUs = cutMonotonic
            $0.cutUnixUs = cutWall.microseconds
            $0.applicationConsistent = kind == .applicationConsistent
            $0.final = isFinal
            $0.disks = disks.map { disk in
                .with {
                    $0.disk = disk.disk
                    $0.bytes = UInt64(disk.size)
                    $0.blocks = UInt64(disk.blocks)
                    $0.digest = disk.digest.bytes
                    $0.root = disk.root?.bytes ?? []
                    $0.counts = disk.counts?.message
                }
            }
        }
    }
}

extension Intervals.ChangeCounts {
    public init(_ message: ReplicationV1.ChangeCounts) {
        self.init(
            written: message.written, ahead: message.ahead, foreign: message.foreign, suspects: message.suspects)
    }

    public var message: ReplicationV1.ChangeCounts {
        .with {
            $0.written = written
            $0.ahead = ahead
            $0.foreign = foreign
            $0.suspects = suspects
        }
    }
}

extension SpoolItem {
    /// The frame that carries it on.
    public func frame(of header: IntervalHeader) -> ReplicationV1.SourceFrame {
        .with {
            switch self {
            case .begin(let header): $0.frame = .begin(header.message)
            case .chunk(let chunk): $0.frame = .chunk(chunk.message)
            case .end(let trailer): $0.frame = .end(trailer.message(of: header))
            }
        }
    }
}

extension ReplicationV1.TargetFrame {
    /// How far an interval, or (with CACHED) a pass of it, came.
    public static func progress(
        _ number: UInt64, _ stage: ReplicationV1.IntervalProgress.Stage, position: UInt64 = 0, cause: String = "",
        pass: UInt32 = 0
    ) -> Self {
        .with {
            $0.frame = .progress(
                .with {
                    $0.number = number
                    $0.stage = stage
                    $0.position = position
                    $0.cause = cause
                    $0.pass = pass
                })
        }
    }
}
