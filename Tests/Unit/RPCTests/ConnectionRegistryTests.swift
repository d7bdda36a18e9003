import Environment
import HTTP2
import Simulation
import Testing

@testable import RPC

/// Which connection makes room when a server is full.
struct ConnectionRegistryTests {
    private func with<T: Sendable>(_ body: @escaping @Sendable (Environment) async throws -> T) throws -> T {
        try SimulatedWorld(seed: 1).perform { try await body($0) }
    }

    @Test func `a full server that has had many connections finds one that is idle`() throws {
        let (number, closed) = try with { environment in
            let registry = ConnectionRegistry(maxConnections: 4, clock: environment.clock)
            // Of those that came and went, nothing is left to look through.
            for _ in 0..<1_000 {
                if let number = registry.add(try Peer(environment).server) { registry.remove(number) }
            }
            let idle = try (0..<4).map { _ in try Peer(environment) }
            for peer in idle { _ = registry.add(peer.server) }
            try await environment.clock.sleep(for: .seconds(2))
            let number = registry.add(try Peer(environment).server)
            return (number, idle.map { $0.server.isEnded })
        }
        #expect(number != nil)
        #expect(closed == [true, false, false, false])
    }

    @Test func `a server that was filled within a second has room for who comes then`() throws {
        let (early, late, closed) = try with { environment in
            let registry = ConnectionRegistry(maxConnections: 200, clock: environment.clock)
            let flood = try (0..<200).map { _ in try Peer(environment) }
            for peer in flood { _ = registry.add(peer.server) }
            // They may be about to begin their calls.
            let early = registry.add(try Peer(environment).server)
            try await environment.clock.sleep(for: .milliseconds(200))
            let late = try (0..<64).map { _ in registry.add(try Peer(environment).server) }
            return (early, late, flood.filter { $0.server.isEnded }.count)
        }
        #expect(early == nil)
        #expect(late.allSatisfy { $0 != nil })
        #expect(closed == 64)
    }

    @Test func `connections in use stay, however many of them came before the idle ones`() throws {
        let (refused, numbers, inUse, idle) = try with { environment in
            let registry = ConnectionRegistry(maxConnections: 110, clock: environment.clock)
            let inUse = try (0..<100).map { _ in try Peer(environment) }
            for peer in inUse {
                _ = registry.add(peer.server)
                _ = try peer.request()
                try peer.exchange()
            }
            let idle = try (0..<10).map { _ in try Peer(environment) }
            for peer in idle { _ = registry.add(peer.server) }
            try await environment.clock.sleep(for: .seconds(2))
            // The first search sees only those in use; it ends before the idle ones, and the next goes on behind it.
            let refused = registry.add(try Peer(environment).server)
            let numbers = try (0..<10).map { _ in registry.add(try Peer(environment).server) }
            let result = (refused, numbers, inUse.filter { $0.server.isEnded }.count, idle.map { $0.server.isEnded })
            for peer in inUse { peer.server.transportClosed("the test is over") }
            return result
        }
        #expect(refused == nil)
        #expect(numbers.allSatisfy { $0 != nil })
        #expect(inUse == 0)
        #expect(idle.allSatisfy { $0 })
    }

    @Test func `the longest idle makes room`() throws {
        let (first, second, refused) = try with { environment in
            let registry = ConnectionRegistry(maxConnections: 2, clock: environment.clock)
            let (used, idle) = (try Peer(environment), try Peer(environment))
            _ = registry.add(used.server)
            _ = registry.add(idle.server)
            try await environment.clock.sleep(for: .seconds(1))
            let id = try used.request(path: "/echo.v1.Echo/Unary")
            used.client.end(id)
            try used.exchange()
            try await environment.clock.sleep(for: .seconds(1))
            try used.exchange()
            func ended() -> [Bool] { [used.server.isEnded, idle.server.isEnded] }
            _ = registry.add(try Peer(environment).server)
            let first = ended()
            _ = registry.add(try Peer(environment).server)
            return (first, ended(), registry.add(try Peer(environment).server))
        }
        #expect(first == [false, true])
        #expect(second == [true, true])
        #expect(refused == nil)
    }

    @Test func `those that were told to close count until they have`() throws {
        let (numbers, after) = try with { environment in
            let registry = ConnectionRegistry(maxConnections: 100, clock: environment.clock)
            let idle = try (0..<100).map { _ in registry.add(try Peer(environment).server) }
            try await environment.clock.sleep(for: .seconds(2))
            let numbers = try (0..<65).map { _ in registry.add(try Peer(environment).server) }
            if let first = idle[0] { registry.remove(first) }
            return (numbers, registry.add(try Peer(environment).server))
        }
        #expect(numbers.dropLast().allSatisfy { $0 != nil } && numbers[64] == nil)
        #expect(after != nil)
    }
}
