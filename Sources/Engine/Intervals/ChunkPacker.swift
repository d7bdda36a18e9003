public import Blocks

/// Packs blocks of one disk, given in ascending order, into chunks: zero blocks become zero runs, neighbours
/// are joined, a chunk is closed when its content reaches `Chunk.contentTarget`.
public struct ChunkPacker: Sendable {
    private let interval: IntervalID
    private let pass: UInt32
    private let disk: UInt32
    private var runs: [BlockRun] = []
    private var content: [UInt8] = []
    private var digests: [BlockDigest] = []
    private var blocks = 0

    public init(interval: IntervalID, pass: UInt32, disk: UInt32) {
        self.interval = interval
        self.pass = pass
        self.disk = disk
    }

    public var isEmpty: Bool { runs.isEmpty }
    /// Take the chunk before adding more.
    public var isFull: Bool {
        content.count >= Chunk.contentTarget || runs.count >= Chunk.mostRuns - 1 || blocks >= Chunk.mostBlocks
    }

    /// Adds one block with its whole content (a short last block as it is).
    public mutating func add(_ block: BlockIndex, _ bytes: [UInt8]) {
        bytes.withUnsafeBytes { add(block, $0, BlockDigest($0, at: block)) }
    }

    /// - digest: of these bytes at this block.
    public mutating func add(_ block: BlockIndex, _ bytes: UnsafeRawBufferPointer, _ digest: BlockDigest) {
        let zero = digest == .zeroContent && isZero(bytes)
        if !zero {
            content.append(contentsOf: bytes)
            digests.append(digest)
        }
        extend(block, count: 1, zero: zero)
    }

    /// The chunk made of what was added, compressed if that helps; nil if that is nothing.
    public mutating func take(sequence: UInt64) -> Chunk? { takeAsIs(sequence: sequence)?.compressed(.usual) }

    /// The same, to be compressed by the caller.
    public mutating func takeAsIs(sequence: UInt64) -> Chunk? {
        guard !runs.isEmpty else { return nil }
        defer {
            runs = []
            content = []
            digests = []
            blocks = 0
        }
        return Chunk(
            interval: interval, pass: pass, disk: disk, sequence: sequence, runs: runs, content: content,
            digests: digests)
    }

    private mutating func extend(_ block: BlockIndex, count: Int, zero: Bool) {
        blocks += count
        if let last = runs.last, last.isZero == zero, last.range.upperBound == block {
            runs[runs.count - 1] = BlockRun(first: last.first, count: last.count + count, isZero: zero)
        } else {
            precondition(block >= runs.last?.range.upperBound ?? 0, "blocks are added in ascending order")
            runs.append(BlockRun(first: block, count: count, isZero: zero))
        }
    }
}
