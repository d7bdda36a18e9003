internal import Blocks
internal import Environment

/// Reading what a cut or a pass holds: holes are told without being read.
extension MachineTracker {
    /// Content of the frozen interval, or of the running pass, of each disk in block order; nil when all is read.
    /// Disks are read side by side, so that one that is slow holds up none of the others. One caller at a time.
    public func nextChunk() async throws -> ChunkContent? {
        guard frozen != nil || isPassRunning else { throw TrackingError.nothingFrozen }
        precondition(!isReading, "one reader at a time")
        isReading = true
        defer { isReading = false }
        if let chunk = try await nextOfAnyDisk() { return chunk }
        isPassRunning = false
        return nil
    }

    /// nil where the target holds all that was read.
    func readChunk(of disk: DiskTracker) async throws -> ChunkContent? {
        let epoch = readEpoch
        let coming = frozen?.interval.number ?? number
        var builder = ChunkBuilder()
        var scanned = 0
        // What is missing to a full chunk may be a few blocks, which are not worth another read.
        let room = limits.chunkBytes / blockSize
        while scanned < limits.chunkScanBlocks, builder.runs.count <= limits.chunkRuns,
            builder.digests.count <= room * 3 / 4
        {
            if let hole = try await hole(of: disk, limit: limits.chunkScanBlocks - scanned, in: epoch) {
                disk.readDigests.setZero(hole)
                noteShipped(.zeroContent, hole, disk)
                disk.unread.remove(hole)
                disk.unsent.remove(hole)
                scanned += hole.count
                builder.append(hole: hole)
                continue
            }
            let runs = disk.unreadRuns(limit: room - builder.digests.count)
            guard !runs.isEmpty else { break }
            let read = try await read(runs, of: disk, in: epoch)
            for (blocks, digests) in zip(runs, read.digests) {
                disk.readDigests.set(digests, from: blocks.lowerBound)
                if let last = digests.last { noteShipped(last, blocks, disk) }
                disk.unread.remove(blocks)
                disk.unsent.remove(blocks)
                scanned += blocks.count
            }
            disk.leaveOut(read.unchanged)
            unchangedBlocks += read.unchanged.count
            builder.append(read.content)
        }
        await foldPass(of: disk)
        guard readEpoch == epoch else { throw TrackingError.voided }
        if builder.runs.isEmpty { return nil }
        defer { chunkSequence += 1 }
        return ChunkContent(
            interval: coming, disk: disk.index, pass: pass, sequence: chunkSequence, runs: builder.runs,
            payload: builder.payload, digests: builder.digests)
    }

    /// Digests of a long pass go to the table at once: in memory they take 16 bytes for each block of the disk. In the
    /// table they are worth nothing until the interval is applied, as the map says durably.
    private func foldPass(of disk: DiskTracker) async {
        guard frozen == nil, pending.isEmpty, let table = disk.digests, !disk.isTrackingLost,
            disk.readDigests.count > limits.mostReadDigests
        else { return }
        let unsaid = disk.dirtyMap.union(disk.committingMap)
        if !unsaid.isEmpty {
            // Its failure is on record, or will fail the next cold write.
            guard (try? await commit(disk, map: unsaid)) != nil else { return }
        }
        guard frozen == nil, pending.isEmpty, !disk.isTrackingLost else { return }
        var updates = disk.takeSettledDigests()
        defer { disk.foldsOfSettled -= 1 }
        updates.merge(disk.readDigests)
        let all = updates
        disk.readDigests = DigestUpdates()
        disk.isTableUnsynced = true
        do { try await disk.sidecarLane.run { try table.update(all) } } catch {
            var again = all
            again.merge(disk.settledDigests)
            disk.settledDigests = again
            report(.syncFailed(disk: disk.index, detail: "digests of a pass: \(error)"))
        }
    }

    /// Reads runs that lie apart in one go: all are locked at one instant, so that no two readers wait for each other,
    /// and one call of a lane reads and digests them all. That lane is the reader's: no guest waits behind it.
    private func read(
        _ runs: [BlockRange], of disk: DiskTracker, in epoch: UInt64
    ) async throws -> (content: ChunkBuilder, digests: [[BlockDigest]], unchanged: [BlockIndex]) {
        let ticket = disk.locks.register(runs)
        defer { disk.locks.release(ticket) }
        await granted(ticket, disk)
        guard readEpoch == epoch else { throw TrackingError.voided }
        let (backing, geometry) = (disk.backing, disk.geometry)
        let aside = frozen == nil ? nil : disk.aside
        let proven = ProvenContent(of: runs, on: disk, pending: pending)
        let read: (ChunkBuilder, [[BlockDigest]], [BlockIndex])
        do {
            read = try await disk.readLane.run {
                var place = 0
                let pieces = try runs.map { run in
                    defer { place += run.count }
                    let known = proven?.digests(of: run, at: place) ?? []
                    return try ReadPiece(run, of: backing, geometry, aside: aside, known: known)
                }
                return (ChunkBuilder(pieces), pieces.map(\.digests), pieces.flatMap(\.unchanged))
            }
        } catch let error as ByteCodingError {
            // What was put aside is not what it was: the next interval holds these blocks as they are then.
            if readEpoch == epoch, let frozen { void(from: frozen.interval.number, cause: "\(error)") }
            throw TrackingError.voided
        }
        guard readEpoch == epoch else { throw TrackingError.voided }
        return read
    }

