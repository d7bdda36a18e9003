import Blocks
import Environment
import Glibc
import Intervals
@testable import Replicas
import Synchronization
import Testing

/// A source in a few lines: disks in memory, a snapshot at every cut.
struct Writer {
    static let sizes: [Int64] = [40 * 4096, 17 * 4096 + 512]
    static let item = "item-1"
    static let chunkBlocks = 2

    var generation = Writer.generation(1)
    var incarnation: UInt64 = 1
    var nextNumber: UInt64 = 1
    var disks: [[UInt8]] = Writer.sizes.map { [UInt8](repeating: 0, count: Int($0)) }
    /// Content at each cut, by number; 0 is blank.
    var cuts: [UInt64: [[UInt8]]] = [0: Writer.sizes.map { [UInt8](repeating: 0, count: Int($0)) }]
    var dice: Dice
    /// Disks may be enlarged.
    private(set) var sizes = Writer.sizes

    init(seed: UInt64) { dice = Dice(seed) }

    mutating func grow(_ disk: Int, to size: Int64) {
        disks[disk] += [UInt8](repeating: 0, count: Int(size - sizes[disk]))
        sizes[disk] = size
    }

    static func generation(_ number: UInt64) -> Generation {
        Generation(number: number, token: [UInt8](repeating: UInt8(number), count: 16))
    }

    static func geometry(_ disk: Int) -> DiskGeometry { DiskGeometry(size: sizes[disk]) }
    func geometry(_ disk: Int) -> DiskGeometry { DiskGeometry(size: sizes[disk]) }

    /// Some writes, some zeroes.
    mutating func scribble(_ count: Int = 6) {
        for _ in 0..<count {
            let disk = dice.roll(2)
            let block = dice.roll(geometry(disk).blockCount)
            let start = block * blockSize
            let length = geometry(disk).byteCount(of: block)
            let value = dice.roll(4) == 0 ? 0 : UInt8(1 + dice.roll(255))
            for index in 0..<length { disks[disk][start + index] = value == 0 ? 0 : value &+ UInt8(index % 7) }
        }
    }

    /// Of slices, `!=` goes byte by byte where nothing is optimised.
    private func differ(_ new: [UInt8], _ old: [UInt8], _ range: Range<Int>) -> Bool {
        new.withUnsafeBytes { new in
            old.withUnsafeBytes { old in
                memcmp(new.baseAddress! + range.lowerBound, old.baseAddress! + range.lowerBound, range.count) != 0
            }
        }
    }

    /// Blocks that differ from a cut.
    func changes(since base: UInt64) -> [BlockSet] {
        var old = cuts[base] ?? []
        for disk in disks.indices {
            // What was added since was zero then.
            old[disk] += [UInt8](repeating: 0, count: max(0, disks[disk].count - old[disk].count))
        }
        return disks.indices.map { disk in
            BlockSet(
                geometry(disk).blocks.filter { block in
                    let range = (block * blockSize)..<min((block + 1) * blockSize, disks[disk].count)
                    return differ(disks[disk], old[disk], range)
                })
        }
    }

    struct Interval {
        var header: IntervalHeader
        var chunks: [Chunk]
        var trailer: IntervalTrailer
    }

    /// The interval (or pass) of the content as it is now.
    mutating func cut(base: UInt64, pass: UInt32 = 0, extra: [BlockSet]? = nil) -> Interval {
        let number = nextNumber
        if pass == 0 {
            nextNumber += 1
            cuts[number] = disks
        }
        let id = IntervalID(generation: generation, incarnation: incarnation, number: number)
        var chunks: [Chunk] = []
        var trailers: [DiskTrailer] = []
        for (disk, blocks) in changes(since: base).enumerated() {
            var packer = ChunkPacker(interval: id, pass: pass, disk: UInt32(disk))
            var list = DigestList()
            func take() {
                guard let chunk = packer.take(sequence: UInt64(chunks.count)) else { return }
                list.add(chunk)
                chunks.append(chunk)
            }
            for (place, block) in blocks.union(extra?[disk] ?? BlockSet()).enumerated() {
                let end = min((block + 1) * blockSize, disks[disk].count)
                packer.add(block, Array(disks[disk][(block * blockSize)..<end]))
                if place % Self.chunkBlocks == Self.chunkBlocks - 1 { take() }
            }
            take()
            trailers.append(
                DiskTrailer(
                    disk: UInt32(disk), size: sizes[disk], blocks: list.blocks, digest: list.digest,
                    root: root(disk)))
        }
        return Interval(
            header: IntervalHeader(item: Self.item, id: id, base: base, pass: pass), chunks: chunks,
            trailer: IntervalTrailer(
                chunks: UInt64(chunks.count), cutMonotonic: Int64(number) * 1000,
                cutWall: WallInstant(microseconds: Int64(number) * 1_000_000), disks: trailers))
    }

