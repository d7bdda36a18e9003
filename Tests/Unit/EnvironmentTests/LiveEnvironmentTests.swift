import Dispatch
import Environment
import Glibc
import Synchronization
import Testing

@testable import EnvironmentLive

struct LiveClockTests {
    let clock = LiveClock()

    @Test func `a sleep ends at or after its instant`() async throws {
        let end = clock.now() + .milliseconds(20)
        try await clock.sleep(until: end)
        #expect(clock.now() >= end)
    }

    @Test func `a cancelled sleep throws`() async {
        let sleeper = Task { try await LiveClock().sleep(for: .seconds(60)) }
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
    }

    @Test func `the wall clock is in this century`() {
        #expect(clock.wallNow().microseconds > 1_700_000_000_000_000)
    }
}

struct LiveLaneTests {
    @Test func `bodies run one at a time and in order on one thread`() async throws {
        let lane = LiveLaneProvider().lane("test")
        let seen = Mutex<[Int]>([])
        let threads = Mutex<Set<UInt>>([])
        for number in 0..<50 {
            try await lane.run {
                threads.withLock { _ = $0.insert(UInt(pthread_self())) }
                seen.withLock { $0.append(number) }
            }
        }
        #expect(seen.withLock { $0 } == Array(0..<50))
        #expect(threads.withLock { $0.count } == 1)
    }

