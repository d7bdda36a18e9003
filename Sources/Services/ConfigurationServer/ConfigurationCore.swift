import AgentLinks
import API
import Backups
import Contract
import Environment
import Logging
import Messages
import Model
import RPC

/// What the configuration server knows while it runs: heartbeats, the link to the vault, stale machines.
actor ConfigurationCore {
    let store: ConfigurationStore
    let settings: ConfigurationSettings
    let environment: Environment
    let platform: PlatformClient
    let backups: StoreBackups
    let log: Logger
    let assignPlatform: @Sendable (Assignment) async throws -> Void
    var links: AgentLinks?
    private var heard: [String: (component: ConfigurationV1.Component, at: MonotonicInstant)] = [:]
    private var synced = false
    /// When the vault's assignments were last taken.
    private var confirmedAt: MonotonicInstant?
    /// Of a restored database; only its first opening makes any.
    private var hasUnconfirmed = true
    /// Items of which we hold more than the vault gave us at the last sync.
    private var above: Set<ItemID> = []
    private var address = ""
    private var tasks: [SpawnedTask] = []
    /// Boots of machines that are being stopped.
    var stopping: Set<String> = []

    /// Time between heartbeats that components and this server are asked for.
    static let heartbeat: Duration = .seconds(1)
    /// Between two questions for what a restored database holds and nobody has confirmed: rule G6 gives 30 seconds.
    private static let confirmationPause: Duration = .seconds(10)

    init(
        settings: ConfigurationSettings, store: ConfigurationStore, environment: Environment,
        platform: PlatformClient, backups: StoreBackups, log: Logger,
        assignPlatform: @escaping @Sendable (Assignment) async throws -> Void
    ) {
        self.settings = settings
        self.store = store
        self.environment = environment
        self.platform = platform
        self.backups = backups
        self.log = log
        self.assignPlatform = assignPlatform
    }

    func connect(_ links: AgentLinks) { self.links = links }

    // MARK: - The link to the vault

    func begin(at address: StreamAddress, vault: InfrastructureClient) async throws {
        self.address = "\(address)"
        try await store.serve(at: self.address)
        await backups.start()
        tasks.append(environment.tasks.spawn("vault link") { await self.linkForever(vault) })
    }

    func spawn(_ name: String, _ body: @escaping @Sendable () async -> Void) {
        tasks.append(environment.tasks.spawn(name, body))
    }

    func stop() async {
        await backups.stop()
        for task in tasks { task.cancel() }
        for task in tasks { await task.finished() }
        tasks = []
    }

    private func linkForever(_ vault: InfrastructureClient) async {
        while !Task.isCancelled {
            do { try await linkOnce(vault) } catch {
                log.debug("the vault does not answer", metadata: ["error": "\(error)"])
            }
            do { try await environment.clock.sleep(for: Self.heartbeat) } catch { return }
        }
    }

    private func linkOnce(_ vault: InfrastructureClient) async throws {
        let components = try await self.components()
        let higher = try await assignmentsAbove()
        let wanted = try await wantsAssignments()
        let clock = UInt64(clamping: environment.clock.wallNow().microseconds)
        let request = VaultV1.LinkConfigurationServerRequest.with {
            $0.component = me.changed { $0.figures[clockFigure] = clock }
            $0.databaseIncarnation = store.receiver.database.incarnation.text
            $0.components = components
            $0.wantsAssignments = wanted
            $0.higher = higher
        }
        let answer = try await vault.linkConfigurationServer(request, CallOptions(timeout: .seconds(5)))
        guard wanted else { return }
        confirmedAt = environment.clock.now()
        try await sync(answer.assignments)
    }

    /// After a start, and now and then while there are items of a restored database that the vault has not confirmed: a
    /// vault that was restored as well tells of none before its census has freed them.
    private func wantsAssignments() async throws -> Bool {
        guard synced else { return true }
        guard hasUnconfirmed else { return false }
        if let confirmedAt, environment.clock.now() - confirmedAt < Self.confirmationPause { return false }
        hasUnconfirmed = try await store.hasUnconfirmed()
        return hasUnconfirmed
    }

    /// As they are now; the vault judges by its own record, which may have risen above them since.
    private func assignmentsAbove() async throws -> [CommonV1.Assignment] {
        var found: [CommonV1.Assignment] = []
        for item in above.sorted(by: { $0.text < $1.text }) {
            if let assignment = try await store.receiver.assignment(of: item) { found.append(assignment.message) }
        }
        return found
    }

    /// Takes the vault's assignments: lower ones of ours rise. Ones that are higher, or of another vault with the same
    /// number, stay; the answer is a list of them, and each link to the vault tells of them (rules G8, G9).
    @discardableResult
    func sync(_ messages: [CommonV1.Assignment]) async throws -> [CommonV1.Assignment] {
        var higher: [CommonV1.Assignment] = []
        for message in messages {
            let assignment = try Assignment(message)
            let raised: Bool = try await store.receiver.database.write("assignments.sync") { [store] transaction in
                do {
                    _ = try store.receiver.assignments.assign(
                        assignment.item, assignment.generation, assignment.roles, in: transaction)
                    return true
                } catch let failure as Failure
                    where failure.code == .staleGeneration || failure.code == .generationConflict
                { return false }
            }
            if raised {
                try await store.confirm(assignment.item)
            } else if let mine = try await store.receiver.assignment(of: assignment.item) {
                // Nobody stops a machine by what only one of the two records says.
                higher.append(mine.message)
                above.insert(assignment.item)
            }
        }
        if !higher.isEmpty { log.critical("VAULT_BEHIND", metadata: ["items": "\(higher.map(\.item))"]) }
        if !synced { log.info("synced assignments with the vault", metadata: ["count": "\(messages.count)"]) }
        synced = true
        await stopStaleMachines()
        return higher
    }

    /// Item commands wait for the sync, so that a restored database cannot act on what it does not know.
    func requireSynced(_ what: String) throws(Failure) {
        guard synced else {
            throw Failure(.notSynced, "\(what): this server has not synced with the vault since its start; try again")
        }
    }

    // MARK: - Components

    func heartbeat(_ component: ConfigurationV1.Component, registers: Bool) async throws -> Bool {
        guard let id = component.endpoint?.id, !id.isEmpty else {
            throw Failure(.invalidArgument, "take a heartbeat: the component has no id")
        }
        if registers { try await store.register(component) }
        if heard[id] == nil, !registers {
            guard try await store.components().contains(where: { $0.endpoint?.id == id }) else { return false }
        }
        heard[id] = (component, environment.clock.now())
        return true
    }

    /// Registered components with the age of their last heartbeat (`UInt64.max` before the first since our start).
    func components() async throws -> [ConfigurationV1.Component] {
        let platformStatus = await platformStatus()
        let registered = try await store.components()
        // After the last wait: a heartbeat may have come meanwhile, and an age is never negative.
        let now = environment.clock.now()
        return registered.map { stored in
            guard let last = heard[stored.endpoint?.id ?? ""] else {
                return stored.changed { $0.silentUs = .max }
            }
            return last.component.changed { $0.silentUs = UInt64((now - last.at).inMicroseconds) }
        } + [
            .with {
                $0.endpoint = .with {
                    $0.id = "platform-\(settings.service.site)"
                    $0.address = settings.platform
                }
                $0.kind = .platform
                $0.site = .home
                $0.silentUs = platformStatus.connected ? 0 : .max
            }
        ]
    }

    /// What the platform says of itself; not connected when it does not answer (gate VCENTER_CONNECTED).
    func platformStatus() async -> PlatformV1.PlatformStatus {
        let status = try? await platform.getPlatform(
            PlatformV1.GetPlatformRequest(), CallOptions(timeout: .seconds(3), waitForReady: true))
        return status ?? .with { $0.connected = false }
    }

    func status() async -> ConfigurationV1.ConfigurationStatus {
        let platform = await platformStatus()
        let health = await backups.health()
        return .with {
            $0.backupAgeUs = health.newestAgeUs
            $0.backupAlert = health.alert
            $0.databaseIncarnation = store.receiver.database.incarnation.text
            $0.synced = synced
            $0.registeredAddress = address
            $0.vcenterConnected = platform.connected
        }
    }

    private var me: ConfigurationV1.Component {
        .with {
            $0.endpoint = .with {
                $0.id = settings.service.id
                $0.address = address
            }
            $0.kind = .configurationServer
            $0.site = .home
            $0.instance = store.receiver.database.incarnation.text + ".\(store.receiver.database.epoch)"
        }
    }

    // MARK: - Agents

    func greeted(_ hello: AgentV1.AgentHello) async throws {
        try await store.agentRegistered(hello)
        log.info("agent attached", metadata: ["machine": "\(hello.machine)", "boot": "\(hello.bootID)"])
        if synced { await stopIfStale(hello) }
    }

    private func stopStaleMachines() async {
        for agent in await links?.agents() ?? [] where agent.attached {
            if let hello = agent.hello { await stopIfStale(hello) }
        }
    }
}
