import API
import Backups
import Environment
import Hosting
import Logging
import Messages
import Model
import RPC
import Simulation
import Store
import Synchronization
import VaultOrchestrator

@testable import ConfigurationServer

/// A simulated host with one program and its store, that can be killed, lost and started again.
final class Site {
    let host: SimulatedHost
    let address: String
    private(set) var medium: MemoryMedium
    private(set) var process: Incarnation?

    init(_ world: SimulatedWorld, _ name: String, _ address: String) throws {
        host = world.host(name, address: address)
        self.address = address
        medium = try MemoryMedium()
    }

    /// The disk with the store is lost; the backups' folder may lie elsewhere.
    func loseStore() throws {
        process?.kill()
        medium = try MemoryMedium()
    }

    func boot(_ body: @escaping @Sendable (ServiceContext) async throws -> Void) {
        let medium = medium
        process = host.boot { environment in
            let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let context = ServiceContext(
                environment: environment, transport: StreamTransport(environment), store: { _ in .memory(medium) },
                log: log)
            do {
                try environment.files.replace("/passphrase", with: Array("secret".utf8))
                try await body(context)
                try await environment.clock.sleep(for: .seconds(1_000_000))
            } catch {}
        }
        process?.atDeath { medium.kill() }
    }

    func service(_ id: String, _ site: String) -> ServiceSettings {
        .init(id: id, site: site, listen: "\(address):7100", stateDirectory: "/state")
    }
}

/// A vault and a configuration server that know each other; nothing else is there.
final class Sites {
    let world: SimulatedWorld
    let vault: Site
    let server: Site
    let backups: BackupSettings

    init(seed: UInt64 = 1, everySeconds: Int = 600, keep: Int = 3) throws {
        world = SimulatedWorld(seed: seed)
        vault = try Site(world, "vault", "10.0.2.2")
        server = try Site(world, "cs", "10.0.1.2")
        backups = BackupSettings(everySeconds: everySeconds, keep: keep)
    }

    func bootVault(restoring source: String? = nil, _ outcome: Outcome = Outcome()) {
        let settings = VaultSettings(
            service: vault.service("vault", "cloud"), platform: "10.0.2.1:7100", passphraseFile: "/passphrase",
            backups: backups)
        vault.boot { context in
            try await outcome.keep {
                if let source { _ = try await VaultOrchestrator.restore(from: source, settings, context) }
                _ = try await HostedService<VaultOrchestrator>.start(settings, context)
            }
        }
    }

    func bootServer(restoring source: String? = nil, at address: String? = nil, _ outcome: Outcome = Outcome()) {
        var service = server.service("cs", "home")
        if let address { service.listen = "\(address):7100" }
        let settings = configuration(service)
        server.boot { context in
            try await outcome.keep {
                if let source { _ = try await ConfigurationServer.restore(from: source, settings, context) }
                _ = try await HostedService<ConfigurationServer>.start(settings, context)
            }
        }
    }

    func configuration(_ service: ServiceSettings) -> ConfigurationSettings {
        var settings = ConfigurationSettings(
            service: service, platform: "10.0.1.1:7100", vault: "10.0.2.2:7100", passphraseFile: "/passphrase",
            staleMachineSeconds: 30)
        settings.backups = backups
        return settings
    }

    /// One call as a person makes it.
    func ask<T: Sendable>(
        _ site: Site, _ call: @escaping @Sendable (BackupsClient, CallOptions) async throws -> T
    ) throws -> T {
        let address = site.address
        return try world.perform { environment in
            let channel = StreamTransport(environment).channel(to: .ip(address, port: 7100))
            return try await call(BackupsClient(channel), CallOptions(timeout: .seconds(30), waitForReady: true))
        }
    }

    /// Once the vault has heard the configuration server.
    func settle() throws { try world.run(for: .seconds(5)) }

    func backUp(_ store: String = "vault") throws -> BackupV1.BackUpResponse {
        try ask(vault) { try await $0.backUp(.with { $0.store = store }, $1) }
    }

    func stores(_ site: Site? = nil) throws -> [String: BackupV1.StoreBackups] {
        let report = try ask(site ?? vault) { try await $0.getBackups(.init(), $1) }
        return Dictionary(report.stores.map { ("\($0.store)@\($0.keptAt)", $0) }) { $1 }
    }
}

/// What became of a start.
final class Outcome: Sendable {
    private let state = Mutex<(any Error)?>(nil)

    var failure: Failure? { state.withLock { $0 as? Failure } }

    func keep(_ body: () async throws -> Void) async throws {
        do { try await body() } catch {
            state.withLock { $0 = error }
            throw error
        }
    }
}
