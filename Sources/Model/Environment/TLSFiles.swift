/// Where one identity for mutual TLS lies: PEM files, and a list of what is revoked. All are looked at again while a
/// program runs, so that they are replaced without a restart.
public struct TLSFiles: Codable, Hashable, Sendable {
    /// The certificate, then those between it and the authority, if any.
    public var certificate: String
    /// The private key that belongs to it.
    public var key: String
    /// Certificates of the authorities whose word counts for peers.
    public var authority: String
    /// Serial numbers of certificates that count no more, hexadecimal, one a line, `#` before a remark. nil: none.
    public var revoked: String?

    public init(certificate: String, key: String, authority: String, revoked: String? = nil) {
        self.certificate = certificate
        self.key = key
        self.authority = authority
        self.revoked = revoked
    }

    /// The names that these files have in a directory of their own.
    public init(directory: String, revoked: Bool = true) {
        self.init(
            certificate: "\(directory)/certificate.pem", key: "\(directory)/key.pem",
            authority: "\(directory)/authority.pem", revoked: revoked ? "\(directory)/revoked.txt" : nil)
    }
}
