internal import Blocks
public import Environment
internal import Intervals

/// Which point is meant when one is chosen.
public enum PointChoice: Hashable, Sendable {
    case newest
    case newestApplicationConsistent
    case number(UInt64)
}

extension Replica {
    /// Ascending.
    public var points: [RecoveryPoint] { get throws { try exclusive { state.points } } }

    /// Chooses a point and pins it for `owner`, in the transaction that checks that it exists. Idempotent.
    public func pin(_ choice: PointChoice, owner: String) throws -> RecoveryPoint {
        try exclusive {
            let index: Int? =
                switch choice {
                case .newest: state.points.indices.last
                case .newestApplicationConsistent:
                    state.points.lastIndex { $0.kind == .applicationConsistent }
                case .number(let number): state.index(of: number)
                }
            guard let index else { throw ReplicaError(.notFound, "\(choice)") }
            guard !state.points[index].pins.contains(owner) else { return state.points[index] }
            guard state.points[index].pins.count < Self.mostPins else { throw ReplicaError(.invalid, "too many pins") }
            try commit("pin") {
                $0.points[index].pins.append(owner)
                $0.points[index].pins.sort()
            }
            return state.points[index]
        }
    }

    /// Idempotent.
    public func unpin(owner: String) throws {
        try exclusive {
            guard state.points.contains(where: { $0.pins.contains(owner) }) else { return }
            try commit("unpin") { state in
                for index in state.points.indices { state.points[index].pins.removeAll { $0 == owner } }
            }
        }
    }

    /// Makes a point a member of a kept group point, or (`nil`) lets go of it.
    public func keep(_ number: UInt64, asMemberOf group: String?) throws {
        try exclusive {
            guard let index = state.index(of: number) else { throw ReplicaError(.notFound, "point \(number)") }
            try commit("group") { $0.points[index].group = group ?? "" }
        }
    }

    /// What a policy would remove now, oldest first. Nothing is changed.
    ///
    /// Never the newest, the position, a pinned one or a member of a kept group point.
    public func outdated(
        _ policy: RetentionPolicy, now: WallInstant
    ) throws -> [(point: RecoveryPoint, verdict: RetentionPolicy.Verdict)] {
        try exclusive {
            zip(state.points, verdicts(policy, now)).compactMap { point, verdict in verdict.map { (point, $0) } }
        }
    }

    /// Drops the oldest point that the policy removes; its number. Merging takes a while, so the caller lets others in
    /// between. Without room to merge it refuses, and nothing is changed.
    public func pruneOne(_ policy: RetentionPolicy, now: WallInstant) throws -> UInt64? {
        try exclusive {
            guard let index = verdicts(policy, now).firstIndex(where: { $0 != nil }) else { return nil }
            let number = state.points[index].number
            try dropPoint(index)
            return number
        }
    }

    private func verdicts(_ policy: RetentionPolicy, _ now: WallInstant) -> [RetentionPolicy.Verdict?] {
        let free = self.free
        let candidates = state.points.indices.map { index in
            let point = state.points[index]
            return RetentionPolicy.Candidate(
                cut: point.cutWall, isApplicationConsistent: point.kind == .applicationConsistent,
                isHeld: point.isProtected || !free.contains(index))
        }
        return policy.verdicts(candidates, now: now)
    }

    /// The places of points that nothing of the replica itself needs.
    private var free: Range<Int> {
        // While moved down, everything above the position and the position itself is in use.
        guard state.moveTarget == nil, !state.isMoved else { return 0..<0 }
        return 0..<max(0, state.applied.count - 1)
    }

    /// Room for the undo of so many blocks: points go early for it, oldest first.
    func reserve(blocks: Int) throws {
        if try !hasRoom(blocks: blocks) { try syncUnlocked() }
        while try !hasRoom(blocks: blocks) {
            // Only the very oldest gives room without needing any.
            if try yieldSetAside() { continue }
            guard let oldest = state.points.first, !oldest.isProtected, free.contains(0) else {
                throw ReplicaError(.noSpace, "undo of \(blocks) blocks; the oldest point is pinned or the newest")
            }
            try dropPoint(0)
            noteDroppedEarly(oldest.number)
        }
    }

