internal import Blocks
public import Environment
internal import Synchronization

/// A cut over the members of a replication group: it exists once each named interval is sealed under its
/// own number.
public struct GroupPoint: Hashable, Sendable {
    /// `group/generation/sequence`.
    public let token: String
    /// Item and interval number, by item.
    public let members: [String: UInt64]
    public let recorded: WallInstant

    public init(token: String, members: [String: UInt64], recorded: WallInstant) {
        self.token = token
        self.members = members
        self.recorded = recorded
    }
}

/// The group points of a master target, durable before they are answered.
///
/// Calls block. `@unchecked Sendable`: all state is touched only inside `lock`.
public final class GroupPoints: @unchecked Sendable {
    /// Over it the oldest record goes.
    public static let mostPoints = 4096
    public static let mostMembers = 256
    private static let version: UInt16 = 1
    private static let longestText = 512

    private let lock = Mutex<Void>(())
    private let store: SlotStore
    private var records: [GroupPoint]
    private var isBroken = false

    private init(store: SlotStore, records: [GroupPoint]) {
        self.store = store
        self.records = records
    }

    public static func open(_ directory: String, files: any FileSystem) throws -> GroupPoints {
        try files.createDurably(directory)
        if let found = try SlotStore.open(directory, files) {
            return GroupPoints(store: found.store, records: try decode(found.value))
        }
        return GroupPoints(store: try SlotStore.create(directory, files, encode([])), records: [])
    }

    /// Idempotent by token; other members under the same token are refused.
    public func record(_ point: GroupPoint) throws {
        try lock.withLock { _ in
            guard !isBroken else { throw ReplicaError(.broken, "group points") }
            guard point.members.count <= Self.mostMembers, point.token.utf8.count <= Self.longestText,
                point.members.keys.allSatisfy({ $0.utf8.count <= Self.longestText })
            else { throw ReplicaError(.invalid, "group point \(point.token)") }
            if let old = records.first(where: { $0.token == point.token }) {
                guard old.members == point.members else {
                    throw ReplicaError(.invalid, "token \(point.token) is taken")
                }
                return
            }
            try replace(records + [point])
        }
    }

    public func remove(_ token: String) throws {
        try lock.withLock { _ in
            guard !isBroken else { throw ReplicaError(.broken, "group points") }
            if records.contains(where: { $0.token == token }) { try replace(records.filter { $0.token != token }) }
        }
    }

    /// Recorded, oldest first, and whether each member is sealed under its own number.
    public func all(isSealed: (_ item: String, _ number: UInt64) -> Bool) -> [(point: GroupPoint, exists: Bool)] {
        let records = lock.withLock { _ in self.records }
        return records.map { point in (point, point.members.allSatisfy { isSealed($0.key, $0.value) }) }
    }

    private func replace(_ next: [GroupPoint]) throws {
        let kept = Array(next.suffix(Self.mostPoints))
        do {
            try store.replace(Self.encode(kept))
            records = kept
        } catch {
            isBroken = true
            throw error
        }
    }

    private static func encode(_ records: [GroupPoint]) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(version)
        writer.write(list: records) { point, writer in
            writer.write(point.token)
            writer.write(point.recorded.microseconds)
            writer.write(list: point.members.sorted { $0.key < $1.key }) {
                $1.write($0.key)
                $1.write($0.value)
            }
        }
        return writer.bytes
    }

    private static func decode(_ bytes: [UInt8]) throws -> [GroupPoint] {
        var reader = ByteReader(bytes)
        let version = try reader.read(UInt16.self)
        guard version == Self.version else { throw ByteCodingError(.version, "group points \(version)") }
        return try reader.readList(limit: mostPoints) { reader in
            let token = try reader.readString(limit: longestText)
            let recorded = WallInstant(microseconds: try reader.read())
            let members = try reader.readList(limit: mostMembers) {
                (try $0.readString(limit: longestText), try $0.read(UInt64.self))
            }
            return GroupPoint(
                token: token, members: Dictionary(members) { first, _ in first }, recorded: recorded)
        }
    }
}
