import Environment
import Simulation
import Testing

private func echo(_ environment: Environment) async {
    guard let listener = try? await environment.network.listen(.ip("0.0.0.0", port: 7)) else { return }
    while let stream = try? await listener.accept() {
        environment.tasks.spawn("echo") {
            while let bytes = try? await stream.read(), (try? await stream.write(bytes)) != nil {}
            stream.close()
        }
    }
}

private func exactly(_ count: Int, from stream: any ByteStream) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count, let more = try await stream.read() { bytes += more }
    return bytes
}

struct NetworkTests {
    let world = SimulatedWorld(seed: 21)
    let server: SimulatedHost
    let client: SimulatedHost
    let address = StreamAddress.ip("127.0.1.1", port: 7)

    init() throws {
        server = world.host("server", address: "127.0.1.1")
        client = world.host("client", address: "127.0.1.2")
        server.boot("echo", echo)
        try world.run(for: .milliseconds(1))
    }

    /// Runs on the client host until it ends; errors come back as their code.
    private func onClient(_ body: @escaping @Sendable (Environment) async throws -> String) throws -> String {
        let journal = Journal()
        client.boot { environment in
            do { journal.add(try await body(environment)) } catch let error as NetworkError {
                journal.add("\(error.code)")
            } catch { journal.add("\(error)") }
        }
        try world.run { !journal.all.isEmpty }
        return journal.all[0]
    }

    @Test func `bytes come back in order, however they are split`() throws {
        let sent = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let address = address
        let result = try onClient { environment in
            let stream = try await environment.network.connect(address)
            environment.tasks.spawn("writer") { try? await stream.write(sent) }
            let back = try await exactly(sent.count, from: stream)
            stream.close()
            return back == sent ? "same" : "different"
        }
        #expect(result == "same")
        try world.run(for: .seconds(1))
        #expect(world.network.openStreamEnds == 0)
    }

    @Test func `connecting where nobody listens is refused, where no host is unreachable`() throws {
        #expect(try onClient { _ = try await $0.network.connect(.ip("127.0.1.1", port: 8)); return "" } == "refused")
        #expect(try onClient { _ = try await $0.network.connect(.ip("9.9.9.9", port: 8)); return "" } == "unreachable")
    }

    @Test func `unix addresses belong to one host`() throws {
        let result = try onClient { environment in
            let listener = try await environment.network.listen(.unix(path: "/run/x"))
            async let accepted = listener.accept()
            try await environment.network.connect(.unix(path: "/run/x")).write([5])
            return "\(try await accepted?.read() ?? [])"
        }
        #expect(result == "[5]")
        let journal = Journal()
        server.boot("other") { environment in
            do { _ = try await environment.network.connect(.unix(path: "/run/x")) } catch { journal.add("\(error)") }
        }
        try world.run { !journal.all.isEmpty }
        #expect(journal.all[0].contains("refused"))
    }

