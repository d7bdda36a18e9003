import Blocks
import Environment
import Intervals
import Testing

@testable import Replicas

/// Files of undo and redo, and maps, of any size.
@Suite struct BlockFileTests {
    @Test func `blocks beyond 16 TiB are found again`() throws {
        let files = CrashingFiles()
        let geometry = DiskGeometry(size: 17 << 40)
        let first = 1 << 32
        let file = try BlockFile.create(1, in: "/b", [geometry], files)
        var packer = file.packer(disk: 0)
        packer.add(5, [UInt8](repeating: 1, count: blockSize))
        packer.add(first + 5, [UInt8](repeating: 2, count: blockSize))
        packer.add(first + 6, [UInt8](repeating: 0, count: blockSize))
        try file.append(&packer)
        let reference = try file.finish()
        file.close()
        let again = try BlockFile.open(reference, in: "/b", [geometry], files)
        #expect(again.captured(0) == BlockSet([5, first + 5, first + 6]))
        #expect(try again.read(5, disk: 0) == [UInt8](repeating: 1, count: blockSize))
        #expect(try again.read(first + 5, disk: 0) == [UInt8](repeating: 2, count: blockSize))
        #expect(try again.read(first + 6, disk: 0) == nil)
        again.close()
    }

    @Test func `an index is a chain of as many records as it needs`() throws {
        let files = CrashingFiles()
        let geometries = Writer.sizes.map { DiskGeometry(size: $0) }
        let file = try BlockFile.create(1, in: "/b", geometries, files)
        let blocks = [BlockSet((0..<10).map { $0 * 3 }), BlockSet([1, 4])]
        for disk in geometries.indices {
            var packer = file.packer(disk: disk)
            for block in blocks[disk] { packer.add(block, [UInt8](repeating: UInt8(block + 1), count: blockSize)) }
            try file.append(&packer)
        }
        let reference = try file.finish(recordEntries: 3)
        file.close()
        var indices = 0
        let records = RecordFile(try files.open(BlockFile.path(1, "/b"), .read), seed: 1)
        try records.scan { if $0.kind == .index { indices += 1 } }
        #expect(indices == 5, "ten entries in four, and two in one")
        let again = try BlockFile.open(reference, in: "/b", geometries, files)
        #expect(geometries.indices.map(again.captured) == blocks)
        for disk in geometries.indices {
            for block in blocks[disk] {
                #expect(try again.read(block, disk: disk)?.first == UInt8(block + 1))
            }
        }
        try again.verify()
        again.close()
    }

    /// A chunk is compressed while the next one is packed, and is in the file once that comes, or a sync.
    @Test func `what is packed is captured at once, and is not when it is dropped`() throws {
        let files = try Bench.files()
        let geometry = DiskGeometry(size: 64 * Int64(blockSize))
        let file = try BlockFile.create(7, in: Bench.directory, [geometry], files, worker: LateWorker())
        for block in [3, 5, 9] {
            var packer = file.packer(disk: 0)
            packer.add(block, [UInt8](repeating: UInt8(block), count: blockSize))
            try file.append(&packer)
            #expect(file.captured(0).contains(block))
            if block == 5 { file.dropPacked() }
            if block == 9 { try file.sync() }
        }
        #expect(Array(file.captured(0)) == [3, 9])
        var seen: [BlockIndex] = []
        try file.forEach { content in seen += content.runs.map(\.first) }
        #expect(seen == [3, 9])
        #expect(try file.read(9, disk: 0) == [UInt8](repeating: 9, count: blockSize))
        _ = try file.finish()
    }

    private static func context(_ files: CrashingFiles) -> ReplicaContext {
        ReplicaContext(files: files, recordEntries: 2)
    }

