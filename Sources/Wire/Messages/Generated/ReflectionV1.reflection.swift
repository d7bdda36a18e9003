// Generated from grpc/reflection/v1/reflection.proto by protoc-gen-homeward. Do not edit.
internal import CMessages
public import MessageCoding

extension ReflectionV1 {
    /// One question.
    public struct ServerReflectionRequest: WireMessage {
        public static var protobufName: String { "grpc.reflection.v1.ServerReflectionRequest" }

        /// What is wanted.
        public enum MessageRequest: Hashable, Sendable {
            /// A file by its name, as in an import.
            case fileByFilename(String)
            /// The file that defines a symbol: package.Service, package.Service.Method, package.Type.
            case fileContainingSymbol(String)
            /// The file that defines an extension.
            case fileContainingExtension(ReflectionV1.ExtensionRequest)
            /// The numbers of all known extensions of a message type.
            case allExtensionNumbersOfType(String)
            /// The full names of all services; the text means nothing.
            case listServices(String)
        }

        /// The virtual host that is asked about; returned as it came.
        public var host: String = ""
        /// What is wanted.
        public var messageRequest: MessageRequest?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Names an extension.
    public struct ExtensionRequest: WireMessage {
        public static var protobufName: String { "grpc.reflection.v1.ExtensionRequest" }

        /// Full name of the type that is extended.
        public var containingType: String = ""
        /// The extension's field number.
        public var extensionNumber: Int32 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// One answer.
    public struct ServerReflectionResponse: WireMessage {
        public static var protobufName: String { "grpc.reflection.v1.ServerReflectionResponse" }

        /// What was wanted, or why it cannot be given.
        public enum MessageResponse: Hashable, Sendable {
            /// To the questions about files.
            case fileDescriptorResponse(ReflectionV1.FileDescriptorResponse)
            /// To the question about extension numbers.
            case allExtensionNumbersResponse(ReflectionV1.ExtensionNumberResponse)
            /// To the question about services.
            case listServicesResponse(ReflectionV1.ListServiceResponse)
            /// It is not known here.
            case errorResponse(ReflectionV1.ErrorResponse)
        }

        /// The host that was asked about.
        public var validHost: String = ""
        /// The question.
        public var originalRequest: ReflectionV1.ServerReflectionRequest?
        /// What was wanted, or why it cannot be given.
        public var messageResponse: MessageResponse?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Files.
    public struct FileDescriptorResponse: WireMessage {
        public static var protobufName: String { "grpc.reflection.v1.FileDescriptorResponse" }

        /// Serialized google.protobuf.FileDescriptorProto; with what it imports, as far as this stream has not seen it.
        public var fileDescriptorProto: [[UInt8]] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Extension numbers.
    public struct ExtensionNumberResponse: WireMessage {
        public static var protobufName: String { "grpc.reflection.v1.ExtensionNumberResponse" }

        /// Full name of the type.
        public var baseTypeName: String = ""
        /// In no order.
        public var extensionNumber: [Int32] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Services.
    public struct ListServiceResponse: WireMessage {
        public static var protobufName: String { "grpc.reflection.v1.ListServiceResponse" }

        /// All of them.
        public var service: [ReflectionV1.ServiceResponse] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A service.
    public struct ServiceResponse: WireMessage {
        public static var protobufName: String { "grpc.reflection.v1.ServiceResponse" }

        /// Its full name.
        public var name: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A question that cannot be answered.
    public struct ErrorResponse: WireMessage {
        public static var protobufName: String { "grpc.reflection.v1.ErrorResponse" }

