// Generated from google/rpc/status.proto by protoc-gen-homeward. Do not edit.
internal import CMessages
public import MessageCoding

extension GoogleRPC {
    /// How a call ended, with machine-readable detail.
    public struct Status: WireMessage {
        public static var protobufName: String { "google.rpc.Status" }

        /// A gRPC status code.
        public var code: Int32 = 0
        /// The same text as `grpc-message`, for people.
        public var message: String = ""
        /// Any of the messages of error_details.proto, or our own.
        public var details: [GoogleProtobuf.AnyMessage] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

}

extension GoogleRPC.Status: StructBacked {
    typealias CStruct = Google__Rpc__Status

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        google__rpc__status__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.code = self.code
        c.pointee.message = arena.string(self.message)
        c.pointee.n_details = self.details.count
        c.pointee.details = arena.messages(self.details)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.code = c.pointee.code
        self.message = try decodedString(c.pointee.message, "google.rpc.Status.message")
        self.details = try decodedMessages(c.pointee.details, c.pointee.n_details)
    }
}
