public import Blocks
public import Environment
internal import Intervals
internal import Synchronization

/// The copy of one item's disks at a master target: staging, recovery points, and the way between them.
///
/// The disks equal the point at `position`, apart from what is `underway`. Below it lie the older points, each
/// reachable by the undo file of the point above it; above it wait sealed intervals in staging, or, after a
/// move to an older point, the points that were moved down from, reachable by redo files:
///
///     points    p1 <-undo- p2 <-undo- p3 = position  -staging-> p4 -staging-> p5 = sealed
///
/// At every instant a committed point is reachable with local data alone. Calls block; make them on a lane.
///
/// `@unchecked Sendable`: all state is touched only with `lock` held around whole operations, by `exclusive` or
/// `close`; it is not in a `Mutex`, as extensions in several files change it through `self`. What runs beside them has
/// open disks and content, which are `Sendable` (`writes`), or one chunk, which has a `Mutex` (`packs`).
public final class Replica: @unchecked Sendable {
    /// Bounds the metadata, which is written whole at each commit.
    public static let mostPoints = 1024
    /// Owners that pin one point.
    public static let mostPins = 64
    /// Complete intervals that may wait for a missing base.
    public static let mostParked = 8
    /// Content that is taken into memory before it is written to the disks with one sync of undo. The batch before it
    /// is written meanwhile.
    static let usualBatch = 8 << 20
    /// Of undo and redo files, the entries of indices that are kept, 24 bytes each: what this takes of memory does not
    /// follow what changed between the points.
    static let mostOpenEntries = 1 << 18
    /// Kept free beside the undo that is reserved.
    static let spaceMargin: Int64 = 4 << 20

    let files: any FileSystem
    let failpoints: any Failpoints
    let recordEntries: Int
    let batchBytes: Int
    let room: ContentRoom
    let directory: String
    private let lock = Mutex<Void>(())
    private let store: SlotStore
    private(set) var state: ReplicaState
    /// Empty while the disks are handed over.
    var disks: [OpenDisk] = []
    var incoming: Incoming?
    /// The interval whose passes the disks' lineage tells of.
    var lineageSays: IntervalID?
    var parked: [Parked] = []
    /// The undo file under way.
    var undo: BlockFile?
    let indices: BlockFileIndices
    /// Of all of them.
    let contents = ChunkContents()
    /// Of sealed intervals that wait to be applied, by their staging; of others it is read there.
    var remembered: [UInt64: KnownInterval] = [:]
    /// As a rule one waits.
    static let mostRemembered = 4
    /// Writes a batch whose old content is in undo; see `overwrite`.
    let writes: any Worker
    /// Compresses undo.
    let packs: any Worker
    /// Blocks written by passes since the last progress mark.
    var written = 0
    /// Their digests, by disk, as far as the tables do not have them yet; see `settleWrites`.
    var unentered: [Int: DigestUpdates] = [:]
    /// Since the newest generation's first word, per disk; see `CatchUp.Disk.dropped`.
    var droppedBlocks: [UInt64] = []
    private var failure: String?
    /// What was found decayed since it was opened and could be gone on from, for people.
    private(set) var decayed: [String] = []
    private static let mostDecayed = 16
    /// Points that went before their time to make room for undo, since it was opened, ascending.
    private(set) var droppedEarly: [UInt64] = []
    /// Those that are told: more are dropped only where nobody asked for long.
    private static let mostDroppedEarly = 64

    init(store: SlotStore, state: ReplicaState, directory: String, context: ReplicaContext) {
        self.store = store
        self.state = state
        self.directory = directory
        files = context.files
        failpoints = context.failpoints
        recordEntries = context.recordEntries
        batchBytes = context.batchBytes
        room = context.room
        indices = BlockFileIndices(mostEntries: context.openEntries)
        writes = context.worker
        packs = context.packer
        if let damage = store.damage { decayed.append(damage) }
    }

    func noteRepaired(_ pages: [Int], _ disk: Int) {
        if !pages.isEmpty { noteDecayed("\(Self.tablePath(directory, disk)): pages \(pages), made anew") }
    }

