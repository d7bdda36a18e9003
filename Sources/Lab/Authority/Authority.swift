internal import COpenSSL
public import Environment

/// A certificate authority for labs and tests: P-256 keys, everything in PEM, by libcrypto. Whoever holds its key can
/// become any component; a real site has an authority of its own.
public struct Authority: Sendable {
    /// Its own certificate, for the `authority` files of those who trust it.
    public let certificatePEM: String
    /// PKCS #8. Keep it to the lab's directory.
    public let keyPEM: String

    private static let lifetime = 3_650 * 86_400.0

    /// A new one, valid from a day ago, so that clocks may differ, for ten years.
    public init(name: String, now: WallInstant) throws {
        let key = try KeyPair()
        let draft = try CertificateDraft(commonName: name, now: now, from: -86_400, until: Self.lifetime - 86_400)
        _ = try draft.setSerial()
        try draft.setKey(key, issuer: draft)
        try draft.add(NID_basic_constraints, "critical,CA:TRUE", issuer: draft)
        try draft.add(NID_key_usage, "critical,keyCertSign,cRLSign", issuer: draft)
        try draft.add(NID_subject_key_identifier, "hash", issuer: draft)
        certificatePEM = try draft.signed(by: key)
        keyPEM = try key.pem()
    }

    /// One that was made before.
    public init(certificatePEM: String, keyPEM: String) throws {
        _ = try CertificateDraft(pem: certificatePEM)
        _ = try KeyPair(pem: keyPEM)
        self.certificatePEM = certificatePEM
        self.keyPEM = keyPEM
    }

    /// Signs a new key for the subject.
    public func issue(_ subject: CertificateSubject, now: WallInstant) throws -> IssuedCertificate {
        let issuer = try CertificateDraft(pem: certificatePEM)
        let key = try KeyPair()
        let draft = try CertificateDraft(
            commonName: subject.commonName, now: now, from: subject.validFrom, until: subject.validUntil)
        let serial = try draft.setSerial()
        try draft.setKey(key, issuer: issuer)
        try draft.add(NID_basic_constraints, "critical,CA:FALSE", issuer: issuer)
        try draft.add(NID_key_usage, "critical,digitalSignature", issuer: issuer)
        let usages = (subject.isServer ? ["serverAuth"] : []) + (subject.isClient ? ["clientAuth"] : [])
        try draft.add(NID_ext_key_usage, usages.joined(separator: ","), issuer: issuer)
        try draft.add(NID_subject_key_identifier, "hash", issuer: issuer)
        // One that was made without an identifier is found by its name.
        if issuer.hasKeyIdentifier { try draft.add(NID_authority_key_identifier, "keyid", issuer: issuer) }
        try draft.add(uris: subject.uris, dnsNames: subject.dnsNames)
        return IssuedCertificate(
            certificatePEM: try draft.signed(by: KeyPair(pem: keyPEM)), keyPEM: try key.pem(), serial: serial)
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
