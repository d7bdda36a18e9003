import Blocks
import Environment
import Intervals
import Replicas
import Testing

/// A disk that became larger at its source: the replica follows, and its older points stay what they were.
@Suite struct GrowthTests {
    static let larger: Int64 = 300 * 4096

    /// Two points, then disk 0 is enlarged and a third one holds some of what was added.
    static func grown(seed: UInt64 = 5) throws -> (CrashingFiles, Replica, Writer) {
        let (files, replica, old) = try ReplicaTests.replica(points: 2, seed: seed)
        var writer = old
        try Self.enlarge(replica, &writer)
        try replica.take(writer.cut(base: 2))
        try replica.applyAll()
        return (files, replica, writer)
    }

    static func enlarge(_ replica: Replica, _ writer: inout Writer, to size: Int64 = larger) throws {
        writer.grow(0, to: size)
        writer.incarnation += 1
        _ = try replica.hello(generation: writer.generation, incarnation: writer.incarnation, sizes: writer.sizes)
        writer.scribble(20)
    }

    static func content(_ replica: Replica, _ writer: Writer, at point: UInt64) throws -> [[UInt8]] {
        let cut = try #require(writer.cuts[point])
        return try cut.indices.map { try replica.read(point: point, disk: $0, offset: 0, count: cut[$0].count) }
    }

