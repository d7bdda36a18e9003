public import Environment

/// Executes the lines of one phase of a WRITES file: each is written, flushed and logged before the next begins.
public struct PatternWriter: Sendable {
    private let environment: Environment
    private let disks: [any LedgerDisk]
    private let machine: String
    private let site: String
    private let generation: UInt64
    private let log: AcknowledgementLog

    /// Bytes of one request; below NBD's 32 MiB.
    private static let requestSize: Int64 = 4 << 20

    public init(
        _ environment: Environment, disks: [any LedgerDisk], machine: String, site: String, generation: UInt64,
        log: AcknowledgementLog
    ) {
        self.environment = environment
        self.disks = disks
        self.machine = machine
        self.site = site
        self.generation = generation
        self.log = log
    }

    /// The sequence logged is the line's number in the file. Throws the first failure of a disk, after logging it.
    public func run(_ writes: [WritesFile.Write], phase: WritesFile.Phase) async throws {
        try await log.append(line(.start))
        for write in writes where write.phase == phase { try await execute(write) }
        try await log.sync()
    }

    private func execute(_ write: WritesFile.Write) async throws {
        let content = Pattern.content(seed: write.seed, count: Int(write.length))
        var entry = line(.issue)
        entry.disk = write.disk
        entry.offset = write.offset
        entry.length = write.length
        entry.sequence = UInt64(write.line)
        entry.seed = write.seed
        entry.sha256 = sha256Hex(content)
        try await perform(entry) {
            var done: Int64 = 0
            while done < write.length {
                let count = min(Self.requestSize, write.length - done)
                let part = Array(content[Int(done)..<Int(done + count)])
                try await disks[write.disk].write(part, at: write.offset + done)
                done += count
            }
        }
        var flush = line(.issue)
        flush.kind = .flush
        flush.disk = write.disk
        flush.sequence = UInt64(write.line)
        try await perform(flush) { try await disks[write.disk].flush() }
    }

    private func perform(_ entry: LogLine, _ body: () async throws -> Void) async throws {
        try await log.append(entry)
        var outcome = entry
        do {
            try await body()
        } catch {
            outcome.event = .fail
            outcome.microseconds = environment.clock.wallNow().microseconds
            try await log.append(outcome)
            throw error
        }
        outcome.event = .ack
        outcome.microseconds = environment.clock.wallNow().microseconds
        try await log.append(outcome)
    }

    private func line(_ event: LogLine.Event) -> LogLine {
        LogLine(
            event, machine: machine, site: site, generation: generation,
            microseconds: environment.clock.wallNow().microseconds)
    }
}
