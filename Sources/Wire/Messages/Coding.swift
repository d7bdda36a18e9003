internal import CMessages
public import MessageCoding

/// A message that protoc-c has a struct for. Encoding fills the struct, decoding reads it; C does the wire format.
///
/// In those structs every `string` is `bytes` (the same on the wire): libprotobuf-c ends strings at NUL, which would
/// silently cut text off in both directions. So text of any content, NUL included, arrives as it was sent.
protocol StructBacked: WireMessage {
    associatedtype CStruct

    /// Default values and the descriptor.
    static func initialize(_ c: UnsafeMutablePointer<CStruct>)
    /// Sets the fields of an initialised struct. Pointers in it live as long as the arena and `self` both do.
    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena)
    /// Copies everything out of the struct.
    init(_ c: UnsafePointer<CStruct>) throws(WireError)
}

extension WireMessage {
    /// Builds a message in one expression: `VaultV1.Item.with { $0.id = id }`.
    public static func with(_ body: (inout Self) throws -> Void) rethrows -> Self {
        var message = Self()
        try body(&message)
        return message
    }
}

/// Holds a message inside a message of its own kind.
indirect enum Boxed<Value: Hashable & Sendable>: Hashable, Sendable {
    case value(Value)

    var value: Value {
        switch self {
        case .value(let value): value
        }
    }
}

/// How deep a message that can hold itself may nest on the wire, because libprotobuf-c recurses without a limit and
/// the stack has one. 100 is what other implementations of protobuf allow.
private let nestingLimit = 100

func encodedMessage<Message: StructBacked>(_ message: Message) -> [UInt8] {
    withStruct(message) { root, _ in packed(root) }
}

func encodedPieces<Message: StructBacked>(_ message: Message) -> EncodedMessage {
    withStruct(message) { root, large in
        large.isEmpty ? EncodedMessage(packed(root)) : PieceBuffer.pieces(root, large)
    }
}

/// Lends the message as a C struct, and the large arrays that the struct points into.
private func withStruct<Message: StructBacked, R>(
    _ message: Message, _ body: (UnsafeMutablePointer<ProtobufCMessage>, [[UInt8]]) -> R
) -> R {
    withUnsafeTemporaryAllocation(byteCount: Arena.stackSize, alignment: Arena.alignment) { stack in
        var arena = Arena(stack)
        // Byte fields are not copied into the arena: the C structs point into the message's own arrays, which therefore
        // must outlive the packing.
        return withExtendedLifetime(message) {
            let root = UnsafeMutableRawPointer(arena.message(message)).assumingMemoryBound(to: ProtobufCMessage.self)
            return body(root, arena.large)
        }
    }
}

private func packed(_ root: UnsafeMutablePointer<ProtobufCMessage>) -> [UInt8] {
    let size = protobuf_c_message_get_packed_size(root)
    guard size > 0 else { return [] }
    return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        count = protobuf_c_message_pack(root, buffer.baseAddress)
    }
}

func decodedMessage<Message: StructBacked>(
    _ bytes: UnsafeRawBufferPointer, limitingDepth: Bool = false
) throws(WireError) -> Message {
    let descriptor = cDescriptor(of: Message.self)
    if limitingDepth, nests(bytes, descriptor, deeperThan: nestingLimit) {
        throw .malformed("\(Message.protobufName): nested more than \(nestingLimit) deep")
    }
    let decoded: Result<Message, WireError> = withUnpackMemory { memory in
        let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard let unpacked = protobuf_c_message_unpack(descriptor, memory, bytes.count, start) else {
            return .failure(.malformed(Message.protobufName))
        }
        do throws(WireError) {
            return .success(try Message(UnsafeRawPointer(unpacked).assumingMemoryBound(to: Message.CStruct.self)))
        } catch { return .failure(error) }
    }
    return try decoded.get()
}

private func cDescriptor<Message: StructBacked>(of type: Message.Type) -> UnsafePointer<ProtobufCMessageDescriptor> {
    withUnsafeTemporaryAllocation(of: Message.CStruct.self, capacity: 1) { buffer in
        guard let c = buffer.baseAddress else { preconditionFailure("no memory for one C struct") }
        Message.initialize(c)
        return UnsafeRawPointer(c).assumingMemoryBound(to: ProtobufCMessage.self).pointee.descriptor
    }
}

// MARK: - Depth

/// Whether the bytes, read as a message of that type, hold messages in messages more than `limit` deep. Bytes that
/// are malformed end the search: libprotobuf-c looks at a whole level before it goes down, and refuses it there.
private func nests(
    _ bytes: UnsafeRawBufferPointer, _ type: UnsafePointer<ProtobufCMessageDescriptor>, deeperThan limit: Int
) -> Bool {
    guard limit > 0 else { return true }
    var reader = WireReader(bytes)
    while let (number, content) = reader.next() {
        guard let content,
            let field = protobuf_c_message_descriptor_get_field(type, number),
            field.pointee.type == PROTOBUF_C_TYPE_MESSAGE,
            let inner = field.pointee.descriptor?.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
        else { continue }
        if nests(content, inner, deeperThan: limit - 1) { return true }
    }
    return false
}

/// Steps over the fields of one level.
private struct WireReader {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Field number and, if it is length-delimited, content; nil at the end or where the bytes are malformed.
    mutating func next() -> (number: UInt32, content: UnsafeRawBufferPointer?)? {
        guard let tag = varint(), let number = UInt32(exactly: tag >> 3) else { return nil }
        switch tag & 7 {
        case 0: return varint() == nil ? nil : (number, nil)
        case 1: return skip(8) ? (number, nil) : nil
        case 2:
            guard let length = varint(), let count = Int(exactly: length) else { return nil }
            let start = offset
            return skip(count) ? (number, UnsafeRawBufferPointer(rebasing: bytes[start..<start + count])) : nil
        case 5: return skip(4) ? (number, nil) : nil
        default: return nil
        }
    }

    private mutating func skip(_ count: Int) -> Bool {
        guard count <= bytes.count - offset else { return false }
        offset += count
        return true
    }

    private mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard offset < bytes.count else { return nil }
            let byte = bytes[offset]
            offset += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }
}
