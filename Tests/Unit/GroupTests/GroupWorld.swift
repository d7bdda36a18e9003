import API
import Contract
import Environment
import Hosting
import IntervalFrames
import Ledger
import Logging
import MachineFiles
import Messages
import Model
import NBD
import RPC
import ScriptedSource
import Simulation
import Store
import Synchronization

@testable import Guests
@testable import MobilityAgent

/// Hooks that ask a guest at its socket; as live ones without their guard.
struct SocketHooks: GuestHooks {
    let environment: Environment
    let socket: String

    func freeze(_ call: HookCall) async throws(Failure) -> any FrozenGuest {
        try await ask("freeze", call)
        return Frozen(hooks: self, call: call)
    }

    func thaw(_ call: HookCall) async throws(Failure) { try await ask("thaw", call) }

    private func ask(_ verb: String, _ call: HookCall) async throws(Failure) {
        do {
            try await GuestControl.ask(environment, socket, GuestControl.line(verb, point: call.point, hold: call.hold))
        } catch { throw error as? Failure ?? Failure(.unavailable, "\(error)") }
    }

    private struct Frozen: FrozenGuest {
        let hooks: SocketHooks
        let call: HookCall

        func thaw() async throws(Failure) { try await hooks.thaw(call) }
    }
}

/// The same, but its members do not park: they release at once and say that they held.
struct UnparkedAgent: Service {
    let agent: MobilityAgent

    private struct Unparked: GroupCutting {
        let member: any GroupCutting
        var incarnation: UInt64 { member.incarnation }

        func hold(token: UInt64, lease: Duration) async -> GroupHoldAnswer {
            let answer = await member.hold(token: token, lease: lease)
            _ = await member.release(token: token)
            return answer
        }
        func release(token: UInt64) async -> Bool { true }
        func freeze(token: UInt64, hold: Duration, point: String) async -> String? {
            await member.freeze(token: token, hold: hold, point: point)
        }
        func thaw(token: UInt64) async -> (cause: String?, held: Duration) { await member.thaw(token: token) }
        func expectGroupCuts(every interval: Duration) async { await member.expectGroupCuts(every: interval) }
    }

    static func start(_ settings: AgentConfiguration, _ context: ServiceContext) async throws -> Self {
        var limits = SessionLimits()
        limits.groupMember = { Unparked(member: $0) }
        return Self(agent: try await MobilityAgent.start(settings, context, limits: limits))
    }

    var services: [BoundService] { agent.services }
    func serving(at address: StreamAddress) async throws { try await agent.serving(at: address) }
    func stop() async { await agent.stop() }
}

/// Two machines of one replication group with ledger guests that depend on each other, and the real process server and
/// master target between them and their replicas.
final class GroupWorld {
    static let machines = ["app-01", "db-01"]
    static let diskBytes = 24 * 4_096
    static let disksEach = 2

    let bench: DataPathWorld
    let homes: [SimulatedHost]
    private let media: [MemoryMedium]
    private let said = Said()
    private let ending = Flag()
    private let board = AcknowledgementBoard()
    private let isParking: Bool
    /// Aim between common cuts with all guests frozen.
    private let application: Duration
    /// Whose guests can stand still.
    private let frozen: [Bool]

    init(
        seed: UInt64, parking: Bool = true, application: Duration = .zero, frozen: [Bool] = [true, true]
    ) throws {
        isParking = parking
        self.application = application
        bench = try DataPathWorld(seed: seed)
        bench.processSettings.groupIntervalMilliseconds = 400
        let world = bench.world
        homes = Self.machines.enumerated().map { world.host($0.element, address: "127.0.1.\(10 + $0.offset)") }
        media = try Self.machines.map { _ in try MemoryMedium() }
        self.frozen = frozen.map { $0 && application > .zero }
        // A hold that comes to one member much later than to the other.
        var slow = LinkConditions()
        slow.latency = .milliseconds(2)...(.milliseconds(12))
        world.network.setConditions(slow, between: bench.processServer, and: homes[1])
        try makeDisks()
        bench.bootMasterTarget()
        bench.bootProcessServer()
        for index in homes.indices { bootAgent(index) }
        for index in homes.indices { try enable(index) }
        for index in homes.indices { bootGuest(index) }
    }

