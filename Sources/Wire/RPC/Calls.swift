public import Compression
public import Environment
public import MessageCoding

/// `/package.Service/Method`.
public struct MethodName: Hashable, Sendable, CustomStringConvertible {
    /// Fully qualified, `homeward.vault.v1.Items`.
    public let service: String
    public let method: String

    public init(service: String, method: String) {
        self.service = service
        self.method = method
    }

    public var path: String { "/\(service)/\(method)" }
    public var description: String { "\(service)/\(method)" }
}

/// What a handler knows of its call besides the messages. A cancelled or expired call cancels the handler's task.
public struct CallContext: Sendable {
    public let method: MethodName
    public let metadata: Metadata
    public let deadline: MonotonicInstant?
    /// The peer's address as the transport names it, for logs.
    public let peer: String
    /// nil where there is no connection, as in tests of a handler.
    var response: ResponseControl?
    /// Who the peer proved to be; nil on a transport without certificates.
    public let identity: PeerIdentity?

    public init(
        method: MethodName, metadata: Metadata, deadline: MonotonicInstant?, peer: String,
        identity: PeerIdentity? = nil
    ) {
        self.method = method
        self.metadata = metadata
        self.deadline = deadline
        self.peer = peer
        self.identity = identity
    }
}

public struct CallOptions: Sendable {
    public var metadata = Metadata()
    /// Relative; nil means none. Sent as `grpc-timeout`.
    public var timeout: Duration?
    /// Wait for a connection instead of failing with UNAVAILABLE while there is none.
    public var waitForReady = false
    /// How requests are compressed. A server that does not know the encoding fails the call with UNIMPLEMENTED.
    public var encoding = MessageEncoding.identity
    /// A repeat has the effect of one call. Stubs say so of methods whose .proto does (`idempotency_level`), callers of
    /// requests that carry an operation key. Unary calls are then retried (`RetryPolicy`).
    public var isIdempotent = false
    /// Attempts before this one, `grpc-previous-rpc-attempts`.
    var previousAttempts = 0
    /// A call made while another is served ends by that one's deadline at the latest.
    public var inheritsDeadline = true

    public init(
        metadata: Metadata = Metadata(), timeout: Duration? = nil, waitForReady: Bool = false,
        encoding: MessageEncoding = .identity
    ) {
        self.metadata = metadata
        self.timeout = timeout
        self.waitForReady = waitForReady
        self.encoding = encoding
    }
}

// MARK: - The byte level, implemented by connections

/// A message, expanded if it came compressed.
public struct ReceivedMessage: Hashable, Sendable {
    public var bytes: [UInt8]
    /// Its Compressed-Flag was set.
    public var isCompressed: Bool

    public init(bytes: [UInt8], isCompressed: Bool = false) {
        self.bytes = bytes
        self.isCompressed = isCompressed
    }
}

/// The receiving half of a call: whole messages, in order.
public protocol MessageSource: Sendable {
    /// nil once the peer has finished (with status OK, on a client); throws `RPCError` otherwise.
    func next() async throws -> [UInt8]?
    /// The same, with how the message came.
    func nextReceived() async throws -> ReceivedMessage?
}

extension MessageSource {
    public func nextReceived() async throws -> ReceivedMessage? { try await next().map { ReceivedMessage(bytes: $0) } }
}

/// The sending half of a call.
public protocol MessageSink: Sendable {
    /// Returns when the message is buffered within the flow-control window (back-pressure).
    func send(_ message: [UInt8]) async throws
    /// The same; `compressing: false` sends this message as it is, also where the call has an encoding.
    func send(_ message: [UInt8], compressing: Bool) async throws
    /// The same for a message in pieces, which a connection sends from where they lie.
    func send(_ message: EncodedMessage, compressing: Bool) async throws
}

extension MessageSink {
    public func send(_ message: [UInt8], compressing: Bool) async throws { try await send(message) }

