import API
import Compression
import Environment
import MessageCoding
import Messages
import RPC

struct CaseFailed: Error, CustomStringConvertible { let description: String }

func expect(_ condition: Bool, _ what: @autoclosure () -> String) throws {
    if !condition { throw CaseFailed(description: what()) }
}

/// The cases of grpc/doc/interop-test-descriptions.md, section Client, that need nothing but a server.
struct TestClient: Sendable {
    let channel: any Channel

    /// Long enough for any case, short enough for a test run.
    private var options: CallOptions { CallOptions(timeout: .seconds(20), waitForReady: true) }

    static let names = [
        "empty_unary", "large_unary", "client_compressed_unary", "server_compressed_unary", "client_streaming",
        "client_compressed_streaming", "server_streaming", "server_compressed_streaming", "ping_pong", "empty_stream",
        "cancel_after_begin", "cancel_after_first_response", "timeout_on_sleeping_server", "custom_metadata",
        "status_code_and_message", "special_status_message", "unimplemented_method", "unimplemented_service",
        "typed_details", "health", "reflection",
    ]

    func run(_ name: String) async throws {
        switch name {
        case "empty_unary": try await emptyUnary()
        case "large_unary": try await largeUnary()
        case "client_compressed_unary": try await clientCompressedUnary()
        case "server_compressed_unary": try await serverCompressedUnary()
        case "client_streaming": try await clientStreaming()
        case "client_compressed_streaming": try await clientCompressedStreaming()
        case "server_streaming": try await serverStreaming()
        case "server_compressed_streaming": try await serverCompressedStreaming()
        case "ping_pong": try await pingPong()
        case "empty_stream": try await emptyStream()
        case "cancel_after_begin": try await cancelAfterBegin()
        case "cancel_after_first_response": try await cancelAfterFirstResponse()
        case "timeout_on_sleeping_server": try await timeoutOnSleepingServer()
        case "custom_metadata": try await customMetadata()
        case "status_code_and_message": try await statusCodeAndMessage()
        case "special_status_message": try await specialStatusMessage()
        case "unimplemented_method": try await unimplementedMethod()
        case "unimplemented_service": try await unimplementedService()
        case "typed_details": try await typedDetails()
        case "health": try await health()
        case "reflection": try await reflection()
        default: throw CaseFailed(description: "no such case: \(name)")
        }
    }

    // MARK: - Calls

    private func open(_ method: MethodDescriptor, _ options: CallOptions) async throws -> any ClientCall {
        try await channel.start(method.name, options)
    }

    private func unary(
        _ request: GRPCTesting.SimpleRequest, compressing: Bool = false, encoding: MessageEncoding = .identity,
        _ metadata: Metadata = Metadata()
    ) async throws -> (call: any ClientCall, response: GRPCTesting.SimpleResponse, wasCompressed: Bool) {
        var options = options
        options.encoding = encoding
        options.metadata = metadata
        let call = try await open(TestServiceMethods.unaryCall, options)
        try await call.send(request.wireBytes(), compressing: compressing)
        try await call.finishSending()
        let received = try await call.nextReceived()
        let end = try await call.next()
        guard let received, end == nil else { throw CaseFailed(description: "a unary call has one response") }
        return (call, try GRPCTesting.SimpleResponse(wire: received.bytes), received.isCompressed)
    }

    private func code(_ body: () async throws -> Void) async throws -> RPCError {
        do { try await body() } catch let error as RPCError { return error }
        throw CaseFailed(description: "the call should have failed")
    }

    private func zeros(_ count: Int) -> GRPCTesting.Payload { .with { $0.body = [UInt8](repeating: 0, count: count) } }

    private func large(_ change: (inout GRPCTesting.SimpleRequest) -> Void = { _ in }) -> GRPCTesting.SimpleRequest {
        .with {
            $0.responseSize = 314_159
            $0.payload = zeros(271_828)
            change(&$0)
        }
    }

    private func isLarge(_ response: GRPCTesting.SimpleResponse) throws {
        try expect(response.payload?.body == zeros(314_159).body, "the payload is not 314159 zeros")
    }

    private func output(_ sizes: [(Int32, Bool?)], _ payload: Int? = nil) -> GRPCTesting.StreamingOutputCallRequest {
        .with {
            $0.responseParameters = sizes.map { size, compressed in
                .with {
                    $0.size = size
                    $0.compressed = compressed.map { value in .with { $0.value = value } }
                }
            }
            $0.payload = payload.map { zeros($0) }
        }
    }

