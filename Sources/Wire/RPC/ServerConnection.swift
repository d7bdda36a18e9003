internal import Compression
internal import Environment
internal import HTTP2
internal import MessageCoding

/// A server's end of a connection. Handlers run as tasks of `runtime.tasks`.
///
/// `@unchecked Sendable`: its variables are guarded by the lock of `RPCConnection`, as those of that class.
public final class ServerConnection: RPCConnection, @unchecked Sendable {
    private let router: Router
    let identity: PeerIdentity?
    private var runningHandlers = 0
    private var streams = StreamCounts()
    private var lastHead: (fields: [HeaderField], head: RequestHead)?

    /// - identity: who the peer proved to be, for handlers and interceptors.
    public init(
        router: Router, runtime: RPCRuntime, configuration: RPCConfiguration = RPCConfiguration(),
        observer: RPCObserver = RPCObserver(), peer: String, identity: PeerIdentity? = nil,
        budget: BufferBudget? = nil, wake: @escaping @Sendable () -> Void
    ) throws(RPCError) {
        self.router = router
        self.identity = identity
        try super.init(
            .server, runtime: runtime, configuration: configuration, observer: observer, peer: peer, budget: budget,
            wake: wake)
    }

    /// Handlers that run, those of calls that have ended included.
    public var handlerCount: Int { locked(asking: false) { runningHandlers } }

    var streamCounts: StreamCounts { locked(asking: false) { streams } }

    /// Handlers of streams that were reset run on until they notice; this bounds them together with the live ones.
    private var maxHandlers: Int { Int(configuration.http2.maxConcurrentStreams) * 2 }

    private static let responseHeaders = [
        HeaderField(":status", "200"), HeaderField("content-type", "application/grpc"),
    ]

    // MARK: - Requests

    override func receivedHeaders(_ id: StreamID, _ fields: [HeaderField], endsStream: Bool) {
        if let call = calls[id.number] {
            // Requests have no trailers in gRPC; if there are any, they end the body.
            if endsStream { receivedEnd(call) }
            return
        }
        streams.started += 1
        let head = head(of: fields)
        // Section Requests: "If Content-Type does not begin with "application/grpc", gRPC servers SHOULD respond with
        // HTTP status of 415 (Unsupported Media Type)".
        guard head.isGRPC else { return refuse(id, httpStatus: "415", endsStream) }
        // "Method → ":method POST"".
        guard head.method == "POST" else { return refuse(id, httpStatus: "405", endsStream) }
        guard runningHandlers < maxHandlers else {
            streams.failed += 1
            return session.reset(id, .refusedStream)
        }

        let deadline = head.timeout.map { runtime.clock.now() + $0 }
        let call = CallState(
            id: id, deadline: deadline, maxMessageBytes: configuration.maxReceiveMessageBytes, awakened: awakened)
        call.peerEnded = endsStream
        calls[id.number] = call
        call.peerAccepts = head.accepts
        call.incoming = head.encoding
        if let error = head.error { return finish(call, error) }
        if head.octets > 0 {
            call.headerOctets = head.octets
            guard hold(call) else {
                call.headerOctets = 0
                return finish(call, RPCError(.resourceExhausted, "this connection's requests hold too much metadata"))
            }
        }
        guard let method = router.method(head.path) else {
            return finish(call, RPCError(.unimplemented, "\(head.path): no such method"))
        }
        if endsStream { receivedEnd(call) }
        if let deadline { watchDeadline(deadline) }
        var context = CallContext(
            method: method.name, metadata: head.metadata, deadline: deadline, peer: peer, identity: identity)
        context.response = ResponseControl(connection: self, call: call)
        start(method, call, context)
    }

    /// A connection's requests repeat their header sections, and the same section is the same array.
    private func head(of fields: [HeaderField]) -> RequestHead {
        func address(_ fields: [HeaderField]) -> UnsafePointer<HeaderField>? {
            fields.withUnsafeBufferPointer { $0.baseAddress }
        }
        // `lastHead` keeps its array alive, so nothing else has its address.
        if let lastHead, address(lastHead.fields) == address(fields) { return lastHead.head }
        let head = RequestHead(fields)
        lastHead = (fields, head)
        return head
    }

