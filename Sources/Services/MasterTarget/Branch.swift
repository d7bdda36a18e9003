import Blocks
import Contract
import Environment
import Messages
import Model
import NBD
import Replicas
import Tracking

/// A disk of a replica as of a point, wherever the replica's own disks have gone since. Nothing can be written to it.
///
/// Read in pieces, so that the replica's work goes on in between. Calls block, on the branch's lane.
final class PointDisk: BackingDisk {
    private static let pieceBytes = 256 << 10

    let geometry: DiskGeometry
    private let holder: Holder
    private let point: UInt64
    private let disk: Int

    init(_ holder: Holder, point: UInt64, disk: Int, size: Int64) {
        self.holder = holder
        self.point = point
        self.disk = disk
        geometry = DiskGeometry(size: size)
    }

    private var name: String { "point \(point), disk \(disk)" }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileError) {
        for start in stride(from: 0, to: buffer.count, by: Self.pieceBytes) {
            let count = min(Self.pieceBytes, buffer.count - start)
            let bytes = try piece(at: offset + Int64(start), count)
            UnsafeMutableRawBufferPointer(rebasing: buffer[start..<(start + count)]).copyBytes(from: bytes)
        }
    }

    /// `busy` while the replica is closed: its own lane opens it again.
    private func piece(at offset: Int64, _ count: Int) throws(FileError) -> [UInt8] {
        do {
            return try holder.look { try $0.read(point: point, disk: disk, offset: offset, count: count) }
        } catch let error as FileError {
            throw error
        } catch let error as ReplicaError where error.code == .broken {
            throw FileError(.busy, "read", name)
        } catch {
            throw FileError(.input, "read", "\(name) (\(error))")
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FileError) {
        throw FileError(.permission, "write", name)
    }

    func punch(at offset: Int64, count: Int64) throws(FileError) { throw FileError(.permission, "punch", name) }

    /// Which blocks were holes at the point is not known: all of it is called data.
    func list(at offset: Int64, count: Int64, in extents: inout ExtentList) throws(FileError) -> Bool {
        extents.append(FileExtent(count: count, isHole: false))
    }

    func sync() throws(FileError) {}
}

/// The files of a branch, in a directory of its own:
///
///     branch              what it is; written last when it is made, removed first when it goes
///     data-N map-N journal-N   the overlay of disk N
///     nbd.sock
struct BranchFiles: Sendable {
    let directory: String
    let files: any FileSystem

    var socket: String { directory + "/nbd.sock" }
    private var record: String { directory + "/branch" }

    /// nil where none was made whole.
    func load() throws -> TargetV1.Branch? {
        guard files.exists(record) else { return nil }
        return try TargetV1.Branch(wire: files.readAll(record))
    }

    func store(_ branch: TargetV1.Branch) throws { try files.replace(record, with: branch.wireBytes()) }

    func create(over disks: [PointDisk]) throws -> [OverlayDisk] {
        try files.createDurably(directory)
        return try disks.enumerated().map { try OverlayDisk.create(overlay($0.offset, .create), over: $0.element) }
    }

    func open(over disks: [PointDisk]) throws -> [OverlayDisk] {
        try disks.enumerated().map { try OverlayDisk.open(overlay($0.offset, .readWrite), over: $0.element) }
    }

    private func overlay(_ disk: Int, _ mode: OpenMode) throws -> OverlayDisk.Files {
        OverlayDisk.Files(
            data: try files.open("\(directory)/data-\(disk)", mode),
            map: try files.open("\(directory)/map-\(disk)", mode),
            journal: try files.open("\(directory)/journal-\(disk)", mode))
    }

    /// Gives the space of what was written back; the record stays.
    func removeContent() throws {
        for name in try files.list(directory) where name != "branch" { try files.remove("\(directory)/\(name)") }
    }

    func remove() throws {
        guard files.exists(directory) else { return }
        if files.exists(record) {
            try files.remove(record)
            try files.syncDirectory(directory)
        }
        try removeContent()
        try files.remove(directory)
        try files.syncDirectory(files.parent(of: directory))
    }
}

/// One disk of a branch as its drill's machine uses it.
struct BranchExport: BlockExport {
    let disk: OverlayDisk
    let lane: any Lane
    let keeper: Keeper
    /// Throws when the branch is over: replication needs the space.
    let admit: @Sendable (_ bytes: Int) throws -> Void
    /// Told that the branch cannot go on.
    let failed: @Sendable (String) -> Void

    var size: Int64 { disk.geometry.size }
    let readOnly = false

    /// A replica that broke is opened again by its keeper; that it breaks again and again is the caller's to know.
    private static let attempts = 3

    private func run<T: Sendable>(_ body: @escaping @Sendable (OverlayDisk) throws -> T) async throws -> T {
        var attempt = 1
        while true {
            do { return try await lane.run { [disk] in try body(disk) } } catch let error as FileError {
                if error.code == .noSpace { failed("no space was left for what its machine writes") }
                guard error.code == .busy, attempt < Self.attempts else { throw error }
            }
            attempt += 1
            _ = try await keeper.status()
        }
    }

    private func change(
        _ bytes: Int, fua: Bool, _ body: @escaping @Sendable (OverlayDisk) throws -> Void
    ) async throws {
        try await run { [admit] disk in
            try admit(bytes)
            try body(disk)
            if fua { try disk.sync() }
        }
    }

    func read(offset: Int64, count: Int) async throws -> [UInt8] {
        try await run { try $0.read(count, at: offset) }
    }

    func write(_ bytes: [UInt8], at offset: Int64, fua: Bool) async throws {
        try await change(bytes.count, fua: fua) { try $0.write(bytes, at: offset) }
    }

    func writeZeroes(offset: Int64, count: Int64, fua: Bool, mayTrim: Bool) async throws {
        try await change(mayTrim ? 0 : Int(count), fua: fua) { disk in
            if mayTrim {
                try disk.punch(at: offset, count: count)
            } else {
                try disk.writeZeros(at: offset, count: count)
            }
        }
    }

    func trim(offset: Int64, count: Int64, fua: Bool) async throws {
        try await change(0, fua: fua) { try $0.punch(at: offset, count: count) }
    }

    func flush() async throws { try await run { try $0.sync() } }

    func extents(offset: Int64, count: Int64, limit: Int) async throws -> [FileExtent] {
        try await run { try $0.extents(at: offset, count: count, limit: limit) }
    }
}
