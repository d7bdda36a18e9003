import Environment
import Ledger
import Synchronization

/// Files in memory; only what logs and images need.
final class MemoryFiles: FileSystem {
    private let files = Mutex<[String: MemoryFile]>([:])

    func open(_ path: String, _ mode: OpenMode) throws(FileError) -> any File {
        let file = files.withLock { files -> MemoryFile? in
            if files[path] == nil, mode == .create || mode == .createNew { files[path] = MemoryFile([]) }
            return files[path]
        }
        guard let file else { throw FileError(.notFound, "open", path) }
        return file
    }

    func exists(_ path: String) -> Bool {
        files.withLock { $0[path] != nil || $0.keys.contains { $0.hasPrefix(path + "/") } }
    }
    func list(_ path: String) throws(FileError) -> [String] {
        files.withLock { $0.keys.filter { $0.hasPrefix(path + "/") }.map { String($0.dropFirst(path.count + 1)) } }
            .sorted()
    }
    func createDirectory(_ path: String) throws(FileError) {}
    func rename(_ from: String, to: String) throws(FileError) {}
    func remove(_ path: String) throws(FileError) {}
    func syncDirectory(_ path: String) throws(FileError) {}
    func freeBytes(_ path: String) throws(FileError) -> Int64 { 1 << 30 }
}

final class MemoryFile: File {
    private let content: Mutex<[UInt8]>

    init(_ bytes: [UInt8]) { content = Mutex(bytes) }

    var bytes: [UInt8] { content.withLock { $0 } }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileError) {
        let part = content.withLock { bytes -> [UInt8]? in
            guard Int(offset) + buffer.count <= bytes.count else { return nil }
            return Array(bytes[Int(offset)..<Int(offset) + buffer.count])
        }
        guard let part else { throw FileError(.shortRead, "read", "memory") }
        buffer.copyBytes(from: part)
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FileError) {
        let new = Array(bytes)
        content.withLock { content in
            let end = Int(offset) + new.count
            if content.count < end { content += [UInt8](repeating: 0, count: end - content.count) }
            content.replaceSubrange(Int(offset)..<end, with: new)
        }
    }

    func sync() throws(FileError) {}
    func size() throws(FileError) -> Int64 { Int64(content.withLock { $0.count }) }
    func truncate(to size: Int64) throws(FileError) {
        content.withLock { content in
            content = Array(content.prefix(Int(size)))
            content += [UInt8](repeating: 0, count: Int(size) - content.count)
        }
    }
    func punchHole(at offset: Int64, count: Int64) throws(FileError) {}
    func tryLockExclusive() throws(FileError) -> Bool { true }
    func identity() throws(FileError) -> FileIdentity {
        FileIdentity(device: 0, inode: 0, birthTime: 0, changeTime: 0, size: 0)
    }
    func close() {}
}

/// A disk in memory. It can drop writes it acknowledges, and copy a set of disks at one instant.
final class MemoryDisk: LedgerDisk {
    let size: Int64
    private let state: Mutex<State>

    private struct State {
        var bytes: [UInt8]
        var writes = 0
        var failsAfter = Int.max
        var onWrite: (@Sendable (Int) -> Void)?
    }

    init(_ bytes: [UInt8]) {
        size = Int64(bytes.count)
        state = Mutex(State(bytes: bytes))
    }

    convenience init(size: Int) { self.init([UInt8](repeating: 0, count: size)) }

    var bytes: [UInt8] { state.withLock(\.bytes) }
    func failAfter(_ writes: Int) { state.withLock { $0.failsAfter = writes } }
    func onWrite(_ action: @escaping @Sendable (Int) -> Void) { state.withLock { $0.onWrite = action } }

    private func change(_ offset: Int64, _ new: [UInt8]) throws {
        let (count, action) = try state.withLock { state in
            guard state.writes < state.failsAfter else { throw FileError(.input, "write", "disk") }
            state.bytes.replaceSubrange(Int(offset)..<Int(offset) + new.count, with: new)
            state.writes += 1
            return (state.writes, state.onWrite)
        }
        action?(count)
    }