    @Test func `a body's error reaches its caller and the lane goes on`() async throws {
        let lane = LiveLaneProvider().lane("test")
        await #expect(throws: FileError.self) {
            try await lane.run { throw FileError(.other, "test", "/") }
        }
        #expect(try await lane.run { 7 } == 7)
    }

    @Test func `tasks in the background give way, and nothing else does`() async throws {
        let environment = liveEnvironment(network: NoNetwork(), executor: BackgroundExecutor(threads: 2))
        let normal = niceness()
        #expect(try await environment.lanes.lane("reads").run { niceness() } == normal)
        let seen = Mutex<[Int32]>([])
        let tasks = (0..<1_000).map { number in
            environment.tasks.spawn("task \(number)") {
                await Task.yield()
                seen.withLock { $0.append(niceness()) }
            }
        }
        for task in tasks { await task.finished() }
        #expect(seen.withLock { $0.count } == 1_000)
        #expect(seen.withLock { $0 }.allSatisfy { $0 > normal })
        #expect(niceness() == normal)
    }

    @Test func `a brief body runs where its caller is, after one that took long on the lane`() async throws {
        let clock = SteppedClock()
        let lane = LiveLane(name: "brief-lane", threads: 1, clock: clock)
        func runsInPlace() async throws -> Bool { try await lane.runBrief { threadName() != "brief-lane" } }
        #expect(try await runsInPlace())
        try await lane.runBrief { clock.advance(LiveLane.briefAtMost) }
        #expect(try await runsInPlace())
        await #expect(throws: FileError.self) {
            try await lane.runBrief {
                clock.advance(.milliseconds(10))
                throw FileError(.other, "test", "/")
            }
        }
        #expect(try await !runsInPlace())
        clock.advance(.milliseconds(10 * LiveLane.rest - 1))
        #expect(try await !runsInPlace())
        clock.advance(.milliseconds(1))
        #expect(try await runsInPlace())
    }

    @Test func `what a guest waits for goes first where that is allowed, and nothing that it starts`() async throws {
        let lanes = LiveLaneProvider()
        let normal = niceness()
        let isAllowed = try await lanes.lane("tries").run {
            setpriority(Int32(PRIO_PROCESS.rawValue), 0, ThreadPriority.first.rawValue) == 0
        }
        let guest = lanes.guestLane("guest", threads: 1)
        #expect(try await guest.run { niceness() } == (isAllowed ? ThreadPriority.first.rawValue : normal))
        let started = try await guest.run { lanes.lane("started") }
        #expect(try await started.run { niceness() } == normal)
    }

    @Test func `of several threads none stands idle while a body waits`() async throws {
        let lane = LiveLaneProvider().guestLane("test", threads: 3)
        let (first, second) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        // Each waits for one that was submitted after it.
        async let slowest = lane.run { first.wait(); return 1 }
        async let slower = lane.run { second.wait(); first.signal(); return 2 }
        async let last = lane.run { second.signal(); return 3 }
        #expect(try await [slowest, slower, last] == [1, 2, 3])
    }

    @Test(arguments: [1, 3]) func `the threads end when the lane is released`(count: Int) async throws {
        let names = count == 1 ? ["short"] : ["short-0", "short-1", "short-2"]
        var lane: (any Lane)? = LiveLaneProvider().guestLane("short", threads: count)
        try await lane?.run {}
        for name in names { try await until(name, 1) }
        lane = nil
        for name in names { try await until(name, 0) }
    }

    @Test func `a worker does one thing after the other, beside whoever began it`() throws {
        let worker = LiveLaneProvider().worker("test")
        let seen = Mutex<[Int]>([])
        let go = DispatchSemaphore(value: 0)
        try worker.wait()
        try worker.begin { go.wait(); seen.withLock { $0.append(1) } }
        #expect(seen.withLock { $0 } == [])
        go.signal()
        for number in 2...50 { try worker.begin { seen.withLock { $0.append(number) } } }
        try worker.wait()
        #expect(seen.withLock { $0 } == Array(1...50))
        try worker.wait()
    }

    @Test func `what a worker's work threw is thrown once, by the next call`() throws {
        let worker = LiveLaneProvider().worker("test")
        try worker.begin { throw FileError(.noSpace, "write", "disk.raw") }
        #expect(throws: FileError.self) { try worker.begin { Issue.record("begun") } }
        try worker.wait()
        try worker.begin { throw FileError(.noSpace, "write", "disk.raw") }
        #expect(throws: FileError.self) { try worker.wait() }
        try worker.begin {}
        try worker.wait()
    }

    @Test func `a worker's thread ends when it is released`() async throws {
        var worker: (any Worker)? = LiveLaneProvider().worker("brief")
        try worker?.begin {}
        try await until("brief", 1)
        worker = nil
        try await until("brief", 0)
    }

    private func until(_ name: String, _ count: Int) async throws {
        for _ in 0..<200 where threadsNamed(name) != count { try await LiveClock().sleep(for: .milliseconds(5)) }
        #expect(threadsNamed(name) == count, "\(name)")
    }

    private func threadsNamed(_ name: String) -> Int {
        let files = LiveFileSystem()
        let tasks = (try? files.list("/proc/self/task")) ?? []
        return tasks.count { named("/proc/self/task/\($0)/comm") == name }
    }
}

struct LiveFailpointTests {
    @Test func `a configuration names points, counts and actions`() throws {
        let points = try LiveFailpoints(configuration: "a.b.c=3,d=1:stop")
        #expect(points.armed.map(\.name) == ["a.b.c", "d"])
        #expect(points.armed.map(\.count) == [3, 1])
        #expect(points.armed.map(\.action) == [.kill, .stop])
        points.reach("a.b.c")
        points.reach("other")
        #expect(points.isAlive)
    }

    @Test(arguments: ["a", "a=", "a=0", "a=x", "a=1:explode", "=1", "a=1:kill:stop", "a=1=2"])
    func `what is not understood is refused`(_ configuration: String) {
        #expect(throws: LiveFailpoints.ConfigurationError.self) {
            try LiveFailpoints(configuration: configuration)
        }
    }

    @Test func `a rest is held while a file of its name lies in the directory of holds`() async throws {
        let files = LiveFileSystem()
        let directory = "/tmp/homeward-holds-\(getpid())"
        try files.createDirectory(directory)
        defer { try? files.remove(directory) }
        let points = try LiveFailpoints(configuration: "", holds: directory)
        await points.rest("nothing.armed")
        try files.open("\(directory)/step.begin", .create).close()
        let resting = Task { await points.rest("step.begin") }
        while !files.exists("\(directory)/step.begin.held") { await Task.yield() }
        await points.rest("step.end")
        try files.remove("\(directory)/step.begin")
        await resting.value
        #expect(!files.exists("\(directory)/step.begin.held"))
    }

    @Test func `the process dies by SIGKILL at the count`() async throws {
        await #expect(processExitsWith: .signal(SIGKILL)) {
            let points = try LiveFailpoints(configuration: "commit=2")
            points.reach("commit")
            points.reach("elsewhere")
            points.reach("commit")
        }
    }
}

