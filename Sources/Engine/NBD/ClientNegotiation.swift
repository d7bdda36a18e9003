/// What a client learned about the export it entered.
public struct NBDGeometry: Hashable, Sendable {
    /// Bytes.
    public let size: Int64
    public let readOnly: Bool
    /// Offset and length of every request are multiples of this.
    public let minimumBlock: Int
    /// The longest payload of one request.
    public let maximumPayload: Int
    let flags: ExportFlags

    /// Several connections see one another's flushed writes.
    public var canMultiConnect: Bool { flags.contains(.canMultiConnect) }
}

/// The client's side of fixed newstyle negotiation: GO for one export, EXPORT_NAME where GO is unknown. No I/O.
///
///     greeting ──▶ going ──ACK──▶ over(geometry)
///                    └─ERR_UNSUP──▶ naming ──▶ over(geometry)
struct ClientNegotiation: Sendable {
    enum OnNext: Hashable, Sendable {
        case needMore
        case send([UInt8])
        case entered(NBDGeometry)
        case failed(NBDConnectionError)
    }

    private enum State: Sendable {
        case greeting
        case going
        case naming
        case over
    }

    private let export: String
    private var state = State.greeting
    private var input = ReceivedBytes()
    private var noZeroes = false
    private var size: Int64?
    private var flags: ExportFlags = []
    // What a server that tells no block sizes must accept (protocol document, "Block size constraints").
    private var minimumBlock = NBDLimits.minimumBlock
    private var maximumPayload = NBDLimits.maximumPayload
    private var replies = 0

    init(export: String) { self.export = export }

    mutating func receive(_ bytes: [UInt8]) { input.append(bytes) }

    mutating func takeRest() -> [UInt8] { input.take(input.count) }

    mutating func next() -> OnNext {
        switch state {
        case .greeting: onGreeting()
        case .going: onReply()
        case .naming: onNamed()
        case .over: .needMore
        }
    }

    private mutating func onGreeting() -> OnNext {
        guard input.count >= 18 else { return .needMore }
        guard input.take(UInt64.self) == Wire.greetingMagic, input.take(UInt64.self) == Wire.optionMagic else {
            return fail("not a newstyle NBD server")
        }
        let handshake = input.take(UInt16.self)
        guard handshake & Wire.fixedNewstyle != 0 else { return fail("server does not speak fixed newstyle") }
        noZeroes = handshake & Wire.noZeroes != 0
        var out: [UInt8] = []
        out.put(UInt32(handshake & (Wire.fixedNewstyle | Wire.noZeroes)))
        var data: [UInt8] = []
        data.put(UInt32(export.utf8.count))
        data.append(contentsOf: export.utf8)
        data.put(UInt16(1))
        data.put(ExportInfo.blockSize)
        state = .going
        return .send(out + option(Option.go, data))
    }

    private mutating func onReply() -> OnNext {
        guard input.count >= Wire.optionReplyHeaderSize else { return .needMore }
        let length = Int(input.peek(UInt32.self, at: 16))
        guard length <= NBDLimits.optionData else { return fail("option reply of \(length) bytes") }
        guard input.count >= Wire.optionReplyHeaderSize + length else { return .needMore }
        replies += 1
        guard replies <= NBDLimits.repliesPerOption else { return fail("too many option replies") }
        guard input.take(UInt64.self) == Wire.optionReplyMagic else { return fail("bad option reply magic") }
        guard input.take(UInt32.self) == Option.go else { return fail("reply to an option not sent") }
        let type = input.take(UInt32.self)
        input.drop(4)
        let data = input.take(length)
        switch type {
        case OptionReply.info: return onInfo(data)
        case OptionReply.ack: return enter()
        case OptionReply.unsupported:
            state = .naming
            return .send(option(Option.exportName, Array(export.utf8)))
        default:
            guard type & OptionReply.errorBit != 0 else { return fail("unexpected option reply \(type)") }
            state = .over
            return .failed(.refused(export: export, reply: type, message: String(decoding: data, as: UTF8.self)))
        }
    }

    private mutating func onInfo(_ data: [UInt8]) -> OnNext {
        var fields = ReceivedBytes()
        fields.append(data)
        guard fields.count >= 2 else { return fail("malformed information") }
        switch fields.take(UInt16.self) {
        case ExportInfo.export:
            guard fields.count == 10 else { return fail("malformed export information") }
            size = fields.take(Int64.self)
            flags = ExportFlags(rawValue: fields.take(UInt16.self))
        case ExportInfo.blockSize:
            guard fields.count == 12 else { return fail("malformed block sizes") }
            minimumBlock = Int(fields.take(UInt32.self))
            fields.drop(4)
            maximumPayload = min(NBDLimits.maximumPayload, Int(fields.take(UInt32.self)))
            guard minimumBlock > 0, minimumBlock <= maximumPayload else { return fail("block sizes out of order") }
        default: break
        }
        return next()
    }

    private mutating func onNamed() -> OnNext {
        let padding = noZeroes ? 0 : Wire.exportNamePadding
        guard input.count >= 10 + padding else { return .needMore }
        size = input.take(Int64.self)
        flags = ExportFlags(rawValue: input.take(UInt16.self))
        input.drop(padding)
        return enter()
    }

    private mutating func enter() -> OnNext {
        guard let size, size >= 0 else { return fail("no export size, or one beyond 2^63") }
        state = .over
        return .entered(
            NBDGeometry(
                size: size, readOnly: flags.contains(.readOnly), minimumBlock: minimumBlock,
                maximumPayload: maximumPayload, flags: flags))
    }

    private func option(_ number: UInt32, _ data: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.put(Wire.optionMagic)
        out.put(number)
        out.put(UInt32(data.count))
        return out + data
    }

    private mutating func fail(_ what: String) -> OnNext {
        state = .over
        return .failed(.violation(what))
    }
}