    public func send(_ message: EncodedMessage, compressing: Bool) async throws {
        try await send(message.bytes, compressing: compressing)
    }
}

/// A call as its server sees it. Returning from the handler ends it with OK, throwing with that status.
public protocol ServerCall: MessageSource, MessageSink {
    var context: CallContext { get }
}

/// A call as its client sees it.
public protocol ClientCall: MessageSource, MessageSink {
    /// Half-closes: no more messages from this side.
    func finishSending() async throws
    /// Ends the call with CANCELLED (RST_STREAM CANCEL) if it is still open.
    func cancel()
    /// Custom metadata of the response's header section, once it came; empty if the call ended without one.
    func responseMetadata() async throws -> Metadata
    /// Custom metadata of the trailers of a call that ended with OK (`next` returned nil); a failure carries its own.
    var trailingMetadata: Metadata { get }
}

extension ClientCall {
    public func responseMetadata() async throws -> Metadata { Metadata() }
    public var trailingMetadata: Metadata { Metadata() }
}

/// Where calls are made: one target, over as many connections as the transport sees fit.
public protocol Channel: Sendable {
    func start(_ method: MethodName, _ options: CallOptions) async throws -> any ClientCall
    /// How unary calls are made again; nil: they are not.
    var retries: Retries? { get }
}

extension Channel {
    public var retries: Retries? { nil }
}

// MARK: - Typed views used by generated stubs

public struct RequestStream<Message: WireMessage>: Sendable {
    private let source: any MessageSource

    public init(_ source: any MessageSource) { self.source = source }

    /// nil at the end of the stream.
    public func next() async throws -> Message? {
        guard let bytes = try await source.next() else { return nil }
        return try decode(bytes)
    }
}

public struct MessageWriter<Message: WireMessage>: Sendable {
    private let sink: any MessageSink

    public init(_ sink: any MessageSink) { self.sink = sink }

    public func send(_ message: Message) async throws { try await sink.send(message.encoded(), compressing: true) }

    /// Sends this message as it is, also where the call has an encoding.
    public func send(_ message: Message, compressing: Bool) async throws {
        try await sink.send(message.encoded(), compressing: compressing)
    }
}

/// A client's handle on a client-streaming or bidirectional call.
public struct StreamingCall<Request: WireMessage, Response: WireMessage>: Sendable {
    private let call: any ClientCall

    public init(_ call: any ClientCall) { self.call = call }

    public func send(_ message: Request) async throws { try await call.send(message.encoded(), compressing: true) }

    /// Sends this message as it is, also where the call has an encoding.
    public func send(_ message: Request, compressing: Bool) async throws {
        try await call.send(message.encoded(), compressing: compressing)
    }
    public func finishSending() async throws { try await call.finishSending() }
    public func cancel() { call.cancel() }
    /// Custom metadata of the response's header section, once it came.
    public func responseMetadata() async throws -> Metadata { try await call.responseMetadata() }
    /// Custom metadata of the trailers, after `next` returned nil.
    public var trailingMetadata: Metadata { call.trailingMetadata }

    public func next() async throws -> Response? {
        guard let bytes = try await call.next() else { return nil }
        return try decode(bytes)
    }

    /// The single response of a client-streaming call: half-closes, then waits for it.
    public func response() async throws -> Response {
        try await call.finishSending()
        return try await singleResponse(call)
    }
}

/// One method of a service, bound to its implementation: decodes, calls, encodes.
public struct BoundMethod: Sendable {
    public let name: MethodName
    public let run: @Sendable (any ServerCall) async throws -> Void

    public init(_ name: MethodName, _ run: @escaping @Sendable (any ServerCall) async throws -> Void) {
        self.name = name
        self.run = run
    }
}

/// A service implementation as the server routes to it; made by generated code (`ItemsMethods.bind`).
public struct BoundService: Sendable {
    public let name: String
    public let methods: [BoundMethod]

