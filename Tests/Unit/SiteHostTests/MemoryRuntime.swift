import Contract
import MachineFiles
import Model
import Synchronization

@testable import SiteHost

/// Programs as entries of a table, without processes. What they would do is up to the hooks.
final class MemoryRuntime: MachineRuntime {
    struct Started: Hashable, Sendable {
        let program: MachineProgram
        let process: ProcessFile
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
    let kernelBootID = "memory"
    private let isolates: Bool

    init(
        isolates: Bool = true,
        onStart: @escaping @Sendable (MachineProgram, ProcessFile) -> Void = { _, _ in },
        onSignal: @escaping @Sendable (MachineProgram, MachineSignal) -> Void = { _, _ in }
    ) {
        self.isolates = isolates
        self.onStart = onStart
        self.onSignal = onSignal
    }

    func canIsolate() async -> Bool { isolates }

    /// All starts so far, in order.
    var history: [Started] { state.withLock { $0.history } }
    /// What runs now, in order of start.
    var running: [MachineProgram] {
        state.withLock { state in state.running.sorted { $0.key < $1.key }.map(\.value) }
    }

    /// From now on programs do not react to these signals.
    func ignore(_ signals: Set<MachineSignal>) { state.withLock { $0.ignoring = signals } }

    /// The program dies by itself.
    func crash(_ machine: MachineID, _ kind: MachineProgramKind) {
        state.withLock { state in
            state.running = state.running.filter { $0.value.machine != machine || $0.value.kind != kind }
        }
    }

    func start(_ program: MachineProgram) throws(Failure) -> ProcessFile {
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

    func find(tag: String) -> ProcessFile? {
        state.withLock { state in
            state.running.sorted { $0.key < $1.key }.first { $0.value.tag == tag }.map {
                ProcessFile(processID: $0.key, startTicks: UInt64($0.key), kernelBootID: kernelBootID)
            }
        }
    }

    func isRunning(_ process: ProcessFile) -> Bool {
        process.kernelBootID == kernelBootID && state.withLock { $0.running[process.processID] != nil }
    }

    func signal(_ process: ProcessFile, _ signal: MachineSignal) {
        let program = state.withLock { state -> MachineProgram? in
            guard !state.ignoring.contains(signal), let program = state.running[process.processID] else { return nil }
            if signal != .reload { state.running[process.processID] = nil }
            return program
        }
        if let program { onSignal(program, signal) }
    }
}
