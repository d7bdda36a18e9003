/// A sparse set of block numbers with sorted iteration, made for millions of members.
///
/// A bitmap in chunks of 4,096 blocks (16 MiB of disk, 512 bytes of memory), indexed directly by chunk:
/// membership is two array accesses, bulk operations run over words, and memory follows what is set. Sets made of one
/// another share the chunks that are the same in them, and all sets share one that is full.
public struct BlockSet: Hashable, Sendable {
    static let blocksPerChunk = 4096
    static let wordsPerChunk = blocksPerChunk / 64

    /// Empty arrays where nothing is set; indexed by block / `blocksPerChunk`.
    private var chunks: [[UInt64]] = []
    public private(set) var count = 0

    public init() {}

    public init(_ range: BlockRange) { insert(range) }

    public init(_ blocks: some Sequence<BlockIndex>) {
        for block in blocks { insert(block) }
    }

    public var isEmpty: Bool { count == 0 }

    public func contains(_ block: BlockIndex) -> Bool {
        let chunk = block / Self.blocksPerChunk
        guard chunk < chunks.count, !chunks[chunk].isEmpty else { return false }
        let bit = block % Self.blocksPerChunk
        return chunks[chunk][bit / 64] & (1 << UInt64(bit % 64)) != 0
    }

    public func containsAny(in range: BlockRange) -> Bool {
        guard let first = first(from: range.lowerBound) else { return false }
        return first < range.upperBound
    }

    /// The first blocks of a range that are not in the set, side by side, so many at most; nil where all are in it.
    public func gap(in range: BlockRange, limit: Int) -> BlockRange? {
        var first = range.lowerBound
        while first < range.upperBound, contains(first) { first += 1 }
        guard first < range.upperBound else { return nil }
        let most = Swift.min(range.upperBound, first + limit)
        var end = first + 1
        while end < most, !contains(end) { end += 1 }
        return first..<end
    }

    /// Members inside the range.
    public func count(in range: BlockRange) -> Int {
        var total = 0
        Self.forEachChunk(range.clamped(to: 0..<(chunks.count * Self.blocksPerChunk))) { chunk, part in
            guard !chunks[chunk].isEmpty else { return }
            Self.forEachWord(part) { word, mask in total += (chunks[chunk][word] & mask).nonzeroBitCount }
        }
        return total
    }

    /// True if it was not a member.
    @discardableResult
    public mutating func insert(_ block: BlockIndex) -> Bool {
        precondition(block >= 0)
        let chunk = block / Self.blocksPerChunk
        allocate(chunk)
        let bit = block % Self.blocksPerChunk
        let mask: UInt64 = 1 << UInt64(bit % 64)
        guard chunks[chunk][bit / 64] & mask == 0 else { return false }
        chunks[chunk][bit / 64] |= mask
        count += 1
        return true
    }

    public mutating func insert(_ range: BlockRange) {
        guard !range.isEmpty else { return }
        precondition(range.lowerBound >= 0)
        Self.forEachChunk(range) { chunk, part in
            allocate(chunk)
            if part.count == Self.blocksPerChunk { return replace(chunk, Self.full) }
            var isFull = false
            Self.forEachWord(part) { word, mask in
                let missing = mask & ~chunks[chunk][word]
                guard missing != 0 else { return }
                count += missing.nonzeroBitCount
                chunks[chunk][word] |= missing
                isFull = chunks[chunk][word] == .max
            }
            if isFull, chunks[chunk] == Self.full { chunks[chunk] = Self.full }
        }
    }

    /// True if it was a member.
    @discardableResult
    public mutating func remove(_ block: BlockIndex) -> Bool {
        guard contains(block) else { return false }
        let bit = block % Self.blocksPerChunk
        chunks[block / Self.blocksPerChunk][bit / 64] &= ~(1 << UInt64(bit % 64))
        count -= 1
        return true
    }

