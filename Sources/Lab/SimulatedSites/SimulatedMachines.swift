import Environment
import Guests
import Hosting
import MachineFiles
import MobilityAgent
import Model
import Simulation
import SiteHost
import Synchronization

/// The machines of one site: agents and guests as incarnations of one simulated computer, where they outlive the
/// site host.
final class SimulatedMachines: Sendable {
    /// Changes never: this computer does not boot again.
    static let kernelBootID = "simulated"

    private struct Running {
        let program: MachineProgram
        let incarnation: Incarnation
        let end: EndSignal
    }

    private struct State {
        var next: Int32 = 1_000
        var running: [Int32: Running] = [:]
    }

    private let state = Mutex(State())
    private let starter: ProcessStarter
    private let computer: SimulatedHost

    init(_ starter: ProcessStarter, on computer: SimulatedHost) {
        self.starter = starter
        self.computer = computer
    }

    /// Living programs in order of start.
    var running: [(name: String, incarnation: Incarnation)] {
        state.withLock { state in
            state.running.sorted { $0.key < $1.key }.map {
                ("\($0.value.program.kind) \($0.value.program.machine)", $0.value.incarnation)
            }
        }
    }

    func start(_ program: MachineProgram) -> ProcessFile {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        let end = EndSignal()
        let name = "\(program.kind) \(program.machine)"
        let incarnation = starter.boot(name, on: computer) { [starter, computer] environment, openings in
            switch program.kind {
            case .agent: try await Self.agent(program, environment, openings, starter, end)
            case .guest:
                let inside = environment.with(clock: GuestClock(outside: environment.clock, computer: computer))
                try await Guest(configuration: program.arguments.last ?? "", inside).run { await end.wait() }
            }
        }
        state.withLock { $0.running[number] = Running(program: program, incarnation: incarnation, end: end) }
        incarnation.atDeath { [self] in state.withLock { $0.running[number] = nil } }
        return file(number)
    }

    private static func agent(
        _ program: MachineProgram, _ environment: Environment, _ openings: Openings, _ starter: ProcessStarter,
        _ end: EndSignal
    ) async throws {
        let settings = try loadConfiguration(
            AgentConfiguration.self, path: program.arguments.last ?? "", files: environment.files)
        try environment.files.createDirectory(settings.service.stateDirectory)
        let context = starter.context(settings.service, environment, openings)
        let agent = try await MobilityAgent.start(
            settings, context, hooks: settings.hooks.map { _ in SimulatedHooks(environment, settings) })
        let hosted = try await HostedService<MobilityAgent>.host(agent, settings, context)
        await end.wait()
        await hosted.stop()
    }

    func find(tag: String) -> ProcessFile? {
        state.withLock { state in state.running.sorted { $0.key < $1.key }.first { $0.value.program.tag == tag }?.key }
            .map(file)
    }

    func isRunning(_ process: ProcessFile) -> Bool { state.withLock { $0.running[process.processID] != nil } }

    func signal(_ process: ProcessFile, _ signal: MachineSignal) {
        guard let running = state.withLock({ $0.running[process.processID] }) else { return }
        switch signal {
        case .terminate: running.end.set()
        case .kill: running.incarnation.kill()
        // A guest looks at its configuration by itself.
        case .reload: break
        }
    }

    private func file(_ number: Int32) -> ProcessFile {
        ProcessFile(processID: number, startTicks: UInt64(number), kernelBootID: Self.kernelBootID)
    }
}

/// A guest's wall clock is its machine's own: its computer's may jump, and what came first at which site is judged by
/// the times that guests log.
private struct GuestClock: Clock {
    let outside: any Clock
    let computer: SimulatedHost

    func now() -> MonotonicInstant { outside.now() }
    func wallNow() -> WallInstant { computer.trueWallNow }
    func sleep(until instant: MonotonicInstant) async throws { try await outside.sleep(until: instant) }
}

extension Environment {
    fileprivate func with(clock: any Clock) -> Environment {
        Environment(
            clock: clock, random: random, tasks: tasks, files: files, lanes: lanes, network: network,
            failpoints: failpoints, usage: usage, programs: programs)
    }
}

/// The machines as one incarnation of the site host sees them: a dead one starts and ends nothing.
struct MachinesOfIncarnation: MachineRuntime {
    let machines: SimulatedMachines
    let failpoints: any Failpoints

    var kernelBootID: String { SimulatedMachines.kernelBootID }

    func start(_ program: MachineProgram) throws(Failure) -> ProcessFile {
        guard failpoints.isAlive else { throw Failure(.unavailable, "start \(program.kind): the site host is dead") }
        return machines.start(program)
    }

    func find(tag: String) -> ProcessFile? { machines.find(tag: tag) }
    func isRunning(_ process: ProcessFile) -> Bool { machines.isRunning(process) }

    func signal(_ process: ProcessFile, _ signal: MachineSignal) {
        if failpoints.isAlive { machines.signal(process, signal) }
    }
}
