public import Environment
import EnvironmentLive
import Glibc
import MachineFiles
import Model

/// A lab in the background: one directory, one supervisor process.
public enum Lab {
    /// How long `up` waits for the supervisor: its own limit for each of the first processes, and some.
    private static let upLimit = Duration.seconds(90)

    /// What can be known to be wrong before anything is created.
    public static func check(_ layout: LabLayout, _ world: LabWorld) async throws {
        let files = world.environment.files
        if files.exists(layout.lock) {
            do {
                let file = try files.open(layout.lock, .readWrite)
                defer { file.close() }
                guard try file.tryLockExclusive() else { throw labStands(layout) }
            } catch let error as FileError {
                throw Failure(.inputOutput, "use the directory \(layout.directory) for a lab: \(error)")
            }
        }
        for program in LabLayout.components.map(\.program) + [LabLayout.agentProgram] {
            guard access(layout.executable(program), X_OK) == 0 else {
                throw Failure(
                    .notFound, "start a lab: the program \(program) is not in \(layout.programs); build all programs "
                        + "first with `make build`")
            }
        }
        for component in LabLayout.components {
            do {
                try await world.environment.network.listen(component.address).close()
            } catch {
                throw Failure(
                    .busy, "start a lab: \(component.addressText) is not free for \(component.id) (\(error.code)); "
                        + "stop what listens there, perhaps another lab")
            }
        }
        try checkWritable(layout)
    }

    /// The nearest directory that exists must take new entries.
    private static func checkWritable(_ layout: LabLayout) throws {
        var path = layout.directory
        while access(path, F_OK) != 0, path != "/", let slash = path.lastIndex(of: "/") {
            path = slash == path.startIndex ? "/" : String(path[..<slash])
        }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, access(path, W_OK | X_OK) == 0 else {
            throw Failure(
                .permissionDenied, "use the directory \(layout.directory) for a lab: \(path) cannot be written; name "
                    + "another directory")
        }
    }

    /// Starts the lab with a supervisor in the background; returns when all of it serves.
    public static func up(
        _ layout: LabLayout, _ world: LabWorld, program: String, seed: UInt64, longestPause: UInt64
    ) async throws {
        try await check(layout, world)
        let files = world.environment.files
        try files.createDirectory(layout.directory)
        let runner = ProcessRunner()
        let mark = try runner.start(
            program,
            [
                "lab", "up", "--foreground", "--dir", layout.directory, "--seed", "\(seed)", "--longest-pause-ms",
                "\(longestPause)",
            ] + (layout.hasTLS ? ["--tls"] : []),
            tag: "\(layout.directory)#lab", log: layout.log)
        let clock = world.environment.clock
        let deadline = clock.now() + upLimit
        while clock.now() < deadline {
            if let record = try status(layout, files), record.state == .ready, record.supervisor.mark == mark { return }
            guard runner.isRunning(mark) else {
                let log = (try? files.readAll(layout.log)) ?? []
                let last = String(decoding: log.suffix(4_000), as: UTF8.self).split(separator: "\n").last ?? "no log"
                throw Failure(.unavailable, "start the lab: \(last)")
            }
            try await clock.sleep(for: .milliseconds(100))
        }
        runner.signal(mark, SIGTERM)
        throw Failure(.timedOut, "start the lab: not ready within \(upLimit); see \(layout.log)")
    }

    /// nil when no lab was left standing here.
    public static func status(_ layout: LabLayout, _ files: any FileSystem) throws -> LabRecord? {
        try LabRecord.read(layout.record, files)
    }

    /// Whether the process runs at this moment.
    public static func runs(_ process: LabRecord.Process) -> Bool {
        process.process.map(runs) ?? false
    }

    static func runs(_ process: ProcessFile) -> Bool { ProcessRunner().isRunning(process.mark) }

    /// Ends the lab, also one whose supervisor is gone. False when there was none.
    public static func down(_ layout: LabLayout, _ world: LabWorld) async throws -> Bool {
        guard let record = try status(layout, world.environment.files) else { return false }
        let runner = ProcessRunner()
        let clock = world.environment.clock
        runner.signal(record.supervisor.mark, SIGTERM)
        let deadline = clock.now() + LabSupervisor.stopLimit * 4
        while runner.isRunning(record.supervisor.mark), clock.now() < deadline {
            try await clock.sleep(for: .milliseconds(50))
        }
        runner.signal(record.supervisor.mark, SIGKILL)
        await endLab(record, layout, world)
        return true
    }

    /// Removes what an earlier lab left in the directory, and only that. Refused while one stands there.
    public static func clear(_ layout: LabLayout, _ world: LabWorld) async throws {
        let files = world.environment.files
        guard files.exists(layout.lock) else { return }
        try await check(layout, world)
        for entry in entries(layout) { try files.removeTree(entry) }
    }

    /// What a lab leaves in its directory.
    static func entries(_ layout: LabLayout) -> [String] {
        [
            layout.root(.home), layout.root(.cloud), layout.acknowledgements, layout.holds, layout.images,
            layout.report, layout.record, layout.log, layout.scripts, layout.engineLog,
            layout.powerCut(.home), layout.powerCut(.cloud), layout.authorityDirectory, layout.operatorDirectory,
        ]
    }

    /// Refuses a run for which there is no room.
    public static func checkSpace(
        _ layout: LabLayout, _ world: LabWorld, _ options: LoopOptions, replacing: Bool
    ) throws {
        try LabSpace(layout: layout, files: world.environment.files).check(options, replacing: replacing)
    }
}
