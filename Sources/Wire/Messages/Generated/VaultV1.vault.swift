// Generated from homeward/vault/v1/vault.proto by protoc-gen-homeward. Do not edit.
internal import CMessages
public import MessageCoding

extension VaultV1 {
    /// Stable phase of an item. "Failing over" and the like are phase plus claim.
    public enum Phase: Hashable, Sendable {
        /// Never sent.
        case unspecified
        /// Copying; no recovery point of this session yet.
        case synchronizing
        /// Replicating; can fail over in `direction`.
        case protected
        /// Runs at the other side; can be cancelled, moved to another point, or committed.
        case commitPending
        /// Committed; nothing replicates.
        case committed
        /// Migration completed; terminal.
        case migrated
        /// Disabled; terminal.
        case disabled
        /// A number that this version has no name for; kept as it is.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
                case 0: self = .unspecified
                case 1: self = .synchronizing
                case 2: self = .protected
                case 3: self = .commitPending
                case 4: self = .committed
                case 5: self = .migrated
                case 6: self = .disabled
                default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
                case .unspecified: 0
                case .synchronizing: 1
                case .protected: 2
                case .commitPending: 3
                case .committed: 4
                case .migrated: 5
                case .disabled: 6
                case .unrecognized(let number): number
            }
        }

        /// The named values, in the order of the .proto.
        public static var allCases: [Self] {
            [.unspecified, .synchronizing, .protected, .commitPending, .committed, .migrated, .disabled]
        }
    }

    /// State of a copy of the machine.
    public enum CopyState: Hashable, Sendable {
        /// Never sent.
        case unspecified
        /// There is none.
        case absent
        /// Off.
        case off
        /// Durably fenced.
        case fenced
        /// Its guest can get writes acknowledged.
        case running
        /// Its disks are at a master target.
        case atTarget
        /// Unreachable and stated dead by a person.
        case statedDead
        /// A number that this version has no name for; kept as it is.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
                case 0: self = .unspecified
                case 1: self = .absent
                case 2: self = .off
                case 3: self = .fenced
                case 4: self = .running
                case 5: self = .atTarget
                case 6: self = .statedDead
                default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
                case .unspecified: 0
                case .absent: 1
                case .off: 2
                case .fenced: 3
                case .running: 4
                case .atTarget: 5
                case .statedDead: 6
                case .unrecognized(let number): number
            }
        }

        /// The named values, in the order of the .proto.
        public static var allCases: [Self] {
            [.unspecified, .absent, .off, .fenced, .running, .atTarget, .statedDead]
        }
    }

    /// Which point a failover takes.
    public enum PointChoice: Hashable, Sendable {
        /// Never sent.
        case unspecified
        /// Drain first: nothing is lost.
        case latest
        /// The newest point already there.
        case latestProcessed
        /// The newest application-consistent point.
        case latestApplicationConsistent
        /// The point named by number; of a group, the group point named.
        case chosen
        /// Of a group: the newest common point of its members.
        case latestCommon
        /// A number that this version has no name for; kept as it is.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
                case 0: self = .unspecified
                case 1: self = .latest
                case 2: self = .latestProcessed
                case 3: self = .latestApplicationConsistent
                case 4: self = .chosen
                case 5: self = .latestCommon
                default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
                case .unspecified: 0
                case .latest: 1
                case .latestProcessed: 2
                case .latestApplicationConsistent: 3
                case .chosen: 4
                case .latestCommon: 5
                case .unrecognized(let number): number
            }
        }

        /// The named values, in the order of the .proto.
        public static var allCases: [Self] {
            [.unspecified, .latest, .latestProcessed, .latestApplicationConsistent, .chosen, .latestCommon]
        }
    }

    /// Where a job stands.
    public enum JobState: Hashable, Sendable {
        /// Never sent.
        case unspecified
        /// Not begun.
        case queued
        /// Steps act, or a reconciler works for it.
        case running
        /// Waits for an agent.
        case waitingAgent
        /// Waits for a person.
        case waitingPerson
        /// Unwinding.
        case cancelling
        /// Cannot go on without a person; says what is proven and what to do.
        case stuck
        /// Done.
        case succeeded
        /// Done for some members.
        case partial
        /// Failed before the pivot; everything is as before.
        case failedUnwound
        /// Cancelled before the pivot; everything is as before.
        case cancelled
        /// A number that this version has no name for; kept as it is.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
                case 0: self = .unspecified
                case 1: self = .queued
                case 2: self = .running
                case 3: self = .waitingAgent
                case 4: self = .waitingPerson
                case 5: self = .cancelling
                case 6: self = .stuck
                case 7: self = .succeeded
                case 8: self = .partial
                case 9: self = .failedUnwound
                case 10: self = .cancelled
                default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
                case .unspecified: 0
                case .queued: 1
                case .running: 2
                case .waitingAgent: 3
                case .waitingPerson: 4
                case .cancelling: 5
                case .stuck: 6
                case .succeeded: 7
                case .partial: 8
                case .failedUnwound: 9
                case .cancelled: 10
                case .unrecognized(let number): number
            }
        }

        /// The named values, in the order of the .proto.
        public static var allCases: [Self] {
            [.unspecified, .queued, .running, .waitingAgent, .waitingPerson, .cancelling, .stuck, .succeeded, .partial, .failedUnwound, .cancelled]
        }
    }

    /// Where a step stands.
    public enum StepState: Hashable, Sendable {
        /// Never sent.
        case unspecified
        /// Not begun.
        case pending
        /// Acting.
        case running
        /// The outcome of an attempt is not known yet.
        case unknown
        /// Done.
        case done
        /// Undone.
        case undone
        /// Not needed.
        case skipped
        /// A number that this version has no name for; kept as it is.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
                case 0: self = .unspecified
                case 1: self = .pending
                case 2: self = .running
                case 3: self = .unknown
                case 4: self = .done
                case 5: self = .undone
                case 6: self = .skipped
                default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
                case .unspecified: 0
                case .pending: 1
                case .running: 2
                case .unknown: 3
                case .done: 4
                case .undone: 5
                case .skipped: 6
                case .unrecognized(let number): number
            }
        }

        /// The named values, in the order of the .proto.
        public static var allCases: [Self] {
            [.unspecified, .pending, .running, .unknown, .done, .undone, .skipped]
        }
    }

    /// One copy of an item's machine.
    public struct Copy: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.Copy" }

        /// Where.
        public var site: CommonV1.Site = CommonV1.Site(rawValue: 0)
        /// The machine's id at the platform; empty when absent.
        public var machine: String = ""
        /// State.
        public var state: VaultV1.CopyState = VaultV1.CopyState(rawValue: 0)

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A replicated machine.
    public struct Item: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.Item" }

        /// `items/{id}`.
        public var name: String = ""
        /// Unique, changeable.
        public var displayName: String = ""
        /// Phase.
        public var phase: VaultV1.Phase = VaultV1.Phase(rawValue: 0)
        /// Direction of the phase.
        public var direction: CommonV1.Direction = CommonV1.Direction(rawValue: 0)
        /// Site whose copy is active.
        public var activeSite: CommonV1.Site = CommonV1.Site(rawValue: 0)
        /// Job that holds the item; empty when free.
        public var claimJob: String = ""
        /// Operation of that job.
        public var claimOperation: String = ""
        /// Current generation.
        public var generation: CommonV1.Generation?
        /// Both copies.
        public var copies: [VaultV1.Copy] = []
        /// The disks.
        public var disks: [CommonV1.Disk] = []
        /// Replication group; empty for none.
        public var group: String = ""
        /// Process server in use.
        public var processServer: String = ""
        /// Master target in use.
        public var masterTarget: String = ""
        /// `ok`, or why not.
        public var health: [String] = []
        /// Age of the newest recovery point as reported by the agent plus the time since that report; 0 when unknown.
        /// `rpo_error_us` says how exact it is.
        public var rpoUs: UInt64 = 0
        /// Since when the active machine has not been replicated; 0 while it is.
        public var unprotectedSinceUnixUs: Int64 = 0
        /// Why operations are blocked for good (a deleted cloud machine, say).
        public var blockers: [String] = []
        /// Changes with every change of the item.
        public var etag: String = ""
        /// Blocks still to copy while synchronizing.
        public var remainingBlocks: UInt64 = 0
        /// What is owed to an unreachable source; empty when nothing.
        public var owed: [String] = []
        /// Point the item was last failed over to.
        public var failoverPoint: UInt64 = 0
        /// How it replicates, by its agent's last word; none when the agent is not heard.
        public var replication: VaultV1.Replication?
        /// Why, and what was found.
        public var quarantine: VaultV1.Quarantine?
        /// Aim between application-consistent points now; 0 for none but those asked for.
        public var applicationIntervalUs: UInt64 = 0
        /// Policy that it follows while it replicates out, `policies/{id}`.
        public var forwardPolicy: String = ""
        /// Policy that it follows while it replicates home.
        public var failbackPolicy: String = ""
        /// The newest recovery point is at most so much older than `rpo_us` says; it may be younger: what was sealed since its
        /// agent's last report is not known. Means nothing while `rpo_us` is 0.
        public var rpoErrorUs: UInt64 = 0
        /// Age above which an alert is raised; 0 for none.
        public var rpoThresholdUs: UInt64 = 0
        /// Aim between recovery points now.
        public var intervalUs: UInt64 = 0
        /// Codes of the alerts that stand for it.
        public var alerts: [String] = []
        /// The drill that runs or waits for its cleanup; none when there is none.
        public var drill: VaultV1.Drill?
        /// The last time that it was moved.
        public var processServerSwitch: VaultV1.ProcessServerSwitch?
        /// What is proven of the disks that a failback handed over; unset before the first one.
        public var certificate: VaultV1.FailbackCertificate?
        /// Where the disks of the active machine are not those that replicate, as its platform was last seen to describe them.
        public var diskDifferences: [VaultV1.DiskDifference] = []
        /// Disks of the item's machines that are left out of its replication.
        public var leftOut: [VaultV1.LeftOutDisk] = []
        /// The last comparison of all its blocks that was asked for; none before the first one of this replication.
        public var resync: VaultV1.Resync?
        /// When its disks were last read in the background, at both ends.
        public var scrubs: VaultV1.Scrubs?
        /// The static network that its machine had at home when it was last protected, which a failback restores; none where
        /// there was none.
        public var homeNetwork: CommonV1.Network?
        /// The network that a failover gives its machine in the cloud; none or an empty address: what the cloud's network
        /// gives.
        public var cloudNetwork: CommonV1.Network?
        /// That its replica is gone, until another one is in sync; none while it is there.
        public var targetLoss: VaultV1.TargetLoss?
        /// Bytes that copies wrote which were left before a commit, kept beside its replica's disks, at most.
        public var setAsideBytes: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// The replica of an item is gone, as its own master target says. Another one is made by itself, where that destroys
    /// nothing that nobody gave up.
    public struct TargetLoss: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.TargetLoss" }

        /// The master target.
        public var masterTarget: String = ""
        /// What it said, or who gave the replica up and why.
        public var cause: String = ""
        /// When that was believed.
        public var sinceUnixUs: Int64 = 0
        /// Recovery points that are gone with it, as they were last listed.
        public var lostPoints: UInt32 = 0
        /// The oldest of them; 0 for none.
        public var oldestPoint: UInt64 = 0
        /// The newest of them; 0 for none.
        public var newestPoint: UInt64 = 0
        /// When the newest was cut.
        public var newestCutUnixUs: Int64 = 0
        /// The job that began the new replica, `jobs/{id}`; empty while none did.
        public var job: String = ""
        /// Blocks that are copied or compared for the new replica.
        public var blocks: UInt64 = 0
        /// True when what was left of the old replica is compared, and only what differs is sent.
        public var compared: Bool = false
        /// Why none is made by itself, and what a person can do; empty while nothing stands in the way.
        public var blocker: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A disk of a machine that is left out of its item's replication: it is in no point, and stays with its machine.
    public struct LeftOutDisk: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.LeftOutDisk" }

        /// Disk UUID.
        public var disk: String = ""
        /// Its place in the machine, from 0.
        public var index: UInt32 = 0
        /// Its size when it was left out.
        public var bytes: UInt64 = 0
        /// The machine that has it.
        public var machine: String = ""
        /// The site of that machine.
        public var site: CommonV1.Site = CommonV1.Site(rawValue: 0)
        /// Who left it out.
        public var person: String = ""
        /// Why, in that person's words; may be empty.
        public var reason: String = ""
        /// Since when.
        public var sinceUnixUs: Int64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A disk that a person leaves out.
    public struct DiskExclusion: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.DiskExclusion" }

        /// Its UUID, or its place in the machine, from 0.
        public var disk: String = ""
        /// Why; kept with the item.
        public var reason: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A comparison of all blocks of an item with its replica, by digest, on demand: what differs is sent again.
    public struct Resync: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.Resync" }

        /// The job that asked for it, `jobs/{id}`.
        public var job: String = ""
        /// Who did.
        public var person: String = ""
        /// When.
        public var askedUnixUs: Int64 = 0
        /// Blocks of all disks.
        public var totalBlocks: UInt64 = 0
        /// Blocks compared by now.
        public var comparedBlocks: UInt64 = 0
        /// Blocks that differed.
        public var differingBlocks: UInt64 = 0
        /// Bytes of digests sent for it.
        public var digestBytes: UInt64 = 0
        /// When it ended; 0 while it is under way.
        public var endedUnixUs: Int64 = 0
        /// Why it ended before all was compared; empty when it did not.
        public var cause: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Background reading of all disks of an item against their digests: of the replica by its master target, and of the
    /// source by its agent.
    public struct Scrubs: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.Scrubs" }

        /// When the replica's ended last, microseconds since 1970; 0 when it has not since its master target started.
        public var targetEndedUnixUs: Int64 = 0
        /// Blocks of the replica that differed then.
        public var targetDifferingBlocks: UInt64 = 0
        /// The replica is read again so long after.
        public var targetIntervalUs: UInt64 = 0
        /// When the source's ended last, microseconds since 1970; 0 when it has not since its agent started.
        public var sourceEndedUnixUs: Int64 = 0
        /// Blocks of the source that differed then.
        public var sourceDifferingBlocks: UInt64 = 0
        /// The source is read again so long after.
        public var sourceIntervalUs: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A disk that the active machine and the replication do not agree about.
    public struct DiskDifference: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.DiskDifference" }

        /// What is different.
        public enum Kind: Hashable, Sendable {
            /// Never sent.
            case unspecified
            /// The machine has it, and it is not replicated.
            case notReplicated
            /// It is replicated, and the machine does not have it.
            case notAtMachine
            /// It is larger than its replica, which will be enlarged.
            case larger
            /// It is smaller than its replica.
            case smaller
            /// A number that this version has no name for; kept as it is.
            case unrecognized(Int32)

            public init(rawValue: Int32) {
                switch rawValue {
                    case 0: self = .unspecified
                    case 1: self = .notReplicated
                    case 2: self = .notAtMachine
                    case 3: self = .larger
                    case 4: self = .smaller
                    default: self = .unrecognized(rawValue)
                }
            }

            public var rawValue: Int32 {
                switch self {
                    case .unspecified: 0
                    case .notReplicated: 1
                    case .notAtMachine: 2
                    case .larger: 3
                    case .smaller: 4
                    case .unrecognized(let number): number
                }
            }

            /// The named values, in the order of the .proto.
            public static var allCases: [Self] {
                [.unspecified, .notReplicated, .notAtMachine, .larger, .smaller]
            }
        }

        /// What is different.
        public var kind: VaultV1.DiskDifference.Kind = VaultV1.DiskDifference.Kind(rawValue: 0)
        /// Disk UUID.
        public var disk: String = ""
        /// Its size at the machine; 0 where it is not.
        public var machineBytes: UInt64 = 0
        /// Its size where it is replicated to; 0 where it is not.
        public var replicatedBytes: UInt64 = 0
        /// The site of the machine.
        public var site: CommonV1.Site = CommonV1.Site(rawValue: 0)
        /// When it was first seen.
        public var sinceUnixUs: Int64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A test of an item's failover or failback: a machine that runs, isolated, on a branch of a recovery point. The item
    /// itself replicates on and changes nothing.
    public struct Drill: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.Drill" }

        /// Where it stands.
        public enum State: Hashable, Sendable {
            /// Never sent.
            case unspecified
            /// Its job makes the branch and the machine.
            case starting
            /// Its machine has booted.
            case running
            /// It ended by itself, as `cause` says; what is left of it waits for its cleanup.
            case ended
            /// It is being removed.
            case cleaning
            /// Nothing is left of it but this record.
            case cleaned
            /// A number that this version has no name for; kept as it is.
            case unrecognized(Int32)

            public init(rawValue: Int32) {
                switch rawValue {
                    case 0: self = .unspecified
                    case 1: self = .starting
                    case 2: self = .running
                    case 3: self = .ended
                    case 4: self = .cleaning
                    case 5: self = .cleaned
                    default: self = .unrecognized(rawValue)
                }
            }

            public var rawValue: Int32 {
                switch self {
                    case .unspecified: 0
                    case .starting: 1
                    case .running: 2
                    case .ended: 3
                    case .cleaning: 4
                    case .cleaned: 5
                    case .unrecognized(let number): number
                }
            }

            /// The named values, in the order of the .proto.
            public static var allCases: [Self] {
                [.unspecified, .starting, .running, .ended, .cleaning, .cleaned]
            }
        }

        /// What became of it.
        public enum Outcome: Hashable, Sendable {
            /// It stands.
            case unspecified
            /// Its machine booted, and ran until somebody cleaned up.
            case booted
            /// Its machine was never seen to boot; everything was taken back.
            case notBooted
            /// Its machine booted; then it ended by itself.
            case endedEarly
            /// A real failover or failback took its place.
            case discarded
            /// A number that this version has no name for; kept as it is.
            case unrecognized(Int32)

            public init(rawValue: Int32) {
                switch rawValue {
                    case 0: self = .unspecified
                    case 1: self = .booted
                    case 2: self = .notBooted
                    case 3: self = .endedEarly
                    case 4: self = .discarded
                    default: self = .unrecognized(rawValue)
                }
            }

            public var rawValue: Int32 {
                switch self {
                    case .unspecified: 0
                    case .booted: 1
                    case .notBooted: 2
                    case .endedEarly: 3
                    case .discarded: 4
                    case .unrecognized(let number): number
                }
            }

            /// The named values, in the order of the .proto.
            public static var allCases: [Self] {
                [.unspecified, .booted, .notBooted, .endedEarly, .discarded]
            }
        }

        /// `drills/{id}`; the id is that of the job that began it.
        public var name: String = ""
        /// `items/{id}`.
        public var item: String = ""
        /// The item's display name when it began.
        public var displayName: String = ""
        /// `out`: a test failover; `home`: a test failback.
        public var direction: CommonV1.Direction = CommonV1.Direction(rawValue: 0)
        /// Where it stands.
        public var state: VaultV1.Drill.State = VaultV1.Drill.State(rawValue: 0)
        /// Id of its machine at the platform of the site that the direction leads to.
        public var machine: String = ""
        /// Number of the recovery point that it branched from; 0 until that is pinned.
        public var point: UInt64 = 0
        /// When that point was cut, for people.
        public var pointCutUnixUs: Int64 = 0
        /// Who began it.
        public var person: String = ""
        /// When.
        public var startedUnixUs: Int64 = 0
        /// From its begin until its machine had booted; 0 before.
        public var bootUs: UInt64 = 0
        /// Why it ended by itself; empty when it did not.
        public var cause: String = ""
        /// When nothing was left of it; 0 before.
        public var endedUnixUs: Int64 = 0
        /// What became of it.
        public var outcome: VaultV1.Drill.Outcome = VaultV1.Drill.Outcome(rawValue: 0)
        /// Who ended it; empty when nobody did.
        public var endedBy: String = ""
        /// What that person remarked.
        public var remark: String = ""
        /// Job that ended it, `jobs/{id}`; empty before.
        public var cleanupJob: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// That an item was moved to another process server.
    public struct ProcessServerSwitch: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ProcessServerSwitch" }

        /// The process server before.
        public var from: String = ""
        /// The process server since.
        public var to: String = ""
        /// Why: who asked for it, or what the vault saw.
        public var cause: String = ""
        /// True when the vault did it by itself.
        public var automatic: Bool = false
        /// When.
        public var atUnixUs: Int64 = 0
        /// The job that did it, `jobs/{id}`.
        public var job: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What is proven of the disks that a failback handed over.
    public struct FailbackCertificate: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.FailbackCertificate" }

        /// The failback (`jobs/{id}`).
        public var job: String = ""
        /// True when a person asked for all blocks to be read back.
        public var fullWanted: Bool = false
        /// `delta`: what the failback moved was read back. `full`: every block was.
        public var mode: String = ""
        /// Blocks read back by now for the full one; 0 when nobody asked.
        public var readBlocks: UInt64 = 0
        /// Blocks of all disks.
        public var totalBlocks: UInt64 = 0
        /// What differs from what was handed over, by disk and blocks, or why reading back stopped; empty while all is well.
        public var objection: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Why an item is only read: this vault's record of it may be an old one.
    public struct Quarantine: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.Quarantine" }

        /// What gave rise to it.
        public var cause: String = ""
        /// Since when.
        public var sinceUnixUs: Int64 = 0
        /// What the last census found that is not in this vault's record; empty when nothing was.
        public var found: [String] = []
        /// Who has to answer before the item can leave quarantine, and did not, with the reason.
        public var missing: [String] = []
        /// True when it is not left without a person's word (`homeward vault reconcile`).
        public var needsPerson: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// How an item replicates now, why, since when, and what it has cost.
    public struct Replication: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.Replication" }

        /// What its agent does about changes.
        public enum State: Hashable, Sendable {
            /// Never sent.
            case unspecified
            /// Intervals are cut and shipped.
            case streaming
            /// Changes are only tracked: nobody takes them.
            case tracking
            /// Copies what is to be sent before it can cut an interval.
            case catchingUp
            /// Compares blocks in doubt by digest.
            case resynchronizing
            /// Not asked to replicate.
            case unprotected
            /// A number that this version has no name for; kept as it is.
            case unrecognized(Int32)

            public init(rawValue: Int32) {
                switch rawValue {
                    case 0: self = .unspecified
                    case 1: self = .streaming
                    case 2: self = .tracking
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
                    case .tracking: 2
                    case .catchingUp: 3
                    case .resynchronizing: 4
                    case .unprotected: 5
                    case .unrecognized(let number): number
                }
            }

            /// The named values, in the order of the .proto.
            public static var allCases: [Self] {
                [.unspecified, .streaming, .tracking, .catchingUp, .resynchronizing, .unprotected]
            }
        }

        /// The state.
        public var state: VaultV1.Replication.State = VaultV1.Replication.State(rawValue: 0)
        /// Why, when it is not streaming.
        public var cause: String = ""
        /// How long it has been so.
        public var sinceUs: UInt64 = 0
        /// Blocks still to be compared.
        public var suspectBlocks: UInt64 = 0
        /// Blocks compared since its agent opened the disks, and those of them that differed and were sent.
        public var comparedBlocks: UInt64 = 0
        /// See above.
        public var differingBlocks: UInt64 = 0
        /// What came of freezing its guest for points; none when its agent is not heard.
        public var applicationConsistency: AgentV1.ApplicationConsistency?
        /// Bytes of digests sent for comparisons since its agent opened the disks.
        public var digestBytes: UInt64 = 0
        /// Bytes of its disks compared in a second; 0 while nothing is compared.
        public var compareBytesPerSecond: UInt64 = 0
        /// Blocks that its guest wrote with what they held, and that were not sent for it, since its agent opened the disks.
        public var unchangedBlocks: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for one item.
    public struct GetItemRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.GetItemRequest" }

        /// `items/{id}`, or the display name.
        public var name: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for items.
    public struct ListItemsRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ListItemsRequest" }

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

    /// One page of items.
    public struct ListItemsResponse: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ListItemsResponse" }

        /// In order of name.
        public var items: [VaultV1.Item] = []
        /// For the next page; empty at the end.
        public var nextPageToken: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What all mutations carry.
    public struct MutationOptions: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.MutationOptions" }

        /// Same id and same body: the same job. Required.
        public var requestID: String = ""
        /// Refuse when the item has changed since; empty for any.
        public var etag: String = ""
        /// Evaluate gates and plan only; nothing is changed.
        public var validateOnly: Bool = false
        /// Gates to pass by a person's word.
        public var waivers: [CommonV1.Waiver] = []
        /// Who asks.
        public var person: String = ""
        /// Refuse when the plan differs from the previewed one; empty for any.
        public var planDigest: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Protects a machine.
    public struct EnableRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.EnableRequest" }

        /// The home machine's id.
        public var machine: String = ""
        /// Display name; the machine's name when empty.
        public var displayName: String = ""
        /// Process server at home.
        public var processServer: String = ""
        /// Master target in the cloud.
        public var masterTarget: String = ""
        /// Aim between recovery points; 0 means the default.
        public var intervalUs: UInt64 = 0
        /// Replication group to join; empty for none. The first member makes the group. All members use one process server and
        /// one master target; those of the group are taken when none are named.
        public var group: String = ""
        /// Common options.
        public var options: VaultV1.MutationOptions?
        /// Aim between application-consistent points, for which hooks freeze the guest; 0 for none but those asked for. Of a
        /// group the shortest aim of its members counts for all.
        public var applicationIntervalUs: UInt64 = 0
        /// Policy to follow while it replicates out, `policies/{id}` or the bare id; empty for the group's, or
        /// `policies/default-forward`.
        public var forwardPolicy: String = ""
        /// Policy to follow while it replicates home; empty for the group's, or `policies/default-failback`.
        public var failbackPolicy: String = ""
        /// Disks of the machine to leave out; at least one is replicated.
        public var excludeDisks: [VaultV1.DiskExclusion] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Takes a recovery point now, of an item or of a whole replication group.
    public struct TakePointRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.TakePointRequest" }

        /// The item, or the group (`groups/{id}`, or its bare name).
        public var name: String = ""
        /// True to freeze the guests around it. One that cannot be frozen leaves a crash-consistent point, and the job says
        /// why: facts `point.kind` and `point.cause`.
        public var applicationConsistent: Bool = false
        /// Common options.
        public var options: VaultV1.MutationOptions?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Fails an item or a whole replication group over, in the stated direction (home: failback).
    public struct FailoverRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.FailoverRequest" }

        /// The item, or the group (`groups/{id}`, or its bare name).
        public var name: String = ""
        /// Must match the item's direction.
        public var expectedDirection: CommonV1.Direction = CommonV1.Direction(rawValue: 0)
        /// Which point.
        public var choice: VaultV1.PointChoice = VaultV1.PointChoice(rawValue: 0)
        /// With CHOSEN: the point's number.
        public var point: UInt64 = 0
        /// A person's statement.
        public var sourceDeadStatement: CommonV1.Statement?
        /// Common options.
        public var options: VaultV1.MutationOptions?
        /// With CHOSEN, of a group: the group point's name.
        public var groupPoint: String = ""
        /// True ends drills that stand in the way; what their machines wrote is lost. Otherwise NO_DRILL_LEFT refuses.
        public var discardDrill: Bool = false
        /// With failback: read all disks back once the machine runs, in the background, for the certificate's mode `full`.
        public var fullCertificate: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// An operation that needs no more than the item or the replication group.
    public struct ItemOperationRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ItemOperationRequest" }

        /// The item, or the group (`groups/{id}`, or its bare name).
        public var name: String = ""
        /// True confirms the loss of writes made since the machine booted, where the operation states one.
        public var confirmLoss: Bool = false
        /// With reprotect and re-protect: process server to use; empty keeps or picks the only one. With a switch of it: the
        /// new one; empty picks the only other one of the site.
        public var processServer: String = ""
        /// With reprotect and re-protect: master target to use; empty keeps or picks the only one.
        public var masterTarget: String = ""
        /// With re-protect: wait for the agent to register instead of refusing.
        public var waitForAgent: Bool = false
        /// With disable: go on without unreachable parts, which are listed.
        public var force: Bool = false
        /// Common options.
        public var options: VaultV1.MutationOptions?
        /// With reprotect home: to a new machine with new disks, though the one that the item came from is there. One that is
        /// gone is replaced without this.
        public var alternate: Bool = false
        /// With commit after a failback: first wait until all disks are read back, if that was asked for.
        public var waitForCertificate: Bool = false
        /// With the exclusion of a disk, which needs it: that disk.
        public var excludeDisk: VaultV1.DiskExclusion?
        /// With reprotect home to an alternate location: the datastore of the new disks; empty for the master target's own.
        public var datastore: String = ""
        /// With reprotect home to an alternate location: the host of the new machine; empty for the first that can run it.
        public var host: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Sets the network that an item's machine is given in the cloud, from the next failover on.
    public struct SetCloudNetworkRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.SetCloudNetworkRequest" }

        /// The item.
        public var name: String = ""
        /// The network; an empty address for what the cloud's network gives.
        public var network: CommonV1.Network?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Changes the point of an uncommitted failover.
    public struct ChangePointRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ChangePointRequest" }

        /// The item, or the group (`groups/{id}`, or its bare name).
        public var name: String = ""
        /// Of an item: the point's number.
        public var point: UInt64 = 0
        /// Confirms the loss of writes made since the machine booted.
        public var confirmLoss: Bool = false
        /// Common options.
        public var options: VaultV1.MutationOptions?
        /// Which point of a group: a common one. Unspecified means CHOSEN, the only one of an item.
        public var choice: VaultV1.PointChoice = VaultV1.PointChoice(rawValue: 0)
        /// With CHOSEN, of a group: the group point's name.
        public var groupPoint: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What would happen, or why it would be refused.
    public struct Preview: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.Preview" }

        /// Every gate of the operation.
        public var gates: [CommonV1.Gate] = []
        /// The steps.
        public var steps: [VaultV1.PlannedStep] = []
        /// Digest to give to the run.
        public var planDigest: String = ""
        /// Upper bound of blocks to move as things stand, of all items of `bounds`; 0 when none.
        public var boundBlocks: UInt64 = 0
        /// Statements a person should read before confirming.
        public var warnings: [String] = []
        /// Of an operation that begins a replication, per item.
        public var bounds: [VaultV1.SynchronizationBound] = []
        /// Of a reprotect home and of a failback, per item.
        public var locations: [VaultV1.PlannedLocation] = []
        /// Of a failover, a failback or a change of point, per item: where it goes, and what that loses.
        public var points: [VaultV1.PlannedPoint] = []
        /// How long the whole usually took: the median of the newest jobs of this kind that succeeded, whatever their items. 0
        /// where there are none.
        public var usualUs: UInt64 = 0
        /// So many jobs were looked at for that.
        public var history: UInt32 = 0
        /// Of a failover and of a failback, per item.
        public var networks: [VaultV1.PlannedNetwork] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What is done at boot about the network of an item's machine.
    public struct PlannedNetwork: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.PlannedNetwork" }

        /// Id of the item.
        public var item: String = ""
        /// The item's name for people.
        public var displayName: String = ""
        /// What is set, or why nothing is, in words.
        public var change: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Where an item comes home to.
    public struct PlannedLocation: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.PlannedLocation" }

        /// Id of the item.
        public var item: String = ""
        /// The item's name for people.
        public var displayName: String = ""
        /// False: the original location, the machine that it was protected as, with the disks that it had. True: an alternate
        /// one, a new machine with new disks.
        public var alternate: Bool = false
        /// Why.
        public var reason: String = ""
        /// Id of the machine at home.
        public var machine: String = ""
        /// Of an alternate location: the datastore of the new disks; empty where the site does not tell them apart.
        public var datastore: String = ""
        /// Of an alternate location: the host of the new machine; empty where the site does not tell them apart.
        public var host: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// The recovery point that an item would go to.
    public struct PlannedPoint: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.PlannedPoint" }

        /// Id of the item.
        public var item: String = ""
        /// The item's name for people.
        public var displayName: String = ""
        /// The point, in words.
        public var point: String = ""
        /// Its number; 0 for one that is made by the run (LATEST), or when there is none.
        public var number: UInt64 = 0
        /// Whether its guest stood still for it.
        public var applicationConsistent: Bool = false
        /// How old it is; 0 for one that is made by the run, or when `age_unknown`.
        public var ageUs: UInt64 = 0
        /// True when nobody could say how old it is.
        public var ageUnknown: Bool = false
        /// What would be lost, in words.
        public var loss: String = ""
        /// Writes of the last so many microseconds would be lost; 0 for none, or when `loss_unknown`.
        public var lossUs: UInt64 = 0
        /// True when nobody could say how much would be lost.
        public var lossUnknown: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What bringing one item in sync may move, as far as it is known before the run, in blocks of 4 KiB. What the guest
    /// writes from then on comes on top of `changed_blocks`.
    public struct SynchronizationBound: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.SynchronizationBound" }

        /// Id of the item.
        public var item: String = ""
        /// Known to have changed since source and target were the same; every block where the copy is a full one.
        public var changedBlocks: UInt64 = 0
        /// At most so many are in doubt at the source or the target. They are compared by digest, and sent only where they
        /// differ.
        public var suspectBlocks: UInt64 = 0
        /// Each crash of the source's agent during the run puts at most so many more in doubt: what its activity log holds.
        public var crashBlocks: UInt64 = 0
        /// Who says so, in a person's words.
        public var basis: String = ""
        /// The item's name for people.
        public var displayName: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// One step of a plan.
    public struct PlannedStep: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.PlannedStep" }

        /// Id within the workflow.
        public var id: String = ""
        /// For people.
        public var title: String = ""
        /// Who acts.
        public var actor: String = ""
        /// True at the point of no return.
        public var pivot: Bool = false
        /// What cancel does once this step is done.
        public var cancel: String = ""
        /// In a preview: how long it usually took, by the jobs of `Preview.history`; 0 where there are none.
        public var usualUs: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A step of a job over several items, as it stands for one of them.
    public struct JobStepMember: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.JobStepMember" }

        /// The item.
        public var item: String = ""
        /// Where the step stands for it.
        public var state: VaultV1.StepState = VaultV1.StepState(rawValue: 0)
        /// What it found or did.
        public var detail: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// One item of a job over several.
    public struct JobMember: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.JobMember" }

        /// The item.
        public var item: String = ""
        /// Its display name when the job was created.
        public var displayName: String = ""
        /// Facts for the certificate and the report: name to value.
        public var facts: [String: String] = [:]

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A step of a job.
    public struct JobStep: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.JobStep" }

        /// As planned.
        public var plan: VaultV1.PlannedStep?
        /// Where it stands.
        public var state: VaultV1.StepState = VaultV1.StepState(rawValue: 0)
        /// Attempts made.
        public var attempts: UInt32 = 0
        /// When it began; 0 before.
        public var startedUnixUs: Int64 = 0
        /// When it ended; 0 before.
        public var endedUnixUs: Int64 = 0
        /// What it found or did, or why it waits.
        public var detail: String = ""
        /// In a job over several items: how it stands for each. The step is done when it is done for all.
        public var members: [VaultV1.JobStepMember] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A thing a person started.
    public struct Job: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.Job" }

        /// `jobs/{id}`.
        public var name: String = ""
        /// Item it works on; empty for a job over a replication group.
        public var item: String = ""
        /// Operation, `failover`.
        public var operation: String = ""
        /// State.
        public var state: VaultV1.JobState = VaultV1.JobState(rawValue: 0)
        /// Steps.
        public var steps: [VaultV1.JobStep] = []
        /// Failing gates when refused or failed.
        public var gates: [CommonV1.Gate] = []
        /// Why it failed or is stuck; what is proven and what to do.
        public var message: String = ""
        /// Bytes done by the running phase.
        public var progressBytes: UInt64 = 0
        /// Bytes expected by the running phase; 0 when unknown.
        public var totalBytes: UInt64 = 0
        /// When it was created.
        public var createdUnixUs: Int64 = 0
        /// When it ended; 0 before.
        public var endedUnixUs: Int64 = 0
        /// Grows with every change.
        public var revision: UInt64 = 0
        /// The preview.
        public var preview: VaultV1.Preview?
        /// Facts for the certificate and the report: name to value.
        public var facts: [String: String] = [:]
        /// Replication group it works on, `groups/{id}`; empty for none.
        public var group: String = ""
        /// The items of a job over several; the facts are theirs.
        public var members: [VaultV1.JobMember] = []
        /// What a person may answer to what it asks in `message` (AnswerJob); none while it asks nothing.
        public var answers: [String] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Machines that are cut in common and cross every operation together. There is one while it has members.
    public struct Group: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.Group" }

        /// `groups/{id}`.
        public var name: String = ""
        /// Its items.
        public var members: [VaultV1.Item] = []
        /// Process server that cuts it.
        public var processServer: String = ""
        /// Master target that holds its points.
        public var masterTarget: String = ""
        /// Phase that all members are in; unspecified while they differ.
        public var phase: VaultV1.Phase = VaultV1.Phase(rawValue: 0)
        /// Direction that all members go in; unspecified while they differ.
        public var direction: CommonV1.Direction = CommonV1.Direction(rawValue: 0)
        /// Job that holds all members; empty when none does.
        public var claimJob: String = ""
        /// Name of the newest common point of all members; empty when there is none or nobody could be asked.
        public var newestCommon: String = ""
        /// Age of its cut.
        public var newestCommonAgeUs: UInt64 = 0
        /// Why there are no common points now, or no newer ones; empty while all is well.
        public var cause: String = ""
        /// Aim between common points with all guests frozen; 0 for none but those asked for.
        public var applicationIntervalUs: UInt64 = 0
        /// Why the last one was made without, naming the member; empty when it was made with all guests frozen.
        public var applicationFailure: String = ""
        /// Longest that any member's guest stood still for a point.
        public var longestFreezeUs: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for one replication group.
    public struct GetGroupRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.GetGroupRequest" }

        /// `groups/{id}`, or the bare name.
        public var name: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for replication groups.
    public struct ListGroupsRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ListGroupsRequest" }

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

    /// One page of replication groups.
    public struct ListGroupsResponse: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ListGroupsResponse" }

        /// In order of name.
        public var groups: [VaultV1.Group] = []
        /// For the next page; empty at the end.
        public var nextPageToken: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for the common points of a replication group.
    public struct ListGroupPointsRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ListGroupPointsRequest" }

        /// `groups/{id}`, or the bare name.
        public var name: String = ""
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

    /// One page of common points.
    public struct ListGroupPointsResponse: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ListGroupPointsResponse" }

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

    /// Asks for a job.
    public struct GetJobRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.GetJobRequest" }

        /// `jobs/{id}`.
        public var name: String = ""
        /// Wait until the revision is above `after_revision`, at most this long; 0 answers at once.
        public var waitUs: UInt64 = 0
        /// See `wait_us`.
        public var afterRevision: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for jobs.
    public struct ListJobsRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ListJobsRequest" }

        /// At most this many; 0 means 100, more than 500 is refused.
        public var pageSize: UInt32 = 0
        /// From the previous page.
        public var pageToken: String = ""
        /// Only jobs of this item or replication group; empty for all.
        public var item: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// One page of jobs.
    public struct ListJobsResponse: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ListJobsResponse" }

        /// Newest first.
        public var jobs: [VaultV1.Job] = []
        /// For the next page; empty at the end.
        public var nextPageToken: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks to stop a job before its pivot.
    public struct CancelJobRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.CancelJobRequest" }

        /// `jobs/{id}`.
        public var name: String = ""
        /// Who calls it off; kept in the audit log. Empty: as the caller is known to the transport.
        public var person: String = ""
        /// Why; kept likewise.
        public var reason: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Answers what a job asks a person.
    public struct AnswerJobRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.AnswerJobRequest" }

        /// `jobs/{id}`.
        public var name: String = ""
        /// One of the job's `answers`.
        public var answer: String = ""
        /// Why; required.
        public var reason: String = ""
        /// Who; required.
        public var person: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Decides how a stuck job goes on.
    public struct ResolveStuckRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ResolveStuckRequest" }

        /// `jobs/{id}`.
        public var name: String = ""
        /// `retry`, `retry-elsewhere`, `accept` or `cancel`.
        public var resolution: String = ""
        /// Why.
        public var reason: String = ""
        /// Who.
        public var person: String = ""
        /// With `retry-elsewhere`: the host to start the machine on.
        public var host: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Follows items.
    public struct WatchItemsRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.WatchItemsRequest" }

        /// Only changes after this revision; 0 begins with a snapshot.
        public var afterRevision: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A change of an item, or a bookmark.
    public struct ItemEvent: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ItemEvent" }

        /// The vault's revision after this event.
        public var revision: UInt64 = 0
        /// True when this only says that all items up to the revision were sent.
        public var bookmark: Bool = false
        /// The item.
        public var item: VaultV1.Item?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for an item's recovery points.
    public struct ListRecoveryPointsRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ListRecoveryPointsRequest" }

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

    /// One page of recovery points.
    public struct ListRecoveryPointsResponse: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ListRecoveryPointsResponse" }

        /// Newest first.
        public var points: [TargetV1.RecoveryPoint] = []
        /// For the next page; empty at the end.
        public var nextPageToken: String = ""
        /// Age of the catalogue when the master target does not answer; 0 when it does.
        public var cachedAgeUs: UInt64 = 0
        /// Of the points of this page, those that a person pinned.
        public var handPins: [VaultV1.HandPin] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A recovery point that a person pinned.
    public struct HandPin: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.HandPin" }

        /// Number of the point.
        public var point: UInt64 = 0
        /// Who pinned it.
        public var person: String = ""
        /// Why.
        public var reason: String = ""
        /// When.
        public var sinceUnixUs: Int64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Pins a recovery point for a person, or lets it go. One that is pinned is kept, whatever the retention says, until it
    /// is let go, or goes with all points at a commit or a disable. A person's pin and those of jobs leave one another alone.
    public struct PinRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.PinRequest" }

        /// The item, or the group (`groups/{id}`, or its bare name), whose members' points are pinned together.
        public var name: String = ""
        /// Number of an item's point.
        public var point: UInt64 = 0
        /// Name of a group's point.
        public var groupPoint: String = ""
        /// Why; required, kept with the item and in the audit log.
        public var reason: String = ""
        /// Common options.
        public var options: VaultV1.MutationOptions?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What a copy wrote that was left before its failover was committed: by a cancel, or for another point.
    public struct SetAside: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.SetAside" }

        /// Number of the generation under which the copy was given the disks: its id.
        public var generation: UInt64 = 0
        /// The job that left the copy, `jobs/{id}`; empty when the vault does not know it any more.
        public var job: String = ""
        /// Who asked for that.
        public var person: String = ""
        /// When it was set aside; 0 when the vault does not know it any more.
        public var sinceUnixUs: Int64 = 0
        /// Site of the master target.
        public var site: CommonV1.Site = CommonV1.Site(rawValue: 0)
        /// Master target beside whose disks it lies.
        public var masterTarget: String = ""
        /// The recovery point that the copy ran from.
        public var point: UInt64 = 0
        /// Whether that point is still there, pinned for it, so that whole disks can be read.
        public var pinned: Bool = false
        /// Blocks of 4 KiB that the copy wrote, of all disks.
        public var blocks: UInt64 = 0
        /// Bytes that they take, at most.
        public var storedBytes: UInt64 = 0
        /// By disk; none while nobody can look.
        public var disks: [TargetV1.SetAsideDisk] = []
        /// Why it cannot be looked at, read or released now; empty when it can.
        public var away: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for what is set aside of an item.
    public struct GetSetAsideRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.GetSetAsideRequest" }

        /// The item.
        public var item: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What is set aside of an item.
    public struct GetSetAsideResponse: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.GetSetAsideResponse" }

        /// Oldest first.
        public var setAside: [VaultV1.SetAside] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Reads a disk as a copy that was left had it.
    public struct ReadSetAsideRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ReadSetAsideRequest" }

        /// The item.
        public var item: String = ""
        /// Which one; 0 for the only one that there is.
        public var generation: UInt64 = 0
        /// The disk, by its place in the machine.
        public var disk: UInt32 = 0
        /// Only the blocks that the copy wrote, with nothing between them.
        public var changesOnly: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Gives up what is set aside.
    public struct ReleaseSetAsideRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ReleaseSetAsideRequest" }

        /// The item.
        public var name: String = ""
        /// Which one; 0 for the only one that there is.
        public var generation: UInt64 = 0
        /// Why; required, kept in the audit log.
        public var reason: String = ""
        /// Common options.
        public var options: VaultV1.MutationOptions?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Reads a disk of an item as of a recovery point.
    public struct ReadRecoveryPointRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ReadRecoveryPointRequest" }

        /// The item, by name or id.
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

    /// Asks for the operations that an item would be allowed.
    public struct GetAllowedOperationsRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.GetAllowedOperationsRequest" }

        /// The item, or the group (`groups/{id}`, or its bare name).
        public var name: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Every operation, and whether it would be carried out now. Looked at, not held: an operation is judged again when it
    /// is asked for.
    public struct AllowedOperations: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.AllowedOperations" }

        /// In the order of the cycle.
        public var operations: [VaultV1.OperationAnswer] = []
        /// What was looked at stood still at this revision of the item (of a group's first member).
        public var etag: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// One operation's answer.
    public struct OperationAnswer: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.OperationAnswer" }

        /// Operation, `FAILOVER_HOME`.
        public var operation: String = ""
        /// Whether no gate refuses it.
        public var allowed: Bool = false
        /// Gates that refuse it, those that explain others first; and warnings that do not pass.
        public var gates: [CommonV1.Gate] = []
        /// Gates that a step of it looks at, by code, not judged here.
        public var deferred: [String] = []
        /// To be typed; empty where there is no command of that operation.
        public var command: String = ""
        /// Phase that it would lead to; empty when the item's phase does not list it.
        public var leadsTo: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for the certificate of a failback.
    public struct GetCertificateRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.GetCertificateRequest" }

        /// The failback (`jobs/{id}`).
        public var name: String = ""
        /// Of a job over a group: which member (`items/{id}`, or its display name). Empty for a job over one item.
        public var item: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A certificate as it is handed on.
    public struct SignedCertificate: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.SignedCertificate" }

        /// DSSE envelope in JSON, signed with the vault's Ed25519 key; the payload says what was proven of each disk.
        public var envelope: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for what certificates are verified with.
    public struct GetCertificateKeyRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.GetCertificateKeyRequest" }

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// The public half of the vault's signing key.
    public struct CertificateKey: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.CertificateKey" }

        /// PEM (RFC 8410), as openssl reads it. Keep it where an intruder of the vault cannot change it.
        public var pem: String = ""
        /// SHA-256 of the key, hexadecimal; certificates name it.
        public var id: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Tells the vault which configuration server serves home, and that it is alive.
    public struct LinkConfigurationServerRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.LinkConfigurationServerRequest" }

        /// The configuration server.
        public var component: ConfigurationV1.Component?
        /// Its database's incarnation.
        public var databaseIncarnation: String = ""
        /// Home's components as registered there.
        public var components: [ConfigurationV1.Component] = []
        /// True until it has synced assignments since its start.
        public var wantsAssignments: Bool = false
        /// Assignments it holds that are higher than what the vault gave it, or of the same number with another token. An item
        /// for which that still holds is quarantined: the vault's record of it is not the newest.
        public var higher: [CommonV1.Assignment] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What the vault wants the configuration server to know.
    public struct LinkConfigurationServerResponse: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.LinkConfigurationServerResponse" }

        /// All assignments, when the configuration server has not synced since its start.
        public var assignments: [CommonV1.Assignment] = []
        /// Expected time until the next call.
        public var intervalUs: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A check of every component's control path: a job with one durable effect per component.
    public struct CheckInfrastructureRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.CheckInfrastructureRequest" }

        /// Common options.
        public var options: VaultV1.MutationOptions?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks what the components hold, now.
    public struct GetCensusRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.GetCensusRequest" }

        /// `items/{id}`, or the display name; empty for every item that is quarantined or of which something was found.
        public var item: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// One component's part in a census.
    public struct CensusComponent: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.CensusComponent" }

        /// Its id; `platform-home` and `platform-cloud` for the platforms.
        public var id: String = ""
        /// Why it did not answer; empty when it did.
        public var missing: String = ""
        /// The highest epoch of a vault that it has seen.
        public var vaultEpoch: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What one component holds of an item.
    public struct CensusHolding: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.CensusHolding" }

        /// The component; `agent MACHINE` for an agent, as its relay last heard it.
        public var component: String = ""
        /// What it holds.
        public var assignment: CommonV1.Assignment?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What was found of one item.
    public struct CensusItem: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.CensusItem" }

        /// `items/{id}`.
        public var name: String = ""
        /// Its display name; empty of an item that this vault has no record of.
        public var displayName: String = ""
        /// The generation in this vault's record; none when none was minted.
        public var recorded: CommonV1.Generation?
        /// Who holds what.
        public var holdings: [VaultV1.CensusHolding] = []
        /// What is not in this vault's record.
        public var found: [String] = []
        /// Who has to answer for the census of this item to be complete, and did not.
        public var missing: [String] = []
        /// True while it is quarantined.
        public var quarantined: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What all reachable components hold.
    public struct CensusReport: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.CensusReport" }

        /// Everybody who was asked.
        public var components: [VaultV1.CensusComponent] = []
        /// Items, those without a record here last.
        public var items: [VaultV1.CensusItem] = []
        /// This vault's own epoch.
        public var vaultEpoch: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for a new generation of quarantined items, over what a census finds.
    public struct ReconcileRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ReconcileRequest" }

        /// `items/{id}`, or the display name; empty for every quarantined item.
        public var item: String = ""
        /// Who decides.
        public var person: String = ""
        /// Why.
        public var reason: String = ""
        /// A person's statement that those who do not answer hold nothing newer, and that no machine runs there.
        public var missingStatement: CommonV1.Statement?
        /// Conclude only; nothing is changed.
        public var validateOnly: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What was concluded of one item.
    public struct ReconciledItem: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ReconciledItem" }

        /// `items/{id}`.
        public var name: String = ""
        /// Its display name.
        public var displayName: String = ""
        /// The generation it has now.
        public var generation: CommonV1.Generation?
        /// The site whose copy runs.
        public var activeSite: CommonV1.Site = CommonV1.Site(rawValue: 0)
        /// Its phase now.
        public var phase: VaultV1.Phase = VaultV1.Phase(rawValue: 0)
        /// Direction of the phase.
        public var direction: CommonV1.Direction = CommonV1.Direction(rawValue: 0)
        /// What it was concluded from, line by line.
        public var because: [String] = []
        /// Jobs of the old record that were ended.
        public var endedJobs: [String] = []
        /// Why it was not reconciled; empty when it was.
        public var refused: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What was concluded.
    public struct ReconcileResponse: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ReconcileResponse" }

        /// By display name.
        public var items: [VaultV1.ReconciledItem] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

}

