// The echo service on grpc-swift-2 with a load generator like the others'. Its messages are bytes that are not decoded,
// which is to its advantage.
import GRPCCore
import GRPCNIOTransportHTTP2
import Glibc

let say = MethodDescriptor(fullyQualifiedService: "homeward.testing.v1.Echo", method: "Say")
let gather = MethodDescriptor(fullyQualifiedService: "homeward.testing.v1.Echo", method: "Gather")
let warmUp = Duration.milliseconds(300)

struct Bytes: MessageSerializer, MessageDeserializer {
    func serialize<Result: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Result { Result(message) }
    func deserialize<Source: GRPCContiguousBytes>(_ bytes: Source) throws -> [UInt8] {
        bytes.withUnsafeBytes { [UInt8]($0) }
    }
}

struct Echo: RegistrableRPCService {
    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        router.registerHandler(forMethod: say, deserializer: Bytes(), serializer: Bytes()) { request, _ in
            let request = try await ServerRequest(stream: request)
            return StreamingServerResponse(single: ServerResponse(message: request.message))
        }
        router.registerHandler(forMethod: gather, deserializer: Bytes(), serializer: Bytes()) { request, _ in
            var count: UInt64 = 0
            for try await _ in request.messages { count += 1 }
            return StreamingServerResponse(single: ServerResponse(message: [0x08] + varint(count)))
        }
    }
}

func varint(_ value: UInt64) -> [UInt8] {
    var (rest, out) = (value, [UInt8]())
    while rest > 127 {
        out.append(UInt8(rest & 127 | 128))
        rest >>= 7
    }
    return out + [UInt8(rest)]
}

func processorSeconds() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

func report(_ all: [UInt32], seconds: Double, processor: Double) {
    let sorted = all.sorted()
    func at(_ part: Double) -> Double {
        sorted.isEmpty ? 0 : Double(sorted[Int(part * Double(sorted.count - 1))]) / 1e3
    }
    print("calls=\(sorted.count) seconds=\(seconds) p50=\(at(0.5)) p99=\(at(0.99)) cpu=\(processor)")
}

extension Duration {
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
    var inNanoseconds: UInt32 {
        UInt32(clamping: components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000)
    }
}

func withClient(
    _ port: Int, _ body: @Sendable @escaping (GRPCClient<HTTP2ClientTransport.Posix>) async throws -> Void
) async throws {
    let transport = try HTTP2ClientTransport.Posix(
        target: .ipv4(address: "127.0.0.1", port: port), transportSecurity: .plaintext)
    try await withGRPCClient(transport: transport) { client in try await body(client) }
}

@main struct Program {
    static func main() async throws {
        let arguments = CommandLine.arguments
        let numbers = arguments.dropFirst(2).compactMap(Double.init)
        switch arguments.count > 1 ? arguments[1] : "" {
        case "serve": try await serve()
        case "unary":
            try await unary(Int(numbers[0]), Int(numbers[1]), Int(numbers[2]), Int(numbers[3]), seconds: numbers[4])
        case "stream": try await stream(Int(numbers[0]), Int(numbers[1]), seconds: numbers[2])
        default: exit(2)
        }
    }
}

func serve() async throws {
    let transport = HTTP2ServerTransport.Posix(
        address: .ipv4(host: "127.0.0.1", port: 0), transportSecurity: .plaintext,
        config: .defaults { $0.rpc.maxRequestPayloadSize = 16 << 20 })
    let server = GRPCServer(transport: transport, services: [Echo()])
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await server.serve() }
        if let address = try await server.listeningAddress {
            print("listening \(address.ipv4?.port ?? 0)")
            fflush(nil)
        }
        try await group.waitForAll()
    }
}

func unary(_ port: Int, _ payload: Int, _ connections: Int, _ inFlight: Int, seconds: Double) async throws {
    let message = [0x12] + varint(UInt64(payload)) + [UInt8](repeating: 120, count: payload)
    let clock = ContinuousClock()
    let begin = clock.now + warmUp
    let end = begin + .seconds(seconds)
    let before = Task {
        try? await Task.sleep(until: begin, clock: clock)
        return processorSeconds()
    }
    let all = try await withThrowingTaskGroup(of: [UInt32].self) { connectionTasks in
        for _ in 0..<connections {
            connectionTasks.addTask {
                let transport = try HTTP2ClientTransport.Posix(
                    target: .ipv4(address: "127.0.0.1", port: port), transportSecurity: .plaintext)
                return try await withGRPCClient(transport: transport) { client in
                    try await withThrowingTaskGroup(of: [UInt32].self) { tasks in
                        for _ in 0..<inFlight {
                            tasks.addTask {
                                var latencies: [UInt32] = []
                                while true {
                                    let started = clock.now
                                    if started >= end { return latencies }
                                    try await client.unary(
                                        request: ClientRequest(message: message), descriptor: say, serializer: Bytes(),
                                        deserializer: Bytes(), options: .defaults
                                    ) { _ = try $0.message }
                                    if started >= begin { latencies.append((clock.now - started).inNanoseconds) }
                                }
                            }
                        }
                        return try await tasks.reduce(into: []) { $0 += $1 }
                    }
                }
            }
        }
        return try await connectionTasks.reduce(into: []) { $0 += $1 }
    }
    let measured = (clock.now - begin).inSeconds
    report(all, seconds: measured, processor: processorSeconds() - (await before.value))
}

func stream(_ port: Int, _ payload: Int, seconds: Double) async throws {
    let message = [0x08, 1, 0x12] + varint(UInt64(payload)) + [UInt8](repeating: 120, count: payload)
    let clock = ContinuousClock()
    let begin = clock.now + warmUp
    let end = begin + .seconds(seconds)
    let before = Task {
        try? await Task.sleep(until: begin, clock: clock)
        return processorSeconds()
    }
    try await withClient(port) { client in
        let (counts, continuation) = AsyncStream.makeStream(of: [UInt32].self)
        let request = StreamingClientRequest<[UInt8]> { writer in
            var latencies: [UInt32] = []
            while clock.now < end {
                let started = clock.now
                try await writer.write(message)
                if started >= begin { latencies.append((clock.now - started).inNanoseconds) }
            }
            continuation.yield(latencies)
            continuation.finish()
        }
        try await client.clientStreaming(
            request: request, descriptor: gather, serializer: Bytes(), deserializer: Bytes(), options: .defaults
        ) { _ = try $0.message }
        for await latencies in counts {
            let measured = (clock.now - begin).inSeconds
            report(latencies, seconds: measured, processor: processorSeconds() - (await before.value))
        }
    }
}
