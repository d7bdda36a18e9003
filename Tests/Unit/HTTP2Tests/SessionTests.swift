import HTTP2
import Testing

/// Two sessions that exchange bytes in memory.
private final class Wire {
    let client: HTTP2Session
    let server: HTTP2Session
    var atServer: [String] = []
    var atClient: [String] = []
    var received = 0

    init(_ configuration: HTTP2Configuration = HTTP2Configuration()) throws {
        client = try HTTP2Session(.client)
        server = try HTTP2Session(.server, configuration)
        try exchange()
    }

    func exchange(limit: Int = 1 << 20) throws {
        while true {
            let there = try move(client, server, limit) { [self] in atServer.append(contentsOf: text($0)) }
            let back = try move(server, client, limit) { [self] in atClient.append(contentsOf: text($0)) }
            if !there && !back { return }
        }
    }

    private func move(
        _ from: HTTP2Session, _ to: HTTP2Session, _ limit: Int, _ note: (HTTP2Event) -> Void
    ) throws -> Bool {
        var bytes: [UInt8] = []
        _ = try from.produce(limit: limit, { bytes += $0 }, { _ in })
        try bytes.withUnsafeBytes { try to.receive($0, note) }
        return !bytes.isEmpty
    }

    private func text(_ event: HTTP2Event) -> [String] {
        switch event {
        case .headers(let id, let fields, let ends):
            ["\(id.number) " + fields.map { "\($0.name)=\($0.value)" }.joined(separator: " ") + (ends ? " end" : "")]
        case .headersTooLarge(let id, _): ["\(id.number) too large"]
        case .data(_, let bytes):
            {
                received += bytes.count
                return []
            }()
        case .end(let id): ["\(id.number) end"]
        case .closed(let id, let code): ["\(id.number) closed \(code)"]
        case .goAway(let last, let code, let text): ["goaway \(last.number) \(code)\(text)"]
        case .pong(let payload): ["pong \(payload)"]
        case .cheapFrame, .sentEnd, .sentBody: []
        }
    }
}

private let request = [
    HeaderField(":method", "POST"), HeaderField(":scheme", "http"), HeaderField(":path", "/p"),
    HeaderField(":authority", "a"),
]
private let requestText = "1 :method=POST :scheme=http :path=/p :authority=a"

struct SessionTests {
    @Test func `a header section that is too large to be sent ends its stream, at both ends`() throws {
        let huge = (0..<100).map { HeaderField("h\($0)", String(repeating: "x", count: 1_000)) }
        for isLate in [false, true] {
            let wire = try Wire()
            let id = try wire.client.submitRequest(request)
            wire.client.end(id)
            try wire.exchange()
            let status = [HeaderField(":status", "200")]
            try wire.server.submitResponse(id, isLate ? status : status + huge, endsStream: false)
            if isLate { wire.server.end(id, trailers: huge) }
            try wire.exchange()
            #expect(wire.atClient.last == "1 closed INTERNAL_ERROR")
        }
        let wire = try Wire()
        let id = try wire.client.submitRequest(request + huge)
        var closed: [HTTP2ErrorCode] = []
        _ = try wire.client.produce(
            limit: 1 << 20, { _ in }, { if case .closed(id, let code) = $0 { closed.append(code) } })
        // A refused stream would be tried again.
        #expect(closed.first == .internalError)
    }

    @Test func `a request and a response with trailers arrive in order`() throws {
        let wire = try Wire()
        let id = try wire.client.submitRequest(request)
        wire.client.write(id, head: InlineHead(flag: 0, length: 3), [1, 2, 3])
        wire.client.end(id)
        try wire.exchange()
        #expect(wire.atServer == [requestText, "1 end"])
        #expect(wire.received == 8)
        try wire.server.submitResponse(id, [HeaderField(":status", "200")], endsStream: false)
        wire.server.write(id, [1])
        wire.server.end(id, trailers: [HeaderField("t", "v")])
        try wire.exchange()
        #expect(wire.atClient == ["1 :status=200", "1 t=v end", "1 closed NO_ERROR"])
    }

    @Test func `trailers follow a body that had run dry`() throws {
        let wire = try Wire()
        let id = try wire.client.submitRequest(request)
        wire.client.end(id)
        try wire.exchange()
        try wire.server.submitResponse(id, [HeaderField(":status", "200")], endsStream: false)
        try wire.exchange()
        wire.server.end(id, trailers: [HeaderField("t", "v")])
        try wire.exchange()
        #expect(wire.atClient == ["1 :status=200", "1 t=v end", "1 closed NO_ERROR"])
    }

