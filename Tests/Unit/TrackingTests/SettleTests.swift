internal import Blocks
internal import Environment
import Testing

@testable import Tracking

/// The end of a generation: what the target applied is settled, so that the next owner need not send it again.
@Suite struct SettleTests {
    @Test func `all that is applied is settled at the end of a generation, and nothing else`() async throws {
        var rig = try await Rig.make(1)
        try await rig.tracker.disk(0).write(IntervalTests.block(1), at: 0)
        try await rig.replicate()
        try await rig.tracker.disk(0).write(IntervalTests.block(2), at: Int64(9 * blockSize))
        await rig.tracker.settleApplied()
        let reopened = try await ended(rig)
        #expect(reopened.openings[0].dirty == BlockSet([9]))
        #expect(reopened.openings[0].suspects.isEmpty)
    }

    @Test func `what is applied while a sync is under way is settled, too`() async throws {
        let lanes = HeldLanes()
        var rig = try await Rig.make(2, lanes: lanes)
        let tracker = rig.tracker
        try await tracker.disk(0).write(IntervalTests.block(1), at: 0)
        try await rig.replicate()
        try await tracker.disk(0).write(IntervalTests.block(2), at: Int64(9 * blockSize))
        try await tracker.prepareCut()
        let interval = try await tracker.cut()
        Rig.apply(try await rig.readOut(), to: &rig.replica)
        _ = try await tracker.trailer()
        lanes.hold()
        let running = Task { await tracker.maintain() }
        await lanes.isAwaited()
        // The running sync began before this was known.
        await tracker.acknowledgeApplied(interval.number)
        let settling = Task { await tracker.settleApplied() }
        while await tracker.waitingToSettle == 0 { await Task.yield() }
        lanes.release()
        await running.value
        await settling.value
        let reopened = try await ended(rig)
        #expect(reopened.openings[0].dirty.isEmpty)
        #expect(reopened.openings[0].sidecar.header.lastApplied.number == interval.number)
    }

    /// Cooling makes room for other regions to be hot; where none are left, it would only be a sync each second, and
    /// one for the next write to each region that was cooled.
    @Test(arguments: [false, true]) func `a disk is synced for room among its hot regions, unless all may be hot`(
        allMayBeHot: Bool
    ) async throws {
        var limits = Rig.limits()
        let regions = Rig.geometry.regionCount
        limits.smallestHotBound = allMayBeHot ? regions : regions - 1
        var rig = try await Rig.make(3, limits: limits)
        for region in 0..<regions {
            try await rig.tracker.disk(0).write(IntervalTests.block(1), at: Int64(region * regionSize))
        }
        let before = rig.disks[0].syncs
        for _ in 0..<3 { await rig.tracker.tick() }
        #expect(rig.disks[0].syncs - before == (allMayBeHot ? 0 : 1))
        // A sync for another reason cools none either.
        await rig.tracker.maintain()
        try await rig.tracker.flush(0)
        await rig.tracker.tick()
        var random = Seeded(3)
        let hot = try await rig.afterCrash(powerLoss: false, &random).openings[0].hot
        #expect(allMayBeHot ? hot.count == regions : hot.count <= regions / 2)
    }

    /// What a failed sync lost is of no flush that succeeds after it.
    @Test func `a write that ends beside a sync that fails is not forgotten`() async throws {
        let lanes = HeldLanes()
        var rig = try await Rig.make(4, lanes: lanes)
        let tracker = rig.tracker
        try await tracker.disk(0).write(IntervalTests.block(1), at: 0)
        rig.disks[0].failNextSyncs(1)
        lanes.hold("sync-")
        let first = Task { try await tracker.flush(0) }
        await lanes.isAwaited()
        try await tracker.disk(0).write(IntervalTests.block(2), at: Int64(9 * blockSize))
        let second = Task { try await tracker.flush(0) }
        while await tracker.waitingForSync == 0 { await Task.yield() }
        lanes.release()
        await #expect(throws: (any Error).self) { try await first.value }
        await #expect(throws: (any Error).self) { try await second.value }
        try await isRemembered(&rig)
    }

    @Test func `flushes that wait for a sync share the next one`() async throws {
        let lanes = HeldLanes()
        let rig = try await Rig.make(6, lanes: lanes)
        let tracker = rig.tracker
        let before = rig.disks[0].syncs
        lanes.hold("sync-")
        let first = Task { try await tracker.flush(0) }
        await lanes.isAwaited()
        try await tracker.disk(0).write(IntervalTests.block(1), at: 0)
        let others = (0..<8).map { _ in Task { try await tracker.flush(0) } }
        while await tracker.waitingForSync < 8 { await Task.yield() }
        lanes.release()
        try await first.value
        for other in others { try await other.value }
        #expect(rig.disks[0].syncs - before == 2)
        var random = Seeded(6)
        let reopened = try await rig.afterCrash(powerLoss: true, &random)
        #expect(Array(reopened.disks[0].bytes.prefix(blockSize)) == IntervalTests.block(1))
    }

    @Test func `a write that is under way as a sync fails is not forgotten`() async throws {
        let lanes = HeldLanes()
        var rig = try await Rig.make(5, lanes: lanes)
        let tracker = rig.tracker
        lanes.hold("disk-", behind: true)
        let writing = Task { try await tracker.disk(0).write(IntervalTests.block(1), at: 0) }
        await lanes.isAwaited()
        rig.disks[0].failNextSyncs(1)
        await #expect(throws: (any Error).self) { try await tracker.flush(0) }
        lanes.release()
        try await writing.value
        try await tracker.flush(0)
        try await isRemembered(&rig)
    }

    /// Applied, settled and cold: what the disk does not hold after a power loss is in its map.
    private func isRemembered(_ rig: inout Rig) async throws {
        try await rig.replicate()
        await rig.tracker.maintain()
        let reopened = try await ended(rig)
        let lost = reopened.differing(0)
        #expect(!lost.isEmpty)
        #expect(lost.subtracting(reopened.openings[0].dirty).isEmpty)
    }

    /// After a clean end, with all that was not synced lost.
    private func ended(_ rig: Rig) async throws -> Rig {
        try await rig.tracker.shutDown()
        var random = Seeded(3)
        return try await rig.afterCrash(powerLoss: true, &random)
    }
}
