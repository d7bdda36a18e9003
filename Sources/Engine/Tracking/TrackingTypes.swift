public import Blocks
public import Environment

/// The bounds of tracking. The defaults are those of the product; tests make them small.
public struct TrackingLimits: Sendable {
    /// Content put aside in memory per disk before it spills.
    public var asideMemoryBytes = 16 << 20
    /// Size of the spill file per disk; beyond it the frozen interval is merged forward.
    public var spillBytes: Int64 = 1 << 30
    /// Interval numbers reserved at once: a header write for half as many cuts. A disk that is restored together with
    /// its sidecar from a copy made fewer cuts ago goes unnoticed, unless a block shipped last differs.
    public var numberBatch: UInt64 = 16
    /// Content in one chunk, at most.
    public var chunkBytes = 1 << 20
    /// Blocks looked at for one chunk, so that a blank disk does not hold the shipper for long.
    public var chunkScanBlocks = 16 * 1024
    /// Disks of which a chunk is read or waits to be taken, at once: bounds memory to as many chunks.
    public var disksReadAtOnce = 4
    /// Digests of a pass that are kept in memory, for 256 MiB of a disk.
    public var mostReadDigests = 1 << 16
    /// Runs in one chunk after which nothing more is looked for: one more read adds less than what a chunk may have
    /// besides (4,096).
    public var chunkRuns = 3_072
    /// Regions that may be hot on a small disk (1 GiB); a large one has 1/64 of its regions.
    public var smallestHotBound = DiskGeometry.smallestHotBound
    /// Mutations that span more regions sync map pages instead of warming regions.
    public var largestHotRange = 64
    /// Regions warmed ahead when misses are sequential.
    public var warmAhead = 4
    /// Map pages that may wait for the lazy flush.
    public var waitingMapPages = 1000
    /// Intervals shipped and not settled; beyond it no cut is made.
    public var pendingIntervals = 64
    /// Reads and writes of guests that run at once, per disk.
    public var ioThreads = 4
    /// A write of more does not count as brief: see `Lane.runBrief`.
    public var briefBytes = 64 << 10
    public var mapFlushEvery = Duration.seconds(1)
    public var ownSyncEvery = Duration.seconds(30)
    /// Applied blocks that wait for the own sync before it is made early: 32 MiB are sent again after a crash, which
    /// costs more than a sync.
    public var mostUnsettled = 8_192
    /// Compared blocks that wait for the own sync before it is made early: 1 GiB is compared again after a crash.
    public var mostCompared = 1 << 18
    /// A region not written for so long is cooled.
    public var coolAfter = Duration.seconds(60)

    public init() {}
}

public enum TrackingError: Error, Hashable, Sendable {
    /// The generation is closed or the tracker is closing: nothing is executed any more.
    case closed
    case outOfRange
    /// The frozen interval or a pass is not read out.
    case notReadOut
    /// More than `pendingIntervals` wait for the target.
    case tooManyPending
    /// The reserved numbers are used up: `prepareCut` first.
    case numbersExhausted
    /// The interval or pass being read was given up meanwhile.
    case voided
    case nothingFrozen
    /// The change could not be made durable anywhere, so the write was not issued.
    case trackingFailed(String)
}

/// A machine interval that was cut.
public struct Interval: Hashable, Sendable {
    public let generation: Generation
    public let incarnation: UInt64
    public let number: UInt64
    /// The interval holds everything changed since this point.
    public let base: PointID
    public let cutAt: MonotonicInstant
    /// Bytes per disk.
    public let sizes: [Int64]
    /// Blocks to be read per disk, besides those sent in passes.
    public let blocks: [Int]

    public var point: PointID { PointID(generation: generation.number, number: number) }
}

/// A run of blocks in a chunk. Zero runs have no payload.
public struct ChunkRun: Hashable, Sendable {
    public let firstBlock: BlockIndex
    public let blockCount: Int
    public let isZero: Bool
}

/// Content of one disk as of the cut (or, in a pass, as it was when read).
///
/// The receiver of this value keeps it until the process server has acknowledged it: content that was put
/// aside is gone from the tracker. A chunk lost before that means `void(from:)`.
public struct ChunkContent: Hashable, Sendable {
    public let interval: UInt64
    public let disk: Int
    /// 1 for the first; in one interval a later pass wins.
    public let pass: Int
    /// From 0 in each interval, over all disks and passes.
    public let sequence: Int
    public let runs: [ChunkRun]
    /// The blocks of the runs that are not zero, one after another.
    public let payload: [UInt8]
    /// One for each of those blocks.
    public let digests: [BlockDigest]
}

