public import Blocks
public import Environment
internal import Intervals

extension Replica {
    /// Takes disks that lie in the owner's directory as the replica of `item`.
    ///
    /// - `seeds` nil: blank disks made by this very operation; they are read and must be zero throughout.
    /// - Otherwise one record per disk: lineage, change map and suspects as its last owner left them, or as they
    ///   were read from its sidecar. The disks are read once for their digests.
    ///   Disks with own changes are not overwritten before `beginOverwrite`.
    ///
    /// - cut: of the point that the disks stand at.
    ///
    /// An earlier replica in `directory` must be released for good (`commitHandover`) or the same adoption.
    public static func adopt(
        directory: String, item: String, disks: [ReplicaDisk], fence: Generation, seeds: [HandoverRecord]?,
        cut: WallInstant = WallInstant(microseconds: 0), context: ReplicaContext
    ) throws -> Replica {
        guard !disks.isEmpty, disks.count <= IntervalTrailer.mostDisks,
            disks.allSatisfy({ DiskGeometry.isValid(size: $0.size) && $0.id.count == LineageRecord.diskIDByteCount })
        else { throw ReplicaError(.invalid, "disks of \(item)") }
        if let seeds, seeds.count != disks.count || zip(seeds, disks).contains(where: { $0.lineage.diskID != $1.id }) {
            throw ReplicaError(.invalid, "lineage records of \(item) are not those of its disks")
        }
        let files = context.files
        try files.createDurably(directory)
        if let old = try SlotStore.open(directory, files) {
            old.store.close()
            let state = try ReplicaState(from: old.value)
            guard case .committed = state.condition else {
                guard state.item == item, state.disks.map(\.disk) == disks else {
                    throw ReplicaError(.state, "\(directory) holds a replica of \(state.item)")
                }
                return try open(directory: directory, context: context)
            }
        }
        var state = ReplicaState(item: item, adopting: disks, fence: fence, seeds: seeds, cut: cut)
        for (index, disk) in disks.enumerated() {
            let open = try openLocked(disk, files)
            defer { open.close() }
            try makeTable(directory, index, DiskGeometry(size: disk.size), open, blank: seeds == nil, files)
        }
        state.changeMaps = try ChangeMaps.write(
            state.takeFile(), of: state.disks, in: directory, files, recordEntries: context.recordEntries)
        try files.syncDirectory(directory)
        let store = try SlotStore.create(directory, files, state.encoded())
        let replica = Replica(store: store, state: state, directory: directory, context: context)
        try replica.openDisks(doubtful: disks.map { _ in BlockSet() })
        try replica.writeLineage(seeds == nil ? .initializing : .settled)
        return replica
    }

    /// Opens a replica as a stop, a kill or a power loss left it, finishes a half step of a move, and makes
    /// the digests of half-written blocks true again. Released disks are not touched.
    public static func open(directory: String, context: ReplicaContext) throws -> Replica {
        guard let found = try SlotStore.open(directory, context.files) else {
            throw ReplicaError(.notFound, "no replica in \(directory)")
        }
        var state: ReplicaState
        do {
            state = try ReplicaState(from: found.value)
        } catch let error as ByteCodingError {
            throw ReplicaError(.corrupt, "metadata in \(directory): \(error)")
        }
        let decayed = try state.readChangeMaps(in: directory, context.files)
        let replica = Replica(store: found.store, state: state, directory: directory, context: context)
        if let decayed { replica.noteDecayed(decayed) }
        do {
            try replica.recover()
        } catch {
            replica.close()
            throw error
        }
        return replica
    }