    func noteDecayed(_ what: String) {
        if decayed.count < Self.mostDecayed, !decayed.contains(what) { decayed.append(what) }
    }

    func noteDroppedEarly(_ number: UInt64) { droppedEarly = droppedEarly.suffix(Self.mostDroppedEarly - 1) + [number] }

    /// One call at a time; after a failure whose effect on the disk is unknown, none.
    ///
    /// - besideWrites: the disks are not looked at, so that the batch that is being written need not be waited for.
    func exclusive<T>(besideWrites: Bool = false, _ body: () throws -> T) throws -> T {
        try lock.withLock { _ in
            if let failure { throw ReplicaError(.broken, "open again, after: \(failure)") }
            do {
                if !besideWrites { try settleWrites() }
                return try body()
            } catch let error as ReplicaError where error.code != .corrupt {
                throw error
            } catch {
                failure = "\(error)"
                throw error
            }
        }
    }

    /// One transaction: durable on return, or the replica is broken.
    func commit(_ name: String, _ change: (inout ReplicaState) -> Void) throws {
        var next = state
        change(&next)
        failpoints.reach("replica.\(name).before")
        try store.replace(next.encoded())
        state = next
        failpoints.reach("replica.\(name).after")
    }

    var geometries: [DiskGeometry] { state.disks.map { DiskGeometry(size: $0.disk.size) } }

    public var status: ReplicaStatus {
        get throws {
            try exclusive(besideWrites: true) {
                ReplicaStatus(
                    item: state.item, condition: state.condition, position: state.position, sealed: state.sealed,
                    fence: state.fence, drains: state.drains, underway: state.underway,
                    isMoved: state.isMoved || state.moveTarget != nil,
                    disks: state.disks.map(\.disk), points: state.points, withdrawn: state.withdrawn,
                    aheadBlocks: state.isMoved ? try aheadUnlocked().reduce(0) { $0 + $1.count } : 0,
                    copiedBlocks: state.copiedBlocks, catchUp: state.catchUp,
                    retainedBytes: state.points.reduce(0) { $0 + $1.retainedBytes + ($1.staging?.bytes ?? 0) }
                        + state.unsynced.reduce(0) { $0 + $1.staging.bytes }
                        + (undo?.bytes ?? 0), decayed: decayed, droppedEarly: droppedEarly)
            }
        }
    }

    /// Throws `lost` if a file that is open was removed, or replaced, behind our back: what goes there is in vain.
    public func requirePlace() throws {
        try exclusive { try requirePlaceUnlocked() }
    }

    func requirePlaceUnlocked() throws {
        guard try store.isInPlace(directory, files) else { throw ReplicaError(.lost, "its metadata is gone") }
        for (disk, entry) in zip(disks, state.disks) where try !disk.file.isFile(at: entry.disk.diskPath, files) {
            try files.requireOwner(of: entry.disk.diskPath)
            throw ReplicaError(.lost, "\(entry.disk.name) is gone")
        }
    }

    /// Closes every file and gives up the locks; nothing is written.
    public func close() {
        lock.withLock { _ in
            try? writes.wait()
            closeDisks()
            incoming?.staging?.close()
            undo?.close()
            store.close()
            failure = "closed"
        }
    }

    func closeDisks() {
        for disk in disks { disk.close() }
        disks = []
    }

    // MARK: files of blocks

    func stagingPath(_ file: UInt64) -> String { directory + "/staging-\(file)" }

    /// The complete undo or redo file.
    func blockFile(_ reference: BlockFileReference) throws -> BlockFile {
        if let kept = indices.file(reference.file) { return kept }
        let file = try needing(reference.file) {
            try BlockFile.open(reference, in: directory, geometries, files, contents: contents)
        }
        indices.keep(file)
        return file
    }

    func removeBlockFile(_ number: UInt64) throws {
        indices.forget(number)
        let path = BlockFile.path(number, directory)
        if files.exists(path) { try files.remove(path) }
    }

    func removeStaging(_ file: UInt64) throws {
        remembered[file] = nil
        if files.exists(stagingPath(file)) { try files.remove(stagingPath(file)) }
    }

