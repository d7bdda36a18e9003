internal import HTTP2

/// Custom metadata as header fields (gRPC over HTTP2, section Requests, "Custom-Metadata → Binary-Header /
/// ASCII-Header"): values of keys that end in `-bin` are base64, the others printable ASCII.
enum MetadataCoding {
    private static let binarySuffix = "-bin"

    static func isBinary(_ key: String) -> Bool { key.utf8.count > 4 && key.hasSuffix(binarySuffix) }

    /// "Header-Name → 1*( %x30-39 / %x61-7A / "_" / "-" / ".") ; 0-9 a-z _ - ."; names beginning with `grpc-` are
    /// reserved. Of "leading or trailing whitespace" gRPC says that "it may be stripped"; HTTP says that a field value
    /// must have none (RFC 9113 §8.2.1), and some peers drop such a field.
    static func encode(_ metadata: Metadata, into fields: inout [HeaderField]) throws(RPCError) {
        for entry in metadata.entries {
            guard isName(entry.key) else {
                throw RPCError(.internal, "metadata key “\(entry.key)”: not a lower-case header name, or reserved")
            }
            if isBinary(entry.key) {
                fields.append(HeaderField(entry.key, Base64.encode(entry.value)))
            } else {
                guard entry.value.allSatisfy(isASCIIValue) else {
                    throw RPCError(.internal, "metadata value of “\(entry.key)”: not ASCII; use a -bin key")
                }
                fields.append(HeaderField(entry.key, String(decoding: trimmed(entry.value), as: UTF8.self)))
            }
        }
    }

    /// Adds a field that a peer sent. False if a binary value is not base64. "Implementations must split Binary-Headers
    /// on "," before decoding the Base64-encoded values", padded or not. A name or value that HTTP allows and gRPC does
    /// not is left out: "they may throw the value away", and what was received can be sent again.
    static func decode(_ field: HeaderField, into metadata: inout Metadata) -> Bool {
        guard isBinary(field.name) else {
            guard isName(field.name), field.value.utf8.allSatisfy(isASCIIValue) else { return true }
            metadata.append(field.name, field.value)
            return true
        }
        guard isName(field.name) else { return true }
        for part in field.value.utf8.split(separator: UInt8(ascii: ",")) {
            guard let bytes = Base64.decode(part) else { return false }
            metadata.append(field.name, bytes: bytes)
        }
        return true
    }

    private static func trimmed(_ value: [UInt8]) -> ArraySlice<UInt8> {
        let space = UInt8(ascii: " ")
        guard value.first == space || value.last == space else { return value[...] }
        let kept = value.drop { $0 == space }
        return kept.prefix((kept.lastIndex { $0 != space } ?? kept.startIndex - 1) + 1 - kept.startIndex)
    }

    /// "ASCII-Value → 1*( %x20-%x7E )".
    private static func isASCIIValue(_ octet: UInt8) -> Bool { (0x20...0x7e).contains(octet) }

    private static func isName(_ key: String) -> Bool {
        !key.isEmpty && !key.hasPrefix("grpc-")
            && key.utf8.allSatisfy { octet in
                switch octet {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}

/// RFC 4648 §4. Written without padding, read with or without.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var out: [UInt8] = []
        out.reserveCapacity((bytes.count * 4 + 2) / 3)
        var bits: UInt32 = 0
        var held = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            held += 8
            while held >= 6 {
                held -= 6
                out.append(alphabet[Int(bits >> UInt32(held)) & 63])
            }
        }
        if held > 0 { out.append(alphabet[Int(bits << UInt32(6 - held)) & 63]) }
        return String(decoding: out, as: UTF8.self)
    }

    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        var out: [UInt8] = []
        out.reserveCapacity(text.count * 3 / 4)
        var bits: UInt32 = 0
        var held = 0
        var digits = 0
        var padding = 0
        for octet in text {
            if octet == UInt8(ascii: "=") {
                padding += 1
                continue
            }
            guard padding == 0, let value = value(octet) else { return nil }
            digits += 1
            bits = bits << 6 | UInt32(value)
            held += 6
            if held >= 8 {
                held -= 8
                out.append(UInt8(truncatingIfNeeded: bits >> UInt32(held)))
            }
        }
        guard digits % 4 != 1, padding == 0 || (digits + padding) % 4 == 0 && padding <= 2 else { return nil }
        return out
    }

    private static func value(_ octet: UInt8) -> UInt8? {
        switch octet {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): octet - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): octet - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): octet - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
