internal import HTTP2

/// A call's status as trailer fields and back (gRPC over HTTP2, section Responses).
enum StatusCoding {
    /// Longer messages are cut: trailers share the peer's limit on header sections.
    static let maxMessageBytes = 4 << 10
    /// Larger details are left out, and the message says so.
    static let maxDetailsBytes = 32 << 10

    static let ok = [HeaderField("grpc-status", "0")]

    /// "Trailers → Status [Status-Message] [Status-Details] *Custom-Metadata".
    static func fields(_ error: RPCError) -> [HeaderField] { fields(error, isBare: false) }

    /// Within what the peer takes of a header section: metadata and details that would make it refuse the status itself
    /// are left out, and the message says so. `others` are such fields besides the error's own.
    static func fields(_ error: RPCError, beside others: [HeaderField] = [], peerLimit: Int) -> [HeaderField] {
        let all = fields(error) + others
        // gRPC's C core refuses sections at random from four fifths of its limit on ("soft limit").
        guard headerListBytes(all) > peerLimit / 5 * 4 - headersReserve else { return all }
        var bare = error
        bare.message += " (details left out: only \(peerLimit) bytes can be sent)"
        return fields(bare, isBare: true)
    }

    /// For the fields that a trailers-only response has besides its trailers.
    private static let headersReserve = 256

    private static func fields(_ error: RPCError, isBare: Bool) -> [HeaderField] {
        var message = error.message
        if error.details.count > maxDetailsBytes { message += " (\(error.details.count) bytes of details left out)" }
        var fields = [HeaderField("grpc-status", String(error.code.rawValue))]
        if !message.isEmpty { fields.append(HeaderField("grpc-message", percentEncode(message))) }
        if !error.details.isEmpty && error.details.count <= maxDetailsBytes {
            fields.append(HeaderField("grpc-status-details-bin", Base64.encode(error.details)))
        }
        if let pushback = error.pushback { fields.append(HeaderField("grpc-retry-pushback-ms", pushback.text)) }
        if isBare { return fields.filter { $0.name != "grpc-status-details-bin" } }
        let custom = fields
        // Metadata that cannot be sent must not hide the status itself.
        do { try MetadataCoding.encode(error.metadata, into: &fields) } catch { fields = custom }
        return fields
    }

    /// nil for OK. `code` is the value of grpc-status; an unknown one is UNKNOWN.
    static func error(code: String, _ fields: [HeaderField]) -> RPCError? {
        // "Status → "grpc-status" 1*DIGIT": a sign is none, and must not make an OK.
        let isNumber = code.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        let number = isNumber ? Int(code) : nil
        if number == 0 { return nil }
        var error = RPCError(number.flatMap(StatusCode.init) ?? .unknown, "")
        for field in fields {
            switch field.name {
            case "grpc-message": error.message = percentDecode(field.value)
            case "grpc-status-details-bin": error.details = Base64.decode(field.value.utf8) ?? []
            case "grpc-retry-pushback-ms": error.pushback = RetryPushback(field.value)
            case "grpc-status", "content-type": break
            case let name where name.hasPrefix(":") || name.hasPrefix("grpc-"): break
            default: _ = MetadataCoding.decode(field, into: &error.metadata)
            }
        }
        return error
    }

    /// "Percent-Encoded → 1*(Percent-Byte-Unencoded / Percent-Byte-Encoded)": octets 0x20–0x7E but "%" as they are. A
    /// field value must not begin or end with a space (RFC 9113 §8.2.1), so such a one is encoded.
    static func percentEncode(_ text: String) -> String {
        var out: [UInt8] = []
        let octets = Array(text.utf8.prefix(maxMessageBytes))
        for (place, octet) in octets.enumerated() {
            let isEdge = place == 0 || place == octets.count - 1
            let isPlain = (0x20...0x7e).contains(octet) && octet != UInt8(ascii: "%")
            if isPlain && !(isEdge && octet == UInt8(ascii: " ")) {
                out.append(octet)
            } else {
                out += [UInt8(ascii: "%"), hexDigit(octet >> 4), hexDigit(octet & 15)]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// "When decoding invalid values, implementations MUST NOT error or throw away the message."
    static func percentDecode(_ text: String) -> String {
        let octets = Array(text.utf8)
        var out: [UInt8] = []
        var index = 0
        while index < octets.count {
            if octets[index] == UInt8(ascii: "%"), index + 2 < octets.count,
                let high = hexValue(octets[index + 1]), let low = hexValue(octets[index + 2])
            {
                out.append(high << 4 | low)
                index += 3
            } else {
                out.append(octets[index])
                index += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// grpc/doc/http-grpc-status-mapping.md, for responses that carry no grpc-status.
    static func code(httpStatus: String) -> StatusCode {
        switch httpStatus {
        case "400": .internal
        case "401": .unauthenticated
        case "403": .permissionDenied
        case "404": .unimplemented
        case "429", "502", "503", "504": .unavailable
        default: .unknown
        }
    }

    /// Section Errors: "the following mapping from RST_STREAM error codes to gRPC error codes".
    static func code(reset: HTTP2ErrorCode) -> StatusCode {
        switch reset {
        case .refusedStream: .unavailable
        case .cancel: .cancelled
        case .enhanceYourCalm: .resourceExhausted
        case .inadequateSecurity: .permissionDenied
        default: .internal
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }

    private static func hexValue(_ octet: UInt8) -> UInt8? {
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): octet - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): octet - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): octet - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
