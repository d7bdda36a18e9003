import Cryptography
public import Environment
import Model

/// A backup that lies in a folder, whole as far as its checksum file says.
public struct StoredBackup: Hashable, Sendable {
    public let name: BackupName
    public let size: Int64
    /// SHA-256 of the whole file.
    public let checksum: [UInt8]

    public init(name: BackupName, size: Int64, checksum: [UInt8]) {
        self.name = name
        self.size = size
        self.checksum = checksum
    }
}

/// Backups of one store in one folder: `NAME.sqlite`, and beside it `NAME.sqlite.sha256` as `sha256sum -c` reads it.
///
/// A backup appears under its name by one rename, once all of it is durable, read back, restored aside and compared.
/// Whatever happens before (a crash, a full disk), those that were there before are untouched; whatever is removed is
/// removed after. Files have the mode that the environment's file system gives: owner only. All calls block: make them
/// on one lane, the only one that writes backups of this store here.
public struct BackupFolder: Sendable {
    public let path: String
    public let store: String
    /// Newest ones that are kept.
    public let keep: Int
    let files: any FileSystem
    let failpoints: any Failpoints

    /// A month of one a day, or a day of one each quarter of an hour; each is a file of the store's size.
    public static let mostKept = 100
    static let ending = ".sqlite"
    static let checksumEnding = ".sha256"
    static let partialEnding = ".partial"
    /// Of one write or read; small beside the file, large beside a call.
    static let piece = 1 << 20

    public init(
        _ path: String, store: String, keep: Int, files: any FileSystem, failpoints: any Failpoints = NoFailpoints()
    ) {
        self.path = path
        self.store = store
        self.keep = min(max(keep, 1), Self.mostKept)
        self.files = files
        self.failpoints = failpoints
    }

    // MARK: What is there

    public struct Listing: Sendable {
        /// Newest first.
        public var backups: [StoredBackup] = []
        /// Names of files that are no whole backup, with what is wrong. They are left where they are.
        public var damaged: [String] = []
        /// The highest number of any file here, damaged ones included.
        var lastNumber: UInt64 = 0
    }

    /// Reads names, sizes and checksum files; `verify` reads the content.
    public func list() throws -> Listing {
        try told("list the backups of") {
            var listing = Listing()
            guard files.exists(path) else { return listing }
            for file in try files.list(path) where file.hasSuffix(Self.ending) {
                guard let name = BackupName(file.dropLast(Self.ending.count), of: store) else { continue }
                listing.lastNumber = max(listing.lastNumber, name.number)
                do {
                    listing.backups.append(try described(name))
                } catch let failure as Failure { listing.damaged.append("\(name): \(failure.message)") }
            }
            listing.backups.sort { $0.name.number > $1.name.number }
            return listing
        }
    }

    /// The backup of this name, or the newest.
    public func find(_ name: String?) throws -> StoredBackup {
        guard let name, !name.isEmpty, name != "newest" else {
            guard let newest = try list().backups.first else {
                throw Failure(.notFound, "find a backup of store \(store): there is none")
            }
            return newest
        }
        guard let parsed = BackupName(name, of: store), files.exists(place(of: parsed)) else {
            throw Failure(.notFound, "find backup \(name) of store \(store): there is none of that name")
        }
        return try described(parsed)
    }

    private func described(_ name: BackupName) throws(Failure) -> StoredBackup {
        do {
            let file = try files.open(place(of: name), .read)
            defer { file.close() }
            let checksum = try readChecksum(beside: place(of: name), files: files)
            return StoredBackup(name: name, size: try file.size(), checksum: checksum)
        } catch let error as FileError {
            throw fileFailure(error, "read backup \(name) of store \(store)")
        } catch let failure as Failure { throw failure } catch {
            throw Failure(.internalError, "read backup \(name): \(error)")
        }
    }

    // MARK: Reading

    /// Reads the whole file, compares its checksum, restores it aside.
    /// - Parameter schema: what it must be a store of; nil to judge its integrity alone.
    public func verify(_ backup: StoredBackup, as schema: Schema?) throws -> RestoredAside {
        let file = try readBackup(place(of: backup.name), files: files)
        return try RestoredAside(file, store: store, schema: schema)
    }

    /// A part of its file; empty at the end.
    public func read(_ backup: StoredBackup, at offset: Int64, length: Int) throws -> [UInt8] {
        try told("read backup \(backup.name) of") {
            let file = try files.open(place(of: backup.name), .read)
            defer { file.close() }
            let left = try file.size() - offset
            guard offset >= 0, left > 0 else { return [] }
            return try file.read(Int(min(left, Int64(length))), at: offset)
        }
    }

    // MARK: Writing

    /// Writes, reads back, restores aside, compares, and only then lets it count; then removes those beyond `keep`.
    /// - Returns: the backup, and what it is when it is restored.
    public func write(
        _ snapshot: StoreSnapshot, at now: WallInstant
    ) throws -> (backup: StoredBackup, aside: RestoredAside) {
        let former = try list()
        let name = BackupName(
            store: store, number: former.lastNumber + 1, createdSeconds: max(0, now.microseconds / 1_000_000))
        let file = try snapshot.file()
        let checksum = SHA256.hash(file)
        let aside: RestoredAside
        do {
            aside = try told("write backup \(name) of") {
                try files.createDurably(path)
                try removeLeftovers()
                try put(file, in: partial(name))
                failpoints.reach("\(store).backup.written")
                let back = try readFile(partial(name), files: files)
                let aside = try RestoredAside(back, store: store)
                guard SHA256.hash(back) == checksum, aside.content == snapshot.content else {
                    throw Failure(.dataCorrupt, "write backup \(name) of store \(store): it reads back otherwise")
                }
                try publish(partial(name), as: name, checksum)
                return aside
            }
        } catch {
            try? files.remove(partial(name))
            throw telling(error, of: former)
        }
        try prune()
        return (StoredBackup(name: name, size: Int64(file.count), checksum: checksum), aside)
    }

