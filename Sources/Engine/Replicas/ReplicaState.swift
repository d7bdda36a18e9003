internal import Blocks
internal import Environment
internal import Intervals

/// Where a staged interval lies.
struct StagingReference: Hashable, Sendable {
    var file: UInt64
    var bytes: Int64
    var chunks: UInt64
}

/// A complete undo or redo file.
struct BlockFileReference: Hashable, Sendable {
    var file: UInt64
    var index: Int64
    var bytes: Int64
}

/// One disk as the metadata knows it.
struct DiskState: Hashable, Sendable {
    var disk: ReplicaDisk
    var lineage: LineageRecord
    /// Blocks that this copy changed by itself since the join; empty once an interval covered them. These and the
    /// suspects are stored beside the metadata: see `ChangeMaps`.
    var changes = BlockSet()
    /// Blocks that it may have changed: to be compared by digest.
    var suspects = BlockSet()
}

/// A 64 MiB piece of a disk into which a first copy writes since its last progress mark.
struct Extent: Hashable, Sendable {
    static let blocks = (64 << 20) / blockSize

    var disk: UInt32
    var index: UInt64
}

/// All metadata of a replica, committed as one.
struct ReplicaState: Hashable, Sendable {
    var item: String
    var disks: [DiskState]
    var fence: Generation
    /// The generation still taken besides the fence, until its final seal.
    var drains: Generation?
    /// Newest incarnation heard, of `heardGeneration`.
    var incarnation: UInt64 = 0
    var heardGeneration: UInt64 = 0
    var position: PointID
    var condition: ReplicaCondition
    /// Ascending. Those with staging come last; those above `position` without it were moved down from.
    var points: [RecoveryPoint] = []
    var underway: Underway?
    /// Ascending, up to the position.
    var unsynced: [Unsynced] = []
    /// Where a move in several steps is going.
    var moveTarget: UInt64?
    /// File numbers are never used twice: they seed the checksums.
    var nextFile: UInt64 = 1
    var openExtents: [Extent] = []
    /// Blocks written by a first copy or by passes since it began.
    var copiedBlocks: UInt64 = 0
    var withdrawn: [Withdrawal] = []
    /// An adopted disk with own changes may be overwritten.
    var mayOverwrite = true

    /// Of the newest writer.
    var catchUp: CatchUp?
    /// Sizes that the disks are being given.
    var growing: [Int64]?
    /// Where the changes and suspects of the disks are; nil for none.
    var changeMaps: ChangeMaps?

    static let mostWithdrawn = 32

    /// position′: the newest sealed point.
    var sealed: PointID { points.last?.point ?? position }

    func index(of number: UInt64) -> Int? { points.firstIndex { $0.number == number } }

    var applied: ArraySlice<RecoveryPoint> { points.prefix { $0.isApplied } }
    var waiting: ArraySlice<RecoveryPoint> { points.drop { $0.isApplied } }
    /// Applied points newer than the position: the replica was moved down from them.
    var above: [RecoveryPoint] { applied.filter { $0.point > position } }
    var isMoved: Bool { !above.isEmpty }

    mutating func takeFile() -> UInt64 {
        defer { nextFile += 1 }
        return nextFile
    }

    mutating func withdraw(_ point: RecoveryPoint, cause: String) {
        points.removeAll { $0.id == point.id }
        withdrawn.append(Withdrawal(point: point.point, cause: cause))
        if withdrawn.count > Self.mostWithdrawn { withdrawn.removeFirst() }
    }
}