    private func receive(_ call: any ClientCall, _ size: Int, compressed: Bool? = nil) async throws {
        guard let received = try await call.nextReceived() else {
            throw CaseFailed(description: "a response of \(size) bytes is missing")
        }
        let response = try GRPCTesting.StreamingOutputCallResponse(wire: received.bytes)
        try expect(response.payload?.body == zeros(size).body, "the payload is not \(size) zeros")
        if let compressed {
            try expect(received.isCompressed == compressed, "the compressed flag of \(size) is not \(compressed)")
        }
    }

    private func isEnded(_ call: any ClientCall) async throws {
        try expect(try await call.next() == nil, "more responses than asked for")
    }

    // MARK: - Cases

    private func emptyUnary() async throws {
        let call = try await open(TestServiceMethods.emptyCall, options)
        try await call.send([])
        try await call.finishSending()
        try expect(try await call.next() == [], "an empty message")
        try await isEnded(call)
    }

    private func largeUnary() async throws { try isLarge(try await unary(large()).response) }

    private func clientCompressedUnary() async throws {
        let expecting: (Bool) -> GRPCTesting.SimpleRequest = { value in
            large { $0.expectCompressed = .with { $0.value = value } }
        }
        let probe = try await code { _ = try await unary(expecting(true)) }
        try expect(probe.code == .invalidArgument, "probe: \(probe)")
        for encoding in [MessageEncoding.gzip, .deflate] {
            try isLarge(try await unary(expecting(true), compressing: true, encoding: encoding).response)
            try isLarge(try await unary(expecting(false), compressing: false, encoding: encoding).response)
        }
    }

    private func serverCompressedUnary() async throws {
        for compressed in [true, false] {
            let (_, response, wasCompressed) = try await unary(
                large { $0.responseCompressed = .with { $0.value = compressed } })
            try isLarge(response)
            try expect(wasCompressed == compressed, "the compressed flag is not \(compressed)")
        }
    }

    private func clientStreaming() async throws {
        let call = try await open(TestServiceMethods.streamingInputCall, options)
        for size in [27_182, 8, 1_828, 45_904] {
            try await call.send(GRPCTesting.StreamingInputCallRequest.with { $0.payload = zeros(size) }.wireBytes())
        }
        try await isSum(call, 74_922)
    }

    private func isSum(_ call: any ClientCall, _ sum: Int32) async throws {
        try await call.finishSending()
        let bytes = try await call.next()
        let response = try GRPCTesting.StreamingInputCallResponse(wire: bytes ?? [])
        try expect(response.aggregatedPayloadSize == sum, "the sum is \(response.aggregatedPayloadSize), not \(sum)")
        try await isEnded(call)
    }

    private func clientCompressedStreaming() async throws {
        let request: (Bool, Int) -> [UInt8] = { compressed, size in
            GRPCTesting.StreamingInputCallRequest.with {
                $0.expectCompressed = .with { $0.value = compressed }
                $0.payload = zeros(size)
            }.wireBytes()
        }
        var options = options
        options.encoding = .gzip
        let refused = try await code {
            let probe = try await open(TestServiceMethods.streamingInputCall, options)
            try await probe.send(request(true, 27_182), compressing: false)
            try await isSum(probe, 27_182)
        }
        try expect(refused.code == .invalidArgument, "probe: \(refused)")
        let call = try await open(TestServiceMethods.streamingInputCall, options)
        try await call.send(request(true, 27_182), compressing: true)
        try await call.send(request(false, 45_904), compressing: false)
        try await isSum(call, 73_086)
    }

    private func serverStreaming() async throws {
        let call = try await open(TestServiceMethods.streamingOutputCall, options)
        try await call.send(output([(31_415, nil), (9, nil), (2_653, nil), (58_979, nil)]).wireBytes())
        try await call.finishSending()
        for size in [31_415, 9, 2_653, 58_979] { try await receive(call, size) }
        try await isEnded(call)
    }

    private func serverCompressedStreaming() async throws {
        let call = try await open(TestServiceMethods.streamingOutputCall, options)
        try await call.send(output([(31_415, true), (92_653, false)]).wireBytes())
        try await call.finishSending()
        try await receive(call, 31_415, compressed: true)
        try await receive(call, 92_653, compressed: false)
        try await isEnded(call)
    }

    private func pingPong() async throws {
        let call = try await open(TestServiceMethods.fullDuplexCall, options)
        for (size, payload) in [(31_415, 27_182), (9, 8), (2_653, 1_828), (58_979, 45_904)] {
            try await call.send(output([(Int32(size), nil)], payload).wireBytes())
            try await receive(call, size)
        }
        try await call.finishSending()
        try await isEnded(call)
    }

