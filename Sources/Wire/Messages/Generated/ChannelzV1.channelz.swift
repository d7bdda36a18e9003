// Generated from grpc/channelz/v1/channelz.proto by protoc-gen-homeward. Do not edit.
internal import CMessages
public import MessageCoding

extension ChannelzV1 {
    /// A server by its number.
    public struct ServerRef: WireMessage {
        public static var protobufName: String { "grpc.channelz.v1.ServerRef" }

        /// Unique in its process, above 0.
        public var serverID: Int64 = 0
        /// For people.
        public var name: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A connection by its number.
    public struct SocketRef: WireMessage {
        public static var protobufName: String { "grpc.channelz.v1.SocketRef" }

        /// Unique in its process, above 0; a later connection has a higher one.
        public var socketID: Int64 = 0
        /// For people.
        public var name: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A server: the services at one address.
    public struct Server: WireMessage {
        public static var protobufName: String { "grpc.channelz.v1.Server" }

        /// Its number.
        public var ref: ChannelzV1.ServerRef?
        /// Its calls.
        public var data: ChannelzV1.ServerData?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Calls of a server, from its start on.
    public struct ServerData: WireMessage {
        public static var protobufName: String { "grpc.channelz.v1.ServerData" }

        /// Calls that came.
        public var callsStarted: Int64 = 0
        /// Of these, those that ended with OK.
        public var callsSucceeded: Int64 = 0
        /// Those that ended with another status.
        public var callsFailed: Int64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A connection that is open.
    public struct Socket: WireMessage {
        public static var protobufName: String { "grpc.channelz.v1.Socket" }

        /// Its number.
        public var ref: ChannelzV1.SocketRef?
        /// Its streams.
        public var data: ChannelzV1.SocketData?
        /// Where the server listens.
        public var local: ChannelzV1.Address?
        /// The peer.
        public var remote: ChannelzV1.Address?
        /// Who the peer proved to be by its certificate; empty without one.
        public var remoteName: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Streams of a connection, from its start on.
    public struct SocketData: WireMessage {
        public static var protobufName: String { "grpc.channelz.v1.SocketData" }

        /// Streams that the peer began.
        public var streamsStarted: Int64 = 0
        /// Of these, those on which the server has said its last word.
        public var streamsSucceeded: Int64 = 0
        /// Those that ended without it.
        public var streamsFailed: Int64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// An end of a connection.
    public struct Address: WireMessage {
        public static var protobufName: String { "grpc.channelz.v1.Address" }

        /// An address as the transport writes it.
        public struct OtherAddress: WireMessage {
            public static var protobufName: String { "grpc.channelz.v1.Address.OtherAddress" }

            /// For people.
            public var name: String = ""

            public init() {}
            public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
                self = try decodedMessage(bytes)
            }
            public func wireBytes() -> [UInt8] { encodedMessage(self) }
            public func encoded() -> EncodedMessage { encodedPieces(self) }
        }

        /// One of no special kind.
        public var otherAddress: ChannelzV1.Address.OtherAddress?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for a page of servers.
    public struct GetServersRequest: WireMessage {
        public static var protobufName: String { "grpc.channelz.v1.GetServersRequest" }

        /// The first number to be told.
        public var startServerID: Int64 = 0
        /// At most so many; 0 leaves it to the server.
        public var maxResults: Int64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A page of servers.
    public struct GetServersResponse: WireMessage {
        public static var protobufName: String { "grpc.channelz.v1.GetServersResponse" }

        /// By number.
        public var server: [ChannelzV1.Server] = []
        /// There are no more.
        public var end: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for one server.
    public struct GetServerRequest: WireMessage {
        public static var protobufName: String { "grpc.channelz.v1.GetServerRequest" }

        /// Its number.
        public var serverID: Int64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// One server.
    public struct GetServerResponse: WireMessage {
        public static var protobufName: String { "grpc.channelz.v1.GetServerResponse" }

