internal import Blocks
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
            return try read(state.points[index].point, disk, offset, count)
        }
    }

    private func read(_ point: PointID, _ disk: Int, _ offset: Int64, _ count: Int) throws -> [UInt8] {
        let geometry = disks[disk].geometry
        let blocks = geometry.blocks(touching: offset, count: Int64(count))
        let start = geometry.offset(of: blocks.lowerBound)
        var out = [UInt8](repeating: 0, count: geometry.byteCount(of: blocks))
        // One file after the other, however many there are: each is looked into for what those before it do not have.
        var missing = BlockSet(blocks)
        try forEachLayer(over: point) { layer in
            var from = blocks.lowerBound
            while let block = layer.next(from: from, disk: disk), block < blocks.upperBound {
                from = block + 1
                guard missing.remove(block),
                    let kept = try needing(layer.number, { try layer.read(block, disk: disk) })
                else { continue }
                let place = Int(geometry.offset(of: block) - start)
                out.replaceSubrange(place..<(place + kept.count), with: kept)
            }
            return !missing.isEmpty
        }
        // Runs of blocks that the disk itself has are read at once.
        var next = blocks.lowerBound
        while let run = missing.run(from: next, limit: OpenDisk.pieceBlocks) {
            let held = try disks[disk].read(run)
            let place = Int(geometry.offset(of: run.lowerBound) - start)
            out.replaceSubrange(place..<(place + held.count), with: held)
            next = run.upperBound
        }
        let lead = Int(offset - start)
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

    /// The files to look into, in order; the first that has the block wins. Until the answer is no.
    private func forEachLayer(over point: PointID, _ visit: (BlockFile) throws -> Bool) throws {
        guard point <= state.position else {
            for index in state.points.indices.reversed() where state.points[index].point <= point {
                guard state.points[index].point > state.position else { return }
                guard let redo = state.points[index].redo else { continue }
                guard try visit(blockFile(redo)) else { return }
            }
            return
        }
        for index in state.points.indices where state.points[index].point > point {
            guard state.points[index].point <= state.position else { break }
            guard let undo = state.points[index].undo else { continue }
            guard try visit(blockFile(undo)) else { return }
        }
        if let undo { _ = try visit(undo) }
    }
}
