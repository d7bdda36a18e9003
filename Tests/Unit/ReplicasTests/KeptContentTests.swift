import Blocks
import Intervals
import Testing

@testable import Replicas

/// What came of an interval is applied from memory where there is room for it, and from staging where there is none.
@Suite struct KeptContentTests {
    private static func replica(room: ContentRoom) throws -> (files: CrashingFiles, replica: Replica, writer: Writer) {
        let files = try Bench.files()
        let replica = try Bench.replica(files, room: room)
        var writer = Writer(seed: 3)
        _ = try replica.hello(generation: writer.generation, incarnation: writer.incarnation)
        for base in 0...1 as ClosedRange<UInt64> {
            writer.scribble(30)
            try replica.take(writer.cut(base: base))
            try replica.applyAll()
        }
        return (files, replica, writer)
    }

    @Test func `an interval is applied from memory, whatever became of its staging`() throws {
        let room = ContentRoom(bytes: 1 << 20)
        var (files, replica, writer) = try Self.replica(room: room)
        writer.scribble(30)
        #expect(try replica.take(writer.cut(base: 2)) == [.sealed(3)])
        #expect(room.bytesLeft < 1 << 20)
        try files.remove(try Bench.newestStaging(files))
        #expect(try replica.applyNext() == .applied(3))
        #expect(try Bench.rawDisks(files) == writer.cuts[3])
        #expect(try replica.content(at: 2) == writer.cuts[2])
        #expect(room.bytesLeft == 1 << 20)
    }

    /// The staging is what is written again after a crash.
    @Test func `applied from memory, and its staging gone at a power loss: the point is given up by name`() throws {
        var (files, first, writer) = try Self.replica(room: ContentRoom(bytes: 1 << 20))
        writer.scribble(30)
        try first.take(writer.cut(base: 2))
        try files.remove(try Bench.newestStaging(files))
        try first.applyAll()
        files.die()
        files.powerOn { $0 - 1 }
        let replica = try Bench.reopen(files)
        #expect(try replica.status.withdrawn.map(\.point.number) == [3])
        #expect(try replica.status.position.number == 2)
        #expect(try Bench.rawDisks(files) == writer.cuts[2])
        for disk in 0..<2 { #expect(try replica.verifyDisk(disk).differing.isEmpty) }
    }

    @Test(arguments: [0, 1, 8, 20])
    func `what there is no room for is read from staging`(blocks: Int) throws {
        let room = ContentRoom(bytes: blocks * blockSize)
        var (files, replica, writer) = try Self.replica(room: room)
        writer.scribble(30)
        try replica.take(writer.cut(base: 2))
        try replica.applyAll()
        #expect(try Bench.rawDisks(files) == writer.cuts[3])
        #expect(room.bytesLeft == blocks * blockSize)
    }

    @Test func `an interval that is dropped, given up or parked keeps no room`() throws {
        let room = ContentRoom(bytes: 1 << 20)
        var (_, replica, writer) = try Self.replica(room: room)
        writer.scribble(30)
        let dropped = writer.cut(base: 2)
        try replica.begin(dropped.header)
        for chunk in dropped.chunks { #expect(try replica.append(chunk) == nil) }
        #expect(room.bytesLeft < 1 << 20)
        try replica.void(from: dropped.header.id.number)
        #expect(room.bytesLeft == 1 << 20)
        // Its base is not here.
        writer.scribble(30)
        let parked = writer.cut(base: dropped.header.id.number)
        #expect(try replica.take(parked) == [.parked(parked.header.id.number)])
        #expect(room.bytesLeft == 1 << 20)
        try replica.take(writer.cut(base: 2, extra: writer.disks.indices.map { BlockSet(writer.geometry($0).blocks) }))
        #expect(room.bytesLeft < 1 << 20)
        replica.close()
        withExtendedLifetime(replica) {}
    }
}
