import API
import Blocks
import Contract
import Environment
import Hosting
import IntervalFrames
import Logging
import MachineFiles
import Messages
import Model
import NBD
import RPC
import Replicas
import ScriptedSource
import Simulation
import Store
import Synchronization
import Tracking

@testable import MobilityAgent

/// The agent with bounds so small that little disks meet them.
struct SmallAgent: Service {
    let agent: MobilityAgent

    static func start(_ settings: AgentConfiguration, _ context: ServiceContext) async throws -> Self {
        try await start(settings, context, hooks: nil)
    }

    static func start(
        _ settings: AgentConfiguration, _ context: ServiceContext, hooks: (any GuestHooks)?,
        comparedRanges: [Int]? = nil, passBytes: Int? = nil
    ) async throws -> Self {
        var limits = SessionLimits()
        if let comparedRanges { limits.comparedRanges = comparedRanges }
        if let passBytes { limits.passBytes = passBytes }
        limits.passThreshold = 12
        limits.passBlocks = 64
        limits.mergeStep = 2
        limits.mergeRest = 2
        return Self(agent: try await MobilityAgent.start(settings, context, hooks: hooks, limits: limits))
    }

    var services: [BoundService] { agent.services }
    func serving(at address: StreamAddress) async throws { try await agent.serving(at: address) }
    func stop() async { await agent.stop() }
}

/// A machine at home with its agent, and the real process server and master target that it replicates to.
final class AgentWorld {
    static let machine = "vm-1"
    static let hostBoot = "hostboot-1"
    static let runDirectory = "/machines/vm-1"
    static let address = "127.0.1.10"

    let bench: DataPathWorld
    let home: SimulatedHost
    private let medium: MemoryMedium
    private let said = Said()
    private var stopping = Flag()
    /// The guest's side of freeze and thaw; nil: it has none.
    var hooks: ScriptedHooks?
    /// What its platform says of its disks at the next boot.
    var disks = DataPathWorld.disks
    /// Levels of comparisons at the next boot; nil: as they are.
    var comparedRanges: [Int]?
    var passBytes: Int?
    var scrubIntervalUs: UInt64?

    init(seed: UInt64, enabled: Bool = true, allocatedTarget: Bool = false) throws {
        bench = try DataPathWorld(seed: seed)
        home = bench.world.host("home", address: Self.address)
        medium = try MemoryMedium()
        try makeDisks(seed)
        guard enabled else { return }
        try bench.attachBlankDisks(allocated: allocatedTarget)
        bench.bootMasterTarget()
        bench.bootProcessServer()
        let machine = bench.machine(seed: seed)
        try bench.perform { try await ScriptedVault($0).enable(machine, relay: true) }
    }

    static func bundle(_ index: Int) -> Bundle { bundle(of: DataPathWorld.disks[index].id) }
    static func bundle(of disk: DiskID) -> Bundle { Bundle("/data/machine-\(machine)/\(disk.text)") }

    private func makeDisks(_ seed: UInt64) throws {
        try bench.on(home) { environment in
            for (index, disk) in DataPathWorld.disks.enumerated() {
                let bundle = Self.bundle(index)
                try environment.files.createDurably(bundle.path)
                let file = try environment.files.open(bundle.disk, .createNew)
                try file.truncate(to: Int64(disk.bytes))
                for block in stride(from: 0, to: disk.bytes / blockSize, by: 3) {
                    try file.write(environment.random.bytes(blockSize), at: Int64(block * blockSize))
                }
                try file.sync()
                file.close()
                try environment.files.syncDirectory(bundle.path)
            }
            try environment.files.createDurably(Self.runDirectory)
        }
    }

    // MARK: the agent's life

    func place(_ grant: GrantFile?) throws {
        try bench.on(home) { environment in
            try environment.files.createDirectory(Self.runDirectory)
            let path = RunDirectory(Self.runDirectory).grant
            if let grant {
                try grant.replace(path, environment.files)
            } else if environment.files.exists(path) {
                try environment.files.remove(path)
            }
        }
    }