    // MARK: lineage beside the disks

    /// What stands beside each disk as long as it is ours: nobody else may open it in APPLYING or MOVING.
    func writeLineage(_ copyState: CopyState) throws {
        lineageSays = nil
        for disk in state.disks {
            var lineage = disk.lineage
            lineage.state = copyState
            lineage.position = state.position
            let record = HandoverRecord(lineage: lineage, changes: disk.changes, suspects: disk.suspects)
            try files.replace(disk.disk.lineagePath, with: record.encoded())
        }
    }
}

/// What a replica needs of its process.
public struct ReplicaContext: Sendable {
    public let files: any FileSystem
    public let failpoints: any Failpoints
    /// Writes a batch while the next one is read.
    let worker: any Worker
    /// Compresses undo while more of it is read.
    let packer: any Worker
    /// The most that one record of an index or of a change map holds; as many records follow as are needed.
    let recordEntries: Int
    /// See `Replica.mostOpenEntries`.
    let openEntries: Int
    /// See `Replica.usualBatch`.
    let batchBytes: Int
    /// Of this replica and others.
    let room: ContentRoom

    /// Records of 1.5 MiB.
    static let usualEntries = 65_536

    public init(
        files: any FileSystem, failpoints: any Failpoints = NoFailpoints(), worker: any Worker = InlineWorker(),
        packer: any Worker = InlineWorker(), room: ContentRoom
    ) {
        self.init(
            files: files, failpoints: failpoints, worker: worker, packer: packer, recordEntries: Self.usualEntries,
            room: room)
    }

    init(
        files: any FileSystem, failpoints: any Failpoints = NoFailpoints(), worker: any Worker = InlineWorker(),
        packer: any Worker = InlineWorker(), recordEntries: Int = usualEntries,
        openEntries: Int = Replica.mostOpenEntries, batchBytes: Int = Replica.usualBatch,
        room: ContentRoom = ContentRoom(bytes: 0)
    ) {
        self.files = files
        self.failpoints = failpoints
        self.worker = worker
        self.packer = packer
        self.recordEntries = recordEntries
        self.openEntries = openEntries
        self.batchBytes = batchBytes
        self.room = room
    }
}

/// A replica as it stands.
public struct ReplicaStatus: Hashable, Sendable {
    public let item: String
    public let condition: ReplicaCondition
    public let position: PointID
    public let sealed: PointID
    public let fence: Generation
    public let drains: Generation?
    public let underway: Underway?
    /// At an older point than the newest one applied, or on the way to or from one: move before taking more.
    public let isMoved: Bool
    public let disks: [ReplicaDisk]
    /// Ascending.
    public let points: [RecoveryPoint]
    public let withdrawn: [Withdrawal]
    public let aheadBlocks: Int
    public let copiedBlocks: UInt64
    public let catchUp: CatchUp?
    /// Bytes of undo, redo and staging.
    public let retainedBytes: Int64
    /// What was found decayed since it was opened, and could be gone on from: files, and what was done.
    public let decayed: [String]
    /// Points that went before their time since it was opened, because there was no room for new undo; ascending.
    public let droppedEarly: [UInt64]
}

extension [OpenDisk] {
    /// Pages of digests that are kept of an interval, over all disks: 8 MiB.
    private static let mostPages = 2_048

    func prepare(_ updates: [DigestUpdates]) throws -> [DigestTable.Prepared] {
        try zip(self, updates).map { try $0.table.prepare($1, keeping: Self.mostPages / count) }
    }
}

/// A disk that is open and locked, with its digests.
final class OpenDisk: Sendable {
    let file: any File
    let table: DigestTable
    let geometry: DiskGeometry

    init(file: any File, table: DigestTable, geometry: DiskGeometry) {
        self.file = file
        self.table = table
        self.geometry = geometry
        // What an interval replaces lies scattered, and is read before it.
        file.expectRandomReads()
    }

