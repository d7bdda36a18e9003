/// The server's side of fixed newstyle negotiation. Bytes in, answers out, no I/O.
///
///     start ──greeting──▶ clientFlags ──flags──▶ option ──GO/INFO/EXPORT_NAME/META_CONTEXT──▶ lookingUp(name)
///                                              ▲   │ └──LIST──▶ listing          │        │
///                                              │   └─ABORT──▶ over    not found / INFO    found by GO
///                                              └──────────────────────────────────┘        ▼
///                                                                                         over
///
/// STARTTLS leads from option over securing back to option. Drive it: `receive` bytes, then `next()` until it answers
/// `.needMore` or an end; after `.lookUp` call `found`, after `.list` call `listed`, after `.startTLS` call `secured`,
/// before the next `next()`.
struct ServerNegotiation: Sendable {
    enum Purpose: Hashable, Sendable {
        case exportName
        case info
        case go
        case listContexts(matches: Bool)
        case setContexts(matches: Bool)
    }

    /// The protocol document's modes NOTLS and FORCEDTLS.
    enum Security: Hashable, Sendable {
        case none
        /// Nothing goes on before TLS.
        case required
        case established
        /// The client is known, and has no business here; the text says so.
        case refused(String)
    }

    enum OnNext: Hashable, Sendable {
        case needMore
        case send([UInt8])
        /// Send, shake hands, then call `secured`.
        case startTLS([UInt8])
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
        /// The rest of an option that was too long.
        case skipping(UInt32, Int)
        case lookingUp(Purpose, String)
        case listing
        case securing
        case over
    }

    private var state = State.clientFlags
    private var input = ReceivedBytes()
    private var security: Security
    private var sendsPadding = true
    private var optionsSeen = 0
    private(set) var structuredReplies = false
    /// The export for which base:allocation was selected last.
    private var allocationOf: String?
    /// BLOCK_STATUS was agreed for the export that was entered.
    private(set) var blockStatus = false

