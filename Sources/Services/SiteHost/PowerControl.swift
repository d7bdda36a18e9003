import Environment
import Logging
import MachineFiles
import Model

/// What machines should be, and the keeping of what runs to it.
///
/// ```
///            power on                    power off, keep agent
///   off ───────────────► on ────────────────────────────────► draining
///    ▲                    │ power off                             │ power off
///    └────────────────────┴───────────────────────────────────────┘
/// ```
/// The row changes first, durably, then programs are started or stopped; so after a crash of the site host the row
/// says where to go on. A program that ended while the row wants it is started again within the same boot.
/// Callers of what changes a machine hold its turn.
actor PowerControl {
    /// How often programs are looked at: an agent's end is a stall for its guest of at most 2 s in all.
    static let look = Duration.milliseconds(50)
    /// How long an agent may take to write down its state when told to end. One that is killed leaves blocks in doubt,
    /// and a sync on a busy disk can take longer than one would think.
    static let agentGrace = Duration.seconds(30)
    /// How long a killed program may take to be gone; longer means it hangs in the kernel.
    static let killWait = Duration.seconds(5)

    let hostBoot: HostBootID
    private let store: SiteHostStore
    private let processes: MachineProcesses
    private let turns: Turns
    private let environment: Environment
    private let lane: any Lane
    private let log: Logger

    /// The rows, written through.
    private var records: [MachineID: MachineRecord] = [:]
    private var paces: [MachineID: [MachineProgramKind: RestartPace]] = [:]
    private var supervision: SpawnedTask?

    init(
        _ hostBoot: HostBootID, _ store: SiteHostStore, _ processes: MachineProcesses, _ turns: Turns,
        _ environment: Environment, lane: any Lane, log: Logger
    ) {
        self.hostBoot = hostBoot
        self.store = store
        self.processes = processes
        self.turns = turns
        self.environment = environment
        self.lane = lane
        self.log = log
    }

    // MARK: Rows

    func record(_ machine: MachineID) throws(Failure) -> MachineRecord {
        guard let record = records[machine] else {
            throw Failure(.notFound, "find machine \(machine): there is none at this site", on: [Subject(machine)])
        }
        return record
    }

    func known(_ machine: MachineID) -> MachineRecord? { records[machine] }
    func all() -> [MachineRecord] { records.values.sorted { $0.id < $1.id } }

    func add(_ record: MachineRecord) { records[record.id] = record }

    func remove(_ machine: MachineID) async throws {
        try await store.delete(machine)
        records[machine] = nil
        paces[machine] = nil
    }

    @discardableResult
    func change(
        _ machine: MachineID, _ body: @Sendable (inout MachineRecord) -> Void
    ) async throws -> MachineRecord {
        var record = try record(machine)
        body(&record)
        try await store.update(record)
        records[machine] = record
        return record
    }

    func observe(_ record: MachineRecord) async throws -> MachineProcesses.Observation {
        try await lane.run { [processes] in try processes.observe(record) }
    }

    // MARK: Start of the site host

    /// Reads the rows, adopts what runs, and ends what is left of an earlier boot of the host. Answers the machines
    /// that had power when the host went down and are to be started by themselves; the others have no power now.
    func recover() async throws -> [MachineID] {
        for record in try await store.machines() { records[record.id] = record }
        var returning: [MachineID] = []
        for record in all() {
            try await lane.run { [processes] in try processes.adopt(record.id) }
            guard record.hostBootID != hostBoot.text else { continue }
            for kind in [MachineProgramKind.guest, .agent] { try await stop(kind, record.id, grace: .zero) }
            guard record.wanted != .off else { continue }
            if record.wanted == .on, record.branch == nil, processes.configuration.autostart ?? false {
                returning.append(record.id)
            } else {
                let now = UnixMicroseconds(environment.clock.wallNow().microseconds)
                try await change(record.id) { row in
                    row.wanted = .off
                    row.powerChanged = now
                }
            }
            log.notice("host booted", metadata: ["machine": "\(record.id)"])
        }
        return returning
    }

    func supervise() {
        supervision = environment.tasks.spawn("site-host.supervise") { [weak self, clock = environment.clock] in
            while let self, await self.tendAll() {
                do { try await clock.sleep(for: PowerControl.look) } catch { return }
            }
        }
    }

    /// Machines run on: they are not ours to stop.
    func stop() async {
        supervision?.cancel()
        await supervision?.finished()
    }

    // MARK: Power

    /// A new boot of the machine: the row, then the configurations of its programs. They are started by `tend`.
    func powerOn(
        _ machine: MachineID, wanted: WantedPower, grant: GrantFile?, unchecked: Bool,
        prepare: @escaping @Sendable (MachineRecord) throws -> Void
    ) async throws {
        let bootID = "boot-\(hexadecimal(environment.random.bytes(8)))"
        let generation = try grant?.generation.value()
        let now = UnixMicroseconds(environment.clock.wallNow().microseconds)
        let before = try record(machine)
        let seen = try await observe(before)
        var next = before
        next.attributes = observedAttributes(before, seen)
        next.wanted = wanted
        next.unchecked = unchecked
        next.bootID = bootID
        next.hostBootID = hostBoot.text
        // A test machine's grant is of no item's generation.
        if !unchecked, before.branch == nil { next.grant = generation }
        next.powerChanged = now
        let written = next
        // The files first: a row that says on is started from them, also by the next site host.
        try await lane.run { try prepare(written) }
        environment.failpoints.reach("site-host.power.prepared")
        try await store.update(written)
        records[machine] = written
        paces[machine] = nil
        environment.failpoints.reach("site-host.power.on")
        try await tend(written)
    }

    /// Returns when guest, and on request agent, were seen to be gone.
    func powerOff(_ machine: MachineID, graceful: Duration, keepAgent: Bool) async throws {
        let before = try record(machine)
        let next: WantedPower = keepAgent && before.wanted != .off ? .draining : .off
        if before.wanted != next { try await change(machine) { $0.wanted = next } }
        environment.failpoints.reach("site-host.power.off")
        try await stop(.guest, machine, grace: graceful)
        if next == .off { try await stop(.agent, machine, grace: PowerControl.agentGrace) }
        let now = UnixMicroseconds(environment.clock.wallNow().microseconds)
        try await change(machine) { $0.powerChanged = now }
    }

    private func stop(_ kind: MachineProgramKind, _ machine: MachineID, grace: Duration) async throws {
        if grace > .zero, try await ended(kind, machine, after: .terminate, within: grace) { return }
        if grace > .zero {
            log.warning(
                "program killed: it did not end when told to",
                metadata: ["machine": "\(machine)", "program": "\(kind)", "waited": "\(grace)"])
        }
        if try await ended(kind, machine, after: .kill, within: PowerControl.killWait) { return }
        throw Failure(
            .unavailable, "stop the \(kind) of machine \(machine): killed, and not gone yet", on: [Subject(machine)])
    }

    private func ended(
        _ kind: MachineProgramKind, _ machine: MachineID, after signal: MachineSignal, within limit: Duration
    ) async throws -> Bool {
        let deadline = environment.clock.now() + limit
        try await lane.run { [processes] in try processes.signal(kind, machine, signal) }
        while try await lane.run({ [processes] in try processes.running(kind, machine) != nil }) {
            guard environment.clock.now() < deadline else { return false }
            try await environment.clock.sleep(for: .milliseconds(10))
        }
        return true
    }

    // MARK: Supervision

    /// False when there is nobody left to supervise for.
    private func tendAll() async -> Bool {
        for record in all() where record.wanted != .off {
            guard !Task.isCancelled else { return false }
            guard await turns.tryTake(record.id) else { continue }
            if let current = records[record.id], current.wanted != .off {
                do { try await tend(current) } catch {
                    log.warning("machine not as wanted", metadata: ["machine": "\(record.id)", "error": "\(error)"])
                }
            }
            await turns.give(record.id)
        }
        return !Task.isCancelled
    }

    /// Starts what is wanted and does not run, if the machine may run and the pace of restarts allows it.
    func tend(_ record: MachineRecord) async throws {
        let complete = try await lane.run { [processes] in
            guard try processes.running(.agent, record.id) != nil else { return false }
            return try record.wanted == .draining || processes.running(.guest, record.id) != nil
        }
        if complete { return }
        let seen = try await observe(record)
        var missing: [MachineProgramKind] = seen.agentRuns ? [] : [.agent]
        if record.wanted == .on, !seen.guestRuns, !seen.guestEnded { missing.append(.guest) }
        guard !missing.isEmpty, processes.mayRun(record, seen.grant, hostBoot: hostBoot) else { return }
        for kind in missing {
            var pace = paces[record.id]?[kind] ?? RestartPace()
            guard pace.start(at: environment.clock.now()) else { continue }
            paces[record.id, default: [:]][kind] = pace
            if pace.starts > 1 {
                log.warning(
                    "program ended by itself", metadata: ["machine": "\(record.id)", "program": "\(kind)"])
            }
            try await lane.run { [processes] in try processes.start(kind, record) }
        }
    }
}

/// How fast a program that ends is started again: at once the first time, since its guest waits, then at growing
/// distances, and as if new once it held for a while.
struct RestartPace: Sendable {
    static let first = Duration.milliseconds(200)
    static let longest = Duration.seconds(2)
    static let held = Duration.seconds(10)

    private(set) var starts = 0
    private var last: MonotonicInstant?
    private var delay = Duration.zero

    /// Whether it may be started now; counts the start.
    mutating func start(at now: MonotonicInstant) -> Bool {
        guard let last else {
            self.last = now
            starts = 1
            return true
        }
        if now - last >= RestartPace.held { delay = .zero }
        guard now - last >= delay else { return false }
        self.last = now
        starts += 1
        delay = min(max(delay * 2, RestartPace.first), RestartPace.longest)
        return true
    }
}
