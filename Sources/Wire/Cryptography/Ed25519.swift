internal import COpenSSL

/// Signatures of RFC 8032, by libcrypto. Keys are the 32 raw bytes of RFC 8410.
public enum Ed25519 {
    public static let keyByteCount = 32
    private static let signatureByteCount = 64

    /// nil unless these are 32 bytes.
    public static func publicKey(ofPrivate key: [UInt8]) -> [UInt8]? {
        guard let pair = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, key, key.count) else { return nil }
        defer { EVP_PKEY_free(pair) }
        return output(keyByteCount) { EVP_PKEY_get_raw_public_key(pair, $0, &$1) }
    }

    /// nil unless the key has 32 bytes.
    public static func sign(_ message: [UInt8], privateKey: [UInt8]) -> [UInt8]? {
        guard let pair = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, privateKey, privateKey.count) else {
            return nil
        }
        defer { EVP_PKEY_free(pair) }
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestSignInit(context, nil, nil, nil, pair) == 1 else { return nil }
        return output(signatureByteCount) { EVP_DigestSign(context, $0, &$1, message, message.count) }
    }

    public static func isSignature(_ signature: [UInt8], of message: [UInt8], publicKey: [UInt8]) -> Bool {
        guard let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, publicKey, publicKey.count) else {
            return false
        }
        defer { EVP_PKEY_free(key) }
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        return EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1
            && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    private static func output(
        _ byteCount: Int, _ write: (_ out: UnsafeMutablePointer<UInt8>?, _ count: inout Int) -> Int32
    ) -> [UInt8]? {
        var worked = false
        let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { out, count in
            var written = byteCount
            worked = write(out.baseAddress, &written) == 1 && written == byteCount
            count = worked ? byteCount : 0
        }
        return worked ? bytes : nil
    }
}
