public import Environment

/// What a ledger guest does; a run is decided by these values, the answers' timing apart.
public struct LedgerConfiguration: Sendable {
    /// At most 32 bytes of UTF-8.
    public var machine: String
    /// Where the guest runs, for the log: "home", "cloud".
    public var site: String
    public var seed: UInt64
    public var generation: UInt64
    /// Writes a second over all disks; 0 as fast as they are answered.
    public var rate: Int
    /// Blocks of 4 KiB that are written on each disk, from its start; block 0 is the superblock.
    public var workingSet: Int
    /// Requests at once, at most one per block.
    public var concurrency: Int
    /// A flush of all disks after so many writes.
    public var flushEvery: Int
    /// Of a hundred changes, how many are zeroes instead of records; as many again are trims if `trims`.
    public var zeroPercent: Int
    public var trims: Bool
    /// Records between the marks that begin and end a transaction; 0: none. A transaction begins when everything before
    /// it was acknowledged, and its end is written when all its records were. The marks are at `LedgerRecord.markBlock`
    /// of the first disk.
    public var transaction: Int

    public init(
        machine: String, site: String, seed: UInt64, generation: UInt64, rate: Int = 0, workingSet: Int = 256,
        concurrency: Int = 8, flushEvery: Int = 64, zeroPercent: Int = 4, trims: Bool = false, transaction: Int = 0
    ) {
        precondition(!machine.isEmpty && machine.utf8.count <= LedgerRecord.nameLength, "machine name out of bounds")
        precondition(transaction == 0 || transaction > 0 && workingSet >= 3, "transactions out of bounds")
        precondition(workingSet >= 2 && concurrency >= 1 && flushEvery >= 1 && rate >= 0, "configuration out of bounds")
        self.machine = machine
        self.site = site
        self.seed = seed
        self.generation = generation
        self.rate = rate
        self.workingSet = workingSet
        self.concurrency = concurrency
        self.flushEvery = flushEvery
        self.zeroPercent = zeroPercent
        self.trims = trims
        self.transaction = transaction
    }
}

/// What a guest saw on its disks when it began.
public struct LedgerResume: Hashable, Sendable {
    /// Records found with a correct checksum at their own place.
    public let records: Int
    /// The highest (generation, sequence) found; zeroes on empty disks.
    public let generation: UInt64
    public let sequence: UInt64
    /// Blocks of the working set that hold neither zeroes nor a record of this machine at its own place.
    public let unreadable: Int
}

