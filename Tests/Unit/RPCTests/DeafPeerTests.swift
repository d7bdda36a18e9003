import Environment
import HTTP2
import RPC
import Simulation
import Testing

/// Peers that take what they are sent off no link: a writer waits for them as long as the connection lasts, and no
/// longer.
struct DeafPeerTests {
    /// What a peer says that calls `Flood`, with windows in which all that comes has room.
    private static func flood() throws -> [UInt8] {
        var windows = HTTP2Configuration()
        (windows.streamWindow, windows.connectionWindow) = (1 << 30, 1 << 30)
        let session = try HTTP2Session(.client, windows)
        let id = try session.submitRequest([
            HeaderField(":method", "POST"), HeaderField(":scheme", "http"), HeaderField(":authority", "x"),
            HeaderField(":path", "/echo.v1.Echo/Flood"), HeaderField("te", "trailers"),
            HeaderField("content-type", "application/grpc"),
        ])
        session.end(id)
        var bytes: [UInt8] = []
        while try session.produce(limit: 1 << 20, { bytes += $0 }, { _ in }) {}
        return bytes
    }

    /// A server in tasks that are counted, and a stream to it on which it floods a peer that reads nothing.
    private static func flooded(
        _ environment: Environment, _ change: (inout RPCConfiguration) -> Void = { _ in }
    ) async throws -> (server: StreamServer, stream: any ByteStream, tasks: CountedTasks, notes: Notes) {
        let (tasks, notes) = (CountedTasks(environment.tasks), Notes())
        var runtime = RPCRuntime(environment)
        runtime.tasks = tasks
        var configuration = RPCConfiguration()
        change(&configuration)
        let listener = try await environment.network.listen(.ip("0.0.0.0", port: 50))
        let server = StreamServer(
            listener: listener, router: Router([echoService(environment.clock, notes)]), runtime: runtime,
            configuration: configuration)
        let stream = try await environment.network.connect(listener.address)
        try await stream.write(try flood())
        try await environment.clock.sleep(for: .seconds(1))
        return (server, stream, tasks, notes)
    }

    @Test func `a drain ends although a peer reads nothing of what it called for`() throws {
        let (took, sent) = try SimulatedWorld(seed: 91).perform(limit: .seconds(3_600)) { environment in
            let (server, stream, _, notes) = try await Self.flooded(environment)
            let begin = environment.clock.now()
            await server.drain(grace: .seconds(2))
            stream.close()
            return (environment.clock.now() - begin, notes.total)
        }
        #expect(sent > 20, "the peer's link is full")
        #expect(took >= .seconds(7) && took < .seconds(8), "\(took): the grace, and what the last output may take")
    }

    @Test func `a deaf peer that keepalive gives up leaves nothing behind`() throws {
        let (before, after) = try SimulatedWorld(seed: 92).perform(limit: .seconds(3_600)) { environment in
            let (server, stream, tasks, _) = try await Self.flooded(environment)
            let before = tasks.running
            try await environment.clock.sleep(for: .seconds(40))
            // The accepting task is left.
            let after = tasks.running
            stream.close()
            await server.drain(grace: .zero)
            return (before, after)
        }
        #expect(before > 1 && after == 1, "\(before), then \(after) tasks")
    }

    @Test func `a connection that is too old ends although its peer reads nothing`() throws {
        let after = try SimulatedWorld(seed: 93).perform(limit: .seconds(3_600)) { environment in
            let (server, stream, tasks, _) = try await Self.flooded(environment) {
                ($0.keepalive, $0.maxAge, $0.maxAgeGrace) = (nil, .seconds(10), .seconds(5))
            }
            try await environment.clock.sleep(for: .seconds(25))
            let after = tasks.running
            stream.close()
            await server.drain(grace: .zero)
            return after
        }
        #expect(after == 1)
    }

    @Test func `a channel that is closed lets go of a server that reads nothing`() throws {
        let (code, after) = try SimulatedWorld(seed: 94).perform(limit: .seconds(3_600)) { environment in
            let listener = try await environment.network.listen(.ip("0.0.0.0", port: 50))
            let tasks = CountedTasks(environment.tasks)
            var runtime = RPCRuntime(environment)
            runtime.tasks = tasks
            let channel = StreamChannel(
                network: environment.network, address: listener.address, runtime: runtime)
            let call = try await channel.start(name("Collect"), CallOptions())
            // What the server says of itself is all that it ever does.
            let accepted = try await listener.accept()
            var windows = HTTP2Configuration()
            (windows.streamWindow, windows.connectionWindow) = (1 << 30, 1 << 30)
            let session = try HTTP2Session(.server, windows)
            var hello: [UInt8] = []
            while try session.produce(limit: 1 << 20, { hello += $0 }, { _ in }) {}
            try await accepted?.write(hello)
            try await environment.clock.sleep(for: .seconds(1))
            let sending = environment.tasks.spawn("sender") {
                let message = [UInt8](repeating: 1, count: 100_000)
                while (try? await call.send(message)) != nil {}
            }
            try await environment.clock.sleep(for: .seconds(1))
            channel.close()
            await sending.finished()
            let code = await status { _ = try await call.next() }
            try await environment.clock.sleep(for: .seconds(6))
            let after = tasks.running
            accepted?.close()
            listener.close()
            return (code, after)
        }
        #expect(code == .unavailable && after == 0, "\(code), \(after) tasks")
    }
}
