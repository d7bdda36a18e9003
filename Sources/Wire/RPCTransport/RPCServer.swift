public import Environment
public import NIOCore
internal import NIOPosix
public import RPC
internal import Synchronization

/// Serves gRPC on a TCP or unix socket. Handlers of calls run on the event loop of their connection.
public struct RPCServer: Sendable {
    /// Connections that the system may hold until they are accepted; it drops the first packets of more, and their
    /// senders try again after a second.
    private static let backlog: Int32 = 1_024

    private let listener: any NIOCore.Channel
    public let registry: ConnectionRegistry
    private let budget: BufferBudget
    private let runtime: RPCRuntime

    /// The bound address, with the port chosen by the system.
    public let address: StreamAddress

    /// - maxHandshakes: TLS handshakes under way, whose connections are not among `maxConnections` yet; nil: a quarter
    ///   as many.
    /// - Throws: `NetworkError` when the address cannot be bound, or is not loopback and the security is plaintext;
    ///   `TLSError` when the files of the credentials cannot be used.
    public static func start(
        address: StreamAddress, services: [BoundService], group: any EventLoopGroup, runtime: RPCRuntime,
        configuration: RPCConfiguration = RPCConfiguration(), observer: RPCObserver = RPCObserver(),
        security: ConnectionSecurity = .plaintext, handshakeTimeout: Duration = .seconds(10),
        maxHandshakes: Int? = nil
    ) async throws -> RPCServer {
        let credentials = try security.credentials(for: address)
        try await credentials?.load()
        let registry = ConnectionRegistry(maxConnections: configuration.maxConnections, clock: runtime.clock)
        let budget = BufferBudget(configuration.maxServerBufferedBytes)
        let setup = ConnectionSetup(
            address: address, router: Router(services), registry: registry, budget: budget,
            runtime: runtime, configuration: configuration, observer: observer, credentials: credentials,
            handshakeTimeout: handshakeTimeout,
            handshakes: Handshakes(most: maxHandshakes ?? max(configuration.maxConnections / 4, 1), runtime.clock))
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try setup.begin(channel) }
            }
        let listening = tuned(bootstrap, address) { error in
            observer.connectionFailed("\(address)", "connections wait to be accepted: \(error)")
        }
        let listener = try await bind(listening, address)
        if credentials == nil, let bound = listener.localAddress, !isLoopback(bound) {
            _ = try? await listener.close().get()
            throw plaintextRefused(address)
        }
        return RPCServer(
            listener: listener, registry: registry, budget: budget, runtime: runtime,
            address: boundAddress(listener, address))
    }

    public static func start(
        address: StreamAddress, services: [BoundService], group: any EventLoopGroup, environment: Environment,
        configuration: RPCConfiguration = RPCConfiguration(), observer: RPCObserver = RPCObserver(),
        security: ConnectionSecurity = .plaintext
    ) async throws -> RPCServer {
        try await start(
            address: address, services: services, group: group, runtime: RPCRuntime(environment),
            configuration: configuration, observer: observer, security: security)
    }

    private init(
        listener: any NIOCore.Channel, registry: ConnectionRegistry, budget: BufferBudget, runtime: RPCRuntime,
        address: StreamAddress
    ) {
        self.listener = listener
        self.registry = registry
        self.budget = budget
        self.runtime = runtime
        self.address = address
    }

    /// What its connections hold now.
    public var load: ConnectionLoad { registry.load }
    /// Octets of the budget that all connections share which are not taken (`RPCConfiguration.maxServerBufferedBytes`).
    public var remainingBudget: Int { budget.remaining }

    /// Stops accepting, lets calls under way end within `grace`, ends the others and closes every connection.
    public func drain(grace: Duration) async {
        // A listener that is closed already is as it should be.
        _ = try? await listener.close().get()
        await registry.drain(grace: grace, runtime)
    }
}

/// What each accepted connection is made of.
private struct ConnectionSetup: Sendable {
    let address: StreamAddress
    let router: Router
    let registry: ConnectionRegistry
    let budget: BufferBudget
    let runtime: RPCRuntime
    let configuration: RPCConfiguration
    let observer: RPCObserver
    let credentials: TLSCredentials?
    let handshakeTimeout: Duration
    let handshakes: Handshakes

    /// On the connection's event loop.
    func begin(_ channel: any NIOCore.Channel) throws {
        let peer = channel.remoteAddress.map { "\($0)" } ?? "\(address)"
        guard let credentials else {
            try channel.pipeline.syncOperations.addHandlers([
                PlaintextGate { [observer] in observer.connectionFailed(peer, "\($0)") },
                handler(channel, peer, identity: nil),
            ])
            return
        }
        let place = handshakes.enter {
            channel.eventLoop.execute {
                TLSGate.cut(channel, TLSError("too many handshakes are under way, and this is the oldest"))
            }
        }
        guard let snapshot = credentials.current, let place else {
            if let place { handshakes.leave(place) }
            throw NetworkError(.refused, peer, "too many handshakes are under way")
        }
        let (handshake, tls) = Handshake.server(snapshot)
        let gate = TLSGate(
            handshake, credentials, isClient: false, timeout: handshakeTimeout,
            ended: { [handshakes, observer] result in
                handshakes.leave(place)
                if case .failure(let error) = result { observer.connectionFailed(peer, "\(error)") }
            }, makeHandler: { handler(channel, peer, identity: $0) })
        do { try channel.pipeline.syncOperations.addHandlers([tls, gate]) } catch {
            gate.abandon()
            throw error
        }
    }

    private func handler(
        _ channel: any NIOCore.Channel, _ peer: String, identity: PeerIdentity?
    ) -> ConnectionHandler {
        let executor = EventLoopExecutor.shared(channel.eventLoop)
        var local = runtime
        local.tasks = executor
        local.aside = runtime.aside ?? SideWork.submit
        let slot = RegistrySlot(registry)
        return ConnectionHandler(executor, closed: { slot.leave() }) { [local] wake in
            let connection = try ServerConnection(
                router: router, runtime: local, configuration: configuration, observer: observer, peer: peer,
                identity: identity, budget: budget, wake: wake)
            guard slot.enter(connection) else {
                connection.transportClosed("refused")
                throw NetworkError(.refused, peer, "the server is closing or has too many connections")
            }
            return connection
        }
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