    static func disk(_ machine: Int, _ index: Int) -> String { "\(machines[machine])-disk-\(index)" }
    static func runDirectory(_ machine: Int) -> String { "/machines/\(machines[machine])" }
    static func bundle(_ machine: Int, _ index: Int) -> String { "/data/\(disk(machine, index))" }

    private static func disks(_ machine: Int) -> [CommonV1.Disk] {
        (0..<disksEach).map { index in
            .with {
                $0.id = disk(machine, index)
                $0.index = UInt32(index)
                $0.bytes = UInt64(diskBytes)
            }
        }
    }

    private func makeDisks() throws {
        @Sendable func make(_ bundle: String, _ files: any FileSystem) throws {
            try files.createDurably(bundle)
            let file = try files.open(bundle + "/disk.raw", .createNew)
            try file.truncate(to: Int64(Self.diskBytes))
            try file.sync()
            file.close()
            try files.syncDirectory(bundle)
        }
        for machine in homes.indices {
            try bench.on(homes[machine]) { environment in
                for index in 0..<Self.disksEach { try make(Self.bundle(machine, index), environment.files) }
                try environment.files.createDurably(Self.runDirectory(machine))
            }
            try bench.on(bench.masterTarget) { environment in
                for index in 0..<Self.disksEach {
                    try make("\(DataPathWorld.ownerDirectory)/\(Self.disk(machine, index))", environment.files)
                }
            }
        }
    }

    // MARK: Processes

    func bootAgent(_ machine: Int) {
        let process = EndpointRecord(id: "ps", address: "\(DataPathWorld.processAddress)")
        let settings = AgentConfiguration(
            machine: Self.machines[machine], site: "home", bootID: "boot-1", hostBootID: "host-1",
            runDirectory: Self.runDirectory(machine), address: "127.0.1.\(10 + machine)",
            disks: (0..<Self.disksEach).map {
                .init(
                    id: Self.disk(machine, $0), index: $0, bytes: Int64(Self.diskBytes),
                    bundle: Self.bundle(machine, $0))
            }, configurationServer: process)
        let (medium, said, isParking, isFrozen) = (media[machine], said, isParking, frozen[machine])
        let socket = RunDirectory(Self.runDirectory(machine)).guestSocket
        homes[machine].boot("agent") { environment in
            let context = ServiceContext(
                environment: environment, transport: StreamTransport(environment), store: { _ in .memory(medium) },
                log: Logger(label: settings.machine, factory: { _ in SaidLog(said) }))
            do {
                if isParking {
                    let hooks = isFrozen ? SocketHooks(environment: environment, socket: socket) : nil
                    let agent = try await MobilityAgent.start(settings, context, hooks: hooks)
                    _ = try await HostedService<MobilityAgent>.host(agent, settings, context)
                } else {
                    _ = try await HostedService<UnparkedAgent>.start(settings, context)
                }
                while true { try await environment.clock.sleep(for: .seconds(3_600)) }
            } catch { said.add("\(settings.machine) ended: \(error)") }
        }
    }

    func agent(_ machine: Int) -> Incarnation? { homes[machine].processes.first { $0.name == "agent" } }

    /// After its process was killed.
    func restartAgent(_ machine: Int) {
        agent(machine)?.kill()
        media[machine].kill()
        bootAgent(machine)
    }

