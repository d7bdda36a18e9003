import API
import Contract
import Environment
import MessageCoding
import Messages
import Model
import RPC

/// `grpc.testing.TestService` as grpc/doc/interop-test-descriptions.md, section Server, describes it. Bound by hand
/// because some features need the flags of messages, which generated handlers do not see.
struct TestServer: Sendable {
    let clock: any Clock

    static let initialHeader = "x-grpc-test-echo-initial"
    static let trailingHeader = "x-grpc-test-echo-trailing-bin"
    /// Asks for a typed failure instead of an answer.
    static let failureHeader = "homeward-test-failure"

    func bound() -> BoundService {
        BoundService(
            name: TestServiceMethods.service,
            methods: [
                BoundMethod(TestServiceMethods.emptyCall.name) { call in
                    try echoMetadata(call)
                    guard try await call.next() != nil else { throw RPCError(.invalidArgument, "no request") }
                    try await call.send(GRPCTesting.Empty().wireBytes())
                },
                BoundMethod(TestServiceMethods.unaryCall.name, unary),
                BoundMethod(TestServiceMethods.streamingInputCall.name, streamingInput),
                BoundMethod(TestServiceMethods.streamingOutputCall.name) { call in
                    guard let request: GRPCTesting.StreamingOutputCallRequest = try await next(call)?.message else {
                        throw RPCError(.invalidArgument, "no request")
                    }
                    call.context.compressResponses([.gzip])
                    try await answer(request, call)
                },
                BoundMethod(TestServiceMethods.fullDuplexCall.name) { call in
                    try echoMetadata(call)
                    while let request: GRPCTesting.StreamingOutputCallRequest = try await next(call)?.message {
                        try await answer(request, call)
                    }
                },
                BoundMethod(TestServiceMethods.halfDuplexCall.name) { call in
                    var requests: [GRPCTesting.StreamingOutputCallRequest] = []
                    while let request: GRPCTesting.StreamingOutputCallRequest = try await next(call)?.message {
                        requests.append(request)
                    }
                    for request in requests { try await answer(request, call) }
                },
            ])
    }

    private func unary(_ call: any ServerCall) async throws {
        try echoMetadata(call)
        guard let (request, wasCompressed): (GRPCTesting.SimpleRequest, Bool) = try await next(call) else {
            throw RPCError(.invalidArgument, "no request")
        }
        try check(request.expectCompressed, wasCompressed)
        if let text = call.context.metadata[Self.failureHeader] { throw typedFailure(text) }
        try answer(request.responseStatus)
        if request.responseCompressed != nil { call.context.compressResponses([.gzip]) }
        let response = GRPCTesting.SimpleResponse.with { $0.payload = payload(request.responseSize) }
        try await call.send(response.wireBytes(), compressing: request.responseCompressed?.value ?? false)
    }

    private func streamingInput(_ call: any ServerCall) async throws {
        var total = 0
        while let (request, wasCompressed): (GRPCTesting.StreamingInputCallRequest, Bool) = try await next(call) {
            try check(request.expectCompressed, wasCompressed)
            total += request.payload?.body.count ?? 0
        }
        let response = GRPCTesting.StreamingInputCallResponse.with { $0.aggregatedPayloadSize = Int32(total) }
        try await call.send(response.wireBytes())
    }

    private func answer(_ request: GRPCTesting.StreamingOutputCallRequest, _ call: any ServerCall) async throws {
        try answer(request.responseStatus)
        for wanted in request.responseParameters {
            if wanted.intervalUs > 0 { try await clock.sleep(for: .microseconds(Int64(wanted.intervalUs))) }
            let response = GRPCTesting.StreamingOutputCallResponse.with { $0.payload = payload(wanted.size) }
            try await call.send(response.wireBytes(), compressing: wanted.compressed?.value ?? false)
        }
    }

    /// Echo Status: "the server … must return this status".
    private func answer(_ status: GRPCTesting.EchoStatus?) throws {
        guard let status, status.code != 0 else { return }
        throw RPCError(StatusCode(rawValue: Int(status.code)) ?? .unknown, status.message)
    }

    /// CompressedRequest: "the server … must … fail with INVALID_ARGUMENT" where what it saw is not what was expected.
    private func check(_ expected: GRPCTesting.BoolValue?, _ wasCompressed: Bool) throws {
        guard let expected, expected.value != wasCompressed else { return }
        throw RPCError(.invalidArgument, "the request's compressed flag is \(wasCompressed)")
    }

    /// Echo Metadata: one key comes back with the header section, one with the trailers.
    private func echoMetadata(_ call: any ServerCall) throws {
        if let value = call.context.metadata[Self.initialHeader] {
            var metadata = Metadata()
            metadata.append(Self.initialHeader, value)
            try call.context.setResponseMetadata(metadata)
        }
        if let entry = call.context.metadata.entries.first(where: { $0.key == Self.trailingHeader }) {
            var metadata = Metadata()
            metadata.append(Self.trailingHeader, bytes: entry.value)
            try call.context.setTrailingMetadata(metadata)
        }
    }

    private func payload(_ size: Int32) -> GRPCTesting.Payload {
        .with { $0.body = [UInt8](repeating: 0, count: Int(max(size, 0))) }
    }
}

/// The domain's own error, as our services throw it; "inside" is one that nobody foresaw.
private func typedFailure(_ text: String) -> any Error {
    struct Unforeseen: Error { let secret = "/etc/secret: row 17 of table keys" }
    guard text != "inside" else { return Unforeseen() }
    var failure = Failure(
        .gatesFailed, "test: größer als 100 %", on: [Subject(kind: "item", id: "item-1")],
        gates: [Gate(.protectionEnabled, .fail)])
    failure.retryAfter = .milliseconds(2_500)
    return failure
}

private func next<M: WireMessage>(_ call: any ServerCall) async throws -> (message: M, wasCompressed: Bool)? {
    guard let received = try await call.nextReceived() else { return nil }
    do { return (try M(wire: received.bytes), received.isCompressed) } catch {
        throw RPCError(.internal, "\(M.protobufName): \(error)")
    }
}
