/// A request as it came, checked against the export's size and permissions.
struct ServerRequest: Hashable, Sendable {
    enum Work: Hashable, Sendable {
        case read(offset: Int64, count: Int)
        case write([UInt8], offset: Int64, fua: Bool)
        case writeZeroes(offset: Int64, count: Int64, fua: Bool, mayTrim: Bool)
        case trim(offset: Int64, count: Int64, fua: Bool)
        case flush
        /// Nothing to execute: the answer is this error.
        case refuse(NBDError)
    }

    let cookie: UInt64
    let work: Work
    /// READ is answered by a structured reply when those were agreed, even when refused.
    let isRead: Bool

    /// Payload bytes held while the request is executed.
    var cost: Int {
        switch work {
        case .read(_, let count): count
        case .write(let bytes, _, _): bytes.count
        case .writeZeroes, .trim, .flush, .refuse: 0
        }
    }
}

/// The server's transmission phase: requests out of bytes, and replies into bytes. No I/O.
struct ServerTransmission: Sendable {
    enum OnNext: Hashable, Sendable {
        case needMore
        case request(ServerRequest)
        /// NBD_CMD_DISC: finish what is in flight, then close.
        case disconnect
        /// The peer broke the protocol; the stream cannot be understood any more.
        case violation(String)
    }

    private enum State: Sendable {
        case header
        case payload(cookie: UInt64, flags: UInt16, offset: UInt64, length: Int)
        case over
    }

    let size: Int64
    let readOnly: Bool
    let structuredReplies: Bool
    private var state = State.header
    private var input = ReceivedBytes()

    init(size: Int64, readOnly: Bool, structuredReplies: Bool) {
        self.size = size
        self.readOnly = readOnly
        self.structuredReplies = structuredReplies
    }

    mutating func receive(_ bytes: [UInt8]) { input.append(bytes) }

    mutating func next() -> OnNext {
        switch state {
        case .header: return onHeader()
        case .payload(let cookie, let flags, let offset, let length):
            guard input.count >= length else { return .needMore }
            let bytes = input.take(length)
            state = .header
            return .request(write(cookie, flags, offset, bytes))
        case .over: return .needMore
        }
    }

    private mutating func onHeader() -> OnNext {
        guard input.count >= Wire.requestHeaderSize else { return .needMore }
        guard input.take(UInt32.self) == Wire.requestMagic else { return violate("bad request magic") }
        let flags = input.take(UInt16.self)
        let type = input.take(UInt16.self)
        let cookie = input.take(UInt64.self)
        let offset = input.take(UInt64.self)
        let length = input.take(UInt32.self)
        switch Command(rawValue: type) {
        case .write:
            guard length <= NBDLimits.maximumPayload else { return violate("write of \(length) bytes") }
            state = .payload(cookie: cookie, flags: flags, offset: offset, length: Int(length))
            return next()
        case .disconnect:
            state = .over
            return .disconnect
        case .read: return .request(read(cookie, flags, offset, length))
        case .flush: return .request(flush(cookie, flags, offset, length))
        case .trim:
            return .request(change(cookie, flags, allowed: [.fua], offset, length) { offset, count, flags in
                .trim(offset: offset, count: count, fua: flags.contains(.fua))
            })
        case .writeZeroes:
            return .request(zeroes(cookie, flags, offset, length))
        case nil: return .request(ServerRequest(cookie: cookie, work: .refuse(.invalid), isRead: false))
        }
    }

    private func read(_ cookie: UInt64, _ flags: UInt16, _ offset: UInt64, _ length: UInt32) -> ServerRequest {
        // FUA on a read asks for nothing that reading committed data does not give.
        let allowed: CommandFlags = structuredReplies ? [.fua, .dontFragment] : [.fua]
        let work: ServerRequest.Work
        if length > NBDLimits.maximumPayload {
            work = .refuse(.overflow)
        } else if !known(flags, allowed) || !inRange(offset, length) {
            work = .refuse(.invalid)
        } else {
            work = .read(offset: Int64(offset), count: Int(length))
        }
        return ServerRequest(cookie: cookie, work: work, isRead: true)
    }

