import API
import Environment
import EnvironmentLive
import Glibc
import Messages
import NIOPosix
import RPC
import RPCTransport

/// The echo service on our own stack, and a load generator of the same shape as the peers':
/// `homeward-echo serve`, `unary PORT PAYLOAD CONNECTIONS IN-FLIGHT SECONDS`, `stream PORT PAYLOAD SECONDS`.
/// With `BENCH_TLS=DIRECTORY` over mutual TLS, by the files there, of a component `echo`.
@main struct HomewardEcho {
    static func main() async throws {
        let arguments = CommandLine.arguments
        let numbers = arguments.dropFirst(2).compactMap(Double.init)
        switch (arguments.count > 1 ? arguments[1] : "", numbers.count) {
        case ("serve", 0): try await serve()
        case ("unary", 5):
            try await unary(
                port: Int(numbers[0]), payload: Int(numbers[1]), connections: Int(numbers[2]),
                inFlight: Int(numbers[3]), seconds: numbers[4])
        case ("stream", 3):
            try await stream(port: Int(numbers[0]), payload: Int(numbers[1]), seconds: numbers[2])
        default: throw RPCError(.invalidArgument, "see the comment at the top of HomewardEcho.swift")
        }
    }
}

struct Echo: EchoService {
    func say(_ request: TestingV1.Note, _ context: CallContext) async throws -> TestingV1.Note { request }

    func `repeat`(
        _ request: TestingV1.Note, _ responses: MessageWriter<TestingV1.Note>, _ context: CallContext
    ) async throws {
        for _ in 0..<request.number { try await responses.send(request) }
    }

    func gather(_ requests: RequestStream<TestingV1.Note>, _ context: CallContext) async throws -> TestingV1.Note {
        var sum: UInt64 = 0
        while let note = try await requests.next() { sum += note.number }
        return .with { $0.number = sum }
    }

    func converse(
        _ requests: RequestStream<TestingV1.Note>, _ responses: MessageWriter<TestingV1.Note>, _ context: CallContext
    ) async throws {
        while let note = try await requests.next() { try await responses.send(note) }
    }
}

func security(_ environment: Environment) -> ConnectionSecurity {
    guard let directory = getenv("BENCH_TLS") else { return .plaintext }
    var files = TLSFiles(directory: String(cString: directory))
    files.revoked = nil
    return .mutualTLS(TLSCredentials(files, environment))
}

func serve() async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let environment = liveEnvironment(network: NIONetwork(group: group))
    let server = try await RPCServer.start(
        address: .ip("127.0.0.1", port: 0), services: [Echo().bound()], group: group, runtime: RPCRuntime(environment),
        security: security(environment))
    guard case .ip(_, let port) = server.address else { return }
    print("listening \(port)")
    fflush(nil)
    try await environment.clock.sleep(for: .seconds(86_400))
}