    /// The next unread blocks, at most `limit` of them, if they lie in a hole of the disk and nothing was put aside for
    /// them: they are zero without being read. nil if the next block is to be read.
    private func hole(of disk: DiskTracker, limit: Int, in epoch: UInt64) async throws -> BlockRange? {
        guard let run = disk.unread.run(from: 0, limit: limit), run.count >= Self.smallestHole,
            !disk.known.contains(run.lowerBound)
        else { return nil }
        let ticket = disk.locks.register(run)
        defer { disk.locks.release(ticket) }
        await granted(ticket, disk)
        guard readEpoch == epoch else { throw TrackingError.voided }
        let (backing, geometry) = (disk.backing, disk.geometry)
        let aside = frozen == nil ? nil : disk.aside
        let first = try await disk.readLane.run {
            // One hole or one piece of data.
            try backing.extents(
                at: geometry.offset(of: run.lowerBound), count: Int64(geometry.byteCount(of: run)), limit: 1
            ).first
        }
        guard readEpoch == epoch else { throw TrackingError.voided }
        guard let first, first.count > 0 else { return nil }
        let end = geometry.offset(of: run.lowerBound) + first.count
        guard first.isHole else {
            // Not asked again before its end. Reading what has become a hole meanwhile is right as well.
            disk.known = run.lowerBound..<max(run.lowerBound + 1, Int(end / Int64(blockSize)))
            return nil
        }
        let whole = run.lowerBound..<(end >= geometry.size ? run.upperBound : Int(end / Int64(blockSize)))
        // A block that became a hole after the cut had content at the cut.
        let held = aside.flatMap { aside in whole.first { aside.contains($0) } } ?? whole.upperBound
        guard held > whole.lowerBound else { return nil }
        return whole.lowerBound..<held
    }

    /// Unread runs shorter than this are read without asking for holes: a question costs about as much.
    static let smallestHole = 16

    private func noteShipped(_ digest: BlockDigest, _ run: BlockRange, _ disk: DiskTracker) {
        disk.lastShipped.removeAll { run.contains($0.block) }
        disk.lastShipped.append(.init(block: run.upperBound - 1, digest: digest))
        if disk.lastShipped.count > SidecarHeader.longestSample { disk.lastShipped.removeFirst() }
    }
}

/// A run as it was read, with its digests.
private struct ReadPiece: Sendable {
    let blocks: BlockRange
    let content: [UInt8]
    let digests: [BlockDigest]
    /// Of each block, whether the target holds the same; empty where nothing is proven.
    private let isUnchanged: [Bool]

    /// Under the range lock: what was put aside, else what the disk holds.
    ///
    /// - known: what the target holds, where that is proven; empty where nothing is.
    init(
        _ run: BlockRange, of backing: any BackingDisk, _ geometry: DiskGeometry, aside: AsideStore?,
        known: [BlockDigest?]
    ) throws {
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
        isUnchanged = zip(known, digests).map { $0 == $1 }
    }

    var unchanged: [BlockIndex] { isUnchanged.indices.filter { isUnchanged[$0] }.map { blocks.lowerBound + $0 } }

    enum Kind {
        case data
        case zero
        case unchanged
    }

    /// Neighbours of one kind; places count from the first block.
    var stretches: [(kind: Kind, places: Range<Int>)] {
        var out: [(kind: Kind, places: Range<Int>)] = []
        var position = 0
        while position < digests.count {
            let kind = kind(position)
            var end = position + 1
            while end < digests.count, self.kind(end) == kind { end += 1 }
            out.append((kind, position..<end))
            position = end
        }
        return out
    }

    /// Where these blocks lie in the content.
    func bytes(_ places: Range<Int>) -> Range<Int> {
        (places.lowerBound * blockSize)..<min(places.upperBound * blockSize, content.count)
    }

    /// Of the block at this place. For zeros its digest is asked first; where that is the digest of zeros, the content
    /// still decides.
    private func kind(_ place: Int) -> Kind {
        if !isUnchanged.isEmpty, isUnchanged[place] { return .unchanged }
        guard digests[place] == .zeroContent else { return .data }
        let bytes = bytes(place..<(place + 1))
        return content.withUnsafeBytes { Blocks.isZero(UnsafeRawBufferPointer(rebasing: $0[bytes])) } ? .zero : .data
    }
}

/// Gathers runs of one disk into a chunk, zero blocks apart from the others and unchanged ones left out.
private struct ChunkBuilder: Sendable {
    var runs: [ChunkRun] = []
    var payload: [UInt8] = []
    var digests: [BlockDigest] = []

    init() {}

    /// The content of a single piece that goes as a whole is not copied.
    init(_ pieces: [ReadPiece]) {
        if let piece = pieces.first, pieces.count == 1, piece.stretches.allSatisfy({ $0.kind == .data }) {
            _ = enter(piece)
            payload = piece.content
            return
        }
        payload.reserveCapacity(pieces.reduce(0) { $0 + $1.content.count })
        for piece in pieces {
            for places in enter(piece) { payload += piece.content[piece.bytes(places)] }
        }
    }

    mutating func append(hole: BlockRange) { extend(hole.lowerBound, hole.count, true) }

    mutating func append(_ next: ChunkBuilder) {
        guard !runs.isEmpty else { return self = next }
        for run in next.runs { extend(run.firstBlock, run.blockCount, run.isZero) }
        payload += next.payload
        digests += next.digests
    }

    /// The runs of a piece and their digests; answers the places whose content goes with them.
    private mutating func enter(_ piece: ReadPiece) -> [Range<Int>] {
        var kept: [Range<Int>] = []
        for (kind, places) in piece.stretches where kind != .unchanged {
            extend(piece.blocks.lowerBound + places.lowerBound, places.count, kind == .zero)
            guard kind == .data else { continue }
            digests += piece.digests[places]
            kept.append(places)
        }
        return kept
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
