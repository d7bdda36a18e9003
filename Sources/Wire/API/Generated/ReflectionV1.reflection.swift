// Generated from grpc/reflection/v1/reflection.proto by protoc-gen-homeward. Do not edit.
public import Messages
public import RPC

/// The methods of `grpc.reflection.v1.ServerReflection` as they are named on the wire, with their properties.
public enum ServerReflectionMethods {
    public static let service = "grpc.reflection.v1.ServerReflection"
    public static let serverReflectionInfo = MethodDescriptor(MethodName(service: service, method: "ServerReflectionInfo"), .bidirectional, .unknown)
    public static let all: [MethodDescriptor] = [serverReflectionInfo]
}

/// Tells clients what a server offers, as descriptors of its .proto files.
public protocol ServerReflectionService: Sendable {
    /// Answers each request of the stream in order.
    func serverReflectionInfo(_ requests: RequestStream<ReflectionV1.ServerReflectionRequest>, _ responses: MessageWriter<ReflectionV1.ServerReflectionResponse>, _ context: CallContext) async throws
}

extension ServerReflectionService {
    /// What a server routes calls of `grpc.reflection.v1.ServerReflection` by.
    public func bound() -> BoundService {
        BoundService(name: ServerReflectionMethods.service, methods: [
            .bidirectional(ServerReflectionMethods.serverReflectionInfo.name) { try await self.serverReflectionInfo($0, $1, $2) },
        ])
    }
}

/// Calls `grpc.reflection.v1.ServerReflection`; a call that fails throws `RPCError`.
public struct ServerReflectionClient: Sendable {
    private let channel: any Channel

    public init(_ channel: any Channel) { self.channel = channel }

    /// Answers each request of the stream in order.
    public func serverReflectionInfo(_ options: CallOptions = CallOptions()) async throws -> StreamingCall<ReflectionV1.ServerReflectionRequest, ReflectionV1.ServerReflectionResponse> {
        try await channel.streaming(ServerReflectionMethods.serverReflectionInfo.name, options)
    }
}