    override func receivedOversizedHeaders(_ id: StreamID, endsStream: Bool) {
        if let call = calls[id.number] {
            return finish(call, RPCError(.resourceExhausted, "the request's header section is too large"))
        }
        streams.started += 1
        refuse(id, httpStatus: "431", endsStream)
    }

    private func refuse(_ id: StreamID, httpStatus: String, _ endsStream: Bool) {
        let call = CallState(id: id, deadline: nil, maxMessageBytes: 0, awakened: awakened)
        call.ending = .failed(RPCError(.cancelled, "refused"))
        call.finishedSending = true
        call.isRefused = true
        call.peerEnded = endsStream
        calls[id.number] = call
        let fields = [HeaderField(":status", httpStatus), HeaderField("content-type", "text/plain")]
        do throws(HTTP2Failure) {
            try session.submitResponse(id, fields, endsStream: false)
            session.write(id, Self.refusalText)
            session.end(id)
        } catch { session.reset(id, .internalError) }
    }

    /// For people who point a browser or curl at this server.
    private static let refusalText = Array("This is a gRPC server: POST with content-type application/grpc.\n".utf8)

    private func start(_ method: BoundMethod, _ call: CallState, _ context: CallContext) {
        runningHandlers += 1
        let incoming = IncomingCall(self, call, context)
        call.task = runtime.tasks.spawn(method.name.method) { [self] in
            var outcome: RPCError?
            do {
                // What the handler calls in turn ends by this call's deadline.
                if let deadline = context.deadline {
                    try await CallScope.$current.withValue(CallScope(deadline: deadline)) {
                        try await method.run(incoming)
                    }
                } else {
                    try await method.run(incoming)
                }
            } catch { outcome = status(of: error, method.name) }
            locked {
                runningHandlers -= 1
                call.task = nil
                call.inHand = 0
                call.headerOctets = 0
                finish(call, outcome)
                settle(call)
            }
        }
    }

    /// What a caller sees of a handler's error: never the inside of this process.
    private func status(of error: any Error, _ method: MethodName) -> RPCError {
        switch error {
        case is RPCError, is any RPCErrorConvertible, is CancellationError: break
        case let error as Concealed: observer.handlerFailed(method, error.cause)
        default: observer.handlerFailed(method, error)
        }
        return RPCError(answering: error)
    }

    // MARK: - Responses

    override func beginSending(_ call: CallState) -> RPCError? {
        do throws(HTTP2Failure) {
            try sendHeaders(call)
            return nil
        } catch { return RPCError(.internal, "HTTP/2: \(error)") }
    }

    private func sendHeaders(_ call: CallState) throws(HTTP2Failure) {
        guard !call.headersPassed else { return }
        chooseEncoding(call)
        try session.submitResponse(call.id, headers(call), endsStream: false)
        call.headersPassed = true
    }

    private func chooseEncoding(_ call: CallState) {
        guard call.outgoing == .identity, !configuration.responseEncodings.isEmpty else { return }
        call.outgoing = Negotiation.choose(configuration.responseEncodings, accepted: call.peerAccepts)
    }

    private func headers(_ call: CallState) -> [HeaderField] {
        guard call.outgoing != .identity || call.incoming != .identity || call.extras != nil else {
            return Self.responseHeaders
        }
        var fields = Self.responseHeaders
        // compression.md: "if it receives a message compressed in an undisclosed but supported encoding, it MUST
        // include said encoding in the response's grpc-accept-encoding header".
        if call.incoming != .identity { fields.append(Negotiation.acceptField) }
        if call.outgoing != .identity { fields.append(HeaderField("grpc-encoding", call.outgoing.rawValue)) }
        if let extras = call.extras { fields += extras.headerFields }
        return fields
    }

    // MARK: - What handlers say besides messages

    /// False when the response's header section has left.
    func setEncoding(_ call: CallState, _ preferred: [MessageEncoding]) -> Bool {
        locked(asking: false) {
            guard !call.headersPassed else { return false }
            call.outgoing = Negotiation.choose(preferred, accepted: call.peerAccepts)
            return true
        }
    }