    @Test func `points are applied, merged, moved over and found again by indices of many records`() throws {
        let files = try Bench.files()
        let replica = try Replica.adopt(
            directory: Bench.directory, item: Writer.item, disks: Bench.disks, fence: Writer.generation(1), seeds: nil,
            context: Self.context(files))
        var writer = Writer(seed: 8)
        _ = try replica.hello(generation: writer.generation, incarnation: 1)
        for number in 0..<5 as Range<UInt64> {
            writer.scribble(12)
            try replica.take(writer.cut(base: number))
            try replica.applyAll()
        }
        _ = try replica.pin(.number(1), owner: "job-1")
        _ = try replica.move(to: 1)
        _ = try replica.move(to: 5)
        #expect(try replica.prune(RetentionPolicy(count: 3, age: nil), now: WallInstant(microseconds: 0)) == [2, 3])
        _ = try replica.move(to: 4)
        replica.close()
        let again = try Replica.open(directory: Bench.directory, context: Self.context(files))
        for number in [1, 4, 5] as [UInt64] { #expect(try again.content(at: number) == writer.cuts[number]) }
        _ = try again.move(to: 5)
        #expect(try Bench.rawDisks(files) == writer.disks)
        again.close()
    }

    /// A master target has a thousand points of each of its replicas, and looks into some of them.
    @Test func `what is open of old points has a bound, however many there are, and each is read`() throws {
        let files = try Bench.files()
        let context = ReplicaContext(files: files, openEntries: 60)
        let replica = try Replica.adopt(
            directory: Bench.directory, item: Writer.item, disks: Bench.disks, fence: Writer.generation(1), seeds: nil,
            context: context)
        func look(_ what: String) {
            let (files, entries) = (replica.indices.fileCount, replica.indices.entryCount)
            #expect(files == 1 || entries <= 60, "\(what): \(entries) of \(files)")
        }
        var writer = Writer(seed: 12)
        _ = try replica.hello(generation: writer.generation, incarnation: 1)
        for number in 0..<30 as Range<UInt64> {
            writer.scribble(12)
            try replica.take(writer.cut(base: number))
            try replica.applyAll()
            look("point \(number + 1)")
        }
        #expect(replica.indices.fileCount > 2)
        for number in [1, 2, 15, 30] as [UInt64] {
            #expect(try replica.content(at: number) == writer.cuts[number])
            look("read \(number)")
        }
        _ = try replica.pin(.number(1), owner: "job-1")
        #expect(try replica.prune(RetentionPolicy(count: 3, age: nil), now: WallInstant(microseconds: 0)).count == 27)
        look("merged")
        _ = try replica.move(to: 1)
        #expect(try Bench.rawDisks(files) == writer.cuts[1])
        _ = try replica.move(to: 30)
        look("moved")
        for number in [1, 29, 30] as [UInt64] { #expect(try replica.content(at: number) == writer.cuts[number]) }
        #expect(files.mostOpenBlockFiles <= 3, "of 30, \(files.mostOpenBlockFiles) open at once")
        replica.close()
        #expect(files.openBlockFiles == 0)
    }

    /// An adopted replica whose disks have maps of many runs.
    private static func adopted(_ writer: inout Writer) throws -> (CrashingFiles, [BlockSet], [BlockSet]) {
        let files = try Bench.files()
        let changes = Bench.disks.map { disk in
            BlockSet(stride(from: 0, to: DiskGeometry(size: disk.size).blockCount, by: 3))
        }
        let suspects = Bench.disks.map { disk in
            BlockSet(stride(from: 1, to: DiskGeometry(size: disk.size).blockCount, by: 3))
        }
        writer.cuts[7] = writer.disks
        writer.nextNumber = 8
        let seeds = Bench.disks.indices.map { index in
            HandoverRecord(
                lineage: LineageRecord(
                    diskID: Bench.disks[index].id, size: Bench.disks[index].size,
                    history: [HistoryEntry(generation: Writer.generation(1), startingPoint: .origin)],
                    position: PointID(generation: 1, number: 7), state: .settled),
                changes: changes[index], suspects: suspects[index])
        }
        try Replica.adopt(
            directory: Bench.directory, item: Writer.item, disks: Bench.disks, fence: Writer.generation(1),
            seeds: seeds, context: context(files)
        ).close()
        return (files, changes, suspects)
    }

    private static func changeMaps(_ files: CrashingFiles) -> [String] {
        files.names.keys.filter { $0.contains("/changes-") }
    }

    @Test func `change maps lie beside the metadata until an interval covers them`() throws {
        var writer = Writer(seed: 9)
        let (files, changes, suspects) = try Self.adopted(&writer)
        #expect(Self.changeMaps(files).count == 1)
        let replica = try Replica.open(directory: Bench.directory, context: Self.context(files))
        let standing = try replica.hello(generation: writer.generation, incarnation: 1)
        #expect(standing.changes == changes && standing.suspects == suspects)
        try replica.beginOverwrite(name: "home-before-reprotect")
        writer.scribble()
        try replica.take(writer.cut(base: 7, extra: changes))
        try replica.applyAll()
        #expect(Self.changeMaps(files).isEmpty)
        replica.close()
        let again = try Bench.reopen(files)
        #expect(try again.content(at: 8) == writer.disks)
        let after = try again.hello(generation: writer.generation, incarnation: 2)
        #expect((after.changes + after.suspects).allSatisfy { $0.isEmpty })
        again.close()
    }

    @Test(arguments: [false, true])
    func `change maps that decayed are named, and every block is compared`(isGone: Bool) throws {
        var writer = Writer(seed: 9)
        let (files, _, _) = try Self.adopted(&writer)
        let path = try #require(Self.changeMaps(files).first)
        if isGone { files.names[path] = nil } else { files.names[path]?.current[40] ^= 4 }
        let replica = try Bench.reopen(files)
        #expect(try replica.status.decayed.contains { $0.contains(path) })
        let standing = try replica.hello(generation: writer.generation, incarnation: 1)
        #expect(standing.changes.allSatisfy { $0.isEmpty })
        #expect(standing.suspects == Writer.sizes.map { BlockSet(DiskGeometry(size: $0).blocks) })
        try replica.beginOverwrite(name: "home-before-reprotect")
        writer.scribble()
        #expect(try replica.take(writer.cut(base: 7)) == [.sealed(8)])
        try replica.applyAll()
        #expect(try Bench.rawDisks(files) == writer.disks)
        replica.close()
    }

    @Test func `metadata of an older form is named and left alone`() throws {
        let files = CrashingFiles()
        var old = ByteWriter()
        old.write(UInt16(3))
        old.write("item-1")
        try SlotStore.create("/state/old", files, old.bytes).close()
        let failure = #expect(throws: ReplicaError.self) {
            try Replica.open(directory: "/state/old", context: ReplicaContext(files: files))
        }
        #expect(failure?.code == .corrupt)
        let said = failure?.detail ?? ""
        #expect(said.contains("/state/old") && said.contains("version 3"), "\(said)")
        #expect(try SlotStore.open("/state/old", files)?.value == old.bytes)
    }
}
