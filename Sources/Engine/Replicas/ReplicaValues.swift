public import Blocks
public import Environment
public import Intervals

/// Why a replica refused or could not do something. Errors of the file system come as `FileError`; after one,
/// or after `corrupt`, the replica refuses everything until it is opened again.
public struct ReplicaError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// The writer was fenced, or its incarnation is not the newest heard.
        case stale
        /// The writer is of a generation above the fence: nobody has told of it here yet.
        case ahead
        case notFound
        /// Files that it stands on are gone, or others lie in their place: what it held is not there any more.
        case lost
        /// Stored bytes contradict themselves or each other; nothing was changed because of it.
        case corrupt
        /// A file that some points need decayed: they are marked, and the rest goes on.
        case damaged
        /// No room for undo, and only pinned points left to drop.
        case noSpace
        /// Not in this state; the detail names it.
        case state
        /// The request is malformed or over a bound.
        case invalid
        /// The writer's disks are not those here, nor can those here follow them.
        case unrelated
        /// An earlier failure left the outcome unknown: open again.
        case broken
        /// Another owner has a disk open.
        case locked
    }

    public let code: Code
    public let detail: String

    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    public var description: String { "replica: \(code): \(detail)" }
}

/// A disk of a replica: a bundle in the owner's directory.
public struct ReplicaDisk: Hashable, Sendable {
    /// Sixteen bytes, the same for all copies of the disk.
    public let id: [UInt8]
    /// Directory that holds `disk.raw` and `lineage`.
    public let bundle: String
    public let size: Int64

    public init(id: [UInt8], bundle: String, size: Int64) {
        self.id = id
        self.bundle = bundle
        self.size = size
    }

    var diskPath: String { bundle + "/disk.raw" }
    /// For people.
    var name: String { "disk \(bundle.split(separator: "/").last ?? "")" }
    /// The digest table of what the disk holds as it is handed over, for its next owner.
    var digestsPath: String { bundle + "/digests" }
    var lineagePath: String { bundle + "/lineage" }

    /// Files beside the disk that hold what a machine writes over it until its failover is committed; the map first.
    public static let overlayParts = ["overlay.map", "overlay.data", "overlay.journal"]

    /// Under which a file of an overlay lies beside the disk when the copy that wrote to it was left.
    ///
    /// - generation: the one under which the disks were handed over to that copy.
    public static func setAside(_ file: String, of generation: UInt64) -> String { "set-aside-\(generation).\(file)" }

    /// Whether a file of a bundle is part of an overlay that was set aside.
    public static func isSetAside(_ name: String) -> Bool { name.hasPrefix("set-aside-") }

    /// The generation of the overlay that a file of a bundle is part of; nil of any other file.
    public static func generationSetAside(_ name: String) -> UInt64? {
        guard isSetAside(name) else { return nil }
        return name.split(separator: ".").first.flatMap { UInt64($0.dropFirst("set-aside-".count)) }
    }
}

/// What happened to an interval at its end.
public enum IntakeAnswer: Hashable, Sendable {
    /// A pass is on the disks (below it the old content, as undo).
    case stored(number: UInt64, pass: UInt32)
    /// It is a recovery point.
    case sealed(UInt64)
    /// It is on the disks.
    case applied(UInt64)
    /// It is complete but based on a point that is not here yet.
    case parked(UInt64)
    /// Everything since `position` is needed: the interval was dropped.
    case needed(number: UInt64, position: UInt64, cause: String)
}

/// How a writer finds the replica when it says hello.
public struct Standing: Hashable, Sendable {
    public let position: PointID
    /// The newest sealed point.
    public let sealed: PointID
    /// No point yet.
    public let isBlank: Bool
    /// Per disk, the blocks that this copy changed by itself since the join.
    public let changes: [BlockSet]
    /// Per disk, the blocks that it may have changed.
    public let suspects: [BlockSet]
    /// Per disk of a blank replica, where an earlier part of its first copy lies, durably. What is there may be old,
    /// and blocks between may hold nothing; empty otherwise.
    public let held: [BlockSet]
}

/// A recovery point: a sealed interval.
public struct RecoveryPoint: Hashable, Sendable {
    public let id: IntervalID
    public let base: UInt64
    /// Source's monotonic clock, microseconds.
    public let cutMonotonic: Int64
    public let cutWall: WallInstant
    public let kind: CutKind
    public let isFinal: Bool
    /// Sizes, counts, digests per disk. Empty for a point that was found on an adopted disk.
    public let disks: [DiskTrailer]
    /// Of a point made by an operation (`home-before-reprotect`); empty otherwise.
    public internal(set) var name = ""
    /// Owners (job ids, names), sorted.
    public internal(set) var pins: [String] = []
    /// The group point it is a member of; empty for none.
    public internal(set) var group = ""
    /// Content of some block was lost; what and when.
    public internal(set) var damage = ""

    var staging: StagingReference?
    /// Takes the disks from this point to the one before it; nil for the oldest.
    var undo: BlockFileReference?
    /// Takes them back up; there only between a move and its commit.
    var redo: BlockFileReference?

    public var point: PointID { id.point }
    public var number: UInt64 { id.number }
    /// On the disks, or below or above them by undo or redo.
    public var isApplied: Bool { staging == nil }
    public var isProtected: Bool { !pins.isEmpty || !group.isEmpty }
    public var blocks: Int { disks.reduce(0) { $0 + $1.blocks } }
    /// Bytes of undo and redo.
    public var retainedBytes: Int64 { (undo?.bytes ?? 0) + (redo?.bytes ?? 0) }
}

/// A sealed point that had to be given up.
public struct Withdrawal: Hashable, Sendable {
    public let point: PointID
    public let cause: String
}

public enum ReplicaCondition: Hashable, Sendable {
    /// First copy: the disks hold no point yet.
    case initializing
    /// The disks equal `position`, apart from what is under way.
    case settled
    /// Handed over at `position` under this generation.
    case released(Generation)
    /// Handed over for good; points and redo are gone.
    case committed(Generation)
}

/// What is half done on the disks.
public enum Underway: Hashable, Sendable {
    /// Passes of a coming interval, or a sealed interval, are being written; the file takes them back.
    case applying(undo: UInt64, number: UInt64?)
    /// One step of a move: from a point to its neighbour.
    case moving(from: UInt64, to: UInt64)
}
