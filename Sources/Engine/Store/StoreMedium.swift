internal import GRDB
import Glibc
import Model
import Synchronization

/// Where a store's bytes are.
public enum StoreMedium: Sendable {
    /// A file of a live process; `-wal` and `-shm` lie beside it.
    case file(path: String)
    /// Held by a simulated host or a test; outlives the incarnations that open it.
    case memory(MemoryMedium)
}

/// The second implementation of the store: the same SQLite statements on an in-memory database that stands for a disk.
///
/// The simulated host keeps the medium; each incarnation of a process opens it anew. `kill()` ends every opening:
/// a transaction that is under way then rolls back instead of committing, as an unfinished write-ahead log
/// does after kill -9, and whatever was committed stays, as with `synchronous = FULL` after a power loss. So a
/// failpoint inside a transaction may call `kill()` and return; nothing of that transaction survives.
public final class MemoryMedium: Sendable {
    let queue: DatabaseQueue
    private let life = Mutex<UInt64>(0)

    public init() throws {
        do { queue = try DatabaseQueue(configuration: storeConfiguration()) } catch {
            throw storeFailure(error, "open", "memory")
        }
    }

    /// Ends the openings so far, as the death of their process.
    public func kill() { life.withLock { $0 += 1 } }

    /// A backup: opened, it is recognised as a restored copy.
    public func copy() throws -> MemoryMedium {
        let copy = try MemoryMedium()
        do {
            try queue.backup(to: copy.queue)
            try copy.queue.write(markAsBackup)
        } catch { throw storeFailure(error, "back up", "memory") }
        return copy
    }

    var currentLife: UInt64 { life.withLock { $0 } }
}

/// Longer than any transaction of ours; a second process on the same file is refused by its epoch anyway.
private let busySeconds = 5.0

func storeConfiguration() -> Configuration {
    var configuration = Configuration()
    configuration.foreignKeysEnabled = true
    configuration.busyMode = .timeout(busySeconds)
    configuration.journalMode = .wal
    return configuration
}

func openQueue(_ medium: StoreMedium, store: String) throws -> DatabaseQueue {
    switch medium {
    case .memory(let memory): return memory.queue
    case .file(let path):
        try refuseSuccessorOfCorruptStore(path, store)
        do {
            let queue = try DatabaseQueue(path: path, configuration: storeConfiguration())
            // Only now: GRDB sets NORMAL when it turns the write-ahead log on, which a power loss may roll back.
            try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            return queue
        } catch {
            let failure = storeFailure(error, "open", store)
            if failure.code == .storeCorrupt { throw setAside(path, store, failure.message) }
            throw failure
        }
    }
}

/// A second connection, of a file that is open already.
func openReader(_ path: String) throws -> DatabaseQueue {
    var configuration = storeConfiguration()
    configuration.readonly = true
    return try DatabaseQueue(path: path, configuration: configuration)
}

/// A store that failed its check is kept beside its old place, and no empty one takes that place by itself.
func setAside(_ path: String, _ store: String, _ found: String) -> Failure {
    let aside = path + ".corrupt"
    guard access(aside, F_OK) != 0 else {
        return Failure(
            .storeCorrupt, "open store \(store) at \(path): \(found); left in place because \(aside) exists already. "
                + "Keep both, and restore a backup to \(path)")
    }
    for suffix in ["-wal", "-shm", ""] where access(path + suffix, F_OK) == 0 {
        guard rename(path + suffix, aside + suffix) == 0 else {
            return Failure(.storeCorrupt, "open store \(store) at \(path): \(found); moving it aside failed too")
        }
    }
    return Failure(
        .storeCorrupt, "open store \(store) at \(path): \(found); set aside as \(aside). Restore a backup to \(path)")
}

private func refuseSuccessorOfCorruptStore(_ path: String, _ store: String) throws(Failure) {
    guard access(path, F_OK) != 0, access(path + ".corrupt", F_OK) == 0 else { return }
    throw Failure(
        .storeCorrupt, "open store \(store) at \(path): the store was corrupt and is kept as \(path).corrupt. "
            + "Restore a backup to \(path), or move the corrupt file elsewhere to start empty")
}

func markAsBackup(_ database: Database) throws {
    try database.execute(sql: "UPDATE store_identity SET backup_of = incarnation")
}

/// What SQLite said, in the domain's words.
func storeFailure(_ error: any Error, _ attempted: String, _ store: String) -> Failure {
    if let failure = error as? Failure { return failure }
    guard let error = error as? DatabaseError else {
        return Failure(.storeFailed, "\(attempted) store \(store): \(error)")
    }
    let code: ErrorCode =
        switch error.resultCode {
        case .SQLITE_FULL: .noSpace
        case .SQLITE_BUSY, .SQLITE_LOCKED: .busy
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: .storeCorrupt
        case .SQLITE_IOERR: .inputOutput
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN: .storeFailed
        default: .storeFailed
        }
    let said = error.message ?? "SQLite gave no message"
    let remedy = code == .busy
        ? ": for \(Int(busySeconds)) s another process has been in the middle of a write. "
            + "If it hangs, end it first; kill -9 also ends one that stands still"
        : ""
    return Failure(code, "\(attempted) store \(store): \(said) (\(error.extendedResultCode))\(remedy)")
}
