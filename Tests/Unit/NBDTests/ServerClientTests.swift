import Environment
import Testing

@testable import NBD

@Suite(.timeLimit(.minutes(1)))
struct ServerClientTests {
    private let environment = testEnvironment()
    private let address = StreamAddress.unix(path: "/nbd")

    private func serve(_ exports: [String: MemoryExport]) async throws -> NBDServer {
        let listener = try await environment.network.listen(address)
        return await NBDServer.serve(
            listener: listener, exports: { exports[$0] }, list: { exports.keys.sorted() }, environment: environment)
    }

    private func until(_ condition: () async -> Bool) async throws {
        while !(await condition()) { try await environment.clock.sleep(for: .milliseconds(1)) }
    }

    private func sector(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: 512) }

    @Test func `what is written is read back, and each command reaches the export`() async throws {
        let export = MemoryExport()
        let server = try await serve(["a": export, "b": MemoryExport(size: 512)])
        let client = try await NBDClient.connect(environment, address, export: "a")
        #expect(client.geometry.size == 1 << 20)
        #expect(client.geometry.canMultiConnect)
        try await client.write(sector(5), at: 1024, fua: true)
        #expect(try await client.read(offset: 1024, count: 512) == sector(5))
        try await client.writeZeroes(offset: 1024, count: 512, mayTrim: false)
        try await client.trim(offset: 0, count: 4096)
        try await client.flush()
        #expect(try await client.read(offset: 1024, count: 512) == sector(0))
        #expect(
            export.journal == [
                "write 1024+512 fua", "read 1024+512", "zero 1024+512 keep", "trim 0+4096", "flush", "read 1024+512",
            ])
        let other = try await NBDClient.connect(environment, address, export: "b")
        #expect(other.geometry.size == 512)
        await client.close()
        await other.close()
        await server.close()
        #expect(await server.connectionCount == 0)
    }

    @Test func `large requests cross the stream in both directions`() async throws {
        let server = try await serve(["a": MemoryExport(size: 32 << 20)])
        let client = try await NBDClient.connect(environment, address, export: "a")
        let bytes = [UInt8](repeating: 0xa5, count: 5 << 20)
        try await client.write(bytes, at: 4096)
        #expect(try await client.read(offset: 4096, count: bytes.count) == bytes)
        await client.close()
        await server.close()
    }

    @Test func `an unknown export is refused by name`() async throws {
        let server = try await serve([:])
        let refusal = NBDConnectionError.refused(
            export: "x", reply: OptionReply.unknown, message: "no such export")
        await #expect(throws: refusal) {
            _ = try await NBDClient.connect(environment, address, export: "x")
        }
        await server.close()
    }

    @Test func `a slow request does not delay others, and more than 64 at once are all answered`() async throws {
        let export = MemoryExport()
        export.hold(0)
        let server = try await serve(["a": export])
        let client = try await NBDClient.connect(environment, address, export: "a")
        let slow = Task { try await client.write(sector(9), at: 0) }
        try await until { export.waitingCount == 1 }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 1...200 {
                group.addTask { try await client.write(sector(UInt8(index)), at: Int64(index) * 512) }
            }
            try await group.waitForAll()
        }
        #expect(export.bytes[0] == 0)
        export.release(0)
        try await slow.value
        #expect((0...200).allSatisfy { export.bytes[$0 * 512] == ($0 == 0 ? 9 : UInt8($0)) })
        await client.close()
        await server.close()
    }

    @Test func `an export's errors reach the caller, and the connection goes on`() async throws {
        let export = MemoryExport()
        let server = try await serve(["a": export])
        let client = try await NBDClient.connect(environment, address, export: "a")
        export.failAll(NBDError.noSpace)
        await #expect(throws: NBDError.noSpace) { try await client.write(sector(1), at: 0) }
        export.failAll(FileError(.input, "read", "/disk"))
        await #expect(throws: NBDError.io) { try await client.read(offset: 0, count: 512) }
        await #expect(throws: NBDError.invalid) { try await client.read(offset: 3, count: 512) }
        await client.close()
        await server.close()
    }

    @Test func `close answers what is in flight, then ends the connection`() async throws {
        let export = MemoryExport()
        export.hold(512)
        let server = try await serve(["a": export])
        let client = try await NBDClient.connect(environment, address, export: "a")
        let write = Task { try await client.write(sector(7), at: 512) }
        try await until { export.waitingCount == 1 }
        let closing = Task { await server.close() }
        try await until {
            do {
                try await client.flush()
                return false
            } catch {
                return error as? NBDError == .shuttingDown
            }
        }
        export.release(512)
        try await write.value
        await closing.value
        #expect(export.bytes[512] == 7)
        await #expect(throws: NBDConnectionError.self) { try await client.flush() }
    }

    @Test func `a lost connection fails what is in flight`() async throws {
        let (mine, theirs) = MemoryStream.pair(address)
        let listener = MemoryListener(address)
        _ = listener.offer(theirs)
        let export = MemoryExport()
        export.hold(0)
        let server = await NBDServer.serve(
            listener: listener, exports: { _ in export }, list: { [] }, environment: environment)
        var negotiation = ClientNegotiation(export: "a")
        var entered = false
        while !entered {
            switch negotiation.next() {
            case .needMore: negotiation.receive(try #require(try await mine.read()))
            case .send(let bytes): try await mine.write(bytes)
            case .entered: entered = true
            case .failed(let error): throw error
            }
        }
        try await mine.write(ClientRequest(.write(sector(1), offset: 0, fua: false)).encode(cookie: 1))
        try await until { export.waitingCount == 1 }
        mine.close()
        export.release(0)
        try await until { await server.connectionCount == 0 }
        #expect(export.bytes[0] == 1, "a request that was begun is finished though its client is gone")
        await server.close()
    }
}
