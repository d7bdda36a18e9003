internal import CNGHTTP2

/// One end of an HTTP/2 connection (RFC 9113): octets in, events out; submissions in, octets out.
///
/// No socket, thread or clock. libnghttp2 does the protocol; its callbacks only record events, which are handed out
/// once it returned, so nothing re-enters it. Not `Sendable`: whoever owns the connection guards it.
public final class HTTP2Session {
    public enum Role: Hashable, Sendable { case client, server }

    /// Input is given to nghttp2 in pieces of this size, which bounds the events recorded at once.
    private static let inputSlice = 64 << 10

    /// Header and trailer sections that are larger, counted as in RFC 9113 §6.5.2, are not sent: a client's stream is
    /// closed, a server's reset.
    public static let maxSentHeaderListBytes = 64 << 10

    public let role: Role
    let configuration: HTTP2Configuration
    private var session: OpaquePointer
    private var bodies: [Int32: OutboundBody] = [:]
    /// Body octets that wait to be sent, of all streams.
    public internal(set) var queuedOctets = 0
    /// The stream window last announced.
    private var grantedWindow: Int32

    // Written by the callbacks.
    var events: [RecordedEvent] = []
    var block = HeaderBlock()
    var input: UnsafeRawBufferPointer?
    var sink: ((UnsafeRawBufferPointer) -> Void)?
    var outputBudget = 0
    var outputBlocked = false
    /// A header section has begun and not ended: no other frame may come before its end (RFC 9113 §4.3).
    public internal(set) var isWithinHeaders = false
    /// The peer's preface, whose last part is a SETTINGS frame, is complete (RFC 9113 §3.4).
    public internal(set) var isEstablished = false

    // Reused between submissions.
    private var packed: [UInt8] = []
    private var vectors: [nghttp2_nv] = []

    public init(_ role: Role, _ configuration: HTTP2Configuration = HTTP2Configuration()) throws(HTTP2Failure) {
        self.role = role
        self.configuration = configuration
        grantedWindow = configuration.streamWindow
        guard let created = Self.makeSession(role) else { throw HTTP2Failure("nghttp2: out of memory") }
        session = created
        nghttp2_session_set_user_data(session, Unmanaged.passUnretained(self).toOpaque())
        try announce()
    }

    deinit { nghttp2_session_del(session) }

    private func announce() throws(HTTP2Failure) {
        var settings = [
            setting(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, UInt32(configuration.streamWindow)),
            setting(NGHTTP2_SETTINGS_MAX_FRAME_SIZE, configuration.maxFrameSize),
            setting(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, UInt32(configuration.maxHeaderListBytes)),
        ]
        switch role {
        case .client: settings.append(setting(NGHTTP2_SETTINGS_ENABLE_PUSH, 0))
        case .server:
            settings.append(setting(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, configuration.maxConcurrentStreams))
        }
        try check(nghttp2_submit_settings(session, 0, settings, settings.count))
        try check(nghttp2_session_set_local_window_size(session, 0, 0, configuration.connectionWindow))
    }

    /// Lets the peer have so many octets of each stream on their way, and of all streams as many more as the
    /// connection's window is larger. Windows only grow: what was promised stays so.
    public func growWindows(stream: Int32) {
        guard stream > grantedWindow, stream <= configuration.maxStreamWindow else { return }
        grantedWindow = stream
        var entry = setting(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, UInt32(stream))
        // Fails only without memory, and then later submissions say so.
        _ = nghttp2_submit_settings(session, 0, &entry, 1)
        let connection = max(configuration.connectionWindow, min(stream, Int32.max / 2) * 2)
        _ = nghttp2_session_set_local_window_size(session, 0, 0, connection)
    }

    private func setting(_ id: nghttp2_settings_id, _ value: UInt32) -> nghttp2_settings_entry {
        nghttp2_settings_entry(settings_id: Int32(id.rawValue), value: value)
    }

    private func check(_ result: Int32) throws(HTTP2Failure) {
        if result < 0 { throw HTTP2Failure(code: result) }
    }

    // MARK: - Octets

