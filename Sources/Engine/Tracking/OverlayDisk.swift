public import Blocks
public import Environment
internal import Synchronization

/// A disk whose changes go to files beside it, so that the disk below stays at its point until commit.
///
/// - **Data file**: as long as the disk, sparse; a block in the overlay lies at its own offset.
/// - **Map file**: a header and one bit per block, in two-slot pages. A bit is written only after the
///   block's data was synced: a set bit never stands over data that a power loss took.
/// - **Journal**: digests of blocks whose bit is not written yet. After `kill -9` data is there but its bit
///   is not; a block whose data has a digest in the journal counts as written. After a power loss a block
///   without its data has another digest and reads from below: an unflushed write that vanished.
///
/// Blocks written in part are filled from below. Calls block; overlapping changes are kept apart by the
/// tracking above.
public final class OverlayDisk: BackingDisk {
    static let magic: UInt64 = 0x3159_5256_4f57_4d48  // "HMWOVRY1"
    static let mapMagic: UInt32 = 0x5956_4f57  // "WOVY"
    static let version: UInt32 = 1
    static let headerSize: Int64 = 4096
    static let recordSize = 32
    /// The journal is emptied by a sync of its own when it has this many records (1 MiB).
    static let longestJournal = 32 * 1024
    /// Wide holes are synced at once instead of journalled block by block.
    static let widestJournalledHole = 1024

    private struct State: Sendable {
        /// Blocks read from the overlay; of those, the ones whose bit is durable.
        var present: BlockSet
        var durable: BlockSet
    }

    private struct Writer: Sendable {
        var bitmap: SlottedBitmap
        var journalRecords = 0
        /// A sync of the data failed: what has no durable bit may be lost, whatever a later sync says.
        var isUnsure = false
    }

    public struct Files: Sendable {
        public let data: any File
        public let map: any File
        public let journal: any File

        public init(data: any File, map: any File, journal: any File) {
            self.data = data
            self.map = map
            self.journal = journal
        }
    }

    public let geometry: DiskGeometry
    /// What had decayed and could be told as it was, for people.
    public let damage: [String]
    private let lower: any BackingDisk
    private let files: Files
    private let state: Mutex<State>
    /// Held by changes, syncs and merges, one at a time; never by reads.
    private let writer: Mutex<Writer>

    private init(
        _ files: Files, over lower: any BackingDisk, state: sending State, writer: sending Writer,
        damage: [String] = []
    ) {
        self.damage = damage
        self.files = files
        self.lower = lower
        geometry = lower.geometry
        self.state = Mutex(state)
        self.writer = Mutex(writer)
    }

    /// An empty overlay, durable apart from the files' names.
    public static func create(_ files: Files, over lower: any BackingDisk) throws -> OverlayDisk {
        let geometry = lower.geometry
        try files.journal.truncate(to: 0)
        try files.map.truncate(to: 0)
        // Of zeros that take their space now: what is written to it later never lacks any.
        try files.map.writeZeros(from: 0, to: headerSize + SlottedBitmap.byteCount(bits: geometry.blockCount))
        try files.map.write(header(geometry), at: 0)
        try files.map.sync()
        try files.data.truncate(to: 0)
        try files.data.truncate(to: geometry.size)
        try files.data.sync()
        return OverlayDisk(
            files, over: lower, state: State(present: BlockSet(), durable: BlockSet()),
            writer: Writer(bitmap: bitmap(geometry)))
    }

    /// Opens an overlay after any end. Throws `ByteCodingError` where its map is damaged.
    public static func open(_ files: Files, over lower: any BackingDisk) throws -> OverlayDisk {
        let geometry = lower.geometry
        // It never changes: one that decayed in a bit is the overlay of this disk all the same.
        let wrong = zip(try files.map.read(Int(headerSize), at: 0), header(geometry)).reduce(0) {
            $0 + ($1.0 ^ $1.1).nonzeroBitCount
        }
        guard wrong <= 1 else {
            throw ByteCodingError(.magic, "not the overlay of a disk of \(geometry.size) bytes")
        }
        var bitmap = bitmap(geometry)
        var damage = wrong == 0 ? [] : ["a bit of the header of the overlay's map"]
        let durable = try bitmap.load(from: files.map, damage: &damage)
        try files.map.sync()
        let journalled = try journalled(files, geometry, &damage)
        let state = State(present: durable.union(journalled), durable: durable)
        let overlay = OverlayDisk(files, over: lower, state: state, writer: Writer(bitmap: bitmap), damage: damage)
        try overlay.sync()
        return overlay
    }

    /// Blocks in the overlay: what differs from the disk below, at most.
    public var changedBlocks: BlockSet { state.withLock { $0.present } }