extension VaultV1.Copy: StructBacked {
    typealias CStruct = Homeward__Vault__V1__Copy

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__copy__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.site = .init(rawValue: .init(truncatingIfNeeded: self.site.rawValue))
        c.pointee.machine = arena.string(self.machine)
        c.pointee.state = .init(rawValue: .init(truncatingIfNeeded: self.state.rawValue))
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.site = CommonV1.Site(rawValue: Int32(truncatingIfNeeded: c.pointee.site.rawValue))
        self.machine = try decodedString(c.pointee.machine, "homeward.vault.v1.Copy.machine")
        self.state = VaultV1.CopyState(rawValue: Int32(truncatingIfNeeded: c.pointee.state.rawValue))
    }
}

extension VaultV1.Item: StructBacked {
    typealias CStruct = Homeward__Vault__V1__Item

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__item__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.display_name = arena.string(self.displayName)
        c.pointee.phase = .init(rawValue: .init(truncatingIfNeeded: self.phase.rawValue))
        c.pointee.direction = .init(rawValue: .init(truncatingIfNeeded: self.direction.rawValue))
        c.pointee.active_site = .init(rawValue: .init(truncatingIfNeeded: self.activeSite.rawValue))
        c.pointee.claim_job = arena.string(self.claimJob)
        c.pointee.claim_operation = arena.string(self.claimOperation)
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
        c.pointee.n_copies = self.copies.count
        c.pointee.copies = arena.messages(self.copies)
        c.pointee.n_disks = self.disks.count
        c.pointee.disks = arena.messages(self.disks)
        c.pointee.group = arena.string(self.group)
        c.pointee.process_server = arena.string(self.processServer)
        c.pointee.master_target = arena.string(self.masterTarget)
        c.pointee.n_health = self.health.count
        c.pointee.health = arena.strings(self.health)
        c.pointee.rpo_us = self.rpoUs
        c.pointee.unprotected_since_unix_us = self.unprotectedSinceUnixUs
        c.pointee.n_blockers = self.blockers.count
        c.pointee.blockers = arena.strings(self.blockers)
        c.pointee.etag = arena.string(self.etag)
        c.pointee.remaining_blocks = self.remainingBlocks
        c.pointee.n_owed = self.owed.count
        c.pointee.owed = arena.strings(self.owed)
        c.pointee.failover_point = self.failoverPoint
        if let value = self.replication {
            c.pointee.replication = arena.message(value)
        }
        if let value = self.quarantine {
            c.pointee.quarantine = arena.message(value)
            c.pointee.held_back_case = .init(rawValue: 23)
        }
        c.pointee.application_interval_us = self.applicationIntervalUs
        c.pointee.forward_policy = arena.string(self.forwardPolicy)
        c.pointee.failback_policy = arena.string(self.failbackPolicy)
        c.pointee.rpo_error_us = self.rpoErrorUs
        c.pointee.rpo_threshold_us = self.rpoThresholdUs
        c.pointee.interval_us = self.intervalUs
        c.pointee.n_alerts = self.alerts.count
        c.pointee.alerts = arena.strings(self.alerts)
        if let value = self.drill {
            c.pointee.drill = arena.message(value)
        }
        if let value = self.processServerSwitch {
            c.pointee.process_server_switch = arena.message(value)
            c.pointee.relayed_anew_case = .init(rawValue: 41)
        }
        if let value = self.certificate {
            c.pointee.certificate = arena.message(value)
        }
        c.pointee.n_disk_differences = self.diskDifferences.count
        c.pointee.disk_differences = arena.messages(self.diskDifferences)
        c.pointee.n_left_out = self.leftOut.count
        c.pointee.left_out = arena.messages(self.leftOut)
        if let value = self.resync {
            c.pointee.resync = arena.message(value)
        }
        if let value = self.scrubs {
            c.pointee.scrubs = arena.message(value)
        }
        if let value = self.homeNetwork {
            c.pointee.home_network = arena.message(value)
        }
        if let value = self.cloudNetwork {
            c.pointee.cloud_network = arena.message(value)
        }
        if let value = self.targetLoss {
            c.pointee.target_loss = arena.message(value)
        }
        c.pointee.set_aside_bytes = self.setAsideBytes
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.Item.name")
        self.displayName = try decodedString(c.pointee.display_name, "homeward.vault.v1.Item.display_name")
        self.phase = VaultV1.Phase(rawValue: Int32(truncatingIfNeeded: c.pointee.phase.rawValue))
        self.direction = CommonV1.Direction(rawValue: Int32(truncatingIfNeeded: c.pointee.direction.rawValue))
        self.activeSite = CommonV1.Site(rawValue: Int32(truncatingIfNeeded: c.pointee.active_site.rawValue))
        self.claimJob = try decodedString(c.pointee.claim_job, "homeward.vault.v1.Item.claim_job")
        self.claimOperation = try decodedString(c.pointee.claim_operation, "homeward.vault.v1.Item.claim_operation")
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
        self.copies = try decodedMessages(c.pointee.copies, c.pointee.n_copies)
        self.disks = try decodedMessages(c.pointee.disks, c.pointee.n_disks)
        self.group = try decodedString(c.pointee.group, "homeward.vault.v1.Item.group")
        self.processServer = try decodedString(c.pointee.process_server, "homeward.vault.v1.Item.process_server")
        self.masterTarget = try decodedString(c.pointee.master_target, "homeward.vault.v1.Item.master_target")
        self.health = try decodedStrings(c.pointee.health, c.pointee.n_health, "homeward.vault.v1.Item.health")
        self.rpoUs = c.pointee.rpo_us
        self.unprotectedSinceUnixUs = c.pointee.unprotected_since_unix_us
        self.blockers = try decodedStrings(c.pointee.blockers, c.pointee.n_blockers, "homeward.vault.v1.Item.blockers")
        self.etag = try decodedString(c.pointee.etag, "homeward.vault.v1.Item.etag")
        self.remainingBlocks = c.pointee.remaining_blocks
        self.owed = try decodedStrings(c.pointee.owed, c.pointee.n_owed, "homeward.vault.v1.Item.owed")
        self.failoverPoint = c.pointee.failover_point
        if let value = c.pointee.replication {
            self.replication = try VaultV1.Replication(value)
        }
        if c.pointee.held_back_case.rawValue == 23, let value = c.pointee.quarantine {
            self.quarantine = try VaultV1.Quarantine(value)
        }
        self.applicationIntervalUs = c.pointee.application_interval_us
        self.forwardPolicy = try decodedString(c.pointee.forward_policy, "homeward.vault.v1.Item.forward_policy")
        self.failbackPolicy = try decodedString(c.pointee.failback_policy, "homeward.vault.v1.Item.failback_policy")
        self.rpoErrorUs = c.pointee.rpo_error_us
        self.rpoThresholdUs = c.pointee.rpo_threshold_us
        self.intervalUs = c.pointee.interval_us
        self.alerts = try decodedStrings(c.pointee.alerts, c.pointee.n_alerts, "homeward.vault.v1.Item.alerts")
        if let value = c.pointee.drill {
            self.drill = try VaultV1.Drill(value)
        }
        if c.pointee.relayed_anew_case.rawValue == 41, let value = c.pointee.process_server_switch {
            self.processServerSwitch = try VaultV1.ProcessServerSwitch(value)
        }
        if let value = c.pointee.certificate {
            self.certificate = try VaultV1.FailbackCertificate(value)
        }
        self.diskDifferences = try decodedMessages(c.pointee.disk_differences, c.pointee.n_disk_differences)
        self.leftOut = try decodedMessages(c.pointee.left_out, c.pointee.n_left_out)
        if let value = c.pointee.resync {
            self.resync = try VaultV1.Resync(value)
        }
        if let value = c.pointee.scrubs {
            self.scrubs = try VaultV1.Scrubs(value)
        }
        if let value = c.pointee.home_network {
            self.homeNetwork = try CommonV1.Network(value)
        }
        if let value = c.pointee.cloud_network {
            self.cloudNetwork = try CommonV1.Network(value)
        }
        if let value = c.pointee.target_loss {
            self.targetLoss = try VaultV1.TargetLoss(value)
        }
        self.setAsideBytes = c.pointee.set_aside_bytes
    }
}

