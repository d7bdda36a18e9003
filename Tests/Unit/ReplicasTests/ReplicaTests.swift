import Blocks
import Environment
import Intervals
import Replicas
import Testing

@Suite struct ReplicaTests {
    /// A replica with so many applied points.
    static func replica(points: Int, seed: UInt64 = 5) throws -> (CrashingFiles, Replica, Writer) {
        let files = try Bench.files()
        let replica = try Bench.replica(files)
        var writer = Writer(seed: seed)
        _ = try replica.hello(generation: writer.generation, incarnation: 1)
        for number in 0..<points {
            writer.scribble()
            try replica.take(writer.cut(base: UInt64(number)))
            try replica.applyAll()
        }
        return (files, replica, writer)
    }

    @Test func `twenty moves in both directions end where they began`() throws {
        let (files, replica, writer) = try Self.replica(points: 6)
        var dice = Dice(9)
        for _ in 0..<20 {
            let target = UInt64(1 + dice.roll(6))
            let ahead = try replica.move(to: target)
            #expect(try Bench.rawDisks(files) == writer.cuts[target])
            for (disk, blocks) in writer.changes(since: target).enumerated() {
                #expect(blocks.subtracting(ahead[disk]).isEmpty, "the ahead set holds all that differs")
            }
            for point in 1...6 { #expect(try replica.content(at: UInt64(point)) == writer.cuts[UInt64(point)]) }
        }
        let ahead = try replica.move(to: 6)
        #expect(ahead.allSatisfy { $0.isEmpty })
        #expect(try Bench.rawDisks(files) == writer.disks)
    }

    static func blockFiles(_ files: CrashingFiles) -> Int {
        files.names.keys.filter { $0.contains("/blocks-") }.count
    }

    @Test func `a point is pruned after moves over it: those above it come back whole`() throws {
        let (files, replica, writer) = try Self.replica(points: 3)
        _ = try replica.pin(.number(1), owner: "job-1")
        _ = try replica.move(to: 1)
        _ = try replica.move(to: 3)
        #expect(try replica.prune(RetentionPolicy(count: 2, age: nil), now: WallInstant(microseconds: 0)) == [2])
        #expect(Self.blockFiles(files) == 1, "one undo, and no redo that does not fit it")
        _ = try replica.move(to: 1)
        #expect(try Bench.rawDisks(files) == writer.cuts[1])
        #expect(try replica.content(at: 3) == writer.cuts[3])
        _ = try replica.move(to: 3)
        #expect(try Bench.rawDisks(files) == writer.cuts[3])
    }

    @Test func `redo is gone with the next interval`() throws {
        let (files, replica, old) = try Self.replica(points: 3)
        var writer = old
        _ = try replica.move(to: 1)
        _ = try replica.move(to: 3)
        writer.scribble()
        try replica.take(writer.cut(base: 3))
        try replica.applyAll()
        #expect(Self.blockFiles(files) == 3, "the undo of points 2, 3 and 4")
        for number in 1...4 as ClosedRange<UInt64> {
            #expect(try replica.content(at: number) == writer.cuts[number])
        }
    }

    @Test func `a point is read through more undo files than are kept open`() throws {
        let (_, replica, writer) = try Self.replica(points: 70)
        for number in [1, 2, 40, 70] as [UInt64] { #expect(try replica.content(at: number) == writer.cuts[number]) }
    }

    @Test func `an interval whose base is missing is parked until it comes`() throws {
        let (_, replica, old) = try Self.replica(points: 1)
        var writer = old
        writer.scribble()
        let second = writer.cut(base: 1)
        writer.scribble()
        let third = writer.cut(base: 2)
        #expect(try replica.take(third) == [.parked(3)])
        #expect(try replica.take(second) == [.sealed(2), .sealed(3)])
        try replica.applyAll()
        #expect(try replica.content(at: 3) == writer.disks)
    }

    @Test func `an interval that is parked and comes again is parked once`() throws {
        let (files, replica, old) = try Self.replica(points: 1)
        var writer = old
        writer.scribble()
        let second = writer.cut(base: 1)
        writer.scribble()
        let third = writer.cut(base: 2)
        let staged = { try files.list(Bench.directory).count { $0.hasPrefix("staging-") } }
        let before = try staged()
        for _ in 0...Replica.mostParked { #expect(try replica.take(third) == [.parked(3)]) }
        #expect(try staged() == before + 1)
        #expect(try replica.take(second) == [.sealed(2), .sealed(3)])
        try replica.applyAll()
        #expect(try replica.content(at: 3) == writer.disks)
    }

    @Test func `an interval that is here already is answered and dropped`() throws {
        let (_, replica, old) = try Self.replica(points: 1)
        var writer = old
        writer.scribble()
        let second = writer.cut(base: 1)
        #expect(try replica.take(second) == [.sealed(2)])
        #expect(try replica.take(second) == [.sealed(2)])
        try replica.applyAll()
        #expect(try replica.take(second) == [.applied(2)])
    }

    @Test func `more intervals than can be parked are needed again`() throws {
        let (_, replica, old) = try Self.replica(points: 1)
        var writer = old
        writer.nextNumber = 50
        writer.cuts[49] = writer.disks
        var last: [IntakeAnswer] = []
        for _ in 0...Replica.mostParked {
            writer.scribble(1)
            last = try replica.take(writer.cut(base: writer.nextNumber - 1))
        }
        guard case .needed(_, position: 1, _) = last.first else {
            Issue.record("\(last)")
            return
        }
    }

    @Test func `a newer incarnation drops unsealed intervals and shuts the older out`() throws {
        let (_, replica, old) = try Self.replica(points: 1)
        var writer = old
        writer.scribble()
        let late = writer.cut(base: 1)
        try replica.begin(late.header)
        writer.incarnation = 2
        #expect(try replica.hello(generation: writer.generation, incarnation: 2).sealed.number == 1)
        #expect(throws: ReplicaError.self) { try replica.begin(late.header) }
        #expect(throws: ReplicaError.self) { try replica.hello(generation: writer.generation, incarnation: 1) }
    }

    @Test func `a damaged chunk or a wrong trailer drops the interval`() throws {
        let (_, replica, old) = try Self.replica(points: 1)
        var writer = old
        writer.scribble()
        var bad = writer.cut(base: 1)
        let chunk = bad.chunks[0]
        bad.chunks[0] = Chunk(
            interval: chunk.interval, pass: chunk.pass, disk: chunk.disk, sequence: chunk.sequence, runs: chunk.runs,
            compression: chunk.compression, payload: chunk.payload, checksum: .zeroContent)
        guard case .needed(2, 1, _) = try replica.take(bad).first else {
            Issue.record("taken")
            return
        }
        #expect(try replica.status.sealed.number == 1)
    }

    @Test func `damaged sealed staging withdraws the point by name and the disks stay at the one before`() throws {
        let (files, replica, old) = try Self.replica(points: 2)
        var writer = old
        writer.scribble()
        try replica.take(writer.cut(base: 2))
        let path = try Bench.newestStaging(files)
        files.names[path]?.current[60] ^= 1
        guard case .needed(3, 2, _)? = try replica.applyNext() else {
            Issue.record("applied")
            return
        }
        #expect(try replica.status.withdrawn.map(\.point.number) == [3])
        #expect(try Bench.rawDisks(files) == writer.cuts[2])
    }

    @Test func `a root that the content does not lead to withdraws the point`() throws {
        let (files, replica, old) = try Self.replica(points: 2)
        var writer = old
        // A write that is in the source's root but in no interval.
        writer.disks[0][0] ^= 0xff
        var interval = writer.cut(base: 2)
        interval.chunks = []
        interval.trailer = IntervalTrailer(
            chunks: 0, cutMonotonic: 0, cutWall: WallInstant(microseconds: 0),
            disks: interval.trailer.disks.map {
                DiskTrailer(disk: $0.disk, size: $0.size, blocks: 0, digest: DigestList().digest, root: $0.root)
            })
        #expect(try replica.take(interval) == [.sealed(3)])
        guard case .needed(3, 2, _)? = try replica.applyNext() else {
            Issue.record("applied")
            return
        }
        #expect(try Bench.rawDisks(files) == writer.cuts[2])
    }

    @Test func `retention never drops the newest, a pinned point or a member of a group point`() throws {
        let (_, replica, writer) = try Self.replica(points: 8)
        _ = try replica.pin(.number(3), owner: "job-1")
        try replica.keep(5, asMemberOf: "group/1/1")
        let dropped = try replica.prune(RetentionPolicy(count: 1, age: nil), now: WallInstant(microseconds: 0))
        #expect(dropped == [1, 2, 4, 6, 7])
        #expect(try replica.points.map(\.number) == [3, 5, 8])
        for number in [3, 5, 8] as [UInt64] { #expect(try replica.content(at: number) == writer.cuts[number]) }
        try replica.unpin(owner: "job-1")
        #expect(try replica.prune(RetentionPolicy(count: 2, age: nil), now: WallInstant(microseconds: 0)) == [3])
    }

    @Test func `no space drops the oldest unpinned points early, and stops before apply at a pinned one`() throws {
        let (files, replica, old) = try Self.replica(points: 4)
        var writer = old
        writer.scribble(30)
        try replica.take(writer.cut(base: 4))
        _ = try replica.pin(.number(1), owner: "job-1")
        files.capacity = 0
        #expect(throws: ReplicaError.self) { try replica.applyNext() }
        #expect(try replica.points.count == 5)
        files.capacity = 1 << 40
        #expect(try replica.applyNext() == .applied(5))
        #expect(try replica.content(at: 1) == writer.cuts[1])
    }

    @Test func `a fence shuts the old generation out, a drained one stays until its final seal`() throws {
        let (_, replica, old) = try Self.replica(points: 1)
        var writer = old
        _ = try replica.fence(Writer.generation(2), drains: Writer.generation(1))
        writer.scribble()
        #expect(try replica.take(writer.cut(base: 1)) == [.sealed(2)])
        #expect(try replica.sealFinal(closing: Writer.generation(1)).number == 2)
        writer.scribble()
        #expect(throws: ReplicaError.self) { try replica.take(writer.cut(base: 2)) }
        #expect(throws: ReplicaError.self) { try replica.fence(Writer.generation(1)) }
    }

    @Test func `released at an older point, reclaimed after a cancel, moved back up, nothing copied`() throws {
        let (files, replica, old) = try Self.replica(points: 4)
        var writer = old
        _ = try replica.fence(Writer.generation(2))
        _ = try replica.pin(.number(2), owner: "job-1")
        let ahead = try replica.move(to: 2)
        let records = try replica.release(under: Writer.generation(2))
        #expect(records.map(\.changes) == ahead)
        #expect(records[0].lineage.state == .released)
        #expect(records[0].lineage.mapCoversAhead.number == 4)
        #expect(try HandoverRecord(from: try files.readAll("/data/mt/0/lineage")) == records[0])
        let other = try files.open("/data/mt/0/disk.raw", .readWrite)
        #expect(try other.tryLockExclusive(), "released disks are unlocked")
        other.close()
        replica.close()
        let again = try Bench.reopen(files)
        _ = try again.fence(Writer.generation(3))
        try again.reclaim(under: Writer.generation(3))
        #expect(try again.move(to: 4).allSatisfy { $0.isEmpty })
        #expect(try Bench.rawDisks(files) == writer.disks)
        writer.generation = Writer.generation(3)
        _ = try again.hello(generation: writer.generation, incarnation: 1)
        writer.scribble()
        #expect(try again.take(writer.cut(base: 4)) == [.sealed(5)])
    }

    @Test func `a disk that the undone points left as it was is covered by its map as well`() throws {
        let (_, replica, old) = try Self.replica(points: 2)
        var writer = old
        writer.disks[0][0] ^= 1
        #expect(try replica.take(writer.cut(base: 2)) == [.sealed(3)])
        try replica.applyAll()
        _ = try replica.fence(Writer.generation(2))
        _ = try replica.pin(.number(2), owner: "job-1")
        _ = try replica.move(to: 2)
        let records = try replica.release(under: Writer.generation(2))
        #expect(records.map(\.changes.count) == [1, 0])
        let command = LineageCommand(
            generation: 3, roleChanges: [RoleChange(from: 1, to: 2, oldWriter: .confirmedDead)])
        for (index, record) in records.enumerated() {
            // The other side drained, so it stands at the newest point.
            var home = LineageRecord(
                diskID: record.lineage.diskID, size: record.lineage.size,
                history: [record.lineage.history[0]], position: record.lineage.position, state: .settled)
            home.position = PointID(generation: 1, number: 3)
            let source = CopyObservation(
                record: record.lineage, size: record.lineage.size, device: 1, inode: 1,
                changedBlocks: record.changes.count)
            let target = CopyObservation(record: home, size: record.lineage.size, device: 2, inode: 2)
            let outcome = decide(source: source, target: target, command: command)
            #expect(outcome.row == 15, "disk \(index): row \(outcome.row), \(outcome.action)")
        }
    }

    @Test func `an adopted disk with own writes keeps its content as the point before`() throws {
        let files = try Bench.files()
        var writer = Writer(seed: 3)
        writer.scribble(30)
        writer.cuts[7] = writer.disks
        writer.nextNumber = 8
        // The old machine wrote on after the join at 7.
        var home = writer
        home.scribble(8)
        let changes = home.changes(since: 7)
        for (disk, bytes) in zip(Bench.disks, home.disks) {
            let file = try files.open(disk.bundle + "/disk.raw", .readWrite)
            try file.write(bytes, at: 0)
            try file.sync()
        }
        let join = PointID(generation: 1, number: 7)
        let seeds = zip(Bench.disks, changes).map { disk, changes in
            HandoverRecord(
                lineage: LineageRecord(
                    diskID: disk.id, size: disk.size,
                    history: [HistoryEntry(generation: Writer.generation(1), startingPoint: .origin)],
                    position: join, state: .settled), changes: changes)
        }
        let replica = try Bench.replica(files, seeds: seeds)
        let standing = try replica.hello(generation: writer.generation, incarnation: 1)
        #expect(standing.changes == changes)
        writer.scribble()
        let interval = writer.cut(base: 7, extra: changes)
        #expect(throws: ReplicaError.self) { try replica.take(interval) }
        try replica.beginOverwrite(name: "home-before-reprotect")
        #expect(try replica.take(interval) == [.sealed(8)])
        try replica.applyAll()
        #expect(try Bench.rawDisks(files) == writer.disks)
        #expect(try replica.content(at: 7) == home.disks)
        #expect(try replica.points[0].pins == ["home-before-reprotect"])
    }

    @Test func `of a sparse disk only its data is read when it is adopted`() throws {
        let files = try Bench.files()
        let data: [Int: UInt8] = [3: 7, 4: 8, 39: 9]
        let file = try files.open(Bench.disks[0].bundle + "/disk.raw", .readWrite)
        for (block, value) in data {
            try file.write([UInt8](repeating: value, count: blockSize), at: Int64(block * blockSize))
        }
        try file.sync()
        file.close()
        let seeds = Bench.disks.map { disk in
            HandoverRecord(
                lineage: LineageRecord(
                    diskID: disk.id, size: disk.size,
                    history: [HistoryEntry(generation: Writer.generation(1), startingPoint: .origin)],
                    position: PointID(generation: 1, number: 7), state: .settled), changes: BlockSet())
        }
        let replica = try Bench.replica(files, seeds: seeds)
        #expect(files.readBytes(Bench.disks[0].bundle + "/disk.raw") == data.count * blockSize)
        #expect(files.readBytes(Bench.disks[1].bundle + "/disk.raw") == 0)
        for (index, content) in try Bench.rawDisks(files).enumerated() {
            let geometry = Writer.geometry(index)
            let expected = DigestTree.root(geometry: geometry, leaves: BlockDigest.each(of: content, from: 0))
            #expect(try replica.root(disk: index) == expected)
        }
    }

    @Test func `what a writer moved is counted up to its first point, and survives a crash`() throws {
        let files = try Bench.files()
        var writer = Writer(seed: 3)
        let replica = try Bench.replica(files)
        _ = try replica.hello(generation: writer.generation, incarnation: 1)
        writer.scribble()
        let first = writer.cut(base: 0)
        #expect(try replica.take(first) == [.sealed(1)])
        let blocks = first.trailer.disks.map { UInt64($0.blocks) }
        writer.scribble()
        _ = try replica.take(writer.cut(base: 1))
        let counted = try #require(try replica.status.catchUp)
        #expect(counted.point == 1)
        #expect(counted.disks.map(\.moved) == blocks)
        #expect(counted.disks.map(\.dropped) == blocks.map { _ in 0 })
        // An interval that is here already is read over, and is nothing new.
        _ = try replica.take(first)
        replica.close()
        let again = try Bench.reopen(files)
        #expect(try again.status.catchUp == counted)
        again.close()
    }

    @Test func `a released disk carries the digests of what it holds`() throws {
        let (files, replica, _) = try Self.replica(points: 3)
        _ = try replica.move(to: 2)
        _ = try replica.fence(Writer.generation(2))
        let roots = try Bench.disks.indices.map { try replica.root(disk: $0) }
        _ = try replica.release(under: Writer.generation(2))
        for (index, disk) in Bench.disks.enumerated() {
            let file = try files.open(disk.bundle + "/digests", .readWrite)
            let table = try DigestTable.open(
                file, geometry: DiskGeometry(size: disk.size), rehashing: BlockSet())
            #expect(table.root == roots[index])
            table.close()
        }
    }

    @Test func `every block that was replaced is read back, and a flipped bit among them is found`() throws {
        let (files, replica, _) = try Self.replica(points: 3)
        let read = try replica.verifyChanged(0)
        #expect(read.read > 0)
        #expect(read.differing.isEmpty)
        let disk = try files.open(Bench.disks[0].bundle + "/disk.raw", .readWrite)
        for offset in stride(from: Int64(0), to: Bench.disks[0].size - 4096, by: 4096) {
            try disk.write([UInt8](repeating: 0xA5, count: 4096), at: offset)
        }
        #expect(try replica.verifyChanged(0).differing.count >= read.read - 1)
    }

    @Test func `a disk that is open elsewhere is not taken`() throws {
        let (files, replica, _) = try Self.replica(points: 1)
        #expect(throws: ReplicaError.self) { try Bench.reopen(files) }
        replica.close()
        try Bench.reopen(files).close()
    }

    @Test func `scrub names a flipped bit and marks the points that hold it`() throws {
        let (files, replica, _) = try Self.replica(points: 2)
        files.names["/data/mt/0/disk.raw"]?.current[5 * 4096 + 1] ^= 4
        let step = try #require(try replica.scrub(disk: 0, region: 0))
        #expect(step.differing == BlockSet([5]))
        #expect(try replica.points.allSatisfy { !$0.damage.isEmpty })
    }

    @Test func `group points are durable, and a token names one cut for ever`() throws {
        let files = CrashingFiles()
        let points = try GroupPoints.open("/state/groups", files: files)
        let generation = Generation(number: 1, token: [UInt8](repeating: 7, count: Generation.tokenByteCount))
        func point(_ sequence: UInt64?, _ b: UInt64) -> GroupPoint {
            let members = ["a": 4, "b": b].mapValues { GroupPoint.Member(generation: generation, number: $0) }
            return GroupPoint(
                group: "g", generation: 1, sequence: sequence, members: members, cut: WallInstant(microseconds: 1))
        }
        try points.record(point(1, 9))
        try points.record(point(1, 9))
        #expect(throws: ReplicaError.self) { try points.record(point(1, 10)) }
        try points.record(point(nil, 12))
        let again = try GroupPoints.open("/state/groups", files: files)
        #expect(again.all == [point(1, 9), point(nil, 12)])
        #expect(again.all.map(\.token) == ["g/1/1", "g/1/final"])
        try again.remove(["g/1/1"])
        #expect(try GroupPoints.open("/state/groups", files: files).all == [point(nil, 12)])
    }
}
