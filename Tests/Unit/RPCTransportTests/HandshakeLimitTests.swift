import Environment
import NIOCore
import NIOPosix
import RPC
import Synchronization
import Testing

@testable import RPCTransport

@Suite(.serialized, .timeLimit(.minutes(1))) struct HandshakeLimitTests {
    /// A socket that is connected and says nothing.
    private func silent(_ address: StreamAddress) async throws -> any NIOCore.Channel {
        guard case .ip(let host, let port) = address.location else { throw TLSError("not an IP address") }
        return try await ClientBootstrap(group: tlsGroup).connect(host: host, port: port).get()
    }

    @Test func `handshakes under way have a limit, and the oldest makes room for a new one`() async throws {
        let world = try TLSWorld()
        let clock = ShiftedClock()
        var runtime = testRuntime
        runtime.clock = clock
        let server = try await world.server(try world.credentials("mt-home"), runtime: runtime, maxHandshakes: 4)
        var silents: [any NIOCore.Channel] = []
        func active() -> Int { silents.count { $0.isActive } }
        // The server takes them up in any order; the one that comes last finds the others young, and is refused.
        for _ in 0..<5 { silents.append(try await silent(server.address)) }
        try await poll { active() < 5 }
        #expect(active() == 4 && !world.said.all.contains { $0.contains("this is the oldest") })

        clock.shift(by: .seconds(2))
        let client = world.client("mt-home", at: server.address, try world.credentials("ps-home"))
        same(try await unary(client, "Unary", [1, 2]), [1, 2])
        try await world.said.wait(for: "this is the oldest")
        try await poll { active() < 4 }
        #expect(active() == 3)

        // The place that the good one had is free; there is no need to cut another.
        silents.append(try await silent(server.address))
        same(try await unary(client, "Unary", [3]), [3])
        #expect(active() == 4)
        client.close()
        for channel in silents { try? await channel.close().get() }
        await server.drain(grace: .seconds(1))
    }

    /// The suite's time limit ends it.
    private func poll(_ condition: () -> Bool) async throws {
        while !condition() { try await Task.sleep(for: .milliseconds(5)) }
    }

    @Test func `a handshake that ends leaves its place, once`() {
        let clock = ShiftedClock()
        let handshakes = Handshakes(most: 2, clock)
        let first = handshakes.enter {}
        let second = handshakes.enter {}
        let refused = handshakes.enter {}
        #expect(refused == nil)
        if let first { handshakes.leave(first) }
        if let first { handshakes.leave(first) }
        #expect(handshakes.count == 1)
        let cut = Said()
        let third = handshakes.enter { cut.add("third") }
        clock.shift(by: .seconds(3))
        if let second { handshakes.leave(second) }
        let fourth = handshakes.enter {}
        #expect(fourth != nil && cut.all.isEmpty)
        let fifth = handshakes.enter {}
        #expect(fifth != nil && cut.all == ["third"])
        // It does not come back for the place that was taken from it.
        if let third { handshakes.leave(third) }
        #expect(handshakes.count == 2)
    }
}

/// Time that stands still but for what the test does; sleeps take as long as they say.
private final class ShiftedClock: Clock {
    private let base = TestClock()
    private let time = Mutex(MonotonicInstant(nanoseconds: 0))

    func shift(by duration: Duration) { time.withLock { $0 = $0 + duration } }
    func now() -> MonotonicInstant { time.withLock { $0 } }
    func wallNow() -> WallInstant { base.wallNow() }

    func sleep(until instant: MonotonicInstant) async throws {
        try await base.sleep(until: base.now() + (instant - now()))
    }
}
