internal import COpenSSL

/// An X.509 certificate (RFC 5280), read and judged by libcrypto.
public struct Certificate: Sendable {
    /// What its key may be used for in TLS (RFC 5280 §4.2.1.12).
    public enum Purpose: Sendable { case client, server }

    public struct Refusal: Error, CustomStringConvertible {
        public enum Kind: Sendable { case unreadable, unknownAuthority, refused }
        public let kind: Kind
        public let description: String
    }

    public let der: [UInt8]
    /// Big-endian, as it is written.
    public let serial: [UInt8]
    /// Of the subject's alternative names; empty when there are none.
    public let uris: [String]
    public let dnsNames: [String]
    private let usage: UInt32

    public init(der: [UInt8]) throws(Refusal) {
        let parsed = try Parsed(der)
        self.der = der
        serial = parsed.serial
        (uris, dnsNames) = try parsed.names()
        usage = X509_get_extended_key_usage(parsed.pointer)
    }

    /// One without a statement is for everything.
    public func isMeant(for purpose: Purpose) -> Bool {
        usage & (UInt32(XKU_ANYEKU) | UInt32(purpose == .client ? XKU_SSL_CLIENT : XKU_SSL_SERVER)) != 0
    }

    /// The chain from the first of the presented to one of the authorities, both included: signatures, validity now,
    /// who may sign (basic constraints, key usage), name constraints and unknown critical extensions (RFC 5280 §6), and
    /// keys and digests of 112 bits of security at least.
    ///
    /// Two authorities may bear the same name, as while one succeeds the other.
    public static func chain(
        _ presented: [Certificate], to authorities: [Certificate]
    ) throws(Refusal) -> [Certificate] {
        guard let first = presented.first else { throw Refusal(kind: .unreadable, description: "there is none") }
        let leaf = try Parsed(first.der)
        let others = try Stack(presented.dropFirst())
        var refusal = Refusal(kind: .unknownAuthority, description: "no authority is known here")
        for authority in authorities {
            switch try chain(leaf, others, to: Parsed(authority.der)) {
            case .success(let chain): return chain
            case .failure(let why): if refusal.kind == .unknownAuthority { refusal = why }
            }
        }
        throw refusal
    }

    private static func chain(
        _ leaf: borrowing Parsed, _ others: borrowing Stack, to authority: borrowing Parsed
    ) throws(Refusal) -> Result<[Certificate], Refusal> {
        let store = X509_STORE_new()
        defer { X509_STORE_free(store) }
        let context = X509_STORE_CTX_new()
        defer { X509_STORE_CTX_free(context) }
        guard X509_STORE_add_cert(store, authority.pointer) == 1,
            X509_STORE_CTX_init(context, store, leaf.pointer, others.pointer) == 1
        else { throw Refusal(kind: .unreadable, description: "libcrypto has no memory") }
        let parameters = X509_STORE_CTX_get0_param(context)
        // Who is trusted is said here, whether or not it signed itself.
        X509_VERIFY_PARAM_set_flags(parameters, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        X509_VERIFY_PARAM_set_auth_level(parameters, 2)
        guard X509_verify_cert(context) == 1 else { return .failure(refusal(X509_STORE_CTX_get_error(context))) }
        let found = X509_STORE_CTX_get0_chain(context)
        var chain: [Certificate] = []
        for index in 0..<OPENSSL_sk_num(found) {
            let pointer = OpaquePointer(OPENSSL_sk_value(found, index))
            // Beyond what libcrypto asks unless told to be strict: a signer says so by its basic constraints.
            guard index == 0 || X509_check_ca(pointer) == 1 else { return .failure(refusal(X509_V_ERR_INVALID_CA)) }
            chain.append(try Certificate(der: Parsed.der(of: pointer)))
        }
        return .success(chain)
    }

    private static func refusal(_ code: Int32) -> Refusal {
        let text = String(cString: X509_verify_cert_error_string(Int(code)))
        let isStrange = [
            X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
            X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_CERT_SIGNATURE_FAILURE,
        ].contains(code)
        return Refusal(kind: isStrange ? .unknownAuthority : .refused, description: text)
    }
}

/// libcrypto's form of a certificate, for as long as a function runs.
private struct Parsed: ~Copyable {
    let pointer: OpaquePointer

    init(_ der: [UInt8]) throws(Certificate.Refusal) {
        let read = der.withUnsafeBufferPointer { bytes -> OpaquePointer? in
            var next = bytes.baseAddress
            guard let found = d2i_X509(nil, &next, bytes.count) else { return nil }
            if next == bytes.baseAddress.map({ $0 + bytes.count }) { return found }
            X509_free(found)
            return nil
        }
        guard let read else {
            ERR_clear_error()
            throw Certificate.Refusal(kind: .unreadable, description: "it is no X.509 certificate in DER")
        }
        pointer = read
    }

    deinit { X509_free(pointer) }

    var serial: [UInt8] {
        let number = X509_get0_serialNumber(pointer)
        return Array(UnsafeBufferPointer(start: ASN1_STRING_get0_data(number), count: Int(ASN1_STRING_length(number))))
    }

    func names() throws(Certificate.Refusal) -> (uris: [String], dnsNames: [String]) {
        var critical: Int32 = 0
        guard let names = X509_get_ext_d2i(pointer, NID_subject_alt_name, &critical, nil) else {
            if critical == -1 { return ([], []) }
            ERR_clear_error()
            throw Certificate.Refusal(kind: .unreadable, description: "its alternative names cannot be read")
        }
        let stack = OpaquePointer(names)
        defer { GENERAL_NAMES_free(stack) }
        var found: (uris: [String], dnsNames: [String]) = ([], [])
        for index in 0..<OPENSSL_sk_num(stack) {
            guard let name = OPENSSL_sk_value(stack, index)?.load(as: GENERAL_NAME.self) else { continue }
            switch name.type {
            case GEN_URI: found.uris.append(try Self.text(name.d.ia5))
            case GEN_DNS: found.dnsNames.append(try Self.text(name.d.ia5))
            default: continue
            }
        }
        return found
    }

    /// IA5 without control characters: a NUL in a name has fooled many.
    private static func text(_ string: UnsafePointer<ASN1_STRING>?) throws(Certificate.Refusal) -> String {
        let bytes = UnsafeBufferPointer(start: ASN1_STRING_get0_data(string), count: Int(ASN1_STRING_length(string)))
        guard bytes.allSatisfy({ (0x20...0x7e).contains($0) }) else {
            throw Certificate.Refusal(kind: .unreadable, description: "a name in it has characters that no name has")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func der(of pointer: OpaquePointer?) -> [UInt8] {
        var out: UnsafeMutablePointer<UInt8>?
        let count = Int(i2d_X509(pointer, &out))
        defer { CRYPTO_free(out, #file, #line) }
        return count > 0 ? Array(UnsafeBufferPointer(start: out, count: count)) : []
    }
}

/// Certificates as libcrypto takes several.
private struct Stack: ~Copyable {
    let pointer: OpaquePointer?

    init(_ certificates: some Sequence<Certificate>) throws(Certificate.Refusal) {
        pointer = OPENSSL_sk_new_null()
        for certificate in certificates {
            let parsed = try Parsed(certificate.der)
            X509_up_ref(parsed.pointer)
            OPENSSL_sk_push(pointer, UnsafeRawPointer(parsed.pointer))
        }
    }

    deinit {
        while let certificate = OPENSSL_sk_pop(pointer) { X509_free(OpaquePointer(certificate)) }
        OPENSSL_sk_free(pointer)
    }
}
