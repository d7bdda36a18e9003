import Environment
import HTTP2
import MessageCoding
import Simulation
import Synchronization
import Testing

@testable import RPC

/// A message that is its octets.
private struct Octets: WireMessage {
    static let protobufName = "test.Octets"
    var bytes: [UInt8] = []

    init() {}
    init(_ bytes: [UInt8]) { self.bytes = bytes }
    init(wire bytes: UnsafeRawBufferPointer) { self.bytes = Array(bytes) }
    func wireBytes() -> [UInt8] { bytes }
}

/// What a channel does with connections that fill, drain and fail.
struct ChannelTests {
    private func serve(
        _ environment: Environment, _ services: [BoundService], _ configuration: RPCConfiguration = RPCConfiguration()
    ) async throws -> StreamServer {
        StreamServer(
            listener: try await environment.network.listen(.ip("0.0.0.0", port: 50)), router: Router(services),
            runtime: RPCRuntime(environment), configuration: configuration)
    }

    private func channel(_ environment: Environment, _ policy: RetryPolicy? = RetryPolicy()) -> StreamChannel {
        StreamChannel(
            network: environment.network, address: .ip("0.0.0.0", port: 50), runtime: RPCRuntime(environment),
            retryPolicy: policy)
    }

    @Test func `a call under way ends on a draining connection while new ones go to the next server`() throws {
        let (slow, next) = try SimulatedWorld(seed: 21).perform { environment -> ([UInt8]?, [UInt8]?) in
            let echo = echoService(environment.clock, Notes())
            let first = try await serve(environment, [echo])
            let channel = channel(environment)
            let call = try await channel.start(name("Slow"), CallOptions())
            try await call.finishSending()
            try await environment.clock.sleep(for: .seconds(1))
            async let drained: Void = first.drain(grace: .seconds(30))
            try await environment.clock.sleep(for: .seconds(1))
            _ = try await serve(environment, [echo])
            let other = try await channel.start(name("Unary"), CallOptions(timeout: .seconds(1)))
            try await other.send([7])
            try await other.finishSending()
            let next = try await other.next()
            let slow = try await call.next()
            await drained
            return (slow, next)
        }
        #expect(slow == [5])
        #expect(next == [7])
    }

    @Test func `a connection with as many calls as its server allows gets a neighbour`() throws {
        let (counts, answer, late) = try SimulatedWorld(seed: 22).perform { environment in
            var configuration = RPCConfiguration()
            configuration.http2.maxConcurrentStreams = 2
            _ = try await serve(environment, [echoService(environment.clock, Notes())], configuration)
            let channel = channel(environment)
            var calls: [any ClientCall] = []
            var counts: [Int] = []
            for _ in 0..<8 {
                let call = try await channel.start(name("Stall"), CallOptions())
                try await call.finishSending()
                calls.append(call)
                // The server's SETTINGS arrive.
                try await environment.clock.sleep(for: .milliseconds(10))
                counts.append(channel.connectionCount)
            }
            // A ninth waits on one of the four for its turn.
            let ninth = try await channel.start(name("Unary"), CallOptions(timeout: .seconds(5)))
            try await ninth.send([9])
            try await ninth.finishSending()
            let late = await status { _ = try await ninth.next() }
            for call in calls { call.cancel() }
            let after = try await channel.start(name("Unary"), CallOptions(timeout: .seconds(5)))
            try await after.send([9])
            try await after.finishSending()
            return (counts, try await after.next(), late)
        }
        #expect(counts == [1, 1, 2, 2, 3, 3, 4, 4])
        #expect(late == .deadlineExceeded)
        #expect(answer == [9])
    }

    /// Runs a deadline's timer before its maker goes on, as another thread may.
    private struct Eager: TaskSpawner {
        func spawn(_ name: String, _ body: @escaping @Sendable () async -> Void) -> SpawnedTask {
            let isTimer = name.contains("deadline")
            return SpawnedTask(isTimer ? Task.immediate { await body() } : Task { await body() })
        }
    }

