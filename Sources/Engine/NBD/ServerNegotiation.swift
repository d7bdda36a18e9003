/// The server's side of fixed newstyle negotiation. Bytes in, answers out, no I/O.
///
///     start ──greeting──▶ clientFlags ──flags──▶ option ──GO/INFO/EXPORT_NAME──▶ lookingUp(name)
///                                              ▲   │ └──LIST──▶ listing          │        │
///                                              │   └─ABORT──▶ over    not found / INFO    found
///                                              └──────────────────────────────────┘        ▼
///                                                                                         over
///
/// Drive it: `receive` bytes, then `next()` until it answers `.needMore` or an end; after `.lookUp` call
/// `found`, after `.list` call `listed`, before the next `next()`.
struct ServerNegotiation: Sendable {
    enum Purpose: Hashable, Sendable {
        case exportName
        case info
        case go
    }

    enum OnNext: Hashable, Sendable {
        case needMore
        case send([UInt8])
        case lookUp(String)
        case list
        /// Send (may be empty), then close: the client aborted or broke the protocol.
        case close([UInt8], reason: String)
    }

    enum OnFound: Hashable, Sendable {
        case send([UInt8])
        /// Negotiation is over; transmission begins after these bytes.
        case enter([UInt8])
        /// EXPORT_NAME cannot be refused with a reply: the server just closes.
        case close(reason: String)
    }

    private enum State: Sendable {
        case clientFlags
        case option
        case lookingUp(Purpose)
        case listing
        case over
    }

    private var state = State.clientFlags
    private var input = ReceivedBytes()
    private var sendsPadding = true
    private var optionsSeen = 0
    private(set) var structuredReplies = false

    /// What the server sends before anything else.
    static var greeting: [UInt8] {
        var out: [UInt8] = []
        out.put(Wire.greetingMagic)
        out.put(Wire.optionMagic)
        out.put(Wire.fixedNewstyle | Wire.noZeroes)
        return out
    }

    mutating func receive(_ bytes: [UInt8]) { input.append(bytes) }

    /// Bytes that arrived after the negotiation: the first requests.
    mutating func takeRest() -> [UInt8] { input.take(input.count) }

    mutating func next() -> OnNext {
        switch state {
        case .clientFlags: return onClientFlags()
        case .option: return onOption()
        case .lookingUp, .listing: preconditionFailure("next() before the answer to lookUp or list")
        case .over: return .needMore
        }
    }

    private mutating func onClientFlags() -> OnNext {
        guard input.count >= 4 else { return .needMore }
        let flags = input.take(UInt32.self)
        let known = UInt32(Wire.fixedNewstyle | Wire.noZeroes)
        guard flags & ~known == 0 else { return end("client flags 0x\(String(flags, radix: 16)) are unknown") }
        guard flags & UInt32(Wire.fixedNewstyle) != 0 else { return end("client does not speak fixed newstyle") }
        sendsPadding = flags & UInt32(Wire.noZeroes) == 0
        state = .option
        return next()
    }

    private mutating func onOption() -> OnNext {
        guard input.count >= Wire.optionHeaderSize else { return .needMore }
        guard input.peek(UInt64.self) == Wire.optionMagic else { return end("bad option magic") }
        let option = input.peek(UInt32.self, at: 8)
        let length = Int(input.peek(UInt32.self, at: 12))
        guard length <= NBDLimits.optionData else {
            return end("option of \(length) bytes", sending: Self.reply(option, OptionReply.tooBig))
        }
        guard input.count >= Wire.optionHeaderSize + length else { return .needMore }
        input.drop(Wire.optionHeaderSize)
        let data = input.take(length)
        optionsSeen += 1
        guard optionsSeen <= NBDLimits.optionsPerNegotiation else { return end("too many options") }
        switch option {
        case Option.exportName: return onName(data, .exportName)
        case Option.abort: return end("client aborted", sending: Self.reply(option, OptionReply.ack))
        case Option.list: return onList(data)
        case Option.info: return onInfo(data, .info)
        case Option.go: return onInfo(data, .go)
        case Option.structuredReply: return onStructuredReply(data)
        default:
            // STARTTLS, the meta contexts and extended headers are honestly not there.
            return .send(Self.reply(option, OptionReply.unsupported))
        }
    }

    private mutating func onName(_ data: [UInt8], _ purpose: Purpose) -> OnNext {
        guard data.count <= NBDLimits.nameLength, let name = String(validating: data, as: UTF8.self) else {
            guard purpose != .exportName else { return end("export name is not text") }
            return .send(Self.reply(optionNumber(purpose), OptionReply.invalid, "export name is not text"))
        }
        state = .lookingUp(purpose)
        return .lookUp(name)
    }

