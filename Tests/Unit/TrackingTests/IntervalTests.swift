internal import Blocks
internal import Environment
import Testing

@testable import Tracking

@Suite struct IntervalTests {
    static func block(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: blockSize) }

    @Test(arguments: 0..<12)
    func `a cut is an exact prefix over two disks while guests go on writing`(seed: Int) async throws {
        var rig = try await Rig.make(UInt64(seed), disks: 2)
        let tracker = rig.tracker
        for round in 0..<4 {
            // Each writer writes x to disk 0, waits, then x to disk 1: at any cut disk 1 is never ahead.
            let writers = Task {
                await withTaskGroup(of: Void.self) { group in
                    for writer in 0..<4 {
                        group.addTask {
                            for step in 1...12 {
                                let value = UInt8(round * 12 + step)
                                let offset = Int64(writer * 300 * blockSize)
                                try? await tracker.disk(0).write(Self.block(value), at: offset)
                                try? await tracker.disk(1).write(Self.block(value), at: offset)
                            }
                        }
                    }
                }
            }
            for _ in 0..<(seed * 7) { await Task.yield() }
            try await rig.replicate()
            for writer in 0..<4 {
                let start = writer * 300 * blockSize
                let first = Set(rig.replica[0][start..<(start + blockSize)])
                let second = Set(rig.replica[1][start..<(start + blockSize)])
                #expect(first.count == 1 && second.count == 1, "never torn by the tracking")
                let (a, b) = (first.first ?? 0, second.first ?? 0)
                #expect(a == b || a == b + 1, "seed \(seed): disk 0 at \(a), disk 1 at \(b)")
            }
            await writers.value
            await tracker.maintain()
        }
        try await rig.replicate()
        #expect(rig.differing(0).isEmpty && rig.differing(1).isEmpty)
    }

    @Test func `much that was applied is settled at once, so that a crash does not send it again`() async throws {
        var limits = Rig.limits()
        limits.mostUnsettled = 16
        var rig = try await Rig.make(3, limits: limits)
        for (blocks, isSettled) in [(8, false), (24, true)] {
            for block in 0..<blocks {
                try await rig.tracker.disk(0).write(Self.block(UInt8(blocks + block)), at: Int64(block * blockSize))
            }
            try await rig.replicate()
            // The first look settles, the second one writes the pages of the map.
            for _ in 0..<2 { await rig.tracker.tick() }
            var random = Seeded(5)
            let reopened = try await rig.afterCrash(powerLoss: true, &random, limits: limits)
            #expect(reopened.openings[0].dirty.isEmpty == isSettled)
            rig = reopened
            try await rig.resolveSuspects()
        }
    }

    @Test func `content of the cut is shipped although it was overwritten before it was read`() async throws {
        var rig = try await Rig.make(1)
        let disk = rig.tracker.disk(0)
        try await disk.write(Self.block(1) + Self.block(2) + Self.block(3), at: 0)
        let interval = try await rig.tracker.cut()
        try await disk.write(Self.block(9), at: 4096)
        try await disk.trim(offset: 0, count: 4096)
        try await disk.write([7], at: 8192 + 100)
        Rig.apply(try await rig.readOut(), to: &rig.replica)
        _ = try await rig.tracker.trailer()
        #expect(Array(rig.replica[0][..<12288]) == Self.block(1) + Self.block(2) + Self.block(3))
        await rig.tracker.acknowledgeApplied(interval.number)
        try await rig.replicate()
        #expect(rig.differing(0).isEmpty)
        #expect(rig.replica[0][0] == 0 && rig.replica[0][4096] == 9 && rig.replica[0][8292] == 7)
    }

    @Test func `copy aside spills, and merges the interval forward when the spill is full`() async throws {
        for spill: Int64 in [0, 40 * 4096] {
            var limits = Rig.limits()
            limits.asideMemoryBytes = 2 * blockSize
            limits.spillBytes = spill
            var rig = try await Rig.make(2, limits: limits)
            let disk = rig.tracker.disk(0)
            for index in 0..<10 { try await disk.write(Self.block(UInt8(index + 1)), at: Int64(index * blockSize)) }
            let interval = try await rig.tracker.cut()
            for index in 0..<10 { try await disk.write(Self.block(100), at: Int64(index * blockSize)) }
            if spill > 0 {
                Rig.apply(try await rig.readOut(), to: &rig.replica)
                _ = try await rig.tracker.trailer()
                #expect((0..<10).allSatisfy { rig.replica[0][$0 * blockSize] == UInt8($0 + 1) })
                await rig.tracker.acknowledgeApplied(interval.number)
            } else {
                await #expect(throws: TrackingError.nothingFrozen) { try await rig.tracker.nextChunk() }
                #expect(await rig.tracker.takeEvents() == [.voided(intervals: [interval.number], cause: "spill full")])
            }
            try await rig.replicate()
            #expect(rig.differing(0).isEmpty)
        }
    }

    @Test func `a void merges forward and the base stands before what was lost`() async throws {
        var rig = try await Rig.make(3)
        let disk = rig.tracker.disk(0)
        var numbers: [UInt64] = []
        for index in 0..<4 {
            try await disk.write(Self.block(UInt8(index + 1)), at: Int64(index * 2 * blockSize))
            let interval = try await rig.tracker.cut()
            #expect(interval.base.number == (numbers.last ?? 0))
            numbers.append(interval.number)
            if index == 0 { Rig.apply(try await rig.readOut(), to: &rig.replica) } else { _ = try await rig.readOut() }
            _ = try await rig.tracker.trailer()
        }
        // The second of four is lost on its way: it and all younger ones go.
        #expect(await rig.tracker.void(from: numbers[1], cause: "spool lost") == Array(numbers[1...]))
        let healing = try await rig.tracker.cut()
        #expect(healing.base.number == numbers[0])
        #expect(healing.number > numbers[3])
        #expect(healing.blocks == [3])
        Rig.apply(try await rig.readOut(), to: &rig.replica)
        let trailer = try await rig.tracker.trailer()
        #expect(trailer.disks[0].root == Rig.root(rig.replica[0]))
        #expect(rig.differing(0).isEmpty)
    }

    @Test func `passes ship what a busy disk holds and the cut closes the rest`() async throws {
        var rig = try await Rig.make(5)
        let disk = rig.tracker.disk(0)
        for index in 0..<60 { try await disk.write(Self.block(UInt8(index + 1)), at: Int64(index * 5 * blockSize)) }
        let pass = try await rig.tracker.beginPass(limit: 40)
        #expect(pass.pass == 1 && pass.blocks == 40)
        var shipped: [ChunkContent] = []
        if let chunk = try await rig.tracker.nextChunk() { shipped.append(chunk) }
        // Written during the pass, both behind and before the reader.
        try await disk.write(Self.block(200), at: 0)
        try await disk.write(Self.block(201), at: Int64(39 * 5 * blockSize))
        shipped += try await rig.readOut()
        await #expect(throws: Never.self) { try await rig.tracker.beginPass(limit: 10) }
        shipped += try await rig.readOut()
        let interval = try await rig.tracker.cut()
        shipped += try await rig.readOut()
        let trailer = try await rig.tracker.trailer()
        #expect(Set(shipped.map(\.pass)) == [1, 2, 3])
        #expect(shipped.map(\.sequence) == Array(0..<shipped.count))
        #expect(shipped.allSatisfy { $0.interval == interval.number })
        Rig.apply(shipped, to: &rig.replica)
        #expect(trailer.disks[0].root == Rig.root(rig.replica[0]))
        #expect(trailer.disks[0].blocks == 60)
        #expect(rig.differing(0).isEmpty)
    }

    @Test func `a pass given up returns its blocks`() async throws {
        var rig = try await Rig.make(6)
        try await rig.tracker.disk(0).write(Self.block(1), at: 0)
        _ = try await rig.tracker.beginPass(limit: 10)
        _ = try await rig.readOut()
        await rig.tracker.void(from: 1, cause: "staging damaged")
        try await rig.replicate()
        #expect(rig.differing(0).isEmpty)
    }

    @Test func `zero runs carry no payload and a chunk stays within its bound`() async throws {
        let rig = try await Rig.make(7)
        let disk = rig.tracker.disk(0)
        try await disk.write([UInt8](repeating: 3, count: 200 << 10), at: 0)
        try await disk.writeZeroes(offset: 8192, count: 4096, mayTrim: false)
        await rig.tracker.include(BlockSet(2..<3), disk: 0)
        _ = try await rig.tracker.cut()
        let chunks = try await rig.readOut()
        #expect(chunks.allSatisfy { $0.payload.count <= 64 << 10 })
        #expect(chunks[0].runs.prefix(3) == [
            ChunkRun(firstBlock: 0, blockCount: 2, isZero: false), ChunkRun(firstBlock: 2, blockCount: 1, isZero: true),
            ChunkRun(firstBlock: 3, blockCount: 13, isZero: false),
        ])
    }

    @Test func `after CLOSED nothing is executed but the rest is still shipped`() async throws {
        var random = Seeded(8)
        var rig = try await Rig.make(8)
        try await rig.tracker.disk(0).write(Self.block(1), at: 0)
        try await rig.tracker.close()
        await #expect(throws: TrackingError.closed) { try await rig.tracker.disk(0).write(Self.block(2), at: 0) }
        rig = try await rig.afterCrash(powerLoss: true, &random)
        await #expect(throws: TrackingError.closed) {
            try await rig.tracker.disk(0).trim(offset: 0, count: 4096)
        }
        try await rig.resolveSuspects()
        try await rig.replicate()
        #expect(rig.differing(0).isEmpty && rig.replica[0][0] == 1)
    }

    @Test func `a hold parks later mutations until it is released`() async throws {
        let rig = try await Rig.make(9)
        let tracker = rig.tracker
        try await tracker.disk(0).write(Self.block(1), at: 0)
        let interval = try await tracker.hold(token: 5, lease: .seconds(1))
        let parked = Task { try await tracker.disk(0).write(Self.block(2), at: 0) }
        while await tracker.parkedMutations == 0, rig.disks[0].bytes[0] == 1 { await Task.yield() }
        #expect(rig.disks[0].bytes[0] == 1)
        #expect(await tracker.release(token: 4) == false)
        #expect(await tracker.release(token: 5))
        try await parked.value
        #expect(rig.disks[0].bytes[0] == 2)
        #expect(await tracker.release(token: 5) == false)
        let content = try await rig.readOut()
        #expect(content[0].interval == interval.number && content[0].payload[0] == 1)
        rig.clock.advance(.seconds(2))
    }

    @Test func `a reader of an unacknowledged write during a group cut`() async throws {
        var rig = try await Rig.make(15)
        let tracker = rig.tracker
        try await tracker.disk(0).write(Self.block(1), at: 0)
        let interval = try await tracker.hold(token: 5, lease: .seconds(1))
        let parked = Task { try await tracker.disk(0).write(Self.block(2), at: 0) }
        // It waits, or it was done: there is no third.
        while await tracker.parkedMutations == 0, rig.disks[0].bytes[0] == 1 { await Task.yield() }
        // Who reads what was not acknowledged may write what follows from it on another member, before that one's cut.
        #expect(try await tracker.disk(0).read(offset: 0, count: blockSize) == Self.block(1))
        Rig.apply(try await rig.readOut(), to: &rig.replica)
        _ = try await tracker.trailer()
        #expect(rig.replica[0][0] == 1)
        await tracker.acknowledgeApplied(interval.number)
        await tracker.release(token: 5)
        try await parked.value
        try await rig.replicate()
        #expect(rig.replica[0][0] == 2)
        rig.clock.advance(.seconds(2))
    }

    @Test func `a hold that outlives its lease answers false`() async throws {
        let rig = try await Rig.make(10)
        _ = try await rig.tracker.hold(token: 5, lease: .milliseconds(50))
        rig.clock.advance(.milliseconds(51))
        try await rig.tracker.disk(0).write(Self.block(2), at: 0)
        #expect(await rig.tracker.release(token: 5) == false)
    }

    @Test func `concurrent cold writes share a sidecar sync`() async throws {
        let rig = try await Rig.make(11)
        let tracker = rig.tracker
        let before = rig.sidecars[0].syncs
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<40 {
                group.addTask { try? await tracker.disk(0).write([1], at: Int64(index * 4096)) }
            }
        }
        #expect(rig.sidecars[0].syncs - before <= 3)
    }

    @Test func `a failing sidecar loses tracking on record, or fails the write`() async throws {
        var random = Seeded(12)
        var rig = try await Rig.make(12)
        rig.sidecars[0].failNextWrites(2)
        await #expect(throws: TrackingError.self) { try await rig.tracker.disk(0).write(Self.block(1), at: 0) }
        #expect(rig.disks[0].bytes[0] == 0)
        rig.sidecars[0].failNextWrites(1)
        try await rig.tracker.disk(0).write(Self.block(1), at: 0)
        rig = try await rig.afterCrash(powerLoss: false, &random)
        guard case .compare(.trackingLost) = rig.openings[0].finding else {
            Issue.record("finding \(rig.openings[0].finding)")
            return
        }
        try await rig.resolveSuspects()
        try await rig.replicate()
        #expect(rig.differing(0).isEmpty)
        await rig.tracker.maintain()
        try await rig.tracker.shutDown()
        rig = try await rig.afterCrash(powerLoss: true, &random)
        #expect(rig.openings[0].finding == .clean)
    }

    @Test func `another disk under the sidecar, or a sidecar from an hour ago, leads to a comparison`() async throws {
        var random = Seeded(13)
        var rig = try await Rig.make(13)
        try await rig.tracker.disk(0).write(Self.block(5), at: 0)
        try await rig.replicate()
        await rig.tracker.maintain()
        try await rig.tracker.shutDown()
        let power = Power()
        let sidecar = { (random: inout Seeded) in rig.sidecars[0].afterCrash(powerLoss: true, power, &random) }
        let other = CrashFile(power, inode: 77, content: rig.disks[0].bytes)
        let foreign = try Sidecar.open(sidecar(&random), disk: other, content: try FileDisk(locking: other))
        #expect(foreign.finding == .compare(.foreign("another device or inode")))
        let blank = CrashFile(power, inode: 1, content: [UInt8](repeating: 0, count: Int(Rig.size)))
        let changed = try Sidecar.open(sidecar(&random), disk: blank, content: try FileDisk(locking: blank))
        #expect(changed.finding == .compare(.foreign("block 0 does not hold what was shipped last")))
        #expect(changed.suspects.union(changed.dirty).count == Rig.geometry.blockCount)
        let same = rig.disks[0].afterCrash(powerLoss: true, power, &random)
        let old = try Sidecar.open(
            sidecar(&random), disk: same, content: try FileDisk(locking: same),
            targetPosition: PointID(generation: 1, number: 500))
        #expect(old.finding == .compare(.old))
        #expect(old.sidecar.header.nextInterval == 501)
        rig.power.cut()
    }

    @Test func `a scrub finds a change that did not come through the tracking`() async throws {
        var rig = try await Rig.make(14)
        try await rig.tracker.disk(0).write(Self.block(5), at: 0)
        try await rig.replicate()
        await rig.tracker.maintain()
        #expect(try await rig.tracker.scrub(disk: 0, region: 0) == [])
        try rig.disks[0].write(Self.block(6), at: 0)
        #expect(try await rig.tracker.scrub(disk: 0, region: 0) == [0])
        try await rig.replicate()
        #expect(rig.differing(0).isEmpty)
    }
}
