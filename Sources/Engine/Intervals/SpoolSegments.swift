internal import Blocks
internal import Environment

/// An interval or pass as it waits in a spool.
public struct SpooledInterval: Hashable, Sendable {
    public let header: IntervalHeader
    /// Records, the begin and the end counted.
    public let items: Int
    /// False while it is still arriving.
    public let isWhole: Bool
}

/// What is read back to be forwarded.
public enum SpoolItem: Sendable {
    case begin(IntervalHeader)
    case chunk(Chunk)
    case end(IntervalTrailer)

    init(_ record: Record) throws {
        var reader = ByteReader(record.body)
        switch record.kind {
        case .begin: self = .begin(try IntervalHeader(from: &reader))
        case .chunk: self = .chunk(try Chunk(from: &reader))
        case .end: self = .end(try IntervalTrailer(from: &reader))
        default: throw ByteCodingError(.value, "record of kind \(record.kind) in an interval")
        }
    }
}

/// Why the spool did not take or give something. Errors of the file system come as `FileError`; after one
/// the spool takes nothing more until it is opened again.
public struct SpoolError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// No segment is free: the interval was dropped.
        case full
        /// Not the next thing of a stream.
        case order
        /// A newer writer was heard of.
        case stale
        /// The interval was dropped because a part of it is bad or missing.
        case lost
        /// Not here (any more).
        case gone
        /// The directory belongs to another item, or is of another version.
        case foreign
    }

    public let code: Code
    /// Number of the interval concerned; 0 for none.
    public let number: UInt64
    public let detail: String

    init(_ code: Code, _ number: UInt64, _ detail: String) {
        self.code = code
        self.number = number
        self.detail = detail
    }

    public var description: String {
        number == 0 ? "spool: \(code): \(detail)" : "spool: \(code), interval \(number): \(detail)"
    }
}

struct QueuedInterval {
    enum State { case open, whole }

    struct Place {
        let segment: SpoolSegment
        let offset: Int64
    }

    let header: IntervalHeader
    var places: [Place] = []
    /// Sequences of the segments that hold a part of it.
    var segments: Set<UInt64> = []
    var chunks: UInt64 = 0
    var state = State.open
}

/// A file in use as the `sequence`-th segment of its spool. Confined to the spool's lock.
final class SpoolSegment {
    let path: String
    let sequence: UInt64
    let records: RecordFile
    var isDirty = false

    init(path: String, sequence: UInt64, records: RecordFile) {
        self.path = path
        self.sequence = sequence
        self.records = records
    }
}

/// First record of a segment, under seed 0; all others are under the segment's sequence.
struct SegmentHeader {
    static let version: UInt16 = 2
    static let firstRecord: Int64 = 512

    let item: String
    let sequence: UInt64
    /// Where the records of the segment before this one end: what is missing there is damage, not the end.
    let previousEnd: Int64
    /// Intervals up to this number are not needed any more; parts of them may still be lying about.
    let freedThrough: UInt64

    var encoded: [UInt8] {
        var writer = ByteWriter()
        writer.write(Self.version)
        writer.write(item)
        writer.write(sequence)
        writer.write(previousEnd)
        writer.write(freedThrough)
        return writer.bytes
    }
}

extension SegmentHeader {
    init(from reader: inout ByteReader) throws(ByteCodingError) {
        let version = try reader.read(UInt16.self)
        guard version == Self.version else { throw ByteCodingError(.version, "spool segment version \(version)") }
        self.init(
            item: try reader.readString(limit: IntervalHeader.longestItem), sequence: try reader.read(),
            previousEnd: try reader.read(), freedThrough: try reader.read())
    }
}

extension Spool {
    /// The segment that takes a record of `count` bytes: the current one, an idle one, or a new one.
    func room(for count: Int) throws -> SpoolSegment {
        let size = Int64(Record.headerSize + count)
        precondition(SegmentHeader.firstRecord + size <= limits.segmentBytes)
        if let current, current.records.end + size <= limits.segmentBytes { return current }
        let previousEnd = current?.records.end ?? 0
        if let idle = segments.filter({ isIdle($0) }).min(by: { $0.sequence < $1.sequence }) {
            segments.removeAll { $0 === idle }
            return try activate(idle.path, idle.records.file, previousEnd: previousEnd)
        }
        guard segments.count < limits.mostSegments else {
            throw SpoolError(.full, 0, "all of its \(segments.count) segments hold what is not sealed yet")
        }
        guard try files.freeBytes(directory) - limits.reserveBytes >= limits.segmentBytes else {
            throw SpoolError(.full, 0, "no space for another segment on its file system")
        }
        // Their count is no free name where one of them is gone.
        var (number, path) = (0, directory + "/segment-0")
        while segments.contains(where: { $0.path == path }) {
            number += 1
            path = directory + "/segment-\(number)"
        }
        let file = try files.open(path, .create)
        try file.truncate(to: limits.segmentBytes)
        let segment = try activate(path, file, previousEnd: previousEnd)
        try files.syncDirectory(directory)
        return segment
    }

    /// Synced at once: what the file held before must be known to be gone, or known to be needless.
    private func activate(_ path: String, _ file: any File, previousEnd: Int64) throws -> SpoolSegment {
        let sequence = nextSequence
        nextSequence += 1
        let header = SegmentHeader(
            item: item, sequence: sequence, previousEnd: previousEnd, freedThrough: freedThrough)
        try RecordFile(file, seed: 0).append(.segment, header.encoded)
        try file.sync()
        let records = RecordFile(
            file, seed: sequence, end: SegmentHeader.firstRecord, pace: .behind)
        let segment = SpoolSegment(path: path, sequence: sequence, records: records)
        segments.append(segment)
        return segment
    }
}
