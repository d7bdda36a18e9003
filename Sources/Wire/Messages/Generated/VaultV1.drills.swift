// Generated from homeward/vault/v1/drills.proto by protoc-gen-homeward. Do not edit.
internal import CMessages
public import MessageCoding

extension VaultV1 {
    /// Begins a drill: a test machine at the side that the direction leads to, on a branch of a recovery point.
    public struct BeginDrillRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.BeginDrillRequest" }

        /// The item. A member of a replication group is tested alone.
        public var name: String = ""
        /// Must match the item's direction.
        public var expectedDirection: CommonV1.Direction = CommonV1.Direction(rawValue: 0)
        /// Which point: LATEST_PROCESSED, LATEST_APPLICATION_CONSISTENT or CHOSEN. Nothing is drained for a test.
        public var choice: VaultV1.PointChoice = VaultV1.PointChoice(rawValue: 0)
        /// With CHOSEN: the point's number.
        public var point: UInt64 = 0
        /// Common options.
        public var options: VaultV1.MutationOptions?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Ends a drill: its machine, its branch and what it wrote go; the record of it stays.
    public struct CleanUpDrillRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.CleanUpDrillRequest" }

        /// The item.
        public var name: String = ""
        /// For the record: what was found.
        public var remark: String = ""
        /// Common options.
        public var options: VaultV1.MutationOptions?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for drills.
    public struct ListDrillsRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ListDrillsRequest" }

        /// At most this many; 0 means 100, more than 500 is refused.
        public var pageSize: UInt32 = 0
        /// From the previous page.
        public var pageToken: String = ""
        /// Only those of this item; empty for all.
        public var item: String = ""
        /// Only those that run or wait for their cleanup.
        public var standingOnly: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// One page of drills.
    public struct ListDrillsResponse: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ListDrillsResponse" }

        /// Newest first.
        public var drills: [VaultV1.Drill] = []
        /// For the next page; empty at the end.
        public var nextPageToken: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

}

extension VaultV1.BeginDrillRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__BeginDrillRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__begin_drill_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.expected_direction = .init(rawValue: .init(truncatingIfNeeded: self.expectedDirection.rawValue))
        c.pointee.choice = .init(rawValue: .init(truncatingIfNeeded: self.choice.rawValue))
        c.pointee.point = self.point
        if let value = self.options {
            c.pointee.options = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.BeginDrillRequest.name")
        self.expectedDirection = CommonV1.Direction(rawValue: Int32(truncatingIfNeeded: c.pointee.expected_direction.rawValue))
        self.choice = VaultV1.PointChoice(rawValue: Int32(truncatingIfNeeded: c.pointee.choice.rawValue))
        self.point = c.pointee.point
        if let value = c.pointee.options {
            self.options = try VaultV1.MutationOptions(value)
        }
    }
}

extension VaultV1.CleanUpDrillRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__CleanUpDrillRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__clean_up_drill_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.remark = arena.string(self.remark)
        if let value = self.options {
            c.pointee.options = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.CleanUpDrillRequest.name")
        self.remark = try decodedString(c.pointee.remark, "homeward.vault.v1.CleanUpDrillRequest.remark")
        if let value = c.pointee.options {
            self.options = try VaultV1.MutationOptions(value)
        }
    }
}

extension VaultV1.ListDrillsRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ListDrillsRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__list_drills_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.page_size = self.pageSize
        c.pointee.page_token = arena.string(self.pageToken)
        c.pointee.item = arena.string(self.item)
        c.pointee.standing_only = self.standingOnly ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.pageSize = c.pointee.page_size
        self.pageToken = try decodedString(c.pointee.page_token, "homeward.vault.v1.ListDrillsRequest.page_token")
        self.item = try decodedString(c.pointee.item, "homeward.vault.v1.ListDrillsRequest.item")
        self.standingOnly = c.pointee.standing_only != 0
    }
}

extension VaultV1.ListDrillsResponse: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ListDrillsResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__list_drills_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_drills = self.drills.count
        c.pointee.drills = arena.messages(self.drills)
        c.pointee.next_page_token = arena.string(self.nextPageToken)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.drills = try decodedMessages(c.pointee.drills, c.pointee.n_drills)
        self.nextPageToken = try decodedString(c.pointee.next_page_token, "homeward.vault.v1.ListDrillsResponse.next_page_token")
    }
}
