import Environment
import RPC
import Simulation
import Testing

/// The whole protocol over simulated links, under virtual time.
struct SimulatedCallTests {
    @Test(arguments: UInt64(1)...5) func `all four kinds of calls carry their messages`(_ seed: UInt64) throws {
        let seen = try SimulatedWorld(seed: seed).perform { environment -> [[UInt8]?] in
            let pair = try await Pair(environment)
            var seen: [[UInt8]?] = [try await pair.unary("Unary", [1, 2])]
            let expand = try await pair.channel.start(name("Expand"), CallOptions())
            try await expand.send([3, 4])
            try await expand.finishSending()
            while let message = try await expand.next() { seen.append(message) }
            let collect = try await pair.channel.start(name("Collect"), CallOptions())
            for byte in UInt8(5)..<8 { try await collect.send([byte]) }
            try await collect.finishSending()
            seen.append(try await collect.next())
            let chat = try await pair.channel.start(name("Chat"), CallOptions())
            for byte in UInt8(8)..<10 {
                try await chat.send([byte])
                seen.append(try await chat.next())
            }
            try await chat.finishSending()
            seen.append(try await chat.next())
            return seen
        }
        #expect(seen == [[1, 2], [3], [3, 4], [5, 6, 7], [8], [9], nil])
    }

    @Test func `a seed replays a run of concurrent calls`() throws {
        func run() throws -> UInt64 {
            let world = SimulatedWorld(seed: 77)
            try world.perform { environment in
                let pair = try await Pair(environment)
                await withTaskGroup(of: Void.self) { tasks in
                    for number in 0..<30 {
                        tasks.addTask {
                            let message = [UInt8](repeating: 1, count: number * 999)
                            _ = try? await pair.unary("Unary", message, CallOptions(timeout: .seconds(5)))
                        }
                    }
                }
                await pair.server.drain(grace: .seconds(1))
            }
            return world.traceHash
        }
        #expect(try run() == run())
    }

    @Test func `a deadline ends the call at its time and cancels the handler`() throws {
        let world = SimulatedWorld(seed: 3)
        let (code, took, notes) = try world.perform { environment in
            let pair = try await Pair(environment)
            let start = environment.clock.now()
            let code = await status { _ = try await pair.unary("Stall", [], CallOptions(timeout: .seconds(7))) }
            let took = environment.clock.now() - start
            try await environment.clock.sleep(for: .seconds(1))
            return (code, took, pair.notes.all)
        }
        #expect(code == .deadlineExceeded)
        #expect(took >= .seconds(7) && took < .milliseconds(7_100))
        #expect(notes == ["stalling", "handler cancelled"])
    }

    @Test func `cancelling the caller's task or the call cancels the handler`() throws {
        let notes = try SimulatedWorld(seed: 4).perform { environment in
            let pair = try await Pair(environment)
            let calling = environment.tasks.spawn("caller") { _ = try? await pair.unary("Stall", []) }
            try await environment.clock.sleep(for: .seconds(1))
            calling.cancel()
            await calling.finished()
            let call = try await pair.channel.start(name("Stall"), CallOptions())
            try await call.finishSending()
            try await environment.clock.sleep(for: .seconds(1))
            call.cancel()
            pair.notes.add("\(await status { _ = try await call.next() })")
            try await environment.clock.sleep(for: .seconds(1))
            return pair.notes.all
        }
        #expect(notes == ["stalling", "handler cancelled", "stalling", "cancelled", "handler cancelled"])
    }

    @Test func `letting go of a call cancels it`() throws {
        let notes = try SimulatedWorld(seed: 5).perform { environment in
            let pair = try await Pair(environment)
            do {
                let call = try await pair.channel.start(name("Stall"), CallOptions())
                try await call.finishSending()
                try await environment.clock.sleep(for: .seconds(1))
            }
            try await environment.clock.sleep(for: .seconds(1))
            return pair.notes.all
        }
        #expect(notes == ["stalling", "handler cancelled"])
    }

    @Test func `a server that does not read stops its client within the windows`() throws {
        let sent = try SimulatedWorld(seed: 6).perform { environment in
            let pair = try await Pair(environment)
            let call = try await pair.channel.start(name("Stall"), CallOptions())
            let counter = Notes()
            let writing = environment.tasks.spawn("writer") {
                let message = [UInt8](repeating: 1, count: 10_000)
                while (try? await call.send(message)) != nil { counter.count() }
            }
            try await environment.clock.sleep(for: .seconds(30))
            let sent = counter.total
            call.cancel()
            await writing.finished()
            return sent
        }
        let limits = RPCConfiguration()
        #expect(sent > 100)
        #expect(sent * 10_000 <= Int(limits.http2.streamWindow) + limits.sendBufferBytes + 20_000)
    }

    @Test func `a client that does not read stops its server, and other calls go on`() throws {
        let (sent, other) = try SimulatedWorld(seed: 7).perform { environment in
            let pair = try await Pair(environment)
            let call = try await pair.channel.start(name("Flood"), CallOptions())
            try await call.finishSending()
            try await environment.clock.sleep(for: .seconds(30))
            let sent = pair.notes.total
            let other = try await pair.unary("Unary", [UInt8](repeating: 2, count: 2_000_000))
            for _ in 0..<1_000 { _ = try await call.next() }
            return (sent, other?.count)
        }
        let limits = RPCConfiguration()
        #expect(sent > 100)
        #expect(sent * 10_000 <= Int(limits.http2.streamWindow) + limits.sendBufferBytes + 20_000)
        #expect(other == 2_000_000)
    }