    @Test func `a sender stops at the stream's window until the receiver has consumed`() throws {
        var configuration = HTTP2Configuration()
        configuration.streamWindow = 100_000
        let wire = try Wire(configuration)
        let id = try wire.client.submitRequest(request)
        wire.client.write(id, [UInt8](repeating: 1, count: 250_000))
        try wire.exchange()
        #expect(wire.received == 100_000)
        #expect(wire.client.queued(id) == 150_000)
        wire.server.consume(id, 100_000)
        try wire.exchange()
        #expect(wire.received == 200_000)
        wire.server.consume(id, 100_000)
        try wire.exchange()
        #expect(wire.received == 250_000)
    }

    @Test func `output is handed out in pieces of about the limit`() throws {
        let wire = try Wire()
        let id = try wire.client.submitRequest(request)
        wire.client.write(id, [UInt8](repeating: 1, count: 500_000))
        var first = 0
        let more = try wire.client.produce(limit: 10_000, { first += $0.count }, { _ in })
        #expect(more)
        #expect(first < 10_000 + (64 << 10) + 100)
    }

    @Test func `streams above the announced number are refused`() throws {
        var configuration = HTTP2Configuration()
        configuration.maxConcurrentStreams = 2
        let wire = try Wire(configuration)
        for _ in 0..<3 { _ = try wire.client.submitRequest(request) }
        try wire.exchange()
        #expect(wire.atServer.count == 2)
        #expect(wire.client.peerMaxConcurrentStreams == 2)
    }

    @Test func `a header section above the limit is reported without its fields`() throws {
        var configuration = HTTP2Configuration()
        configuration.maxHeaderListBytes = 1_000
        let wire = try Wire(configuration)
        _ = try wire.client.submitRequest(request + [HeaderField("x", String(repeating: "y", count: 1_000))])
        try wire.exchange()
        #expect(wire.atServer == ["1 too large"])
    }

    @Test func `repeated header sections are read like the first`() throws {
        let wire = try Wire()
        for number in 0..<3 {
            _ = try wire.client.submitRequest(request + [HeaderField("n", "\(number % 2)")])
            try wire.exchange()
        }
        #expect(wire.atServer.map { $0.suffix(3) } == ["n=0", "n=1", "n=0"])
    }

    @Test func `header sections that are alike in part are read as they were sent`() throws {
        let wire = try Wire()
        // Every combination of a few fields in their places: equal sections, prefixes of others, one value changed, one
        // field left out, in an order in which each follows many others.
        let names = ["a", "grpc-timeout", "a-name-that-needs-memory", "b"]
        let values = ["", "1", "a value of more than fifteen octets", "a value of more than fifteen octetz"]
        var expected: [String] = []
        for number in 0..<600 {
            var fields = request
            var rest = number &* 7_919 % 625
            for name in names {
                if rest % 5 > 0 { fields.append(HeaderField(name, values[rest % 5 - 1])) }
                rest /= 5
            }
            let id = try wire.client.submitRequest(fields)
            wire.client.end(id)
            try wire.exchange()
            expected.append("\(id.number) " + fields.map { "\($0.name)=\($0.value)" }.joined(separator: " "))
            wire.server.reset(id, .cancel)
            try wire.exchange()
        }
        #expect(wire.atServer.filter { $0.contains(":method") } == expected)
    }

    @Test func `a reset is reported to the other side with its code`() throws {
        let wire = try Wire()
        let id = try wire.client.submitRequest(request)
        try wire.exchange()
        wire.client.reset(id, .cancel)
        try wire.exchange()
        #expect(wire.atServer.last == "1 closed CANCEL")
    }

    @Test func `after GOAWAY no request is accepted and the session finishes`() throws {
        let wire = try Wire()
        wire.client.ping(42)
        wire.server.submitGoAway()
        try wire.exchange()
        #expect(wire.atClient.contains("goaway 0 NO_ERROR"))
        #expect(!wire.client.acceptsRequests)
        #expect(wire.client.isFinished)
    }

    @Test func `a ping is answered with its payload`() throws {
        let wire = try Wire()
        wire.client.ping(42)
        try wire.exchange()
        #expect(wire.atClient == ["pong 42"])
    }
}
