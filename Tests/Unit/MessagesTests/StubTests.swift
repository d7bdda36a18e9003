import API
import Environment
import Messages
import RPC
import Testing

/// The generated server and client sides joined by queues of messages, no transport between them.
@Suite struct StubTests {
    private let client = EchoClient(LoopbackChannel(Echo().bound()))

    @Test func `a unary call returns the response`() async throws {
        let note = TestingV1.Note.with { $0.payload = [1, 2, 3] }
        #expect(try await client.say(note) == note)
    }

    @Test func `a server-streaming call returns each response`() async throws {
        let call = try await client.repeat(.with { $0.number = 3 })
        var count = 0
        while try await call.next() != nil { count += 1 }
        #expect(count == 3)
    }

    @Test func `a client-streaming call returns one response for all requests`() async throws {
        let call = try await client.gather()
        for number in 1...4 { try await call.send(.with { $0.number = UInt64(number) }) }
        #expect(try await call.response().number == 10)
    }

    @Test func `a bidirectional call passes messages both ways`() async throws {
        let call = try await client.converse()
        for number in 1...3 { try await call.send(.with { $0.number = UInt64(number) }) }
        try await call.finishSending()
        var numbers: [UInt64] = []
        while let note = try await call.next() { numbers.append(note.number) }
        #expect(numbers == [1, 2, 3])
    }

    @Test func `method tables carry names, kinds and idempotency of the proto`() {
        #expect(EchoMethods.all.map(\.name.path) == [
            "/homeward.testing.v1.Echo/Say", "/homeward.testing.v1.Echo/Repeat",
            "/homeward.testing.v1.Echo/Gather", "/homeward.testing.v1.Echo/Converse",
        ])
        #expect(EchoMethods.all.map(\.kind) == [.unary, .serverStreaming, .clientStreaming, .bidirectional])
        #expect(EchoMethods.all.map(\.idempotency) == [.noSideEffects, .idempotent, .unknown, .unknown])
        #expect(Echo().bound().methods.map(\.name) == EchoMethods.all.map(\.name))
    }
}

private struct Echo: EchoService {
    func say(_ request: TestingV1.Note, _ context: CallContext) async throws -> TestingV1.Note { request }

    func `repeat`(
        _ request: TestingV1.Note, _ responses: MessageWriter<TestingV1.Note>, _ context: CallContext
    ) async throws {
        for _ in 0..<request.number { try await responses.send(request) }
    }

    func gather(
        _ requests: RequestStream<TestingV1.Note>, _ context: CallContext
    ) async throws -> TestingV1.Note {
        var sum: UInt64 = 0
        while let request = try await requests.next() { sum += request.number }
        return .with { $0.number = sum }
    }

    func converse(
        _ requests: RequestStream<TestingV1.Note>, _ responses: MessageWriter<TestingV1.Note>, _ context: CallContext
    ) async throws {
        while let request = try await requests.next() { try await responses.send(request) }
    }
}

/// Collects the requests, runs the handler when the client has finished sending, then hands out the responses.
private actor LoopbackCall: ClientCall {
    let method: BoundMethod
    var requests: [[UInt8]] = []
    var responses: [[UInt8]] = []

    init(_ method: BoundMethod) { self.method = method }

    func send(_ message: [UInt8]) { requests.append(message) }

    func finishSending() async throws {
        let server = LoopbackServerCall(method.name, requests)
        try await method.run(server)
        responses = await server.responses
    }

    func next() -> [UInt8]? { responses.isEmpty ? nil : responses.removeFirst() }
    nonisolated func cancel() {}
}

private actor LoopbackServerCall: ServerCall {
    let context: CallContext
    var requests: [[UInt8]]
    var responses: [[UInt8]] = []

    init(_ method: MethodName, _ requests: [[UInt8]]) {
        context = CallContext(method: method, metadata: Metadata(), deadline: nil, peer: "loopback")
        self.requests = requests
    }

    func next() -> [UInt8]? { requests.isEmpty ? nil : requests.removeFirst() }
    func send(_ message: [UInt8]) { responses.append(message) }
}

private struct LoopbackChannel: Channel {
    let service: BoundService

    init(_ service: BoundService) { self.service = service }

    func start(_ method: MethodName, _ options: CallOptions) async throws -> any ClientCall {
        guard let bound = service.methods.first(where: { $0.name == method }) else {
            throw RPCError(.unimplemented, "\(method)")
        }
        return LoopbackCall(bound)
    }
}
