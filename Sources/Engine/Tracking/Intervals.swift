internal import Blocks
internal import Environment

extension MachineTracker {
    /// The point after which everything un-settled changed: the youngest pending interval still good, else the
    /// last applied one.
    var base: PointID { pending.last?.interval.point ?? lastApplied }

    /// Reserves further interval numbers durably, so that `cut` needs memory only.
    public func prepareCut() async throws {
        guard !isReserving, reserved - number < limits.numberBatch / 2 || reserved == number else { return }
        isReserving = true
        defer { isReserving = false }
        let next = number + limits.numberBatch
        for disk in disks {
            let sidecar = disk.sidecar
            try await disk.sidecarLane.run {
                try sidecar.commit { $0.nextInterval = max($0.nextInterval, next) }
            }
        }
        reserved = max(reserved, next)
    }

    /// Closes the open interval on all disks at one instant, in memory. Mutations in flight finish in it.
    public func cut() throws(TrackingError) -> Interval {
        guard frozen == nil, !isPassRunning else { throw .notReadOut }
        // A copy into the store of a voided interval may still be writing to the spill file.
        guard disks.allSatisfy({ $0.asideCopies == 0 }) else { throw .notReadOut }
        guard pending.count < limits.pendingIntervals else { throw .tooManyPending }
        guard number < reserved else { throw .numbersExhausted }
        var sets: [BlockSet] = []
        for disk in disks {
            disk.frozen = disk.open
            disk.unread = disk.open
            sets.append(disk.open.union(disk.passSent))
            disk.open = BlockSet()
            disk.passSent = BlockSet()
        }
        let interval = Interval(
            generation: generation, incarnation: incarnation, number: number, base: base,
            cutAt: environment.clock.now(), sizes: disks.map { $0.geometry.size },
            blocks: disks.map { $0.unread.count })
        frozen = Frozen(interval: interval, sets: sets, counts: disks.map(\.counts))
        number += 1
        pass += 1
        return interval
    }

    /// Takes at most `limit` blocks over all disks out of the open set, to be read as a pass of the coming
    /// interval, while guests go on writing. Their durable bits stay. Returns the pass number and its blocks.
    public func beginPass(limit: Int) throws(TrackingError) -> (pass: Int, blocks: Int) {
        guard frozen == nil, !isPassRunning else { throw .notReadOut }
        var left = limit
        for disk in disks {
            while left > 0, let run = disk.open.run(from: 0, limit: left) {
                disk.open.remove(run)
                disk.unread.insert(run)
                disk.passSent.insert(run)
                left -= run.count
            }
        }
        isPassRunning = true
        pass += 1
        return (pass, limit - left)
    }

    /// Content of the frozen interval, or of the running pass, in disk and block order; nil when all is read.
    /// One caller at a time.
    public func nextChunk() async throws -> ChunkContent? {
        guard frozen != nil || isPassRunning else { throw TrackingError.nothingFrozen }
        precondition(!isReading, "one reader at a time")
        isReading = true
        defer { isReading = false }
        for disk in disks where !disk.unread.isEmpty {
            return try await readChunk(of: disk)
        }
        isPassRunning = false
        return nil
    }

    private func readChunk(of disk: DiskTracker) async throws -> ChunkContent {
        let epoch = readEpoch
        let coming = frozen?.interval.number ?? number
        var builder = ChunkBuilder()
        var scanned = 0
        while scanned < limits.chunkScanBlocks {
            let runs = disk.unreadRuns(limit: (limits.chunkBytes - builder.payload.count) / blockSize)
            guard !runs.isEmpty else { break }
            let pieces = try await read(runs, of: disk, in: epoch)
            for piece in pieces {
                disk.readDigests.set(piece.digests, from: piece.blocks.lowerBound)
                noteShipped(piece.digests, piece.blocks, disk)
                disk.unread.remove(piece.blocks)
                scanned += piece.blocks.count
            }
            builder.append(pieces)
        }
        defer { chunkSequence += 1 }
        return ChunkContent(
            interval: coming, disk: disk.index, pass: pass, sequence: chunkSequence, runs: builder.runs,
            payload: builder.payload, digests: builder.digests)
    }

    /// Reads runs that lie apart in one go: all are locked at one instant, so that no two readers wait for each other,
    /// and one call of a lane reads and digests them all.
    private func read(_ runs: [BlockRange], of disk: DiskTracker, in epoch: UInt64) async throws -> [ReadPiece] {
        let tickets = runs.map { disk.locks.register($0) }
        defer { for ticket in tickets { disk.locks.release(ticket) } }
        for ticket in tickets { await granted(ticket, disk) }
        guard readEpoch == epoch else { throw TrackingError.voided }
        let (backing, geometry) = (disk.backing, disk.geometry)
        let aside = frozen == nil ? nil : disk.aside
        let pieces = try await disk.ioLane().run {
            try runs.map { try ReadPiece($0, of: backing, geometry, aside: aside) }
        }
        guard readEpoch == epoch else { throw TrackingError.voided }
        return pieces
    }

    private func noteShipped(_ digests: [BlockDigest], _ run: BlockRange, _ disk: DiskTracker) {
        guard let digest = digests.last else { return }
        disk.lastShipped.removeAll { run.contains($0.block) }
        disk.lastShipped.append(.init(block: run.upperBound - 1, digest: digest))
        if disk.lastShipped.count > SidecarHeader.longestSample { disk.lastShipped.removeFirst() }
    }

