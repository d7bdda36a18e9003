internal import COpenSSL
internal import Environment

/// What libcrypto refused to make.
struct AuthorityError: Error, CustomStringConvertible {
    let description: String

    init(_ what: String) {
        description = "make a certificate: \(what)"
        ERR_clear_error()
    }
}

/// A certificate (RFC 5280) while it is made, or one that signs others.
final class CertificateDraft {
    private let pointer: OpaquePointer

    /// - from, until: seconds from now.
    init(commonName: String, now: WallInstant, from: Double, until: Double) throws {
        guard let made = X509_new() else { throw AuthorityError("no memory") }
        pointer = made
        X509_set_version(pointer, 2)  // which says v3
        let seconds = Double(now.microseconds) / 1_000_000
        ASN1_TIME_set(X509_getm_notBefore(pointer), time_t(seconds + from))
        ASN1_TIME_set(X509_getm_notAfter(pointer), time_t(seconds + until))
        let text = Array(commonName.utf8)
        guard
            X509_NAME_add_entry_by_NID(
                X509_get_subject_name(pointer), NID_commonName, MBSTRING_UTF8, text, Int32(text.count), -1, 0) == 1
        else { throw AuthorityError("`\(commonName)` is no name") }
    }

    init(pem: String) throws {
        guard let read = withInput(pem, { PEM_read_bio_X509($0, nil, nil, nil) }) else {
            throw AuthorityError("the authority's certificate is not one in PEM")
        }
        pointer = read
    }

    deinit { X509_free(pointer) }

    var hasKeyIdentifier: Bool { X509_get0_subject_key_id(pointer) != nil }

    /// A random one, positive and of 16 bytes always (RFC 5280 §4.1.2.2); hexadecimal in lower case.
    func setSerial() throws -> String {
        var number = [UInt8](repeating: 0, count: 16)
        guard RAND_bytes(&number, Int32(number.count)) == 1 else { throw AuthorityError("no random numbers") }
        number[0] = number[0] & 0x3f | 0x40
        let integer = BN_bin2bn(number, Int32(number.count), nil)
        defer { BN_free(integer) }
        BN_to_ASN1_INTEGER(integer, X509_get_serialNumber(pointer))
        return number.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    func setKey(_ key: KeyPair, issuer: CertificateDraft) throws {
        guard X509_set_pubkey(pointer, key.pointer) == 1,
            X509_set_issuer_name(pointer, X509_get_subject_name(issuer.pointer)) == 1
        else { throw AuthorityError("libcrypto refuses its key or its issuer's name") }
    }

    /// An extension as OpenSSL's configuration files write it (x509v3_config(5)).
    func add(_ identifier: Int32, _ value: String, issuer: CertificateDraft) throws {
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, issuer.pointer, pointer, nil, nil, 0)
        guard let made = X509V3_EXT_conf_nid(nil, &context, identifier, value) else {
            throw AuthorityError("libcrypto refuses the extension `\(value)`")
        }
        defer { X509_EXTENSION_free(made) }
        guard X509_add_ext(pointer, made, -1) == 1 else { throw AuthorityError("no memory") }
    }

    /// Alternative names, by their values: none is read as configuration.
    func add(uris: [String], dnsNames: [String]) throws {
        let names = OPENSSL_sk_new_null()
        defer { GENERAL_NAMES_free(names) }
        for (kind, text) in uris.map({ (GEN_URI, $0) }) + dnsNames.map({ (GEN_DNS, $0) }) {
            let string = ASN1_STRING_type_new(V_ASN1_IA5STRING)
            let name = GENERAL_NAME_new()
            ASN1_STRING_set(string, text, Int32(text.utf8.count))
            GENERAL_NAME_set0_value(name, kind, string)
            OPENSSL_sk_push(names, name)
        }
        guard OPENSSL_sk_num(names) > 0 else { return }
        guard X509_add1_ext_i2d(pointer, NID_subject_alt_name, UnsafeMutableRawPointer(names), 0, 0) == 1 else {
            throw AuthorityError("libcrypto refuses its alternative names")
        }
    }

    /// PEM, once signed (ECDSA with SHA-256).
    func signed(by key: KeyPair) throws -> String {
        guard X509_sign(pointer, key.pointer, EVP_sha256()) > 0 else { throw AuthorityError("it cannot be signed") }
        return try withOutput { PEM_write_bio_X509($0, pointer) }
    }
}

/// A key on the curve P-256.
final class KeyPair {
    fileprivate let pointer: OpaquePointer

    /// A new one.
    init() throws {
        let context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil)
        defer { EVP_PKEY_CTX_free(context) }
        var made: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1,
            EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1) == 1,
            EVP_PKEY_generate(context, &made) == 1, let made
        else { throw AuthorityError("libcrypto makes no key on P-256") }
        pointer = made
    }

    init(pem: String) throws {
        guard let read = withInput(pem, { PEM_read_bio_PrivateKey($0, nil, nil, nil) }) else {
            throw AuthorityError("the authority's key is not one in PEM")
        }
        pointer = read
    }

    deinit { EVP_PKEY_free(pointer) }

    /// PKCS #8.
    func pem() throws -> String {
        try withOutput { PEM_write_bio_PKCS8PrivateKey($0, pointer, nil, nil, 0, nil, nil) }
    }
}

private func withInput(_ text: String, _ read: (_ input: OpaquePointer?) -> OpaquePointer?) -> OpaquePointer? {
    var text = text
    return text.withUTF8 { bytes in
        let input = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count))
        defer { BIO_free(input) }
        return read(input)
    }
}

private func withOutput(_ write: (_ output: OpaquePointer?) -> Int32) throws -> String {
    let output = BIO_new(BIO_s_mem())
    defer { BIO_free(output) }
    guard write(output) == 1 else { throw AuthorityError("no memory") }
    var bytes = [UInt8](repeating: 0, count: BIO_ctrl_pending(output))
    BIO_read(output, &bytes, Int32(bytes.count))
    return String(decoding: bytes, as: UTF8.self)
}