    public mutating func remove(_ range: BlockRange) {
        guard !range.isEmpty else { return }
        let end = Swift.min(range.upperBound, chunks.count * Self.blocksPerChunk)
        guard range.lowerBound < end else { return }
        Self.forEachChunk(range.lowerBound..<end) { chunk, part in
            guard !chunks[chunk].isEmpty else { return }
            if part.count == Self.blocksPerChunk { return replace(chunk, []) }
            var isEmpty = false
            Self.forEachWord(part) { word, mask in
                let present = mask & chunks[chunk][word]
                guard present != 0 else { return }
                count -= present.nonzeroBitCount
                chunks[chunk][word] &= ~present
                isEmpty = chunks[chunk][word] == 0
            }
            if isEmpty, chunks[chunk].allSatisfy({ $0 == 0 }) { chunks[chunk] = [] }
        }
    }

    public mutating func removeAll() { self = BlockSet() }

    public mutating func formUnion(_ other: BlockSet) {
        for (chunk, words) in other.chunks.enumerated() where !words.isEmpty {
            if chunk >= chunks.count || chunks[chunk].isEmpty {
                allocate(chunk)
                replace(chunk, words)
            } else {
                combine(chunk) { $0 | words[$1] }
            }
        }
    }

    public mutating func subtract(_ other: BlockSet) {
        for chunk in 0..<Swift.min(chunks.count, other.chunks.count) {
            let words = other.chunks[chunk]
            if chunks[chunk].isEmpty || words.isEmpty { continue }
            combine(chunk) { $0 & ~words[$1] }
        }
    }

    public mutating func formIntersection(_ other: BlockSet) {
        for chunk in chunks.indices where !chunks[chunk].isEmpty {
            let words = chunk < other.chunks.count ? other.chunks[chunk] : []
            if words.isEmpty { replace(chunk, []) } else { combine(chunk) { $0 & words[$1] } }
        }
    }

    public func union(_ other: BlockSet) -> BlockSet {
        var out = self
        out.formUnion(other)
        return out
    }

    public func subtracting(_ other: BlockSet) -> BlockSet {
        var out = self
        out.subtract(other)
        return out
    }

    public func intersection(_ other: BlockSet) -> BlockSet {
        var out = self
        out.formIntersection(other)
        return out
    }

    /// The smallest member at or after `block`.
    public func first(from block: BlockIndex = 0) -> BlockIndex? {
        edge(from: Swift.max(0, block), set: true)
    }

    /// The first maximal run of members that begins at or after `block`, cut to `limit` blocks.
    public func run(from block: BlockIndex, limit: Int = .max) -> BlockRange? {
        guard let start = first(from: block) else { return nil }
        // Not looked for beyond the limit: a full set of a large disk is asked for a piece at a time.
        let bound = limit < Int.max - start ? start + limit : Int.max
        let end = edge(from: start, set: false, before: bound) ?? chunks.count * Self.blocksPerChunk
        return start..<Swift.min(end, bound)
    }

    /// All maximal runs, in order.
    public var runs: Runs { Runs(set: self) }

    public struct Runs: Sequence, IteratorProtocol, Sendable {
        let set: BlockSet
        var position = 0

        public mutating func next() -> BlockRange? {
            guard let run = set.run(from: position) else { return nil }
            position = run.upperBound
            return run
        }
    }

    public static func == (a: Self, b: Self) -> Bool {
        guard a.count == b.count else { return false }
        return a.subtracting(b).isEmpty
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        hasher.combine(first())
    }

    // MARK: words

    private static let full = [UInt64](repeating: .max, count: wordsPerChunk)
    private static let clear = [UInt64](repeating: 0, count: wordsPerChunk)

    private mutating func allocate(_ chunk: Int) {
        while chunks.count <= chunk { chunks.append([]) }
        if chunks[chunk].isEmpty { chunks[chunk] = Self.clear }
    }

    private mutating func replace(_ chunk: Int, _ words: [UInt64]) {
        count += words.reduce(0) { $0 + $1.nonzeroBitCount } - chunks[chunk].reduce(0) { $0 + $1.nonzeroBitCount }
        chunks[chunk] = words
    }

