import Environment
import Glibc

/// `Environment.files` of one incarnation.
struct SimulatedFileSystem: FileSystem {
    /// Longest name, as on Linux.
    static let nameLimit = 255

    let owner: Incarnation

    private var core: WorldCore { owner.core }

    func open(_ path: String, _ mode: OpenMode) throws(FileError) -> any File {
        try core.locked { () throws(FileError) -> any File in
            let (volume, names) = try located("open", .open, path)
            if let node = volume.node(names) {
                if mode == .createNew { throw FileError(.exists, "open", path, errno: EEXIST) }
                guard let content = node as? SimulatedContent else {
                    throw FileError(.other, "open", path, errno: EISDIR)
                }
                return file(content, volume, path, mode)
            }
            guard mode == .create || mode == .createNew else { throw FileError(.notFound, "open", path, errno: ENOENT) }
            let (directory, name) = try parent("open", volume, names, path)
            guard volume.freeBytes > 0 else { throw FileError(.noSpace, "open", path, errno: ENOSPC) }
            let content = volume.makeContent()
            volume.change([.init(directory: directory, name: name, node: content)], by: owner.host)
            return file(content, volume, path, mode)
        }
    }

    func exists(_ path: String) -> Bool {
        core.locked {
            guard owner.state != .dead, let names = try? names("look up", path) else { return false }
            let (volume, inner) = owner.host.resolve(names)
            return volume.node(inner) != nil
        }
    }

    func list(_ path: String) throws(FileError) -> [String] {
        try core.locked { () throws(FileError) -> [String] in
            let (volume, names) = try located("list", .read, path)
            return try directory("list", volume, names, path).entries.keys.sorted()
        }
    }

    func createDirectory(_ path: String) throws(FileError) {
        try core.locked { () throws(FileError) in
            let (volume, names) = try located("create directory", .createDirectory, path)
            var directory = volume.root
            for name in names {
                if directory.entries[name] == nil {
                    volume.change(
                        [.init(directory: directory, name: name, node: volume.makeDirectory())], by: owner.host)
                }
                guard let next = directory.entries[name] as? SimulatedDirectory else {
                    throw FileError(.exists, "create directory", path, errno: ENOTDIR)
                }
                directory = next
            }
        }
    }

    func rename(_ from: String, to: String) throws(FileError) {
        try core.locked { () throws(FileError) in
            let (volume, source) = try located("rename", .rename, from)
            let (targetVolume, target) = owner.host.resolve(try names("rename", to))
            guard volume === targetVolume else { throw FileError(.other, "rename", from, errno: EXDEV) }
            let (oldDirectory, oldName) = try parent("rename", volume, source, from)
            let (newDirectory, newName) = try parent("rename", volume, target, to)
            guard let node = oldDirectory.entries[oldName] else {
                throw FileError(.notFound, "rename", from, errno: ENOENT)
            }
            if node is SimulatedDirectory, target.starts(with: source), target != source {
                throw FileError(.other, "rename", from, errno: EINVAL)
            }
            guard node !== newDirectory.entries[newName] else { return }
            try checkReplaceable(newDirectory.entries[newName], by: node, to)
            volume.change(
                [
                    .init(directory: oldDirectory, name: oldName, node: nil),
                    .init(directory: newDirectory, name: newName, node: node),
                ], by: owner.host)
        }
    }

    func remove(_ path: String) throws(FileError) {
        try core.locked { () throws(FileError) in
            let (volume, names) = try located("remove", .remove, path)
            let (directory, name) = try parent("remove", volume, names, path)
            guard let node = directory.entries[name] else { throw FileError(.notFound, "remove", path, errno: ENOENT) }
            if let inner = node as? SimulatedDirectory, !inner.entries.isEmpty {
                throw FileError(.exists, "remove", path, errno: ENOTEMPTY)
            }
            volume.change([.init(directory: directory, name: name, node: nil)], by: owner.host)
        }
    }

    func syncDirectory(_ path: String) throws(FileError) {
        try core.locked { () throws(FileError) in
            let (volume, names) = try located("sync directory", .syncDirectory, path)
            volume.sync(try directory("sync directory", volume, names, path))
        }
    }

    func freeBytes(_ path: String) throws(FileError) -> Int64 {
        try core.locked { () throws(FileError) -> Int64 in
            let (volume, names) = try located("free space of", .read, path)
            guard volume.node(names) != nil else { throw FileError(.notFound, "free space of", path, errno: ENOENT) }
            return volume.freeBytes
        }
    }

