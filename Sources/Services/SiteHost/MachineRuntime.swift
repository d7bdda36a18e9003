public import MachineFiles
public import Model
import Synchronization

/// The two programs of a machine.
public enum MachineProgramKind: String, CaseIterable, Hashable, Sendable {
    case agent, guest
}

/// One program of one machine, ready to start.
public struct MachineProgram: Hashable, Sendable {
    public let kind: MachineProgramKind
    public let machine: MachineID
    public let executable: String
    public let arguments: [String]
    /// Both outputs are appended here.
    public let log: String
    /// Unique among all machines of all sites: finds the program again when the note of its start was lost.
    public let tag: String
    /// Runs in a network of its own that leads nowhere.
    public let isIsolated: Bool
}

public enum MachineSignal: Hashable, Sendable {
    /// End by yourself (SIGTERM).
    case terminate
    /// End now (SIGKILL).
    case kill
    /// Read the configuration again (SIGHUP).
    case reload
}

/// How a machine's programs run: as processes in a live site (`ProcessRuntime`), in memory elsewhere. They outlive the
/// site host, and nothing tells it when they end: it looks. Blocking: on a lane.
public protocol MachineRuntime: Sendable {
    /// Changes when the computer boots: nothing that ran before does any more.
    var kernelBootID: String { get }
    /// Whether programs can be given a network of their own.
    func canIsolate() async -> Bool
    func start(_ program: MachineProgram) throws(Failure) -> ProcessFile
    /// The running program with this tag.
    func find(tag: String) -> ProcessFile?
    /// False only when it was seen to be gone.
    func isRunning(_ process: ProcessFile) -> Bool
    func signal(_ process: ProcessFile, _ signal: MachineSignal)
}

extension MachineRuntime {
    public func canIsolate() async -> Bool { false }
}

/// Programs as entries of a table, for simulation and tests. What they would do is up to the hooks.
public final class MemoryRuntime: MachineRuntime {
    public struct Started: Hashable, Sendable {
        public let program: MachineProgram
        public let process: ProcessFile
    }

    private struct State {
        var next: Int32 = 1_000
        var running: [Int32: MachineProgram] = [:]
        var history: [Started] = []
        var ignoring: Set<MachineSignal> = []
    }

    private let state = Mutex(State())
    private let onStart: @Sendable (MachineProgram, ProcessFile) -> Void
    private let onSignal: @Sendable (MachineProgram, MachineSignal) -> Void
    public let kernelBootID = "memory"
    private let isolates: Bool

    public init(
        isolates: Bool = true,
        onStart: @escaping @Sendable (MachineProgram, ProcessFile) -> Void = { _, _ in },
        onSignal: @escaping @Sendable (MachineProgram, MachineSignal) -> Void = { _, _ in }
    ) {
        self.isolates = isolates
        self.onStart = onStart
        self.onSignal = onSignal
    }

    public func canIsolate() async -> Bool { isolates }

    /// All starts so far, in order.
    public var history: [Started] { state.withLock { $0.history } }
    /// What runs now, in order of start.
    public var running: [MachineProgram] {
        state.withLock { state in state.running.sorted { $0.key < $1.key }.map(\.value) }
    }

    /// From now on programs do not react to these signals.
    public func ignore(_ signals: Set<MachineSignal>) { state.withLock { $0.ignoring = signals } }

    /// The program dies by itself.
    public func crash(_ machine: MachineID, _ kind: MachineProgramKind) {
        state.withLock { state in
            state.running = state.running.filter { $0.value.machine != machine || $0.value.kind != kind }
        }
    }

    public func start(_ program: MachineProgram) throws(Failure) -> ProcessFile {
        let process = state.withLock { state in
            state.next += 1
            let process = ProcessFile(
                processID: state.next, startTicks: UInt64(state.next), kernelBootID: kernelBootID)
            state.running[state.next] = program
            state.history.append(Started(program: program, process: process))
            return process
        }
        onStart(program, process)
        return process
    }

    public func find(tag: String) -> ProcessFile? {
        state.withLock { state in
            state.running.sorted { $0.key < $1.key }.first { $0.value.tag == tag }.map {
                ProcessFile(processID: $0.key, startTicks: UInt64($0.key), kernelBootID: kernelBootID)
            }
        }
    }

    public func isRunning(_ process: ProcessFile) -> Bool {
        process.kernelBootID == kernelBootID && state.withLock { $0.running[process.processID] != nil }
    }

    public func signal(_ process: ProcessFile, _ signal: MachineSignal) {
        let program = state.withLock { state -> MachineProgram? in
            guard !state.ignoring.contains(signal), let program = state.running[process.processID] else { return nil }
            if signal != .reload { state.running[process.processID] = nil }
            return program
        }
        if let program { onSignal(program, signal) }
    }
}
