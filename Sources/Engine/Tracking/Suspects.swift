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
            suspectBlocks: suspects, comparedBlocks: compared.blocks, differingBlocks: compared.differing)
    }

    /// Why blocks are in doubt, of the first disk that has any.
    private var doubt: String {
        guard let disk = disks.first(where: { !$0.suspects.isEmpty }) else { return "" }
        let lost = disk.sidecar.header.trackingLost
        if disk.isResuming { return "the first copy goes on where it stands" }
        return lost.isEmpty ? "the disk was not closed in order, or the target's copy was not" : lost
    }

    /// The point the next cut will stand on.
    public func position() -> (lastApplied: PointID, base: PointID, number: UInt64) { (lastApplied, base, number) }

    /// The next suspect blocks of any disk, at most one region, with the digests of what they hold; nil when
    /// none is left. `after` goes on behind what was handed out before without an answer yet.
    public func suspectsToCompare(after: (disk: Int, block: BlockIndex)? = nil) async throws -> SuspectBlocks? {
        for disk in disks where disk.index >= (after?.disk ?? 0) {
            let start = after.map { $0.disk == disk.index ? $0.block : 0 } ?? 0
            guard let run = disk.suspects.run(from: start, limit: blocksPerRegion) else { continue }
            let ticket = disk.locks.register(run)
            await granted(ticket, disk)
            defer { disk.locks.release(ticket) }
            let (backing, geometry) = (disk.backing, disk.geometry)
            let content = try await disk.ioLane().run {
                try backing.read(geometry.byteCount(of: run), at: geometry.offset(of: run.lowerBound))
            }
            return SuspectBlocks(
                disk: disk.index, blocks: run, digests: BlockDigest.each(of: content, from: run.lowerBound))
        }
        return nil
    }

    /// The target's answer: which of these blocks differ from its newest sealed point. They join the open set;
    /// the others are settled. Blocks written meanwhile are in the open set already.
    public func settleSuspects(_ answered: SuspectBlocks, differing: BlockSet) {
        let disk = disks[answered.disk]
        for (index, block) in answered.blocks.enumerated() where disk.suspects.contains(block) {
            compared.blocks += 1
            if differing.contains(block) {
                compared.differing += 1
                disk.mark(block..<(block + 1))
            } else {
                disk.suspects.remove(block)
                disk.settledDigests[block] = answered.digests[index]
                // It was to be sent, and is there: as if a pass had sent it.
                if disk.map.contains(block) { disk.passSent.insert(block) }
            }
        }
        if disk.suspects.isEmpty { disk.isResuming = false }
    }

    /// Source scrub of one region: blocks in no set whose content is not what the digest table says were
    /// changed by a write that was not tracked. They join the open set and are reported.
    public func scrub(disk index: Int, region: Int) async throws -> [BlockIndex] {
        let disk = disks[index]
        let blocks = disk.geometry.blocks(ofRegion: region)
        guard let table = disk.digests, !blocks.isEmpty else { return [] }
        let ticket = disk.locks.register(blocks)
        await granted(ticket, disk)
        defer { disk.locks.release(ticket) }
        let known = blocks.filter { !disk.map.contains($0) && !disk.suspects.contains($0) }
        let (backing, geometry) = (disk.backing, disk.geometry)
        let bad = try await disk.sidecarLane.run {
            let leaves = try table.leaves(ofPage: region)
            return try known.filter { block in
                let content = try backing.read(geometry.byteCount(of: block), at: geometry.offset(of: block))
                return BlockDigest(content, at: block) != leaves[block - blocks.lowerBound]
            }
        }
        for block in bad where !disk.map.contains(block) {
            disk.markWritten(block..<(block + 1))
            report(.untrackedChange(disk: index, block: block))
        }
        return bad
    }
}
