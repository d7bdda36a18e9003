import Environment
import Synchronization
import Testing

@testable import NBD

/// A network whose streams can all be cut, as when the server's process is killed.
final class CuttableNetwork: Network {
    private let inner = MemoryNetwork()
    private let streams = Mutex<[any ByteStream]>([])
    private let attempts = Mutex(0)

    func listen(_ address: StreamAddress) async throws(NetworkError) -> any StreamListener {
        try await inner.listen(address)
    }

    func connect(_ address: StreamAddress) async throws(NetworkError) -> any ByteStream {
        attempts.withLock { $0 += 1 }
        let stream = try await inner.connect(address)
        streams.withLock { $0.append(stream) }
        return stream
    }

    var attemptCount: Int { attempts.withLock { $0 } }

    func cutAll() {
        for stream in streams.withLock({ $0 }) { stream.close() }
    }
}

@Suite(.timeLimit(.minutes(1)))
struct ReconnectTests {
    private let network = CuttableNetwork()
    private let address = StreamAddress.unix(path: "/nbd")

    private var environment: Environment {
        Environment(
            clock: TestClock(), random: TestRandom(), tasks: TestTasks(), files: NoFiles(), lanes: InlineLanes(),
            network: network, failpoints: NoFailpoints())
    }

    private func serve(_ export: MemoryExport) async throws -> NBDServer {
        await NBDServer.serve(
            listener: try await network.listen(address), exports: { _ in export }, list: { [] },
            environment: environment)
    }

    private func until(_ condition: () async -> Bool) async throws {
        while !(await condition()) { try await TestClock().sleep(for: .milliseconds(1)) }
    }

    private func sector(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: 512) }

    @Test func `a killed server is a stall, unanswered writes come again and the flush after them`() async throws {
        // The old server's export never answers: the process was killed with these requests in it.
        let dead = MemoryExport()
        for offset in [Int64(0), 512, -1] { dead.hold(offset) }
        let old = try await serve(dead)
        let client = try await ReconnectingNBDClient.connect(environment, address, export: "a")
        let first = Task { try await client.write(sector(1), at: 0) }
        try await until { dead.waitingCount == 1 }
        let second = Task { try await client.write(sector(2), at: 512) }
        try await until { dead.waitingCount == 2 }
        let flush = Task { try await client.flush() }
        try await until { dead.waitingCount == 3 }

        let alive = MemoryExport()
        alive.hold(0)
        let listener = try await network.listen(address)
        network.cutAll()
        let new = await NBDServer.serve(
            listener: listener, exports: { _ in alive }, list: { [] }, environment: environment)
        try await second.value
        try await until { alive.waitingCount == 1 }
        #expect(alive.journal == ["write 512+512"], "the flush waits for the re-sent write")
        alive.release(0)
        try await first.value
        try await flush.value
        #expect(alive.journal == ["write 512+512", "write 0+512", "flush"])
        #expect(alive.bytes[0] == 1 && alive.bytes[512] == 2)
        #expect(await client.lossCount == 1)

        await client.close()
        for offset in [Int64(0), 512, -1] { dead.release(offset) }
        await old.close()
        await new.close()
    }

    @Test func `a server that shuts down answers nothing wrongly, and its successor the rest`() async throws {
        let export = MemoryExport()
        let old = try await serve(export)
        let client = try await ReconnectingNBDClient.connect(environment, address, export: "a")
        let writes = Task {
            for index in 0..<300 { try await client.write(sector(UInt8(index % 251)), at: Int64(index) * 512) }
        }
        try await until { export.journal.count > 50 }
        await old.close()
        let new = try await serve(export)
        try await writes.value
        #expect((0..<300).allSatisfy { export.bytes[$0 * 512] == UInt8($0 % 251) })
        #expect(await client.lossCount == 1)
        await client.close()
        await new.close()
    }

    @Test func `errors of the disk are answers and are not repeated`() async throws {
        let export = MemoryExport()
        let server = try await serve(export)
        let client = try await ReconnectingNBDClient.connect(environment, address, export: "a")
        export.failAll(NBDError.io)
        await #expect(throws: NBDError.io) { try await client.write(sector(1), at: 0) }
        #expect(await client.lossCount == 0)
        await client.close()
        await #expect(throws: NBDConnectionError.closed) { try await client.flush() }
        await server.close()
    }

    @Test func `an export of another size after the restart fails the client`() async throws {
        let old = try await serve(MemoryExport(size: 1 << 20))
        let client = try await ReconnectingNBDClient.connect(environment, address, export: "a")
        await old.close()
        let new = try await serve(MemoryExport(size: 1 << 21))
        await #expect(throws: NBDConnectionError.self) { try await client.flush() }
        await new.close()
    }

    @Test func `attempts to connect to a dead server are spaced`() async throws {
        let server = try await serve(MemoryExport())
        let client = try await ReconnectingNBDClient.connect(environment, address, export: "a")
        await server.close()
        try await TestClock().sleep(for: .milliseconds(400))
        #expect(network.attemptCount < 10)
        await client.close()
    }
}
