internal import Blocks
internal import Environment

/// What a guest may do to a range of a disk.
enum Mutation: Sendable {
    case write([UInt8])
    case zero(punch: Bool)
}

extension MachineTracker {
    func geometry(_ index: Int) -> DiskGeometry { disks[index].geometry }

    func read(_ index: Int, offset: Int64, count: Int) async throws -> [UInt8] {
        let disk = disks[index]
        guard disk.geometry.contains(offset: offset, count: Int64(count)) else { throw TrackingError.outOfRange }
        let backing = disk.backing
        return try await disk.ioLane.run { try backing.read(count, at: offset) }
    }

    func extents(_ index: Int, offset: Int64, count: Int64, limit: Int) async throws -> [FileExtent] {
        let disk = disks[index]
        guard disk.geometry.contains(offset: offset, count: count) else { throw TrackingError.outOfRange }
        let backing = disk.backing
        return try await disk.ioLane.run { try backing.extents(at: offset, count: count, limit: limit) }
    }

    func trim(_ index: Int, offset: Int64, count: Int64, fua: Bool) async throws {
        let geometry = disks[index].geometry
        guard geometry.contains(offset: offset, count: count) else { throw TrackingError.outOfRange }
        let whole = geometry.blocks(inside: offset, count: count)
        guard !whole.isEmpty else {
            if fua { try await flush(index) }
            return
        }
        try await mutate(
            index, .zero(punch: true), offset: geometry.offset(of: whole.lowerBound),
            count: Int64(geometry.byteCount(of: whole)), fua: fua)
    }

    func flush(_ index: Int) async throws { try await sync(disks[index]) }

    /// One mutation from arrival to acknowledgement: set the bits in the set of the current number and take
    /// the range lock; make the change unforgettable; put frozen content aside; execute; unlock.
    func mutate(_ index: Int, _ mutation: Mutation, offset: Int64, count: Int64, fua: Bool) async throws {
        let disk = disks[index]
        guard disk.geometry.contains(offset: offset, count: count) else { throw TrackingError.outOfRange }
        while hold != nil { await withCheckedContinuation { hold?.waiters.append($0) } }
        guard isAccepting else { throw TrackingError.closed }
        guard count > 0 else {
            if fua { try await sync(disk) }
            return
        }
        // Arrival: no suspension from here to the lock's registration, so a cut is before or after all of it.
        let blocks = disk.geometry.blocks(touching: offset, count: count)
        let mine = number
        let failures = disk.syncFailures
        disk.markWritten(blocks)
        enter(disk, blocks)
        let ticket = disk.locks.register(blocks)
        defer { leave(disk, blocks, ticket, failures) }
        await granted(ticket, disk)
        try await makeUnforgettable(blocks, of: disk)
        environment.failpoints.reach("tracking.write.hot")
        try await putAside(blocks, of: disk, for: mine)
        try await execute(mutation, offset: offset, count: count, on: disk)
        // A sync that failed meanwhile may have lost it.
        if disk.syncFailures == failures { disk.distrusted.remove(disk.geometry.blocks(inside: offset, count: count)) }
        disk.unsynced.insert(blocks)
        environment.failpoints.reach("tracking.write.done")
        if fua { try await sync(disk, since: failures) }
    }

    func granted(_ ticket: RangeLocks.Ticket, _ disk: DiskTracker) async {
        guard !disk.locks.isFree(ticket) else { return }
        await withCheckedContinuation { disk.locks.wait(ticket, $0) }
    }

    private func enter(_ disk: DiskTracker, _ blocks: BlockRange) {
        inFlight += 1
        disk.writeTick += 1
        let now = environment.clock.now()
        for region in disk.geometry.regions(of: blocks) {
            var state = disk.regions[region] ?? DiskTracker.Region(lastInstant: now)
            state.inFlight += 1
            state.lastWrite = disk.writeTick
            state.lastInstant = now
            disk.regions[region] = state
        }
    }

    private func leave(_ disk: DiskTracker, _ blocks: BlockRange, _ ticket: RangeLocks.Ticket, _ failures: Int) {
        disk.unsynced.insert(blocks)
        if disk.syncFailures != failures { disk.distrusted.insert(blocks) }
        for region in disk.geometry.regions(of: blocks) {
            disk.regions[region]?.inFlight -= 1
            if !disk.hot.contains(region), disk.regions[region]?.inFlight == 0 { disk.regions[region] = nil }
        }
        disk.locks.release(ticket)
        inFlight -= 1
        if inFlight == 0 {
            let waiters = drainWaiters
            drainWaiters = []
            for waiter in waiters { waiter.resume() }
        }
        if disk.dirtyMap.count >= limits.waitingMapPages, !disk.isCommitting, !disk.isTrackingLost {
            disk.wantedMap.formUnion(disk.dirtyMap)
            startCommitting(disk)
        }
    }

