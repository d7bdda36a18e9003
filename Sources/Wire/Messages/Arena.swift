internal import CMessages

/// Memory for one tree of C structs, all freed together.
struct Arena: ~Copyable {
    /// What a caller should lend from its stack: enough for most messages.
    static let stackSize = 1024
    /// What comes from the heap when that is used up; larger requests get a piece of their own size.
    private static let pieceSize = 4096
    /// Copying less than this is cheaper than a piece of its own.
    static let largeSize = 8 << 10
    /// What any C type needs.
    static let alignment = 16

    private var pieces: [UnsafeMutableRawPointer] = []
    private var next: UnsafeMutableRawPointer?
    private var left: Int
    /// The byte fields of at least `largeSize` that C structs point into.
    private(set) var large: [[UInt8]] = []

    /// Uses `first` before the heap; it must outlive the arena.
    init(_ first: UnsafeMutableRawBufferPointer) {
        next = first.baseAddress
        left = first.count
    }

    deinit {
        for piece in pieces { piece.deallocate() }
    }

    mutating func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        let size = (size + Self.alignment - 1) & ~(Self.alignment - 1)
        if size <= left, let start = next {
            next = start + size
            left -= size
            return start
        }
        let pieceSize = max(size, Self.pieceSize)
        let piece = UnsafeMutableRawPointer.allocate(byteCount: pieceSize, alignment: Self.alignment)
        pieces.append(piece)
        if pieceSize - size > left {
            next = piece + size
            left = pieceSize - size
        }
        return piece
    }

    mutating func one<Value>(_ type: Value.Type) -> UnsafeMutablePointer<Value> { many(type, 1) }

    private mutating func many<Value>(_ type: Value.Type, _ count: Int) -> UnsafeMutablePointer<Value> {
        allocate(MemoryLayout<Value>.stride * count).bindMemory(to: type, capacity: count)
    }

    mutating func message<Message: StructBacked>(_ message: Message) -> UnsafeMutablePointer<Message.CStruct> {
        let c = one(Message.CStruct.self)
        Message.initialize(c)
        message.fill(c, &self)
        return c
    }

    /// A copy: text of 15 bytes and less has no address of its own.
    mutating func string(_ value: String) -> ProtobufCBinaryData {
        var value = value
        let copy: (UnsafeMutableRawPointer, Int)? = value.withUTF8 { utf8 in
            guard let source = utf8.baseAddress, utf8.count > 0 else { return nil }
            let target = allocate(utf8.count)
            target.copyMemory(from: source, byteCount: utf8.count)
            return (target, utf8.count)
        }
        guard let copy else { return ProtobufCBinaryData() }
        return ProtobufCBinaryData(len: copy.1, data: copy.0.assumingMemoryBound(to: UInt8.self))
    }

    /// No copy: points into the array. Sound because the array belongs to the message that is being encoded, which
    /// `encodedMessage` keeps alive and nobody can change meanwhile, and because an `Array` of a trivial type on
    /// Linux is always one native, unmoving allocation.
    mutating func bytes(_ value: [UInt8]) -> ProtobufCBinaryData {
        if value.count >= Self.largeSize { large.append(value) }
        return value.withUnsafeBufferPointer { buffer in
            guard buffer.count > 0 else { return ProtobufCBinaryData() }
            return ProtobufCBinaryData(len: buffer.count, data: UnsafeMutablePointer(mutating: buffer.baseAddress))
        }
    }

    // MARK: Arrays

    mutating func numbers<Value: BitwiseCopyable>(_ values: [Value]) -> UnsafeMutablePointer<Value>? {
        values.withUnsafeBufferPointer { buffer in
            guard let source = buffer.baseAddress, buffer.count > 0 else { return nil }
            let target = many(Value.self, buffer.count)
            target.initialize(from: source, count: buffer.count)
            return target
        }
    }

    mutating func array<Value, CValue>(
        _ values: [Value], _ encode: (Value) -> CValue
    ) -> UnsafeMutablePointer<CValue>? {
        guard !values.isEmpty else { return nil }
        let target = many(CValue.self, values.count)
        for index in values.indices { (target + index).initialize(to: encode(values[index])) }
        return target
    }

    mutating func strings(_ values: [String]) -> UnsafeMutablePointer<ProtobufCBinaryData>? {
        guard !values.isEmpty else { return nil }
        let target = many(ProtobufCBinaryData.self, values.count)
        for index in values.indices { (target + index).initialize(to: string(values[index])) }
        return target
    }

    mutating func blobs(_ values: [[UInt8]]) -> UnsafeMutablePointer<ProtobufCBinaryData>? {
        guard !values.isEmpty else { return nil }
        let target = many(ProtobufCBinaryData.self, values.count)
        for index in values.indices { (target + index).initialize(to: bytes(values[index])) }
        return target
    }

    mutating func pointers<CStruct>(_ count: Int) -> UnsafeMutablePointer<UnsafeMutablePointer<CStruct>?>? {
        guard count > 0 else { return nil }
        let target = many(UnsafeMutablePointer<CStruct>?.self, count)
        target.initialize(repeating: nil, count: count)
        return target
    }

    mutating func messages<Message: StructBacked>(
        _ values: [Message]
    ) -> UnsafeMutablePointer<UnsafeMutablePointer<Message.CStruct>?>? {
        guard let target: UnsafeMutablePointer<UnsafeMutablePointer<Message.CStruct>?> = pointers(values.count)
        else { return nil }
        for index in values.indices { target[index] = message(values[index]) }
        return target
    }
}

// MARK: - The order of map entries, so that equal messages have equal bytes

/// protobuf's own deterministic order: by bytes, not by what Unicode holds equal.
func byUTF8<Value>(_ left: (key: String, value: Value), _ right: (key: String, value: Value)) -> Bool {
    left.key.utf8.lexicographicallyPrecedes(right.key.utf8)
}

func byTruth<Value>(_ left: (key: Bool, value: Value), _ right: (key: Bool, value: Value)) -> Bool {
    !left.key && right.key
}
