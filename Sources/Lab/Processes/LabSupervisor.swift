import API
public import Environment
import EnvironmentLive
import Glibc
import MachineFiles
import Messages
import Model
public import RPC

/// What a lab needs of the world: files and clock, and a way to call its processes.
public struct LabWorld: Sendable {
    public let environment: Environment
    public let dial: @Sendable (StreamAddress) -> any Channel
    /// One line for people.
    public let say: @Sendable (String) -> Void
    /// What is going on now: a line that takes the place of the one before; empty when nothing is.
    public let tell: @Sendable (String) -> Void

    public init(
        _ environment: Environment, dial: @escaping @Sendable (StreamAddress) -> any Channel,
        say: @escaping @Sendable (String) -> Void, tell: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.environment = environment
        self.dial = dial
        self.say = say
        self.tell = tell
    }
}

/// Starts the processes of both sites and starts them again when they die, as a service manager would: after a pause
/// that the seed decides.
public actor LabSupervisor: ComponentSupervisor {
    /// Between a death and the start after it, in milliseconds.
    public static let usualPauses: ClosedRange<UInt64> = 200...5_000
    static let look = Duration.milliseconds(100)
    /// The slowest start: eight programs at once on two cores, debug build.
    static let startLimit = Duration.seconds(60)
    static let stopLimit = Duration.seconds(15)

    public nonisolated let layout: LabLayout
    public nonisolated var inside: LabLayout { layout }
    private let world: LabWorld
    private let runner = ProcessRunner()
    private let seed: UInt64
    private let pauses: ClosedRange<UInt64>
    private var random: Seeded
    private var lock: (any File)?
    private var record: LabRecord
    private var due: [String: MonotonicInstant] = [:]
    private var isStopping = false
    private var power: SitePower

    public init(
        _ layout: LabLayout, _ world: LabWorld, seed: UInt64, pauses: ClosedRange<UInt64> = usualPauses
    ) {
        self.layout = layout
        self.world = world
        self.seed = seed
        self.pauses = pauses
        random = Seeded(seed)
        power = SitePower(layout, world.environment.files)
        record = LabRecord(
            vault: layout.address("vault"), state: .starting, seed: seed,
            supervisor: ProcessFile(processID: getpid(), startTicks: 0, kernelBootID: ""), processes: [],
            identity: layout.hasTLS ? layout.operatorDirectory : nil)
    }

    // MARK: Start

    public nonisolated func check() async throws { try await Lab.check(layout, world) }

    /// The loop and the components run as the same user.
    public nonisolated func handOver(_ path: String) {}

    /// Returns when all processes answer that they are serving and the vault knows those that items need: what is asked
    /// of the vault next finds a whole lab. On a failure nothing is left running.
    public func start() async throws {
        lock = try layout.takeLock(world.environment.files)
        do {
            try prepare()
            for component in LabLayout.components { try startProcess(component) }
            try publish()
            for component in LabLayout.components { try await waitForHealth(component) }
            try await world.waitForRegistrations(within: Self.startLimit)
            record.state = .ready
            try publish()
        } catch {
            await stop()
            throw error
        }
    }

    private func prepare() throws {
        try layout.prepare(inside: inside, world.environment)
        try power.begin()
        if let own = runner.mark(of: getpid()) { record.supervisor = ProcessFile(own) }
        record.processes = LabLayout.components.map {
            LabRecord.Process(
                id: $0.id, program: $0.program, site: $0.site.rawValue, address: $0.addressText, log: layout.log($0),
                process: nil, starts: 0)
        }
    }

    private func startProcess(_ component: LabLayout.Component) throws {
        guard let place = record.processes.firstIndex(where: { $0.id == component.id }) else { return }
        let mark = try runner.start(
            layout.executable(component.program), ["--config", layout.configuration(component)],
            tag: "\(layout.directory)#\(component.id)", log: layout.log(component),
            environment: [(LiveFailpoints.holdsVariable, layout.holds(component))])
        record.processes[place].process = ProcessFile(mark)
        record.processes[place].starts += 1
    }

    private func waitForHealth(_ component: LabLayout.Component) async throws {
        let clock = world.environment.clock
        let deadline = clock.now() + Self.startLimit
        let health = HealthClient(world.dial(component.address))
        while clock.now() < deadline {
            let answer = try? await health.check(.init(), CallOptions(timeout: .seconds(2)))
            if answer?.status == .serving { return }
            guard runs(component.id) else {
                throw Failure(
                    .unavailable, "start \(component.id): it ended at once: \(lastLine(layout.log(component)))")
            }
            try await clock.sleep(for: Self.look)
        }
        throw Failure(
            .timedOut, "start \(component.id): not serving within \(Self.startLimit); see \(layout.log(component))")
    }

    private func runs(_ id: String) -> Bool {
        guard let process = record.processes.first(where: { $0.id == id })?.process else { return false }
        return runner.isRunning(process.mark)
    }

    private func lastLine(_ path: String) -> String {
        guard let bytes = try? world.environment.files.readAll(path) else { return "no log" }
        return String(decoding: bytes.suffix(2_000), as: UTF8.self).split(separator: "\n").last.map(String.init) ?? ""
    }

    private func publish() throws { try record.replace(layout.record, world.environment.files) }

    // MARK: Keeping

    /// Until `stop`.
    public func keep() async {
        while !isStopping {
            tend()
            do { try await world.environment.clock.sleep(for: Self.look) } catch { return }
        }
    }

    private func tend() {
        let now = world.environment.clock.now()
        var changed = obeyPower(now)
        for component in LabLayout.components where !power.isCut(component.site) && !runs(component.id) {
            guard let place = record.processes.firstIndex(where: { $0.id == component.id }) else { continue }
            if let instant = due[component.id] {
                guard now >= instant else { continue }
                due[component.id] = nil
                do { try startProcess(component) } catch { world.say("lab: \(error)") }
            } else {
                let pause = random.milliseconds(pauses)
                due[component.id] = now + pause
                record.processes[place].process = nil
                world.say("lab: \(component.id) ended, starting it again in \(pause.inMicroseconds / 1_000) ms")
            }
            changed = true
        }
        if changed { do { try publish() } catch { world.say("lab: \(error)") } }
    }

    /// Power of sites as it is demanded; true when something changed.
    private func obeyPower(_ now: MonotonicInstant) -> Bool {
        do {
            let (lost, back) = try power.obey(record)
            guard !lost.isEmpty || !back.isEmpty else { return false }
            for site in lost {
                for place in record.processes.indices where record.processes[place].site == site.rawValue {
                    record.processes[place].process = nil
                }
                world.say("lab: site \(site.rawValue) has no power")
            }
            for component in LabLayout.components where back.contains(component.site) { due[component.id] = now }
            for site in back { world.say("lab: site \(site.rawValue) has power again") }
            record.downSites = power.down.map(\.rawValue).sorted()
            return true
        } catch {
            world.say("lab: \(error)")
            return false
        }
    }

    /// `kill -9`; false when it does not run at this moment.
    public func kill(_ id: String) -> Bool { signal(id, SIGKILL) }

    /// Times that the process was started so far.
    public func starts(_ id: String) -> Int { record.processes.first { $0.id == id }?.starts ?? 0 }

    /// Keeps a process from running until `thaw`; what was sent to it waits.
    public func freeze(_ id: String) -> Bool { signal(id, SIGSTOP) }
    public func thaw(_ id: String) -> Bool { signal(id, SIGCONT) }

    private func signal(_ id: String, _ number: Int32) -> Bool {
        guard let process = record.processes.first(where: { $0.id == id })?.process else { return false }
        return runner.signal(process.mark, number)
    }

    // MARK: Stop

    /// Ends all that runs in this lab, machines too, guests before their agents. Their disks stay.
    public func stop() async {
        isStopping = true
        await endLab(record, layout, world)
        lock?.close()
        lock = nil
    }
}

