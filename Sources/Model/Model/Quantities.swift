/// A number of bytes.
public struct ByteCount: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let bytes: Int64

    public init(_ bytes: Int64) { self.bytes = bytes }

    public static let zero = ByteCount(0)
    public static func mebibytes(_ n: Int64) -> Self { .init(n << 20) }

    public static func < (a: Self, b: Self) -> Bool { a.bytes < b.bytes }
    public static func + (a: Self, b: Self) -> Self { .init(a.bytes + b.bytes) }
    public static func - (a: Self, b: Self) -> Self { .init(a.bytes - b.bytes) }
    public static func += (a: inout Self, b: Self) { a = a + b }

    /// The largest binary unit that leaves at least 1, with one digit: "1.5 GiB"; exact below 1 KiB.
    public var description: String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        var unit = 0
        var divisor: UInt64 = 1
        while unit < units.count - 1, bytes.magnitude / divisor >= 1024 {
            divisor <<= 10
            unit += 1
        }
        let sign = bytes < 0 ? "-" : ""
        let whole = bytes.magnitude / divisor
        guard unit > 0 else { return "\(sign)\(whole) B" }
        return "\(sign)\(whole).\((bytes.magnitude % divisor) / (divisor / 1024) * 10 / 1024) \(units[unit])"
    }
}

/// Microseconds since the Unix epoch, for people and durable deadlines; never used to order points.
public struct UnixMicroseconds: Hashable, Comparable, Sendable {
    public let value: Int64

    public init(_ value: Int64) { self.value = value }
    public static func < (a: Self, b: Self) -> Bool { a.value < b.value }
}
