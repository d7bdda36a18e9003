import Compression
import Environment
import HTTP2
import RPC
import Simulation
import Synchronization
import Testing

/// What a hostile peer makes handlers hold, and the work that it makes them do.
struct HostileHandlerTests {
    private func with<T: Sendable>(_ body: @escaping @Sendable (Environment) async throws -> T) throws -> T {
        try SimulatedWorld(seed: 1).perform { try await body($0) }
    }

    private func metadata(_ count: Int, _ octets: Int) -> [(String, String)] {
        (0..<count).map { ("h\($0)", String(repeating: "x", count: octets)) }
    }

    @Test func `the metadata of open calls counts, and too much of it is refused`() throws {
        let (refused, left, after) = try with { environment in
            var configuration = RPCConfiguration()
            configuration.maxBufferedBytes = 1 << 20
            let budget = BufferBudget(64 << 20)
            let peer = try Peer(environment, configuration, budget)
            var calls: [StreamID] = []
            for _ in 0..<200 { calls.append(try peer.request(metadata(12, 1_000))) }
            try peer.exchange()
            let refused = calls.filter { peer.field($0, "grpc-status") == "8" }.count
            let left = budget.remaining
            for id in calls { peer.client.reset(id, .cancel) }
            try peer.exchange()
            try await environment.clock.sleep(for: .seconds(1))
            // The next call finds the room that the others have left.
            let next = try peer.request(metadata(12, 1_000))
            try peer.exchange()
            return (refused, left, peer.field(next, "grpc-status"))
        }
        // 12 KiB and a little for each.
        #expect(refused > 100 && refused < 130)
        #expect(left >= 63 << 20)
        #expect(after == nil)
    }

    @Test func `small metadata is free`() throws {
        let refused = try with { environment in
            var configuration = RPCConfiguration()
            configuration.maxBufferedBytes = 1
            let peer = try Peer(environment, configuration)
            var calls: [StreamID] = []
            for _ in 0..<200 { calls.append(try peer.request([("authorization", String(repeating: "x", count: 500))])) }
            try peer.exchange()
            return calls.filter { peer.field($0, "grpc-status") != nil }.count
        }
        #expect(refused == 0)
    }

    @Test func `a request's header section of more than 16 KiB is refused`() throws {
        let answers = try with { environment in
            let peer = try Peer(environment)
            let calls = try [14, 20].map { try peer.request(metadata($0, 1_000)) }
            try peer.exchange()
            return calls.map { peer.field($0, ":status") }
        }
        #expect(answers == [nil, "431"])
    }

    @Test func `a message counts while its handler waits with it for a peer that does not read`() throws {
        let (refused, left) = try with { environment in
            var configuration = RPCConfiguration()
            configuration.maxBufferedBytes = 4 << 20
            configuration.sendBufferBytes = 1
            let budget = BufferBudget(64 << 20)
            let peer = try Peer(environment, configuration, budget, window: 0)
            var calls: [StreamID] = []
            for _ in 0..<50 {
                let id = try peer.request(path: "/echo.v1.Echo/Expand")
                calls.append(id)
                peer.client.write(id, head: InlineHead(flag: 0, length: 200_000), Array(repeating: 1, count: 200_000))
                try peer.exchange()
                // The handler takes the message, sends one octet, and waits before the second.
                try await environment.clock.sleep(for: .milliseconds(1))
            }
            try peer.exchange()
            return (calls.filter { peer.field($0, "grpc-status") == "8" }.count, budget.remaining)
        }
        // 50 × 200,000 octets were taken, 4 MiB may be held.
        #expect(refused >= 28 && refused < 35)
        #expect(left >= 60 << 20)
    }

    @Test func `what compressed messages expand to counts while their handlers wait`() throws {
        let (refused, left) = try with { environment in
            var configuration = RPCConfiguration()
            configuration.maxBufferedBytes = 4 << 20
            configuration.connectionSendBufferBytes = 1
            let budget = BufferBudget(64 << 20)
            let peer = try Peer(environment, configuration, budget, window: 0)
            let bomb = try MessageEncoding.gzip.compress([UInt8](repeating: 0, count: 1 << 20))
            var calls: [StreamID] = []
            for _ in 0..<20 {
                let id = try peer.request([("grpc-encoding", "gzip")], path: "/echo.v1.Echo/Unary")
                calls.append(id)
                peer.client.write(id, head: InlineHead(flag: 1, length: UInt32(bomb.count)), bomb)
                peer.client.end(id)
                try peer.exchange()
                try await environment.clock.sleep(for: .milliseconds(1))
            }
            try peer.exchange()
            return (calls.filter { peer.field($0, "grpc-status") == "8" }.count, budget.remaining)
        }
        #expect(refused >= 16 && refused < 20)
        #expect(left >= 60 << 20)
    }

    @Test func `a message that expands to much is expanded aside, a small one at once`() throws {
        let (asides, statuses) = try with { environment in
            let asides = Notes()
            let peer = try Peer(
                environment,
                aside: { work in
                    asides.count()
                    work()
                })
            var statuses: [String?] = []
            for count in [1_000, 60_000, 70_000, 5 << 20] {
                let bytes = try MessageEncoding.gzip.compress([UInt8](repeating: 0, count: count))
                let id = try peer.request([("grpc-encoding", "gzip")], path: "/echo.v1.Echo/Unary")
                peer.client.write(id, head: InlineHead(flag: 1, length: UInt32(bytes.count)), bytes)
                peer.client.end(id)
                try peer.exchange()
                try await environment.clock.sleep(for: .milliseconds(1))
                try peer.exchange()
                statuses.append(peer.field(id, "grpc-status"))
            }
            return (asides.total, statuses)
        }
        #expect(asides == 2)
        #expect(statuses == ["0", "0", "0", "8"])
    }

    @Test func `a call that has ended is not expanded any more`() throws {
        let (during, ended) = try with { environment in
            let works = Works()
            let peer = try Peer(environment, aside: { works.add($0) })
            let bytes = try MessageEncoding.gzip.compress([UInt8](repeating: 0, count: 1 << 20))
            let id = try peer.request([("grpc-encoding", "gzip")], path: "/echo.v1.Echo/Chat")
            peer.client.write(id, head: InlineHead(flag: 1, length: UInt32(bytes.count)), bytes)
            try peer.exchange()
            try await environment.clock.sleep(for: .milliseconds(1))
            let during = peer.server.handlerCount
            peer.client.reset(id, .cancel)
            try peer.exchange()
            works.run()
            try await environment.clock.sleep(for: .milliseconds(1))
            return (during, peer.server.handlerCount)
        }
        #expect(during == 1)
        #expect(ended == 0)
    }
}

/// Work that waits until the test wants it done.
private final class Works: Sendable {
    private let waiting = Mutex<[@Sendable () -> Void]>([])

    func add(_ work: @escaping @Sendable () -> Void) { waiting.withLock { $0.append(work) } }

    func run() {
        let all = waiting.withLock { works in
            defer { works = [] }
            return works
        }
        for work in all { work() }
    }
}
