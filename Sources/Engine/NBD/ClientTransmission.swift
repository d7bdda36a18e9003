/// A request of a client, before it has a cookie.
struct ClientRequest: Hashable, Sendable {
    enum Work: Hashable, Sendable {
        case read(offset: Int64, count: Int)
        case write([UInt8], offset: Int64, fua: Bool)
        case writeZeroes(offset: Int64, count: Int64, fua: Bool, mayTrim: Bool)
        case trim(offset: Int64, count: Int64, fua: Bool)
        case flush
    }

    let work: Work

    init(_ work: Work) { self.work = work }

    /// What the export's geometry does not allow is refused before it is sent.
    func refusal(_ geometry: NBDGeometry) -> NBDError? {
        let range: (offset: Int64, count: Int64, beyond: NBDError)
        switch work {
        case .flush: return nil
        case .read(let offset, let count): range = (offset, Int64(count), .invalid)
        case .write(let bytes, let offset, _): range = (offset, Int64(bytes.count), .noSpace)
        case .writeZeroes(let offset, let count, _, _): range = (offset, count, .noSpace)
        case .trim(let offset, let count, _): range = (offset, count, .invalid)
        }
        let block = Int64(geometry.minimumBlock)
        guard range.offset >= 0, range.count > 0, range.offset % block == 0, range.count % block == 0 else {
            return .invalid
        }
        guard range.offset <= geometry.size, range.count <= geometry.size - range.offset else { return range.beyond }
        switch work {
        case .read(_, let count): return count > geometry.maximumPayload ? .overflow : nil
        case .write(let bytes, _, _):
            return geometry.readOnly ? .notPermitted : bytes.count > geometry.maximumPayload ? .overflow : nil
        case .writeZeroes(_, let count, _, _):
            guard geometry.flags.contains(.sendWriteZeroes) else { return .notSupported }
            return geometry.readOnly ? .notPermitted : count > Int64(UInt32.max) ? .overflow : nil
        case .trim(_, let count, _):
            guard geometry.flags.contains(.sendTrim) else { return .notSupported }
            return geometry.readOnly ? .notPermitted : count > Int64(UInt32.max) ? .overflow : nil
        case .flush: return nil
        }
    }

    /// Bytes that follow a successful simple reply.
    var answerLength: Int {
        if case .read(_, let count) = work { count } else { 0 }
    }

    func encode(cookie: UInt64) -> [UInt8] {
        switch work {
        case .read(let offset, let count):
            return Self.header(.read, [], cookie, offset, Int64(count))
        case .write(let bytes, let offset, let fua):
            var out = Self.header(.write, fua ? .fua : [], cookie, offset, Int64(bytes.count))
            out.append(contentsOf: bytes)
            return out
        case .writeZeroes(let offset, let count, let fua, let mayTrim):
            var flags: CommandFlags = fua ? .fua : []
            if !mayTrim { flags.insert(.noHole) }
            return Self.header(.writeZeroes, flags, cookie, offset, count)
        case .trim(let offset, let count, let fua):
            return Self.header(.trim, fua ? .fua : [], cookie, offset, count)
        case .flush:
            return Self.header(.flush, [], cookie, 0, 0)
        }
    }

    static let disconnect = header(.disconnect, [], 0, 0, 0)

    private static func header(
        _ command: Command, _ flags: CommandFlags, _ cookie: UInt64, _ offset: Int64, _ count: Int64
    ) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(Wire.requestHeaderSize)
        out.put(Wire.requestMagic)
        out.put(flags.rawValue)
        out.put(command.rawValue)
        out.put(cookie)
        out.put(offset)
        out.put(UInt32(count))
        return out
    }
}

/// The client's transmission phase: cookies out, simple replies in, in any order. No I/O.
struct ClientTransmission: Sendable {
    enum OnNext: Hashable, Sendable {
        case needMore
        case answer(cookie: UInt64, Result<[UInt8], NBDError>)
        case violation(String)
    }

    private var input = ReceivedBytes()
    private var awaited: [UInt64: Int] = [:]
    private var nextCookie: UInt64 = 1

    var inFlight: Int { awaited.count }

    mutating func receive(_ bytes: [UInt8]) { input.append(bytes) }

    mutating func begin(_ request: ClientRequest) -> (cookie: UInt64, bytes: [UInt8]) {
        let cookie = nextCookie
        nextCookie += 1
        awaited[cookie] = request.answerLength
        return (cookie, request.encode(cookie: cookie))
    }

    mutating func next() -> OnNext {
        guard input.count >= Wire.simpleReplySize else { return .needMore }
        guard input.peek(UInt32.self) == Wire.simpleReplyMagic else { return .violation("bad reply magic") }
        let error = input.peek(UInt32.self, at: 4)
        let cookie = input.peek(UInt64.self, at: 8)
        guard let length = awaited[cookie] else { return .violation("reply to a request that is not in flight") }
        let payload = error == 0 ? length : 0
        guard input.count >= Wire.simpleReplySize + payload else { return .needMore }
        input.drop(Wire.simpleReplySize)
        awaited[cookie] = nil
        guard error == 0 else { return .answer(cookie: cookie, .failure(NBDError(received: error))) }
        return .answer(cookie: cookie, .success(input.take(payload)))
    }
}
