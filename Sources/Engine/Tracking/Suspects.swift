public import Blocks
internal import Environment

extension MachineTracker {
    /// Credit and a peer, or why there is none.
    public func setCredit(_ cause: String?) {
        noCreditCause = cause.map { ($0, environment.clock.now()) }
    }

    public func status() -> ReplicationStatus {
        let suspects = disks.reduce(0) { $0 + $1.suspects.count }
        let (state, cause): (ReplicationStatus.State, String) =
            if let noCreditCause {
                (.tracking, noCreditCause.cause)
            } else if suspects > 0 {
                (.resynchronizing, "blocks to compare: \(doubt)")
            } else if pass > 0, frozen == nil {
                (.catchingUp, "pass \(pass)")
            } else {
                (.streaming, "")
            }
        if stateSince.state != state || stateSince.cause != cause {
            stateSince = (state, cause, stateSince.state == state ? stateSince.since : environment.clock.now())
        }
        return ReplicationStatus(
            state: state, cause: cause, since: stateSince.since,
            openBlocks: disks.reduce(0) { $0 + $1.open.count },
            unreadBlocks: disks.reduce(0) { $0 + $1.unread.count },
            pendingBlocks: pending.reduce(0) { $0 + $1.sets.reduce(0) { $0 + $1.count } },
            suspectBlocks: suspects, comparedBlocks: compared.blocks, differingBlocks: compared.differing,
            isByRequest: suspects > 0 && disks.allSatisfy(\.doubts.isEmpty),
            differingOfAll: disks.reduce(0) { $0 + $1.differingOfAll }, unchangedBlocks: unchangedBlocks)
    }

    /// Why blocks are in doubt, of the first disk that has any.
    private var doubt: String {
        guard let disk = disks.first(where: { !$0.suspects.isEmpty }) else { return "" }
        let lost = disk.sidecar.header.trackingLost
        if disk.isResuming { return "the first copy goes on where it stands" }
        if disk.sidecar.header.isComparedByRequest { return lost }
        return lost.isEmpty ? "the disk was not closed in order, or the target's copy was not" : lost
    }

    /// The point the next cut will stand on.
    public func position() -> (lastApplied: PointID, base: PointID, number: UInt64) { (lastApplied, base, number) }

    /// The next suspect blocks of any disk, to the next multiple of `limit` blocks, with the digests of what they
    /// hold; a hole is told in one, up to `longestHole` of them. nil when none is left. `after` goes on behind what was
    /// handed out before without an answer yet.
    public func suspectsToCompare(
        after: (disk: Int, block: BlockIndex)? = nil, most limit: Int = blocksPerRegion, longestHole: Int = 0
    ) async throws -> SuspectBlocks? {
        // What is in doubt holds points back, and comes before what was only asked for.
        let hasDoubts = disks.contains { !$0.doubts.isEmpty }
        for disk in disks where disk.index >= (after?.disk ?? 0) {
            let start = after.map { $0.disk == disk.index ? $0.block : 0 } ?? 0
            let left = hasDoubts ? disk.doubts : disk.suspects
            guard let run = left.run(from: start, limit: max(limit, longestHole)) else { continue }
            let epoch = disk.doubtEpoch
            if longestHole > 0, let hole = try await suspectHole(run, of: disk) {
                return SuspectBlocks(disk: disk.index, blocks: hole, digests: nil, epoch: epoch)
            }
            let blocks = run.lowerBound..<min(run.upperBound, (run.lowerBound / limit + 1) * limit)
            var digests: [BlockDigest] = []
            // No writer waits for more than a region of them to be read.
            for piece in blocks.cut(every: blocksPerRegion) { digests += try await self.digests(of: piece, disk) }
            return SuspectBlocks(disk: disk.index, blocks: blocks, digests: digests, epoch: epoch)
        }
        return nil
    }

    private func digests(of blocks: BlockRange, _ disk: DiskTracker) async throws -> [BlockDigest] {
        let ticket = disk.locks.register(blocks)
        await granted(ticket, disk)
        defer { disk.locks.release(ticket) }
        let backing = disk.backing
        return try await disk.readLane.run {
            try backing.digests(of: blocks)
        }
    }

    /// The whole blocks of a hole of the disk that these begin with; nil where they do not, or it is short.
    private func suspectHole(_ blocks: BlockRange, of disk: DiskTracker) async throws -> BlockRange? {
        let ticket = disk.locks.register(blocks)
        await granted(ticket, disk)
        defer { disk.locks.release(ticket) }
        let (backing, geometry) = (disk.backing, disk.geometry)
        let first = try await disk.readLane.run {
            try backing.extents(
                at: geometry.offset(of: blocks.lowerBound), count: Int64(geometry.byteCount(of: blocks)), limit: 1
            ).first
        }
        guard let first, first.isHole else { return nil }
        let end = geometry.offset(of: blocks.lowerBound) + first.count
        let last = end >= geometry.size ? blocks.upperBound : Int(end / Int64(blockSize))
        return last - blocks.lowerBound >= Self.smallestHole ? blocks.lowerBound..<last : nil
    }

