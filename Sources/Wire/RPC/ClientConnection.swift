public import Compression
public import Environment
internal import HTTP2
internal import MessageCoding

/// A client's end of a connection.
///
/// `@unchecked Sendable`: its variables are guarded by the lock of `RPCConnection`, as those of that class.
public final class ClientConnection: RPCConnection, @unchecked Sendable {
    private let authority: String
    /// "Scheme → ":scheme" ("http" / "https")".
    private let scheme: HeaderField
    private let pace: KeepalivePace?

    /// - isSecured: the transport below is TLS.
    /// - pace: what the connections of one channel share.
    public init(
        authority: String, isSecured: Bool = false, runtime: RPCRuntime,
        configuration: RPCConfiguration = RPCConfiguration(), observer: RPCObserver = RPCObserver(), peer: String,
        pace: KeepalivePace? = nil, wake: @escaping @Sendable () -> Void
    ) throws(RPCError) {
        self.authority = authority
        self.pace = pace
        var configuration = configuration
        if let pace { configuration.keepalive = configuration.keepalive.map(pace.paced) }
        scheme = HeaderField(":scheme", isSecured ? "https" : "http")
        try super.init(
            .client, runtime: runtime, configuration: configuration, observer: observer, peer: peer, wake: wake)
    }

    /// False once the connection ended or is draining: a new one is needed.
    public var acceptsCalls: Bool { locked(asking: false) { isAccepting } }

    private var isAccepting: Bool { !isEnded && !isDraining && session.acceptsRequests }

    /// What became of a call that was to be opened.
    enum Opening {
        case started(any ClientCall)
        /// As many calls are open as the server allows.
        case full
        /// The connection ended or is draining.
        case ended
    }

    /// Opens a call. The request's headers leave with the first message, the half-close or the first wait for a
    /// response, so that a small call is one write.
    public func start(
        _ method: MethodName, metadata: Metadata, deadline: MonotonicInstant?, encoding: MessageEncoding = .identity
    ) throws(RPCError) -> any ClientCall {
        var options = CallOptions(metadata: metadata)
        options.encoding = encoding
        guard case .started(let call) = try open(method, options, deadline: deadline, evenIfFull: true) else {
            throw endError
        }
        return call
    }

    /// Why it takes no more calls: a connection may be refused by what the peer says right after it was made.
    var endError: RPCError {
        let reason = locked(asking: false) { endReason }
        let detail = reason.isEmpty ? "takes no more calls" : "ended: \(reason)"
        return RPCError(.unavailable, "the connection to \(peer) \(detail)")
    }

    /// Calls that are open or wait for their turn.
    var openCalls: Int { locked(asking: false) { calls.count } }

    /// `evenIfFull`: then the call waits on the connection until the server allows it.
    func open(
        _ method: MethodName, _ options: CallOptions, deadline: MonotonicInstant?, evenIfFull: Bool
    ) throws(RPCError) -> Opening {
        let fields = try requestFields(method, options, deadline)
        let opened = locked(asking: false) { () -> Result<CallState, RPCError>? in
            guard isAccepting else { return nil }
            if !evenIfFull && calls.count >= session.peerMaxConcurrentStreams { return .failure(Self.full) }
            guard calls.count < configuration.maxOutstandingCalls else {
                return .failure(RPCError(.resourceExhausted, "\(calls.count) calls to \(peer) are open already"))
            }
            // Only custom metadata makes a request's header section large.
            if !options.metadata.entries.isEmpty {
                let (size, limit) = (headerListBytes(fields), headerListLimit)
                guard size <= limit else {
                    return .failure(
                        RPCError(
                            .resourceExhausted,
                            "\(method): \(size) bytes of metadata, and \(limit) at most can be sent to \(peer)"))
                }
            }
            do throws(HTTP2Failure) {
                let id = try session.submitRequest(fields)
                let call = CallState(
                    id: id, deadline: deadline, maxMessageBytes: configuration.maxReceiveMessageBytes,
                    awakened: awakened)
                call.outgoing = options.encoding
                calls[id.number] = call
                if let deadline { watchDeadline(deadline) }
                return .success(call)
            } catch { return .failure(RPCError(.unavailable, "\(method) at \(peer): \(error)")) }
        }
        switch opened {
        case nil: return .ended
        case .success(let call): return .started(OutgoingCall(self, call))
        case .failure(Self.full): return .full
        case .failure(let error): throw error
        }
    }

    /// Never seen outside.
    private static let full = RPCError(.resourceExhausted, "full")

