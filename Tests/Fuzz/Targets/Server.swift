import HTTP2

@testable import RPC

/// Octets into a server's connection: the first says which limits and how it ends, then come steps (`Step`).
let serverTarget = FuzzTarget(
    name: "server", seeds: { ServerRun.seeds },
    run: { input in
        let run = try ServerRun(input)
        try run.perform()
    })

private final class ServerRun {
    /// HEADERS with a well-formed request.
    private static let request = Step.own
    private static let budgetOctets = 1 << 20

    private let world = FuzzWorld()
    private let budget = BufferBudget(budgetOctets)
    private let router: Router
    private let configuration: RPCConfiguration
    private let run: ConnectionRun
    private let ending: Int
    private var nextStream: UInt32 = 1

    init(_ input: [UInt8]) throws {
        var script = Script(input)
        let first = script.byte()
        configuration = fuzzConfiguration(isSmall: first & 1 == 1)
        ending = Int(first >> 1) % 4
        router = Router([fuzzService(world.clock)])
        let server = try ServerConnection(
            router: router, runtime: world.runtime, configuration: configuration, peer: "fuzz", budget: budget,
            wake: {})
        run = ConnectionRun(world, script, server, isServer: true)
    }

    func perform() throws {
        while !run.script.isEmpty {
            let kind = run.script.byte()
            if kind == Self.request { try request() } else { try run.step(kind) }
            let held = Self.budgetOctets - budget.remaining
            try require(held <= configuration.maxBufferedBytes, "\(held) octets held")
        }
        try run.finish(ending)
        try require(budget.remaining == Self.budgetOctets, "\(Self.budgetOctets - budget.remaining) octets held")
        try othersAreServed()
    }

    private func request() throws {
        let method = fuzzMethods[run.script.choice(fuzzMethods.count)]
        let extras = run.script.byte()
        var fields: [(String, [UInt8])] = [
            (":method", Array("POST".utf8)), (":scheme", Array("http".utf8)),
            (":path", Array("/fuzz.v1.Fuzz/\(method)".utf8)), (":authority", Array("x".utf8)),
            ("te", Array("trailers".utf8)), ("content-type", Array("application/grpc".utf8)),
        ]
        if extras & 1 != 0 { fields.append(("grpc-timeout", run.script.counted())) }
        if extras & 2 != 0 { fields.append(("grpc-encoding", run.script.counted())) }
        if extras & 4 != 0 { fields.append(("grpc-accept-encoding", Array("gzip,zstd".utf8))) }
        if extras & 8 != 0 { fields.append(("note-bin", run.script.counted())) }
        if extras & 16 != 0 { fields.append(("note", run.script.counted())) }
        let flags = FrameFlag.endHeaders | (extras & 32 != 0 ? FrameFlag.endStream : 0)
        let stream = nextStream
        nextStream += 2
        try run.deliver(frame(FrameType.headers, flags: flags, stream: stream, literals(fields)))
    }

    /// Whatever one peer did, the next one is answered.
    private func othersAreServed() throws {
        let good = try ServerConnection(
            router: router, runtime: world.runtime, configuration: configuration, peer: "good", budget: budget,
            wake: {})
        let client = try HTTP2Session(.client)
        let fields = [
            (":method", "POST"), (":scheme", "http"), (":path", "/fuzz.v1.Fuzz/Echo"), (":authority", "x"),
            ("te", "trailers"), ("content-type", "application/grpc"),
        ]
        let id = try client.submitRequest(fields.map { HeaderField($0.0, $0.1) })
        client.write(id, head: InlineHead(flag: 0, length: 3), [1, 2, 3])
        client.end(id)
        var (status, body): (String?, [UInt8]) = (nil, [])
        for _ in 0..<3 {
            var octets: [UInt8] = []
            _ = try client.produce(limit: 1 << 20, { octets += $0 }, { _ in })
            octets.withUnsafeBytes { good.receive($0) }
            try world.settle()
            octets = []
            _ = good.produce(limit: 1 << 20) { octets += $0 }
            try octets.withUnsafeBytes {
                try client.receive($0) { event in
                    switch event {
                    case .headers(_, let fields, _):
                        status = fields.first { $0.name == "grpc-status" }?.value ?? status
                    case .data(_, let bytes): body += bytes
                    default: break
                    }
                }
            }
        }
        good.transportClosed("done")
        try world.settle()
        try require(status == "0" && body == prefixed([1, 2, 3]), "the next peer got \(status ?? "nothing"), \(body)")
    }

