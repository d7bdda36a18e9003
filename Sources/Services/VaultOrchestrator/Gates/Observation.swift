import API
import Contract
import Environment
import Messages
import Model
import RPC

/// What was seen of one thing when gates were evaluated.
enum Seen<Value: Sendable>: Sendable {
    case value(Value)
    /// Whoever knows says that there is none.
    case absent
    /// Nobody who should know answered.
    case unreachable(String)
    case notAsked

    var value: Value? { if case .value(let value) = self { value } else { nil } }
}

/// Everything that gates look at, collected once, so that each gate is a pure evaluation of it.
struct Observation: Sendable {
    var at: UnixMicroseconds
    var item: ItemRecord
    var operation: Operation
    var discardDrill = false
    var statement: StoredStatement?
    /// All members of the group that the operation is over; empty when it is over the item alone.
    var members: [ItemRecord] = []
    /// When the configuration server was last heard; nil: never.
    var configurationSilence: Duration?
    var configurationIsFresh = false
    var strayAddress: String?
    /// The configuration server as it last linked itself.
    var configurationServer: ConfigurationV1.Component?
    var configuration: Seen<ConfigurationV1.ConfigurationStatus> = .notAsked
    var row: Seen<ConfigurationV1.ProtectedMachine> = .notAsked
    var homePlatform: Seen<PlatformV1.PlatformStatus> = .notAsked
    var cloudMachine: Seen<PlatformV1.Machine> = .notAsked
    /// For a reprotect home: what it left its disks in. For a failback: that it stayed off.
    var homeMachine: Seen<PlatformV1.Machine> = .notAsked
    /// The machine that a reprotect to an alternate location makes, and those of home that its name or the item's disks
    /// may clash with.
    var alternate: String?
    /// Where it is put; empty where home does not tell datastores or hosts apart, and nobody named one.
    var datastore = ""
    var host = ""
    var homeMachines: Seen<[PlatformV1.Machine]> = .notAsked
    var masterTarget: Seen<ConfigurationV1.Component> = .notAsked
    var masterTargetIsFresh = false
    var processServer: Seen<ConfigurationV1.Component> = .notAsked
    var processServerIsFresh = false
    /// The agent of the active copy.
    var agent: Seen<AgentV1.Agent> = .notAsked
    /// The machine of the active copy, for an operation that stops it; for a re-protect, that it is to be of.
    var sourceMachine: Seen<PlatformV1.Machine> = .notAsked
    var points: Seen<[TargetV1.RecoveryPoint]> = .notAsked
    /// For a drill, and for a failover to the cloud: where the machine is to run.
    var targetPlatform: Seen<PlatformV1.PlatformStatus> = .notAsked
    /// For a failover: its overlay, and what all that are failed over together take until commit.
    var estimatedOverlay: OverlayEstimate?
    var roomTogether: UInt64 = 0
    /// What all of them keep of what is overwritten.
    var undoTogether: UInt64 = 0
    /// Of a failover that does not take the newest point.
    var chosenPoint: UInt64?
    /// Of the item, at the master target, and serving: for a commit.
    var branches: Seen<[TargetV1.Branch]> = .notAsked
    /// Components whose clocks are further from the vault's than the limit.
    var skews: [(component: String, skewUs: Int64)] = []
    /// What the operation needs for all its items together, and what is promised to other jobs of that.
    var wanted = WantedCapacity()
    var promised: [StoredReservation] = []
    var replica: Seen<TargetV1.Replica> = .notAsked
    /// How far home's agent was with reading back what a failback gave it.
    var readBack: AgentV1.ReadBack?
    /// The commit is to wait for it.
    var waitsForCertificate = false

    init(_ item: ItemRecord, _ operation: Operation, at: UnixMicroseconds) {
        self.item = item
        self.operation = operation
        self.at = at
    }
}

/// Looks at the components that know what an operation's gates ask for. Reads only; each read is bounded.
struct Observer: Sendable {
    let vault: VaultContext

    init(_ vault: VaultContext) { self.vault = vault }

