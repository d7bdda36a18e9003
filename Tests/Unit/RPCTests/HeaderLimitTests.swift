import Environment
import HTTP2
import RPC
import Simulation
import Testing

/// Header sections and trailers that are too large to be sent: nothing hangs, nothing is tried again.
struct HeaderLimitTests {
    private static func metadata(_ kilobytes: Int) -> Metadata {
        var metadata = Metadata()
        for number in 0..<kilobytes { metadata.append("k\(number)", String(repeating: "x", count: 1_000)) }
        return metadata
    }

    private static let service = BoundService(
        name: "echo.v1.Echo",
        methods: [
            BoundMethod(name("Headers")) { call in try call.context.setResponseMetadata(metadata(100)) },
            BoundMethod(name("Trailers")) { call in
                try await call.send([1])
                try call.context.setTrailingMetadata(metadata(100))
            },
            BoundMethod(name("Everything")) { call in
                try call.context.setResponseMetadata(metadata(50))
                try call.context.setTrailingMetadata(metadata(50))
                throw RPCError(.aborted, "the reason", metadata: metadata(50))
            },
        ])

    private func failure(_ method: String, _ metadata: Metadata = Metadata()) throws -> RPCError? {
        try SimulatedWorld(seed: 1).perform { environment in
            let runtime = RPCRuntime(environment)
            let listener = try await environment.network.listen(.ip("0.0.0.0", port: 50))
            let server = StreamServer(listener: listener, router: Router([Self.service]), runtime: runtime)
            // Neither end's announcement is what limits it.
            var configuration = RPCConfiguration()
            configuration.http2.maxHeaderListBytes = 1 << 20
            let channel = StreamChannel(
                network: environment.network, address: server.address, runtime: runtime, configuration: configuration)
            do {
                let call = try await channel.start(
                    name(method), CallOptions(metadata: metadata, timeout: .seconds(5)))
                try await call.finishSending()
                while try await call.next() != nil {}
                return nil
            } catch { return error as? RPCError }
        }
    }

    @Test(arguments: ["Headers", "Trailers"])
    func `a handler hears that its metadata is too large to be sent`(_ method: String) throws {
        let error = try failure(method)
        #expect(error?.code == .resourceExhausted, "\(String(describing: error))")
        #expect(error?.message.contains("metadata") == true)
    }

    @Test func `a status arrives, without what does not fit beside it`() throws {
        let error = try failure("Everything")
        #expect(error?.code == .aborted, "\(String(describing: error))")
        #expect(error?.message.hasPrefix("the reason (details left out") == true)
    }

    @Test func `a request whose metadata is too large fails at once and was never sent`() throws {
        let error = try SimulatedWorld(seed: 2).perform { environment -> RPCError? in
            let client = try ClientConnection(
                authority: "x", runtime: RPCRuntime(environment), peer: "test", wake: {})
            var announced = HTTP2Configuration()
            announced.maxHeaderListBytes = 1 << 20
            let server = try HTTP2Session(.server, announced)
            _ = try server.produce(limit: 1 << 16, { client.receive($0) }, { _ in })
            do {
                let call = try client.start(name("Echo"), metadata: Self.metadata(100), deadline: nil)
                try await call.finishSending()
                _ = client.produce(limit: 1 << 20) { _ in }
                _ = try await call.next()
                return nil
            } catch { return error as? RPCError }
        }
        #expect(error?.code == .resourceExhausted, "\(String(describing: error))")
    }
}
