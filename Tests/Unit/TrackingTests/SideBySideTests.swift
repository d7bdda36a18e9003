internal import Blocks
internal import Environment
internal import Synchronization
import Testing

@testable import Tracking

/// Several disks of one machine are read side by side.
@Suite struct SideBySideTests {
    private static func fill(_ rig: Rig, disk: Int, blocks: Int) async throws {
        let content = [UInt8](repeating: UInt8(disk + 1), count: blocks * blockSize)
        try await rig.tracker.disk(disk).write(content, at: 0)
    }

    @Test func `while one disk is not read, all of the others is sent, and no more than a chunk of each is held`()
        async throws
    {
        let lanes = StalledDisk(0)
        var rig = try await Rig.make(1, disks: 3, lanes: lanes)
        for disk in 0..<3 { try await Self.fill(rig, disk: disk, blocks: 100) }
        let interval = try await rig.tracker.cut()
        lanes.stall()
        let taken = Taken()
        let reader = Task { [tracker = rig.tracker] in
            while let chunk = try await tracker.nextChunk() { taken.add(chunk) }
        }
        for _ in 0..<100_000 where taken.blocks(of: 1) + taken.blocks(of: 2) < 200 { await Task.yield() }
        #expect((0..<3).map { taken.blocks(of: $0) } == [0, 100, 100])
        #expect(await rig.tracker.readAhead.count == 1, "what is stalled is asked for once")
        lanes.resume()
        try await reader.value
        let chunks = taken.all
        for disk in 0..<3 {
            let firsts = chunks.filter { $0.disk == disk }.flatMap { $0.runs.map(\.firstBlock) }
            #expect(firsts == firsts.sorted(), "of one disk in order")
        }
        let trailer = try await rig.tracker.trailer()
        Rig.apply(chunks, to: &rig.replica)
        for disk in 0..<3 {
            #expect(rig.differing(disk).isEmpty)
            #expect(trailer.disks[disk].root == Rig.root(rig.replica[disk]))
        }
        await rig.tracker.acknowledgeApplied(interval.number)
    }

    @Test func `an interval given up while a disk is stalled is in the next one, and nothing of it comes late`()
        async throws
    {
        let lanes = StalledDisk(0)
        var rig = try await Rig.make(2, disks: 2, lanes: lanes)
        for disk in 0..<2 { try await Self.fill(rig, disk: disk, blocks: 40) }
        let interval = try await rig.tracker.cut()
        lanes.stall()
        let reader = Task { [tracker = rig.tracker] in
            while try await tracker.nextChunk() != nil {}
        }
        while await rig.tracker.readAhead.running != [0] { await Task.yield() }
        await rig.tracker.void(from: interval.number, cause: "test")
        try await Self.fill(rig, disk: 1, blocks: 1)
        lanes.resume()
        // It waits for a chunk, or was about to ask for the next one.
        await #expect { try await reader.value } throws: {
            [TrackingError.voided, .nothingFrozen].contains($0 as? TrackingError)
        }
        try await rig.replicate()
        #expect(rig.differing(0).isEmpty && rig.differing(1).isEmpty)
    }

    @Test(arguments: 0..<8)
    func `guests write to all disks while they are read, and the point is what was cut`(seed: Int) async throws {
        var random = Seeded(UInt64(seed))
        var rig = try await Rig.make(UInt64(seed), disks: 5, lanes: YieldingLane(UInt64(seed)))
        for disk in 0..<5 { try await Self.fill(rig, disk: disk, blocks: 20 + disk * 30) }
        let atCut = rig.disks.map(\.bytes)
        _ = try await rig.tracker.cut()
        let guest = Task { [tracker = rig.tracker, start = random.next()] in
            var random = Seeded(start)
            for _ in 0..<40 {
                let block = Int.random(in: 0..<150, using: &random)
                let content = [UInt8](repeating: UInt8.random(in: 100...255, using: &random), count: blockSize)
                let disk = Int.random(in: 0..<5, using: &random)
                try await tracker.disk(disk).write(content, at: Int64(block * blockSize))
            }
        }
        let chunks = try await rig.readOut()
        try await guest.value
        _ = try await rig.tracker.trailer()
        Rig.apply(chunks, to: &rig.replica)
        for disk in 0..<5 { #expect(rig.replica[disk] == atCut[disk], "disk \(disk), seed \(seed)") }
    }
}

private final class Taken: Sendable {
    private let chunks = Mutex<[ChunkContent]>([])

    var all: [ChunkContent] { chunks.withLock { $0 } }
    func add(_ chunk: ChunkContent) { chunks.withLock { $0.append(chunk) } }
    func blocks(of disk: Int) -> Int {
        all.filter { $0.disk == disk }.reduce(0) { $0 + $1.runs.reduce(0) { $0 + $1.blockCount } }
    }
}

/// Reads of one disk wait while it is stalled.
private final class StalledDisk: LaneProvider {
    private struct Stalling: Lane {
        let all: StalledDisk
        let isOurs: Bool

        func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
            while isOurs, all.isStalled.withLock({ $0 }) { await Task.yield() }
            return try body()
        }
    }

    private let prefixes: [String]
    private let isStalled = Mutex(false)

    init(_ disk: Int) { prefixes = ["disk-\(disk)-", "read-\(disk)"] }

    func lane(_ name: String) -> any Lane { Stalling(all: self, isOurs: prefixes.contains(where: name.hasPrefix)) }
    func stall() { isStalled.withLock { $0 = true } }
    func resume() { isStalled.withLock { $0 = false } }
}
