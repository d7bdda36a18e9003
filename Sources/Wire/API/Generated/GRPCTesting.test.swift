// Generated from grpc/testing/test.proto by protoc-gen-homeward. Do not edit.
public import Messages
public import RPC

/// The methods of `grpc.testing.TestService` as they are named on the wire, with their properties.
public enum TestServiceMethods {
    public static let service = "grpc.testing.TestService"
    public static let emptyCall = MethodDescriptor(MethodName(service: service, method: "EmptyCall"), .unary, .unknown)
    public static let unaryCall = MethodDescriptor(MethodName(service: service, method: "UnaryCall"), .unary, .unknown)
    public static let streamingOutputCall = MethodDescriptor(MethodName(service: service, method: "StreamingOutputCall"), .serverStreaming, .unknown)
    public static let streamingInputCall = MethodDescriptor(MethodName(service: service, method: "StreamingInputCall"), .clientStreaming, .unknown)
    public static let fullDuplexCall = MethodDescriptor(MethodName(service: service, method: "FullDuplexCall"), .bidirectional, .unknown)
    public static let halfDuplexCall = MethodDescriptor(MethodName(service: service, method: "HalfDuplexCall"), .bidirectional, .unknown)
    public static let unimplementedCall = MethodDescriptor(MethodName(service: service, method: "UnimplementedCall"), .unary, .unknown)
    public static let all: [MethodDescriptor] = [emptyCall, unaryCall, streamingOutputCall, streamingInputCall, fullDuplexCall, halfDuplexCall, unimplementedCall]
}

/// What the cases of grpc/doc/interop-test-descriptions.md call.
public protocol TestServiceService: Sendable {
    /// Nothing for nothing.
    func emptyCall(_ request: GRPCTesting.Empty, _ context: CallContext) async throws -> GRPCTesting.Empty
    /// One payload for one.
    func unaryCall(_ request: GRPCTesting.SimpleRequest, _ context: CallContext) async throws -> GRPCTesting.SimpleResponse
    /// A stream of payloads for one request.
    func streamingOutputCall(_ request: GRPCTesting.StreamingOutputCallRequest, _ responses: MessageWriter<GRPCTesting.StreamingOutputCallResponse>, _ context: CallContext) async throws
    /// The size of a stream of payloads.
    func streamingInputCall(_ requests: RequestStream<GRPCTesting.StreamingInputCallRequest>, _ context: CallContext) async throws -> GRPCTesting.StreamingInputCallResponse
    /// Answers each request as it comes.
    func fullDuplexCall(_ requests: RequestStream<GRPCTesting.StreamingOutputCallRequest>, _ responses: MessageWriter<GRPCTesting.StreamingOutputCallResponse>, _ context: CallContext) async throws
    /// Answers once all requests came.
    func halfDuplexCall(_ requests: RequestStream<GRPCTesting.StreamingOutputCallRequest>, _ responses: MessageWriter<GRPCTesting.StreamingOutputCallResponse>, _ context: CallContext) async throws
    /// No server has it.
    func unimplementedCall(_ request: GRPCTesting.Empty, _ context: CallContext) async throws -> GRPCTesting.Empty
}

extension TestServiceService {
    /// What a server routes calls of `grpc.testing.TestService` by.
    public func bound() -> BoundService {
        BoundService(name: TestServiceMethods.service, methods: [
            .unary(TestServiceMethods.emptyCall.name) { try await self.emptyCall($0, $1) },
            .unary(TestServiceMethods.unaryCall.name) { try await self.unaryCall($0, $1) },
            .serverStreaming(TestServiceMethods.streamingOutputCall.name) { try await self.streamingOutputCall($0, $1, $2) },
            .clientStreaming(TestServiceMethods.streamingInputCall.name) { try await self.streamingInputCall($0, $1) },
            .bidirectional(TestServiceMethods.fullDuplexCall.name) { try await self.fullDuplexCall($0, $1, $2) },
            .bidirectional(TestServiceMethods.halfDuplexCall.name) { try await self.halfDuplexCall($0, $1, $2) },
            .unary(TestServiceMethods.unimplementedCall.name) { try await self.unimplementedCall($0, $1) },
        ])
    }
}