extension VaultV1.TargetLoss: StructBacked {
    typealias CStruct = Homeward__Vault__V1__TargetLoss

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__target_loss__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.master_target = arena.string(self.masterTarget)
        c.pointee.cause = arena.string(self.cause)
        c.pointee.since_unix_us = self.sinceUnixUs
        c.pointee.lost_points = self.lostPoints
        c.pointee.oldest_point = self.oldestPoint
        c.pointee.newest_point = self.newestPoint
        c.pointee.newest_cut_unix_us = self.newestCutUnixUs
        c.pointee.job = arena.string(self.job)
        c.pointee.blocks = self.blocks
        c.pointee.compared = self.compared ? 1 : 0
        c.pointee.blocker = arena.string(self.blocker)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.masterTarget = try decodedString(c.pointee.master_target, "homeward.vault.v1.TargetLoss.master_target")
        self.cause = try decodedString(c.pointee.cause, "homeward.vault.v1.TargetLoss.cause")
        self.sinceUnixUs = c.pointee.since_unix_us
        self.lostPoints = c.pointee.lost_points
        self.oldestPoint = c.pointee.oldest_point
        self.newestPoint = c.pointee.newest_point
        self.newestCutUnixUs = c.pointee.newest_cut_unix_us
        self.job = try decodedString(c.pointee.job, "homeward.vault.v1.TargetLoss.job")
        self.blocks = c.pointee.blocks
        self.compared = c.pointee.compared != 0
        self.blocker = try decodedString(c.pointee.blocker, "homeward.vault.v1.TargetLoss.blocker")
    }
}