    func setMetadata(_ call: CallState, headers: Metadata) throws(RPCError) {
        try check(headers)
        let isInTime = locked(asking: false) {
            guard !call.headersPassed && !call.finishedSending else { return false }
            call.withExtras { $0.headers = headers }
            return true
        }
        guard isInTime else { throw RPCError(.internal, "response metadata after the response began") }
    }

    func setMetadata(_ call: CallState, trailers: Metadata) throws(RPCError) {
        try check(trailers)
        locked(asking: false) { call.withExtras { $0.trailers = trailers } }
    }

    /// For the fields that a header section has besides metadata.
    private static let headersReserve = 512

    private func check(_ metadata: Metadata) throws(RPCError) {
        var fields: [HeaderField] = []
        try MetadataCoding.encode(metadata, into: &fields)
        let (size, limit) = (headerListBytes(fields), locked(asking: false) { headerListLimit } - Self.headersReserve)
        guard size <= limit else {
            throw RPCError(.resourceExhausted, "\(size) bytes of response metadata, and \(limit) at most can be sent")
        }
    }

    /// Sends the header section now, before any message.
    func sendHeadersNow(_ call: CallState) throws(RPCError) {
        let failure: RPCError? = locked {
            call.finishedSending ? RPCError(.cancelled, "the call has ended") : beginSending(call)
        }
        if let failure { throw failure }
    }

    /// Sends the status, once. Section Responses: "Response → (Response-Headers *Length-Prefixed-Message Trailers) /
    /// Trailers-Only"; "Trailers-Only is permitted for calls that produce an immediate error".
    private func finish(_ call: CallState, _ error: RPCError?) {
        guard !call.finishedSending else { return }
        call.finishedSending = true
        let isTrailersOnly = error != nil && !call.headersPassed
        var extras = call.extras?.trailerFields ?? []
        if isTrailersOnly, let headers = call.extras?.headerFields { extras = headers + extras }
        var trailers =
            error.map { StatusCoding.fields($0, beside: extras, peerLimit: headerListLimit) }
            ?? (StatusCoding.ok + extras)
        if error?.code == .unimplemented { trailers.append(Negotiation.acceptField) }
        do throws(HTTP2Failure) {
            if isTrailersOnly {
                try session.submitResponse(call.id, Self.responseHeaders + trailers, endsStream: true)
            } else {
                try sendHeaders(call)
                session.end(call.id, trailers: trailers)
            }
        } catch { session.reset(call.id, .internalError) }
        discard(call)
        // A handler that still runs learns it from whatever it does next, also after a clean half-close.
        call.ending = .failed(error ?? RPCError(.cancelled, "the call has ended"))
        call.wakeAll()
    }

    // MARK: - Ends

    override func receivedEnd(_ call: CallState) {
        call.peerEnded = true
        guard call.reader.isBetweenMessages else {
            return fail(call, RPCError(.internal, "the request ended within a message"))
        }
        call.end(.clean)
    }

    override func receiveFailed(_ call: CallState, _ error: RPCError) { fail(call, error) }

    override func deadlinePassed(_ call: CallState) {
        fail(call, RPCError(.deadlineExceeded, "the deadline passed before the call ended"))
    }

    /// Answers before the handler does, and cancels it.
    private func fail(_ call: CallState, _ error: RPCError) {
        finish(call, error)
        cancelHandler(call)
    }

    private func cancelHandler(_ call: CallState) {
        guard let task = call.task else { return }
        call.task = nil
        effects.cancels.append(task)
    }

    /// RFC 9113 §8.1: a server that has answered before the request ended asks its client to stop, without an error.
    override func sentEnd(_ call: CallState) {
        call.endLeft = true
        if !call.peerEnded && !call.isRefused { session.reset(call.id, .noError) }
    }

    override func streamClosed(_ call: CallState, _ code: HTTP2ErrorCode) {
        if call.endLeft { streams.succeeded += 1 } else { streams.failed += 1 }
        guard !call.finishedSending else { return call.end(.clean) }
        abandon(call, RPCError(.cancelled, "the caller ended the call (\(code))"))
    }

