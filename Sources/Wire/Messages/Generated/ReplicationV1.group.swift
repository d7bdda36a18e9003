// Generated from homeward/replication/v1/group.proto by protoc-gen-homeward. Do not edit.
internal import CMessages
public import MessageCoding

extension ReplicationV1 {
    /// Names one common cut; never used for another one.
    public struct GroupToken: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.GroupToken" }

        /// The group.
        public var group: String = ""
        /// The highest generation number of its members. Members cross role changes together, so all have new ones.
        public var generation: UInt64 = 0
        /// Counts up within the generation.
        public var sequence: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Opens a member's stream. A newer stream of the same item takes the place of an older one.
    public struct GroupHello: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.GroupHello" }

        /// The group.
        public var group: String = ""
        /// The member.
        public var item: String = ""
        /// Generation of its writer.
        public var generation: CommonV1.Generation?
        /// Counts unclean opens of its disks.
        public var incarnation: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// The member cut, and parks every mutation that arrives later.
    public struct GroupCutDone: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.GroupCutDone" }

        /// The hold that is answered.
        public var token: ReplicationV1.GroupToken?
        /// Number of the interval that was cut.
        public var number: UInt64 = 0
        /// Incarnation it was cut in.
        public var incarnation: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// The member cannot cut now; it holds nothing.
    public struct GroupBusy: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.GroupBusy" }

        /// The hold that is answered.
        public var token: ReplicationV1.GroupToken?
        /// Why.
        public var cause: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// The member unparked, now or before.
    public struct GroupHeld: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.GroupHeld" }

        /// The release that is answered.
        public var token: ReplicationV1.GroupToken?
        /// True if nothing was unparked between the cut and the release, and the incarnation is still the same.
        public var held: Bool = false
        /// Incarnation of the member.
        public var incarnation: UInt64 = 0
        /// How long mutations were parked, microseconds of the member's monotonic clock.
        public var heldUs: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// The member's guest is frozen, or cannot be.
    public struct GroupFrozen: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.GroupFrozen" }

        /// The freeze that is answered.
        public var token: ReplicationV1.GroupToken?
        /// Why it is not frozen; empty when it is.
        public var cause: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// The member's guest runs again.
    public struct GroupThawed: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.GroupThawed" }

        /// The thaw that is answered.
        public var token: ReplicationV1.GroupToken?
        /// Why it does not count as frozen at the cut; empty when it was, from the answer to the freeze until the thaw.
        public var cause: String = ""
        /// How long the guest stood still, microseconds of the member's monotonic clock.
        public var heldUs: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// From a member.
    public struct GroupMemberFrame: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.GroupMemberFrame" }

        /// One of.
        public enum Frame: Hashable, Sendable {
            /// First.
            case hello(ReplicationV1.GroupHello)
            /// Answers a hold.
            case cut(ReplicationV1.GroupCutDone)
            /// Answers a hold, too.
            case busy(ReplicationV1.GroupBusy)
            /// Answers a release.
            case held(ReplicationV1.GroupHeld)
            /// Answers a freeze.
            case frozen(ReplicationV1.GroupFrozen)
            /// Answers a thaw.
            case thawed(ReplicationV1.GroupThawed)
        }

        /// One of.
        public var frame: Frame?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Answer to a hello: what this group's coordinator aims at.
    public struct GroupWelcome: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.GroupWelcome" }

        /// Aim between common cuts.
        public var intervalUs: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Cut, and park what arrives later.
    public struct GroupHold: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.GroupHold" }

        /// Names the cut.
        public var token: ReplicationV1.GroupToken?
        /// Longest that mutations may be parked, on the member's monotonic clock; then it unparks by itself.
        public var leaseUs: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Unpark.
    public struct GroupRelease: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.GroupRelease" }

        /// Names the cut.
        public var token: ReplicationV1.GroupToken?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Freeze the guest for the common cut that follows.
    public struct GroupFreeze: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.GroupFreeze" }

