internal import CXXHash

/// Appends fixed-width little-endian fields: the encoding of every file format of the data plane.
public struct ByteWriter: Sendable {
    @usableFromInline var storage: [UInt8] = []

    public init() {}

    /// With room for so many bytes.
    public init(capacity: Int) { storage.reserveCapacity(capacity) }

    @inlinable public var bytes: [UInt8] { storage }
    @inlinable public var count: Int { storage.count }

    // Of another module it would be called for any type: ten times as slow, and there are thousands in a chunk.
    @inlinable
    public mutating func write<T: FixedWidthInteger>(_ value: T) {
        withUnsafeBytes(of: value.littleEndian) { storage.append(contentsOf: $0) }
    }

    public mutating func write(_ value: Bool) { write(UInt8(value ? 1 : 0)) }

    /// The bytes as they are, without a length.
    @inlinable public mutating func write(raw: some Sequence<UInt8>) { storage.append(contentsOf: raw) }

    /// A 32-bit length, then the bytes.
    public mutating func write(counted value: [UInt8]) {
        write(UInt32(value.count))
        storage.append(contentsOf: value)
    }

    /// A 32-bit length in bytes, then UTF-8.
    public mutating func write(_ value: String) { write(counted: Array(value.utf8)) }

    /// Puts these in the place of what was written at `offset`.
    public mutating func replace(at offset: Int, with other: ByteWriter) {
        storage.replaceSubrange(offset..<(offset + other.count), with: other.storage)
    }

    /// Fills with zeros up to `count` bytes.
    public mutating func pad(to count: Int) {
        precondition(storage.count <= count)
        // From an array: `repeatElement` is appended element by element in an unoptimized build.
        storage.append(contentsOf: [UInt8](repeating: 0, count: count - storage.count))
    }
}

/// Why stored bytes could not be read. Nothing that failed to parse is ever rewritten or removed.
public struct ByteCodingError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable { case truncated, checksum, version, magic, value }

    public let code: Code
    public let detail: String

    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    public var description: String { "\(code): \(detail)" }
}

/// Reads what `ByteWriter` wrote; every access is bounds-checked and throws instead of trapping.
public struct ByteReader: Sendable {
    @usableFromInline let bytes: [UInt8]
    @usableFromInline var place: Int
    @usableFromInline let end: Int

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
        place = 0
        end = bytes.count
    }

    @inlinable public var position: Int { place }
    @inlinable public var remaining: Int { end - place }

    @inlinable
    public mutating func read<T: FixedWidthInteger>(_ type: T.Type = T.self) throws(ByteCodingError) -> T {
        let size = MemoryLayout<T>.size
        try need(size)
        defer { place += size }
        return bytes.withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: T.self)) }
    }

    public mutating func readBool() throws(ByteCodingError) -> Bool {
        let value = try read(UInt8.self)
        guard value <= 1 else { throw ByteCodingError(.value, "boolean \(value)") }
        return value == 1
    }

    public mutating func read(raw count: Int) throws(ByteCodingError) -> [UInt8] {
        try need(count)
        defer { place += count }
        return Array(bytes[place..<(place + count)])
    }

    /// A 32-bit length, at most `limit`, then that many bytes.
    public mutating func readCounted(limit: Int) throws(ByteCodingError) -> [UInt8] {
        let count = Int(try read(UInt32.self))
        guard count <= limit else { throw ByteCodingError(.value, "length \(count) over \(limit)") }
        return try read(raw: count)
    }

    public mutating func readString(limit: Int) throws(ByteCodingError) -> String {
        let raw = try readCounted(limit: limit)
        guard let text = String(validating: raw, as: UTF8.self) else {
            throw ByteCodingError(.value, "text is not UTF-8")
        }
        return text
    }

    @usableFromInline
    func need(_ count: Int) throws(ByteCodingError) {
        guard count >= 0, count <= remaining else {
            throw ByteCodingError(.truncated, "\(count) bytes wanted at \(place), \(remaining) left")
        }
    }
}

/// XXH3-64 of the bytes. `seed` binds the sum to where the bytes belong (a page number, an address).
public func checksum64(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
    XXH3_64bits_withSeed(bytes.baseAddress, bytes.count, seed)
}

public func checksum64(_ bytes: [UInt8], seed: UInt64) -> UInt64 {
    bytes.withUnsafeBytes { checksum64($0, seed: seed) }
}

public func checksum64(_ bytes: ArraySlice<UInt8>, seed: UInt64) -> UInt64 {
    bytes.withUnsafeBytes { checksum64($0, seed: seed) }
}