    /// What keeps the base of what a copy wrote that was left (`ReplicaDisk.setAside`): a pin that never stands in the
    /// way of the replication.
    public static func setAsidePin(_ generation: UInt64) -> String { setAsidePinPrefix + "\(generation)" }

    public static func isSetAsidePin(_ pin: String) -> Bool { pin.hasPrefix(setAsidePinPrefix) }

    private static var setAsidePinPrefix: String { "set-aside-" }

    /// Lets go of the oldest point where nothing else keeps it. False when that would give no room.
    private func yieldSetAside() throws -> Bool {
        guard let oldest = state.points.first, !oldest.pins.isEmpty, oldest.pins.allSatisfy(Self.isSetAsidePin),
            oldest.group.isEmpty, free.contains(0)
        else { return false }
        try commit("unpin") { $0.points[0].pins = [] }
        return true
    }

    /// For a file of so many blocks, and some to spare.
    func hasRoom(blocks: Int) throws -> Bool {
        try files.freeBytes(directory) >= Int64(blocks) * Int64(blockSize + 64) + Self.spaceMargin
    }

    /// The oldest is dropped; any other is merged into its upper neighbour's undo, older content winning. Redo of that
    /// neighbour leads up from the point that goes: it goes too, and the next move down captures it anew.
    private func dropPoint(_ index: Int) throws {
        let gone = state.points[index]
        let above = state.points[index + 1]
        // A crash may lead back to the point below those that were not synced.
        if let first = state.unsynced.first, above.number >= first.number { try syncUnlocked() }
        guard let upper = above.undo else { throw ReplicaError(.corrupt, "no undo below point \(above.number)") }
        let merged = index == 0 ? nil : try merge(gone, upper)
        try commit("retention") {
            $0.points[index + 1].undo = merged
            $0.points[index + 1].redo = nil
            $0.points.remove(at: index)
        }
        for file in [upper, above.redo, gone.undo, gone.redo] { if let file { try removeBlockFile(file.file) } }
    }

    private func merge(_ gone: RecoveryPoint, _ upper: BlockFileReference) throws -> BlockFileReference {
        guard let lower = gone.undo else { throw ReplicaError(.corrupt, "no undo below point \(gone.number)") }
        let (newer, older) = (try blockFile(upper), try blockFile(lower))
        let count = geometries.indices.reduce(0) { $0 + older.captured($1).union(newer.captured($1)).count }
        let cause = "merging point \(gone.number), \(count) blocks, into the one above it"
        guard try hasRoom(blocks: count) else { throw ReplicaError(.noSpace, cause) }
        let number = state.nextFile
        try commit("retention.file") { _ = $0.takeFile() }
        do {
            let out = try BlockFile.create(number, in: directory, geometries, files)
            defer { out.close() }
            return try merge(older, over: newer, into: out)
        } catch let error as FileError where error.code == .noSpace {
            try removeBlockFile(number)
            throw ReplicaError(.noSpace, "\(cause): \(error)")
        }
    }

    private func merge(
        _ older: BlockFile, over newer: BlockFile, into out: BlockFile
    ) throws -> BlockFileReference {
        defer { contents.forget() }
        for disk in geometries.indices {
            var packer = out.packer(disk: disk)
            let kept = older.captured(disk)
            for block in kept.union(newer.captured(disk)) {
                let source = kept.contains(block) ? older : newer
                let count = geometries[disk].byteCount(of: block)
                let content = try needing(source.number) { try source.read(block, disk: disk) }
                packer.add(block, content ?? [UInt8](repeating: 0, count: count))
                if packer.isFull { try out.append(&packer) }
            }
            try out.append(&packer)
        }
        return try out.finish(recordEntries: recordEntries)
    }
}
