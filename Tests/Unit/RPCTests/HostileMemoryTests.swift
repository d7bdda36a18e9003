import Environment
import HTTP2
import RPC
import Simulation
import Testing

/// What a connection holds for a hostile peer is bounded, in octets and events rather than time.
struct HostileMemoryTests {
    private func with<T: Sendable>(_ body: @escaping @Sendable (Environment) async throws -> T) throws -> T {
        try SimulatedWorld(seed: 1).perform { try await body($0) }
    }

    @Test func `messages that no handler reads fill a connection's share and no more`() throws {
        let (refused, open, after) = try with { environment in
            var configuration = RPCConfiguration()
            configuration.maxBufferedBytes = 4 << 20
            let budget = BufferBudget(64 << 20)
            let peer = try Peer(environment, configuration, budget)
            var calls: [StreamID] = []
            for _ in 0..<40 {
                let id = try peer.request(path: "/echo.v1.Echo/Stall")
                calls.append(id)
                let message = [UInt8](repeating: 1, count: 60_000)
                for _ in 0..<4 { peer.client.write(id, head: InlineHead(flag: 0, length: 60_000), message) }
                try peer.exchange()
            }
            let refused = calls.filter { peer.field($0, "grpc-status") == "8" }.count
            let open = budget.remaining
            peer.server.transportClosed("test")
            return (refused, open, budget.remaining)
        }
        // 40 × 240,000 octets were sent, 4 MiB may be held.
        #expect(refused >= 22 && refused < 40)
        #expect(open >= 60 << 20)
        #expect(after == 64 << 20)
    }

    @Test func `hostile connections share a budget, and a small call beside them is served`() throws {
        let (refused, answer) = try with { environment in
            let budget = BufferBudget(2 << 20)
            var refused = 0
            var hostile: [Peer] = []
            for _ in 0..<8 {
                let peer = try Peer(environment, RPCConfiguration(), budget)
                hostile.append(peer)
                let id = try peer.request(path: "/echo.v1.Echo/Stall")
                peer.client.write(id, head: InlineHead(flag: 0, length: 800_000), Array(repeating: 1, count: 800_000))
                try peer.exchange()
                if peer.field(id, "grpc-status") == "8" { refused += 1 }
            }
            let good = try Peer(environment, RPCConfiguration(), budget)
            let id = try good.request(path: "/echo.v1.Echo/Unary")
            good.client.write(id, head: InlineHead(flag: 0, length: 3), [1, 2, 3])
            good.client.end(id)
            try good.exchange()
            try await environment.clock.sleep(for: .seconds(1))
            try good.exchange()
            return (refused, good.field(id, "grpc-status"))
        }
        #expect(refused == 6)
        #expect(answer == "0")
    }

    @Test func `a peer that reads nothing stops the handlers of all its streams within one bound`() throws {
        let (produced, woken) = try with { environment in
            var configuration = RPCConfiguration()
            configuration.connectionSendBufferBytes = 1 << 20
            let peer = try Peer(environment, configuration, window: 0)
            var calls: [StreamID] = []
            for _ in 0..<100 {
                let id = try peer.request(path: "/echo.v1.Echo/Flood")
                peer.client.end(id)
                calls.append(id)
            }
            try peer.exchange()
            try await environment.clock.sleep(for: .seconds(1))
            try peer.exchange()
            let produced = peer.notes.total
            // Half of them go away; the others may send in their place.
            for id in calls.prefix(50) { peer.client.reset(id, .cancel) }
            try peer.exchange()
            try await environment.clock.sleep(for: .seconds(1))
            return (produced, peer.notes.total)
        }
        // 10,005 octets each, and one message above the bound.
        #expect(produced > 50 && produced <= 106)
        #expect(woken > produced && woken <= 2 * 106)
    }

    @Test func `a flood of empty data frames ends the connection`() throws {
        let (count, notes) = try with { environment in
            let peer = try Peer(environment)
            peer.rawPreface()
            peer.raw(frame(1, flags: 4, stream: 1, literals(callFields)))
            var count = 0
            while !peer.server.isFinished && count < 100_000 {
                peer.raw(frame(0, stream: 1, []))
                count += 1
            }
            return (count, peer.notes.all)
        }
        #expect(count <= 2_001)
        #expect(notes == ["the peer sent too many emptyData frames"])
    }

    @Test func `a flood of settings ends the connection before its answers pile up`() throws {
        let (count, answered) = try with { environment in
            let peer = try Peer(environment)
            peer.rawPreface()
            var count = 0
            while peer.notes.all.isEmpty && count < 100_000 {
                // Not read: 64 frames at a time, as a peer does that never takes the answers.
                let many = (0..<64).flatMap { _ in frame(4, [0, 4, 0, 1, 0, 0]) }
                many.withUnsafeBytes { peer.server.receive($0) }
                count += 64
            }
            _ = peer.server.produce(limit: 1 << 20) { peer.answered += $0.count }
            return (count, peer.answered)
        }
        #expect(count <= 2_112)
        #expect(answered < 64 << 10)
    }

    @Test func `answers to pings that were never sent bring forth nothing`() throws {
        let (answered, isServed) = try with { environment in
            let peer = try Peer(environment)
            peer.rawPreface()
            let before = peer.answered
            // With what the connection's own pings carry; the last is the one that ends a drain.
            for payload: UInt64 in [0x6b65_6570, 0x6264_7020, 0x6472_6169] {
                let octets = withUnsafeBytes(of: payload) { Array($0) }
                for _ in 0..<1_000 { peer.raw(frame(6, flags: 1, octets)) }
            }
            let answered = peer.answered - before
            peer.raw(frame(1, flags: 5, stream: 1, literals(callFields)))
            try await environment.clock.sleep(for: .seconds(1))
            peer.raw([])
            return (answered, peer.answered > before + answered)
        }
        #expect(answered == 0)
        #expect(isServed)
    }

