import Environment
import FoundationEssentials
import Model

/// The control connection of one emulator: QMP, one JSON text a line (QEMU's "QEMU Machine Protocol Specification").
/// One command at a time; events on the way are skipped.
actor Monitor {
    /// What a virtual machine did to its disks since it got power, all disks together.
    struct Counts: Hashable, Sendable {
        var reads: UInt64 = 0
        var writes: UInt64 = 0
    }

    private struct Nothing: Decodable {}

    private struct Answer<Value: Decodable>: Decodable {
        struct Refusal: Decodable { let desc: String }
        let `return`: Value?
        let error: Refusal?
    }

    private struct Device: Decodable {
        struct Stats: Decodable {
            let rd_operations: UInt64
            let wr_operations: UInt64
        }
        let stats: Stats
    }

    /// Far above any answer to what is asked here.
    private static let longestLine = 1 << 20

    private let stream: any ByteStream
    private var buffer: [UInt8] = []

    init(_ stream: any ByteStream) { self.stream = stream }

    /// Reads the greeting and leaves the mode in which nothing but this is taken.
    func begin() async throws {
        _ = try await line()
        try await execute("qmp_capabilities")
    }

    /// Presses the power button; what the guest makes of it is its own affair.
    func powerDown() async throws { try await execute("system_powerdown") }

    /// Ends the emulator, with everything that its disks acknowledged flushed.
    func quit() async throws { try await execute("quit") }

    func counts() async throws -> Counts {
        try await ask("query-blockstats", [Device].self).reduce(into: Counts()) { sum, device in
            sum.reads += device.stats.rd_operations
            sum.writes += device.stats.wr_operations
        }
    }

    private func execute(_ command: String) async throws { _ = try await ask(command, Nothing.self) }

    private func ask<Value: Decodable>(_ command: String, _: Value.Type) async throws -> Value {
        try await stream.write(Array("{\"execute\":\"\(command)\"}\n".utf8))
        while true {
            let answer: Answer<Value>
            let text = try await line()
            do { answer = try JSONDecoder().decode(Answer<Value>.self, from: Data(text)) } catch {
                throw Failure(.dataCorrupt, "ask the emulator to \(command): \(error)")
            }
            if let value = answer.return { return value }
            if let refusal = answer.error {
                throw Failure(.operationNotAllowed, "ask the emulator to \(command): \(refusal.desc)")
            }
        }
    }

    private func line() async throws -> [UInt8] {
        while true {
            if let end = buffer.firstIndex(of: 0x0A) {
                let line = Array(buffer[..<end])
                buffer.removeSubrange(...end)
                return line
            }
            guard buffer.count < Self.longestLine else { throw ended }
            // By itself: within the guard the optimizer of Swift 6.3.1 crashes (splitting a coroutine).
            let more = try await stream.read()
            guard let more else { throw ended }
            buffer += more
        }
    }

    private var ended: Failure { Failure(.unavailable, "speak with the emulator: it ended") }
}
