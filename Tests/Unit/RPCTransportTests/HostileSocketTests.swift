import Environment
import NIOPosix
import RPC
import RPCTransport
import Synchronization
import Testing

/// Peers that do with their sockets what the protocol does not forbid.
@Suite(.serialized, .timeLimit(.minutes(1))) struct HostileSocketTests {
    /// One event loop: what a peer does to it, all others feel.
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    private func server(
        _ configuration: RPCConfiguration = RPCConfiguration(), _ observer: RPCObserver = RPCObserver()
    ) async throws -> RPCServer {
        try await RPCServer.start(
            address: .ip("127.0.0.1", port: 0), services: [echoService], group: group, runtime: testRuntime,
            configuration: configuration, observer: observer)
    }

    /// A peer that called for more than its socket takes, and reads nothing of it.
    private func deaf(_ server: RPCServer) async throws -> RawSocket {
        let peer = try RawSocket(server.address)
        try peer.call("Flood")
        // Full is a socket that has taken nothing for a while.
        var (held, since) = (0, ContinuousClock.now)
        try await poll {
            if held != server.load.octets { (held, since) = (server.load.octets, .now) }
            return held > 0 && ContinuousClock.now - since > .milliseconds(200)
        }
        return peer
    }

    /// The suite's time limit ends it.
    private func poll(_ condition: () -> Bool) async throws {
        while !condition() { try await Task.sleep(for: .milliseconds(5)) }
    }

    @Test func `a server is done with its end although a peer reads nothing`() async throws {
        let server = try await server()
        let peer = try await deaf(server)
        let said = Said()
        Task {
            await server.drain(grace: .milliseconds(100))
            said.add("drained")
        }
        try await said.wait(for: "drained")
        withExtendedLifetime(peer) {}
    }

    @Test func `a connection that was given up is closed although its peer reads nothing`() async throws {
        var configuration = RPCConfiguration()
        configuration.keepalive = Keepalive(interval: .seconds(1), timeout: .milliseconds(100))
        let server = try await server(configuration)
        let peer = try await deaf(server)
        #expect(server.load.connections == 1)
        try await poll { server.load.connections == 0 }
        withExtendedLifetime(peer) {}
        await server.drain(grace: .zero)
    }

    @Test func `a reset right after a full read leaves the other connections of its loop as they were`() async throws {
        let hostile = Mutex<RawSocket?>(nil)
        var observer = RPCObserver()
        // It comes from within the first read: the next one finds the reset.
        observer.connectionFailed = { _, _ in hostile.withLock { $0?.reset() } }
        let server = try await server(RPCConfiguration(), observer)
        // On another loop, and quiet by then: any read would end what the reset leaves open.
        let client = RPCClient(
            address: server.address, group: MultiThreadedEventLoopGroup.singleton, runtime: testRuntime)
        let waiting = try await client.start(name("Nap"), CallOptions(timeout: .seconds(5)))
        try await waiting.send([1])
        try await waiting.finishSending()
        same(try await waiting.next(), [])
        try await Task.sleep(for: .milliseconds(100))

        let peer = try RawSocket(server.address)
        hostile.withLock { $0 = peer }
        peer.send([UInt8](repeating: UInt8(ascii: "x"), count: 16_384))
        same(try await waiting.next(), [1])
        same(try await waiting.next(), nil)
        client.close()
        await server.drain(grace: .seconds(1))
    }
}
