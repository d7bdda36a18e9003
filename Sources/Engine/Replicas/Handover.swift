public import Blocks
internal import Environment
internal import Intervals

extension Replica {
    /// Raises the fence: from now on only `generation` is taken, and `drains` (if given) until its final
    /// seal. Complete staged intervals were sealed already; what is not complete is dropped. Durable on
    /// return; returns the newest sealed point. Idempotent; a lower generation is refused.
    public func fence(_ generation: Generation, drains: Generation? = nil) throws -> PointID {
        try exclusive {
            if generation == state.fence { return state.sealed }
            guard generation.number > state.fence.number else {
                throw ReplicaError(.stale, "\(generation) at fence \(state.fence)")
            }
            if let drains, drains != state.fence && drains != state.drains {
                throw ReplicaError(.invalid, "\(drains) is not being written, fence \(state.fence)")
            }
            try commit("fence") {
                $0.fence = generation
                $0.drains = drains
            }
            if drains == nil { try dropUnsealed() }
            return state.sealed
        }
    }

    /// Closes a drained generation for ever. Idempotent.
    public func sealFinal(closing generation: Generation) throws -> PointID {
        try exclusive {
            guard generation.number < state.fence.number else {
                throw ReplicaError(.state, "\(generation) is not below the fence \(state.fence)")
            }
            if state.drains == generation { try commit("final") { $0.drains = nil } }
            if state.drains == nil { try dropUnsealed() }
            return state.sealed
        }
    }

    private func dropUnsealed() throws {
        try dropIncoming()
        try dropParked()
        if case .applying(_, nil) = state.underway { try rollBackUnlocked() }
    }

    /// Lets go of the disks at the position: synced, lineage *released* under `generation` and the ahead set
    /// beside each, closed, unlocked. Points, undo and redo stay here until `commitHandover`. Idempotent.
    public func release(under generation: Generation) throws -> [HandoverRecord] {
        try exclusive {
            if case .released(let earlier) = state.condition {
                guard generation.number >= earlier.number, generation.number <= state.fence.number else {
                    throw ReplicaError(.stale, "\(generation), released under \(earlier)")
                }
                return try released(under: generation)
            }
            guard generation == state.fence else { throw ReplicaError(.stale, "\(generation) at \(state.fence)") }
            guard state.condition == .settled, state.drains == nil, state.waiting.isEmpty, state.moveTarget == nil
            else { throw ReplicaError(.state, "not at rest: \(state.condition), \(state.waiting.count) to apply") }
            try dropUnsealed()
            guard state.underway == nil else { throw ReplicaError(.state, "an interval is half applied") }
            try syncUnlocked()
            for disk in disks { try disk.sync() }
            for (index, disk) in state.disks.enumerated() { try handOverDigests(index, to: disk.disk) }
            let records = try released(under: generation)
            try cutToPosition()
            for (disk, record) in zip(state.disks, records) {
                try files.replace(disk.disk.lineagePath, with: record.encoded())
            }
            try commit("release") { $0.condition = .released(generation) }
            closeDisks()
            return records
        }
    }

    /// Disks that were enlarged after the position get the size that they have there. They are zero beyond.
    private func cutToPosition() throws {
        for (disk, size) in zip(disks, sizesAtPosition) where size < disk.geometry.size {
            try disk.file.truncate(to: size)
            try disk.file.sync()
            failpoints.reach("replica.release.cut")
        }
    }

    /// A copy of the digest table beside the disk, durably: the next owner's roots stand on it, and this one needs its
    /// own again after a cancel.
    private func handOverDigests(_ index: Int, to disk: ReplicaDisk) throws {
        guard sizesAtPosition[index] == disk.size else { return try handOverCutDigests(index, to: disk) }
        let from = try files.open(Self.tablePath(directory, index), .read)
        defer { from.close() }
        let path = disk.digestsPath + ".new"
        let copy = try files.open(path, .create)
        defer { copy.close() }
        let size = try from.size()
        try copy.truncate(to: 0)
        try copy.truncate(to: size)
        var offset: Int64 = 0
        while let data = try from.data(from: offset) {
            offset = data.lowerBound
            let piece = try from.read(Int(min(Self.digestPiece, data.upperBound - offset)), at: offset)
            if !isZero(piece) { try copy.write(piece, at: offset) }
            offset += Int64(piece.count)
        }
        try copy.sync()
        try files.rename(path, to: disk.digestsPath)
        try files.syncDirectory(disk.bundle)
    }

