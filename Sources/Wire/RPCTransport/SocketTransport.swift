public import Environment
public import NIOCore
public import RPC

/// The transport of a live process: gRPC over TCP or unix sockets.
public struct SocketTransport: Transport {
    private let group: any EventLoopGroup
    private let environment: Environment
    private let security: ConnectionSecurity
    private let observer: RPCObserver
    private let configuration: RPCConfiguration

    /// - configuration: of what is served.
    public init(
        group: any EventLoopGroup, environment: Environment, security: ConnectionSecurity = .plaintext,
        observer: RPCObserver = RPCObserver(), configuration: RPCConfiguration = RPCConfiguration()
    ) {
        self.group = group
        self.environment = environment
        self.security = security
        self.observer = observer
        self.configuration = configuration
    }

    public func serve(_ address: StreamAddress, _ services: [BoundService]) async throws -> any TransportServer {
        try await RPCServer.start(
            address: address, services: services, group: group, environment: environment,
            configuration: configuration, observer: observer, security: security)
    }

    public func channel(to address: StreamAddress) -> any RPC.Channel {
        RPCClient(
            address: address, group: group, runtime: RPCRuntime(environment), observer: observer, security: security)
    }
}

extension RPCServer: TransportServer {}
