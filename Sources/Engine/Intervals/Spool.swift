public import Blocks
internal import Environment
internal import Synchronization

/// The intervals of one item on their way through a process server, on disk.
///
/// Records are appended behind one another to segments: files of a fixed size that are used again when no
/// interval in them is needed. An interval is *cached* when all of it is in the spool and was synced once;
/// passes of a coming interval are not synced. The spool answers what it lost, never what it guesses.
///
/// Calls block; make them on a lane. `@unchecked Sendable`: all state is touched only inside `lock`, which
/// is held around whole operations; it is not in a `Mutex`, as extensions in several files change it through `self`.
public final class Spool: @unchecked Sendable {
    public struct Limits: Sendable {
        /// Bytes of one segment; holds at least one largest chunk.
        public var segmentBytes: Int64
        /// Bounds the space on disk.
        public var mostSegments: Int
        /// Left free on the file system for others.
        public var reserveBytes: Int64

        public init(segmentBytes: Int64 = 64 << 20, mostSegments: Int = 128, reserveBytes: Int64 = 256 << 20) {
            self.segmentBytes = max(segmentBytes, Self.smallestSegment)
            self.mostSegments = max(2, mostSegments)
            self.reserveBytes = reserveBytes
        }

        /// A header and one chunk of the largest kind.
        public static let smallestSegment: Int64 = 2 << 20
    }

    /// Intervals and passes that may wait at once; a source has few un-applied ones.
    public static let mostQueued = 1024

    let files: any FileSystem
    let directory: String
    let item: String
    let limits: Limits
    private let lock = Mutex<Void>(())
    var segments: [SpoolSegment] = []
    /// In order of arrival, which is the order of (number, pass begun).
    var queue: [QueuedInterval] = []
    var nextSequence: UInt64 = 1
    /// Numbers up to this one are applied or given up.
    var freedThrough: UInt64 = 0
    /// After a failed write or sync nothing more is taken: what is on disk is unknown.
    var broken: FileError?

    init(files: any FileSystem, directory: String, item: String, limits: Limits) {
        self.files = files
        self.directory = directory
        self.item = item
        self.limits = limits
    }

    func exclusive<T>(_ body: () throws -> T) rethrows -> T {
        try lock.withLock { _ in try body() }
    }

    /// Begins an interval or pass. An older generation or incarnation than any in the queue is refused; a
    /// newer one drops all older intervals first.
    public func begin(_ header: IntervalHeader) throws {
        try exclusive {
            try obeyUnlocked(generation: header.id.generation.number, incarnation: header.id.incarnation)
            guard queue.count < Self.mostQueued else { throw SpoolError(.full, header.id.number, "queue") }
            if let last = queue.last {
                guard last.state != .open else { throw SpoolError(.order, header.id.number, "interval open") }
                guard header.id.number >= last.header.id.number else {
                    throw SpoolError(.order, header.id.number, "behind \(last.header.id.number)")
                }
            }
            queue.append(QueuedInterval(header: header))
            try append(.begin) { header.write(to: &$0) }
        }
    }

    /// Adds a chunk of the interval begun last. A bad chunk voids the interval: it is dropped and named.
    public func append(_ chunk: Chunk, on geometry: DiskGeometry) throws {
        try append(chunk) { _ = try chunk.open(on: geometry) }
    }

    /// The same for a chunk that its disk's geometry and checksum were held against since it came.
    public func append(checked chunk: Chunk) throws { try append(chunk) {} }

    private func append(_ chunk: Chunk, _ check: () throws -> Void) throws {
        try exclusive {
            let number = chunk.interval.number
            guard let last = queue.last, last.state == .open, last.header.id == chunk.interval,
                last.header.pass == chunk.pass, chunk.sequence == last.chunks
            else { throw SpoolError(.order, number, "chunk \(chunk.sequence) is not the next") }
            do { try check() } catch {
                drop { $0.header.id == chunk.interval }
                throw SpoolError(.lost, number, "\(error)")
            }
            try append(.chunk, capacity: chunk.creditBytes) { chunk.write(to: &$0) }
            queue[queue.count - 1].chunks += 1
        }
    }

    /// Ends the interval begun last and returns true when it is CACHED: synced once, but for a pass.
    public func end(_ trailer: IntervalTrailer) throws -> Bool {
        try exclusive {
            guard let last = queue.last, last.state == .open else { throw SpoolError(.order, 0, "nothing is open") }
            guard trailer.chunks == last.chunks else {
                drop { $0.header.id == last.header.id }
                throw SpoolError(.lost, last.header.id.number, "\(last.chunks) of \(trailer.chunks) chunks")
            }
            try append(.end) { trailer.write(to: &$0) }
            if last.header.pass == 0 { try syncDirty() }
            queue[queue.count - 1].state = .whole
            return last.header.pass == 0
        }
    }

    /// The source's stream broke inside the interval or pass begun last: what came of it is dropped, and the same may
    /// come again. Nothing if none is open.
    public func abandon() throws {
        try exclusive {
            guard let last = queue.last, last.state == .open else { return }
            queue.removeLast()
            try append(.abandoned) {
                $0.write(last.header.id.number)
                $0.write(last.header.pass)
            }
        }
    }

