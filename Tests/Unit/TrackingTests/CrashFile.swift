internal import Blocks
internal import Environment
internal import Synchronization

/// A small deterministic generator (SplitMix64): a failing seed can be named.
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    init(_ seed: UInt64) { state = seed &* 0x2545_f491_4f6c_dd1d &+ 99 }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

struct Killed: Error {}

/// Counts the writes and syncs of all files of one machine and stops them at a chosen one: from then on
/// nothing reaches a file any more.
final class Power: Sendable {
    private let left: Mutex<Int>
    init(after steps: Int = .max) { left = Mutex(steps) }
    var isOff: Bool { left.withLock { $0 <= 0 } }
    func cut() { left.withLock { $0 = 0 } }
    func step() throws(FileError) {
        let on = left.withLock { left in
            if left > 0 { left -= 1 }
            return left > 0
        }
        if !on { throw FileError(.closed, "use", "dead machine") }
    }
}

/// A file whose unsynced writes may be lost, each by itself or in part, when the power goes.
final class CrashFile: File {
    private struct State {
        var content: [UInt8] = []
        /// Pages that were never written or were punched.
        var holes = BlockSet()
        var durable: [UInt8] = []
        /// In order: where, what.
        var unsynced: [(offset: Int, bytes: [UInt8])] = []
        var failSyncs = 0
        var failReads = 0
        var failWrites = 0
        var failCode = FileError.Code.input
        var syncs = 0
    }

    private let state = Mutex(State())
    let power: Power
    let inode: UInt64

    init(_ power: Power, inode: UInt64, content: [UInt8] = []) {
        self.power = power
        self.inode = inode
        state.withLock {
            $0.content = content
            $0.durable = content
            for page in 0..<((content.count + Self.page - 1) / Self.page)
            where isZero(Array(content[page * Self.page..<min(content.count, (page + 1) * Self.page)])) {
                $0.holes.insert(page)
            }
        }
    }

    private static let page = 4096

    /// What the next owner finds. After `kill -9` everything written is there; after a power loss each
    /// unsynced write is there, missing, or torn at a multiple of 512 bytes.
    func afterCrash(powerLoss: Bool, _ power: Power, _ random: inout Seeded) -> CrashFile {
        let (content, durable, unsynced) = state.withLock { ($0.content, $0.durable, $0.unsynced) }
        guard powerLoss else { return CrashFile(power, inode: inode, content: content) }
        var found = durable
        if found.count < content.count { found += [UInt8](repeating: 0, count: content.count - found.count) }
        for write in unsynced where !write.bytes.isEmpty {
            var kept = write.bytes
            switch random.next() % 3 {
            case 0: continue
            case 1: kept = Array(kept.prefix(Int(random.next() % UInt64(kept.count / 512 + 1)) * 512))
            default: break
            }
            found.replaceSubrange(write.offset..<(write.offset + kept.count), with: kept)
        }
        return CrashFile(power, inode: inode, content: found)
    }

    /// The cache is dropped: what a failed sync did not write is seen no more.
    func evict() { state.withLock { if $0.unsynced.isEmpty { $0.content = $0.durable } } }

    var bytes: [UInt8] { state.withLock { $0.content } }
    var syncs: Int { state.withLock { $0.syncs } }
    func failNextSyncs(_ count: Int) { state.withLock { $0.failSyncs = count } }
    func failNextReads(_ count: Int) { state.withLock { $0.failReads = count } }
    func failNextWrites(_ count: Int, _ code: FileError.Code = .input) {
        state.withLock {
            $0.failWrites = count
            $0.failCode = code
        }
    }

