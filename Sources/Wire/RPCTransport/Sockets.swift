internal import Environment
internal import Glibc
internal import NIOCore
internal import NIOPosix

/// The largest read from a socket.
let maxSocketRead = 256 << 10

private var readAllocator: AdaptiveRecvByteBufferAllocator {
    AdaptiveRecvByteBufferAllocator(minimum: 2 << 10, initial: 16 << 10, maximum: maxSocketRead)
}

/// Small answers must not wait for the acknowledgement of earlier ones. `exhausted`: see `AcceptPause`.
func tuned(
    _ bootstrap: ServerBootstrap, _ address: StreamAddress,
    exhausted: @escaping @Sendable (any Error) -> Void = { _ in }
) -> ServerBootstrap {
    let bootstrap = bootstrap.childChannelOption(.recvAllocator, value: readAllocator)
        .serverChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(AcceptPause(exhausted))
            }
        }
    guard case .ip = address.location else { return bootstrap }
    return bootstrap.childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
}

func tuned(_ bootstrap: ClientBootstrap, _ address: StreamAddress) -> ClientBootstrap {
    let bootstrap = bootstrap.channelOption(.recvAllocator, value: readAllocator)
    guard case .ip = address.location else { return bootstrap }
    return bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1)
}

func bind(_ bootstrap: ServerBootstrap, _ address: StreamAddress) async throws(NetworkError) -> any NIOCore.Channel {
    do {
        switch address {
        case .ip(let host, let port), .component(_, let host, let port):
            return try await bootstrap.bind(host: host, port: port).get()
        case .unix(let path):
            let socket = try await reaching(path) { try boundSocket($0) }
            let channel = try await bootstrap.withBoundSocket(socket).get()
            // It listens by now, with the channel's usual queue.
            Glibc.listen(socket, try await channel.getOption(.backlog).get())
            return channel
        }
    } catch { throw networkError(error, address) }
}

/// In the place of what a dead process left. Bound here, not by its channel: that would remove at its close whatever
/// the path names by then, such as the socket of a successor. What is closed leaves its file, as a kill does.
private func boundSocket(_ path: String) throws -> CInt {
    let address = try SocketAddress(unixDomainSocketPath: path)
    let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
    let socket = Glibc.socket(AF_UNIX, CInt(kind), 0)
    guard socket >= 0 else { throw IOError(errnoCode: errno, reason: "make a socket for \(path)") }
    var status = stat()
    if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK { unlink(path) }
    guard address.withSockAddr({ Glibc.bind(socket, $0, socklen_t($1)) }) == 0 else {
        let error = IOError(errnoCode: errno, reason: "bind a socket to \(path)")
        Glibc.close(socket)
        throw error
    }
    return socket
}

/// - onlyLoopback: refuses to leave this computer, also by a name's address.
func connect(
    _ bootstrap: ClientBootstrap, _ address: StreamAddress, onlyLoopback: Bool = false
) async throws(NetworkError) -> any NIOCore.Channel {
    do {
        switch address {
        case .ip(let host, let port), .component(_, let host, let port):
            // One address after the other, never two at once: what the bootstrap's initialiser left last belongs to
            // the channel that is returned.
            var failure: any Error = NetworkError(.unreachable, "\(address)", "its name has no address")
            for candidate in try await resolve(host, port) {
                guard !onlyLoopback || isLoopback(candidate) else {
                    failure = plaintextRefused(address)
                    continue
                }
                do { return try await bootstrap.connect(to: candidate).get() } catch { failure = error }
            }
            throw failure
        case .unix(let path):
            return try await reaching(path) { try await bootstrap.connect(unixDomainSocketPath: $0).get() }
        }
    } catch { throw networkError(error, address) }
}

/// A socket's address has room for 107 bytes of its path (unix(7)). A longer one is reached by its directory, which the
/// kernel names by a descriptor that is open meanwhile.
private func reaching<R>(_ path: String, _ body: (String) async throws -> R) async throws -> R {
    guard path.utf8.count > longestSocketPath, let slash = path.lastIndex(of: "/") else { return try await body(path) }
    let directory = Glibc.open(String(path[...slash]), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw IOError(errnoCode: errno, reason: "open the directory of \(path)") }
    defer { Glibc.close(directory) }
    return try await body("/proc/self/fd/\(directory)/\(path[path.index(after: slash)...])")
}

private let longestSocketPath = 107

/// A name may have this many addresses tried: each may take the whole time limit of a connection.
private let maxCandidates = 4

/// The addresses of a host in the system's order of preference. A name is looked up each time: what bears it may have
/// moved.
private func resolve(_ host: String, _ port: Int) async throws -> [SocketAddress] {
    if let numeric = try? SocketAddress(ipAddress: host, port: port) { return [numeric] }
    return try await NIOThreadPool.singleton.runIfActive {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &found)
        guard code == 0 else {
            let detail = String(cString: gai_strerror(code))
            throw NetworkError(.unreachable, "\(host):\(port)", "its name is not known: \(detail)")
        }
        defer { freeaddrinfo(found) }
        var addresses: [SocketAddress] = []
        var entry = found
        while let info = entry?.pointee, addresses.count < maxCandidates {
            if let address = socketAddress(info) { addresses.append(address) }
            entry = info.ai_next
        }
        return addresses
    }
}

private func socketAddress(_ info: addrinfo) -> SocketAddress? {
    guard let address = info.ai_addr else { return nil }
    return switch info.ai_family {
    case AF_INET: SocketAddress(UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in.self))
    case AF_INET6: SocketAddress(UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in6.self))
    default: nil
    }
}

func boundAddress(_ channel: any NIOCore.Channel, _ requested: StreamAddress) -> StreamAddress {
    guard case .ip(let host, _) = requested.location, let port = channel.localAddress?.port else { return requested }
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
