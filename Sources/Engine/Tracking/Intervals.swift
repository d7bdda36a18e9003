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
            // What a pass sent is there with that content, if anything is.
            disk.proven.subtract(disk.passSent)
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
                if disk.passSent.count(in: run) > 0 { disk.proven.remove(run) }
                disk.unread.insert(run)
                disk.passSent.insert(run)
                left -= run.count
            }
        }
        isPassRunning = true
        pass += 1
        return (pass, limit - left)
    }

    /// A part of a sweep is sent under a number that no other one of this incarnation has: who holds a pass of an
    /// earlier stream does not take it for one of the next.
    public func nextPass() -> UInt32 {
        passesSent &+= 1
        return passesSent
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
        } else if frozen == nil, pass > 0 || disks.contains(where: { !$0.passSent.isEmpty }) {
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
            disk.known = 0..<0
            disk.dropAside()
        }
    }
}
