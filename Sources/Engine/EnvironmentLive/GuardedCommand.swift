import Glibc

/// A command with an opposite, such as a freeze with its thaw, run so that the opposite follows in any case.
///
/// Both are run by a shell of its own, which is told to go on to the opposite by the end of its standard input. That
/// end comes when we say so (`release`), and also when this process dies, however it dies; and a time limit on the
/// wait holds even when this process is stopped and never goes on. The shell leads a session of its own, so that a
/// signal to our group does not reach it.
///
/// ```
/// PROGRAM freeze ─► "do 0" ─► waits for the end of its input, or the limit ─► "wait 0" ─► PROGRAM thaw ─► "undo 0"
/// ```
/// Blocking: on a lane, by one caller at a time.
public final class GuardedCommand {
    public struct Request: Sendable {
        /// Program and arguments; the verb is added as the last one.
        public let command: [String]
        public let verbs: (act: String, undo: String)
        public let environment: [(name: String, value: String)]
        /// How long the command may take before it is ended, and likewise its opposite.
        public let limits: (act: Duration, undo: Duration)
        /// How long after the command the opposite comes unasked.
        public let hold: Duration

        public init(
            command: [String], verbs: (act: String, undo: String), environment: [(name: String, value: String)],
            limits: (act: Duration, undo: Duration), hold: Duration
        ) {
            self.command = command
            self.verbs = verbs
            self.environment = environment
            self.limits = limits
            self.hold = hold
        }
    }

    /// A step of the shell that ended.
    public enum Step: String, Sendable {
        /// The command; its exit status.
        case act = "do"
        /// The wait: 0 when we released it, 124 when its limit was over first.
        case wait
        /// The opposite; its exit status.
        case undo
    }

    public struct StartError: Error, Hashable, Sendable, CustomStringConvertible {
        public let errno: Int32
        public var description: String { "start a shell: errno \(errno)" }
    }

    /// What `timeout` ends with when the time was over (GNU coreutils).
    public static let timedOut: Int32 = 124

    // A trap rather than "ignore": it is not handed on to what the shell starts. Output of the programs goes to our
    // standard error, so that one which stays in the background holds none of the shell's pipes.
    private static let script = """
        trap : HUP INT TERM PIPE
        act=$1 undo=$2 act_limit=$3 undo_limit=$4 hold=$5; shift 5
        if [ "$act" ]; then
          timeout -k 1 "$act_limit" "$@" "$act" </dev/null >&2; status=$?; echo "do $status"
          if [ $status = 0 ]; then timeout "$hold" cat >/dev/null; echo "wait $?"; fi
        fi
        timeout -k 1 "$undo_limit" "$@" "$undo" </dev/null >&2; echo "undo $?"
        """

    /// What programs need to run and to find what they call; nothing else of our environment is handed on.
    private static let inherited = ["PATH", "HOME", "LANG", "TZ", "TMPDIR"]

    private let process: pid_t
    private var input: Int32
    private let output: Int32
    private var buffer: [UInt8] = []
    private var hasEnded = false

    /// - Parameter undoOnly: the opposite alone, at once.
    public init(_ request: Request, undoOnly: Bool = false) throws(StartError) {
        var toShell: [Int32] = [-1, -1]
        var fromShell: [Int32] = [-1, -1]
        guard pipe(&toShell) == 0 else { throw StartError(errno: errno) }
        guard pipe(&fromShell) == 0 else {
            let code = errno
            for descriptor in toShell { close(descriptor) }
            throw StartError(errno: code)
        }
        // What else is started here must not hold them open.
        for descriptor in toShell + fromShell { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        let seconds = [request.limits.act, request.limits.undo, request.hold].map { Self.seconds($0) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toShell[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromShell[1], 1)
        for descriptor in inheritable() { posix_spawn_file_actions_addclose(&actions, descriptor) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        leadSession(&attributes)
        let arguments =
            ["/bin/sh", "-c", Self.script, "guard", undoOnly ? "" : request.verbs.act, request.verbs.undo] + seconds
            + request.command
        let environment = Self.inherited.compactMap { name in
            getenv(name).map { "\(name)=\(String(cString: $0))" }
        } + request.environment.map { "\($0.name)=\($0.value)" }
        var process: pid_t = 0
        let code = withCStrings(arguments) { argv in
            withCStrings(environment) { envp in posix_spawn(&process, "/bin/sh", &actions, &attributes, argv, envp) }
        }
        close(toShell[0])
        close(fromShell[1])
        guard code == 0 else {
            close(toShell[1])
            close(fromShell[0])
            throw StartError(errno: code)
        }
        self.process = process
        input = toShell[1]
        output = fromShell[0]
    }

    deinit {
        release()
        close(output)
        Self.reap(process)
    }

    /// A shell that still works takes as long as its limits allow, and is to leave no entry in the table of processes:
    /// whoever waits for any child of this process would find that one again and again.
    private static func reap(_ process: pid_t) {
        var status: Int32 = 0
        guard waitpid(process, &status, WNOHANG) == 0 else { return }
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, { argument in
            var status: Int32 = 0
            _ = retryingInterrupts { waitpid(pid_t(Int(bitPattern: argument)), &status, 0) }
            return nil
        }, UnsafeMutableRawPointer(bitPattern: Int(process)))
        if code == 0 { pthread_detach(thread) }
    }

    /// Tells the shell to go on to the opposite.
    public func release() {
        if input >= 0 { close(input) }
        input = -1
    }

    /// The next step that ended, with its status; nil when the shell is gone or none ended within `limit`.
    public func step(within limit: Duration) -> (step: Step, status: Int32)? {
        let deadline = ContinuousClock.now + limit
        while true {
            if let line = takeLine() {
                let parts = line.split(separator: " ")
                guard parts.count == 2, let step = Step(rawValue: String(parts[0])), let status = Int32(parts[1]) else {
                    continue
                }
                return (step, status)
            }
            let left = deadline - ContinuousClock.now
            guard !hasEnded, left > .zero else { return nil }
            var waited = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            guard retryingInterrupts({ poll(&waited, 1, Int32(clamping: Self.milliseconds(left) + 1)) }) > 0 else {
                continue
            }
            var bytes = [UInt8](repeating: 0, count: 256)
            let count = retryingInterrupts { read(output, &bytes, bytes.count) }
            if count > 0 { buffer += bytes.prefix(count) } else { hasEnded = true }
        }
    }

    /// Waits for the shell to end, at most for `limit`.
    public func finish(within limit: Duration) {
        let deadline = ContinuousClock.now + limit
        while !hasEnded, ContinuousClock.now < deadline { _ = step(within: deadline - ContinuousClock.now) }
    }

    private func takeLine() -> String? {
        guard let index = buffer.firstIndex(of: 0x0A) else { return nil }
        defer { buffer.removeFirst(index + 1) }
        return String(decoding: buffer[..<index], as: UTF8.self)
    }

    private static func milliseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    }

    /// As `timeout` reads it.
    private static func seconds(_ duration: Duration) -> String {
        let (whole, rest) = milliseconds(duration).quotientAndRemainder(dividingBy: 1_000)
        return "\(whole).\(String(rest + 1_000).dropFirst())"
    }
}
