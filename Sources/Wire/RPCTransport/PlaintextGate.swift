internal import NIOCore

/// Tells a peer that speaks TLS from one that speaks HTTP/2, by its first octets, and leaves.
///
/// A TLS record begins with its type, here a handshake's (22) or an alert's (21), and version 3.x (RFC 8446 §5.1);
/// HTTP/2 begins with `PRI` or a frame of SETTINGS, whose length begins with 0.
final class PlaintextGate: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private let refused: @Sendable (TLSError) -> Void

    init(refused: @escaping @Sendable (TLSError) -> Void = { _ in }) { self.refused = refused }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        let start = bytes.getBytes(at: bytes.readerIndex, length: min(2, bytes.readableBytes)) ?? []
        if let first = start.first, first == 22 || first == 21, start.count < 2 || start[1] == 3 {
            let error = TLSError("the peer speaks TLS, and this side was told to speak plaintext")
            refused(error)
            return context.fireErrorCaught(error)
        }
        context.fireChannelRead(data)
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }
}
