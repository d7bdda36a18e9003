internal import Blocks
internal import Environment
import Testing

@testable import Tracking

/// Bits that turned while nobody looked, and a spill file that cannot take what it should.
@Suite struct DecayTests {
    /// Some points of replication, then writes that no interval holds, and the agent is killed.
    private static func killed(_ seed: UInt64) async throws -> Rig {
        var rig = try await Rig.make(seed)
        var random = Seeded(seed)
        try await CrashTests.work(&rig, &random, steps: 40)
        for index in 0..<6 { try await rig.tracker.disk(0).write([7], at: Int64(index) * 700_000 + 5) }
        rig.clock.advance(.seconds(70))
        await rig.tracker.maintain()
        rig.power.cut()
        return rig
    }

    @Test func `a bit turned anywhere in a sidecar makes it forget nothing that differs`() async throws {
        let rig = try await Self.killed(5)
        let content = rig.sidecars[0].bytes
        var random = Seeded(6)
        var named = 0
        // All of what says something: headers, and the first bytes of each slot of the bitmaps.
        let places = content.indices.filter { content[$0] != 0 } + stride(from: 0, to: content.count, by: 997)
        for place in places.enumerated().filter({ $0.offset % 7 == 0 }).map(\.element) {
            var struck = rig
            struck.sidecars = [CrashFile(Power(), inode: 100, content: content)]
            struck.sidecars[0].flip(Int(random.next() % 8), at: place)
            guard let opened = try? await struck.afterCrash(powerLoss: false, &random) else {
                named += 1
                continue
            }
            let opening = opened.openings[0]
            let missed = rig.differing(0).subtracting(opening.dirty).subtracting(opening.suspects)
            #expect(missed.isEmpty, "byte \(place): \(Array(missed).prefix(5))")
            #expect(opening.sidecar.header.nextInterval >= rig.openings[0].sidecar.header.nextInterval)
            if !opening.sidecar.damage.isEmpty { named += 1 }
        }
        #expect(named > places.count / 20, "\(named) of \(places.count)")
    }

    @Test func `of a page of the change map whose newer slot decayed in a bit, the newer one counts`() throws {
        let disk = CrashFile(Power(), inode: 1, content: [UInt8](repeating: 0, count: Int(Rig.size)))
        let file = CrashFile(Power(), inode: 100)
        var lineage = LineageRecord(diskID: [UInt8](repeating: 1, count: 16), size: Rig.size)
        lineage.begin(Rig.generation, at: .origin)
        let header = SidecarHeader(disk: try disk.identity(), generation: Rig.generation, lineage: lineage)
        let sidecar = try Sidecar.create(file, header: header, dirty: BlockSet([5]))
        let older = file.bytes
        var batch = Sidecar.Batch()
        batch.map.append((0, SlottedBitmap.payload(of: 0, in: BlockSet([5, 9]))))
        try sidecar.commit(batch)
        let newer = file.bytes
        let changed = newer.indices.filter { newer[$0] != older[$0] }
        #expect(changed.count > 8)
        for place in changed {
            for bit in [0, 6] {
                let struck = CrashFile(Power(), inode: 100, content: newer)
                struck.flip(bit, at: place)
                let found = try Sidecar.load(struck)
                #expect(found.map == BlockSet([5, 9]), "byte \(place) bit \(bit)")
                #expect(!found.sidecar.damage.isEmpty, "byte \(place) bit \(bit)")
            }
        }
    }

    @Test func `content put aside that decays in the spill file costs the interval, by name`() async throws {
        var limits = Rig.limits()
        limits.asideMemoryBytes = 2 * blockSize
        limits.spillBytes = 40 * 4_096
        var rig = try await Rig.make(3, limits: limits)
        let disk = rig.tracker.disk(0)
        for index in 0..<10 {
            try await disk.write(IntervalTests.block(UInt8(index + 1)), at: Int64(index * blockSize))
        }
        let interval = try await rig.tracker.cut()
        for index in 0..<10 { try await disk.write(IntervalTests.block(100), at: Int64(index * blockSize)) }
        rig.spills[0].flip(3, at: 2 * blockSize + 17)
        await #expect(throws: TrackingError.voided) { _ = try await rig.readOut() }
        guard case .voided([interval.number], let cause)? = await rig.tracker.takeEvents().first else {
            Issue.record("it is a point")
            return
        }
        #expect(cause.contains("spill file"))
        try await rig.replicate()
        #expect(rig.differing(0).isEmpty)
    }

    @Test func `without space for the spill the interval is merged forward, and the guest goes on`() async throws {
        var limits = Rig.limits()
        limits.asideMemoryBytes = 2 * blockSize
        limits.spillBytes = 40 * 4_096
        var rig = try await Rig.make(4, limits: limits)
        let disk = rig.tracker.disk(0)
        for isFull in [true, false] {
            for index in 0..<10 {
                try await disk.write(IntervalTests.block(UInt8(index + 1)), at: Int64(index * blockSize))
            }
            try await rig.tracker.prepareCut()
            let interval = try await rig.tracker.cut()
            if isFull { rig.spills[0].failNextWrites(100, .noSpace) }
            for index in 0..<10 { try await disk.write(IntervalTests.block(100), at: Int64(index * blockSize)) }
            if isFull {
                guard case .voided([interval.number], let cause)? = await rig.tracker.takeEvents().first else {
                    Issue.record("it is a point")
                    return
                }
                #expect(cause.contains("copy aside failed") && cause.contains("noSpace"), "\(cause)")
            } else {
                // There is space again: what is put aside is read back from the spill file.
                Rig.apply(try await rig.readOut(), to: &rig.replica)
                _ = try await rig.tracker.trailer()
                #expect((0..<10).allSatisfy { rig.replica[0][$0 * blockSize] == UInt8($0 + 1) })
                await rig.tracker.acknowledgeApplied(interval.number)
            }
            rig.spills[0].failNextWrites(0)
            try await rig.replicate()
            #expect(rig.differing(0).isEmpty)
        }
    }
}
