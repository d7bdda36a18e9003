/// One line of JSON: an object of strings and integers, which is all that the logs and the WRITES file need.
struct FlatJSON: Sendable {
    enum Value: Hashable, Sendable {
        case string(String)
        case number(Int128)
    }

    struct Malformed: Error, Hashable, Sendable {
        let what: String
    }

    private(set) var fields: [String: Value] = [:]

    init(parsing line: some Sequence<UInt8>) throws(Malformed) {
        var scanner = Scanner(Array(line))
        try scanner.expect("{")
        if try scanner.accept("}") {
            try scanner.end()
            return
        }
        repeat {
            let key = try scanner.string()
            try scanner.expect(":")
            guard fields.updateValue(try scanner.value(), forKey: key) == nil else {
                throw Malformed(what: "field \"\(key)\" is there twice")
            }
        } while try scanner.accept(",")
        try scanner.expect("}")
        try scanner.end()
    }

    func string(_ key: String) throws(Malformed) -> String {
        guard let value = fields[key] else { throw Malformed(what: "field \"\(key)\" is missing") }
        guard case .string(let text) = value else { throw Malformed(what: "field \"\(key)\" is not a string") }
        return text
    }

    func number(_ key: String) throws(Malformed) -> Int64 {
        guard let value = fields[key] else { throw Malformed(what: "field \"\(key)\" is missing") }
        guard case .number(let number) = value else { throw Malformed(what: "field \"\(key)\" is not an integer") }
        guard number >= 0 else { throw Malformed(what: "field \"\(key)\" is negative") }
        guard let small = Int64(exactly: number) else { throw Malformed(what: "field \"\(key)\" is too large") }
        return small
    }

    func unsigned(_ key: String) throws(Malformed) -> UInt64 {
        guard case .number(let number)? = fields[key], let value = UInt64(exactly: number) else {
            throw Malformed(what: "field \"\(key)\" is not an integer from 0 to 2^64 - 1")
        }
        return value
    }

    /// A string as a JSON literal.
    static func quote(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": out += "\\\(scalar)"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }

    private struct Scanner {
        private let bytes: [UInt8]
        private var index = 0

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        private mutating func skipSpace() {
            while index < bytes.count, [0x20, 0x09, 0x0d].contains(bytes[index]) { index += 1 }
        }

        mutating func accept(_ character: Unicode.Scalar) throws(Malformed) -> Bool {
            skipSpace()
            guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
            index += 1
            return true
        }

        mutating func expect(_ character: Unicode.Scalar) throws(Malformed) {
            guard try accept(character) else { throw Malformed(what: "'\(character)' expected at column \(index + 1)") }
        }

        mutating func end() throws(Malformed) {
            skipSpace()
            guard index == bytes.count else { throw Malformed(what: "text after the object at column \(index + 1)") }
        }

        mutating func value() throws(Malformed) -> Value {
            skipSpace()
            guard index < bytes.count else { throw Malformed(what: "value expected at column \(index + 1)") }
            if bytes[index] == UInt8(ascii: "\"") { return .string(try string()) }
            let start = index
            while index < bytes.count, bytes[index] == UInt8(ascii: "-") || (0x30...0x39).contains(bytes[index]) {
                index += 1
            }
            guard let number = Int128(String(decoding: bytes[start..<index], as: UTF8.self)) else {
                throw Malformed(what: "string or integer expected at column \(start + 1)")
            }
            return .number(number)
        }

        mutating func string() throws(Malformed) -> String {
            try expect("\"")
            var out: [UInt8] = []
            while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
                if bytes[index] == UInt8(ascii: "\\") {
                    index += 1
                    try escape(into: &out)
                } else {
                    out.append(bytes[index])
                    index += 1
                }
            }
            guard index < bytes.count else { throw Malformed(what: "string does not end") }
            index += 1
            guard let text = String(validating: out, as: UTF8.self) else {
                throw Malformed(what: "string is not UTF-8")
            }
            return text
        }

        private mutating func escape(into out: inout [UInt8]) throws(Malformed) {
            guard index < bytes.count else { throw Malformed(what: "string does not end") }
            let simple: [UInt8: UInt8] = [
                0x22: 0x22, 0x5c: 0x5c, 0x2f: 0x2f, 0x62: 8, 0x66: 12, 0x6e: 10, 0x72: 13, 0x74: 9,
            ]
            if let byte = simple[bytes[index]] {
                out.append(byte)
                index += 1
                return
            }
            guard bytes[index] == UInt8(ascii: "u"), index + 5 <= bytes.count,
                let code = UInt32(String(decoding: bytes[index + 1..<index + 5], as: UTF8.self), radix: 16),
                let scalar = Unicode.Scalar(code)
            else { throw Malformed(what: "bad escape at column \(index + 1)") }
            out.append(contentsOf: String(Character(scalar)).utf8)
            index += 5
        }
    }
}
