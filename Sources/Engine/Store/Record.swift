public import Model

/// Writes fields one after the other: integers as 8 bytes, everything else with its length before it.
/// For small stored values that are read back by the same field list; messages between processes are protobuf.
public struct RecordWriter {
    public private(set) var bytes: [UInt8]

    /// `version` is the first byte; a reader refuses one that it does not know.
    public init(version: UInt8) { bytes = [version] }

    public mutating func integer(_ value: Int64) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    public mutating func blob(_ value: [UInt8]) {
        integer(Int64(value.count))
        bytes.append(contentsOf: value)
    }

    public mutating func text(_ value: String) { blob(Array(value.utf8)) }

    public mutating func optional(_ value: String?) {
        integer(value == nil ? 0 : 1)
        if let value { text(value) }
    }

    public mutating func list<T>(_ values: [T], _ one: (inout RecordWriter, T) -> Void) {
        integer(Int64(values.count))
        for value in values { one(&self, value) }
    }
}

public struct RecordReader {
    private let bytes: [UInt8]
    private var offset = 1
    private let what: String

    /// `what` names the record in failures.
    public init(_ bytes: [UInt8], version: UInt8, _ what: String) throws(Failure) {
        self.bytes = bytes
        self.what = what
        guard bytes.first == version else { throw unreadable() }
    }

    public mutating func integer() throws(Failure) -> Int64 {
        guard bytes.count - offset >= 8 else { throw unreadable() }
        var value: UInt64 = 0
        for index in 0..<8 { value |= UInt64(bytes[offset + index]) << (8 * index) }
        offset += 8
        return Int64(bitPattern: value)
    }

    public mutating func blob() throws(Failure) -> [UInt8] {
        let count = try integer()
        guard count >= 0, count <= bytes.count - offset else { throw unreadable() }
        defer { offset += Int(count) }
        return Array(bytes[offset..<offset + Int(count)])
    }

    public mutating func text() throws(Failure) -> String {
        guard let text = String(validating: try blob(), as: UTF8.self) else { throw unreadable() }
        return text
    }

    public mutating func optional() throws(Failure) -> String? {
        switch try integer() {
        case 0: return nil
        case 1: return try text()
        default: throw unreadable()
        }
    }

    public mutating func list<T>(_ one: (inout RecordReader) throws(Failure) -> T) throws(Failure) -> [T] {
        let count = try integer()
        guard count >= 0, count <= bytes.count - offset else { throw unreadable() }
        var values: [T] = []
        for _ in 0..<count { values.append(try one(&self)) }
        return values
    }

    /// Nothing may be left over.
    public func end() throws(Failure) {
        guard offset == bytes.count else { throw unreadable() }
    }

    public func unreadable() -> Failure {
        Failure(.storeCorrupt, "read a stored \(what): byte \(offset) of \(bytes.count) is not as written")
    }
}