    private func handOverCutDigests(_ index: Int, to disk: ReplicaDisk) throws {
        let path = disk.digestsPath + ".new"
        let geometry = DiskGeometry(size: sizesAtPosition[index])
        try disks[index].table.copy(to: try files.open(path, .create), resized: geometry).close()
        try files.rename(path, to: disk.digestsPath)
        try files.syncDirectory(disk.bundle)
    }

    /// Bytes of a digest table copied at once.
    private static let digestPiece: Int64 = 1 << 20

    private func released(under generation: Generation) throws -> [HandoverRecord] {
        let newest = state.applied.last?.point ?? state.position
        let sizes = sizesAtPosition
        return zip(state.disks, try aheadUnlocked()).enumerated().map { index, pair in
            let (disk, ahead) = pair
            var lineage = disk.lineage
            lineage.size = sizes[index]
            lineage.begin(generation, at: state.position)
            lineage.mapQuality = disk.suspects.isEmpty ? .exact : .suspects
            lineage.mapReachesBack = state.position
            // Also of a disk that those points left as it was: the other copy is at the newest of them with every disk.
            lineage.mapCoversAhead = newest > state.position ? newest : .origin
            lineage.state = .released
            let there = BlockSet(DiskGeometry(size: sizes[index]).blocks)
            let changes = ahead.union(disk.changes).intersection(there)
            return HandoverRecord(
                lineage: lineage, changes: changes,
                suspects: disk.suspects.subtracting(changes).intersection(there))
        }
    }

    /// Takes released disks back after a cancel. They must be as they were released: the record beside each
    /// still names our position and nobody merged into the disk. Move back up by `move(to:)`. Idempotent.
    public func reclaim(under generation: Generation) throws {
        try exclusive {
            guard generation == state.fence else { throw ReplicaError(.stale, "\(generation) at \(state.fence)") }
            if state.condition == .settled { return }
            guard case .released = state.condition else { throw ReplicaError(.state, "not released") }
            for disk in state.disks {
                let beside = try HandoverRecord(from: try files.readAll(disk.disk.lineagePath))
                guard beside.lineage.diskID == disk.disk.id, beside.lineage.position == state.position,
                    [.released, .overlay, .settled].contains(beside.lineage.state)
                else { throw ReplicaError(.state, "\(disk.disk.lineagePath) is at \(beside.lineage.position)") }
            }
            do {
                try openDisks(doubtful: state.disks.map { _ in BlockSet() })
                try writeLineage(.settled)
                try commit("reclaim") { $0.condition = .settled }
            } catch {
                closeDisks()
                throw error
            }
        }
    }

    /// The hand-over is for good and the next owner's map holds the ahead set: points, undo and redo go.
    /// Idempotent.
    public func commitHandover() throws {
        try exclusive {
            if case .committed = state.condition { return }
            guard case .released(let generation) = state.condition else { throw ReplicaError(.state, "not released") }
            let gone = state.points.flatMap { [$0.undo, $0.redo].compactMap { $0?.file } }
            try commit("commit") {
                $0.condition = .committed(generation)
                $0.points = []
                $0.underway = nil
            }
            for file in gone { try removeBlockFile(file) }
        }
    }

    /// Allows overwriting adopted disks that hold a machine's content. Their content stays as a pinned point
    /// of this name; the next interval counts from `join`, the newest point common with its writer, and must
    /// hold the changes of both sides since. Idempotent.
    public func beginOverwrite(name: String, join: PointID? = nil) throws {
        try exclusive {
            if state.points.contains(where: { $0.name == name }) { return }
            guard state.condition == .settled, state.points.count == 1, state.waiting.isEmpty else {
                throw ReplicaError(.state, "not a freshly adopted replica")
            }
            let position = join ?? state.position
            guard position <= state.position else {
                throw ReplicaError(.invalid, "join \(position) is after the position \(state.position)")
            }
            let found = state.disks[0].lineage
            try commit("overwrite") { state in
                state.points = [.found(position, found)]
                state.points[0].name = name
                state.points[0].pins = [name]
                state.position = position
                state.mayOverwrite = true
            }
        }
    }

    /// Removes all of this replica's own data, not the disks. The replica cannot be used afterwards.
    public func forget() throws {
        try exclusive {
            // The disks may be kept: what is staged of them is not. Where they are gone there is nothing to keep.
            try? syncUnlocked()
            closeDisks()
            // The metadata goes first: a crash in between leaves files that nothing refers to.
            for name in try files.list(directory).sorted(by: { a, _ in a.hasPrefix("metadata-") }) {
                try files.remove(directory + "/" + name)
            }
            try files.syncDirectory(directory)
        }
        close()
    }
}
