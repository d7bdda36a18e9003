public import Ledger

/// An ext4 file system on a disk, read and changed without a kernel that mounts it.
///
/// Changes are collected and made durable together by `commit`, through the file system's own journal with contents
/// and all (as the kernel does with `data=journal`): whatever moment the disk is copied at, a replay of the journal
/// gives the state after some commit, the last one acknowledged or a later one. `e2fsck` and the kernel replay it too.
///
/// Made for the file systems that `mkfs.ext4 -O none,has_journal,extent,filetype,sparse_super,large_file,extra_isize`
/// makes: no checksums, no hash trees; anything else is refused at `mount`. One caller at a time.
public actor Ext4Volume {
    /// Clean blocks of metadata kept in memory; beyond it all are read again. 16 MiB.
    private static let cacheLimit = 4_096
    /// The longest single write to the disk, in blocks.
    private static let longestRun = 64

    nonisolated let geometry: Ext4Geometry
    private let disk: any LedgerDisk
    private let wallMicroseconds: @Sendable () -> Int64
    private var journal: Ext4Journal
    private var clean: [UInt32: [UInt8]] = [:]
    /// Of the transaction that is being collected.
    private var changed: [UInt32: [UInt8]] = [:]
    /// Where the search for free blocks goes on.
    var nextFree: UInt32 = 0

    /// Replays the journal if the file system was not left in order, and marks it as in use.
    /// - Parameter wallMicroseconds: for the times of files.
    public static func mount(
        _ disk: any LedgerDisk, wallMicroseconds: @escaping @Sendable () -> Int64
    ) async throws -> Ext4Volume {
        let zero = try await disk.read(offset: 0, count: Ext4Geometry.blockSize)
        let geometry = try Ext4Geometry(zero, diskBytes: disk.size)
        let reader = Ext4Volume(geometry, disk, wallMicroseconds, .unknown)
        let inode = try await reader.inode(geometry.journalInode)
        let places = try await reader.extents(inode).extents.sorted { $0.logical < $1.logical }.flatMap {
            Array($0.physical..<$0.physical + $0.count)
        }
        guard let first = places.first else { throw Ext4Error.corrupt("the journal has no blocks") }
        let superblock = try await reader.read(first)
        let volume = Ext4Volume(
            geometry, disk, wallMicroseconds, try Ext4Journal(places: places, superblock: superblock))
        try await volume.open()
        return volume
    }

    private init(
        _ geometry: Ext4Geometry, _ disk: any LedgerDisk, _ wallMicroseconds: @escaping @Sendable () -> Int64,
        _ journal: Ext4Journal
    ) {
        self.geometry = geometry
        self.disk = disk
        self.wallMicroseconds = wallMicroseconds
        self.journal = journal
    }

    var seconds: UInt32 { UInt32(truncatingIfNeeded: wallMicroseconds() / 1_000_000) }

    // MARK: Blocks

    func read(_ block: UInt32) async throws -> [UInt8] {
        if let bytes = changed[block] ?? clean[block] { return bytes }
        guard block < geometry.blocks else { throw Ext4Error.corrupt("block \(block) is beyond the end") }
        let bytes = try await disk.read(
            offset: Int64(block) * Int64(Ext4Geometry.blockSize), count: Ext4Geometry.blockSize)
        clean[block] = bytes
        return bytes
    }

    /// Past the cache, for contents of files; `count` blocks that follow one another.
    func readContent(_ block: UInt32, _ count: UInt32) async throws -> [UInt8] {
        guard block < geometry.blocks, count <= geometry.blocks - block else {
            throw Ext4Error.corrupt("an extent is beyond the end")
        }
        let size = Ext4Geometry.blockSize
        var bytes = try await disk.read(offset: Int64(block) * Int64(size), count: Int(count) * size)
        for index in 0..<count {
            if let newer = changed[block + index] {
                bytes.replaceSubrange(Int(index) * size..<(Int(index) + 1) * size, with: newer)
            }
        }
        return bytes
    }

    /// Into the transaction.
    func stage(_ block: UInt32, _ bytes: [UInt8]) { changed[block] = bytes }

    /// Forgets what was changed since the last commit. To be called when a change failed half way.
    public func rollBack() { changed = [:] }

    // MARK: Transactions

    /// Makes all that was changed since the last commit durable, all or nothing.
    public func commit() async throws {
        guard !changed.isEmpty else { return }
        var zero = try await read(0)
        zero.set(little: seconds, at: Ext4Geometry.superblock + Ext4Geometry.writeTime)
        stage(0, zero)
        let contents = changed.sorted { $0.key < $1.key }.map { (block: $0.key, bytes: $0.value) }
        guard journal.fits(contents.count) else {
            rollBack()
            throw Ext4Error.tooLarge(blocks: contents.count)
        }
        // The journal's superblock names this transaction already; what the log held before is in its place.
        let records = journal.records(of: contents)
        try await write(records.enumerated().map { (journal.places[journal.first + $0], $1) })
        try await disk.flush()
        let commit = journal.commitRecord(microseconds: wallMicroseconds())
        try await write([(journal.places[journal.first + records.count], commit)])
        try await disk.flush()
        try await write(contents.map { ($0.block, $0.bytes) })
        try await disk.flush()
        for content in contents { clean[content.block] = content.bytes }
        changed = [:]
        journal.sequence &+= 1
        try await writeJournal(isOpen: true)
        if clean.count > Self.cacheLimit { clean = [:] }
    }

    /// Leaves the file system in order: nothing to replay, and its superblock says so.
    public func unmount() async throws {
        rollBack()
        try await writeJournal(isOpen: false)
        var zero = try await read(0)
        let flags = zero.little(UInt32.self, at: Ext4Geometry.superblock + Ext4Geometry.incompatible)
        zero.set(
            little: flags & ~Ext4Geometry.recover, at: Ext4Geometry.superblock + Ext4Geometry.incompatible)
        try await write([(0, zero)])
        try await disk.flush()
        clean = [:]
    }

    /// As `fsfreeze -f`: on return nothing is to be replayed, and the superblock says so. Nothing may be changed until
    /// `thaw`. What was changed since the last commit is forgotten.
    public func freeze() async throws { try await unmount() }

    /// As `fsfreeze -u`: in use again.
    public func thaw() async throws { try await use(mounting: false) }

    private func open() async throws {
        if journal.start != 0 { try await replay() }
        try await use(mounting: true)
    }

    private func use(mounting: Bool) async throws {
        var zero = try await read(0)
        let at = Ext4Geometry.superblock
        let flags = zero.little(UInt32.self, at: at + Ext4Geometry.incompatible)
        zero.set(little: flags | Ext4Geometry.recover, at: at + Ext4Geometry.incompatible)
        if mounting {
            zero.set(little: seconds, at: at + Ext4Geometry.mountTime)
            let mounts = zero.little(UInt16.self, at: at + Ext4Geometry.mountCount)
            zero.set(little: mounts &+ 1, at: at + Ext4Geometry.mountCount)
        }
        // First the superblock: a journal with transactions behind a superblock that denies it would be an error.
        try await write([(0, zero)])
        try await disk.flush()
        clean[0] = zero
        try await writeJournal(isOpen: true)
    }

    private func writeJournal(isOpen: Bool) async throws {
        journal.setLog(isOpen: isOpen)
        try await write([(journal.places[0], journal.superblock)])
        try await disk.flush()
    }

    /// Puts the contents of complete transactions in their places.
    private func replay() async throws {
        var position = journal.start
        var found: [UInt32: [UInt8]] = [:]
        scan: while position < journal.places.count {
            let record = try await read(journal.places[position])
            position += 1
            switch journal.kind(record) {
            case .descriptor:
                for tag in Ext4Journal.tags(record) where position < journal.places.count {
                    var bytes = try await read(journal.places[position])
                    position += 1
                    if tag.isEscaped { bytes.set(big: Ext4Journal.magic, at: 0) }
                    found[tag.block] = bytes
                }
            case .commit:
                try await write(found.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
                found = [:]
                journal.sequence &+= 1
            case .revoke: throw Ext4Error.unsupported("its journal has revoke records")
            case .superblock, .superblock2, nil: break scan
            }
        }
        try await disk.flush()
        clean = [:]
    }

    /// Blocks that follow one another go out as one request.
    private func write(_ blocks: [(UInt32, [UInt8])]) async throws {
        var index = 0
        while index < blocks.count {
            var bytes = blocks[index].1
            var end = index + 1
            while end < blocks.count, end - index < Self.longestRun, blocks[end].0 == blocks[end - 1].0 + 1 {
                bytes += blocks[end].1
                end += 1
            }
            try await disk.write(bytes, at: Int64(blocks[index].0) * Int64(Ext4Geometry.blockSize))
            index = end
        }
    }
}
