internal import Blocks
internal import Environment
internal import Intervals

extension Replica {
    /// Applies the oldest sealed interval that waits. Returns its answer: applied, or, if its staging was
    /// found damaged or contradicts its digests, needed (the point is withdrawn by name and the disks go on
    /// equalling the point before). nil if nothing waits.
    ///
    ///     verify staging → reserve undo → APPLYING n
    ///     → per batch: read old → append undo → sync → write new
    ///     → position n
    ///
    /// The disks are synced after some intervals: see `syncDisks`.
    public func applyNext() throws -> IntakeAnswer? { try exclusive { try applyNextUnlocked() } }

    func applyAllUnlocked() throws -> [IntakeAnswer] {
        var answers: [IntakeAnswer] = []
        while let answer = try applyNextUnlocked() { answers.append(answer) }
        return answers
    }

    private func applyNextUnlocked() throws -> IntakeAnswer? {
        guard let point = state.waiting.first, let staging = point.staging else { return nil }
        guard !disks.isEmpty, !state.isMoved, state.moveTarget == nil else {
            throw ReplicaError(.state, "at an older point")
        }
        let keepsOld = !state.applied.isEmpty
        let known = remembered.removeValue(forKey: staging.file)
        // What undo can take back is checked as it is read; without undo, all of it before anything is written.
        let digests: [DigestTable.Prepared]
        switch try judged(staging, of: point, known: keepsOld ? known : nil) {
        case .bad(let cause): return try withdraw(point, cause: cause)
        case .good(let prepared): digests = prepared
        }
        if keepsOld { try beginUndo(for: point) }
        if state.unsynced.isEmpty { try writeLineage(.applying) }
        do {
            try forEachBatch(of: staging, kept: keepsOld ? known?.content : nil) { batch in
                try captureOld(of: batch)
                try writes.begin { [disks] in
                    for content in batch { try disks[Int(content.disk)].writeRuns(of: content) }
                }
            }
        } catch let error as ByteCodingError {
            return try withdraw(point, cause: "staging: \(error)")
        }
        for (disk, prepared) in zip(disks, digests) { try disk.table.update(prepared) }
        try writes.wait()
        failpoints.reach("replica.apply.written")
        let waits = canWait(point)
        if !waits { for disk in disks { try disk.sync() } }
        let undoReference = try undo?.finish(recordEntries: recordEntries)
        let (redo, maps) = (state.points.compactMap { $0.redo?.file }, state.changeMaps)
        let synced = waits ? [] : state.unsynced
        try commit("apply") {
            $0.settle(point, undo: undoReference)
            $0.unsynced = waits ? $0.unsynced + [Unsynced(number: point.number, staging: staging)] : []
        }
        closeUndo()
        if waits {
            if try isSyncDue() { try syncUnlocked() }
        } else {
            try writeLineage(.settled)
            for done in synced.map(\.staging) + [staging] { try removeStaging(done.file) }
        }
        for file in redo { try removeBlockFile(file) }
        if let maps { try removeChangeMaps(maps) }
        return .applied(point.number)
    }

    private enum Judgement {
        case good([DigestTable.Prepared])
        case bad(String)
    }

    /// Before anything of the old point is touched: whether an interval's content leads to the roots of the trailer, by
    /// the digests that are known since it came, else by reading all of its staging.
    private func judged(
        _ staging: StagingReference, of point: RecoveryPoint, known: KnownInterval?
    ) throws -> Judgement {
        var updates = known?.updates ?? [DigestUpdates](repeating: DigestUpdates(), count: disks.count)
        if known == nil {
            do {
                try forEachStaged(staging) { $0.enterDigests(into: &updates[Int($0.disk)]) }
            } catch let error as ByteCodingError {
                return .bad("staging: \(error)")
            }
        }
        var prepared =
            if let known = known?.prepared?.perDisk {
                try zip(disks, known).map { try $0.table.renewed($1) }
            } else {
                try disks.prepare(updates)
            }
        for trailer in point.disks {
            let disk = Int(trailer.disk)
            guard let root = trailer.root, disks[disk].table.root(with: prepared[disk]) != root else { continue }
            // Not the content may be false but an entry of the table that it is held against.
            try noteRepaired(disks[disk].repairTable(), disk)
            prepared[disk] = try disks[disk].table.renewed(prepared[disk])
            if disks[disk].table.root(with: prepared[disk]) != root { return .bad("digest root of disk \(disk)") }
        }
        return .good(prepared)
    }

