internal import CNGHTTP2

/// An event as a callback records it: body octets by their place in the input.
enum RecordedEvent {
    case headers(Int32, [HeaderField], endsStream: Bool)
    case headersTooLarge(Int32, endsStream: Bool)
    case data(Int32, offset: Int, count: Int)
    case end(Int32)
    case closed(Int32, UInt32)
    case goAway(Int32, UInt32, String)
    case pong(UInt64)
    case cheapFrame(CheapFrame)
    case sentEnd(Int32)
    case sentBody(Int32, queued: Int)

    func `public`(in slice: UnsafeRawBufferPointer) -> HTTP2Event {
        switch self {
        case .headers(let id, let fields, let ends): .headers(StreamID(id), fields, endsStream: ends)
        case .headersTooLarge(let id, let ends): .headersTooLarge(StreamID(id), endsStream: ends)
        case .data(let id, let offset, let count):
            .data(StreamID(id), UnsafeRawBufferPointer(rebasing: slice[offset..<offset + count]))
        case .end(let id): .end(StreamID(id))
        case .closed(let id, let code): .closed(StreamID(id), HTTP2ErrorCode(rawValue: code))
        case .goAway(let id, let code, let text):
            .goAway(last: StreamID(id), HTTP2ErrorCode(rawValue: code), text: text)
        case .pong(let payload): .pong(payload)
        case .cheapFrame(let kind): .cheapFrame(kind)
        case .sentEnd(let id): .sentEnd(StreamID(id))
        case .sentBody(let id, let queued): .sentBody(StreamID(id), queued: queued)
        }
    }
}

/// A header section of more than this many times the announced limit ends the connection: the peer is not mistaken
/// but hostile, and decompression is work.
private let headerLimitAbuse = 8

/// Octets of a GOAWAY's text that are kept.
private let goAwayTextLimit = 128

private let callbackFailure = Int32(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)

private func owner(_ pointer: UnsafeMutableRawPointer?) -> HTTP2Session? {
    pointer.map { Unmanaged<HTTP2Session>.fromOpaque($0).takeUnretainedValue() }
}

extension HTTP2Session {
    static func makeSession(_ role: Role) -> OpaquePointer? {
        var callbacks: OpaquePointer?
        var option: OpaquePointer?
        guard nghttp2_session_callbacks_new(&callbacks) == 0, let callbacks else { return nil }
        defer { nghttp2_session_callbacks_del(callbacks) }
        guard nghttp2_option_new(&option) == 0, let option else { return nil }
        defer { nghttp2_option_del(option) }

        nghttp2_option_set_no_auto_window_update(option, 1)
        // A server keeps closed streams (256 at most, as many as may be open) to tell a frame that RFC 9113 §5.1 makes
        // an error from one that crossed a reset. A client has nothing to tell apart.
        nghttp2_option_set_no_closed_streams(option, role == .client ? 1 : 0)
        nghttp2_option_set_max_send_header_block_length(option, maxSentHeaderListBytes + headerBlockReserve)
        // The library's own limit reads the machine's clock. Resets are reported as `cheapFrame` instead, for a guard
        // with an injected clock.
        nghttp2_option_set_stream_reset_rate_limit(option, UInt64.max >> 1, UInt64.max >> 1)
        setReceiving(callbacks)
        setSending(callbacks)

        var session: OpaquePointer?
        let result =
            switch role {
            case .client: nghttp2_session_client_new2(&session, callbacks, nil, option)
            case .server: nghttp2_session_server_new2(&session, callbacks, nil, option)
            }
        return result == 0 ? session : nil
    }