    /// The source gives up all intervals from `number` on. Durable on return.
    public func void(from number: UInt64) throws {
        try exclusive {
            drop { $0.header.id.number >= number }
            try append(.void) { $0.write(number) }
            try syncDirty()
        }
    }

    /// Drops every interval of an older generation, or of an older incarnation of this one.
    public func obey(generation: UInt64, incarnation: UInt64) throws {
        try exclusive { try obeyUnlocked(generation: generation, incarnation: incarnation) }
    }

    /// The target has applied everything up to `number`: its segments may be used again.
    public func free(through number: UInt64) {
        exclusive {
            freedThrough = max(freedThrough, number)
            drop { $0.header.id.number <= number }
        }
    }

    /// The target has stored this pass.
    public func free(number: UInt64, pass: UInt32) {
        exclusive { drop { $0.header.id.number == number && $0.header.pass == pass } }
    }

    /// What waits, in the order in which it must be forwarded.
    public var contents: [SpooledInterval] {
        exclusive {
            queue.map { SpooledInterval(header: $0.header, items: $0.places.count, isWhole: $0.state == .whole) }
        }
    }

    /// Record `index` of an interval, read back and checked; nil behind its last. A record that cannot be
    /// read loses the interval: it is dropped, and the error carries its number.
    public func item(of header: IntervalHeader, _ index: Int) throws -> SpoolItem? {
        try exclusive {
            guard let interval = queue.first(where: { $0.header == header }) else {
                throw SpoolError(.gone, header.id.number, "not in the spool")
            }
            guard index < interval.places.count else { return nil }
            let place = interval.places[index]
            do {
                return try SpoolItem(try place.segment.records.read(at: place.offset))
            } catch {
                drop { $0.header.id == header.id }
                throw SpoolError(.lost, header.id.number, "\(error)")
            }
        }
    }

    /// Room that a spool still has.
    public struct Room: Hashable, Sendable {
        /// Bytes that can still be taken: the figure behind the source's credit.
        public let bytes: Int64
        /// Those of them that need no further space of the file system.
        public let reusable: Int64

        public static let none = Room(bytes: 0, reusable: 0)
    }

    public func room() throws -> Room {
        try exclusive {
            guard broken == nil else { return .none }
            let idle = segments.filter { isIdle($0) }.count
            let disk = max(0, try files.freeBytes(directory) - limits.reserveBytes) / limits.segmentBytes
            let fresh = min(limits.mostSegments - segments.count, Int(disk))
            let tail = current.map { max(0, limits.segmentBytes - $0.records.end) } ?? 0
            // What a largest record may leave unused at the end of each segment.
            let usable = limits.segmentBytes - Int64(Chunk.contentLimit)
            let reusable = tail + Int64(idle) * usable
            return Room(bytes: reusable + Int64(max(0, fresh)) * usable, reusable: reusable)
        }
    }

    public func close() { exclusive { for segment in segments { segment.records.close() } } }

    // MARK: below the lock

    var current: SpoolSegment? { segments.max { $0.sequence < $1.sequence } }

    func isIdle(_ segment: SpoolSegment) -> Bool {
        segment !== current && !queue.contains { $0.segments.contains(segment.sequence) }
    }

    func drop(_ isGone: (QueuedInterval) -> Bool) { queue.removeAll(where: isGone) }

    private func obeyUnlocked(generation: UInt64, incarnation: UInt64) throws {
        let writer = (generation, incarnation)
        if let newest = queue.map({ ($0.header.id.generation.number, $0.header.id.incarnation) }).max(by: <),
            writer < newest
        {
            throw SpoolError(.stale, 0, "generation \(generation) incarnation \(incarnation)")
        }
        drop { ($0.header.id.generation.number, $0.header.id.incarnation) < writer }
    }

    private func append(_ kind: Record.Kind, capacity: Int = 0, _ encode: (inout ByteWriter) -> Void) throws {
        if let broken { throw broken }
        var writer = ByteWriter(capacity: capacity)
        encode(&writer)
        do {
            let segment = try room(for: writer.count)
            let offset = try segment.records.append(kind, writer.bytes)
            segment.isDirty = true
            guard kind != .void, kind != .abandoned, let last = queue.indices.last else { return }
            queue[last].places.append(.init(segment: segment, offset: offset))
            queue[last].segments.insert(segment.sequence)
        } catch {
            let number = queue.last?.header.id.number ?? 0
            if kind != .void, queue.last?.state == .open { queue.removeLast() }
            if let failure = error as? FileError {
                guard failure.code == .noSpace else {
                    broken = failure
                    throw failure
                }
                throw SpoolError(.full, number, "\(failure)")
            }
            throw error
        }
    }

    private func syncDirty() throws {
        do {
            for segment in segments where segment.isDirty {
                try segment.records.sync()
                segment.isDirty = false
            }
        } catch let error as FileError {
            broken = error
            throw error
        }
    }
}
