import Environment
import EnvironmentLive
import Glibc
import Hosting
import Messages
import NIOPosix
import RPC
import RPCTransport

/// Both ends of byte-level echo methods, for interoperation tests and measurements:
/// `rpc-echo serve HOST PORT`, `rpc-echo call HOST PORT`, `rpc-echo bench HOST PORT IN-FLIGHT SECONDS`,
/// `rpc-echo cancels HOST PORT CALLS`, `rpc-echo roll HOST PORT SECONDS`, `rpc-echo age HOST PORT SECONDS`.
/// With HOMEWARD_IDENTITY, a directory of certificates, over mutual TLS; the host is then `name@host`.
@main struct RPCEcho {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 4, let port = Int(arguments[3]) else {
            throw RPCError(.invalidArgument, "usage: rpc-echo serve|call|bench|cancels|roll|age HOST PORT …")
        }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let environment = liveEnvironment(network: NIONetwork(group: group))
        let place = arguments[2].split(separator: "@").map(String.init)
        let address = StreamAddress.ip(place[place.count - 1], port: port).named(place.count > 1 ? place[0] : "echo")
        let security: ConnectionSecurity =
            getenv("HOMEWARD_IDENTITY").map { directory in
                let files = TLSFiles(directory: String(cString: directory))
                return .mutualTLS(TLSCredentials(files, environment, every: .milliseconds(200)))
            } ?? .plaintext
        switch arguments[1] {
        case "serve":
            try await serve(address.location, group, environment, security)
        case "call":
            let client = RPCClient(address: address, group: group, environment: environment, security: security)
            try await callAll(client)
            print("swift client: all kinds of calls passed")
        case "bench":
            let inFlight = arguments.count > 4 ? Int(arguments[4]) ?? 1 : 1
            let seconds = arguments.count > 5 ? Int(arguments[5]) ?? 5 : 5
            try await bench(
                RPCClient(address: address, group: group, environment: environment, security: security),
                environment.clock, inFlight, .seconds(seconds))
        case "cancels":
            let client = RPCClient(address: address, group: group, environment: environment, security: security)
            try await cancels(client, environment, arguments.count > 4 ? Int(arguments[4]) ?? 1 : 1_000)
        case "roll":
            let client = RPCClient(address: address, group: group, environment: environment, security: security)
            try await roll(client, environment.clock, .seconds(arguments.count > 4 ? Int(arguments[4]) ?? 1 : 1))
        case "age":
            let client = RPCClient(address: address, group: group, environment: environment, security: security)
            try await age(client, environment.clock, .seconds(arguments.count > 4 ? Int(arguments[4]) ?? 1 : 1))
        default: throw RPCError(.invalidArgument, "no such command: \(arguments[1])")
        }
    }
}

func name(_ method: String) -> MethodName { MethodName(service: "echo.v1.Echo", method: method) }

func echoService(_ clock: any Clock) -> BoundService {
    BoundService(
        name: "echo.v1.Echo",
        methods: [
            BoundMethod(name("Unary")) { call in
                guard let message = try await call.next() else { throw RPCError(.unimplemented, "no request") }
                try await call.send(message)
            },
            BoundMethod(name("Expand")) { call in
                guard let message = try await call.next() else { return }
                for count in 1...max(message.count, 1) { try await call.send(Array(message.prefix(count))) }
            },
            BoundMethod(name("Collect")) { call in
                var all: [UInt8] = []
                while let message = try await call.next() { all += message }
                try await call.send(all)
            },
            BoundMethod(name("Chat")) { call in
                while let message = try await call.next() { try await call.send(message) }
            },
            BoundMethod(name("Fail")) { call in
                let reason = call.context.metadata.entries.first { $0.key == "reason-bin" }?.value ?? []
                var error = RPCError(.failedPrecondition, "größer: 100 %", details: reason)
                error.metadata.append("echo-bin", bytes: reason)
                throw error
            },
            BoundMethod(name("Who")) { call in
                _ = try await call.next()
                try await call.send(Array((call.context.identity?.description ?? "").utf8))
            },
            BoundMethod(name("Stall")) { _ in try await clock.sleep(for: .seconds(60)) },
        ])
}

struct Mismatch: Error { let what: String }

