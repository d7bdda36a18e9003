public import Blocks
internal import Environment

/// What a source does about a target that is not where the source left it: at each welcome, and when an interval
/// turned out to have no base there.
extension MachineTracker {
    /// The first number that is not reserved: a target at or above it proves that this sidecar is an old copy.
    public var unreservedNumber: UInt64 { reserved }

    /// Blocks that must be sent though no write here touched them (the target changed them by itself, or it has no
    /// content at all). They join the open set and the change map.
    public func include(_ blocks: BlockSet, disk index: Int) {
        let disk = disks[index]
        for run in blocks.runs { disk.markForeign(run.clamped(to: disk.geometry.blocks)) }
    }

    /// Blocks that the target may have changed by itself. Not durable: the target says so again to the next stream, as
    /// long as it has not taken an interval.
    public func suspect(_ blocks: BlockSet, disk index: Int) { disks[index].suspect(blocks) }

    /// Of blocks that are to be sent, those of which the target may hold the content already, from an earlier try: they
    /// are compared by digest first. Until an interval that covers them is applied, they stay in the change map.
    public func compareFirst(_ blocks: BlockSet, disk index: Int) {
        let disk = disks[index]
        let held = blocks.intersection(disk.open)
        guard !held.isEmpty else { return }
        disk.isResuming = true
        disk.suspect(held: held)
    }

    /// The target has points of this generation that an earlier incarnation sent, whose end was unclean: what was in
    /// the map then may be there already, because a bit is cleared some time after its interval was applied. So it is
    /// compared before it is sent, once, where that is little. With a limit of nothing it is forgotten: for a target
    /// that holds none of it.
    public func compareInherited(most limit: Int) {
        let inherited = disks.map { $0.inherited.intersection($0.open) }
        for disk in disks { disk.inherited = BlockSet() }
        guard inherited.reduce(0, { $0 + $1.count }) <= limit else { return }
        for (disk, blocks) in zip(disks, inherited) where !blocks.isEmpty { disk.suspect(held: blocks) }
    }

    /// Everything must be sent.
    public func includeAll() {
        for disk in disks where disk.geometry.blockCount > 0 { disk.markForeign(disk.geometry.blocks) }
    }

    /// Every block that is not in the map is to be compared with the target by digest; durable until that is done.
    public func distrust(cause: String) async throws { try await distrust(cause, byRequest: false) }

    /// The same because somebody asked, while nothing speaks against the target: intervals are cut beside it.
    public func compareAll() async throws { try await distrust(SidecarHeader.askedFor, byRequest: true) }

    private func distrust(_ cause: String, byRequest: Bool) async throws {
        for disk in disks {
            disk.suspect(BlockSet(disk.geometry.blocks), byRequest: byRequest)
            disk.differingOfAll = 0
            let sidecar = disk.sidecar
            try await disk.sidecarLane.run { try sidecar.commit { $0.distrust(cause) } }
        }
    }

    /// What was only asked for is called off, durably: blocks that were not compared yet stand as before. A comparison
    /// that has another reason goes on.
    public func stopComparing() async throws {
        for disk in disks where disk.sidecar.header.isComparedByRequest {
            disk.unsuspectRequested()
            let sidecar = disk.sidecar
            try await disk.sidecarLane.run { try sidecar.commit { if $0.isComparedByRequest { $0.trust() } } }
        }
    }

    /// The target arrived at another root than ours. A page of a digest table that contradicts itself has decayed: what
    /// it covers is to be compared, which makes it true again. Where there is none nobody knows why: all is.
    public func doubtDigests(cause: String) async throws {
        var isFound = false
        for disk in disks {
            guard let table = disk.digests else { continue }
            let geometry = disk.geometry
            let decayed = try await disk.sidecarLane.run {
                try (0..<geometry.regionCount).filter { try !table.verify(page: $0) }
            }
            guard let first = decayed.first else { continue }
            isFound = true
            for page in decayed { disk.suspect(BlockSet(geometry.blocks(ofRegion: page))) }
            report(.decayed(disk: disk.index, detail: "digests: page \(first) and \(decayed.count - 1) more"))
        }
        if !isFound { try await distrust(cause: cause) }
    }

    /// The target stands on this point and knows nothing of what came after it here: every interval since, also an
    /// applied one, is void, and the next cut stands on the point.
    public func rebase(on point: PointID, cause: String) {
        void(from: 0, cause: cause)
        for entry in pending {
            for disk in disks { disk.reopen(entry.sets[disk.index]) }
        }
        for disk in disks { disk.proven = BlockSet() }
        pending = []
        lastApplied = point
    }

    /// Numbers below `first` are used at the target: the open interval takes a later one. Only between intervals.
    public func skipNumbers(below first: UInt64) async throws {
        guard number < first else { return }
        let next = first + limits.numberBatch
        for disk in disks {
            let sidecar = disk.sidecar
            try await disk.sidecarLane.run {
                try sidecar.commit { $0.nextInterval = max($0.nextInterval, next) }
            }
        }
        reserved = max(reserved, next)
        number = max(number, first)
    }

    /// What a copy is in the middle of, durably.
    public func setState(_ state: CopyState, disk index: Int) async throws {
        let sidecar = disks[index].sidecar
        try await disks[index].sidecarLane.run { try sidecar.commit { $0.lineage.state = state } }
    }

    /// What a disk's owner says of it.
    public struct DiskStanding: Sendable {
        public let header: SidecarHeader
        /// Blocks in the change map, and blocks to be compared.
        public let changed: Int
        public let suspects: Int
        /// Of the changed ones, those that a move to an older point touched.
        public let ahead: Int
    }

    public func standing(of index: Int) -> DiskStanding {
        let disk = disks[index]
        return DiskStanding(header: disk.sidecar.header, changed: disk.map.count, suspects: disk.suspects.count,
            ahead: min(Int(clamping: disk.sidecar.header.aheadBlocks), disk.map.count))
    }
}

extension Sidecar {
    /// Every block that is not in the map is to be compared, durably, and why. Not while a tracker runs over it.
    public func distrust(cause: String) throws {
        try commit { $0.distrust(cause) }
    }

    /// The disk's owner enters a new generation that starts at `point`, durably: what was closed is open again, map
    /// and numbers go on. Not while a tracker runs over it.
    public func begin(_ generation: Generation, at point: PointID, state: CopyState? = nil) throws {
        try commit { header in
            header.generation = generation
            header.isClosed = false
            header.lineage.begin(generation, at: point)
            if let state { header.lineage.state = state }
        }
    }
}