/// A workload that can be judged: it writes records that a checker can tell lost, reordered, torn, misdirected,
/// duplicated or resurrected, and logs issue and acknowledgement of each outside the machine.
///
/// A block has at most one request in flight, so its history is a line. Some records name a write that was
/// acknowledged before, on another disk or another machine.
public actor LedgerGuest {
    private let environment: Environment
    private let disks: [any LedgerDisk]
    private let config: LedgerConfiguration
    private let log: AcknowledgementLog
    private let board: (any LedgerBoard)?
    private let standstill: Standstill?
    /// Records issued in the transaction that has begun; nil: none has.
    private var transacted: Int?
    private var random: SplitMix64
    private var sequence: UInt64 = 0
    private var previous = [UInt8](repeating: 0, count: 32)
    private var busy: Set<Place> = []
    private var newestAcknowledged: [LedgerRecord.Dependency?]
    private var stopping = false
    private var failure: (any Error)?

    public private(set) var acknowledgedCount = 0
    public private(set) var resume: LedgerResume?

    private struct Place: Hashable {
        let disk: Int
        let block: Int64
    }

    public init(
        _ environment: Environment, disks: [any LedgerDisk], _ config: LedgerConfiguration,
        log: AcknowledgementLog, board: (any LedgerBoard)? = nil, standstill: Standstill? = nil
    ) {
        precondition(!disks.isEmpty, "a machine has a disk")
        self.environment = environment
        self.disks = disks
        self.config = config
        self.log = log
        self.board = board
        self.standstill = standstill
        // Another generation or start continues with other choices, but the same ones in every run of a seed.
        random = SplitMix64(seed: config.seed &+ config.generation &* 0x9e37_79b9)
        newestAcknowledged = disks.map { _ in nil }
    }

    /// Writes until `stop()`, then flushes. Throws the first failure of a disk or of the log; what was in flight
    /// is awaited and logged before.
    public func run() async throws {
        try await begin()
        let start = environment.clock.now()
        var issued = 0
        await withTaskGroup(of: Void.self) { group in
            var running = 0
            while !stopping, failure == nil {
                if await isAtMark {
                    await group.waitForAll()
                    running = 0
                    do { try await mark() } catch { fail(error) }
                    continue
                }
                if running >= min(config.concurrency, capacity) {
                    await group.next()
                    running -= 1
                    continue
                }
                do {
                    try await pace(start, issued)
                    guard let change = try await issueNext() else { continue }
                    issued += 1
                    running += 1
                    if let done = transacted { transacted = done + 1 }
                    group.addTask { await self.perform(change) }
                    if issued % config.flushEvery == 0 { try await flushAll() }
                } catch {
                    fail(error)
                }
            }
        }
        if let failure { throw failure }
        if transacted != nil { try await endTransaction() }
        try await flushAll()
        try await log.sync()
    }

    /// `run` ends after what is in flight was answered and flushed.
    public func stop() async {
        stopping = true
        await standstill?.end()
    }

    // MARK: Transactions

    /// Between transactions, or at the end of one: nothing is issued before what was issued is answered.
    private var isAtMark: Bool {
        get async {
            if config.transaction > 0 { return transacted.map { $0 >= config.transaction } ?? true }
            return await standstill?.isAsked ?? false
        }
    }

    /// Ends the transaction; stands still if that is asked for; begins the next one. Nothing is in flight.
    private func mark() async throws {
        guard failure == nil else { return }
        if transacted != nil { try await endTransaction() }
        if let standstill, await standstill.isAsked, failure == nil {
            try await flushAll()
            await standstill.rest()
        }
        guard config.transaction > 0, !stopping, failure == nil else { return }
        await perform(try await issueRecord(.begin, mark))
        transacted = 0
    }

    private func endTransaction() async throws {
        transacted = nil
        await perform(try await issueRecord(.end, mark))
        if let failure { throw failure }
    }

    private var mark: Place { Place(disk: 0, block: LedgerRecord.markBlock) }

    /// The first block of a disk that draws may hit.
    private func firstDrawn(_ disk: Int) -> Int { disk == 0 && config.transaction > 0 ? 2 : 1 }

    /// Blocks that can be in flight at once.
    private var capacity: Int { disks.indices.reduce(0) { $0 + blocks(of: disks[$1]) - firstDrawn($1) } }

    private func blocks(of disk: any LedgerDisk) -> Int {
        min(config.workingSet, Int(disk.size / Int64(LedgerRecord.size)))
    }

    private func pace(_ start: MonotonicInstant, _ issued: Int) async throws {
        guard config.rate > 0 else { return }
        let due = start + .nanoseconds(Int64(issued) * 1_000_000_000 / Int64(config.rate))
        if due > environment.clock.now() { try await environment.clock.sleep(until: due) }
    }

    private func fail(_ error: any Error) {
        if failure == nil { failure = error }
    }

    // MARK: Begin

    /// Reads the working set, logs what is found, and writes each disk's superblock.
    private func begin() async throws {
        try await log.append(line(.start))
        var found: [(line: LogLine, record: LedgerRecord, hash: String)] = []
        var unreadable = 0
        for (index, disk) in disks.enumerated() {
            for block in 0..<blocks(of: disk) {
                let offset = Int64(block) * Int64(LedgerRecord.size)
                let bytes = try await disk.read(offset: offset, count: LedgerRecord.size)
                switch LedgerRecord.decode(bytes[...]) {
                case .zero: continue
                case .record(let record)
                where record.machine == config.machine && record.disk == index && record.block == block:
                    var entry = line(.found)
                    entry.generation = record.generation
                    entry.disk = index
                    entry.offset = offset
                    entry.length = Int64(LedgerRecord.size)
                    entry.sequence = record.sequence
                    entry.sha256 = sha256Hex(bytes)
                    found.append((entry, record, entry.sha256))
                case .record, .damaged, .unrelated: unreadable += 1
                }
            }
        }
        let newest = found.max {
            ($0.record.generation, $0.record.sequence) < ($1.record.generation, $1.record.sequence)
        }
        if let newest {
            guard newest.record.generation <= config.generation else {
                throw LedgerGuestError.olderGeneration(found: newest.record.generation, own: config.generation)
            }
            try await log.append([line(.resume)] + found.map(\.line))
            sequence = newest.record.sequence
            previous = bytes(hexadecimal: newest.hash) ?? previous
        }
        resume = LedgerResume(
            records: found.count, generation: newest?.record.generation ?? 0,
            sequence: newest?.record.sequence ?? 0, unreadable: unreadable)
        for index in disks.indices {
            await perform(try await issueRecord(.superblock, Place(disk: index, block: 0)))
        }
        // What a crash left begun is over.
        if config.transaction > 0 { await perform(try await issueRecord(.end, mark)) }
        if let failure { throw failure }
    }

    // MARK: Changes

    private struct Change: Sendable {
        let place: Place
        let line: LogLine
        /// nil for zeroes and trims.
        let bytes: [UInt8]?
    }

    /// Draws a change on a block that is not in flight and logs its issue; nil when the draw hit a busy block.
    private func issueNext() async throws -> Change? {
        let disk = random.next(below: disks.count)
        let first = firstDrawn(disk)
        let place = Place(disk: disk, block: Int64(first + random.next(below: blocks(of: disks[disk]) - first)))
        let draw = random.next(below: 100)
        guard !busy.contains(place) else { return nil }
        if draw < config.zeroPercent { return try await issueClear(.zero, place) }
        if config.trims, draw < 2 * config.zeroPercent { return try await issueClear(.trim, place) }
        return try await issueRecord(.record, place)
    }

    private func issueClear(_ kind: LogLine.Kind, _ place: Place) async throws -> Change {
        sequence += 1
        var entry = changeLine(place)
        entry.kind = kind
        busy.insert(place)
        try await log.append(entry)
        return Change(place: place, line: entry, bytes: nil)
    }

    private func issueRecord(_ kind: LedgerRecord.Kind, _ place: Place) async throws -> Change {
        sequence += 1
        let dependency = try await drawDependency(place.disk)
        let record = LedgerRecord(
            kind: kind, machine: config.machine, disk: place.disk, block: place.block, sequence: sequence,
            generation: config.generation, previous: previous, dependency: dependency,
            seed: random.next())
        let content = record.encode()
        var entry = changeLine(place)
        entry.sha256 = sha256Hex(content)
        entry.seed = record.seed
        entry.previous = hexadecimal(previous)
        entry.recordKind = kind
        entry.dependency = record.dependency
        previous = bytes(hexadecimal: entry.sha256) ?? previous
        busy.insert(place)
        try await log.append(entry)
        return Change(place: place, line: entry, bytes: content)
    }

    /// For a quarter of the records another disk's newest acknowledged write, for a quarter another machine's.
    private func drawDependency(_ disk: Int) async throws -> LedgerRecord.Dependency? {
        let draw = random.next(below: 4)
        let pick = Int(random.next() >> 1)
        if draw == 0, disks.count > 1 {
            return newestAcknowledged[(disk + 1 + pick % (disks.count - 1)) % disks.count]
        }
        if draw == 1, let others = try await board?.others(than: config.machine), !others.isEmpty {
            return others[pick % others.count]
        }
        return nil
    }

    private func perform(_ change: Change) async {
        let disk = disks[change.place.disk]
        do {
            try await attempt(change.line) {
                if let bytes = change.bytes {
                    try await disk.write(bytes, at: change.line.offset)
                } else if change.line.kind == .zero {
                    try await disk.writeZeroes(offset: change.line.offset, count: change.line.length)
                } else {
                    try await disk.trim(offset: change.line.offset, count: change.line.length)
                }
            }
            acknowledgedCount += 1
            if change.bytes != nil {
                let write = LedgerRecord.Dependency(
                    machine: config.machine, generation: config.generation, sequence: change.line.sequence)
                if (newestAcknowledged[change.place.disk]?.sequence ?? 0) < write.sequence {
                    newestAcknowledged[change.place.disk] = write
                }
                try await board?.post(write)
            }
            busy.remove(change.place)
        } catch {
            // The block stays busy: whether the change happened is unknown.
            fail(error)
        }
    }

    private func flushAll() async throws {
        for (index, disk) in disks.enumerated() {
            var entry = line(.issue)
            entry.kind = .flush
            entry.disk = index
            entry.sequence = sequence
            try await log.append(entry)
            try await attempt(entry) { try await disk.flush() }
        }
    }

    /// Logs the outcome after the answer and before anything can depend on it.
    private func attempt(_ issued: LogLine, _ body: () async throws -> Void) async throws {
        var outcome = issued
        outcome.sha256 = ""
        outcome.seed = nil
        outcome.previous = nil
        outcome.dependency = nil
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
            event, machine: config.machine, site: config.site, generation: config.generation,
            microseconds: environment.clock.wallNow().microseconds)
    }

    private func changeLine(_ place: Place) -> LogLine {
        var entry = line(.issue)
        entry.disk = place.disk
        entry.offset = place.block * Int64(LedgerRecord.size)
        entry.length = Int64(LedgerRecord.size)
        entry.sequence = sequence
        return entry
    }
}

public enum LedgerGuestError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The disks hold records of a newer generation: this guest must not write them.
    case olderGeneration(found: UInt64, own: UInt64)

    public var description: String {
        switch self {
        case .olderGeneration(let found, let own): "disks hold records of generation \(found), the guest is of \(own)"
        }
    }
}
