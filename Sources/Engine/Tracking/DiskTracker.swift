public import Blocks
public import Environment

/// The state of one disk under a `MachineTracker`; touched only inside that actor.
final class DiskTracker {
    let index: Int
    let backing: any BackingDisk
    let diskFile: any File
    let sidecar: Sidecar
    let digests: DigestTable?
    /// Content put aside for the frozen interval; a new store for each.
    var aside: AsideStore
    var asideCopies = 0
    private let newAside: () -> AsideStore
    let geometry: DiskGeometry
    let hotBound: Int

    /// Serial: sidecar and digest table.
    let sidecarLane: any Lane
    let syncLane: any Lane
    /// Of what is read for a target or compared, up to 1 MiB in one go. Guests' changes wait for none of it.
    let readLane: any Lane
    /// Of the guest, several at a time.
    let ioLane: any Lane

    /// Changed since the last cut.
    var open = BlockSet()
    /// What the change map holds on disk as soon as its dirty pages are written.
    var map: BlockSet
    var suspects: BlockSet
    /// Of the suspects, those that are so for another reason than that somebody asked.
    private(set) var doubts: BlockSet
    /// See `SuspectBlocks`.
    private(set) var doubtEpoch = 0
    /// Blocks that differed since all were to be compared.
    var differingOfAll: Int
    /// Compared since the last own sync.
    var comparedUnsettled = 0
    /// In the map when the disk was opened after an unclean end: an earlier incarnation may have sent them.
    var inherited: BlockSet
    /// Of the suspects, some are in the change map: see `compareFirst`.
    var isResuming = false
    /// The blocks of the frozen interval, and those of it (or of the running pass) not read yet.
    var frozen = BlockSet()
    var unread = BlockSet()
    /// The data that was found last in front of a hole, while the interval or pass is read.
    var known: BlockRange = 0..<0
    /// Sent in passes of the coming interval.
    var passSent = BlockSet()
    /// Of the map: see `ProvenContent`.
    var proven = BlockSet()
    /// Of the map: not sent when they were read last, as the target held the same.
    var unsent = BlockSet()
    /// Written since the last sync began.
    var unsynced = BlockSet()
    /// Written before a sync that failed: never cleared until rewritten.
    var distrusted = BlockSet()
    var syncFailures = 0
    var syncsBegun = 0
    var isSyncing = false
    var syncWaiters: [CheckedContinuation<Void, Never>] = []

    /// Digests of what the interval being read holds; of suspects found equal.
    var readDigests = DigestUpdates()
    var settledDigests = DigestUpdates()
    /// So many times `settledDigests` were taken for the table, and it may not have them yet.
    var foldsOfSettled = 0
    /// The table holds digests of passes that were not synced yet.
    var isTableUnsynced = false
    var lastShipped: [SidecarHeader.ShippedDigest] = []

    /// See `ChangeCounts`.
    var counts: ChangeCounts

    var locks = RangeLocks()

    struct Region {
        var inFlight = 0
        var lastWrite: UInt64 = 0
        var lastInstant: MonotonicInstant
    }

    /// Regions whose bit is set in memory; of those, the ones whose bit is durable.
    var hot: BlockSet
    var durableHot: BlockSet
    /// No further region may become hot. Never so where all of them may.
    var isCrowded: Bool { hot.count >= hotBound && hotBound < geometry.regionCount }
    var regions: [Int: Region] = [:]
    var lastMiss = -2
    var writeTick: UInt64 = 0

    /// Bitmap pages that differ from the sidecar, without those of a running batch.
    var dirtyHot: Set<Int> = []
    var dirtyMap: Set<Int> = []
    /// Map pages in the running batch: not durable yet either.
    var committingMap: Set<Int> = []
    /// Map pages that the next batch must hold.
    var wantedMap: Set<Int> = []
    var isCommitting = false
    var commitWaiters: [(batch: UInt64, continuation: CheckedContinuation<Void, any Error>)] = []
    var startedBatches: UInt64 = 0
    /// The sidecar failed, and that is on record elsewhere: go on without it, compare later.
    var isTrackingLost = false

    init(
        index: Int, _ disk: TrackedDiskConfiguration, environment: Environment, limits: TrackingLimits
    ) {
        self.index = index
        backing = disk.backing
        diskFile = disk.diskFile
        sidecar = disk.opening.sidecar
        digests = disk.digests
        geometry = disk.backing.geometry
        newAside = {
            AsideStore(file: disk.spill, memoryBytes: limits.asideMemoryBytes, spillBytes: limits.spillBytes)
        }
        aside = newAside()
        hotBound = geometry.hotBound(atLeast: limits.smallestHotBound)
        map = disk.opening.dirty
        open = disk.opening.dirty
        suspects = disk.opening.suspects
        inherited = disk.opening.finding == .unclean ? disk.opening.dirty : BlockSet()
        differingOfAll = Int(clamping: disk.opening.sidecar.header.comparedDiffering)
        doubts = disk.opening.suspects
        if disk.opening.sidecar.header.isComparedByRequest {
            var hot = BlockSet()
            for region in disk.opening.hot { hot.insert(disk.backing.geometry.blocks(ofRegion: region)) }
            doubts.formIntersection(hot)
        }
        hot = disk.opening.hot
        durableHot = disk.opening.hot
        lastShipped = sidecar.header.lastShipped
        counts = ChangeCounts(opening: disk.opening)
        sidecarLane = environment.lanes.lane("sidecar-\(index)")
        syncLane = environment.lanes.lane("sync-\(index)")
        readLane = environment.lanes.lane("read-\(index)")
        ioLane = environment.lanes.guestLane("disk-\(index)", threads: limits.ioThreads)
    }