    @Test func `the grown disk has its content at the newest point, the older points the sizes that they had`() throws {
        let (files, replica, writer) = try Self.grown()
        #expect(try replica.status.disks.map(\.size) == [Self.larger, Writer.sizes[1]])
        #expect(try Bench.rawDisks(files) == writer.disks)
        for point in 1...3 as ClosedRange<UInt64> {
            #expect(try Self.content(replica, writer, at: point) == writer.cuts[point])
        }
        #expect(throws: ReplicaError.self) {
            _ = try replica.read(point: 2, disk: 0, offset: Writer.sizes[0], count: 4096)
        }
        #expect(try replica.root(disk: 0) == writer.root(0))
        let check = try replica.verifyDisk(0)
        #expect(check.root == writer.root(0) && check.differing.isEmpty)
    }

    @Test func `moved below the growth and up again, its digests are those of the points`() throws {
        let (files, replica, writer) = try Self.grown()
        _ = try replica.move(to: 2)
        let old = try #require(writer.cuts[2])
        let before = DigestTree.root(geometry: Writer.geometry(0), leaves: BlockDigest.each(of: old[0], from: 0))
        #expect(try replica.root(disk: 0) == before)
        #expect(try replica.verifyDisk(0).root == before)
        #expect(try Bench.rawDisks(files)[0] == old[0] + [UInt8](repeating: 0, count: Int(Self.larger) - old[0].count))
        _ = try replica.move(to: 3)
        #expect(try Bench.rawDisks(files) == writer.disks)
        #expect(try replica.root(disk: 0) == writer.root(0))
    }

    @Test(arguments: [2, 3] as [UInt64])
    func `a disk is handed over with the size of its point, and taken back with all of it`(point: UInt64) throws {
        let (files, replica, writer) = try Self.grown()
        let size = try #require(writer.cuts[point]?[0].count)
        _ = try replica.move(to: point)
        _ = try replica.fence(Writer.generation(2))
        let records = try replica.release(under: Writer.generation(2))
        #expect(try replica.release(under: Writer.generation(2)) == records)
        #expect(try Bench.rawDisks(files) == writer.cuts[point])
        #expect(records[0].lineage.size == Int64(size))
        #expect(records[0].changes.subtracting(BlockSet(DiskGeometry(size: Int64(size)).blocks)).isEmpty)
        let digests = try files.open(Bench.disks[0].bundle + "/digests", .readWrite)
        let table = try DigestTable.open(digests, geometry: DiskGeometry(size: Int64(size)), rehashing: BlockSet())
        #expect(table.root == (try replica.points.first { $0.number == point }?.disks[0].root))
        _ = try replica.fence(Writer.generation(3))
        try replica.reclaim(under: Writer.generation(3))
        _ = try replica.move(to: 3)
        #expect(try Bench.rawDisks(files) == writer.disks)
        #expect(try replica.verifyDisk(0).differing.isEmpty)
    }

    @Test func `a machine's own content below its reprotect keeps its size`() throws {
        let files = try Bench.files()
        let seeds = Bench.disks.map { disk in
            HandoverRecord(lineage: LineageRecord(diskID: disk.id, size: disk.size), changes: BlockSet([3]))
        }
        let replica = try Bench.replica(files, seeds: seeds)
        try replica.beginOverwrite(name: "home-before-reprotect")
        var writer = Writer(seed: 3)
        try Self.enlarge(replica, &writer)
        try replica.take(writer.cut(base: 0))
        try replica.applyAll()
        let points = try replica.points
        #expect(points.map { $0.disks[0].size } == [Writer.sizes[0], Self.larger])
        #expect(points[0].pins == ["home-before-reprotect"])
        #expect(try Self.content(replica, writer, at: points[1].number) == writer.disks)
    }

    @Test func `smaller disks, more disks and sizes without whole blocks are refused, and change nothing`() throws {
        let (_, replica, writer) = try ReplicaTests.replica(points: 1)
        let before = try replica.status
        func refusal(_ sizes: [Int64]) -> String {
            do {
                _ = try replica.hello(generation: writer.generation, incarnation: 2, sizes: sizes)
                return "taken"
            } catch { return "\(error)" }
        }
        #expect(refusal([Writer.sizes[0] - 4096, Writer.sizes[1]]).contains("smaller is not carried on"))
        #expect(refusal([Writer.sizes[0], Writer.sizes[1] + 4096]).contains("no whole blocks"))
        #expect(refusal(Writer.sizes + [4096]).contains("3 disks"))
        #expect(try replica.status == before)
    }

    @Test func `no room takes the growth back, and it is done when there is some`() throws {
        let (files, replica, old) = try ReplicaTests.replica(points: 2)
        var writer = old
        files.longestFile = Int(Writer.sizes[0])
        writer.grow(0, to: Self.larger)
        #expect(throws: ReplicaError.self) {
            _ = try replica.hello(generation: writer.generation, incarnation: 2, sizes: writer.sizes)
        }
        #expect(try replica.status.disks.map(\.size) == Writer.sizes)
        #expect(try Bench.rawDisks(files) == writer.cuts[2])
        files.longestFile = nil
        _ = try replica.hello(generation: writer.generation, incarnation: 2, sizes: writer.sizes)
        #expect(try replica.status.disks.map(\.size) == writer.sizes)
    }

    @Test func `a power loss at any operation of it leaves every point, and the growth done or not begun`() throws {
        var crash = 0
        var (finished, takenBack) = (0, 0)
        while true {
            // Each operation of the growth, and some of what follows.
            crash += crash < 28 ? 1 : 11
            let (files, replica, old) = try ReplicaTests.replica(points: 2)
            var writer = old
            files.crashAt = files.operations + crash
            do {
                try Self.enlarge(replica, &writer, to: 50 * 4096)
                try replica.take(writer.cut(base: 2))
                try replica.applyAll()
                _ = try replica.move(to: 2)
                _ = try replica.fence(Writer.generation(2))
                _ = try replica.release(under: Writer.generation(2))
            } catch { #expect(files.isDown, "\(error) at operation \(crash)") }
            guard files.isDown else { break }
            var dice = Dice(UInt64(crash))
            files.powerOn { dice.roll($0) }
            let again = try Bench.reopen(files)
            let sizes = try again.status.disks.map(\.size)
            #expect(sizes == writer.sizes || sizes == Writer.sizes, "at operation \(crash)")
            if sizes == Writer.sizes { takenBack += 1 } else { finished += 1 }
            if try again.status.condition.isReleased { continue }
            try again.applyAll()
            for point in try again.points {
                let known = try #require(writer.cuts[point.number])
                #expect(try Self.content(again, writer, at: point.number) == known, "at operation \(crash)")
            }
            again.close()
        }
        #expect(finished > 10 && takenBack > 0, "\(finished) finished, \(takenBack) not begun")
    }
}

extension ReplicaCondition {
    fileprivate var isReleased: Bool { if case .released = self { true } else { false } }
}
