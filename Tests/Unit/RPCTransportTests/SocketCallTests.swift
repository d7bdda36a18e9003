import Environment
import NIOCore
import NIOPosix
import RPC
import RPCTransport
import Synchronization
import Testing

@Suite(.serialized, .timeLimit(.minutes(1))) struct SocketCallTests {
    let group = MultiThreadedEventLoopGroup.singleton

    private func withServer(
        at address: StreamAddress = .ip("127.0.0.1", port: 0), _ body: (RPCServer, RPCClient) async throws -> Void
    ) async throws {
        let server = try await RPCServer.start(
            address: address, services: [echoService], group: group, runtime: testRuntime)
        let client = RPCClient(address: server.address, group: group, runtime: testRuntime)
        try await body(server, client)
        client.close()
        await server.drain(grace: .seconds(2))
    }

    @Test func `a unary call over TCP is answered`() async throws {
        try await withServer { _, client in
            same(try await unary(client, "Unary", [1, 2, 3]), [1, 2, 3])
            same(try await unary(client, "Unary", []), [])
        }
    }

    /// The answer wakes the task inside one lock while the cancel runs inside another.
    @Test func `calls that are cancelled at the instant of their answer leave the connection alive`() async throws {
        try await withServer { _, client in
            await withTaskGroup(of: Void.self) { callers in
                for caller in 0..<8 {
                    callers.addTask {
                        for number in 0..<150 {
                            let call = Task { _ = try? await unary(client, "Unary", [1]) }
                            for _ in 0..<(caller * 7 + number) % 40 { await Task.yield() }
                            call.cancel()
                            await call.value
                        }
                    }
                }
            }
            same(try await unary(client, "Unary", [2]), [2])
        }
    }

    @Test func `a unary call over a unix socket is answered`() async throws {
        try await withServer(at: .unix(path: "/tmp/homeward-rpc-\(UInt64.random(in: 0 ... .max)).sock")) { _, client in
            same(try await unary(client, "Unary", [7]), [7])
        }
    }

    @Test func `a server is reached by its host's name`() async throws {
        try await withServer { server, _ in
            guard case .ip(_, let port) = server.address else { throw NetworkError(.other, "\(server.address)") }
            let client = RPCClient(address: .ip("localhost", port: port), group: group, runtime: testRuntime)
            same(try await unary(client, "Unary", [7]), [7])
            client.close()
        }
    }

    @Test func `all kinds of streaming carry whole messages in order`() async throws {
        try await withServer { _, client in
            let expand = try await client.start(name("Expand"), CallOptions())
            try await expand.send([9, 8, 7])
            try await expand.finishSending()
            var seen: [[UInt8]] = []
            while let message = try await expand.next() { seen.append(message) }
            #expect(seen == [[9], [9, 8], [9, 8, 7]])

            let collect = try await client.start(name("Collect"), CallOptions())
            for byte in UInt8(0)..<100 { try await collect.send([byte]) }
            try await collect.finishSending()
            same(try await collect.next(), Array(0..<100))
            same(try await collect.next(), nil)

            let chat = try await client.start(name("Chat"), CallOptions())
            for byte in UInt8(0)..<100 {
                try await chat.send([byte])
                same(try await chat.next(), [byte])
            }
            try await chat.finishSending()
            same(try await chat.next(), nil)
        }
    }

    @Test func `a failing handler's status, message, details and metadata arrive`() async throws {
        try await withServer { _, client in
            let error = await failure { _ = try await unary(client, "Fail", []) }
            #expect(error?.code == .failedPrecondition)
            #expect(error?.message == "größer: 100 %")
            #expect(error?.details == [1, 2, 255])
            #expect(error?.metadata["reason"] == "because")
            #expect(error?.metadata.entries.contains { $0.key == "proof-bin" && $0.value == [0, 1, 2, 3] } == true)
        }
    }

    @Test func `messages larger than the windows pass in both directions`() async throws {
        try await withServer { _, client in
            let message = (0..<3_500_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            same(try await unary(client, "Unary", message, timeout: .seconds(30)), message)
        }
    }

    @Test func `a deadline ends a call that is not answered`() async throws {
        try await withServer { _, client in
            let error = await failure {
                _ = try await unary(client, "Stall", [], timeout: .milliseconds(100))
            }
            #expect(error?.code == .deadlineExceeded)
        }
    }

    @Test func `many calls at once over one connection are each answered`() async throws {
        try await withServer { _, client in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for number in 0..<200 {
                    tasks.addTask {
                        let message = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: number * 50)
                        let answer = try await unary(client, "Unary", message, timeout: .seconds(20))
                        #expect(answer == message)
                    }
                }
                try await tasks.waitForAll()
            }
        }
    }

    /// With one flush at the end of a batch, client and server would take turns.
    @Test func `what a batch of tasks wrote is on its way while the rest of it runs`() async throws {
        let crowd = Crowd(64)
        let service = BoundService(
            name: "echo.v1.Echo",
            methods: [
                BoundMethod(name("Unary")) { call in
                    let message = try await call.next()
                    await crowd.gather()
                    if crowd.takePlace() == 48 { crowd.waitOnThisThread() }
                    if let message { try await call.send(message) }
                }
            ])
        let loops = (0..<2).map { _ in MultiThreadedEventLoopGroup(numberOfThreads: 1) }
        let server = try await RPCServer.start(
            address: .ip("127.0.0.1", port: 0), services: [service], group: loops[0], runtime: testRuntime)
        let client = RPCClient(address: server.address, group: loops[1], runtime: testRuntime)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for _ in 0..<64 {
                tasks.addTask {
                    same(try await unary(client, "Unary", [1]), [1])
                    crowd.answered()
                }
            }
            try await tasks.waitForAll()
        }
        #expect(crowd.sawAnAnswer)
        client.close()
        await server.drain(grace: .seconds(2))
        for loop in loops { try await loop.shutdownGracefully() }
    }

    /// Its flush reads the end of the connection, which runs what is ready: not what has run just before (SIGSEGV).
    @Test func `a connection that breaks while a batch of tasks is flushed runs none of them twice`() async throws {
        let crowd = Crowd(64)
        let (held, hold) = AsyncStream<Void>.makeStream()
        let service = BoundService(
            name: "echo.v1.Echo",
            methods: [
                BoundMethod(name("Gather")) { call in
                    await crowd.gather()
                    if crowd.takePlace() == 1 {
                        hold.yield()
                        crowd.waitOnThisThread()
                    }
                    try await call.send([1])
                },
                BoundMethod(name("Unary")) { call in
                    if let message = try await call.next() { try await call.send(message) }
                },
            ])
        let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let server = try await RPCServer.start(
            address: .ip("127.0.0.1", port: 0), services: [service], group: loop, runtime: testRuntime)
        let peer = try RawSocket(server.address)
        try peer.call("Gather", times: 64)
        for await _ in held { break }
        peer.reset()
        crowd.answered()
        let client = RPCClient(address: server.address, group: group, runtime: testRuntime)
        same(try await unary(client, "Unary", [7]), [7])
        #expect(crowd.takePlace() == 65)
        client.close()
        await server.drain(grace: .seconds(2))
        try await loop.shutdownGracefully()
    }

    @Test func `a lost server is UNAVAILABLE, and a call that waits finds the next one`() async throws {
        let first = try await RPCServer.start(
            address: .ip("127.0.0.1", port: 0), services: [echoService], group: group, runtime: testRuntime)
        let client = RPCClient(address: first.address, group: group, runtime: testRuntime)
        same(try await unary(client, "Unary", [1]), [1])
        await first.drain(grace: .seconds(1))
        let error = await failure { _ = try await unary(client, "Unary", [2]) }
        #expect(error?.code == .unavailable)

        async let waiting = client.start(name("Unary"), CallOptions(timeout: .seconds(10), waitForReady: true))
        let second = try await RPCServer.start(
            address: first.address, services: [echoService], group: group, runtime: testRuntime)
        let call = try await waiting
        try await call.send([3])
        try await call.finishSending()
        same(try await call.next(), [3])
        client.close()
        await second.drain(grace: .seconds(1))
    }
}

/// Tasks that wait for one another, then go on at once.
private final class Crowd: Sendable {
    private struct State {
        var waiting: [CheckedContinuation<Void, Never>] = []
        var place = 0
        var isAnswered = false
        var sawAnAnswer = false
    }

    private let size: Int
    private let state = Mutex(State())

    init(_ size: Int) { self.size = size }

    var sawAnAnswer: Bool { state.withLock { $0.sawAnAnswer } }

    func gather() async {
        await withCheckedContinuation { continuation in
            let all = state.withLock { state in
                state.waiting.append(continuation)
                return state.waiting.count == size ? state.waiting : []
            }
            for continuation in all { continuation.resume() }
        }
    }

    func takePlace() -> Int {
        state.withLock { state in
            state.place += 1
            return state.place
        }
    }

    func answered() { state.withLock { $0.isAnswered = true } }

    /// Holds the loop up until somebody has an answer, five seconds at most.
    func waitOnThisThread() {
        let end = ContinuousClock.now + .seconds(5)
        while ContinuousClock.now < end {
            let isAnswered = state.withLock { state in
                state.sawAnAnswer = state.isAnswered
                return state.isAnswered
            }
            if isAnswered { return }
        }
    }
}
