// Generated from homeward/agent/v1/agent.proto by protoc-gen-homeward. Do not edit.
internal import CMessages
public import MessageCoding

extension AgentV1 {
    /// First message of a link, and again whenever something in it changes.
    public struct AgentHello: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.AgentHello" }

        /// The machine (copy) this agent serves.
        public var machine: String = ""
        /// The item its grant names; empty while unprotected.
        public var item: String = ""
        /// Changes at each start of the machine.
        public var bootID: String = ""
        /// The site it runs at.
        public var site: CommonV1.Site = CommonV1.Site(rawValue: 0)
        /// The assignment it holds.
        public var assignment: CommonV1.Assignment?
        /// The disks it serves.
        public var disks: [CommonV1.Disk] = []
        /// Sequence of the last command it made durable; commands after it are sent again.
        public var lastSequence: UInt64 = 0
        /// Version of the agent.
        public var version: String = ""
        /// True when this boot has a drill grant: such an agent must not register (and is refused).
        public var drill: Bool = false
        /// True when it answers to ticks of the relay in its statuses.
        public var echoes: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Where the agent stands; sent once a second and at changes.
    public struct AgentStatus: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.AgentStatus" }

        /// Whether the guest's writes are acknowledged.
        public enum Service: Hashable, Sendable {
            /// Never sent.
            case unspecified
            /// Guest writes are acknowledged.
            case serving
            /// Durably fenced: no guest write will be acknowledged under this generation.
            case closed
            /// A number that this version has no name for; kept as it is.
            case unrecognized(Int32)

            public init(rawValue: Int32) {
                switch rawValue {
                    case 0: self = .unspecified
                    case 1: self = .serving
                    case 2: self = .closed
                    default: self = .unrecognized(rawValue)
                }
            }

            public var rawValue: Int32 {
                switch self {
                    case .unspecified: 0
                    case .serving: 1
                    case .closed: 2
                    case .unrecognized(let number): number
                }
            }

            /// The named values, in the order of the .proto.
            public static var allCases: [Self] {
                [.unspecified, .serving, .closed]
            }
        }

        /// How the machine replicates.
        public enum Tracking: Hashable, Sendable {
            /// Never sent.
            case unspecified
            /// Intervals are cut and shipped.
            case streaming
            /// Changes are only tracked: no credit or no peer.
            case only
            /// Passes before a cut.
            case catchingUp
            /// Digest comparison.
            case resynchronizing
            /// Not replicating.
            case unprotected
            /// A number that this version has no name for; kept as it is.
            case unrecognized(Int32)

            public init(rawValue: Int32) {
                switch rawValue {
                    case 0: self = .unspecified
                    case 1: self = .streaming
                    case 2: self = .only
                    case 3: self = .catchingUp
                    case 4: self = .resynchronizing
                    case 5: self = .unprotected
                    default: self = .unrecognized(rawValue)
                }
            }

            public var rawValue: Int32 {
                switch self {
                    case .unspecified: 0
                    case .streaming: 1
                    case .only: 2
                    case .catchingUp: 3
                    case .resynchronizing: 4
                    case .unprotected: 5
                    case .unrecognized(let number): number
                }
            }

            /// The named values, in the order of the .proto.
            public static var allCases: [Self] {
                [.unspecified, .streaming, .only, .catchingUp, .resynchronizing, .unprotected]
            }
        }

        /// Whether guest writes are acknowledged.
        public var service: AgentV1.AgentStatus.Service = AgentV1.AgentStatus.Service(rawValue: 0)
        /// How it replicates.
        public var tracking: AgentV1.AgentStatus.Tracking = AgentV1.AgentStatus.Tracking(rawValue: 0)
        /// Why it is in that state.
        public var cause: String = ""
        /// Age of the newest point known sealed, on the agent's monotonic clock; 0 while it knows of none, as after its restart.
        public var rpoUs: UInt64 = 0
        /// Number of the newest interval known applied.
        public var appliedNumber: UInt64 = 0
        /// Blocks in no applied interval yet.
        public var dirtyBlocks: UInt64 = 0
        /// Blocks to be compared by digest after an unclean stop.
        public var suspectBlocks: UInt64 = 0
        /// Payload bytes shipped since the session began.
        public var shippedBytes: UInt64 = 0
        /// Blocks shipped since the session began.
        public var shippedBlocks: UInt64 = 0
        /// Generation the status was taken under.
        public var generation: CommonV1.Generation?
        /// Blocks still to send before the machine can be in sync.
        public var remainingBlocks: UInt64 = 0
        /// How long it has been in that state.
        public var sinceUs: UInt64 = 0
        /// Blocks compared by digest since the disks were opened.
        public var comparedBlocks: UInt64 = 0
        /// Of those, the ones that differed and were sent.
        public var differingBlocks: UInt64 = 0
        /// What came of freezing the guest for points.
        public var applicationConsistency: AgentV1.ApplicationConsistency?
        /// The last tick that the relay sent; none before the first one.
        public var echo: AgentV1.LinkEcho?
        /// Aim between cuts of the session; 0 without one.
        public var intervalUs: UInt64 = 0
        /// How far the reading back of its disks is; unset when nobody asked for it since they were handed over.
        public var readBack: AgentV1.ReadBack?
        /// Bytes of digests sent for comparisons since the disks were opened.
        public var digestBytes: UInt64 = 0
        /// Bytes of its disks that it compares in a second; 0 while it compares nothing.
        public var compareBytesPerSecond: UInt64 = 0
        /// The comparison of all blocks that was asked for last; unset when none was since its session was opened.
        public var comparison: AgentV1.Comparison?
        /// The last time that it read all its disks against their digests; unset when that was not done since it started.
        public var scrub: AgentV1.SourceScrub?
        /// Blocks that its guest wrote with what they held, and that were not sent for it, since the disks were opened.
        public var unchangedBlocks: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A comparison of all blocks of a machine with the target, beside replication, that somebody asked for.
    public struct Comparison: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.Comparison" }