    @Test func `an address is used once and freed by a kill`() throws {
        #expect(try onClient {
            _ = try await $0.network.listen(.ip("0.0.0.0", port: 9))
            _ = try await $0.network.listen(.ip("127.0.1.2", port: 9))
            return ""
        } == "addressInUse")
        client.kill()
        #expect(try onClient { try await $0.network.listen(.ip("0.0.0.0", port: 9)).address.description }
            == "127.0.1.2:9")
    }

    @Test func `a partition holds bytes back until it heals`() throws {
        let (world, address, server, client) = (world, address, server, client)
        world.after(.seconds(5)) { world.network.partition(server, client) }
        world.after(.seconds(65)) { world.network.heal(server, client) }
        let result = try onClient { environment in
            let stream = try await environment.network.connect(address)
            try await environment.clock.sleep(for: .seconds(10))
            try await stream.write([1, 2, 3])
            return "\(try await exactly(3, from: stream))"
        }
        #expect(result == "[1, 2, 3]")
        #expect(world.now > .seconds(65))
    }

    @Test func `one blocked direction lets the other through`() throws {
        let (world, address, server, client) = (world, address, server, client)
        let received = Journal()
        server.boot("sink") { environment in
            guard let listener = try? await environment.network.listen(.ip("127.0.1.1", port: 70)),
                let stream = try? await listener.accept()
            else { return }
            while let bytes = try? await stream.read() {
                received.add("\(bytes)")
                try? await stream.write(bytes)
            }
        }
        let reply = Journal()
        client.boot { environment in
            guard let stream = try? await environment.network.connect(.ip("127.0.1.1", port: 70)) else { return }
            world.network.block(from: server, to: client)
            try? await stream.write([9])
            if let bytes = try? await stream.read() { reply.add("\(bytes)") }
        }
        try world.run(for: .seconds(60))
        #expect(received.all == ["[9]"])
        #expect(reply.all.isEmpty)
        world.network.healAll()
        try world.run { !reply.all.isEmpty }
        #expect(try onClient { _ = try await $0.network.connect(address); return "connected" } == "connected")
    }

    @Test func `connecting through a partition times out`() throws {
        world.network.partition(server, client)
        let address = address
        #expect(try onClient { _ = try await $0.network.connect(address); return "" } == "timedOut")
        #expect(world.now >= .seconds(15))
    }

    @Test func `a writer waits while its reader does not read`() throws {
        let (world, journal) = (world, Journal())
        server.boot("lazy") { environment in
            guard let listener = try? await environment.network.listen(.ip("127.0.1.1", port: 71)),
                let stream = try? await listener.accept()
            else { return }
            try? await environment.clock.sleep(for: .seconds(30))
            while let bytes = try? await stream.read() { journal.add("\(bytes.count)") }
        }
        let result = try onClient { environment in
            let stream = try await environment.network.connect(.ip("127.0.1.1", port: 71))
            try await stream.write([UInt8](repeating: 1, count: 256 * 1024))
            let early = environment.clock.now()
            try await stream.write([1])
            return environment.clock.now() - early > .seconds(25) ? "waited" : "did not wait"
        }
        #expect(result == "waited")
        try world.run { journal.all.compactMap { Int($0) }.reduce(0, +) == 256 * 1024 + 1 }
    }

    @Test func `a reset is seen by a pending read`() throws {
        let (world, address, server, client) = (world, address, server, client)
        world.after(.seconds(2)) { world.network.resetConnections(between: server, and: client) }
        #expect(try onClient { environment in
            let stream = try await environment.network.connect(address)
            return "\(try await stream.read() ?? [])"
        } == "reset")
    }

    @Test func `links can reset streams by themselves`() throws {
        var link = LinkConditions()
        link.resetsOneIn = 5
        world.network.setConditions(link, between: server, and: client)
        let address = address
        #expect(try onClient { environment in
            let stream = try await environment.network.connect(address)
            for _ in 0..<1_000 {
                try await stream.write([1])
                _ = try await stream.read()
            }
            return "survived"
        } == "reset")
    }

    @Test func `bandwidth takes its time`() throws {
        var link = LinkConditions()
        link.bytesPerSecond = 10_000
        world.network.setConditions(link, between: server, and: client)
        let address = address
        _ = try onClient { environment in
            let stream = try await environment.network.connect(address)
            try await stream.write([UInt8](repeating: 0, count: 50_000))
            return "\(try await exactly(50_000, from: stream).count)"
        }
        #expect(world.now > .seconds(5))
    }

    @Test func `a killed server ends or resets its streams, and a kill by power loss says nothing`() throws {
        var endings: Set<String> = []
        for seed in 1...20 {
            let world = SimulatedWorld(seed: UInt64(seed))
            let server = world.host("server", address: "127.0.1.1")
            let client = world.host("client", address: "127.0.1.2")
            server.boot("echo", echo)
            let journal = Journal()
            client.boot { environment in
                try? await environment.clock.sleep(for: .seconds(1))
                guard let stream = try? await environment.network.connect(.ip("127.0.1.1", port: 7)) else { return }
                do throws(NetworkError) { journal.add(try await stream.read() == nil ? "end" : "bytes") } catch {
                    journal.add("\(error.code)")
                }
            }
            try world.run(for: .seconds(2))
            if seed % 2 == 0 { server.kill() } else { server.powerLoss() }
            try world.run(for: .seconds(100))
            #expect(journal.all.count == (seed % 2 == 0 ? 1 : 0))
            server.boot("echo", echo)
            try world.run { !journal.all.isEmpty }
            endings.insert(journal.all[0])
        }
        #expect(endings == ["end", "reset"])
    }

    @Test func `a cancelled read ends`() throws {
        let address = address
        #expect(try onClient { environment in
            let stream = try await environment.network.connect(address)
            let journal = Journal()
            let reader = environment.tasks.spawn("reader") {
                do throws(NetworkError) { _ = try await stream.read() } catch { journal.add("\(error.code)") }
            }
            try await environment.clock.sleep(for: .seconds(1))
            reader.cancel()
            await reader.finished()
            return journal.all.joined()
        } == "closed")
    }
}