    // MARK: Paths

    /// Refuses the dead, records the operation, spends its time, and meets the faults due.
    private func located(
        _ verb: String, _ operation: DiskFault.Operation, _ path: String
    ) throws(FileError) -> (SimulatedVolume, [String]) {
        guard owner.state != .dead else { throw FileError(.closed, verb, path, errno: ESHUTDOWN) }
        let (volume, names) = owner.host.resolve(try names(verb, path))
        core.record(.disk, owner, 0, "\(verb) \(path)")
        volume.spend(operation)
        switch volume.fault(operation, path) {
        case .fail(let code)?: throw FileError(code, verb, path, errno: number(of: code))
        case .delay(let time)?: core.ioDelay += time.inNanoseconds
        case .tear?, .misdirect?, .forget?, nil: break
        }
        return (volume, names)
    }

    private func names(_ verb: String, _ path: String) throws(FileError) -> [Substring] {
        let names = path.split(separator: "/")
        let isUsable = path.hasPrefix("/") && !names.contains { $0 == "." || $0 == ".." }
        guard isUsable, names.allSatisfy({ $0.utf8.count <= Self.nameLimit }) else {
            throw FileError(.other, verb, path, errno: EINVAL)
        }
        return names
    }

    private func directory(
        _ verb: String, _ volume: SimulatedVolume, _ names: [String], _ path: String
    ) throws(FileError) -> SimulatedDirectory {
        guard let node = volume.node(names) else { throw FileError(.notFound, verb, path, errno: ENOENT) }
        guard let directory = node as? SimulatedDirectory else { throw FileError(.other, verb, path, errno: ENOTDIR) }
        return directory
    }

    private func parent(
        _ verb: String, _ volume: SimulatedVolume, _ names: [String], _ path: String
    ) throws(FileError) -> (SimulatedDirectory, String) {
        guard let name = names.last else { throw FileError(.busy, verb, path, errno: EBUSY) }
        return (try directory(verb, volume, Array(names.dropLast()), path), name)
    }

    private func checkReplaceable(
        _ old: SimulatedNode?, by new: SimulatedNode, _ path: String
    ) throws(FileError) {
        switch (old, new) {
        case (nil, _), (is SimulatedContent, is SimulatedContent): return
        case (let old as SimulatedDirectory, is SimulatedDirectory):
            guard old.entries.isEmpty else { throw FileError(.exists, "rename", path, errno: ENOTEMPTY) }
        case (is SimulatedDirectory, _): throw FileError(.other, "rename", path, errno: EISDIR)
        default: throw FileError(.other, "rename", path, errno: ENOTDIR)
        }
    }

    private func file(
        _ content: SimulatedContent, _ volume: SimulatedVolume, _ path: String, _ mode: OpenMode
    ) -> SimulatedFile {
        SimulatedFile(owner: owner, volume: volume, content: content, path: path, isWritable: mode != .read)
    }
}

/// The error number that Linux gives with this code.
func number(of code: FileError.Code) -> Int32 {
    switch code {
    case .notFound: ENOENT
    case .exists: EEXIST
    case .noSpace: ENOSPC
    case .permission: EACCES
    case .busy: EBUSY
    case .input: EIO
    case .closed: EBADF
    case .shortRead, .other: 0
    }
}

/// `@unchecked Sendable`: mutable state is guarded by the world's mutex. Its content is the volume's: other open
/// files change it too, and a power loss chooses what is left of it, so that no mutex of one file could guard it.
final class SimulatedFile: File, @unchecked Sendable {
    private let owner: Incarnation
    private let volume: SimulatedVolume
    private let content: SimulatedContent
    private let path: String
    private let isWritable: Bool
    private var isOpen = true

    init(owner: Incarnation, volume: SimulatedVolume, content: SimulatedContent, path: String, isWritable: Bool) {
        self.owner = owner
        self.volume = volume
        self.content = content
        self.path = path
        self.isWritable = isWritable
    }