    private mutating func combine(_ chunk: Int, _ body: (UInt64, Int) -> UInt64) {
        var change = 0
        var any: UInt64 = 0
        for word in 0..<Self.wordsPerChunk {
            let old = chunks[chunk][word]
            let new = body(old, word)
            change += new.nonzeroBitCount - old.nonzeroBitCount
            any |= new
            // What is not changed stays shared.
            if new != old { chunks[chunk][word] = new }
        }
        count += change
        if any == 0 { chunks[chunk] = [] }
        if change > 0, chunks[chunk] == Self.full { chunks[chunk] = Self.full }
    }

    /// The first block at or after `block` that is (or is not) a member; nil if there is none in the chunks. `bound`
    /// stands for any that is not before it.
    private func edge(from block: BlockIndex, set: Bool, before bound: BlockIndex = .max) -> BlockIndex? {
        var chunk = block / Self.blocksPerChunk
        var word = block % Self.blocksPerChunk / 64
        var mask = UInt64.max << UInt64(block % 64)
        while chunk < chunks.count {
            if chunk * Self.blocksPerChunk >= bound { return bound }
            if chunks[chunk].isEmpty {
                if !set { return chunk * Self.blocksPerChunk + word * 64 + mask.trailingZeroBitCount }
            } else {
                while word < Self.wordsPerChunk {
                    let bits = (set ? chunks[chunk][word] : ~chunks[chunk][word]) & mask
                    if bits != 0 { return chunk * Self.blocksPerChunk + word * 64 + bits.trailingZeroBitCount }
                    word += 1
                    mask = .max
                }
            }
            chunk += 1
            word = 0
            mask = .max
        }
        return nil
    }

    private static func forEachChunk(_ range: BlockRange, _ body: (_ chunk: Int, _ part: BlockRange) -> Void) {
        var block = range.lowerBound
        while block < range.upperBound {
            let chunk = block / blocksPerChunk
            let end = Swift.min((chunk + 1) * blocksPerChunk, range.upperBound)
            body(chunk, block..<end)
            block = end
        }
    }

    /// Visits each 64-bit word that a part of one chunk touches, with the bits of the part in it.
    private static func forEachWord(_ part: BlockRange, _ body: (_ word: Int, _ mask: UInt64) -> Void) {
        var block = part.lowerBound
        while block < part.upperBound {
            let bit = block % 64
            let length = Swift.min(64 - bit, part.upperBound - block)
            let mask = (length == 64 ? UInt64.max : (1 << UInt64(length)) - 1) << UInt64(bit)
            body(block % blocksPerChunk / 64, mask)
            block += length
        }
    }
}

extension BlockSet: Sequence {
    public struct Iterator: IteratorProtocol, Sendable {
        let set: BlockSet
        var position = 0

        public mutating func next() -> BlockIndex? {
            guard let block = set.first(from: position) else { return nil }
            position = block + 1
            return block
        }
    }

    /// In ascending order.
    public func makeIterator() -> Iterator { Iterator(set: self) }
    public var underestimatedCount: Int { count }
}

extension BlockSet {
    /// Members as a bitmap: bit i of word w stands for block 64·w + i.
    public func words(_ range: Range<Int>) -> [UInt64] {
        var out: [UInt64] = []
        out.reserveCapacity(range.count)
        while out.count < range.count {
            let (chunk, first) = (range.lowerBound + out.count).quotientAndRemainder(dividingBy: Self.wordsPerChunk)
            let count = Swift.min(Self.wordsPerChunk - first, range.count - out.count)
            if chunk < chunks.count, !chunks[chunk].isEmpty {
                out += chunks[chunk][first..<(first + count)]
            } else {
                out.append(contentsOf: repeatElement(0, count: count))
            }
        }
        return out
    }

    /// Adds the members of a bitmap word.
    public mutating func insert(word bits: UInt64, at index: Int) {
        guard bits != 0 else { return }
        let chunk = index / Self.wordsPerChunk
        allocate(chunk)
        let word = index % Self.wordsPerChunk
        let missing = bits & ~chunks[chunk][word]
        guard missing != 0 else { return }
        count += missing.nonzeroBitCount
        chunks[chunk][word] |= missing
        if chunks[chunk][word] == .max, chunks[chunk] == Self.full { chunks[chunk] = Self.full }
    }
}
