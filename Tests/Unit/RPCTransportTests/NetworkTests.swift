import Environment
import Foundation
import NIOPosix
import RPC
import RPCTransport
import Testing

@Suite(.serialized, .timeLimit(.minutes(1))) struct NetworkTests {
    let network = NIONetwork(group: MultiThreadedEventLoopGroup.singleton)

    @Test(arguments: [
        StreamAddress.ip("127.0.0.1", port: 0), .unix(path: "/tmp/homeward-net-\(UInt64.random(in: 0 ... .max)).sock"),
    ])
    func `bytes written arrive in order and the end is seen`(_ address: StreamAddress) async throws {
        let listener = try await network.listen(address)
        let client = try await network.connect(listener.address)
        let server = try #require(try await listener.accept())
        let sent = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        async let writing: Void = {
            for start in stride(from: 0, to: sent.count, by: 100_000) {
                try await client.write(Array(sent[start..<start + 100_000]))
            }
            client.close()
        }()
        var received: [UInt8] = []
        while let bytes = try await server.read() {
            #expect(!bytes.isEmpty && bytes.count <= 256 << 10)
            received += bytes
        }
        try await writing
        #expect(received == sent)
        listener.close()
        same(try await listener.accept() == nil, true)
    }

    @Test func `a socket whose path is longer than a socket's address is listened at and reached`() async throws {
        let root = "/tmp/homeward-net-\(UInt64.random(in: 0 ... .max))"
        let directory = "\(root)/\(String(repeating: "d", count: 120))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: root) }
        let address = StreamAddress.unix(path: directory + "/nbd.sock")
        // The second one finds the first one's file, as after a kill.
        for _ in 0..<2 {
            let listener = try await network.listen(address)
            let client = try await network.connect(address)
            let server = try #require(try await listener.accept())
            try await client.write([1, 2, 3])
            same(try await server.read(), [1, 2, 3])
            same(FileManager.default.fileExists(atPath: directory + "/nbd.sock"), true)
            listener.close()
        }
    }

    @Test func `a listener that closes does not take the socket of its successor with it`() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let address = StreamAddress.unix(path: "/tmp/homeward-net-\(UInt64.random(in: 0 ... .max)).sock")
        let network = NIONetwork(group: group)
        let old = try await network.listen(address)
        let new = try await network.listen(address)
        old.close()
        try await group.next().submit {}.get()
        let client = try await network.connect(address)
        let server = try #require(try await new.accept())
        try await client.write([1, 2, 3])
        same(try await server.read(), [1, 2, 3])
        new.close()
        try await group.shutdownGracefully()
    }

    @Test func `a file that is no socket is not replaced by one`() async throws {
        let path = "/tmp/homeward-net-\(UInt64.random(in: 0 ... .max)).sock"
        try Data([1]).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        await #expect(throws: NetworkError.self) { try await network.listen(.unix(path: path)) }
        same(try Data(contentsOf: URL(filePath: path)), Data([1]))
    }

    @Test func `a socket whose name alone is longer than its address is refused, and nothing is made`() async throws {
        let directory = "/tmp/homeward-net-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = "\(directory)/\(String(repeating: "s", count: 120))"
        await #expect(throws: NetworkError.self) { try await network.listen(.unix(path: path)) }
        same(try FileManager.default.contentsOfDirectory(atPath: directory), [])
    }

    @Test func `nobody listening is refused`() async throws {
        let listener = try await network.listen(.ip("127.0.0.1", port: 0))
        let address = listener.address
        listener.close()
        try await Task.sleep(for: .milliseconds(50))
        do {
            _ = try await network.connect(address)
            Issue.record("connected")
        } catch { #expect(error.code == .refused) }
    }

    @Test func `a host's name is looked up and each of its addresses tried`() async throws {
        // The name may have an IPv6 address too, tried first, where nobody listens.
        let listener = try await network.listen(.ip("127.0.0.1", port: 0))
        guard case .ip(_, let port) = listener.address else { throw NetworkError(.other, "\(listener.address)") }
        let client = try await network.connect(.ip("localhost", port: port))
        let server = try #require(try await listener.accept())
        try await client.write([1, 2, 3])
        same(try await server.read(), [1, 2, 3])
        listener.close()
    }

    @Test func `a name that nobody bears is unreachable`() async throws {
        do {
            _ = try await network.connect(.ip("no-such-host.invalid", port: 7_100))
            Issue.record("connected")
        } catch { #expect(error.code == .unreachable) }
    }

    /// A socket that is not registered with its loop yet forgets that it was asked to read.
    @Test func `a stream that is read before its socket is set up gets what is sent`() async throws {
        let listener = try await network.listen(.ip("127.0.0.1", port: 0))
        let accepting = Task {
            for _ in 0..<500 {
                guard let server = try await listener.accept() else { return }
                if let bytes = try await server.read() { try await server.write(bytes) }
                server.close()
            }
        }
        for _ in 0..<500 {
            let client = try await network.connect(listener.address)
            try await client.write([7])
            same(try await client.read(), [7])
            client.close()
        }
        try await accepting.value
        listener.close()
    }

    @Test func `gRPC over the network's byte streams works as over the socket transport`() async throws {
        let listener = try await network.listen(.ip("127.0.0.1", port: 0))
        let server = StreamServer(listener: listener, router: Router([echoService]), runtime: testRuntime)
        let channel = StreamChannel(network: network, address: server.address, runtime: testRuntime)
        same(try await unary(channel, "Unary", [5, 6]), [5, 6])
        channel.close()
        await server.drain(grace: .seconds(1))
    }
}