    /// Section Requests: "Call-Definition → Method Scheme Path TE [Authority] [Timeout] Content-Type …".
    private func requestFields(
        _ method: MethodName, _ options: CallOptions, _ deadline: MonotonicInstant?
    ) throws(RPCError) -> [HeaderField] {
        let (metadata, encoding) = (options.metadata, options.encoding)
        var fields: [HeaderField] = []
        fields.reserveCapacity(10 + metadata.entries.count)
        fields.append(HeaderField(":method", "POST"))
        fields.append(scheme)
        fields.append(HeaderField(":path", method.path))
        fields.append(HeaderField(":authority", authority))
        fields.append(HeaderField("te", "trailers"))
        if let deadline {
            let left = deadline - runtime.clock.now()
            guard left > .zero else { throw RPCError(.deadlineExceeded, "\(method): the deadline has passed") }
            fields.append(HeaderField("grpc-timeout", Timeout.format(left)))
        }
        fields.append(HeaderField("content-type", "application/grpc"))
        fields.append(HeaderField("user-agent", "grpc-swift-homeward/1"))
        // "Message-Encoding → "grpc-encoding" Content-Coding", "Message-Accept-Encoding → "grpc-accept-encoding" …".
        if encoding != .identity { fields.append(HeaderField("grpc-encoding", encoding.rawValue)) }
        fields.append(Negotiation.acceptField)
        if options.previousAttempts > 0 {
            fields.append(HeaderField("grpc-previous-rpc-attempts", "\(options.previousAttempts)"))
        }
        try MetadataCoding.encode(metadata, into: &fields)
        return fields
    }

    // MARK: - Responses

    override func receivedHeaders(_ id: StreamID, _ fields: [HeaderField], endsStream: Bool) {
        guard let call = calls[id.number], call.ending == nil else { return }
        if call.headersPassed {
            return receivedTrailers(call, fields, httpStatus: "200")
        }
        let head = ResponseHead(fields)
        if endsStream { return receivedTrailers(call, fields, httpStatus: head.httpStatus) }
        // RFC 9113 §8.1: interim responses precede the final one.
        if head.httpStatus.hasPrefix("1") { return }
        if let error = refusal(head) { return abort(call, error, .cancel) }
        if let encoding = head.encoding {
            // compression.md: "Data sent from a server compressed with an algorithm not supported by the client WILL
            // result in an INTERNAL error status on the client side."
            guard let known = MessageEncoding(rawValue: encoding) else {
                return abort(
                    call,
                    RPCError(
                        .internal,
                        "\(peer) answered with grpc-encoding “\(encoding)”, not of \(Negotiation.acceptField.value)"),
                    .cancel)
            }
            call.incoming = known
        }
        if head.hasCustomMetadata { call.withExtras { $0.headers = customMetadata(fields) } }
        call.headersArrived()
    }

    private func refusal(_ head: ResponseHead) -> RPCError? {
        guard head.httpStatus == "200" else {
            return RPCError(
                StatusCoding.code(httpStatus: head.httpStatus), "\(peer) answered with HTTP status \(head.httpStatus)")
        }
        guard isGRPCContentType(head.contentType) else {
            return RPCError(.unknown, "\(peer) answered with content type “\(head.contentType)”")
        }
        return nil
    }

    private func receivedTrailers(_ call: CallState, _ fields: [HeaderField], httpStatus: String) {
        call.peerEnded = true
        var error: RPCError?
        if let status = fields.first(where: { $0.name == "grpc-status" }) {
            error = StatusCoding.error(code: status.value, fields)
            if error?.code == .cancelled, isPastDeadline(call) { error = deadlineError }
        } else {
            error = RPCError(StatusCoding.code(httpStatus: httpStatus), "\(peer): no grpc-status, HTTP \(httpStatus)")
        }
        if error == nil && !call.reader.isBetweenMessages {
            error = RPCError(.internal, "\(peer): the response ended within a message")
        }
        if error == nil && hasCustomMetadata(fields) { call.withExtras { $0.trailers = customMetadata(fields) } }
        call.end(error.map { .failed($0) } ?? .clean)
        // Early Server Closure: "when a client receives Trailers before the client's END_STREAM, then the client should
        // send RST_STREAM with NO_ERROR error code to allow the stream to be deallocated".
        if !call.finishedSending { session.reset(call.id, .noError) }
    }

    override func receivedOversizedHeaders(_ id: StreamID, endsStream: Bool) {
        guard let call = calls[id.number] else { return }
        abort(call, RPCError(.resourceExhausted, "\(peer): the response's header section is too large"), .cancel)
    }

    override func receivedEnd(_ call: CallState) {
        guard call.ending == nil else { return }
        abort(call, RPCError(.internal, "\(peer) ended the response without a status"), .cancel)
    }

    override func receiveFailed(_ call: CallState, _ error: RPCError) { abort(call, error, .cancel) }

    override func deadlinePassed(_ call: CallState) {
        abort(call, deadlineError, .cancel)
    }

    private var deadlineError: RPCError {
        RPCError(.deadlineExceeded, "the deadline passed before \(peer) answered")
    }

    /// Client Cancellation: "when a call fails with CANCELLED status the client is encouraged to check whether the
    /// deadline has expired and fail the call with DEADLINE_EXCEEDED instead". The server's clock may be ahead of ours
    /// by what the request took to get there, so a whole timeout has not always passed here.
    private func isPastDeadline(_ call: CallState) -> Bool { call.deadline.map { $0 <= runtime.clock.now() } ?? false }

