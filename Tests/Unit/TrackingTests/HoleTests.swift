internal import Blocks
internal import Environment
internal import Synchronization
import Testing

@testable import Tracking

/// What lies in a hole of the disk is sent as zero without being read.
@Suite struct HoleTests {
    private static func write(_ tracker: MachineTracker, _ random: inout Seeded) async throws {
        let first = Int.random(in: 0..<Rig.geometry.blockCount, using: &random)
        let count = min(Int.random(in: 1...300, using: &random), Rig.geometry.blockCount - first)
        let range = first..<(first + count)
        let (offset, bytes) = (Rig.geometry.offset(of: first), Rig.geometry.byteCount(of: range))
        switch Int.random(in: 0..<5, using: &random) {
        case 0, 1: try await tracker.disk(0).trim(offset: offset, count: Int64(bytes))
        case 2: try await tracker.disk(0).writeZeroes(offset: offset, count: Int64(bytes))
        default:
            let value = UInt8.random(in: 1...255, using: &random)
            try await tracker.disk(0).write([UInt8](repeating: value, count: bytes), at: offset)
        }
    }

    @Test func `the first copy of a sparse disk reads its data and nothing else`() async throws {
        var rig = try await Rig.make(1)
        let content = [UInt8](repeating: 7, count: 40 * blockSize)
        for first in [3, 700, 1_400] { try rig.disks[0].write(content, at: Int64(first * blockSize)) }
        let read = Mutex(0)
        let disk = CountedDisk(try FileDisk(locking: rig.disks[0])) { count in read.withLock { $0 += count } }
        let opening = try Sidecar.open(rig.sidecars[0], disk: rig.disks[0], content: disk)
        let table = try DigestTable.open(
            rig.tables[0], geometry: Rig.geometry, rehashing: opening.dirty.union(opening.suspects))
        rig.tracker = try await MachineTracker.start(
            environment: rig.environment,
            disks: [.init(backing: disk, diskFile: rig.disks[0], opening: opening, digests: table)],
            limits: Rig.limits())
        await rig.tracker.includeAll()
        read.withLock { $0 = 0 }
        try await rig.replicate()
        #expect(rig.differing(0).isEmpty)
        // Behind the last data there may be one more read before the next question.
        #expect((120 * blockSize...184 * blockSize).contains(read.withLock { $0 }), "\(read.withLock { $0 }) bytes")
    }

    @Test(arguments: 0..<12)
    func `holes punched and filled while an interval is read do not change what it holds`(seed: Int) async throws {
        var random = Seeded(UInt64(seed))
        let lanes: (any LaneProvider)? = seed % 2 == 0 ? YieldingLane(UInt64(seed)) : nil
        var rig = try await Rig.make(UInt64(seed), lanes: lanes)
        let tracker = rig.tracker
        for _ in 0..<8 { try await Self.write(tracker, &random) }
        if seed % 3 == 0 { await tracker.includeAll() }
        let atCut = rig.disks[0].bytes
        let interval = try await tracker.cut()
        let guest = Task { [start = random.next()] in
            var random = Seeded(start)
            for _ in 0..<12 { try await Self.write(tracker, &random) }
        }
        let chunks = try await rig.readOut()
        try await guest.value
        let trailer = try await tracker.trailer()
        Rig.apply(chunks, to: &rig.replica)
        #expect(rig.replica[0] == atCut, "seed \(seed)")
        #expect(trailer.disks[0].root == Rig.root(atCut))
        await tracker.acknowledgeApplied(interval.number)
        try await rig.replicate()
        #expect(rig.differing(0).isEmpty, "seed \(seed)")
    }

    @Test(arguments: 0..<6)
    func `holes punched and filled while a pass runs are right in the point that follows`(seed: Int) async throws {
        var random = Seeded(UInt64(100 + seed))
        var rig = try await Rig.make(UInt64(seed), lanes: YieldingLane(UInt64(seed)))
        let tracker = rig.tracker
        for _ in 0..<6 { try await Self.write(tracker, &random) }
        await tracker.includeAll()
        for _ in 0..<2 {
            _ = try await tracker.beginPass(limit: .max)
            let guest = Task { [start = random.next()] in
                var random = Seeded(start)
                for _ in 0..<10 { try await Self.write(tracker, &random) }
            }
            let chunks = try await rig.readOut()
            try await guest.value
            Rig.apply(chunks, to: &rig.replica)
        }
        try await rig.replicate()
        #expect(rig.differing(0).isEmpty, "seed \(seed)")
    }

    @Test func `a chunk does not name more runs than a chunk may have`() async throws {
        var limits = Rig.limits()
        limits.chunkRuns = 100
        limits.chunkBytes = 16 * blockSize
        var rig = try await Rig.make(5, limits: limits)
        let holes = BlockSet(stride(from: 0, to: Rig.geometry.blockCount, by: 2))
        await rig.tracker.include(holes, disk: 0)
        _ = try await rig.tracker.cut()
        let chunks = try await rig.readOut()
        #expect(chunks.count > 1)
        // One read beyond the bound, of single blocks.
        #expect(chunks.allSatisfy { $0.runs.count <= limits.chunkRuns + 16 })
        _ = try await rig.tracker.trailer()
        Rig.apply(chunks, to: &rig.replica)
        #expect(rig.differing(0).isEmpty)
    }
}

/// Counts the bytes that are read.
private final class CountedDisk: BackingDisk {
    private let disk: FileDisk
    private let count: @Sendable (Int) -> Void

    init(_ disk: FileDisk, _ count: @escaping @Sendable (Int) -> Void) {
        self.disk = disk
        self.count = count
    }

    var geometry: DiskGeometry { disk.geometry }
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileError) {
        count(buffer.count)
        try disk.read(into: buffer, at: offset)
    }
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FileError) {
        try disk.write(bytes, at: offset)
    }
    func punch(at offset: Int64, count: Int64) throws(FileError) { try disk.punch(at: offset, count: count) }
    func list(at offset: Int64, count: Int64, in extents: inout ExtentList) throws(FileError) -> Bool {
        try disk.list(at: offset, count: count, in: &extents)
    }
    func sync() throws(FileError) { try disk.sync() }
}
