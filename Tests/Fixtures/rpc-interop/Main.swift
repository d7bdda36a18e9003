import Environment
import EnvironmentLive
import Glibc
import Hosting
import NIOPosix
import RPC
import RPCTransport

/// gRPC's interoperability tests (grpc/doc/interop-test-descriptions.md), both sides:
///
///     rpc-interop server --port=0
///     rpc-interop client --server_host=127.0.0.1 --server_port=N [--test_case=NAME,NAME…]
///
/// Over mutual TLS with `--name=ID` (of the server), `--certificate=`, `--key=` and `--authority=` (PEM files).
@main struct RPCInterop {
    static func main() async throws {
        let arguments = CommandLine.arguments
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let environment = liveEnvironment(network: NIONetwork(group: group))
        let security = security(environment)
        switch arguments.dropFirst().first {
        case "server":
            let test = TestServer(clock: environment.clock).bound()
            let health = HealthStatus()
            let counters = CallCounters()
            let channelz = ChannelzHandler("rpc-interop", counters)
            let offered = [test, HealthHandler(health).bound(), channelz.bound()]
            for name in [""] + offered.map(\.name) { health.set(name, .serving) }
            let services = offered + ReflectionHandler(offered.map(\.name)).allBound()
            let server = try await RPCServer.start(
                address: .ip("127.0.0.1", port: number("port") ?? 0),
                services: services.map { $0.intercepted(by: [counters]) }, group: group, environment: environment,
                security: security)
            channelz.tell(of: server)
            print("listening \(server.address)")
            // All streams: a reader at the other end of a pipe waits for this line.
            fflush(nil)
            // A line on standard input begins the end: health says so to those who watch, then the server drains.
            _ = readLine()
            health.shutDown()
            await server.drain(grace: .seconds(2))
        case "client":
            let host = option("server_host") ?? "127.0.0.1"
            let port = number("server_port") ?? 0
            let address = option("name").map { StreamAddress.component($0, host: host, port: port) }
            let client = RPCClient(
                address: address ?? .ip(host, port: port), group: group, environment: environment, security: security)
            let names = option("test_case")?.split(separator: ",").map { String($0) } ?? TestClient.names
            for name in names {
                do { try await TestClient(channel: client).run(name) } catch {
                    throw CaseFailed(description: "\(name): \(error)")
                }
                print("swift client: \(name) passed")
            }
            client.close()
        default: throw CaseFailed(description: "usage: rpc-interop server|client --OPTION=VALUE…")
        }
    }

    private static func security(_ environment: Environment) -> ConnectionSecurity {
        guard let certificate = option("certificate"), let key = option("key"), let authority = option("authority")
        else { return .plaintext }
        return .mutualTLS(
            TLSCredentials(TLSFiles(certificate: certificate, key: key, authority: authority), environment))
    }

    private static func option(_ name: String) -> String? {
        CommandLine.arguments.first { $0.hasPrefix("--\(name)=") }.map { String($0.dropFirst(name.count + 3)) }
    }

    private static func number(_ name: String) -> Int? { option(name).flatMap { Int($0) } }
}