        /// As the command named it.
        public var id: String = ""
        /// Blocks of all disks.
        public var totalBlocks: UInt64 = 0
        /// Blocks still to be compared.
        public var remainingBlocks: UInt64 = 0
        /// Blocks that differed.
        public var differingBlocks: UInt64 = 0
        /// Bytes of digests sent for it; what was sent before a restart of the agent does not count.
        public var digestBytes: UInt64 = 0
        /// True when all were compared, and those that differed are in a point that is sealed.
        public var complete: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// All disks read in the background, those blocks that are in no set of changes against their digests: what differs was
    /// changed by a write that was not tracked.
    public struct SourceScrub: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.SourceScrub" }

        /// When it ended, microseconds since 1970; 0 while the first one is under way.
        public var endedUnixUs: Int64 = 0
        /// Blocks that differed; they are sent again.
        public var differingBlocks: UInt64 = 0
        /// It begins again so long after it ended.
        public var intervalUs: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What the relay's clock said when it sent this. Answered by an echo in the next status: from it the relay knows how
    /// long a status was on its way at most.
    public struct LinkTick: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.LinkTick" }

        /// Monotonic clock of the relay.
        public var relayUs: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Answers a tick.
    public struct LinkEcho: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.LinkEcho" }

        /// As it came.
        public var relayUs: UInt64 = 0
        /// How long ago it came, on the agent's monotonic clock.
        public var heldUs: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Reading back whole disks, as they were handed over: what lies below the overlay, which nobody changes until it is
    /// merged. In the background, at low priority; after a restart it goes on where it was.
    public struct ReadBack: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.ReadBack" }

        /// Generation under which the disks were handed over.
        public var generation: CommonV1.Generation?
        /// Blocks read by now, of all disks.
        public var readBlocks: UInt64 = 0
        /// Blocks of all disks.
        public var totalBlocks: UInt64 = 0
        /// True when all were read.
        public var complete: Bool = false
        /// When it ended, microseconds since 1970; 0 before.
        public var endedUnixUs: Int64 = 0
        /// The disks.
        public var disks: [AgentV1.DiskReadBack] = []
        /// Why it does not go on; empty while it does.
        public var cause: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// One disk that is read back.
    public struct DiskReadBack: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.DiskReadBack" }

        /// Disk UUID.
        public var disk: String = ""
        /// Root of the digests of what was read, 32 bytes; empty before the disk's end.
        public var root: [UInt8] = []
        /// Blocks that differ from the digests that were handed over with the disk.
        public var differingBlocks: UInt64 = 0
        /// Where they are: the first runs of them.
        public var differing: [AgentV1.BlockRun] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Neighbouring blocks of 4 KiB.
    public struct BlockRun: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.BlockRun" }

        /// The first one.
        public var first: UInt64 = 0
        /// How many.
        public var count: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Application-consistent points of one machine, as its agent made them since it started.
    public struct ApplicationConsistency: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.ApplicationConsistency" }

        /// True when the machine has hooks that freeze and thaw its guest; without them every point is crash-consistent.
        public var hasHooks: Bool = false
        /// Aim between application-consistent points that the agent takes by itself; 0 for none.
        public var intervalUs: UInt64 = 0
        /// Number of the newest one; 0 for none.
        public var newestNumber: UInt64 = 0
        /// Age of its cut.
        public var newestAgeUs: UInt64 = 0
        /// How often the guest was to be frozen for a point.
        public var attempts: UInt64 = 0
        /// How often that gave a crash-consistent point only.
        public var failures: UInt64 = 0
        /// Why the last attempt did; empty when it gave an application-consistent one.
        public var failure: String = ""
        /// How long the guest stood still for the last attempt, from the start of its freeze to the end of its thaw.
        public var heldUs: UInt64 = 0
        /// The longest of all attempts.
        public var longestHeldUs: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Durably refuse guest writes under every generation below the given one. The agent stays up to drain.
    public struct FenceCommand: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.FenceCommand" }

        /// The new generation.
        public var generation: CommonV1.Generation?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What the fence found.
    public struct FenceResult: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.FenceResult" }

        /// The generation that is closed now.
        public var closed: CommonV1.Generation?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Take an assignment in place: serve guest writes under it, or lift a fence when the machine is active again.
    public struct AssignCommand: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.AssignCommand" }

        /// What to store.
        public var assignment: CommonV1.Assignment?
        /// Disks of the machine that are left out of its replication: served to the guest, and neither tracked nor sent. They
        /// change with the generation only.
        public var leftOut: [String] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Start (or redirect) replication to a process server.
    public struct OpenSessionCommand: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.OpenSessionCommand" }

        /// Generation of the session.
        public var generation: CommonV1.Generation?
        /// Where intervals go.
        public var processServer: CommonV1.Endpoint?
        /// Aim between cuts.
        public var intervalUs: UInt64 = 0
        /// Full copy: everything is sent, the target's content counts for nothing.
        public var fullCopy: Bool = false
        /// Compare by digests: the target's content counts block by block.
        public var compare: Bool = false
        /// Replication group whose common cuts the agent attends at the process server; empty for none.
        public var group: String = ""
        /// Aim between application-consistent points; 0 for none but those asked for. Of a member of a group the process
        /// server says when, for all members at once.
        public var applicationIntervalUs: UInt64 = 0
        /// See `SetPaceCommand`.
        public var paceRevision: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// How often the session that is open cuts. Nothing else of it changes: what is on its way goes on.
    public struct SetPaceCommand: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.SetPaceCommand" }

