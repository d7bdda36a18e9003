/// One period of one writer: minted at each role change, never reused, never lowered.
public struct Generation: Hashable, Sendable, CustomStringConvertible {
    public static let tokenByteCount = 16

    /// Orders generations. 0 is no generation.
    public let number: UInt64
    /// Sixteen random bytes: two generations of equal number and different tokens are a conflict.
    public let token: [UInt8]

    public init(number: UInt64, token: [UInt8]) {
        precondition(token.count == Self.tokenByteCount, "a token has 16 bytes")
        self.number = number
        self.token = token
    }

    public var description: String { "g\(number)" }
}

/// A sealed interval by name: the generation that cut it and its number. Numbers go on rising from one
/// generation to the next of the same branch, so along one history the number alone orders points.
public struct PointID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Before anything was written: the position of a blank copy.
    public static let origin = PointID(generation: 0, number: 0)

    public let generation: UInt64
    public let number: UInt64

    public init(generation: UInt64, number: UInt64) {
        self.generation = generation
        self.number = number
    }

    public static func < (a: Self, b: Self) -> Bool { (a.number, a.generation) < (b.number, b.generation) }

    public var description: String { "g\(generation)/\(number)" }
}

/// A generation in a copy's history, with the point from which its writer started.
public struct HistoryEntry: Hashable, Sendable {
    public let generation: Generation
    public let startingPoint: PointID

    public init(generation: Generation, startingPoint: PointID) {
        self.generation = generation
        self.startingPoint = startingPoint
    }
}

/// What is known of a change map.
public enum MapQuality: UInt8, Sendable, CaseIterable {
    case exact = 1
    /// Besides the map there are regions that were hot at an unclean end: compared by digest.
    case suspects = 2
    /// Lost, corrupt or foreign: only a comparison of the whole disk helps.
    case unknown = 3
}

/// What a copy of a disk is in the middle of.
public enum CopyState: UInt8, Sendable, CaseIterable {
    /// Never held a complete point.
    case initializing = 1
    /// A source under tracking, or a replica at its position.
    case settled = 2
    /// Given up by its owner at its position, waiting for the next one.
    case released = 3
    /// An interval is half applied.
    case applying = 4
    /// A move between points is half done.
    case moving = 5
    /// Its machine runs on disk + overlay.
    case overlay = 6
}

/// Who a copy of a disk is and what it descends from: beside the disk, in the master target's store and
/// in the vault.
public struct LineageRecord: Hashable, Sendable {
    static let magic: UInt32 = 0x4e4c_5748  // "HWLN"
    static let version: UInt16 = 1
    /// A history longer than this is compacted by its owner (the oldest entries are dropped): a record must
    /// fit one 16 KiB area of a sidecar.
    public static let longestHistory = 256

    /// Sixteen bytes that name the disk, the same for all its copies.
    public static let diskIDByteCount = 16

    public var diskID: [UInt8]
    /// Bytes.
    public var size: Int64
    /// Oldest first.
    public var history: [HistoryEntry]
    /// The point that the copy equals, apart from its change map.
    public var position: PointID
    public var mapQuality: MapQuality
    /// The change map holds every change since this point.
    public var mapReachesBack: PointID
    /// After a move to an older point: the change map holds as well every block of the points after
    /// `position` up to this one. Otherwise not beyond `position`.
    public var mapCoversAhead: PointID
    public var state: CopyState

    public init(
        diskID: [UInt8], size: Int64, history: [HistoryEntry] = [], position: PointID = .origin,
        mapQuality: MapQuality = .exact, mapReachesBack: PointID = .origin, mapCoversAhead: PointID = .origin,
        state: CopyState = .initializing
    ) {
        precondition(diskID.count == Self.diskIDByteCount, "a disk id has 16 bytes")
        self.diskID = diskID
        self.size = size
        self.history = history
        self.position = position
        self.mapQuality = mapQuality
        self.mapReachesBack = mapReachesBack
        self.mapCoversAhead = mapCoversAhead
        self.state = state
    }

    public var generation: Generation? { history.last?.generation }