    /// - knownAsZero: what lies in a hole then is not read, which would fill memory with zeros.
    func read(_ range: BlockRange, knownAsZero: Bool = false) throws -> [UInt8] {
        let (offset, count) = (geometry.offset(of: range.lowerBound), geometry.byteCount(of: range))
        if knownAsZero, try file.isHole(at: offset, count: Int64(count)) { return [UInt8](repeating: 0, count: count) }
        return try file.read(count, at: offset)
    }

    /// Separate places with content that are told one by one; behind them, the rest of the disk counts as one.
    static let mostPlaces = 4_096

    /// Where the disk holds content, in whole regions.
    func content() throws -> BlockSet {
        var held = BlockSet()
        var (offset, places) = (Int64(0), 0)
        while offset < geometry.size, let data = try file.data(from: offset) {
            places += 1
            let isLast = places == Self.mostPlaces
            let end = isLast ? geometry.size : min(data.upperBound, geometry.size)
            let regions = Int(data.lowerBound / Int64(regionSize))...Int((end - 1) / Int64(regionSize))
            let first = regions.lowerBound * blocksPerRegion
            held.insert(first..<min((regions.upperBound + 1) * blocksPerRegion, geometry.blockCount))
            offset = Int64(regions.upperBound + 1) * Int64(regionSize)
        }
        return held
    }

    /// Zero runs of so many blocks become holes. A hole is a change of the file system's own records, and discards on
    /// the device below: for a few blocks it costs many times what writing zeros does.
    static let leastHole = 16
    private static let zeros = [UInt8](repeating: 0, count: leastHole * blockSize)

    /// Writes the runs of a chunk and enters their digests; nothing is synced.
    func write(_ content: ChunkContent) throws {
        try writeRuns(of: content)
        var updates = DigestUpdates()
        content.enterDigests(into: &updates)
        try table.update(updates)
    }

    /// What was written is on its way to the disk, so that the next sync waits less.
    func beginSync() throws { try file.writeBehind(0..<geometry.size, after: 0..<0) }

    /// Long zero runs as holes.
    func writeRuns(of content: ChunkContent) throws {
        for piece in content.pieces {
            let offset = geometry.offset(of: piece.run.first)
            let count = geometry.byteCount(of: piece.run.range)
            if piece.run.isZero {
                if piece.run.count >= Self.leastHole {
                    try file.punchHole(at: offset, count: Int64(count))
                } else {
                    try Self.zeros.withUnsafeBytes {
                        try file.write(UnsafeRawBufferPointer(rebasing: $0[..<count]), at: offset)
                    }
                }
            } else {
                try content.content.withUnsafeBytes {
                    try file.write(UnsafeRawBufferPointer(rebasing: $0[piece.content]), at: offset)
                }
            }
        }
    }

    func sync() throws {
        try file.sync()
        try table.sync()
    }

    /// Reads blocks back and makes the table say what is there.
    func rehash(_ blocks: BlockSet) throws {
        var position = 0
        while let run = blocks.run(from: position, limit: Self.pieceBlocks) {
            var updates = DigestUpdates()
            updates.set(try file.digests(of: run, on: geometry), from: run.lowerBound)
            try table.update(updates)
            position = run.upperBound
        }
        try table.sync()
    }

    /// Makes pages of the table true again whose entries decayed while the disk did not: the disk's own content gives
    /// the page's digest, or the entries that stand there. Returns those pages; where the disk itself is other than
    /// both say, nothing is changed.
    func repairTable() throws -> [Int] {
        var repaired: [Int] = []
        for page in 0..<geometry.regionCount where try !table.verify(page: page) {
            let blocks = geometry.blocks(ofRegion: page)
            let actual = try file.digests(of: blocks, on: geometry)
            guard try table.leaves(ofPage: page) == actual || table.wouldVerify(page: page, with: actual) else {
                continue
            }
            var updates = DigestUpdates()
            updates.set(actual, from: blocks.lowerBound)
            try table.update(updates)
            repaired.append(page)
        }
        if !repaired.isEmpty { try table.sync() }
        return repaired
    }

    func close() {
        file.close()
        table.close()
    }

    /// 1 MiB: read at a time.
    static let pieceBlocks = 256
}