        /// Generation of the session.
        public var generation: CommonV1.Generation?
        /// Aim between cuts.
        public var intervalUs: UInt64 = 0
        /// Aim between application-consistent points; 0 for none but those asked for. Of a member of a group the process
        /// server says when, for all members at once.
        public var applicationIntervalUs: UInt64 = 0
        /// Orders such commands within a session; one that is lower than what was carried out last is refused.
        public var revision: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Compare all blocks with the target and send those that differ, beside replication; or stop that.
    public struct CompareCommand: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.CompareCommand" }

        /// Generation of the session.
        public var generation: CommonV1.Generation?
        /// Names it. One that is under way or done under this name is not begun again.
        public var id: String = ""
        /// True to stop the one of this name: what was not compared yet stands as before.
        public var stop: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Stop replication; tracking goes on.
    public struct CloseSessionCommand: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.CloseSessionCommand" }

        /// Generation of the session.
        public var generation: CommonV1.Generation?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Cut once more after a fence and ship until applied.
    public struct DrainCommand: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.DrainCommand" }

        /// The closed generation to drain.
        public var generation: CommonV1.Generation?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// The last interval of a closed generation.
    public struct DrainResult: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.DrainResult" }

        /// Its number; the generation is drained when it is applied.
        public var finalNumber: UInt64 = 0
        /// Payload blocks it holds.
        public var blocks: UInt64 = 0
        /// Per disk, the digest root at the cut.
        public var roots: [AgentV1.DiskRoot] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Digest of a whole disk at a cut.
    public struct DiskRoot: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.DiskRoot" }

        /// Disk UUID.
        public var disk: String = ""
        /// Root of the digest tree, 32 bytes.
        public var root: [UInt8] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Report lineage and tracking state.
    public struct ReportCommand: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.ReportCommand" }

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Lineage and tracking state of every disk.
    public struct ReportResult: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.ReportResult" }

        /// Where the agent stands.
        public var status: AgentV1.AgentStatus?
        /// Per disk, the encoded lineage record and counts.
        public var disks: [AgentV1.DiskLineage] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Lineage of one disk copy.
    public struct DiskLineage: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.DiskLineage" }

        /// Disk UUID.
        public var disk: String = ""
        /// The lineage record as it lies beside the disk.
        public var record: [UInt8] = []
        /// Blocks changed since the point the map reaches back to.
        public var changedBlocks: UInt64 = 0
        /// Blocks that must be compared.
        public var suspectBlocks: UInt64 = 0
        /// Next interval number not yet reserved; a position at or above it proves an older sidecar.
        public var nextInterval: UInt64 = 0
        /// Blocks touched by the move to the chosen point, still unsent.
        public var aheadBlocks: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Merge the overlay into the disk (commit).
    public struct MergeOverlayCommand: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.MergeOverlayCommand" }

        /// Generation of the command.
        public var generation: CommonV1.Generation?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// How far the merge is.
    public struct MergeOverlayResult: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.MergeOverlayResult" }

        /// Blocks merged by now.
        public var mergedBlocks: UInt64 = 0
        /// True when the overlay is gone.
        public var complete: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Read the disks back in the background, or say how far that is. Asking again is harmless.
    public struct ReadBackCommand: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.ReadBackCommand" }

        /// Generation of the command: that under which the disks were handed over.
        public var generation: CommonV1.Generation?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Cut a point now, of the asked kind.
    public struct CutCommand: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.CutCommand" }

        /// True to freeze and thaw around it.
        public var applicationConsistent: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// The point that was cut.
    public struct CutResult: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.CutResult" }

        /// Its interval number.
        public var number: UInt64 = 0
        /// True when the guest was frozen around the cut.
        public var applicationConsistent: Bool = false
        /// Why it is crash-consistent though an application-consistent one was asked for; else empty.
        public var cause: String = ""
        /// How long the guest stood still.
        public var heldUs: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// One command to an agent.
    public struct AgentCommand: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.AgentCommand" }

        /// What to do.
        public enum Command: Hashable, Sendable {
            /// Fence.
            case fence(AgentV1.FenceCommand)
            /// Take an assignment.
            case assign(AgentV1.AssignCommand)
            /// Start replication.
            case openSession(AgentV1.OpenSessionCommand)
            /// Stop replication.
            case closeSession(AgentV1.CloseSessionCommand)
            /// Final interval.
            case drain(AgentV1.DrainCommand)
            /// Report lineage.
            case report(AgentV1.ReportCommand)
            /// Merge the overlay.
            case mergeOverlay(AgentV1.MergeOverlayCommand)
            /// Cut a point.
            case cut(AgentV1.CutCommand)
            /// Other intervals.
            case setPace(AgentV1.SetPaceCommand)
            /// Not a command and not answered as one; its sequence is 0.
            case tick(AgentV1.LinkTick)
            /// Read the disks back.
            case readBack(AgentV1.ReadBackCommand)
            /// Compare all blocks with the target.
            case compare(AgentV1.CompareCommand)
        }

        /// Set by the relay, ascending per agent.
        public var sequence: UInt64 = 0
        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// What to do.
        public var command: Command?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Outcome of a command, durable at the agent before it is sent.
    public struct AgentCommandResult: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.AgentCommandResult" }

        /// The result.
        public enum Result: Hashable, Sendable {
            /// Of a fence.
            case fence(AgentV1.FenceResult)
            /// Of an assignment.
            case assigned(CommonV1.Assignment)
            /// Of a session opened or closed, or given another pace.
            case session(AgentV1.SessionResult)
            /// Of a drain.
            case drain(AgentV1.DrainResult)
            /// Of a report.
            case report(AgentV1.ReportResult)
            /// Of a merge.
            case mergeOverlay(AgentV1.MergeOverlayResult)
            /// Of a cut.
            case cut(AgentV1.CutResult)
            /// Of reading back: how far it is.
            case readBack(AgentV1.ReadBack)
            /// Of a comparison: how far it is.
            case comparison(AgentV1.Comparison)
        }