    /// Section Errors, for RST_STREAM; a stream above GOAWAY's last was refused, and is UNAVAILABLE as well.
    override func streamClosed(_ call: CallState, _ code: HTTP2ErrorCode) {
        if code == .cancel && isPastDeadline(call) { return call.end(.failed(deadlineError)) }
        var error = RPCError(StatusCoding.code(reset: code), "\(peer) reset the call (\(code))")
        // RFC 9113 §8.7: the request "was not processed" and may be sent again.
        if code == .refusedStream { (error.wasSent, error.wasRefused) = (false, true) }
        call.end(.failed(error))
    }

    override func connectionEnded(_ call: CallState, _ reason: String) {
        call.end(.failed(RPCError(.unavailable, "the connection to \(peer) ended: \(reason)")))
    }

    override func receivedGoAway(_ code: HTTP2ErrorCode, _ text: String) {
        guard code == .enhanceYourCalm, text == KeepalivePace.complaint else { return }
        var complaint = "GOAWAY \(text)"
        if let pace, let interval = configuration.keepalive?.interval {
            complaint += ": from now on it is pinged every \(pace.slowDown(from: interval))"
        }
        let (observer, peer, said) = (observer, peer, complaint)
        effects.reports.append { observer.connectionFailed(peer, said) }
    }

    private func abort(_ call: CallState, _ error: RPCError, _ code: HTTP2ErrorCode) {
        guard call.ending == nil else { return }
        discard(call)
        call.end(.failed(error))
        session.reset(call.id, code)
    }

    // MARK: - The caller's side

    func finishSending(_ call: CallState) throws {
        let failure: RPCError? = locked {
            if case .failed(let error) = call.ending { return error }
            if !call.finishedSending {
                call.finishedSending = true
                session.end(call.id)
            }
            return nil
        }
        if let failure { throw failure }
    }

    func cancel(_ call: CallState) {
        locked { abort(call, RPCError(.cancelled, "the caller cancelled the call"), .cancel) }
    }

    /// Nobody will read what has come.
    func letGo(_ call: CallState) {
        locked {
            abort(call, RPCError(.cancelled, "the caller let go of the call"), .cancel)
            discard(call)
        }
    }
}

/// A call as its caller holds it; letting go of it cancels it.
private final class OutgoingCall: ClientCall {
    private let connection: ClientConnection
    private let call: CallState

    init(_ connection: ClientConnection, _ call: CallState) {
        self.connection = connection
        self.call = call
    }

    deinit { connection.letGo(call) }

    func next() async throws -> [UInt8]? {
        try await connection.next(call, cancelled: { connection.cancel(call) })?.bytes
    }

    func nextReceived() async throws -> ReceivedMessage? {
        try await connection.next(call, cancelled: { connection.cancel(call) })
    }

    func send(_ message: [UInt8]) async throws { try await send(message, compressing: true) }

    func send(_ message: [UInt8], compressing: Bool) async throws {
        try await send(EncodedMessage(message), compressing: compressing)
    }

    func send(_ message: EncodedMessage, compressing: Bool) async throws {
        try await connection.send(call, message, compressing: compressing, cancelled: { connection.cancel(call) })
    }

    func responseMetadata() async throws -> Metadata {
        try await connection.waitForHeaders(call, cancelled: { connection.cancel(call) })
        return connection.locked(asking: false) { call.extras?.headers ?? Metadata() }
    }

    var trailingMetadata: Metadata { connection.locked(asking: false) { call.extras?.trailers ?? Metadata() } }

    func finishSending() async throws { try connection.finishSending(call) }
    func cancel() { connection.cancel(call) }
}

/// What a response's header section says (section Responses, "Response-Headers → HTTP-Status [Message-Encoding]
/// [Message-Accept-Encoding] Content-Type *Custom-Metadata").
private struct ResponseHead {
    private(set) var httpStatus = ""
    private(set) var contentType = ""
    private(set) var encoding: String?
    private(set) var hasCustomMetadata = false

    init(_ fields: [HeaderField]) {
        for field in fields {
            switch field.name {
            case ":status": httpStatus = field.value
            case "content-type": contentType = field.value
            case "grpc-encoding": encoding = field.value
            case let name where isReserved(name): break
            default: hasCustomMetadata = true
            }
        }
    }
}

private func isReserved(_ name: String) -> Bool {
    name.hasPrefix("grpc-") || name.hasPrefix(":") || name == "content-type"
}

private func hasCustomMetadata(_ fields: [HeaderField]) -> Bool { fields.contains { !isReserved($0.name) } }

/// Values that cannot be decoded are left out: the call itself is sound.
private func customMetadata(_ fields: [HeaderField]) -> Metadata {
    var metadata = Metadata()
    for field in fields where !isReserved(field.name) { _ = MetadataCoding.decode(field, into: &metadata) }
    return metadata
}
