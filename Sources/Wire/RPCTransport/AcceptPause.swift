internal import Glibc
internal import NIOCore

/// Where a listener cannot accept because the process or the system is out of descriptors or memory, it rests instead
/// of trying again at once: the connection that waits keeps its socket readable, so that it would take a whole
/// processor.
final class AcceptPause: ChannelInboundHandler {
    typealias InboundIn = any Channel

    /// Short for whoever waits to be served, long for a processor.
    private static let pause = TimeAmount.milliseconds(50)
    /// Between two words about it, however often it happens.
    private static let silence = TimeAmount.seconds(10)

    private let exhausted: @Sendable (any Error) -> Void
    private var lastTold: NIODeadline?

    /// - exhausted: hears of it, at most once in ten seconds.
    init(_ exhausted: @escaping @Sendable (any Error) -> Void) { self.exhausted = exhausted }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? IOError, [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.errnoCode) {
            let channel = context.channel
            channel.setOption(.autoRead, value: false).whenFailure { _ in }
            channel.eventLoop.scheduleTask(in: Self.pause) {
                // A listener that is closed by then stays closed.
                channel.setOption(.autoRead, value: true).whenFailure { _ in }
            }
            tell(error)
        }
        context.fireErrorCaught(error)
    }

    private func tell(_ error: any Error) {
        let now = NIODeadline.now()
        if let lastTold, now < lastTold + Self.silence { return }
        lastTold = now
        exhausted(error)
    }
}
