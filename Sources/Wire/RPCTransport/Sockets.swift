internal import Environment
internal import Glibc
internal import NIOCore
internal import NIOPosix

/// The largest read from a socket.
let maxSocketRead = 256 << 10

private var readAllocator: AdaptiveRecvByteBufferAllocator {
    AdaptiveRecvByteBufferAllocator(minimum: 2 << 10, initial: 16 << 10, maximum: maxSocketRead)
}

/// Small answers must not wait for the acknowledgement of earlier ones.
func tuned(_ bootstrap: ServerBootstrap, _ address: StreamAddress) -> ServerBootstrap {
    let bootstrap = bootstrap.childChannelOption(.recvAllocator, value: readAllocator)
    guard case .ip = address else { return bootstrap }
    return bootstrap.childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
}

func tuned(_ bootstrap: ClientBootstrap, _ address: StreamAddress) -> ClientBootstrap {
    let bootstrap = bootstrap.channelOption(.recvAllocator, value: readAllocator)
    guard case .ip = address else { return bootstrap }
    return bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1)
}

func bind(_ bootstrap: ServerBootstrap, _ address: StreamAddress) async throws(NetworkError) -> any NIOCore.Channel {
    do {
        switch address {
        case .ip(let host, let port): return try await bootstrap.bind(host: host, port: port).get()
        case .unix(let path):
            return try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
        }
    } catch { throw networkError(error, address) }
}

func connect(
    _ bootstrap: ClientBootstrap, _ address: StreamAddress
) async throws(NetworkError) -> any NIOCore.Channel {
    do {
        switch address {
        case .ip(let host, let port): return try await bootstrap.connect(host: host, port: port).get()
        case .unix(let path): return try await bootstrap.connect(unixDomainSocketPath: path).get()
        }
    } catch { throw networkError(error, address) }
}

func boundAddress(_ channel: any NIOCore.Channel, _ requested: StreamAddress) -> StreamAddress {
    guard case .ip(let host, _) = requested, let port = channel.localAddress?.port else { return requested }
    return .ip(host, port: port)
}

func networkError(_ error: any Error, _ address: StreamAddress) -> NetworkError {
    let detail = "\(error)"
    switch error {
    case let error as NetworkError: return error
    case is ChannelError: return NetworkError(.closed, "\(address)", detail)
    case let error as IOError: return NetworkError(code(errno: error.errnoCode), "\(address)", detail)
    case let error as NIOConnectionError:
        // Several addresses were tried; a numeric one has one.
        guard let inner = error.connectionErrors.first?.error else { return NetworkError(.other, "\(address)", detail) }
        return networkError(inner, address)
    default: return NetworkError(.other, "\(address)", detail)
    }
}

private func code(errno: CInt) -> NetworkError.Code {
    switch errno {
    case ECONNREFUSED, ENOENT: .refused
    case ENETUNREACH, EHOSTUNREACH: .unreachable
    case ECONNRESET, EPIPE: .reset
    case EADDRINUSE: .addressInUse
    case ETIMEDOUT: .timedOut
    default: .other
    }
}
