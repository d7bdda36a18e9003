public import Environment
internal import HTTP2

/// A client's end of a connection.
///
/// `@unchecked Sendable`: its variables are guarded by the lock of `RPCConnection`, as those of that class.
public final class ClientConnection: RPCConnection, @unchecked Sendable {
    private let authority: String

    public init(
        authority: String, runtime: RPCRuntime, configuration: RPCConfiguration = RPCConfiguration(),
        observer: RPCObserver = RPCObserver(), peer: String, wake: @escaping @Sendable () -> Void
    ) throws(RPCError) {
        self.authority = authority
        try super.init(
            .client, runtime: runtime, configuration: configuration, observer: observer, peer: peer, wake: wake)
    }

    /// False once the connection ended or is draining: a new one is needed.
    public var acceptsCalls: Bool { locked(asking: false) { isAccepting } }

    private var isAccepting: Bool { !isEnded && !isDraining && session.acceptsRequests }

    /// Opens a call. The request's headers leave with the first message, the half-close or the first wait for a
    /// response, so that a small call is one write.
    public func start(
        _ method: MethodName, metadata: Metadata, deadline: MonotonicInstant?
    ) throws(RPCError) -> any ClientCall {
        guard let call = try startIfAccepting(method, metadata: metadata, deadline: deadline) else {
            throw RPCError(.unavailable, "the connection to \(peer) takes no more calls")
        }
        return call
    }

    /// nil when the connection ended or is draining.
    func startIfAccepting(
        _ method: MethodName, metadata: Metadata, deadline: MonotonicInstant?
    ) throws(RPCError) -> (any ClientCall)? {
        let fields = try requestFields(method, metadata, deadline)
        let opened: Result<CallState?, RPCError> = locked(asking: false) {
            guard isAccepting else { return .success(nil) }
            guard calls.count < configuration.maxOutstandingCalls else {
                return .failure(RPCError(.resourceExhausted, "\(calls.count) calls to \(peer) are open already"))
            }
            do throws(HTTP2Failure) {
                let id = try session.submitRequest(fields)
                let call = CallState(id: id, deadline: deadline, maxMessageBytes: configuration.maxReceiveMessageBytes)
                calls[id.number] = call
                if let deadline { watchDeadline(deadline) }
                return .success(call)
            } catch { return .failure(RPCError(.unavailable, "\(method) at \(peer): \(error)")) }
        }
        guard let call = try opened.get() else { return nil }
        return OutgoingCall(self, call)
    }

    /// Section Requests: "Call-Definition → Method Scheme Path TE [Authority] [Timeout] Content-Type …".
    private func requestFields(
        _ method: MethodName, _ metadata: Metadata, _ deadline: MonotonicInstant?
    ) throws(RPCError) -> [HeaderField] {
        var fields: [HeaderField] = []
        fields.reserveCapacity(9 + metadata.entries.count)
        fields.append(HeaderField(":method", "POST"))
        fields.append(HeaderField(":scheme", "http"))
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
        fields.append(HeaderField("grpc-accept-encoding", "identity"))
        try MetadataCoding.encode(metadata, into: &fields)
        return fields
    }

    // MARK: - Responses

    override func receivedHeaders(_ id: StreamID, _ fields: [HeaderField], endsStream: Bool) {
        guard let call = calls[id.number], call.ending == nil else { return }
        if call.headersPassed {
            return receivedTrailers(call, fields, httpStatus: "200")
        }
        let httpStatus = fields.first { $0.name == ":status" }?.value ?? ""
        if endsStream { return receivedTrailers(call, fields, httpStatus: httpStatus) }
        // RFC 9113 §8.1: interim responses precede the final one.
        if httpStatus.hasPrefix("1") { return }
        if let error = refusal(fields, httpStatus) { return abort(call, error, .cancel) }
        call.headersPassed = true
    }

    private func refusal(_ fields: [HeaderField], _ httpStatus: String) -> RPCError? {
        guard httpStatus == "200" else {
            return RPCError(
                StatusCoding.code(httpStatus: httpStatus), "\(peer) answered with HTTP status \(httpStatus)")
        }
        let contentType = fields.first { $0.name == "content-type" }?.value ?? ""
        guard isGRPCContentType(contentType) else {
            return RPCError(.unknown, "\(peer) answered with content type “\(contentType)”")
        }
        let encoding = fields.first { $0.name == "grpc-encoding" }?.value ?? "identity"
        guard encoding == "identity" else {
            return RPCError(.internal, "\(peer) answered with grpc-encoding “\(encoding)”, which was not offered")
        }
        return nil
    }

    private func receivedTrailers(_ call: CallState, _ fields: [HeaderField], httpStatus: String) {
        call.peerEnded = true
        var error: RPCError?
        if let status = fields.first(where: { $0.name == "grpc-status" }) {
            error = StatusCoding.error(code: status.value, fields)
        } else {
            error = RPCError(StatusCoding.code(httpStatus: httpStatus), "\(peer): no grpc-status, HTTP \(httpStatus)")
        }
        if error == nil && !call.reader.isBetweenMessages {
            error = RPCError(.internal, "\(peer): the response ended within a message")
        }
        call.end(error.map { .failed($0) } ?? .clean)
        // The server does not want the rest of the request.
        if !call.finishedSending { session.reset(call.id, .cancel) }
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
        abort(call, RPCError(.deadlineExceeded, "the deadline passed before \(peer) answered"), .cancel)
    }

    /// Section Errors, for RST_STREAM; a stream above GOAWAY's last was refused, and is UNAVAILABLE as well.
    override func streamClosed(_ call: CallState, _ code: HTTP2ErrorCode) {
        call.end(.failed(RPCError(StatusCoding.code(reset: code), "\(peer) reset the call (\(code))")))
    }

    override func connectionEnded(_ call: CallState, _ reason: String) {
        call.end(.failed(RPCError(.unavailable, "the connection to \(peer) ended: \(reason)")))
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
        try await connection.next(call, cancelled: { connection.cancel(call) })
    }

    func send(_ message: [UInt8]) async throws {
        try await connection.send(call, message, cancelled: { connection.cancel(call) })
    }

    func finishSending() async throws { try connection.finishSending(call) }
    func cancel() { connection.cancel(call) }
}
