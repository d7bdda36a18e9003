public import Blocks
import Contract
import Environment
import IntervalFrames
public import Intervals
public import Messages
public import Model

/// A machine whose disks are in memory and whose intervals are made by comparing content with content: what an agent
/// must send, found without any of an agent's bookkeeping.
public struct ScriptedMachine: Sendable {
    public let item: ItemID
    public let diskIDs: [DiskID]
    public var generation: Model.Generation
    public var incarnation: UInt64 = 1
    public var nextNumber: UInt64 = 1
    public var disks: [[UInt8]]
    /// Content at each cut, by number; 0 is blank.
    public private(set) var cuts: [UInt64: [[UInt8]]]
    /// Sent in passes of the coming interval: their last content belongs to it.
    private var passed: [BlockSet]
    private var random: UInt64

    public init(item: ItemID, disks: [(id: DiskID, bytes: Int)], generation: Model.Generation, seed: UInt64) {
        self.item = item
        diskIDs = disks.map(\.id)
        self.generation = generation
        self.disks = disks.map { [UInt8](repeating: 0, count: $0.bytes) }
        cuts = [0: self.disks]
        passed = disks.map { _ in BlockSet() }
        random = seed | 1
    }

    public struct Interval: Sendable {
        public let header: IntervalHeader
        public let chunks: [Intervals.Chunk]
        public let trailer: IntervalTrailer

        public var frames: [ReplicationV1.SourceFrame] {
            [SpoolItem.begin(header).frame(of: header)] + chunks.map { SpoolItem.chunk($0).frame(of: header) }
                + [SpoolItem.end(trailer).frame(of: header)]
        }
    }

    public var hello: ReplicationV1.StreamHello {
        .with {
            $0.item = item.text
            $0.generation = generation.message
            $0.incarnation = incarnation
            $0.nextInterval = nextNumber
            $0.disks = descriptions
        }
    }

    public var descriptions: [CommonV1.Disk] {
        disks.enumerated().map { index, content in
            .with {
                $0.id = diskIDs[index].text
                $0.index = UInt32(index)
                $0.bytes = UInt64(content.count)
            }
        }
    }

    /// Some writes, some zeroes; `incompressible` content fills a chunk with as many bytes as blocks.
    public mutating func scribble(_ writes: Int = 6, incompressible: Bool = false) {
        for _ in 0..<writes {
            let disk = roll(disks.count)
            let block = roll(geometry(disk).blockCount)
            let start = block * blockSize
            let length = geometry(disk).byteCount(of: block)
            let isZero = !incompressible && roll(4) == 0
            for index in 0..<length {
                let value = incompressible ? UInt8(roll(256)) : UInt8(1 + (block + index) % 251)
                disks[disk][start + index] = isZero ? 0 : value
            }
            if !isZero { disks[disk][start] = UInt8(1 + roll(255)) }
        }
    }

    /// The interval (or pass) with the content as it is now: everything that differs from `base`, and `extra`.
    public mutating func cut(
        base: UInt64, pass: UInt32 = 0, extra: [BlockSet] = [], isFinal: Bool = false
    ) -> Interval {
        let number = nextNumber
        if pass == 0 {
            nextNumber += 1
            cuts[number] = disks
        }
        let id = IntervalID(generation: Blocks.Generation(generation), incarnation: incarnation, number: number)
        var chunks: [Intervals.Chunk] = []
        var trailers: [Intervals.DiskTrailer] = []
        for disk in disks.indices {
            var blocks = changes(of: disk, since: base)
            if extra.indices.contains(disk) { blocks.formUnion(extra[disk]) }
            blocks.formUnion(passed[disk])
            passed[disk] = pass == 0 ? BlockSet() : blocks
            var packer = ChunkPacker(interval: id, pass: pass, disk: UInt32(disk))
            var list = DigestList()
            func flush() {
                guard let chunk = packer.take(sequence: UInt64(chunks.count)) else { return }
                list.add(chunk)
                chunks.append(chunk)
            }
            for block in blocks {
                packer.add(block, content(disk, block))
                if packer.isFull { flush() }
            }
            flush()
            trailers.append(
                Intervals.DiskTrailer(
                    disk: UInt32(disk), size: Int64(disks[disk].count), blocks: list.blocks, digest: list.digest,
                    root: DigestTree.root(
                        geometry: geometry(disk), leaves: BlockDigest.each(of: disks[disk], from: 0))))
        }
        return Interval(
            header: IntervalHeader(item: item.text, id: id, base: base, pass: pass), chunks: chunks,
            trailer: IntervalTrailer(
                chunks: UInt64(chunks.count), cutMonotonic: Int64(number) * 1_000,
                cutWall: WallInstant(microseconds: 1_767_225_600_000_000 + Int64(number) * 1_000_000), isFinal: isFinal,
                disks: trailers))
    }

    public func geometry(_ disk: Int) -> DiskGeometry { DiskGeometry(size: Int64(disks[disk].count)) }

    private func content(_ disk: Int, _ block: BlockIndex) -> [UInt8] {
        let start = block * blockSize
        return Array(disks[disk][start..<(start + geometry(disk).byteCount(of: block))])
    }

    private func changes(of disk: Int, since base: UInt64) -> BlockSet {
        guard let old = cuts[base] else { return BlockSet(geometry(disk).blocks) }
        return BlockSet(
            geometry(disk).blocks.filter { block in
                let start = block * blockSize
                let range = start..<(start + geometry(disk).byteCount(of: block))
                return disks[disk][range] != old[disk][range]
            })
    }

    private mutating func roll(_ bound: Int) -> Int {
        random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((random >> 33) % UInt64(bound))
    }
}
