import Glibc
internal import GRDB
import Model

extension StoreMedium {
    /// Puts the file of a backup where a store is expected and none is. It is opened as a store afterwards, which
    /// recognises it as restored. Durable on return; after a crash in the middle there is no store, or this one.
    ///
    /// A store that is there is never replaced: whoever wants it gone moves it away.
    public func restore(_ file: [UInt8], store: String) throws {
        switch self {
        case .memory(let memory):
            do {
                let isEmpty = try memory.queue.read { try $0.tableExists("store_identity") == false }
                guard isEmpty else { throw refusal(store, "it") }
                try memory.queue.writeWithoutTransaction { try replace($0, with: file) }
            } catch { throw storeFailure(error, "restore", store) }
        case .file(let path):
            // A log that is left of another database would be replayed into this one.
            for suffix in ["", "-wal", "-shm", "-journal"] where access(path + suffix, F_OK) == 0 {
                throw refusal(store, path + suffix)
            }
            try place(file, at: path, store)
        }
    }
}

private func refusal(_ store: String, _ what: String) -> Failure {
    Failure(
        .operationNotAllowed, "restore store \(store): \(what) is there already, and a store is never replaced; move "
            + "it away, or start without restoring")
}

private func place(_ file: [UInt8], at path: String, _ store: String) throws(Failure) {
    func failed(_ verb: String) -> Failure {
        let code = errno
        unlink(path + ".restoring")
        return Failure(
            code == ENOSPC || code == EDQUOT ? .noSpace : .inputOutput,
            "restore store \(store): \(verb) \(path): errno \(code)")
    }
    // Owner only, as the store itself.
    let descriptor = open(path + ".restoring", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failed("create") }
    var isOpen = true
    defer { if isOpen { close(descriptor) } }
    let isWritten = file.withUnsafeBytes { bytes in
        var done = 0
        while done < bytes.count {
            let count = write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }
    guard isWritten else { throw failed("write") }
    guard fsync(descriptor) == 0 else { throw failed("sync") }
    isOpen = false
    guard close(descriptor) == 0 else { throw failed("close") }
    guard rename(path + ".restoring", path) == 0 else { throw failed("rename") }
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    let folder = open(slash == path.startIndex ? "/" : String(path[..<slash]), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw failed("sync the folder of") }
    defer { close(folder) }
    guard fsync(folder) == 0 else { throw failed("sync the folder of") }
}
