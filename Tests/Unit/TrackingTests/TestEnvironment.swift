internal import Environment
internal import Synchronization

/// Virtual time that moves only when told.
final class ManualClock: Clock {
    private let time = Mutex<Int64>(0)
    func now() -> MonotonicInstant { MonotonicInstant(nanoseconds: time.withLock { $0 }) }
    func wallNow() -> WallInstant { WallInstant(microseconds: 0) }
    func advance(_ duration: Duration) { time.withLock { $0 += duration.inNanoseconds } }
    func sleep(until instant: MonotonicInstant) async throws {
        while now() < instant {
            try Task.checkCancellation()
            await Task.yield()
        }
    }
}

struct NoFiles: FileSystem {
    private var missing: FileError { FileError(.notFound, "use", "no file system") }
    func open(_ path: String, _ mode: OpenMode) throws(FileError) -> any File { throw missing }
    func exists(_ path: String) -> Bool { false }
    func list(_ path: String) throws(FileError) -> [String] { [] }
    func createDirectory(_ path: String) throws(FileError) {}
    func rename(_ from: String, to: String) throws(FileError) {}
    func remove(_ path: String) throws(FileError) {}
    func syncDirectory(_ path: String) throws(FileError) {}
    func freeBytes(_ path: String) throws(FileError) -> Int64 { 0 }
}

struct NoNetwork: Network {
    func listen(_ address: StreamAddress) async throws(NetworkError) -> any StreamListener {
        throw NetworkError(.refused, "none")
    }
    func connect(_ address: StreamAddress) async throws(NetworkError) -> any ByteStream {
        throw NetworkError(.refused, "none")
    }
}

/// Yields a seeded number of times before each body, so that lanes finish in many orders.
final class YieldingLane: Lane, LaneProvider {
    private let random: Mutex<Seeded>
    init(_ seed: UInt64) { random = Mutex(Seeded(seed)) }
    func lane(_ name: String) -> any Lane { YieldingLane(random.withLock { $0.next() }) }
    func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        for _ in 0..<(random.withLock { $0.next() } % 4) { await Task.yield() }
        return try body()
    }
}

final class SeededSource: RandomSource {
    private let random: Mutex<Seeded>
    init(_ seed: UInt64) { random = Mutex(Seeded(seed)) }
    func nextUInt64() -> UInt64 { random.withLock { $0.next() } }
}

struct PlainTasks: TaskSpawner {
    func spawn(_ name: String, _ body: @escaping @Sendable () async -> Void) -> SpawnedTask {
        SpawnedTask(Task { await body() })
    }
}

/// Bodies wait while it is held.
final class HeldLanes: LaneProvider {
    private struct State {
        /// What the names of the lanes that are held begin with.
        var held: String?
        var isHeldBehind = false
        var waiting = 0
    }

    private struct Held: Lane {
        let all: HeldLanes
        let name: String

        func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
            await all.pass(name, behind: false)
            let result = Result { try body() }
            await all.pass(name, behind: true)
            return try result.get()
        }
    }

    private let state = Mutex(State())

    func lane(_ name: String) -> any Lane { Held(all: self, name: name) }

    /// - Parameter behind: bodies run, and their callers wait.
    func hold(_ prefix: String = "", behind: Bool = false) {
        state.withLock {
            $0.held = prefix
            $0.isHeldBehind = behind
        }
    }

    func release() { state.withLock { $0.held = nil } }

    private func pass(_ name: String, behind: Bool) async {
        let isHeld = {
            self.state.withLock { $0.isHeldBehind == behind && $0.held.map(name.hasPrefix) ?? false }
        }
        state.withLock { $0.waiting += 1 }
        while isHeld() { await Task.yield() }
        state.withLock { $0.waiting -= 1 }
    }

    /// Until somebody waits.
    func isAwaited() async { while state.withLock({ $0.waiting }) == 0 { await Task.yield() } }
}

func testEnvironment(
    _ seed: UInt64, clock: ManualClock = ManualClock(), lanes: (any LaneProvider)? = nil
) -> Environment {
    Environment(
        clock: clock, random: SeededSource(seed), tasks: PlainTasks(), files: NoFiles(),
        lanes: lanes ?? YieldingLane(seed), network: NoNetwork(), failpoints: NoFailpoints())
}