extension VaultV1.LeftOutDisk: StructBacked {
    typealias CStruct = Homeward__Vault__V1__LeftOutDisk

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__left_out_disk__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.disk = arena.string(self.disk)
        c.pointee.index = self.index
        c.pointee.bytes = self.bytes
        c.pointee.machine = arena.string(self.machine)
        c.pointee.site = .init(rawValue: .init(truncatingIfNeeded: self.site.rawValue))
        c.pointee.person = arena.string(self.person)
        c.pointee.reason = arena.string(self.reason)
        c.pointee.since_unix_us = self.sinceUnixUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.disk = try decodedString(c.pointee.disk, "homeward.vault.v1.LeftOutDisk.disk")
        self.index = c.pointee.index
        self.bytes = c.pointee.bytes
        self.machine = try decodedString(c.pointee.machine, "homeward.vault.v1.LeftOutDisk.machine")
        self.site = CommonV1.Site(rawValue: Int32(truncatingIfNeeded: c.pointee.site.rawValue))
        self.person = try decodedString(c.pointee.person, "homeward.vault.v1.LeftOutDisk.person")
        self.reason = try decodedString(c.pointee.reason, "homeward.vault.v1.LeftOutDisk.reason")
        self.sinceUnixUs = c.pointee.since_unix_us
    }
}