    /// The target's answer about single blocks: which of these differ from its newest sealed point. They join the open
    /// set; the others are settled. Blocks written meanwhile are in the open set already.
    public func settleSuspects(_ answered: SuspectBlocks, differing: BlockSet) {
        settleEqual(answered, except: differing)
        let disk = disks[answered.disk]
        guard answered.epoch == disk.doubtEpoch else { return }
        var position = answered.blocks.lowerBound
        while let run = differing.run(from: position, limit: answered.blocks.upperBound - position) {
            for block in run.clamped(to: answered.blocks) where disk.suspects.contains(block) {
                compared.blocks += 1
                compared.differing += 1
                disk.differingOfAll += 1
                disk.mark(block..<(block + 1))
            }
            position = run.upperBound
            if position >= answered.blocks.upperBound { break }
        }
        if disk.suspects.isEmpty { disk.isResuming = false }
    }

    /// The target's answer about ranges: all but those in `differing` are the same at both ends.
    public func settleEqual(_ answered: SuspectBlocks, except differing: BlockSet) {
        let disk = disks[answered.disk]
        guard answered.epoch == disk.doubtEpoch else { return }
        let end = answered.blocks.upperBound
        var position = answered.blocks.lowerBound
        while position < end {
            let bad = differing.run(from: position, limit: end - position)?.clamped(to: answered.blocks)
            let same = position..<(bad.map { $0.isEmpty ? end : $0.lowerBound } ?? end)
            settle(same, of: answered, disk)
            position = max(same.upperBound, bad?.upperBound ?? end)
        }
        if disk.suspects.isEmpty { disk.isResuming = false }
    }

    private func settle(_ same: BlockRange, of answered: SuspectBlocks, _ disk: DiskTracker) {
        var position = same.lowerBound
        while position < same.upperBound,
            let run = disk.suspects.run(from: position, limit: same.upperBound - position)?.clamped(to: same),
            !run.isEmpty
        {
            position = run.upperBound
            compared.blocks += run.count
            disk.comparedUnsettled += run.count
            disk.unsuspect(run)
            if answered.isZero {
                disk.settledDigests.setZero(run)
            } else {
                disk.settledDigests.set(answered.digests(of: run), from: run.lowerBound)
            }
            guard disk.map.count(in: run) > 0 else { continue }
            // It was to be sent, and is there: as if a pass had sent it.
            for block in run where disk.map.contains(block) { disk.passSent.insert(block) }
        }
    }

    /// Source scrub of one region: blocks in no set whose content is not what the digest table says were changed by a
    /// write that was not tracked. They join the open set and are reported. A page of the table that contradicts itself
    /// has decayed, and says nothing of the disk: what it covers is to be compared. nil where nothing is known of the
    /// region: there is no table, or tracking was lost.
    public func scrub(disk index: Int, region: Int) async throws -> [BlockIndex]? {
        let disk = disks[index]
        let blocks = disk.geometry.blocks(ofRegion: region)
        guard let table = disk.digests, !disk.isTrackingLost else { return nil }
        guard !blocks.isEmpty else { return [] }
        let ticket = disk.locks.register(blocks)
        await granted(ticket, disk)
        defer { disk.locks.release(ticket) }
        let known = blocks.filter { !disk.map.contains($0) && !disk.suspects.contains($0) }
        guard !known.isEmpty else { return [] }
        // What was compared and found equal is not in the table yet.
        let settled = disk.settledDigests
        let backing = disk.backing
        let actual = try await disk.readLane.run { try backing.digests(of: blocks) }
        let (leaves, isWhole) = try await disk.sidecarLane.run {
            (try table.leaves(ofPage: region), try table.verify(page: region))
        }
        let bad = known.filter { block in
            let place = block - blocks.lowerBound
            return actual[place] != settled[block] ?? leaves[place]
        }
        guard bad.isEmpty || isWhole else {
            disk.suspect(BlockSet(blocks))
            report(.decayed(disk: index, detail: "digests: page \(region) and 0 more"))
            return []
        }
        for block in bad where !disk.map.contains(block) {
            disk.markWritten(block..<(block + 1))
            report(.untrackedChange(disk: index, block: block))
        }
        return bad
    }
}
