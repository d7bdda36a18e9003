internal import Blocks
internal import Environment
internal import Intervals
internal import Synchronization

/// Content of blocks of all disks of a replica, each block at most once: an undo or a redo file.
///
/// Chunks one behind the other, then, when it is complete, its index. An incomplete one (its interval is being
/// applied) is read from its valid prefix: what is missing there was not overwritten on the disk.
///
/// The index is a chain of records of a bounded number of entries, to the file's end. Each names its disk; the entries
/// of a disk, over its records, ascend. An entry: first block, blocks, offset of the chunk's record or -1 for zeros.
///
/// Of a complete one the index is held, and the file is open while content is read: of a thousand points none is.
final class BlockFile {
    struct Entry {
        var first: BlockIndex
        var count: Int
        /// Of the chunk's record; -1 for a zero run.
        var record: Int64
    }

    let number: UInt64
    private let path: String
    private let files: any FileSystem
    private let geometries: [DiskGeometry]
    /// Per disk, while the file is written. Many of scattered blocks take twenty times what their entries do, so that
    /// those of a complete file are made of the entries when they are asked for.
    private var written: [BlockSet]?
    /// Nil once it is complete, or closed.
    private var records: RecordFile?
    private var size: Int64
    /// Per disk, by first block once sorted.
    private var entries: [[Entry]]
    private var isSorted = true
    private var sequence: UInt64 = 0
    private let contents: ChunkContents
    /// Compresses a chunk while the next one is read; see `append`.
    private let worker: any Worker
    private var packing: Packing?
    /// Records of an incomplete file that decayed, and where the next one begins: the content in them is lost.
    private(set) var lost: [Int64: Int64] = [:]

    private init(
        _ number: UInt64, in directory: String, _ geometries: [DiskGeometry], _ files: any FileSystem,
        records: RecordFile? = nil, size: Int64 = 0, contents: ChunkContents = ChunkContents(),
        worker: any Worker = InlineWorker()
    ) {
        self.number = number
        self.worker = worker
        self.geometries = geometries
        self.files = files
        self.records = records
        self.size = size
        self.contents = contents
        path = Self.path(number, directory)
        written = records.map { _ in geometries.map { _ in BlockSet() } }
        entries = geometries.map { _ in [] }
    }

    /// An empty file; its name is durable on return.
    ///
    /// - contents: shared by files that are read in turn.
    /// - worker: compresses what is appended.
    static func create(
        _ number: UInt64, in directory: String, _ geometries: [DiskGeometry], _ files: any FileSystem,
        contents: ChunkContents = ChunkContents(), worker: any Worker = InlineWorker()
    ) throws -> BlockFile {
        let file = try files.open(path(number, directory), .create)
        try file.truncate(to: 0)
        try files.syncDirectory(directory)
        let records = RecordFile(file, seed: number, pace: .early)
        return BlockFile(
            number, in: directory, geometries, files, records: records, contents: contents, worker: worker)
    }

    /// The valid prefix of an incomplete file; what follows it is cut off.
    static func resume(
        _ number: UInt64, in directory: String, _ geometries: [DiskGeometry], _ files: any FileSystem,
        contents: ChunkContents = ChunkContents(), worker: any Worker = InlineWorker()
    ) throws -> BlockFile {
        let file = try files.open(path(number, directory), .readWrite)
        let records = RecordFile(file, seed: number)
        let out = BlockFile(
            number, in: directory, geometries, files, records: records, contents: contents, worker: worker)
        var start: Int64 = 0
        while true {
            try records.scan(from: start) { record in
                guard record.kind == .chunk else { return }
                let chunk = try out.chunk(of: record)
                out.claim(chunk)
                out.note(chunk, at: record.offset)
            }
            guard let next = try followingBad(records) else { break }
            out.lost[records.end] = next
            start = next
        }
        try file.truncate(to: records.end)
        return out
    }

    /// Behind the bad record at the end of the scan: where a good one begins, if there is one. Then the bad one is not
    /// where writing broke off.
    private static func followingBad(_ records: RecordFile) throws -> Int64? {
        let (end, size) = (records.end, try records.file.size())
        guard size - end > Int64(Record.headerSize) else { return nil }
        var reader = ByteReader(try records.file.read(4, at: end))
        let next = end + Int64(Record.headerSize) + Int64(try reader.read(UInt32.self))
        return next < size && (try? records.read(at: next)) != nil ? next : nil
    }