    public init(name: String, methods: [BoundMethod]) {
        self.name = name
        self.methods = methods
    }
}

extension BoundMethod {
    public static func unary<Q: WireMessage, R: WireMessage>(
        _ name: MethodName, _ handler: @escaping @Sendable (Q, CallContext) async throws -> R
    ) -> BoundMethod {
        BoundMethod(name) { call in
            let response = try await handler(singleRequest(call), call.context)
            try await call.send(response.encoded(), compressing: true)
        }
    }

    public static func serverStreaming<Q: WireMessage, R: WireMessage>(
        _ name: MethodName, _ handler: @escaping @Sendable (Q, MessageWriter<R>, CallContext) async throws -> Void
    ) -> BoundMethod {
        BoundMethod(name) { call in
            try await handler(singleRequest(call), MessageWriter(call), call.context)
        }
    }

    public static func clientStreaming<Q: WireMessage, R: WireMessage>(
        _ name: MethodName, _ handler: @escaping @Sendable (RequestStream<Q>, CallContext) async throws -> R
    ) -> BoundMethod {
        BoundMethod(name) { call in
            let response = try await handler(RequestStream(call), call.context)
            try await call.send(response.encoded(), compressing: true)
        }
    }

    public static func bidirectional<Q: WireMessage, R: WireMessage>(
        _ name: MethodName,
        _ handler: @escaping @Sendable (RequestStream<Q>, MessageWriter<R>, CallContext) async throws -> Void
    ) -> BoundMethod {
        BoundMethod(name) { call in
            try await handler(RequestStream(call), MessageWriter(call), call.context)
        }
    }
}

extension Channel {
    public func unary<Q: WireMessage, R: WireMessage>(
        _ name: MethodName, _ request: Q, _ options: CallOptions
    ) async throws -> R {
        guard let retries else { return try await unaryOnce(name, request, options) }
        return try await retries.run(options) { try await unaryOnce(name, request, $0) }
    }

    private func unaryOnce<Q: WireMessage, R: WireMessage>(
        _ name: MethodName, _ request: Q, _ options: CallOptions
    ) async throws -> R {
        let call = try await start(name, options)
        try await call.send(request.encoded(), compressing: true)
        try await call.finishSending()
        return try await singleResponse(call)
    }

    public func serverStreaming<Q: WireMessage, R: WireMessage>(
        _ name: MethodName, _ request: Q, _ options: CallOptions
    ) async throws -> StreamingCall<Q, R> {
        let call = try await start(name, options)
        try await call.send(request.encoded(), compressing: true)
        try await call.finishSending()
        return StreamingCall(call)
    }

    public func streaming<Q: WireMessage, R: WireMessage>(
        _ name: MethodName, _ options: CallOptions
    ) async throws -> StreamingCall<Q, R> {
        StreamingCall(try await start(name, options))
    }
}

private func decode<M: WireMessage>(_ bytes: [UInt8]) throws -> M {
    do { return try M(wire: bytes) } catch {
        throw RPCError(.internal, "\(M.protobufName): cannot be decoded: \(error)")
    }
}

private func singleRequest<M: WireMessage>(_ call: any ServerCall) async throws -> M {
    guard let bytes = try await call.next() else {
        throw RPCError(.unimplemented, "\(call.context.method): no request message")
    }
    guard try await call.next() == nil else {
        throw RPCError(.unimplemented, "\(call.context.method): more than one request message")
    }
    return try decode(bytes)
}

/// grpc/doc/statuscodes.md: "Response cardinality violation … UNIMPLEMENTED".
private func singleResponse<M: WireMessage>(_ call: any ClientCall) async throws -> M {
    guard let bytes = try await call.next() else {
        throw RPCError(.unimplemented, "\(M.protobufName): the peer ended the call without a response")
    }
    guard try await call.next() == nil else {
        throw RPCError(.unimplemented, "\(M.protobufName): the peer sent more than one response")
    }
    return try decode(bytes)
}
