internal import Blocks
internal import Environment
internal import Synchronization

/// Content of frozen blocks that was put aside before a later mutation changed it: in memory up to a bound,
/// then in the spill file. Not durable: after a crash the frozen interval is void anyway.
final class AsideStore: Sendable {
    private struct State {
        var memory: [BlockIndex: [UInt8]] = [:]
        /// Where, and the digest of what: it is to be a point's content, whatever becomes of the file.
        var spilled: [BlockIndex: (slot: Int, digest: BlockDigest)] = [:]
        var spillSlots = 0
    }

    private let file: (any File)?
    private let memoryBlocks: Int
    private let spillBlocks: Int
    private let state = Mutex(State())

    init(file: (any File)?, memoryBytes: Int, spillBytes: Int64) {
        self.file = file
        memoryBlocks = memoryBytes / blockSize
        spillBlocks = file == nil ? 0 : Int(spillBytes / Int64(blockSize))
    }

    func contains(_ block: BlockIndex) -> Bool {
        state.withLock { $0.memory[block] != nil || $0.spilled[block] != nil }
    }

    /// False if there is no room left. Blocks if it has to spill.
    func put(_ block: BlockIndex, _ content: [UInt8]) throws(FileError) -> Bool {
        let slot: Int? = state.withLock { state in
            if state.memory.count < memoryBlocks {
                state.memory[block] = content
                return -1
            }
            guard state.spillSlots < spillBlocks else { return nil }
            state.spillSlots += 1
            return state.spillSlots - 1
        }
        guard let slot else { return false }
        guard slot >= 0, let file else { return true }
        try file.write(content, at: Int64(slot * blockSize))
        let digest = BlockDigest(content, at: block)
        state.withLock { $0.spilled[block] = (slot, digest) }
        return true
    }

    /// Throws `ByteCodingError` where the spill file does not hold what was put there any more.
    func take(_ block: BlockIndex, count: Int) throws -> [UInt8]? {
        let (content, spilled) = state.withLock { state in
            (state.memory.removeValue(forKey: block), state.spilled.removeValue(forKey: block))
        }
        if let content { return content }
        guard let spilled, let file else { return nil }
        let read = try file.read(count, at: Int64(spilled.slot * blockSize))
        guard BlockDigest(read, at: block) == spilled.digest else {
            throw ByteCodingError(.checksum, "spill file, content of block \(block)")
        }
        return read
    }

    /// Forgets everything; the spill file's space is used anew.
    func clear() { state.withLock { $0 = State() } }
}
