public import Environment
public import NIOCore
internal import NIOPosix
public import RPC

/// Calls a server on a TCP or unix socket; connects when needed and again when the connection was lost.
public final class RPCClient: RPC.Channel, Sendable {
    private static let connectTimeout = TimeAmount.seconds(10)

    private let channel: ReconnectingChannel

    public init(
        address: StreamAddress, group: any EventLoopGroup, runtime: RPCRuntime,
        configuration: RPCConfiguration = RPCConfiguration(), observer: RPCObserver = RPCObserver(),
        backoff: Backoff = Backoff(), socketHandlers: @escaping SocketHandlers = { [] }
    ) {
        channel = ReconnectingChannel(target: "\(address)", runtime: runtime, backoff: backoff) {
            let loop = group.next()
            let executor = EventLoopExecutor.shared(loop)
            var local = runtime
            local.tasks = executor
            let onLoop = local
            let promise = loop.makePromise(of: ClientConnection.self)
            let bootstrap = ClientBootstrap(group: loop)
                .connectTimeout(Self.connectTimeout)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handler = ConnectionHandler(executor, closed: {}) { wake in
                            do throws(RPCError) {
                                let connection = try ClientConnection(
                                    authority: address.authority, runtime: onLoop, configuration: configuration,
                                    observer: observer, peer: "\(address)", wake: wake)
                                promise.succeed(connection)
                                return connection
                            } catch {
                                promise.fail(error)
                                throw error
                            }
                        }
                        try channel.pipeline.syncOperations.addHandlers(try socketHandlers())
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                }
            do { _ = try await connect(tuned(bootstrap, address), address) } catch {
                promise.fail(error)
                throw error
            }
            return try await promise.futureResult.get()
        }
    }

    public convenience init(address: StreamAddress, group: any EventLoopGroup, environment: Environment) {
        self.init(address: address, group: group, runtime: RPCRuntime(environment))
    }

    public func start(_ method: MethodName, _ options: CallOptions) async throws -> any ClientCall {
        try await channel.start(method, options)
    }

    public func close() { channel.close() }
}
