public import Environment
public import NIOCore
internal import NIOPosix
internal import Synchronization

/// The live network: byte streams over TCP and unix sockets.
public struct NIONetwork: Network {
    private static let backlog: Int32 = 256
    private static let connectTimeout = TimeAmount.seconds(10)

    private let group: any EventLoopGroup
    private let credentials: TLSCredentials?

    /// - Parameter credentials: what accepted streams go on with under TLS when they are told to.
    public init(group: any EventLoopGroup, credentials: TLSCredentials? = nil) {
        self.group = group
        self.credentials = credentials
    }

    public func listen(_ address: StreamAddress) async throws(NetworkError) -> any StreamListener {
        let accepted = AcceptQueue()
        let credentials = credentials
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let reader = SocketReader(channel)
                    try channel.pipeline.syncOperations.addHandler(reader)
                    let peer = peerAddress(channel.remoteAddress, address)
                    if !accepted.put(SocketStream(channel, reader, peer, credentials)) { channel.close(promise: nil) }
                }
            }
        let channel = try await bind(tuned(bootstrap, address), address)
        channel.closeFuture.whenComplete { _ in accepted.close() }
        return SocketListener(channel, boundAddress(channel, address), accepted)
    }

    public func connect(_ address: StreamAddress) async throws(NetworkError) -> any ByteStream {
        let holder = ReaderHolder()
        let bootstrap = ClientBootstrap(group: group)
            .connectTimeout(Self.connectTimeout)
            .channelOption(.autoRead, value: false)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let reader = SocketReader(channel)
                    holder.set(reader)
                    try channel.pipeline.syncOperations.addHandler(reader)
                }
            }
        let channel = try await RPCTransport.connect(tuned(bootstrap, address), address)
        guard let reader = holder.get() else { throw NetworkError(.other, "\(address)", "no channel was initialised") }
        return SocketStream(channel, reader, address, nil)
    }
}

private final class ReaderHolder: Sendable {
    private let reader = Mutex<SocketReader?>(nil)

    func set(_ new: SocketReader) { reader.withLock { $0 = new } }
    func get() -> SocketReader? { reader.withLock { $0 } }
}

private func peerAddress(_ address: SocketAddress?, _ listening: StreamAddress) -> StreamAddress {
    guard let host = address?.ipAddress, let port = address?.port else { return listening }
    return .ip(host, port: port)
}

/// Connections accepted by the system and not yet by the application.
private final class AcceptQueue: Sendable {
    private struct State {
        var streams: [SocketStream] = []
        var waiting: [UnsafeContinuation<SocketStream?, Never>] = []
        var isClosed = false
    }

    /// More are closed as they come.
    private static let maxWaiting = 256

    private let state = Mutex(State())

    /// False if there is no room.
    func put(_ stream: SocketStream) -> Bool {
        let (taken, waiting) = state.withLock { state -> (Bool, UnsafeContinuation<SocketStream?, Never>?) in
            guard !state.isClosed else { return (false, nil) }
            if !state.waiting.isEmpty { return (true, state.waiting.removeFirst()) }
            guard state.streams.count < Self.maxWaiting else { return (false, nil) }
            state.streams.append(stream)
            return (true, nil)
        }
        waiting?.resume(returning: stream)
        return taken
    }

    func take() async -> SocketStream? {
        await withUnsafeContinuation { continuation in
            let now: SocketStream?? = state.withLock { state in
                if !state.streams.isEmpty { return .some(state.streams.removeFirst()) }
                if state.isClosed { return .some(nil) }
                state.waiting.append(continuation)
                return nil
            }
            if let now { continuation.resume(returning: now) }
        }
    }

    func close() {
        let (streams, waiting) = state.withLock { state in
            state.isClosed = true
            let all = (state.streams, state.waiting)
            state.streams = []
            state.waiting = []
            return all
        }
        for stream in streams { stream.close() }
        for continuation in waiting { continuation.resume(returning: nil) }
    }
}

private final class SocketListener: StreamListener {
    let address: StreamAddress
    private let channel: any NIOCore.Channel
    private let accepted: AcceptQueue

    init(_ channel: any NIOCore.Channel, _ address: StreamAddress, _ accepted: AcceptQueue) {
        self.channel = channel
        self.address = address
        self.accepted = accepted
    }

