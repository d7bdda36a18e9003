public import Environment
import Glibc
public import Logging

/// Log lines for machines: one JSON object per line with `time` (RFC 3339, UTC, microseconds), `level`,
/// `label`, `message`, then `error` if there is one and `metadata` with its keys sorted.
public struct JSONLogHandler: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var logLevel: Logger.Level = .info
    public var metadataProvider: Logger.MetadataProvider?

    private let label: String
    private let clock: any Clock
    private let sink: @Sendable ([UInt8]) -> Void

    /// - Parameter sink: takes one line, its newline included; by default one `write` to standard error.
    public init(
        label: String, clock: any Clock = LiveClock(),
        sink: @escaping @Sendable ([UInt8]) -> Void = JSONLogHandler.writeToStandardError
    ) {
        self.label = label
        self.clock = clock
        self.sink = sink
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { _, new in new } }
        if let own = event.metadata { all.merge(own) { _, new in new } }
        var line = JSONLine()
        line.append("{\"time\":")
        line.append(string: rfc3339(clock.wallNow()))
        line.append(",\"level\":")
        line.append(string: event.level.rawValue)
        line.append(",\"label\":")
        line.append(string: label)
        line.append(",\"message\":")
        line.append(string: event.message.description)
        if let error = event.error {
            line.append(",\"error\":")
            line.append(string: String(describing: error))
        }
        if !all.isEmpty {
            line.append(",\"metadata\":")
            line.append(metadata: all)
        }
        line.append("}\n")
        sink(line.bytes)
    }

    /// A line goes out in one call, so that lines of several threads do not mix; what a broken standard
    /// error does not take is lost.
    public static func writeToStandardError(_ line: [UInt8]) {
        var rest = line[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

/// RFC 8259 text, built in place.
struct JSONLine {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    mutating func append(string: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case 0x0A: append("\\n")
            case 0x0D: append("\\r")
            case 0x09: append("\\t")
            case 0..<0x20:
                append("\\u00")
                for digit in [byte >> 4, byte & 15] { bytes.append(Array("0123456789abcdef".utf8)[Int(digit)]) }
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func append(metadata: Logger.Metadata) {
        append("{")
        for (index, (key, value)) in metadata.sorted(by: { $0.key < $1.key }).enumerated() {
            if index > 0 { append(",") }
            append(string: key)
            append(":")
            append(value: value)
        }
        append("}")
    }

    mutating func append(value: Logger.MetadataValue) {
        switch value {
        case .string(let string): append(string: string)
        case .stringConvertible(let value): append(string: value.description)
        case .dictionary(let dictionary): append(metadata: dictionary)
        case .array(let values):
            append("[")
            for (index, value) in values.enumerated() {
                if index > 0 { append(",") }
                append(value: value)
            }
            append("]")
        }
    }
}

/// `2026-01-31T23:59:59.000001Z`, by the civil calendar extended to all days.
func rfc3339(_ instant: WallInstant) -> String {
    let perDay: Int64 = 86_400_000_000
    let day = floorDivide(instant.microseconds, perDay)
    let rest = instant.microseconds - day * perDay
    let (year, month, dayOfMonth) = civilDate(daysSinceEpoch: day)
    let seconds = rest / 1_000_000
    let fields = [seconds / 3_600, seconds / 60 % 60, seconds % 60].map { padded($0, 2) }
    return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(dayOfMonth, 2) + "T"
        + fields.joined(separator: ":") + "." + padded(rest % 1_000_000, 6) + "Z"
}

private func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

private func floorDivide(_ a: Int64, _ b: Int64) -> Int64 { a >= 0 ? a / b : -((b - 1 - a) / b) }

/// Counts in years that begin in March, so that a leap day is the last of its year: 400 years have
/// 146 097 days, and the months from March on have 31, 30, 31, 30, 31 days over and over.
private func civilDate(daysSinceEpoch: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let sinceMarchOfYear0 = daysSinceEpoch + 719_468
    let era = floorDivide(sinceMarchOfYear0, 146_097)
    let dayOfEra = sinceMarchOfYear0 - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
}
