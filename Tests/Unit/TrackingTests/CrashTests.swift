internal import Blocks
internal import Environment
internal import Glibc
import Testing

@testable import Tracking

@Suite struct CrashTests {
    /// Random guest work beside replication and maintenance, until the power goes or the steps are done.
    static func work(_ rig: inout Rig, _ random: inout Seeded, steps: Int) async throws {
        for _ in 0..<steps {
            let disk = Int(random.next() % UInt64(rig.disks.count))
            let tracked = rig.tracker.disk(disk)
            let offset = Int64(random.next() % UInt64(Rig.size - 20_000))
            let count = Int(random.next() % 9000) + 1
            switch random.next() % 16 {
            case 0...5:
                let byte = UInt8(truncatingIfNeeded: random.next())
                try await tracked.write([UInt8](repeating: byte, count: count), at: offset, fua: random.next() % 8 == 0)
            case 6: try await tracked.writeZeroes(offset: offset, count: Int64(count), mayTrim: random.next() % 2 == 0)
            case 7: try await tracked.trim(offset: offset, count: Int64(count))
            case 8: try await tracked.flush()
            case 14: try await tracked.write(try await tracked.read(offset: offset, count: count), at: offset)
            case 15:
                // What the target holds, for a guest that goes back to it.
                let block = Int(offset) / blockSize * blockSize
                let held = rig.replica[disk][block..<min(block + 2 * blockSize, Int(Rig.size))]
                try await tracked.write(Array(held), at: Int64(block))
            case 9: await rig.tracker.maintain()
            case 10, 11: try await rig.replicate(isHeard: random.next() % 4 > 0)
            case 12:
                rig.clock.advance(.seconds(70))
                await rig.tracker.maintain()
            default:
                // An interval that gets lost on its way.
                try await rig.tracker.prepareCut()
                let interval = try await rig.tracker.cut()
                if random.next() % 2 == 0 {
                    let chunks = try await rig.readOut()
                    _ = try await rig.tracker.trailer()
                    // It may have been applied all the same, unheard; or is heard of later.
                    if random.next() % 2 == 0 { Rig.apply(chunks, to: &rig.replica) }
                }
                await rig.tracker.void(from: interval.number, cause: "lost")
            }
            if rig.power.isOff { throw Killed() }
        }
    }

    /// Crash points per batch; a longer run sets HOMEWARD_CRASH_POINTS (`make crash-points`).
    static let points = getenv("HOMEWARD_CRASH_POINTS").flatMap { Int(String(cString: $0)) } ?? 25

    @Test(arguments: 0..<4) func `no crash makes the tracking forget a block that differs`(batch: Int) async throws {
        var leftOut = 0
        defer { #expect(leftOut > 0, "blocks that were written with what they held") }
        for point in 0..<Self.points {
            let seed = UInt64(batch) << 32 | UInt64(point)
            var random = Seeded(seed)
            let power = Power(after: Int(random.next() % 260) + 2)
            guard var rig = try? await Rig.make(seed, disks: 1 + point % 2, power: power) else { continue }
            do {
                try await Self.work(&rig, &random, steps: 60)
            } catch {
                #expect(power.isOff, "seed \(seed): \(error) while the machine was alive")
            }
            leftOut += await rig.tracker.status().unchangedBlocks
            power.cut()
            for round in 0..<2 {
                rig = try await rig.afterCrash(powerLoss: random.next() % 2 == 0, &random)
                for (index, opening) in rig.openings.enumerated() {
                    let missed = rig.differing(index).subtracting(opening.dirty).subtracting(opening.suspects)
                    #expect(missed.isEmpty, "seed \(seed) round \(round) disk \(index): \(Array(missed).prefix(5))")
                    #expect(opening.finding == .unclean, "seed \(seed)")
                    #expect(opening.hot.count <= 4, "seed \(seed): hot bound")
                }
            }
            try await rig.resolveSuspects()
            try await rig.replicate()
            for index in rig.disks.indices {
                #expect(rig.differing(index).isEmpty, "seed \(seed): equal after the next interval")
            }
        }
    }

    @Test(arguments: 0..<20) func `a clean close leaves no suspects and an exact map`(seed: Int) async throws {
        var random = Seeded(UInt64(seed))
        var rig = try await Rig.make(UInt64(seed))
        try await Self.work(&rig, &random, steps: 40)
        try await rig.tracker.shutDown()
        rig = try await rig.afterCrash(powerLoss: true, &random)
        #expect(rig.openings[0].finding == .clean)
        #expect(rig.openings[0].suspects.isEmpty)
        #expect(rig.openings[0].hot.isEmpty)
        #expect(rig.differing(0).subtracting(rig.openings[0].dirty).isEmpty)
        await #expect(throws: Never.self) { try await rig.tracker.disk(0).write([1], at: 0) }
    }

    @Test func `source power loss right after the target applied an unflushed write`() async throws {
        for seed in 0..<50 as Range<UInt64> {
            var random = Seeded(seed)
            var rig = try await Rig.make(seed)
            let disk = rig.tracker.disk(0)
            try await disk.write([UInt8](repeating: 9, count: blockSize), at: 8192)
            // Shipped and applied, and acknowledged; the source never synced.
            try await rig.replicate()
            rig = try await rig.afterCrash(powerLoss: true, &random)
            let opening = rig.openings[0]
            #expect(opening.dirty.union(opening.suspects).contains(2))
            try await rig.resolveSuspects()
            try await rig.replicate()
            #expect(rig.differing(0).isEmpty)
        }
    }

    @Test func `an applied interval is settled by the next sync and costs nothing after a clean close`() async throws {
        var random = Seeded(3)
        var rig = try await Rig.make(3)
        try await rig.tracker.disk(0).write([UInt8](repeating: 9, count: 3 * blockSize), at: 0)
        try await rig.replicate()
        await rig.tracker.maintain()
        try await rig.tracker.shutDown()
        rig = try await rig.afterCrash(powerLoss: true, &random)
        #expect(rig.openings[0].dirty.isEmpty)
        #expect(rig.openings[0].sidecar.header.lastApplied.number == 1)
        #expect(rig.openings[0].sidecar.header.lineage.mapReachesBack.number == 1)
    }

    @Test func `after a failed sync nothing written before counts as durable until it is rewritten`() async throws {
        var random = Seeded(4)
        var rig = try await Rig.make(4)
        let disk = rig.tracker.disk(0)
        try await disk.write([UInt8](repeating: 9, count: blockSize), at: 0)
        rig.disks[0].failNextSyncs(1)
        await #expect(throws: FileError.self) { try await disk.flush() }
        try await disk.flush()
        try await rig.replicate()
        await rig.tracker.maintain()
        try await rig.tracker.shutDown()
        rig = try await rig.afterCrash(powerLoss: true, &random)
        #expect(rig.openings[0].dirty.contains(0))
    }
}
