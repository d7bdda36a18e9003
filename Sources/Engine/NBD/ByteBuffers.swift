/// Bytes received and not yet understood, taken from the front in big-endian fields.
struct ReceivedBytes: Sendable {
    private var bytes: [UInt8] = []
    private var start = 0

    var count: Int { bytes.count - start }

    mutating func append(_ more: [UInt8]) {
        if start == bytes.count {
            bytes = more
            start = 0
            return
        }
        if start > 1 << 16 && start * 2 > bytes.count {
            bytes.removeFirst(start)
            start = 0
        }
        bytes.append(contentsOf: more)
    }

    func peek<T: FixedWidthInteger>(_ type: T.Type, at offset: Int = 0) -> T {
        precondition(offset + MemoryLayout<T>.size <= count, "peek beyond the bytes received")
        return bytes.withUnsafeBytes {
            T(bigEndian: $0.loadUnaligned(fromByteOffset: start + offset, as: T.self))
        }
    }

    mutating func take<T: FixedWidthInteger>(_ type: T.Type) -> T {
        let value = peek(type)
        start += MemoryLayout<T>.size
        return value
    }

    mutating func take(_ wanted: Int) -> [UInt8] {
        precondition(wanted <= count, "take beyond the bytes received")
        defer { start += wanted }
        return Array(bytes[start..<start + wanted])
    }

    /// Its length in 32 bits, then as many bytes; nil if they are not all there.
    mutating func takeString() -> [UInt8]? {
        guard count >= 4, count - 4 >= Int(peek(UInt32.self)) else { return nil }
        return take(Int(take(UInt32.self)))
    }

    mutating func drop(_ unwanted: Int) {
        precondition(unwanted <= count, "drop beyond the bytes received")
        start += unwanted
    }
}

extension [UInt8] {
    mutating func put<T: FixedWidthInteger>(_ value: T) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}