    private func flush(_ cookie: UInt64, _ flags: UInt16, _ offset: UInt64, _ length: UInt32) -> ServerRequest {
        let valid = known(flags, [.fua]) && offset == 0 && length == 0
        return ServerRequest(cookie: cookie, work: valid ? .flush : .refuse(.invalid), isRead: false)
    }

    private func write(_ cookie: UInt64, _ flags: UInt16, _ offset: UInt64, _ bytes: [UInt8]) -> ServerRequest {
        change(cookie, flags, allowed: [.fua], offset, UInt32(bytes.count), beyondEnd: .noSpace) { offset, _, flags in
            .write(bytes, offset: offset, fua: flags.contains(.fua))
        }
    }

    private func zeroes(_ cookie: UInt64, _ flags: UInt16, _ offset: UInt64, _ length: UInt32) -> ServerRequest {
        change(cookie, flags, allowed: [.fua, .noHole], offset, length, beyondEnd: .noSpace) { offset, count, flags in
            .writeZeroes(offset: offset, count: count, fua: flags.contains(.fua), mayTrim: !flags.contains(.noHole))
        }
    }

    private func change(
        _ cookie: UInt64, _ flags: UInt16, allowed: CommandFlags, _ offset: UInt64, _ length: UInt32,
        beyondEnd: NBDError = .invalid, _ make: (Int64, Int64, CommandFlags) -> ServerRequest.Work
    ) -> ServerRequest {
        let work: ServerRequest.Work
        if readOnly {
            work = .refuse(.notPermitted)
        } else if !known(flags, allowed) || !aligned(offset, length) {
            work = .refuse(.invalid)
        } else if !inRange(offset, length) {
            work = .refuse(beyondEnd)
        } else {
            work = make(Int64(offset), Int64(length), CommandFlags(rawValue: flags))
        }
        return ServerRequest(cookie: cookie, work: work, isRead: false)
    }

    private func known(_ flags: UInt16, _ allowed: CommandFlags) -> Bool { flags & ~allowed.rawValue == 0 }

    private func aligned(_ offset: UInt64, _ length: UInt32) -> Bool {
        offset % UInt64(NBDLimits.minimumBlock) == 0 && length % UInt32(NBDLimits.minimumBlock) == 0 && length > 0
    }

    private func inRange(_ offset: UInt64, _ length: UInt32) -> Bool {
        aligned(offset, length) && offset <= UInt64(size) && UInt64(length) <= UInt64(size) - offset
    }

    private mutating func violate(_ what: String) -> OnNext {
        state = .over
        return .violation(what)
    }

    /// The reply to `request`: the bytes read (empty for other commands), or an error.
    func reply(to request: ServerRequest, _ result: Result<[UInt8], NBDError>) -> [UInt8] {
        request.isRead && structuredReplies
            ? structuredReply(request, result) : simpleReply(request.cookie, result)
    }

    private func simpleReply(_ cookie: UInt64, _ result: Result<[UInt8], NBDError>) -> [UInt8] {
        var out: [UInt8] = []
        out.put(Wire.simpleReplyMagic)
        switch result {
        case .success(let data):
            out.reserveCapacity(Wire.simpleReplySize + data.count)
            out.put(UInt32(0))
            out.put(cookie)
            out.append(contentsOf: data)
        case .failure(let error):
            out.put(error.rawValue)
            out.put(cookie)
        }
        return out
    }

    /// One chunk: the whole read, or its error. So DF is always honoured.
    private func structuredReply(_ request: ServerRequest, _ result: Result<[UInt8], NBDError>) -> [UInt8] {
        var out: [UInt8] = []
        out.put(Wire.structuredReplyMagic)
        out.put(ReplyChunk.done)
        switch result {
        case .success(let data):
            guard case .read(let offset, _) = request.work else { preconditionFailure("data without a read") }
            out.reserveCapacity(data.count + 32)
            out.put(ReplyChunk.offsetData)
            out.put(request.cookie)
            out.put(UInt32(8 + data.count))
            out.put(offset)
            out.append(contentsOf: data)
        case .failure(let error):
            out.put(ReplyChunk.error)
            out.put(request.cookie)
            out.put(UInt32(6))
            out.put(error.rawValue)
            out.put(UInt16(0))
        }
        return out
    }
}