extension VaultV1.DiskExclusion: StructBacked {
    typealias CStruct = Homeward__Vault__V1__DiskExclusion

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__disk_exclusion__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.disk = arena.string(self.disk)
        c.pointee.reason = arena.string(self.reason)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.disk = try decodedString(c.pointee.disk, "homeward.vault.v1.DiskExclusion.disk")
        self.reason = try decodedString(c.pointee.reason, "homeward.vault.v1.DiskExclusion.reason")
    }
}

extension VaultV1.Resync: StructBacked {
    typealias CStruct = Homeward__Vault__V1__Resync

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__resync__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.job = arena.string(self.job)
        c.pointee.person = arena.string(self.person)
        c.pointee.asked_unix_us = self.askedUnixUs
        c.pointee.total_blocks = self.totalBlocks
        c.pointee.compared_blocks = self.comparedBlocks
        c.pointee.differing_blocks = self.differingBlocks
        c.pointee.digest_bytes = self.digestBytes
        c.pointee.ended_unix_us = self.endedUnixUs
        c.pointee.cause = arena.string(self.cause)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.job = try decodedString(c.pointee.job, "homeward.vault.v1.Resync.job")
        self.person = try decodedString(c.pointee.person, "homeward.vault.v1.Resync.person")
        self.askedUnixUs = c.pointee.asked_unix_us
        self.totalBlocks = c.pointee.total_blocks
        self.comparedBlocks = c.pointee.compared_blocks
        self.differingBlocks = c.pointee.differing_blocks
        self.digestBytes = c.pointee.digest_bytes
        self.endedUnixUs = c.pointee.ended_unix_us
        self.cause = try decodedString(c.pointee.cause, "homeward.vault.v1.Resync.cause")
    }
}

extension VaultV1.Scrubs: StructBacked {
    typealias CStruct = Homeward__Vault__V1__Scrubs

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__scrubs__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.target_ended_unix_us = self.targetEndedUnixUs
        c.pointee.target_differing_blocks = self.targetDifferingBlocks
        c.pointee.target_interval_us = self.targetIntervalUs
        c.pointee.source_ended_unix_us = self.sourceEndedUnixUs
        c.pointee.source_differing_blocks = self.sourceDifferingBlocks
        c.pointee.source_interval_us = self.sourceIntervalUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.targetEndedUnixUs = c.pointee.target_ended_unix_us
        self.targetDifferingBlocks = c.pointee.target_differing_blocks
        self.targetIntervalUs = c.pointee.target_interval_us
        self.sourceEndedUnixUs = c.pointee.source_ended_unix_us
        self.sourceDifferingBlocks = c.pointee.source_differing_blocks
        self.sourceIntervalUs = c.pointee.source_interval_us
    }
}

extension VaultV1.DiskDifference: StructBacked {
    typealias CStruct = Homeward__Vault__V1__DiskDifference

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__disk_difference__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.kind = .init(rawValue: .init(truncatingIfNeeded: self.kind.rawValue))
        c.pointee.disk = arena.string(self.disk)
        c.pointee.machine_bytes = self.machineBytes
        c.pointee.replicated_bytes = self.replicatedBytes
        c.pointee.site = .init(rawValue: .init(truncatingIfNeeded: self.site.rawValue))
        c.pointee.since_unix_us = self.sinceUnixUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.kind = VaultV1.DiskDifference.Kind(rawValue: Int32(truncatingIfNeeded: c.pointee.kind.rawValue))
        self.disk = try decodedString(c.pointee.disk, "homeward.vault.v1.DiskDifference.disk")
        self.machineBytes = c.pointee.machine_bytes
        self.replicatedBytes = c.pointee.replicated_bytes
        self.site = CommonV1.Site(rawValue: Int32(truncatingIfNeeded: c.pointee.site.rawValue))
        self.sinceUnixUs = c.pointee.since_unix_us
    }
}

extension VaultV1.Drill: StructBacked {
    typealias CStruct = Homeward__Vault__V1__Drill

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__drill__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.item = arena.string(self.item)
        c.pointee.display_name = arena.string(self.displayName)
        c.pointee.direction = .init(rawValue: .init(truncatingIfNeeded: self.direction.rawValue))
        c.pointee.state = .init(rawValue: .init(truncatingIfNeeded: self.state.rawValue))
        c.pointee.machine = arena.string(self.machine)
        c.pointee.point = self.point
        c.pointee.point_cut_unix_us = self.pointCutUnixUs
        c.pointee.person = arena.string(self.person)
        c.pointee.started_unix_us = self.startedUnixUs
        c.pointee.boot_us = self.bootUs
        c.pointee.cause = arena.string(self.cause)
        c.pointee.ended_unix_us = self.endedUnixUs
        c.pointee.outcome = .init(rawValue: .init(truncatingIfNeeded: self.outcome.rawValue))
        c.pointee.ended_by = arena.string(self.endedBy)
        c.pointee.remark = arena.string(self.remark)
        c.pointee.cleanup_job = arena.string(self.cleanupJob)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.Drill.name")
        self.item = try decodedString(c.pointee.item, "homeward.vault.v1.Drill.item")
        self.displayName = try decodedString(c.pointee.display_name, "homeward.vault.v1.Drill.display_name")
        self.direction = CommonV1.Direction(rawValue: Int32(truncatingIfNeeded: c.pointee.direction.rawValue))
        self.state = VaultV1.Drill.State(rawValue: Int32(truncatingIfNeeded: c.pointee.state.rawValue))
        self.machine = try decodedString(c.pointee.machine, "homeward.vault.v1.Drill.machine")
        self.point = c.pointee.point
        self.pointCutUnixUs = c.pointee.point_cut_unix_us
        self.person = try decodedString(c.pointee.person, "homeward.vault.v1.Drill.person")
        self.startedUnixUs = c.pointee.started_unix_us
        self.bootUs = c.pointee.boot_us
        self.cause = try decodedString(c.pointee.cause, "homeward.vault.v1.Drill.cause")
        self.endedUnixUs = c.pointee.ended_unix_us
        self.outcome = VaultV1.Drill.Outcome(rawValue: Int32(truncatingIfNeeded: c.pointee.outcome.rawValue))
        self.endedBy = try decodedString(c.pointee.ended_by, "homeward.vault.v1.Drill.ended_by")
        self.remark = try decodedString(c.pointee.remark, "homeward.vault.v1.Drill.remark")
        self.cleanupJob = try decodedString(c.pointee.cleanup_job, "homeward.vault.v1.Drill.cleanup_job")
    }
}

extension VaultV1.ProcessServerSwitch: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ProcessServerSwitch

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__process_server_switch__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.from = arena.string(self.from)
        c.pointee.to = arena.string(self.to)
        c.pointee.cause = arena.string(self.cause)
        c.pointee.automatic = self.automatic ? 1 : 0
        c.pointee.at_unix_us = self.atUnixUs
        c.pointee.job = arena.string(self.job)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.from = try decodedString(c.pointee.from, "homeward.vault.v1.ProcessServerSwitch.from")
        self.to = try decodedString(c.pointee.to, "homeward.vault.v1.ProcessServerSwitch.to")
        self.cause = try decodedString(c.pointee.cause, "homeward.vault.v1.ProcessServerSwitch.cause")
        self.automatic = c.pointee.automatic != 0
        self.atUnixUs = c.pointee.at_unix_us
        self.job = try decodedString(c.pointee.job, "homeward.vault.v1.ProcessServerSwitch.job")
    }
}

extension VaultV1.FailbackCertificate: StructBacked {
    typealias CStruct = Homeward__Vault__V1__FailbackCertificate

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__failback_certificate__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.job = arena.string(self.job)
        c.pointee.full_wanted = self.fullWanted ? 1 : 0
        c.pointee.mode = arena.string(self.mode)
        c.pointee.read_blocks = self.readBlocks
        c.pointee.total_blocks = self.totalBlocks
        c.pointee.objection = arena.string(self.objection)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.job = try decodedString(c.pointee.job, "homeward.vault.v1.FailbackCertificate.job")
        self.fullWanted = c.pointee.full_wanted != 0
        self.mode = try decodedString(c.pointee.mode, "homeward.vault.v1.FailbackCertificate.mode")
        self.readBlocks = c.pointee.read_blocks
        self.totalBlocks = c.pointee.total_blocks
        self.objection = try decodedString(c.pointee.objection, "homeward.vault.v1.FailbackCertificate.objection")
    }
}

extension VaultV1.Quarantine: StructBacked {
    typealias CStruct = Homeward__Vault__V1__Quarantine

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__quarantine__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.cause = arena.string(self.cause)
        c.pointee.since_unix_us = self.sinceUnixUs
        c.pointee.n_found = self.found.count
        c.pointee.found = arena.strings(self.found)
        c.pointee.n_missing = self.missing.count
        c.pointee.missing = arena.strings(self.missing)
        c.pointee.needs_person = self.needsPerson ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.cause = try decodedString(c.pointee.cause, "homeward.vault.v1.Quarantine.cause")
        self.sinceUnixUs = c.pointee.since_unix_us
        self.found = try decodedStrings(c.pointee.found, c.pointee.n_found, "homeward.vault.v1.Quarantine.found")
        self.missing = try decodedStrings(c.pointee.missing, c.pointee.n_missing, "homeward.vault.v1.Quarantine.missing")
        self.needsPerson = c.pointee.needs_person != 0
    }
}

extension VaultV1.Replication: StructBacked {
    typealias CStruct = Homeward__Vault__V1__Replication

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__replication__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.state = .init(rawValue: .init(truncatingIfNeeded: self.state.rawValue))
        c.pointee.cause = arena.string(self.cause)
        c.pointee.since_us = self.sinceUs
        c.pointee.suspect_blocks = self.suspectBlocks
        c.pointee.compared_blocks = self.comparedBlocks
        c.pointee.differing_blocks = self.differingBlocks
        if let value = self.applicationConsistency {
            c.pointee.application_consistency = arena.message(value)
        }
        c.pointee.digest_bytes = self.digestBytes
        c.pointee.compare_bytes_per_second = self.compareBytesPerSecond
        c.pointee.unchanged_blocks = self.unchangedBlocks
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.state = VaultV1.Replication.State(rawValue: Int32(truncatingIfNeeded: c.pointee.state.rawValue))
        self.cause = try decodedString(c.pointee.cause, "homeward.vault.v1.Replication.cause")
        self.sinceUs = c.pointee.since_us
        self.suspectBlocks = c.pointee.suspect_blocks
        self.comparedBlocks = c.pointee.compared_blocks
        self.differingBlocks = c.pointee.differing_blocks
        if let value = c.pointee.application_consistency {
            self.applicationConsistency = try AgentV1.ApplicationConsistency(value)
        }
        self.digestBytes = c.pointee.digest_bytes
        self.compareBytesPerSecond = c.pointee.compare_bytes_per_second
        self.unchangedBlocks = c.pointee.unchanged_blocks
    }
}

extension VaultV1.GetItemRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__GetItemRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__get_item_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.GetItemRequest.name")
    }
}

extension VaultV1.ListItemsRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ListItemsRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__list_items_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.page_size = self.pageSize
        c.pointee.page_token = arena.string(self.pageToken)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.pageSize = c.pointee.page_size
        self.pageToken = try decodedString(c.pointee.page_token, "homeward.vault.v1.ListItemsRequest.page_token")
    }
}

extension VaultV1.ListItemsResponse: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ListItemsResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__list_items_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_items = self.items.count
        c.pointee.items = arena.messages(self.items)
        c.pointee.next_page_token = arena.string(self.nextPageToken)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.items = try decodedMessages(c.pointee.items, c.pointee.n_items)
        self.nextPageToken = try decodedString(c.pointee.next_page_token, "homeward.vault.v1.ListItemsResponse.next_page_token")
    }
}