    /// Opens the undo file of the coming point, or goes on with the one that passes or a crash left.
    private func beginUndo(for point: RecoveryPoint) throws {
        let needed = point.disks.map(\.blocks)
        try reserve(blocks: needed.reduce(0, +))
        try startUndo(number: point.number)
    }

    /// `number` is nil while passes are written.
    func startUndo(number: UInt64?) throws {
        if case .applying(let file, let old) = state.underway {
            if old != number { try commit("underway") { $0.underway = .applying(undo: file, number: number) } }
            return
        }
        let file = state.nextFile
        let fresh = try BlockFile.create(file, in: directory, geometries, files, contents: contents, worker: packs)
        try commit("underway") {
            _ = $0.takeFile()
            $0.underway = .applying(undo: file, number: number)
        }
        undo = fresh
    }

    /// Replaces content on the disks: the old content is durable in undo before any of it is overwritten. The batch is
    /// written while its caller reads what the next one will overwrite, so that it may still be on its way on return:
    ///
    ///     caller   read old 1, undo 1, sync | read old 2, undo 2, sync | ...
    ///     writes                            | write 1                  | write 2
    ///
    /// A block that two batches hold is in undo since the first of them, so that nothing is read that is being written.
    func overwrite(_ batch: [ChunkContent]) throws {
        try captureOld(of: batch)
        // Of a first copy much is written that has to be synced soon.
        let isFirstCopy = undo == nil
        try writes.begin { [disks] in
            for content in batch { try disks[Int(content.disk)].writeRuns(of: content) }
            if isFirstCopy { for index in Set(batch.map(\.disk)).sorted() { try disks[Int(index)].beginSync() } }
        }
        for content in batch { content.enterDigests(into: &unentered[Int(content.disk), default: DigestUpdates()]) }
    }

    private func captureOld(of batch: [ChunkContent]) throws {
        guard let undo else { return }
        do {
            for content in batch { try capture(content, into: undo) }
            try undo.sync()
        } catch {
            undo.dropPacked()
            throw error
        }
        failpoints.reach("replica.apply.captured")
    }

    /// Reads what a chunk will overwrite and appends it to undo, but for blocks that are there already.
    private func capture(_ content: ChunkContent, into undo: BlockFile) throws {
        let index = Int(content.disk)
        var packer = undo.packer(disk: index)
        for run in content.runs {
            var rest = run.range
            while let piece = undo.captured(index).gap(in: rest, limit: OpenDisk.pieceBlocks) {
                try capture(piece, of: index, into: undo, &packer)
                rest = piece.upperBound..<rest.upperBound
            }
        }
        try undo.append(&packer)
    }

    /// Blocks that decayed are on record before undo takes them for what was there: a crash would hide them.
    private func capture(
        _ piece: BlockRange, of index: Int, into undo: BlockFile, _ packer: inout ChunkPacker
    ) throws {
        let disk = disks[index]
        let known = try disk.table.digests(of: piece)
        let old = try disk.read(piece, knownAsZero: known.allSatisfy { $0 == .zeroContent })
        try old.withUnsafeBytes { old in
            for (offset, digest) in BlockDigest.each(of: old, from: piece.lowerBound).enumerated() {
                let block = piece.lowerBound + offset
                if known[offset] != digest, try !repairEntry(of: block, disk: index) {
                    try markDamaged("disk \(index) block \(block), and perhaps more, differ from their digests")
                }
                let start = offset * blockSize
                let bytes = start..<(start + disk.geometry.byteCount(of: block))
                packer.add(block, UnsafeRawBufferPointer(rebasing: old[bytes]), digest)
                if packer.isFull { try undo.append(&packer) }
            }
        }
    }

    /// Whether the block is what its page's digest says, so that an entry of the table decayed and nothing is lost.
    private func repairEntry(of block: BlockIndex, disk index: Int) throws -> Bool {
        try writes.wait()
        let disk = disks[index]
        let page = block / blocksPerRegion
        let blocks = disk.geometry.blocks(ofRegion: page)
        var leaves = BlockDigest.each(of: try disk.read(blocks), from: blocks.lowerBound)
        if let entered = unentered[index] {
            // Of what passes wrote the table still says what was there before.
            for (place, old) in try disk.table.leaves(ofPage: page).enumerated()
            where entered[blocks.lowerBound + place] != nil { leaves[place] = old }
        }
        guard disk.table.wouldVerify(page: page, with: leaves) else { return false }
        var updates = DigestUpdates()
        updates.set(leaves, from: blocks.lowerBound)
        try disk.table.update(updates)
        try disk.table.sync()
        // Where one decayed, others may have.
        try noteRepaired([page] + disk.repairTable(), index)
        return true
    }