    /// What lies whole and durable at `path` becomes a backup: its checksum first, then its name.
    func publish(_ file: String, as name: BackupName, _ checksum: [UInt8]) throws {
        let line = hexadecimal(checksum) + "  \(name)\(Self.ending)\n"
        try files.replace(place(of: name) + Self.checksumEnding, with: Array(line.utf8))
        failpoints.reach("\(store).backup.before-rename")
        try files.rename(file, to: place(of: name))
        try files.syncDirectory(path)
        failpoints.reach("\(store).backup.after-rename")
    }

    /// Removes the oldest whole ones. The file goes first: a checksum without one is nothing.
    func prune() throws {
        try told("remove old backups of") {
            let old = try list().backups.dropFirst(keep)
            guard !old.isEmpty else { return }
            for backup in old {
                try files.remove(place(of: backup.name))
                try files.remove(place(of: backup.name) + Self.checksumEnding)
            }
            try files.syncDirectory(path)
        }
    }

    /// Of writes that a crash ended: our partial files, and checksums without their file.
    private func removeLeftovers() throws(FileError) {
        for file in try files.list(path) {
            // The name that it was to have, and what is behind it.
            guard let end = file.firstIndex(of: "."), BackupName(file[..<end], of: store) != nil else { continue }
            let isLeft =
                switch file[end...] {
                case Self.ending + Self.partialEnding, Self.ending + Self.checksumEnding + ".new": true
                case Self.ending + Self.checksumEnding: !files.exists("\(path)/\(file[..<end])\(Self.ending)")
                default: false
                }
            if isLeft { try files.remove("\(path)/\(file)") }
        }
    }

    func put(_ bytes: [UInt8], in path: String) throws(FileError) {
        let file = try files.open(path, .create)
        defer { file.close() }
        try file.truncate(to: 0)
        var offset = 0
        while offset < bytes.count {
            let piece = Array(bytes[offset..<min(offset + Self.piece, bytes.count)])
            try file.write(piece, at: Int64(offset))
            offset += piece.count
        }
        try file.sync()
    }

    /// The path of a backup's file.
    public func place(of name: BackupName) -> String { "\(path)/\(name)\(Self.ending)" }
    private func partial(_ name: BackupName) -> String { place(of: name) + Self.partialEnding }

    // MARK: Failures

    func told<T>(_ what: String, _ body: () throws -> T) throws -> T {
        do { return try body() } catch let error as FileError { throw fileFailure(error, "\(what) store \(store)") }
    }

    /// Says what a failed backup leaves.
    private func telling(_ error: any Error, of former: Listing) -> any Error {
        guard var failure = error as? Failure else { return error }
        failure.message += former.backups.first.map { "; the former one is kept: \($0.name)" } ?? "; there is none yet"
        return failure
    }
}

/// Reads a backup's file wherever it lies, and compares it with the checksum beside it.
public func readBackup(_ path: String, files: any FileSystem) throws -> [UInt8] {
    do {
        let checksum = try readChecksum(beside: path, files: files)
        let file = try readFile(path, files: files)
        guard SHA256.hash(file) == checksum else {
            throw Failure(.dataCorrupt, "read the backup \(path): its content is not what its checksum was made of")
        }
        return file
    } catch let error as FileError { throw fileFailure(error, "read the backup \(path)") }
}

/// The first field of `PATH.sha256`.
func readChecksum(beside path: String, files: any FileSystem) throws -> [UInt8] {
    let place = path + BackupFolder.checksumEnding
    guard files.exists(place) else {
        throw Failure(.dataCorrupt, "read the backup \(path): its checksum file \(place) is missing")
    }
    let text = String(decoding: try files.readAll(place), as: UTF8.self).prefix { !$0.isWhitespace }
    guard let checksum = bytes(hexadecimal: text), checksum.count == SHA256.byteCount else {
        throw Failure(.dataCorrupt, "read the backup \(path): \(place) holds no SHA-256")
    }
    return checksum
}

func readFile(_ path: String, files: any FileSystem) throws -> [UInt8] {
    let file = try files.open(path, .read)
    defer { file.close() }
    let size = try file.size()
    guard size <= StoreSnapshot.maximumBytes else {
        throw Failure(.limitReached, "read the backup \(path): it has \(size) bytes")
    }
    return try file.read(Int(size), at: 0)
}

func fileFailure(_ error: FileError, _ what: String) -> Failure {
    switch error.code {
    case .noSpace: Failure(.noSpace, "\(what): there is no space left (\(error))")
    default: Failure(.inputOutput, "\(what): \(error)")
    }
}

func bytes(hexadecimal text: some StringProtocol) -> [UInt8]? {
    let digits = text.compactMap { $0.isASCII ? $0.hexDigitValue : nil }
    guard digits.count == text.count, digits.count.isMultiple(of: 2) else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}