    private var core: WorldCore { owner.core }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileError) {
        try core.locked { () throws(FileError) in
            _ = try begin("read", .read, bytes: buffer.count)
            guard offset >= 0 else { throw FileError(.other, "read", path, errno: EINVAL) }
            guard offset + Int64(buffer.count) <= content.size else { throw FileError(.shortRead, "read", path) }
            content.read(into: buffer, at: offset)
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FileError) {
        try core.locked { () throws(FileError) in
            let effect = try begin(
                "write", .write, bytes: bytes.count, changes: true, digest: TraceHash.digest(bytes) ^ UInt64(offset))
            var target = offset
            var part = bytes
            switch effect {
            case .forget?: return
            case .tear(let count)?: part = UnsafeRawBufferPointer(rebasing: bytes.prefix(count))
            case .misdirect(let distance)?: target += distance
            case .fail?, .delay?, nil: break
            }
            guard target >= 0 else { throw FileError(.other, "write", path, errno: EINVAL) }
            content.change = volume.wallNanoseconds
            let isWhole = content.write(part, at: target, by: owner.host) { volume.allocatePage(for: content) }
            guard isWhole else { throw FileError(.noSpace, "write", path, errno: ENOSPC) }
            if part.count < bytes.count { throw FileError(.input, "write", path, errno: EIO) }
        }
    }

    func sync() throws(FileError) {
        try core.locked { () throws(FileError) in
            do throws(FileError) {
                if try begin("sync", .sync) == .forget { return }
            } catch {
                if error.code != .closed { content.failSync() }
                throw error
            }
            content.sync()
        }
    }

    func size() throws(FileError) -> Int64 {
        try core.locked { () throws(FileError) -> Int64 in
            try checkOpen("size")
            return content.size
        }
    }

    func truncate(to size: Int64) throws(FileError) {
        try core.locked { () throws(FileError) in
            _ = try begin("truncate", .truncate, changes: true)
            guard size >= 0 else { throw FileError(.other, "truncate", path, errno: EINVAL) }
            content.change = volume.wallNanoseconds
            volume.release(pages: content.truncate(to: size, by: owner.host), of: content)
        }
    }

    func punchHole(at offset: Int64, count: Int64) throws(FileError) {
        try core.locked { () throws(FileError) in
            _ = try begin("punch hole", .punchHole, changes: true)
            guard offset >= 0, count >= 0 else { throw FileError(.other, "punch hole", path, errno: EINVAL) }
            content.change = volume.wallNanoseconds
            let end = min(offset + count, content.size)
            guard end > offset else { return }
            volume.release(pages: content.clear(from: offset, to: end, by: owner.host), of: content)
        }
    }

    func extent(at offset: Int64) throws(FileError) -> FileExtent {
        try core.locked { () throws(FileError) -> FileExtent in
            try checkOpen("find data")
            guard offset >= 0, offset < content.size else {
                throw FileError(.other, "find data", path, errno: EINVAL)
            }
            return content.extent(at: offset)
        }
    }

    func tryLockExclusive() throws(FileError) -> Bool {
        try core.locked { () throws(FileError) -> Bool in
            try checkOpen("lock")
            guard isWritable else { throw FileError(.closed, "lock", path, errno: EBADF) }
            if let holder = content.lockHolder, holder !== self, holder.holdsLocks { return false }
            core.record(.disk, owner, 0, "lock \(path)")
            content.lockHolder = self
            return true
        }
    }

    func identity() throws(FileError) -> FileIdentity {
        try core.locked { () throws(FileError) -> FileIdentity in
            try checkOpen("identify")
            return FileIdentity(
                device: volume.number, inode: content.number, birthTime: content.birth,
                changeTime: content.change, size: content.size)
        }
    }

    func close() {
        core.locked {
            isOpen = false
            if content.lockHolder === self { content.lockHolder = nil }
        }
    }

    private var holdsLocks: Bool { isOpen && owner.state != .dead }

    private func checkOpen(_ verb: String) throws(FileError) {
        guard owner.state != .dead else { throw FileError(.closed, verb, path, errno: ESHUTDOWN) }
        guard isOpen else { throw FileError(.closed, verb, path, errno: EBADF) }
    }

    private func begin(
        _ verb: String, _ operation: DiskFault.Operation, bytes: Int = 0, changes: Bool = false, digest: UInt64? = nil
    ) throws(FileError) -> DiskFault.Effect? {
        try checkOpen(verb)
        if changes && !isWritable { throw FileError(.closed, verb, path, errno: EBADF) }
        core.record(.disk, owner, digest ?? UInt64(bytes), "\(verb) \(path)")
        volume.spend(operation, bytes: bytes)
        let effect = volume.fault(operation, path)
        switch effect {
        case .fail(let code)?: throw FileError(code, verb, path, errno: number(of: code))
        case .delay(let time)?: core.ioDelay += time.inNanoseconds
        default: break
        }
        return effect
    }
}
