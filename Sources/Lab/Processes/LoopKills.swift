import API
import Environment
import EnvironmentLive
import Glibc
import MachineFiles
import Messages
import Model
import RPC

/// The kills of one run, each while its step runs.
///
/// Most steps last milliseconds, so each is held: the vault rests at the begin of a step (journaled as running, nothing
/// done) and at its end (answered, not journaled) while a file of that name lies in its directory of holds; receivers
/// rest in the same way in the middle of a call. The lab waits for the rest, looks at the step, kills, and lets go. A
/// step is held until the process killed before has healed.
actor LoopKills {
    private static let look = Duration.milliseconds(10)
    /// A receiver that takes no part in a step is never found resting in it; nor is one whose relay is away.
    private static let restLimit = Duration.seconds(10)
    /// The pause before a restart, the start of a debug build on a busy computer, and recovery.
    private static let healLimit = Duration.seconds(60)
    /// For the kill at a chance instant of the step.
    private static let within: ClosedRange<UInt64> = 0...80

    private let layout: LabLayout
    private let world: LabWorld
    private let supervisor: any ComponentSupervisor
    private let vault: LoopVault
    private let machine: LoopMachine
    private let lane: any Lane
    private let runner = ProcessRunner()
    private var random: Seeded
    private var open: [PlannedKill]
    private var done: [LoopReport.Kill] = []
    private var reasons: [String] = []
    private var job = ""
    private var task: SpawnedTask?
    private var isHealing = false
    var hasKilled: Bool { !done.isEmpty }

    init(
        _ layout: LabLayout, _ world: LabWorld, _ options: LoopOptions, _ supervisor: any ComponentSupervisor,
        _ vault: LoopVault
    ) {
        self.layout = layout
        self.world = world
        self.supervisor = supervisor
        self.vault = vault
        machine = options.machines[0]
        lane = world.environment.lanes.lane("kills")
        random = Seeded(options.seed &+ 1)
        open = options.kills
    }

    /// Arms the begin of every step that has a kill.
    func begin() async throws {
        guard !open.isEmpty else { return }
        let names = open.flatMap(\.begins)
        try await lane.run { [layout, files = world.environment.files] in
            for name in names { try files.open("\(layout.vaultHolds)/\(name)", .create).close() }
        }
        task = world.environment.tasks.spawn("kills") { await self.run() }
    }

    /// The job that the loop follows now.
    func follow(_ job: VaultV1.Job) { self.job = job.name }

    /// Returns when no process that was killed is still away.
    func settle() async {
        while isHealing {
            do { try await world.environment.clock.sleep(for: Self.look) } catch { return }
        }
    }

    /// What was killed, and what speaks against the run.
    func end() async -> ([LoopReport.Kill], [String]) {
        task?.cancel()
        await task?.finished()
        try? await release()
        let missed = open.map { "\($0.process) was not killed: no step \($0.step) ran" }
        return (done, reasons + missed)
    }

    private func run() async {
        while !open.isEmpty, !Task.isCancelled {
            do {
                if let (place, name) = try await reached() {
                    isHealing = true
                    defer { isHealing = false }
                    try await carryOut(open.remove(at: place), at: name)
                } else {
                    try await world.environment.clock.sleep(for: Self.look)
                }
            } catch is CancellationError {
                return
            } catch {
                reasons.append("kills: \((error as? Failure)?.message ?? "\(error)")")
                return
            }
        }
    }

    /// The kill whose step rests at its begin, and the name of the rest.
    private func reached() async throws -> (Int, String)? {
        let names = open.map(\.begins)
        return try await lane.run { [layout, files = world.environment.files] in
            for (place, names) in names.enumerated() {
                for name in names where files.exists("\(layout.vaultHolds)/\(name).held") { return (place, name) }
            }
            return nil
        }
    }

    // MARK: One kill

    private func carryOut(_ kill: PlannedKill, at begin: String) async throws {
        let clock = world.environment.clock
        let from = clock.now()
        let parts = begin.split(separator: ".").map(String.init)
        let (workflow, step) = (parts[1], parts[2])
        // The moment that is reached: a process that takes no part in the step is killed at its end.
        var moment = kill.moment ?? PlannedKill.Moment.allCases[Int(random.next() % 5)]
        let before = try await starts(kill.process)
        if moment != .begin {
            let end = "\(layout.vaultHolds)/workflow.\(workflow).\(step).end"
            let rests = [end] + inside(kill.process, step, moment)
            try await arm(rests)
            try await disarm(kill.begins)
            if moment == .within {
                try await clock.sleep(for: random.milliseconds(Self.within))
            } else {
                moment = try await rested(rests).map { $0 == 0 ? .end : moment } ?? .within
            }
        }
        let state = try await self.state(of: step)
        let now = clock.wallNow().microseconds
        let isKilled = try await strike(kill.process)
        try await release()
        let operation = PlannedKill.operation(of: workflow)
        let cell = "\(kill.process)@\(operation)/\(step)"
        guard isKilled else {
            reasons.append("\(cell): \(kill.process) does not run while this step does")
            return
        }
        if state != "running" { reasons.append("\(cell): the step was \(state), not running, when it was killed") }
        let held = clock.now()
        world.say("    ✗ killed \(cell) (\(moment.rawValue), step \(state), held \(milliseconds(held - from)) ms)")
        done.append(
            LoopReport.Kill(
                process: kill.process, step: "\(operation)/\(step)", moment: moment.rawValue, stepState: state,
                unixMicroseconds: now, heldSeconds: seconds(held - from)))
        try await healed(kill.process, before)
        done[done.count - 1].healedSeconds = seconds(clock.now() - held)
        world.say("    ✓ \(kill.process) is back after \(milliseconds(clock.now() - held)) ms")
    }

    /// Where the process itself rests in the middle of a call of this step.
    private func inside(_ process: String, _ step: String, _ moment: PlannedKill.Moment) -> [String] {
        guard moment == .acting || moment == .acted, process != "vault" else { return [] }
        // The programs of a machine inherit the directory of their site host.
        let owner = process.hasSuffix("-home") ? "host-home" : "host-cloud"
        let component = LabLayout.component(process)?.id ?? owner
        return ["effect.\(step)", "assign", "forward", "relay"].map {
            "\(layout.holds)/\(component)/\($0).\(moment.rawValue)"
        }
    }

    private func arm(_ paths: [String]) async throws {
        try await lane.run { [files = world.environment.files] in
            for path in paths { try files.open(path, .create).close() }
        }
    }

    private func disarm(_ names: [String]) async throws {
        try await lane.run { [layout, files = world.environment.files] in
            for name in names where files.exists("\(layout.vaultHolds)/\(name)") {
                try files.remove("\(layout.vaultHolds)/\(name)")
            }
        }
    }

    /// The place in the list of the point at which somebody rests; nil when nobody came to any.
    private func rested(_ paths: [String]) async throws -> Int? {
        let clock = world.environment.clock
        let limit = clock.now() + Self.restLimit
        while clock.now() < limit {
            let place = try await lane.run { [files = world.environment.files] in
                paths.firstIndex { files.exists("\($0).held") }
            }
            if let place { return place }
            try await clock.sleep(for: Self.look)
        }
        return nil
    }

    /// Lets everything go on, but the steps whose kills are to come.
    private func release() async throws {
        let kept = Set(open.flatMap(\.begins))
        try await lane.run { [layout, files = world.environment.files] in
            for component in LabLayout.components {
                let directory = layout.holds(component)
                for name in try files.list(directory) {
                    let isHeld = name.hasSuffix(".held")
                    let point = isHeld ? String(name.dropLast(".held".count)) : name
                    guard component.id != "vault" || !kept.contains(point) else { continue }
                    try removeIfThere("\(directory)/\(name)", files)
                }
            }
        }
    }

    /// As the journal has it: the loop may learn of the job a little later than the step begins.
    private func state(of step: String) async throws -> String {
        let clock = world.environment.clock
        let limit = clock.now() + Self.restLimit
        var seen = "not seen"
        while clock.now() < limit {
            if !job.isEmpty, let found = try await vault.job(job).steps.first(where: { $0.plan?.id == step }) {
                seen = "\(found.state)"
                if found.state == .running { return seen }
            }
            try await clock.sleep(for: Self.look)
        }
        return seen
    }

    // MARK: Processes

    /// The process of a machine's program, by the file that its site host keeps.
    private func program(_ process: String) async throws -> ProcessFile? {
        let (path, _) = place(process)
        return try await lane.run { [files = world.environment.files] in try ProcessFile.read(path, files) }
    }

    private func place(_ process: String) -> (file: String, site: Site) {
        let site: Site = process.hasSuffix("-home") ? .home : .cloud
        let id = site == .home ? machine.name : machine.cloudName
        let directory = RunDirectory("\(layout.machines(site))/\(id)")
        return (process.hasPrefix("agent") ? directory.agentProcess : directory.guestProcess, site)
    }

    private enum Before {
        case component(starts: Int)
        case program(ProcessFile?)
    }

    private func starts(_ process: String) async throws -> Before {
        guard LabLayout.component(process) == nil else { return .component(starts: await supervisor.starts(process)) }
        return .program(try await program(process))
    }

    private func strike(_ process: String) async throws -> Bool {
        guard LabLayout.component(process) == nil else { return await supervisor.kill(process) }
        guard let program = try await program(process) else { return false }
        return runner.signal(program.mark, SIGKILL)
    }

    /// A service answers that it serves; a machine's program runs again, unless its machine was stopped meanwhile.
    private func healed(_ process: String, _ before: Before) async throws {
        let clock = world.environment.clock
        let limit = clock.now() + Self.healLimit
        let health = LabLayout.component(process).map { HealthClient(world.dial($0.address)) }
        while clock.now() < limit {
            switch before {
            case .component(let starts):
                if await supervisor.starts(process) > starts,
                    let answer = try? await health?.check(.init(), CallOptions(timeout: .seconds(2))),
                    answer.status == .serving
                {
                    return
                }
            case .program(let old):
                if let new = try await program(process), new != old, runner.isRunning(new.mark) { return }
                if try await isStopped(process) { return }
            }
            try await clock.sleep(for: Self.look)
        }
        reasons.append("\(process) did not come back within \(Self.healLimit)")
    }

    private func isStopped(_ process: String) async throws -> Bool {
        let site = place(process).site
        let power = try await vault.machine(site == .home ? machine.name : machine.cloudName, site).power
        return process.hasPrefix("agent") ? power == .off : power != .on
    }

    private func milliseconds(_ duration: Duration) -> Int64 { duration.inMicroseconds / 1_000 }
    private func seconds(_ duration: Duration) -> Double { Double(duration.inMicroseconds) / 1_000_000 }
}

/// Who rested at a point may take its mark away at the same time.
private func removeIfThere(_ path: String, _ files: any FileSystem) throws(FileError) {
    do { try files.remove(path) } catch {
        guard error.code == .notFound else { throw error }
    }
}

extension LabLayout {
    fileprivate var vaultHolds: String { "\(holds)/vault" }
}
