internal import Blocks
public import Environment

/// What was found when a spool was opened.
public struct SpoolRecovery: Hashable, Sendable {
    /// Intervals of which a part is missing or bad, ascending: to be answered LOST when the source comes.
    public var lost: [UInt64] = []
    /// Paths and places of damage, for the log.
    public var damage: [String] = []
}

extension Spool {
    /// Opens or makes the spool of `item` in `directory` and reads what is there: after a kill everything
    /// written, after a power loss at least every cached interval. What is not whole is dropped and named.
    public static func open(
        _ directory: String, item: String, files: any FileSystem, limits: Limits = Limits()
    ) throws -> (spool: Spool, recovery: SpoolRecovery) {
        try files.createDurably(directory)
        let spool = Spool(files: files, directory: directory, item: item, limits: limits)
        var scan = SpoolScan(spool: spool)
        let headers = try scan.openSegments()
        // Segments without a readable header have sequence 0: free, or damaged and named.
        for (index, segment) in spool.segments.filter({ $0.sequence > 0 }).enumerated() {
            try scan.read(segment, next: index + 1 < headers.count ? headers[index + 1] : nil)
        }
        scan.finish()
        // Whole intervals count as cached: what a kill left in memory alone is made durable before that is said.
        for segment in spool.segments { try segment.records.sync() }
        try files.syncDirectory(directory)
        return (spool, scan.recovery)
    }
}

/// Rebuilds the queue from the segments in the order of their sequences.
private struct SpoolScan {
    let spool: Spool
    var recovery = SpoolRecovery()
    private var open: QueuedInterval?
    private var newest: UInt64 = 0

    init(spool: Spool) { self.spool = spool }

    mutating func openSegments() throws -> [SegmentHeader] {
        var headers: [SegmentHeader] = []
        for name in try spool.files.list(spool.directory) where name.hasPrefix("segment-") {
            let path = spool.directory + "/" + name
            let file = try spool.files.open(path, .readWrite)
            guard try file.size() >= SegmentHeader.firstRecord else {
                file.close()
                continue  // Its creation was cut short before anything was in it.
            }
            let header: SegmentHeader
            do {
                var reader = ByteReader(try RecordFile(file, seed: 0).read(at: 0).body)
                header = try SegmentHeader(from: &reader)
            } catch let error as ByteCodingError {
                if !isZero(try file.read(Record.headerSize, at: 0)) { recovery.damage.append("\(path): \(error)") }
                spool.segments.append(
                    SpoolSegment(path: path, sequence: 0, records: RecordFile(file, seed: 0)))
                continue
            }
            guard header.item == spool.item else {
                throw SpoolError(.foreign, 0, "\(path) belongs to \(header.item)")
            }
            headers.append(header)
            spool.segments.append(
                SpoolSegment(
                    path: path, sequence: header.sequence, records: RecordFile(file, seed: header.sequence)))
        }
        headers.sort { $0.sequence < $1.sequence }
        spool.segments.sort { $0.sequence < $1.sequence }
        spool.freedThrough = headers.last?.freedThrough ?? 0
        spool.nextSequence = (headers.last?.sequence ?? 0) + 1
        return headers
    }

    mutating func read(_ segment: SpoolSegment, next: SegmentHeader?) throws {
        let limit = next?.previousEnd ?? spool.limits.segmentBytes
        let readable = min(limit, try segment.records.file.size())
        var start = SegmentHeader.firstRecord
        while true {
            try segment.records.scan(from: start, limit: readable) { try take($0, in: segment) }
            let end = segment.records.end
            guard readable - end > Int64(Record.headerSize) else {
                if end < limit, next != nil { damaged("\(segment.path): record at \(end)") }
                return
            }
            // The length of a bad record is usually right: go on behind it if a good one follows there. In
            // the last segment a bad record with nothing behind it is where writing broke off.
            var reader = ByteReader(try segment.records.file.read(4, at: end))
            start = end + Int64(Record.headerSize) + Int64(try reader.read(UInt32.self))
            let follows = start < limit && (try? segment.records.read(at: start)) != nil
            if follows || next != nil { damaged("\(segment.path): record at \(end)") }
            guard follows else { return }
        }
    }

    mutating func finish() {
        if let open { lose(open.header.id.number) }
        recovery.lost = Set(recovery.lost).filter { $0 > spool.freedThrough }.sorted()
        let lost = Set(recovery.lost)
        spool.drop { $0.header.id.number <= spool.freedThrough || lost.contains($0.header.id.number) }
    }

    private mutating func take(_ record: Record, in segment: SpoolSegment) throws {
        if record.kind == .void {
            var reader = ByteReader(record.body)
            let from = try reader.read(UInt64.self)
            spool.drop { $0.header.id.number >= from }
            recovery.lost.removeAll { $0 >= from }
            if let number = open?.header.id.number, number >= from { open = nil }
            return
        }
        if record.kind == .abandoned {
            var reader = ByteReader(record.body)
            let number = try reader.read(UInt64.self)
            if let header = open?.header, header.id.number == number { open = nil }
            return
        }
        switch try SpoolItem(record) {
        case .begin(let header):
            if let open { abandon(open) }
            open = QueuedInterval(header: header)
            newest = max(newest, header.id.number)
            supersede(header.id)
            note(record, segment)
        case .chunk(let chunk):
            guard let current = open else { return }  // Its begin is gone: freed or damaged.
            guard current.header.id == chunk.interval, current.chunks == chunk.sequence else {
                return damaged("\(segment.path): gap before the record at \(record.offset)")
            }
            open?.chunks += 1
            note(record, segment)
        case .end(let trailer):
            guard let current = open else { return }
            guard current.chunks == trailer.chunks else {
                return damaged("\(segment.path): gap before the record at \(record.offset)")
            }
            note(record, segment)
            open?.state = .whole
            if let whole = open { spool.queue.append(whole) }
            open = nil
        }
    }

    private mutating func note(_ record: Record, _ segment: SpoolSegment) {
        open?.places.append(.init(segment: segment, offset: record.offset))
        open?.segments.insert(segment.sequence)
    }

    /// A newer writer had dropped what older ones left.
    private mutating func supersede(_ id: IntervalID) {
        spool.drop {
            ($0.header.id.generation.number, $0.header.id.incarnation) < (id.generation.number, id.incarnation)
        }
    }

    private mutating func abandon(_ interval: QueuedInterval) {
        // A begin behind an unfinished interval: it was dropped by a newer writer, or broke off.
        lose(interval.header.id.number)
        open = nil
    }

    private mutating func damaged(_ place: String) {
        recovery.damage.append(place)
        lose(open?.header.id.number ?? newest + 1)
        open = nil
    }

    private mutating func lose(_ number: UInt64) { recovery.lost.append(number) }
}
