import Cryptography
import Environment
import Model

/// Taking a backup that was made elsewhere, part by part, into a folder.
///
/// What has come lies in one `.incoming` file, named by the checksum that the whole must have, so that a sender goes on
/// where it was after either end was killed. It becomes a backup as a written one does: once it is whole, durable, of
/// its checksum, and restored aside.
extension BackupFolder {
    static let incomingEnding = ".incoming"

    /// One part of a backup.
    public struct Part: Sendable {
        /// Name, size and checksum of the whole.
        public let backup: StoredBackup
        public let offset: Int64
        public let content: [UInt8]

        public init(backup: StoredBackup, offset: Int64, content: [UInt8]) {
            self.backup = backup
            self.offset = offset
            self.content = content
        }
    }

    /// Takes one part, when it begins where the last one ended; any other changes nothing.
    /// - Returns: where the next part begins, and whether the backup is whole.
    public func take(_ part: Part) throws -> (received: Int64, kept: Bool) {
        let backup = part.backup
        guard backup.checksum.count == SHA256.byteCount, (1...StoreSnapshot.maximumBytes).contains(backup.size) else {
            throw Failure(
                .invalidArgument, "take backup \(backup.name): it has \(backup.size) bytes and a checksum of "
                    + "\(backup.checksum.count); at most \(StoreSnapshot.maximumBytes) and SHA-256 are taken")
        }
        return try told("take backup \(backup.name) of") {
            if try list().backups.contains(where: { $0.checksum == backup.checksum && $0.size == backup.size }) {
                return (backup.size, true)
            }
            let received = try append(part)
            guard received == backup.size else { return (received, false) }
            try finish(backup)
            return (received, true)
        }
    }

    private func incoming(_ backup: StoredBackup) -> String {
        "\(path)/\(store)-\(hexadecimal(backup.checksum))\(Self.incomingEnding)"
    }

    private func append(_ part: Part) throws -> Int64 {
        let place = incoming(part.backup)
        try files.createDurably(path)
        if !files.exists(place) {
            // One at a time: what another sender left is given up.
            for file in try files.list(path) where file.hasPrefix(store + "-") && file.hasSuffix(Self.incomingEnding) {
                try files.remove("\(path)/\(file)")
            }
        }
        let file = try files.open(place, .create)
        defer { file.close() }
        let size = try file.size()
        guard !part.content.isEmpty, part.offset == size else { return size }
        guard size + Int64(part.content.count) <= part.backup.size else {
            throw Failure(.invalidArgument, "take backup \(part.backup.name): it is longer than it was said to be")
        }
        do { try file.write(part.content, at: size) } catch {
            // A part of a part would be gone on with at a place that the sender does not know.
            try? file.truncate(to: size)
            throw error
        }
        return size + Int64(part.content.count)
    }

    private func finish(_ backup: StoredBackup) throws {
        let place = incoming(backup)
        do {
            let file = try files.open(place, .readWrite)
            defer { file.close() }
            try file.sync()
            let content = try readFile(place, files: files)
            guard SHA256.hash(content) == backup.checksum else {
                throw Failure(.dataCorrupt, "take backup \(backup.name): what came is not what its checksum says")
            }
            _ = try RestoredAside(content, store: store)
        } catch let failure as Failure where failure.code == .dataCorrupt {
            // Nothing of it can be used: the sender begins anew.
            try files.remove(place)
            throw failure
        }
        // The order of arrival is the order here: who was restored from a copy may count from a lower number.
        let last = try list().lastNumber
        let name = BackupName(
            store: store, number: max(backup.name.number, last + 1), createdSeconds: backup.name.createdSeconds)
        try publish(place, as: name, backup.checksum)
        try prune()
    }
}