    func read(offset: Int64, count: Int) async throws -> [UInt8] {
        state.withLock { Array($0.bytes[Int(offset)..<Int(offset) + count]) }
    }
    func write(_ bytes: [UInt8], at offset: Int64) async throws { try change(offset, bytes) }
    func writeZeroes(offset: Int64, count: Int64) async throws {
        try change(offset, [UInt8](repeating: 0, count: Int(count)))
    }
    func trim(offset: Int64, count: Int64) async throws {
        try change(offset, [UInt8](repeating: 0, count: Int(count)))
    }
    func flush() async throws {}
}

struct TestClock: Clock {
    func now() -> MonotonicInstant { MonotonicInstant(nanoseconds: 0) }
    func wallNow() -> WallInstant { WallInstant(microseconds: 1_700_000_000_000_000) }
    func sleep(until instant: MonotonicInstant) async throws {}
}

struct TestTasks: TaskSpawner {
    func spawn(_ name: String, _ body: @escaping @Sendable () async -> Void) -> SpawnedTask {
        SpawnedTask(Task(operation: body))
    }
}

struct TestRandom: RandomSource {
    func nextUInt64() -> UInt64 { 4 }
}

struct InlineLanes: LaneProvider {
    struct Inline: Lane {
        func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T { try body() }
    }
    func lane(_ name: String) -> any Lane { Inline() }
}

struct NoNetwork: Network {
    func listen(_ address: StreamAddress) async throws(NetworkError) -> any StreamListener {
        throw NetworkError(.other, "none")
    }
    func connect(_ address: StreamAddress) async throws(NetworkError) -> any ByteStream {
        throw NetworkError(.other, "none")
    }
}

/// Nothing that is waited for comes.
struct StandingClock: Clock {
    func now() -> MonotonicInstant { MonotonicInstant(nanoseconds: 0) }
    func wallNow() -> WallInstant { WallInstant(microseconds: 1_700_000_000_000_000) }
    func sleep(until instant: MonotonicInstant) async throws { throw CancellationError() }
}

/// One microsecond later at each look.
final class SteppingClock: Clock {
    private let steps = Mutex<Int64>(0)

    func now() -> MonotonicInstant { MonotonicInstant(nanoseconds: 0) }
    func wallNow() -> WallInstant {
        steps.withLock { steps in
            steps += 1
            return WallInstant(microseconds: 1_700_000_000_000_000 + steps)
        }
    }
    func sleep(until instant: MonotonicInstant) async throws {}
}

func testEnvironment(_ files: MemoryFiles, clock: any Clock = TestClock()) -> Environment {
    Environment(
        clock: clock, random: TestRandom(), tasks: TestTasks(), files: files, lanes: InlineLanes(),
        network: NoNetwork(), failpoints: NoFailpoints())
}

/// A machine of two disks that ran a ledger guest.
struct Run {
    let files = MemoryFiles()
    let name: String
    let disks: [MemoryDisk]

    init(_ name: String, disks: [MemoryDisk] = [MemoryDisk(size: 1 << 17), MemoryDisk(size: 1 << 17)]) {
        self.name = name
        self.disks = disks
    }

    var log: [UInt8] { (try? files.readAll("/log")) ?? [] }
    func lines() throws -> [LogLine] { try LogLine.parse(log) }

    /// Runs a guest until it has so many acknowledgements.
    func guest(
        _ count: Int, seed: UInt64 = 1, generation: UInt64 = 1, trims: Bool = false, concurrency: Int = 4,
        board: AcknowledgementBoard? = nil, clock: any Clock = TestClock()
    ) async throws {
        let environment = testEnvironment(files, clock: clock)
        let guest = LedgerGuest(
            environment, disks: disks,
            LedgerConfiguration(
                machine: name, site: "home", seed: seed, generation: generation, workingSet: 24,
                concurrency: concurrency, flushEvery: 16, trims: trims),
            log: try await AcknowledgementLog(environment, path: "/log"), board: board)
        let run = Task { try await guest.run() }
        while await guest.acknowledgedCount < count {
            if run.isCancelled { break }
            await Task.yield()
        }
        await guest.stop()
        try await run.value
    }

    func images(_ bytes: [[UInt8]]? = nil) -> [LedgerChecker.Image] {
        (bytes ?? disks.map(\.bytes)).enumerated().map {
            LedgerChecker.Image(machine: name, disk: $0.offset, MemoryFile($0.element))
        }
    }
}
