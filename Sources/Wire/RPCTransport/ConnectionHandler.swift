internal import NIOCore
internal import RPC

/// Moves octets between a socket's channel and a connection.
///
/// `@unchecked Sendable`: all variables are touched on the channel's event loop alone; `wake`, which comes from any
/// thread, goes there first.
final class ConnectionHandler: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    typealias MakeConnection = (_ wake: @escaping @Sendable () -> Void) throws -> RPCConnection

    /// Output is gathered up to about this size for one write; more would not be in the cache any more when the kernel
    /// copies it.
    private static let writeSize = 64 << 10
    /// A buffer that grew would be copied: this holds the limit and the one frame that may go beyond it.
    private static let writeCapacity = 132 << 10
    private static let smallWrite = 4 << 10
    /// How long the last output of a connection that has ended may take to leave.
    private static let linger = TimeAmount.seconds(5)

    private let executor: EventLoopExecutor
    private let makeConnection: MakeConnection
    private let closed: @Sendable () -> Void
    private var connection: RPCConnection?
    private var context: ChannelHandlerContext?
    private var socket: CInt?
    private var isReading = false
    private var isFlushRequested = false
    private var isFlushing = false
    private var isClosing = false
    private var isLingering = false
    private var sizeHint = smallWrite
    private var failure = "closed by the peer"

    init(_ executor: EventLoopExecutor, closed: @escaping @Sendable () -> Void, make: @escaping MakeConnection) {
        self.executor = executor
        self.closed = closed
        makeConnection = make
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { open(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        open(context)
        context.fireChannelActive()
    }

    private func open(_ context: ChannelHandlerContext) {
        guard connection == nil else { return }
        socket = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable { (socket: CInt) in socket }
        if let socket { executor.add(socket) }
        do {
            connection = try makeConnection { [weak self] in self?.wake() }
            requestFlush()
        } catch {
            failure = "\(error)"
            context.close(promise: nil)
        }
    }

    private func wake() {
        if executor.loop.inEventLoop { return requestFlush() }
        executor.executeFromOutside { [self] in requestFlush() }
    }

    private func requestFlush() {
        guard !isFlushRequested else { return }
        isFlushRequested = true
        executor.requestFlush(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !isReading {
            isReading = true
            executor.beginBatch()
        }
        guard let connection else { return }
        unwrapInboundIn(data).withUnsafeReadableBytes { connection.receive($0) }
        requestFlush()
    }

    func channelReadComplete(context: ChannelHandlerContext) { endReading() }

    /// Also where a read fails after others: no `channelReadComplete` follows it then, and all tasks of the loop would
    /// wait for one.
    private func endReading() {
        guard isReading else { return }
        isReading = false
        executor.endBatch()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { flush() }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        connection?.transportClosed(failure)
        context.fireChannelInactive()
        endReading()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        connection?.transportClosed(failure)
        connection = nil
        self.context = nil
        if let socket { executor.remove(socket) }
        socket = nil
        closed()
        endReading()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failure = connectionFailure(error)
        context.close(promise: nil)
        endReading()
    }

    /// Sends as much as the socket takes; the rest stays in the connection, where it holds its senders back.
    func flush() {
        isFlushRequested = false
        // The socket tells of its writability from within the flush below; the loop looks at it anyway.
        guard let context, let connection, !isFlushing else { return }
        isFlushing = true
        while writeOnce(context, connection) {}
        isFlushing = false
        switch connection.stage {
        case .open: break
        case .ending: limitOutput(context)
        case .finished: closeAfterOutput(context)
        }
    }

    /// False when there is no more to write, or the socket takes no more.
    private func writeOnce(_ context: ChannelHandlerContext, _ connection: RPCConnection) -> Bool {
        guard context.channel.isWritable else { return false }
        var buffer = context.channel.allocator.buffer(capacity: sizeHint)
        let more = connection.produce(limit: Self.writeSize) { buffer.writeBytes($0) }
        guard buffer.readableBytes > 0 else { return false }
        sizeHint = buffer.readableBytes <= Self.smallWrite ? Self.smallWrite : Self.writeCapacity
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        return more
    }

    /// Closing at once would drop what the socket has not taken yet.
    private func closeAfterOutput(_ context: ChannelHandlerContext) {
        guard !isClosing else { return }
        isClosing = true
        let channel = context.channel
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.whenComplete { _ in channel.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: written)
        limitOutput(context)
    }

    /// A peer that does not read would keep the connection for ever: what waits for it is dropped.
    private func limitOutput(_ context: ChannelHandlerContext) {
        guard !isLingering else { return }
        isLingering = true
        let channel = context.channel
        context.eventLoop.scheduleTask(in: Self.linger) { channel.close(promise: nil) }
    }
}