    /// A bit of it decays, unseen.
    func flip(_ bit: Int, at offset: Int) { state.withLock { $0.content[offset] ^= 1 << bit } }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileError) {
        if power.isOff { throw FileError(.closed, "read", "dead machine") }
        let fails = state.withLock { state in
            defer { state.failReads = max(0, state.failReads - 1) }
            return state.failReads > 0
        }
        if fails { throw FileError(.input, "read", "memory", errno: 5) }
        let fits = state.withLock { state in
            guard Int(offset) + buffer.count <= state.content.count else { return false }
            state.content.withUnsafeBytes { bytes in
                let range = Int(offset)..<(Int(offset) + buffer.count)
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[range]))
            }
            return true
        }
        if !fits { throw FileError(.shortRead, "read", "memory") }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FileError) {
        if bytes.isEmpty { return }
        try power.step()
        let failure: FileError.Code? = state.withLock { state in
            if state.failWrites > 0 {
                state.failWrites -= 1
                return state.failCode
            }
            apply(Array(bytes), at: Int(offset), &state)
            return nil
        }
        if let failure { throw FileError(failure, "write", "memory", errno: failure == .noSpace ? 28 : 5) }
    }

    private func apply(_ bytes: [UInt8], at offset: Int, _ state: inout State) {
        let old = state.content.count
        Self.replace(&state.content, at: offset, bytes)
        state.unsynced.append((offset, bytes))
        let pages = (state.content.count + Self.page - 1) / Self.page
        let known = (old + Self.page - 1) / Self.page
        if pages > known { state.holes.insert(known..<pages) }
        if !bytes.isEmpty { state.holes.remove(offset / Self.page..<(offset + bytes.count - 1) / Self.page + 1) }
    }

    private static func replace(_ content: inout [UInt8], at offset: Int, _ bytes: [UInt8]) {
        let end = offset + bytes.count
        if content.count < end { content += [UInt8](repeating: 0, count: end - content.count) }
        content.withUnsafeMutableBytes { target in
            UnsafeMutableRawBufferPointer(rebasing: target[offset..<end]).copyBytes(from: bytes)
        }
    }

    func sync() throws(FileError) {
        try power.step()
        let failed = state.withLock { state in
            state.syncs += 1
            if state.failSyncs > 0 {
                state.failSyncs -= 1
                // Like Linux: the pages are clean now, their content never reached the medium.
                state.unsynced = []
                return true
            }
            for write in state.unsynced { Self.replace(&state.durable, at: write.offset, write.bytes) }
            state.unsynced = []
            return false
        }
        if failed { throw FileError(.input, "sync", "memory", errno: 5) }
    }

    func size() throws(FileError) -> Int64 { state.withLock { Int64($0.content.count) } }

    func truncate(to size: Int64) throws(FileError) {
        try power.step()
        state.withLock { state in
            let old = state.content.count
            if state.content.count > Int(size) { state.content.removeLast(state.content.count - Int(size)) }
            state.content += [UInt8](repeating: 0, count: Int(size) - state.content.count)
            state.durable = state.content
            state.unsynced = []
            let pages = (Int(size) + Self.page - 1) / Self.page
            let known = (old + Self.page - 1) / Self.page
            if pages > known { state.holes.insert(known..<pages) }
            if pages < known { state.holes.remove(pages..<known) }
        }
    }

    func punchHole(at offset: Int64, count: Int64) throws(FileError) {
        if count == 0 { return }
        try power.step()
        state.withLock { state in
            let first = Int(offset) / Self.page
            let touched = first..<(Int(offset + count) - 1) / Self.page + 1
            var holes = state.holes
            apply([UInt8](repeating: 0, count: Int(count)), at: Int(offset), &state)
            let end = Int(offset + count) == state.content.count ? touched.upperBound : Int(offset + count) / Self.page
            let start = (Int(offset) + Self.page - 1) / Self.page
            if start < end { holes.insert(start..<end) }
            state.holes = holes
        }
    }

    func extent(at offset: Int64) throws(FileError) -> FileExtent {
        if power.isOff { throw FileError(.closed, "find data", "dead machine") }
        return state.withLock { state in
            let page = Int(offset) / Self.page
            let run = state.holes.run(from: page)
            let isHole = run?.lowerBound == page
            let next = (isHole ? run?.upperBound : run?.lowerBound).map { $0 * Self.page } ?? state.content.count
            return FileExtent(count: Int64(min(next, state.content.count)) - offset, isHole: isHole)
        }
    }

    func tryLockExclusive() throws(FileError) -> Bool { true }
    func identity() throws(FileError) -> FileIdentity {
        FileIdentity(device: 1, inode: inode, birthTime: 7, changeTime: 0, size: try size())
    }
    func close() {}
}
