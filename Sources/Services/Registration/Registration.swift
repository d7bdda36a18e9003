import API
import Contract
public import Environment
import Hosting
public import Logging
public import Messages
public import Model
public import RPC

/// What a component is told about its registries in its configuration file, as `registries` and `passphraseFile`.
public struct RegistrationSettings: Hashable, Sendable {
    /// `host:port` of each: the configuration server, and for cloud-side components the vault as well.
    public var registries: [String]
    /// File with the passphrase of the site; a newline at its end is no part of it.
    public var passphraseFile: String

    public init(registries: [String], passphraseFile: String) {
        self.registries = registries
        self.passphraseFile = passphraseFile
    }

    /// A component has one registry or two; more is a mistake.
    public static let mostRegistries = 8

    public func validate() throws(Failure) {
        guard registries.count <= Self.mostRegistries else {
            throw Failure(.invalidArgument, "setting \"registries\" has more than \(Self.mostRegistries)")
        }
        for registry in registries { _ = try parseAddress(registry) }
    }
}

/// Keeps a component registered: registers with the passphrase, heartbeats with its figures, registers again when told
/// that it is not known. Each registry by itself, so that one that is down keeps no other waiting.
///
/// Nothing that the component does depends on it: replication goes on while every registry is down.
public actor Registration {
    private let settings: RegistrationSettings
    private let environment: Environment
    private let transport: any Transport
    private let log: Logger
    private let describe: @Sendable () async -> ConfigurationV1.Component
    private let reading: any Lane
    private var tasks: [SpawnedTask] = []

    /// Time between heartbeats until a registry asks for another.
    public static let interval: Duration = .seconds(1)
    /// What a registry may ask for.
    private static let intervals: ClosedRange<Duration> = .milliseconds(100)...(.seconds(60))
    private static let timeout: Duration = .seconds(5)

    /// - describe: the component as it is now, with its figures; asked before each heartbeat.
    public init(
        _ settings: RegistrationSettings, environment: Environment, transport: any Transport, log: Logger,
        describe: @escaping @Sendable () async -> ConfigurationV1.Component
    ) {
        self.settings = settings
        self.environment = environment
        self.transport = transport
        self.log = log
        self.describe = describe
        reading = environment.lanes.lane("registration")
    }

    /// Call once, when calls are served.
    public func begin() throws(Failure) {
        for registry in settings.registries {
            let client = RegistryClient(transport.channel(to: try parseAddress(registry)))
            tasks.append(environment.tasks.spawn("register at \(registry)") { await self.keep(registry, client) })
        }
    }

    public func stop() async {
        for task in tasks { task.cancel() }
        for task in tasks { await task.finished() }
        tasks = []
    }

    private func keep(_ registry: String, _ client: RegistryClient) async {
        var registered = false
        var answering = true
        while !Task.isCancelled {
            var wait = Self.interval
            do {
                let answer = registered ? try await heartbeat(client) : try await register(client)
                if answer.registered != registered || !answering {
                    log.info("registry", metadata: ["at": "\(registry)", "registered": "\(answer.registered)"])
                }
                (registered, answering) = (answer.registered, true)
                let asked = Duration.microseconds(Int64(clamping: answer.intervalUs))
                wait = min(max(asked, Self.intervals.lowerBound), Self.intervals.upperBound)
            } catch {
                if answering {
                    log.warning("a registry refuses", metadata: ["at": "\(registry)", "error": "\(error)"])
                }
                answering = false
            }
            do { try await environment.clock.sleep(for: wait) } catch { return }
        }
    }

    private func register(_ client: RegistryClient) async throws -> ConfigurationV1.RegistryAnswer {
        // Read each time: a passphrase that was changed is used at the next registration.
        let passphrase = try await reading.run { [files = environment.files, path = settings.passphraseFile] in
            try files.readAll(path)
        }
        let text = passphrase.last == UInt8(ascii: "\n") ? passphrase.dropLast() : passphrase[...]
        let component = await described()
        return try await client.registerComponent(
            .with {
                $0.component = component
                $0.passphrase = String(decoding: text, as: UTF8.self)
            }, CallOptions(timeout: Self.timeout))
    }

    private func heartbeat(_ client: RegistryClient) async throws -> ConfigurationV1.RegistryAnswer {
        let component = await described()
        return try await client.heartbeat(.with { $0.component = component }, CallOptions(timeout: Self.timeout))
    }

    /// With the time, so that a clock that is wrong is found out.
    private func described() async -> ConfigurationV1.Component {
        var component = await describe()
        component.figures[clockFigure] = UInt64(clamping: environment.clock.wallNow().microseconds)
        return component
    }
}
