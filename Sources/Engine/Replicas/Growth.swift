internal import Blocks
internal import Environment
internal import Intervals

/// Disks whose source became larger.
///
///     growing: sizes → disk files longer, tables of digests longer → sizes of the disks
///
/// The first commit says what is under way, the last one that it is done. What a crash interrupts is finished when the
/// replica is opened, or, where there is no room for it, taken back. Points that are here keep the sizes that they were
/// cut with: below the first interval that holds some of what was added it reads as zeros, and a disk that is handed
/// over at one of those points is cut to its size, as it was.
extension Replica {
    /// Gives the disks the sizes that their writer has. Sealed intervals are applied before, passes of a coming one are
    /// taken back: their writer says hello and sends them anew.
    func grow(to sizes: [Int64]) throws {
        guard sizes != state.disks.map(\.disk.size) else { return }
        guard sizes.count == state.disks.count else {
            throw ReplicaError(.unrelated, "\(sizes.count) disks, \(state.disks.count) are here")
        }
        for (disk, size) in zip(state.disks.map(\.disk), sizes) where size != disk.size {
            let name = disk.bundle.split(separator: "/").last ?? ""
            guard size > disk.size, DiskGeometry.isValid(size: size) else {
                throw ReplicaError(
                    .unrelated, "disk \(name) has \(size) bytes at its source, \(disk.size) here: one that became "
                        + "smaller is not carried on. Enlarge it there to \(disk.size) bytes")
            }
            guard disk.size.isMultiple(of: Int64(blockSize)) else {
                throw ReplicaError(
                    .unrelated, "disk \(name) cannot be enlarged from \(disk.size) bytes, which are no whole blocks of "
                        + "\(blockSize). Protect the machine anew")
            }
        }
        guard state.hasDisks, state.mayOverwrite, !state.isMoved, state.moveTarget == nil else {
            throw ReplicaError(.state, "the disks cannot be enlarged: they are handed over or at an older point")
        }
        try dropIncoming()
        try dropParked()
        _ = try applyAllUnlocked()
        try rollBackUnlocked()
        try syncUnlocked()
        if state.condition == .initializing { try markProgress() }
        try commit("growth.begin") { $0.growing = sizes }
        try resumeGrowth()
        guard state.disks.map(\.disk.size) == sizes else {
            throw ReplicaError(.noSpace, "no room to enlarge the disks to \(sizes) bytes")
        }
        try writeLineage(state.points.isEmpty ? .initializing : .settled)
    }

    /// Goes on where a growth was cut off; called with the disks open or closed, and leaves them so.
    func resumeGrowth() throws {
        guard let sizes = state.growing else { return }
        let wereOpen = !disks.isEmpty
        closeDisks()
        do {
            try resize(to: sizes)
            failpoints.reach("replica.growth.resized")
            try commitGrowth(to: sizes)
        } catch let error as FileError where error.code == .noSpace {
            try resize(to: state.disks.map(\.disk.size))
            try commit("growth.undone") { $0.growing = nil }
        }
        if wereOpen { try openDisks(doubtful: sizes.map { _ in BlockSet() }) }
    }

    private func commitGrowth(to sizes: [Int64]) throws {
        try commit("growth") { state in
            // What tells no size of its own had the one that is given up now.
            for index in state.points.indices where state.points[index].disks.isEmpty {
                state.points[index] = state.points[index].withSizes(of: state.disks.map(\.disk))
            }
            for (index, size) in sizes.enumerated() {
                state.disks[index].disk = state.disks[index].disk.resized(to: size)
                state.disks[index].lineage.size = size
            }
            state.growing = nil
        }
    }

    /// Each disk's file and digest table, durably; harmless to repeat from anywhere.
    private func resize(to sizes: [Int64]) throws {
        for (index, size) in sizes.enumerated() {
            let file = try Self.openLocked(state.disks[index].disk, files, checked: false)
            defer { file.close() }
            if try file.size() != size {
                try file.truncate(to: size)
                try file.sync()
            }
            try resizeTable(index, DiskGeometry(size: size))
        }
    }

    private func resizeTable(_ index: Int, _ geometry: DiskGeometry) throws {
        let path = Self.tablePath(directory, index)
        let old = try openTable(path, index)
        defer { old.close() }
        guard old.geometry != geometry else { return }
        let file = try files.open(path + ".new", .create)
        try old.copy(to: file, resized: geometry).close()
        failpoints.reach("replica.growth.table")
        try files.rename(path + ".new", to: path)
        try files.syncDirectory(directory)
    }

    /// Of the size before, or of the one that is grown to.
    private func openTable(_ path: String, _ index: Int) throws -> DigestTable {
        let sizes = [state.disks[index].disk.size] + (state.growing.map { [$0[index]] } ?? [])
        var failure: ByteCodingError?
        for size in sizes {
            let file = try files.open(path, .readWrite)
            do { return try DigestTable.open(file, geometry: DiskGeometry(size: size), rehashing: BlockSet()) } catch {
                file.close()
                guard let error = error as? ByteCodingError else { throw error }
                failure = error
            }
        }
        throw ReplicaError(.corrupt, "digests of disk \(index): \(failure.map { "\($0)" } ?? "")")
    }

    /// Of a disk at a point.
    func size(of disk: Int, at point: RecoveryPoint) -> Int64 {
        point.disks.first { Int($0.disk) == disk }?.size ?? state.disks[disk].disk.size
    }

    /// As the disks are handed over: at an older point than their growth, with the sizes that they had.
    var sizesAtPosition: [Int64] {
        let point = state.points.first { $0.point == state.position }
        return state.disks.enumerated().map { index, disk in
            point.map { size(of: index, at: $0) } ?? disk.disk.size
        }
    }
}

extension ReplicaDisk {
    func resized(to size: Int64) -> ReplicaDisk { ReplicaDisk(id: id, bundle: bundle, size: size) }
}

extension RecoveryPoint {
    /// Nothing but the sizes is known of what was found on a disk.
    fileprivate func withSizes(of disks: [ReplicaDisk]) -> RecoveryPoint {
        var point = RecoveryPoint(
            id: id, base: base, cutMonotonic: cutMonotonic, cutWall: cutWall, kind: kind, isFinal: isFinal,
            disks: disks.enumerated().map { index, disk in
                DiskTrailer(disk: UInt32(index), size: disk.size, blocks: 0, digest: DigestList().digest, root: nil)
            })
        (point.name, point.pins, point.group, point.damage) = (name, pins, group, damage)
        (point.staging, point.undo, point.redo) = (staging, undo, redo)
        return point
    }
}
