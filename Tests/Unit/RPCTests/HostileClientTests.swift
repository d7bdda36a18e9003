import Environment
import HTTP2
import RPC
import Simulation
import Synchronization
import Testing

struct HostileClientTests {
    private func with<T: Sendable>(_ body: @escaping @Sendable (Environment) async throws -> T) throws -> T {
        try SimulatedWorld(seed: 1).perform { try await body($0) }
    }

    /// The named response field to a request with these fields.
    private func answer(_ fields: [(String, String)], _ wanted: [String], path: String = "/echo.v1.Echo/Stall")
        throws -> [String?]
    {
        try with { environment in
            let peer = try Peer(environment)
            let id = try peer.request(fields, path: path)
            peer.client.end(id)
            try peer.exchange()
            return wanted.map { peer.field(id, $0) }
        }
    }

    @Test func `requests that are not gRPC get an HTTP status`() throws {
        #expect(try answer([("content-type", "text/html")], [":status", "grpc-status"]) == ["415", nil])
        #expect(try answer([("content-type", "application/grpcfoo")], [":status"]) == ["415"])
        #expect(try answer([(":method", "PUT")], [":status"]) == ["405"])
    }

    @Test func `an encoding that a request came in is among those that the response names`() throws {
        let seen = try with { environment in
            let peer = try Peer(environment)
            let calls = try [[("grpc-encoding", "zstd")], []].map { try peer.request($0, path: "/echo.v1.Echo/Unary") }
            for id in calls { peer.client.end(id) }
            try peer.exchange()
            try await environment.clock.sleep(for: .seconds(1))
            try peer.exchange()
            return calls.map { peer.field($0, "grpc-accept-encoding") }
        }
        #expect(seen == ["identity,gzip,deflate,zstd", nil])
    }

    @Test func `requests that cannot be served get a trailers-only status`() throws {
        let encodings = try answer([("grpc-encoding", "br")], ["grpc-status", "grpc-accept-encoding"])
        #expect(encodings == ["12", "identity,gzip,deflate,zstd"])
        #expect(try answer([("grpc-timeout", "soon")], [":status", "grpc-status"]) == ["200", "13"])
        #expect(try answer([("k-bin", "!")], ["grpc-status"]) == ["13"])
        #expect(try answer([], [":status", "grpc-status"], path: "/none/Such") == ["200", "12"])
    }

    @Test func `what a caller reads may be said in several fields`() throws {
        let encoding = try with { environment in
            var configuration = RPCConfiguration()
            configuration.responseEncodings = [.gzip]
            let peer = try Peer(environment, configuration)
            let fields = peer.callFields(path: "/echo.v1.Echo/Unary")
            let id = try peer.client.submitRequest(
                fields + ["identity,gzip", "deflate"].map { HeaderField("grpc-accept-encoding", $0) })
            peer.client.write(id, head: InlineHead(flag: 0, length: 3), [1, 2, 3])
            peer.client.end(id)
            try peer.exchange()
            try await environment.clock.sleep(for: .seconds(1))
            try peer.exchange()
            return peer.field(id, "grpc-encoding")
        }
        #expect(encoding == "gzip")
    }

    @Test func `the server enforces a deadline that its client does not`() throws {
        let (status, notes) = try with { environment in
            let peer = try Peer(environment)
            let id = try peer.request([("grpc-timeout", "2S")])
            try peer.exchange()
            try await environment.clock.sleep(for: .seconds(1))
            try peer.exchange()
            let early = peer.field(id, "grpc-status")
            try await environment.clock.sleep(for: .seconds(2))
            try peer.exchange()
            return ([early, peer.field(id, "grpc-status")], peer.notes.all)
        }
        #expect(status == [nil, "4"])
        #expect(notes == ["stalling", "handler cancelled"])
    }

    @Test func `the server enforces a deadline also when the whole request has come`() throws {
        let (status, notes) = try with { environment in
            let peer = try Peer(environment)
            let calls = try [[], [("grpc-timeout", "2S")]].map { try peer.request($0) }
            for id in calls { peer.client.end(id) }
            try peer.exchange()
            try await environment.clock.sleep(for: .seconds(3))
            try peer.exchange()
            return (calls.map { peer.field($0, "grpc-status") }, peer.notes.all)
        }
        #expect(status == [nil, "4"])
        #expect(notes == ["stalling", "stalling", "handler cancelled"])
    }

    @Test func `a message that lies about its length ends its call only`() throws {
        let (lie, cut, finished) = try with { environment in
            let peer = try Peer(environment)
            let lie = try peer.request(path: "/echo.v1.Echo/Collect")
            peer.client.write(lie, [0, 255, 255, 255, 255, 1])
            let cut = try peer.request(path: "/echo.v1.Echo/Collect")
            peer.client.write(cut, [0, 0, 0, 0, 9, 1])
            peer.client.end(cut)
            try peer.exchange()
            return (peer.field(lie, "grpc-status"), peer.field(cut, "grpc-status"), peer.server.isFinished)
        }
        #expect(lie == "8")
        #expect(cut == "13")
        #expect(!finished)
    }

    @Test func `a large header section is refused, a huge one ends the connection`() throws {
        let (status, alive, failure) = try with { environment in
            var configuration = RPCConfiguration()
            configuration.http2.maxHeaderListBytes = 4_096
            let peer = try Peer(environment, configuration)
            func bomb(_ count: Int) -> [(String, String)] {
                (0..<count).map { ("h\($0)", String(repeating: "x", count: 100)) }
            }
            let id = try peer.request(bomb(50))
            try peer.exchange()
            let alive = !peer.server.isFinished
            _ = try peer.request(bomb(400))
            try peer.exchange()
            return (peer.field(id, ":status"), alive, peer.server.isFinished)
        }
        #expect(status == "431")
        #expect(alive)
        #expect(failure)
    }

    @Test func `rapid resets end the connection, and handlers stay bounded`() throws {
        let (rounds, notes, started) = try with { environment in
            let peer = try Peer(environment)
            var rounds = 0
            while !peer.server.isFinished && rounds < 100 {
                rounds += 1
                for _ in 0..<50 {
                    let id = try peer.request()
                    _ = try peer.client.produce(limit: 1 << 20, { peer.server.receive($0) }, { _ in })
                    peer.client.reset(id, .cancel)
                }
                try peer.exchange()
            }
            try await environment.clock.sleep(for: .seconds(1))
            let started = peer.notes.all.filter { $0 == "stalling" }.count
            return (rounds, peer.notes.all.filter { $0.contains("too many") }, started)
        }
        #expect(rounds < 30)
        #expect(notes == ["the peer sent too many reset frames"])
        #expect(started <= 2 * 256)
    }

    @Test func `a flood of pings ends the connection`() throws {
        let (finished, notes) = try with { environment in
            let peer = try Peer(environment)
            for round in 0..<30 {
                for _ in 0..<100 { peer.client.ping(UInt64(round)) }
                if peer.server.isFinished { break }
                try? peer.exchange()
            }
            return (peer.server.isFinished, peer.notes.all)
        }
        #expect(finished)
        #expect(notes == ["the peer sent too many pings"])
    }

    @Test func `bytes that are not HTTP2 end the connection`() throws {
        let finished = try with { environment in
            let peer = try Peer(environment)
            Array("GET / HTTP/1.1\r\nhost: x\r\n\r\n".utf8).withUnsafeBytes { peer.server.receive($0) }
            _ = peer.server.produce(limit: 1 << 20) { _ in }
            return peer.server.isFinished
        }
        #expect(finished)
    }
}