extension VaultV1.MutationOptions: StructBacked {
    typealias CStruct = Homeward__Vault__V1__MutationOptions

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__mutation_options__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.request_id = arena.string(self.requestID)
        c.pointee.etag = arena.string(self.etag)
        c.pointee.validate_only = self.validateOnly ? 1 : 0
        c.pointee.n_waivers = self.waivers.count
        c.pointee.waivers = arena.messages(self.waivers)
        c.pointee.person = arena.string(self.person)
        c.pointee.plan_digest = arena.string(self.planDigest)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.requestID = try decodedString(c.pointee.request_id, "homeward.vault.v1.MutationOptions.request_id")
        self.etag = try decodedString(c.pointee.etag, "homeward.vault.v1.MutationOptions.etag")
        self.validateOnly = c.pointee.validate_only != 0
        self.waivers = try decodedMessages(c.pointee.waivers, c.pointee.n_waivers)
        self.person = try decodedString(c.pointee.person, "homeward.vault.v1.MutationOptions.person")
        self.planDigest = try decodedString(c.pointee.plan_digest, "homeward.vault.v1.MutationOptions.plan_digest")
    }
}

extension VaultV1.EnableRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__EnableRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__enable_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.machine = arena.string(self.machine)
        c.pointee.display_name = arena.string(self.displayName)
        c.pointee.process_server = arena.string(self.processServer)
        c.pointee.master_target = arena.string(self.masterTarget)
        c.pointee.interval_us = self.intervalUs
        c.pointee.group = arena.string(self.group)
        if let value = self.options {
            c.pointee.options = arena.message(value)
        }
        c.pointee.application_interval_us = self.applicationIntervalUs
        c.pointee.forward_policy = arena.string(self.forwardPolicy)
        c.pointee.failback_policy = arena.string(self.failbackPolicy)
        c.pointee.n_exclude_disks = self.excludeDisks.count
        c.pointee.exclude_disks = arena.messages(self.excludeDisks)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.machine = try decodedString(c.pointee.machine, "homeward.vault.v1.EnableRequest.machine")
        self.displayName = try decodedString(c.pointee.display_name, "homeward.vault.v1.EnableRequest.display_name")
        self.processServer = try decodedString(c.pointee.process_server, "homeward.vault.v1.EnableRequest.process_server")
        self.masterTarget = try decodedString(c.pointee.master_target, "homeward.vault.v1.EnableRequest.master_target")
        self.intervalUs = c.pointee.interval_us
        self.group = try decodedString(c.pointee.group, "homeward.vault.v1.EnableRequest.group")
        if let value = c.pointee.options {
            self.options = try VaultV1.MutationOptions(value)
        }
        self.applicationIntervalUs = c.pointee.application_interval_us
        self.forwardPolicy = try decodedString(c.pointee.forward_policy, "homeward.vault.v1.EnableRequest.forward_policy")
        self.failbackPolicy = try decodedString(c.pointee.failback_policy, "homeward.vault.v1.EnableRequest.failback_policy")
        self.excludeDisks = try decodedMessages(c.pointee.exclude_disks, c.pointee.n_exclude_disks)
    }
}

extension VaultV1.TakePointRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__TakePointRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__take_point_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.application_consistent = self.applicationConsistent ? 1 : 0
        if let value = self.options {
            c.pointee.options = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.TakePointRequest.name")
        self.applicationConsistent = c.pointee.application_consistent != 0
        if let value = c.pointee.options {
            self.options = try VaultV1.MutationOptions(value)
        }
    }
}

extension VaultV1.FailoverRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__FailoverRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__failover_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.expected_direction = .init(rawValue: .init(truncatingIfNeeded: self.expectedDirection.rawValue))
        c.pointee.choice = .init(rawValue: .init(truncatingIfNeeded: self.choice.rawValue))
        c.pointee.point = self.point
        if let value = self.sourceDeadStatement {
            c.pointee.source_dead_statement = arena.message(value)
            c.pointee.source_dead_case = .init(rawValue: 5)
        }
        if let value = self.options {
            c.pointee.options = arena.message(value)
        }
        c.pointee.group_point = arena.string(self.groupPoint)
        c.pointee.discard_drill = self.discardDrill ? 1 : 0
        c.pointee.full_certificate = self.fullCertificate ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.FailoverRequest.name")
        self.expectedDirection = CommonV1.Direction(rawValue: Int32(truncatingIfNeeded: c.pointee.expected_direction.rawValue))
        self.choice = VaultV1.PointChoice(rawValue: Int32(truncatingIfNeeded: c.pointee.choice.rawValue))
        self.point = c.pointee.point
        if c.pointee.source_dead_case.rawValue == 5, let value = c.pointee.source_dead_statement {
            self.sourceDeadStatement = try CommonV1.Statement(value)
        }
        if let value = c.pointee.options {
            self.options = try VaultV1.MutationOptions(value)
        }
        self.groupPoint = try decodedString(c.pointee.group_point, "homeward.vault.v1.FailoverRequest.group_point")
        self.discardDrill = c.pointee.discard_drill != 0
        self.fullCertificate = c.pointee.full_certificate != 0
    }
}

extension VaultV1.ItemOperationRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ItemOperationRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__item_operation_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.confirm_loss = self.confirmLoss ? 1 : 0
        c.pointee.process_server = arena.string(self.processServer)
        c.pointee.master_target = arena.string(self.masterTarget)
        c.pointee.wait_for_agent = self.waitForAgent ? 1 : 0
        c.pointee.force = self.force ? 1 : 0
        if let value = self.options {
            c.pointee.options = arena.message(value)
        }
        c.pointee.alternate = self.alternate ? 1 : 0
        c.pointee.wait_for_certificate = self.waitForCertificate ? 1 : 0
        if let value = self.excludeDisk {
            c.pointee.exclude_disk = arena.message(value)
        }
        c.pointee.datastore = arena.string(self.datastore)
        c.pointee.host = arena.string(self.host)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.ItemOperationRequest.name")
        self.confirmLoss = c.pointee.confirm_loss != 0
        self.processServer = try decodedString(c.pointee.process_server, "homeward.vault.v1.ItemOperationRequest.process_server")
        self.masterTarget = try decodedString(c.pointee.master_target, "homeward.vault.v1.ItemOperationRequest.master_target")
        self.waitForAgent = c.pointee.wait_for_agent != 0
        self.force = c.pointee.force != 0
        if let value = c.pointee.options {
            self.options = try VaultV1.MutationOptions(value)
        }
        self.alternate = c.pointee.alternate != 0
        self.waitForCertificate = c.pointee.wait_for_certificate != 0
        if let value = c.pointee.exclude_disk {
            self.excludeDisk = try VaultV1.DiskExclusion(value)
        }
        self.datastore = try decodedString(c.pointee.datastore, "homeward.vault.v1.ItemOperationRequest.datastore")
        self.host = try decodedString(c.pointee.host, "homeward.vault.v1.ItemOperationRequest.host")
    }
}

extension VaultV1.SetCloudNetworkRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__SetCloudNetworkRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__set_cloud_network_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        if let value = self.network {
            c.pointee.network = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.SetCloudNetworkRequest.name")
        if let value = c.pointee.network {
            self.network = try CommonV1.Network(value)
        }
    }
}

extension VaultV1.ChangePointRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ChangePointRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__change_point_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.point = self.point
        c.pointee.confirm_loss = self.confirmLoss ? 1 : 0
        if let value = self.options {
            c.pointee.options = arena.message(value)
        }
        c.pointee.choice = .init(rawValue: .init(truncatingIfNeeded: self.choice.rawValue))
        c.pointee.group_point = arena.string(self.groupPoint)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.ChangePointRequest.name")
        self.point = c.pointee.point
        self.confirmLoss = c.pointee.confirm_loss != 0
        if let value = c.pointee.options {
            self.options = try VaultV1.MutationOptions(value)
        }
        self.choice = VaultV1.PointChoice(rawValue: Int32(truncatingIfNeeded: c.pointee.choice.rawValue))
        self.groupPoint = try decodedString(c.pointee.group_point, "homeward.vault.v1.ChangePointRequest.group_point")
    }
}

extension VaultV1.Preview: StructBacked {
    typealias CStruct = Homeward__Vault__V1__Preview

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__preview__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_gates = self.gates.count
        c.pointee.gates = arena.messages(self.gates)
        c.pointee.n_steps = self.steps.count
        c.pointee.steps = arena.messages(self.steps)
        c.pointee.plan_digest = arena.string(self.planDigest)
        c.pointee.bound_blocks = self.boundBlocks
        c.pointee.n_warnings = self.warnings.count
        c.pointee.warnings = arena.strings(self.warnings)
        c.pointee.n_bounds = self.bounds.count
        c.pointee.bounds = arena.messages(self.bounds)
        c.pointee.n_locations = self.locations.count
        c.pointee.locations = arena.messages(self.locations)
        c.pointee.n_points = self.points.count
        c.pointee.points = arena.messages(self.points)
        c.pointee.usual_us = self.usualUs
        c.pointee.history = self.history
        c.pointee.n_networks = self.networks.count
        c.pointee.networks = arena.messages(self.networks)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.gates = try decodedMessages(c.pointee.gates, c.pointee.n_gates)
        self.steps = try decodedMessages(c.pointee.steps, c.pointee.n_steps)
        self.planDigest = try decodedString(c.pointee.plan_digest, "homeward.vault.v1.Preview.plan_digest")
        self.boundBlocks = c.pointee.bound_blocks
        self.warnings = try decodedStrings(c.pointee.warnings, c.pointee.n_warnings, "homeward.vault.v1.Preview.warnings")
        self.bounds = try decodedMessages(c.pointee.bounds, c.pointee.n_bounds)
        self.locations = try decodedMessages(c.pointee.locations, c.pointee.n_locations)
        self.points = try decodedMessages(c.pointee.points, c.pointee.n_points)
        self.usualUs = c.pointee.usual_us
        self.history = c.pointee.history
        self.networks = try decodedMessages(c.pointee.networks, c.pointee.n_networks)
    }
}

extension VaultV1.PlannedNetwork: StructBacked {
    typealias CStruct = Homeward__Vault__V1__PlannedNetwork

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__planned_network__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
        c.pointee.display_name = arena.string(self.displayName)
        c.pointee.change = arena.string(self.change)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.vault.v1.PlannedNetwork.item")
        self.displayName = try decodedString(c.pointee.display_name, "homeward.vault.v1.PlannedNetwork.display_name")
        self.change = try decodedString(c.pointee.change, "homeward.vault.v1.PlannedNetwork.change")
    }
}

extension VaultV1.PlannedLocation: StructBacked {
    typealias CStruct = Homeward__Vault__V1__PlannedLocation

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__planned_location__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
        c.pointee.display_name = arena.string(self.displayName)
        c.pointee.alternate = self.alternate ? 1 : 0
        c.pointee.reason = arena.string(self.reason)
        c.pointee.machine = arena.string(self.machine)
        c.pointee.datastore = arena.string(self.datastore)
        c.pointee.host = arena.string(self.host)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.vault.v1.PlannedLocation.item")
        self.displayName = try decodedString(c.pointee.display_name, "homeward.vault.v1.PlannedLocation.display_name")
        self.alternate = c.pointee.alternate != 0
        self.reason = try decodedString(c.pointee.reason, "homeward.vault.v1.PlannedLocation.reason")
        self.machine = try decodedString(c.pointee.machine, "homeward.vault.v1.PlannedLocation.machine")
        self.datastore = try decodedString(c.pointee.datastore, "homeward.vault.v1.PlannedLocation.datastore")
        self.host = try decodedString(c.pointee.host, "homeward.vault.v1.PlannedLocation.host")
    }
}

extension VaultV1.PlannedPoint: StructBacked {
    typealias CStruct = Homeward__Vault__V1__PlannedPoint

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__planned_point__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
        c.pointee.display_name = arena.string(self.displayName)
        c.pointee.point = arena.string(self.point)
        c.pointee.number = self.number
        c.pointee.application_consistent = self.applicationConsistent ? 1 : 0
        c.pointee.age_us = self.ageUs
        c.pointee.age_unknown = self.ageUnknown ? 1 : 0
        c.pointee.loss = arena.string(self.loss)
        c.pointee.loss_us = self.lossUs
        c.pointee.loss_unknown = self.lossUnknown ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.vault.v1.PlannedPoint.item")
        self.displayName = try decodedString(c.pointee.display_name, "homeward.vault.v1.PlannedPoint.display_name")
        self.point = try decodedString(c.pointee.point, "homeward.vault.v1.PlannedPoint.point")
        self.number = c.pointee.number
        self.applicationConsistent = c.pointee.application_consistent != 0
        self.ageUs = c.pointee.age_us
        self.ageUnknown = c.pointee.age_unknown != 0
        self.loss = try decodedString(c.pointee.loss, "homeward.vault.v1.PlannedPoint.loss")
        self.lossUs = c.pointee.loss_us
        self.lossUnknown = c.pointee.loss_unknown != 0
    }
}

extension VaultV1.SynchronizationBound: StructBacked {
    typealias CStruct = Homeward__Vault__V1__SynchronizationBound

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__synchronization_bound__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
        c.pointee.changed_blocks = self.changedBlocks
        c.pointee.suspect_blocks = self.suspectBlocks
        c.pointee.crash_blocks = self.crashBlocks
        c.pointee.basis = arena.string(self.basis)
        c.pointee.display_name = arena.string(self.displayName)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.vault.v1.SynchronizationBound.item")
        self.changedBlocks = c.pointee.changed_blocks
        self.suspectBlocks = c.pointee.suspect_blocks
        self.crashBlocks = c.pointee.crash_blocks
        self.basis = try decodedString(c.pointee.basis, "homeward.vault.v1.SynchronizationBound.basis")
        self.displayName = try decodedString(c.pointee.display_name, "homeward.vault.v1.SynchronizationBound.display_name")
    }
}

extension VaultV1.PlannedStep: StructBacked {
    typealias CStruct = Homeward__Vault__V1__PlannedStep

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__planned_step__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.id = arena.string(self.id)
        c.pointee.title = arena.string(self.title)
        c.pointee.actor = arena.string(self.actor)
        c.pointee.pivot = self.pivot ? 1 : 0
        c.pointee.cancel = arena.string(self.cancel)
        c.pointee.usual_us = self.usualUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.id = try decodedString(c.pointee.id, "homeward.vault.v1.PlannedStep.id")
        self.title = try decodedString(c.pointee.title, "homeward.vault.v1.PlannedStep.title")
        self.actor = try decodedString(c.pointee.actor, "homeward.vault.v1.PlannedStep.actor")
        self.pivot = c.pointee.pivot != 0
        self.cancel = try decodedString(c.pointee.cancel, "homeward.vault.v1.PlannedStep.cancel")
        self.usualUs = c.pointee.usual_us
    }
}

extension VaultV1.JobStepMember: StructBacked {
    typealias CStruct = Homeward__Vault__V1__JobStepMember

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__job_step_member__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
        c.pointee.state = .init(rawValue: .init(truncatingIfNeeded: self.state.rawValue))
        c.pointee.detail = arena.string(self.detail)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.vault.v1.JobStepMember.item")
        self.state = VaultV1.StepState(rawValue: Int32(truncatingIfNeeded: c.pointee.state.rawValue))
        self.detail = try decodedString(c.pointee.detail, "homeward.vault.v1.JobStepMember.detail")
    }
}

