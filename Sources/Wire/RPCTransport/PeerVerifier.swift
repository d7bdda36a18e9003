internal import Cryptography
internal import Glibc
internal import NIOSSL
internal import RPC

/// A peer whose certificate holds.
struct VerifiedPeer: Sendable {
    let identity: PeerIdentity
    /// Of all certificates from the peer's to the authority's, without the latter.
    let serials: [String]
}

/// Judges what a peer presents: a chain to one of the authorities (RFC 5280 §6), in its time, meant for its side of the
/// connection, not revoked, and with a name.
struct PeerVerifier: Sendable {
    typealias Side = Certificate.Purpose

    /// A leaf, some between, one spare. More is a peer that makes work.
    private static let maxChain = 8

    private let authorities: [Certificate]
    let revoked: Set<String>

    init(authorities: [NIOSSLCertificate], revoked: Set<String>) throws(TLSError) {
        do { self.authorities = try authorities.map { try Certificate(der: $0.toDERBytes()) } } catch {
            throw TLSError("an authority's certificate cannot be read: \(error)")
        }
        self.revoked = revoked
    }

    /// - name: of whom the peer must be, if it must be somebody.
    func verify(
        _ presented: [NIOSSLCertificate], as side: Side, expecting name: String?
    ) throws(TLSError) -> VerifiedPeer {
        guard let first = presented.first, presented.count <= Self.maxChain else {
            throw TLSError("the peer presented \(presented.count) certificates")
        }
        let chain = try Self.parse(presented)
        let identity = try Self.identity(chain[0])
        let who = "the certificate of \(identity) (serial \(identity.serial))"
        try Self.checkTime(first, who)
        let valid: [Certificate]
        do { valid = try Certificate.chain(chain, to: authorities) } catch {
            throw TLSError(
                error.kind == .unknownAuthority
                    ? "\(who) is not signed by an authority known here" : "\(who) is refused: \(error)")
        }
        guard chain[0].isMeant(for: side) else {
            throw TLSError("\(who) is refused: it is not meant for a \(side) (extended key usage)")
        }
        let serials = valid.dropLast(valid.count > 1 ? 1 : 0).map { serialText($0.serial) }
        try checkRevoked(serials, who)
        if let name, !identity.isNamed(name) {
            throw TLSError("\(name) was expected there, and the certificate is that of \(identity)")
        }
        return VerifiedPeer(identity: identity, serials: serials)
    }

    func isRevoked(_ serials: [String]) -> Bool { serials.contains { revoked.contains($0) } }

    private func checkRevoked(_ serials: [String], _ who: String) throws(TLSError) {
        guard let serial = serials.first(where: { revoked.contains($0) }) else { return }
        throw TLSError(serial == serials.first ? "\(who) is revoked" : "\(who): its issuer \(serial) is revoked")
    }

    private static func parse(_ presented: [NIOSSLCertificate]) throws(TLSError) -> [Certificate] {
        do { return try presented.map { try Certificate(der: $0.toDERBytes()) } } catch {
            throw TLSError("the peer's certificate cannot be read: \(error)")
        }
    }

    /// What any certificate of ours must say, one's own as well.
    static func identity(of certificate: NIOSSLCertificate) throws(TLSError) -> PeerIdentity {
        try identity(parse([certificate])[0])
    }

    static func checkTime(_ certificate: NIOSSLCertificate, _ who: String) throws(TLSError) {
        let now = time(nil)
        guard now <= certificate.notValidAfter else {
            throw TLSError("\(who) expired at \(dateText(certificate.notValidAfter))")
        }
        guard now >= certificate.notValidBefore else {
            throw TLSError("\(who) is valid from \(dateText(certificate.notValidBefore)) on only")
        }
    }

    private static func identity(_ certificate: Certificate) throws(TLSError) -> PeerIdentity {
        let serial = serialText(certificate.serial)
        let (uris, dnsNames) = (certificate.uris, certificate.dnsNames)
        guard !uris.isEmpty || !dnsNames.isEmpty else {
            throw TLSError("the certificate with serial \(serial) names nobody: it has neither a URI nor a DNS name")
        }
        return PeerIdentity(uris: uris, dnsNames: dnsNames, serial: serial)
    }
}

/// Hexadecimal in lower case without leading zeros.
func serialText(_ bytes: some Sequence<UInt8>) -> String {
    let digits = bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    let text = digits.drop { $0 == "0" }
    return text.isEmpty ? "0" : String(text)
}