    private func bootGuest(_ machine: Int) {
        let (said, ending, board) = (said, ending, board)
        let socket = RunDirectory(Self.runDirectory(machine)).guestSocket
        let transaction = application > .zero ? 6 : 0
        homes[machine].boot("guest") { environment in
            do {
                var disks: [any LedgerDisk] = []
                for index in 0..<Self.disksEach {
                    let socket = StreamAddress.unix(path: RunDirectory(Self.runDirectory(machine)).nbdSocket)
                    let client = try await ReconnectingNBDClient.connect(
                        environment, socket, export: Self.disk(machine, index))
                    disks.append(NBDDisk(client))
                }
                let standstill = Standstill(environment)
                let desk = GuestControlDesk(environment)
                await desk.serve(standstill)
                try await desk.open(socket)
                let guest = LedgerGuest(
                    environment, disks: disks,
                    LedgerConfiguration(
                        machine: Self.machines[machine], site: "home", seed: UInt64(machine + 1), generation: 1,
                        rate: 150, workingSet: 24, concurrency: 4, flushEvery: 50, transaction: transaction),
                    log: try await AcknowledgementLog(environment, path: "/acknowledgements"), board: board,
                    standstill: standstill)
                environment.tasks.spawn("end") {
                    while !ending.isSet { try? await environment.clock.sleep(for: .milliseconds(20)) }
                    await guest.stop()
                }
                try await guest.run()
            } catch { said.add("guest \(machine) ended: \(error)") }
            ending.finish()
        }
    }

    /// Guests end in order, then the agents are killed: the replicas are quiet.
    func end() throws {
        ending.set()
        try bench.world.run(limit: .seconds(60)) { ending.finished == homes.count }
        try bench.world.run(for: .seconds(3))
        for home in homes { home.kill() }
        try bench.world.run(for: .seconds(1))
    }

    /// Asks the guest itself.
    func isFrozen(_ machine: Int) throws -> Bool {
        let socket = RunDirectory(Self.runDirectory(machine)).guestSocket
        return try bench.on(homes[machine]) { environment in
            do { try await GuestControl.ask(environment, socket, "thaw nothing") } catch let failure as Failure {
                return failure.message != "it is not frozen"
            }
            return true
        }
    }

    var complaints: String { (said.all + bench.complaints).suffix(40).joined(separator: "\n") }

    // MARK: The vault

    private static func key(_ step: String, _ item: String) -> CommonV1.OperationKey {
        .with {
            $0.job = "job-1"
            $0.item = item
            $0.step = step
            $0.target = "all"
            $0.vaultEpoch = 1
        }
    }

    private func enable(_ machine: Int) throws {
        let item = Self.machines[machine]
        let application = UInt64(application / .microseconds(1))
        let generation = DataPathWorld.generation(1).message
        let assignment = CommonV1.Assignment.with {
            $0.item = item
            $0.generation = generation
            $0.activeSite = .home
            $0.replication = .out
            $0.processServer = "ps"
            $0.masterTarget = "mt"
        }
        try bench.perform { environment in
            let transport = StreamTransport(environment)
            let options = ScriptedVault.options
            let target = transport.channel(to: DataPathWorld.targetAddress)
            let process = transport.channel(to: DataPathWorld.processAddress)
            _ = try await TargetControlClient(target).adoptReplica(
                .with {
                    $0.key = Self.key("adopt", item)
                    $0.item = item
                    $0.disks = Self.disks(machine)
                    $0.blank = true
                }, options)
            for channel in [target, process] {
                _ = try await ReceiverClient(channel).assign(
                    .with {
                        $0.key = Self.key("assign", item)
                        $0.assignment = assignment
                    }, options)
            }
            _ = try await ProcessControlClient(process).openRelay(
                .with {
                    $0.key = Self.key("open-relay", item)
                    $0.item = item
                    $0.generation = generation
                    $0.masterTarget = .with {
                        $0.id = "mt"
                        $0.address = "\(DataPathWorld.targetAddress)"
                    }
                    $0.group = "shop"
                    $0.members = Self.machines
                    $0.groupApplicationIntervalUs = application
                }, options)
            try await Self.command(
                item, "assign-agent", .assign(.with { $0.assignment = assignment }), process, environment)
            try await Self.command(
                item, "open-session",
                .openSession(
                    .with {
                        $0.generation = generation
                        $0.processServer = .with {
                            $0.id = "ps"
                            $0.address = "\(DataPathWorld.processAddress)"
                        }
                        $0.intervalUs = 300_000
                        $0.fullCopy = true
                        $0.group = "shop"
                    }), process, environment)
        }
    }

