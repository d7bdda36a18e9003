// Generated from homeward/testing/v1/everything.proto by protoc-gen-homeward. Do not edit.
public import Messages
public import RPC

/// The methods of `homeward.testing.v1.Echo` as they are named on the wire, with their properties.
public enum EchoMethods {
    public static let service = "homeward.testing.v1.Echo"
    public static let say = MethodDescriptor(MethodName(service: service, method: "Say"), .unary, .noSideEffects)
    public static let `repeat` = MethodDescriptor(MethodName(service: service, method: "Repeat"), .serverStreaming, .idempotent)
    public static let gather = MethodDescriptor(MethodName(service: service, method: "Gather"), .clientStreaming, .unknown)
    public static let converse = MethodDescriptor(MethodName(service: service, method: "Converse"), .bidirectional, .unknown)
    public static let all: [MethodDescriptor] = [say, `repeat`, gather, converse]
}

/// Sends back what it gets, in each of the four kinds of call.
public protocol EchoService: Sendable {
    /// One for one.
    func say(_ request: TestingV1.Note, _ context: CallContext) async throws -> TestingV1.Note
    /// One, then as many as its number says.
    func `repeat`(_ request: TestingV1.Note, _ responses: MessageWriter<TestingV1.Note>, _ context: CallContext) async throws
    /// Many, then the last with the sum of the numbers.
    func gather(_ requests: RequestStream<TestingV1.Note>, _ context: CallContext) async throws -> TestingV1.Note
    /// Each as it comes.
    func converse(_ requests: RequestStream<TestingV1.Note>, _ responses: MessageWriter<TestingV1.Note>, _ context: CallContext) async throws
}

extension EchoService {
    /// What a server routes calls of `homeward.testing.v1.Echo` by.
    public func bound() -> BoundService {
        BoundService(name: EchoMethods.service, methods: [
            .unary(EchoMethods.say.name) { try await self.say($0, $1) },
            .serverStreaming(EchoMethods.`repeat`.name) { try await self.`repeat`($0, $1, $2) },
            .clientStreaming(EchoMethods.gather.name) { try await self.gather($0, $1) },
            .bidirectional(EchoMethods.converse.name) { try await self.converse($0, $1, $2) },
        ])
    }
}

/// Calls `homeward.testing.v1.Echo`; a call that fails throws `RPCError`.
public struct EchoClient: Sendable {
    private let channel: any Channel

    public init(_ channel: any Channel) { self.channel = channel }

    /// One for one.
    public func say(_ request: TestingV1.Note, _ options: CallOptions = CallOptions()) async throws -> TestingV1.Note {
        try await channel.unary(EchoMethods.say, request, options)
    }

    /// One, then as many as its number says.
    public func `repeat`(_ request: TestingV1.Note, _ options: CallOptions = CallOptions()) async throws -> StreamingCall<TestingV1.Note, TestingV1.Note> {
        try await channel.serverStreaming(EchoMethods.`repeat`.name, request, options)
    }

    /// Many, then the last with the sum of the numbers.
    public func gather(_ options: CallOptions = CallOptions()) async throws -> StreamingCall<TestingV1.Note, TestingV1.Note> {
        try await channel.streaming(EchoMethods.gather.name, options)
    }

    /// Each as it comes.
    public func converse(_ options: CallOptions = CallOptions()) async throws -> StreamingCall<TestingV1.Note, TestingV1.Note> {
        try await channel.streaming(EchoMethods.converse.name, options)
    }
}