extension VaultV1.JobMember: StructBacked {
    typealias CStruct = Homeward__Vault__V1__JobMember

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__job_member__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
        c.pointee.display_name = arena.string(self.displayName)
        c.pointee.n_facts = self.facts.count
        c.pointee.facts = arena.pointers(self.facts.count)
        for (index, (key, value)) in self.facts.sorted(by: byUTF8).enumerated() {
            let entry = arena.one(Homeward__Vault__V1__JobMember__FactsEntry.self)
            homeward__vault__v1__job_member__facts_entry__init(entry)
            entry.pointee.key = arena.string(key)
            entry.pointee.value = arena.string(value)
            c.pointee.facts[index] = entry
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.vault.v1.JobMember.item")
        self.displayName = try decodedString(c.pointee.display_name, "homeward.vault.v1.JobMember.display_name")
        for index in 0..<c.pointee.n_facts {
            guard let entry = c.pointee.facts[index] else { continue }
            self.facts[try decodedString(entry.pointee.key, "homeward.vault.v1.JobMember.facts")] = try decodedString(entry.pointee.value, "homeward.vault.v1.JobMember.facts")
        }
    }
}

extension VaultV1.JobStep: StructBacked {
    typealias CStruct = Homeward__Vault__V1__JobStep

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__job_step__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.plan {
            c.pointee.plan = arena.message(value)
        }
        c.pointee.state = .init(rawValue: .init(truncatingIfNeeded: self.state.rawValue))
        c.pointee.attempts = self.attempts
        c.pointee.started_unix_us = self.startedUnixUs
        c.pointee.ended_unix_us = self.endedUnixUs
        c.pointee.detail = arena.string(self.detail)
        c.pointee.n_members = self.members.count
        c.pointee.members = arena.messages(self.members)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.plan {
            self.plan = try VaultV1.PlannedStep(value)
        }
        self.state = VaultV1.StepState(rawValue: Int32(truncatingIfNeeded: c.pointee.state.rawValue))
        self.attempts = c.pointee.attempts
        self.startedUnixUs = c.pointee.started_unix_us
        self.endedUnixUs = c.pointee.ended_unix_us
        self.detail = try decodedString(c.pointee.detail, "homeward.vault.v1.JobStep.detail")
        self.members = try decodedMessages(c.pointee.members, c.pointee.n_members)
    }
}

extension VaultV1.Job: StructBacked {
    typealias CStruct = Homeward__Vault__V1__Job

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__job__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.item = arena.string(self.item)
        c.pointee.operation = arena.string(self.operation)
        c.pointee.state = .init(rawValue: .init(truncatingIfNeeded: self.state.rawValue))
        c.pointee.n_steps = self.steps.count
        c.pointee.steps = arena.messages(self.steps)
        c.pointee.n_gates = self.gates.count
        c.pointee.gates = arena.messages(self.gates)
        c.pointee.message = arena.string(self.message)
        c.pointee.progress_bytes = self.progressBytes
        c.pointee.total_bytes = self.totalBytes
        c.pointee.created_unix_us = self.createdUnixUs
        c.pointee.ended_unix_us = self.endedUnixUs
        c.pointee.revision = self.revision
        if let value = self.preview {
            c.pointee.preview = arena.message(value)
            c.pointee.validation_case = .init(rawValue: 13)
        }
        c.pointee.n_facts = self.facts.count
        c.pointee.facts = arena.pointers(self.facts.count)
        for (index, (key, value)) in self.facts.sorted(by: byUTF8).enumerated() {
            let entry = arena.one(Homeward__Vault__V1__Job__FactsEntry.self)
            homeward__vault__v1__job__facts_entry__init(entry)
            entry.pointee.key = arena.string(key)
            entry.pointee.value = arena.string(value)
            c.pointee.facts[index] = entry
        }
        c.pointee.group = arena.string(self.group)
        c.pointee.n_members = self.members.count
        c.pointee.members = arena.messages(self.members)
        c.pointee.n_answers = self.answers.count
        c.pointee.answers = arena.strings(self.answers)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.Job.name")
        self.item = try decodedString(c.pointee.item, "homeward.vault.v1.Job.item")
        self.operation = try decodedString(c.pointee.operation, "homeward.vault.v1.Job.operation")
        self.state = VaultV1.JobState(rawValue: Int32(truncatingIfNeeded: c.pointee.state.rawValue))
        self.steps = try decodedMessages(c.pointee.steps, c.pointee.n_steps)
        self.gates = try decodedMessages(c.pointee.gates, c.pointee.n_gates)
        self.message = try decodedString(c.pointee.message, "homeward.vault.v1.Job.message")
        self.progressBytes = c.pointee.progress_bytes
        self.totalBytes = c.pointee.total_bytes
        self.createdUnixUs = c.pointee.created_unix_us
        self.endedUnixUs = c.pointee.ended_unix_us
        self.revision = c.pointee.revision
        if c.pointee.validation_case.rawValue == 13, let value = c.pointee.preview {
            self.preview = try VaultV1.Preview(value)
        }
        for index in 0..<c.pointee.n_facts {
            guard let entry = c.pointee.facts[index] else { continue }
            self.facts[try decodedString(entry.pointee.key, "homeward.vault.v1.Job.facts")] = try decodedString(entry.pointee.value, "homeward.vault.v1.Job.facts")
        }
        self.group = try decodedString(c.pointee.group, "homeward.vault.v1.Job.group")
        self.members = try decodedMessages(c.pointee.members, c.pointee.n_members)
        self.answers = try decodedStrings(c.pointee.answers, c.pointee.n_answers, "homeward.vault.v1.Job.answers")
    }
}

extension VaultV1.Group: StructBacked {
    typealias CStruct = Homeward__Vault__V1__Group

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__group__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.n_members = self.members.count
        c.pointee.members = arena.messages(self.members)
        c.pointee.process_server = arena.string(self.processServer)
        c.pointee.master_target = arena.string(self.masterTarget)
        c.pointee.phase = .init(rawValue: .init(truncatingIfNeeded: self.phase.rawValue))
        c.pointee.direction = .init(rawValue: .init(truncatingIfNeeded: self.direction.rawValue))
        c.pointee.claim_job = arena.string(self.claimJob)
        c.pointee.newest_common = arena.string(self.newestCommon)
        c.pointee.newest_common_age_us = self.newestCommonAgeUs
        c.pointee.cause = arena.string(self.cause)
        c.pointee.application_interval_us = self.applicationIntervalUs
        c.pointee.application_failure = arena.string(self.applicationFailure)
        c.pointee.longest_freeze_us = self.longestFreezeUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.Group.name")
        self.members = try decodedMessages(c.pointee.members, c.pointee.n_members)
        self.processServer = try decodedString(c.pointee.process_server, "homeward.vault.v1.Group.process_server")
        self.masterTarget = try decodedString(c.pointee.master_target, "homeward.vault.v1.Group.master_target")
        self.phase = VaultV1.Phase(rawValue: Int32(truncatingIfNeeded: c.pointee.phase.rawValue))
        self.direction = CommonV1.Direction(rawValue: Int32(truncatingIfNeeded: c.pointee.direction.rawValue))
        self.claimJob = try decodedString(c.pointee.claim_job, "homeward.vault.v1.Group.claim_job")
        self.newestCommon = try decodedString(c.pointee.newest_common, "homeward.vault.v1.Group.newest_common")
        self.newestCommonAgeUs = c.pointee.newest_common_age_us
        self.cause = try decodedString(c.pointee.cause, "homeward.vault.v1.Group.cause")
        self.applicationIntervalUs = c.pointee.application_interval_us
        self.applicationFailure = try decodedString(c.pointee.application_failure, "homeward.vault.v1.Group.application_failure")
        self.longestFreezeUs = c.pointee.longest_freeze_us
    }
}

extension VaultV1.GetGroupRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__GetGroupRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__get_group_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.GetGroupRequest.name")
    }
}

extension VaultV1.ListGroupsRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ListGroupsRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__list_groups_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.page_size = self.pageSize
        c.pointee.page_token = arena.string(self.pageToken)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.pageSize = c.pointee.page_size
        self.pageToken = try decodedString(c.pointee.page_token, "homeward.vault.v1.ListGroupsRequest.page_token")
    }
}

extension VaultV1.ListGroupsResponse: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ListGroupsResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__list_groups_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_groups = self.groups.count
        c.pointee.groups = arena.messages(self.groups)
        c.pointee.next_page_token = arena.string(self.nextPageToken)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.groups = try decodedMessages(c.pointee.groups, c.pointee.n_groups)
        self.nextPageToken = try decodedString(c.pointee.next_page_token, "homeward.vault.v1.ListGroupsResponse.next_page_token")
    }
}

extension VaultV1.ListGroupPointsRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ListGroupPointsRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__list_group_points_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.page_size = self.pageSize
        c.pointee.page_token = arena.string(self.pageToken)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.ListGroupPointsRequest.name")
        self.pageSize = c.pointee.page_size
        self.pageToken = try decodedString(c.pointee.page_token, "homeward.vault.v1.ListGroupPointsRequest.page_token")
    }
}

extension VaultV1.ListGroupPointsResponse: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ListGroupPointsResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__list_group_points_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_points = self.points.count
        c.pointee.points = arena.messages(self.points)
        c.pointee.next_page_token = arena.string(self.nextPageToken)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.points = try decodedMessages(c.pointee.points, c.pointee.n_points)
        self.nextPageToken = try decodedString(c.pointee.next_page_token, "homeward.vault.v1.ListGroupPointsResponse.next_page_token")
    }
}

extension VaultV1.GetJobRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__GetJobRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__get_job_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.wait_us = self.waitUs
        c.pointee.after_revision = self.afterRevision
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.GetJobRequest.name")
        self.waitUs = c.pointee.wait_us
        self.afterRevision = c.pointee.after_revision
    }
}

extension VaultV1.ListJobsRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ListJobsRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__list_jobs_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.page_size = self.pageSize
        c.pointee.page_token = arena.string(self.pageToken)
        c.pointee.item = arena.string(self.item)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.pageSize = c.pointee.page_size
        self.pageToken = try decodedString(c.pointee.page_token, "homeward.vault.v1.ListJobsRequest.page_token")
        self.item = try decodedString(c.pointee.item, "homeward.vault.v1.ListJobsRequest.item")
    }
}

extension VaultV1.ListJobsResponse: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ListJobsResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__list_jobs_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_jobs = self.jobs.count
        c.pointee.jobs = arena.messages(self.jobs)
        c.pointee.next_page_token = arena.string(self.nextPageToken)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.jobs = try decodedMessages(c.pointee.jobs, c.pointee.n_jobs)
        self.nextPageToken = try decodedString(c.pointee.next_page_token, "homeward.vault.v1.ListJobsResponse.next_page_token")
    }
}

extension VaultV1.CancelJobRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__CancelJobRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__cancel_job_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.person = arena.string(self.person)
        c.pointee.reason = arena.string(self.reason)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.CancelJobRequest.name")
        self.person = try decodedString(c.pointee.person, "homeward.vault.v1.CancelJobRequest.person")
        self.reason = try decodedString(c.pointee.reason, "homeward.vault.v1.CancelJobRequest.reason")
    }
}

extension VaultV1.AnswerJobRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__AnswerJobRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__answer_job_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.answer = arena.string(self.answer)
        c.pointee.reason = arena.string(self.reason)
        c.pointee.person = arena.string(self.person)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.AnswerJobRequest.name")
        self.answer = try decodedString(c.pointee.answer, "homeward.vault.v1.AnswerJobRequest.answer")
        self.reason = try decodedString(c.pointee.reason, "homeward.vault.v1.AnswerJobRequest.reason")
        self.person = try decodedString(c.pointee.person, "homeward.vault.v1.AnswerJobRequest.person")
    }
}

extension VaultV1.ResolveStuckRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ResolveStuckRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__resolve_stuck_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.resolution = arena.string(self.resolution)
        c.pointee.reason = arena.string(self.reason)
        c.pointee.person = arena.string(self.person)
        c.pointee.host = arena.string(self.host)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.ResolveStuckRequest.name")
        self.resolution = try decodedString(c.pointee.resolution, "homeward.vault.v1.ResolveStuckRequest.resolution")
        self.reason = try decodedString(c.pointee.reason, "homeward.vault.v1.ResolveStuckRequest.reason")
        self.person = try decodedString(c.pointee.person, "homeward.vault.v1.ResolveStuckRequest.person")
        self.host = try decodedString(c.pointee.host, "homeward.vault.v1.ResolveStuckRequest.host")
    }
}

extension VaultV1.WatchItemsRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__WatchItemsRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__watch_items_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.after_revision = self.afterRevision
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.afterRevision = c.pointee.after_revision
    }
}

extension VaultV1.ItemEvent: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ItemEvent

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__item_event__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.revision = self.revision
        c.pointee.bookmark = self.bookmark ? 1 : 0
        if let value = self.item {
            c.pointee.item = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.revision = c.pointee.revision
        self.bookmark = c.pointee.bookmark != 0
        if let value = c.pointee.item {
            self.item = try VaultV1.Item(value)
        }
    }
}

extension VaultV1.ListRecoveryPointsRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ListRecoveryPointsRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__list_recovery_points_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
        c.pointee.page_size = self.pageSize
        c.pointee.page_token = arena.string(self.pageToken)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.vault.v1.ListRecoveryPointsRequest.item")
        self.pageSize = c.pointee.page_size
        self.pageToken = try decodedString(c.pointee.page_token, "homeward.vault.v1.ListRecoveryPointsRequest.page_token")
    }
}

extension VaultV1.ListRecoveryPointsResponse: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ListRecoveryPointsResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__list_recovery_points_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_points = self.points.count
        c.pointee.points = arena.messages(self.points)
        c.pointee.next_page_token = arena.string(self.nextPageToken)
        c.pointee.cached_age_us = self.cachedAgeUs
        c.pointee.n_hand_pins = self.handPins.count
        c.pointee.hand_pins = arena.messages(self.handPins)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.points = try decodedMessages(c.pointee.points, c.pointee.n_points)
        self.nextPageToken = try decodedString(c.pointee.next_page_token, "homeward.vault.v1.ListRecoveryPointsResponse.next_page_token")
        self.cachedAgeUs = c.pointee.cached_age_us
        self.handPins = try decodedMessages(c.pointee.hand_pins, c.pointee.n_hand_pins)
    }
}

extension VaultV1.HandPin: StructBacked {
    typealias CStruct = Homeward__Vault__V1__HandPin

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__hand_pin__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.point = self.point
        c.pointee.person = arena.string(self.person)
        c.pointee.reason = arena.string(self.reason)
        c.pointee.since_unix_us = self.sinceUnixUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.point = c.pointee.point
        self.person = try decodedString(c.pointee.person, "homeward.vault.v1.HandPin.person")
        self.reason = try decodedString(c.pointee.reason, "homeward.vault.v1.HandPin.reason")
        self.sinceUnixUs = c.pointee.since_unix_us
    }
}

