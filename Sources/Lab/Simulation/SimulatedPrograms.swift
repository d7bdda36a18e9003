public import Environment
import Synchronization

/// What a program of a simulated host does when it is started.
public struct SimulatedProgram: Sendable {
    /// How long it runs, how it ends, and what it has printed by then. Its effects are those of the closure, at its
    /// start.
    public typealias Body = @Sendable (ProgramRun) -> (lasts: Duration, ProgramEnd)

    let body: Body

    public init(_ body: @escaping Body) { self.body = body }
}

/// The programs of one host, by path, and what of them runs. They outlive the process that started them.
final class HostPrograms: Sendable {
    private let core: WorldCore
    private let installed = Mutex<[String: SimulatedProgram]>([:])
    /// When what was started with a tag is over, in the world's time.
    private let ends = Mutex<[String: Int64]>([:])

    init(_ core: WorldCore) { self.core = core }

    func install(_ program: SimulatedProgram, at path: String) { installed.withLock { $0[path] = program } }

    func start(_ run: ProgramRun) throws(ProgramError) -> (lasts: Duration, end: ProgramEnd) {
        guard let program = installed.withLock({ $0[run.executable] }) else {
            throw ProgramError(run.executable, "there is no such file")
        }
        var (lasts, end) = program.body(run)
        if lasts > run.timeout { (lasts, end) = (run.timeout, ProgramEnd(.timedOut, output: end.output)) }
        if end.output.count > run.outputLimit {
            let dropped = end.output.count - run.outputLimit
            let last = Array(end.output.suffix(run.outputLimit))
            end = ProgramEnd(end.cause, output: last, dropped: Int64(dropped))
        }
        let over = core.locked { core.now } + lasts.inNanoseconds
        ends.withLock { $0[run.tag] = over }
        return (lasts, end)
    }

    func isRunning(_ tag: String) -> Bool { ends.withLock { $0[tag] ?? 0 } > core.locked { core.now } }
    func kill(_ tag: String) { ends.withLock { $0[tag] = nil } }
}

struct SimulatedProgramRunner: ProgramRunner {
    let owner: Incarnation

    func run(_ program: ProgramRun) async throws(ProgramError) -> ProgramEnd {
        let (lasts, end) = try owner.host.programs.start(program)
        do { try await SimulatedClock(owner: owner).sleep(for: lasts) } catch {
            owner.host.programs.kill(program.tag)
            return ProgramEnd(.cancelled, output: end.output)
        }
        return end
    }

    func isRunning(tag: String) async -> Bool { owner.host.programs.isRunning(tag) }
    func kill(tag: String) async { owner.host.programs.kill(tag) }
}

extension SimulatedHost {
    /// Puts a program into this host's file system, as far as it can be run.
    public func install(_ program: SimulatedProgram, at path: String) { programs.install(program, at: path) }
}