    public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileError) {
        let end = offset + Int64(buffer.count)
        let blocks = geometry.blocks(touching: offset, count: Int64(buffer.count))
        var pieces: [(blocks: BlockRange, isPresent: Bool)] = []
        state.withLock { state in
            var block = blocks.lowerBound
            while block < blocks.upperBound {
                let run = state.present.run(from: block)
                let isPresent = run?.lowerBound == block
                let next = isPresent ? run?.upperBound : run?.lowerBound
                let stop = min(next ?? blocks.upperBound, blocks.upperBound)
                pieces.append((block..<stop, isPresent))
                block = stop
            }
        }
        for piece in pieces {
            let from = max(offset, geometry.offset(of: piece.blocks.lowerBound))
            let to = min(end, geometry.offset(of: piece.blocks.upperBound))
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[Int(from - offset)..<Int(to - offset)])
            if piece.isPresent {
                try files.data.read(into: part, at: from)
            } else {
                try lower.read(into: part, at: from)
            }
        }
    }

    /// Blocks in the overlay as its data file has them, all others as the disk below has them. A block that is merged
    /// meanwhile is as true here as there.
    public func list(at offset: Int64, count: Int64, in extents: inout ExtentList) throws(FileError) -> Bool {
        let end = offset + count
        var position = offset
        while position < end {
            let block = Int(position / Int64(blockSize))
            let run = state.withLock { $0.present.run(from: block) }
            let isPresent = run?.lowerBound == block
            let next = (isPresent ? run?.upperBound : run?.lowerBound) ?? geometry.blockCount
            let length = min(end, geometry.offset(of: next)) - position
            let isWhole =
                isPresent
                ? try extents.append(files.data, at: position, count: length)
                : try lower.list(at: position, count: length, in: &extents)
            guard isWhole else { return false }
            position += length
        }
        return true
    }

    public func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FileError) {
        guard !bytes.isEmpty else { return }
        let blocks = geometry.blocks(touching: offset, count: Int64(bytes.count))
        try change { writer throws(FileError) in
            // Whole blocks, their untouched parts as they read now.
            var content = [UInt8](repeating: 0, count: self.geometry.byteCount(of: blocks))
            let whole = self.geometry.blocks(inside: offset, count: Int64(bytes.count))
            let base = self.geometry.offset(of: blocks.lowerBound)
            for block in [blocks.lowerBound, blocks.upperBound - 1] where !whole.contains(block) {
                let start = Int(self.geometry.offset(of: block) - base)
                let old = try self.read(self.geometry.byteCount(of: block), at: self.geometry.offset(of: block))
                content.replaceSubrange(start..<(start + old.count), with: old)
            }
            content.withUnsafeMutableBytes { target in
                UnsafeMutableRawBufferPointer(rebasing: target[Int(offset - base)...]).copyMemory(from: bytes)
            }
            try self.journal(blocks, BlockDigest.each(of: content, from: blocks.lowerBound), &writer)
            try self.files.data.write(content, at: base)
            self.state.withLock { $0.present.insert(blocks) }
        }
    }

    public func punch(at offset: Int64, count: Int64) throws(FileError) {
        let whole = geometry.blocks(inside: offset, count: count)
        guard !whole.isEmpty else { return try writeZeros(at: offset, count: count) }
        let start = geometry.offset(of: whole.lowerBound)
        let length = Int64(geometry.byteCount(of: whole))
        try writeZeros(at: offset, count: start - offset)
        try writeZeros(at: start + length, count: offset + count - start - length)
        try change { writer throws(FileError) in
            let isWide = whole.count > Self.widestJournalledHole
            if !isWide {
                try self.journal(whole, [BlockDigest](repeating: .zeroContent, count: whole.count), &writer)
            }
            try self.files.data.punchHole(at: start, count: length)
            self.state.withLock { $0.present.insert(whole) }
            if isWide { try self.sync(&writer) }
        }
    }

    /// Data first, then the map over it, then the journal is not needed any more.
    public func sync() throws(FileError) {
        try change { writer throws(FileError) in try self.sync(&writer) }
    }

    public func close() {
        files.data.close()
        files.map.close()
        files.journal.close()
    }

    /// Copies at most `limit` blocks into the disk below, durably, then takes them out of the overlay. May end
    /// anywhere and be called again; guests may go on reading and writing.
    ///
    /// - Returns: the blocks still in the overlay.
    public func mergeStep(limit: Int) throws(FileError) -> Int {
        try change { writer throws(FileError) in
            try self.sync(&writer)
            var moved = BlockSet()
            let all = self.state.withLock { $0.durable }
            var position = 0
            while moved.count < limit,
                let run = all.run(from: position, limit: min(limit - moved.count, blocksPerRegion))
            {
                let offset = self.geometry.offset(of: run.lowerBound)
                let content = try self.files.data.read(self.geometry.byteCount(of: run), at: offset)
                if isZero(content) {
                    try self.lower.punch(at: offset, count: Int64(content.count))
                } else {
                    try self.lower.write(content, at: offset)
                }
                moved.insert(run)
                position = run.upperBound
            }
            guard !moved.isEmpty else { return }
            try self.lower.sync()
            // The data stays where it is: a read that began before may still come for it.
            try self.publish(all.subtracting(moved), &writer)
            self.state.withLock { $0.present.subtract(moved) }
        }
        return state.withLock { $0.present.count }
    }

    // MARK: inside the writer's lock

    private func change(_ body: (inout Writer) throws(FileError) -> Void) throws(FileError) {
        let failure: FileError? = writer.withLock { writer in
            do throws(FileError) {
                try body(&writer)
                return nil
            } catch { return error }
        }
        if let failure { throw failure }
    }

    private func sync(_ writer: inout Writer) throws(FileError) {
        if writer.isUnsure { try rewrite(&writer) }
        do throws(FileError) { try files.data.sync() } catch {
            writer.isUnsure = true
            throw error
        }
        let (present, durable) = state.withLock { ($0.present, $0.durable) }
        if present.count != durable.count { try publish(present, &writer) }
        if writer.journalRecords > 0 {
            try files.journal.truncate(to: 0)
            writer.journalRecords = 0
        }
    }

    /// After a failed sync, before the next: the kernel takes what it could not write for written. Blocks that are as
    /// the journal says are written again; the others are writes that vanished, and read from below.
    private func rewrite(_ writer: inout Writer) throws(FileError) {
        let unsure = state.withLock { $0.present.subtracting($0.durable) }
        var damage: [String] = []
        let found = try Self.journalled(files, geometry, &damage).intersection(unsure)
        var position = 0
        while let run = found.run(from: position, limit: blocksPerRegion) {
            let offset = geometry.offset(of: run.lowerBound)
            try files.data.write(try files.data.read(geometry.byteCount(of: run), at: offset), at: offset)
            position = run.upperBound
        }
        state.withLock { $0.present.subtract(unsure.subtracting(found)) }
        writer.isUnsure = false
    }

    /// Makes the map hold exactly these blocks, durably.
    private func publish(_ blocks: BlockSet, _ writer: inout Writer) throws(FileError) {
        let durable = state.withLock { $0.durable }
        let changed = blocks.subtracting(durable).union(durable.subtracting(blocks))
        var next = changed.first()
        while let block = next {
            let page = SlottedBitmap.page(of: block)
            try writer.bitmap.write(page, SlottedBitmap.payload(of: page, in: blocks), to: files.map)
            next = changed.first(from: (page + 1) * SlottedBitmap.bitsPerPage)
        }
        try files.map.sync()
        writer.bitmap.didSync()
        state.withLock { $0.durable = blocks }
    }

    /// Before the data: blocks that are in the map already need no record.
    private func journal(
        _ blocks: BlockRange, _ digests: [BlockDigest], _ writer: inout Writer
    ) throws(FileError) {
        let durable = state.withLock { $0.durable }
        if writer.journalRecords + blocks.count > Self.longestJournal { try sync(&writer) }
        var records = ByteWriter()
        for (index, block) in blocks.enumerated() where !durable.contains(block) {
            var record = ByteWriter()
            record.write(UInt64(block))
            digests[index].write(to: &record)
            record.write(checksum64(record.bytes, seed: Self.magic))
            records.write(raw: record.bytes)
        }
        guard records.count > 0 else { return }
        try files.journal.write(records.bytes, at: Int64(writer.journalRecords * Self.recordSize))
        writer.journalRecords += records.count / Self.recordSize
    }

    /// Blocks whose data is what some record of the journal says.
    private static func journalled(
        _ files: Files, _ geometry: DiskGeometry, _ damage: inout [String]
    ) throws(FileError) -> BlockSet {
        var found = BlockSet()
        let count = min(Int(try files.journal.size()) / recordSize, 2 * longestJournal)
        for index in 0..<count {
            var bytes = try files.journal.read(recordSize, at: Int64(index * recordSize))
            if !isRecord(bytes) {
                guard let whole = BitRepair.record(bytes, seed: magic) else { continue }
                damage.append("a bit of record \(index) of the overlay's journal")
                bytes = whole
            }
            var reader = ByteReader(bytes)
            guard let block = try? reader.read(UInt64.self), let digest = try? BlockDigest(from: &reader),
                block < UInt64(geometry.blockCount)
            else { continue }
            let here = Int(block)
            let data = try files.data.read(geometry.byteCount(of: here), at: geometry.offset(of: here))
            if BlockDigest(data, at: here) == digest { found.insert(here) }
        }
        return found
    }

    private static func isRecord(_ bytes: [UInt8]) -> Bool {
        var sum = ByteReader(Array(bytes[24...]))
        return (try? sum.read(UInt64.self)) == checksum64(bytes[..<24], seed: magic)
    }

    private static func bitmap(_ geometry: DiskGeometry) -> SlottedBitmap {
        SlottedBitmap(magic: mapMagic, base: headerSize, bits: geometry.blockCount)
    }

    private static func header(_ geometry: DiskGeometry) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(magic)
        writer.write(version)
        writer.write(geometry.size)
        writer.write(checksum64(writer.bytes, seed: magic))
        writer.pad(to: Int(headerSize))
        return writer.bytes
    }
}