    @Test func `a flood of CONTINUATION frames ends the connection`() throws {
        let (octets, finished) = try with { environment in
            let peer = try Peer(environment)
            peer.rawPreface()
            peer.raw(frame(1, stream: 1, literals(callFields)))
            var octets = 0
            while !peer.server.isFinished && octets < 64 << 20 {
                let part = literals([("x", Array(repeating: 120, count: 100))])
                peer.raw(frame(9, stream: 1, part))
                octets += part.count
            }
            return (octets, peer.server.isFinished)
        }
        #expect(finished)
        #expect(octets < 1 << 20)
    }

    @Test func `empty CONTINUATION frames are no way around the limit`() throws {
        let count = try with { environment in
            let peer = try Peer(environment)
            peer.rawPreface()
            peer.raw(frame(1, stream: 1, literals(callFields)))
            var count = 0
            while !peer.server.isFinished && count < 100_000 {
                peer.raw(frame(9, stream: 1, []))
                count += 1
            }
            return count
        }
        #expect(count < 1_000)
    }

    @Test func `indexed fields that decompress without end are a header bomb and end the connection`() throws {
        let (sent, finished) = try with { environment in
            let peer = try Peer(environment)
            peer.rawPreface()
            // A field enters the dynamic table (RFC 7541 §6.2.1) and is named again and again by one octet.
            let value = [UInt8](repeating: 120, count: 100)
            let entry: [UInt8] = [0x40, 1, 98, 100] + value
            let bomb = literals(callFields) + entry + [UInt8](repeating: 0x80 | 62, count: 16_000)
            peer.raw(frame(1, flags: 5, stream: 1, bomb))
            return (bomb.count, peer.server.isFinished)
        }
        #expect(sent < 17_000)
        #expect(finished)
    }

    @Test func `a peer that makes the server reset its streams is stopped as one that resets them`() throws {
        let (streams, notes) = try with { environment in
            let peer = try Peer(environment)
            peer.rawPreface()
            var stream: UInt32 = 1
            while !peer.server.isFinished && stream < 20_000 {
                peer.raw(frame(1, flags: 4, stream: stream, literals(callFields)))
                // RFC 9113 §6.9.1: a window above 2^31 - 1 is a stream error.
                peer.raw(frame(8, stream: stream, [0x7f, 0xff, 0xff, 0xff]))
                stream += 2
                // The handlers learn that their calls have ended.
                if stream % 100 == 1 { try await environment.clock.sleep(for: .microseconds(1)) }
            }
            return (stream / 2, peer.notes.all)
        }
        #expect(streams < 1_100)
        #expect(notes == ["the peer sent too many invalid frames"])
    }

    @Test func `trailers before headers and octets that are not UTF-8 harm their call only`() throws {
        let (finished, answered) = try with { environment in
            let peer = try Peer(environment)
            peer.rawPreface()
            // A block without pseudo-header fields is malformed (RFC 9113 §8.1.1).
            peer.raw(frame(1, flags: 5, stream: 1, literals([("grpc-status", Array("0".utf8))])))
            let fields = callFields + [("note", [0xc3, 0x28, 0xff]), ("grpc-message", [0xff, 0xfe])]
            peer.raw(frame(1, flags: 5, stream: 3, literals(fields)))
            let before = peer.answered
            peer.raw(frame(1, flags: 5, stream: 5, literals(callFields)))
            try await environment.clock.sleep(for: .seconds(1))
            peer.raw([])
            return (peer.server.isFinished, peer.answered > before)
        }
        #expect(!finished)
        #expect(answered)
    }

    @Test func `a peer that sends its preface and headers too slowly is let go`() throws {
        let ends = try with { environment in
            let configuration = RPCConfiguration()
            let (silent, slow) = (try Peer(environment, configuration), try Peer(environment, configuration))
            let start = environment.clock.now()
            slow.rawPreface()
            slow.raw(frame(1, stream: 1, literals([(":method", Array("POST".utf8))])))
            var ends: [String] = []
            for second in 1...40 {
                try await environment.clock.sleep(until: start + .seconds(second))
                if second % 4 == 0 { slow.raw(frame(9, stream: 1, [])) }
                if silent.server.isFinished && !ends.contains("silent 10") { ends.append("silent \(second)") }
                _ = silent.server.produce(limit: 1 << 16) { _ in }
                if slow.server.isFinished { return ends + ["slow \(second)"] }
            }
            return ends
        }
        #expect(ends.contains { $0.hasPrefix("slow 1") })
        #expect(ends.contains { $0.hasPrefix("silent 1") })
    }

    @Test func `no task of a connection outlives it`() throws {
        let (during, after) = try with { environment in
            let tasks = CountedTasks(environment.tasks)
            let counted = Environment(
                clock: environment.clock, random: environment.random, tasks: tasks, files: environment.files,
                lanes: environment.lanes, network: environment.network, failpoints: environment.failpoints)
            let pair = try await Pair(counted)
            _ = try await pair.unary("Unary", [1], CallOptions(timeout: .seconds(50)))
            let during = tasks.running
            pair.channel.close()
            await pair.server.drain(grace: .seconds(1))
            try await environment.clock.sleep(for: .milliseconds(10))
            return (during, tasks.running)
        }
        #expect(during > 4)
        #expect(after == 0)
    }
}
