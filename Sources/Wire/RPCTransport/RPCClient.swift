public import Environment
public import NIOCore
internal import NIOPosix
public import RPC

/// Calls a server on a TCP or unix socket; connects when needed and again when the connection was lost.
public final class RPCClient: RPC.Channel, Sendable {
    private let channel: ReconnectingChannel

    /// - security: over mutual TLS the server must be the component that `address` names, or the host itself when
    ///   `address` gives its name alone.
    public init(
        address: StreamAddress, group: any EventLoopGroup, runtime: RPCRuntime,
        configuration: RPCConfiguration = RPCConfiguration(), observer: RPCObserver = RPCObserver(),
        backoff: Backoff = Backoff(), security: ConnectionSecurity = .plaintext,
        handshakeTimeout: Duration = .seconds(10), maxConnections: Int = 4,
        retryPolicy: RetryPolicy? = RetryPolicy()
    ) {
        let pace = KeepalivePace()
        channel = ReconnectingChannel(
            target: "\(address)", runtime: runtime, backoff: backoff, maxConnections: maxConnections,
            retryPolicy: retryPolicy
        ) {
            let loop = group.next()
            let attempt = ConnectionAttempt(
                address: address, executor: .shared(loop), runtime: runtime, configuration: configuration,
                observer: observer, handshakeTimeout: handshakeTimeout, pace: pace)
            guard let credentials = try security.credentials(for: address) else { return try await attempt.plain() }
            return try await attempt.secured(credentials)
        }
    }

    public convenience init(
        address: StreamAddress, group: any EventLoopGroup, environment: Environment,
        security: ConnectionSecurity = .plaintext
    ) {
        self.init(address: address, group: group, runtime: RPCRuntime(environment), security: security)
    }

    public func start(_ method: MethodName, _ options: CallOptions) async throws -> any ClientCall {
        try await channel.start(method, options)
    }

    public var retries: Retries? { channel.retries }

    /// What its connections hold now.
    public var load: ConnectionLoad { channel.load }

    public func close() { channel.close() }
}

/// One connection in the making.
private struct ConnectionAttempt: Sendable {
    private static let connectTimeout = TimeAmount.seconds(10)

    let address: StreamAddress
    let executor: EventLoopExecutor
    let runtime: RPCRuntime
    let configuration: RPCConfiguration
    let observer: RPCObserver
    let handshakeTimeout: Duration
    let pace: KeepalivePace

    func plain() async throws -> ClientConnection {
        let made = executor.loop.makePromise(of: ClientConnection.self)
        return try await connected(made, onlyLoopback: true) { channel in
            let handler = handler(isSecured: false) { made.completeWith($0) }
            try channel.pipeline.syncOperations.addHandlers([PlaintextGate(), handler])
        }
    }

    /// Returns when the server, too, has found this side's certificate good.
    func secured(_ credentials: TLSCredentials) async throws -> ClientConnection {
        let name = try address.expectedName()
        let snapshot = try await credentials.snapshot()
        let made = executor.loop.makePromise(of: ClientConnection.self)
        return try await connected(made, onlyLoopback: false) { channel in
            let (handshake, tls) = try Handshake.client(snapshot, expecting: name)
            // On the loop alone: set when the gate opens, read when it is left.
            let opened = NIOLoopBoundBox<Result<ClientConnection, any Error>?>(nil, eventLoop: channel.eventLoop)
            let gate = TLSGate(
                handshake, credentials, isClient: true, timeout: handshakeTimeout,
                ended: { result in
                    switch (result, opened.value) {
                    case (.success, .some(let connection)): made.completeWith(connection)
                    case (.success, nil): made.fail(TLSError("no connection was made"))
                    case (.failure(let error), _): made.fail(error)
                    }
                }, makeHandler: { _ in handler(isSecured: true) { opened.value = $0 } })
            try channel.pipeline.syncOperations.addHandlers([tls, gate])
        }
    }

    private func connected(
        _ made: EventLoopPromise<ClientConnection>, onlyLoopback: Bool,
        _ initialize: @escaping @Sendable (any NIOCore.Channel) throws -> Void
    ) async throws -> ClientConnection {
        let bootstrap = ClientBootstrap(group: executor.loop)
            .connectTimeout(Self.connectTimeout)
            .channelInitializer { channel in channel.eventLoop.makeCompletedFuture { try initialize(channel) } }
        do { _ = try await connect(tuned(bootstrap, address), address, onlyLoopback: onlyLoopback) } catch {
            made.fail(error)
            throw error
        }
        return try await made.futureResult.get()
    }

    private func handler(
        isSecured: Bool, _ made: @escaping (Result<ClientConnection, any Error>) -> Void
    ) -> ConnectionHandler {
        var local = runtime
        local.tasks = executor
        local.aside = runtime.aside ?? SideWork.submit
        return ConnectionHandler(executor, closed: {}) { [local] wake in
            do throws(RPCError) {
                let connection = try ClientConnection(
                    authority: address.authority, isSecured: isSecured, runtime: local, configuration: configuration,
                    observer: observer, peer: "\(address)", pace: pace, wake: wake)
                made(.success(connection))
                return connection
            } catch {
                made(.failure(error))
                throw error
            }
        }
    }
}
