public import Environment
public import NIOCore
internal import NIOPosix
public import RPC
internal import Synchronization

/// Serves gRPC on a TCP or unix socket. Handlers of calls run on the event loop of their connection.
public struct RPCServer: Sendable {
    private static let backlog: Int32 = 256

    private let listener: any NIOCore.Channel
    private let registry: ConnectionRegistry
    private let runtime: RPCRuntime

    /// The bound address, with the port chosen by the system.
    public let address: StreamAddress

    /// - Throws: `NetworkError` when the address cannot be bound, or is not loopback and the security is plaintext;
    ///   `TLSError` when the files of the credentials cannot be used.
    public static func start(
        address: StreamAddress, services: [BoundService], group: any EventLoopGroup, runtime: RPCRuntime,
        configuration: RPCConfiguration = RPCConfiguration(), observer: RPCObserver = RPCObserver(),
        security: ConnectionSecurity = .plaintext, handshakeTimeout: Duration = .seconds(10)
    ) async throws -> RPCServer {
        let credentials = try security.credentials(for: address)
        try await credentials?.load()
        let registry = ConnectionRegistry(maxConnections: configuration.maxConnections, clock: runtime.clock)
        let setup = ConnectionSetup(
            address: address, router: Router(services), registry: registry,
            runtime: runtime, configuration: configuration, observer: observer, credentials: credentials,
            handshakeTimeout: handshakeTimeout)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try setup.begin(channel) }
            }
        let listener = try await bind(tuned(bootstrap, address), address)
        if credentials == nil, let bound = listener.localAddress, !isLoopback(bound) {
            _ = try? await listener.close().get()
            throw plaintextRefused(address)
        }
        return RPCServer(
            listener: listener, registry: registry, runtime: runtime, address: boundAddress(listener, address))
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

/// What each accepted connection is made of.
private struct ConnectionSetup: Sendable {
    let address: StreamAddress
    let router: Router
    let registry: ConnectionRegistry
    let runtime: RPCRuntime
    let configuration: RPCConfiguration
    let observer: RPCObserver
    let credentials: TLSCredentials?
    let handshakeTimeout: Duration
    private let handshakes = HandshakeCount()
    private let budget: BufferBudget

    init(
        address: StreamAddress, router: Router, registry: ConnectionRegistry,
        runtime: RPCRuntime, configuration: RPCConfiguration, observer: RPCObserver, credentials: TLSCredentials?,
        handshakeTimeout: Duration
    ) {
        self.address = address
        self.router = router
        self.registry = registry
        self.runtime = runtime
        self.configuration = configuration
        self.observer = observer
        self.credentials = credentials
        self.handshakeTimeout = handshakeTimeout
        budget = BufferBudget(configuration.maxServerBufferedBytes)
    }

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
        guard let snapshot = credentials.current, handshakes.enter() else {
            throw NetworkError(.refused, peer, "too many handshakes are under way")
        }
        let (handshake, tls) = Handshake.server(snapshot)
        let gate = TLSGate(
            handshake, credentials, isClient: false, timeout: handshakeTimeout,
            ended: { [handshakes, observer] result in
                handshakes.leave()
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

/// Handshakes under way: connections that no registry counts yet.
private final class HandshakeCount: Sendable {
    /// Each costs some 50 KiB and ends within the time limit of handshakes.
    private static let most = 1_024

    private let count = Mutex(0)

    func enter() -> Bool {
        count.withLock { count in
            guard count < Self.most else { return false }
            count += 1
            return true
        }
    }

    func leave() { count.withLock { $0 -= 1 } }
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