        /// As asked for.
        public var server: ChannelzV1.Server?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for a page of a server's connections.
    public struct GetServerSocketsRequest: WireMessage {
        public static var protobufName: String { "grpc.channelz.v1.GetServerSocketsRequest" }

        /// The server's number.
        public var serverID: Int64 = 0
        /// The first number to be told.
        public var startSocketID: Int64 = 0
        /// At most so many; 0 leaves it to the server.
        public var maxResults: Int64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A page of connections.
    public struct GetServerSocketsResponse: WireMessage {
        public static var protobufName: String { "grpc.channelz.v1.GetServerSocketsResponse" }

        /// By number.
        public var socketRef: [ChannelzV1.SocketRef] = []
        /// There are no more.
        public var end: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for one connection.
    public struct GetSocketRequest: WireMessage {
        public static var protobufName: String { "grpc.channelz.v1.GetSocketRequest" }

        /// Its number.
        public var socketID: Int64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// One connection.
    public struct GetSocketResponse: WireMessage {
        public static var protobufName: String { "grpc.channelz.v1.GetSocketResponse" }

        /// As asked for.
        public var socket: ChannelzV1.Socket?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

}

extension ChannelzV1.ServerRef: StructBacked {
    typealias CStruct = Grpc__Channelz__V1__ServerRef

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__channelz__v1__server_ref__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.server_id = self.serverID
        c.pointee.name = arena.string(self.name)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.serverID = c.pointee.server_id
        self.name = try decodedString(c.pointee.name, "grpc.channelz.v1.ServerRef.name")
    }
}

extension ChannelzV1.SocketRef: StructBacked {
    typealias CStruct = Grpc__Channelz__V1__SocketRef

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__channelz__v1__socket_ref__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.socket_id = self.socketID
        c.pointee.name = arena.string(self.name)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.socketID = c.pointee.socket_id
        self.name = try decodedString(c.pointee.name, "grpc.channelz.v1.SocketRef.name")
    }
}

extension ChannelzV1.Server: StructBacked {
    typealias CStruct = Grpc__Channelz__V1__Server

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__channelz__v1__server__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.ref {
            c.pointee.ref = arena.message(value)
        }
        if let value = self.data {
            c.pointee.data = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.ref {
            self.ref = try ChannelzV1.ServerRef(value)
        }
        if let value = c.pointee.data {
            self.data = try ChannelzV1.ServerData(value)
        }
    }
}

extension ChannelzV1.ServerData: StructBacked {
    typealias CStruct = Grpc__Channelz__V1__ServerData

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__channelz__v1__server_data__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.calls_started = self.callsStarted
        c.pointee.calls_succeeded = self.callsSucceeded
        c.pointee.calls_failed = self.callsFailed
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.callsStarted = c.pointee.calls_started
        self.callsSucceeded = c.pointee.calls_succeeded
        self.callsFailed = c.pointee.calls_failed
    }
}

extension ChannelzV1.Socket: StructBacked {
    typealias CStruct = Grpc__Channelz__V1__Socket

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__channelz__v1__socket__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.ref {
            c.pointee.ref = arena.message(value)
        }
        if let value = self.data {
            c.pointee.data = arena.message(value)
        }
        if let value = self.local {
            c.pointee.local = arena.message(value)
        }
        if let value = self.remote {
            c.pointee.remote = arena.message(value)
        }
        c.pointee.remote_name = arena.string(self.remoteName)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.ref {
            self.ref = try ChannelzV1.SocketRef(value)
        }
        if let value = c.pointee.data {
            self.data = try ChannelzV1.SocketData(value)
        }
        if let value = c.pointee.local {
            self.local = try ChannelzV1.Address(value)
        }
        if let value = c.pointee.remote {
            self.remote = try ChannelzV1.Address(value)
        }
        self.remoteName = try decodedString(c.pointee.remote_name, "grpc.channelz.v1.Socket.remote_name")
    }
}

extension ChannelzV1.SocketData: StructBacked {
    typealias CStruct = Grpc__Channelz__V1__SocketData

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__channelz__v1__socket_data__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.streams_started = self.streamsStarted
        c.pointee.streams_succeeded = self.streamsSucceeded
        c.pointee.streams_failed = self.streamsFailed
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.streamsStarted = c.pointee.streams_started
        self.streamsSucceeded = c.pointee.streams_succeeded
        self.streamsFailed = c.pointee.streams_failed
    }
}

extension ChannelzV1.Address: StructBacked {
    typealias CStruct = Grpc__Channelz__V1__Address

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__channelz__v1__address__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.otherAddress {
            c.pointee.other_address = arena.message(value)
            c.pointee.address_case = .init(rawValue: 3)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if c.pointee.address_case.rawValue == 3, let value = c.pointee.other_address {
            self.otherAddress = try ChannelzV1.Address.OtherAddress(value)
        }
    }
}

extension ChannelzV1.Address.OtherAddress: StructBacked {
    typealias CStruct = Grpc__Channelz__V1__Address__OtherAddress

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__channelz__v1__address__other_address__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "grpc.channelz.v1.Address.OtherAddress.name")
    }
}

extension ChannelzV1.GetServersRequest: StructBacked {
    typealias CStruct = Grpc__Channelz__V1__GetServersRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__channelz__v1__get_servers_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.start_server_id = self.startServerID
        c.pointee.max_results = self.maxResults
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.startServerID = c.pointee.start_server_id
        self.maxResults = c.pointee.max_results
    }
}

extension ChannelzV1.GetServersResponse: StructBacked {
    typealias CStruct = Grpc__Channelz__V1__GetServersResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__channelz__v1__get_servers_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_server = self.server.count
        c.pointee.server = arena.messages(self.server)
        c.pointee.end = self.end ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.server = try decodedMessages(c.pointee.server, c.pointee.n_server)
        self.end = c.pointee.end != 0
    }
}

extension ChannelzV1.GetServerRequest: StructBacked {
    typealias CStruct = Grpc__Channelz__V1__GetServerRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__channelz__v1__get_server_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.server_id = self.serverID
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.serverID = c.pointee.server_id
    }
}

extension ChannelzV1.GetServerResponse: StructBacked {
    typealias CStruct = Grpc__Channelz__V1__GetServerResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__channelz__v1__get_server_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.server {
            c.pointee.server = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.server {
            self.server = try ChannelzV1.Server(value)
        }
    }
}

extension ChannelzV1.GetServerSocketsRequest: StructBacked {
    typealias CStruct = Grpc__Channelz__V1__GetServerSocketsRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__channelz__v1__get_server_sockets_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.server_id = self.serverID
        c.pointee.start_socket_id = self.startSocketID
        c.pointee.max_results = self.maxResults
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.serverID = c.pointee.server_id
        self.startSocketID = c.pointee.start_socket_id
        self.maxResults = c.pointee.max_results
    }
}

extension ChannelzV1.GetServerSocketsResponse: StructBacked {
    typealias CStruct = Grpc__Channelz__V1__GetServerSocketsResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__channelz__v1__get_server_sockets_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_socket_ref = self.socketRef.count
        c.pointee.socket_ref = arena.messages(self.socketRef)
        c.pointee.end = self.end ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.socketRef = try decodedMessages(c.pointee.socket_ref, c.pointee.n_socket_ref)
        self.end = c.pointee.end != 0
    }
}

extension ChannelzV1.GetSocketRequest: StructBacked {
    typealias CStruct = Grpc__Channelz__V1__GetSocketRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__channelz__v1__get_socket_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.socket_id = self.socketID
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.socketID = c.pointee.socket_id
    }
}

extension ChannelzV1.GetSocketResponse: StructBacked {
    typealias CStruct = Grpc__Channelz__V1__GetSocketResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__channelz__v1__get_socket_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.socket {
            c.pointee.socket = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.socket {
            self.socket = try ChannelzV1.Socket(value)
        }
    }
}