    /// A point in time after every deadline that the test uses.
    private struct Late: Clock {
        func now() -> MonotonicInstant { MonotonicInstant(nanoseconds: 1_000_000_000) }
        func wallNow() -> WallInstant { WallInstant(microseconds: 0) }
        func sleep(until instant: MonotonicInstant) async throws {
            if instant > now() { try await Task.sleep(for: .seconds(3_600)) }
        }
    }

    @Test(.timeLimit(.minutes(1))) func `a call whose deadline has passed does not wait for a connection`() async {
        struct Zero: RandomSource { func nextUInt64() -> UInt64 { 0 } }
        let channel = ReconnectingChannel(
            target: "nobody", runtime: RPCRuntime(clock: Late(), random: Zero(), tasks: Eager())
        ) {
            try await Task.sleep(for: .seconds(3_600))
            throw RPCError(.unavailable, "nobody")
        }
        let ended = Notes()
        let watch = Task {
            let scope = CallScope(deadline: MonotonicInstant(nanoseconds: 1))
            let code = await CallScope.$current.withValue(scope) {
                await status { _ = try await channel.start(name("Unary"), CallOptions(waitForReady: true)) }
            }
            ended.add("\(code)")
        }
        for _ in 0..<500 where ended.all.isEmpty { try? await Task.sleep(for: .milliseconds(10)) }
        #expect(ended.all == ["deadlineExceeded"])
        channel.close()
        await watch.value
    }

    /// Fails so many times, then answers; counts the attempts and keeps what they say of earlier ones.
    private final class Flaky: Sendable {
        let seen = Mutex<[String]>([])
        private let failures: Int
        private let error: RPCError

        init(failures: Int, _ error: RPCError = RPCError(.unavailable, "not now")) {
            self.failures = failures
            self.error = error
        }

        var attempts: Int { seen.withLock { $0.count } }

        var service: BoundService {
            BoundService(
                name: "echo.v1.Echo",
                methods: [
                    BoundMethod(name("Flaky")) { [self] call in
                        let count = seen.withLock { seen in
                            seen.append("attempt")
                            return seen.count
                        }
                        if count <= failures { throw error }
                        if let message = try await call.next() { try await call.send(message) }
                    }
                ])
        }
    }

    /// Attempts, how the call ended, and how long it took.
    private func call(
        _ flaky: Flaky, _ policy: RetryPolicy = RetryPolicy(),
        _ change: @escaping @Sendable (inout CallOptions) -> Void = { $0.isIdempotent = true }
    ) throws -> (attempts: Int, code: StatusCode, took: Duration) {
        try SimulatedWorld(seed: 23).perform { environment in
            _ = try await serve(environment, [flaky.service])
            let channel = channel(environment, policy)
            let start = environment.clock.now()
            var options = CallOptions()
            change(&options)
            let final = options
            let code = await status {
                let answer: Octets = try await channel.unary(name("Flaky"), Octets([1]), final)
                if answer.bytes != [1] { throw RPCError(.internal, "another answer") }
            }
            return (flaky.attempts, code, environment.clock.now() - start)
        }
    }

    @Test func `an idempotent call is repeated after UNAVAILABLE, up to the policy's attempts`() throws {
        #expect(try call(Flaky(failures: 2)).attempts == 3)
        #expect(try call(Flaky(failures: 2)).code == .ok)
        #expect(try call(Flaky(failures: 9)).attempts == 4)
        #expect(try call(Flaky(failures: 9)).code == .unavailable)
    }

    /// grpc/doc/statuscodes.md, "Response cardinality violation".
    @Test(arguments: [0, 2]) func `another number of responses than one is UNIMPLEMENTED`(_ count: Int) throws {
        let code = try SimulatedWorld(seed: 29).perform { environment in
            let method = BoundMethod(name("Flaky")) { call in for _ in 0..<count { try await call.send([1]) } }
            _ = try await serve(environment, [BoundService(name: "echo.v1.Echo", methods: [method])])
            let channel = channel(environment)
            return await status { _ = try await channel.unary(name("Flaky"), Octets([1]), CallOptions()) as Octets }
        }
        #expect(code == .unimplemented)
    }

