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

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
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

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
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
    }

    /// Asks for health figures.
    public struct GetProcessServerRequest: WireMessage {
        public static var protobufName: String { "homeward.process.v1.GetProcessServerRequest" }

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
    }

    /// Health of a process server.
    public struct ProcessServerStatus: WireMessage {
        public static var protobufName: String { "homeward.process.v1.ProcessServerStatus" }

        /// Its id.
        public var id: String = ""
        /// Free share of the cache, 0 to 100.
        public var cacheFreePercent: UInt32 = 0
        /// Bytes waiting.
        public var backlogBytes: UInt64 = 0
        /// Relays held.
        public var relays: UInt32 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
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
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.id = try decodedString(c.pointee.id, "homeward.process.v1.ProcessServerStatus.id")
        self.cacheFreePercent = c.pointee.cache_free_percent
        self.backlogBytes = c.pointee.backlog_bytes
        self.relays = c.pointee.relays
    }
}