    /// Enters a new generation that starts at `point`; what the history holds beyond that point is dropped,
    /// so that an older point chosen at a role change leaves no trace of what came after it.
    public mutating func begin(_ generation: Generation, at point: PointID) {
        while let last = history.last, last.startingPoint.number >= point.number, last.startingPoint != .origin {
            history.removeLast()
        }
        history.append(HistoryEntry(generation: generation, startingPoint: point))
        if history.count > Self.longestHistory { history.removeFirst(history.count - Self.longestHistory) }
        position = point
    }

    /// The newest point that lies in both histories, if there is one. A generation is the same whatever point its
    /// writer and its replica entered it from: a writer that was fenced may not have heard of the last point that was
    /// sealed, and what it cut under the generation stands on what they agreed on then.
    public func join(with other: LineageRecord) -> PointID? {
        guard diskID == other.diskID else { return nil }
        var shared = 0
        // Compacted histories may begin at different entries: line them up at the first common one.
        let others = Set(other.history.map(\.generation))
        guard let first = history.firstIndex(where: { others.contains($0.generation) }),
            let otherFirst = other.history.firstIndex(where: { $0.generation == history[first].generation })
        else { return nil }
        while first + shared < history.count, otherFirst + shared < other.history.count,
            history[first + shared].generation == other.history[otherFirst + shared].generation
        { shared += 1 }
        let left = first + shared
        let right = otherFirst + shared
        let mine = left < history.count ? history[left].startingPoint : position
        let theirs = right < other.history.count ? other.history[right].startingPoint : other.position
        return min(mine, theirs)
    }
}

extension LineageRecord {
    /// Magic, version, fields, and an XXH3-64 checksum over all of it.
    public func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(Self.magic)
        writer.write(Self.version)
        writer.write(raw: diskID)
        writer.write(size)
        writer.write(UInt16(history.count))
        for entry in history {
            entry.generation.write(to: &writer)
            entry.startingPoint.write(to: &writer)
        }
        position.write(to: &writer)
        writer.write(mapQuality.rawValue)
        mapReachesBack.write(to: &writer)
        mapCoversAhead.write(to: &writer)
        writer.write(state.rawValue)
        writer.write(checksum64(writer.bytes, seed: UInt64(Self.magic)))
        return writer.bytes
    }

    /// Reads a record and nothing behind it is looked at.
    public init(from bytes: [UInt8]) throws(ByteCodingError) {
        var reader = ByteReader(bytes)
        guard try reader.read(UInt32.self) == Self.magic else { throw ByteCodingError(.magic, "lineage record") }
        let version = try reader.read(UInt16.self)
        guard version == Self.version else { throw ByteCodingError(.version, "lineage record version \(version)") }
        let diskID = try reader.read(raw: Self.diskIDByteCount)
        let size = try reader.read(Int64.self)
        let count = Int(try reader.read(UInt16.self))
        guard count <= Self.longestHistory else { throw ByteCodingError(.value, "history of \(count)") }
        var history: [HistoryEntry] = []
        for _ in 0..<count {
            let generation = try Generation(from: &reader)
            history.append(HistoryEntry(generation: generation, startingPoint: try PointID(from: &reader)))
        }
        let position = try PointID(from: &reader)
        let quality = MapQuality(rawValue: try reader.read())
        let reachesBack = try PointID(from: &reader)
        let coversAhead = try PointID(from: &reader)
        let state = CopyState(rawValue: try reader.read())
        let end = reader.position
        guard try reader.read(UInt64.self) == checksum64(bytes[..<end], seed: UInt64(Self.magic)) else {
            throw ByteCodingError(.checksum, "lineage record")
        }
        guard let quality, let state, DiskGeometry.isValid(size: size) else {
            throw ByteCodingError(.value, "lineage record")
        }
        self.init(
            diskID: diskID, size: size, history: history, position: position, mapQuality: quality,
            mapReachesBack: reachesBack, mapCoversAhead: coversAhead, state: state)
    }
}

extension Generation {
    public func write(to writer: inout ByteWriter) {
        writer.write(number)
        writer.write(raw: token)
    }

    public init(from reader: inout ByteReader) throws(ByteCodingError) {
        self.init(number: try reader.read(), token: try reader.read(raw: Self.tokenByteCount))
    }
}

extension PointID {
    public func write(to writer: inout ByteWriter) {
        writer.write(generation)
        writer.write(number)
    }

    public init(from reader: inout ByteReader) throws(ByteCodingError) {
        self.init(generation: try reader.read(), number: try reader.read())
    }
}
