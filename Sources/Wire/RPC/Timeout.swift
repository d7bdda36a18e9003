/// `grpc-timeout` (gRPC over HTTP2, section Requests): "Timeout → "grpc-timeout" TimeoutValue TimeoutUnit",
/// a positive integer of at most eight digits and one of H M S m u n.
enum Timeout {
    private static let maxDigits = 8
    private static let maxValue: Int64 = 99_999_999
    private static let units: [(letter: UInt8, nanoseconds: Int64)] = [
        (UInt8(ascii: "n"), 1), (UInt8(ascii: "u"), 1_000), (UInt8(ascii: "m"), 1_000_000),
        (UInt8(ascii: "S"), 1_000_000_000), (UInt8(ascii: "M"), 60_000_000_000),
        (UInt8(ascii: "H"), 3_600_000_000_000),
    ]
    /// About 114 years, the most that the format holds within 64 bits of nanoseconds; longer is the same as this.
    private static let longest: Int64 = 1_000_000 * 3_600_000_000_000

    /// The finest unit that fits, rounded up so that the peer never gives up before us.
    static func format(_ timeout: Duration) -> String {
        let nanoseconds = min(max(timeout.inNanoseconds, 0), longest)
        for unit in units {
            let value = nanoseconds / unit.nanoseconds + (nanoseconds % unit.nanoseconds == 0 ? 0 : 1)
            if value <= maxValue { return "\(value)\(Character(UnicodeScalar(unit.letter)))" }
        }
        return "\(maxValue)H"
    }

    /// nil if the text is not a timeout.
    static func parse(_ text: String) -> Duration? {
        let octets = text.utf8
        guard let last = octets.last, (2...maxDigits + 1).contains(octets.count) else { return nil }
        guard let unit = units.first(where: { $0.letter == last }) else { return nil }
        var value: Int64 = 0
        for octet in octets.dropLast() {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet) else { return nil }
            value = value * 10 + Int64(octet - UInt8(ascii: "0"))
        }
        let (nanoseconds, overflow) = value.multipliedReportingOverflow(by: unit.nanoseconds)
        return .nanoseconds(overflow ? longest : min(nanoseconds, longest))
    }
}
