import Environment
import EnvironmentLive
public import MachineFiles
public import Model

/// Machines as processes of this computer.
public struct ProcessRuntime: MachineRuntime {
    private let runner = ProcessRunner()

    public init() {}

    public var kernelBootID: String { runner.kernelBootID }

    /// unshare(1) of util-linux: a network namespace of one's own has a loopback interface that is down, and nothing
    /// else. It needs no privilege where the kernel permits user namespaces. It becomes the program, so its process is
    /// the program's.
    private static let isolation = (
        executable: "/usr/bin/unshare", arguments: ["--user", "--map-current-user", "--net", "--"]
    )

    public func canIsolate() async -> Bool {
        let trial = ProgramRun(
            executable: Self.isolation.executable, arguments: Self.isolation.arguments + ["/bin/true"],
            tag: "isolation-trial", timeout: .seconds(10), outputLimit: 1 << 10)
        return (try? await LiveProgramRunner().run(trial).cause) == .exited(0)
    }

    public func start(_ program: MachineProgram) throws(Failure) -> ProcessFile {
        var command = (executable: program.executable, arguments: program.arguments)
        if program.isIsolated {
            command.arguments = Self.isolation.arguments + [program.executable] + program.arguments
            command.executable = Self.isolation.executable
        }
        do {
            return file(try runner.start(command.executable, command.arguments, tag: program.tag, log: program.log))
        } catch {
            throw Failure(
                .inputOutput, "start the \(program.kind) of machine \(program.machine): \(error)",
                on: [Subject(program.machine)])
        }
    }

    public func find(tag: String) -> ProcessFile? { runner.find(tag: tag).map(file) }
    public func isRunning(_ process: ProcessFile) -> Bool { runner.isRunning(mark(process)) }

    public func signal(_ process: ProcessFile, _ signal: MachineSignal) {
        let number: Int32 =
            switch signal {
            case .reload: 1
            case .kill: 9
            case .terminate: 15
            }
        runner.signal(mark(process), number)
    }

    private func file(_ mark: ProcessRunner.Mark) -> ProcessFile {
        ProcessFile(
            processID: mark.processID, startTicks: mark.startTicks, kernelBootID: mark.kernelBootID)
    }

    private func mark(_ file: ProcessFile) -> ProcessRunner.Mark {
        ProcessRunner.Mark(
            processID: file.processID, startTicks: file.startTicks, kernelBootID: file.kernelBootID)
    }
}
