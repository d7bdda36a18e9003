// Generated from grpc/health/v1/health.proto by protoc-gen-homeward. Do not edit.
public import Messages
public import RPC

/// The methods of `grpc.health.v1.Health` as they are named on the wire, with their properties.
public enum HealthMethods {
    public static let service = "grpc.health.v1.Health"
    public static let check = MethodDescriptor(MethodName(service: service, method: "Check"), .unary, .noSideEffects)
    public static let watch = MethodDescriptor(MethodName(service: service, method: "Watch"), .serverStreaming, .noSideEffects)
    public static let all: [MethodDescriptor] = [check, watch]
}

/// Tells callers and supervisors whether a process can do its work.
public protocol HealthService: Sendable {
    /// Answers once; NOT_FOUND for a service that is not registered.
    func check(_ request: HealthV1.HealthCheckRequest, _ context: CallContext) async throws -> HealthV1.HealthCheckResponse
    /// Answers at once and then on every change; never ends by itself.
    func watch(_ request: HealthV1.HealthCheckRequest, _ responses: MessageWriter<HealthV1.HealthCheckResponse>, _ context: CallContext) async throws
}

extension HealthService {
    /// What a server routes calls of `grpc.health.v1.Health` by.
    public func bound() -> BoundService {
        BoundService(name: HealthMethods.service, methods: [
            .unary(HealthMethods.check.name) { try await self.check($0, $1) },
            .serverStreaming(HealthMethods.watch.name) { try await self.watch($0, $1, $2) },
        ])
    }
}

/// Calls `grpc.health.v1.Health`; a call that fails throws `RPCError`.
public struct HealthClient: Sendable {
    private let channel: any Channel

    public init(_ channel: any Channel) { self.channel = channel }

    /// Answers once; NOT_FOUND for a service that is not registered.
    public func check(_ request: HealthV1.HealthCheckRequest, _ options: CallOptions = CallOptions()) async throws -> HealthV1.HealthCheckResponse {
        try await channel.unary(HealthMethods.check, request, options)
    }

    /// Answers at once and then on every change; never ends by itself.
    public func watch(_ request: HealthV1.HealthCheckRequest, _ options: CallOptions = CallOptions()) async throws -> StreamingCall<HealthV1.HealthCheckRequest, HealthV1.HealthCheckResponse> {
        try await channel.serverStreaming(HealthMethods.watch.name, request, options)
    }
}
