import Environment
import Model
import Store
import Synchronization
import Workflow

struct InlineLane: Lane {
    func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T { try body() }
}

struct InlineLanes: LaneProvider {
    func lane(_ name: String) -> any Lane { InlineLane() }
}

/// SplitMix64.
final class SeededRandom: RandomSource, RandomNumberGenerator, Sendable {
    private let state: Mutex<UInt64>

    init(_ seed: UInt64) { state = Mutex(seed) }

    func nextUInt64() -> UInt64 {
        state.withLock { state in
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    func next() -> UInt64 { nextUInt64() }
}

/// Time passes only by sleeping, and then at once.
final class JumpingClock: Clock {
    private let time = Mutex<Int64>(0)

    func now() -> MonotonicInstant { time.withLock { MonotonicInstant(nanoseconds: $0) } }
    func wallNow() -> WallInstant { time.withLock { WallInstant(microseconds: $0 / 1_000) } }

    func sleep(until instant: MonotonicInstant) async throws {
        await Task.yield()
        try Task.checkCancellation()
        time.withLock { $0 = max($0, instant.nanoseconds) }
    }
}

/// Remembers its tasks, so that a test can wait until all have ended.
final class CountedTasks: TaskSpawner {
    private let tasks = Mutex<[SpawnedTask]>([])

    func spawn(_ name: String, _ body: @escaping @Sendable () async -> Void) -> SpawnedTask {
        let task = SpawnedTask(Task { await body() })
        tasks.withLock { $0.append(task) }
        return task
    }

    func idle() async {
        while let task = tasks.withLock({ $0.popLast() }) { await task.finished() }
    }
}

struct NoFiles: FileSystem {
    private func none(_ path: String) -> FileError { FileError(.notFound, "use", path) }
    func open(_ path: String, _ mode: OpenMode) throws(FileError) -> any File { throw none(path) }
    func exists(_ path: String) -> Bool { false }
    func list(_ path: String) throws(FileError) -> [String] { throw none(path) }
    func createDirectory(_ path: String) throws(FileError) { throw none(path) }
    func rename(_ from: String, to: String) throws(FileError) { throw none(from) }
    func remove(_ path: String) throws(FileError) { throw none(path) }
    func syncDirectory(_ path: String) throws(FileError) { throw none(path) }
    func freeBytes(_ path: String) throws(FileError) -> Int64 { throw none(path) }
}

struct NoNetwork: Network {
    func listen(_ address: StreamAddress) async throws(NetworkError) -> any StreamListener {
        throw NetworkError(.refused, "none")
    }
    func connect(_ address: StreamAddress) async throws(NetworkError) -> any ByteStream {
        throw NetworkError(.refused, "none")
    }
}

/// Kills the incarnation at the n-th failpoint from now.
final class KillAfter: Failpoints {
    private let left: Mutex<Int>
    private let medium: MemoryMedium

    init(_ count: Int, _ medium: MemoryMedium) {
        left = Mutex(count)
        self.medium = medium
    }

    var hit: Bool { left.withLock { $0 < 0 } }

    func reach(_ name: String) {
        let now = left.withLock { left -> Bool in
            left -= 1
            return left == -1
        }
        if now { medium.kill() }
    }
}

let schema = Schema(
    store: "test",
    migrations: [
        JobStore.schema, "CREATE TABLE effects (step TEXT NOT NULL, course TEXT NOT NULL) STRICT",
        JobStore.membersSchema, JobStore.jobPlansSchema,
    ])

/// Of a job over several; the first tests are over one.
let members: [ItemID] = ["app", "db", "web"]

let operatorStatement = Statement(name: "ana", reason: "changed my mind", at: .init(1), checked: "everything")

/// One process life: a store on the medium, and a runner on it.
struct Incarnation: Sendable {
    let runner: JobRunner<Receivers>
    let tasks = CountedTasks()
    var store: JobStore { runner.store }

    init(
        _ medium: MemoryMedium, _ workflows: [Workflow<Receivers>], _ receivers: Receivers, seed: UInt64 = 1,
        failpoints: any Failpoints = NoFailpoints()
    ) async throws {
        let random = SeededRandom(seed)
        let database = try await StoreDatabase.open(
            .memory(medium), schema: schema, lane: InlineLane(), random: random, failpoints: failpoints)
        let environment = Environment(
            clock: JumpingClock(), random: random, tasks: tasks, files: NoFiles(), lanes: InlineLanes(),
            network: NoNetwork(), failpoints: failpoints)
        runner = JobRunner(JobStore(database), workflows, context: receivers, environment: environment)
    }

    func create(
        _ job: JobID, _ workflow: Workflow<Receivers>, over members: [ItemID] = [], parameters: [UInt8] = []
    ) async throws {
        let plan = workflow.plan(item: members.isEmpty ? "web" : "shop", over: members, parameters: parameters)
        try await store.database.write("create") { [store] in try store.create(job, plan, at: .init(0), in: $0) }
    }

    /// Until nothing moves any more.
    func run(_ job: JobID) async throws -> Progress {
        runner.start(job)
        await tasks.idle()
        return try await store.progress(job)
    }
}
