internal import Blocks
internal import Environment
import Testing

@testable import Tracking

/// What a guest writes with the content that it had is not sent, where the target is proven to hold it; and each thing
/// that speaks against that has it sent. A test's guest writes content 1, then the same again.
@Suite struct UnchangedTests {
    static let blocks = 3..<43

    /// Content 1 is applied and settled on all blocks.
    static func settled(_ seed: UInt64) async throws -> Rig {
        var rig = try await Rig.make(seed)
        try await write(1, to: rig)
        try await rig.replicate()
        await rig.tracker.maintain()
        return rig
    }

    static func write(_ byte: UInt8, to rig: Rig) async throws {
        for block in blocks {
            try await rig.tracker.disk(0).write(IntervalTests.block(byte), at: Int64(block * blockSize))
        }
    }

    /// How many blocks were sent for the disks to be equal.
    static func sent(_ rig: inout Rig) async throws -> Int {
        let shipped = try await rig.replicate()
        #expect(shipped.trailer.disks[0].blocks >= shipped.blocks && rig.differing(0).isEmpty)
        return shipped.blocks
    }

    @Test func `what was written with the content that it had is not sent`() async throws {
        var rig = try await Self.settled(1)
        try await Self.write(1, to: rig)
        #expect(try await Self.sent(&rig) == 0)
        #expect(await rig.tracker.status().unchangedBlocks == Self.blocks.count)
        // Applied and not in the table yet; then in the table; then among others.
        try await Self.write(1, to: rig)
        #expect(try await Self.sent(&rig) == 0)
        await rig.tracker.maintain()
        try await Self.write(1, to: rig)
        try await rig.tracker.disk(0).write(IntervalTests.block(2), at: Int64(17 * blockSize))
        #expect(try await Self.sent(&rig) == 1)
        // What was left out is settled as what was sent.
        await rig.tracker.maintain()
        #expect(await rig.tracker.standing(of: 0).changed == 0)
    }

    @Test func `what was applied and is not in the table yet counts, the newest first`() async throws {
        var rig = try await Self.settled(2)
        try await Self.write(2, to: rig)
        #expect(try await Self.sent(&rig) == Self.blocks.count)
        try await Self.write(2, to: rig)
        #expect(try await Self.sent(&rig) == 0)
        try await Self.write(1, to: rig)
        #expect(try await Self.sent(&rig) == Self.blocks.count)
    }

    @Test func `what is on its way is not relied on`() async throws {
        var rig = try await Self.settled(3)
        try await Self.write(2, to: rig)
        let first = try await rig.ship()
        // Neither what is applied, as the interval changes it, nor what the interval holds, as it may get lost.
        try await rig.tracker.disk(0).write(IntervalTests.block(1), at: Int64(Self.blocks.lowerBound * blockSize))
        try await rig.tracker.disk(0).write(IntervalTests.block(2), at: Int64((Self.blocks.lowerBound + 1) * blockSize))
        let second = try await rig.ship()
        #expect(second.blocks == 2)
        Rig.apply(first.chunks + second.chunks, to: &rig.replica)
        await rig.tracker.acknowledgeApplied(first.number)
        await rig.tracker.acknowledgeApplied(second.number)
        #expect(rig.differing(0).isEmpty)
    }

    /// What was voided may have been sealed all the same.
    @Test(arguments: [(false, 1), (false, 2), (true, 1), (true, 2)] as [(Bool, UInt8)])
    func `interval voided, then the same content rewritten`(isApplied: Bool, content: UInt8) async throws {
        var rig = try await Self.settled(4)
        try await Self.write(2, to: rig)
        let lost = try await rig.ship()
        if isApplied { Rig.apply(lost.chunks, to: &rig.replica) }
        await rig.tracker.void(from: lost.number, cause: "process server changed")
        try await Self.write(content, to: rig)
        #expect(try await Self.sent(&rig) == Self.blocks.count)
        // Once that is settled, it counts again.
        await rig.tracker.maintain()
        try await Self.write(content, to: rig)
        #expect(try await Self.sent(&rig) == 0)
    }