    /// The points that held the lost content say so; the interval being applied brings new content.
    func markDamaged(_ what: String) throws {
        guard state.points.contains(where: { $0.isApplied && $0.damage.isEmpty }) else { return }
        try commit("damage") { state in
            for index in state.points.indices where state.points[index].isApplied {
                if state.points[index].damage.isEmpty { state.points[index].damage = what }
            }
        }
    }

    private func closeUndo() {
        if let undo { indices.keep(undo) }
        undo = nil
    }

    /// Gives a sealed point up by name and takes back what was written of it. Those behind it that were
    /// based on it, or on a point behind it, go with it.
    private func withdraw(_ point: RecoveryPoint, cause: String) throws -> IntakeAnswer {
        try rollBackUnlocked()
        let lost = state.waiting.filter { $0.number >= point.number }
        try commit("withdraw") { state in
            for other in lost { state.withdraw(other, cause: other.id == point.id ? cause : "based on \(point.id)") }
        }
        for other in lost { if let staging = other.staging { try removeStaging(staging.file) } }
        return .needed(number: point.number, position: state.sealed.number, cause: cause)
    }

    /// Back to the position: undo of what passes or a broken-off apply wrote.
    func rollBackUnlocked() throws {
        try settleWrites()
        guard let undo, case .applying = state.underway else { return }
        try undo.forEach { try disks[Int($0.disk)].write($0) }
        for disk in disks { try disk.sync() }
        try commit("rollback") { $0.underway = nil }
        undo.close()
        self.undo = nil
        try removeBlockFile(undo.number)
        try writeLineage(state.unsynced.isEmpty ? .settled : .applying)
    }

    // MARK: staging

    /// Keeps what is known of an interval that was sealed, if not many are.
    func remember(_ staged: Parked) {
        guard let known = staged.known, remembered.count < Self.mostRemembered else { return }
        remembered[staged.staging.file] = known
    }

    func forEachStaged(_ staging: StagingReference, _ visit: (ChunkContent) throws -> Void) throws {
        let file: any File
        do { file = try files.open(stagingPath(staging.file), .read) } catch {
            guard error.code == .notFound else { throw error }
            throw ByteCodingError(.truncated, "\(error)")
        }
        defer { file.close() }
        let records = RecordFile(file, seed: staging.file)
        var offset: Int64 = 0
        var chunks: UInt64 = 0
        while offset < staging.bytes {
            let record = try records.read(at: offset)
            offset = record.end
            guard record.kind == .chunk else { continue }
            var reader = ByteReader(record.body)
            let chunk = try Chunk(from: &reader)
            guard Int(chunk.disk) < geometries.count else { throw ByteCodingError(.value, "disk \(chunk.disk)") }
            chunks += 1
            try visit(try chunk.open(on: geometries[Int(chunk.disk)]))
        }
        guard chunks == staging.chunks else {
            throw ByteCodingError(.truncated, "\(chunks) of \(staging.chunks) staged chunks")
        }
    }

    private func forEachBatch(
        of staging: StagingReference, kept: KeptContent?, _ write: ([ChunkContent]) throws -> Void
    ) throws {
        var batch: [ChunkContent] = []
        var bytes = 0
        func add(_ content: ChunkContent) throws {
            batch.append(content)
            bytes += content.content.count + blockSize
            guard bytes >= batchBytes else { return }
            try write(batch)
            (batch, bytes) = ([], 0)
        }
        if let kept { try kept.consume(add) } else { try forEachStaged(staging, add) }
        if !batch.isEmpty { try write(batch) }
    }
}

extension ReplicaState {
    /// The interval is on the disks.
    mutating func settle(_ point: RecoveryPoint, undo: BlockFileReference?) {
        guard let index = index(of: point.number) else { return }
        for other in points.indices { points[other].redo = nil }
        points[index].staging = nil
        points[index].undo = undo
        position = point.point
        condition = .settled
        underway = nil
        openExtents = []
        changeMaps = nil
        for disk in disks.indices {
            disks[disk].changes = BlockSet()
            disks[disk].suspects = BlockSet()
            disks[disk].lineage.position = position
            disks[disk].lineage.mapReachesBack = position
            disks[disk].lineage.mapCoversAhead = .origin
        }
    }
}
