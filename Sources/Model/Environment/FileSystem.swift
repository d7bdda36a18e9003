/// Files by blocking calls, to be made on a `Lane`. Paths are absolute, with `/` between names.
///
/// Durability is what Linux promises and no more: bytes written survive a power loss only after
/// `sync()`; a created, renamed or removed name only after `syncDirectory` of its parent.
public protocol FileSystem: Sendable {
    func open(_ path: String, _ mode: OpenMode) throws(FileError) -> any File
    func exists(_ path: String) -> Bool
    /// Names (not paths) in a directory, sorted.
    func list(_ path: String) throws(FileError) -> [String]
    /// Creates the directory and its missing parents.
    func createDirectory(_ path: String) throws(FileError)
    func rename(_ from: String, to: String) throws(FileError)
    /// Removes a file, or an empty directory.
    func remove(_ path: String) throws(FileError)
    func syncDirectory(_ path: String) throws(FileError)
    /// Bytes that can still be written at `path`.
    func freeBytes(_ path: String) throws(FileError) -> Int64
}

public enum OpenMode: Sendable {
    /// The file must exist.
    case read
    /// The file must exist.
    case readWrite
    /// Created empty if missing.
    case create
    /// Must not exist.
    case createNew
}

public protocol File: AnyObject, Sendable {
    /// Fills `buffer` from `offset`; bytes past the end of the file are an error (`shortRead`).
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileError)
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FileError)
    /// `fdatasync`. After a failure no later success covers the bytes written before it.
    func sync() throws(FileError)
    func size() throws(FileError) -> Int64
    func truncate(to size: Int64) throws(FileError)
    /// The range reads as zero afterwards and takes no space; the size stays.
    func punchHole(at offset: Int64, count: Int64) throws(FileError)
    /// For what is written once and hardly read again: `begun` is on its way to the disk on return, and `done`, which
    /// was begun before, is there and takes no memory any more. Says nothing of durability; `sync` does.
    func writeBehind(_ begun: Range<Int64>, after done: Range<Int64>) throws(FileError)
    /// Small reads here and there are to come: nothing is read ahead of them.
    func expectRandomReads()
    /// The run of one kind that begins at `offset`, which is within the file. It may be cut short, and may call data
    /// what reads as zero; what it calls a hole reads as zero.
    func extent(at offset: Int64) throws(FileError) -> FileExtent
    /// Whether all of the range, which is within the file, is known to be a hole.
    func isHole(at offset: Int64, count: Int64) throws(FileError) -> Bool
    /// An exclusive open-file-description lock for the life of this descriptor; false if another holds it.
    func tryLockExclusive() throws(FileError) -> Bool
    func identity() throws(FileError) -> FileIdentity
    /// Idempotent; also done by deinit.
    func close()
}

extension File {
    public func read(_ count: Int, at offset: Int64) throws(FileError) -> [UInt8] {
        var failure: FileError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
            do throws(FileError) {
                try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
                used = count
            } catch {
                failure = error
                used = 0
            }
        }
        if let failure { throw failure }
        return bytes
    }

    public func write(_ bytes: [UInt8], at offset: Int64) throws(FileError) {
        var failure: FileError?
        bytes.withUnsafeBytes { buffer in
            do throws(FileError) { try write(buffer, at: offset) } catch { failure = error }
        }
        if let failure { throw failure }
    }
}

extension File {
    /// For a file that has no cache.
    public func writeBehind(_ begun: Range<Int64>, after done: Range<Int64>) throws(FileError) {}

    /// For a file that reads nothing ahead.
    public func expectRandomReads() {}

    /// For a file that knows nothing of holes: all of it is data.
    public func extent(at offset: Int64) throws(FileError) -> FileExtent {
        FileExtent(count: try size() - offset, isHole: false)
    }

    public func isHole(at offset: Int64, count: Int64) throws(FileError) -> Bool {
        let extent = try extent(at: offset)
        return extent.isHole && extent.count >= count
    }

    /// The first bytes at or after `offset` that are no hole; nil where only holes follow.
    public func data(from offset: Int64) throws(FileError) -> Range<Int64>? {
        let end = try size()
        var position = offset
        while position < end {
            let extent = try extent(at: position)
            if !extent.isHole { return position..<min(position + extent.count, end) }
            position += extent.count
        }
        return nil
    }
}

extension FileSystem {
    /// The whole content of a small file.
    public func readAll(_ path: String) throws(FileError) -> [UInt8] {
        let file = try open(path, .read)
        defer { file.close() }
        return try file.read(Int(try file.size()), at: 0)
    }

    /// Replaces a small file so that after a crash it holds the old content or the new, durably on return.
    public func replace(_ path: String, with bytes: [UInt8]) throws(FileError) {
        let temporary = path + ".new"
        let file = try open(temporary, .create)
        defer { file.close() }
        try file.truncate(to: 0)
        try file.write(bytes, at: 0)
        try file.sync()
        try rename(temporary, to: path)
        try syncDirectory(parent(of: path))
    }

    public func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }
}

/// Bytes of one kind, one after the other.
public struct FileExtent: Hashable, Sendable {
    /// More than 0.
    public var count: Int64
    /// No data was ever written there, or it was given back: it reads as zero.
    public let isHole: Bool

    public init(count: Int64, isHole: Bool) {
        self.count = count
        self.isHole = isHole
    }
}

public struct FileIdentity: Hashable, Sendable {
    public let device: UInt64
    public let inode: UInt64
    /// Nanoseconds since the Unix epoch, 0 where unknown.
    public let birthTime: Int64
    /// Status change, nanoseconds since the Unix epoch.
    public let changeTime: Int64
    public let size: Int64

    public init(device: UInt64, inode: UInt64, birthTime: Int64, changeTime: Int64, size: Int64) {
        self.device = device
        self.inode = inode
        self.birthTime = birthTime
        self.changeTime = changeTime
        self.size = size
    }
}

public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        case notFound, exists, noSpace, permission, busy, shortRead, input, closed, other
    }

    public let code: Code
    /// What was attempted, as a verb: "open", "write".
    public let operation: String
    public let path: String
    public let errno: Int32

    public init(_ code: Code, _ operation: String, _ path: String, errno: Int32 = 0) {
        self.code = code
        self.operation = operation
        self.path = path
        self.errno = errno
    }

    public var description: String { "\(operation) \(path): \(code)" + (errno == 0 ? "" : " (errno \(errno))") }
}
