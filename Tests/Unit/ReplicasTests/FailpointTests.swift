import Blocks
import Environment
import Intervals
import Replicas
import Testing

/// `kill -9` at failpoints that only a replica passes whose files decay, or whose disks held something before.
@Suite struct FailpointTests {
    /// Dies at a failpoint.
    private final class Killer: Failpoints, @unchecked Sendable {
        let name: String
        let files: CrashingFiles
        private(set) var reached = false

        init(_ name: String, _ files: CrashingFiles) {
            self.name = name
            self.files = files
        }

        func reach(_ name: String) {
            guard name == self.name, !reached else { return }
            reached = true
            files.die()
        }
    }

    @Test(arguments: [
        "replica.damage.before", "replica.damage.after", "replica.rollback.before", "replica.rollback.after",
        "replica.withdraw.before", "replica.withdraw.after",
    ])
    func `killed while it goes on from decay, it loses no other point`(name: String) throws {
        let files = try Bench.files()
        let killer = Killer(name, files)
        let replica = try Replica.adopt(
            directory: Bench.directory, item: Writer.item, disks: Bench.disks, fence: Writer.generation(1), seeds: nil,
            context: Bench.context(files, killer))
        var writer = Writer(seed: 8)
        do { try Self.live(replica, &writer, files) } catch { #expect(files.isDown, "\(error)") }
        #expect(killer.reached)
        files.restart()
        let again = try Bench.reopen(files)
        try again.applyAll()
        let points = try again.points
        #expect(points.count >= 3)
        for point in points where point.damage.isEmpty {
            #expect(try again.content(at: point.number) == writer.cuts[point.number], "point \(point.number)")
        }
        writer.generation = try again.status.fence
        writer.incarnation += 1
        let standing = try again.hello(generation: writer.generation, incarnation: writer.incarnation)
        writer.nextNumber += 10
        let all = Writer.sizes.indices.map { BlockSet(Writer.geometry($0).blocks) }
        let healing = writer.cut(base: standing.sealed.number, extra: all)
        #expect(try again.take(healing) == [.sealed(healing.header.id.number)])
        try again.applyAll()
        #expect(try Bench.rawDisks(files) == writer.disks)
    }

    private static func live(_ replica: Replica, _ writer: inout Writer, _ files: CrashingFiles) throws {
        _ = try replica.hello(generation: writer.generation, incarnation: 1)
        for number in 0..<3 as Range<UInt64> {
            writer.scribble()
            try replica.take(writer.cut(base: number))
            try replica.applyAll()
        }
        // A block decays that the next interval overwrites: what the points before held of it is lost.
        files.names[Bench.disks[0].bundle + "/disk.raw"]?.current[7] ^= 1
        writer.disks[0][0] ^= 1
        try replica.take(writer.cut(base: 3))
        try replica.applyAll()
        // A pass is on the disks, and its interval never comes.
        writer.scribble()
        try replica.take(writer.cut(base: 4, pass: 1))
        _ = try replica.fence(Writer.generation(2))
        writer.generation = Writer.generation(2)
        _ = try replica.hello(generation: writer.generation, incarnation: 1)
        // Sealed, and its staging decays before it is applied.
        writer.scribble()
        try replica.take(writer.cut(base: 4))
        let staging = try Bench.newestStaging(files)
        files.names[staging]?.current[40] ^= 1
        try replica.applyAll()
    }

    @Test(arguments: ["replica.fallback.before", "replica.fallback.after"], [false, true])
    func `killed while it goes down to what can be written again, it gets there`(name: String, power: Bool) throws {
        let files = try Bench.files()
        var writer = Writer(seed: 11)
        try CrashTests.unsynced(files, &writer, lost: true)
        files.names[try Bench.newestStaging(files)]?.current[60] ^= 1
        let killer = Killer(name, files)
        _ = try? Replica.open(
            directory: Bench.directory, context: Bench.context(files, killer))
        #expect(killer.reached)
        // The decay is the medium's, not of what was written last.
        if power { files.powerOn { $0 - 1 } } else { files.restart() }
        if power, name.hasSuffix("before") { files.names[try Bench.newestStaging(files)]?.current[60] ^= 1 }
        let again = try Bench.reopen(files)
        #expect(try again.status.withdrawn.map(\.point.number) == [4])
        try CrashTests.checkPoints(again, writer, newest: 3)
        #expect(try Bench.rawDisks(files) == writer.cuts[3])
        try CrashTests.goOn(again, &writer, withdrawn: 1)
    }

    @Test(arguments: [
        "replica.growth.begin.before", "replica.growth.begin.after", "replica.growth.resized", "replica.growth.table",
        "replica.growth.before", "replica.growth.after", "replica.growth.undone.before",
        "replica.growth.undone.after", "replica.release.cut",
    ])
    func `killed while a disk is enlarged or handed over smaller, it has every point and goes on`(name: String) throws {
        let files = try Bench.files()
        let killer = Killer(name, files)
        let replica = try Replica.adopt(
            directory: Bench.directory, item: Writer.item, disks: Bench.disks, fence: Writer.generation(1), seeds: nil,
            context: Bench.context(files, killer))
        var writer = Writer(seed: 9)
        do {
            _ = try replica.hello(generation: writer.generation, incarnation: 1)
            for number in 0..<2 as Range<UInt64> {
                writer.scribble()
                try replica.take(writer.cut(base: number))
                try replica.applyAll()
            }
            if name.contains("undone") { files.longestFile = Int(Writer.sizes[0]) }
            try GrowthTests.enlarge(replica, &writer)
            try replica.take(writer.cut(base: 2))
            try replica.applyAll()
            _ = try replica.move(to: 2)
            _ = try replica.fence(Writer.generation(2))
            _ = try replica.release(under: Writer.generation(2))
        } catch { #expect(files.isDown, "\(error)") }
        #expect(killer.reached)
        files.restart()
        files.longestFile = nil
        let again = try Bench.reopen(files)
        if name == "replica.release.cut" {
            _ = try again.release(under: Writer.generation(2))
            #expect(try Bench.rawDisks(files) == writer.cuts[2])
        } else {
            for point in [1, 2] as [UInt64] {
                #expect(try GrowthTests.content(again, writer, at: point) == writer.cuts[point])
            }
            _ = try again.hello(
                generation: writer.generation, incarnation: writer.incarnation + 1, sizes: writer.sizes)
            #expect(try again.status.disks.map(\.size) == writer.sizes)
        }
    }

    @Test(arguments: ["replica.overwrite.before", "replica.overwrite.after"])
    func `killed as disks with content are given free to be overwritten, it keeps what they held`(name: String) throws {
        let files = try Bench.files()
        var writer = Writer(seed: 3)
        writer.scribble(30)
        writer.cuts[7] = writer.disks
        writer.nextNumber = 8
        for (disk, bytes) in zip(Bench.disks, writer.disks) {
            let file = try files.open(disk.bundle + "/disk.raw", .readWrite)
            try file.write(bytes, at: 0)
            try file.sync()
        }
        let seeds = Bench.disks.map { disk in
            HandoverRecord(
                lineage: LineageRecord(
                    diskID: disk.id, size: disk.size,
                    history: [HistoryEntry(generation: Writer.generation(1), startingPoint: .origin)],
                    position: PointID(generation: 1, number: 7), state: .settled), changes: BlockSet([2]))
        }
        let killer = Killer(name, files)
        let replica = try Replica.adopt(
            directory: Bench.directory, item: Writer.item, disks: Bench.disks, fence: Writer.generation(1),
            seeds: seeds, context: Bench.context(files, killer))
        #expect(throws: (any Error).self) {
            try replica.beginOverwrite(name: "before")
            _ = try replica.hello(generation: writer.generation, incarnation: 1)
        }
        #expect(killer.reached)
        files.restart()
        let again = try Bench.reopen(files)
        try again.beginOverwrite(name: "before")
        _ = try again.hello(generation: writer.generation, incarnation: 1)
        let held = writer.disks
        writer.scribble()
        let all = Writer.sizes.indices.map { BlockSet(Writer.geometry($0).blocks) }
        #expect(try again.take(writer.cut(base: 7, extra: all)) == [.sealed(8)])
        try again.applyAll()
        #expect(try Bench.rawDisks(files) == writer.disks)
        #expect(try again.content(at: 7) == held)
    }
}