        /// A gRPC status code.
        public var errorCode: Int32 = 0
        /// For people.
        public var errorMessage: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

}

extension ReflectionV1.ServerReflectionRequest: StructBacked {
    typealias CStruct = Grpc__Reflection__V1__ServerReflectionRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__reflection__v1__server_reflection_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.host = arena.string(self.host)
        switch self.messageRequest {
            case .fileByFilename(let value):
                c.pointee.file_by_filename = arena.string(value)
                c.pointee.message_request_case = .init(rawValue: 3)

            case .fileContainingSymbol(let value):
                c.pointee.file_containing_symbol = arena.string(value)
                c.pointee.message_request_case = .init(rawValue: 4)

            case .fileContainingExtension(let value):
                c.pointee.file_containing_extension = arena.message(value)
                c.pointee.message_request_case = .init(rawValue: 5)

            case .allExtensionNumbersOfType(let value):
                c.pointee.all_extension_numbers_of_type = arena.string(value)
                c.pointee.message_request_case = .init(rawValue: 6)

            case .listServices(let value):
                c.pointee.list_services = arena.string(value)
                c.pointee.message_request_case = .init(rawValue: 7)

            case nil: break
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.host = try decodedString(c.pointee.host, "grpc.reflection.v1.ServerReflectionRequest.host")
        if c.pointee.message_request_case.rawValue == 3 {
            self.messageRequest = .fileByFilename(try decodedString(c.pointee.file_by_filename, "grpc.reflection.v1.ServerReflectionRequest.file_by_filename"))
        }
        if c.pointee.message_request_case.rawValue == 4 {
            self.messageRequest = .fileContainingSymbol(try decodedString(c.pointee.file_containing_symbol, "grpc.reflection.v1.ServerReflectionRequest.file_containing_symbol"))
        }
        if c.pointee.message_request_case.rawValue == 5, let value = c.pointee.file_containing_extension {
            self.messageRequest = .fileContainingExtension(try ReflectionV1.ExtensionRequest(value))
        }
        if c.pointee.message_request_case.rawValue == 6 {
            self.messageRequest = .allExtensionNumbersOfType(try decodedString(c.pointee.all_extension_numbers_of_type, "grpc.reflection.v1.ServerReflectionRequest.all_extension_numbers_of_type"))
        }
        if c.pointee.message_request_case.rawValue == 7 {
            self.messageRequest = .listServices(try decodedString(c.pointee.list_services, "grpc.reflection.v1.ServerReflectionRequest.list_services"))
        }
    }
}

extension ReflectionV1.ExtensionRequest: StructBacked {
    typealias CStruct = Grpc__Reflection__V1__ExtensionRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__reflection__v1__extension_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.containing_type = arena.string(self.containingType)
        c.pointee.extension_number = self.extensionNumber
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.containingType = try decodedString(c.pointee.containing_type, "grpc.reflection.v1.ExtensionRequest.containing_type")
        self.extensionNumber = c.pointee.extension_number
    }
}

extension ReflectionV1.ServerReflectionResponse: StructBacked {
    typealias CStruct = Grpc__Reflection__V1__ServerReflectionResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__reflection__v1__server_reflection_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.valid_host = arena.string(self.validHost)
        if let value = self.originalRequest {
            c.pointee.original_request = arena.message(value)
        }
        switch self.messageResponse {
            case .fileDescriptorResponse(let value):
                c.pointee.file_descriptor_response = arena.message(value)
                c.pointee.message_response_case = .init(rawValue: 4)

            case .allExtensionNumbersResponse(let value):
                c.pointee.all_extension_numbers_response = arena.message(value)
                c.pointee.message_response_case = .init(rawValue: 5)

            case .listServicesResponse(let value):
                c.pointee.list_services_response = arena.message(value)
                c.pointee.message_response_case = .init(rawValue: 6)

            case .errorResponse(let value):
                c.pointee.error_response = arena.message(value)
                c.pointee.message_response_case = .init(rawValue: 7)

            case nil: break
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.validHost = try decodedString(c.pointee.valid_host, "grpc.reflection.v1.ServerReflectionResponse.valid_host")
        if let value = c.pointee.original_request {
            self.originalRequest = try ReflectionV1.ServerReflectionRequest(value)
        }
        if c.pointee.message_response_case.rawValue == 4, let value = c.pointee.file_descriptor_response {
            self.messageResponse = .fileDescriptorResponse(try ReflectionV1.FileDescriptorResponse(value))
        }
        if c.pointee.message_response_case.rawValue == 5, let value = c.pointee.all_extension_numbers_response {
            self.messageResponse = .allExtensionNumbersResponse(try ReflectionV1.ExtensionNumberResponse(value))
        }
        if c.pointee.message_response_case.rawValue == 6, let value = c.pointee.list_services_response {
            self.messageResponse = .listServicesResponse(try ReflectionV1.ListServiceResponse(value))
        }
        if c.pointee.message_response_case.rawValue == 7, let value = c.pointee.error_response {
            self.messageResponse = .errorResponse(try ReflectionV1.ErrorResponse(value))
        }
    }
}

extension ReflectionV1.FileDescriptorResponse: StructBacked {
    typealias CStruct = Grpc__Reflection__V1__FileDescriptorResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__reflection__v1__file_descriptor_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_file_descriptor_proto = self.fileDescriptorProto.count
        c.pointee.file_descriptor_proto = arena.blobs(self.fileDescriptorProto)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.fileDescriptorProto = decodedBlobs(c.pointee.file_descriptor_proto, c.pointee.n_file_descriptor_proto)
    }
}

extension ReflectionV1.ExtensionNumberResponse: StructBacked {
    typealias CStruct = Grpc__Reflection__V1__ExtensionNumberResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__reflection__v1__extension_number_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.base_type_name = arena.string(self.baseTypeName)
        c.pointee.n_extension_number = self.extensionNumber.count
        c.pointee.extension_number = arena.numbers(self.extensionNumber)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.baseTypeName = try decodedString(c.pointee.base_type_name, "grpc.reflection.v1.ExtensionNumberResponse.base_type_name")
        self.extensionNumber = decodedNumbers(c.pointee.extension_number, c.pointee.n_extension_number)
    }
}

extension ReflectionV1.ListServiceResponse: StructBacked {
    typealias CStruct = Grpc__Reflection__V1__ListServiceResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__reflection__v1__list_service_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_service = self.service.count
        c.pointee.service = arena.messages(self.service)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.service = try decodedMessages(c.pointee.service, c.pointee.n_service)
    }
}

extension ReflectionV1.ServiceResponse: StructBacked {
    typealias CStruct = Grpc__Reflection__V1__ServiceResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__reflection__v1__service_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "grpc.reflection.v1.ServiceResponse.name")
    }
}

extension ReflectionV1.ErrorResponse: StructBacked {
    typealias CStruct = Grpc__Reflection__V1__ErrorResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__reflection__v1__error_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.error_code = self.errorCode
        c.pointee.error_message = arena.string(self.errorMessage)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.errorCode = c.pointee.error_code
        self.errorMessage = try decodedString(c.pointee.error_message, "grpc.reflection.v1.ErrorResponse.error_message")
    }
}