    func root(_ disk: Int) -> TreeDigest {
        DigestTree.root(geometry: geometry(disk), leaves: BlockDigest.each(of: disks[disk], from: 0))
    }
}

extension Replica {
    @discardableResult
    func take(_ interval: Writer.Interval) throws -> [IntakeAnswer] {
        try begin(interval.header)
        for chunk in interval.chunks { if let answer = try append(chunk) { return [answer] } }
        return try end(interval.trailer)
    }

    func content(at point: UInt64) throws -> [[UInt8]] {
        try Writer.sizes.indices.map { try read(point: point, disk: $0, offset: 0, count: Int(Writer.sizes[$0])) }
    }

    func applyAll() throws { while try applyNext() != nil {} }

    func prune(_ policy: RetentionPolicy, now: WallInstant) throws -> [UInt64] {
        var dropped: [UInt64] = []
        while let number = try pruneOne(policy, now: now) { dropped.append(number) }
        return dropped
    }
}

enum Bench {
    static let directory = "/state/replica"
    static let disks = (0...1).map {
        ReplicaDisk(id: [UInt8](repeating: UInt8($0 + 1), count: 16), bundle: "/data/mt/\($0)", size: Writer.sizes[$0])
    }

    /// Two blank disks in the owner's directory.
    static func files() throws -> CrashingFiles {
        let files = CrashingFiles()
        for disk in disks {
            try files.createDirectory(disk.bundle)
            let file = try files.open(disk.bundle + "/disk.raw", .create)
            try file.truncate(to: disk.size)
            try file.sync()
            try files.syncDirectory(disk.bundle)
        }
        return files
    }

    /// Many batches of few blocks, each of which is written as late as may be. Without room intervals are read from
    /// staging.
    static func context(
        _ files: CrashingFiles, _ failpoints: any Failpoints = NoFailpoints(), room: ContentRoom? = nil
    ) -> ReplicaContext {
        ReplicaContext(
            files: files, failpoints: failpoints, worker: LateWorker(), packer: LateWorker(), batchBytes: 4 * blockSize,
            room: room ?? ContentRoom(bytes: 0))
    }

    static func replica(
        _ files: CrashingFiles, seeds: [HandoverRecord]? = nil, room: ContentRoom? = nil
    ) throws -> Replica {
        try Replica.adopt(
            directory: directory, item: Writer.item, disks: disks, fence: Writer.generation(1), seeds: seeds,
            context: context(files, room: room))
    }

    static func reopen(_ files: CrashingFiles, room: ContentRoom? = nil) throws -> Replica {
        try Replica.open(directory: directory, context: context(files, room: room))
    }

    /// Path of what arrived last; what was applied before it may still be there.
    static func newestStaging(_ files: CrashingFiles) throws -> String {
        let numbers = files.names.keys.compactMap { path in
            path.contains("/staging-") ? path.split(separator: "-").last.flatMap { Int($0) } : nil
        }
        return directory + "/staging-\(try #require(numbers.max()))"
    }

    static func rawDisks(_ files: CrashingFiles) throws -> [[UInt8]] {
        try disks.map { try files.readAll($0.bundle + "/disk.raw") }
    }
}

/// Does what it was given when that is waited for.
final class LateWorker: Worker {
    private let begun = Mutex<(@Sendable () throws -> Void)?>(nil)

    func begin(_ work: @escaping @Sendable () throws -> Void) throws {
        try wait()
        begun.withLock { $0 = work }
    }

    func wait() throws {
        let work = begun.withLock { begun in
            defer { begun = nil }
            return begun
        }
        try work?()
    }
}
