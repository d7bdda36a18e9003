import Blocks
public import Intervals

/// What it took to bring a replica up to the writer of a generation: from the writer's first word to the first point
/// that was sealed of it. The figures are committed in the transactions that they describe (the first word, the end of
/// a pass, the seal), so a crash loses none of what counts; only `dropped` counts in memory until the seal.
public struct CatchUp: Hashable, Sendable {
    public struct Disk: Hashable, Sendable {
        /// Blocks that arrived in passes that were stored and in the interval that was sealed, blocks of zeroes
        /// included; a block that arrived in two of them counts twice.
        public internal(set) var moved: UInt64 = 0
        /// Blocks that arrived and were dropped, because their interval broke off or was here already.
        public internal(set) var dropped: UInt64 = 0
        /// Blocks that this copy had changed by itself when the writer came.
        public internal(set) var own: UInt64 = 0
        /// Why the writer sent what it sent, by its own count at the cut.
        public internal(set) var counts = ChangeCounts()
    }

    public let generation: UInt64
    /// Number of the first sealed point; 0 while there is none.
    public internal(set) var point: UInt64 = 0
    public internal(set) var disks: [Disk]

    init(generation: UInt64, disks: [DiskState]) {
        self.generation = generation
        self.disks = disks.map { state in
            var disk = Disk()
            disk.own = UInt64(state.changes.count)
            return disk
        }
    }

    var isOver: Bool { point > 0 }

    /// An interval of this generation is sealed; the first one ends it.
    mutating func sealed(_ id: IntervalID, _ trailers: [DiskTrailer], dropped: [UInt64]) {
        guard !isOver, id.generation.number == generation else { return }
        point = id.number
        for (index, trailer) in trailers.enumerated() where disks.indices.contains(index) {
            disks[index].moved += UInt64(trailer.blocks)
            disks[index].dropped += index < dropped.count ? dropped[index] : 0
            disks[index].counts = trailer.counts ?? ChangeCounts()
        }
    }

    mutating func stored(_ id: IntervalID, _ blocks: [Int]) {
        guard !isOver, id.generation.number == generation else { return }
        for (index, count) in blocks.enumerated() where disks.indices.contains(index) {
            disks[index].moved += UInt64(count)
        }
    }
}

extension CatchUp {
    func write(to writer: inout ByteWriter) {
        writer.write(generation)
        writer.write(point)
        writer.write(list: disks) {
            for count in [$0.moved, $0.dropped, $0.own] { $1.write(count) }
            $0.counts.write(to: &$1)
        }
    }

    init(from reader: inout ByteReader) throws {
        generation = try reader.read()
        point = try reader.read()
        disks = try reader.readList(limit: IntervalTrailer.mostDisks) {
            var disk = Disk()
            disk.moved = try $0.read()
            disk.dropped = try $0.read()
            disk.own = try $0.read()
            disk.counts = try ChangeCounts(from: &$0)
            return disk
        }
    }
}
