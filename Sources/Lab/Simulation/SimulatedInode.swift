import Environment
import Glibc

/// What a directory entry names.
class SimulatedNode {
    let number: UInt64
    let birth: Int64
    var change: Int64

    init(number: UInt64, birth: Int64) {
        self.number = number
        self.birth = birth
        change = birth
    }
}

final class SimulatedDirectory: SimulatedNode {
    var entries: [String: SimulatedNode] = [:]
    /// What a power loss cannot take away.
    var durable: [String: SimulatedNode] = [:]
}

/// The content of a file as pages; absent pages are holes. Beside each page written since the last sync stand
/// the contents it had, the durable one first, from which a power loss chooses sector by sector.
final class SimulatedContent: SimulatedNode {
    static let pageSize = 4_096
    static let sectorSize = 512
    /// Contents kept per unsynced page: the durable one and the youngest others.
    static let keptVersions = 4
    private static let longestExtent: Int64 = 4_096

    struct Unsynced {
        /// nil: a hole.
        var versions: [[UInt8]?]
        var writer: SimulatedHost
        /// Its write-back failed: no later sync covers it, until it is written again.
        var isLost = false
    }

    private(set) var pages: [Int64: [UInt8]] = [:]
    private(set) var size: Int64 = 0
    private var unsynced: [Int64: Unsynced] = [:]
    private var durableSize: Int64 = 0
    private var sizeWriter: SimulatedHost?
    /// False once it has no name; then its pages are not counted as used space any more.
    var isLinked = false
    weak var lockHolder: SimulatedFile?

