public import MachineFiles
public import Model

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
