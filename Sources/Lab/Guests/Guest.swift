public import Environment
import Ledger
import MachineFiles
import Model
import NBD

/// The guest of a lab machine: connects to its disks over the agent's NBD socket and works on them until it is told to
/// end. A changed workload in its configuration file ends the old workload in order and begins the new one.
public struct Guest: Sendable {
    /// How often the configuration file is looked at.
    private static let look = Duration.milliseconds(200)
    /// Between attempts to reach an agent that is still starting.
    private static let retry = Duration.milliseconds(50)
    /// An agent that has not served for so long is given up; the site host starts the guest again.
    private static let connectLimit = Duration.seconds(120)

    private let path: String
    private let environment: Environment

    public init(configuration path: String, _ environment: Environment) {
        self.path = path
        self.environment = environment
    }

    /// Returns when `stop` was called and what was in flight is flushed, or the workload is done.
    /// - Parameter stop: returns when the guest should end.
    public func run(until stop: @escaping @Sendable () async -> Void) async throws {
        let turn = Turn()
        let desk = GuestControlDesk(environment)
        if let socket = try read().controlSocket { try await desk.open(socket) }
        environment.tasks.spawn("guest end") {
            await stop()
            await turn.end()
        }
        while await !turn.isEnding {
            let configuration = try read()
            let status = StatusReport(configuration, environment)
            await turn.begin()
            let watch = environment.tasks.spawn("guest configuration") { await self.watch(configuration, turn) }
            do {
                try await work(configuration, status, turn, desk)
            } catch {
                watch.cancel()
                try? await status.end(.failed, "\(error)")
                throw error
            }
            watch.cancel()
            if await !turn.isStopped { return }
        }
    }

    private func read() throws -> GuestConfiguration {
        guard let configuration = try GuestConfiguration.read(path, environment.files) else {
            throw Failure(.notFound, "be a guest: there is no configuration \(path)")
        }
        return configuration
    }

    private func watch(_ configuration: GuestConfiguration, _ turn: Turn) async {
        while await !turn.isStopped {
            do { try await environment.clock.sleep(for: Self.look) } catch { return }
            // A file that is being replaced or cannot be read now is looked at again.
            if let now = try? read(), now != configuration { return await turn.stop() }
        }
    }

    // MARK: Workloads

    private func work(
        _ configuration: GuestConfiguration, _ status: StatusReport, _ turn: Turn, _ desk: GuestControlDesk
    ) async throws {
        try await status.publish(.starting)
        let disks = try await connect(configuration, turn)
        guard disks.count == configuration.disks.count else { return }
        try await status.bootActions()
        switch configuration.guest.kind {
        case .idle: try await idle(disks, status, turn)
        case .ledger: try await ledger(configuration, disks, status, turn, desk)
        case .script: try await script(configuration, disks, status, turn)
        case .files: try await files(configuration, disks, status, turn, desk)
        case .virtualMachine: throw Failure(.unsupported, "be a guest of kind virtual-machine: it is another program")
        }
        await desk.serve(nil)
        for disk in disks { await disk.close() }
    }

    private func connect(_ configuration: GuestConfiguration, _ turn: Turn) async throws -> [ReconnectingNBDClient] {
        let deadline = environment.clock.now() + Self.connectLimit
        var disks: [ReconnectingNBDClient] = []
        for disk in configuration.disks.sorted(by: { $0.index < $1.index }) {
            while await !turn.isStopped {
                do {
                    disks.append(
                        try await ReconnectingNBDClient.connect(
                            environment, .unix(path: configuration.nbdSocket), export: disk.id))
                    break
                } catch {
                    guard environment.clock.now() < deadline else { throw error }
                    try await environment.clock.sleep(for: Self.retry)
                }
            }
        }
        return disks
    }

    /// Writes nothing, so that an idle machine has nothing to replicate: a read and a flush answered prove its disks.
    private func idle(_ disks: [ReconnectingNBDClient], _ status: StatusReport, _ turn: Turn) async throws {
        for disk in disks {
            _ = try await disk.read(offset: 0, count: 512)
            try await disk.flush()
        }
        try await status.publish(.running, acknowledged: 0, first: true)
        await turn.stopped()
    }

    private func ledger(
        _ configuration: GuestConfiguration, _ disks: [ReconnectingNBDClient], _ status: StatusReport, _ turn: Turn,
        _ desk: GuestControlDesk
    ) async throws {
        let standstill = Standstill(environment)
        let log = try await AcknowledgementLog(environment, path: configuration.acknowledgements)
        let rate = configuration.guest.rate == 0 ? usualRate : Int(configuration.guest.rate)
        let guest = LedgerGuest(
            environment, disks: disks.map { NBDDisk($0) },
            LedgerConfiguration(
                machine: identity(configuration), site: configuration.site, seed: configuration.guest.seed,
                generation: configuration.generation, rate: rate, workingSet: workingSet,
                transaction: recordsPerTransaction),
            log: log, board: try board(configuration), standstill: standstill)
        await desk.serve(standstill)
        try await work(
            status, turn, run: { try await guest.run() }, stop: { await guest.stop() },
            count: { await guest.acknowledgedCount })
    }

    /// Outside the machines, beside their logs; each site has boards of its own. nil for a ledger that stands alone.
    private func board(_ configuration: GuestConfiguration) throws(Failure) -> AcknowledgementDirectory? {
        guard !configuration.guest.ledgerGroup.isEmpty else { return nil }
        let group = try GroupID(configuration.guest.ledgerGroup)
        return AcknowledgementDirectory(
            environment, directory: "\(configuration.acknowledgementsDirectory)/board.\(group).\(configuration.site)",
            machine: identity(configuration))
    }

