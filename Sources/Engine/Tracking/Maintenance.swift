internal import Blocks
internal import Environment

extension MachineTracker {
    /// Lazy work until `shutDown`: map pages once a second, the own sync and the settling of applied intervals
    /// at the latest every 30 seconds while something waits for them, cooling.
    public func run() async {
        while !isStopped {
            do { try await environment.clock.sleep(for: limits.mapFlushEvery) } catch { return }
            if isStopped { return }
            await tick()
        }
    }

    func tick() async {
        let now = environment.clock.now()
        let isCrowded = disks.contains(where: \.isCrowded)
        // What is not settled is sent again after a crash: much of it, such as a first copy, does not wait.
        let unsettled = pending.prefix { $0.isApplied }.reduce(0) { $0 + $1.sets.reduce(0) { $0 + $1.count } }
        let isWaiting = pending.contains { $0.isApplied } || disks.contains { !$0.hot.isEmpty }
        // Intervals too short for `ownSyncEvery` do not wait until there is no room for another.
        let isFull = pending.first?.isApplied == true && pending.count >= limits.pendingIntervals / 2
        let isDue = isWaiting && now - lastOwnSync >= limits.ownSyncEvery
        // What a comparison found to be the same takes memory until it is settled, and work again after a crash.
        let isComparing = disks.contains {
            $0.settledDigests.count >= limits.mostReadDigests || $0.comparedUnsettled >= limits.mostCompared
        }
        if isCrowded || isFull || isDue || isComparing || unsettled >= limits.mostUnsettled {
            await maintain()
        } else {
            for disk in disks where !disk.dirtyMap.isEmpty && !disk.isTrackingLost {
                // A failure is on record as an event or will fail the next cold write.
                try? await commit(disk, map: disk.dirtyMap)
            }
        }
        if reserved - number < limits.numberBatch / 2 { try? await prepareCut() }
    }

    /// The own sync, after one that is under way: all that is applied by now is settled on return. For the end of a
    /// generation: what is not settled then is sent again.
    public func settleApplied() async {
        while isSettling { await withCheckedContinuation { settleWaiters.append($0) } }
        await maintain()
    }

    /// The own sync: flushes the map, syncs disks, settles applied intervals, cools idle regions. Errors
    /// become events; what could not be settled stays dirty.
    public func maintain() async {
        guard !isSettling else { return }
        isSettling = true
        defer {
            isSettling = false
            for waiter in settleWaiters { waiter.resume() }
            settleWaiters = []
        }
        lastOwnSync = environment.clock.now()
        let settled = pending.prefix { $0.isApplied }
        let position = settled.last?.interval.point
        for disk in disks {
            let tick = disk.writeTick
            let busy = Set(disk.regions.filter { $0.value.inFlight > 0 }.keys)
            let compared = disk.takeCompared()
            do {
                if !disk.isTrackingLost { try await commit(disk, map: disk.dirtyMap.union(disk.committingMap)) }
                try await sync(disk)
                try await foldDigests(
                    of: settled.map { $0.digests[disk.index] }, into: disk, position: position, compared)
            } catch {
                report(.syncFailed(disk: disk.index, detail: "own sync: \(error)"))
                return
            }
            if !disk.isTrackingLost { cool(disk, all: false, before: tick, except: busy) }
        }
        environment.failpoints.reach("tracking.settle.synced")
        settle(upTo: position)
    }

    /// Digests and the header first, durably; only then may map bits be cleared.
    ///
    /// - Parameter compared: how far a comparison was before the map was made durable.
    private func foldDigests(
        of updates: [DigestUpdates], into disk: DiskTracker, position: PointID?, _ compared: DiskTracker.Compared
    ) async throws {
        var merged = disk.takeSettledDigests()
        defer { disk.foldsOfSettled -= 1 }
        for update in updates { merged.merge(update) }
        let isCompared = disk.suspects.isEmpty && !disk.isTrackingLost && disk.dirtyMap.isEmpty
            && disk.committingMap.isEmpty
        let shipped = disk.lastShipped
        let (sidecar, digests, all) = (disk.sidecar, disk.digests, merged)
        let isUnsynced = disk.isTableUnsynced
        guard position != nil || !all.isEmpty || isUnsynced || (isCompared && !sidecar.header.trackingLost.isEmpty)
        else { return }
        disk.isTableUnsynced = false
        let isTrackingLost = disk.isTrackingLost
        // What is to be compared anew since then is to be compared from the first block on.
        let isCurrent = compared.epoch == disk.doubtEpoch
        do {
            try await disk.sidecarLane.run {
                if let digests, !all.isEmpty || isUnsynced {
                    try digests.update(all)
                    try digests.sync()
                }
                if isTrackingLost { return }
                try sidecar.commit { header in
                    if isCurrent, !header.trackingLost.isEmpty {
                        header.comparedThrough = UInt64(compared.through)
                        header.comparedDiffering = UInt64(compared.differing)
                    }
                    if isCompared { header.trust() }
                    guard let position else { return }
                    header.lastApplied = position
                    header.lineage.position = position
                    header.lineage.mapReachesBack = position
                    header.lastShipped = shipped
                    header.aheadBlocks = 0
                }
            }
        } catch {
            var again = all
            again.merge(disk.settledDigests)
            disk.settledDigests = again
            disk.isTableUnsynced = disk.isTableUnsynced || isUnsynced
            throw error
        }
    }

