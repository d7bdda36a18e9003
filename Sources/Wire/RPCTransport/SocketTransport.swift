public import Environment
public import NIOCore
public import RPC

/// The transport of a live process: gRPC over TCP or unix sockets.
public struct SocketTransport: Transport {
    private let group: any EventLoopGroup
    private let environment: Environment

    public init(group: any EventLoopGroup, environment: Environment) {
        self.group = group
        self.environment = environment
    }

    public func serve(_ address: StreamAddress, _ services: [BoundService]) async throws -> any TransportServer {
        try await RPCServer.start(address: address, services: services, group: group, environment: environment)
    }

    public func channel(to address: StreamAddress) -> any RPC.Channel {
        RPCClient(address: address, group: group, environment: environment)
    }
}

extension RPCServer: TransportServer {}
