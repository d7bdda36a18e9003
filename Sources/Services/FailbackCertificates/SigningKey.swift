import Cryptography
public import Environment
import Foundation
public import Model

/// The Ed25519 key that a vault signs its certificates with; as files, PEM that openssl reads (RFC 8410).
public struct SigningKey: Sendable {
    /// What everybody may know, and what a certificate is verified with.
    public struct Public: Sendable {
        private let key: [UInt8]

        fileprivate init(_ key: [UInt8]) { self.key = key }

        public init(pem: [UInt8]) throws(Failure) {
            guard let key = PEM.decode(pem, "PUBLIC KEY", prefix: PEM.publicPrefix) else {
                throw Failure(
                    .invalidArgument, "read the key: this is no Ed25519 public key in PEM; give the file that "
                        + "`homeward certificate key` wrote")
            }
            self.key = key
        }

        public var pem: String { PEM.encode(PEM.publicPrefix + key, "PUBLIC KEY") }

        /// SHA-256 of the key as RFC 8410 writes it, in hexadecimal.
        public var id: String { hexadecimal(SHA256.hash(PEM.publicPrefix + key)) }

        func isSignature(_ signature: [UInt8], of message: [UInt8]) -> Bool {
            Ed25519.isSignature(signature, of: message, publicKey: key)
        }
    }

    private let key: [UInt8]
    public let publicKey: Public

    /// The key in this file, which is made when it is missing. One that cannot be read is never replaced. Blocks.
    public init(keptIn path: String, _ files: any FileSystem, random: any RandomSource) throws {
        if !files.exists(path) {
            let pem = PEM.encode(PEM.privatePrefix + random.bytes(Ed25519.keyByteCount), "PRIVATE KEY")
            try files.createDurably(files.parent(of: path))
            try files.replace(path, with: Array(pem.utf8))
        }
        guard let found = PEM.decode(try files.readAll(path), "PRIVATE KEY", prefix: PEM.privatePrefix),
            let known = Ed25519.publicKey(ofPrivate: found)
        else {
            throw Failure(
                .dataCorrupt, "read the signing key \(path): it is no Ed25519 private key in PEM. Restore it, or move "
                    + "it away and start again for a new one")
        }
        key = found
        publicKey = Public(known)
    }

    /// nil when libcrypto has no memory.
    func sign(_ message: [UInt8]) -> [UInt8]? { Ed25519.sign(message, privateKey: key) }
}

/// RFC 7468 around RFC 8410's fixed beginnings of a key of 32 bytes.
private enum PEM {
    static let privatePrefix: [UInt8] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20]
    static let publicPrefix: [UInt8] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0]

    static func encode(_ bytes: [UInt8], _ label: String) -> String {
        "-----BEGIN \(label)-----\n\(Data(bytes).base64EncodedString())\n-----END \(label)-----\n"
    }

    static func decode(_ text: [UInt8], _ label: String, prefix: [UInt8]) -> [UInt8]? {
        let lines = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard lines.first == "-----BEGIN \(label)-----", lines.last == "-----END \(label)-----",
            let bytes = Data(base64Encoded: lines.dropFirst().dropLast().joined()),
            bytes.count == prefix.count + Ed25519.keyByteCount, bytes.starts(with: prefix)
        else { return nil }
        return Array(bytes.dropFirst(prefix.count))
    }
}
