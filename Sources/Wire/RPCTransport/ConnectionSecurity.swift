internal import Environment
internal import NIOCore

/// How the two ends of a connection know each other.
public enum ConnectionSecurity: Sendable {
    /// Not at all: unix sockets and this computer's loopback addresses only.
    case plaintext
    /// Mutual TLS 1.3, on TCP; unix sockets, which the file system guards, stay as they are.
    case mutualTLS(TLSCredentials)

    /// TLS for this address, if any.
    /// - Throws: `NetworkError` for plaintext to or at another computer.
    func credentials(for address: StreamAddress) throws(NetworkError) -> TLSCredentials? {
        switch (self, address.location) {
        case (_, .unix): return nil
        case (.mutualTLS(let credentials), _): return credentials
        case (.plaintext, .ip(let host, _)) where isNumeric(host) && !isLoopback(host):
            throw plaintextRefused(address)
        case (.plaintext, _): return nil
        }
    }
}

func plaintextRefused(_ address: StreamAddress) -> NetworkError {
    NetworkError(.other, "\(address)", "plaintext is for loopback addresses only; give this side a certificate")
}

private func isNumeric(_ host: String) -> Bool { (try? SocketAddress(ipAddress: host, port: 0)) != nil }

/// Of a numeric address.
private func isLoopback(_ host: String) -> Bool { host.hasPrefix("127.") || host == "::1" }

func isLoopback(_ address: SocketAddress) -> Bool { address.ipAddress.map(isLoopback) ?? true }

extension StreamAddress {
    /// Who the server there must be.
    func expectedName() throws(TLSError) -> String {
        switch self {
        case .component(let name, _, _): return name
        case .ip(let host, _) where !isNumeric(host): return host
        case .ip, .unix:
            throw TLSError("who is expected at \(self) is not said: write name@\(self), with the component's id")
        }
    }
}
