public import Environment

/// Calls a server over a byte stream of a `Network`; connects when needed and again when the connection was lost.
public final class StreamChannel: Channel, Sendable {
    private let channel: ReconnectingChannel

    public init(
        network: any Network, address: StreamAddress, runtime: RPCRuntime,
        configuration: RPCConfiguration = RPCConfiguration(), observer: RPCObserver = RPCObserver(),
        backoff: Backoff = Backoff(), maxConnections: Int = 4, retryPolicy: RetryPolicy? = RetryPolicy()
    ) {
        let pace = KeepalivePace()
        channel = ReconnectingChannel(
            target: "\(address)", runtime: runtime, backoff: backoff, maxConnections: maxConnections,
            retryPolicy: retryPolicy
        ) {
            let stream = try await network.connect(address)
            let wakeup = Wakeup()
            let connection = try ClientConnection(
                authority: address.authority, runtime: runtime, configuration: configuration, observer: observer,
                peer: "\(address)", pace: pace, wake: { wakeup.notify() })
            StreamDriver.start(connection, stream, wakeup, runtime) {}
            return connection
        }
    }

    public convenience init(environment: Environment, address: StreamAddress) {
        self.init(network: environment.network, address: address, runtime: RPCRuntime(environment))
    }

    public func start(_ method: MethodName, _ options: CallOptions) async throws -> any ClientCall {
        try await channel.start(method, options)
    }

    public var retries: Retries? { channel.retries }
    /// Connections that take calls, as far as is known.
    public var connectionCount: Int { channel.connectionCount }

    public func close() { channel.close() }
}

extension StreamAddress {
    /// The `:authority` of requests to this address; a path is not one (RFC 3986 §3.2), nor is a name before a host,
    /// which would be user information (RFC 9110 §4.2.4 deprecates it).
    public var authority: String {
        switch self {
        case .ip, .component: location.description
        case .unix: "localhost"
        }
    }
}
