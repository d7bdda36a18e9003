public import API
public import Messages
public import RPC

/// `grpc.health.v1.Health` over what the process says of itself.
public struct HealthHandler: HealthService {
    public static let serviceName = HealthMethods.service

    private let status: HealthStatus

    public init(_ status: HealthStatus) { self.status = status }

    public func check(
        _ request: HealthV1.HealthCheckRequest, _ context: CallContext
    ) async throws -> HealthV1.HealthCheckResponse {
        guard let serving = status.get(request.service) else {
            throw RPCError(.notFound, "check health: service \"\(request.service)\" is not registered here")
        }
        return answer(serving)
    }

    public func watch(
        _ request: HealthV1.HealthCheckRequest, _ responses: MessageWriter<HealthV1.HealthCheckResponse>,
        _ context: CallContext
    ) async throws {
        for await serving in status.watch(request.service) { try await responses.send(answer(serving)) }
        try Task.checkCancellation()
        // grpc/doc/health-checking.md: a watch goes on for as long as its caller wants; its end says to come again.
        throw RPCError(.unavailable, "watch health: the program is ending")
    }

    private func answer(_ serving: HealthStatus.Serving) -> HealthV1.HealthCheckResponse {
        .with {
            switch serving {
            case .unknown: $0.status = .unknown
            case .serving: $0.status = .serving
            case .notServing: $0.status = .notServing
            case .serviceUnknown: $0.status = .serviceUnknown
            }
        }
    }
}
