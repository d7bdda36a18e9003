import Glibc

/// Programs as processes of their own that outlive the one that started them, and that a later one finds again.
///
/// Each process leads a session (`setsid`) and carries its tag in its environment, so that a starter that died
/// between the start and its note of it finds the process by the tag and starts no second one.
public struct ProcessRunner: Sendable {
    /// One process, for ever: its number may be given to a stranger, its start time and kernel boot are not.
    public struct Mark: Hashable, Sendable {
        public let processID: Int32
        public let startTicks: UInt64
        public let kernelBootID: String

        public init(processID: Int32, startTicks: UInt64, kernelBootID: String) {
            self.processID = processID
            self.startTicks = startTicks
            self.kernelBootID = kernelBootID
        }
    }

    public struct StartError: Error, Hashable, Sendable, CustomStringConvertible {
        public let executable: String
        public let errno: Int32
        public var description: String { "start \(executable): errno \(errno)" }
    }

    /// The environment variable that holds the tag.
    public static let tagVariable = "HOMEWARD_PROCESS"

    public let kernelBootID: String

    public init() {
        kernelBootID = contents("/proc/sys/kernel/random/boot_id").map {
            String(decoding: $0.prefix { $0 != 0x0A }, as: UTF8.self)
        } ?? ""
    }

    /// Starts the program detached, with standard input from nowhere and both outputs appended to `log`. The caller
    /// asks `find` first when it may have started it before.
    public func start(
        _ executable: String, _ arguments: [String], tag: String, log: String,
        environment added: [(name: String, value: String)] = []
    ) throws(StartError) -> Mark {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // Ours close by themselves; what we were started with, such as a lock of a shell, must not live on either.
        for descriptor in inheritable() { posix_spawn_file_actions_addclose(&actions, descriptor) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        leadSession(&attributes)
        var process: pid_t = 0
        let environment = inherited().map { "\($0)=\(getenv($0).map { String(cString: $0) } ?? "")" }
            + ["\(Self.tagVariable)=\(tag)"] + added.map { "\($0.name)=\($0.value)" }
        let code = withCStrings([executable] + arguments) { argv in
            withCStrings(environment) { envp in
                posix_spawn(&process, executable, &actions, &attributes, argv, envp)
            }
        }
        guard code == 0 else { throw StartError(executable: executable, errno: code) }
        // It is our child and not yet waited for, so its entry in /proc stays until we look.
        let ticks = ProcessStatus(of: process)?.startTicks ?? 0
        return Mark(processID: process, startTicks: ticks, kernelBootID: kernelBootID)
    }

    /// The process with this number, as it is now; nil when there is none.
    public func mark(of process: Int32) -> Mark? {
        guard let seen = ProcessStatus(of: process), !seen.ended else { return nil }
        return Mark(processID: process, startTicks: seen.startTicks, kernelBootID: kernelBootID)
    }

    /// The running session leader with this tag, if there is one.
    public func find(tag: String) -> Mark? {
        let wanted = Array("\(Self.tagVariable)=\(tag)".utf8)
        for process in processNumbers() {
            guard let status = ProcessStatus(of: process), status.leadsSession,
                !status.ended, let environment = startingEnvironment(of: process),
                environment.split(separator: 0).contains(where: { $0.elementsEqual(wanted) })
            else { continue }
            return Mark(processID: process, startTicks: status.startTicks, kernelBootID: kernelBootID)
        }
        return nil
    }

    /// False once the process was seen to be gone. A child of this process is waited for on the way.
    public func isRunning(_ mark: Mark) -> Bool {
        guard mark.kernelBootID == kernelBootID else { return false }
        var status: Int32 = 0
        _ = waitpid(mark.processID, &status, WNOHANG)
        guard let seen = ProcessStatus(of: mark.processID), !seen.ended else { return false }
        return seen.startTicks == mark.startTicks
    }

    /// Sends a signal to the process if it is still the one meant; whether it was. Not to a group: what the program
    /// started itself is its own affair.
    @discardableResult
    public func signal(_ mark: Mark, _ number: Int32) -> Bool {
        guard isRunning(mark) else { return false }
        return kill(mark.processID, number) == 0
    }

    /// What a program needs to run and to say where; nothing else of our environment is handed on.
    private func inherited() -> [String] {
        let names = ["PATH", "HOME", "LANG", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "SWIFT_BACKTRACE"]
        return (names + [LiveFailpoints.holdsVariable]).filter { getenv($0) != nil }
    }
}