    private func emptyStream() async throws {
        let call = try await open(TestServiceMethods.fullDuplexCall, options)
        try await call.finishSending()
        try await isEnded(call)
    }

    private func cancelAfterBegin() async throws {
        let call = try await open(TestServiceMethods.streamingInputCall, options)
        call.cancel()
        let error = try await code { _ = try await call.next() }
        try expect(error.code == .cancelled, "\(error)")
    }

    private func cancelAfterFirstResponse() async throws {
        let call = try await open(TestServiceMethods.fullDuplexCall, options)
        try await call.send(output([(31_415, nil)], 27_182).wireBytes())
        try await receive(call, 31_415)
        call.cancel()
        let error = try await code { _ = try await call.next() }
        try expect(error.code == .cancelled, "\(error)")
    }

    private func timeoutOnSleepingServer() async throws {
        // The connection stands before the millisecond begins.
        try await emptyUnary()
        let error = try await code {
            let call = try await open(TestServiceMethods.fullDuplexCall, CallOptions(timeout: .milliseconds(1)))
            try await call.send(output([], 27_182).wireBytes())
            _ = try await call.next()
        }
        try expect(error.code == .deadlineExceeded, "\(error)")
    }

    private func customMetadata() async throws {
        var metadata = Metadata()
        metadata.append("x-grpc-test-echo-initial", "test_initial_metadata_value")
        metadata.append("x-grpc-test-echo-trailing-bin", bytes: [0xab, 0xab, 0xab])
        func isEchoed(_ call: any ClientCall) async throws {
            let headers = try await call.responseMetadata()
            try expect(headers["x-grpc-test-echo-initial"] == "test_initial_metadata_value", "initial: \(headers)")
            let trailers = call.trailingMetadata.entries
            try expect(
                trailers.contains { $0.key == "x-grpc-test-echo-trailing-bin" && $0.value == [0xab, 0xab, 0xab] },
                "trailing: \(trailers)")
        }
        let (answered, response, _) = try await unary(large(), metadata)
        try isLarge(response)
        try await isEchoed(answered)
        var options = options
        options.metadata = metadata
        let call = try await open(TestServiceMethods.fullDuplexCall, options)
        try await call.send(output([(314_159, nil)], 271_828).wireBytes())
        try await receive(call, 314_159)
        try await call.finishSending()
        try await isEnded(call)
        try await isEchoed(call)
    }

    private func statusCodeAndMessage() async throws { try await isStatus("test status message", streaming: true) }

    private func specialStatusMessage() async throws {
        try await isStatus("\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n", streaming: false)
    }

    private func isStatus(_ message: String, streaming: Bool) async throws {
        let status = GRPCTesting.EchoStatus.with {
            $0.code = 2
            $0.message = message
        }
        let plain = try await code { _ = try await unary(.with { $0.responseStatus = status }) }
        try expect(plain.code == .unknown && plain.message == message, "unary: \(plain)")
        guard streaming else { return }
        let streamed = try await code {
            let call = try await open(TestServiceMethods.fullDuplexCall, options)
            try await call.send(GRPCTesting.StreamingOutputCallRequest.with { $0.responseStatus = status }.wireBytes())
            try await call.finishSending()
            _ = try await call.next()
        }
        try expect(streamed.code == .unknown && streamed.message == message, "streaming: \(streamed)")
    }

    private func unimplementedMethod() async throws { try await isUnimplemented(TestServiceMethods.unimplementedCall) }

    private func unimplementedService() async throws {
        try await isUnimplemented(UnimplementedServiceMethods.unimplementedCall)
    }

    private func isUnimplemented(_ method: MethodDescriptor) async throws {
        let error = try await code {
            let _: GRPCTesting.Empty = try await channel.unary(method.name, GRPCTesting.Empty(), options)
        }
        try expect(error.code == .unimplemented, "\(error)")
    }

    /// Not of the published cases: a failure's details survive, and an unforeseen error shows nothing of itself.
    private func typedDetails() async throws {
        func failing(_ text: String) async throws -> RPCError {
            var metadata = Metadata()
            metadata.append(TestServer.failureHeader, text)
            return try await code { _ = try await unary(GRPCTesting.SimpleRequest(), metadata) }
        }
        let error = try await failing("gates")
        try expect(error.code == .failedPrecondition && error.message == "test: größer als 100 %", "\(error)")
        try checkDetails(error)
        let inside = try await failing("inside")
        try expect(inside.code == .internal || inside.code == .unknown, "\(inside)")
        try expect(!inside.message.contains("secret") && inside.details.isEmpty, "\(inside)")
    }
}
