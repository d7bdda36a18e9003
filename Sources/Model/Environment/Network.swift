/// Reliable ordered byte streams (TCP or unix sockets in a live process, simulated links in simulation).
/// NBD and the in-memory RPC transport run over this; the live RPC transport uses SwiftNIO directly.
public protocol Network: Sendable {
    func listen(_ address: StreamAddress) async throws(NetworkError) -> any StreamListener
    func connect(_ address: StreamAddress) async throws(NetworkError) -> any ByteStream
}

public enum StreamAddress: Hashable, Sendable, CustomStringConvertible {
    /// A numeric IPv4 or IPv6 address, or a host's name, which the live network looks up at each connection; port 0
    /// lets the system choose.
    case ip(String, port: Int)
    /// A component at a host's port: over mutual TLS the server there must prove by its certificate that it is this
    /// component. Written `name@host:port`.
    case component(String, host: String, port: Int)
    case unix(path: String)

    /// Where it is, without who must be there.
    public var location: StreamAddress {
        guard case .component(_, let host, let port) = self else { return self }
        return .ip(host, port: port)
    }

    /// The same place, where this component must be; a name that is there already stays.
    public func named(_ name: String) -> StreamAddress {
        guard case .ip(let host, let port) = self else { return self }
        return .component(name, host: host, port: port)
    }

    public var description: String {
        switch self {
        case .ip(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .component(let name, let host, let port): "\(name)@\(StreamAddress.ip(host, port: port))"
        case .unix(let path): "unix:\(path)"
        }
    }
}

public protocol StreamListener: Sendable {
    /// The bound address, with the port chosen by the system.
    var address: StreamAddress { get }
    /// nil after `close()`.
    func accept() async throws(NetworkError) -> (any ByteStream)?
    func close()
}

public protocol ByteStream: Sendable {
    /// At least one byte, at most 256 KiB; nil at the peer's end of stream.
    func read() async throws(NetworkError) -> [UInt8]?
    /// Returns when the bytes are accepted by the transport (back-pressure).
    func write(_ bytes: [UInt8]) async throws(NetworkError)
    /// Closes both directions; a pending `read` returns nil or throws.
    func close()
    var peer: StreamAddress { get }
    /// Where tasks that read and write this stream run without waking another thread; they must not block. nil:
    /// anywhere.
    var tasks: (any TaskSpawner)? { get }
}

extension ByteStream {
    public var tasks: (any TaskSpawner)? { nil }
}

/// A stream that begins in the clear and goes on under mutual TLS when both ends have said so (STARTTLS).
public protocol UpgradableStream: ByteStream {
    /// The server's side of the handshake. Nothing else may be under way, and nothing may have been read of what the
    /// client sends after it asked. From then on all bytes go through TLS; on a failure the stream is closed.
    ///
    /// - Returns: the URIs of the client's certificate, which is good.
    func secure() async throws(NetworkError) -> [String]
}

public struct NetworkError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable { case refused, unreachable, reset, closed, addressInUse, timedOut, other }

    public let code: Code
    public let address: String
    public let detail: String

    public init(_ code: Code, _ address: String, _ detail: String = "") {
        self.code = code
        self.address = address
        self.detail = detail
    }

    public var description: String { "\(address): \(code)" + (detail.isEmpty ? "" : ": \(detail)") }
}
