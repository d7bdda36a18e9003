import Environment
import Intervals

/// The intervals and passes of one item on their way, in the order in which they came and must be forwarded.
///
/// Each is a list of items (begin, chunks, end). An item is in memory until it was forwarded and spooled; beyond the
/// bound on memory only what is not spooled yet stays in it, the rest is read back.
struct RelayQueue {
    struct Entry {
        let header: IntervalHeader
        /// When it began to arrive here; after a restart, when its spool was opened.
        let began: MonotonicInstant
        /// Items that came so far.
        var known = 0
        var isWhole = false
        /// Items of it in the spool: a prefix.
        var spooled = 0
        /// False: the spool has no room for it; it goes through memory, and is lost if the target's stream breaks.
        var isSpooling = true
        var isCached = false
        /// A recovery point at the target: not forwarded any more.
        var isSealed = false
        /// Items given to the target's present stream.
        var forwarded = 0
        var chunks: UInt64 = 0
        var bytes: Int64 = 0
        var memory: [Int: SpoolItem] = [:]

        /// What is not forwarded yet is in memory.
        var isAtHand: Bool { (forwarded..<known).allSatisfy { memory[$0] != nil } }
    }

    private(set) var entries: [Entry] = []
    private(set) var memoryBytes = 0
    let memoryLimit: Int

    init(memoryLimit: Int) { self.memoryLimit = memoryLimit }

    /// Bytes of what is in the spool.
    var spooledBytes: Int64 { entries.reduce(0) { $0 + ($1.isSpooling ? $1.bytes : 0) } }

    /// Bytes of what is not sealed yet, and when the oldest of it began to arrive.
    var backlog: (bytes: Int64, since: MonotonicInstant?) {
        let waiting = entries.filter { !$0.isSealed }
        return (waiting.reduce(0) { $0 + $1.bytes }, waiting.first?.began)
    }

    /// The interval or pass that is still arriving: always the last.
    var open: Entry? { entries.last.flatMap { $0.isWhole ? nil : $0 } }

    func entry(_ header: IntervalHeader) -> Entry? { entries.first { $0.header == header } }

    /// All of the interval came, and was not given up since.
    func holds(_ number: UInt64) -> Bool {
        entries.contains { $0.header.id.number == number && $0.header.pass == 0 && $0.isWhole }
    }

    /// True when the forwarder has passed everything before the open entry, and can get the rest of it from memory.
    var isCutThrough: Bool {
        guard let last = entries.last, entries.dropLast().allSatisfy({ $0.isSealed || $0.forwarded == $0.known }) else {
            return entries.isEmpty
        }
        return last.isAtHand
    }

    /// True when the forwarder needs no spool for anything.
    var isAtHand: Bool { entries.allSatisfy { $0.isSealed || $0.isAtHand } }

    // MARK: arriving

    mutating func begin(_ header: IntervalHeader, at now: MonotonicInstant) {
        var entry = Entry(header: header, began: now)
        entry.known = 1
        entry.memory[0] = .begin(header)
        entries.append(entry)
    }

    /// Adds an item to the open entry; returns its index there.
    mutating func add(_ item: SpoolItem) -> Int? {
        guard let last = entries.indices.last, !entries[last].isWhole else { return nil }
        let index = entries[last].known
        entries[last].known += 1
        entries[last].memory[index] = item
        let bytes = Self.bytes(item)
        memoryBytes += bytes
        entries[last].bytes += Int64(bytes)
        switch item {
        case .chunk: entries[last].chunks += 1
        case .end: entries[last].isWhole = true
        case .begin: break
        }
        return index
    }

    /// Items up to this index are in the spool.
    mutating func spooled(_ header: IntervalHeader, through index: Int) {
        change(header) { entry in entry.spooled = max(entry.spooled, index + 1) }
        release(header, index)
    }

    mutating func cached(_ header: IntervalHeader) { change(header) { $0.isCached = true } }

    /// The spool has given the entry up; from now on it lives in memory.
    mutating func leaveSpool(_ header: IntervalHeader) {
        change(header) {
            $0.isSpooling = false
            $0.spooled = 0
        }
    }

    // MARK: leaving

    /// What is to be forwarded next: nil if all is forwarded.
    var next: (header: IntervalHeader, index: Int)? {
        entries.first { !$0.isSealed && $0.forwarded < $0.known }.map { ($0.header, $0.forwarded) }
    }

    mutating func forwarded(_ header: IntervalHeader, _ index: Int) {
        change(header) { $0.forwarded = max($0.forwarded, index + 1) }
        release(header, index)
    }

    /// A new stream to the target, which has sealed everything up to `sealed`. Returns the first number that cannot be
    /// forwarded again.
    mutating func restart(sealed: UInt64) -> UInt64? {
        var lost: UInt64?
        for index in entries.indices {
            if entries[index].header.id.number <= sealed { seal(index) }
            let entry = entries[index]
            entries[index].forwarded = 0
            guard !entry.isSealed, lost == nil else { continue }
            let isHere = entry.isSpooling || (0..<entry.known).allSatisfy { entry.memory[$0] != nil }
            if !isHere { lost = entry.header.id.number }
        }
        return lost
    }

    mutating func seal(through number: UInt64) {
        for index in entries.indices where entries[index].header.id.number <= number { seal(index) }
    }

    /// What is gone is returned, in order.
    @discardableResult
    mutating func drop(where isGone: (Entry) -> Bool) -> [IntervalHeader] {
        let gone = entries.filter(isGone)
        for entry in gone { memoryBytes -= entry.memory.values.reduce(0) { $0 + Self.bytes($1) } }
        entries.removeAll(where: isGone)
        return gone.map(\.header)
    }

    private mutating func seal(_ index: Int) {
        entries[index].isSealed = true
        guard entries[index].isWhole else { return }
        memoryBytes -= entries[index].memory.values.reduce(0) { $0 + Self.bytes($1) }
        entries[index].memory = [:]
    }

    private mutating func release(_ header: IntervalHeader, _ index: Int) {
        guard let at = entries.firstIndex(where: { $0.header == header }), let item = entries[at].memory[index] else {
            return
        }
        let entry = entries[at]
        let isSpooled = index < entry.spooled
        let isForwarded = index < entry.forwarded || entry.isSealed
        let isNeeded = entry.isSpooling ? !isSpooled || (!isForwarded && memoryBytes <= memoryLimit) : !isForwarded
        guard !isNeeded else { return }
        entries[at].memory[index] = nil
        memoryBytes -= Self.bytes(item)
    }

    private mutating func change(_ header: IntervalHeader, _ body: (inout Entry) -> Void) {
        guard let index = entries.firstIndex(where: { $0.header == header }) else { return }
        body(&entries[index])
    }

    private static func bytes(_ item: SpoolItem) -> Int {
        if case .chunk(let chunk) = item { return chunk.creditBytes }
        return 0
    }
}

extension RelayQueue {
    /// What a spool held when it was opened.
    init(memoryLimit: Int, recovered: [SpooledInterval], at now: MonotonicInstant) {
        self.init(memoryLimit: memoryLimit)
        for interval in recovered where interval.isWhole {
            var entry = Entry(header: interval.header, began: now)
            entry.known = interval.items
            entry.spooled = interval.items
            entry.isWhole = true
            entry.isCached = true
            entry.chunks = UInt64(max(0, interval.items - 2))
            // The spool does not tell sizes; a chunk is closed at this much content.
            entry.bytes = Int64(entry.chunks) * Int64(Chunk.contentTarget)
            entries.append(entry)
        }
    }
}
