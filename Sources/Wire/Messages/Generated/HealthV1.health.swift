// Generated from grpc/health/v1/health.proto by protoc-gen-homeward. Do not edit.
internal import CMessages
public import MessageCoding

extension HealthV1 {
    /// Which service the question is about.
    public struct HealthCheckRequest: WireMessage {
        public static var protobufName: String { "grpc.health.v1.HealthCheckRequest" }

        /// Full name of a service of this process; empty asks about the process as a whole.
        public var service: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// The answer to a check, and each element of a watch.
    public struct HealthCheckResponse: WireMessage {
        public static var protobufName: String { "grpc.health.v1.HealthCheckResponse" }

        /// Whether calls to the service can be expected to succeed.
        public enum ServingStatus: Hashable, Sendable {
            /// Not known yet.
            case unknown
            /// Ready for calls.
            case serving
            /// Up, but calls would be refused.
            case notServing
            /// Watch only: no service of that name is here (now).
            case serviceUnknown
            /// A number that this version has no name for; kept as it is.
            case unrecognized(Int32)

            public init(rawValue: Int32) {
                switch rawValue {
                    case 0: self = .unknown
                    case 1: self = .serving
                    case 2: self = .notServing
                    case 3: self = .serviceUnknown
                    default: self = .unrecognized(rawValue)
                }
            }

            public var rawValue: Int32 {
                switch self {
                    case .unknown: 0
                    case .serving: 1
                    case .notServing: 2
                    case .serviceUnknown: 3
                    case .unrecognized(let number): number
                }
            }

            /// The named values, in the order of the .proto.
            public static var allCases: [Self] {
                [.unknown, .serving, .notServing, .serviceUnknown]
            }
        }

        /// State at the time of the answer.
        public var status: HealthV1.HealthCheckResponse.ServingStatus = HealthV1.HealthCheckResponse.ServingStatus(rawValue: 0)

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

}

extension HealthV1.HealthCheckRequest: StructBacked {
    typealias CStruct = Grpc__Health__V1__HealthCheckRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__health__v1__health_check_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.service = arena.string(self.service)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.service = try decodedString(c.pointee.service, "grpc.health.v1.HealthCheckRequest.service")
    }
}

extension HealthV1.HealthCheckResponse: StructBacked {
    typealias CStruct = Grpc__Health__V1__HealthCheckResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__health__v1__health_check_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.status = .init(rawValue: .init(truncatingIfNeeded: self.status.rawValue))
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.status = HealthV1.HealthCheckResponse.ServingStatus(rawValue: Int32(truncatingIfNeeded: c.pointee.status.rawValue))
    }
}
