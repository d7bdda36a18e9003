internal import Blocks
internal import Environment
internal import Intervals

/// The stored form of a replica's metadata. Every list has a bound, checked when read.
extension ReplicaState {
    /// Of the metadata and of the files that it names. 4: an index is a chain of records, change maps have a file. 5:
    /// intervals whose disks were not synced.
    private static let version: UInt16 = 5
    private static let oldest: UInt16 = 4
    private static let longestText = 4096
    private static let mostItems = 1 << 20

    func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(Self.version)
        writer.write(item)
        writer.write(list: disks) { Self.write($0, to: &$1) }
        fence.write(to: &writer)
        writer.write(optional: drains) { $0.write(to: &$1) }
        writer.write(incarnation)
        writer.write(heardGeneration)
        position.write(to: &writer)
        Self.write(condition, to: &writer)
        writer.write(list: points) { Self.write($0, to: &$1) }
        writer.write(optional: underway) { Self.write($0, to: &$1) }
        writer.write(optional: moveTarget) { $1.write($0) }
        writer.write(nextFile)
        writer.write(list: openExtents) {
            $1.write($0.disk)
            $1.write($0.index)
        }
        writer.write(copiedBlocks)
        writer.write(list: withdrawn) {
            $0.point.write(to: &$1)
            $1.write($0.cause)
        }
        writer.write(mayOverwrite)
        writer.write(optional: catchUp) { $0.write(to: &$1) }
        writer.write(optional: growing) { sizes, writer in writer.write(list: sizes) { $1.write($0) } }
        writer.write(optional: changeMaps) {
            $1.write($0.file)
            $1.write($0.bytes)
        }
        writer.write(list: unsynced) {
            $1.write($0.number)
            Self.write($0.staging, to: &$1)
        }
        return writer.bytes
    }

    init(from bytes: [UInt8]) throws {
        var reader = ByteReader(bytes)
        let version = try reader.read(UInt16.self)
        guard (Self.oldest...Self.version).contains(version) else {
            throw ByteCodingError(
                .version, "replica metadata version \(version), this program reads \(Self.oldest) to \(Self.version)")
        }
        item = try reader.readString(limit: IntervalHeader.longestItem)
        disks = try reader.readList(limit: IntervalTrailer.mostDisks) { try Self.readDisk(&$0) }
        fence = try Generation(from: &reader)
        drains = try reader.readOptional { try Generation(from: &$0) }
        incarnation = try reader.read()
        heardGeneration = try reader.read()
        position = try PointID(from: &reader)
        condition = try Self.readCondition(&reader)
        points = try reader.readList(limit: Replica.mostPoints) { try Self.readPoint(&$0) }
        underway = try reader.readOptional { try Self.readUnderway(&$0) }
        moveTarget = try reader.readOptional { try $0.read() }
        nextFile = try reader.read()
        openExtents = try reader.readList(limit: Self.mostItems) {
            Extent(disk: try $0.read(), index: try $0.read())
        }
        copiedBlocks = try reader.read()
        withdrawn = try reader.readList(limit: Self.mostWithdrawn) {
            Withdrawal(point: try PointID(from: &$0), cause: try $0.readString(limit: Self.longestText))
        }
        mayOverwrite = try reader.readBool()
        catchUp = try reader.readOptional { try CatchUp(from: &$0) }
        growing = try reader.readOptional { try $0.readList(limit: IntervalTrailer.mostDisks) { try $0.read() } }
        changeMaps = try reader.readOptional { ChangeMaps(file: try $0.read(), bytes: try $0.read()) }
        guard version > Self.oldest else { return }
        unsynced = try reader.readList(limit: Replica.mostPoints) {
            Unsynced(number: try $0.read(), staging: try Self.readStaging(&$0))
        }
    }

    private static func write(_ disk: DiskState, to writer: inout ByteWriter) {
        writer.write(counted: disk.disk.id)
        writer.write(disk.disk.bundle)
        writer.write(disk.disk.size)
        writer.write(counted: disk.lineage.encoded())
    }

    private static func readDisk(_ reader: inout ByteReader) throws -> DiskState {
        let disk = ReplicaDisk(
            id: try reader.readCounted(limit: LineageRecord.diskIDByteCount),
            bundle: try reader.readString(limit: longestText), size: try reader.read())
        let lineage = try LineageRecord(from: try reader.readCounted(limit: 1 << 16))
        return DiskState(disk: disk, lineage: lineage)
    }

    private static func write(_ condition: ReplicaCondition, to writer: inout ByteWriter) {
        switch condition {
        case .initializing: writer.write(UInt8(1))
        case .settled: writer.write(UInt8(2))
        case .released(let generation):
            writer.write(UInt8(3))
            generation.write(to: &writer)
        case .committed(let generation):
            writer.write(UInt8(4))
            generation.write(to: &writer)
        }
    }

    private static func readCondition(_ reader: inout ByteReader) throws -> ReplicaCondition {
        switch try reader.read(UInt8.self) {
        case 1: .initializing
        case 2: .settled
        case 3: .released(try Generation(from: &reader))
        case 4: .committed(try Generation(from: &reader))
        case let other: throw ByteCodingError(.value, "condition \(other)")
        }
    }

    private static func write(_ underway: Underway, to writer: inout ByteWriter) {
        switch underway {
        case .applying(let undo, let number):
            writer.write(UInt8(1))
            writer.write(undo)
            writer.write(optional: number) { $1.write($0) }
        case .moving(let from, let to):
            writer.write(UInt8(2))
            writer.write(from)
            writer.write(to)
        }
    }

    private static func readUnderway(_ reader: inout ByteReader) throws -> Underway {
        switch try reader.read(UInt8.self) {
        case 1: .applying(undo: try reader.read(), number: try reader.readOptional { try $0.read() })
        case 2: .moving(from: try reader.read(), to: try reader.read())
        case let other: throw ByteCodingError(.value, "underway \(other)")
        }
    }

    private static func write(_ staging: StagingReference, to writer: inout ByteWriter) {
        writer.write(staging.file)
        writer.write(staging.bytes)
        writer.write(staging.chunks)
    }

    private static func readStaging(_ reader: inout ByteReader) throws -> StagingReference {
        StagingReference(file: try reader.read(), bytes: try reader.read(), chunks: try reader.read())
    }

    private static func write(_ point: RecoveryPoint, to writer: inout ByteWriter) {
        point.id.write(to: &writer)
        writer.write(point.base)
        IntervalTrailer(
            chunks: 0, cutMonotonic: point.cutMonotonic, cutWall: point.cutWall, kind: point.kind,
            isFinal: point.isFinal, disks: point.disks
        ).write(to: &writer)
        writer.write(point.name)
        writer.write(list: point.pins) { $1.write($0) }
        writer.write(point.group)
        writer.write(point.damage)
        writer.write(optional: point.staging) { Self.write($0, to: &$1) }
        for file in [point.undo, point.redo] {
            writer.write(optional: file) {
                $1.write($0.file)
                $1.write($0.index)
                $1.write($0.bytes)
            }
        }
    }

    private static func readPoint(_ reader: inout ByteReader) throws -> RecoveryPoint {
        let id = try IntervalID(from: &reader)
        let base = try reader.read(UInt64.self)
        let trailer = try IntervalTrailer(from: &reader)
        var point = RecoveryPoint(
            id: id, base: base, cutMonotonic: trailer.cutMonotonic, cutWall: trailer.cutWall, kind: trailer.kind,
            isFinal: trailer.isFinal, disks: trailer.disks)
        point.name = try reader.readString(limit: longestText)
        point.pins = try reader.readList(limit: Replica.mostPins) { try $0.readString(limit: longestText) }
        point.group = try reader.readString(limit: longestText)
        point.damage = try reader.readString(limit: longestText)
        point.staging = try reader.readOptional { try Self.readStaging(&$0) }
        let file: (inout ByteReader) throws -> BlockFileReference = {
            BlockFileReference(file: try $0.read(), index: try $0.read(), bytes: try $0.read())
        }
        point.undo = try reader.readOptional(file)
        point.redo = try reader.readOptional(file)
        return point
    }
}

