internal import Blocks
internal import Environment

/// A request as it came, checked against the export's size and permissions.
struct ServerRequest: Hashable, Sendable {
    enum Work: Hashable, Sendable {
        case read(offset: Int64, count: Int)
        case write([UInt8], offset: Int64, fua: Bool)
        case writeZeroes(offset: Int64, count: Int64, fua: Bool, mayTrim: Bool)
        case trim(offset: Int64, count: Int64, fua: Bool)
        case flush
        /// Data and holes, told in at most `limit` extents.
        case status(offset: Int64, count: Int64, limit: Int)
        /// Nothing to execute: the answer is this error.
        case refuse(NBDError)
    }

    /// How the answer goes. READ and BLOCK_STATUS are answered by structured replies when those were agreed, even when
    /// they are refused.
    enum Form: Hashable, Sendable {
        case simple
        case structured
        /// Content in one chunk, as the client demanded.
        case unfragmented
    }

    let cookie: UInt64
    let work: Work
    let form: Form

    /// Payload bytes held while the request is executed.
    var cost: Int {
        switch work {
        case .read(_, let count): count
        case .write(let bytes, _, _): bytes.count
        case .writeZeroes, .trim, .flush, .status, .refuse: 0
        }
    }
}

/// What the execution of a request gave.
enum ServerAnswer: Hashable, Sendable {
    case done
    case content([UInt8])
    /// Side by side, in whole sectors.
    case extents([FileExtent])
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
    let blockStatus: Bool
    private var state = State.header
    private var input = ReceivedBytes()

    init(size: Int64, readOnly: Bool, structuredReplies: Bool, blockStatus: Bool = false) {
        self.size = size
        self.readOnly = readOnly
        self.structuredReplies = structuredReplies
        self.blockStatus = blockStatus
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
        case .blockStatus:
            return .request(status(cookie, flags, offset, length))
        case nil: return .request(ServerRequest(cookie: cookie, work: .refuse(.invalid), form: .simple))
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
        let isWhole = CommandFlags(rawValue: flags).contains(.dontFragment)
        let form: ServerRequest.Form = !structuredReplies ? .simple : isWhole ? .unfragmented : .structured
        return ServerRequest(cookie: cookie, work: work, form: form)
    }

    private func status(_ cookie: UInt64, _ flags: UInt16, _ offset: UInt64, _ length: UInt32) -> ServerRequest {
        let valid = blockStatus && known(flags, [.fua, .requestOne]) && inRange(offset, length)
        let isOne = CommandFlags(rawValue: flags).contains(.requestOne)
        let limit = isOne ? 1 : NBDLimits.extentsPerReply
        return ServerRequest(
            cookie: cookie,
            work: valid ? .status(offset: Int64(offset), count: Int64(length), limit: limit) : .refuse(.invalid),
            form: structuredReplies ? .structured : .simple)
    }

    private func flush(_ cookie: UInt64, _ flags: UInt16, _ offset: UInt64, _ length: UInt32) -> ServerRequest {
        let valid = known(flags, [.fua]) && offset == 0 && length == 0
        return ServerRequest(cookie: cookie, work: valid ? .flush : .refuse(.invalid), form: .simple)
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
        return ServerRequest(cookie: cookie, work: work, form: .simple)
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
}
