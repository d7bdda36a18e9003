import Crypto
public import Environment
import FoundationEssentials
import SwiftASN1
import X509

/// A certificate authority for labs and tests: P-256 keys, everything in PEM. Whoever holds its key can become any
/// component; a real site has an authority of its own.
public struct Authority: Sendable {
    /// Its own certificate, for the `authority` files of those who trust it.
    public let certificatePEM: String
    /// PKCS #8. Keep it to the lab's directory.
    public let keyPEM: String
    private let certificate: Certificate
    private let key: Certificate.PrivateKey

    private static let lifetime: TimeInterval = 3_650 * 86_400

    /// A new one, valid from a day ago, so that clocks may differ, for ten years.
    public init(name: String, now: WallInstant) throws {
        let key = P256.Signing.PrivateKey()
        let subject = try DistinguishedName { CommonName(name) }
        let begin = now.date.addingTimeInterval(-86_400)
        let certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: .init(key.publicKey), notValidBefore: begin,
            notValidAfter: begin.addingTimeInterval(Self.lifetime), issuer: subject, subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
            },
            issuerPrivateKey: .init(key))
        try self.init(certificate, key.pemRepresentation)
    }

    /// One that was made before.
    public init(certificatePEM: String, keyPEM: String) throws {
        try self.init(Certificate(pemEncoded: certificatePEM), keyPEM)
    }

    private init(_ certificate: Certificate, _ keyPEM: String) throws {
        self.certificate = certificate
        self.keyPEM = keyPEM
        key = try Certificate.PrivateKey(pemEncoded: keyPEM)
        certificatePEM = try certificate.serializeAsPEM().pemString + "\n"
    }

    /// Signs a new key for the subject.
    public func issue(_ subject: CertificateSubject, now: WallInstant) throws -> IssuedCertificate {
        let key = P256.Signing.PrivateKey()
        let serial = Certificate.SerialNumber()
        let names =
            subject.uris.map { GeneralName.uniformResourceIdentifier($0) }
            + subject.dnsNames.map { GeneralName.dnsName($0) }
        let usages: [ExtendedKeyUsage.Usage] =
            (subject.isServer ? [.serverAuth] : []) + (subject.isClient ? [.clientAuth] : [])
        let issued = try Certificate(
            version: .v3, serialNumber: serial, publicKey: .init(key.publicKey),
            notValidBefore: now.date.addingTimeInterval(subject.validFrom),
            notValidAfter: now.date.addingTimeInterval(subject.validUntil), issuer: certificate.subject,
            subject: try DistinguishedName { CommonName(subject.commonName) }, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage(usages)
                if !names.isEmpty { SubjectAlternativeNames(names) }
            },
            issuerPrivateKey: self.key)
        let digits = serial.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return IssuedCertificate(
            certificatePEM: try issued.serializeAsPEM().pemString + "\n", keyPEM: key.pemRepresentation + "\n",
            serial: String(digits.drop { $0 == "0" }))
    }
}

/// For whom a certificate is, and for what.
public struct CertificateSubject: Sendable {
    public var commonName: String
    public var uris: [String]
    public var dnsNames: [String]
    /// Seconds from the moment it is issued; negative for before.
    public var validFrom: Double = -86_400
    public var validUntil: Double = 3_650 * 86_400
    public var isServer = true
    public var isClient = true

    public init(commonName: String, uris: [String], dnsNames: [String]) {
        self.commonName = commonName
        self.uris = uris
        self.dnsNames = dnsNames
    }

    /// A component in Homeward's convention: `homeward://<site>/<id>`, and its id as a DNS name.
    public init(component id: String, site: String) {
        self.init(commonName: id, uris: ["homeward://\(site)/\(id)"], dnsNames: [id])
    }
}

public struct IssuedCertificate: Sendable {
    public let certificatePEM: String
    /// PKCS #8.
    public let keyPEM: String
    /// As a file of revoked serial numbers names it.
    public let serial: String
}

extension WallInstant {
    fileprivate var date: Date { Date(timeIntervalSince1970: Double(microseconds) / 1_000_000) }
}
