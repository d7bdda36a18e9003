import Blocks
import Environment
import Intervals
import Synchronization
import Testing

@testable import Replicas

/// A batch is on its way to the disks while the next one comes. The worker of these tests writes as late as may be.
@Suite struct BatchWritesTests {
    private static func firstCopy() throws -> (files: CrashingFiles, replica: Replica, writer: Writer) {
        let files = try Bench.files()
        let replica = try Bench.replica(files)
        var writer = Writer(seed: 3)
        _ = try replica.hello(generation: writer.generation, incarnation: writer.incarnation)
        writer.scribble(30)
        return (files, replica, writer)
    }

    @Test func `what was stored is on the disks after a power loss`() throws {
        let (files, first, old) = try Self.firstCopy()
        var writer = old
        #expect(try first.take(writer.cut(base: 0, pass: 1)) == [.stored(number: 1, pass: 1)])
        files.die()
        files.powerOn { $0 - 1 }
        #expect(try Bench.rawDisks(files) == writer.disks)
        let replica = try Bench.reopen(files)
        for disk in 0..<2 { #expect(try replica.verifyDisk(disk).differing.isEmpty) }
    }

    @Test func `who looks at the disks waits for what is being written`() throws {
        var (_, replica, writer) = try Self.firstCopy()
        let pass = writer.cut(base: 0, pass: 1)
        try replica.begin(pass.header)
        // Two chunks are a batch.
        let batch = pass.chunks.prefix(2)
        for chunk in batch { #expect(try replica.append(chunk) == nil) }
        for run in batch.flatMap(\.runs) {
            let blocks = run.range
            let digests = Array(BlockDigest.each(of: writer.disks[0], from: 0)[blocks])
            #expect(try replica.differing(disk: 0, blocks, digests: digests).isEmpty)
        }
    }

    @Test func `an interval whose staging decayed behind its first batches leaves nothing of them`() throws {
        let (files, replica, old) = try ReplicaTests.replica(points: 2)
        var writer = old
        writer.scribble(30)
        try replica.take(writer.cut(base: 2))
        let path = try Bench.newestStaging(files)
        let size = try #require(files.names[path]?.current.count)
        files.names[path]?.current[size - 60] ^= 1
        guard case .needed(3, 2, _)? = try replica.applyNext() else {
            Issue.record("applied")
            return
        }
        for disk in 0..<2 { #expect(try replica.verifyDisk(disk).differing.isEmpty) }
        #expect(try Bench.rawDisks(files) == writer.cuts[2])
    }

    @Test func `a block that two batches of an interval hold is what the later one says`() throws {
        let (files, replica, old) = try ReplicaTests.replica(points: 2)
        var writer = old
        writer.scribble(30)
        try replica.take(writer.cut(base: 2, pass: 1))
        writer.scribble(30)
        try replica.take(writer.cut(base: 2, pass: 2))
        try replica.take(writer.cut(base: 2, extra: writer.disks.indices.map { BlockSet(writer.geometry($0).blocks) }))
        try replica.applyAll()
        #expect(try Bench.rawDisks(files) == writer.cuts[3])
        #expect(try replica.content(at: 2) == writer.cuts[2], "undo holds what was there first")
    }
}