    /// Takes what the peer sent and reports what it means. `handle` may call every other method but this one.
    public func receive(
        _ bytes: UnsafeRawBufferPointer, _ handle: (HTTP2Event) -> Void
    ) throws(HTTP2Failure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let slice = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.inputSlice))
            rest = rest.dropFirst(slice.count)
            input = slice
            let result = nghttp2_session_mem_recv(session, slice.baseAddress, slice.count)
            input = nil
            deliver(from: slice, handle)
            if result < 0 { throw HTTP2Failure(code: result) }
        }
    }

    /// Gives the octets that are to be sent, at least one frame and about `limit` at most, to `sink`, then reports
    /// what that changed. True if more is waiting.
    public func produce(
        limit: Int, _ sink: (UnsafeRawBufferPointer) -> Void, _ handle: (HTTP2Event) -> Void
    ) throws(HTTP2Failure) -> Bool {
        let result: Int = withoutActuallyEscaping(sink) { sink in
            self.sink = sink
            defer { self.sink = nil }
            return send(limit, sink)
        }
        deliver(from: UnsafeRawBufferPointer(start: nil, count: 0), handle)
        if result < 0 { throw HTTP2Failure(code: result) }
        return wantsWrite
    }

    private func send(_ limit: Int, _ sink: (UnsafeRawBufferPointer) -> Void) -> Int {
        outputBudget = limit
        outputBlocked = false
        while outputBudget > 0 && !outputBlocked {
            var data: UnsafePointer<UInt8>?
            let count = nghttp2_session_mem_send(session, &data)
            guard count > 0, let data else { return count }
            sink(UnsafeRawBufferPointer(start: data, count: count))
            outputBudget -= count
        }
        return 0
    }

    private func deliver(from slice: UnsafeRawBufferPointer, _ handle: (HTTP2Event) -> Void) {
        guard !events.isEmpty else { return }
        var batch: [RecordedEvent] = []
        swap(&batch, &events)
        for event in batch {
            if case .closed(let id, _) = event, let body = bodies.removeValue(forKey: id) {
                queuedOctets -= body.queued
            }
            handle(event.public(in: slice))
        }
        if events.isEmpty {
            batch.removeAll(keepingCapacity: true)
            swap(&batch, &events)
        }
    }

    public var wantsRead: Bool { nghttp2_session_want_read(session) != 0 }
    public var wantsWrite: Bool { nghttp2_session_want_write(session) != 0 }
    /// Nothing more will be received or sent: the transport can be closed.
    public var isFinished: Bool { !wantsRead && !wantsWrite }

    // MARK: - Streams

    /// Opens a stream with a request; the body follows by `write` and ends by `end`.
    public func submitRequest(_ fields: [HeaderField]) throws(HTTP2Failure) -> StreamID {
        let body = OutboundBody()
        var provider = Self.provider(body)
        let id = withVectors(fields) { nghttp2_submit_request(session, nil, $0, $1, &provider, nil) }
        try check(id)
        bodies[id] = body
        return StreamID(id)
    }

    /// Answers a request with a header section and, unless `endsStream`, a body.
    public func submitResponse(_ id: StreamID, _ fields: [HeaderField], endsStream: Bool) throws(HTTP2Failure) {
        guard !endsStream else {
            try check(withVectors(fields) { nghttp2_submit_response(session, id.number, $0, $1, nil) })
            return
        }
        let body = OutboundBody()
        var provider = Self.provider(body)
        try check(withVectors(fields) { nghttp2_submit_response(session, id.number, $0, $1, &provider) })
        bodies[id.number] = body
    }

    /// Queues body octets; the queue is drained as far as the peer's windows allow.
    public func write(_ id: StreamID, head: InlineHead = .none, _ bytes: [UInt8]) {
        guard let body = bodies[id.number] else { return }
        queuedOctets += body.append(head, bytes)
        resume(id, body)
    }

    /// Ends this side's half after the queued body, with trailers if there are any.
    public func end(_ id: StreamID, trailers: [HeaderField]? = nil) {
        guard let body = bodies[id.number], case .open = body.ending else { return }
        body.ending = trailers.map { .trailers($0) } ?? .end
        resume(id, body)
    }

    public func queued(_ id: StreamID) -> Int { bodies[id.number]?.queued ?? 0 }

    public func reset(_ id: StreamID, _ code: HTTP2ErrorCode) {
        // Fails only without memory or for stream 0.
        _ = nghttp2_submit_rst_stream(session, 0, id.number, code.rawValue)
    }

    /// The application took `count` octets of the stream's body: the peer may send as many again.
    public func consume(_ id: StreamID, _ count: Int) {
        // Fails only without memory; a stream that is gone is ignored.
        _ = nghttp2_session_consume_stream(session, id.number, count)
    }

    // MARK: - The connection

    public func ping(_ payload: UInt64) {
        withUnsafeBytes(of: payload) { octets in
            _ = nghttp2_submit_ping(session, 0, octets.bindMemory(to: UInt8.self).baseAddress)
        }
    }

    /// RFC 9113 §6.8, the first of two GOAWAYs: the peer is told to open no more streams, those under way are served.
    public func submitShutdownNotice() { _ = nghttp2_submit_shutdown_notice(session) }

    /// The second: streams above the last one processed are refused; the session finishes with the others.
    public func submitGoAway(_ code: HTTP2ErrorCode = .noError) {
        let last = nghttp2_session_get_last_proc_stream_id(session)
        _ = nghttp2_submit_goaway(session, 0, last, code.rawValue, nil, 0)
    }

    /// The same with a word for the peer's log (RFC 9113 §6.8, Additional Debug Data).
    public func terminate(_ code: HTTP2ErrorCode, saying text: String) {
        let last = nghttp2_session_get_last_proc_stream_id(session)
        let octets = Array(text.utf8)
        _ = octets.withUnsafeBufferPointer {
            nghttp2_submit_goaway(session, 0, last, code.rawValue, $0.baseAddress, $0.count)
        }
        terminate(code)
    }

    /// Ends the session with all its streams, after a GOAWAY.
    public func terminate(_ code: HTTP2ErrorCode) { _ = nghttp2_session_terminate_session(session, code.rawValue) }

    /// False once GOAWAY was sent or received, or stream numbers ran out.
    public var acceptsRequests: Bool { nghttp2_session_check_request_allowed(session) != 0 }

    public var peerMaxConcurrentStreams: Int {
        Int(nghttp2_session_get_remote_settings(session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS))
    }

    /// What the peer says it takes of one header section (RFC 9113 §6.5.2); `Int(UInt32.max)` if it does not say.
    public var peerMaxHeaderListBytes: Int {
        Int(nghttp2_session_get_remote_settings(session, NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE))
    }

    // MARK: - Details

    private func resume(_ id: StreamID, _ body: OutboundBody) {
        guard body.isDeferred else { return }
        body.isDeferred = false
        _ = nghttp2_session_resume_data(session, id.number)
    }

    func submitTrailers(_ id: Int32, _ fields: [HeaderField]) -> Int32 {
        withVectors(fields) { nghttp2_submit_trailer(session, id, $0, $1) }
    }

    private static func provider(_ body: OutboundBody) -> nghttp2_data_provider {
        var provider = nghttp2_data_provider()
        provider.source.ptr = Unmanaged.passUnretained(body).toOpaque()
        provider.read_callback = readBody
        return provider
    }

    /// Lays the fields out in one reused buffer; nghttp2 copies them during the call.
    private func withVectors<R>(_ fields: [HeaderField], _ body: (UnsafePointer<nghttp2_nv>?, Int) -> R) -> R {
        packed.removeAll(keepingCapacity: true)
        for field in fields {
            packed.append(contentsOf: field.name.utf8)
            packed.append(contentsOf: field.value.utf8)
        }
        vectors.removeAll(keepingCapacity: true)
        return packed.withUnsafeMutableBufferPointer { buffer in
            // An empty buffer may have no address; nghttp2 wants one even for empty names.
            var next = buffer.baseAddress
            for field in fields {
                let nameCount = field.name.utf8.count
                let valueCount = field.value.utf8.count
                vectors.append(
                    nghttp2_nv(
                        name: next, value: next.map { $0 + nameCount }, namelen: nameCount, valuelen: valueCount,
                        flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue)))
                next = next.map { $0 + nameCount + valueCount }
            }
            return vectors.withUnsafeBufferPointer { body($0.baseAddress, $0.count) }
        }
    }
}
