// Generated from google/protobuf/any.proto by protoc-gen-homeward. Do not edit.
internal import CMessages
public import MessageCoding

extension GoogleProtobuf {
    public struct AnyMessage: WireMessage {
        public static var protobufName: String { "google.protobuf.Any" }

        public var typeURL: String = ""
        public var value: [UInt8] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

}

extension GoogleProtobuf.AnyMessage: StructBacked {
    typealias CStruct = Google__Protobuf__Any

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        google__protobuf__any__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.type_url = arena.string(self.typeURL)
        c.pointee.value = arena.bytes(self.value)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.typeURL = try decodedString(c.pointee.type_url, "google.protobuf.Any.type_url")
        self.value = decodedBytes(c.pointee.value)
    }
}