    private func recover() throws {
        try removeUnreferenced()
        guard state.hasDisks else { return }
        try resumeGrowth()
        var doubtful = geometries.map { _ in BlockSet() }
        switch state.underway {
        case .applying(let file, _):
            let resumed = try BlockFile.resume(
                file, in: directory, geometries, files, contents: contents, worker: packs)
            undo = resumed
            // Of what was lost from it nobody knows which blocks it was for.
            doubtful = resumed.lost.isEmpty
                ? geometries.indices.map(resumed.captured) : geometries.map { BlockSet($0.blocks) }
        case .moving(let from, let to):
            let step = try stepFile(from: from, to: to)
            doubtful = geometries.indices.map(step.captured)
        case nil:
            doubtful = try doubtfulOfFirstCopy()
        }
        for (disk, blocks) in try unsyncedBlocks().enumerated() { doubtful[disk].formUnion(blocks) }
        try openDisks(doubtful: doubtful)
        try writeUnsynced()
        if let undo, !undo.lost.isEmpty {
            try markDamaged("\(BlockFile.path(undo.number, directory)): content from before decayed")
        }
        if case .moving(let from, let to) = state.underway {
            try writeStep(from: from, to: to)
        } else {
            for (disk, blocks) in zip(disks, doubtful) { try disk.rehash(blocks) }
            try syncUnlocked()
        }
    }

    /// A first copy keeps no undo: what it may have half written is in the open extents, or in staging.
    private func doubtfulOfFirstCopy() throws -> [BlockSet] {
        var out = geometries.map { _ in BlockSet() }
        guard state.condition == .initializing else { return out }
        for extent in state.openExtents where Int(extent.disk) < out.count {
            let first = Int(extent.index) * Extent.blocks
            let end = min(first + Extent.blocks, geometries[Int(extent.disk)].blockCount)
            if first < end { out[Int(extent.disk)].insert(first..<end) }
        }
        guard let staging = state.waiting.first?.staging else { return out }
        do {
            try forEachStaged(staging) { content in
                for run in content.runs { out[Int(content.disk)].insert(run.range) }
            }
        } catch is ByteCodingError {
            return geometries.map { BlockSet($0.blocks) }
        } catch let error as FileError where error.code == .notFound || error.code == .shortRead {
            return geometries.map { BlockSet($0.blocks) }
        }
        return out
    }

    func openDisks(doubtful: [BlockSet]) throws {
        for (index, entry) in state.disks.enumerated() {
            let geometry = DiskGeometry(size: entry.disk.size)
            guard try files.holds(entry.disk.diskPath) else { throw ReplicaError(.lost, "\(entry.disk.name) is gone") }
            let file = try Self.openLocked(entry.disk, files, cutTo: sizesAtPosition[index])
            do {
                let tableFile = try files.open(Self.tablePath(directory, index), .readWrite)
                let table = try DigestTable.open(tableFile, geometry: geometry, rehashing: doubtful[index])
                disks.append(OpenDisk(file: file, table: table, geometry: geometry))
            } catch let error as ByteCodingError {
                file.close()
                throw ReplicaError(.corrupt, "digests of disk \(index): \(error)")
            }
        }
        try requireSameDisks(doubtful: doubtful)
    }

    /// What a transaction that never came about left behind: nothing refers to it.
    private func removeUnreferenced() throws {
        var kept: Set<String> = []
        for point in state.points {
            if let staging = point.staging { kept.insert("staging-\(staging.file)") }
            for file in [point.undo, point.redo] { if let file { kept.insert("blocks-\(file.file)") } }
        }
        for interval in state.unsynced { kept.insert("staging-\(interval.staging.file)") }
        if case .applying(let file, _) = state.underway { kept.insert("blocks-\(file)") }
        if let maps = state.changeMaps { kept.insert("changes-\(maps.file)") }
        for name in try files.list(directory) where !kept.contains(name) {
            guard ["staging-", "blocks-", "changes-"].contains(where: name.hasPrefix) else { continue }
            try files.remove(directory + "/" + name)
        }
    }