    override func connectionEnded(_ call: CallState, _ reason: String) {
        abandon(call, RPCError(.cancelled, "the caller's connection ended: \(reason)"))
    }

    private func abandon(_ call: CallState, _ error: RPCError) {
        call.finishedSending = true
        _ = call.dropMessages()
        settle(call)
        // Nobody hears of this status but the handler; a clean half-close from before must not hide it.
        call.ending = .failed(error)
        call.wakeAll()
        cancelHandler(call)
    }
}

/// What a request's header section says (section Requests, "Request-Headers → Call-Definition *Custom-Metadata").
private struct RequestHead {
    private(set) var method = ""
    private(set) var path = ""
    private(set) var isGRPC = false
    private(set) var timeout: Duration?
    private(set) var metadata = Metadata()
    private(set) var encoding = MessageEncoding.identity
    private(set) var accepts = ""
    /// Memory of the metadata beyond what every call may have.
    private(set) var octets = -freeOctets
    /// Why the call cannot be served although it is one.
    private(set) var error: RPCError?

    /// The usual metadata is not counted.
    private static let freeOctets = 2 << 10
    /// An entry of metadata beside its octets: two references, an array's header, what the allocator adds.
    private static let entryOctets = 128

    init(_ fields: [HeaderField]) {
        for field in fields {
            octets += field.name.utf8.count + field.value.utf8.count + Self.entryOctets
            switch field.name {
            case ":method": method = field.value
            case ":path": path = field.value
            case "content-type": isGRPC = isGRPCContentType(field.value)
            case "grpc-timeout":
                timeout = Timeout.parse(field.value)
                if timeout == nil { error = RPCError(.internal, "grpc-timeout “\(field.value)” is malformed") }
            case "grpc-encoding":
                // compression.md: "When a message from a client compressed with an unsupported algorithm is processed
                // by a server, it WILL result in an UNIMPLEMENTED error status on the server. The server will then
                // include in its response a grpc-accept-encoding header specifying the algorithms it does accept."
                if let known = MessageEncoding(rawValue: field.value) {
                    encoding = known
                } else {
                    error = RPCError(
                        .unimplemented,
                        "grpc-encoding “\(field.value)” is not known here; use \(Negotiation.acceptField.value)")
                }
            case "grpc-accept-encoding":
                // RFC 9110 §5.3: a list may be said in several fields.
                accepts += accepts.isEmpty ? field.value : "," + field.value
            case "te", "user-agent": break
            case let name where name.hasPrefix(":") || name.hasPrefix("grpc-"): break
            default:
                if !MetadataCoding.decode(field, into: &metadata) {
                    error = RPCError(.internal, "metadata “\(field.name)” is not base64")
                }
            }
        }
        octets = max(octets, 0)
    }
}

/// "Content-Type → "content-type" "application/grpc" [("+proto" / "+json" / {custom})]".
func isGRPCContentType(_ value: String) -> Bool {
    let base = "application/grpc"
    guard value.hasPrefix(base) else { return false }
    guard let next = value.utf8.dropFirst(base.utf8.count).first else { return true }
    return next == UInt8(ascii: "+") || next == UInt8(ascii: ";")
}

/// A call as a handler holds it.
private final class IncomingCall: ServerCall {
    let context: CallContext
    private let connection: ServerConnection
    private let call: CallState

    init(_ connection: ServerConnection, _ call: CallState, _ context: CallContext) {
        self.connection = connection
        self.call = call
        self.context = context
    }

    func next() async throws -> [UInt8]? { try await connection.next(call, cancelled: {})?.bytes }
    func nextReceived() async throws -> ReceivedMessage? { try await connection.next(call, cancelled: {}) }
    func send(_ message: [UInt8]) async throws { try await send(message, compressing: true) }

    func send(_ message: [UInt8], compressing: Bool) async throws {
        try await send(EncodedMessage(message), compressing: compressing)
    }

    func send(_ message: EncodedMessage, compressing: Bool) async throws {
        try await connection.send(call, message, compressing: compressing, cancelled: {})
    }
}