    private mutating func onInfo(_ data: [UInt8], _ purpose: Purpose) -> OnNext {
        var fields = ReceivedBytes()
        fields.append(data)
        let malformed = Self.reply(optionNumber(purpose), OptionReply.invalid, "malformed option")
        guard fields.count >= 4 else { return .send(malformed) }
        let nameLength = Int(fields.take(UInt32.self))
        guard fields.count >= nameLength + 2 else { return .send(malformed) }
        let name = fields.take(nameLength)
        let requests = Int(fields.take(UInt16.self))
        // What was requested does not matter: size, flags and block sizes are always told.
        guard fields.count == requests * 2 else { return .send(malformed) }
        return onName(name, purpose)
    }

    private mutating func onList(_ data: [UInt8]) -> OnNext {
        guard data.isEmpty else { return .send(Self.reply(Option.list, OptionReply.invalid, "LIST has data")) }
        state = .listing
        return .list
    }

    private mutating func onStructuredReply(_ data: [UInt8]) -> OnNext {
        guard data.isEmpty else {
            return .send(Self.reply(Option.structuredReply, OptionReply.invalid, "STRUCTURED_REPLY has data"))
        }
        structuredReplies = true
        return .send(Self.reply(Option.structuredReply, OptionReply.ack))
    }

    /// The answer to `.list`.
    mutating func listed(_ names: [String]) -> [UInt8] {
        guard case .listing = state else { preconditionFailure("listed() without list") }
        state = .option
        var out: [UInt8] = []
        for name in names.prefix(NBDLimits.listedNames) {
            var entry: [UInt8] = []
            entry.put(UInt32(name.utf8.count))
            entry.append(contentsOf: name.utf8)
            out.append(contentsOf: Self.reply(Option.list, OptionReply.server, entry))
        }
        return out + Self.reply(Option.list, OptionReply.ack)
    }

    /// The answer to `.lookUp`: the export, or nil if there is none of that name.
    mutating func found(_ export: (any BlockExport)?) -> OnFound {
        guard case .lookingUp(let purpose) = state else { preconditionFailure("found() without lookUp") }
        state = .option
        guard let export else { return refuse(purpose, OptionReply.unknown, "no such export") }
        guard export.size >= 0, export.size % Int64(NBDLimits.minimumBlock) == 0 else {
            return refuse(purpose, OptionReply.platform, "export size is not a multiple of 512")
        }
        let flags = export.flags(structuredReplies: structuredReplies).rawValue
        if purpose == .exportName {
            var out: [UInt8] = []
            out.put(export.size)
            out.put(flags)
            if sendsPadding { out.append(contentsOf: repeatElement(0, count: Wire.exportNamePadding)) }
            state = .over
            return .enter(out)
        }
        let option = optionNumber(purpose)
        var size: [UInt8] = []
        size.put(ExportInfo.export)
        size.put(export.size)
        size.put(flags)
        var blocks: [UInt8] = []
        blocks.put(ExportInfo.blockSize)
        blocks.put(UInt32(NBDLimits.minimumBlock))
        blocks.put(UInt32(NBDLimits.preferredBlock))
        blocks.put(UInt32(NBDLimits.maximumPayload))
        let out =
            Self.reply(option, OptionReply.info, size) + Self.reply(option, OptionReply.info, blocks)
            + Self.reply(option, OptionReply.ack)
        guard purpose == .go else { return .send(out) }
        state = .over
        return .enter(out)
    }

    private mutating func refuse(_ purpose: Purpose, _ type: UInt32, _ message: String) -> OnFound {
        guard purpose == .exportName else { return .send(Self.reply(optionNumber(purpose), type, message)) }
        state = .over
        return .close(reason: message)
    }

    private func optionNumber(_ purpose: Purpose) -> UInt32 {
        switch purpose {
        case .exportName: Option.exportName
        case .info: Option.info
        case .go: Option.go
        }
    }

    private mutating func end(_ reason: String, sending bytes: [UInt8] = []) -> OnNext {
        state = .over
        return .close(bytes, reason: reason)
    }

    private static func reply(_ option: UInt32, _ type: UInt32, _ message: String) -> [UInt8] {
        reply(option, type, Array(message.utf8))
    }

    private static func reply(_ option: UInt32, _ type: UInt32, _ data: [UInt8] = []) -> [UInt8] {
        var out: [UInt8] = []
        out.put(Wire.optionReplyMagic)
        out.put(option)
        out.put(type)
        out.put(UInt32(data.count))
        return out + data
    }
}