    /// A complete file, by its index.
    static func open(
        _ reference: BlockFileReference, in directory: String, _ geometries: [DiskGeometry], _ files: any FileSystem,
        contents: ChunkContents = ChunkContents()
    ) throws -> BlockFile {
        let out = BlockFile(
            reference.file, in: directory, geometries, files, size: reference.bytes, contents: contents)
        try out.reading { records in
            var offset = reference.index
            while offset < reference.bytes {
                let record = try records.read(at: offset)
                guard record.kind == .index else { throw ByteCodingError(.value, "index record at \(offset)") }
                try out.readIndex(record.body)
                offset = record.end
            }
        }
        return out
    }

    private func reading<T>(_ body: (RecordFile) throws -> T) throws -> T {
        if let records { return try body(records) }
        let records = RecordFile(try files.open(path, .read), seed: number, end: size)
        defer { records.close() }
        return try body(records)
    }

    /// What is not complete is open.
    private func writing() throws -> RecordFile {
        guard let records else { throw ReplicaError(.state, "\(path) is complete") }
        return records
    }

    private func readIndex(_ body: [UInt8]) throws {
        var reader = ByteReader(body)
        let disk = Int(try reader.read(UInt32.self))
        guard geometries.indices.contains(disk) else { throw ByteCodingError(.value, "index of disk \(disk)") }
        let blocks = UInt64(geometries[disk].blockCount)
        entries[disk] += try reader.readList(limit: Record.largestBody) { reader in
            let (first, count) = (try reader.read(UInt64.self), try reader.read(UInt64.self))
            guard first <= blocks, count <= blocks - first else { throw ByteCodingError(.value, "index entry") }
            return Entry(first: Int(first), count: Int(count), record: try reader.read())
        }
    }

    static func path(_ number: UInt64, _ directory: String) -> String { directory + "/blocks-\(number)" }

    var bytes: Int64 { records?.end ?? size }
    /// What it takes of memory follows this.
    var entryCount: Int { entries.reduce(0) { $0 + $1.count } }

    /// Blocks of a disk whose content is here.
    func captured(_ disk: Int) -> BlockSet {
        if let written { return written[disk] }
        var blocks = BlockSet()
        for entry in entries[disk] { blocks.insert(entry.first..<(entry.first + entry.count)) }
        return blocks
    }

    func capturedCount(_ disk: Int) -> Int { entries[disk].reduce(0) { $0 + $1.count } }

    /// The first block from `block` on whose content is here.
    func next(from block: BlockIndex, disk: Int) -> BlockIndex? {
        sort()
        let index = place(of: block, disk: disk)
        return index < entries[disk].count ? max(block, entries[disk][index].first) : nil
    }

    /// Takes what was packed. It is compressed beside its caller, and written with the next one, or by `sync`:
    ///
    ///     caller   read 1 | append 1 | read 2     | append 2: write 1 | read 3     | ...
    ///     worker                     | compress 1                     | compress 2 |
    func append(_ packer: inout ChunkPacker) throws {
        guard let chunk = packer.takeAsIs(sequence: sequence) else { return }
        try writePacked()
        claim(chunk)
        let next = Packing(chunk)
        packing = next
        try worker.begin { next.compress() }
    }

    private func writePacked() throws {
        guard let packing else { return }
        try worker.wait()
        let chunk = packing.chunk
        let offset = try writing().append(.chunk) { chunk.write(to: &$0) }
        note(chunk, at: offset)
        self.packing = nil
    }

    /// After an error between `append` and `sync`: what was not written is not captured.
    func dropPacked() {
        guard let chunk = packing?.chunk else { return }
        for run in chunk.runs { written?[Int(chunk.disk)].remove(run.range) }
        packing = nil
    }

    func packer(disk: Int) -> ChunkPacker {
        let nobody = Generation(number: 0, token: [UInt8](repeating: 0, count: Generation.tokenByteCount))
        return ChunkPacker(
            interval: IntervalID(generation: nobody, incarnation: 0, number: number), pass: 0, disk: UInt32(disk))
    }

    func sync() throws {
        try writePacked()
        try writing().sync()
    }

    /// Writes the index, syncs, closes, and names the complete file.
    ///
    /// - Parameter most: entries that one record of the index holds.
    func finish(recordEntries most: Int = ReplicaContext.usualEntries) throws -> BlockFileReference {
        try writePacked()
        sort()
        let records = try writing()
        let index = records.end
        for (disk, list) in entries.enumerated() {
            for start in stride(from: 0, to: list.count, by: most) {
                try records.append(.index) { writer in
                    writer.write(UInt32(disk))
                    writer.write(list: Array(list[start..<min(start + most, list.count)])) {
                        $1.write(UInt64($0.first))
                        $1.write(UInt64($0.count))
                        $1.write($0.record)
                    }
                }
            }
        }
        try records.sync()
        written = nil
        close()
        return BlockFileReference(file: number, index: index, bytes: size)
    }