        /// The command's sequence.
        public var sequence: UInt64 = 0
        /// gRPC status code of the outcome, 0 for success.
        public var code: UInt32 = 0
        /// Why it failed.
        public var message: String = ""
        /// Serialized google.rpc.Status when it failed with details.
        public var details: [UInt8] = []
        /// The result.
        public var result: Result?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A session as the agent holds it now.
    public struct SessionResult: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.SessionResult" }

        /// True when replication is on.
        public var open: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// From agent to relay.
    public struct AgentMessage: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.AgentMessage" }

        /// One of.
        public enum Message: Hashable, Sendable {
            /// First.
            case hello(AgentV1.AgentHello)
            /// Now and then.
            case status(AgentV1.AgentStatus)
            /// After each command.
            case result(AgentV1.AgentCommandResult)
        }

        /// One of.
        public var message: Message?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Sends a command to an agent that is attached here.
    public struct CommandAgentRequest: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.CommandAgentRequest" }

        /// The machine whose agent is meant.
        public var machine: String = ""
        /// The command; its sequence is set by the relay.
        public var command: AgentV1.AgentCommand?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for what the relay knows of an agent.
    public struct GetAgentRequest: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.GetAgentRequest" }

        /// The machine.
        public var machine: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What a relay knows of an agent.
    public struct Agent: WireMessage {
        public static var protobufName: String { "homeward.agent.v1.Agent" }

        /// Its last hello.
        public var hello: AgentV1.AgentHello?
        /// Its last status.
        public var status: AgentV1.AgentStatus?
        /// True while the link is up.
        public var attached: Bool = false
        /// Time since the last message, on the relay's monotonic clock.
        public var silentUs: UInt64 = 0
        /// Time since the last status arrived, likewise.
        public var statusAgeUs: UInt64 = 0
        /// How long that status was on its way at most; 0 while that is not known.
        public var statusTransitUs: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

}

extension AgentV1.AgentHello: StructBacked {
    typealias CStruct = Homeward__Agent__V1__AgentHello

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__agent_hello__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.machine = arena.string(self.machine)
        c.pointee.item = arena.string(self.item)
        c.pointee.boot_id = arena.string(self.bootID)
        c.pointee.site = .init(rawValue: .init(truncatingIfNeeded: self.site.rawValue))
        if let value = self.assignment {
            c.pointee.assignment = arena.message(value)
        }
        c.pointee.n_disks = self.disks.count
        c.pointee.disks = arena.messages(self.disks)
        c.pointee.last_sequence = self.lastSequence
        c.pointee.version = arena.string(self.version)
        c.pointee.drill = self.drill ? 1 : 0
        c.pointee.echoes = self.echoes ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.machine = try decodedString(c.pointee.machine, "homeward.agent.v1.AgentHello.machine")
        self.item = try decodedString(c.pointee.item, "homeward.agent.v1.AgentHello.item")
        self.bootID = try decodedString(c.pointee.boot_id, "homeward.agent.v1.AgentHello.boot_id")
        self.site = CommonV1.Site(rawValue: Int32(truncatingIfNeeded: c.pointee.site.rawValue))
        if let value = c.pointee.assignment {
            self.assignment = try CommonV1.Assignment(value)
        }
        self.disks = try decodedMessages(c.pointee.disks, c.pointee.n_disks)
        self.lastSequence = c.pointee.last_sequence
        self.version = try decodedString(c.pointee.version, "homeward.agent.v1.AgentHello.version")
        self.drill = c.pointee.drill != 0
        self.echoes = c.pointee.echoes != 0
    }
}

extension AgentV1.AgentStatus: StructBacked {
    typealias CStruct = Homeward__Agent__V1__AgentStatus

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__agent_status__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.service = .init(rawValue: .init(truncatingIfNeeded: self.service.rawValue))
        c.pointee.tracking = .init(rawValue: .init(truncatingIfNeeded: self.tracking.rawValue))
        c.pointee.cause = arena.string(self.cause)
        c.pointee.rpo_us = self.rpoUs
        c.pointee.applied_number = self.appliedNumber
        c.pointee.dirty_blocks = self.dirtyBlocks
        c.pointee.suspect_blocks = self.suspectBlocks
        c.pointee.shipped_bytes = self.shippedBytes
        c.pointee.shipped_blocks = self.shippedBlocks
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
        c.pointee.remaining_blocks = self.remainingBlocks
        c.pointee.since_us = self.sinceUs
        c.pointee.compared_blocks = self.comparedBlocks
        c.pointee.differing_blocks = self.differingBlocks
        if let value = self.applicationConsistency {
            c.pointee.application_consistency = arena.message(value)
        }
        if let value = self.echo {
            c.pointee.echo = arena.message(value)
        }
        c.pointee.interval_us = self.intervalUs
        if let value = self.readBack {
            c.pointee.read_back = arena.message(value)
        }
        c.pointee.digest_bytes = self.digestBytes
        c.pointee.compare_bytes_per_second = self.compareBytesPerSecond
        if let value = self.comparison {
            c.pointee.comparison = arena.message(value)
        }
        if let value = self.scrub {
            c.pointee.scrub = arena.message(value)
        }
        c.pointee.unchanged_blocks = self.unchangedBlocks
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.service = AgentV1.AgentStatus.Service(rawValue: Int32(truncatingIfNeeded: c.pointee.service.rawValue))
        self.tracking = AgentV1.AgentStatus.Tracking(rawValue: Int32(truncatingIfNeeded: c.pointee.tracking.rawValue))
        self.cause = try decodedString(c.pointee.cause, "homeward.agent.v1.AgentStatus.cause")
        self.rpoUs = c.pointee.rpo_us
        self.appliedNumber = c.pointee.applied_number
        self.dirtyBlocks = c.pointee.dirty_blocks
        self.suspectBlocks = c.pointee.suspect_blocks
        self.shippedBytes = c.pointee.shipped_bytes
        self.shippedBlocks = c.pointee.shipped_blocks
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
        self.remainingBlocks = c.pointee.remaining_blocks
        self.sinceUs = c.pointee.since_us
        self.comparedBlocks = c.pointee.compared_blocks
        self.differingBlocks = c.pointee.differing_blocks
        if let value = c.pointee.application_consistency {
            self.applicationConsistency = try AgentV1.ApplicationConsistency(value)
        }
        if let value = c.pointee.echo {
            self.echo = try AgentV1.LinkEcho(value)
        }
        self.intervalUs = c.pointee.interval_us
        if let value = c.pointee.read_back {
            self.readBack = try AgentV1.ReadBack(value)
        }
        self.digestBytes = c.pointee.digest_bytes
        self.compareBytesPerSecond = c.pointee.compare_bytes_per_second
        if let value = c.pointee.comparison {
            self.comparison = try AgentV1.Comparison(value)
        }
        if let value = c.pointee.scrub {
            self.scrub = try AgentV1.SourceScrub(value)
        }
        self.unchangedBlocks = c.pointee.unchanged_blocks
    }
}