    /// Returns when a crash can no longer forget that these blocks changed: their regions are durably hot,
    /// or (wide ranges, no room for another hot region) their map bits are durable.
    private func makeUnforgettable(_ blocks: BlockRange, of disk: DiskTracker) async throws {
        if disk.isTrackingLost { return }
        let regions = disk.geometry.regions(of: blocks)
        guard regions.contains(where: { !disk.durableHot.contains($0) }) else { return }
        let missing = regions.filter { !disk.hot.contains($0) }
        if regions.count > limits.largestHotRange || disk.hot.count + missing.count > disk.hotBound {
            let pages = disk.mapPages(of: blocks).filter {
                disk.dirtyMap.contains($0) || disk.committingMap.contains($0)
            }
            if !pages.isEmpty { try await commit(disk, map: Set(pages)) }
            return
        }
        for region in missing { heat(region, disk) }
        if let first = missing.first {
            if first == disk.lastMiss + 1 { warmAhead(of: regions.upperBound, disk) }
            disk.lastMiss = max(regions.upperBound - 1, disk.lastMiss == first - 1 ? disk.lastMiss : 0)
        }
        try await commit(disk, map: [])
    }

    private func heat(_ region: Int, _ disk: DiskTracker) {
        disk.hot.insert(region)
        disk.dirtyHot.insert(SlottedBitmap.page(of: region))
    }

    private func warmAhead(of region: Int, _ disk: DiskTracker) {
        for next in region..<min(region + limits.warmAhead, disk.geometry.regionCount)
        where !disk.hot.contains(next) && disk.hot.count < disk.hotBound {
            heat(next, disk)
        }
    }

    /// Blocks of the frozen interval that nobody has read yet are copied before a later mutation changes them.
    private func putAside(_ blocks: BlockRange, of disk: DiskTracker, for mine: UInt64) async throws {
        guard let frozen, mine > frozen.interval.number else { return }
        let aside = disk.aside
        let needed = blocks.filter { disk.unread.contains($0) && !aside.contains($0) }
        guard !needed.isEmpty else { return }
        let (backing, geometry, epoch) = (disk.backing, disk.geometry, readEpoch)
        disk.asideCopies += 1
        defer { disk.asideCopies -= 1 }
        do {
            let fits = try await disk.ioLane.run {
                for block in needed {
                    let count = geometry.byteCount(of: block)
                    let content = try backing.read(count, at: geometry.offset(of: block))
                    guard try aside.put(block, content) else { return false }
                }
                return true
            }
            if !fits, readEpoch == epoch { void(from: frozen.interval.number, cause: "spill full") }
        } catch {
            if readEpoch == epoch { void(from: frozen.interval.number, cause: "copy aside failed: \(error)") }
        }
    }

    private func execute(_ mutation: Mutation, offset: Int64, count: Int64, on disk: DiskTracker) async throws {
        let (backing, geometry) = (disk.backing, disk.geometry)
        let body: @Sendable () throws -> Void = {
            switch mutation {
            case .write(let bytes):
                try backing.write(bytes, at: offset)
            case .zero(punch: false):
                try backing.writeZeros(at: offset, count: count)
            case .zero(punch: true):
                let whole = geometry.blocks(inside: offset, count: count)
                guard !whole.isEmpty else { return try backing.writeZeros(at: offset, count: count) }
                let start = geometry.offset(of: whole.lowerBound)
                let end = start + Int64(geometry.byteCount(of: whole))
                try backing.writeZeros(at: offset, count: start - offset)
                try backing.punch(at: start, count: end - start)
                try backing.writeZeros(at: end, count: offset + count - end)
            }
        }
        if case .write(let bytes) = mutation, bytes.count <= limits.briefBytes {
            try await disk.ioLane.runBrief(body)
        } else {
            try await disk.ioLane.run(body)
        }
    }

    /// fdatasync of the disk. A write that an earlier, failed sync may have lost is never covered by this
    /// one's success: it stays distrusted, and every flush that waited across the failure fails.
    ///
    /// One at a time: a write that ends while one runs belongs to the next, and is distrusted if this one fails. All
    /// who wait for a running one share the next.
    ///
    /// - since: the failures known when what is to be durable began; nil for now.
    func sync(_ disk: DiskTracker, since: Int? = nil) async throws {
        let failures = since ?? disk.syncFailures
        let begun = disk.syncsBegun
        while disk.isSyncing { await withCheckedContinuation { disk.syncWaiters.append($0) } }
        guard disk.syncFailures == failures else { throw TrackingError.trackingFailed("an earlier sync failed") }
        // One that began since has ended by now, and did not fail.
        guard disk.syncsBegun == begun else { return }
        disk.syncsBegun += 1
        disk.isSyncing = true
        defer {
            disk.isSyncing = false
            let waiters = disk.syncWaiters
            disk.syncWaiters = []
            for waiter in waiters { waiter.resume() }
        }
        let covered = disk.unsynced
        disk.unsynced = BlockSet()
        let backing = disk.backing
        do {
            try await disk.syncLane.run { try backing.sync() }
        } catch {
            disk.distrusted.formUnion(covered)
            disk.distrusted.formUnion(disk.unsynced)
            disk.unsynced = BlockSet()
            disk.syncFailures += 1
            report(.syncFailed(disk: disk.index, detail: "\(error)"))
            throw error
        }
    }
}
