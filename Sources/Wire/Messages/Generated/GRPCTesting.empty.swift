// Generated from grpc/testing/empty.proto by protoc-gen-homeward. Do not edit.
internal import CMessages
public import MessageCoding

extension GRPCTesting {
    /// Nothing.
    public struct Empty: WireMessage {
        public static var protobufName: String { "grpc.testing.Empty" }

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

}

extension GRPCTesting.Empty: StructBacked {
    typealias CStruct = Grpc__Testing__Empty

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        grpc__testing__empty__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
    }
}