extension AgentV1.Comparison: StructBacked {
    typealias CStruct = Homeward__Agent__V1__Comparison

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__comparison__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.id = arena.string(self.id)
        c.pointee.total_blocks = self.totalBlocks
        c.pointee.remaining_blocks = self.remainingBlocks
        c.pointee.differing_blocks = self.differingBlocks
        c.pointee.digest_bytes = self.digestBytes
        c.pointee.complete = self.complete ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.id = try decodedString(c.pointee.id, "homeward.agent.v1.Comparison.id")
        self.totalBlocks = c.pointee.total_blocks
        self.remainingBlocks = c.pointee.remaining_blocks
        self.differingBlocks = c.pointee.differing_blocks
        self.digestBytes = c.pointee.digest_bytes
        self.complete = c.pointee.complete != 0
    }
}

extension AgentV1.SourceScrub: StructBacked {
    typealias CStruct = Homeward__Agent__V1__SourceScrub

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__source_scrub__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.ended_unix_us = self.endedUnixUs
        c.pointee.differing_blocks = self.differingBlocks
        c.pointee.interval_us = self.intervalUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.endedUnixUs = c.pointee.ended_unix_us
        self.differingBlocks = c.pointee.differing_blocks
        self.intervalUs = c.pointee.interval_us
    }
}

extension AgentV1.LinkTick: StructBacked {
    typealias CStruct = Homeward__Agent__V1__LinkTick

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__link_tick__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.relay_us = self.relayUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.relayUs = c.pointee.relay_us
    }
}

extension AgentV1.LinkEcho: StructBacked {
    typealias CStruct = Homeward__Agent__V1__LinkEcho

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__link_echo__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.relay_us = self.relayUs
        c.pointee.held_us = self.heldUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.relayUs = c.pointee.relay_us
        self.heldUs = c.pointee.held_us
    }
}

extension AgentV1.ReadBack: StructBacked {
    typealias CStruct = Homeward__Agent__V1__ReadBack

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__read_back__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
        c.pointee.read_blocks = self.readBlocks
        c.pointee.total_blocks = self.totalBlocks
        c.pointee.complete = self.complete ? 1 : 0
        c.pointee.ended_unix_us = self.endedUnixUs
        c.pointee.n_disks = self.disks.count
        c.pointee.disks = arena.messages(self.disks)
        c.pointee.cause = arena.string(self.cause)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
        self.readBlocks = c.pointee.read_blocks
        self.totalBlocks = c.pointee.total_blocks
        self.complete = c.pointee.complete != 0
        self.endedUnixUs = c.pointee.ended_unix_us
        self.disks = try decodedMessages(c.pointee.disks, c.pointee.n_disks)
        self.cause = try decodedString(c.pointee.cause, "homeward.agent.v1.ReadBack.cause")
    }
}

extension AgentV1.DiskReadBack: StructBacked {
    typealias CStruct = Homeward__Agent__V1__DiskReadBack

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__disk_read_back__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.disk = arena.string(self.disk)
        c.pointee.root = arena.bytes(self.root)
        c.pointee.differing_blocks = self.differingBlocks
        c.pointee.n_differing = self.differing.count
        c.pointee.differing = arena.messages(self.differing)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.disk = try decodedString(c.pointee.disk, "homeward.agent.v1.DiskReadBack.disk")
        self.root = decodedBytes(c.pointee.root)
        self.differingBlocks = c.pointee.differing_blocks
        self.differing = try decodedMessages(c.pointee.differing, c.pointee.n_differing)
    }
}

extension AgentV1.BlockRun: StructBacked {
    typealias CStruct = Homeward__Agent__V1__BlockRun

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__block_run__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.first = self.first
        c.pointee.count = self.count
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.first = c.pointee.first
        self.count = c.pointee.count
    }
}

extension AgentV1.ApplicationConsistency: StructBacked {
    typealias CStruct = Homeward__Agent__V1__ApplicationConsistency

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__application_consistency__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.has_hooks = self.hasHooks ? 1 : 0
        c.pointee.interval_us = self.intervalUs
        c.pointee.newest_number = self.newestNumber
        c.pointee.newest_age_us = self.newestAgeUs
        c.pointee.attempts = self.attempts
        c.pointee.failures = self.failures
        c.pointee.failure = arena.string(self.failure)
        c.pointee.held_us = self.heldUs
        c.pointee.longest_held_us = self.longestHeldUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.hasHooks = c.pointee.has_hooks != 0
        self.intervalUs = c.pointee.interval_us
        self.newestNumber = c.pointee.newest_number
        self.newestAgeUs = c.pointee.newest_age_us
        self.attempts = c.pointee.attempts
        self.failures = c.pointee.failures
        self.failure = try decodedString(c.pointee.failure, "homeward.agent.v1.ApplicationConsistency.failure")
        self.heldUs = c.pointee.held_us
        self.longestHeldUs = c.pointee.longest_held_us
    }
}

