import Environment
import EnvironmentLive
import Glibc
import Hosting
import NIOPosix
import RPC
import RPCTransport
import Synchronization

/// Serves until SIGTERM, then ends as every program does: health says so, calls end, connections close.
///
/// In its environment, ECHO_HANDSHAKE_MS: how long a peer may take for TLS and for the preface; ECHO_CONNECTIONS: how
/// many there may be; ECHO_AGE_MS: the age, and the grace after it, of each.
func serve(
    _ address: StreamAddress, _ group: MultiThreadedEventLoopGroup, _ environment: Environment,
    _ security: ConnectionSecurity
) async throws {
    var configuration = RPCConfiguration()
    if let milliseconds = number("ECHO_HANDSHAKE_MS") { configuration.handshakeTimeout = .milliseconds(milliseconds) }
    if let connections = number("ECHO_CONNECTIONS") { configuration.maxConnections = connections }
    if let age = number("ECHO_AGE_MS") {
        (configuration.maxAge, configuration.maxAgeGrace) = (.milliseconds(age), .milliseconds(age))
    }
    let health = HealthStatus()
    let running = Mutex<RPCServer?>(nil)
    let services = [
        echoService(environment.clock), HealthHandler(health).bound(),
        countsService { running.withLock { $0 } },
    ]
    expectTermination()
    let server = try await RPCServer.start(
        address: address, services: services, group: group, runtime: RPCRuntime(environment),
        configuration: configuration, security: security, handshakeTimeout: configuration.handshakeTimeout)
    running.withLock { $0 = server }
    for service in [""] + services.map(\.name) { health.set(service, .serving) }
    print("listening \(server.address)")
    // All streams: a reader at the other end of a pipe waits for this line.
    fflush(nil)
    _ = await terminationSignal()
    health.shutDown()
    await server.drain(grace: .seconds(2))
}

private func number(_ variable: String) -> Int? { getenv(variable).flatMap { Int(String(cString: $0)) } }

/// `echo.v1.Counts/Get`: what this process holds, as lines `name value`; the call that asks is among it.
private func countsService(_ server: @escaping @Sendable () -> RPCServer?) -> BoundService {
    BoundService(
        name: "echo.v1.Counts",
        methods: [
            BoundMethod(MethodName(service: "echo.v1.Counts", method: "Get")) { call in
                _ = try await call.next()
                guard let server = server() else { return }
                try await call.send(Array(counts(server.load, server.remainingBudget).utf8))
            }
        ])
}

func counts(_ load: ConnectionLoad, _ budget: Int) -> String {
    """
    descriptors \(descriptors())
    connections \(load.connections)
    calls \(load.calls)
    handlers \(load.handlers)
    octets \(load.octets)
    budget \(budget)
    """
}

func descriptors() -> Int {
    guard let directory = opendir("/proc/self/fd") else { return -1 }
    defer { closedir(directory) }
    // ".", ".." and the directory itself.
    var count = -3
    while readdir(directory) != nil { count += 1 }
    return count
}
