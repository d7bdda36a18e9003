internal import NIOCore
internal import NIOSSL
internal import NIOTLS
internal import RPC

/// Stands between TLS and HTTP/2 until the peer is known: lets nothing through before, opens the connection with the
/// peer's identity then, and leaves.
///
/// A client in TLS 1.3 is done with its handshake before the server has judged its certificate (RFC 8446 §2), so a
/// client's gate stays until the server speaks: a refusal is an error of connecting, not of the first call.
///
/// `@unchecked Sendable`: touched on the channel's event loop alone.
final class TLSGate: ChannelInboundHandler, RemovableChannelHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// From the first octet until the peer is known; a connection that says nothing holds no place for longer.
    static let timeout = Duration.seconds(10)
    /// What a peer may send while its certificate is judged again after a resumption.
    private static let maxHeldBytes = 256 << 10

    private enum Phase { case shaking, judging, opened, done }

    private let handshake: Handshake
    private let credentials: TLSCredentials
    private let timeout: TimeAmount
    private let isClient: Bool
    private let makeHandler: (PeerIdentity) -> ConnectionHandler
    private let ended: (Result<Void, TLSError>) -> Void
    private var phase = Phase.shaking
    private var held: [ByteBuffer] = []
    private var timer: Scheduled<Void>?

    /// - ended: called once, when the peer is known or refused.
    init(
        _ handshake: Handshake, _ credentials: TLSCredentials, isClient: Bool, timeout: Duration = TLSGate.timeout,
        ended: @escaping (Result<Void, TLSError>) -> Void, makeHandler: @escaping (PeerIdentity) -> ConnectionHandler
    ) {
        self.handshake = handshake
        self.credentials = credentials
        self.isClient = isClient
        self.timeout = .nanoseconds(timeout.inNanoseconds)
        self.ended = ended
        self.makeHandler = makeHandler
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        timer = context.eventLoop.scheduleTask(in: timeout) { [weak self] in
            guard let self, phase != .done else { return }
            let error = TLSError("no handshake within \(timeout.nanoseconds / 1_000_000) ms")
            end(.failure(error))
            Self.cut(channel, error)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end(.failure(TLSError("the connection was closed during the handshake")))
    }

    // MARK: - The handshake's end

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted(let negotiated)? = event as? TLSUserEvent, phase == .shaking else {
            return context.fireUserInboundEventTriggered(event)
        }
        guard negotiated == "h2" else { return refuse(context, TLSError(TLSError.noHTTP2)) }
        guard handshake.result == nil else { return open(context) }
        // A resumed session brings the certificate of its first handshake, which may have been revoked since.
        guard let certificate = try? context.channel.pipeline.syncOperations.nioSSL_peerCertificate() else {
            return refuse(context, TLSError("the peer has no certificate"))
        }
        phase = .judging
        let judged = context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        judged.futureResult.whenSuccess { [self] in open(bound.value) }
        Task.detached { [handshake] in
            handshake.judge([certificate])
            judged.succeed(())
        }
    }

    private func open(_ context: ChannelHandlerContext) {
        guard phase == .shaking || phase == .judging else { return }
        switch handshake.result {
        case .success(let peer): open(context, peer)
        case .failure(let error): refuse(context, error)
        case nil: refuse(context, TLSError("the peer has no certificate"))
        }
    }

    private func open(_ context: ChannelHandlerContext, _ peer: VerifiedPeer) {
        phase = .opened
        let channel = context.channel
        do {
            try context.pipeline.syncOperations.addHandler(makeHandler(peer.identity), position: .after(self))
        } catch { return refuse(context, TLSError("\(error)")) }
        let stop = credentials.follow(peer) { error in
            channel.eventLoop.execute { Self.cut(channel, error) }
        }
        channel.closeFuture.whenComplete { _ in stop() }
        let waiting = held
        held = []
        for bytes in waiting { context.fireChannelRead(wrapInboundOut(bytes)) }
        // No read of the socket is under way that would end these.
        if !waiting.isEmpty { context.fireChannelReadComplete() }
        if !isClient || !waiting.isEmpty { finish(context) }
    }

    // MARK: - What passes

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        switch phase {
        case .opened, .done: forward(context, bytes)
        case .shaking, .judging:
            held.append(bytes)
            guard held.reduce(0, { $0 + $1.readableBytes }) <= Self.maxHeldBytes else {
                return refuse(context, TLSError("the peer sent too much before it was known"))
            }
        }
    }

    private func forward(_ context: ChannelHandlerContext, _ bytes: ByteBuffer) {
        context.fireChannelRead(wrapInboundOut(bytes))
        if phase == .opened { finish(context) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Why the certificate was refused says more than that it was.
        var reason = TLSError(translating: error)
        if case .failure(let refusal)? = handshake.result { reason = refusal }
        end(.failure(reason))
        context.fireErrorCaught(reason)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(.failure(TLSError("the peer closed the connection during the handshake")))
        context.fireChannelInactive()
    }

    // MARK: - Ends

    /// There is no connection to guard.
    func abandon() { end(.failure(TLSError("the connection was closed before the handshake"))) }

    private func finish(_ context: ChannelHandlerContext) {
        end(.success(()))
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }

    private func refuse(_ context: ChannelHandlerContext, _ error: TLSError) {
        end(.failure(error))
        context.close(promise: nil)
    }

    private func end(_ result: Result<Void, TLSError>) {
        guard phase != .done else { return }
        phase = .done
        timer?.cancel()
        held = []
        ended(result)
    }

    /// Ends a connection without asking its peer: past TLS, whose farewell waits for an answer.
    static func cut(_ channel: any NIOCore.Channel, _ error: TLSError) {
        channel.pipeline.fireErrorCaught(error)
        guard let tls = try? channel.pipeline.syncOperations.context(handlerType: NIOSSLHandler.self) else {
            return channel.close(promise: nil)
        }
        tls.close(promise: nil)
    }
}