extension AgentV1.FenceCommand: StructBacked {
    typealias CStruct = Homeward__Agent__V1__FenceCommand

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__fence_command__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
    }
}

extension AgentV1.FenceResult: StructBacked {
    typealias CStruct = Homeward__Agent__V1__FenceResult

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__fence_result__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.closed {
            c.pointee.closed = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.closed {
            self.closed = try CommonV1.Generation(value)
        }
    }
}

extension AgentV1.AssignCommand: StructBacked {
    typealias CStruct = Homeward__Agent__V1__AssignCommand

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__assign_command__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.assignment {
            c.pointee.assignment = arena.message(value)
        }
        c.pointee.n_left_out = self.leftOut.count
        c.pointee.left_out = arena.strings(self.leftOut)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.assignment {
            self.assignment = try CommonV1.Assignment(value)
        }
        self.leftOut = try decodedStrings(c.pointee.left_out, c.pointee.n_left_out, "homeward.agent.v1.AssignCommand.left_out")
    }
}

extension AgentV1.OpenSessionCommand: StructBacked {
    typealias CStruct = Homeward__Agent__V1__OpenSessionCommand

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__open_session_command__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
        if let value = self.processServer {
            c.pointee.process_server = arena.message(value)
        }
        c.pointee.interval_us = self.intervalUs
        c.pointee.full_copy = self.fullCopy ? 1 : 0
        c.pointee.compare = self.compare ? 1 : 0
        c.pointee.group = arena.string(self.group)
        c.pointee.application_interval_us = self.applicationIntervalUs
        c.pointee.pace_revision = self.paceRevision
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
        if let value = c.pointee.process_server {
            self.processServer = try CommonV1.Endpoint(value)
        }
        self.intervalUs = c.pointee.interval_us
        self.fullCopy = c.pointee.full_copy != 0
        self.compare = c.pointee.compare != 0
        self.group = try decodedString(c.pointee.group, "homeward.agent.v1.OpenSessionCommand.group")
        self.applicationIntervalUs = c.pointee.application_interval_us
        self.paceRevision = c.pointee.pace_revision
    }
}

extension AgentV1.SetPaceCommand: StructBacked {
    typealias CStruct = Homeward__Agent__V1__SetPaceCommand

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__set_pace_command__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
        c.pointee.interval_us = self.intervalUs
        c.pointee.application_interval_us = self.applicationIntervalUs
        c.pointee.revision = self.revision
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
        self.intervalUs = c.pointee.interval_us
        self.applicationIntervalUs = c.pointee.application_interval_us
        self.revision = c.pointee.revision
    }
}

extension AgentV1.CompareCommand: StructBacked {
    typealias CStruct = Homeward__Agent__V1__CompareCommand

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__compare_command__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
        c.pointee.id = arena.string(self.id)
        c.pointee.stop = self.stop ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
        self.id = try decodedString(c.pointee.id, "homeward.agent.v1.CompareCommand.id")
        self.stop = c.pointee.stop != 0
    }
}

extension AgentV1.CloseSessionCommand: StructBacked {
    typealias CStruct = Homeward__Agent__V1__CloseSessionCommand

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__close_session_command__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
    }
}

extension AgentV1.DrainCommand: StructBacked {
    typealias CStruct = Homeward__Agent__V1__DrainCommand

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__drain_command__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
    }
}

extension AgentV1.DrainResult: StructBacked {
    typealias CStruct = Homeward__Agent__V1__DrainResult

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__drain_result__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.final_number = self.finalNumber
        c.pointee.blocks = self.blocks
        c.pointee.n_roots = self.roots.count
        c.pointee.roots = arena.messages(self.roots)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.finalNumber = c.pointee.final_number
        self.blocks = c.pointee.blocks
        self.roots = try decodedMessages(c.pointee.roots, c.pointee.n_roots)
    }
}

extension AgentV1.DiskRoot: StructBacked {
    typealias CStruct = Homeward__Agent__V1__DiskRoot

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__disk_root__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.disk = arena.string(self.disk)
        c.pointee.root = arena.bytes(self.root)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.disk = try decodedString(c.pointee.disk, "homeward.agent.v1.DiskRoot.disk")
        self.root = decodedBytes(c.pointee.root)
    }
}

extension AgentV1.ReportCommand: StructBacked {
    typealias CStruct = Homeward__Agent__V1__ReportCommand

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__report_command__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
    }
}

extension AgentV1.ReportResult: StructBacked {
    typealias CStruct = Homeward__Agent__V1__ReportResult

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__report_result__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.status {
            c.pointee.status = arena.message(value)
        }
        c.pointee.n_disks = self.disks.count
        c.pointee.disks = arena.messages(self.disks)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.status {
            self.status = try AgentV1.AgentStatus(value)
        }
        self.disks = try decodedMessages(c.pointee.disks, c.pointee.n_disks)
    }
}

extension AgentV1.DiskLineage: StructBacked {
    typealias CStruct = Homeward__Agent__V1__DiskLineage

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__disk_lineage__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.disk = arena.string(self.disk)
        c.pointee.record = arena.bytes(self.record)
        c.pointee.changed_blocks = self.changedBlocks
        c.pointee.suspect_blocks = self.suspectBlocks
        c.pointee.next_interval = self.nextInterval
        c.pointee.ahead_blocks = self.aheadBlocks
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.disk = try decodedString(c.pointee.disk, "homeward.agent.v1.DiskLineage.disk")
        self.record = decodedBytes(c.pointee.record)
        self.changedBlocks = c.pointee.changed_blocks
        self.suspectBlocks = c.pointee.suspect_blocks
        self.nextInterval = c.pointee.next_interval
        self.aheadBlocks = c.pointee.ahead_blocks
    }
}

