public import Blocks
internal import Environment
internal import Intervals
internal import Synchronization

extension Replica {
    /// Bytes of a disk as of an applied point, wherever the disks are now: block by block from the undo of
    /// the points above it (or, after a move down, from redo), else from the disk.
    public func read(point number: UInt64, disk: Int, offset: Int64, count: Int) throws -> [UInt8] {
        try exclusive {
            guard disks.indices.contains(disk), disks[disk].geometry.contains(offset: offset, count: Int64(count))
            else { throw ReplicaError(.invalid, "\(count) bytes at \(offset) of disk \(disk)") }
            guard let index = state.index(of: number), state.points[index].isApplied else {
                throw ReplicaError(.notFound, "point \(number) is not applied")
            }
            let layers = try layers(over: state.points[index].point)
            var out: [UInt8] = []
            out.reserveCapacity(count)
            for block in disks[disk].geometry.blocks(touching: offset, count: Int64(count)) {
                let content = try read(block, of: disk, through: layers)
                let start = disks[disk].geometry.offset(of: block)
                let from = Int(max(0, offset - start))
                let to = Int(min(Int64(content.count), offset + Int64(count) - start))
                out += content[from..<to]
            }
            return out
        }
    }

    /// The files to look into, in order; the first that has the block wins.
    private func layers(over point: PointID) throws -> [BlockFile] {
        if point > state.position {
            let between = state.points.filter { $0.point > state.position && $0.point <= point }
            return try between.reversed().compactMap { try $0.redo.map(blockFile) }
        }
        let between = state.points.filter { $0.point > point && $0.point <= state.position }
        return try between.compactMap { try $0.undo.map(blockFile) } + (undo.map { [$0] } ?? [])
    }

    private func read(_ block: BlockIndex, of disk: Int, through layers: [BlockFile]) throws -> [UInt8] {
        for layer in layers where layer.captured[disk].contains(block) {
            let count = disks[disk].geometry.byteCount(of: block)
            return try layer.read(block, disk: disk) ?? [UInt8](repeating: 0, count: count)
        }
        return try disks[disk].read(block..<(block + 1))
    }
}

/// A writable image of one disk at a point, for a drill: reads come from the view, writes go to a sparse
/// overlay that lives as long as this value's process. The owner pins the point first; no write of the
/// branch, and no lack of space for it, touches replication.
///
/// Calls block. The set of written blocks is guarded by its mutex, the rest is constant.
public final class Branch: Sendable {
    private let replica: Replica
    private let point: UInt64
    private let disk: Int
    private let overlay: any File
    private let written = Mutex(BlockSet())
    public let geometry: DiskGeometry

    /// `owner` must have pinned `point`; it names the overlay.
    public init(of replica: Replica, point: UInt64, disk: Int, owner: String) throws {
        let status = try replica.status
        guard let found = status.points.first(where: { $0.number == point }), found.pins.contains(owner) else {
            throw ReplicaError(.state, "point \(point) is not pinned by \(owner)")
        }
        guard status.disks.indices.contains(disk) else { throw ReplicaError(.invalid, "disk \(disk)") }
        self.replica = replica
        self.point = point
        self.disk = disk
        geometry = DiskGeometry(size: status.disks[disk].size)
        let safe = owner.utf8.map { "\($0)" }.joined(separator: "-")
        overlay = try replica.files.open(replica.directory + "/branch-\(point)-\(disk)-\(safe)", .create)
        try overlay.truncate(to: 0)
        try overlay.truncate(to: geometry.size)
    }

    public func read(offset: Int64, count: Int) throws -> [UInt8] {
        guard geometry.contains(offset: offset, count: Int64(count)) else {
            throw ReplicaError(.invalid, "\(count) bytes at \(offset)")
        }
        return try written.withLock { written in
            var out: [UInt8] = []
            for block in geometry.blocks(touching: offset, count: Int64(count)) {
                let start = geometry.offset(of: block)
                let from = max(offset, start)
                let length = Int(min(start + Int64(blockSize), offset + Int64(count)) - from)
                out += written.contains(block)
                    ? try overlay.read(length, at: from)
                    : try replica.read(point: point, disk: disk, offset: from, count: length)
            }
            return out
        }
    }

    public func write(_ bytes: [UInt8], at offset: Int64) throws {
        guard geometry.contains(offset: offset, count: Int64(bytes.count)) else {
            throw ReplicaError(.invalid, "\(bytes.count) bytes at \(offset)")
        }
        try written.withLock { written in
            for block in geometry.blocks(touching: offset, count: Int64(bytes.count)) where !written.contains(block) {
                let start = geometry.offset(of: block)
                let below = try replica.read(
                    point: point, disk: disk, offset: start, count: geometry.byteCount(of: block))
                try overlay.write(below, at: start)
                written.insert(block)
            }
            try overlay.write(bytes, at: offset)
        }
    }

    public func close() { overlay.close() }
}