        /// Names the cut.
        public var token: ReplicationV1.GroupToken?
        /// Longest that the guest may stand still, on the member's monotonic clock; then it is thawed without a word.
        public var holdUs: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Thaw the guest. Sent after every freeze, whatever was answered.
    public struct GroupThaw: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.GroupThaw" }

        /// Names the cut.
        public var token: ReplicationV1.GroupToken?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// From the coordinator.
    public struct GroupCoordinatorFrame: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.GroupCoordinatorFrame" }

        /// One of.
        public enum Frame: Hashable, Sendable {
            /// Answer to the hello.
            case welcome(ReplicationV1.GroupWelcome)
            /// Cut and park.
            case hold(ReplicationV1.GroupHold)
            /// Unpark.
            case release(ReplicationV1.GroupRelease)
            /// Freeze the guest.
            case freeze(ReplicationV1.GroupFreeze)
            /// Thaw the guest.
            case thaw(ReplicationV1.GroupThaw)
        }

        /// One of.
        public var frame: Frame?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// One member of a common cut.
    public struct GroupMember: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.GroupMember" }

        /// The member.
        public var item: String = ""
        /// Generation it was cut under.
        public var generation: CommonV1.Generation?
        /// Number of its interval.
        public var number: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Names a common cut that every member held. The token is the key: asking again is harmless, and other members under
    /// the same token are refused.
    public struct RecordGroupPointRequest: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.RecordGroupPointRequest" }

        /// Names the cut.
        public var token: ReplicationV1.GroupToken?
        /// All members of the group. Without any nothing is recorded: the answer tells how far the group is.
        public var members: [ReplicationV1.GroupMember] = []
        /// When it was cut, for people.
        public var cutUnixUs: Int64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// The record is durable.
    public struct RecordGroupPointResponse: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.RecordGroupPointResponse" }

        /// Newest common point of the group by now, its members all sealed; unset while there is none.
        public var newestCommon: ReplicationV1.GroupToken?
        /// Highest sequence recorded under the token's generation.
        public var highestSequence: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

}

extension ReplicationV1.GroupToken: StructBacked {
    typealias CStruct = Homeward__Replication__V1__GroupToken

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__group_token__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.group = arena.string(self.group)
        c.pointee.generation = self.generation
        c.pointee.sequence = self.sequence
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.group = try decodedString(c.pointee.group, "homeward.replication.v1.GroupToken.group")
        self.generation = c.pointee.generation
        self.sequence = c.pointee.sequence
    }
}

extension ReplicationV1.GroupHello: StructBacked {
    typealias CStruct = Homeward__Replication__V1__GroupHello

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__group_hello__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.group = arena.string(self.group)
        c.pointee.item = arena.string(self.item)
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
        c.pointee.incarnation = self.incarnation
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.group = try decodedString(c.pointee.group, "homeward.replication.v1.GroupHello.group")
        self.item = try decodedString(c.pointee.item, "homeward.replication.v1.GroupHello.item")
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
        self.incarnation = c.pointee.incarnation
    }
}

extension ReplicationV1.GroupCutDone: StructBacked {
    typealias CStruct = Homeward__Replication__V1__GroupCutDone

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__group_cut_done__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.token {
            c.pointee.token = arena.message(value)
        }
        c.pointee.number = self.number
        c.pointee.incarnation = self.incarnation
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.token {
            self.token = try ReplicationV1.GroupToken(value)
        }
        self.number = c.pointee.number
        self.incarnation = c.pointee.incarnation
    }
}

extension ReplicationV1.GroupBusy: StructBacked {
    typealias CStruct = Homeward__Replication__V1__GroupBusy

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__group_busy__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.token {
            c.pointee.token = arena.message(value)
        }
        c.pointee.cause = arena.string(self.cause)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.token {
            self.token = try ReplicationV1.GroupToken(value)
        }
        self.cause = try decodedString(c.pointee.cause, "homeward.replication.v1.GroupBusy.cause")
    }
}

