/// A JSON value as this lab writes it: settings of processes and the report. Objects keep their order.
public indirect enum JSON: Sendable {
    case null
    case text(String)
    case number(Int64)
    /// Written with three digits after the point.
    case seconds(Double)
    case flag(Bool)
    case list([JSON])
    case object([(String, JSON)])

    public static func optional(_ number: Int64?) -> JSON { number.map { .number($0) } ?? .null }
    public static func optional(_ text: String?) -> JSON { text.map { .text($0) } ?? .null }

    /// Indented by two spaces, without a newline at the end.
    public func encoded(indent: String = "") -> String {
        let inner = indent + "  "
        switch self {
        case .null: return "null"
        case .text(let text): return Self.quoted(text)
        case .number(let number): return "\(number)"
        case .seconds(let seconds): return "\(Double(Int64(seconds * 1_000)) / 1_000)"
        case .flag(let flag): return flag ? "true" : "false"
        case .list(let list):
            guard !list.isEmpty else { return "[]" }
            return "[\n" + list.map { inner + $0.encoded(indent: inner) }.joined(separator: ",\n") + "\n\(indent)]"
        case .object(let fields):
            guard !fields.isEmpty else { return "{}" }
            return "{\n"
                + fields.map { "\(inner)\(Self.quoted($0.0)): \($0.1.encoded(indent: inner))" }.joined(separator: ",\n")
                + "\n\(indent)}"
        }
    }

    /// RFC 8259 §7.
    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": out += "\\\(scalar)"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