/// Ends the processes of a lab by its record: site hosts first, which would start machines again.
func endLab(_ record: LabRecord, _ layout: LabLayout, _ world: LabWorld) async {
    let files = world.environment.files
    let marks = record.processes.sorted { ($0.program == "site-host" ? 0 : 1) < ($1.program == "site-host" ? 0 : 1) }
    await end(marks.filter { $0.program == "site-host" }.compactMap(\.process), world)
    for file in ["guest.pid", "agent.pid"] {
        var found: [ProcessFile] = []
        for site in [Site.home, .cloud] {
            for machine in (try? files.list(layout.machines(site))) ?? [] {
                let path = "\(layout.machines(site))/\(machine)/\(file)"
                if let process = try? ProcessFile.read(path, files) { found.append(process) }
            }
        }
        await end(found, world)
    }
    await end(marks.filter { $0.program != "site-host" }.compactMap(\.process), world)
    if files.exists(layout.record) { try? files.remove(layout.record) }
}

/// SIGTERM, and SIGKILL for what is left after the limit.
private func end(_ processes: [ProcessFile], _ world: LabWorld) async {
    let runner = ProcessRunner()
    let clock = world.environment.clock
    for process in processes { runner.signal(process.mark, SIGTERM) }
    let deadline = clock.now() + LabSupervisor.stopLimit
    while processes.contains(where: { runner.isRunning($0.mark) }) {
        if clock.now() >= deadline {
            for process in processes { runner.signal(process.mark, SIGKILL) }
            return
        }
        do { try await clock.sleep(for: .milliseconds(50)) } catch { return }
    }
}

func labStands(_ layout: LabLayout) -> Failure {
    Failure(
        .alreadyExists, "use the directory \(layout.directory) for a lab: one stands there already; stop it with "
            + "`homeward lab down --dir \(layout.directory)` or name another directory")
}

extension ProcessFile {
    init(_ mark: ProcessRunner.Mark) {
        self.init(processID: mark.processID, startTicks: mark.startTicks, kernelBootID: mark.kernelBootID)
    }

    var mark: ProcessRunner.Mark {
        ProcessRunner.Mark(processID: processID, startTicks: startTicks, kernelBootID: kernelBootID)
    }
}
