import EnvironmentLive
public import MachineFiles
public import Model

/// Machines as processes of this computer.
public struct ProcessRuntime: MachineRuntime {
    private let runner = ProcessRunner()

    public init() {}

    public var kernelBootID: String { runner.kernelBootID }

    public func start(_ program: MachineProgram) throws(Failure) -> ProcessFile {
        do {
            return file(
                try runner.start(program.executable, program.arguments, tag: program.tag, log: program.log))
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
