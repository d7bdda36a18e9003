import API
import Environment
import EnvironmentLive
import Glibc
import Messages
import NIOPosix
import RPC
import RPCTransport
import Synchronization

private let warmUp = Duration.milliseconds(300)

/// Latencies of one task of the load.
struct Measure {
    let begin: MonotonicInstant
    let end: MonotonicInstant
    private let clock: any Clock
    var nanoseconds: [UInt32] = []

    init(_ clock: any Clock, seconds: Double) {
        self.clock = clock
        begin = clock.now() + warmUp
        end = begin + .nanoseconds(Int64(seconds * 1e9))
    }

    /// False when it is time to stop.
    mutating func record(since started: MonotonicInstant) -> Bool {
        let now = clock.now()
        if now < begin { return true }
        if now >= end { return false }
        nanoseconds.append(UInt32(clamping: now.nanoseconds - started.nanoseconds))
        return true
    }

    func report(_ all: [UInt32], processor: Double) {
        let sorted = all.sorted()
        func at(_ part: Double) -> Double {
            sorted.isEmpty ? 0 : Double(sorted[Int(part * Double(sorted.count - 1))]) / 1e3
        }
        let seconds = Double((clock.now() - begin).inNanoseconds) / 1e9
        print("calls=\(sorted.count) seconds=\(seconds) p50=\(at(0.5)) p99=\(at(0.99)) cpu=\(processor)")
    }
}

func processorSeconds() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

/// The processor time of the measured part: from the end of the warm-up.
private func processorAfterWarmUp(_ environment: Environment) -> Task<Double, Never> {
    Task {
        // Not cancelled by anyone.
        try? await environment.clock.sleep(for: warmUp)
        return processorSeconds()
    }
}

private func clients(
    _ environment: Environment, _ group: MultiThreadedEventLoopGroup, _ port: Int, _ count: Int
) -> [EchoClient] {
    let security = security(environment)
    let address =
        switch security {
        case .plaintext: StreamAddress.ip("127.0.0.1", port: port)
        case .mutualTLS: StreamAddress.component("echo", host: "127.0.0.1", port: port)
        }
    return (0..<count).map { _ in
        EchoClient(
            RPCClient(address: address, group: group, runtime: RPCRuntime(environment), security: security))
    }
}

/// Runs the load as a task of the connections' event loop.
private func onLoop(
    _ group: MultiThreadedEventLoopGroup, _ body: @escaping @Sendable () async throws -> Void
) async throws {
    let failure = Mutex<(any Error)?>(nil)
    await tasks(on: group.any()).spawn("load") {
        do { try await body() } catch { failure.withLock { $0 = error } }
    }.finished()
    if let failure = failure.withLock({ $0 }) { throw failure }
}

func unary(port: Int, payload: Int, connections: Int, inFlight: Int, seconds: Double) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let environment = liveEnvironment(network: NIONetwork(group: group))
    let clients = clients(environment, group, port, connections)
    let request = TestingV1.Note.with { $0.payload = [UInt8](repeating: 120, count: payload) }
    try await onLoop(group) {
        for client in clients { _ = try await client.say(request) }
        let measure = Measure(environment.clock, seconds: seconds)
        let before = processorAfterWarmUp(environment)
        let all = try await withThrowingTaskGroup(of: [UInt32].self) { tasks in
            for client in clients {
                for _ in 0..<inFlight {
                    tasks.addTask { try await callUntilEnd(client, request, measure, environment.clock) }
                }
            }
            return try await tasks.reduce(into: []) { $0 += $1 }
        }
        measure.report(all, processor: processorSeconds() - (await before.value))
    }
}

private func callUntilEnd(
    _ client: EchoClient, _ request: TestingV1.Note, _ measure: Measure, _ clock: any Clock
) async throws -> [UInt32] {
    var measure = measure
    var started: MonotonicInstant
    repeat {
        started = clock.now()
        _ = try await client.say(request)
    } while measure.record(since: started)
    return measure.nanoseconds
}

func stream(port: Int, payload: Int, seconds: Double) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let environment = liveEnvironment(network: NIONetwork(group: group))
    let client = clients(environment, group, port, 1)[0]
    let note = TestingV1.Note.with {
        $0.number = 1
        $0.payload = [UInt8](repeating: 120, count: payload)
    }
    try await onLoop(group) {
        let call = try await client.gather()
        var measure = Measure(environment.clock, seconds: seconds)
        let before = processorAfterWarmUp(environment)
        var sent: UInt64 = 0
        var started: MonotonicInstant
        repeat {
            started = environment.clock.now()
            try await call.send(note)
            sent += 1
        } while measure.record(since: started)
        let response = try await call.response()
        guard response.number == sent else { throw RPCError(.dataLoss, "\(response.number) of \(sent) arrived") }
        measure.report(measure.nanoseconds, processor: processorSeconds() - (await before.value))
    }
}
