internal import Blocks
internal import Intervals

extension Replica {
    /// Bytes of a disk as of an applied point, wherever the disks are now: block by block from the undo of
    /// the points above it (or, after a move down, from redo), else from the disk.
    public func read(point number: UInt64, disk: Int, offset: Int64, count: Int) throws -> [UInt8] {
        try exclusive {
            guard let index = state.index(of: number), state.points[index].isApplied else {
                throw ReplicaError(.notFound, "point \(number) is not applied")
            }
            guard disks.indices.contains(disk) else { throw ReplicaError(.invalid, "disk \(disk)") }
            let then = DiskGeometry(size: size(of: disk, at: state.points[index]))
            guard then.contains(offset: offset, count: Int64(count)) else {
                throw ReplicaError(.invalid, "\(count) bytes at \(offset) of disk \(disk)")
            }
            let layers = try layers(over: state.points[index].point)
            let geometry = disks[disk].geometry
            let blocks = geometry.blocks(touching: offset, count: Int64(count))
            var out: [UInt8] = []
            out.reserveCapacity(geometry.byteCount(of: blocks))
            // Runs of blocks that the disk itself has are read at once.
            var next = blocks.lowerBound
            for block in blocks {
                guard let layer = layers.first(where: { $0.captured[disk].contains(block) }) else { continue }
                if next < block { out += try disks[disk].read(next..<block) }
                out += try layer.read(block, disk: disk) ?? [UInt8](repeating: 0, count: geometry.byteCount(of: block))
                next = block + 1
            }
            if next < blocks.upperBound { out += try disks[disk].read(next..<blocks.upperBound) }
            let lead = Int(offset - geometry.offset(of: blocks.lowerBound))
            return lead == 0 && out.count == count ? out : Array(out[lead..<(lead + count)])
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
}