    private func files(
        _ configuration: GuestConfiguration, _ disks: [ReconnectingNBDClient], _ status: StatusReport, _ turn: Turn,
        _ desk: GuestControlDesk
    ) async throws {
        let standstill = Standstill(environment)
        guard let disk = disks.first else { throw Failure(.invalidArgument, "be a guest of kind files: no disk") }
        let log = try await AcknowledgementLog(environment, path: configuration.acknowledgements)
        let rate = configuration.guest.rate == 0 ? usualFileRate : Int(configuration.guest.rate)
        let machine = identity(configuration)
        let guest = try await FilesGuest(
            environment, disk: NBDDisk(disk),
            // Another generation goes on with other choices.
            seed: configuration.guest.seed &+ configuration.generation &* 0x9e37_79b9, rate: rate, log: log,
            standstill: standstill,
            line: { [clock = environment.clock] in
                LogLine(
                    $0, machine: machine, site: configuration.site, generation: configuration.generation,
                    microseconds: clock.wallNow().microseconds)
            })
        await desk.serve(standstill)
        try await work(
            status, turn, run: { try await guest.run() }, stop: { await guest.stop() },
            count: { await guest.acknowledgedCount })
    }

    /// Runs a workload until its turn ends, and reports what it acknowledged.
    private func work(
        _ status: StatusReport, _ turn: Turn, run: () async throws -> Void,
        stop: @escaping @Sendable () async -> Void, count: @escaping @Sendable () async -> Int
    ) async throws {
        let reporting = environment.tasks.spawn("guest status") { await self.report(count, status, turn) }
        let stopping = environment.tasks.spawn("guest stop") {
            await turn.stopped()
            await stop()
        }
        defer {
            reporting.cancel()
            stopping.cancel()
        }
        try await run()
    }

    private func report(_ acknowledged: @Sendable () async -> Int, _ status: StatusReport, _ turn: Turn) async {
        var told = 0
        while await !turn.isStopped {
            let count = await acknowledged()
            if count > told {
                // A status that could not be written is written at the next look.
                let written: Void? = try? await status.publish(.running, acknowledged: UInt64(count), first: true)
                if written != nil { told = count }
            }
            do { try await environment.clock.sleep(for: told == 0 ? Self.retry : .seconds(1)) } catch { return }
        }
    }

    /// All lines of one phase; the seed says which: 1 home, 2 cloud, 3 home again.
    private func script(
        _ configuration: GuestConfiguration, _ disks: [ReconnectingNBDClient], _ status: StatusReport, _ turn: Turn
    ) async throws {
        let phases: [UInt64: WritesFile.Phase] = [1: .home, 2: .cloud, 3: .home2]
        guard let phase = phases[configuration.guest.seed] else {
            throw Failure(
                .invalidArgument, "be a script guest: its seed says the phase, 1 home, 2 cloud, 3 home2, and is "
                    + "\(configuration.guest.seed)")
        }
        let lane = environment.lanes.lane("guest script")
        let script = configuration.guest.script
        let text = try await lane.run { [files = environment.files] in try files.readAll(script) }
        let writes = try WritesFile.parse(text, diskSizes: disks.map(\.geometry.size))
        let log = try await AcknowledgementLog(environment, path: configuration.acknowledgements)
        try await PatternWriter(
            environment, disks: disks.map { NBDDisk($0) }, machine: identity(configuration), site: configuration.site,
            generation: configuration.generation, log: log
        ).run(writes, phase: phase)
        let count = UInt64(writes.count { $0.phase == phase })
        try await status.publish(.running, acknowledged: count, first: true, "phase \(phase.rawValue) is written")
        await turn.stopped()
    }

    /// A machine's copies have names of their own; what it writes goes by the name of the one at home.
    private func identity(_ configuration: GuestConfiguration) -> String {
        let name = configuration.machine
        let suffix = "-cloud"
        if configuration.site == "cloud" { return name.hasSuffix(suffix) ? String(name.dropLast(suffix.count)) : name }
        // One that was made in its place, at an alternate location: `app-01-alt3`.
        let end = name.lastIndex(of: "-").map { name[$0...] } ?? ""
        let isMade = end.hasPrefix("-alt") && !end.dropFirst(4).isEmpty && end.dropFirst(4).allSatisfy(\.isNumber)
        return isMade ? String(name.dropLast(end.count)) : name
    }
}

/// Writes a second of a ledger that names no rate: enough to keep every interval busy, little enough for two cores.
private let usualRate = 150
/// Records between two marks of a ledger: a tenth of a second of work.
private let recordsPerTransaction = 16
/// Changes of files a second of a workload that names no rate.
private let usualFileRate = 16
/// Blocks per disk of a ledger: small enough that each is written several times in a run.
private let workingSet = 512

/// Tells a workload when to end, and waits for it.
actor Turn {
    private(set) var isStopped = false
    private(set) var isEnding = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func begin() { isStopped = isEnding }

    func stop() {
        isStopped = true
        let waiting = waiting
        self.waiting = []
        for continuation in waiting { continuation.resume() }
    }

    func end() {
        isEnding = true
        stop()
    }

    /// Returns when the workload should end.
    func stopped() async {
        if isStopped { return }
        await withCheckedContinuation { waiting.append($0) }
    }
}
