// Generated from grpc/testing/messages.proto by protoc-gen-homeward. Do not edit.
internal import CMessages
public import MessageCoding

extension GRPCTesting {
    /// The kind of a payload.
    public enum PayloadType: Hashable, Sendable {
        /// Compressable text.
        case compressable
        /// A number that this version has no name for; kept as it is.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
                case 0: self = .compressable
                default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
                case .compressable: 0
                case .unrecognized(let number): number
            }
        }

        /// The named values, in the order of the .proto.
        public static var allCases: [Self] {
            [.compressable]
        }
    }

    /// A bool that can be absent.
    public struct BoolValue: WireMessage {
        public static var protobufName: String { "grpc.testing.BoolValue" }

        /// The value.
        public var value: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A block of data.
    public struct Payload: WireMessage {
        public static var protobufName: String { "grpc.testing.Payload" }

        /// Its kind.
        public var type: GRPCTesting.PayloadType = GRPCTesting.PayloadType(rawValue: 0)
        /// Its bytes.
        public var body: [UInt8] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A status that the server is to answer with.
    public struct EchoStatus: WireMessage {
        public static var protobufName: String { "grpc.testing.EchoStatus" }

        /// A gRPC status code.
        public var code: Int32 = 0
        /// Its message.
        public var message: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A unary request.
    public struct SimpleRequest: WireMessage {
        public static var protobufName: String { "grpc.testing.SimpleRequest" }

        /// The kind of payload that is wanted.
        public var responseType: GRPCTesting.PayloadType = GRPCTesting.PayloadType(rawValue: 0)
        /// The size of the payload that is wanted.
        public var responseSize: Int32 = 0
        /// Anything.
        public var payload: GRPCTesting.Payload?
        /// Whether to tell the caller's name.
        public var fillUsername: Bool = false
        /// Whether to tell the caller's scope.
        public var fillOauthScope: Bool = false
        /// Whether the response is to be compressed.
        public var responseCompressed: GRPCTesting.BoolValue?
        /// What to answer with.
        public var responseStatus: GRPCTesting.EchoStatus?
        /// Whether the server should have seen this request compressed.
        public var expectCompressed: GRPCTesting.BoolValue?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A unary response.
    public struct SimpleResponse: WireMessage {
        public static var protobufName: String { "grpc.testing.SimpleResponse" }

        /// As asked for.
        public var payload: GRPCTesting.Payload?
        /// The caller's name.
        public var username: String = ""
        /// The caller's scope.
        public var oauthScope: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A client-streaming request.
    public struct StreamingInputCallRequest: WireMessage {
        public static var protobufName: String { "grpc.testing.StreamingInputCallRequest" }

        /// Anything.
        public var payload: GRPCTesting.Payload?
        /// Whether the server should have seen this request compressed.
        public var expectCompressed: GRPCTesting.BoolValue?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A client-streaming response.
    public struct StreamingInputCallResponse: WireMessage {
        public static var protobufName: String { "grpc.testing.StreamingInputCallResponse" }

        /// The sum of the payloads' sizes.
        public var aggregatedPayloadSize: Int32 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// One response that is wanted.
    public struct ResponseParameters: WireMessage {
        public static var protobufName: String { "grpc.testing.ResponseParameters" }

        /// The size of its payload.
        public var size: Int32 = 0
        /// Microseconds to wait before it.
        public var intervalUs: Int32 = 0
        /// Whether it is to be compressed.
        public var compressed: GRPCTesting.BoolValue?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A server-streaming request.
    public struct StreamingOutputCallRequest: WireMessage {
        public static var protobufName: String { "grpc.testing.StreamingOutputCallRequest" }

        /// The kind of payload that is wanted.
        public var responseType: GRPCTesting.PayloadType = GRPCTesting.PayloadType(rawValue: 0)
        /// One for each response.
        public var responseParameters: [GRPCTesting.ResponseParameters] = []
        /// Anything.
        public var payload: GRPCTesting.Payload?
        /// What to answer with.
        public var responseStatus: GRPCTesting.EchoStatus?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A server-streaming response.
    public struct StreamingOutputCallResponse: WireMessage {
        public static var protobufName: String { "grpc.testing.StreamingOutputCallResponse" }

        /// As asked for.
        public var payload: GRPCTesting.Payload?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

}

extension GRPCTesting.BoolValue: StructBacked {
    typealias CStruct = Grpc__Testing__BoolValue

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__testing__bool_value__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.value = self.value ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.value = c.pointee.value != 0
    }
}

extension GRPCTesting.Payload: StructBacked {
    typealias CStruct = Grpc__Testing__Payload

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__testing__payload__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.type = .init(rawValue: .init(truncatingIfNeeded: self.type.rawValue))
        c.pointee.body = arena.bytes(self.body)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.type = GRPCTesting.PayloadType(rawValue: Int32(truncatingIfNeeded: c.pointee.type.rawValue))
        self.body = decodedBytes(c.pointee.body)
    }
}

extension GRPCTesting.EchoStatus: StructBacked {
    typealias CStruct = Grpc__Testing__EchoStatus

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__testing__echo_status__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.code = self.code
        c.pointee.message = arena.string(self.message)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.code = c.pointee.code
        self.message = try decodedString(c.pointee.message, "grpc.testing.EchoStatus.message")
    }
}

extension GRPCTesting.SimpleRequest: StructBacked {
    typealias CStruct = Grpc__Testing__SimpleRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__testing__simple_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.response_type = .init(rawValue: .init(truncatingIfNeeded: self.responseType.rawValue))
        c.pointee.response_size = self.responseSize
        if let value = self.payload {
            c.pointee.payload = arena.message(value)
        }
        c.pointee.fill_username = self.fillUsername ? 1 : 0
        c.pointee.fill_oauth_scope = self.fillOauthScope ? 1 : 0
        if let value = self.responseCompressed {
            c.pointee.response_compressed = arena.message(value)
        }
        if let value = self.responseStatus {
            c.pointee.response_status = arena.message(value)
        }
        if let value = self.expectCompressed {
            c.pointee.expect_compressed = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.responseType = GRPCTesting.PayloadType(rawValue: Int32(truncatingIfNeeded: c.pointee.response_type.rawValue))
        self.responseSize = c.pointee.response_size
        if let value = c.pointee.payload {
            self.payload = try GRPCTesting.Payload(value)
        }
        self.fillUsername = c.pointee.fill_username != 0
        self.fillOauthScope = c.pointee.fill_oauth_scope != 0
        if let value = c.pointee.response_compressed {
            self.responseCompressed = try GRPCTesting.BoolValue(value)
        }
        if let value = c.pointee.response_status {
            self.responseStatus = try GRPCTesting.EchoStatus(value)
        }
        if let value = c.pointee.expect_compressed {
            self.expectCompressed = try GRPCTesting.BoolValue(value)
        }
    }
}

extension GRPCTesting.SimpleResponse: StructBacked {
    typealias CStruct = Grpc__Testing__SimpleResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__testing__simple_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.payload {
            c.pointee.payload = arena.message(value)
        }
        c.pointee.username = arena.string(self.username)
        c.pointee.oauth_scope = arena.string(self.oauthScope)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.payload {
            self.payload = try GRPCTesting.Payload(value)
        }
        self.username = try decodedString(c.pointee.username, "grpc.testing.SimpleResponse.username")
        self.oauthScope = try decodedString(c.pointee.oauth_scope, "grpc.testing.SimpleResponse.oauth_scope")
    }
}

extension GRPCTesting.StreamingInputCallRequest: StructBacked {
    typealias CStruct = Grpc__Testing__StreamingInputCallRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__testing__streaming_input_call_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.payload {
            c.pointee.payload = arena.message(value)
        }
        if let value = self.expectCompressed {
            c.pointee.expect_compressed = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.payload {
            self.payload = try GRPCTesting.Payload(value)
        }
        if let value = c.pointee.expect_compressed {
            self.expectCompressed = try GRPCTesting.BoolValue(value)
        }
    }
}

extension GRPCTesting.StreamingInputCallResponse: StructBacked {
    typealias CStruct = Grpc__Testing__StreamingInputCallResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__testing__streaming_input_call_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.aggregated_payload_size = self.aggregatedPayloadSize
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.aggregatedPayloadSize = c.pointee.aggregated_payload_size
    }
}

extension GRPCTesting.ResponseParameters: StructBacked {
    typealias CStruct = Grpc__Testing__ResponseParameters

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__testing__response_parameters__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.size = self.size
        c.pointee.interval_us = self.intervalUs
        if let value = self.compressed {
            c.pointee.compressed = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.size = c.pointee.size
        self.intervalUs = c.pointee.interval_us
        if let value = c.pointee.compressed {
            self.compressed = try GRPCTesting.BoolValue(value)
        }
    }
}

extension GRPCTesting.StreamingOutputCallRequest: StructBacked {
    typealias CStruct = Grpc__Testing__StreamingOutputCallRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__testing__streaming_output_call_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.response_type = .init(rawValue: .init(truncatingIfNeeded: self.responseType.rawValue))
        c.pointee.n_response_parameters = self.responseParameters.count
        c.pointee.response_parameters = arena.messages(self.responseParameters)
        if let value = self.payload {
            c.pointee.payload = arena.message(value)
        }
        if let value = self.responseStatus {
            c.pointee.response_status = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.responseType = GRPCTesting.PayloadType(rawValue: Int32(truncatingIfNeeded: c.pointee.response_type.rawValue))
        self.responseParameters = try decodedMessages(c.pointee.response_parameters, c.pointee.n_response_parameters)
        if let value = c.pointee.payload {
            self.payload = try GRPCTesting.Payload(value)
        }
        if let value = c.pointee.response_status {
            self.responseStatus = try GRPCTesting.EchoStatus(value)
        }
    }
}

extension GRPCTesting.StreamingOutputCallResponse: StructBacked {
    typealias CStruct = Grpc__Testing__StreamingOutputCallResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__testing__streaming_output_call_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.payload {
            c.pointee.payload = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.payload {
            self.payload = try GRPCTesting.Payload(value)
        }
    }
}
