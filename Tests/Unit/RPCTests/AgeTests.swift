import Environment
import RPC
import Simulation
import Synchronization
import Testing

/// Connections that reach the age of their server's configuration, under calls.
struct AgeTests {
    /// `Slow` takes five seconds and answers who called it; `Stay` does not end.
    private static func service(_ clock: any Clock, _ peers: Peers) -> BoundService {
        BoundService(
            name: "echo.v1.Echo",
            methods: [
                BoundMethod(name("Slow")) { call in
                    peers.add(call.context.peer)
                    while let message = try await call.next() {
                        try await clock.sleep(for: .seconds(5))
                        try await call.send(message)
                    }
                },
                BoundMethod(name("Stay")) { call in
                    try await call.send([])
                    try await clock.sleep(for: .seconds(100_000))
                },
            ])
    }

    private final class Peers: Sendable {
        private let seen = Mutex<Set<String>>([])
        func add(_ peer: String) { seen.withLock { _ = $0.insert(peer) } }
        var count: Int { seen.withLock { $0.count } }
    }

    private struct Seen: Sendable {
        var answered = 0
        var connections = 0
        var code = StatusCode.ok
        var after = Duration.zero
        var notes: [String] = []
    }

    @Test(arguments: UInt64(101)...105)
    func `calls in flight go on while their connection is replaced, and a stream ends after the grace`(
        _ seed: UInt64
    ) throws {
        let seen = try SimulatedWorld(seed: seed).perform(limit: .seconds(3_600)) { environment -> Seen in
            let (clock, peers, notes) = (environment.clock, Peers(), Notes())
            var configuration = RPCConfiguration()
            (configuration.maxAge, configuration.maxAgeGrace) = (.seconds(10), .seconds(6))
            var observer = RPCObserver()
            observer.connectionFailed = { _, reason in notes.add(reason) }
            let listener = try await environment.network.listen(.ip("0.0.0.0", port: 50))
            let server = StreamServer(
                listener: listener, router: Router([Self.service(clock, peers)]), runtime: RPCRuntime(environment),
                configuration: configuration, observer: observer)
            let channel = StreamChannel(environment: environment, address: listener.address)
            let begin = clock.now()
            var seen = Seen()
            let stream = try await channel.start(name("Stay"), CallOptions())
            async let stayed: (StatusCode, Duration) = {
                let code = await status { while try await stream.next() != nil {} }
                return (code, clock.now() - begin)
            }()
            seen.answered = try await withThrowingTaskGroup(of: Int.self) { tasks in
                for worker in 0..<8 {
                    tasks.addTask {
                        try await clock.sleep(for: .milliseconds(worker * 613))
                        var count = 0
                        while clock.now() - begin < .seconds(60) {
                            let call = try await channel.start(name("Slow"), CallOptions())
                            try await call.send([UInt8(worker)])
                            try await call.finishSending()
                            guard try await call.next() == [UInt8(worker)], try await call.next() == nil else {
                                throw Unexpected()
                            }
                            count += 1
                        }
                        return count
                    }
                }
                return try await tasks.reduce(0, +)
            }
            (seen.code, seen.after) = await stayed
            (seen.connections, seen.notes) = (peers.count, notes.all)
            channel.close()
            await server.drain(grace: .seconds(1))
            return seen
        }
        #expect(seen.answered >= 8 * 11)
        #expect((5...8).contains(seen.connections), "\(seen.connections) connections in a minute, each of some 10 s")
        #expect(seen.code == .unavailable)
        #expect(seen.after >= .seconds(15) && seen.after < .seconds(18), "\(seen.after)")
        #expect(seen.notes == ["its maximum age is over"], "the others' calls ended in time")
    }
}