extension ReplicationV1.GroupHeld: StructBacked {
    typealias CStruct = Homeward__Replication__V1__GroupHeld

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__group_held__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.token {
            c.pointee.token = arena.message(value)
        }
        c.pointee.held = self.held ? 1 : 0
        c.pointee.incarnation = self.incarnation
        c.pointee.held_us = self.heldUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.token {
            self.token = try ReplicationV1.GroupToken(value)
        }
        self.held = c.pointee.held != 0
        self.incarnation = c.pointee.incarnation
        self.heldUs = c.pointee.held_us
    }
}

extension ReplicationV1.GroupFrozen: StructBacked {
    typealias CStruct = Homeward__Replication__V1__GroupFrozen

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__group_frozen__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.token {
            c.pointee.token = arena.message(value)
        }
        c.pointee.cause = arena.string(self.cause)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.token {
            self.token = try ReplicationV1.GroupToken(value)
        }
        self.cause = try decodedString(c.pointee.cause, "homeward.replication.v1.GroupFrozen.cause")
    }
}

extension ReplicationV1.GroupThawed: StructBacked {
    typealias CStruct = Homeward__Replication__V1__GroupThawed

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__group_thawed__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.token {
            c.pointee.token = arena.message(value)
        }
        c.pointee.cause = arena.string(self.cause)
        c.pointee.held_us = self.heldUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.token {
            self.token = try ReplicationV1.GroupToken(value)
        }
        self.cause = try decodedString(c.pointee.cause, "homeward.replication.v1.GroupThawed.cause")
        self.heldUs = c.pointee.held_us
    }
}

extension ReplicationV1.GroupMemberFrame: StructBacked {
    typealias CStruct = Homeward__Replication__V1__GroupMemberFrame

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__group_member_frame__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        switch self.frame {
            case .hello(let value):
                c.pointee.hello = arena.message(value)
                c.pointee.frame_case = .init(rawValue: 1)

            case .cut(let value):
                c.pointee.cut = arena.message(value)
                c.pointee.frame_case = .init(rawValue: 2)

            case .busy(let value):
                c.pointee.busy = arena.message(value)
                c.pointee.frame_case = .init(rawValue: 3)

            case .held(let value):
                c.pointee.held = arena.message(value)
                c.pointee.frame_case = .init(rawValue: 4)

            case .frozen(let value):
                c.pointee.frozen = arena.message(value)
                c.pointee.frame_case = .init(rawValue: 5)

            case .thawed(let value):
                c.pointee.thawed = arena.message(value)
                c.pointee.frame_case = .init(rawValue: 6)

            case nil: break
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if c.pointee.frame_case.rawValue == 1, let value = c.pointee.hello {
            self.frame = .hello(try ReplicationV1.GroupHello(value))
        }
        if c.pointee.frame_case.rawValue == 2, let value = c.pointee.cut {
            self.frame = .cut(try ReplicationV1.GroupCutDone(value))
        }
        if c.pointee.frame_case.rawValue == 3, let value = c.pointee.busy {
            self.frame = .busy(try ReplicationV1.GroupBusy(value))
        }
        if c.pointee.frame_case.rawValue == 4, let value = c.pointee.held {
            self.frame = .held(try ReplicationV1.GroupHeld(value))
        }
        if c.pointee.frame_case.rawValue == 5, let value = c.pointee.frozen {
            self.frame = .frozen(try ReplicationV1.GroupFrozen(value))
        }
        if c.pointee.frame_case.rawValue == 6, let value = c.pointee.thawed {
            self.frame = .thawed(try ReplicationV1.GroupThawed(value))
        }
    }
}

extension ReplicationV1.GroupWelcome: StructBacked {
    typealias CStruct = Homeward__Replication__V1__GroupWelcome

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__group_welcome__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.interval_us = self.intervalUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.intervalUs = c.pointee.interval_us
    }
}

extension ReplicationV1.GroupHold: StructBacked {
    typealias CStruct = Homeward__Replication__V1__GroupHold

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__group_hold__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.token {
            c.pointee.token = arena.message(value)
        }
        c.pointee.lease_us = self.leaseUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.token {
            self.token = try ReplicationV1.GroupToken(value)
        }
        self.leaseUs = c.pointee.lease_us
    }
}