    private static func setReceiving(_ callbacks: OpaquePointer) {
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, _, user in
            guard let self = owner(user) else { return callbackFailure }
            self.block.begin()
            self.isWithinHeaders = true
            return 0
        }
        nghttp2_session_callbacks_set_on_header_callback(callbacks) { _, _, name, nameCount, value, count, _, user in
            guard let self = owner(user) else { return callbackFailure }
            let limit = self.configuration.maxHeaderListBytes
            self.block.add(
                UnsafeRawBufferPointer(start: name, count: nameCount),
                UnsafeRawBufferPointer(start: value, count: count), limit: limit)
            return self.block.size > limit * headerLimitAbuse ? callbackFailure : 0
        }
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) { session, _, id, data, count, user in
            guard let self = owner(user), let data, let input = self.input, let base = input.baseAddress else {
                return callbackFailure
            }
            let offset = UnsafeRawPointer(data) - base
            guard offset >= 0, offset + count <= input.count else { return callbackFailure }
            self.events.append(.data(id, offset: offset, count: count))
            return nghttp2_session_consume_connection(session, count)
        }
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, user in
            guard let self = owner(user), let frame else { return callbackFailure }
            self.received(frame)
            return 0
        }
        nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks) { _, _, _, user in
            // The library answers with RST_STREAM: to make a server reset its streams is as cheap as to reset them.
            guard let self = owner(user) else { return callbackFailure }
            self.isWithinHeaders = false
            self.events.append(.cheapFrame(.invalid))
            return 0
        }
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, id, code, user in
            owner(user)?.events.append(.closed(id, code))
            return 0
        }
    }

    private static func setSending(_ callbacks: OpaquePointer) {
        nghttp2_session_callbacks_set_data_source_read_length_callback(callbacks) {
            (_, _, _, connection, stream, frame, _) in
            min(Int(connection), Int(stream), Int(frame), largestFrame)
        }
        nghttp2_session_callbacks_set_send_data_callback(callbacks) { _, frame, head, count, source, user in
            guard let self = owner(user), let sink = self.sink, let frame, let pointer = source?.pointee.ptr else {
                return callbackFailure
            }
            guard self.outputBudget > 0 else {
                self.outputBlocked = true
                return Int32(NGHTTP2_ERR_WOULDBLOCK.rawValue)
            }
            let body = Unmanaged<OutboundBody>.fromOpaque(pointer).takeUnretainedValue()
            sink(UnsafeRawBufferPointer(start: head, count: frameHeaderCount))
            body.take(frame.pointee.hd.length, sink)
            self.outputBudget -= frame.pointee.hd.length + frameHeaderCount
            self.queuedOctets -= frame.pointee.hd.length
            self.events.append(.sentBody(frame.pointee.hd.stream_id, queued: body.queued))
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) { _, frame, user in
            guard let self = owner(user), let hd = frame?.pointee.hd else { return callbackFailure }
            let type = UInt32(hd.type)
            let carriesEnd = type == NGHTTP2_DATA.rawValue || type == NGHTTP2_HEADERS.rawValue
            if carriesEnd && endsStream(hd) { self.events.append(.sentEnd(hd.stream_id)) }
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks) { session, frame, reason, user in
            guard let self = owner(user), let frame else { return callbackFailure }
            guard UInt32(frame.pointee.hd.type) == NGHTTP2_HEADERS.rawValue else { return 0 }
            let id = frame.pointee.hd.stream_id
            switch self.role {
            case .client:
                // A request that never left (reset or GOAWAY came first) has no stream whose close would be reported.
                // One that cannot be sent cannot be sent the next time either.
                let isTooLarge = reason == NGHTTP2_ERR_FRAME_SIZE_ERROR.rawValue
                let code = isTooLarge ? HTTP2ErrorCode.internalError : .refusedStream
                self.events.append(.closed(id, code.rawValue))
            case .server:
                // Without it the stream would stay open, and the peer would wait. One that is gone is not reset again.
                if nghttp2_session_get_stream_local_close(session, id) == 0 {
                    _ = nghttp2_submit_rst_stream(session, 0, id, HTTP2ErrorCode.internalError.rawValue)
                }
            }
            return 0
        }
    }

    private func received(_ frame: UnsafePointer<nghttp2_frame>) {
        let hd = frame.pointee.hd
        switch UInt32(hd.type) {
        case NGHTTP2_HEADERS.rawValue:
            isWithinHeaders = false
            let tooLarge = block.size > configuration.maxHeaderListBytes
            events.append(
                tooLarge
                    ? .headersTooLarge(hd.stream_id, endsStream: endsStream(hd))
                    : .headers(hd.stream_id, block.finish(), endsStream: endsStream(hd)))
        case NGHTTP2_DATA.rawValue:
            if endsStream(hd) {
                events.append(.end(hd.stream_id))
            } else if hd.length == 0 {
                events.append(.cheapFrame(.emptyData))
            }
        case NGHTTP2_GOAWAY.rawValue:
            let goAway = frame.pointee.goaway
            let text = UnsafeBufferPointer(start: goAway.opaque_data, count: goAway.opaque_data_len)
            events.append(
                .goAway(
                    goAway.last_stream_id, goAway.error_code,
                    String(decoding: text.prefix(goAwayTextLimit), as: UTF8.self)))
        case NGHTTP2_PING.rawValue:
            if hd.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) == 0 { return events.append(.cheapFrame(.ping)) }
            events.append(.pong(withUnsafeBytes(of: frame.pointee.ping.opaque_data) { $0.load(as: UInt64.self) }))
        case NGHTTP2_SETTINGS.rawValue:
            guard hd.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) == 0 else { return }
            isEstablished = true
            events.append(.cheapFrame(.settings))
        case NGHTTP2_RST_STREAM.rawValue: events.append(.cheapFrame(.reset))
        case NGHTTP2_PRIORITY.rawValue: events.append(.cheapFrame(.priority))
        default: break
        }
    }
}

private let frameHeaderCount = 9
/// The library estimates a block by less than its fields' sizes as RFC 9113 counts them, and this.
private let headerBlockReserve = 1 << 10
/// Frames larger than this gain nothing and make other streams wait.
private let largestFrame = 64 << 10

private func endsStream(_ hd: nghttp2_frame_hd) -> Bool { hd.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0 }

/// nghttp2 asks how much of the body goes into the next DATA frame; the octets are copied in the send-data callback.
let readBody: nghttp2_data_source_read_callback = { _, id, _, limit, flags, source, user in
    guard let self = owner(user), let flags, let pointer = source?.pointee.ptr else { return Int(callbackFailure) }
    let body = Unmanaged<OutboundBody>.fromOpaque(pointer).takeUnretainedValue()
    let count = min(limit, body.queued)
    flags.pointee |= UInt32(NGHTTP2_DATA_FLAG_NO_COPY.rawValue)
    if count == body.queued {
        switch body.ending {
        case .open:
            if count == 0 {
                body.isDeferred = true
                return Int(NGHTTP2_ERR_DEFERRED.rawValue)
            }
        case .end:
            flags.pointee |= UInt32(NGHTTP2_DATA_FLAG_EOF.rawValue)
        case .trailers(let fields):
            flags.pointee |= UInt32(NGHTTP2_DATA_FLAG_EOF.rawValue) | UInt32(NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue)
            guard self.submitTrailers(id, fields) == 0 else { return Int(callbackFailure) }
        }
    }
    return count
}