    /// Clears the map bits of applied intervals that no younger set holds. The page writes follow lazily.
    private func settle(upTo position: PointID?) {
        guard let position else { return }
        let settled = pending.prefix { $0.isApplied && $0.interval.number <= position.number }
        pending.removeFirst(settled.count)
        for disk in disks {
            var clear = BlockSet()
            for entry in settled { clear.formUnion(entry.sets[disk.index]) }
            clear.formIntersection(disk.map)
            for set in youngerSets(of: disk) { clear.subtract(set) }
            clear.subtract(disk.distrusted)
            clear.subtract(disk.suspects)
            disk.map.subtract(clear)
            disk.proven.subtract(clear)
            disk.unsent.subtract(clear)
            for run in clear.runs { disk.dirtyMap.formUnion(disk.mapPages(of: run)) }
        }
    }

    private func youngerSets(of disk: DiskTracker) -> [BlockSet] {
        [disk.open, disk.passSent, disk.frozen] + pending.map { $0.sets[disk.index] }
            + (frozen.map { [$0.sets[disk.index]] } ?? [])
    }

    /// Cools regions without a write since `tick`: their map pages and the disk were synced after it. Idle
    /// ones go; if no room is left, the longest idle go down to half of the bound.
    func cool(_ disk: DiskTracker, all: Bool, before tick: UInt64, except busy: Set<Int> = []) {
        let now = environment.clock.now()
        let kept = disk.isCrowded ? disk.hotBound / 2 : disk.hotBound
        var candidates: [(region: Int, lastWrite: UInt64, idle: Duration)] = []
        for region in disk.durableHot where !busy.contains(region) {
            let state = disk.regions[region]
            guard (state?.inFlight ?? 0) == 0, (state?.lastWrite ?? 0) <= tick else { continue }
            guard !disk.suspects.containsAny(in: disk.geometry.blocks(ofRegion: region)) else { continue }
            candidates.append(
                (region, state?.lastWrite ?? 0, state.map { now - $0.lastInstant } ?? limits.coolAfter))
        }
        candidates.sort { ($0.lastWrite, $0.region) < ($1.lastWrite, $1.region) }
        for candidate in candidates {
            guard all || candidate.idle >= limits.coolAfter || disk.hot.count > kept else { continue }
            disk.hot.remove(candidate.region)
            disk.durableHot.remove(candidate.region)
            disk.regions[candidate.region] = nil
            disk.dirtyHot.insert(SlottedBitmap.page(of: candidate.region))
        }
    }

    // MARK: group commit of the sidecar

    /// Returns when all hot bits set before, and the given map pages, are durable. Callers that arrive while
    /// a batch is being written share the next one.
    func commit(_ disk: DiskTracker, map pages: Set<Int>) async throws {
        disk.wantedMap.formUnion(pages)
        let batch = disk.startedBatches + 1
        startCommitting(disk)
        try await withCheckedThrowingContinuation { disk.commitWaiters.append((batch, $0)) }
    }

    func startCommitting(_ disk: DiskTracker) {
        guard !disk.isCommitting else { return }
        disk.isCommitting = true
        let index = disk.index
        environment.tasks.spawn("sidecar-commit-\(index)") { await self.commitBatches(index) }
    }

    private func commitBatches(_ index: Int) async {
        let disk = disks[index]
        repeat {
            disk.startedBatches += 1
            let number = disk.startedBatches
            let batch = disk.takeBatch(map: disk.wantedMap.sorted())
            disk.wantedMap = []
            let hot = disk.hot
            let sidecar = disk.sidecar
            var failure: (any Error)?
            do {
                if !disk.isTrackingLost { try await disk.sidecarLane.run { try sidecar.commit(batch) } }
                disk.durableHot.formUnion(hot.intersection(disk.hot))
            } catch {
                disk.returnBatch(batch)
                failure = await markLost(disk, error)
            }
            disk.committingMap = []
            let served = disk.commitWaiters.filter { $0.batch <= number }
            disk.commitWaiters.removeAll { $0.batch <= number }
            for waiter in served { waiter.continuation.resume(with: failure.map { .failure($0) } ?? .success(())) }
        } while !disk.commitWaiters.isEmpty
        disk.isCommitting = false
    }

    /// The sidecar could not be written: if that can be put on record in its header, tracking is lost, to be
    /// made good by a comparison, and the guest goes on; else the write that asked must fail.
    private func markLost(_ disk: DiskTracker, _ error: any Error) async -> (any Error)? {
        let sidecar = disk.sidecar
        do {
            try await disk.sidecarLane.run { try sidecar.commit { $0.distrust("sidecar: \(error)") } }
        } catch {
            return TrackingError.trackingFailed("\(error)")
        }
        disk.isTrackingLost = true
        report(.trackingLost(disk: disk.index, detail: "\(error)"))
        return nil
    }
}
