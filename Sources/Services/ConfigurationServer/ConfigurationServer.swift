import AgentLinks
import API
import Backups
import Contract
public import Environment
public import Hosting
import Logging
import Messages
import Model
import Receivers
public import RPC
import Store

/// The configuration server: home's registry, the only one to speak to vCenter, and a relay of commands to agents.
///
/// It is control plane: while it is down, replication, cuts, sealing and retention go on, and failover to the cloud
/// works (source statement S8). After a start it refuses item commands until it has synced with the vault (rule G9).
public struct ConfigurationServer: Service {
    let core: ConfigurationCore
    private let settings: ConfigurationSettings
    public let services: [BoundService]

    public static func start(_ settings: ConfigurationSettings, _ context: ServiceContext) async throws -> Self {
        let receiver = ReceiverStore(try await context.openStore(ConfigurationStore.schema))
        let store = ConfigurationStore(receiver)
        if try await store.beginLife() { context.log.warning("this server's database was restored from a backup") }
        let (environment, service) = (context.environment, settings.service)
        let backups = StoreBackups(
            StoreBackups.Plan(ConfigurationStore.schema, service, settings.backups, environment), receiver.database,
            environment, context.log, address: ConfigurationStore.address)
        let passphrase = try context.environment.files.readAll(settings.passphraseFile)
        let platform = PlatformClient(context.transport.channel(to: try parseAddress(settings.platform)))
        let platformReceiver = ReceiverClient(context.transport.channel(to: try parseAddress(settings.platform)))
        let assignPlatform = { @Sendable (assignment: Assignment) async throws -> Void in
            _ = try await calling("assign at the home platform") {
                try await platformReceiver.assign(
                    .with { $0.assignment = assignment.message }, CallOptions(timeout: platformTimeout))
            }
        }
        let core = ConfigurationCore(
            settings: settings, store: store, environment: environment, platform: platform, backups: backups,
            log: context.log, assignPlatform: assignPlatform)
        let links = AgentLinks(clock: context.environment.clock) { hello in try await core.greeted(hello) }
        let effects = Effects(receiver, component: "configuration-server", failpoints: context.environment.failpoints)
        let receiverHandler = ReceiverHandler(
            effects, clock: context.environment.clock,
            behind: ReceiverHandler.Behind(platformReceiver, patience: platformTimeout),
            // The home platform is behind this server, so an assignment here is one there.
            quiesce: { assignment in
                try await store.confirm(assignment.item)
                try await assignPlatform(assignment)
            })
        await core.connect(links)
        let kept = KeptBackups(service, settings.backups, environment)
        return ConfigurationServer(
            core: core, settings: settings,
            services: [
                RegistryHandler(core: core, passphrase: passphrase).bound(),
                ConfigurationHandler(core: core, effects: effects).bound(),
                PlatformForwarder(
                    platform: platform, core: core, failpoints: context.environment.failpoints
                ).bound(),
                receiverHandler.bound(),
                AgentLinkHandler(links).bound(),
                AgentRelayHandler(links, context.environment.failpoints).bound(),
                BackupsHandler(own: backups, kept: kept, component: service.id, environment: environment).bound(),
                BackupKeepingHandler(kept: kept, receiver: receiver).bound(),
            ], transport: context.transport)
    }

    private let transport: any Transport

    private init(
        core: ConfigurationCore, settings: ConfigurationSettings, services: [BoundService], transport: any Transport
    ) {
        self.core = core
        self.settings = settings
        self.services = services
        self.transport = transport
    }

    public func serving(at address: StreamAddress) async throws {
        let vault = InfrastructureClient(transport.channel(to: try parseAddress(settings.vault)))
        try await core.begin(at: address, vault: vault)
    }

    public func stop() async { await core.stop() }
}

/// Bound on a forwarded call to the platform; the vault's own deadline is shorter or the call is asked for again.
let platformTimeout: Duration = .seconds(60)
