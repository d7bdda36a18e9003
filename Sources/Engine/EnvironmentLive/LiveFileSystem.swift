public import Environment
import Glibc

/// The kernel's files. Every call may block: make it on a lane.
public struct LiveFileSystem: FileSystem {
    /// Owner only: disks, sidecars and stores hold the contents of protected machines.
    static let fileMode: mode_t = 0o600
    static let directoryMode: mode_t = 0o700

    public init() {}

    public func open(_ path: String, _ mode: OpenMode) throws(FileError) -> any File {
        let flags =
            switch mode {
            case .read: O_RDONLY
            case .readWrite: O_RDWR
            case .create: O_RDWR | O_CREAT
            case .createNew: O_RDWR | O_CREAT | O_EXCL
            }
        let descriptor = retryingInterrupts { Glibc.open(path, flags | O_CLOEXEC, Self.fileMode) }
        guard descriptor >= 0 else { throw failure("open", path) }
        return LiveFile(descriptor: descriptor, path: path)
    }

    public func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    public func list(_ path: String) throws(FileError) -> [String] {
        guard let directory = opendir(path) else { throw failure("list", path) }
        defer { closedir(directory) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(directory) else {
                guard errno == 0 else { throw failure("list", path) }
                return names.sorted()
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: tuple.pointee)) {
                    String(cString: $0)
                }
            }
            if name != "." && name != ".." { names.append(name) }
        }
    }

    public func createDirectory(_ path: String) throws(FileError) {
        var prefix = ""
        for name in path.split(separator: "/") {
            prefix += "/\(name)"
            guard mkdir(prefix, Self.directoryMode) != 0, errno != EEXIST else { continue }
            // A parent that we may not write to can exist all the same.
            let code = errno
            var status = stat()
            guard stat(prefix, &status) == 0 else { throw failure("create directory", prefix, errno: code) }
        }
        var status = stat()
        guard stat(path, &status) == 0 else { throw failure("create directory", path) }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw FileError(.exists, "create directory", path, errno: ENOTDIR)
        }
    }

    public func rename(_ from: String, to: String) throws(FileError) {
        guard Glibc.rename(from, to) == 0 else { throw failure("rename", from) }
    }

    public func remove(_ path: String) throws(FileError) {
        guard Glibc.remove(path) == 0 else { throw failure("remove", path) }
    }

    public func syncDirectory(_ path: String) throws(FileError) {
        let descriptor = retryingInterrupts { Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw failure("sync directory", path) }
        defer { Glibc.close(descriptor) }
        guard retryingInterrupts({ fsync(descriptor) }) == 0 else { throw failure("sync directory", path) }
    }

    public func freeBytes(_ path: String) throws(FileError) -> Int64 {
        var status = statvfs()
        guard retryingInterrupts({ statvfs(path, &status) }) == 0 else { throw failure("free space of", path) }
        return Int64(clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).0)
    }
}

/// Repeats a call that returns -1 while it was interrupted by a signal.
func retryingInterrupts<R: SignedInteger>(_ call: () -> R) -> R {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}

func failure(_ operation: String, _ path: String, errno code: Int32 = errno) -> FileError {
    let kind: FileError.Code =
        switch code {
        case ENOENT: .notFound
        case EEXIST, ENOTEMPTY: .exists
        case ENOSPC, EDQUOT: .noSpace
        case EACCES, EPERM, EROFS: .permission
        case EBUSY, EAGAIN, ETXTBSY: .busy
        case EIO: .input
        case EBADF: .closed
        default: .other
        }
    return FileError(kind, operation, path, errno: code)
}
