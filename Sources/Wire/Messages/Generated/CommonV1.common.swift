// Generated from homeward/common/v1/common.proto by protoc-gen-homeward. Do not edit.
internal import CMessages
public import MessageCoding

extension CommonV1 {
    /// One of the two places a machine can live.
    public enum Site: Hashable, Sendable {
        /// Never sent.
        case unspecified
        /// The primary site, on-premises.
        case home
        /// The recovery site.
        case cloud
        /// A number that this version has no name for; kept as it is.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
                case 0: self = .unspecified
                case 1: self = .home
                case 2: self = .cloud
                default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
                case .unspecified: 0
                case .home: 1
                case .cloud: 2
                case .unrecognized(let number): number
            }
        }

        /// The named values, in the order of the .proto.
        public static var allCases: [Self] {
            [.unspecified, .home, .cloud]
        }
    }

    /// Where data or a machine goes.
    public enum Direction: Hashable, Sendable {
        /// Never sent.
        case unspecified
        /// From home to the cloud.
        case out
        /// From the cloud to home.
        case home
        /// A number that this version has no name for; kept as it is.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
                case 0: self = .unspecified
                case 1: self = .out
                case 2: self = .home
                default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
                case .unspecified: 0
                case .out: 1
                case .home: 2
                case .unrecognized(let number): number
            }
        }

        /// The named values, in the order of the .proto.
        public static var allCases: [Self] {
            [.unspecified, .out, .home]
        }
    }

    /// How well something is, as a named state.
    public enum HealthState: Hashable, Sendable {
        /// Never sent.
        case unspecified
        /// Nothing to do.
        case healthy
        /// Look at it.
        case warning
        /// Something suffers, or will soon.
        case critical
        /// A number that this version has no name for; kept as it is.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
                case 0: self = .unspecified
                case 1: self = .healthy
                case 2: self = .warning
                case 3: self = .critical
                default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
                case .unspecified: 0
                case .healthy: 1
                case .warning: 2
                case .critical: 3
                case .unrecognized(let number): number
            }
        }

        /// The named values, in the order of the .proto.
        public static var allCases: [Self] {
            [.unspecified, .healthy, .warning, .critical]
        }
    }

    /// Authority over an item. Minted by the vault at every role change; never reused, never lowered.
    public struct Generation: WireMessage {
        public static var protobufName: String { "homeward.common.v1.Generation" }

        /// Counts up by at least one per role change of the item. 0 means: never assigned.
        public var number: UInt64 = 0
        /// 16 random bytes that make two vaults' equal numbers tell apart.
        public var token: [UInt8] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Names one effect, so that it happens once however often it is asked for.
    public struct OperationKey: WireMessage {
        public static var protobufName: String { "homeward.common.v1.OperationKey" }

        /// The job that wants the effect, `jobs/{id}` without the prefix.
        public var job: String = ""
        /// The item concerned; empty where the effect concerns none.
        public var item: String = ""
        /// The step of the job's workflow.
        public var step: String = ""
        /// True when this call undoes the forward call of the same job, item, step and target.
        public var undo: Bool = false
        /// The resource acted on (a disk, a machine, a component).
        public var target: String = ""
        /// The vault's incarnation and epoch; a receiver refuses an epoch lower than one it has seen.
        public var vaultEpoch: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Who is what for one item under one generation. Each receiver stores it durably before acting under it.
    public struct Assignment: WireMessage {
        public static var protobufName: String { "homeward.common.v1.Assignment" }

        /// The item.
        public var item: String = ""
        /// The generation these roles hold under.
        public var generation: CommonV1.Generation?
        /// The site whose copy may acknowledge guest writes.
        public var activeSite: CommonV1.Site = CommonV1.Site(rawValue: 0)
        /// Set while the item replicates in this direction; unspecified when nothing replicates.
        public var replication: CommonV1.Direction = CommonV1.Direction(rawValue: 0)
        /// Intervals of this older generation may still be drained.
        public var drains: CommonV1.Generation?
        /// The process server of the replication, empty for none.
        public var processServer: String = ""
        /// The master target of the replication, empty for none.
        public var masterTarget: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks a receiver to take an assignment. It is a barrier: the answer means that no effect or write of a
    /// lower generation can still happen there.
    public struct AssignRequest: WireMessage {
        public static var protobufName: String { "homeward.common.v1.AssignRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// What to store.
        public var assignment: CommonV1.Assignment?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// The assignment a receiver now holds.
    public struct AssignResponse: WireMessage {
        public static var protobufName: String { "homeward.common.v1.AssignResponse" }

        /// As stored.
        public var assignment: CommonV1.Assignment?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for the assignment a receiver holds.
    public struct GetAssignmentRequest: WireMessage {
        public static var protobufName: String { "homeward.common.v1.GetAssignmentRequest" }

        /// The item.
        public var item: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks what became of an operation whose answer was lost.
    public struct GetOperationRequest: WireMessage {
        public static var protobufName: String { "homeward.common.v1.GetOperationRequest" }

        /// The operation's key.
        public var key: CommonV1.OperationKey?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What a receiver knows of an operation.
    public struct Operation: WireMessage {
        public static var protobufName: String { "homeward.common.v1.Operation" }

        /// Where an operation stands at its receiver.
        public enum State: Hashable, Sendable {
            /// Never sent.
            case unspecified
            /// The key was never seen: nothing happened and, unless asked again, nothing will.
            case notSeen
            /// The effect is being carried out or looked for.
            case inProgress
            /// The effect happened; the result is kept.
            case done
            /// Refused for good; asking again gives the same refusal.
            case refused
            /// An undo came first: the forward call will be refused for ever.
            case cancelled
            /// A number that this version has no name for; kept as it is.
            case unrecognized(Int32)

            public init(rawValue: Int32) {
                switch rawValue {
                    case 0: self = .unspecified
                    case 1: self = .notSeen
                    case 2: self = .inProgress
                    case 3: self = .done
                    case 4: self = .refused
                    case 5: self = .cancelled
                    default: self = .unrecognized(rawValue)
                }
            }

            public var rawValue: Int32 {
                switch self {
                    case .unspecified: 0
                    case .notSeen: 1
                    case .inProgress: 2
                    case .done: 3
                    case .refused: 4
                    case .cancelled: 5
                    case .unrecognized(let number): number
                }
            }

            /// The named values, in the order of the .proto.
            public static var allCases: [Self] {
                [.unspecified, .notSeen, .inProgress, .done, .refused, .cancelled]
            }
        }

        /// Where it stands.
        public var state: CommonV1.Operation.State = CommonV1.Operation.State(rawValue: 0)
        /// The result message, serialized, when done.
        public var result: [UInt8] = []
        /// Why, when refused.
        public var refusal: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Tells a receiver that a job is closed, so that its keys may be forgotten after the retention time.
    public struct ForgetJobRequest: WireMessage {
        public static var protobufName: String { "homeward.common.v1.ForgetJobRequest" }

        /// The job.
        public var job: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Nothing more to say.
    public struct ForgetJobResponse: WireMessage {
        public static var protobufName: String { "homeward.common.v1.ForgetJobResponse" }

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for every generation a receiver knows.
    public struct CensusRequest: WireMessage {
        public static var protobufName: String { "homeward.common.v1.CensusRequest" }

        /// Only of this item; empty for all.
        public var item: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Work for an item that a receiver remembers, by its operation keys.
    public struct KnownJob: WireMessage {
        public static var protobufName: String { "homeward.common.v1.KnownJob" }

        /// The item.
        public var item: String = ""
        /// The job, `jobs/{id}` without the prefix.
        public var job: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Every generation a receiver knows, for a vault that lost its store.
    public struct CensusResponse: WireMessage {
        public static var protobufName: String { "homeward.common.v1.CensusResponse" }

        /// All stored assignments, by item.
        public var assignments: [CommonV1.Assignment] = []
        /// The highest epoch of a vault that was seen here; 0 for none.
        public var vaultEpoch: UInt64 = 0
        /// Jobs that asked for effects here and are not forgotten yet, by item and job: one that the vault's own record does
        /// not hold proves that record to be an old one, also where no generation changed.
        public var jobs: [CommonV1.KnownJob] = []
        /// Of a component that passes assignments on: the receiver behind it; none of others.
        public var behind: CommonV1.FurtherCensus?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What a receiver behind another one knows.
    public struct FurtherCensus: WireMessage {
        public static var protobufName: String { "homeward.common.v1.FurtherCensus" }

        /// Why it did not answer; empty when it did.
        public var missing: String = ""
        /// All stored assignments, by item.
        public var assignments: [CommonV1.Assignment] = []
        /// The highest epoch of a vault that was seen there; 0 for none.
        public var vaultEpoch: UInt64 = 0
        /// Jobs that asked for effects there.
        public var jobs: [CommonV1.KnownJob] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks a component for one small durable effect, to prove the control path to it.
    public struct ProbeRequest: WireMessage {
        public static var protobufName: String { "homeward.common.v1.ProbeRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// The durable effect of a probe.
    public struct ProbeResponse: WireMessage {
        public static var protobufName: String { "homeward.common.v1.ProbeResponse" }

        /// Probes this component has ever recorded, this one included.
        public var recorded: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A precondition as evaluated.
    public struct Gate: WireMessage {
        public static var protobufName: String { "homeward.common.v1.Gate" }

        /// Outcome of a gate.
        public enum Status: Hashable, Sendable {
            /// Never sent.
            case unspecified
            /// It holds.
            case pass
            /// It does not hold.
            case fail
            /// The component that knows did not answer; counts as a failure when blocking.
            case unknown
            /// Evaluated at a later step, which `deferred_to` names.
            case deferred
            /// Does not concern this item or operation.
            case notApplicable
            /// A number that this version has no name for; kept as it is.
            case unrecognized(Int32)

            public init(rawValue: Int32) {
                switch rawValue {
                    case 0: self = .unspecified
                    case 1: self = .pass
                    case 2: self = .fail
                    case 3: self = .unknown
                    case 4: self = .deferred
                    case 5: self = .notApplicable
                    default: self = .unrecognized(rawValue)
                }
            }

            public var rawValue: Int32 {
                switch self {
                    case .unspecified: 0
                    case .pass: 1
                    case .fail: 2
                    case .unknown: 3
                    case .deferred: 4
                    case .notApplicable: 5
                    case .unrecognized(let number): number
                }
            }

            /// The named values, in the order of the .proto.
            public static var allCases: [Self] {
                [.unspecified, .pass, .fail, .unknown, .deferred, .notApplicable]
            }
        }

        /// Stable code, `VCENTER_CONNECTED`.
        public var code: String = ""
        /// Outcome.
        public var status: CommonV1.Gate.Status = CommonV1.Gate.Status(rawValue: 0)
        /// False for a warning, which never blocks.
        public var blocking: Bool = false
        /// What was observed, where and when.
        public var evidence: String = ""
        /// What the outcome means.
        public var meaning: String = ""
        /// What to do, as an exact command where there is one.
        public var remedy: String = ""
        /// Who may waive it (always with a reason); empty when nobody can.
        public var waivableBy: String = ""
        /// The gate or component that explains this outcome; empty when it is its own cause.
        public var causedBy: String = ""
        /// The step that evaluates a deferred gate.
        public var deferredTo: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A person's word that a blocking gate may be passed.
    public struct Waiver: WireMessage {
        public static var protobufName: String { "homeward.common.v1.Waiver" }

        /// The gate's code.
        public var code: String = ""
        /// Why.
        public var reason: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A person's statement that an unreachable source is dead. If it is false, both copies may run until first contact.
    public struct Statement: WireMessage {
        public static var protobufName: String { "homeward.common.v1.Statement" }

        /// Who says so.
        public var person: String = ""
        /// Why they are sure: what they checked.
        public var reason: String = ""
        /// When it was said.
        public var statedUnixUs: Int64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Address of a component, as others dial it.
    public struct Endpoint: WireMessage {
        public static var protobufName: String { "homeward.common.v1.Endpoint" }

        /// The component's id.
        public var id: String = ""
        /// `host:port`.
        public var address: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A disk of a machine.
    public struct Disk: WireMessage {
        public static var protobufName: String { "homeward.common.v1.Disk" }

        /// Stable disk UUID.
        public var id: String = ""
        /// Position in the machine, from 0.
        public var index: UInt32 = 0
        /// Size in bytes, a multiple of 512.
        public var bytes: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// One side of a component's health.
    public struct HealthFinding: WireMessage {
        public static var protobufName: String { "homeward.common.v1.HealthFinding" }

        /// What was measured: `cache`, `spool`, `cpu`, `memory`, `backlog`.
        public var subject: String = ""
        /// Its state.
        public var state: CommonV1.HealthState = CommonV1.HealthState(rawValue: 0)
        /// The figure behind the state, and what follows from it; empty when healthy.
        public var cause: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// How the first network interface of a machine's guest is configured.
    public struct Network: WireMessage {
        public static var protobufName: String { "homeward.common.v1.Network" }

        /// IPv4 address with the length of its prefix, `192.0.2.10/24`; empty where the guest takes what its network gives it.
        public var address: String = ""
        /// Gateway; empty for none.
        public var gateway: String = ""
        /// Name servers, in order.
        public var nameServers: [String] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

}

extension CommonV1.Generation: StructBacked {
    typealias CStruct = Homeward__Common__V1__Generation

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__common__v1__generation__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.number = self.number
        c.pointee.token = arena.bytes(self.token)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.number = c.pointee.number
        self.token = decodedBytes(c.pointee.token)
    }
}

extension CommonV1.OperationKey: StructBacked {
    typealias CStruct = Homeward__Common__V1__OperationKey

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__common__v1__operation_key__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.job = arena.string(self.job)
        c.pointee.item = arena.string(self.item)
        c.pointee.step = arena.string(self.step)
        c.pointee.undo = self.undo ? 1 : 0
        c.pointee.target = arena.string(self.target)
        c.pointee.vault_epoch = self.vaultEpoch
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.job = try decodedString(c.pointee.job, "homeward.common.v1.OperationKey.job")
        self.item = try decodedString(c.pointee.item, "homeward.common.v1.OperationKey.item")
        self.step = try decodedString(c.pointee.step, "homeward.common.v1.OperationKey.step")
        self.undo = c.pointee.undo != 0
        self.target = try decodedString(c.pointee.target, "homeward.common.v1.OperationKey.target")
        self.vaultEpoch = c.pointee.vault_epoch
    }
}

extension CommonV1.Assignment: StructBacked {
    typealias CStruct = Homeward__Common__V1__Assignment

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__common__v1__assignment__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
        c.pointee.active_site = .init(rawValue: .init(truncatingIfNeeded: self.activeSite.rawValue))
        c.pointee.replication = .init(rawValue: .init(truncatingIfNeeded: self.replication.rawValue))
        if let value = self.drains {
            c.pointee.drains = arena.message(value)
            c.pointee.drain_case = .init(rawValue: 5)
        }
        c.pointee.process_server = arena.string(self.processServer)
        c.pointee.master_target = arena.string(self.masterTarget)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.common.v1.Assignment.item")
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
        self.activeSite = CommonV1.Site(rawValue: Int32(truncatingIfNeeded: c.pointee.active_site.rawValue))
        self.replication = CommonV1.Direction(rawValue: Int32(truncatingIfNeeded: c.pointee.replication.rawValue))
        if c.pointee.drain_case.rawValue == 5, let value = c.pointee.drains {
            self.drains = try CommonV1.Generation(value)
        }
        self.processServer = try decodedString(c.pointee.process_server, "homeward.common.v1.Assignment.process_server")
        self.masterTarget = try decodedString(c.pointee.master_target, "homeward.common.v1.Assignment.master_target")
    }
}

extension CommonV1.AssignRequest: StructBacked {
    typealias CStruct = Homeward__Common__V1__AssignRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__common__v1__assign_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        if let value = self.assignment {
            c.pointee.assignment = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        if let value = c.pointee.assignment {
            self.assignment = try CommonV1.Assignment(value)
        }
    }
}

extension CommonV1.AssignResponse: StructBacked {
    typealias CStruct = Homeward__Common__V1__AssignResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__common__v1__assign_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.assignment {
            c.pointee.assignment = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.assignment {
            self.assignment = try CommonV1.Assignment(value)
        }
    }
}

extension CommonV1.GetAssignmentRequest: StructBacked {
    typealias CStruct = Homeward__Common__V1__GetAssignmentRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__common__v1__get_assignment_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.common.v1.GetAssignmentRequest.item")
    }
}

extension CommonV1.GetOperationRequest: StructBacked {
    typealias CStruct = Homeward__Common__V1__GetOperationRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__common__v1__get_operation_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
    }
}

extension CommonV1.Operation: StructBacked {
    typealias CStruct = Homeward__Common__V1__Operation

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__common__v1__operation__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.state = .init(rawValue: .init(truncatingIfNeeded: self.state.rawValue))
        c.pointee.result = arena.bytes(self.result)
        c.pointee.refusal = arena.string(self.refusal)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.state = CommonV1.Operation.State(rawValue: Int32(truncatingIfNeeded: c.pointee.state.rawValue))
        self.result = decodedBytes(c.pointee.result)
        self.refusal = try decodedString(c.pointee.refusal, "homeward.common.v1.Operation.refusal")
    }
}

extension CommonV1.ForgetJobRequest: StructBacked {
    typealias CStruct = Homeward__Common__V1__ForgetJobRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__common__v1__forget_job_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.job = arena.string(self.job)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.job = try decodedString(c.pointee.job, "homeward.common.v1.ForgetJobRequest.job")
    }
}

extension CommonV1.ForgetJobResponse: StructBacked {
    typealias CStruct = Homeward__Common__V1__ForgetJobResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__common__v1__forget_job_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
    }
}

extension CommonV1.CensusRequest: StructBacked {
    typealias CStruct = Homeward__Common__V1__CensusRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__common__v1__census_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.common.v1.CensusRequest.item")
    }
}

extension CommonV1.KnownJob: StructBacked {
    typealias CStruct = Homeward__Common__V1__KnownJob

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__common__v1__known_job__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
        c.pointee.job = arena.string(self.job)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.common.v1.KnownJob.item")
        self.job = try decodedString(c.pointee.job, "homeward.common.v1.KnownJob.job")
    }
}

extension CommonV1.CensusResponse: StructBacked {
    typealias CStruct = Homeward__Common__V1__CensusResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__common__v1__census_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_assignments = self.assignments.count
        c.pointee.assignments = arena.messages(self.assignments)
        c.pointee.vault_epoch = self.vaultEpoch
        c.pointee.n_jobs = self.jobs.count
        c.pointee.jobs = arena.messages(self.jobs)
        if let value = self.behind {
            c.pointee.behind = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.assignments = try decodedMessages(c.pointee.assignments, c.pointee.n_assignments)
        self.vaultEpoch = c.pointee.vault_epoch
        self.jobs = try decodedMessages(c.pointee.jobs, c.pointee.n_jobs)
        if let value = c.pointee.behind {
            self.behind = try CommonV1.FurtherCensus(value)
        }
    }
}

extension CommonV1.FurtherCensus: StructBacked {
    typealias CStruct = Homeward__Common__V1__FurtherCensus

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__common__v1__further_census__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.missing = arena.string(self.missing)
        c.pointee.n_assignments = self.assignments.count
        c.pointee.assignments = arena.messages(self.assignments)
        c.pointee.vault_epoch = self.vaultEpoch
        c.pointee.n_jobs = self.jobs.count
        c.pointee.jobs = arena.messages(self.jobs)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.missing = try decodedString(c.pointee.missing, "homeward.common.v1.FurtherCensus.missing")
        self.assignments = try decodedMessages(c.pointee.assignments, c.pointee.n_assignments)
        self.vaultEpoch = c.pointee.vault_epoch
        self.jobs = try decodedMessages(c.pointee.jobs, c.pointee.n_jobs)
    }
}

extension CommonV1.ProbeRequest: StructBacked {
    typealias CStruct = Homeward__Common__V1__ProbeRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__common__v1__probe_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
    }
}

extension CommonV1.ProbeResponse: StructBacked {
    typealias CStruct = Homeward__Common__V1__ProbeResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__common__v1__probe_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.recorded = self.recorded
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.recorded = c.pointee.recorded
    }
}

extension CommonV1.Gate: StructBacked {
    typealias CStruct = Homeward__Common__V1__Gate

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__common__v1__gate__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.code = arena.string(self.code)
        c.pointee.status = .init(rawValue: .init(truncatingIfNeeded: self.status.rawValue))
        c.pointee.blocking = self.blocking ? 1 : 0
        c.pointee.evidence = arena.string(self.evidence)
        c.pointee.meaning = arena.string(self.meaning)
        c.pointee.remedy = arena.string(self.remedy)
        c.pointee.waivable_by = arena.string(self.waivableBy)
        c.pointee.caused_by = arena.string(self.causedBy)
        c.pointee.deferred_to = arena.string(self.deferredTo)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.code = try decodedString(c.pointee.code, "homeward.common.v1.Gate.code")
        self.status = CommonV1.Gate.Status(rawValue: Int32(truncatingIfNeeded: c.pointee.status.rawValue))
        self.blocking = c.pointee.blocking != 0
        self.evidence = try decodedString(c.pointee.evidence, "homeward.common.v1.Gate.evidence")
        self.meaning = try decodedString(c.pointee.meaning, "homeward.common.v1.Gate.meaning")
        self.remedy = try decodedString(c.pointee.remedy, "homeward.common.v1.Gate.remedy")
        self.waivableBy = try decodedString(c.pointee.waivable_by, "homeward.common.v1.Gate.waivable_by")
        self.causedBy = try decodedString(c.pointee.caused_by, "homeward.common.v1.Gate.caused_by")
        self.deferredTo = try decodedString(c.pointee.deferred_to, "homeward.common.v1.Gate.deferred_to")
    }
}

extension CommonV1.Waiver: StructBacked {
    typealias CStruct = Homeward__Common__V1__Waiver

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__common__v1__waiver__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.code = arena.string(self.code)
        c.pointee.reason = arena.string(self.reason)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.code = try decodedString(c.pointee.code, "homeward.common.v1.Waiver.code")
        self.reason = try decodedString(c.pointee.reason, "homeward.common.v1.Waiver.reason")
    }
}

extension CommonV1.Statement: StructBacked {
    typealias CStruct = Homeward__Common__V1__Statement

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__common__v1__statement__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.person = arena.string(self.person)
        c.pointee.reason = arena.string(self.reason)
        c.pointee.stated_unix_us = self.statedUnixUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.person = try decodedString(c.pointee.person, "homeward.common.v1.Statement.person")
        self.reason = try decodedString(c.pointee.reason, "homeward.common.v1.Statement.reason")
        self.statedUnixUs = c.pointee.stated_unix_us
    }
}

extension CommonV1.Endpoint: StructBacked {
    typealias CStruct = Homeward__Common__V1__Endpoint

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__common__v1__endpoint__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.id = arena.string(self.id)
        c.pointee.address = arena.string(self.address)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.id = try decodedString(c.pointee.id, "homeward.common.v1.Endpoint.id")
        self.address = try decodedString(c.pointee.address, "homeward.common.v1.Endpoint.address")
    }
}

extension CommonV1.Disk: StructBacked {
    typealias CStruct = Homeward__Common__V1__Disk

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__common__v1__disk__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.id = arena.string(self.id)
        c.pointee.index = self.index
        c.pointee.bytes = self.bytes
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.id = try decodedString(c.pointee.id, "homeward.common.v1.Disk.id")
        self.index = c.pointee.index
        self.bytes = c.pointee.bytes
    }
}

extension CommonV1.HealthFinding: StructBacked {
    typealias CStruct = Homeward__Common__V1__HealthFinding

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__common__v1__health_finding__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.subject = arena.string(self.subject)
        c.pointee.state = .init(rawValue: .init(truncatingIfNeeded: self.state.rawValue))
        c.pointee.cause = arena.string(self.cause)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.subject = try decodedString(c.pointee.subject, "homeward.common.v1.HealthFinding.subject")
        self.state = CommonV1.HealthState(rawValue: Int32(truncatingIfNeeded: c.pointee.state.rawValue))
        self.cause = try decodedString(c.pointee.cause, "homeward.common.v1.HealthFinding.cause")
    }
}

extension CommonV1.Network: StructBacked {
    typealias CStruct = Homeward__Common__V1__Network

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__common__v1__network__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.address = arena.string(self.address)
        c.pointee.gateway = arena.string(self.gateway)
        c.pointee.n_name_servers = self.nameServers.count
        c.pointee.name_servers = arena.strings(self.nameServers)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.address = try decodedString(c.pointee.address, "homeward.common.v1.Network.address")
        self.gateway = try decodedString(c.pointee.gateway, "homeward.common.v1.Network.gateway")
        self.nameServers = try decodedStrings(c.pointee.name_servers, c.pointee.n_name_servers, "homeward.common.v1.Network.name_servers")
    }
}