    /// Visits every chunk in the order of writing, each verified.
    func forEach(_ visit: (ChunkContent) throws -> Void) throws {
        try reading { records in
            var offset: Int64 = 0
            while offset < records.end {
                if let next = lost[offset] {
                    offset = next
                    continue
                }
                let record = try records.read(at: offset)
                if record.kind == .chunk { try visit(try content(of: record)) }
                offset = record.end
            }
        }
    }

    /// The content of a captured block; nil stands for zeros.
    func read(_ block: BlockIndex, disk: Int) throws -> [UInt8]? {
        sort()
        let index = place(of: block, disk: disk)
        precondition(
            index < entries[disk].count && entries[disk][index].first <= block, "block \(block) was not captured")
        let entry = entries[disk][index]
        if entry.record < 0 { return nil }
        let chunk = try contents.content(number, entry.record) {
            try content(of: reading { try $0.read(at: entry.record) })
        }
        guard let piece = chunk.pieces.first(where: { $0.run.range.contains(block) }), !piece.run.isZero
        else { throw ReplicaError(.corrupt, "block \(block) is not in its record of file \(number)") }
        let start = piece.content.lowerBound + (block - piece.run.first) * blockSize
        return Array(chunk.content[start..<(start + geometries[disk].byteCount(of: block))])
    }

    /// Of one that is not complete.
    func close() {
        size = bytes
        records?.close()
        records = nil
    }

    /// Of the first entry, once sorted, that does not end before the block.
    private func place(of block: BlockIndex, disk: Int) -> Int {
        let list = entries[disk]
        var low = 0
        var high = list.count
        while low < high {
            let middle = (low + high) / 2
            if list[middle].first + list[middle].count <= block { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func content(of record: Record) throws -> ChunkContent {
        let chunk = try chunk(of: record)
        return try chunk.open(on: geometries[Int(chunk.disk)])
    }

    /// Whole and good, or an error.
    private func chunk(of record: Record) throws -> Chunk {
        var reader = ByteReader(record.body)
        let chunk = try Chunk(from: &reader)
        guard Int(chunk.disk) < geometries.count else { throw ByteCodingError(.value, "disk \(chunk.disk)") }
        _ = try chunk.open(on: geometries[Int(chunk.disk)])
        return chunk
    }

    /// Reads all of a complete file; throws what is wrong with it.
    func verify() throws { try forEach { _ in } }

    /// Its blocks are captured.
    private func claim(_ chunk: Chunk) {
        for run in chunk.runs { written?[Int(chunk.disk)].insert(run.range) }
        sequence = chunk.sequence + 1
    }

    /// Where it lies.
    private func note(_ chunk: Chunk, at offset: Int64) {
        for run in chunk.runs {
            entries[Int(chunk.disk)].append(
                Entry(first: run.first, count: run.count, record: run.isZero ? -1 : offset))
        }
        isSorted = false
    }

    private func sort() {
        guard !isSorted else { return }
        for disk in entries.indices { entries[disk].sort { $0.first < $1.first } }
        isSorted = true
    }
}

/// A chunk on its way into a file.
private final class Packing: Sendable {
    private let state: Mutex<Chunk>

    init(_ chunk: Chunk) { state = Mutex(chunk) }

    var chunk: Chunk { state.withLock { $0 } }
    func compress() { state.withLock { $0 = $0.compressed(.usual) } }
}

/// The chunks that were read last, of files that are read in turn: neighbouring blocks lie in one.
final class ChunkContents {
    /// As many as a merge of two files, and a look through a few, go back and forth between; a chunk has 1 MiB at most.
    private static let most = 4

    /// The last one is the newest.
    private var kept: [(file: UInt64, record: Int64, content: ChunkContent)] = []

    func content(_ file: UInt64, _ record: Int64, _ read: () throws -> ChunkContent) rethrows -> ChunkContent {
        let found: ChunkContent
        if let index = kept.lastIndex(where: { $0.file == file && $0.record == record }) {
            found = kept.remove(at: index).content
        } else {
            found = try read()
            if kept.count == Self.most { kept.removeFirst() }
        }
        kept.append((file, record, found))
        return found
    }

    func forget() { kept = [] }
}
