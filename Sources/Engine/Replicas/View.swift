public import Blocks
internal import Environment
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
            return try holdingFiles { try read(state.points[index].point, disk, offset, count) }
        }
    }

    private func read(_ point: PointID, _ disk: Int, _ offset: Int64, _ count: Int) throws -> [UInt8] {
        let layers = try layers(over: point)
        let geometry = disks[disk].geometry
        let blocks = geometry.blocks(touching: offset, count: Int64(count))
        var out: [UInt8] = []
        out.reserveCapacity(geometry.byteCount(of: blocks))
        // Runs of blocks that the disk itself has are read at once.
        var next = blocks.lowerBound
        for block in blocks {
            guard let layer = layers.first(where: { $0.captured[disk].contains(block) }) else { continue }
            if next < block { out += try disks[disk].read(next..<block) }
            let kept = try needing(layer.number) { try layer.read(block, disk: disk) }
            out += kept ?? [UInt8](repeating: 0, count: geometry.byteCount(of: block))
            next = block + 1
        }
        if next < blocks.upperBound { out += try disks[disk].read(next..<blocks.upperBound) }
        let lead = Int(offset - geometry.offset(of: blocks.lowerBound))
        return lead == 0 && out.count == count ? out : Array(out[lead..<(lead + count)])
    }

    /// Uses a file of undo or redo. Where it decayed, the points that are reached by it alone say so.
    func needing<T>(_ file: UInt64, _ body: () throws -> T) throws -> T {
        do { return try body() } catch where Self.isDecay(error) {
            let what = "\(BlockFile.path(file, directory)): \(error)"
            let owner = state.points.first { $0.undo?.file == file || $0.redo?.file == file }
            let isRedo = owner?.redo?.file == file
            try commit("damage") { state in
                for index in state.points.indices where state.points[index].isApplied {
                    let point = state.points[index].point
                    guard let owner, isRedo ? point >= owner.point : point < owner.point else { continue }
                    if state.points[index].damage.isEmpty { state.points[index].damage = what }
                }
            }
            throw ReplicaError(.damaged, what)
        }
    }

    static func isDecay(_ error: any Error) -> Bool {
        error is ByteCodingError || (error as? FileError)?.code == .notFound
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
