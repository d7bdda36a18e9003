import API
import Messages
import RPC

/// Not of the published cases: the services that every gRPC server may have, called as any of their clients calls them.
extension TestClient {
    private var standardOptions: CallOptions { CallOptions(timeout: .seconds(20), waitForReady: true) }
    private static let tested = "grpc.testing.TestService"

    func health() async throws {
        let client = HealthClient(channel)
        for name in ["", Self.tested] {
            let answer = try await client.check(.with { $0.service = name }, standardOptions)
            try expect(answer.status == .serving, "health of “\(name)”: \(answer.status)")
        }
        do {
            let answer = try await client.check(.with { $0.service = "none" }, standardOptions)
            throw CaseFailed(description: "a service that is not there has the health \(answer.status)")
        } catch let error as RPCError { try expect(error.code == .notFound, "\(error)") }
        let watch = try await client.watch(.with { $0.service = Self.tested }, standardOptions)
        let first = try await watch.next()
        try expect(first?.status == .serving, "a watch begins with \(String(describing: first))")
        watch.cancel()
    }

    /// By the older of its two names, which is the one that all servers know.
    func reflection() async throws {
        let name = MethodName(
            service: "grpc.reflection.v1alpha.ServerReflection", method: "ServerReflectionInfo")
        let call: StreamingCall<ReflectionV1.ServerReflectionRequest, ReflectionV1.ServerReflectionResponse> =
            try await channel.streaming(name, standardOptions)
        try await call.send(.with { $0.messageRequest = .listServices("") })
        guard case .listServicesResponse(let list) = try await call.next()?.messageResponse else {
            throw CaseFailed(description: "no list of services")
        }
        try expect(list.service.map(\.name).contains(Self.tested), "\(list)")

        try await call.send(.with { $0.messageRequest = .fileContainingSymbol("grpc.health.v1.Health") })
        guard case .fileDescriptorResponse(let files) = try await call.next()?.messageResponse else {
            throw CaseFailed(description: "no file of the health service")
        }
        let text = files.fileDescriptorProto.map { String(decoding: $0, as: UTF8.self) }
        try expect(text.contains { $0.contains("HealthCheckRequest") }, "\(files)")

        try await call.send(.with { $0.messageRequest = .fileContainingSymbol("none.Such") })
        guard case .errorResponse(let error) = try await call.next()?.messageResponse else {
            throw CaseFailed(description: "a symbol that is not there has a file")
        }
        try expect(error.errorCode == StatusCode.notFound.rawValue, "\(error)")
        try await call.finishSending()
        let end = try await call.next()
        try expect(end == nil, "more answers than requests")
    }
}