/// Why blocks are to be sent, counted since the change map was opened.
public struct ChangeCounts: Hashable, Sendable {
    /// In the map when it was opened, or written by the guest since; again when it had been taken out for a pass or a
    /// cut before.
    public internal(set) var written: Int
    /// In the map when it was opened, because the disk was moved to an older point before.
    public internal(set) var ahead: Int
    /// Included because the target changed or lacks them.
    public internal(set) var foreign = 0
    /// To be compared, when the map was opened or since.
    public internal(set) var suspects: Int

    init(opening: SidecarOpening) {
        ahead = min(Int(clamping: opening.sidecar.header.aheadBlocks), opening.dirty.count)
        written = opening.dirty.count - ahead
        suspects = opening.suspects.count
    }
}

/// What ends an interval's content: the target must arrive at the same values.
public struct IntervalTrailer: Hashable, Sendable {
    public struct Disk: Hashable, Sendable {
        public let size: Int64
        /// Distinct blocks in the interval, passes included.
        public let blocks: Int
        /// Root of the digest tree with this interval applied; nil without a digest table.
        public let root: TreeDigest?
        /// As they stood at the cut.
        public let counts: ChangeCounts
    }

    public let interval: Interval
    public let chunks: Int
    public let disks: [Disk]
}

/// Blocks that may or may not differ from the target, with what they hold now.
public struct SuspectBlocks: Hashable, Sendable {
    public let disk: Int
    public let blocks: BlockRange
    /// nil where all of them are zero.
    private let leaves: ArraySlice<BlockDigest>?
    /// Rises when there is something new to doubt: answers about what was to be compared before count no more.
    let epoch: Int

    init(disk: Int, blocks: BlockRange, digests: [BlockDigest]?, epoch: Int) {
        (self.disk, self.blocks, leaves, self.epoch) = (disk, blocks, digests.map { $0[...] }, epoch)
    }

    /// Of some of the blocks.
    public init(_ blocks: BlockRange, of whole: SuspectBlocks) {
        precondition(blocks.clamped(to: whole.blocks) == blocks)
        disk = whole.disk
        self.blocks = blocks
        epoch = whole.epoch
        leaves = whole.leaves.map { leaves in
            let start = leaves.startIndex + blocks.lowerBound - whole.blocks.lowerBound
            return leaves[start..<(start + blocks.count)]
        }
    }

    public var isZero: Bool { leaves == nil }

    /// One for each block.
    public var digests: [BlockDigest] {
        leaves.map(Array.init) ?? [BlockDigest](repeating: .zeroContent, count: blocks.count)
    }

    /// One for each range of so many blocks (see `BlockRange.cut(every:)`).
    public func digests(ofRanges span: Int) -> [BlockDigest] {
        guard let leaves else {
            return [BlockDigest](repeating: .zeroContent, count: blocks.cuts(every: span))
        }
        return blocks.cut(every: span).map { range in
            let start = leaves.startIndex + range.lowerBound - blocks.lowerBound
            return BlockDigest(range: leaves[start..<(start + range.count)], from: range.lowerBound)
        }
    }

    func digests(of part: BlockRange) -> [BlockDigest] { SuspectBlocks(part, of: self).digests }
}

/// What replication of a machine is doing, why, and since when.
public struct ReplicationStatus: Hashable, Sendable {
    public enum State: Hashable, Sendable { case streaming, tracking, catchingUp, resynchronizing }

    public let state: State
    public let cause: String
    public let since: MonotonicInstant
    /// Blocks in the open set, in the interval being read, pending, and to be compared.
    public let openBlocks: Int
    public let unreadBlocks: Int
    public let pendingBlocks: Int
    public let suspectBlocks: Int
    /// Blocks compared since the disks were opened, and those of them that differed.
    public let comparedBlocks: Int
    public let differingBlocks: Int
    /// Nothing is in doubt: what is to be compared is so because somebody asked for it, and intervals go on beside.
    public let isByRequest: Bool
    /// Blocks that differed since all were to be compared.
    public let differingOfAll: Int
    /// Blocks read since the disks were opened and not sent, as the target held the same.
    public let unchangedBlocks: Int
}

/// Something that a person may want to know; kept until taken, the oldest are dropped beyond a bound.
public enum TrackingEvent: Hashable, Sendable {
    case voided(intervals: [UInt64], cause: String)
    case syncFailed(disk: Int, detail: String)
    case trackingLost(disk: Int, detail: String)
    case untrackedChange(disk: Int, block: BlockIndex)
    /// Something beside the disk had decayed, and could be told as it was.
    case decayed(disk: Int, detail: String)
}
