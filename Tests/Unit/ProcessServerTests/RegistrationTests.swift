import API
import Contract
import Environment
import Hosting
import Logging
import Messages
import Model
import RPC
import Registration
import Simulation
import Synchronization
import Testing

/// Forgets who registered after some heartbeats.
private final class ForgetfulRegistry: RegistryService {
    let calls = Mutex<[String]>([])

    func registerComponent(
        _ request: ConfigurationV1.RegisterComponentRequest, _ context: CallContext
    ) async throws -> ConfigurationV1.RegistryAnswer {
        calls.withLock { $0.append("register \(request.passphrase) \(request.component?.endpoint?.id ?? "")") }
        return answer(request.passphrase == "secret")
    }

    func heartbeat(
        _ request: ConfigurationV1.HeartbeatRequest, _ context: CallContext
    ) async throws -> ConfigurationV1.RegistryAnswer {
        let count = calls.withLock { calls in
            calls.append("heartbeat \(request.component?.figures["relays"] ?? 0)")
            return calls.count
        }
        return answer(count != 4)
    }

    func listComponents(
        _ request: ConfigurationV1.ListComponentsRequest, _ context: CallContext
    ) async throws -> ConfigurationV1.ListComponentsResponse { ConfigurationV1.ListComponentsResponse() }

    private func answer(_ registered: Bool) -> ConfigurationV1.RegistryAnswer {
        .with {
            $0.registered = registered
            $0.intervalUs = 1_000_000
        }
    }
}

struct RegistrationTests {
    @Test func `a component registers, tells its figures, and registers again when it was forgotten`() throws {
        let world = SimulatedWorld(seed: 61)
        let registry = ForgetfulRegistry()
        let home = world.host("cs", address: "127.0.1.2")
        home.boot { environment in
            let server = try? await StreamTransport(environment).serve(
                .ip("127.0.1.2", port: 7_100), [registry.bound()])
            try? await environment.clock.sleep(for: .seconds(1_000))
            await server?.drain(grace: .zero)
        }
        world.host("ps", address: "127.0.1.3").boot { environment in
            do {
                let file = try environment.files.open("/passphrase", .create)
                try file.write(Array("secret\n".utf8), at: 0)
                let registration = Registration(
                    RegistrationSettings(registries: ["127.0.1.9:1", "127.0.1.2:7100"], passphraseFile: "/passphrase"),
                    environment: environment, transport: StreamTransport(environment), log: Logger(label: "test")
                ) {
                    .with {
                        $0.endpoint = .with { $0.id = "ps" }
                        $0.figures = ["relays": 2]
                    }
                }
                try await registration.begin()
                try await environment.clock.sleep(for: .seconds(1_000))
                await registration.stop()
            } catch {}
        }
        try world.run(for: .seconds(8))
        let calls = registry.calls.withLock { $0 }
        #expect(calls.prefix(4) == ["register secret ps", "heartbeat 2", "heartbeat 2", "heartbeat 2"])
        #expect(calls.dropFirst(4).first == "register secret ps")
        #expect(calls.count >= 6)
    }
}