extension VaultV1.PinRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__PinRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__pin_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.point = self.point
        c.pointee.group_point = arena.string(self.groupPoint)
        c.pointee.reason = arena.string(self.reason)
        if let value = self.options {
            c.pointee.options = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.PinRequest.name")
        self.point = c.pointee.point
        self.groupPoint = try decodedString(c.pointee.group_point, "homeward.vault.v1.PinRequest.group_point")
        self.reason = try decodedString(c.pointee.reason, "homeward.vault.v1.PinRequest.reason")
        if let value = c.pointee.options {
            self.options = try VaultV1.MutationOptions(value)
        }
    }
}

extension VaultV1.SetAside: StructBacked {
    typealias CStruct = Homeward__Vault__V1__SetAside

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__set_aside__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.generation = self.generation
        c.pointee.job = arena.string(self.job)
        c.pointee.person = arena.string(self.person)
        c.pointee.since_unix_us = self.sinceUnixUs
        c.pointee.site = .init(rawValue: .init(truncatingIfNeeded: self.site.rawValue))
        c.pointee.master_target = arena.string(self.masterTarget)
        c.pointee.point = self.point
        c.pointee.pinned = self.pinned ? 1 : 0
        c.pointee.blocks = self.blocks
        c.pointee.stored_bytes = self.storedBytes
        c.pointee.n_disks = self.disks.count
        c.pointee.disks = arena.messages(self.disks)
        c.pointee.away = arena.string(self.away)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.generation = c.pointee.generation
        self.job = try decodedString(c.pointee.job, "homeward.vault.v1.SetAside.job")
        self.person = try decodedString(c.pointee.person, "homeward.vault.v1.SetAside.person")
        self.sinceUnixUs = c.pointee.since_unix_us
        self.site = CommonV1.Site(rawValue: Int32(truncatingIfNeeded: c.pointee.site.rawValue))
        self.masterTarget = try decodedString(c.pointee.master_target, "homeward.vault.v1.SetAside.master_target")
        self.point = c.pointee.point
        self.pinned = c.pointee.pinned != 0
        self.blocks = c.pointee.blocks
        self.storedBytes = c.pointee.stored_bytes
        self.disks = try decodedMessages(c.pointee.disks, c.pointee.n_disks)
        self.away = try decodedString(c.pointee.away, "homeward.vault.v1.SetAside.away")
    }
}

extension VaultV1.GetSetAsideRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__GetSetAsideRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__get_set_aside_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.vault.v1.GetSetAsideRequest.item")
    }
}

extension VaultV1.GetSetAsideResponse: StructBacked {
    typealias CStruct = Homeward__Vault__V1__GetSetAsideResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__get_set_aside_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_set_aside = self.setAside.count
        c.pointee.set_aside = arena.messages(self.setAside)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.setAside = try decodedMessages(c.pointee.set_aside, c.pointee.n_set_aside)
    }
}

extension VaultV1.ReadSetAsideRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ReadSetAsideRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__read_set_aside_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
        c.pointee.generation = self.generation
        c.pointee.disk = self.disk
        c.pointee.changes_only = self.changesOnly ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.vault.v1.ReadSetAsideRequest.item")
        self.generation = c.pointee.generation
        self.disk = c.pointee.disk
        self.changesOnly = c.pointee.changes_only != 0
    }
}

extension VaultV1.ReleaseSetAsideRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ReleaseSetAsideRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__release_set_aside_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.generation = self.generation
        c.pointee.reason = arena.string(self.reason)
        if let value = self.options {
            c.pointee.options = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.ReleaseSetAsideRequest.name")
        self.generation = c.pointee.generation
        self.reason = try decodedString(c.pointee.reason, "homeward.vault.v1.ReleaseSetAsideRequest.reason")
        if let value = c.pointee.options {
            self.options = try VaultV1.MutationOptions(value)
        }
    }
}

extension VaultV1.ReadRecoveryPointRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ReadRecoveryPointRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__read_recovery_point_request__init(c)
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
        self.item = try decodedString(c.pointee.item, "homeward.vault.v1.ReadRecoveryPointRequest.item")
        self.number = c.pointee.number
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.ReadRecoveryPointRequest.name")
        self.disk = c.pointee.disk
        self.offset = c.pointee.offset
        self.length = c.pointee.length
    }
}

extension VaultV1.GetAllowedOperationsRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__GetAllowedOperationsRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__get_allowed_operations_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.GetAllowedOperationsRequest.name")
    }
}

extension VaultV1.AllowedOperations: StructBacked {
    typealias CStruct = Homeward__Vault__V1__AllowedOperations

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__allowed_operations__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_operations = self.operations.count
        c.pointee.operations = arena.messages(self.operations)
        c.pointee.etag = arena.string(self.etag)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.operations = try decodedMessages(c.pointee.operations, c.pointee.n_operations)
        self.etag = try decodedString(c.pointee.etag, "homeward.vault.v1.AllowedOperations.etag")
    }
}

extension VaultV1.OperationAnswer: StructBacked {
    typealias CStruct = Homeward__Vault__V1__OperationAnswer

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__operation_answer__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.operation = arena.string(self.operation)
        c.pointee.allowed = self.allowed ? 1 : 0
        c.pointee.n_gates = self.gates.count
        c.pointee.gates = arena.messages(self.gates)
        c.pointee.n_deferred = self.deferred.count
        c.pointee.deferred = arena.strings(self.deferred)
        c.pointee.command = arena.string(self.command)
        c.pointee.leads_to = arena.string(self.leadsTo)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.operation = try decodedString(c.pointee.operation, "homeward.vault.v1.OperationAnswer.operation")
        self.allowed = c.pointee.allowed != 0
        self.gates = try decodedMessages(c.pointee.gates, c.pointee.n_gates)
        self.deferred = try decodedStrings(c.pointee.deferred, c.pointee.n_deferred, "homeward.vault.v1.OperationAnswer.deferred")
        self.command = try decodedString(c.pointee.command, "homeward.vault.v1.OperationAnswer.command")
        self.leadsTo = try decodedString(c.pointee.leads_to, "homeward.vault.v1.OperationAnswer.leads_to")
    }
}

extension VaultV1.GetCertificateRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__GetCertificateRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__get_certificate_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.item = arena.string(self.item)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.GetCertificateRequest.name")
        self.item = try decodedString(c.pointee.item, "homeward.vault.v1.GetCertificateRequest.item")
    }
}

extension VaultV1.SignedCertificate: StructBacked {
    typealias CStruct = Homeward__Vault__V1__SignedCertificate

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__signed_certificate__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.envelope = arena.string(self.envelope)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.envelope = try decodedString(c.pointee.envelope, "homeward.vault.v1.SignedCertificate.envelope")
    }
}

extension VaultV1.GetCertificateKeyRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__GetCertificateKeyRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__get_certificate_key_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
    }
}

extension VaultV1.CertificateKey: StructBacked {
    typealias CStruct = Homeward__Vault__V1__CertificateKey

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__certificate_key__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.pem = arena.string(self.pem)
        c.pointee.id = arena.string(self.id)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.pem = try decodedString(c.pointee.pem, "homeward.vault.v1.CertificateKey.pem")
        self.id = try decodedString(c.pointee.id, "homeward.vault.v1.CertificateKey.id")
    }
}

extension VaultV1.LinkConfigurationServerRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__LinkConfigurationServerRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__link_configuration_server_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.component {
            c.pointee.component = arena.message(value)
        }
        c.pointee.database_incarnation = arena.string(self.databaseIncarnation)
        c.pointee.n_components = self.components.count
        c.pointee.components = arena.messages(self.components)
        c.pointee.wants_assignments = self.wantsAssignments ? 1 : 0
        c.pointee.n_higher = self.higher.count
        c.pointee.higher = arena.messages(self.higher)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.component {
            self.component = try ConfigurationV1.Component(value)
        }
        self.databaseIncarnation = try decodedString(c.pointee.database_incarnation, "homeward.vault.v1.LinkConfigurationServerRequest.database_incarnation")
        self.components = try decodedMessages(c.pointee.components, c.pointee.n_components)
        self.wantsAssignments = c.pointee.wants_assignments != 0
        self.higher = try decodedMessages(c.pointee.higher, c.pointee.n_higher)
    }
}

extension VaultV1.LinkConfigurationServerResponse: StructBacked {
    typealias CStruct = Homeward__Vault__V1__LinkConfigurationServerResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__link_configuration_server_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_assignments = self.assignments.count
        c.pointee.assignments = arena.messages(self.assignments)
        c.pointee.interval_us = self.intervalUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.assignments = try decodedMessages(c.pointee.assignments, c.pointee.n_assignments)
        self.intervalUs = c.pointee.interval_us
    }
}

extension VaultV1.CheckInfrastructureRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__CheckInfrastructureRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__check_infrastructure_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.options {
            c.pointee.options = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.options {
            self.options = try VaultV1.MutationOptions(value)
        }
    }
}

extension VaultV1.GetCensusRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__GetCensusRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__get_census_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.vault.v1.GetCensusRequest.item")
    }
}

extension VaultV1.CensusComponent: StructBacked {
    typealias CStruct = Homeward__Vault__V1__CensusComponent

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__census_component__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.id = arena.string(self.id)
        c.pointee.missing = arena.string(self.missing)
        c.pointee.vault_epoch = self.vaultEpoch
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.id = try decodedString(c.pointee.id, "homeward.vault.v1.CensusComponent.id")
        self.missing = try decodedString(c.pointee.missing, "homeward.vault.v1.CensusComponent.missing")
        self.vaultEpoch = c.pointee.vault_epoch
    }
}

extension VaultV1.CensusHolding: StructBacked {
    typealias CStruct = Homeward__Vault__V1__CensusHolding

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__census_holding__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.component = arena.string(self.component)
        if let value = self.assignment {
            c.pointee.assignment = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.component = try decodedString(c.pointee.component, "homeward.vault.v1.CensusHolding.component")
        if let value = c.pointee.assignment {
            self.assignment = try CommonV1.Assignment(value)
        }
    }
}

extension VaultV1.CensusItem: StructBacked {
    typealias CStruct = Homeward__Vault__V1__CensusItem

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__census_item__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.display_name = arena.string(self.displayName)
        if let value = self.recorded {
            c.pointee.recorded = arena.message(value)
        }
        c.pointee.n_holdings = self.holdings.count
        c.pointee.holdings = arena.messages(self.holdings)
        c.pointee.n_found = self.found.count
        c.pointee.found = arena.strings(self.found)
        c.pointee.n_missing = self.missing.count
        c.pointee.missing = arena.strings(self.missing)
        c.pointee.quarantined = self.quarantined ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.CensusItem.name")
        self.displayName = try decodedString(c.pointee.display_name, "homeward.vault.v1.CensusItem.display_name")
        if let value = c.pointee.recorded {
            self.recorded = try CommonV1.Generation(value)
        }
        self.holdings = try decodedMessages(c.pointee.holdings, c.pointee.n_holdings)
        self.found = try decodedStrings(c.pointee.found, c.pointee.n_found, "homeward.vault.v1.CensusItem.found")
        self.missing = try decodedStrings(c.pointee.missing, c.pointee.n_missing, "homeward.vault.v1.CensusItem.missing")
        self.quarantined = c.pointee.quarantined != 0
    }
}

extension VaultV1.CensusReport: StructBacked {
    typealias CStruct = Homeward__Vault__V1__CensusReport

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__census_report__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_components = self.components.count
        c.pointee.components = arena.messages(self.components)
        c.pointee.n_items = self.items.count
        c.pointee.items = arena.messages(self.items)
        c.pointee.vault_epoch = self.vaultEpoch
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.components = try decodedMessages(c.pointee.components, c.pointee.n_components)
        self.items = try decodedMessages(c.pointee.items, c.pointee.n_items)
        self.vaultEpoch = c.pointee.vault_epoch
    }
}

extension VaultV1.ReconcileRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ReconcileRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__reconcile_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
        c.pointee.person = arena.string(self.person)
        c.pointee.reason = arena.string(self.reason)
        if let value = self.missingStatement {
            c.pointee.missing_statement = arena.message(value)
            c.pointee.missing_dead_case = .init(rawValue: 4)
        }
        c.pointee.validate_only = self.validateOnly ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.vault.v1.ReconcileRequest.item")
        self.person = try decodedString(c.pointee.person, "homeward.vault.v1.ReconcileRequest.person")
        self.reason = try decodedString(c.pointee.reason, "homeward.vault.v1.ReconcileRequest.reason")
        if c.pointee.missing_dead_case.rawValue == 4, let value = c.pointee.missing_statement {
            self.missingStatement = try CommonV1.Statement(value)
        }
        self.validateOnly = c.pointee.validate_only != 0
    }
}

extension VaultV1.ReconciledItem: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ReconciledItem

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__reconciled_item__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.display_name = arena.string(self.displayName)
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
        c.pointee.active_site = .init(rawValue: .init(truncatingIfNeeded: self.activeSite.rawValue))
        c.pointee.phase = .init(rawValue: .init(truncatingIfNeeded: self.phase.rawValue))
        c.pointee.direction = .init(rawValue: .init(truncatingIfNeeded: self.direction.rawValue))
        c.pointee.n_because = self.because.count
        c.pointee.because = arena.strings(self.because)
        c.pointee.n_ended_jobs = self.endedJobs.count
        c.pointee.ended_jobs = arena.strings(self.endedJobs)
        c.pointee.refused = arena.string(self.refused)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.ReconciledItem.name")
        self.displayName = try decodedString(c.pointee.display_name, "homeward.vault.v1.ReconciledItem.display_name")
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
        self.activeSite = CommonV1.Site(rawValue: Int32(truncatingIfNeeded: c.pointee.active_site.rawValue))
        self.phase = VaultV1.Phase(rawValue: Int32(truncatingIfNeeded: c.pointee.phase.rawValue))
        self.direction = CommonV1.Direction(rawValue: Int32(truncatingIfNeeded: c.pointee.direction.rawValue))
        self.because = try decodedStrings(c.pointee.because, c.pointee.n_because, "homeward.vault.v1.ReconciledItem.because")
        self.endedJobs = try decodedStrings(c.pointee.ended_jobs, c.pointee.n_ended_jobs, "homeward.vault.v1.ReconciledItem.ended_jobs")
        self.refused = try decodedString(c.pointee.refused, "homeward.vault.v1.ReconciledItem.refused")
    }
}

extension VaultV1.ReconcileResponse: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ReconcileResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__reconcile_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_items = self.items.count
        c.pointee.items = arena.messages(self.items)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.items = try decodedMessages(c.pointee.items, c.pointee.n_items)
    }
}