    private static func command(
        _ machine: String, _ step: String, _ command: AgentV1.AgentCommand.Command, _ process: any Channel,
        _ environment: Environment
    ) async throws {
        for _ in 0..<100 {
            do {
                let result = try await AgentRelayClient(process).commandAgent(
                    .with {
                        $0.machine = machine
                        $0.command = .with {
                            $0.key = key(step, machine)
                            $0.command = command
                        }
                    }, CallOptions(timeout: .seconds(20)))
                guard result.code == 0 else { throw Failure(.internalError, "\(step): \(result.message)") }
                return
            } catch is RPCError { try await environment.clock.sleep(for: .milliseconds(200)) }
        }
        throw Failure(.timedOut, step)
    }

    func target<T: Sendable>(
        _ body: @escaping @Sendable (TargetControlClient) async throws -> T
    ) throws -> T {
        try bench.perform {
            try await body(TargetControlClient(StreamTransport($0).channel(to: DataPathWorld.targetAddress)))
        }
    }

    /// Newest first.
    func points(existing: Bool = true) throws -> [TargetV1.GroupPoint] {
        try target { target in
            try await target.listGroupPoints(
                .with {
                    $0.group = "shop"
                    $0.pageSize = 500
                    $0.existingOnly = existing
                }, ScriptedVault.options
            ).points
        }
    }

    func group() throws -> ProcessV1.Group {
        try bench.perform { environment in
            try await ProcessControlClient(StreamTransport(environment).channel(to: DataPathWorld.processAddress))
                .getGroup(.with { $0.group = "shop" }, ScriptedVault.options)
        }
    }

    /// Runs until so many more common points exist.
    func waitForPoints(_ more: Int) throws {
        let before = try points().first.map(\.name)
        for _ in 0..<200 {
            try bench.world.run(for: .milliseconds(200))
            let names = try points().map(\.name)
            let fresh = before.flatMap { names.firstIndex(of: $0) } ?? names.count
            if fresh >= more { return }
        }
        throw Failure(.timedOut, "\(more) more common points; \(try group())\n\(complaints)")
    }

    // MARK: Judging

    /// Moves both replicas to the point and judges their disks together.
    func judge(
        _ point: TargetV1.GroupPoint, applicationConsistent: Bool = false
    ) throws -> [LedgerChecker.Finding] {
        for member in point.members {
            _ = try target { target in
                try await target.moveReplica(
                    .with {
                        $0.key = Self.key("move-\(member.number)", member.item)
                        $0.item = member.item
                        $0.generation = DataPathWorld.generation(1).message
                        $0.number = member.number
                    }, ScriptedVault.options)
            }
        }
        let logs = try homes.map { home in
            try bench.on(home) { try LogLine.parse(try $0.files.readAll("/acknowledgements")) }
        }
        return try bench.on(bench.masterTarget) { environment in
            var images: [LedgerChecker.Image] = []
            for machine in Self.machines.indices {
                for index in 0..<Self.disksEach {
                    let path = "\(DataPathWorld.ownerDirectory)/\(Self.disk(machine, index))/disk.raw"
                    images.append(
                        LedgerChecker.Image(
                            machine: Self.machines[machine], disk: index, try environment.files.open(path, .read)))
                }
            }
            return try LedgerChecker.judge(
                images, logs: logs, mode: .prefix, together: true, applicationConsistent: applicationConsistent)
        }
    }
}

final class Flag: Sendable {
    private let state = Mutex((set: false, finished: 0))

    var isSet: Bool { state.withLock { $0.set } }
    var finished: Int { state.withLock { $0.finished } }
    func set() { state.withLock { $0.set = true } }
    func finish() { state.withLock { $0.finished += 1 } }
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
