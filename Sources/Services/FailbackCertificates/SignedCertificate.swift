import Blocks
import Foundation
public import Model

/// A certificate in a DSSE envelope (github.com/secure-systems-lab/dsse, protocol.md and envelope.md, v1.0), signed
/// with Ed25519 (RFC 8032): what is signed is the payload's very bytes with their type, so that it is judged before it
/// is read.
public struct SignedCertificate: Sendable {
    public static let payloadType = "application/vnd.homeward.failback-certificate.v1+json"
    /// Of an envelope; a certificate of a machine with 64 disks has some 20 KiB.
    public static let largest = 1 << 20

    private struct Envelope: Codable {
        struct Signature: Codable {
            var keyid: String
            var sig: Data
        }
        var payload: Data
        var payloadType: String
        var signatures: [Signature]
    }

    /// JSON, ending in a line feed.
    public let text: String

    public init(_ certificate: FailbackCertificate, by key: SigningKey) throws(Failure) {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
            let payload = try encoder.encode(certificate)
            guard let signature = key.sign(Self.signed(payload, Self.payloadType)) else {
                throw Failure(.internalError, "libcrypto has no memory")
            }
            let envelope = Envelope(
                payload: payload, payloadType: Self.payloadType,
                signatures: [.init(keyid: key.publicKey.id, sig: Data(signature))])
            text = String(decoding: try encoder.encode(envelope), as: UTF8.self) + "\n"
        } catch {
            throw Failure(.internalError, "sign the certificate of \(certificate.item): \(error)")
        }
    }

    /// The certificate in an envelope that somebody handed over, if this key signed it.
    public static func verify(_ text: [UInt8], key: SigningKey.Public) throws(Failure) -> FailbackCertificate {
        func refusal(_ why: String) -> Failure { Failure(.dataCorrupt, "verify the certificate: \(why)") }
        guard text.count <= largest, let envelope = try? JSONDecoder().decode(Envelope.self, from: Data(text)) else {
            throw refusal("this is no signed certificate; give the file that `homeward certificate show` wrote")
        }
        guard envelope.payloadType == payloadType else {
            throw refusal("it is of type \(envelope.payloadType), not \(payloadType)")
        }
        let signed = signed(envelope.payload, envelope.payloadType)
        // The id is a hint; what counts is whether the key fits.
        guard envelope.signatures.contains(where: { key.isSignature([UInt8]($0.sig), of: signed) }) else {
            let by = envelope.signatures.first?.keyid ?? "nobody"
            throw refusal("it is not signed by key \(key.id), or was changed since; it names key \(by)")
        }
        guard let certificate = try? JSONDecoder().decode(FailbackCertificate.self, from: envelope.payload),
            certificate.version == 1
        else { throw refusal("it is signed, but of a version that this program does not know") }
        return certificate
    }

    /// DSSE's pre-authentication encoding.
    private static func signed(_ payload: Data, _ type: String) -> [UInt8] {
        Array("DSSEv1 \(type.utf8.count) \(type) \(payload.count) ".utf8) + [UInt8](payload)
    }
}