/// Calls `grpc.testing.TestService`; a call that fails throws `RPCError`.
public struct TestServiceClient: Sendable {
    private let channel: any Channel

    public init(_ channel: any Channel) { self.channel = channel }

    /// Nothing for nothing.
    public func emptyCall(_ request: GRPCTesting.Empty, _ options: CallOptions = CallOptions()) async throws -> GRPCTesting.Empty {
        try await channel.unary(TestServiceMethods.emptyCall, request, options)
    }

    /// One payload for one.
    public func unaryCall(_ request: GRPCTesting.SimpleRequest, _ options: CallOptions = CallOptions()) async throws -> GRPCTesting.SimpleResponse {
        try await channel.unary(TestServiceMethods.unaryCall, request, options)
    }

    /// A stream of payloads for one request.
    public func streamingOutputCall(_ request: GRPCTesting.StreamingOutputCallRequest, _ options: CallOptions = CallOptions()) async throws -> StreamingCall<GRPCTesting.StreamingOutputCallRequest, GRPCTesting.StreamingOutputCallResponse> {
        try await channel.serverStreaming(TestServiceMethods.streamingOutputCall.name, request, options)
    }

    /// The size of a stream of payloads.
    public func streamingInputCall(_ options: CallOptions = CallOptions()) async throws -> StreamingCall<GRPCTesting.StreamingInputCallRequest, GRPCTesting.StreamingInputCallResponse> {
        try await channel.streaming(TestServiceMethods.streamingInputCall.name, options)
    }

    /// Answers each request as it comes.
    public func fullDuplexCall(_ options: CallOptions = CallOptions()) async throws -> StreamingCall<GRPCTesting.StreamingOutputCallRequest, GRPCTesting.StreamingOutputCallResponse> {
        try await channel.streaming(TestServiceMethods.fullDuplexCall.name, options)
    }

    /// Answers once all requests came.
    public func halfDuplexCall(_ options: CallOptions = CallOptions()) async throws -> StreamingCall<GRPCTesting.StreamingOutputCallRequest, GRPCTesting.StreamingOutputCallResponse> {
        try await channel.streaming(TestServiceMethods.halfDuplexCall.name, options)
    }

    /// No server has it.
    public func unimplementedCall(_ request: GRPCTesting.Empty, _ options: CallOptions = CallOptions()) async throws -> GRPCTesting.Empty {
        try await channel.unary(TestServiceMethods.unimplementedCall, request, options)
    }
}

/// The methods of `grpc.testing.UnimplementedService` as they are named on the wire, with their properties.
public enum UnimplementedServiceMethods {
    public static let service = "grpc.testing.UnimplementedService"
    public static let unimplementedCall = MethodDescriptor(MethodName(service: service, method: "UnimplementedCall"), .unary, .unknown)
    public static let all: [MethodDescriptor] = [unimplementedCall]
}

/// No server has it.
public protocol UnimplementedServiceService: Sendable {
    /// No server has it.
    func unimplementedCall(_ request: GRPCTesting.Empty, _ context: CallContext) async throws -> GRPCTesting.Empty
}

extension UnimplementedServiceService {
    /// What a server routes calls of `grpc.testing.UnimplementedService` by.
    public func bound() -> BoundService {
        BoundService(name: UnimplementedServiceMethods.service, methods: [
            .unary(UnimplementedServiceMethods.unimplementedCall.name) { try await self.unimplementedCall($0, $1) },
        ])
    }
}

/// Calls `grpc.testing.UnimplementedService`; a call that fails throws `RPCError`.
public struct UnimplementedServiceClient: Sendable {
    private let channel: any Channel

    public init(_ channel: any Channel) { self.channel = channel }

    /// No server has it.
    public func unimplementedCall(_ request: GRPCTesting.Empty, _ options: CallOptions = CallOptions()) async throws -> GRPCTesting.Empty {
        try await channel.unary(UnimplementedServiceMethods.unimplementedCall, request, options)
    }
}
