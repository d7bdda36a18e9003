import API
import Environment
import Logging
import Messages
import RPC
import Simulation
import Synchronization
import Testing

@testable import Hosting

/// `service.callers`, with certificates of every kind.
struct AuthorizationTests {
    private struct Call: ServerCall {
        let context: CallContext
        func next() async throws -> [UInt8]? { nil }
        func send(_ message: [UInt8]) async throws {}
    }

    /// The status of a call by the bearer of these URIs; nil for one without a certificate.
    private func code(_ uris: [String]?, _ service: String = "homeward.vault.v1.Items") async -> StatusCode {
        let context = CallContext(
            method: MethodName(service: service, method: "GetItem"), metadata: Metadata(), deadline: nil, peer: "p",
            identity: uris.map { PeerIdentity(uris: $0, dnsNames: ["vault"], serial: "1f") })
        let wasServed = Mutex(false)
        do {
            try await authorization(["homeward://cloud/vault", "homeward://home/agents"])
                .serve(Call(context: context)) { _ in wasServed.withLock { $0 = true } }
            return wasServed.withLock { $0 } ? .ok : .unknown
        } catch { return wasServed.withLock { $0 } ? .unknown : (error as? RPCError)?.code ?? .unknown }
    }

    @Test func `callers that are named are served, and others are not`() async {
        #expect(await code(["homeward://cloud/vault"]) == .ok)
        #expect(await code(["spiffe://elsewhere/x", "homeward://home/agents"]) == .ok)
        #expect(await code(["homeward://home/vault"]) == .permissionDenied)
        #expect(await code(["homeward://cloud/vault2"]) == .permissionDenied)
        #expect(await code([]) == .permissionDenied)
        #expect(await code(nil) == .unauthenticated)
    }

    private struct Idle: Service {
        struct Settings: ConfigurationFile { var service: ServiceSettings }

        let services: [BoundService] = []
        static func start(_ settings: Settings, _ context: ServiceContext) async throws -> Idle { Idle() }
        func serving(at address: StreamAddress) async throws {}
        func stop() async {}
    }

    /// The transport of simulation has no certificates: every caller is nobody.
    @Test(arguments: [(nil, StatusCode.ok), (["homeward://cloud/vault"], .unauthenticated)])
    func `a program asks its callers as its configuration says`(_ callers: [String]?, _ wanted: StatusCode) throws {
        let (code, health) = try SimulatedWorld(seed: 66).perform { environment in
            let settings = Idle.Settings(
                service: ServiceSettings(
                    id: "idle", site: "home", listen: "0.0.0.0:83", stateDirectory: "/s",
                    tls: TLSFiles(certificate: "/c", key: "/k", authority: "/a"), callers: callers))
            try settings.service.checkSecurity()
            let transport = StreamTransport(environment)
            let hosted = try await HostedService<Idle>.start(
                settings,
                ServiceContext(
                    environment: environment, transport: transport,
                    store: { _ in throw RPCError(.internal, "no store") },
                    log: Logger(label: "idle") { _ in SwiftLogNoOpLogHandler() }))
            let channel = transport.channel(to: hosted.address)
            let health = try await HealthClient(channel).check(.with { $0.service = "" }).status
            var code = StatusCode.ok
            do { _ = try await ChannelzClient(channel).getServers(.with { $0.maxResults = 1 }) } catch {
                code = (error as? RPCError)?.code ?? .unknown
            }
            await hosted.stop()
            return (code, health)
        }
        #expect(code == wanted && health == .serving)
    }

    @Test func `health answers everybody`() async {
        #expect(await code(["homeward://home/probe"], HealthHandler.serviceName) == .ok)
        #expect(await code(["homeward://home/probe"], "grpc.reflection.v1.ServerReflection") == .permissionDenied)
    }
}
