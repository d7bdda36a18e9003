import Blocks
import Environment

/// Files in memory that lose what was not synced when the power goes, in any way Linux allows: of the
/// unsynced writes of a file any subset survives, the last one perhaps torn at a sector; of the unsynced
/// name changes of a directory a prefix.
///
/// `@unchecked Sendable`: tests use it from one thread.
final class CrashingFiles: FileSystem, @unchecked Sendable {
    enum Change { case write(Int, [UInt8]), truncate(Int), punch(Int, Int) }
    enum NameChange { case set(String, Inode), remove(String) }

    final class Inode {
        var durable: [UInt8] = []
        var current: [UInt8] = []
        var pending: [Change] = []
        var lockedBy: ObjectIdentifier?
        var readBytes = 0
    }

    var names: [String: Inode] = [:]
    private var durableNames: [String: Inode] = [:]
    private var pendingNames: [(directory: String, change: NameChange)] = []
    private var directories: Set<String> = ["/"]
    private(set) var operations = 0
    private(set) var life = 0
    var crashAt: Int?
    /// The power goes before the `count`-th such effect on a file whose path holds this.
    var crashBefore: (what: String, path: String, count: Int)?
    private(set) var isDown = false

    /// Files of undo and redo that are open, and the most at once.
    fileprivate(set) var openBlockFiles = 0 { didSet { mostOpenBlockFiles = max(mostOpenBlockFiles, openBlockFiles) } }
    private(set) var mostOpenBlockFiles = 0

    func readBytes(_ path: String) -> Int { names[path]?.readBytes ?? 0 }
    var capacity: Int64 = 1 << 40
    /// Nothing more is written to files whose path holds this: no space.
    var fullPath: String?
    /// No file can be made longer than this; nil: any can.
    var longestFile: Int?

    /// Counts one effect; at the chosen one the power goes before it happens.
    fileprivate func effect(_ what: String, _ path: String) throws(FileError) {
        if isDown { throw FileError(.input, what, path) }
        operations += 1
        if let next = crashBefore, next.what == what, path.contains(next.path) { crashBefore?.count -= 1 }
        if operations == crashAt || crashBefore?.count == 0 {
            isDown = true
            throw FileError(.input, what, path)
        }
    }

    /// `kill -9`: from now on nothing reaches a file; what was written stays, synced or not.
    func die() { isDown = true }

    /// After `die`: another process comes.
    func restart() {
        for inode in names.values { inode.lockedBy = nil }
        isDown = false
        crashAt = nil
        crashBefore = nil
        life += 1
    }

    /// Power is back: `choose(n)` gives 0..<n.
    func powerOn(_ choose: (Int) -> Int) {
        let kept = pendingNames.isEmpty ? 0 : choose(pendingNames.count + 1)
        for (_, change) in pendingNames.prefix(kept) { Self.apply(change, to: &durableNames) }
        pendingNames = []
        names = durableNames
        for path in names.keys.sorted() {
            guard let inode = names[path] else { continue }
            var bytes = inode.durable
            for change in inode.pending where choose(2) == 0 {
                guard case .write(let offset, let data) = change, choose(4) == 0 else {
                    Self.apply(change, to: &bytes)
                    continue
                }
                Self.apply(.write(offset, Array(data.prefix(choose(data.count / 512 + 1) * 512))), to: &bytes)
            }
            inode.durable = bytes
            inode.current = bytes
            inode.pending = []
            inode.lockedBy = nil
        }
        isDown = false
        crashAt = nil
        life += 1
    }

    func open(_ path: String, _ mode: OpenMode) throws(FileError) -> any File {
        if isDown { throw FileError(.input, "open", path) }
        if let inode = names[path] {
            if mode == .createNew { throw FileError(.exists, "open", path) }
            return CrashingFile(self, inode, path)
        }
        guard mode == .create || mode == .createNew else { throw FileError(.notFound, "open", path) }
        try effect("open", path)
        let inode = Inode()
        change(.set(path, inode), in: parent(of: path))
        return CrashingFile(self, inode, path)
    }

    func exists(_ path: String) -> Bool { names[path] != nil || directories.contains(path) }

    func list(_ path: String) throws(FileError) -> [String] {
        names.keys.filter { parent(of: $0) == path }.map { String($0.dropFirst(path.count + 1)) }.sorted()
    }

    /// Durable at once: the tests are not about directories.
    func createDirectory(_ path: String) throws(FileError) { directories.insert(path) }

    func rename(_ from: String, to: String) throws(FileError) {
        try effect("rename", from)
        guard let inode = names[from] else { throw FileError(.notFound, "rename", from) }
        change(.set(to, inode), in: parent(of: to))
        change(.remove(from), in: parent(of: from))
    }

    func remove(_ path: String) throws(FileError) {
        try effect("remove", path)
        guard names[path] != nil else { throw FileError(.notFound, "remove", path) }
        change(.remove(path), in: parent(of: path))
    }

