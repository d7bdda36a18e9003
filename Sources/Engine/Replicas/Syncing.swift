internal import Blocks
internal import Environment
internal import Intervals

/// An interval that is on the disks, perhaps not durably: its staging stays until they were synced.
struct Unsynced: Hashable, Sendable {
    var number: UInt64
    var staging: StagingReference
}

/// The disks are synced less often than they are written: what is staged is a log already.
///
///     points    … p3 <-undo- p4 <-undo- p5 = position
///                 |          \__________ on the disks, perhaps in memory alone; staging of p4 and p5 is kept
///                 the disks were synced here
///
/// After a crash the disks may hold any mixture of p3, p4 and p5 where those differ: what is staged is written again.
/// Where some of that decayed, undo takes the disks down to the newest point below it. Until the sync, the lineage
/// beside the disks says APPLYING.
extension Replica {
    /// Syncs are due after so many intervals, or so much of staging: as much as a crash has written again.
    static let mostUnsynced = 8
    static let mostUnsyncedBytes: Int64 = 64 << 20

    /// Makes what was applied durable on the disks, and lets go of its staging. Nothing to do is success.
    public func syncDisks() throws { try exclusive { try syncUnlocked() } }

    func syncUnlocked() throws {
        guard !state.unsynced.isEmpty else { return }
        try requirePlaceUnlocked()
        for disk in disks { try disk.sync() }
        let done = state.unsynced
        try commit("synced") { $0.unsynced = [] }
        try writeLineage(state.underway == nil ? .settled : .applying)
        for interval in done { try removeStaging(interval.staging.file) }
    }

    /// Whether the disks can wait for their sync when this interval is on them: undo leads back from it, to disks of
    /// the same sizes, and nothing else that is needed goes as it is settled.
    func canWait(_ point: RecoveryPoint) -> Bool {
        guard !state.applied.isEmpty, state.changeMaps == nil, state.points.allSatisfy({ $0.redo == nil }) else {
            return false
        }
        return zip(point.disks, sizesAtPosition).allSatisfy { $0.size == $1 }
    }

    /// Also where staging would fill what is free.
    func isSyncDue() throws -> Bool {
        let bytes = state.unsynced.reduce(0) { $0 + $1.staging.bytes }
        if state.unsynced.count >= Self.mostUnsynced || bytes >= Self.mostUnsyncedBytes { return true }
        return try !state.unsynced.isEmpty && bytes >= files.freeBytes(directory) / 4
    }

    /// Blocks that the intervals without a sync replaced, per disk.
    func unsyncedBlocks() throws -> [BlockSet] {
        var out = geometries.map { _ in BlockSet() }
        for interval in state.unsynced {
            guard let undo = state.index(of: interval.number).flatMap({ state.points[$0].undo }) else {
                throw ReplicaError(.corrupt, "no undo below point \(interval.number), which was not synced")
            }
            do {
                let file = try blockFile(undo)
                for disk in out.indices { out[disk].formUnion(file.captured(disk)) }
            } catch let error as ReplicaError where error.code == .damaged {
                return geometries.map { BlockSet($0.blocks) }
            }
        }
        return out
    }

    /// After a crash: what was applied without a sync is written again. The digests are made true by the caller.
    func writeUnsynced() throws {
        for (place, interval) in state.unsynced.enumerated() {
            do {
                try forEachStaged(interval.staging) { try disks[Int($0.disk)].write($0) }
            } catch where Self.isDecay(error) {
                return try fallBack(to: place, cause: "staging: \(error)")
            } catch let error as FileError where error.code == .shortRead {
                return try fallBack(to: place, cause: "staging: \(error)")
            }
        }
    }

    /// Of what was applied without a sync, only so many intervals can be written again: the disks go down to the point
    /// of the last of them, and the points above it are given up by name. Their writer finds a position below what it
    /// was told, and compares.
    private func fallBack(to place: Int, cause: String) throws {
        let first = state.unsynced[place].number
        try undo?.forEach { try disks[Int($0.disk)].write($0) }
        let gone = state.points.filter { $0.number >= first }
        for point in gone.reversed() {
            guard point.isApplied, let reference = point.undo else { continue }
            let content = try blockFile(reference)
            try needing(content.number) { try content.verify() }
            try content.forEach { try disks[Int($0.disk)].write($0) }
        }
        for disk in disks { try disk.sync() }
        guard let below = state.points.last(where: { $0.number < first }) else {
            throw ReplicaError(.corrupt, "no point below \(first), which cannot be written again: \(cause)")
        }
        let dropped = state.unsynced.dropFirst(place)
        try commit("fallback") { state in
            for point in gone {
                state.withdraw(point, cause: point.number == first ? cause : "based on \(first)")
            }
            state.position = below.point
            state.underway = nil
            state.unsynced.removeLast(dropped.count)
        }
        if let undo { try removeBlockFile(undo.number) }
        undo?.close()
        undo = nil
        for point in gone {
            if let staging = point.staging { try removeStaging(staging.file) }
            if let reference = point.undo { try removeBlockFile(reference.file) }
        }
        for interval in dropped { try removeStaging(interval.staging.file) }
        if state.unsynced.isEmpty { try writeLineage(.settled) }
    }
}
