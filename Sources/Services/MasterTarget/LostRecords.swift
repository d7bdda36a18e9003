import Environment
import Model

/// What was on record of replicas that were lost and adopted anew, for a person to look at:
///
///     <state directory>/lost-replicas/<item>/G-T/     G: the generation of the adoption; T: when, microseconds
///
/// All of it until the new replica has begun, so that an adoption that does not come about leaves things as they were;
/// then the metadata alone, of the newest one of an item, for thirty days. Calls block.
struct LostRecords: Sendable {
    private static let kept: Duration = .seconds(30 * 86_400)
    /// Of a replica's files those that tell something without its disks.
    private static let toldBy = "metadata-"

    let root: String
    let files: any FileSystem

    private func directory(_ item: ItemID) -> String { root + "/" + item.text }

    /// What is set aside of an item, oldest first.
    private func places(_ item: ItemID) throws -> [Place] {
        guard files.exists(directory(item)) else { return [] }
        return try files.list(directory(item)).compactMap(Place.init).sorted { $0.sinceUs < $1.sinceUs }
    }

    /// Items of whose lost replicas something is here.
    func items() throws -> [ItemID] {
        guard files.exists(root) else { return [] }
        return try files.list(root).compactMap { try? ItemID($0) }
    }

    func holds(_ item: ItemID, under generation: UInt64) throws -> Bool {
        try places(item).contains { $0.generation == generation }
    }

    /// Moves a replica's directory here, as it is.
    ///
    /// - Returns: where it is now; nil where nothing was.
    func take(_ records: String, of item: ItemID, under generation: UInt64, at now: WallInstant) throws -> String? {
        guard files.exists(records) else { return nil }
        // The rest of an adoption that a kill cut off, where what was before it is here.
        let isNothing = try holds(item, under: generation) || files.list(records).isEmpty
        guard !isNothing else {
            try files.removeTree(records)
            return nil
        }
        let place = Place(generation: generation, sinceUs: now.microseconds)
        try files.createDurably(directory(item))
        try move(records, to: "\(directory(item))/\(place.name)")
        return "\(directory(item))/\(place.name)"
    }

    /// In the place of whatever an adoption made that did not come about.
    func putBack(_ place: String?, to records: String) throws {
        try files.removeTree(records)
        if let place { try move(place, to: records) }
    }

    private func move(_ from: String, to: String) throws {
        try files.rename(from, to: to)
        for path in [from, to] { try files.syncDirectory(files.parent(of: path)) }
    }

    /// Once the new replica is there: what nobody can look at any more goes, undo and staging first of all.
    func reduce(_ item: ItemID) throws {
        var places = try places(item)
        if let newest = places.popLast() {
            let place = "\(directory(item))/\(newest.name)"
            for name in try files.list(place) where !name.hasPrefix(Self.toldBy) {
                try files.removeTree("\(place)/\(name)")
            }
            if try files.list(place).isEmpty { try files.remove(place) }
        }
        for older in places { try files.removeTree("\(directory(item))/\(older.name)") }
        try removeEmpty(item)
    }

    func expire(_ item: ItemID, at now: WallInstant) throws {
        for place in try places(item) where now.microseconds - place.sinceUs > Self.kept.inMicroseconds {
            try files.removeTree("\(directory(item))/\(place.name)")
        }
        try removeEmpty(item)
    }

    private func removeEmpty(_ item: ItemID) throws {
        guard files.exists(directory(item)), try files.list(directory(item)).isEmpty else { return }
        try files.remove(directory(item))
    }

    private struct Place {
        let generation: UInt64
        let sinceUs: Int64

        var name: String { "\(generation)-\(sinceUs)" }

        init(generation: UInt64, sinceUs: Int64) {
            self.generation = generation
            self.sinceUs = sinceUs
        }

        init?(_ name: String) {
            let parts = name.split(separator: "-")
            guard parts.count == 2, let generation = UInt64(parts[0]), let sinceUs = Int64(parts[1]) else { return nil }
            self.init(generation: generation, sinceUs: sinceUs)
        }
    }
}
