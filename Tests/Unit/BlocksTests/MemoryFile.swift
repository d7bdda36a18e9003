internal import Environment
internal import Synchronization

/// A file in memory, without faults but one that is asked for.
final class MemoryFile: File {
    let content = Mutex<[UInt8]>([])
    /// So many more writes succeed, and one then fails.
    let failing = Mutex<Int?>(nil)

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileError) {
        let bytes = content.withLock { $0 }
        guard Int(offset) + buffer.count <= bytes.count else { throw FileError(.shortRead, "read", "memory") }
        buffer.copyBytes(from: bytes[Int(offset)..<(Int(offset) + buffer.count)])
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FileError) {
        let fails = failing.withLock { left in
            left = left.map { $0 - 1 }
            return left == -1
        }
        if fails { throw FileError(.input, "write", "memory") }
        content.withLock { content in
            let end = Int(offset) + bytes.count
            if content.count < end { content += [UInt8](repeating: 0, count: end - content.count) }
            content.replaceSubrange(Int(offset)..<end, with: bytes)
        }
    }

    func sync() throws(FileError) {}
    func size() throws(FileError) -> Int64 { content.withLock { Int64($0.count) } }

    func truncate(to size: Int64) throws(FileError) {
        content.withLock { content in
            if content.count > Int(size) { content.removeLast(content.count - Int(size)) }
            content += [UInt8](repeating: 0, count: Int(size) - content.count)
        }
    }

    func punchHole(at offset: Int64, count: Int64) throws(FileError) {
        content.withLock { content in
            for index in Int(offset)..<min(Int(offset + count), content.count) { content[index] = 0 }
        }
    }

    func tryLockExclusive() throws(FileError) -> Bool { true }
    func identity() throws(FileError) -> FileIdentity {
        FileIdentity(device: 1, inode: 1, birthTime: 0, changeTime: 0, size: try size())
    }
    func close() {}
}