    deinit { channel.close(promise: nil) }

    func accept() async throws(NetworkError) -> (any ByteStream)? { await accepted.take() }

    func close() {
        channel.close(promise: nil)
        accepted.close()
    }
}

/// Keeps what was read until it is asked for; asks the socket for more only then. So at most one read's worth
/// (`maxSocketRead`) is held, and a slow reader stops its peer.
private final class SocketReader: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private struct State {
        var buffer: [[UInt8]] = []
        var waiting: UnsafeContinuation<Void, Never>?
        /// The socket was asked for more and has given nothing since.
        var isAsked = false
        /// Of the loop, while the socket is open.
        var executor: EventLoopExecutor?
        var isEnded = false
        var failure: NetworkError?
    }

    private enum Taken {
        case bytes([UInt8])
        case end
        case failed(NetworkError)
        case wait
    }

    private let state = Mutex(State())
    private let channel: any NIOCore.Channel

    init(_ channel: any NIOCore.Channel) { self.channel = channel }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = [UInt8](unwrapInboundIn(data).readableBytesView)
        change { state in
            state.isAsked = false
            state.buffer.append(bytes)
        }
    }

    /// An accepted socket is handed on before it is registered with its loop, and then forgets that it was asked.
    func channelActive(context: ChannelHandlerContext) {
        let executor = EventLoopExecutor.shared(context.eventLoop)
        executor.addStream()
        let isAsked = state.withLock { state in
            state.executor = executor
            return state.isAsked
        }
        if isAsked { context.read() }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        change { state in
            state.executor?.removeStream()
            state.executor = nil
            state.isEnded = true
        }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let failure = networkError(error, .unix(path: context.channel.remoteAddress.map { "\($0)" } ?? "peer"))
        change { state in
            state.failure = failure
            state.isEnded = true
        }
        context.close(promise: nil)
    }

    private func change(_ body: (inout State) -> Void) {
        let waiting = state.withLock { state in
            body(&state)
            let waiting = state.waiting
            state.waiting = nil
            return waiting
        }
        waiting?.resume()
    }

    func next() async throws(NetworkError) -> [UInt8]? {
        while true {
            switch take() {
            case .bytes(let bytes): return bytes
            case .end: return nil
            case .failed(let error): throw error
            case .wait: await wait()
            }
        }
    }

    private func take() -> Taken {
        state.withLock { state in
            if !state.buffer.isEmpty { return .bytes(state.buffer.removeFirst()) }
            if let failure = state.failure { return .failed(failure) }
            if state.isEnded { return .end }
            state.isAsked = true
            return .wait
        }
    }

    private func wait() async {
        channel.read()
        await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            let isReady = state.withLock { state in
                let isReady = !state.buffer.isEmpty || state.isEnded
                if !isReady { state.waiting = continuation }
                return isReady
            }
            if isReady { continuation.resume() }
        }
    }
}

private final class SocketStream: UpgradableStream {
    let peer: StreamAddress
    let tasks: (any TaskSpawner)?
    private let credentials: TLSCredentials?
    private let channel: any NIOCore.Channel
    private let reader: SocketReader

    init(
        _ channel: any NIOCore.Channel, _ reader: SocketReader, _ peer: StreamAddress, _ credentials: TLSCredentials?
    ) {
        self.channel = channel
        self.reader = reader
        self.peer = peer
        self.credentials = credentials
        tasks = RPCTransport.tasks(on: channel.eventLoop)
    }

    deinit { channel.close(promise: nil) }

    func read() async throws(NetworkError) -> [UInt8]? { try await reader.next() }

    /// Returns when the system has taken the bytes.
    func write(_ bytes: [UInt8]) async throws(NetworkError) {
        do {
            try await channel.writeAndFlush(channel.allocator.buffer(bytes: bytes)).get()
        } catch { throw networkError(error, peer) }
    }

    func secure() async throws(NetworkError) -> [String] {
        guard let credentials else {
            close()
            throw NetworkError(.other, "\(peer)", "this side has no certificate")
        }
        do { return try await upgraded(channel, credentials) } catch {
            close()
            throw networkError(error, peer)
        }
    }

    func close() { channel.close(promise: nil) }
}
