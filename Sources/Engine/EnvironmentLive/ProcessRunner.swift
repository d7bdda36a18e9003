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
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setflags(
            &attributes, Int16(setSession | Int32(POSIX_SPAWN_SETSIGDEF) | Int32(POSIX_SPAWN_SETSIGMASK)))
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
        let ticks = status(of: process)?.startTicks ?? 0
        return Mark(processID: process, startTicks: ticks, kernelBootID: kernelBootID)
    }

    /// The process with this number, as it is now; nil when there is none.
    public func mark(of process: Int32) -> Mark? {
        guard let seen = status(of: process), !seen.ended else { return nil }
        return Mark(processID: process, startTicks: seen.startTicks, kernelBootID: kernelBootID)
    }

    /// The running session leader with this tag, if there is one.
    public func find(tag: String) -> Mark? {
        guard let directory = opendir("/proc") else { return nil }
        defer { closedir(directory) }
        let wanted = Array("\(Self.tagVariable)=\(tag)".utf8)
        while let entry = readdir(directory) {
            guard let process = Int32(name(of: entry)), let status = status(of: process), status.leadsSession,
                !status.ended, let environment = contents("/proc/\(process)/environ"),
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
        guard let seen = self.status(of: mark.processID), !seen.ended else { return false }
        return seen.startTicks == mark.startTicks
    }

    /// Sends a signal to the process if it is still the one meant; whether it was. Not to a group: what the program
    /// started itself is its own affair.
    @discardableResult
    public func signal(_ mark: Mark, _ number: Int32) -> Bool {
        guard isRunning(mark) else { return false }
        return kill(mark.processID, number) == 0
    }

    private struct Status {
        let ended: Bool
        let leadsSession: Bool
        let startTicks: UInt64
    }

    /// From /proc/<pid>/stat, whose second field is a name in brackets that may hold anything.
    private func status(of process: pid_t) -> Status? {
        guard let bytes = contents("/proc/\(process)/stat"), let close = bytes.lastIndex(of: UInt8(ascii: ")")) else {
            return nil
        }
        let fields = String(decoding: bytes[(close + 1)...], as: UTF8.self).split(separator: " ")
        // Field 3 of the whole line is the first here.
        guard fields.count > 19, let session = Int32(fields[3]), let ticks = UInt64(fields[19]) else { return nil }
        return Status(ended: fields[0] == "Z" || fields[0] == "X", leadsSession: session == process, startTicks: ticks)
    }

    /// What a program needs to run and to say where; nothing else of our environment is handed on.
    private func inherited() -> [String] {
        let names = ["PATH", "HOME", "LANG", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "SWIFT_BACKTRACE"]
        return (names + [LiveFailpoints.holdsVariable]).filter { getenv($0) != nil }
    }
}

/// Open descriptors above standard error that a started program would get.
private func inheritable() -> [Int32] {
    guard let directory = opendir("/proc/self/fd") else { return [] }
    defer { closedir(directory) }
    var found: [Int32] = []
    while let entry = readdir(directory) {
        guard let descriptor = Int32(name(of: entry)), descriptor > 2 else { continue }
        let flags = fcntl(descriptor, F_GETFD)
        if flags >= 0, flags & FD_CLOEXEC == 0 { found.append(descriptor) }
    }
    return found
}

private func name(of entry: UnsafeMutablePointer<dirent>) -> String {
    withUnsafeBytes(of: entry.pointee.d_name) { bytes in String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
}

/// `POSIX_SPAWN_SETSID`, which the module map of glibc hides behind a feature macro.
private let setSession: Int32 = 0x80

/// A small file of /proc, whose size is not known before it is read.
private func contents(_ path: String) -> [UInt8]? {
    let descriptor = retryingInterrupts { open(path, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var out: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4_096)
    // An environment is at most 32 pages (the kernel's MAX_ARG_STRLEN) in all that we start.
    while out.count < 131_072 {
        let count = retryingInterrupts { read(descriptor, &buffer, buffer.count) }
        guard count > 0 else { return count == 0 ? out : nil }
        out.append(contentsOf: buffer.prefix(count))
    }
    return out
}

private func withCStrings<R>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R
) -> R {
    let copies: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
    defer { for copy in copies { free(copy) } }
    return copies.withUnsafeBufferPointer { buffer in
        // The buffer has at least the terminating nil, so it has an address.
        guard let base = buffer.baseAddress else { preconditionFailure("an array with an element has an address") }
        return body(base)
    }
}
