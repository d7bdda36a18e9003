import CLinux
public import Environment
import Glibc
import Synchronization

/// Programs as children of this process, each leading a session of its own.
///
/// One that ends takes what it left running in its process group with it: when it is over, it is over.
public struct LiveProgramRunner: ProgramRunner {
    /// The environment variable that holds the tag.
    public static let tagVariable = "HOMEWARD_PROGRAM"

    private let lanes: any LaneProvider

    public init(lanes: any LaneProvider = LiveLaneProvider()) { self.lanes = lanes }

    public func run(_ program: ProgramRun) async throws(ProgramError) -> ProgramEnd {
        let isCancelled = Atomic(false)
        let result: Result<ProgramEnd, ProgramError>
        do {
            result = try await withTaskCancellationHandler {
                // A thread of its own: it waits for as long as the program runs.
                try await lanes.lane("program").run { Child.run(program) { isCancelled.load(ordering: .relaxed) } }
            } onCancel: {
                isCancelled.store(true, ordering: .relaxed)
            }
        } catch { throw ProgramError(program.executable, "\(error)") }
        return try result.get()
    }

    public func isRunning(tag: String) async -> Bool { !tagged(tag).isEmpty }

    public func kill(tag: String) async {
        // One that forks while it is killed is found in the next round.
        for _ in 0..<killRounds {
            let found = tagged(tag)
            guard !found.isEmpty else { return }
            for process in found { _ = Glibc.kill(process, SIGKILL) }
            try? await LiveClock().sleep(for: .milliseconds(10))
        }
    }
}

/// Far more than a process needs to be gone, unless the kernel waits for a device.
private let killRounds = 500
/// Looks for a cancel, and for the end of one that has closed its outputs, at least this often.
private let lookMilliseconds: Int32 = 50
/// Attempts to start a file that is open for writing, and the pause between them: half a second in all.
private let busyAttempts = 50
private let busyPause: UInt32 = 10_000
/// Read at once.
private let pieceBytes = 65_536

/// Living processes that carry a tag in their environment.
private func tagged(_ tag: String) -> [pid_t] {
    let wanted = Array("\(LiveProgramRunner.tagVariable)=\(tag)".utf8)
    return processNumbers().filter { process in
        startingEnvironment(of: process).map { holds($0, wanted) } ?? false
    }
}

/// Whether one of the strings in an environment is this one. All of a host's processes are looked at.
private func holds(_ environment: [UInt8], _ wanted: [UInt8]) -> Bool {
    environment.withUnsafeBytes { bytes in
        guard let base = bytes.baseAddress else { return false }
        var offset = 0
        while offset < bytes.count {
            let start = base + offset
            let length = strnlen(start.assumingMemoryBound(to: CChar.self), bytes.count - offset)
            if length == wanted.count, memcmp(start, wanted, length) == 0 { return true }
            offset += length + 1
        }
        return false
    }
}

/// One run on the thread that waits for it.
private struct Child {
    let process: pid_t
    let output: Int32
    var kept: [UInt8] = []
    var dropped: Int64 = 0
    let limit: Int

    static func run(_ program: ProgramRun, _ isCancelled: () -> Bool) -> Result<ProgramEnd, ProgramError> {
        do throws(ProgramError) {
            var child = try start(program)
            return .success(child.untilEnded(program.timeout, isCancelled))
        } catch { return .failure(error) }
    }

    private static func start(_ program: ProgramRun) throws(ProgramError) -> Child {
        func refuse(_ reason: String) -> ProgramError { ProgramError(program.executable, reason) }
        var status = stat()
        guard lstat(program.executable, &status) == 0 else { throw refuse("there is no such file") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw refuse("it is not a regular file") }
        guard access(program.executable, X_OK) == 0 else { throw refuse("it may not be executed") }
        let input = try inputFile(program)
        defer { close(input) }
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw refuse("no pipe for its outputs (errno \(errno))") }
        defer { close(ends[1]) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        _ = clinux_spawn_directory(&actions, program.directory)
        for descriptor in inheritable() { posix_spawn_file_actions_addclose(&actions, descriptor) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        leadSession(&attributes)
        var process: pid_t = 0
        let environment = program.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            + ["\(LiveProgramRunner.tagVariable)=\(program.tag)"]
        var code = EAGAIN
        for attempt in 0..<busyAttempts {
            if attempt > 0 { usleep(busyPause) }
            code = withCStrings([program.executable] + program.arguments) { argv in
                withCStrings(environment) { envp in
                    posix_spawn(&process, program.executable, &actions, &attributes, argv, envp)
                }
            }
            // What was written a moment ago is busy as long as a child of ours, that another thread starts just now,
            // holds the descriptor it was written by: until that child is a program of its own.
            if code != ETXTBSY { break }
        }
        guard code == 0 else {
            close(ends[0])
            throw refuse(code == ETXTBSY ? "somebody has it open for writing" : "errno \(code)")
        }
        return Child(process: process, output: ends[0], limit: program.outputLimit)
    }

    private static func inputFile(_ program: ProgramRun) throws(ProgramError) -> Int32 {
        let file = clinux_memory_file()
        guard file >= 0 else { throw ProgramError(program.executable, "no file for its input (errno \(-file))") }
        var written = 0
        while written < program.input.count {
            let count = retryingInterrupts { [written] in
                program.input[written...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            }
            guard count > 0 else {
                close(file)
                throw ProgramError(program.executable, "its input cannot be kept (errno \(errno))")
            }
            written += count
        }
        lseek(file, 0, SEEK_SET)
        return file
    }

    private mutating func untilEnded(_ timeout: Duration, _ isCancelled: () -> Bool) -> ProgramEnd {
        defer { close(output) }
        let clock = LiveClock()
        let deadline = clock.now() + timeout
        var isOpen = true
        while true {
            if isOpen { isOpen = read() }
            let hasEnded = ProcessStatus(of: process)?.ended ?? true
            let cancelled = isCancelled()
            if hasEnded || cancelled || clock.now() >= deadline {
                // Not waited for yet, so the number of its group is still its own.
                _ = kill(-process, SIGKILL)
                let cause = waited()
                if isOpen { _ = read() }
                let killed: ProgramEnd.Cause = cancelled ? .cancelled : .timedOut
                return ProgramEnd(hasEnded ? cause : killed, output: kept, dropped: dropped)
            }
            let left = max(0, (deadline - clock.now()).inNanoseconds / 1_000_000 + 1)
            var wanted = pollfd(fd: isOpen ? output : -1, events: Int16(POLLIN), revents: 0)
            poll(&wanted, 1, min(lookMilliseconds, Int32(clamping: left)))
        }
    }

    /// How it ended. Nothing but a device can make this wait.
    private func waited() -> ProgramEnd.Cause {
        var status: Int32 = 0
        _ = retryingInterrupts { waitpid(process, &status, 0) }
        // The macros of sys/wait.h, which Swift does not import.
        let signal = status & 0x7F
        return signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
    }

    /// What is there now; false once nobody can write any more.
    private mutating func read() -> Bool {
        var piece = [UInt8](repeating: 0, count: pieceBytes)
        while true {
            let count = retryingInterrupts { Glibc.read(output, &piece, pieceBytes) }
            if count == 0 { return false }
            guard count > 0 else { return true }
            kept.append(contentsOf: piece.prefix(count))
            let excess = kept.count - limit
            if excess > 0 {
                kept.removeFirst(excess)
                dropped += Int64(excess)
            }
        }
    }
}
