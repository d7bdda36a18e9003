import CLinux
import Environment
import Glibc
import Synchronization

/// One open file description. `close` must not overlap another call on the same file: the descriptor's
/// number may be reused at once. Calls on one lane never overlap.
final class LiveFile: File {
    private static let closed: Int32 = -1

    private let descriptor: Atomic<Int32>
    private let path: String

    init(descriptor: Int32, path: String) {
        self.descriptor = Atomic(descriptor)
        self.path = path
    }

    deinit { close() }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileError) {
        let fd = try opened("read")
        var done = 0
        while done < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = retryingInterrupts { pread(fd, rest.baseAddress, rest.count, off_t(offset) + off_t(done)) }
            guard count >= 0 else { throw failure("read", path) }
            guard count > 0 else { throw FileError(.shortRead, "read", path) }
            done += count
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FileError) {
        let fd = try opened("write")
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = retryingInterrupts { pwrite(fd, rest.baseAddress, rest.count, off_t(offset) + off_t(done)) }
            guard count > 0 else { throw failure("write", path, errno: count == 0 ? EIO : errno) }
            done += count
        }
    }

    func sync() throws(FileError) {
        let fd = try opened("sync")
        // Never retried: after EIO the kernel may have dropped the pages and a second call would succeed.
        guard fdatasync(fd) == 0 else { throw failure("sync", path) }
    }

    func size() throws(FileError) -> Int64 { Int64(try status("size").st_size) }

    func truncate(to size: Int64) throws(FileError) {
        let fd = try opened("truncate")
        guard retryingInterrupts({ ftruncate(fd, off_t(size)) }) == 0 else { throw failure("truncate", path) }
    }

    func punchHole(at offset: Int64, count: Int64) throws(FileError) {
        guard count > 0 else { return }
        let fd = try opened("punch hole")
        while true {
            switch clinux_punch_hole(fd, offset, count) {
            case 0: return
            case EINTR: continue
            case let code: throw failure("punch hole", path, errno: code)
            }
        }
    }

    func writeBehind(_ begun: Range<Int64>, after done: Range<Int64>) throws(FileError) {
        let fd = try opened("write behind")
        // A file system that cannot is none the worse for it.
        let steps = [(begun, clinux_begin_writing), (done, clinux_finish_writing)]
        for (range, step) in steps where !range.isEmpty {
            let code = step(fd, range.lowerBound, range.upperBound - range.lowerBound)
            guard [0, ESPIPE, ENOSYS].contains(code) else { throw failure("write behind", path, errno: code) }
        }
    }

    func expectRandomReads() {
        // Advice: a file system that does not take it is none the worse for it.
        if let fd = try? opened("advise") { _ = posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM) }
    }

    /// As the file system tells it; one that keeps no holes calls everything data.
    func extent(at offset: Int64) throws(FileError) -> FileExtent {
        let fd = try opened("find data")
        let end = try size()
        let data = clinux_seek(fd, offset, 0)
        if data == -Int64(ENXIO) { return FileExtent(count: end - offset, isHole: true) }
        guard data >= 0 else { throw failure("find data", path, errno: Int32(-data)) }
        if data > offset { return FileExtent(count: data - offset, isHole: true) }
        let hole = clinux_seek(fd, offset, 1)
        guard hole >= 0 else { throw failure("find hole", path, errno: Int32(-hole)) }
        // A hole was punched at `offset` between the two calls: some bytes called data are no lie.
        guard hole > offset else { return FileExtent(count: min(4_096, end - offset), isHole: false) }
        return FileExtent(count: hole - offset, isHole: false)
    }

    /// Without looking where data ends, which in a fragmented file takes long.
    func isHole(at offset: Int64, count: Int64) throws(FileError) -> Bool {
        let data = clinux_seek(try opened("find data"), offset, 0)
        guard data >= 0 || data == -Int64(ENXIO) else { throw failure("find data", path, errno: Int32(-data)) }
        return data < 0 || data >= offset + count
    }

    func tryLockExclusive() throws(FileError) -> Bool {
        switch clinux_ofd_lock(try opened("lock"), 1) {
        case 0: return true
        case EAGAIN, EACCES: return false
        case let code: throw failure("lock", path, errno: code)
        }
    }

    func identity() throws(FileError) -> FileIdentity {
        let status = try status("identify")
        return FileIdentity(
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino),
            birthTime: clinux_birth_time(try opened("identify")),
            changeTime: Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec),
            size: Int64(status.st_size))
    }

    func close() {
        let fd = descriptor.exchange(Self.closed, ordering: .acquiringAndReleasing)
        if fd != Self.closed { Glibc.close(fd) }
    }

    private func opened(_ operation: String) throws(FileError) -> Int32 {
        let fd = descriptor.load(ordering: .acquiring)
        guard fd != Self.closed else { throw FileError(.closed, operation, path) }
        return fd
    }

    private func status(_ operation: String) throws(FileError) -> stat {
        let fd = try opened(operation)
        var status = stat()
        guard fstat(fd, &status) == 0 else { throw failure(operation, path) }
        return status
    }
}
