/// Everything a service may ask of the world outside its own memory.
///
/// Nothing above the live environment reads a clock, sleeps, spawns a detached task, opens a file or
/// draws a random number by itself. `EnvironmentLive` implements this over Linux; `Simulation`
/// implements it over a seeded executor with virtual time, so that a seed replays a run.
public struct Environment: Sendable {
    public let clock: any Clock
    public let random: any RandomSource
    public let tasks: any TaskSpawner
    public let files: any FileSystem
    public let lanes: any LaneProvider
    public let network: any Network
    public let failpoints: any Failpoints
    public let usage: any UsageMeter
    public let programs: any ProgramRunner

    public init(
        clock: any Clock, random: any RandomSource, tasks: any TaskSpawner, files: any FileSystem,
        lanes: any LaneProvider, network: any Network, failpoints: any Failpoints,
        usage: any UsageMeter = NoUsageMeter(),
        programs: any ProgramRunner = NoPrograms()
    ) {
        self.clock = clock
        self.random = random
        self.tasks = tasks
        self.files = files
        self.lanes = lanes
        self.network = network
        self.failpoints = failpoints
        self.usage = usage
        self.programs = programs
    }
}

/// An instant on this process's monotonic clock. Never compared between machines, never stored.
public struct MonotonicInstant: Comparable, Hashable, Sendable {
    public let nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }
    public static func + (a: Self, b: Duration) -> Self { .init(nanoseconds: a.nanoseconds + b.inNanoseconds) }
    public static func - (a: Self, b: Self) -> Duration { .nanoseconds(a.nanoseconds - b.nanoseconds) }
}

/// A wall-clock instant, microseconds since the Unix epoch. For people and durable deadlines only;
/// points are ordered by lineage and interval number, leases by the monotonic clock.
public struct WallInstant: Comparable, Hashable, Sendable {
    public let microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    public static func < (a: Self, b: Self) -> Bool { a.microseconds < b.microseconds }
}

extension Duration {
    /// Whole nanoseconds; a duration of more than 292 years is a bug.
    public var inNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    public var inMicroseconds: Int64 { inNanoseconds / 1_000 }
}

public protocol Clock: Sendable {
    func now() -> MonotonicInstant
    func wallNow() -> WallInstant
    /// Returns at or after `instant`; throws `CancellationError` when the task is cancelled first.
    func sleep(until instant: MonotonicInstant) async throws
}

extension Clock {
    public func sleep(for duration: Duration) async throws { try await sleep(until: now() + duration) }
}

public protocol RandomSource: Sendable {
    func nextUInt64() -> UInt64
}

extension RandomSource {
    public func bytes(_ count: Int) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(count)
        while out.count < count {
            withUnsafeBytes(of: nextUInt64()) { out.append(contentsOf: $0.prefix(count - out.count)) }
        }
        return out
    }
}

/// Starts tasks that outlive the call that starts them, on this process's (or incarnation's) executor.
public protocol TaskSpawner: Sendable {
    @discardableResult
    func spawn(_ name: String, _ body: @escaping @Sendable () async -> Void) -> SpawnedTask
    /// A part of the caller's task that is in no hurry: it runs where spawned tasks do.
    func givingWay<T: Sendable>(_ body: @Sendable () async throws -> T) async throws -> T
}

extension TaskSpawner {
    /// Where all tasks run alike.
    public func givingWay<T: Sendable>(_ body: @Sendable () async throws -> T) async throws -> T { try await body() }
}

public struct SpawnedTask: Sendable {
    private let task: Task<Void, Never>

    public init(_ task: Task<Void, Never>) { self.task = task }

    public func cancel() { task.cancel() }
    public func finished() async { await task.value }
}

/// A serial place where calls may block: a thread of its own in a live process, inline in simulation.
/// SQLite, fsync, disk reads and compression run on lanes, never on an event loop; what is brief may (`runBrief`).
public protocol Lane: Sendable {
    /// Runs `body` after every body submitted before it and returns its result on the caller's executor.
    func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T
    /// As `run`, for a body that ends within microseconds as a rule. It may overtake bodies that wait.
    func runBrief<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T
}

extension Lane {
    public func runBrief<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await run(body)
    }
}

public protocol LaneProvider: Sendable {
    /// A new lane; it ends when the last reference to it is gone.
    func lane(_ name: String) -> any Lane
    /// A lane of several threads, for what a guest waits for: bodies are begun in their order, run beside each other
    /// and go before what other lanes do.
    func guestLane(_ name: String, threads: Int) -> any Lane
    /// A new worker; it ends when the last reference to it is gone.
    func worker(_ name: String) -> any Worker
}

extension LaneProvider {
    /// Where nothing runs beside anything.
    public func guestLane(_ name: String, threads: Int) -> any Lane { lane("\(name)-0") }
    public func worker(_ name: String) -> any Worker { InlineWorker() }
}

/// Does one thing at a time beside a caller who blocks anyway: a thread of its own in a live process, inline in
/// simulation. One caller at a time. What the work throws is thrown by `begin` itself or by the next call, once.
public protocol Worker: Sendable {
    /// Returns when the work has begun; what was begun before it has ended. Begins nothing if that has thrown.
    func begin(_ work: @escaping @Sendable () throws -> Void) throws
    /// Returns when what was begun has ended.
    func wait() throws
}

/// Does it at once.
public struct InlineWorker: Worker {
    public init() {}
    public func begin(_ work: @escaping @Sendable () throws -> Void) throws { try work() }
    public func wait() {}
}

/// A named instant in the code at which a test may kill this process (`kill -9`) or, in simulation,
/// this incarnation: around each store commit, file sync and reply. Names are `component.what.when`.
public protocol Failpoints: Sendable {
    func reach(_ name: String)
    /// An instant at which the caller can wait: a test may hold this process here while it does something elsewhere,
    /// such as killing another process. Returns at once where nothing holds.
    func rest(_ name: String) async
    /// False once this process has been killed and only the running synchronous code is left (simulation
    /// cannot stop it in the middle); always true in a live process.
    var isAlive: Bool { get }
}

extension Failpoints {
    public func rest(_ name: String) async {}
    public var isAlive: Bool { true }

    /// `reach`, for code whose next effect does not go through the environment (a database commit):
    /// throws when the process was killed here, so that the effect does not happen.
    public func pass(_ name: String) throws(ProcessKilled) {
        reach(name)
        if !isAlive { throw ProcessKilled(failpoint: name) }
    }
}

/// The simulated process was killed; its code must get out of the way without effects.
public struct ProcessKilled: Error, Hashable, Sendable {
    public let failpoint: String

    public init(failpoint: String) { self.failpoint = failpoint }
}

public struct NoFailpoints: Failpoints {
    public init() {}
    public func reach(_ name: String) {}
}