extension AgentV1.MergeOverlayCommand: StructBacked {
    typealias CStruct = Homeward__Agent__V1__MergeOverlayCommand

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__merge_overlay_command__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
    }
}

extension AgentV1.MergeOverlayResult: StructBacked {
    typealias CStruct = Homeward__Agent__V1__MergeOverlayResult

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__merge_overlay_result__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.merged_blocks = self.mergedBlocks
        c.pointee.complete = self.complete ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.mergedBlocks = c.pointee.merged_blocks
        self.complete = c.pointee.complete != 0
    }
}

extension AgentV1.ReadBackCommand: StructBacked {
    typealias CStruct = Homeward__Agent__V1__ReadBackCommand

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__read_back_command__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
    }
}

extension AgentV1.CutCommand: StructBacked {
    typealias CStruct = Homeward__Agent__V1__CutCommand

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__cut_command__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.application_consistent = self.applicationConsistent ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.applicationConsistent = c.pointee.application_consistent != 0
    }
}

extension AgentV1.CutResult: StructBacked {
    typealias CStruct = Homeward__Agent__V1__CutResult

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__cut_result__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.number = self.number
        c.pointee.application_consistent = self.applicationConsistent ? 1 : 0
        c.pointee.cause = arena.string(self.cause)
        c.pointee.held_us = self.heldUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.number = c.pointee.number
        self.applicationConsistent = c.pointee.application_consistent != 0
        self.cause = try decodedString(c.pointee.cause, "homeward.agent.v1.CutResult.cause")
        self.heldUs = c.pointee.held_us
    }
}

extension AgentV1.AgentCommand: StructBacked {
    typealias CStruct = Homeward__Agent__V1__AgentCommand

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__agent_command__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.sequence = self.sequence
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        switch self.command {
            case .fence(let value):
                c.pointee.fence = arena.message(value)
                c.pointee.command_case = .init(rawValue: 3)

            case .assign(let value):
                c.pointee.assign = arena.message(value)
                c.pointee.command_case = .init(rawValue: 4)

            case .openSession(let value):
                c.pointee.open_session = arena.message(value)
                c.pointee.command_case = .init(rawValue: 5)

            case .closeSession(let value):
                c.pointee.close_session = arena.message(value)
                c.pointee.command_case = .init(rawValue: 6)

            case .drain(let value):
                c.pointee.drain = arena.message(value)
                c.pointee.command_case = .init(rawValue: 7)

            case .report(let value):
                c.pointee.report = arena.message(value)
                c.pointee.command_case = .init(rawValue: 8)

            case .mergeOverlay(let value):
                c.pointee.merge_overlay = arena.message(value)
                c.pointee.command_case = .init(rawValue: 9)

            case .cut(let value):
                c.pointee.cut = arena.message(value)
                c.pointee.command_case = .init(rawValue: 10)

            case .setPace(let value):
                c.pointee.set_pace = arena.message(value)
                c.pointee.command_case = .init(rawValue: 11)

            case .tick(let value):
                c.pointee.tick = arena.message(value)
                c.pointee.command_case = .init(rawValue: 12)

            case .readBack(let value):
                c.pointee.read_back = arena.message(value)
                c.pointee.command_case = .init(rawValue: 50)

            case .compare(let value):
                c.pointee.compare = arena.message(value)
                c.pointee.command_case = .init(rawValue: 51)

            case nil: break
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.sequence = c.pointee.sequence
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        if c.pointee.command_case.rawValue == 3, let value = c.pointee.fence {
            self.command = .fence(try AgentV1.FenceCommand(value))
        }
        if c.pointee.command_case.rawValue == 4, let value = c.pointee.assign {
            self.command = .assign(try AgentV1.AssignCommand(value))
        }
        if c.pointee.command_case.rawValue == 5, let value = c.pointee.open_session {
            self.command = .openSession(try AgentV1.OpenSessionCommand(value))
        }
        if c.pointee.command_case.rawValue == 6, let value = c.pointee.close_session {
            self.command = .closeSession(try AgentV1.CloseSessionCommand(value))
        }
        if c.pointee.command_case.rawValue == 7, let value = c.pointee.drain {
            self.command = .drain(try AgentV1.DrainCommand(value))
        }
        if c.pointee.command_case.rawValue == 8, let value = c.pointee.report {
            self.command = .report(try AgentV1.ReportCommand(value))
        }
        if c.pointee.command_case.rawValue == 9, let value = c.pointee.merge_overlay {
            self.command = .mergeOverlay(try AgentV1.MergeOverlayCommand(value))
        }
        if c.pointee.command_case.rawValue == 10, let value = c.pointee.cut {
            self.command = .cut(try AgentV1.CutCommand(value))
        }
        if c.pointee.command_case.rawValue == 11, let value = c.pointee.set_pace {
            self.command = .setPace(try AgentV1.SetPaceCommand(value))
        }
        if c.pointee.command_case.rawValue == 12, let value = c.pointee.tick {
            self.command = .tick(try AgentV1.LinkTick(value))
        }
        if c.pointee.command_case.rawValue == 50, let value = c.pointee.read_back {
            self.command = .readBack(try AgentV1.ReadBackCommand(value))
        }
        if c.pointee.command_case.rawValue == 51, let value = c.pointee.compare {
            self.command = .compare(try AgentV1.CompareCommand(value))
        }
    }
}

