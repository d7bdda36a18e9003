import Environment
import EnvironmentLive
import Glibc
import Testing

/// A directory of its own for each test, removed at the end.
private final class Scratch {
    let path: String

    init() {
        var template = Array("/tmp/homeward-files-XXXXXX\0".utf8.map { CChar(bitPattern: $0) })
        path = mkdtemp(&template).map { String(cString: $0) } ?? "/nonexistent"
    }

    deinit { remove(path) }

    private func remove(_ path: String) {
        let files = LiveFileSystem()
        for name in (try? files.list(path)) ?? [] { remove(path + "/" + name) }
        try? files.remove(path)
    }
}

struct LiveFileSystemTests {
    private let scratch = Scratch()
    private let files = LiveFileSystem()

    @Test func `what is written is read back, also across a gap`() throws {
        let file = try files.open(scratch.path + "/a", .createNew)
        try file.write([1, 2, 3], at: 10)
        try file.sync()
        #expect(try file.size() == 13)
        #expect(try file.read(4, at: 9) == [0, 1, 2, 3])
        #expect(throws: FileError(.shortRead, "read", scratch.path + "/a")) { try file.read(4, at: 10) }
        file.close()
        file.close()
        #expect(throws: FileError(.closed, "size", scratch.path + "/a")) { try file.size() }
    }

    @Test func `open modes say what must exist`() throws {
        let path = scratch.path + "/a"
        #expect(throws: FileError(.notFound, "open", path, errno: ENOENT)) { try files.open(path, .readWrite) }
        try files.open(path, .create).close()
        #expect(throws: FileError(.exists, "open", path, errno: EEXIST)) { try files.open(path, .createNew) }
        let reader = try files.open(path, .read)
        #expect(throws: FileError.self) { try reader.write([1], at: 0) }
    }

    @Test func `a lock excludes other descriptors, also of this process, until it is closed`() throws {
        let path = scratch.path + "/a"
        let first = try files.open(path, .create)
        let second = try files.open(path, .readWrite)
        #expect(try first.tryLockExclusive())
        #expect(try first.tryLockExclusive())
        #expect(try !second.tryLockExclusive())
        first.close()
        #expect(try second.tryLockExclusive())
    }

    @Test func `a hole reads as zero and gives back its space`() throws {
        let path = scratch.path + "/a"
        let file = try files.open(path, .create)
        try file.write([UInt8](repeating: 7, count: 1 << 20), at: 0)
        try file.sync()
        let before = blocks(path)
        try file.punchHole(at: 4_096, count: 1 << 19)
        try file.sync()
        #expect(try file.size() == 1 << 20)
        #expect(try file.read(2, at: 4_095) == [7, 0])
        #expect(blocks(path) < before)
    }

    @Test func `data and holes are told as the file system has them`() throws {
        let file = try files.open(scratch.path + "/a", .create)
        try file.truncate(to: 4 << 20)
        #expect(try file.extent(at: 4_096) == FileExtent(count: (4 << 20) - 4_096, isHole: true))
        try file.write([UInt8](repeating: 7, count: 1 << 20), at: 1 << 20)
        #expect(try file.extent(at: 0) == FileExtent(count: 1 << 20, isHole: true))
        #expect(try file.extent(at: (1 << 20) + 512) == FileExtent(count: (1 << 20) - 512, isHole: false))
        #expect(try file.extent(at: 2 << 20) == FileExtent(count: 2 << 20, isHole: true))
        try file.punchHole(at: (1 << 20) + 8_192, count: 65_536)
        #expect(try file.extent(at: 1 << 20) == FileExtent(count: 8_192, isHole: false))
        #expect(try file.extent(at: (1 << 20) + 8_192) == FileExtent(count: 65_536, isHole: true))
    }

    @Test func `directories are made with their parents, listed in order, renamed and removed`() throws {
        let base = scratch.path + "/x/y"
        try files.createDirectory(base)
        try files.createDirectory(base)
        for name in ["c", "a", "b"] { try files.open(base + "/" + name, .create).close() }
        #expect(try files.list(base) == ["a", "b", "c"])
        try files.rename(base + "/c", to: scratch.path + "/x/c")
        try files.syncDirectory(base)
        try files.syncDirectory(scratch.path + "/x")
        #expect(files.exists(scratch.path + "/x/c"))
        #expect(throws: FileError.self) { try files.remove(base) }
        try files.remove(base + "/a")
        try files.remove(base + "/b")
        try files.remove(base)
        #expect(try files.list(scratch.path + "/x") == ["c"])
        #expect(throws: FileError.self) { try files.createDirectory(scratch.path + "/x/c") }
        #expect(try files.freeBytes(scratch.path) > 0)
    }

    @Test func `replace leaves the new content and no temporary file`() throws {
        try files.replace(scratch.path + "/a", with: [1, 2, 3])
        try files.replace(scratch.path + "/a", with: [4])
        #expect(try files.readAll(scratch.path + "/a") == [4])
        #expect(try files.list(scratch.path) == ["a"])
    }

    @Test func `an identity follows the file, not its name`() throws {
        let file = try files.open(scratch.path + "/a", .create)
        let before = try file.identity()
        try files.rename(scratch.path + "/a", to: scratch.path + "/b")
        try files.open(scratch.path + "/a", .create).close()
        let moved = try files.open(scratch.path + "/b", .read).identity()
        #expect(moved.inode == before.inode && moved.birthTime == before.birthTime)
        #expect(try files.open(scratch.path + "/a", .read).identity().inode != before.inode)
    }

    private func blocks(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_blocks) : -1
    }
}