    @Test func `a drain lets the call under way end and refuses new ones`() throws {
        let (slow, later, took) = try SimulatedWorld(seed: 8).perform { environment in
            let pair = try await Pair(environment)
            let start = environment.clock.now()
            async let slow = pair.unary("Slow", [])
            try await environment.clock.sleep(for: .seconds(1))
            await pair.server.drain(grace: .seconds(60))
            let took = environment.clock.now() - start
            let later = await status { _ = try await pair.unary("Unary", [1]) }
            return (try await slow, later, took)
        }
        #expect(slow == [5])
        #expect(later == .unavailable)
        #expect(took < .seconds(6))
    }

    @Test func `a drain ends calls that outlast its grace`() throws {
        let (code, took) = try SimulatedWorld(seed: 9).perform { environment in
            let pair = try await Pair(environment)
            async let code = status { _ = try await pair.unary("Stall", []) }
            try await environment.clock.sleep(for: .seconds(1))
            let start = environment.clock.now()
            await pair.server.drain(grace: .seconds(2))
            return (await code, environment.clock.now() - start)
        }
        #expect(code == .unavailable)
        #expect(took < .seconds(3))
    }

    @Test func `errors of handlers become statuses and never show the inside`() throws {
        let (refused, broken, unknown, notes) = try SimulatedWorld(seed: 10).perform { environment in
            let pair = try await Pair(environment)
            var options = CallOptions()
            options.metadata.append("reason", "not today")
            var errors: [RPCError?] = []
            for (method, options) in [("Refuse", options), ("Break", CallOptions()), ("Nowhere", CallOptions())] {
                do {
                    _ = try await pair.unary(method, [], options)
                    errors.append(nil)
                } catch { errors.append(error as? RPCError) }
            }
            return (errors[0], errors[1], errors[2], pair.notes.all)
        }
        #expect(refused == RPCError(.failedPrecondition, "not today"))
        #expect(broken == RPCError(.internal, "internal error"))
        #expect(unknown?.code == .unimplemented)
        #expect(notes == ["Break threw Unexpected()"])
    }

    @Test func `a message above the limit is RESOURCE_EXHAUSTED`() throws {
        let code = try SimulatedWorld(seed: 11).perform { environment in
            let pair = try await Pair(environment)
            return await status { _ = try await pair.unary("Unary", [UInt8](repeating: 0, count: 4 << 20 | 1)) }
        }
        #expect(code == .resourceExhausted)
    }

    @Test func `a partition is noticed by keepalive`() throws {
        let world = SimulatedWorld(seed: 12)
        let (server, client) = (world.host("a", address: "127.0.1.1"), world.host("b", address: "127.0.1.2"))
        let notes = Notes()
        server.boot { environment in
            _ = try? await Pair(environment)
            try? await environment.clock.sleep(for: .seconds(1_000_000))
        }
        client.boot { environment in
            let channel = StreamChannel(environment: environment, address: .ip("127.0.1.1", port: 50))
            let code = await outcome {
                let call = try await channel.start(name("Stall"), CallOptions(waitForReady: true))
                try await call.finishSending()
                _ = try await call.next()
            }
            notes.add(code)
        }
        world.after(.seconds(5)) { world.network.partition(server, client) }
        try world.run(limit: .seconds(120)) { !notes.all.isEmpty }
        #expect(notes.all == ["unavailable"])
        #expect(world.now < .seconds(60))
    }

    @Test func `a call that waits to its deadline says why there was no connection`() throws {
        let message = try SimulatedWorld(seed: 14).perform { environment in
            let channel = StreamChannel(environment: environment, address: .ip("127.0.1.1", port: 50))
            do {
                _ = try await channel.start(name("Unary"), CallOptions(timeout: .seconds(5), waitForReady: true))
                return "started"
            } catch { return (error as? RPCError)?.message ?? "\(error)" }
        }
        #expect(message.hasPrefix("the deadline passed before a connection was made; last error: cannot connect to "))
    }

    @Test func `a call that waits is served by the server that comes back`() throws {
        let world = SimulatedWorld(seed: 13)
        let (server, client) = (world.host("a", address: "127.0.1.1"), world.host("b", address: "127.0.1.2"))
        let notes = Notes()
        client.boot { environment in
            let channel = StreamChannel(environment: environment, address: .ip("127.0.1.1", port: 50))
            let fast = await outcome { _ = try await channel.start(name("Unary"), CallOptions()) }
            notes.add(fast)
            let late = await outcome {
                _ = try await channel.start(name("Unary"), CallOptions(timeout: .seconds(1), waitForReady: true))
            }
            notes.add(late)
            let code = await outcome {
                let call = try await channel.start(
                    name("Unary"), CallOptions(timeout: .seconds(100), waitForReady: true))
                try await call.send([1])
                try await call.finishSending()
                _ = try await call.next()
            }
            notes.add(code)
        }
        world.after(.seconds(20)) {
            server.boot { environment in
                _ = try? await Pair(environment)
                try? await environment.clock.sleep(for: .seconds(1_000_000))
            }
        }
        try world.run(limit: .seconds(200)) { notes.all.count == 3 }
        #expect(notes.all == ["unavailable, never sent", "deadlineExceeded, never sent", "ok"])
        #expect(world.now < .seconds(40))
    }
}

/// How a call ended, and whether nothing of it left.
private func outcome(_ body: () async throws -> Void) async -> String {
    do { try await body() } catch let error as RPCError {
        return error.wasSent ? "\(error.code)" : "\(error.code), never sent"
    } catch { return "\(error)" }
    return "ok"
}
