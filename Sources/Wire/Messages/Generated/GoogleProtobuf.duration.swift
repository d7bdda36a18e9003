// Generated from google/protobuf/duration.proto by protoc-gen-homeward. Do not edit.
internal import CMessages
public import MessageCoding

extension GoogleProtobuf {
    public struct Duration: WireMessage {
        public static var protobufName: String { "google.protobuf.Duration" }

        public var seconds: Int64 = 0
        public var nanos: Int32 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

}

extension GoogleProtobuf.Duration: StructBacked {
    typealias CStruct = Google__Protobuf__Duration

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        google__protobuf__duration__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.seconds = self.seconds
        c.pointee.nanos = self.nanos
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.seconds = c.pointee.seconds
        self.nanos = c.pointee.nanos
    }
}
