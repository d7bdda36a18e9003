public import Blocks
public import Environment
internal import Synchronization

/// A cut over the members of a replication group: it exists once each named interval is sealed under its
/// own number.
public struct GroupPoint: Hashable, Sendable {
    /// One member's interval.
    public struct Member: Hashable, Sendable {
        public let generation: Generation
        public let number: UInt64

        public init(generation: Generation, number: UInt64) {
            self.generation = generation
            self.number = number
        }
    }

    public let group: String
    /// The highest generation number of a member.
    public let generation: UInt64
    /// Counts up within the generation; nil for its end, where every member is stopped and drained.
    public let sequence: UInt64?
    /// By item.
    public let members: [String: Member]
    /// For people.
    public let cut: WallInstant

    public init(
        group: String, generation: UInt64, sequence: UInt64?, members: [String: Member], cut: WallInstant
    ) {
        self.group = group
        self.generation = generation
        self.sequence = sequence
        self.members = members
        self.cut = cut
    }

    /// `group/generation/sequence`, or `group/generation/final`: unique.
    public var token: String { "\(group)/\(generation)/\(sequence.map { "\($0)" } ?? "final")" }

    /// Later cuts of a group are greater.
    public var order: (UInt64, UInt64) { (generation, sequence ?? .max) }
}

/// The group points of a master target, durable before they are answered.
///
/// Calls block.
public final class GroupPoints: Sendable {
    /// Over it the oldest record goes.
    public static let mostPoints = 4096
    public static let mostMembers = 256
    private static let version: UInt16 = 2
    private static let longestText = 512

    fileprivate struct State {
        let store: SlotStore
        var records: [GroupPoint]
        var isBroken = false
    }

    private let state: Mutex<State>
    /// What was found bad when they were opened, for people; nil for nothing.
    public let damage: String?

    private init(store: sending SlotStore, records: [GroupPoint]) {
        damage = store.damage
        state = Mutex(State(store: store, records: records))
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
        try state.withLock { state in
            guard !state.isBroken else { throw ReplicaError(.broken, "group points") }
            guard (1...Self.mostMembers).contains(point.members.count), point.token.utf8.count <= Self.longestText,
                point.members.keys.allSatisfy({ $0.utf8.count <= Self.longestText })
            else { throw ReplicaError(.invalid, "group point \(point.token)") }
            if let old = state.records.first(where: { $0.token == point.token }) {
                guard old.members == point.members else {
                    throw ReplicaError(.invalid, "token \(point.token) is taken")
                }
                return
            }
            try state.replace(state.records + [point])
        }
    }

    public func remove(_ tokens: Set<String>) throws {
        try state.withLock { state in
            guard !state.isBroken else { throw ReplicaError(.broken, "group points") }
            let kept = state.records.filter { !tokens.contains($0.token) }
            if kept.count < state.records.count { try state.replace(kept) }
        }
    }

    /// Recorded, in the order of recording.
    public var all: [GroupPoint] { state.withLock { $0.records } }

    fileprivate static func encode(_ records: [GroupPoint]) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(version)
        writer.write(list: records) { point, writer in
            writer.write(point.group)
            writer.write(point.generation)
            writer.write(point.sequence != nil)
            writer.write(point.sequence ?? 0)
            writer.write(point.cut.microseconds)
            writer.write(list: point.members.sorted { $0.key < $1.key }) {
                $1.write($0.key)
                $0.value.generation.write(to: &$1)
                $1.write($0.value.number)
            }
        }
        return writer.bytes
    }

    private static func decode(_ bytes: [UInt8]) throws -> [GroupPoint] {
        var reader = ByteReader(bytes)
        let version = try reader.read(UInt16.self)
        guard version == Self.version else { throw ByteCodingError(.version, "group points \(version)") }
        return try reader.readList(limit: mostPoints) { reader in
            let group = try reader.readString(limit: longestText)
            let generation = try reader.read(UInt64.self)
            let isNumbered = try reader.readBool()
            let sequence = try reader.read(UInt64.self)
            let cut = WallInstant(microseconds: try reader.read())
            let members = try reader.readList(limit: mostMembers) {
                let item = try $0.readString(limit: longestText)
                let generation = try Generation(from: &$0)
                return (item, GroupPoint.Member(generation: generation, number: try $0.read(UInt64.self)))
            }
            return GroupPoint(
                group: group, generation: generation, sequence: isNumbered ? sequence : nil,
                members: Dictionary(members) { first, _ in first }, cut: cut)
        }
    }
}

extension GroupPoints.State {
    fileprivate mutating func replace(_ next: [GroupPoint]) throws {
        let kept = Array(next.suffix(GroupPoints.mostPoints))
        do {
            try store.replace(GroupPoints.encode(kept))
            records = kept
        } catch {
            isBroken = true
            throw error
        }
    }
}
