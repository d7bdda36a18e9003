/// Runs programs that are not ours to their end: the scripts of a recovery plan.
///
/// A program may do anything while it runs, so an end that was not seen is not known: who starts one notes that first,
/// and asks `isRunning` after a crash before it decides anything.
public protocol ProgramRunner: Sendable {
    /// Starts the program as the leader of a process group of its own and answers how it ended, with what it printed.
    /// When its time is over, or the calling task is cancelled, it and its whole group are killed first.
    func run(_ program: ProgramRun) async throws(ProgramError) -> ProgramEnd
    /// Whether a program started with this tag still runs, whoever started it: this process or one before it.
    func isRunning(tag: String) async -> Bool
    /// Kills whatever was started with this tag, with its group; nothing when it does not run.
    func kill(tag: String) async
}

/// A program to be run.
public struct ProgramRun: Hashable, Sendable {
    /// Absolute path of a regular file; not a link.
    public var executable: String
    /// After the name itself.
    public var arguments: [String]
    /// All of its environment but for the tag: nothing of the starter's own is handed on.
    public var environment: [String: String]
    /// Its working directory.
    public var directory: String
    /// Its standard input.
    public var input: [UInt8]
    /// Known to nobody else; found again by it.
    public var tag: String
    /// It is killed after this.
    public var timeout: Duration
    /// Of both outputs together, at most so many bytes are kept: the last ones. More is read and dropped.
    public var outputLimit: Int

    public init(
        executable: String, arguments: [String] = [], environment: [String: String] = [:], directory: String = "/",
        input: [UInt8] = [], tag: String, timeout: Duration, outputLimit: Int
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
        self.input = input
        self.tag = tag
        self.timeout = timeout
        self.outputLimit = outputLimit
    }
}

/// How a program ended.
public struct ProgramEnd: Hashable, Sendable {
    public enum Cause: Hashable, Sendable {
        /// By itself, with this status.
        case exited(Int32)
        /// By a signal that was not ours.
        case signalled(Int32)
        /// Killed, because its time was over.
        case timedOut
        /// Killed, because the calling task was cancelled.
        case cancelled
    }

    public let cause: Cause
    /// Both outputs in the order in which they came.
    public let output: [UInt8]
    /// Bytes printed before those of `output`.
    public let dropped: Int64

    public init(_ cause: Cause, output: [UInt8] = [], dropped: Int64 = 0) {
        self.cause = cause
        self.output = output
        self.dropped = dropped
    }
}

/// A program was not started: nothing of it ran.
public struct ProgramError: Error, Hashable, Sendable, CustomStringConvertible {
    public let executable: String
    public let reason: String

    public init(_ executable: String, _ reason: String) {
        self.executable = executable
        self.reason = reason
    }

    public var description: String { "start \(executable): \(reason)" }
}

/// Where no programs are to be run.
public struct NoPrograms: ProgramRunner {
    public init() {}

    public func run(_ program: ProgramRun) async throws(ProgramError) -> ProgramEnd {
        throw ProgramError(program.executable, "this process runs no programs")
    }

    public func isRunning(tag: String) async -> Bool { false }
    public func kill(tag: String) async {}
}
