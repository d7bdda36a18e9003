import Testing

@testable import Ledger

struct FormatTests {
    @Test func `a record decodes to itself, and any changed bit is damage`() {
        let record = LedgerRecord(
            kind: .record, machine: "web-1", disk: 1, block: 9, sequence: 77, generation: 3,
            previous: [UInt8](repeating: 4, count: 32),
            dependency: .init(machine: "db", generation: 2, sequence: 8), seed: 99)
        var bytes = record.encode()
        #expect(bytes.count == 4096)
        #expect(LedgerRecord.decode(bytes[...]) == .record(record))
        bytes[2000] ^= 1
        #expect(LedgerRecord.decode(bytes[...]) == .damaged)
        #expect(LedgerRecord.decode([UInt8](repeating: 0, count: 4096)[...]) == .zero)
        #expect(LedgerRecord.decode([UInt8](repeating: 1, count: 4096)[...]) == .unrelated)
    }

    @Test func `an issue line rebuilds the bytes it names`() throws {
        var line = LogLine(.issue, machine: "a\"b\\", site: "home", generation: 2, microseconds: 5)
        line.disk = 1
        line.offset = 8192
        line.length = 4096
        line.sequence = 3
        line.seed = .max
        line.previous = String(repeating: "0a", count: 32)
        line.dependency = .init(machine: "c", generation: 1, sequence: 2)
        let parsed = try LogLine(parsing: line.encode().utf8.dropLast())
        #expect(parsed == line)
        guard case .record(let record) = LedgerRecord.decode(try #require(parsed.content())[...]) else {
            Issue.record("no record")
            return
        }
        #expect(record.block == 2 && record.machine == "a\"b\\" && record.dependency == line.dependency)
    }

    @Test func `a broken line is accepted at the end or before a start, nowhere else`() throws {
        let start = LogLine(.start, machine: "m", site: "s", generation: 1, microseconds: 0).encode()
        let resume = LogLine(.resume, machine: "m", site: "s", generation: 1, microseconds: 0).encode()
        #expect(try LogLine.parse(Array((start + "{\"t_us\":1").utf8)).count == 1)
        #expect(try LogLine.parse(Array((start + "{\"t_us\n" + start).utf8)).count == 2)
        #expect(throws: LedgerFileError(line: 2, what: "string does not end")) {
            try LogLine.parse(Array((start + "{\"t_us\n" + resume).utf8))
        }
    }

    @Test func `a pattern is SHA-256 of seed and counter`() {
        let bytes = Pattern.content(seed: 7, count: 40)
        // From Python's hashlib and struct.
        let expected =
            "e8dd943d366caae7beb706c6ae668eff0a257fc56edc27d7b2fa1c31bdf2eec14ff190b4c2c573ec"
        #expect(hexadecimal(bytes) == expected)
    }

    @Test func `a good WRITES file gives its lines in order`() throws {
        let text = """
            {"phase":"home","disk":0,"offset":0,"length":512,"seed":18446744073709551615}

            {"seed":2, "length":1024, "offset":512, "disk":1, "phase":"home2"}
            """
        let writes = try WritesFile.parse(Array(text.utf8), diskSizes: [4096, 4096])
        #expect(writes.map(\.line) == [1, 3])
        #expect(writes.map(\.phase) == [.home, .home2])
        #expect(writes[0].seed == .max)
    }

    @Test(arguments: [
        ("{", "'\"' expected at column 2"),
        (
            "{\"phase\":\"home\",\"disk\":0,\"offset\":0,\"length\":512}",
            "field \"seed\" is not an integer from 0 to 2^64 - 1"
        ),
        (
            "{\"phase\":\"moon\",\"disk\":0,\"offset\":0,\"length\":512,\"seed\":1}",
            "phase \"moon\" is not home, cloud or home2"
        ),
        (
            "{\"phase\":\"home\",\"disk\":2,\"offset\":0,\"length\":512,\"seed\":1}",
            "disk 2 does not exist: the machine has 1"
        ),
        (
            "{\"phase\":\"home\",\"disk\":0,\"offset\":7,\"length\":512,\"seed\":1}",
            "offset 7 is not a multiple of 512"
        ),
        (
            "{\"phase\":\"home\",\"disk\":0,\"offset\":0,\"length\":100,\"seed\":1}",
            "length 100 is not a multiple of 512"
        ),
        ("{\"phase\":\"home\",\"disk\":0,\"offset\":0,\"length\":0,\"seed\":1}", "length is 0"),
        (
            "{\"phase\":\"home\",\"disk\":0,\"offset\":-512,\"length\":512,\"seed\":1}",
            "field \"offset\" is negative"
        ),
        (
            "{\"phase\":\"home\",\"disk\":0,\"offset\":3584,\"length\":1024,\"seed\":1}",
            "offset 3584 + length 1024 exceeds disk 0 of 4096 bytes"
        ),
        (
            "{\"phase\":\"home\",\"disk\":0,\"offset\":0,\"length\":512,\"seed\":1,\"x\":1}",
            "unknown field \"x\""
        ),
        ("{\"phase\":\"home\",\"disk\":0,\"disk\":0}", "field \"disk\" is there twice"),
    ])
    func `a bad WRITES line is named with what is wrong`(line: String, what: String) {
        let good = "{\"phase\":\"home\",\"disk\":0,\"offset\":0,\"length\":512,\"seed\":1}\n"
        #expect(throws: LedgerFileError(line: 2, what: what)) {
            try WritesFile.parse(Array((good + line).utf8), diskSizes: [4096])
        }
    }
}