    var usedBytes: Int64 { Int64(pages.count) * Int64(Self.pageSize) }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) {
        eachPage(at: offset, count: buffer.count) { page, start, range in
            let target = UnsafeMutableRawBufferPointer(rebasing: buffer[range])
            if let bytes = pages[page] {
                bytes.withUnsafeBytes { target.copyMemory(from: .init(rebasing: $0[start..<start + range.count])) }
            } else {
                target.initializeMemory(as: UInt8.self, repeating: 0)
            }
        }
    }

    /// - Parameter allocate: called before a page is added; false stops the write there.
    /// - Returns: false if it was stopped.
    func write(
        _ bytes: UnsafeRawBufferPointer, at offset: Int64, by host: SimulatedHost, allocate: () -> Bool
    ) -> Bool {
        var isComplete = true
        eachPage(at: offset, count: bytes.count) { page, start, range in
            guard isComplete else { return }
            let source = UnsafeRawBufferPointer(rebasing: bytes[range])
            let old = pages[page]
            if old == nil {
                // Zeros in a hole stay a hole, so that a large empty disk costs nothing.
                if isZero(source) { return setSize(max(size, offset + Int64(range.upperBound)), by: host) }
                guard allocate() else { return isComplete = false }
            }
            noteChange(of: page, by: host)
            var new = pages.removeValue(forKey: page) ?? [UInt8](repeating: 0, count: Self.pageSize)
            new.withUnsafeMutableBytes { target in
                UnsafeMutableRawBufferPointer(rebasing: target[start..<start + range.count]).copyMemory(from: source)
            }
            pages[page] = new
            setSize(max(size, offset + Int64(range.upperBound)), by: host)
        }
        return isComplete
    }

    /// Returns the number of pages given back.
    func clear(from offset: Int64, to end: Int64, by host: SimulatedHost) -> Int {
        let pageSize = Int64(Self.pageSize)
        let before = pages.count
        for page in pages.keys.sorted() where page * pageSize < end && (page + 1) * pageSize > offset {
            noteChange(of: page, by: host)
            let first = max(0, offset - page * pageSize)
            let last = min(pageSize, end - page * pageSize)
            if first == 0 && last == pageSize {
                pages[page] = nil
            } else {
                for index in Int(first)..<Int(last) { pages[page]?[index] = 0 }
            }
        }
        return before - pages.count
    }

    /// Returns the number of pages given back.
    func truncate(to newSize: Int64, by host: SimulatedHost) -> Int {
        let freed = newSize < size ? clear(from: newSize, to: .max, by: host) : 0
        setSize(newSize, by: host)
        return freed
    }

    /// At most `longestExtent` pages are looked at.
    func extent(at offset: Int64) -> FileExtent {
        let pageSize = Int64(Self.pageSize)
        let isHole = pages[offset / pageSize] == nil
        var end = (offset / pageSize + 1) * pageSize
        let limit = min(size, end + Self.longestExtent * pageSize)
        while end < limit, (pages[end / pageSize] == nil) == isHole { end += pageSize }
        return FileExtent(count: min(end, size) - offset, isHole: isHole)
    }

    func sync() {
        unsynced = unsynced.filter { $0.value.isLost }
        durableSize = size
        sizeWriter = nil
    }

    /// The kernel marks the pages clean although they never reached the disk.
    func failSync() {
        for page in unsynced.keys { unsynced[page]?.isLost = true }
    }

    func end() {
        pages = [:]
        unsynced = [:]
    }

    func flipBit(at offset: Int64, bit: Int) {
        let page = offset / Int64(Self.pageSize)
        pages[page, default: [UInt8](repeating: 0, count: Self.pageSize)][Int(offset) % Self.pageSize] ^= 1 << bit
    }

    /// What `host` wrote since the last sync is kept whole, lost, or torn by sectors.
    func losePower(of host: SimulatedHost?, _ generator: inout SeededGenerator) {
        if let sizeWriter, host == nil || sizeWriter === host {
            if generator.oneIn(2) { size = durableSize }
            durableSize = size
            self.sizeWriter = nil
        }
        for (page, entry) in unsynced.sorted(by: { $0.key < $1.key }) where host == nil || entry.writer === host {
            pages[page] = survivor(entry.versions, pages[page], &generator)
            unsynced[page] = nil
        }
        let pageSize = Int64(Self.pageSize)
        for page in pages.keys.filter({ $0 * pageSize >= size }) { pages[page] = nil }
        if size % pageSize != 0, pages[size / pageSize] != nil {
            for index in Int(size % pageSize)..<Self.pageSize { pages[size / pageSize]?[index] = 0 }
        }
    }

    private func survivor(
        _ versions: [[UInt8]?], _ current: [UInt8]?, _ generator: inout SeededGenerator
    ) -> [UInt8]? {
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: return versions[0]
        case 1: return current
        default: break
        }
        let choices = versions + [current]
        var page = [UInt8](repeating: 0, count: Self.pageSize)
        for start in stride(from: 0, to: Self.pageSize, by: Self.sectorSize) {
            let choice = choices[Int.random(in: 0..<choices.count, using: &generator)]
            guard let choice else { continue }
            page.replaceSubrange(start..<start + Self.sectorSize, with: choice[start..<start + Self.sectorSize])
        }
        return page
    }

    private func noteChange(of page: Int64, by host: SimulatedHost) {
        var entry = unsynced[page] ?? Unsynced(versions: [], writer: host)
        if entry.versions.count == Self.keptVersions { entry.versions.remove(at: 1) }
        entry.versions.append(pages[page])
        entry.writer = host
        entry.isLost = false
        unsynced[page] = entry
    }

    private func setSize(_ new: Int64, by host: SimulatedHost) {
        guard new != size else { return }
        size = new
        sizeWriter = host
    }

    /// `body(page, start within the page, range within the caller's bytes)`.
    private func eachPage(at offset: Int64, count: Int, _ body: (Int64, Int, Range<Int>) -> Void) {
        var done = 0
        while done < count {
            let position = offset + Int64(done)
            let start = Int(position % Int64(Self.pageSize))
            let length = min(Self.pageSize - start, count - done)
            body(position / Int64(Self.pageSize), start, done..<done + length)
            done += length
        }
    }

    private func isZero(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let start = bytes.baseAddress else { return true }
        return Self.zeros.withUnsafeBytes { zeros in zeros.baseAddress.map { memcmp($0, start, bytes.count) } == 0 }
    }

    private static let zeros = [UInt8](repeating: 0, count: pageSize)
}
