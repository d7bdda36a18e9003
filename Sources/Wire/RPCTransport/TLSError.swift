internal import Glibc
internal import NIOSSL

/// Why a connection is not, or no longer, trusted. Names files, names and serial numbers; never what a key file holds.
public struct TLSError: Error, Hashable, Sendable, CustomStringConvertible {
    public let message: String

    public init(_ message: String) { self.message = message }

    public var description: String { "TLS: \(message)" }
}

extension TLSError {
    /// One sentence for what NIOSSL reports by codes.
    init(translating error: any Error) {
        switch error {
        case let error as TLSError: self = error
        case NIOSSLError.handshakeFailed(let inner): self.init(Self.sentence(inner))
        case let error as BoringSSLError: self.init(Self.sentence(error))
        case NIOSSLError.uncleanShutdown: self.init("the connection was cut without a farewell (close_notify)")
        case let error as NIOSSLExtraError: self.init("\(error)")
        default: self.init("\(error)")
        }
    }

    private static func sentence(_ error: BoringSSLError) -> String {
        guard case .sslError(let stack) = error, let first = stack.first else { return "\(error)" }
        if first == .eofDuringHandshake { return "the peer closed the connection during the handshake" }
        return sentence(reason: reason("\(first)"))
    }

    /// BoringSSL's name of what happened: "… OPENSSL_internal:UNSUPPORTED_PROTOCOL at file:line".
    private static func reason(_ text: String) -> String {
        let mark = "OPENSSL_internal:"
        let words = text.split(separator: " ")
        guard let word = words.first(where: { $0.hasPrefix(mark) || $0.contains(mark) }),
            let colon = word.lastIndex(of: ":")
        else { return text }
        return String(word[word.index(after: colon)...])
    }

    /// The alerts are those of RFC 8446 §6.2 in BoringSSL's spelling.
    private static func sentence(reason: String) -> String {
        switch reason {
        case "PEER_DID_NOT_RETURN_A_CERTIFICATE": "the peer has no certificate"
        case "CERTIFICATE_VERIFY_FAILED": "the peer's certificate was refused"
        case "WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "INVALID_OUTER_RECORD_TYPE":
            "the peer does not speak TLS"
        case "UNSUPPORTED_PROTOCOL": "the peer does not offer TLS 1.3"
        case _ where reason.hasSuffix("ALERT_PROTOCOL_VERSION"): "the peer does not take TLS 1.3"
        case _ where reason.hasSuffix("CERTIFICATE_REQUIRED"): "the peer wants a certificate and was given none"
        case _ where reason.hasSuffix("NO_APPLICATION_PROTOCOL"): noHTTP2
        case _ where reason.contains("ALERT") && (reason.contains("CERTIFICATE") || reason.hasSuffix("UNKNOWN_CA")):
            "the peer refused our certificate (\(words(reason)))"
        default: "the handshake failed (\(words(reason)))"
        }
    }

    static let noHTTP2 = "the peer does not offer HTTP/2 (no \"h2\" by ALPN)"

    private static func words(_ reason: String) -> String {
        let known = ["SSLV3_ALERT_", "TLSV1_ALERT_", "TLSV13_ALERT_"]
        let rest = known.first { reason.hasPrefix($0) }.map { reason.dropFirst($0.count) } ?? reason[...]
        return rest.lowercased().replacing("_", with: " ")
    }
}

/// What callers and logs are told of an error that ended a connection.
func connectionFailure(_ error: any Error) -> String {
    switch error {
    case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError: "\(TLSError(translating: error))"
    default: "\(error)"
    }
}

/// For people, UTC: `2026-11-21 08:00:00 UTC`.
func dateText(_ seconds: Int) -> String {
    var time = time_t(seconds)
    var parts = tm()
    guard gmtime_r(&time, &parts) != nil else { return "\(seconds) s after 1970" }
    var text = [CChar](repeating: 0, count: 32)
    let count = strftime(&text, text.count, "%Y-%m-%d %H:%M:%S UTC", &parts)
    return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
