import API
import Environment
import Hosting
import Messages
import RPC
import Simulation
import Testing

/// A server's calls and connections as channelz tells of them.
struct ChannelzTests {
    private static let slow = MethodName(service: "slow.v1.Slow", method: "Stay")

    /// A server with health, channelz and a method that does not end; its address and a client of it.
    private func serve(_ environment: Environment) async throws -> (StreamAddress, StreamTransport, ChannelzClient) {
        let counters = CallCounters()
        let channelz = ChannelzHandler("mt-home", counters)
        let transport = StreamTransport(environment)
        let health = HealthStatus()
        health.set("", .serving)
        let stay = BoundService(
            name: Self.slow.service,
            methods: [BoundMethod(Self.slow) { _ in try await environment.clock.sleep(for: .seconds(10_000)) }])
        let server = try await InterceptedTransport(transport, by: [counters]).serve(
            .ip("0.0.0.0", port: 82), [HealthHandler(health).bound(), channelz.bound(), stay])
        channelz.tell(of: server)
        return (server.address, transport, ChannelzClient(transport.channel(to: server.address)))
    }

    @Test func `calls are counted by how they ended, and streams by connection`() throws {
        let (servers, sockets, socket) = try SimulatedWorld(seed: 64).perform { environment in
            let (address, transport, channelz) = try await serve(environment)
            let channel = transport.channel(to: address)
            let health = HealthClient(channel)
            for _ in 0..<3 { _ = try await health.check(.with { $0.service = "" }) }
            _ = try? await health.check(.with { $0.service = "none" })
            // Cancelled by its caller; and one that stays.
            let cancelled = try await channel.start(Self.slow, CallOptions())
            try await cancelled.finishSending()
            let staying = try await channel.start(Self.slow, CallOptions())
            try await staying.finishSending()
            try await environment.clock.sleep(for: .seconds(1))
            cancelled.cancel()
            try await environment.clock.sleep(for: .seconds(1))
            let servers = try await channelz.getServers(.with { $0.maxResults = 10 })
            let sockets = try await channelz.getServerSockets(.with { $0.serverID = 1 })
            let first = try #require(sockets.socketRef.first)
            let socket = try await channelz.getSocket(.with { $0.socketID = first.socketID }).socket
            staying.cancel()
            return (servers, sockets, socket)
        }
        #expect(servers.end && servers.server.count == 1)
        let server = try #require(servers.server.first)
        #expect(server.ref?.serverID == 1 && server.ref?.name == "mt-home")
        // Of those that asked channelz this one had not ended.
        #expect(server.data?.callsSucceeded == 3 && server.data?.callsFailed == 2)
        #expect(server.data?.callsStarted == 7)
        #expect(sockets.end && sockets.socketRef.map(\.socketID) == [1, 2])
        #expect(socket?.data?.streamsStarted == 6)
        #expect(socket?.data?.streamsSucceeded == 4 && socket?.data?.streamsFailed == 1)
        #expect(socket?.remote?.otherAddress?.name.isEmpty == false && socket?.local?.otherAddress != nil)
    }

    private typealias Pages = (
        ChannelzV1.GetServerSocketsResponse, ChannelzV1.GetServerSocketsResponse, [StatusCode]
    )

    @Test func `connections come in pages, and those that are closed are not there`() throws {
        let (first, second, refused) = try SimulatedWorld(seed: 65).perform { environment -> Pages in
            let (address, transport, channelz) = try await serve(environment)
            let channels = (0..<4).map { _ in transport.channel(to: address) }
            for channel in channels { _ = try await HealthClient(channel).check(.with { $0.service = "" }) }
            let first = try await channelz.getServerSockets(
                .with {
                    $0.serverID = 1
                    $0.maxResults = 2
                })
            let second = try await channelz.getServerSockets(
                .with {
                    $0.serverID = 1
                    $0.startSocketID = 3
                })
            let refusals = await codes(channelz)
            withExtendedLifetime(channels) {}
            return (first, second, refusals)
        }
        #expect(first.socketRef.map(\.socketID) == [1, 2] && !first.end)
        #expect(second.socketRef.map(\.socketID) == [3, 4, 5] && second.end)
        #expect(refused == [.notFound, .notFound, .notFound, .notFound, .invalidArgument])
    }

    private func codes(_ channelz: ChannelzClient) async -> [StatusCode] {
        func code(_ body: () async throws -> Void) async -> StatusCode {
            do {
                try await body()
                return .ok
            } catch { return (error as? RPCError)?.code ?? .unknown }
        }
        return [
            await code { _ = try await channelz.getServer(.with { $0.serverID = 2 }) },
            await code { _ = try await channelz.getServerSockets(.with { $0.serverID = 0 }) },
            await code { _ = try await channelz.getSocket(.with { $0.socketID = 99 }) },
            await code { _ = try await channelz.getSocket(.with { $0.socketID = -1 }) },
            await code { _ = try await channelz.getServers(.with { $0.maxResults = -1 }) },
        ]
    }
}
