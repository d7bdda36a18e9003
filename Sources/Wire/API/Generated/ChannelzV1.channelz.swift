// Generated from grpc/channelz/v1/channelz.proto by protoc-gen-homeward. Do not edit.
public import Messages
public import RPC

/// The methods of `grpc.channelz.v1.Channelz` as they are named on the wire, with their properties.
public enum ChannelzMethods {
    public static let service = "grpc.channelz.v1.Channelz"
    public static let getServers = MethodDescriptor(MethodName(service: service, method: "GetServers"), .unary, .noSideEffects)
    public static let getServer = MethodDescriptor(MethodName(service: service, method: "GetServer"), .unary, .noSideEffects)
    public static let getServerSockets = MethodDescriptor(MethodName(service: service, method: "GetServerSockets"), .unary, .noSideEffects)
    public static let getSocket = MethodDescriptor(MethodName(service: service, method: "GetSocket"), .unary, .noSideEffects)
    public static let all: [MethodDescriptor] = [getServers, getServer, getServerSockets, getSocket]
}

/// Tells of a process's servers and their connections.
public protocol ChannelzService: Sendable {
    /// The servers of the process.
    func getServers(_ request: ChannelzV1.GetServersRequest, _ context: CallContext) async throws -> ChannelzV1.GetServersResponse
    /// One of them; NOT_FOUND for another number.
    func getServer(_ request: ChannelzV1.GetServerRequest, _ context: CallContext) async throws -> ChannelzV1.GetServerResponse
    /// The open connections of a server; NOT_FOUND for another server's number.
    func getServerSockets(_ request: ChannelzV1.GetServerSocketsRequest, _ context: CallContext) async throws -> ChannelzV1.GetServerSocketsResponse
    /// One of them; NOT_FOUND for one that is closed.
    func getSocket(_ request: ChannelzV1.GetSocketRequest, _ context: CallContext) async throws -> ChannelzV1.GetSocketResponse
}

extension ChannelzService {
    /// What a server routes calls of `grpc.channelz.v1.Channelz` by.
    public func bound() -> BoundService {
        BoundService(name: ChannelzMethods.service, methods: [
            .unary(ChannelzMethods.getServers.name) { try await self.getServers($0, $1) },
            .unary(ChannelzMethods.getServer.name) { try await self.getServer($0, $1) },
            .unary(ChannelzMethods.getServerSockets.name) { try await self.getServerSockets($0, $1) },
            .unary(ChannelzMethods.getSocket.name) { try await self.getSocket($0, $1) },
        ])
    }
}

/// Calls `grpc.channelz.v1.Channelz`; a call that fails throws `RPCError`.
public struct ChannelzClient: Sendable {
    private let channel: any Channel

    public init(_ channel: any Channel) { self.channel = channel }

    /// The servers of the process.
    public func getServers(_ request: ChannelzV1.GetServersRequest, _ options: CallOptions = CallOptions()) async throws -> ChannelzV1.GetServersResponse {
        try await channel.unary(ChannelzMethods.getServers, request, options)
    }

    /// One of them; NOT_FOUND for another number.
    public func getServer(_ request: ChannelzV1.GetServerRequest, _ options: CallOptions = CallOptions()) async throws -> ChannelzV1.GetServerResponse {
        try await channel.unary(ChannelzMethods.getServer, request, options)
    }

    /// The open connections of a server; NOT_FOUND for another server's number.
    public func getServerSockets(_ request: ChannelzV1.GetServerSocketsRequest, _ options: CallOptions = CallOptions()) async throws -> ChannelzV1.GetServerSocketsResponse {
        try await channel.unary(ChannelzMethods.getServerSockets, request, options)
    }

    /// One of them; NOT_FOUND for one that is closed.
    public func getSocket(_ request: ChannelzV1.GetSocketRequest, _ options: CallOptions = CallOptions()) async throws -> ChannelzV1.GetSocketResponse {
        try await channel.unary(ChannelzMethods.getSocket, request, options)
    }
}