    func syncDirectory(_ path: String) throws(FileError) {
        try effect("syncDirectory", path)
        for (directory, change) in pendingNames where directory == path { Self.apply(change, to: &durableNames) }
        pendingNames.removeAll { $0.directory == path }
    }

    func freeBytes(_ path: String) throws(FileError) -> Int64 {
        capacity - names.filter { $0.key.hasPrefix(path) }.reduce(0) { $0 + Int64($1.value.current.count) }
    }

    private func change(_ change: NameChange, in directory: String) {
        Self.apply(change, to: &names)
        pendingNames.append((directory, change))
    }

    private static func apply(_ change: NameChange, to names: inout [String: Inode]) {
        switch change {
        case .set(let path, let inode): names[path] = inode
        case .remove(let path): names[path] = nil
        }
    }

    fileprivate static func apply(_ change: Change, to bytes: inout [UInt8]) {
        switch change {
        case .write(let offset, let data):
            if bytes.count < offset + data.count {
                bytes += [UInt8](repeating: 0, count: offset + data.count - bytes.count)
            }
            bytes.replaceSubrange(offset..<(offset + data.count), with: data)
        case .truncate(let size):
            if size < bytes.count {
                bytes.removeLast(bytes.count - size)
            } else {
                bytes += [UInt8](repeating: 0, count: size - bytes.count)
            }
        case .punch(let offset, let count):
            let end = min(bytes.count, offset + count)
            if offset < end { bytes.replaceSubrange(offset..<end, with: [UInt8](repeating: 0, count: end - offset)) }
        }
    }
}

/// `@unchecked Sendable`: as its file system.
final class CrashingFile: File, @unchecked Sendable {
    private let files: CrashingFiles
    private let inode: CrashingFiles.Inode
    private let path: String
    private let life: Int
    private var isClosed = false

    init(_ files: CrashingFiles, _ inode: CrashingFiles.Inode, _ path: String) {
        self.files = files
        self.inode = inode
        self.path = path
        life = files.life
        if path.contains("/blocks-") { files.openBlockFiles += 1 }
    }

    deinit { close() }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileError) {
        if files.isDown || isClosed || life != files.life { throw FileError(.closed, "read", path) }
        guard Int(offset) + buffer.count <= inode.current.count else { throw FileError(.shortRead, "read", path) }
        inode.readBytes += buffer.count
        inode.current.withUnsafeBytes {
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[Int(offset)..<(Int(offset) + buffer.count)]))
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FileError) {
        if let full = files.fullPath, path.contains(full) { throw FileError(.noSpace, "write", path) }
        try change(.write(Int(offset), Array(bytes)), "write")
    }

    func truncate(to size: Int64) throws(FileError) {
        if let longest = files.longestFile, size > longest { throw FileError(.noSpace, "truncate", path) }
        try change(.truncate(Int(size)), "truncate")
    }

    func punchHole(at offset: Int64, count: Int64) throws(FileError) {
        try change(.punch(Int(offset), Int(count)), "punchHole")
    }

    func sync() throws(FileError) {
        try alive("sync")
        inode.durable = inode.current
        inode.pending = []
    }

    func size() throws(FileError) -> Int64 { Int64(inode.current.count) }

    /// As if zeroes had never been written.
    func extent(at offset: Int64) throws(FileError) -> FileExtent {
        func isHole(_ block: Int) -> Bool {
            let start = block * blockSize
            return inode.current[start..<min(start + blockSize, inode.current.count)].allSatisfy { $0 == 0 }
        }
        let first = Int(offset) / blockSize
        let kind = isHole(first)
        var end = first + 1
        while end * blockSize < inode.current.count, isHole(end) == kind { end += 1 }
        return FileExtent(count: Int64(min(end * blockSize, inode.current.count)) - offset, isHole: kind)
    }

    func tryLockExclusive() throws(FileError) -> Bool {
        if let owner = inode.lockedBy, owner != ObjectIdentifier(self) { return false }
        inode.lockedBy = ObjectIdentifier(self)
        return true
    }

    func identity() throws(FileError) -> FileIdentity {
        FileIdentity(device: 1, inode: 1, birthTime: 0, changeTime: 0, size: Int64(inode.current.count))
    }

    func close() {
        if !isClosed, path.contains("/blocks-") { files.openBlockFiles -= 1 }
        isClosed = true
        if inode.lockedBy == ObjectIdentifier(self) { inode.lockedBy = nil }
    }

    private func change(_ change: CrashingFiles.Change, _ what: String) throws(FileError) {
        try alive(what)
        CrashingFiles.apply(change, to: &inode.current)
        inode.pending.append(change)
    }

    private func alive(_ what: String) throws(FileError) {
        if isClosed || life != files.life { throw FileError(.closed, what, path) }
        try files.effect(what, path)
    }
}

/// A small generator so that a seed replays a run.
struct Dice {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func roll(_ sides: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state >> 1) % max(1, sides)
    }
}