    @Test func `other calls and other failures are not repeated`() throws {
        #expect(try call(Flaky(failures: 1), RetryPolicy(), { _ in }).attempts == 1)
        #expect(try call(Flaky(failures: 1, RPCError(.failedPrecondition, "no"))).attempts == 1)
    }

    @Test func `an operation key makes a call repeatable`() throws {
        let flaky = Flaky(failures: 1)
        try SimulatedWorld(seed: 24).perform { environment in
            _ = try await serve(environment, [flaky.service])
            let channel = channel(environment)
            try await CallScope.with({ $0.operationKey = "once" }) {
                let _: Octets = try await channel.unary(name("Flaky"), Octets([1]), CallOptions())
            }
        }
        #expect(flaky.attempts == 2)
    }

    @Test func `a server pushes back, for a while or for good`() throws {
        var later = RPCError(.unavailable, "later")
        later.pushback = .after(.seconds(30))
        let pushed = try call(Flaky(failures: 1, later))
        #expect(pushed.attempts == 2)
        #expect(pushed.took >= .seconds(30) && pushed.took < .seconds(31))
        later.pushback = .never
        #expect(try call(Flaky(failures: 1, later)).attempts == 1)
    }

    @Test func `a wait beyond the deadline is not begun`() throws {
        var later = RPCError(.unavailable, "later")
        later.pushback = .after(.seconds(30))
        let pushed = try call(Flaky(failures: 1, later), RetryPolicy()) {
            $0.isIdempotent = true
            $0.timeout = .seconds(10)
        }
        #expect(pushed.attempts == 1)
        #expect(pushed.took < .seconds(1))
    }

    @Test func `many failures use up the budget, and successes fill it again`() throws {
        let (during, later) = try SimulatedWorld(seed: 25).perform { environment in
            let flaky = Flaky(failures: 40)
            _ = try await serve(environment, [flaky.service])
            let channel = channel(environment, RetryPolicy(maxTokens: 10, tokenRatio: 500))
            var options = CallOptions()
            options.isIdempotent = true
            for _ in 0..<20 { _ = try? await channel.unary(name("Flaky"), Octets([1]), options) as Octets }
            let during = flaky.attempts
            // From here on there are failures without retries until the server has recovered.
            while flaky.attempts < 60 { _ = try? await channel.unary(name("Flaky"), Octets([1]), options) as Octets }
            let before = flaky.attempts
            _ = try await channel.unary(name("Flaky"), Octets([1]), options) as Octets
            return (during, flaky.attempts - before)
        }
        // Five failures are retried, then each call is one attempt.
        #expect(during >= 22 && during <= 26)
        #expect(later == 1)
    }

    @Test func `push-back is read from its trailer`() {
        #expect(RetryPushback("0") == .after(.zero))
        #expect(RetryPushback("1500") == .after(.milliseconds(1_500)))
        for text in ["-1", "", "soon", "99999999999999999999", "1.5"] { #expect(RetryPushback(text) == .never) }
    }

    @Test func `an error tells of a call that was sent also when its last attempt was not`() throws {
        let seen = try SimulatedWorld(seed: 28).perform { environment in
            let retries = Retries(RetryPolicy(), RPCRuntime(environment))
            let attempts = Mutex(0)
            var options = CallOptions()
            options.isIdempotent = true
            do {
                try await retries.run(options) { _ in
                    let number = attempts.withLock { count in
                        count += 1
                        return count
                    }
                    var error = RPCError(.unavailable, "away")
                    error.wasSent = number == 1
                    throw error
                }
            } catch { return error as? RPCError }
            return nil
        }
        // Its effect may have happened: whoever unwinds must undo it.
        #expect(seen?.wasSent == true)
    }

    @Test func `a call that its server refused unseen is made again, whatever it is`() throws {
        let attempts = Mutex(0)
        let code = try SimulatedWorld(seed: 27).perform { environment in
            let retries = Retries(RetryPolicy(), RPCRuntime(environment))
            return await status {
                try await retries.run(CallOptions()) { _ in
                    attempts.withLock { $0 += 1 }
                    var error = RPCError(.unavailable, "refused")
                    error.wasRefused = true
                    throw error
                }
            }
        }
        #expect(attempts.withLock { $0 } == 2)
        #expect(code == .unavailable)
    }
}

struct BandwidthDelayTests {
    private func at(_ milliseconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
    }