struct TerminationTests {
    @Test func `SIGTERM is seen by all who wait and by late callers`() async {
        await #expect(processExitsWith: .exitCode(3)) {
            async let first = terminationSignal()
            async let second = terminationSignal()
            try await LiveClock().sleep(for: .milliseconds(100))
            kill(getpid(), SIGTERM)
            let numbers = await [first, second, terminationSignal()]
            exit(numbers == [SIGTERM, SIGTERM, SIGTERM] ? 3 : 4)
        }
    }

    @Test func `a signal that comes before anybody waits for it is kept`() async {
        await #expect(processExitsWith: .exitCode(3)) {
            expectTermination()
            kill(getpid(), SIGTERM)
            exit(await terminationSignal() == SIGTERM ? 3 : 4)
        }
    }

    @Test func `a second signal ends the process`() async {
        await #expect(processExitsWith: .exitCode(128 + SIGINT)) {
            async let first = terminationSignal()
            try await LiveClock().sleep(for: .milliseconds(100))
            kill(getpid(), SIGTERM)
            _ = await first
            kill(getpid(), SIGINT)
            try await LiveClock().sleep(for: .seconds(20))
        }
    }
}

struct DescriptorLimitTests {
    @Test func `a live environment raises the soft limit of open files to the hard one`() async {
        await #expect(processExitsWith: .success) {
            var limits = rlimit(rlim_cur: 64, rlim_max: 300)
            #expect(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits) == 0)
            #expect(DescriptorLimit.current.soft == 64 && DescriptorLimit.current.hard == 300)
            _ = liveEnvironment(network: NoNetwork())
            #expect(DescriptorLimit.current.soft == 300 && DescriptorLimit.current.hard == 300)
            // It is the kernel's limit, not a number of ours. Not by opening so many: other threads want some.
            #expect(fcntl(2, F_DUPFD, 299) == 299)
            #expect(fcntl(2, F_DUPFD, 300) == -1 && errno == EINVAL)
        }
    }
}

private struct NoNetwork: Network {
    func listen(_ address: StreamAddress) async throws(NetworkError) -> any StreamListener {
        throw NetworkError(.other, "\(address)")
    }

    func connect(_ address: StreamAddress) async throws(NetworkError) -> any ByteStream {
        throw NetworkError(.other, "\(address)")
    }
}

/// Of the calling thread.
private func threadName() -> String { named("/proc/thread-self/comm") ?? "" }

/// The name of a thread, from its file below `/proc`; nil once it has ended.
private func named(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 32)
    guard fgets(&line, 32, file) != nil else { return nil }
    return String(decoding: line.prefix { $0 != 10 && $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// Time passes when it is told to.
private final class SteppedClock: Clock {
    private let time = Atomic<Int64>(1)

    func now() -> MonotonicInstant { MonotonicInstant(nanoseconds: time.load(ordering: .relaxed)) }
    func wallNow() -> WallInstant { WallInstant(microseconds: 0) }
    func sleep(until instant: MonotonicInstant) async throws {}
    func advance(_ duration: Duration) { time.add(duration.inNanoseconds, ordering: .relaxed) }
}

private func niceness() -> Int32 { getpriority(Int32(PRIO_PROCESS.rawValue), 0) }
