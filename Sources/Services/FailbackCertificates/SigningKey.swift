import Crypto
public import Environment
import Foundation
public import Model

/// The Ed25519 key that a vault signs its certificates with; as files, PEM that openssl reads (RFC 8410).
public struct SigningKey: Sendable {
    /// What everybody may know, and what a certificate is verified with.
    public struct Public: Sendable {
        private let key: Curve25519.Signing.PublicKey

        fileprivate init(_ key: Curve25519.Signing.PublicKey) { self.key = key }

        public init(pem: [UInt8]) throws(Failure) {
            guard let raw = PEM.decode(pem, "PUBLIC KEY", prefix: PEM.publicPrefix),
                let key = try? Curve25519.Signing.PublicKey(rawRepresentation: raw)
            else {
                throw Failure(
                    .invalidArgument, "read the key: this is no Ed25519 public key in PEM; give the file that "
                        + "`homeward certificate key` wrote")
            }
            self.key = key
        }

        public var pem: String { PEM.encode(PEM.publicPrefix + key.rawRepresentation, "PUBLIC KEY") }

        /// SHA-256 of the key as RFC 8410 writes it, in hexadecimal.
        public var id: String {
            SHA256.hash(data: PEM.publicPrefix + key.rawRepresentation).map { byte in
                (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }.joined()
        }

        func isSignature(_ signature: [UInt8], of message: [UInt8]) -> Bool {
            key.isValidSignature(signature, for: message)
        }
    }

    private let key: Curve25519.Signing.PrivateKey

    /// The key in this file, which is made when it is missing. One that cannot be read is never replaced. Blocks.
    public init(keptIn path: String, _ files: any FileSystem, random: any RandomSource) throws {
        if !files.exists(path) {
            let fresh = try Curve25519.Signing.PrivateKey(rawRepresentation: random.bytes(32))
            let pem = PEM.encode(PEM.privatePrefix + fresh.rawRepresentation, "PRIVATE KEY")
            try files.createDurably(files.parent(of: path))
            try files.replace(path, with: Array(pem.utf8))
        }
        guard let raw = PEM.decode(try files.readAll(path), "PRIVATE KEY", prefix: PEM.privatePrefix),
            let found = try? Curve25519.Signing.PrivateKey(rawRepresentation: raw)
        else {
            throw Failure(
                .dataCorrupt, "read the signing key \(path): it is no Ed25519 private key in PEM. Restore it, or move "
                    + "it away and start again for a new one")
        }
        key = found
    }

    public var publicKey: Public { Public(key.publicKey) }

    func sign(_ message: [UInt8]) throws -> [UInt8] { [UInt8](try key.signature(for: message)) }
}

/// RFC 7468 around RFC 8410's fixed beginnings of a key of 32 bytes.
private enum PEM {
    static let privatePrefix = Data([0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20])
    static let publicPrefix = Data([0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0])

    static func encode(_ bytes: Data, _ label: String) -> String {
        "-----BEGIN \(label)-----\n\(bytes.base64EncodedString())\n-----END \(label)-----\n"
    }

    static func decode(_ text: [UInt8], _ label: String, prefix: Data) -> Data? {
        let lines = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard lines.first == "-----BEGIN \(label)-----", lines.last == "-----END \(label)-----",
            let bytes = Data(base64Encoded: lines.dropFirst().dropLast().joined()),
            bytes.count == prefix.count + 32, bytes.starts(with: prefix)
        else { return nil }
        return bytes.dropFirst(prefix.count)
    }
}
