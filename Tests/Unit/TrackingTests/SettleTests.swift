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
        for _ in 0..<100 { await Task.yield() }
        lanes.release()
        await running.value
        await settling.value
        let reopened = try await ended(rig)
        #expect(reopened.openings[0].dirty.isEmpty)
        #expect(reopened.openings[0].sidecar.header.lastApplied.number == interval.number)
    }

    /// Cooling makes room for other regions to be hot; where none are left, it would only be a sync each second.
    @Test(arguments: [false, true]) func `a disk is synced for room among its hot regions, unless all may be hot`(
        allMayBeHot: Bool
    ) async throws {
        var limits = Rig.limits()
        let regions = Rig.geometry.regionCount
        limits.smallestHotBound = allMayBeHot ? regions : regions - 1
        let rig = try await Rig.make(3, limits: limits)
        for region in 0..<regions {
            try await rig.tracker.disk(0).write(IntervalTests.block(1), at: Int64(region * regionSize))
        }
        let before = rig.disks[0].syncs
        for _ in 0..<3 { await rig.tracker.tick() }
        #expect(rig.disks[0].syncs - before == (allMayBeHot ? 0 : 1))
    }

    /// After a clean end, with all that was not synced lost.
    private func ended(_ rig: Rig) async throws -> Rig {
        try await rig.tracker.shutDown()
        var random = Seeded(3)
        return try await rig.afterCrash(powerLoss: true, &random)
    }
}