    static func grant(
        _ generation: UInt64, kind: GrantFile.Kind = .active, overlay: Bool = false, hostBoot: String = hostBoot,
        leftOut: [String]? = nil
    ) -> GrantFile {
        GrantFile(
            item: DataPathWorld.item.text, machine: machine,
            generation: GenerationRecord(DataPathWorld.generation(generation)), kind: kind, hostBootID: hostBoot,
            processServers: [EndpointRecord(id: "ps", address: "\(DataPathWorld.processAddress)")], overlay: overlay,
            leftOut: leftOut)
    }

    /// Its configuration server is the process server of the bench, which relays commands as well.
    var settings: AgentConfiguration {
        let disks = disks.enumerated().map { index, disk in
            AgentConfiguration.Disk(
                id: disk.id.text, index: index, bytes: Int64(disk.bytes), bundle: Self.bundle(of: disk.id).path)
        }
        return AgentConfiguration(
            machine: Self.machine, site: "home", bootID: "boot-1", hostBootID: Self.hostBoot,
            runDirectory: Self.runDirectory, address: Self.address, disks: disks,
            configurationServer: EndpointRecord(id: "ps", address: "\(DataPathWorld.processAddress)"),
            scrubIntervalUs: scrubIntervalUs)
    }

    func boot(fencedBelow: UInt64? = nil, branch: String? = nil) {
        let settings = settings.with(fencedBelow: fencedBelow, branch: branch)
        stopping = Flag()
        let (medium, said, stopping, hooks, ranges) = (medium, said, stopping, hooks, comparedRanges)
        let passBytes = passBytes
        home.boot("agent") { environment in
            let context = ServiceContext(
                environment: environment, transport: StreamTransport(environment), store: { _ in .memory(medium) },
                log: Logger(label: "agent", factory: { _ in SaidLog(said) }))
            do {
                let own = hooks.map { HooksOfIncarnation(hooks: $0, environment: environment) }
                let agent = try await SmallAgent.start(
                    settings, context, hooks: own, comparedRanges: ranges, passBytes: passBytes)
                let hosted = try await HostedService<SmallAgent>.host(agent, settings, context)
                while !stopping.isSet { try await environment.clock.sleep(for: .milliseconds(50)) }
                await hosted.stop()
            } catch { said.add("agent ended: \(error)") }
            stopping.finish()
        }
    }

    /// `kill -9`, also of its guest.
    func kill() {
        home.kill()
        medium.kill()
    }

    var agentLives: Bool { home.processes.contains { $0.name == "agent" } }

    /// SIGTERM.
    func stop() throws {
        askToStop()
        try bench.world.run(limit: .seconds(60)) { hasStopped }
    }

    func askToStop() { stopping.set() }
    var hasStopped: Bool { stopping.isFinished }

    var allComplaints: String { (said.all + bench.complaints).joined(separator: "\n") }
    var complaints: String { (said.all + bench.complaints).suffix(60).joined(separator: "\n") }

    // MARK: the guest

    /// Does something with the disks as the guest, which waits for the agent to serve them.
    @discardableResult
    func guest<T: Sendable>(_ body: @escaping @Sendable ([NBDClient], Environment) async throws -> T) throws -> T {
        do {
            return try bench.on(home) { environment in
                var clients: [NBDClient] = []
                for disk in DataPathWorld.disks {
                    clients.append(try await Self.connect(environment, export: disk.id.text))
                }
                defer { for client in clients { environment.tasks.spawn("close") { await client.close() } } }
                return try await body(clients, environment)
            }
        } catch let failure as Failure {
            throw Failure(failure.code, "\(failure.message)\n\(complaints)")
        }
    }

    static func connect(_ environment: Environment, export: String) async throws -> NBDClient {
        let socket = StreamAddress.unix(path: RunDirectory(runDirectory).nbdSocket)
        for _ in 0..<400 {
            if let client = try? await NBDClient.connect(environment, socket, export: export) { return client }
            try await environment.clock.sleep(for: .milliseconds(50))
        }
        throw Failure(.timedOut, "connect to \(export)")
    }