    func observe(
        _ item: ItemRecord, _ operation: Operation, masterTarget: String, processServer: String,
        alternate: String? = nil
    ) async -> Observation {
        var seen = Observation(item, operation, at: vault.now)
        let needsHome = operation.needsHome
        // Beside the others: nobody who needs nothing of it waits longer for it.
        async let configuration = needsHome ? nil : configurationStatus()
        if needsHome { seen = await home(item, operation) }
        seen.alternate = alternate
        component(masterTarget, &seen.masterTarget, &seen.masterTargetIsFresh)
        component(processServer, &seen.processServer, &seen.processServerIsFresh)
        switch operation {
        case .failover(let direction):
            seen.points = await points(item)
            seen.sourceMachine = await machine(item, direction.source)
            seen.agent = await agent(item, direction.source)
            if direction == .out { seen.targetPlatform = await platform(.cloud) }
            let untilCommitUs = vault.settings.timeUntilCommitUs ?? usualTimeUntilCommitUs
            seen.estimatedOverlay = OverlayEstimate(item, seen.points.value ?? [], untilCommitUs: untilCommitUs)
        case .reprotect:
            seen.agent = await agent(item, operation == .reprotect(.home) ? .cloud : .home)
            if operation == .reprotect(.out) { seen.sourceMachine = await machine(item, .home) }
        case .switchProcessServer, .moveMasterTarget, .renewReplica:
            if let direction = try? item.phaseValue()?.direction { seen.agent = await agent(item, direction.source) }
        case .excludeDisk:
            if let site = try? item.assignment().roles.activeSite { seen.agent = await agent(item, site) }
            seen.homeMachine = await machine(item, .home)
            seen.cloudMachine = await machine(item, .cloud)
        case .resync:
            if let direction = try? item.phaseValue()?.direction { seen.agent = await agent(item, direction.source) }
            seen.replica = await replica(item)
        case .drill:
            seen.points = await points(item)
            if let site = (try? item.phaseValue()).flatMap({ $0 })?.direction?.target {
                seen.targetPlatform = await platform(site)
            }
        case .pin: seen.points = await points(item)
        case .commit:
            seen.points = await points(item)
            seen.branches = await branches(item, seen.points)
        default: break
        }
        if needsHome { seen.cloudMachine = await machine(item, .cloud) }
        if case .unreachable(let why) = seen.configuration {
            // Home's machines are asked for by who has just not answered.
            (seen.homeMachine, seen.homeMachines) = (.unreachable(why), .unreachable(why))
        } else if needsHome {
            seen.homeMachine = await machine(item, .home)
            if case .unreachable(let why) = seen.homeMachine {
                seen.homeMachines = .unreachable(why)
            } else if operation == .reprotect(.home) {
                let disks = item.machineDisks.map(\.id) + (seen.homeMachine.value?.disks.compactMap(\.disk?.id) ?? [])
                seen.homeMachines = await homeMachines(
                    named: [item.displayName, alternate].compactMap { $0 }, with: Set(disks).sorted())
            }
        }
        seen.skews = vault.directory.skews
        if let status = await configuration {
            seen.configuration = status
            seen.configurationServer = vault.directory.configurationServer?.component
        }
        return seen
    }

    /// What every operation looks at, and no more.
    func everywhere(_ item: ItemRecord, _ operation: Operation) async -> Observation {
        var seen = Observation(item, operation, at: vault.now)
        seen.configuration = await configurationStatus()
        seen.configurationServer = vault.directory.configurationServer?.component
        seen.skews = vault.directory.skews
        return seen
    }

    /// For the warnings of an operation that does not need it: one that is silent is not waited for.
    private func configurationStatus() async -> Seen<ConfigurationV1.ConfigurationStatus> {
        guard let entry = vault.directory.configurationServer, let channel = try? vault.directory.configuration() else {
            return .unreachable("it was never heard")
        }
        guard vault.directory.isFresh(entry) else { return .unreachable("it was not heard lately") }
        return await seeing("look at the configuration server") {
            try await ConfigurationClient(channel).getConfigurationStatus(.init(), $0)
        }
    }

    /// What was stated before, looked at again right before the other copy is granted the machine.
    func stillDead(_ item: ItemRecord, _ direction: Direction, by statement: StoredStatement?) async -> Gate {
        var seen = Observation(item, .failover(direction), at: vault.now)
        seen.statement = statement
        // Beside each other: where all is dark each of them waits for its time.
        async let machine = machine(item, direction.source)
        async let agent = agent(item, direction.source)
        (seen.sourceMachine, seen.agent) = await (machine, agent)
        return sourceConfirmedOff(seen, direction, when: .atStep("granted"))
    }

    private func agent(_ item: ItemRecord, _ site: Site) async -> Seen<AgentV1.Agent> {
        let agent = await vault.agent(item[site].machine, at: site, preferring: item.processServer)
        return agent.map(Seen.value) ?? .absent
    }

    /// What the configuration server and vCenter say.
    func home(_ item: ItemRecord, _ operation: Operation = .failover(.home)) async -> Observation {
        var seen = Observation(item, operation, at: vault.now)
        let directory = vault.directory
        seen.strayAddress = directory.strayConfigurationAddress
        seen.configurationServer = directory.configurationServer?.component
        if let entry = directory.configurationServer {
            seen.configurationSilence = entry.silence(at: vault.environment.clock.now())
            seen.configurationIsFresh = directory.isFresh(entry)
        }
        do {
            let channel = try directory.configuration()
            let client = ConfigurationClient(channel)
            let status = try await asking("look at the configuration server", Patience.read) {
                try await client.getConfigurationStatus(.init(), $0)
            }
            seen.configuration = .value(status)
            seen.row = await seeing("read the row of item \(item.id)") {
                try await client.getProtectedMachine(.with { $0.item = item.id }, $0)
            }
            let platform = PlatformClient(channel)
            seen.homePlatform = await seeing("look at vCenter") { try await platform.getPlatform(.init(), $0) }
        } catch {
            let why = "\(error)"
            seen.configuration = .unreachable(why)
            seen.row = .unreachable(why)
            seen.homePlatform = .unreachable(why)
        }
        return seen
    }

