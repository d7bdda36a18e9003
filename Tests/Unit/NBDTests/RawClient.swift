import Environment
import Testing

@testable import NBD

/// A client that says what it is told to, also what no decent client would, and takes structured replies apart.
final class RawClient {
    enum OptionAnswer: Equatable {
        case done
        case contexts([String])
        case refused(UInt32)
    }

    enum Status: Equatable {
        case extents([(count: Int64, flags: UInt32)])
        case error(NBDError)

        static func == (a: Self, b: Self) -> Bool {
            switch (a, b) {
            case (.extents(let a), .extents(let b)): a.elementsEqual(b, by: ==)
            case (.error(let a), .error(let b)): a == b
            default: false
            }
        }
    }

    enum Chunk: Equatable {
        case data(Int)
        case hole(Int)
    }

    private let stream: any ByteStream
    private var input = ReceivedBytes()
    private var cookie: UInt64 = 0
    /// Of the last read.
    private(set) var chunks: [Chunk] = []

    init(_ environment: Environment, _ address: StreamAddress) async throws {
        stream = try await environment.network.connect(address)
        try await want(18)
        input.drop(18)
        var flags: [UInt8] = []
        flags.put(UInt32(3))
        try await stream.write(flags)
    }

    func close() { stream.close() }

    private func want(_ count: Int) async throws {
        while input.count < count {
            guard let bytes = try await stream.read() else { throw NBDConnectionError.disconnected("by the server") }
            input.append(bytes)
        }
    }

    // MARK: negotiation

    func option(_ number: UInt32, _ data: [UInt8]) async throws -> OptionAnswer {
        var out: [UInt8] = []
        out.put(Wire.optionMagic)
        out.put(number)
        out.put(UInt32(data.count))
        try await stream.write(out + data)
        var contexts: [String] = []
        while true {
            try await want(20)
            #expect(input.take(UInt64.self) == Wire.optionReplyMagic)
            #expect(input.take(UInt32.self) == number)
            let type = input.take(UInt32.self)
            let length = Int(input.take(UInt32.self))
            try await want(length)
            let content = input.take(length)
            switch type {
            case OptionReply.ack: return number == 9 || number == 10 ? .contexts(contexts) : .done
            case OptionReply.metaContext: contexts.append(String(decoding: content.dropFirst(4), as: UTF8.self))
            case OptionReply.info, OptionReply.server: continue
            default: return .refused(type)
            }
        }
    }

    func agreeOnStructuredReplies() async throws { #expect(try await option(Option.structuredReply, []) == .done) }

    func contexts(_ number: UInt32, _ export: String, _ queries: [String]) async throws -> OptionAnswer {
        var data: [UInt8] = []
        data.put(UInt32(export.utf8.count))
        data += Array(export.utf8)
        data.put(UInt32(queries.count))
        for query in queries {
            data.put(UInt32(query.utf8.count))
            data += Array(query.utf8)
        }
        return try await option(number, data)
    }

    func go(_ export: String) async throws {
        var data: [UInt8] = []
        data.put(UInt32(export.utf8.count))
        data += Array(export.utf8)
        data.put(UInt16(0))
        #expect(try await option(Option.go, data) == .done)
    }

    // MARK: transmission

    private func send(_ command: Command, _ flags: CommandFlags, _ offset: Int64, _ count: Int64) async throws {
        cookie += 1
        var out: [UInt8] = []
        out.put(Wire.requestMagic)
        out.put(flags.rawValue)
        out.put(command.rawValue)
        out.put(cookie)
        out.put(offset)
        out.put(UInt32(count))
        try await stream.write(out)
    }

    private func chunk() async throws -> (type: UInt16, content: ReceivedBytes, isLast: Bool) {
        try await want(20)
        #expect(input.take(UInt32.self) == Wire.structuredReplyMagic)
        let flags = input.take(UInt16.self)
        let type = input.take(UInt16.self)
        #expect(input.take(UInt64.self) == cookie)
        let length = Int(input.take(UInt32.self))
        try await want(length)
        var content = ReceivedBytes()
        content.append(input.take(length))
        return (type, content, flags & 1 != 0)
    }

    func status(offset: Int64, count: Int64, one: Bool = false) async throws -> Status {
        try await send(.blockStatus, one ? .requestOne : [], offset, count)
        var (type, content, isLast) = try await chunk()
        #expect(isLast)
        guard type == ReplyChunk.blockStatus else {
            #expect(type == ReplyChunk.error)
            return .error(NBDError(received: content.take(UInt32.self)))
        }
        #expect(content.take(UInt32.self) == AllocationContext.id)
        var extents: [(count: Int64, flags: UInt32)] = []
        while content.count > 0 {
            let count = Int64(content.take(UInt32.self))
            extents.append((count, content.take(UInt32.self)))
        }
        return .extents(extents)
    }

    func read(offset: Int64, count: Int64, whole: Bool) async throws -> [UInt8] {
        try await send(.read, whole ? .dontFragment : [], offset, count)
        chunks = []
        var out = [UInt8](repeating: 0xee, count: Int(count))
        var covered = 0
        while true {
            var (type, content, isLast) = try await chunk()
            let start = Int(content.take(Int64.self) - offset)
            switch type {
            case ReplyChunk.offsetData:
                let bytes = content.take(content.count)
                chunks.append(.data(bytes.count))
                out.replaceSubrange(start..<start + bytes.count, with: bytes)
                covered += bytes.count
            case ReplyChunk.offsetHole:
                let length = Int(content.take(UInt32.self))
                chunks.append(.hole(length))
                out.replaceSubrange(start..<start + length, with: repeatElement(0, count: length))
                covered += length
            default: throw NBDError.io
            }
            if isLast { break }
        }
        #expect(covered == Int(count))
        return out
    }
}

/// SplitMix64: a seed that fails can be named.
struct Generator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