extension ReplicationV1.GroupRelease: StructBacked {
    typealias CStruct = Homeward__Replication__V1__GroupRelease

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__group_release__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.token {
            c.pointee.token = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.token {
            self.token = try ReplicationV1.GroupToken(value)
        }
    }
}

extension ReplicationV1.GroupFreeze: StructBacked {
    typealias CStruct = Homeward__Replication__V1__GroupFreeze

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__group_freeze__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.token {
            c.pointee.token = arena.message(value)
        }
        c.pointee.hold_us = self.holdUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.token {
            self.token = try ReplicationV1.GroupToken(value)
        }
        self.holdUs = c.pointee.hold_us
    }
}

extension ReplicationV1.GroupThaw: StructBacked {
    typealias CStruct = Homeward__Replication__V1__GroupThaw

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__group_thaw__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.token {
            c.pointee.token = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.token {
            self.token = try ReplicationV1.GroupToken(value)
        }
    }
}

extension ReplicationV1.GroupCoordinatorFrame: StructBacked {
    typealias CStruct = Homeward__Replication__V1__GroupCoordinatorFrame

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__group_coordinator_frame__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        switch self.frame {
            case .welcome(let value):
                c.pointee.welcome = arena.message(value)
                c.pointee.frame_case = .init(rawValue: 1)

            case .hold(let value):
                c.pointee.hold = arena.message(value)
                c.pointee.frame_case = .init(rawValue: 2)

            case .release(let value):
                c.pointee.release = arena.message(value)
                c.pointee.frame_case = .init(rawValue: 3)

            case .freeze(let value):
                c.pointee.freeze = arena.message(value)
                c.pointee.frame_case = .init(rawValue: 4)

            case .thaw(let value):
                c.pointee.thaw = arena.message(value)
                c.pointee.frame_case = .init(rawValue: 5)

            case nil: break
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if c.pointee.frame_case.rawValue == 1, let value = c.pointee.welcome {
            self.frame = .welcome(try ReplicationV1.GroupWelcome(value))
        }
        if c.pointee.frame_case.rawValue == 2, let value = c.pointee.hold {
            self.frame = .hold(try ReplicationV1.GroupHold(value))
        }
        if c.pointee.frame_case.rawValue == 3, let value = c.pointee.release {
            self.frame = .release(try ReplicationV1.GroupRelease(value))
        }
        if c.pointee.frame_case.rawValue == 4, let value = c.pointee.freeze {
            self.frame = .freeze(try ReplicationV1.GroupFreeze(value))
        }
        if c.pointee.frame_case.rawValue == 5, let value = c.pointee.thaw {
            self.frame = .thaw(try ReplicationV1.GroupThaw(value))
        }
    }
}

extension ReplicationV1.GroupMember: StructBacked {
    typealias CStruct = Homeward__Replication__V1__GroupMember

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__group_member__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
        c.pointee.number = self.number
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.replication.v1.GroupMember.item")
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
        self.number = c.pointee.number
    }
}

extension ReplicationV1.RecordGroupPointRequest: StructBacked {
    typealias CStruct = Homeward__Replication__V1__RecordGroupPointRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__record_group_point_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.token {
            c.pointee.token = arena.message(value)
        }
        c.pointee.n_members = self.members.count
        c.pointee.members = arena.messages(self.members)
        c.pointee.cut_unix_us = self.cutUnixUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.token {
            self.token = try ReplicationV1.GroupToken(value)
        }
        self.members = try decodedMessages(c.pointee.members, c.pointee.n_members)
        self.cutUnixUs = c.pointee.cut_unix_us
    }
}

extension ReplicationV1.RecordGroupPointResponse: StructBacked {
    typealias CStruct = Homeward__Replication__V1__RecordGroupPointResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__record_group_point_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.newestCommon {
            c.pointee.newest_common = arena.message(value)
        }
        c.pointee.highest_sequence = self.highestSequence
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.newest_common {
            self.newestCommon = try ReplicationV1.GroupToken(value)
        }
        self.highestSequence = c.pointee.highest_sequence
    }
}
