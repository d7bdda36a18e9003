// Generated from homeward/process/v1/process.proto by protoc-gen-homeward. Do not edit.
internal import CMessages
public import MessageCoding

extension ProcessV1 {
    /// Takes an item's stream and relays it.
    public struct OpenRelayRequest: WireMessage {
        public static var protobufName: String { "homeward.process.v1.OpenRelayRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// The item.
        public var item: String = ""
        /// Generation of the session.
        public var generation: CommonV1.Generation?
        /// Where intervals go.
        public var masterTarget: CommonV1.Endpoint?
        /// Replication group that the item is a member of; empty for none.
        public var group: String = ""
        /// All items of the group, this one included. The group is cut in common once a relay of each of them is open here,
        /// and each relay names the same members.
        public var members: [String] = []
        /// Aim between common cuts of the group; 0 leaves it to the process server's setting.
        public var groupIntervalUs: UInt64 = 0
        /// Aim between common cuts of the group with all guests frozen; 0 for none but those asked for.
        public var groupApplicationIntervalUs: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Ends the relay of an item; what is spooled of it is dropped.
    public struct CloseRelayRequest: WireMessage {
        public static var protobufName: String { "homeward.process.v1.CloseRelayRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// The item.
        public var item: String = ""
        /// Generation of the session.
        public var generation: CommonV1.Generation?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A relay as it stands.
    public struct Relay: WireMessage {
        public static var protobufName: String { "homeward.process.v1.Relay" }

        /// The item.
        public var item: String = ""
        /// Generation of the session.
        public var generation: CommonV1.Generation?
        /// Where intervals go.
        public var masterTarget: CommonV1.Endpoint?
        /// True while the agent's stream is up.
        public var sourceConnected: Bool = false
        /// True while the stream to the master target is up.
        public var targetConnected: Bool = false
        /// Bytes in the spool.
        public var spooledBytes: UInt64 = 0
        /// Payload bytes received since the start.
        public var receivedBytes: UInt64 = 0
        /// Bytes sent on since the start, after compression.
        public var forwardedBytes: UInt64 = 0
        /// Newest interval known sealed.
        public var sealedNumber: UInt64 = 0
        /// Newest interval known applied.
        public var appliedNumber: UInt64 = 0
        /// Replication group that the item is a member of; empty for none.
        public var group: String = ""
        /// True while the member's agent attends the group's cuts.
        public var attendsGroup: Bool = false
        /// Why its agent is given less credit than it could use, or none; empty while it is not.
        public var creditCause: String = ""
        /// Bytes of it that are not sealed at the master target yet, in memory or in the spool.
        public var backlogBytes: UInt64 = 0
        /// How long the oldest of them have waited.
        public var backlogAgeUs: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for a replication group that is cut here.
    public struct GetGroupRequest: WireMessage {
        public static var protobufName: String { "homeward.process.v1.GetGroupRequest" }

        /// The group.
        public var group: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// The cuts of a replication group as they stand.
    public struct Group: WireMessage {
        public static var protobufName: String { "homeward.process.v1.Group" }

        /// The group.
        public var id: String = ""
        /// Its items, as the relays name them.
        public var members: [String] = []
        /// Members whose agents attend.
        public var attending: [String] = []
        /// Why there are no common cuts now; empty while there are.
        public var cause: String = ""
        /// Aim between common cuts.
        public var intervalUs: UInt64 = 0
        /// Common cuts tried since the start.
        public var attempts: UInt64 = 0
        /// Cuts that every member held, and that were recorded at the master target.
        public var recorded: UInt64 = 0
        /// Cuts given up: a member was busy, late or gone. They cost the common point only.
        public var givenUp: UInt64 = 0
        /// Why the last one was given up; empty if none was.
        public var lastFailure: String = ""
        /// Longest that mutations of any member were parked, microseconds, since the start.
        public var longestHoldUs: UInt64 = 0
        /// The same at the 99th percentile of the last 4,096 holds of all members.
        public var p99HoldUs: UInt64 = 0
        /// Name of the newest common point known to exist: every member sealed. Empty while there is none.
        public var newestCommon: String = ""
        /// Age of its cut; of the group here, while there is none.
        public var newestCommonAgeUs: UInt64 = 0
        /// Aim between common cuts with all guests frozen; 0 for none.
        public var applicationIntervalUs: UInt64 = 0
        /// Common cuts that were to be made with all guests frozen, since the start.
        public var applicationAttempts: UInt64 = 0
        /// How many of them were made without.
        public var applicationFailures: UInt64 = 0
        /// Why the last one was, naming the member; empty when it was made with all guests frozen.
        public var applicationFailure: String = ""
        /// Longest that any member's guest stood still, microseconds, since the start.
        public var longestFreezeUs: UInt64 = 0
        /// Longest that mutations were parked at the 99.9th percentile of the last 4,096 holds of all members.
        public var p999HoldUs: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for a common cut now.
    public struct CutGroupRequest: WireMessage {
        public static var protobufName: String { "homeward.process.v1.CutGroupRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// The group.
        public var group: String = ""
        /// True to freeze all guests around it.
        public var applicationConsistent: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// The common cut that was made.
    public struct CutGroupResponse: WireMessage {
        public static var protobufName: String { "homeward.process.v1.CutGroupResponse" }

        /// Name of the group point. It exists once all members are sealed.
        public var name: String = ""
        /// True when all guests were frozen around it.
        public var applicationConsistent: Bool = false
        /// Why not all were, naming the member, though it was asked for; else empty.
        public var cause: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for one relay.
    public struct GetRelayRequest: WireMessage {
        public static var protobufName: String { "homeward.process.v1.GetRelayRequest" }

        /// The item.
        public var item: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for health figures.
    public struct GetProcessServerRequest: WireMessage {
        public static var protobufName: String { "homeward.process.v1.GetProcessServerRequest" }

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A cap on one direction of a process server's transfers, as it is in force now.
    public struct BandwidthCap: WireMessage {
        public static var protobufName: String { "homeward.process.v1.BandwidthCap" }

        /// Bytes a second; 0 when there is none.
        public var bytesPerSecond: UInt64 = 0
        /// Window of the schedule that it comes from, `mon-fri 08:00-18:00`; empty for the cap outside all windows.
        public var window: String = ""
        /// Time until another cap holds; 0 when this one always does.
        public var remainingUs: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Health of a process server.
    public struct ProcessServerStatus: WireMessage {
        public static var protobufName: String { "homeward.process.v1.ProcessServerStatus" }

        /// Its id.
        public var id: String = ""
        /// Free share of the cache, 0 to 100: what it can still take, by its own bound and by its volume, of the bound.
        public var cacheFreePercent: UInt32 = 0
        /// Bytes waiting.
        public var backlogBytes: UInt64 = 0
        /// Relays held.
        public var relays: UInt32 = 0
        /// Worst of the findings.
        public var health: CommonV1.HealthState = CommonV1.HealthState(rawValue: 0)
        /// One for each thing that is measured.
        public var findings: [CommonV1.HealthFinding] = []
        /// Processor time of this process, percent of all of the machine's processors, over the last minute at most.
        public var cpuPercent: UInt32 = 0
        /// Memory of this process, bytes.
        public var residentBytes: UInt64 = 0
        /// Memory of the machine that is in use, percent.
        public var memoryUsedPercent: UInt32 = 0
        /// Bound on the cache, bytes.
        public var cacheBytes: UInt64 = 0
        /// Bytes that the cache can still take.
        public var cacheFreeBytes: UInt64 = 0
        /// Time to send on what waits at the present pace; 0 while nothing waits, the greatest number while nothing is sent on.
        public var backlogUs: UInt64 = 0
        /// How long the oldest of what waits has waited.
        public var backlogAgeUs: UInt64 = 0
        /// Payload received from agents, bytes a second over the last minute at most.
        public var receivedBytesPerSecond: UInt64 = 0
        /// Payload sent on to master targets, likewise.
        public var forwardedBytesPerSecond: UInt64 = 0
        /// Why agents are given less credit than they could use; empty while they are not.
        public var throttleCause: String = ""
        /// Cap on what is taken from agents, all together.
        public var receiveCap: ProcessV1.BandwidthCap?
        /// Cap on what is sent to master targets, all together.
        public var forwardCap: ProcessV1.BandwidthCap?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

}

extension ProcessV1.OpenRelayRequest: StructBacked {
    typealias CStruct = Homeward__Process__V1__OpenRelayRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__process__v1__open_relay_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        c.pointee.item = arena.string(self.item)
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
        if let value = self.masterTarget {
            c.pointee.master_target = arena.message(value)
        }
        c.pointee.group = arena.string(self.group)
        c.pointee.n_members = self.members.count
        c.pointee.members = arena.strings(self.members)
        c.pointee.group_interval_us = self.groupIntervalUs
        c.pointee.group_application_interval_us = self.groupApplicationIntervalUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        self.item = try decodedString(c.pointee.item, "homeward.process.v1.OpenRelayRequest.item")
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
        if let value = c.pointee.master_target {
            self.masterTarget = try CommonV1.Endpoint(value)
        }
        self.group = try decodedString(c.pointee.group, "homeward.process.v1.OpenRelayRequest.group")
        self.members = try decodedStrings(c.pointee.members, c.pointee.n_members, "homeward.process.v1.OpenRelayRequest.members")
        self.groupIntervalUs = c.pointee.group_interval_us
        self.groupApplicationIntervalUs = c.pointee.group_application_interval_us
    }
}

extension ProcessV1.CloseRelayRequest: StructBacked {
    typealias CStruct = Homeward__Process__V1__CloseRelayRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__process__v1__close_relay_request__init(c)
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
        self.item = try decodedString(c.pointee.item, "homeward.process.v1.CloseRelayRequest.item")
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
    }
}

extension ProcessV1.Relay: StructBacked {
    typealias CStruct = Homeward__Process__V1__Relay

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__process__v1__relay__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
        if let value = self.masterTarget {
            c.pointee.master_target = arena.message(value)
        }
        c.pointee.source_connected = self.sourceConnected ? 1 : 0
        c.pointee.target_connected = self.targetConnected ? 1 : 0
        c.pointee.spooled_bytes = self.spooledBytes
        c.pointee.received_bytes = self.receivedBytes
        c.pointee.forwarded_bytes = self.forwardedBytes
        c.pointee.sealed_number = self.sealedNumber
        c.pointee.applied_number = self.appliedNumber
        c.pointee.group = arena.string(self.group)
        c.pointee.attends_group = self.attendsGroup ? 1 : 0
        c.pointee.credit_cause = arena.string(self.creditCause)
        c.pointee.backlog_bytes = self.backlogBytes
        c.pointee.backlog_age_us = self.backlogAgeUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.process.v1.Relay.item")
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
        if let value = c.pointee.master_target {
            self.masterTarget = try CommonV1.Endpoint(value)
        }
        self.sourceConnected = c.pointee.source_connected != 0
        self.targetConnected = c.pointee.target_connected != 0
        self.spooledBytes = c.pointee.spooled_bytes
        self.receivedBytes = c.pointee.received_bytes
        self.forwardedBytes = c.pointee.forwarded_bytes
        self.sealedNumber = c.pointee.sealed_number
        self.appliedNumber = c.pointee.applied_number
        self.group = try decodedString(c.pointee.group, "homeward.process.v1.Relay.group")
        self.attendsGroup = c.pointee.attends_group != 0
        self.creditCause = try decodedString(c.pointee.credit_cause, "homeward.process.v1.Relay.credit_cause")
        self.backlogBytes = c.pointee.backlog_bytes
        self.backlogAgeUs = c.pointee.backlog_age_us
    }
}

extension ProcessV1.GetGroupRequest: StructBacked {
    typealias CStruct = Homeward__Process__V1__GetGroupRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__process__v1__get_group_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.group = arena.string(self.group)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.group = try decodedString(c.pointee.group, "homeward.process.v1.GetGroupRequest.group")
    }
}

extension ProcessV1.Group: StructBacked {
    typealias CStruct = Homeward__Process__V1__Group

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__process__v1__group__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.id = arena.string(self.id)
        c.pointee.n_members = self.members.count
        c.pointee.members = arena.strings(self.members)
        c.pointee.n_attending = self.attending.count
        c.pointee.attending = arena.strings(self.attending)
        c.pointee.cause = arena.string(self.cause)
        c.pointee.interval_us = self.intervalUs
        c.pointee.attempts = self.attempts
        c.pointee.recorded = self.recorded
        c.pointee.given_up = self.givenUp
        c.pointee.last_failure = arena.string(self.lastFailure)
        c.pointee.longest_hold_us = self.longestHoldUs
        c.pointee.p99_hold_us = self.p99HoldUs
        c.pointee.newest_common = arena.string(self.newestCommon)
        c.pointee.newest_common_age_us = self.newestCommonAgeUs
        c.pointee.application_interval_us = self.applicationIntervalUs
        c.pointee.application_attempts = self.applicationAttempts
        c.pointee.application_failures = self.applicationFailures
        c.pointee.application_failure = arena.string(self.applicationFailure)
        c.pointee.longest_freeze_us = self.longestFreezeUs
        c.pointee.p999_hold_us = self.p999HoldUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.id = try decodedString(c.pointee.id, "homeward.process.v1.Group.id")
        self.members = try decodedStrings(c.pointee.members, c.pointee.n_members, "homeward.process.v1.Group.members")
        self.attending = try decodedStrings(c.pointee.attending, c.pointee.n_attending, "homeward.process.v1.Group.attending")
        self.cause = try decodedString(c.pointee.cause, "homeward.process.v1.Group.cause")
        self.intervalUs = c.pointee.interval_us
        self.attempts = c.pointee.attempts
        self.recorded = c.pointee.recorded
        self.givenUp = c.pointee.given_up
        self.lastFailure = try decodedString(c.pointee.last_failure, "homeward.process.v1.Group.last_failure")
        self.longestHoldUs = c.pointee.longest_hold_us
        self.p99HoldUs = c.pointee.p99_hold_us
        self.newestCommon = try decodedString(c.pointee.newest_common, "homeward.process.v1.Group.newest_common")
        self.newestCommonAgeUs = c.pointee.newest_common_age_us
        self.applicationIntervalUs = c.pointee.application_interval_us
        self.applicationAttempts = c.pointee.application_attempts
        self.applicationFailures = c.pointee.application_failures
        self.applicationFailure = try decodedString(c.pointee.application_failure, "homeward.process.v1.Group.application_failure")
        self.longestFreezeUs = c.pointee.longest_freeze_us
        self.p999HoldUs = c.pointee.p999_hold_us
    }
}

extension ProcessV1.CutGroupRequest: StructBacked {
    typealias CStruct = Homeward__Process__V1__CutGroupRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__process__v1__cut_group_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        c.pointee.group = arena.string(self.group)
        c.pointee.application_consistent = self.applicationConsistent ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        self.group = try decodedString(c.pointee.group, "homeward.process.v1.CutGroupRequest.group")
        self.applicationConsistent = c.pointee.application_consistent != 0
    }
}

extension ProcessV1.CutGroupResponse: StructBacked {
    typealias CStruct = Homeward__Process__V1__CutGroupResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__process__v1__cut_group_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.application_consistent = self.applicationConsistent ? 1 : 0
        c.pointee.cause = arena.string(self.cause)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.process.v1.CutGroupResponse.name")
        self.applicationConsistent = c.pointee.application_consistent != 0
        self.cause = try decodedString(c.pointee.cause, "homeward.process.v1.CutGroupResponse.cause")
    }
}

extension ProcessV1.GetRelayRequest: StructBacked {
    typealias CStruct = Homeward__Process__V1__GetRelayRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__process__v1__get_relay_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.process.v1.GetRelayRequest.item")
    }
}

extension ProcessV1.GetProcessServerRequest: StructBacked {
    typealias CStruct = Homeward__Process__V1__GetProcessServerRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__process__v1__get_process_server_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
    }
}

extension ProcessV1.BandwidthCap: StructBacked {
    typealias CStruct = Homeward__Process__V1__BandwidthCap

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__process__v1__bandwidth_cap__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.bytes_per_second = self.bytesPerSecond
        c.pointee.window = arena.string(self.window)
        c.pointee.remaining_us = self.remainingUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.bytesPerSecond = c.pointee.bytes_per_second
        self.window = try decodedString(c.pointee.window, "homeward.process.v1.BandwidthCap.window")
        self.remainingUs = c.pointee.remaining_us
    }
}

extension ProcessV1.ProcessServerStatus: StructBacked {
    typealias CStruct = Homeward__Process__V1__ProcessServerStatus

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__process__v1__process_server_status__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.id = arena.string(self.id)
        c.pointee.cache_free_percent = self.cacheFreePercent
        c.pointee.backlog_bytes = self.backlogBytes
        c.pointee.relays = self.relays
        c.pointee.health = .init(rawValue: .init(truncatingIfNeeded: self.health.rawValue))
        c.pointee.n_findings = self.findings.count
        c.pointee.findings = arena.messages(self.findings)
        c.pointee.cpu_percent = self.cpuPercent
        c.pointee.resident_bytes = self.residentBytes
        c.pointee.memory_used_percent = self.memoryUsedPercent
        c.pointee.cache_bytes = self.cacheBytes
        c.pointee.cache_free_bytes = self.cacheFreeBytes
        c.pointee.backlog_us = self.backlogUs
        c.pointee.backlog_age_us = self.backlogAgeUs
        c.pointee.received_bytes_per_second = self.receivedBytesPerSecond
        c.pointee.forwarded_bytes_per_second = self.forwardedBytesPerSecond
        c.pointee.throttle_cause = arena.string(self.throttleCause)
        if let value = self.receiveCap {
            c.pointee.receive_cap = arena.message(value)
        }
        if let value = self.forwardCap {
            c.pointee.forward_cap = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.id = try decodedString(c.pointee.id, "homeward.process.v1.ProcessServerStatus.id")
        self.cacheFreePercent = c.pointee.cache_free_percent
        self.backlogBytes = c.pointee.backlog_bytes
        self.relays = c.pointee.relays
        self.health = CommonV1.HealthState(rawValue: Int32(truncatingIfNeeded: c.pointee.health.rawValue))
        self.findings = try decodedMessages(c.pointee.findings, c.pointee.n_findings)
        self.cpuPercent = c.pointee.cpu_percent
        self.residentBytes = c.pointee.resident_bytes
        self.memoryUsedPercent = c.pointee.memory_used_percent
        self.cacheBytes = c.pointee.cache_bytes
        self.cacheFreeBytes = c.pointee.cache_free_bytes
        self.backlogUs = c.pointee.backlog_us
        self.backlogAgeUs = c.pointee.backlog_age_us
        self.receivedBytesPerSecond = c.pointee.received_bytes_per_second
        self.forwardedBytesPerSecond = c.pointee.forwarded_bytes_per_second
        self.throttleCause = try decodedString(c.pointee.throttle_cause, "homeward.process.v1.ProcessServerStatus.throttle_cause")
        if let value = c.pointee.receive_cap {
            self.receiveCap = try ProcessV1.BandwidthCap(value)
        }
        if let value = c.pointee.forward_cap {
            self.forwardCap = try ProcessV1.BandwidthCap(value)
        }
    }
}
