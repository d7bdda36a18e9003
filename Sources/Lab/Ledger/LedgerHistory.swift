/// The logged life of every block of one machine.
struct LedgerHistory: Sendable {
    struct Place: Hashable, Sendable, Comparable {
        let disk: Int
        let block: Int64

        static func < (a: Self, b: Self) -> Bool { (a.disk, a.block) < (b.disk, b.block) }
    }

    struct Identity: Hashable, Sendable {
        let generation: UInt64
        let sequence: UInt64
    }

    struct Entry: Sendable, CustomStringConvertible {
        let kind: LogLine.Kind
        let identity: Identity
        let sha256: String
        /// Position in the log.
        let issued: Int
        /// Position in the log; nil: in flight, or failed, so it may or may not have happened.
        var acknowledged: Int?
        /// By the guests' wall clock, microseconds; of a found record, when it was found.
        let issuedAt: Int64
        var acknowledgedAt: Int64

        var description: String {
            "\(kind.rawValue) sequence \(identity.sequence) generation \(identity.generation)"
        }
    }

    let machine: String
    /// Entries of a block in the order of issue.
    private(set) var entries: [Place: [Entry]] = [:]
    /// Where an identity was written.
    private(set) var places: [Identity: (place: Place, index: Int)] = [:]
    /// Contents that a resume left behind: nothing may bring them back.
    private(set) var discarded: [Place: Set<String>] = [:]
    /// Per disk, the position at which the last acknowledged flush was issued.
    private(set) var lastFlush: [Int: Int] = [:]
    /// Changes acknowledged in a generation and not found when the guest began again in the same generation: no
    /// older point was chosen between, so they were lost, whatever was written since.
    private(set) var lostAtResume: [(place: Place, entry: Entry)] = []

    /// - Parameter log: all lines of all logs of the machine, oldest first; other machines' lines are skipped.
    init(machine: String, log: [LogLine]) {
        self.machine = machine
        var pendingFlush: [Int: Int] = [:]
        var before: [Place: [Entry]] = [:]
        for (position, line) in log.enumerated() where line.machine == machine {
            if line.event != .found { judgeResume(&before) }
            switch line.event {
            case .start: pendingFlush = [:]
            case .resume:
                if entries.values.contains(where: { $0.contains { $0.identity.generation == line.generation } }) {
                    before = entries
                }
                discardAll()
            case .found: append(line, position, acknowledged: position)
            case .issue where line.kind == .flush: pendingFlush[line.disk] = position
            case .issue: append(line, position, acknowledged: nil)
            case .ack where line.kind == .flush:
                if let issued = pendingFlush.removeValue(forKey: line.disk) { lastFlush[line.disk] = issued }
            case .ack: acknowledge(line, position)
            case .fail: break
            }
        }
        judgeResume(&before)
    }

    /// Compares what a resume found, which `entries` now holds, with what was there before it.
    private mutating func judgeResume(_ before: inout [Place: [Entry]]) {
        for place in before.keys.sorted() {
            let history = before[place] ?? []
            let found = entries[place]?.first
            let last =
                found.map { found in history.lastIndex { $0.sha256 == found.sha256 } ?? -1 }
                ?? history.lastIndex { $0.kind != .write } ?? -1
            let missing = history[(last + 1)...].first { $0.kind != .trim && $0.acknowledged != nil }
            if let missing { lostAtResume.append((place, missing)) }
        }
        before = [:]
    }

    private mutating func append(_ line: LogLine, _ position: Int, acknowledged: Int?) {
        let place = Place(disk: line.disk, block: line.offset / Int64(LedgerRecord.size))
        let identity = Identity(generation: line.generation, sequence: line.sequence)
        let index = entries[place, default: []].count
        entries[place, default: []].append(
            Entry(
                kind: line.kind, identity: identity, sha256: line.sha256, issued: position,
                acknowledged: acknowledged, issuedAt: line.microseconds, acknowledgedAt: line.microseconds))
        places[identity] = (place, index)
        if line.event == .found { discarded[place]?.remove(line.sha256) }
    }

    private mutating func acknowledge(_ line: LogLine, _ position: Int) {
        let identity = Identity(generation: line.generation, sequence: line.sequence)
        guard let (place, index) = places[identity] else { return }
        entries[place]?[index].acknowledged = position
        entries[place]?[index].acknowledgedAt = line.microseconds
    }

    private mutating func discardAll() {
        for (place, history) in entries {
            for entry in history where entry.kind == .write { discarded[place, default: []].insert(entry.sha256) }
        }
        entries = [:]
        places = [:]
        lastFlush = [:]
    }
}
