public import Environment
import MachineFiles
import Model
import Synchronization

/// A guest that is a virtual machine: this process starts QEMU with the exports of the machine's agent as its disks,
/// reports for it, and presses its power button when the machine is to stop. Its first serial port is appended to a
/// file beside the acknowledgement logs; it has no network.
///
/// The emulator never outlives this process: the kernel kills it when this one dies (`setpriv --pdeathsig`), and one
/// that starts too late for that finds nobody at the monitor's socket and ends.
public struct VirtualMachine: Sendable {
    /// For a guest to act upon its power button, before its power is taken.
    static let shutdownPatience = Duration.seconds(10)
    private static let look = Duration.milliseconds(200)
    /// While something is awaited: the first read, or the end.
    private static let closeLook = Duration.milliseconds(50)
    private static let unlimited = Duration.seconds(10 * 365 * 86_400)
    private static let keptOutput = 16_384

    private let path: String
    private let environment: Environment

    public init(configuration path: String, _ environment: Environment) {
        self.path = path
        self.environment = environment
    }

    /// Returns when the virtual machine ended as it should: after `stop`, or turned off from inside.
    /// - Parameter stop: returns when the guest should end.
    public func run(until stop: @escaping @Sendable () async -> Void) async throws {
        guard let configuration = try GuestConfiguration.read(path, environment.files) else {
            throw Failure(.notFound, "be a virtual machine: there is no configuration \(path)")
        }
        let status = StatusReport(configuration, environment)
        try await status.publish(.starting)
        do {
            let emulator = try Emulator(configuration)
            let life = Life()
            environment.tasks.spawn("virtual machine end") {
                await stop()
                life.stop()
            }
            let end = try await run(emulator, status, life)
            if life.isStopping { return }
            guard end.cause == .exited(0) else {
                let said = String(decoding: end.output, as: UTF8.self).split(separator: "\n").suffix(3)
                throw Failure(
                    .internalError, "run the virtual machine: QEMU \(end.cause): \(said.joined(separator: "; "))")
            }
            try await status.end(.finished, "turned off from inside")
        } catch {
            try? await status.end(.failed, "\(error)")
            throw error
        }
    }

    private func run(_ emulator: Emulator, _ status: StatusReport, _ life: Life) async throws -> ProgramEnd {
        let lane = environment.lanes.lane("virtual machine")
        let socket = emulator.monitorSocket
        try await lane.run { [files = environment.files] in if files.exists(socket) { try files.remove(socket) } }
        let listener = try await environment.network.listen(.unix(path: socket))
        let program = ProgramRun(
            executable: Emulator.launcher, arguments: emulator.arguments, environment: ["PATH": "/usr/bin:/bin"],
            tag: "\(path)#emulator", timeout: Self.unlimited, outputLimit: Self.keptOutput)
        let running = environment.tasks.spawn("emulator") { [programs = environment.programs] in
            do throws(ProgramError) { life.ended(.success(try await programs.run(program))) } catch {
                life.ended(.failure(error))
            }
            listener.close()
        }
        do {
            if let stream = try await listener.accept() {
                let monitor = Monitor(stream)
                try await monitor.begin()
                try await attend(monitor, status, life)
            }
        } catch {
            // An emulator that ends takes its monitor with it. One that lives without is ended.
            if !life.hasEnded { running.cancel() }
        }
        await running.finished()
        return try life.end()
    }

    /// Until the emulator has ended, or was told to.
    private func attend(_ monitor: Monitor, _ status: StatusReport, _ life: Life) async throws {
        let clock = environment.clock
        var told = Monitor.Counts()
        var pressed: MonotonicInstant?
        while !life.hasEnded {
            if life.isStopping, pressed == nil {
                pressed = clock.now()
                try await monitor.powerDown()
            }
            if let since = pressed, clock.now() - since >= Self.shutdownPatience { return try await monitor.quit() }
            let counts = try await monitor.counts()
            if counts.reads > 0, counts != told {
                // A status that could not be written is written at the next look.
                let written: Void? = try? await status.publish(.running, acknowledged: counts.writes, first: true)
                if written != nil { told = counts }
            }
            try await clock.sleep(for: told.reads == 0 || pressed != nil ? Self.closeLook : Self.look)
        }
    }
}

/// What is known of one run of the emulator.
private final class Life: Sendable {
    private struct State {
        var isStopping = false
        var end: Result<ProgramEnd, ProgramError>?
    }

    private let state = Mutex(State())

    var isStopping: Bool { state.withLock { $0.isStopping } }
    var hasEnded: Bool { state.withLock { $0.end != nil } }

    func stop() { state.withLock { $0.isStopping = true } }
    func ended(_ end: Result<ProgramEnd, ProgramError>) { state.withLock { $0.end = end } }

    func end() throws -> ProgramEnd {
        guard let end = state.withLock({ $0.end }) else {
            throw Failure(.internalError, "run the virtual machine: nobody saw its emulator end")
        }
        return try end.get()
    }
}

/// What QEMU is started with.
struct Emulator: Hashable, Sendable {
    /// Of util-linux, which every Debian has.
    static let launcher = "/usr/bin/setpriv"
    /// An agent that is started anew is waited for: I/O stalls, and goes on.
    private static let agentSeconds = 120
    private static let usualMemory: UInt32 = 128

    let monitorSocket: String
    /// Of the launcher.
    let arguments: [String]

    init(_ configuration: GuestConfiguration) throws(Failure) {
        guard let emulator = configuration.emulator, let socket = configuration.controlSocket else {
            throw Failure(.invalidArgument, "be a virtual machine: its configuration names no emulator or no socket")
        }
        guard configuration.bootActions.isEmpty else {
            throw Failure(
                .unsupported, "carry out \(configuration.bootActions.joined(separator: ", ")) at boot: nobody inside a "
                    + "virtual machine is told")
        }
        monitorSocket = socket
        let memory = configuration.memoryMiB.flatMap { $0 == 0 ? nil : $0 } ?? Self.usualMemory
        let serial = configuration.acknowledgements.replacing(".jsonl", with: "") + ".serial.log"
        var arguments = ["--pdeathsig", "KILL", "--", emulator]
        arguments += ["-name", Self.escaped(configuration.machine)]
        arguments += ["-nodefaults", "-no-user-config", "-display", "none"]
        arguments += ["-machine", "pc,accel=kvm:tcg", "-m", "\(memory)", "-rtc", "base=utc"]
        arguments += ["-chardev", "socket,id=monitor,server=off,path=\(Self.escaped(socket))"]
        arguments += ["-mon", "chardev=monitor,mode=control"]
        arguments += ["-chardev", "file,id=serial,append=on,path=\(Self.escaped(serial))", "-serial", "chardev:serial"]
        for (place, disk) in configuration.disks.sorted(by: { $0.index < $1.index }).enumerated() {
            let options = [
                "driver=nbd", "node-name=disk\(place)", "server.type=unix",
                "server.path=\(Self.escaped(configuration.nbdSocket))", "export=\(Self.escaped(disk.id))",
                "reconnect-delay=\(Self.agentSeconds)", "open-timeout=\(Self.agentSeconds)", "discard=unmap",
            ]
            arguments += ["-blockdev", options.joined(separator: ",")]
            arguments += ["-device", "virtio-blk-pci,drive=disk\(place),bootindex=\(place)"]
        }
        self.arguments = arguments
    }

    /// A comma ends a value unless it is doubled.
    private static func escaped(_ value: String) -> String { value.replacing(",", with: ",,") }
}
