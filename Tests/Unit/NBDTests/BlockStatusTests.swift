import Environment
import Testing

@testable import NBD

@Suite(.timeLimit(.minutes(1)))
struct BlockStatusTests {
    private let environment = testEnvironment()
    private let address = StreamAddress.unix(path: "/nbd")

    private func serve(_ exports: [String: MemoryExport]) async throws -> NBDServer {
        let listener = try await environment.network.listen(address)
        return await NBDServer.serve(
            listener: listener, exports: { exports[$0] }, list: { exports.keys.sorted() }, environment: environment)
    }

    // MARK: negotiation

    @Test func `base allocation is listed with every query that it matches, nothing else is`() async throws {
        let server = try await serve(["a": MemoryExport()])
        let client = try await RawClient(environment, address)
        #expect(try await client.contexts(Option.listMetaContext, "a", []) == .refused(OptionReply.invalid))
        try await client.agreeOnStructuredReplies()
        let matching: [[String]] = [[], ["base:"], ["base:allocation"], ["qemu:", "base:allocation", "base:allocation"]]
        for queries in matching {
            #expect(
                try await client.contexts(Option.listMetaContext, "a", queries) == .contexts(["base:allocation"]))
        }
        for queries in [["qemu:dirty-bitmap:x"], ["base:unknown"], ["x-other:", "nonsense", ""]] {
            #expect(try await client.contexts(Option.listMetaContext, "a", queries) == .contexts([]))
        }
        #expect(try await client.contexts(Option.listMetaContext, "b", []) == .refused(OptionReply.unknown))
        client.close()
        await server.close()
    }

    @Test func `a selection needs the whole name, and is for one export`() async throws {
        let server = try await serve(["a": MemoryExport(size: 8192), "b": MemoryExport(size: 8192)])
        for (queries, counts) in [
            (["base:allocation"], true), (["x-more:1", "base:allocation", "qemu:allocation-depth"], true),
            (["base:"], false), ([], false), (["base:allocation "], false),
        ] {
            for export in ["a", "b"] {
                let client = try await RawClient(environment, address)
                try await client.agreeOnStructuredReplies()
                let reply = try await client.contexts(Option.setMetaContext, "a", queries)
                #expect(reply == .contexts(counts ? ["base:allocation"] : []))
                try await client.go(export)
                let status = try await client.status(offset: 0, count: 4096)
                #expect(status == (counts && export == "a" ? .extents([(4096, 3)]) : .error(.invalid)))
                client.close()
            }
        }
        await server.close()
    }

    @Test func `a selection that fails takes the one before it away`() async throws {
        let server = try await serve(["a": MemoryExport()])
        let malformed: [[UInt8]] = [[], [0, 0, 0, 9, 65], [0, 0, 0, 1, 97, 0, 0, 0, 1, 0, 0, 0, 4, 65]]
        for data in malformed {
            let client = try await RawClient(environment, address)
            try await client.agreeOnStructuredReplies()
            #expect(
                try await client.contexts(Option.setMetaContext, "a", ["base:allocation"])
                    == .contexts(["base:allocation"]))
            #expect(try await client.option(Option.setMetaContext, data) == .refused(OptionReply.invalid))
            try await client.go("a")
            #expect(try await client.status(offset: 0, count: 4096) == .error(.invalid))
            client.close()
        }
        await server.close()
    }

    @Test func `without structured replies there is no selection and no status`() async throws {
        let server = try await serve(["a": MemoryExport()])
        let client = try await RawClient(environment, address)
        #expect(
            try await client.contexts(Option.setMetaContext, "a", ["base:allocation"])
                == .refused(OptionReply.invalid))
        client.close()
        await server.close()
    }

    @Test func `an option that is too long is refused, and the client goes on`() async throws {
        let server = try await serve(["a": MemoryExport()])
        let client = try await RawClient(environment, address)
        try await client.agreeOnStructuredReplies()
        #expect(
            try await client.contexts(
                Option.setMetaContext, "a", ["base:allocation", String(repeating: "x", count: 100_000)])
                == .refused(OptionReply.tooBig))
        #expect(
            try await client.contexts(Option.setMetaContext, "a", ["base:allocation"])
                == .contexts(["base:allocation"]))
        try await client.go("a")
        #expect(try await client.status(offset: 0, count: 512) == .extents([(512, 3)]))
        client.close()
        await server.close()
    }

    // MARK: transmission

    private func connected(_ export: String) async throws -> RawClient {
        let client = try await RawClient(environment, address)
        try await client.agreeOnStructuredReplies()
        _ = try await client.contexts(Option.setMetaContext, export, ["base:allocation"])
        try await client.go(export)
        return client
    }

    @Test func `data and holes are told, one extent where one is asked for`() async throws {
        let export = MemoryExport(size: 64 << 10)
        let server = try await serve(["a": export])
        let client = try await connected("a")
        try await export.write([UInt8](repeating: 1, count: 4096), at: 8192, fua: false)
        #expect(try await client.status(offset: 0, count: 64 << 10) == .extents([(8192, 3), (4096, 0), (53248, 3)]))
        #expect(try await client.status(offset: 512, count: 8192) == .extents([(7680, 3), (512, 0)]))
        #expect(try await client.status(offset: 4096, count: 32768, one: true) == .extents([(4096, 3)]))
        #expect(try await client.status(offset: 8192, count: 512, one: true) == .extents([(512, 0)]))
        #expect(try await client.status(offset: 64 << 10, count: 512) == .error(.invalid))
        #expect(try await client.status(offset: 0, count: 0) == .error(.invalid))
        #expect(try await client.status(offset: 100, count: 512) == .error(.invalid))
        export.failAll(FileError(.input, "find data", "/disk"))
        #expect(try await client.status(offset: 0, count: 512) == .error(.io))
        client.close()
        await server.close()
    }

    /// The server is asked in random ranges between random changes; the client keeps what must be read.
    @Test(arguments: 0..<10) func `extents tile the range, and what is a hole reads as zero`(seed: Int) async throws {
        let size: Int64 = 64 << 10
        let export = MemoryExport(size: size)
        let server = try await serve(["a": export])
        let client = try await connected("a")
        var random = Generator(UInt64(seed))
        for _ in 0..<80 {
            let offset = Int64.random(in: 0..<size / 512, using: &random) * 512
            let count = Int64.random(in: 1...(size - offset) / 512, using: &random) * 512
            switch Int.random(in: 0..<6, using: &random) {
            case 0:
                let bytes = [UInt8](repeating: UInt8.random(in: 1...255, using: &random), count: Int(min(count, 9216)))
                try await export.write(bytes, at: offset, fua: false)
            case 1: try await export.writeZeroes(offset: offset, count: count, fua: false, mayTrim: true)
            default:
                let isOne = Bool.random(using: &random)
                guard case .extents(let extents) = try await client.status(offset: offset, count: count, one: isOne)
                else {
                    Issue.record("no extents for \(offset)+\(count), seed \(seed)")
                    continue
                }
                var position = offset
                for extent in extents {
                    #expect(extent.count > 0 && extent.count % 512 == 0)
                    #expect(extent.flags == 0 || extent.flags == 3)
                    if extent.flags == 3 {
                        #expect(export.bytes[Int(position)..<Int(position + extent.count)].allSatisfy { $0 == 0 })
                    }
                    position += extent.count
                }
                #expect(isOne ? extents.count == 1 && position <= offset + count : position == offset + count)
                let bytes = Array(export.bytes[Int(offset)..<Int(offset + count)])
                #expect(try await client.read(offset: offset, count: count, whole: isOne) == bytes)
            }
        }
        client.close()
        await server.close()
    }

    @Test func `long zeros within a read go as holes, unless the client forbids it`() async throws {
        let export = MemoryExport(size: 1 << 20)
        let server = try await serve(["a": export])
        let client = try await connected("a")
        try await export.write([7], at: 0, fua: false)
        try await export.write([8], at: 20_000, fua: false)
        _ = try await client.read(offset: 0, count: 1 << 20, whole: false)
        #expect(client.chunks == [.data(20_480), .hole((1 << 20) - 20_480)])
        _ = try await client.read(offset: 0, count: 1 << 20, whole: true)
        #expect(client.chunks == [.data(1 << 20)])
        _ = try await client.read(offset: 512, count: 512, whole: false)
        #expect(client.chunks == [.hole(512)])
        client.close()
        await server.close()
    }

    // MARK: sectors

    @Test(arguments: 0..<50) func `a sector that is a hole in part is data`(seed: Int) {
        var random = Generator(UInt64(seed))
        var extents: [FileExtent] = []
        var isHole = [Bool](repeating: false, count: 0)
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            let extent = FileExtent(
                count: Int64.random(in: 1...3000, using: &random), isHole: Bool.random(using: &random))
            extents.append(extent)
            isHole += [Bool](repeating: extent.isHole, count: Int(extent.count))
        }
        let count = Int64.random(in: 1...8, using: &random) * 512
        let told = extents.inSectors(count: count)
        var position = 0
        for extent in told {
            #expect(extent.count > 0 && extent.count % 512 == 0)
            if extent.isHole { #expect(isHole[position..<position + Int(extent.count)].allSatisfy { $0 }) }
            position += Int(extent.count)
        }
        #expect(position > 0 && position <= Int(count))
        #expect(position >= min(isHole.count, Int(count)) / 512 * 512)
        #expect(zip(told, told.dropFirst()).allSatisfy { $0.isHole != $1.isHole })
    }
}
