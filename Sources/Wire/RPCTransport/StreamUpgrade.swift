internal import Environment
internal import NIOCore
internal import NIOSSL
internal import NIOTLS

/// Stands behind TLS from STARTTLS until the handshake is over, says how that went, and leaves.
///
/// `@unchecked Sendable`: touched on the channel's event loop alone.
private final class UpgradeHandler: ChannelInboundHandler, RemovableChannelHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer

    private let promise: EventLoopPromise<Void>
    private var timer: Scheduled<Void>?
    private var isOver = false

    init(_ promise: EventLoopPromise<Void>) { self.promise = promise }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        let patience = TimeAmount.nanoseconds(TLSGate.timeout.inNanoseconds)
        timer = context.eventLoop.scheduleTask(in: patience) { [weak self] in
            self?.end(.failure(TLSError("no handshake within \(TLSGate.timeout)")))
            channel.close(promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end(.failure(TLSError("the connection was closed during the handshake")))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted? = event as? TLSUserEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        end(.success(()))
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(.failure(TLSError(translating: error)))
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(.failure(TLSError("the peer closed the connection during the handshake")))
        context.fireChannelInactive()
    }

    private func end(_ result: Result<Void, TLSError>) {
        guard !isOver else { return }
        isOver = true
        timer?.cancel()
        promise.completeWith(result.mapError { $0 })
    }
}

/// The server's side of a handshake on a connection that carried other bytes before.
/// - Returns: the URIs of the client's certificate.
func upgraded(_ channel: any Channel, _ credentials: TLSCredentials) async throws -> [String] {
    let snapshot = try await credentials.snapshot()
    let shaken = channel.eventLoop.makePromise(of: Void.self)
    let handshake: Handshake
    do {
        handshake = try await channel.eventLoop.submit {
            let (handshake, tls) = Handshake.server(snapshot)
            try channel.pipeline.syncOperations.addHandlers([tls, UpgradeHandler(shaken)], position: .first)
            channel.read()
            return handshake
        }.get()
    } catch {
        shaken.fail(error)
        throw error
    }
    do { try await shaken.futureResult.get() } catch {
        // Why the certificate was refused says more than that it was.
        if case .failure(let refusal)? = handshake.result { throw refusal }
        throw error
    }
    guard let result = handshake.result else { throw TLSError("the peer has no certificate") }
    let verified = try result.get()
    let stop = credentials.follow(verified) { _ in channel.close(promise: nil) }
    channel.closeFuture.whenComplete { _ in stop() }
    return verified.identity.uris
}
