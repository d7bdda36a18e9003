/// Who a peer proved to be by its certificate, which an authority of ours signed and nobody revoked.
///
/// A component's certificate has two subject alternative names (RFC 5280 §4.2.1.6): the URI
/// `homeward://<site>/<component>`, which says who it is, and its id as a DNS name, by which clients check a server
/// (gRPC clients of others do so too).
public struct PeerIdentity: Hashable, Sendable, CustomStringConvertible {
    /// In the order of the certificate.
    public let uris: [String]
    /// In the order of the certificate.
    public let dnsNames: [String]
    /// Serial number, hexadecimal in lower case without leading zeros: what a file of revoked certificates names.
    public let serial: String

    public init(uris: [String], dnsNames: [String], serial: String) {
        self.uris = uris
        self.dnsNames = dnsNames
        self.serial = serial
    }

    /// How the URI of a component of ours begins.
    public static let scheme = "homeward://"

    /// The component of the first URI of ours; nil for a peer that is none.
    public var component: (site: String, id: String)? {
        guard let uri = uris.first(where: { $0.hasPrefix(Self.scheme) }) else { return nil }
        let parts = uri.dropFirst(Self.scheme.count).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        return (String(parts[0]), String(parts[1]))
    }

    /// Whether the certificate names this component or host. Without wildcards; DNS names know no case (RFC 4343).
    public func isNamed(_ name: String) -> Bool {
        component?.id == name || dnsNames.contains { $0.lowercased() == name.lowercased() }
    }

    /// The first name, for logs.
    public var description: String { uris.first ?? dnsNames.first ?? "serial \(serial)" }
}
