// Generated from homeward/target/v1/target.proto by protoc-gen-homeward. Do not edit.
internal import CMessages
public import MessageCoding

extension TargetV1 {
    /// A recovery point.
    public struct RecoveryPoint: WireMessage {
        public static var protobufName: String { "homeward.target.v1.RecoveryPoint" }

        /// `{number}` of its interval; unique within the item's generation history.
        public var number: UInt64 = 0
        /// Number the interval was based on.
        public var base: UInt64 = 0
        /// Generation of the writer.
        public var generation: CommonV1.Generation?
        /// Cut time for people.
        public var cutUnixUs: Int64 = 0
        /// True when the guest was frozen around the cut.
        public var applicationConsistent: Bool = false
        /// Group point it is part of; empty for none.
        public var groupPoint: String = ""
        /// Who pins it: job ids and names.
        public var pins: [String] = []
        /// Blocks that its interval brought.
        public var blocks: UInt64 = 0
        /// True once it is on the disks or below them by undo.
        public var applied: Bool = false
        /// A name for points made by an operation (`home-before-reprotect`); empty otherwise.
        public var name: String = ""
        /// Per disk, digest root at the cut.
        public var roots: [TargetV1.PointRoot] = []
        /// True for the last interval of its generation.
        public var final: Bool = false
        /// What of it was lost and is not what the source had; empty while nothing is known to be.
        public var damage: String = ""
        /// The disks as they were at its cut: one that was enlarged since had the size that stands here.
        public var disks: [CommonV1.Disk] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Root of one disk at a point.
    public struct PointRoot: WireMessage {
        public static var protobufName: String { "homeward.target.v1.PointRoot" }

        /// Disk UUID.
        public var disk: String = ""
        /// 32 bytes.
        public var root: [UInt8] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A replica as it stands.
    public struct Replica: WireMessage {
        public static var protobufName: String { "homeward.target.v1.Replica" }

        /// What the replica's disks hold.
        public enum State: Hashable, Sendable {
            /// Never sent.
            case unspecified
            /// First copy: no point yet.
            case initializing
            /// Equals the point at `position`.
            case atPoint
            /// An interval is being applied.
            case applying
            /// A move between points is under way.
            case moving
            /// Handed over: the disks are no longer here.
            case released
            /// Marked inconsistent by a cancelled reprotect.
            case inconsistent
            /// A number that this version has no name for; kept as it is.
            case unrecognized(Int32)

            public init(rawValue: Int32) {
                switch rawValue {
                    case 0: self = .unspecified
                    case 1: self = .initializing
                    case 2: self = .atPoint
                    case 3: self = .applying
                    case 4: self = .moving
                    case 5: self = .released
                    case 6: self = .inconsistent
                    default: self = .unrecognized(rawValue)
                }
            }

            public var rawValue: Int32 {
                switch self {
                    case .unspecified: 0
                    case .initializing: 1
                    case .atPoint: 2
                    case .applying: 3
                    case .moving: 4
                    case .released: 5
                    case .inconsistent: 6
                    case .unrecognized(let number): number
                }
            }

            /// The named values, in the order of the .proto.
            public static var allCases: [Self] {
                [.unspecified, .initializing, .atPoint, .applying, .moving, .released, .inconsistent]
            }
        }

        /// The item.
        public var item: String = ""
        /// State.
        public var state: TargetV1.Replica.State = TargetV1.Replica.State(rawValue: 0)
        /// Point the disks equal, by number.
        public var position: UInt64 = 0
        /// Newest sealed interval.
        public var sealed: UInt64 = 0
        /// Fence: no lower generation is taken.
        public var fence: CommonV1.Generation?
        /// Intervals of it are still taken.
        public var drains: CommonV1.Generation?
        /// The disks.
        public var disks: [CommonV1.Disk] = []
        /// Blocks that the last move touched and the source has not sent since.
        public var aheadBlocks: UInt64 = 0
        /// Blocks applied since the session began.
        public var appliedBlocks: UInt64 = 0
        /// Payload bytes received since the session began.
        public var receivedBytes: UInt64 = 0
        /// Bytes of undo, redo and staging.
        public var retentionBytes: UInt64 = 0
        /// True while the source's stream is up.
        public var sourceConnected: Bool = false
        /// Progress of a first copy or resync, blocks seen of blocks expected.
        public var copiedBlocks: UInt64 = 0
        /// See `copied_blocks`; 0 when nothing is copied.
        public var expectedBlocks: UInt64 = 0
        /// What it took to bring the disks up to the newest writer; unset before the first one.
        public var catchUp: TargetV1.CatchUp?
        /// The last time that all its disks were read back; unset until that was done since this master target started or
        /// took the disks over.
        public var scrub: TargetV1.Scrub?
        /// Which points are kept.
        public var retention: TargetV1.Retention?
        /// Revision under which that was set; 0: it is what this master target was set up with.
        public var retentionRevision: UInt64 = 0
        /// Its disks are read back again so long after they were.
        public var scrubIntervalUs: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Which recovery points of an item are kept. Never removed are the newest, pinned ones and the members of a group point
    /// that is kept. Where points are thinned, an application-consistent one stays before a crash-consistent one.
    public struct Retention: WireMessage {
        public static var protobufName: String { "homeward.target.v1.Retention" }

        /// At most this many, the newest counted: 1 to 1,000.
        public var points: UInt32 = 0
        /// Older ones go, by their cut time for people; 0 for no limit.
        public var ageUs: UInt64 = 0
        /// Points above an age stand less close; ages and spacings rise from step to step, at most 8.
        public var thinning: [TargetV1.RetentionStep] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// One step of thinning: of the points that are older than `older_than_us` (and not in a later step) one is kept in each
    /// span of `keep_every_us`.
    public struct RetentionStep: WireMessage {
        public static var protobufName: String { "homeward.target.v1.RetentionStep" }