extension ByteWriter {
    mutating func write<T>(list: [T], _ element: (T, inout ByteWriter) -> Void) {
        write(UInt32(list.count))
        for value in list { element(value, &self) }
    }

    mutating func write<T>(optional: T?, _ element: (T, inout ByteWriter) -> Void) {
        write(optional != nil)
        if let optional { element(optional, &self) }
    }

    mutating func write(_ blocks: BlockSet) { write(runs: Array(blocks.runs)) }

    mutating func write(runs: [BlockRange]) {
        write(list: runs) {
            $1.write(UInt64($0.lowerBound))
            $1.write(UInt64($0.count))
        }
    }
}

extension ByteReader {
    mutating func readList<T>(limit: Int, _ element: (inout ByteReader) throws -> T) throws -> [T] {
        let count = Int(try read(UInt32.self))
        guard count <= limit, count <= remaining else { throw ByteCodingError(.value, "list of \(count)") }
        var out: [T] = []
        out.reserveCapacity(count)
        for _ in 0..<count { out.append(try element(&self)) }
        return out
    }

    mutating func readOptional<T>(_ element: (inout ByteReader) throws -> T) throws -> T? {
        try readBool() ? try element(&self) : nil
    }

    mutating func readBlockSet() throws -> BlockSet {
        var blocks = BlockSet()
        try readRuns(into: &blocks)
        return blocks
    }

    mutating func readRuns(into blocks: inout BlockSet) throws {
        let limit = UInt64(DiskGeometry.largestSize) / UInt64(blockSize)
        for (first, count) in try readList(limit: 1 << 26, { (try $0.read(UInt64.self), try $0.read(UInt64.self)) }) {
            guard first <= limit, count <= limit - first else { throw ByteCodingError(.value, "run at \(first)") }
            blocks.insert(Int(first)..<Int(first + count))
        }
    }
}