    /// Ends the frozen interval, which must be read out: it becomes pending.
    public func trailer() async throws -> IntervalTrailer {
        guard let frozen else { throw TrackingError.nothingFrozen }
        guard disks.allSatisfy({ $0.unread.isEmpty }), !isReading else { throw TrackingError.notReadOut }
        let epoch = readEpoch
        var results: [IntervalTrailer.Disk] = []
        for disk in disks {
            var updates = disk.settledDigests
            for entry in pending { updates.merge(entry.digests[disk.index]) }
            updates.merge(disk.readDigests)
            let all = updates
            let table = disk.digests
            // Of a block that is still to be compared nobody knows the digest.
            let isKnown = disk.suspects.isEmpty
            let root = try await disk.sidecarLane.run { isKnown ? try table?.root(with: all) : nil }
            results.append(
                IntervalTrailer.Disk(
                    size: disk.geometry.size, blocks: frozen.sets[disk.index].count, root: root,
                    counts: frozen.counts[disk.index]))
        }
        guard readEpoch == epoch else { throw TrackingError.voided }
        pending.append(
            Pending(interval: frozen.interval, sets: frozen.sets, digests: disks.map(\.readDigests)))
        let trailer = IntervalTrailer(interval: frozen.interval, chunks: chunkSequence, disks: results)
        endReading()
        return trailer
    }

    /// The target applied the interval and all before it. Bits are cleared after a later sync of the disk.
    public func acknowledgeApplied(_ number: UInt64) {
        guard let last = pending.lastIndex(where: { $0.interval.number <= number }) else { return }
        for index in 0...last { pending[index].isApplied = true }
        lastApplied = max(lastApplied, pending[last].interval.point)
    }

    /// Gives up every interval from this number on that is not applied: their blocks return to the open set,
    /// so that the next cut stands on what came before. Numbers are not used again.
    ///
    /// - Returns: the numbers given up, for the report of skipped points.
    @discardableResult
    public func void(from number: UInt64, cause: String) -> [UInt64] {
        var skipped: [UInt64] = []
        while let last = pending.last, last.interval.number >= number, !last.isApplied {
            for disk in disks { disk.reopen(last.sets[disk.index]) }
            skipped.insert(last.interval.number, at: 0)
            pending.removeLast()
        }
        if let frozen, frozen.interval.number >= number || !skipped.isEmpty {
            for disk in disks { disk.reopen(frozen.sets[disk.index]) }
            skipped.append(frozen.interval.number)
            readEpoch += 1
            endReading()
        } else if frozen == nil, pass > 0 {
            for disk in disks { disk.reopen(disk.passSent) }
            readEpoch += 1
            endReading()
        }
        if !skipped.isEmpty { report(.voided(intervals: skipped, cause: cause)) }
        return skipped
    }

    private func endReading() {
        frozen = nil
        isPassRunning = false
        pass = 0
        chunkSequence = 0
        for disk in disks {
            disk.frozen = BlockSet()
            disk.unread = BlockSet()
            disk.passSent = BlockSet()
            disk.readDigests = DigestUpdates()
            disk.dropAside()
        }
    }
}

/// A run as it was read, with its digests.
private struct ReadPiece: Sendable {
    let blocks: BlockRange
    let content: [UInt8]
    let digests: [BlockDigest]

    /// Under the range lock: what was put aside, else what the disk holds.
    init(_ run: BlockRange, of backing: any BackingDisk, _ geometry: DiskGeometry, aside: AsideStore?) throws {
        blocks = run
        var bytes = try backing.read(geometry.byteCount(of: run), at: geometry.offset(of: run.lowerBound))
        if let aside {
            for block in run {
                let count = geometry.byteCount(of: block)
                guard let kept = try aside.take(block, count: count) else { continue }
                let start = (block - run.lowerBound) * blockSize
                bytes.replaceSubrange(start..<(start + count), with: kept)
            }
        }
        content = bytes
        digests = BlockDigest.each(of: bytes, from: run.lowerBound)
    }

    /// Whether the block at this place is all zero. Its digest is asked first; where that is the digest of zeros, the
    /// content still decides.
    func isZero(_ place: Int) -> Bool {
        guard digests[place] == .zeroContent else { return false }
        let bytes = (place * blockSize)..<min((place + 1) * blockSize, content.count)
        return content.withUnsafeBytes { Blocks.isZero(UnsafeRawBufferPointer(rebasing: $0[bytes])) }
    }
}

/// Gathers runs of one disk into a chunk, zero blocks apart from the others.
private struct ChunkBuilder {
    var runs: [ChunkRun] = []
    var payload: [UInt8] = []
    var digests: [BlockDigest] = []

    mutating func append(_ pieces: [ReadPiece]) {
        payload.reserveCapacity(payload.count + pieces.reduce(0) { $0 + $1.content.count })
        for piece in pieces { append(piece) }
    }

    private mutating func append(_ piece: ReadPiece) {
        var position = 0
        while position < piece.digests.count {
            let isZero = piece.isZero(position)
            var end = position + 1
            while end < piece.digests.count, piece.isZero(end) == isZero { end += 1 }
            extend(piece.blocks.lowerBound + position, end - position, isZero)
            if !isZero {
                let bytes = (position * blockSize)..<min(end * blockSize, piece.content.count)
                payload.append(contentsOf: piece.content[bytes])
                digests.append(contentsOf: piece.digests[position..<end])
            }
            position = end
        }
    }

    private mutating func extend(_ first: BlockIndex, _ count: Int, _ isZero: Bool) {
        if let last = runs.last, last.isZero == isZero, last.firstBlock + last.blockCount == first {
            runs[runs.count - 1] = ChunkRun(
                firstBlock: last.firstBlock, blockCount: last.blockCount + count, isZero: isZero)
        } else {
            runs.append(ChunkRun(firstBlock: first, blockCount: count, isZero: isZero))
        }
    }
}