        /// Age from which it counts.
        public var olderThanUs: UInt64 = 0
        /// Length of a span.
        public var keepEveryUs: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Sets which points of an item are kept from now on.
    public struct SetRetentionRequest: WireMessage {
        public static var protobufName: String { "homeward.target.v1.SetRetentionRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// The item.
        public var item: String = ""
        /// Generation of the command.
        public var generation: CommonV1.Generation?
        /// Which; none: what this master target was set up with.
        public var retention: TargetV1.Retention?
        /// Orders such requests for one item; one that is lower than what was set last is refused.
        public var revision: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks what a retention would remove of an item's points now. Nothing is changed.
    public struct PreviewRetentionRequest: WireMessage {
        public static var protobufName: String { "homeward.target.v1.PreviewRetentionRequest" }

        /// The item.
        public var item: String = ""
        /// Which; none: what this master target was set up with.
        public var retention: TargetV1.Retention?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A point that would be removed.
    public struct RetiredPoint: WireMessage {
        public static var protobufName: String { "homeward.target.v1.RetiredPoint" }

        /// The point.
        public var point: TargetV1.RecoveryPoint?
        /// Why.
        public var because: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What a retention would remove.
    public struct PreviewRetentionResponse: WireMessage {
        public static var protobufName: String { "homeward.target.v1.PreviewRetentionResponse" }

        /// Oldest first, at most 500.
        public var removed: [TargetV1.RetiredPoint] = []
        /// How many would be removed.
        public var removedPoints: UInt32 = 0
        /// How many would stay.
        public var keptPoints: UInt32 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// All disks of a replica read back, block by block against their digests, in the background.
    public struct Scrub: WireMessage {
        public static var protobufName: String { "homeward.target.v1.Scrub" }

        /// When it ended, microseconds since 1970.
        public var endedUnixUs: Int64 = 0
        /// Blocks that differed; the points that hold them name it as their damage.
        public var differingBlocks: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// From the first word of a generation's writer to its first sealed point. Kept with the points, in the same
    /// transactions.
    public struct CatchUp: WireMessage {
        public static var protobufName: String { "homeward.target.v1.CatchUp" }

        /// The writer's generation, by number.
        public var generation: UInt64 = 0
        /// Number of the first point sealed of it; 0 while it is under way.
        public var point: UInt64 = 0
        /// Per disk.
        public var disks: [TargetV1.DiskCatchUp] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Blocks of one disk of a catch-up, 4 KiB each.
    public struct DiskCatchUp: WireMessage {
        public static var protobufName: String { "homeward.target.v1.DiskCatchUp" }

        /// Disk UUID.
        public var disk: String = ""
        /// Blocks that arrived in the passes that were stored and in the interval that became the first point, blocks of
        /// zeroes included; a block that arrived in two of them counts twice.
        public var movedBlocks: UInt64 = 0
        /// Blocks that arrived and were dropped because their interval broke off, as far as this master target heard their
        /// end: what came before it was killed itself is not counted.
        public var droppedBlocks: UInt64 = 0
        /// Blocks that this copy had changed by itself when the writer came.
        public var ownBlocks: UInt64 = 0
        /// As the source counted them at the cut of the first point; see `ChangeCounts`.
        public var writtenBlocks: UInt64 = 0
        /// See `ChangeCounts`.
        public var aheadBlocks: UInt64 = 0
        /// See `ChangeCounts`.
        public var foreignBlocks: UInt64 = 0
        /// See `ChangeCounts`.
        public var suspectBlocks: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Takes disks that were attached to this master target as the replica of an item.
    public struct AdoptReplicaRequest: WireMessage {
        public static var protobufName: String { "homeward.target.v1.AdoptReplicaRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// The item.
        public var item: String = ""
        /// Generation of the command.
        public var generation: CommonV1.Generation?
        /// The disks, as the platform attached them.
        public var disks: [CommonV1.Disk] = []
        /// True for blank disks made by this operation.
        public var blank: Bool = false
        /// Whatever is on record here of the item's replica counts for nothing, and is set aside: the disks are taken as they
        /// are. What is not blank must prove by what lies beside it that it is this item's, and all of it is in doubt. Blank
        /// throughout, the replica is INITIALIZING.
        public var anew: Bool = false
        /// When the point that the disks stand at was cut, as their last owner had it; 0 when nobody knows.
        public var cutUnixUs: Int64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What was found on adopted disks.
    public struct AdoptReplicaResponse: WireMessage {
        public static var protobufName: String { "homeward.target.v1.AdoptReplicaResponse" }

        /// The replica.
        public var replica: TargetV1.Replica?
        /// Lineage of each disk as found.
        public var disks: [TargetV1.AdoptedDisk] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Lineage found beside a disk.
    public struct AdoptedDisk: WireMessage {
        public static var protobufName: String { "homeward.target.v1.AdoptedDisk" }

        /// Disk UUID.
        public var disk: String = ""
        /// The encoded lineage record.
        public var record: [UInt8] = []
        /// Blocks it changed since the newest common point.
        public var changedBlocks: UInt64 = 0
        /// Blocks to compare.
        public var suspectBlocks: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// First overwrite of a disk that held a machine: its content stays as a pinned point.
    public struct BeginOverwriteRequest: WireMessage {
        public static var protobufName: String { "homeward.target.v1.BeginOverwriteRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// The item.
        public var item: String = ""
        /// Generation of the command.
        public var generation: CommonV1.Generation?
        /// Name of the pinned point, `home-before-reprotect`.
        public var pointName: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Forgets a replica and all its points. Its disks are not touched.
    public struct ForgetReplicaRequest: WireMessage {
        public static var protobufName: String { "homeward.target.v1.ForgetReplicaRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// The item.
        public var item: String = ""
        /// Generation of the command.
        public var generation: CommonV1.Generation?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Done; asking again is harmless.
    public struct ForgetReplicaResponse: WireMessage {
        public static var protobufName: String { "homeward.target.v1.ForgetReplicaResponse" }

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for one replica.
    public struct GetReplicaRequest: WireMessage {
        public static var protobufName: String { "homeward.target.v1.GetReplicaRequest" }

        /// The item.
        public var item: String = ""
        /// Wait until something differs from the last answer, at most this long; 0 answers at once.
        public var waitUs: UInt64 = 0
        /// Answer at once when the position is at least this.
        public var untilPosition: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for recovery points.
    public struct ListPointsRequest: WireMessage {
        public static var protobufName: String { "homeward.target.v1.ListPointsRequest" }

        /// The item.
        public var item: String = ""
        /// At most this many; 0 means 100, more than 500 is refused.
        public var pageSize: UInt32 = 0
        /// From the previous page.
        public var pageToken: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// One page of points.
    public struct ListPointsResponse: WireMessage {
        public static var protobufName: String { "homeward.target.v1.ListPointsResponse" }

        /// Newest first.
        public var points: [TargetV1.RecoveryPoint] = []
        /// For the next page; empty at the end.
        public var nextPageToken: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Reads a disk as of a recovery point. Nothing is moved; replication goes on meanwhile.
    public struct ReadPointRequest: WireMessage {
        public static var protobufName: String { "homeward.target.v1.ReadPointRequest" }

        /// The item.
        public var item: String = ""
        /// Number of the point; not looked at when a name is given.
        public var number: UInt64 = 0
        /// Name of a point made by an operation, such as `home-before-reprotect`; empty for a numbered one.
        public var name: String = ""
        /// The disk, by its place in the machine.
        public var disk: UInt32 = 0
        /// First byte.
        public var offset: UInt64 = 0
        /// Bytes to read; 0 means to the end of the disk.
        public var length: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A piece of a disk as of a point. Pieces come in order and without gaps.
    public struct PointContent: WireMessage {
        public static var protobufName: String { "homeward.target.v1.PointContent" }

        /// Offset of the piece on the disk.
        public var offset: UInt64 = 0
        /// Its bytes; empty for a piece of zeroes.
        public var data: [UInt8] = []
        /// Length of a piece of zeroes; 0 when there are bytes.
        public var zeroes: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Pins a point, or the newest usable one.
    public struct PinPointRequest: WireMessage {
        public static var protobufName: String { "homeward.target.v1.PinPointRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// The item.
        public var item: String = ""
        /// Number of the point; 0 means the newest.
        public var number: UInt64 = 0
        /// Who pins: a job id or a name.
        public var pin: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Releases a pin.
    public struct UnpinPointRequest: WireMessage {
        public static var protobufName: String { "homeward.target.v1.UnpinPointRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// The item.
        public var item: String = ""
        /// Who pinned.
        public var pin: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Closes a generation for ever after its last interval.
    public struct SealFinalRequest: WireMessage {
        public static var protobufName: String { "homeward.target.v1.SealFinalRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// The item.
        public var item: String = ""
        /// Generation of the command (the new one).
        public var generation: CommonV1.Generation?
        /// The generation to close.
        public var closing: CommonV1.Generation?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Moves the replica to a point. The replaced content is kept until commit.
    public struct MoveReplicaRequest: WireMessage {
        public static var protobufName: String { "homeward.target.v1.MoveReplicaRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// The item.
        public var item: String = ""
        /// Generation of the command.
        public var generation: CommonV1.Generation?
        /// The point to move to.
        public var number: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Lets go of a replica's disks: synced, lineage written beside them, closed and unlocked.
    public struct ReleaseReplicaRequest: WireMessage {
        public static var protobufName: String { "homeward.target.v1.ReleaseReplicaRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// The item.
        public var item: String = ""
        /// Generation of the command.
        public var generation: CommonV1.Generation?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Takes released disks back after a cancel; the replica continues at the point it was released at.
    public struct ReclaimReplicaRequest: WireMessage {
        public static var protobufName: String { "homeward.target.v1.ReclaimReplicaRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// The item.
        public var item: String = ""
        /// Generation of the command.
        public var generation: CommonV1.Generation?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Forgets redo and other points once the new owner's map holds the ahead set (commit).
    public struct CommitReplicaRequest: WireMessage {
        public static var protobufName: String { "homeward.target.v1.CommitReplicaRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// The item.
        public var item: String = ""
        /// Generation of the command.
        public var generation: CommonV1.Generation?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for the digest root of each disk, read back from the disks.
    public struct VerifyReplicaRequest: WireMessage {
        public static var protobufName: String { "homeward.target.v1.VerifyReplicaRequest" }

        /// The item.
        public var item: String = ""
        /// Read back only what was written here since the oldest point that is kept.
        public var changedOnly: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Digest roots as read back.
    public struct VerifyReplicaResponse: WireMessage {
        public static var protobufName: String { "homeward.target.v1.VerifyReplicaResponse" }

        /// Point the disks equal.
        public var position: UInt64 = 0
        /// Per disk. With `changed_only` the root of the digests that the changed blocks were compared with, and that stand
        /// for the others.
        public var roots: [TargetV1.PointRoot] = []
        /// Blocks read back per disk, in their order.
        public var verifiedBlocks: [UInt64] = []
        /// Name of the oldest point kept; with `changed_only` everything written since it was read back.
        public var since: String = ""
        /// The last time that all disks were read back in the background, as in `Replica`.
        public var scrub: TargetV1.Scrub?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// One member of a group point.
    public struct GroupPointMember: WireMessage {
        public static var protobufName: String { "homeward.target.v1.GroupPointMember" }

        /// The item.
        public var item: String = ""
        /// Number of its point.
        public var number: UInt64 = 0
        /// Generation of its writer.
        public var generation: CommonV1.Generation?
        /// True once its interval is sealed under this number.
        public var sealed: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A cut over all members of a replication group. Its member points are neither dropped nor merged while it is kept.
    public struct GroupPoint: WireMessage {
        public static var protobufName: String { "homeward.target.v1.GroupPoint" }

        /// `{group}/{generation}/{sequence}`, or `{group}/{generation}/final`.
        public var name: String = ""
        /// The group.
        public var group: String = ""
        /// Its members.
        public var members: [TargetV1.GroupPointMember] = []
        /// When it was cut, for people; of a final point, the newest cut of a member.
        public var cutUnixUs: Int64 = 0
        /// True when every member is sealed under its own number: it can be chosen.
        public var exists: Bool = false
        /// True when it is the end of a generation of every member: all of them were stopped and drained.
        public var final: Bool = false
        /// Age of the cut, microseconds of the wall clock.
        public var ageUs: UInt64 = 0
        /// True when it exists and the guests of all members were frozen around it.
        public var applicationConsistent: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for the points of a replication group.
    public struct ListGroupPointsRequest: WireMessage {
        public static var protobufName: String { "homeward.target.v1.ListGroupPointsRequest" }

        /// The group.
        public var group: String = ""
        /// At most this many; 0 means 100, more than 500 is refused.
        public var pageSize: UInt32 = 0
        /// From the previous page.
        public var pageToken: String = ""
        /// True to leave out those that do not exist (yet).
        public var existingOnly: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// One page of group points.
    public struct ListGroupPointsResponse: WireMessage {
        public static var protobufName: String { "homeward.target.v1.ListGroupPointsResponse" }

        /// Newest first.
        public var points: [TargetV1.GroupPoint] = []
        /// For the next page; empty at the end.
        public var nextPageToken: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Pins the members of a group point, or of the newest that exists.
    public struct PinGroupPointRequest: WireMessage {
        public static var protobufName: String { "homeward.target.v1.PinGroupPointRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// The group.
        public var group: String = ""
        /// Name of the group point; empty means the newest that exists.
        public var name: String = ""
        /// Who pins: a job id or a name. Released for each member by UnpinPoint.
        public var pin: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// One member of a final group point.
    public struct GroupFinalMember: WireMessage {
        public static var protobufName: String { "homeward.target.v1.GroupFinalMember" }

        /// The item.
        public var item: String = ""
        /// Generation of the command (the new one).
        public var generation: CommonV1.Generation?
        /// Its generation that was closed.
        public var closing: CommonV1.Generation?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Makes the final points of all members one group point.
    public struct SealGroupFinalRequest: WireMessage {
        public static var protobufName: String { "homeward.target.v1.SealGroupFinalRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// The group.
        public var group: String = ""
        /// All members, each after SealFinal.
        public var members: [TargetV1.GroupFinalMember] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A writable image of all disks of a replica as of a point, for a drill. Its writes lie beside the replica, which never
    /// sees them; replication goes on.
    public struct Branch: WireMessage {
        public static var protobufName: String { "homeward.target.v1.Branch" }

        /// Who it is for: its id within the replica.
        public var id: String = ""
        /// The item.
        public var item: String = ""
        /// Number of the point.
        public var point: UInt64 = 0
        /// The disks; each is an NBD export of its id.
        public var disks: [CommonV1.Disk] = []
        /// Unix socket, on the site's datastore, at which the disks are served.
        public var socket: String = ""
        /// Blocks of 4 KiB written to it.
        public var writtenBlocks: UInt64 = 0
        /// Why it serves nothing any more and holds no space; empty while it serves.
        public var ended: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Makes a branch of a point that is pinned.
    public struct CreateBranchRequest: WireMessage {
        public static var protobufName: String { "homeward.target.v1.CreateBranchRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// The item.
        public var item: String = ""
        /// Number of the point.
        public var point: UInt64 = 0
        /// Who pinned the point: the branch gets this id.
        public var pin: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for a branch.
    public struct GetBranchRequest: WireMessage {
        public static var protobufName: String { "homeward.target.v1.GetBranchRequest" }

        /// The item.
        public var item: String = ""
        /// The branch's id.
        public var branch: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Removes a branch and what was written to it.
    public struct DeleteBranchRequest: WireMessage {
        public static var protobufName: String { "homeward.target.v1.DeleteBranchRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// The item.
        public var item: String = ""
        /// The branch's id.
        public var branch: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Done; asking again is harmless.
    public struct DeleteBranchResponse: WireMessage {
        public static var protobufName: String { "homeward.target.v1.DeleteBranchResponse" }

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What a copy of the machine wrote that was left before its failover was committed: by a cancel, or for another point.
    /// It lies beside the replica's disks, at most one of each replica.
    public struct SetAside: WireMessage {
        public static var protobufName: String { "homeward.target.v1.SetAside" }

        /// Number of the generation under which the copy was given the disks.
        public var generation: UInt64 = 0
        /// The recovery point that the copy ran from, which is pinned for it; 0 when that point is gone: then only what was
        /// written can be read, not whole disks.
        public var point: UInt64 = 0
        /// The replica's disks.
        public var disks: [TargetV1.SetAsideDisk] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// One disk of what was set aside.
    public struct SetAsideDisk: WireMessage {
        public static var protobufName: String { "homeward.target.v1.SetAsideDisk" }

        /// The disk's id.
        public var disk: String = ""
        /// Its place in the machine.
        public var index: UInt32 = 0
        /// Size of the disk as the copy had it.
        public var bytes: UInt64 = 0
        /// Blocks of 4 KiB that the copy wrote.
        public var blocks: UInt64 = 0
        /// Bytes that they take here, at most.
        public var storedBytes: UInt64 = 0
        /// Why what the copy wrote to this disk cannot be read; empty when it can. Then `blocks` and `stored_bytes`
        /// are 0, and unknown.
        public var damage: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for what is set aside of an item.
    public struct GetSetAsideRequest: WireMessage {
        public static var protobufName: String { "homeward.target.v1.GetSetAsideRequest" }

        /// The item.
        public var item: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What is set aside.
    public struct GetSetAsideResponse: WireMessage {
        public static var protobufName: String { "homeward.target.v1.GetSetAsideResponse" }

        /// Oldest first; none while the disks are handed over.
        public var setAside: [TargetV1.SetAside] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Reads a disk as a copy that was left had it.
    public struct ReadSetAsideRequest: WireMessage {
        public static var protobufName: String { "homeward.target.v1.ReadSetAsideRequest" }

        /// The item.
        public var item: String = ""
        /// Number of the generation.
        public var generation: UInt64 = 0
        /// The disk, by its place in the machine.
        public var disk: UInt32 = 0
        /// Only the blocks that the copy wrote, with nothing between them. Without it the whole disk, which needs its point.
        public var changesOnly: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Gives the space of what is set aside back, and its point to the retention.
    public struct ReleaseSetAsideRequest: WireMessage {
        public static var protobufName: String { "homeward.target.v1.ReleaseSetAsideRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// The item.
        public var item: String = ""
        /// Generation of the command.
        public var generation: CommonV1.Generation?
        /// Number of the generation that it is of.
        public var setAside: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

}

extension TargetV1.RecoveryPoint: StructBacked {
    typealias CStruct = Homeward__Target__V1__RecoveryPoint

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__recovery_point__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.number = self.number
        c.pointee.base_ = self.base
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
        c.pointee.cut_unix_us = self.cutUnixUs
        c.pointee.application_consistent = self.applicationConsistent ? 1 : 0
        c.pointee.group_point = arena.string(self.groupPoint)
        c.pointee.n_pins = self.pins.count
        c.pointee.pins = arena.strings(self.pins)
        c.pointee.blocks = self.blocks
        c.pointee.applied = self.applied ? 1 : 0
        c.pointee.name = arena.string(self.name)
        c.pointee.n_roots = self.roots.count
        c.pointee.roots = arena.messages(self.roots)
        c.pointee.final = self.final ? 1 : 0
        c.pointee.damage = arena.string(self.damage)
        c.pointee.n_disks = self.disks.count
        c.pointee.disks = arena.messages(self.disks)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.number = c.pointee.number
        self.base = c.pointee.base_
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
        self.cutUnixUs = c.pointee.cut_unix_us
        self.applicationConsistent = c.pointee.application_consistent != 0
        self.groupPoint = try decodedString(c.pointee.group_point, "homeward.target.v1.RecoveryPoint.group_point")
        self.pins = try decodedStrings(c.pointee.pins, c.pointee.n_pins, "homeward.target.v1.RecoveryPoint.pins")
        self.blocks = c.pointee.blocks
        self.applied = c.pointee.applied != 0
        self.name = try decodedString(c.pointee.name, "homeward.target.v1.RecoveryPoint.name")
        self.roots = try decodedMessages(c.pointee.roots, c.pointee.n_roots)
        self.final = c.pointee.final != 0
        self.damage = try decodedString(c.pointee.damage, "homeward.target.v1.RecoveryPoint.damage")
        self.disks = try decodedMessages(c.pointee.disks, c.pointee.n_disks)
    }
}

extension TargetV1.PointRoot: StructBacked {
    typealias CStruct = Homeward__Target__V1__PointRoot

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__point_root__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.disk = arena.string(self.disk)
        c.pointee.root = arena.bytes(self.root)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.disk = try decodedString(c.pointee.disk, "homeward.target.v1.PointRoot.disk")
        self.root = decodedBytes(c.pointee.root)
    }
}

extension TargetV1.Replica: StructBacked {
    typealias CStruct = Homeward__Target__V1__Replica

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__replica__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
        c.pointee.state = .init(rawValue: .init(truncatingIfNeeded: self.state.rawValue))
        c.pointee.position = self.position
        c.pointee.sealed = self.sealed
        if let value = self.fence {
            c.pointee.fence = arena.message(value)
        }
        if let value = self.drains {
            c.pointee.drains = arena.message(value)
            c.pointee.draining_case = .init(rawValue: 6)
        }
        c.pointee.n_disks = self.disks.count
        c.pointee.disks = arena.messages(self.disks)
        c.pointee.ahead_blocks = self.aheadBlocks
        c.pointee.applied_blocks = self.appliedBlocks
        c.pointee.received_bytes = self.receivedBytes
        c.pointee.retention_bytes = self.retentionBytes
        c.pointee.source_connected = self.sourceConnected ? 1 : 0
        c.pointee.copied_blocks = self.copiedBlocks
        c.pointee.expected_blocks = self.expectedBlocks
        if let value = self.catchUp {
            c.pointee.catch_up = arena.message(value)
        }
        if let value = self.scrub {
            c.pointee.scrub = arena.message(value)
        }
        if let value = self.retention {
            c.pointee.retention = arena.message(value)
        }
        c.pointee.retention_revision = self.retentionRevision
        c.pointee.scrub_interval_us = self.scrubIntervalUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.target.v1.Replica.item")
        self.state = TargetV1.Replica.State(rawValue: Int32(truncatingIfNeeded: c.pointee.state.rawValue))
        self.position = c.pointee.position
        self.sealed = c.pointee.sealed
        if let value = c.pointee.fence {
            self.fence = try CommonV1.Generation(value)
        }
        if c.pointee.draining_case.rawValue == 6, let value = c.pointee.drains {
            self.drains = try CommonV1.Generation(value)
        }
        self.disks = try decodedMessages(c.pointee.disks, c.pointee.n_disks)
        self.aheadBlocks = c.pointee.ahead_blocks
        self.appliedBlocks = c.pointee.applied_blocks
        self.receivedBytes = c.pointee.received_bytes
        self.retentionBytes = c.pointee.retention_bytes
        self.sourceConnected = c.pointee.source_connected != 0
        self.copiedBlocks = c.pointee.copied_blocks
        self.expectedBlocks = c.pointee.expected_blocks
        if let value = c.pointee.catch_up {
            self.catchUp = try TargetV1.CatchUp(value)
        }
        if let value = c.pointee.scrub {
            self.scrub = try TargetV1.Scrub(value)
        }
        if let value = c.pointee.retention {
            self.retention = try TargetV1.Retention(value)
        }
        self.retentionRevision = c.pointee.retention_revision
        self.scrubIntervalUs = c.pointee.scrub_interval_us
    }
}

extension TargetV1.Retention: StructBacked {
    typealias CStruct = Homeward__Target__V1__Retention

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__retention__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.points = self.points
        c.pointee.age_us = self.ageUs
        c.pointee.n_thinning = self.thinning.count
        c.pointee.thinning = arena.messages(self.thinning)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.points = c.pointee.points
        self.ageUs = c.pointee.age_us
        self.thinning = try decodedMessages(c.pointee.thinning, c.pointee.n_thinning)
    }
}

extension TargetV1.RetentionStep: StructBacked {
    typealias CStruct = Homeward__Target__V1__RetentionStep

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__retention_step__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.older_than_us = self.olderThanUs
        c.pointee.keep_every_us = self.keepEveryUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.olderThanUs = c.pointee.older_than_us
        self.keepEveryUs = c.pointee.keep_every_us
    }
}

extension TargetV1.SetRetentionRequest: StructBacked {
    typealias CStruct = Homeward__Target__V1__SetRetentionRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__set_retention_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        c.pointee.item = arena.string(self.item)
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
        if let value = self.retention {
            c.pointee.retention = arena.message(value)
        }
        c.pointee.revision = self.revision
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        self.item = try decodedString(c.pointee.item, "homeward.target.v1.SetRetentionRequest.item")
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
        if let value = c.pointee.retention {
            self.retention = try TargetV1.Retention(value)
        }
        self.revision = c.pointee.revision
    }
}

extension TargetV1.PreviewRetentionRequest: StructBacked {
    typealias CStruct = Homeward__Target__V1__PreviewRetentionRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__preview_retention_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
        if let value = self.retention {
            c.pointee.retention = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.target.v1.PreviewRetentionRequest.item")
        if let value = c.pointee.retention {
            self.retention = try TargetV1.Retention(value)
        }
    }
}

extension TargetV1.RetiredPoint: StructBacked {
    typealias CStruct = Homeward__Target__V1__RetiredPoint

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__retired_point__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.point {
            c.pointee.point = arena.message(value)
        }
        c.pointee.because = arena.string(self.because)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.point {
            self.point = try TargetV1.RecoveryPoint(value)
        }
        self.because = try decodedString(c.pointee.because, "homeward.target.v1.RetiredPoint.because")
    }
}

extension TargetV1.PreviewRetentionResponse: StructBacked {
    typealias CStruct = Homeward__Target__V1__PreviewRetentionResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__preview_retention_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_removed = self.removed.count
        c.pointee.removed = arena.messages(self.removed)
        c.pointee.removed_points = self.removedPoints
        c.pointee.kept_points = self.keptPoints
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.removed = try decodedMessages(c.pointee.removed, c.pointee.n_removed)
        self.removedPoints = c.pointee.removed_points
        self.keptPoints = c.pointee.kept_points
    }
}

extension TargetV1.Scrub: StructBacked {
    typealias CStruct = Homeward__Target__V1__Scrub

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__scrub__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.ended_unix_us = self.endedUnixUs
        c.pointee.differing_blocks = self.differingBlocks
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.endedUnixUs = c.pointee.ended_unix_us
        self.differingBlocks = c.pointee.differing_blocks
    }
}

extension TargetV1.CatchUp: StructBacked {
    typealias CStruct = Homeward__Target__V1__CatchUp

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__catch_up__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.generation = self.generation
        c.pointee.point = self.point
        c.pointee.n_disks = self.disks.count
        c.pointee.disks = arena.messages(self.disks)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.generation = c.pointee.generation
        self.point = c.pointee.point
        self.disks = try decodedMessages(c.pointee.disks, c.pointee.n_disks)
    }
}

extension TargetV1.DiskCatchUp: StructBacked {
    typealias CStruct = Homeward__Target__V1__DiskCatchUp

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__disk_catch_up__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.disk = arena.string(self.disk)
        c.pointee.moved_blocks = self.movedBlocks
        c.pointee.dropped_blocks = self.droppedBlocks
        c.pointee.own_blocks = self.ownBlocks
        c.pointee.written_blocks = self.writtenBlocks
        c.pointee.ahead_blocks = self.aheadBlocks
        c.pointee.foreign_blocks = self.foreignBlocks
        c.pointee.suspect_blocks = self.suspectBlocks
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.disk = try decodedString(c.pointee.disk, "homeward.target.v1.DiskCatchUp.disk")
        self.movedBlocks = c.pointee.moved_blocks
        self.droppedBlocks = c.pointee.dropped_blocks
        self.ownBlocks = c.pointee.own_blocks
        self.writtenBlocks = c.pointee.written_blocks
        self.aheadBlocks = c.pointee.ahead_blocks
        self.foreignBlocks = c.pointee.foreign_blocks
        self.suspectBlocks = c.pointee.suspect_blocks
    }
}

extension TargetV1.AdoptReplicaRequest: StructBacked {
    typealias CStruct = Homeward__Target__V1__AdoptReplicaRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__adopt_replica_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        c.pointee.item = arena.string(self.item)
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
        c.pointee.n_disks = self.disks.count
        c.pointee.disks = arena.messages(self.disks)
        c.pointee.blank = self.blank ? 1 : 0
        c.pointee.anew = self.anew ? 1 : 0
        c.pointee.cut_unix_us = self.cutUnixUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        self.item = try decodedString(c.pointee.item, "homeward.target.v1.AdoptReplicaRequest.item")
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
        self.disks = try decodedMessages(c.pointee.disks, c.pointee.n_disks)
        self.blank = c.pointee.blank != 0
        self.anew = c.pointee.anew != 0
        self.cutUnixUs = c.pointee.cut_unix_us
    }
}

extension TargetV1.AdoptReplicaResponse: StructBacked {
    typealias CStruct = Homeward__Target__V1__AdoptReplicaResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__adopt_replica_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.replica {
            c.pointee.replica = arena.message(value)
        }
        c.pointee.n_disks = self.disks.count
        c.pointee.disks = arena.messages(self.disks)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.replica {
            self.replica = try TargetV1.Replica(value)
        }
        self.disks = try decodedMessages(c.pointee.disks, c.pointee.n_disks)
    }
}

extension TargetV1.AdoptedDisk: StructBacked {
    typealias CStruct = Homeward__Target__V1__AdoptedDisk

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__adopted_disk__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.disk = arena.string(self.disk)
        c.pointee.record = arena.bytes(self.record)
        c.pointee.changed_blocks = self.changedBlocks
        c.pointee.suspect_blocks = self.suspectBlocks
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.disk = try decodedString(c.pointee.disk, "homeward.target.v1.AdoptedDisk.disk")
        self.record = decodedBytes(c.pointee.record)
        self.changedBlocks = c.pointee.changed_blocks
        self.suspectBlocks = c.pointee.suspect_blocks
    }
}

extension TargetV1.BeginOverwriteRequest: StructBacked {
    typealias CStruct = Homeward__Target__V1__BeginOverwriteRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__begin_overwrite_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        c.pointee.item = arena.string(self.item)
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
        c.pointee.point_name = arena.string(self.pointName)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        self.item = try decodedString(c.pointee.item, "homeward.target.v1.BeginOverwriteRequest.item")
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
        self.pointName = try decodedString(c.pointee.point_name, "homeward.target.v1.BeginOverwriteRequest.point_name")
    }
}

extension TargetV1.ForgetReplicaRequest: StructBacked {
    typealias CStruct = Homeward__Target__V1__ForgetReplicaRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__forget_replica_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        c.pointee.item = arena.string(self.item)
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        self.item = try decodedString(c.pointee.item, "homeward.target.v1.ForgetReplicaRequest.item")
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
    }
}

extension TargetV1.ForgetReplicaResponse: StructBacked {
    typealias CStruct = Homeward__Target__V1__ForgetReplicaResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__forget_replica_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
    }
}

extension TargetV1.GetReplicaRequest: StructBacked {
    typealias CStruct = Homeward__Target__V1__GetReplicaRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__get_replica_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
        c.pointee.wait_us = self.waitUs
        c.pointee.until_position = self.untilPosition
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.target.v1.GetReplicaRequest.item")
        self.waitUs = c.pointee.wait_us
        self.untilPosition = c.pointee.until_position
    }
}

extension TargetV1.ListPointsRequest: StructBacked {
    typealias CStruct = Homeward__Target__V1__ListPointsRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__list_points_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
        c.pointee.page_size = self.pageSize
        c.pointee.page_token = arena.string(self.pageToken)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.target.v1.ListPointsRequest.item")
        self.pageSize = c.pointee.page_size
        self.pageToken = try decodedString(c.pointee.page_token, "homeward.target.v1.ListPointsRequest.page_token")
    }
}

extension TargetV1.ListPointsResponse: StructBacked {
    typealias CStruct = Homeward__Target__V1__ListPointsResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__list_points_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_points = self.points.count
        c.pointee.points = arena.messages(self.points)
        c.pointee.next_page_token = arena.string(self.nextPageToken)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.points = try decodedMessages(c.pointee.points, c.pointee.n_points)
        self.nextPageToken = try decodedString(c.pointee.next_page_token, "homeward.target.v1.ListPointsResponse.next_page_token")
    }
}

extension TargetV1.ReadPointRequest: StructBacked {
    typealias CStruct = Homeward__Target__V1__ReadPointRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__read_point_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
        c.pointee.number = self.number
        c.pointee.name = arena.string(self.name)
        c.pointee.disk = self.disk
        c.pointee.offset = self.offset
        c.pointee.length = self.length
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.target.v1.ReadPointRequest.item")
        self.number = c.pointee.number
        self.name = try decodedString(c.pointee.name, "homeward.target.v1.ReadPointRequest.name")
        self.disk = c.pointee.disk
        self.offset = c.pointee.offset
        self.length = c.pointee.length
    }
}

extension TargetV1.PointContent: StructBacked {
    typealias CStruct = Homeward__Target__V1__PointContent

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__point_content__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.offset = self.offset
        c.pointee.data = arena.bytes(self.data)
        c.pointee.zeroes = self.zeroes
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.offset = c.pointee.offset
        self.data = decodedBytes(c.pointee.data)
        self.zeroes = c.pointee.zeroes
    }
}

extension TargetV1.PinPointRequest: StructBacked {
    typealias CStruct = Homeward__Target__V1__PinPointRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__pin_point_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        c.pointee.item = arena.string(self.item)
        c.pointee.number = self.number
        c.pointee.pin = arena.string(self.pin)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        self.item = try decodedString(c.pointee.item, "homeward.target.v1.PinPointRequest.item")
        self.number = c.pointee.number
        self.pin = try decodedString(c.pointee.pin, "homeward.target.v1.PinPointRequest.pin")
    }
}

extension TargetV1.UnpinPointRequest: StructBacked {
    typealias CStruct = Homeward__Target__V1__UnpinPointRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__unpin_point_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        c.pointee.item = arena.string(self.item)
        c.pointee.pin = arena.string(self.pin)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        self.item = try decodedString(c.pointee.item, "homeward.target.v1.UnpinPointRequest.item")
        self.pin = try decodedString(c.pointee.pin, "homeward.target.v1.UnpinPointRequest.pin")
    }
}

extension TargetV1.SealFinalRequest: StructBacked {
    typealias CStruct = Homeward__Target__V1__SealFinalRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__seal_final_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        c.pointee.item = arena.string(self.item)
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
        if let value = self.closing {
            c.pointee.closing = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        self.item = try decodedString(c.pointee.item, "homeward.target.v1.SealFinalRequest.item")
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
        if let value = c.pointee.closing {
            self.closing = try CommonV1.Generation(value)
        }
    }
}

extension TargetV1.MoveReplicaRequest: StructBacked {
    typealias CStruct = Homeward__Target__V1__MoveReplicaRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__move_replica_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        c.pointee.item = arena.string(self.item)
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
        c.pointee.number = self.number
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        self.item = try decodedString(c.pointee.item, "homeward.target.v1.MoveReplicaRequest.item")
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
        self.number = c.pointee.number
    }
}

extension TargetV1.ReleaseReplicaRequest: StructBacked {
    typealias CStruct = Homeward__Target__V1__ReleaseReplicaRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__release_replica_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        c.pointee.item = arena.string(self.item)
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        self.item = try decodedString(c.pointee.item, "homeward.target.v1.ReleaseReplicaRequest.item")
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
    }
}

extension TargetV1.ReclaimReplicaRequest: StructBacked {
    typealias CStruct = Homeward__Target__V1__ReclaimReplicaRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__reclaim_replica_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        c.pointee.item = arena.string(self.item)
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        self.item = try decodedString(c.pointee.item, "homeward.target.v1.ReclaimReplicaRequest.item")
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
    }
}

extension TargetV1.CommitReplicaRequest: StructBacked {
    typealias CStruct = Homeward__Target__V1__CommitReplicaRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__commit_replica_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        c.pointee.item = arena.string(self.item)
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        self.item = try decodedString(c.pointee.item, "homeward.target.v1.CommitReplicaRequest.item")
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
    }
}

extension TargetV1.VerifyReplicaRequest: StructBacked {
    typealias CStruct = Homeward__Target__V1__VerifyReplicaRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__verify_replica_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
        c.pointee.changed_only = self.changedOnly ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.target.v1.VerifyReplicaRequest.item")
        self.changedOnly = c.pointee.changed_only != 0
    }
}

extension TargetV1.VerifyReplicaResponse: StructBacked {
    typealias CStruct = Homeward__Target__V1__VerifyReplicaResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__verify_replica_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.position = self.position
        c.pointee.n_roots = self.roots.count
        c.pointee.roots = arena.messages(self.roots)
        c.pointee.n_verified_blocks = self.verifiedBlocks.count
        c.pointee.verified_blocks = arena.numbers(self.verifiedBlocks)
        c.pointee.since = arena.string(self.since)
        if let value = self.scrub {
            c.pointee.scrub = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.position = c.pointee.position
        self.roots = try decodedMessages(c.pointee.roots, c.pointee.n_roots)
        self.verifiedBlocks = decodedNumbers(c.pointee.verified_blocks, c.pointee.n_verified_blocks)
        self.since = try decodedString(c.pointee.since, "homeward.target.v1.VerifyReplicaResponse.since")
        if let value = c.pointee.scrub {
            self.scrub = try TargetV1.Scrub(value)
        }
    }
}

extension TargetV1.GroupPointMember: StructBacked {
    typealias CStruct = Homeward__Target__V1__GroupPointMember

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__group_point_member__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
        c.pointee.number = self.number
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
        c.pointee.sealed = self.sealed ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.target.v1.GroupPointMember.item")
        self.number = c.pointee.number
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
        self.sealed = c.pointee.sealed != 0
    }
}

extension TargetV1.GroupPoint: StructBacked {
    typealias CStruct = Homeward__Target__V1__GroupPoint

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__group_point__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.group = arena.string(self.group)
        c.pointee.n_members = self.members.count
        c.pointee.members = arena.messages(self.members)
        c.pointee.cut_unix_us = self.cutUnixUs
        c.pointee.exists = self.exists ? 1 : 0
        c.pointee.final = self.final ? 1 : 0
        c.pointee.age_us = self.ageUs
        c.pointee.application_consistent = self.applicationConsistent ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.target.v1.GroupPoint.name")
        self.group = try decodedString(c.pointee.group, "homeward.target.v1.GroupPoint.group")
        self.members = try decodedMessages(c.pointee.members, c.pointee.n_members)
        self.cutUnixUs = c.pointee.cut_unix_us
        self.exists = c.pointee.exists != 0
        self.final = c.pointee.final != 0
        self.ageUs = c.pointee.age_us
        self.applicationConsistent = c.pointee.application_consistent != 0
    }
}

extension TargetV1.ListGroupPointsRequest: StructBacked {
    typealias CStruct = Homeward__Target__V1__ListGroupPointsRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__list_group_points_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.group = arena.string(self.group)
        c.pointee.page_size = self.pageSize
        c.pointee.page_token = arena.string(self.pageToken)
        c.pointee.existing_only = self.existingOnly ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.group = try decodedString(c.pointee.group, "homeward.target.v1.ListGroupPointsRequest.group")
        self.pageSize = c.pointee.page_size
        self.pageToken = try decodedString(c.pointee.page_token, "homeward.target.v1.ListGroupPointsRequest.page_token")
        self.existingOnly = c.pointee.existing_only != 0
    }
}

extension TargetV1.ListGroupPointsResponse: StructBacked {
    typealias CStruct = Homeward__Target__V1__ListGroupPointsResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__list_group_points_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_points = self.points.count
        c.pointee.points = arena.messages(self.points)
        c.pointee.next_page_token = arena.string(self.nextPageToken)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.points = try decodedMessages(c.pointee.points, c.pointee.n_points)
        self.nextPageToken = try decodedString(c.pointee.next_page_token, "homeward.target.v1.ListGroupPointsResponse.next_page_token")
    }
}

extension TargetV1.PinGroupPointRequest: StructBacked {
    typealias CStruct = Homeward__Target__V1__PinGroupPointRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__pin_group_point_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        c.pointee.group = arena.string(self.group)
        c.pointee.name = arena.string(self.name)
        c.pointee.pin = arena.string(self.pin)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        self.group = try decodedString(c.pointee.group, "homeward.target.v1.PinGroupPointRequest.group")
        self.name = try decodedString(c.pointee.name, "homeward.target.v1.PinGroupPointRequest.name")
        self.pin = try decodedString(c.pointee.pin, "homeward.target.v1.PinGroupPointRequest.pin")
    }
}

extension TargetV1.GroupFinalMember: StructBacked {
    typealias CStruct = Homeward__Target__V1__GroupFinalMember

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__group_final_member__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
        if let value = self.closing {
            c.pointee.closing = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.target.v1.GroupFinalMember.item")
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
        if let value = c.pointee.closing {
            self.closing = try CommonV1.Generation(value)
        }
    }
}

extension TargetV1.SealGroupFinalRequest: StructBacked {
    typealias CStruct = Homeward__Target__V1__SealGroupFinalRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__seal_group_final_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        c.pointee.group = arena.string(self.group)
        c.pointee.n_members = self.members.count
        c.pointee.members = arena.messages(self.members)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        self.group = try decodedString(c.pointee.group, "homeward.target.v1.SealGroupFinalRequest.group")
        self.members = try decodedMessages(c.pointee.members, c.pointee.n_members)
    }
}

extension TargetV1.Branch: StructBacked {
    typealias CStruct = Homeward__Target__V1__Branch

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__branch__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.id = arena.string(self.id)
        c.pointee.item = arena.string(self.item)
        c.pointee.point = self.point
        c.pointee.n_disks = self.disks.count
        c.pointee.disks = arena.messages(self.disks)
        c.pointee.socket = arena.string(self.socket)
        c.pointee.written_blocks = self.writtenBlocks
        c.pointee.ended = arena.string(self.ended)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.id = try decodedString(c.pointee.id, "homeward.target.v1.Branch.id")
        self.item = try decodedString(c.pointee.item, "homeward.target.v1.Branch.item")
        self.point = c.pointee.point
        self.disks = try decodedMessages(c.pointee.disks, c.pointee.n_disks)
        self.socket = try decodedString(c.pointee.socket, "homeward.target.v1.Branch.socket")
        self.writtenBlocks = c.pointee.written_blocks
        self.ended = try decodedString(c.pointee.ended, "homeward.target.v1.Branch.ended")
    }
}

extension TargetV1.CreateBranchRequest: StructBacked {
    typealias CStruct = Homeward__Target__V1__CreateBranchRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__create_branch_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        c.pointee.item = arena.string(self.item)
        c.pointee.point = self.point
        c.pointee.pin = arena.string(self.pin)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        self.item = try decodedString(c.pointee.item, "homeward.target.v1.CreateBranchRequest.item")
        self.point = c.pointee.point
        self.pin = try decodedString(c.pointee.pin, "homeward.target.v1.CreateBranchRequest.pin")
    }
}

extension TargetV1.GetBranchRequest: StructBacked {
    typealias CStruct = Homeward__Target__V1__GetBranchRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__get_branch_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
        c.pointee.branch = arena.string(self.branch)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.target.v1.GetBranchRequest.item")
        self.branch = try decodedString(c.pointee.branch, "homeward.target.v1.GetBranchRequest.branch")
    }
}

extension TargetV1.DeleteBranchRequest: StructBacked {
    typealias CStruct = Homeward__Target__V1__DeleteBranchRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__delete_branch_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        c.pointee.item = arena.string(self.item)
        c.pointee.branch = arena.string(self.branch)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        self.item = try decodedString(c.pointee.item, "homeward.target.v1.DeleteBranchRequest.item")
        self.branch = try decodedString(c.pointee.branch, "homeward.target.v1.DeleteBranchRequest.branch")
    }
}

extension TargetV1.DeleteBranchResponse: StructBacked {
    typealias CStruct = Homeward__Target__V1__DeleteBranchResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__delete_branch_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
    }
}

extension TargetV1.SetAside: StructBacked {
    typealias CStruct = Homeward__Target__V1__SetAside

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__set_aside__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.generation = self.generation
        c.pointee.point = self.point
        c.pointee.n_disks = self.disks.count
        c.pointee.disks = arena.messages(self.disks)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.generation = c.pointee.generation
        self.point = c.pointee.point
        self.disks = try decodedMessages(c.pointee.disks, c.pointee.n_disks)
    }
}

extension TargetV1.SetAsideDisk: StructBacked {
    typealias CStruct = Homeward__Target__V1__SetAsideDisk

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__set_aside_disk__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.disk = arena.string(self.disk)
        c.pointee.index = self.index
        c.pointee.bytes = self.bytes
        c.pointee.blocks = self.blocks
        c.pointee.stored_bytes = self.storedBytes
        c.pointee.damage = arena.string(self.damage)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.disk = try decodedString(c.pointee.disk, "homeward.target.v1.SetAsideDisk.disk")
        self.index = c.pointee.index
        self.bytes = c.pointee.bytes
        self.blocks = c.pointee.blocks
        self.storedBytes = c.pointee.stored_bytes
        self.damage = try decodedString(c.pointee.damage, "homeward.target.v1.SetAsideDisk.damage")
    }
}

extension TargetV1.GetSetAsideRequest: StructBacked {
    typealias CStruct = Homeward__Target__V1__GetSetAsideRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__get_set_aside_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.target.v1.GetSetAsideRequest.item")
    }
}

extension TargetV1.GetSetAsideResponse: StructBacked {
    typealias CStruct = Homeward__Target__V1__GetSetAsideResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__get_set_aside_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_set_aside = self.setAside.count
        c.pointee.set_aside = arena.messages(self.setAside)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.setAside = try decodedMessages(c.pointee.set_aside, c.pointee.n_set_aside)
    }
}

extension TargetV1.ReadSetAsideRequest: StructBacked {
    typealias CStruct = Homeward__Target__V1__ReadSetAsideRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__read_set_aside_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
        c.pointee.generation = self.generation
        c.pointee.disk = self.disk
        c.pointee.changes_only = self.changesOnly ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.target.v1.ReadSetAsideRequest.item")
        self.generation = c.pointee.generation
        self.disk = c.pointee.disk
        self.changesOnly = c.pointee.changes_only != 0
    }
}

extension TargetV1.ReleaseSetAsideRequest: StructBacked {
    typealias CStruct = Homeward__Target__V1__ReleaseSetAsideRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__target__v1__release_set_aside_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        c.pointee.item = arena.string(self.item)
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
        c.pointee.set_aside = self.setAside
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        self.item = try decodedString(c.pointee.item, "homeward.target.v1.ReleaseSetAsideRequest.item")
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
        self.setAside = c.pointee.set_aside
    }
}
