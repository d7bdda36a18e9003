public import Messages
public import Model
public import Store

extension BackupV1.Backup {
    /// - Parameter now: wall clock, for its age.
    public init(_ stored: StoredBackup, at now: UnixMicroseconds) {
        self.init()
        name = stored.name.description
        store = stored.name.store
        number = stored.name.number
        createdUnixUs = stored.name.createdSeconds * 1_000_000
        // A clock that was set back makes nothing younger than now.
        ageUs = UInt64(max(0, now.value - createdUnixUs))
        sizeBytes = UInt64(stored.size)
        sha256 = stored.checksum
    }

    /// With what it holds.
    public init(_ stored: StoredBackup, _ content: StoreContent, address: String, at now: UnixMicroseconds) {
        self.init(stored, at: now)
        incarnation = content.incarnation.text
        rows = UInt64(content.totalRows)
        self.address = address
    }

    /// What a sender says of a backup.
    public func stored(of store: String) throws(Failure) -> StoredBackup {
        guard self.store == store, let name = BackupName(self.name, of: store) else {
            throw Failure(.invalidArgument, "take backup \"\(self.name)\": that names no backup of store \(store)")
        }
        return StoredBackup(name: name, size: Int64(clamping: sizeBytes), checksum: sha256)
    }
}

/// A part of a file, in the length that was asked for.
public func partLength(_ asked: UInt32) -> Int { asked == 0 ? longestPart : min(Int(asked), longestPart) }

/// Fits a message with its frame four times.
public let longestPart = 1 << 20
