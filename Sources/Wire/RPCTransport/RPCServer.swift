public import Environment
public import NIOCore
internal import NIOPosix
public import RPC

/// Handlers put between the socket and HTTP/2, such as TLS; made for each connection.
public typealias SocketHandlers = @Sendable () throws -> [any ChannelHandler]

/// Serves gRPC on a TCP or unix socket. Handlers of calls run on the event loop of their connection.
public struct RPCServer: Sendable {
    private static let backlog: Int32 = 256

    private let listener: any NIOCore.Channel
    private let registry: ConnectionRegistry
    private let runtime: RPCRuntime

    /// The bound address, with the port chosen by the system.
    public let address: StreamAddress

    /// - Throws: `NetworkError` when the address cannot be bound.
    public static func start(
        address: StreamAddress, services: [BoundService], group: any EventLoopGroup, runtime: RPCRuntime,
        configuration: RPCConfiguration = RPCConfiguration(), observer: RPCObserver = RPCObserver(),
        socketHandlers: @escaping SocketHandlers = { [] }
    ) async throws -> RPCServer {
        let router = Router(services)
        let registry = ConnectionRegistry(maxConnections: configuration.maxConnections, clock: runtime.clock)
        let budget = BufferBudget(configuration.maxServerBufferedBytes)
        let executors = EventLoopExecutors(group)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let executor = executors[channel.eventLoop]
                    var local = runtime
                    local.tasks = executor
                    let slot = RegistrySlot(registry)
                    let (peer, runtime) = (channel.remoteAddress.map { "\($0)" } ?? "\(address)", local)
                    let handler = ConnectionHandler(executor, closed: { slot.leave() }) { wake in
                        let connection = try ServerConnection(
                            router: router, runtime: runtime, configuration: configuration, observer: observer,
                            peer: peer, budget: budget, wake: wake)
                        guard slot.enter(connection) else {
                            connection.transportClosed("refused")
                            throw NetworkError(.refused, peer, "the server is closing or has too many connections")
                        }
                        return connection
                    }
                    try channel.pipeline.syncOperations.addHandlers(try socketHandlers())
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
        let listener = try await bind(tuned(bootstrap, address), address)
        return RPCServer(
            listener: listener, registry: registry, runtime: runtime, address: boundAddress(listener, address))
    }

    public static func start(
        address: StreamAddress, services: [BoundService], group: any EventLoopGroup, environment: Environment,
        configuration: RPCConfiguration = RPCConfiguration(), observer: RPCObserver = RPCObserver()
    ) async throws -> RPCServer {
        try await start(
            address: address, services: services, group: group, runtime: RPCRuntime(environment),
            configuration: configuration, observer: observer)
    }

    private init(
        listener: any NIOCore.Channel, registry: ConnectionRegistry, runtime: RPCRuntime, address: StreamAddress
    ) {
        self.listener = listener
        self.registry = registry
        self.runtime = runtime
        self.address = address
    }

    /// Stops accepting, lets calls under way end within `grace`, ends the others and closes every connection.
    public func drain(grace: Duration) async {
        // A listener that is closed already is as it should be.
        _ = try? await listener.close().get()
        await registry.drain(grace: grace, runtime)
    }
}

/// A connection's place in the registry. `@unchecked Sendable`: touched on the connection's event loop alone.
private final class RegistrySlot: @unchecked Sendable {
    private let registry: ConnectionRegistry
    private var number: Int?

    init(_ registry: ConnectionRegistry) { self.registry = registry }

    func enter(_ connection: RPCConnection) -> Bool {
        number = registry.add(connection)
        return number != nil
    }

    func leave() {
        if let number { registry.remove(number) }
        number = nil
    }
}