    // MARK: - Seeds

    private static func request(_ name: String, _ extras: UInt8 = 0, _ rest: [UInt8] = []) -> [UInt8] {
        [Self.request, UInt8(fuzzMethods.firstIndex(of: name) ?? 0), extras] + rest
    }

    static var seeds: [[UInt8]] {
        let begin: [UInt8] = [Step.preface]
        let everything: [UInt8] = counted("15S") + counted("gzip") + [2, 65, 81, 1, 120]
        let pings: [UInt8] = [Step.frame + 6, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, Step.again, 60]
        let settings: [UInt8] = [Step.frame + 4, 0, 0, 6, 0, 4, 0, 1, 0, 0, Step.again, 100]
        let answers: [UInt8] = [Step.frame + 6, 1, 0, 8, 0x69, 0x61, 0x72, 0x64, 0, 0, 0, 0, Step.again, 60]
        let reset: [UInt8] = [Step.frame + 3, 0, 1, 4, 0, 0, 0, 8]
        let window: [UInt8] = [Step.frame + 8, 0, 1, 4, 0, 0, 200, 0]
        let large = message(1, [UInt8](repeating: 1, count: 200), end: false)
        let lie: [UInt8] = [Step.lie, 0, 1, 0, 0xff, 0xff, 0xff, 0xff, 3, 1, 2, 3]
        let endless: [UInt8] = [
            Step.frame + 1, 0, 1, 4, 0x83, 0x86, 0x84, 0x41, Step.frame + 9, 0, 1, 0, Step.again, 50,
        ]
        var seeds: [[UInt8]] = []
        for name in fuzzMethods {
            seeds.append(joined(begin, request(name), message(1, Array(0..<20)), [Step.time, 0x75]))
            let full = request(name, 63, everything)
            seeds.append(joined(begin, full, message(1, [1, 2], flag: 1), [Step.time, 0x72], reset))
        }
        seeds.append(
            joined(
                begin, request("Chat"), [Step.pieces, 3], message(1, [1], end: false), message(1, [2], end: false),
                message(1, []), [Step.read, 0, Step.time, 0x11, Step.read, 255]))
        seeds.append(joined(begin, request("Collect"), lie))
        seeds.append(
            joined(
                begin, [Step.hold], request("Flood"), request("Flood"), message(1, []), message(3, []),
                [Step.read, 0, Step.hold, Step.read, 10], window, [Step.read, 255]))
        seeds.append(joined(begin, request("Stall", 32), [Step.ending, 0, Step.time, 0x76]))
        seeds.append(joined(begin, request("Stall"), reset, [Step.again, 40]))
        seeds.append(joined(begin, request("Stall"), large, [Step.again, 255]))
        seeds.append(joined(begin, settings, pings))
        seeds.append(joined([Step.read, 0], begin, answers, [Step.ending, 0], answers))
        seeds.append(joined(begin, endless))
        seeds.append(joined([Step.read, 0], begin, pings, [Step.time, 0x78]))
        let block = frame(FrameType.headers, flags: 5, stream: 1, [0x83, 0x86, 0x84])
        seeds.append(rawSteps(joined(clientPreface, frame(FrameType.settings, [0, 4, 0, 1, 0, 0]), block)))
        let some = message(1, [UInt8](repeating: 1, count: 100), end: false)
        // Four are taken in 20 s. A peer that is silent for longer is given up.
        let slowly: [UInt8] = [Step.time, 0x72, Step.again, 1]
        seeds.append(joined(begin, request("Slow"), some, [Step.again, 30], slowly, slowly, slowly, slowly))
        return seeds.enumerated().map { [UInt8($0.offset % 8)] + $0.element }
    }
}

func joined(_ parts: [UInt8]...) -> [UInt8] { Array(parts.joined()) }

func counted(_ text: String) -> [UInt8] { Array(text.utf8).counted }

/// A DATA step for a seed.
func message(_ stream: UInt8, _ octets: [UInt8], end: Bool = true, flag: UInt8 = 0) -> [UInt8] {
    [Step.message, end ? FrameFlag.endStream : 0, stream, flag] + octets.counted
}

/// Steps that deliver octets as they are.
func rawSteps(_ octets: [UInt8]) -> [UInt8] {
    stride(from: 0, to: octets.count, by: 20).flatMap { start in
        let piece = octets[start..<min(octets.count, start + 20)]
        return [UInt8(piece.count - 1)] + piece
    }
}
