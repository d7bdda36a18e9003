import Blocks
import Environment
import NBD
import Tracking

/// One disk as its guest uses it.
enum GuestDisk: Sendable {
    case tracked(TrackedDisk)
    case leftOut(LeftOutDisk)

    func read(offset: Int64, count: Int) async throws -> [UInt8] {
        switch self {
        case .tracked(let disk): try await disk.read(offset: offset, count: count)
        case .leftOut(let disk): try await disk.read(offset: offset, count: count)
        }
    }

    func extents(offset: Int64, count: Int64, limit: Int) async throws -> [FileExtent] {
        switch self {
        case .tracked(let disk): try await disk.extents(offset: offset, count: count, limit: limit)
        case .leftOut(let disk): try await disk.extents(offset: offset, count: count, limit: limit)
        }
    }

    func write(_ bytes: [UInt8], at offset: Int64, fua: Bool) async throws {
        switch self {
        case .tracked(let disk): try await disk.write(bytes, at: offset, fua: fua)
        case .leftOut(let disk): try await disk.write(bytes, at: offset, fua: fua)
        }
    }

    func writeZeroes(offset: Int64, count: Int64, fua: Bool, mayTrim: Bool) async throws {
        switch self {
        case .tracked(let disk): try await disk.writeZeroes(offset: offset, count: count, fua: fua, mayTrim: mayTrim)
        case .leftOut(let disk): try await disk.writeZeroes(offset: offset, count: count, fua: fua, mayTrim: mayTrim)
        }
    }

    func trim(offset: Int64, count: Int64, fua: Bool) async throws {
        switch self {
        case .tracked(let disk): try await disk.trim(offset: offset, count: count, fua: fua)
        case .leftOut(let disk): try await disk.trim(offset: offset, count: count, fua: fua)
        }
    }

    func flush() async throws {
        switch self {
        case .tracked(let disk): try await disk.flush()
        case .leftOut(let disk): try await disk.flush()
        }
    }
}

/// A disk that is left out of the machine's replication: what the guest does goes to the disk's file, and nobody notes
/// it. There is no overlay over it either, so what was written stays whatever becomes of a failback.
final class LeftOutDisk: Sendable {
    private let disk: MachineDisk
    /// Reads pass what changes the disk, and both pass a sync; changes keep the order of their arrival.
    private let reads: any Lane
    private let changes: any Lane
    private let syncs: any Lane

    init(_ disk: MachineDisk, named name: String, _ lanes: any LaneProvider) {
        self.disk = disk
        reads = lanes.lane("left out \(name) reads")
        changes = lanes.lane("left out \(name) changes")
        syncs = lanes.lane("left out \(name) syncs")
    }

    func read(offset: Int64, count: Int) async throws -> [UInt8] {
        try check(offset, Int64(count))
        return try await reads.run { [disk] in try disk.read(count, at: offset) }
    }

    func extents(offset: Int64, count: Int64, limit: Int) async throws -> [FileExtent] {
        try check(offset, count)
        return try await reads.run { [disk] in try disk.extents(at: offset, count: count, limit: limit) }
    }

    func write(_ bytes: [UInt8], at offset: Int64, fua: Bool) async throws {
        try await change(offset, Int64(bytes.count), fua) { disk throws(FileError) in
            try disk.write(bytes, at: offset)
        }
    }

    func writeZeroes(offset: Int64, count: Int64, fua: Bool, mayTrim: Bool) async throws {
        try await change(offset, count, fua) { disk throws(FileError) in
            guard count > 0 else { return }
            if mayTrim {
                try disk.punch(at: offset, count: count)
            } else {
                try disk.writeZeros(at: offset, count: count)
            }
        }
    }

    /// Whole blocks read as zero afterwards; blocks touched in part stay as they are.
    func trim(offset: Int64, count: Int64, fua: Bool) async throws {
        try await change(offset, count, fua) { disk throws(FileError) in
            let whole = disk.geometry.blocks(inside: offset, count: count)
            guard !whole.isEmpty else { return }
            try disk.punch(
                at: disk.geometry.offset(of: whole.lowerBound), count: Int64(disk.geometry.byteCount(of: whole)))
        }
    }

    func flush() async throws { try await syncs.run { [disk] in try disk.sync() } }

    private func change(
        _ offset: Int64, _ count: Int64, _ fua: Bool,
        _ body: @escaping @Sendable (MachineDisk) throws(FileError) -> Void
    ) async throws {
        try check(offset, count)
        try await changes.run { [disk] in try body(disk) }
        if fua { try await flush() }
    }

    private func check(_ offset: Int64, _ count: Int64) throws {
        guard disk.geometry.contains(offset: offset, count: count) else { throw NBDError.invalid }
    }
}