    @Test func `a window that the path fills doubles, up to its maximum`() {
        var estimate = BandwidthDelay(window: 1_000_000, maximum: 3_000_000)
        var windows: [Int?] = []
        var now: Int64 = 0
        for _ in 0..<3 {
            estimate.received(100_000)
            let began = estimate.begin(at(now))
            now += 50
            estimate.received(estimate.window)
            windows.append(began ? estimate.answered(at(now)) : nil)
        }
        #expect(windows == [2_000_000, 3_000_000, nil])
    }

    @Test func `small calls are not measured, and a path that is not filled seldom`() {
        var estimate = BandwidthDelay(window: 1_000_000, maximum: 3_000_000)
        estimate.received(60_000)
        let isWorthwhile = estimate.wouldBegin(at(0))
        #expect(!isWorthwhile)
        var pings = 0
        for tick in 0..<1_000 {
            estimate.received(70_000)
            if estimate.begin(at(Int64(tick) * 100)) {
                pings += 1
                let window = estimate.answered(at(Int64(tick) * 100 + 1))
                #expect(window == nil)
            }
        }
        #expect(pings < 25)
    }

    @Test func `a long fat link is filled`() throws {
        func seconds(_ maximum: Int32) throws -> Double {
            let world = SimulatedWorld(seed: 31)
            let (server, client) = (world.host("a", address: "127.0.1.1"), world.host("b", address: "127.0.1.2"))
            var link = LinkConditions()
            link.latency = .milliseconds(50)...(.milliseconds(50))
            link.capacity = 64 << 20
            link.splitsOneIn = 0
            world.network.setConditions(link, between: server, and: client)
            let took = Mutex<Duration?>(nil)
            server.boot { environment in
                guard let listener = try? await environment.network.listen(.ip("127.0.1.1", port: 50)) else { return }
                _ = StreamServer(
                    listener: listener, router: Router([echoService(environment.clock, Notes())]),
                    environment: environment)
                try? await environment.clock.sleep(for: .seconds(1_000_000))
            }
            client.boot { environment in
                var configuration = RPCConfiguration()
                (configuration.http2.streamWindow, configuration.http2.maxStreamWindow) = (256 << 10, maximum)
                configuration.http2.connectionWindow = 512 << 10
                let channel = StreamChannel(
                    network: environment.network, address: .ip("127.0.1.1", port: 50),
                    runtime: RPCRuntime(environment), configuration: configuration)
                let options = CallOptions(waitForReady: true)
                guard let call = try? await channel.start(name("Flood"), options) else { return }
                try? await call.finishSending()
                let start = environment.clock.now()
                for _ in 0..<3_000 { _ = try? await call.next() }
                took.withLock { $0 = environment.clock.now() - start }
            }
            try world.run(limit: .seconds(600)) { took.withLock { $0 != nil } }
            return Double(took.withLock { $0 }?.inMicroseconds ?? 0) / 1e6
        }
        let (fixed, growing) = (try seconds(256 << 10), try seconds(16 << 20))
        #expect(fixed > 8)
        #expect(growing * 2 < fixed, "\(growing) s with a growing window, \(fixed) s with a fixed one")
    }
}

extension BandwidthDelay {
    fileprivate func wouldBegin(_ now: MonotonicInstant) -> Bool {
        var copy = self
        return copy.begin(now)
    }
}