    /// The guest writes them.
    func markWritten(_ blocks: BlockRange) {
        counts.written += blocks.count - open.count(in: blocks)
        prove(blocks)
        mark(blocks)
    }

    /// The target changed them, or lacks them.
    func markForeign(_ blocks: BlockRange) {
        counts.foreign += blocks.count - map.count(in: blocks)
        proven.remove(blocks)
        mark(blocks)
    }

    /// The next blocks to be read, at most `limit` of them, in runs within a region's length.
    func unreadRuns(limit: Int) -> [BlockRange] {
        var runs: [BlockRange] = []
        var (left, position) = (limit, 0)
        while left > 0, let run = unread.run(from: position, limit: min(left, blocksPerRegion)) {
            runs.append(run)
            left -= run.count
            position = run.upperBound
        }
        return runs
    }

    /// - Parameter byRequest: nothing speaks against them.
    func suspect(_ blocks: BlockSet, byRequest: Bool = false) {
        doubtEpoch += 1
        sendUnsent(of: blocks)
        proven.subtract(blocks)
        let unknown = blocks.subtracting(map)
        counts.suspects += unknown.subtracting(suspects).count
        suspects.formUnion(unknown)
        if !byRequest { doubts.formUnion(unknown) }
    }

    /// Of blocks that are to be sent: the target may hold them already.
    func suspect(held blocks: BlockSet) {
        doubtEpoch += 1
        proven.subtract(blocks)
        open.subtract(blocks)
        suspects.formUnion(blocks)
        doubts.formUnion(blocks)
    }

    /// They are compared, or are to be sent anyway.
    func unsuspect(_ blocks: BlockRange) {
        suspects.remove(blocks)
        doubts.remove(blocks)
    }

    /// What was only asked for is compared no more.
    func unsuspectRequested() {
        doubtEpoch += 1
        suspects = doubts
        differingOfAll = 0
    }

    struct Compared {
        let epoch: Int
        /// Everything below was.
        let through: BlockIndex
        let differing: Int
    }

    /// How far a comparison is, to be settled now.
    func takeCompared() -> Compared {
        comparedUnsettled = 0
        return Compared(epoch: doubtEpoch, through: suspects.first() ?? geometry.blockCount, differing: differingOfAll)
    }

    /// Marks blocks as changed in the open set and in the map.
    func mark(_ blocks: BlockRange) {
        open.insert(blocks)
        unsuspect(blocks)
        setMap(blocks)
    }

    func setMap(_ blocks: BlockRange) {
        guard map.count(in: blocks) < blocks.count else { return }
        map.insert(blocks)
        dirtyMap.formUnion(mapPages(of: blocks))
    }

    func mapPages(of blocks: BlockRange) -> ClosedRange<Int> {
        SlottedBitmap.page(of: blocks.lowerBound)...SlottedBitmap.page(of: blocks.upperBound - 1)
    }

    /// Forgets what was put aside. The next cut waits for mutations still copying into the old store, which
    /// shares the spill file with the new one.
    func dropAside() { aside = newAside() }

    /// Blocks go back to the open set: their interval is void.
    func reopen(_ blocks: BlockSet) {
        proven.subtract(blocks)
        unsent.subtract(blocks)
        open.formUnion(blocks)
    }

    /// Takes the pages for a batch: all hot ones, and the given map ones.
    func takeBatch(map pages: [Int]) -> Sidecar.Batch {
        var batch = Sidecar.Batch()
        for page in dirtyHot.sorted() { batch.hot.append((page, SlottedBitmap.payload(of: page, in: hot))) }
        for page in pages where dirtyMap.contains(page) {
            batch.map.append((page, SlottedBitmap.payload(of: page, in: map)))
        }
        dirtyHot = []
        dirtyMap.subtract(pages)
        committingMap = Set(batch.map.map(\.page))
        return batch
    }

    func returnBatch(_ batch: Sidecar.Batch) {
        dirtyHot.formUnion(batch.hot.map(\.page))
        dirtyMap.formUnion(batch.map.map(\.page))
    }
}

/// One disk of a machine, opened.
public struct TrackedDiskConfiguration: Sendable {
    public var backing: any BackingDisk
    /// The disk's own file, whose change time is recorded at a clean close.
    public var diskFile: any File
    public var opening: SidecarOpening
    /// Without it there are no roots in trailers and no source scrub.
    public var digests: DigestTable?
    /// For content put aside; without it only memory is used.
    public var spill: (any File)?
    /// What had decayed beside the disk, besides what its sidecar tells.
    public var damage: [String] = []

    public init(
        backing: any BackingDisk, diskFile: any File, opening: SidecarOpening, digests: DigestTable? = nil,
        spill: (any File)? = nil
    ) {
        self.backing = backing
        self.diskFile = diskFile
        self.opening = opening
        self.digests = digests
        self.spill = spill
    }
}