    /// Writes of every kind all over the disks; each is acknowledged when this returns.
    func scribble(_ count: Int = 20) throws {
        try guest { clients, environment in try await Self.scribble(clients, environment, count) }
    }

    static func scribble(_ clients: [NBDClient], _ environment: Environment, _ count: Int) async throws {
        for _ in 0..<count {
            let index = Int(environment.random.nextUInt64() % UInt64(clients.count))
            let sectors = UInt64(DataPathWorld.disks[index].bytes / 512)
            let first = environment.random.nextUInt64() % sectors
            let length = min(1 + environment.random.nextUInt64() % 24, sectors - first)
            let (offset, bytes) = (Int64(first * 512), Int(length * 512))
            switch environment.random.nextUInt64() % 10 {
            case 0: try await clients[index].trim(offset: offset, count: Int64(bytes))
            case 1: try await clients[index].writeZeroes(offset: offset, count: Int64(bytes))
            case 2: try await clients[index].flush()
            case 3, 4:
                let held = try await clients[index].read(offset: offset, count: bytes)
                try await clients[index].write(held, at: offset)
            default: try await clients[index].write(environment.random.bytes(bytes), at: offset)
            }
        }
    }

    // MARK: the vault

    func key(_ step: String, job: String = "job-1") -> CommonV1.OperationKey {
        .with {
            $0.job = job
            $0.item = DataPathWorld.item.text
            $0.step = step
            $0.target = Self.machine
            $0.vaultEpoch = 1
        }
    }

    /// Sends a command until it was answered; the answer may be a refusal.
    func command(
        _ step: String, job: String = "job-1", _ command: AgentV1.AgentCommand.Command
    ) throws -> AgentV1.AgentCommandResult {
        let key = key(step, job: job)
        return try bench.perform { environment in
            let relay = AgentRelayClient(StreamTransport(environment).channel(to: DataPathWorld.processAddress))
            let request = AgentV1.CommandAgentRequest.with {
                $0.machine = Self.machine
                $0.command = .with {
                    $0.key = key
                    $0.command = command
                }
            }
            for _ in 0..<300 {
                do {
                    let result = try await relay.commandAgent(request, CallOptions(timeout: .seconds(60)))
                    // Asked again while the first asking still runs, or cut off by the agent's death.
                    if result.code == 0 || !["still running", "cancelled"].contains(where: result.message.contains) {
                        return result
                    }
                } catch is RPCError {}
                try await environment.clock.sleep(for: .milliseconds(200))
            }
            throw Failure(.timedOut, "command \(step)")
        }
    }

    func assign(
        _ number: UInt64, site: CommonV1.Site = .home, leftOut: [String] = []
    ) throws -> AgentV1.AgentCommandResult {
        try command(
            "assign-\(number)",
            .assign(
                .with {
                    $0.assignment = .with {
                        $0.item = DataPathWorld.item.text
                        $0.generation = DataPathWorld.generation(number).message
                        $0.activeSite = site
                        $0.replication = .out
                        $0.processServer = "ps"
                        $0.masterTarget = "mt"
                    }
                    $0.leftOut = leftOut
                }))
    }

    func compare() throws -> AgentV1.AgentCommandResult { try openSession(1, step: "compare", compare: true) }

    func openSession(
        _ number: UInt64, step: String? = nil, full: Bool = false, compare: Bool = false,
        interval: Duration = .milliseconds(500), application: Duration = .zero,
        at address: StreamAddress = DataPathWorld.processAddress
    ) throws -> AgentV1.AgentCommandResult {
        try command(
            step ?? "open-\(number)",
            .openSession(
                .with {
                    $0.generation = DataPathWorld.generation(number).message
                    $0.processServer = .with {
                        $0.id = "ps"
                        $0.address = "\(address)"
                    }
                    $0.intervalUs = UInt64(interval / .microseconds(1))
                    $0.fullCopy = full
                    $0.compare = compare
                    $0.applicationIntervalUs = UInt64(application / .microseconds(1))
                }))
    }