    init(security: Security = .none) { self.security = security }

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
        case .skipping(let option, let left): return onSkipped(option, left)
        case .lookingUp, .listing, .securing: preconditionFailure("next() before the answer to what was asked")
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
        guard length <= NBDLimits.optionData else { return onLong(option, length) }
        guard input.count >= Wire.optionHeaderSize + length else { return .needMore }
        input.drop(Wire.optionHeaderSize)
        let data = input.take(length)
        optionsSeen += 1
        guard optionsSeen <= NBDLimits.optionsPerNegotiation else { return end("too many options") }
        if let refusal = refusal(option) {
            guard option != Option.exportName else { return end("EXPORT_NAME in the clear, or of a stranger") }
            return .send(refusal)
        }
        switch option {
        case Option.exportName: return onName(data, .exportName)
        case Option.startTLS: return onStartTLS(data)
        case Option.abort: return end("client aborted", sending: Self.reply(option, OptionReply.ack))
        case Option.list: return onList(data)
        case Option.info: return onInfo(data, .info)
        case Option.go: return onInfo(data, .go)
        case Option.structuredReply: return onStructuredReply(data)
        case Option.listMetaContext, Option.setMetaContext: return onMetaContext(option, data)
        default:
            // Extended headers are honestly not there.
            return .send(Self.reply(option, OptionReply.unsupported))
        }
    }

    /// What is said to everything but STARTTLS and ABORT while TLS is missing or the client is not let in.
    private func refusal(_ option: UInt32) -> [UInt8]? {
        switch security {
        case .required where option != Option.startTLS && option != Option.abort:
            Self.reply(option, OptionReply.tlsRequired, "this server speaks under TLS only")
        case .refused(let reason) where option != Option.abort:
            Self.reply(option, OptionReply.policy, reason)
        default: nil
        }
    }

    private mutating func onStartTLS(_ data: [UInt8]) -> OnNext {
        guard security != .none else { return .send(Self.reply(Option.startTLS, OptionReply.unsupported)) }
        guard security == .required, data.isEmpty else {
            return .send(Self.reply(Option.startTLS, OptionReply.invalid, "TLS is there already, or STARTTLS has data"))
        }
        // Bytes in the clear must not count as said under TLS.
        guard input.count == 0 else { return end("bytes after STARTTLS in the clear") }
        state = .securing
        return .startTLS(Self.reply(Option.startTLS, OptionReply.ack))
    }

    /// The handshake is over; what was agreed before it does not count.
    /// - Parameter refusal: why this client is not let in all the same.
    mutating func secured(refusal: String? = nil) {
        guard case .securing = state else { preconditionFailure("secured() without startTLS") }
        state = .option
        security = refusal.map { .refused($0) } ?? .established
        structuredReplies = false
        allocationOf = nil
    }

    private mutating func onLong(_ option: UInt32, _ length: Int) -> OnNext {
        // EXPORT_NAME cannot be refused with a reply.
        guard length <= NBDLimits.skippedOptionData, option != Option.exportName else {
            return end("option of \(length) bytes", sending: Self.reply(option, OptionReply.tooBig))
        }
        optionsSeen += 1
        guard optionsSeen <= NBDLimits.optionsPerNegotiation else { return end("too many options") }
        if option == Option.setMetaContext { allocationOf = nil }
        input.drop(Wire.optionHeaderSize)
        state = .skipping(option, length)
        return next()
    }

    private mutating func onSkipped(_ option: UInt32, _ left: Int) -> OnNext {
        let here = min(left, input.count)
        input.drop(here)
        guard here == left else {
            state = .skipping(option, left - here)
            return .needMore
        }
        state = .option
        return .send(Self.reply(option, OptionReply.tooBig, "option is too long"))
    }

    private mutating func onName(_ data: [UInt8], _ purpose: Purpose) -> OnNext {
        guard data.count <= NBDLimits.nameLength, let name = String(validating: data, as: UTF8.self) else {
            guard purpose != .exportName else { return end("export name is not text") }
            return .send(Self.reply(optionNumber(purpose), OptionReply.invalid, "export name is not text"))
        }
        state = .lookingUp(purpose, name)
        return .lookUp(name)
    }

    /// An export's name and queries of metadata contexts. What we do not know is no error: it is not answered.
    private mutating func onMetaContext(_ option: UInt32, _ data: [UInt8]) -> OnNext {
        let isSet = option == Option.setMetaContext
        // A selection replaces the one before, also when it fails.
        if isSet { allocationOf = nil }
        guard structuredReplies else {
            return .send(Self.reply(option, OptionReply.invalid, "structured replies were not agreed"))
        }
        let malformed = Self.reply(option, OptionReply.invalid, "malformed option")
        var fields = ReceivedBytes()
        fields.append(data)
        guard let name = fields.takeString(), fields.count >= 4 else { return .send(malformed) }
        let count = fields.take(UInt32.self)
        // An empty leaf stands for all contexts where they are listed; where nothing is asked all are listed too.
        var matches = count == 0 && !isSet
        for _ in 0..<count {
            guard let query = fields.takeString() else { return .send(malformed) }
            let text = String(validating: query, as: UTF8.self)
            if text == AllocationContext.name || (!isSet && text == AllocationContext.namespace) { matches = true }
        }
        guard fields.count == 0 else { return .send(malformed) }
        return onName(name, isSet ? .setContexts(matches: matches) : .listContexts(matches: matches))
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
        guard case .lookingUp(let purpose, let name) = state else { preconditionFailure("found() without lookUp") }
        state = .option
        guard let export else { return refuse(purpose, OptionReply.unknown, "no such export") }
        guard export.size >= 0, export.size % Int64(NBDLimits.minimumBlock) == 0 else {
            return refuse(purpose, OptionReply.platform, "export size is not a multiple of 512")
        }
        switch purpose {
        case .exportName:
            return .enter(enter(name, described(export)))
        case .info:
            return .send(information(purpose, export))
        case .go:
            return .enter(enter(name, information(purpose, export)))
        case .listContexts(let matches):
            return .send(contexts(Option.listMetaContext, matches, id: 0))
        case .setContexts(let matches):
            allocationOf = matches ? name : nil
            return .send(contexts(Option.setMetaContext, matches, id: AllocationContext.id))
        }
    }

    private mutating func enter(_ name: String, _ answer: [UInt8]) -> [UInt8] {
        state = .over
        blockStatus = allocationOf == name
        return answer
    }

    /// The answer to EXPORT_NAME.
    private func described(_ export: any BlockExport) -> [UInt8] {
        var out: [UInt8] = []
        out.put(export.size)
        out.put(export.flags(structuredReplies: structuredReplies).rawValue)
        if sendsPadding { out.append(contentsOf: repeatElement(0, count: Wire.exportNamePadding)) }
        return out
    }

    /// The answer to INFO and GO.
    private func information(_ purpose: Purpose, _ export: any BlockExport) -> [UInt8] {
        let option = optionNumber(purpose)
        var size: [UInt8] = []
        size.put(ExportInfo.export)
        size.put(export.size)
        size.put(export.flags(structuredReplies: structuredReplies).rawValue)
        var blocks: [UInt8] = []
        blocks.put(ExportInfo.blockSize)
        blocks.put(UInt32(NBDLimits.minimumBlock))
        blocks.put(UInt32(NBDLimits.preferredBlock))
        blocks.put(UInt32(NBDLimits.maximumPayload))
        return Self.reply(option, OptionReply.info, size) + Self.reply(option, OptionReply.info, blocks)
            + Self.reply(option, OptionReply.ack)
    }

    private func contexts(_ option: UInt32, _ matches: Bool, id: UInt32) -> [UInt8] {
        let end = Self.reply(option, OptionReply.ack)
        guard matches else { return end }
        var context: [UInt8] = []
        context.put(id)
        context.append(contentsOf: AllocationContext.name.utf8)
        return Self.reply(option, OptionReply.metaContext, context) + end
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
        case .listContexts: Option.listMetaContext
        case .setContexts: Option.setMetaContext
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
