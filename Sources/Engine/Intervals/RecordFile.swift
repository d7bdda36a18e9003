public import Blocks
public import Environment

/// One framed record: 4 bytes length of the body, 1 byte type, 3 zero bytes, 8 bytes checksum, the body.
public struct Record: Sendable {
    public enum Kind: UInt8, Sendable, CaseIterable {
        case begin = 1
        case chunk = 2
        case end = 3
        /// Where blocks lie in an undo or redo file, or which they are in the change map of an adopted disk.
        case index = 4
        /// First record of a spool segment.
        case segment = 5
        /// Intervals given up, in a spool.
        case void = 6
        /// The interval or pass that was arriving broke off, in a spool.
        case abandoned = 7
    }

    public let kind: Kind
    public let offset: Int64
    public let body: [UInt8]
    /// Where the next record begins.
    public var end: Int64 { offset + Int64(Record.headerSize + body.count) }

    public static let headerSize = 16
    /// Above the largest chunk and the largest record of an index.
    public static let largestBody = 64 << 20
}

/// Records in a file, one behind the other. The checksum of each is bound to `seed` and to its offset, so a
/// record of a file's earlier use, or one that was moved, is not taken for valid.
///
/// Calls block; one writer, which is the only one that has it (spool and replica hold their lock around every call).
public final class RecordFile {
    public let file: any File
    public let seed: UInt64
    /// Where the next record goes.
    public private(set) var end: Int64
    private let pace: Pace
    /// Up to here, from the first of them, octets are on their way to the disk.
    private var behind: Range<Int64>

    /// When what was appended goes to the disk, if nobody syncs before.
    public enum Pace: Sendable {
        /// When the kernel chooses.
        case late
        /// As it comes: whoever syncs finds little left to wait for.
        case early
        /// Behind what is written, and it leaves memory then: as a rule it is not read again. See `File.writeBehind`.
        case behind

        /// On its way when there is so much of it; what goes behind leaves memory when there is as much again.
        var bytes: Int64 {
            switch self {
            case .late: .max
            case .early: 1 << 20
            case .behind: 8 << 20
            }
        }
    }

    public init(_ file: any File, seed: UInt64, end: Int64 = 0, pace: Pace = .late) {
        self.file = file
        self.seed = seed
        self.end = end
        self.pace = pace
        behind = end..<end
    }

    /// Writes a record at the end and returns its offset. Not synced.
    @discardableResult
    public func append(_ kind: Record.Kind, _ encode: (inout ByteWriter) -> Void) throws -> Int64 {
        let offset = end
        var writer = ByteWriter()
        writer.pad(to: Record.headerSize)
        encode(&writer)
        let count = writer.count - Record.headerSize
        precondition(count <= Record.largestBody)
        var header = ByteWriter()
        header.write(UInt32(count))
        header.write(kind.rawValue)
        header.write(raw: [0, 0, 0])
        header.write(
            Self.checksum(kind: kind, body: writer.bytes[Record.headerSize...], seed: seed, offset: offset))
        writer.replace(at: 0, with: header)
        try file.write(writer.bytes, at: offset)
        end = offset + Int64(writer.count)
        if end - behind.upperBound >= pace.bytes {
            let begun = behind.upperBound..<end
            try file.writeBehind(begun, after: pace == .behind ? behind : end..<end)
            behind = begun
        }
        return offset
    }

    @discardableResult
    public func append(_ kind: Record.Kind, _ body: [UInt8]) throws -> Int64 {
        try append(kind) { $0.write(raw: body) }
    }

    /// The record at `offset`. Throws `ByteCodingError` if there is none that is whole and good.
    public func read(at offset: Int64) throws -> Record {
        try Self.read(file, seed: seed, at: offset, size: try file.size())
    }

    static func read(_ file: any File, seed: UInt64, at offset: Int64, size: Int64) throws -> Record {
        guard offset >= 0, size - offset >= Int64(Record.headerSize) else {
            throw ByteCodingError(.truncated, "record at \(offset)")
        }
        var reader = ByteReader(try file.read(Record.headerSize, at: offset))
        let count = Int(try reader.read(UInt32.self))
        let kind = Record.Kind(rawValue: try reader.read())
        _ = try reader.read(raw: 3)
        let checksum = try reader.read(UInt64.self)
        guard let kind, count <= Record.largestBody else { throw ByteCodingError(.value, "record at \(offset)") }
        guard Int64(count) <= size - offset - Int64(Record.headerSize) else {
            throw ByteCodingError(.truncated, "record at \(offset)")
        }
        let body = try file.read(count, at: offset + Int64(Record.headerSize))
        guard checksum == Self.checksum(kind: kind, body: body[...], seed: seed, offset: offset) else {
            throw ByteCodingError(.checksum, "record at \(offset)")
        }
        return Record(kind: kind, offset: offset, body: body)
    }

    /// Reads records from `start` up to the first that is not good or to `limit`; sets `end` there. Returns
    /// what stopped it: nil at the end of the file, or at a header of zeros (never written).
    @discardableResult
    public func scan(from start: Int64 = 0, limit: Int64? = nil, _ visit: (Record) throws -> Void) throws
        -> ByteCodingError?
    {
        let size = try limit ?? file.size()
        end = start
        while end < size {
            let record: Record
            do {
                record = try Self.read(file, seed: seed, at: end, size: size)
            } catch let error as ByteCodingError {
                return try isUnwritten(at: end, size: size) ? nil : error
            }
            try visit(record)
            end = record.end
        }
        return nil
    }

    public func sync() throws { try file.sync() }
    public func close() { file.close() }

    private func isUnwritten(at offset: Int64, size: Int64) throws -> Bool {
        isZero(try file.read(Int(min(Int64(Record.headerSize), size - offset)), at: offset))
    }

    private static func checksum(kind: Record.Kind, body: ArraySlice<UInt8>, seed: UInt64, offset: Int64) -> UInt64 {
        let place = seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(offset) &* 8 &+ UInt64(kind.rawValue)
        return checksum64(body, seed: place)
    }
}