extension AgentV1.AgentCommandResult: StructBacked {
    typealias CStruct = Homeward__Agent__V1__AgentCommandResult

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__agent_command_result__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.sequence = self.sequence
        c.pointee.code = self.code
        c.pointee.message = arena.string(self.message)
        c.pointee.details = arena.bytes(self.details)
        switch self.result {
            case .fence(let value):
                c.pointee.fence = arena.message(value)
                c.pointee.result_case = .init(rawValue: 5)

            case .assigned(let value):
                c.pointee.assigned = arena.message(value)
                c.pointee.result_case = .init(rawValue: 6)

            case .session(let value):
                c.pointee.session = arena.message(value)
                c.pointee.result_case = .init(rawValue: 7)

            case .drain(let value):
                c.pointee.drain = arena.message(value)
                c.pointee.result_case = .init(rawValue: 8)

            case .report(let value):
                c.pointee.report = arena.message(value)
                c.pointee.result_case = .init(rawValue: 9)

            case .mergeOverlay(let value):
                c.pointee.merge_overlay = arena.message(value)
                c.pointee.result_case = .init(rawValue: 10)

            case .cut(let value):
                c.pointee.cut = arena.message(value)
                c.pointee.result_case = .init(rawValue: 11)

            case .readBack(let value):
                c.pointee.read_back = arena.message(value)
                c.pointee.result_case = .init(rawValue: 50)

            case .comparison(let value):
                c.pointee.comparison = arena.message(value)
                c.pointee.result_case = .init(rawValue: 51)

            case nil: break
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.sequence = c.pointee.sequence
        self.code = c.pointee.code
        self.message = try decodedString(c.pointee.message, "homeward.agent.v1.AgentCommandResult.message")
        self.details = decodedBytes(c.pointee.details)
        if c.pointee.result_case.rawValue == 5, let value = c.pointee.fence {
            self.result = .fence(try AgentV1.FenceResult(value))
        }
        if c.pointee.result_case.rawValue == 6, let value = c.pointee.assigned {
            self.result = .assigned(try CommonV1.Assignment(value))
        }
        if c.pointee.result_case.rawValue == 7, let value = c.pointee.session {
            self.result = .session(try AgentV1.SessionResult(value))
        }
        if c.pointee.result_case.rawValue == 8, let value = c.pointee.drain {
            self.result = .drain(try AgentV1.DrainResult(value))
        }
        if c.pointee.result_case.rawValue == 9, let value = c.pointee.report {
            self.result = .report(try AgentV1.ReportResult(value))
        }
        if c.pointee.result_case.rawValue == 10, let value = c.pointee.merge_overlay {
            self.result = .mergeOverlay(try AgentV1.MergeOverlayResult(value))
        }
        if c.pointee.result_case.rawValue == 11, let value = c.pointee.cut {
            self.result = .cut(try AgentV1.CutResult(value))
        }
        if c.pointee.result_case.rawValue == 50, let value = c.pointee.read_back {
            self.result = .readBack(try AgentV1.ReadBack(value))
        }
        if c.pointee.result_case.rawValue == 51, let value = c.pointee.comparison {
            self.result = .comparison(try AgentV1.Comparison(value))
        }
    }
}

extension AgentV1.SessionResult: StructBacked {
    typealias CStruct = Homeward__Agent__V1__SessionResult

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__session_result__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.open = self.open ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.open = c.pointee.open != 0
    }
}

extension AgentV1.AgentMessage: StructBacked {
    typealias CStruct = Homeward__Agent__V1__AgentMessage

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__agent_message__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        switch self.message {
            case .hello(let value):
                c.pointee.hello = arena.message(value)
                c.pointee.message_case = .init(rawValue: 1)

            case .status(let value):
                c.pointee.status = arena.message(value)
                c.pointee.message_case = .init(rawValue: 2)

            case .result(let value):
                c.pointee.result = arena.message(value)
                c.pointee.message_case = .init(rawValue: 3)

            case nil: break
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if c.pointee.message_case.rawValue == 1, let value = c.pointee.hello {
            self.message = .hello(try AgentV1.AgentHello(value))
        }
        if c.pointee.message_case.rawValue == 2, let value = c.pointee.status {
            self.message = .status(try AgentV1.AgentStatus(value))
        }
        if c.pointee.message_case.rawValue == 3, let value = c.pointee.result {
            self.message = .result(try AgentV1.AgentCommandResult(value))
        }
    }
}

extension AgentV1.CommandAgentRequest: StructBacked {
    typealias CStruct = Homeward__Agent__V1__CommandAgentRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__command_agent_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.machine = arena.string(self.machine)
        if let value = self.command {
            c.pointee.command = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.machine = try decodedString(c.pointee.machine, "homeward.agent.v1.CommandAgentRequest.machine")
        if let value = c.pointee.command {
            self.command = try AgentV1.AgentCommand(value)
        }
    }
}

extension AgentV1.GetAgentRequest: StructBacked {
    typealias CStruct = Homeward__Agent__V1__GetAgentRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__get_agent_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.machine = arena.string(self.machine)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.machine = try decodedString(c.pointee.machine, "homeward.agent.v1.GetAgentRequest.machine")
    }
}

extension AgentV1.Agent: StructBacked {
    typealias CStruct = Homeward__Agent__V1__Agent

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__agent__v1__agent__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.hello {
            c.pointee.hello = arena.message(value)
        }
        if let value = self.status {
            c.pointee.status = arena.message(value)
        }
        c.pointee.attached = self.attached ? 1 : 0
        c.pointee.silent_us = self.silentUs
        c.pointee.status_age_us = self.statusAgeUs
        c.pointee.status_transit_us = self.statusTransitUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.hello {
            self.hello = try AgentV1.AgentHello(value)
        }
        if let value = c.pointee.status {
            self.status = try AgentV1.AgentStatus(value)
        }
        self.attached = c.pointee.attached != 0
        self.silentUs = c.pointee.silent_us
        self.statusAgeUs = c.pointee.status_age_us
        self.statusTransitUs = c.pointee.status_transit_us
    }
}