    @Test func `a sweep leaves out what did not change, and nothing that it sends twice`() async throws {
        var rig = try await Self.settled(5)
        try await Self.write(1, to: rig)
        try await rig.tracker.disk(0).write(IntervalTests.block(2), at: Int64(7 * blockSize))
        _ = try await rig.tracker.beginPass(limit: 100)
        var chunks = try await rig.readOut()
        #expect(chunks.reduce(0) { $0 + $1.digests.count } == 1)
        // Back to what is applied: the sweep has sent something else.
        try await rig.tracker.disk(0).write(IntervalTests.block(1), at: Int64(7 * blockSize))
        let interval = try await rig.tracker.cut()
        chunks += try await rig.readOut()
        let trailer = try await rig.tracker.trailer()
        Rig.apply(chunks, to: &rig.replica)
        await rig.tracker.acknowledgeApplied(interval.number)
        #expect(trailer.disks[0].root == Rig.root(rig.replica[0]))
        #expect(trailer.disks[0].blocks == Self.blocks.count)
        #expect(rig.differing(0).isEmpty)
    }

    enum Doubt: CaseIterable {
        case changedByTarget, comparedBeforeWrite, comparedAfterWrite, wentBack, everything
    }

    @Test(arguments: Doubt.allCases)
    func `what a target changed or lost is sent though the guest changed nothing`(doubt: Doubt) async throws {
        var rig = try await Self.settled(6)
        let decayed = BlockSet(Self.blocks.lowerBound..<(Self.blocks.lowerBound + 10))
        for block in decayed.runs.joined() {
            let bytes = (block * blockSize)..<((block + 1) * blockSize)
            rig.replica[0].replaceSubrange(bytes, with: IntervalTests.block(77))
        }
        if doubt == .comparedBeforeWrite { await rig.tracker.suspect(decayed, disk: 0) }
        try await Self.write(1, to: rig)
        switch doubt {
        case .changedByTarget: await rig.tracker.include(decayed, disk: 0)
        case .comparedBeforeWrite: break
        case .comparedAfterWrite: await rig.tracker.suspect(decayed, disk: 0)
        case .wentBack: await rig.tracker.rebase(on: .origin, cause: "an old backup")
        case .everything: await rig.tracker.includeAll()
        }
        #expect(try await Self.sent(&rig) >= decayed.count)
    }

    @Test func `what was left out of an interval is sent if the target is doubted before it is settled`() async throws {
        var rig = try await Self.settled(7)
        try await Self.write(1, to: rig)
        #expect(try await Self.sent(&rig) == 0)
        let doubted = BlockSet(5..<8)
        for block in 5..<8 {
            let bytes = (block * blockSize)..<((block + 1) * blockSize)
            rig.replica[0].replaceSubrange(bytes, with: IntervalTests.block(9))
        }
        await rig.tracker.suspect(doubted, disk: 0)
        #expect(try await Self.sent(&rig) == 3)
    }

    @Test func `nothing is left out while digests of a comparison are not in the table`() async throws {
        var rig = try await Self.settled(8)
        // The target has content 2 by itself, as we do: an untracked way there, found equal by comparing.
        try rig.disks[0].write(IntervalTests.block(2), at: Int64(9 * blockSize))
        rig.replica[0].replaceSubrange((9 * blockSize)..<(10 * blockSize), with: IntervalTests.block(2))
        await rig.tracker.suspect(BlockSet(9..<10), disk: 0)
        try await rig.resolveSuspects()
        // The table still says 1.
        try await rig.tracker.disk(0).write(IntervalTests.block(1), at: Int64(9 * blockSize))
        #expect(try await Self.sent(&rig) == 1)
    }

    @Test func `a table that cannot be read leaves nothing out`() async throws {
        var rig = try await Self.settled(9)
        try await Self.write(1, to: rig)
        rig.tables[0].failNextReads(1)
        // Those of the chunk that could not be looked up.
        #expect(try await Self.sent(&rig) > 0)
    }

    @Test func `what an earlier opening of the disk left in the map is sent`() async throws {
        var random = Seeded(10)
        var rig = try await Self.settled(10)
        try await Self.write(1, to: rig)
        try await rig.tracker.shutDown()
        rig = try await rig.afterCrash(powerLoss: false, &random)
        try await Self.write(1, to: rig)
        #expect(try await Self.sent(&rig) == Self.blocks.count)
    }
}
