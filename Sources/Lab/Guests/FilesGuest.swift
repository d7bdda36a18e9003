import Cryptography
import Environment
import Ext4
import Ledger
import Model

/// Creates, rewrites and removes files of an ext4 file system on the machine's first disk, in transactions of a few
/// changes each, and logs each change outside when the file system's journal has it durably.
///
/// It keeps to the directories below `root`, which the image came with; other files of the image stay as they are.
actor FilesGuest {
    /// Where it works; the directories in it are there already.
    static let root = "/srv/data"
    /// Names in one directory: few, so that files are rewritten and removed often.
    private static let namesPerDirectory = 16
    private static let changesPerTransaction = 4
    /// 48 KiB: four of them with their metadata are far below what a journal of 4 MiB takes.
    private static let largestFile = 49_152
    /// Of a hundred changes of a file that is there, how many remove it.
    private static let removals = 25

    private let environment: Environment
    private let volume: Ext4Volume
    private let log: AcknowledgementLog
    private let line: @Sendable (LogLine.Event) -> LogLine
    private let pause: Duration
    private var random: SplitMix
    private var present: Set<String> = []
    private var directories: [String] = []
    private var sequence: UInt64 = 0
    private let standstill: Standstill
    private var stopping = false
    private(set) var acknowledgedCount = 0

    private struct Change {
        let path: String
        /// nil: it is removed.
        let content: [UInt8]?
        let line: LogLine
    }

    /// - Parameter line: a line of this machine's log, with the time of now.
    init(
        _ environment: Environment, disk: any LedgerDisk, seed: UInt64, rate: Int, log: AcknowledgementLog,
        standstill: Standstill, line: @escaping @Sendable (LogLine.Event) -> LogLine
    ) async throws {
        self.standstill = standstill
        self.environment = environment
        self.log = log
        self.line = line
        pause = .microseconds(Int64(Self.changesPerTransaction * 1_000_000 / max(1, rate)))
        random = SplitMix(seed)
        volume = try await Ext4Volume.mount(disk) { environment.clock.wallNow().microseconds }
    }

    /// Until `stop()`; then the file system is left in order and flushed.
    func run() async throws {
        try await begin()
        while !stopping {
            let next = environment.clock.now() + pause
            if await standstill.isAsked {
                try await volume.freeze()
                await standstill.rest()
                try await volume.thaw()
            }
            try await transact()
            try await environment.clock.sleep(until: next)
        }
        try await volume.unmount()
        try await log.sync()
    }

    func stop() async {
        stopping = true
        await standstill.end()
    }

    /// Logs what is there: all that this log said before is gone unless it is found now.
    private func begin() async throws {
        var lines = [line(.start), line(.resume)]
        for directory in try await volume.list(Self.root) where directory.isDirectory {
            directories.append(directory.name)
            for entry in try await volume.list("\(Self.root)/\(directory.name)") where !entry.isDirectory {
                let path = "\(Self.root)/\(directory.name)/\(entry.name)"
                present.insert(path)
                lines.append(stored(.found, path, try await volume.read(file: path)))
            }
        }
        guard !directories.isEmpty else {
            throw Failure(.invalidArgument, "be a guest of kind files: there is no directory in \(Self.root)")
        }
        try await log.append(lines)
    }

    private func transact() async throws {
        var changes: [Change] = []
        for _ in 0..<Self.changesPerTransaction {
            let change = next()
            // One change of a file in a transaction: its line in the log is unambiguous.
            if !changes.contains(where: { $0.path == change.path }) { changes.append(change) }
        }
        try await log.append(changes.map(\.line))
        do {
            for change in changes {
                if let content = change.content {
                    try await volume.write(file: change.path, content)
                } else {
                    try await volume.remove(file: change.path)
                }
            }
            try await volume.commit()
        } catch let error as Ext4Error {
            await volume.rollBack()
            try await log.append(changes.map { answer($0, .fail) })
            throw error
        }
        for change in changes {
            if change.content == nil { present.remove(change.path) } else { present.insert(change.path) }
        }
        try await log.append(changes.map { answer($0, .ack) })
        acknowledgedCount += changes.count
    }

    private func next() -> Change {
        let directory = directories[random.below(directories.count)]
        let path = "\(Self.root)/\(directory)/file-\(random.below(Self.namesPerDirectory)).bin"
        sequence += 1
        if present.contains(path), random.below(100) < Self.removals {
            var line = line(.issue)
            line.kind = .remove
            line.path = path
            line.sequence = sequence
            return Change(path: path, content: nil, line: line)
        }
        let seed = random.next()
        let content = Pattern.content(seed: seed, count: random.below(Self.largestFile + 1))
        var line = stored(.issue, path, content)
        line.seed = seed
        line.sequence = sequence
        return Change(path: path, content: content, line: line)
    }

    private func stored(_ event: LogLine.Event, _ path: String, _ content: [UInt8]) -> LogLine {
        var line = line(event)
        line.kind = .store
        line.path = path
        line.length = Int64(content.count)
        line.sha256 = hexadecimal(SHA256.hash(content))
        return line
    }

    private func answer(_ change: Change, _ event: LogLine.Event) -> LogLine {
        var line = line(event)
        line.kind = change.line.kind
        line.path = change.path
        line.length = change.line.length
        line.sequence = change.line.sequence
        line.sha256 = change.line.sha256
        return line
    }
}

/// Sebastiano Vigna's splitmix64.
private struct SplitMix {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