func check(_ condition: Bool, _ what: String) throws { if !condition { throw Mismatch(what: what) } }

func unary(_ client: RPCClient, _ method: String, _ message: [UInt8], _ options: CallOptions) async throws -> [UInt8]? {
    let call = try await client.start(name(method), options)
    try await call.send(message)
    try await call.finishSending()
    let response = try await call.next()
    if response != nil { try check(try await call.next() == nil, "one response") }
    return response
}

/// The methods as a server of another implementation offers them.
func callAll(_ client: RPCClient) async throws {
    let options = CallOptions(timeout: .seconds(10), waitForReady: true)
    let large = [UInt8](repeating: 7, count: 3_000_000)
    try check(try await unary(client, "Unary", [1, 2], options) == [1, 2], "unary")
    try check(try await unary(client, "Unary", [], options) == [], "empty message")
    try check(try await unary(client, "Unary", large, options) == large, "large message")
    let expand = try await client.start(name("Expand"), options)
    try await expand.send([1, 2, 3])
    try await expand.finishSending()
    var seen: [[UInt8]] = []
    while let message = try await expand.next() { seen.append(message) }
    try check(seen == [[1], [1, 2], [1, 2, 3]], "server streaming")
    let collect = try await client.start(name("Collect"), options)
    for byte in UInt8(0)..<100 { try await collect.send([byte]) }
    try await collect.finishSending()
    try check(try await collect.next() == Array(0..<100), "client streaming")
    let chat = try await client.start(name("Chat"), options)
    for byte in UInt8(0)..<100 {
        try await chat.send([byte])
        try check(try await chat.next() == [byte], "bidirectional")
    }
    try await chat.finishSending()
    try check(try await chat.next() == nil, "bidirectional end")

    var failing = options
    failing.metadata.append("reason-bin", bytes: [0, 1, 254, 255])
    do {
        _ = try await unary(client, "Fail", [], failing)
        throw Mismatch(what: "the call should have failed")
    } catch let error as RPCError {
        try check(error.code == .failedPrecondition && error.message == "größer: 100 %", "status \(error)")
        try check(error.metadata.entries.contains { $0.key == "echo-bin" && $0.value == [0, 1, 254, 255] }, "trailers")
    }
    do {
        _ = try await unary(client, "Stall", [], CallOptions(timeout: .milliseconds(200)))
        throw Mismatch(what: "the deadline should have passed")
    } catch let error as RPCError { try check(error.code == .deadlineExceeded, "deadline: \(error)") }
    do {
        _ = try await unary(client, "Nowhere", [], options)
        throw Mismatch(what: "an unknown method should fail")
    } catch let error as RPCError { try check(error.code == .unimplemented, "unknown method: \(error)") }
}

/// Calls without a pause, while servers take over from each other: every one is answered.
func roll(_ client: RPCClient, _ clock: any Clock, _ duration: Duration) async throws {
    let end = clock.now() + duration
    var count = 0
    var options = CallOptions(timeout: .seconds(10), waitForReady: true)
    // As those of methods that say so in their .proto.
    options.isIdempotent = true
    while clock.now() < end {
        let health: HealthV1.HealthCheckResponse = try await client.unary(
            MethodName(service: HealthHandler.serviceName, method: "Check"), HealthV1.HealthCheckRequest(), options)
        try check(health.status == .serving || health.status == .notServing, "the response")
        count += 1
    }
    print("\(count) calls were answered")
}

func bench(_ client: RPCClient, _ clock: any Clock, _ inFlight: Int, _ duration: Duration) async throws {
    let message = [UInt8](repeating: 1, count: 100)
    let start = clock.now()
    let end = start + duration
    let total = try await withThrowingTaskGroup(of: Int.self) { tasks in
        for _ in 0..<inFlight {
            tasks.addTask {
                var count = 0
                while clock.now() < end {
                    _ = try await unary(client, "Unary", message, CallOptions())
                    count += 1
                }
                return count
            }
        }
        return try await tasks.reduce(0, +)
    }
    let seconds = Double((clock.now() - start).inMicroseconds) / 1e6
    print("\(inFlight) in flight: \(Int(Double(total) / seconds)) calls/s")
}