    func fence(_ number: UInt64) throws -> AgentV1.AgentCommandResult {
        try command("fence-\(number)", .fence(.with { $0.generation = DataPathWorld.generation(number).message }))
    }

    func drain(_ number: UInt64) throws -> AgentV1.AgentCommandResult {
        try command("drain-\(number)", .drain(.with { $0.generation = DataPathWorld.generation(number).message }))
    }

    func status() throws -> AgentV1.AgentStatus { try agent().status ?? AgentV1.AgentStatus() }

    func agent() throws -> AgentV1.Agent {
        try bench.perform { environment in
            let relay = AgentRelayClient(StreamTransport(environment).channel(to: DataPathWorld.processAddress))
            return try await relay.getAgent(.with { $0.machine = Self.machine }, ScriptedVault.options)
        }
    }

    // MARK: looking

    func waitUntil(_ what: String, limit: Int = 200, _ condition: () throws -> Bool) throws {
        for _ in 0..<limit {
            if try condition() { return }
            try bench.world.run(for: .milliseconds(500))
        }
        let status = try? status()
        throw Failure(.timedOut, "\(what); \(status?.tracking ?? .unspecified) \(status?.cause ?? "")\n\(complaints)")
    }

    /// The guest is quiet: the replica's disks become what the guest's are.
    func waitForEqualDisks() throws {
        try waitUntil("the replica equals the machine") { try content() == bench.attachedContent() }
    }

    /// As the guest reads them.
    func readDisks() throws -> [[UInt8]] {
        try guest { clients, _ in
            var out: [[UInt8]] = []
            for (client, disk) in zip(clients, DataPathWorld.disks) {
                out.append(try await client.read(offset: 0, count: Int(disk.bytes)))
            }
            return out
        }
    }

    func flush() throws {
        try guest { clients, _ in for client in clients { try await client.flush() } }
    }

    func content() throws -> [[UInt8]] {
        try bench.on(home) { environment in
            try DataPathWorld.disks.indices.map { try environment.files.readAll(Self.bundle($0).disk) }
        }
    }

    /// As a master target releases the disks: at point 9 of generation 1, block 3 ahead.
    func handOver(generation: UInt64) throws {
        try bench.on(home) { environment in
            for (index, disk) in DataPathWorld.disks.enumerated() {
                var lineage = LineageRecord(diskID: diskIdentity(disk.id), size: Int64(disk.bytes))
                lineage.begin(Blocks.Generation(DataPathWorld.generation(1)), at: .origin)
                lineage.begin(
                    Blocks.Generation(DataPathWorld.generation(generation)),
                    at: Blocks.PointID(generation: 1, number: 9))
                lineage.state = .released
                let record = HandoverRecord(lineage: lineage, changes: BlockSet([3]))
                try environment.files.replace(Self.bundle(index).lineage, with: record.encoded())
            }
        }
    }

    /// First protection: assignment in place, then a full copy.
    func protect() throws {
        boot()
        for result in [try assign(1), try openSession(1, full: true)] where result.code != 0 {
            throw Failure(.internalError, "\(result.message)\n\(complaints)")
        }
    }
}

final class Flag: Sendable {
    private let state = Mutex((set: false, finished: false))

    var isSet: Bool { state.withLock { $0.set } }
    var isFinished: Bool { state.withLock { $0.finished } }
    func set() { state.withLock { $0.set = true } }
    func finish() { state.withLock { $0.finished = true } }
}

final class Said: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
}

struct SaidLog: LogHandler {
    let said: Said
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    init(_ said: Said) { self.said = said }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let details = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        said.add("\(event.level) \(event.message) \(details.joined(separator: " "))")
    }
}

extension AgentConfiguration {
    fileprivate func with(fencedBelow: UInt64?, branch: String?) -> Self {
        var copy = self
        (copy.fencedBelow, copy.branch) = (fencedBelow, branch)
        return copy
    }
}