    /// - cut: the size that the disk has at the position, and was handed over with: it gets its own again, and what
    ///   that adds is zero at the position.
    /// - checked: false while the size is what is being changed.
    static func openLocked(
        _ disk: ReplicaDisk, _ files: any FileSystem, cutTo cut: Int64? = nil, checked: Bool = true
    ) throws -> any File {
        let file = try files.open(disk.diskPath, .readWrite)
        do {
            guard try file.tryLockExclusive() else {
                throw ReplicaError(.locked, "\(disk.diskPath) is open elsewhere")
            }
            let size = try file.size()
            if let cut, size == cut, cut < disk.size {
                try file.truncate(to: disk.size)
                try file.sync()
            } else if checked, size != disk.size {
                throw ReplicaError(.corrupt, "\(disk.diskPath) has \(size) bytes, \(disk.size) expected")
            }
        } catch {
            file.close()
            throw error
        }
        return file
    }

    static func tablePath(_ directory: String, _ disk: Int) -> String { directory + "/digests-\(disk)" }

    /// Reads the disk's data for its digests; what is a hole reads as zero.
    private static func makeTable(
        _ directory: String, _ index: Int, _ geometry: DiskGeometry, _ file: any File, blank: Bool,
        _ files: any FileSystem
    ) throws {
        let table = try DigestTable.create(try files.open(tablePath(directory, index), .create), geometry: geometry)
        defer { table.close() }
        var first = 0
        while first < geometry.blockCount, let data = try file.data(from: geometry.offset(of: first)) {
            first = max(first, Int(data.lowerBound / Int64(blockSize)))
            let end = Int((data.upperBound + Int64(blockSize) - 1) / Int64(blockSize))
            let piece = first..<min(first + OpenDisk.pieceBlocks, end)
            let bytes = try file.read(geometry.byteCount(of: piece), at: geometry.offset(of: first))
            if !isZero(bytes) {
                guard !blank else { throw ReplicaError(.state, "disk \(index) is not blank near block \(first)") }
                var updates = DigestUpdates()
                updates.set(BlockDigest.each(of: bytes, from: first), from: first)
                try table.update(updates)
            }
            first = piece.upperBound
        }
        try table.sync()
    }
}

extension ReplicaState {
    var hasDisks: Bool { condition == .initializing || condition == .settled }

    init(
        item: String, adopting disks: [ReplicaDisk], fence: Generation, seeds: [HandoverRecord]?, cut: WallInstant
    ) {
        let entries = disks.enumerated().map { index, disk in
            var lineage = seeds?[index].lineage ?? LineageRecord(diskID: disk.id, size: disk.size)
            lineage.size = disk.size
            return DiskState(
                disk: disk, lineage: lineage, changes: seeds?[index].changes ?? BlockSet(),
                suspects: seeds?[index].suspects ?? BlockSet())
        }
        // All disks of a machine were cut together; the oldest position is the one they all hold.
        let position = entries.map(\.lineage.position).min() ?? .origin
        self.init(
            item: item, disks: entries, fence: fence, position: position,
            condition: seeds == nil ? .initializing : .settled)
        guard seeds != nil else { return }
        mayOverwrite = entries.allSatisfy { $0.changes.isEmpty && $0.suspects.isEmpty }
        points = [.found(position, entries[0].lineage, cut: cut)]
    }
}

extension RecoveryPoint {
    /// The content of a disk as it was adopted.
    static func found(
        _ position: PointID, _ lineage: LineageRecord, cut: WallInstant = WallInstant(microseconds: 0)
    ) -> RecoveryPoint {
        let token = lineage.history.last { $0.generation.number == position.generation }?.generation.token
        let generation = Generation(
            number: position.generation,
            token: token ?? [UInt8](repeating: 0, count: Generation.tokenByteCount))
        return RecoveryPoint(
            id: IntervalID(generation: generation, incarnation: 0, number: position.number), base: 0,
            cutMonotonic: 0, cutWall: cut, kind: .crashConsistent, isFinal: false, disks: [])
    }
}