    private func machine(_ item: ItemRecord, _ site: Site) async -> Seen<PlatformV1.Machine> {
        guard let channel = try? vault.directory.platform(site) else { return .unreachable("no address") }
        return await seeing("look at machine \(item[site].machine)") {
            try await PlatformClient(channel).getMachine(.with { $0.machine = item[site].machine }, $0)
        }
    }

    /// Those of these names or with these disks.
    private func homeMachines(named names: [String], with disks: [String]) async -> Seen<[PlatformV1.Machine]> {
        guard let channel = try? vault.directory.platform(.home) else { return .unreachable("no address") }
        var all: [PlatformV1.Machine] = []
        var token = ""
        for _ in 0..<Observer.mostPages {
            let page = await seeing("list the machines of home") { [token] in
                try await PlatformClient(channel).listMachines(
                    .with {
                        $0.pageSize = Page.largest
                        $0.pageToken = token
                        $0.names = names
                        $0.disks = disks
                    }, $0)
            }
            guard case .value(let page) = page else { return .unreachable("home's platform lists no machines") }
            all += page.machines
            token = page.nextPageToken
            if token.isEmpty { return .value(all) }
        }
        return .unreachable("home has more than \(all.count) machines")
    }

    /// Of the largest size: 10,000 machines, the most that one vCenter of that size is run with.
    private static let mostPages = 20

    private func platform(_ site: Site) async -> Seen<PlatformV1.PlatformStatus> {
        guard let channel = try? vault.directory.platform(site) else { return .unreachable("no address") }
        return await seeing("look at the platform at \(site.rawValue)") {
            try await PlatformClient(channel).getPlatform(.init(), $0)
        }
    }

    private func points(_ item: ItemRecord) async -> Seen<[TargetV1.RecoveryPoint]> {
        do { return .value(try await vault.points(of: item)) } catch { return .unreachable("\(error)") }
    }

    private func replica(_ item: ItemRecord) async -> Seen<TargetV1.Replica> {
        guard let channel = try? vault.directory.channel(of: item.masterTarget) else {
            return .unreachable("no address")
        }
        return await seeing("look at the replica of item \(item.id)") {
            try await TargetControlClient(channel).getReplica(.with { $0.item = item.id }, $0)
        }
    }

    /// A branch is named as its point's pin; most pins are of no branch.
    private func branches(
        _ item: ItemRecord, _ points: Seen<[TargetV1.RecoveryPoint]>
    ) async -> Seen<[TargetV1.Branch]> {
        guard let points = points.value else {
            return .unreachable("master target \(item.masterTarget) does not tell of its points")
        }
        guard let channel = try? vault.directory.channel(of: item.masterTarget) else {
            return .unreachable("no address")
        }
        let client = TargetControlClient(channel)
        var found: [TargetV1.Branch] = []
        for pin in Set(points.flatMap(\.pins)).sorted() {
            let seen = await seeing("look at branch \(pin)") { options in
                try await client.getBranch(
                    .with {
                        $0.item = item.id
                        $0.branch = pin
                    }, options)
            }
            switch seen {
            case .value(let branch) where branch.ended.isEmpty: found.append(branch)
            case .unreachable(let why): return .unreachable(why)
            case .value, .absent, .notAsked: break
            }
        }
        return .value(found)
    }

    private func component(_ id: String, _ seen: inout Seen<ConfigurationV1.Component>, _ fresh: inout Bool) {
        guard let entry = vault.directory.entry(id) else { return seen = .absent }
        seen = .value(entry.component)
        fresh = vault.directory.isFresh(entry)
    }
}

/// Reads what somebody else knows; bounded.
func seeing<T: Sendable>(
    _ what: String, _ call: @Sendable (CallOptions) async throws -> T
) async -> Seen<T> {
    do { return .value(try await asking(what, Patience.read, call)) } catch {
        return error.code == .notFound ? .absent : .unreachable("\(error)")
    }
}

extension VaultContext {
    /// Newest first, from the master target that holds them; the catalogue keeps a copy.
    func points(of item: ItemRecord) async throws -> [TargetV1.RecoveryPoint] {
        let client = TargetControlClient(try directory.channel(of: item.masterTarget))
        var points: [TargetV1.RecoveryPoint] = []
        var token = ""
        for _ in 0..<VaultContext.longestCatalogue {
            let page = try await asking("list the points of item \(item.id)", Patience.read) { [token] in
                try await client.listPoints(
                    .with {
                        $0.item = item.id
                        $0.pageSize = Page.largest
                        $0.pageToken = token
                    }, $0)
            }
            points += page.points
            token = page.nextPageToken
            if token.isEmpty { break }
        }
        var cached = TargetV1.ListPointsResponse()
        cached.points = Array(points.prefix(VaultContext.cachedPoints))
        try await store.saveCatalogue(cached, of: try item.itemID(), at: now)
        return points
    }

    /// Pages of points: 72 hours at one point in 5 s are 51,840.
    private static let longestCatalogue = 128
    /// A picture for when the master target is away, not a record.
    private static let cachedPoints = 1_000
}
