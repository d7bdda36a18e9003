/// One copy of a disk as it is found when a replication is about to begin.
public struct CopyObservation: Hashable, Sendable {
    /// From beside the disk, else from the master target's store or the vault; nil if nobody knows the copy.
    public var record: LineageRecord?
    /// Bytes, as the disk is now.
    public var size: Int64
    public var device: UInt64
    public var inode: UInt64
    /// Blocks in the copy's change map.
    public var changedBlocks: Int
    /// Regions whose blocks must be compared because they were hot at an unclean end.
    public var suspectRegions: Int
    /// The disk may be made larger.
    public var growable: Bool
    /// Blank, and created for the very operation that asks.
    public var blankMadeByThisOperation: Bool
    /// There is room to keep the content that a full copy would overwrite.
    public var roomToKeepContent: Bool
    /// Of a source: the first interval number not yet reserved by its sidecar.
    public var nextInterval: UInt64?
    /// Of a source: its incarnation. Of a replica: that of the newest interval it holds.
    public var incarnation: UInt64
    /// Of a source: the newest interval that it was told to be applied at the target.
    public var knownApplied: PointID?

    public init(
        record: LineageRecord?, size: Int64, device: UInt64, inode: UInt64, changedBlocks: Int = 0,
        suspectRegions: Int = 0, growable: Bool = false, blankMadeByThisOperation: Bool = false,
        roomToKeepContent: Bool = true, nextInterval: UInt64? = nil, incarnation: UInt64 = 0,
        knownApplied: PointID? = nil
    ) {
        self.record = record
        self.size = size
        self.device = device
        self.inode = inode
        self.changedBlocks = changedBlocks
        self.suspectRegions = suspectRegions
        self.growable = growable
        self.blankMadeByThisOperation = blankMadeByThisOperation
        self.roomToKeepContent = roomToKeepContent
        self.nextInterval = nextInterval
        self.incarnation = incarnation
        self.knownApplied = knownApplied
    }

    var mapIsEmpty: Bool { changedBlocks == 0 && suspectRegions == 0 }
}

/// A change of writer as it was journalled.
public struct RoleChange: Hashable, Sendable {
    public enum OldWriter: Hashable, Sendable {
        case confirmedDead, statedDead, notProven
    }

    public let from: UInt64
    public let to: UInt64
    public let oldWriter: OldWriter

    public init(from: UInt64, to: UInt64, oldWriter: OldWriter) {
        self.from = from
        self.to = to
        self.oldWriter = oldWriter
    }
}

/// What the operation that asks knows and was told.
public struct LineageCommand: Hashable, Sendable {
    /// The generation under which the copy would be made.
    public var generation: UInt64
    public var roleChanges: [RoleChange]
    /// A person said: overwrite the target although nothing relates it to the source.
    public var mayOverwriteUnrelated: Bool
    /// A person said: both wrote, the source wins.
    public var sourceWins: Bool

    public init(
        generation: UInt64, roleChanges: [RoleChange] = [], mayOverwriteUnrelated: Bool = false,
        sourceWins: Bool = false
    ) {
        self.generation = generation
        self.roleChanges = roleChanges
        self.mayOverwriteUnrelated = mayOverwriteUnrelated
        self.sourceWins = sourceWins
    }
}

/// What is to be done with a pair of copies, and the row of the lineage table that says so.
public struct LineageOutcome: Hashable, Sendable {
    public enum Refusal: Hashable, Sendable {
        case staleGeneration, sameDisk, unrelated, targetTooSmall, sourceShrunk, diverged
    }

    public enum Basis: Hashable, Sendable {
        /// The blocks of the source's change map.
        case sourceMap
        /// Those of both maps: the target wrote after the join, and that is overwritten.
        case union
    }

    public enum CompareReason: Hashable, Sendable {
        case sourceMapUnknown, targetMapUnknown, mapStartsAfterJoin, replicaRestored, sourceRestored
    }

    public enum Action: Hashable, Sendable {
        case refuse(Refusal)
        /// Finish or drop what the target is in the middle of, then decide again.
        case finishFirst(CopyState)
        /// Enlarge the target to this many bytes, its new tail counts as dirty, then decide again.
        case growTarget(to: Int64)
        /// `keepContent`: the old content stays as the pinned point *before*.
        case fullCopy(keepContent: Bool)
        case compare(CompareReason)
        case nothing
        /// `keepBefore`: what the target wrote by itself stays as the pinned point *before reprotect*.
        case delta(Basis, compareSuspects: Bool, keepBefore: Bool)
    }

    /// 1...15, as in the table over `decide`.
    public let row: Int
    public let action: Action
    /// The newest point in both histories.
    public let join: PointID?

    public init(row: Int, action: Action, join: PointID? = nil) {
        self.row = row
        self.action = action
        self.join = join
    }
}

/// The lineage table: what may and must be done to make `target` equal `source`. The source is read, the
/// target is overwritten; the first row that fits decides.
///
/// | Row | Seen | Outcome |
/// |---|---|---|
/// | 1 | a generation above the command's | refuse: stale |
/// | 2 | one and the same file | refuse |
/// | 3 | target applying, moving or with an overlay | finish or drop that, look again |
/// | 4 | target blank and made by this operation | full copy |
/// | 5 | other disk, or no common point | refuse, or on a person's word full copy |
/// | 6 | target too small; source shrunk | grow if it may, else refuse |
/// | 7 | a map unknown or younger than the join; replica restored | compare by checksums |
/// | 8 | target ahead of the source's own numbers (source restored) | compare by checksums |
/// | 9 | equal positions, both maps empty | nothing |
/// | 10 | same generation, a replica without own writes | delta by the source's map |
/// | 11 | recorded role change, target's map empty | delta by the source's map |
/// | 12 | recorded role change, old writer dead, target wrote | delta by both maps, keep *before* |
/// | 13 | target's generation is newer, or both wrote unrecorded | refuse, a person chooses |
/// | 14 | rows 10–12 with suspects | the same, suspects compared |
/// | 15 | rows 11–12, source was moved to an older point | the same: its map holds what it undid |
///
/// Rows 7 and 8 overwrite what differs, so they hold only where the direction is proven: a pair that row 13
/// forbids is refused by it although a map is unknown as well.
public func decide(
    source: CopyObservation, target: CopyObservation, command: LineageCommand
) -> LineageOutcome {
    if let outcome = refusalBeforeLineage(source, target, command) { return outcome }
    guard let from = source.record, let onto = target.record, let join = from.join(with: onto) else {
        return command.mayOverwriteUnrelated
            ? LineageOutcome(row: 5, action: .fullCopy(keepContent: target.roomToKeepContent))
            : LineageOutcome(row: 5, action: .refuse(.unrelated))
    }
    if let action = sizeMismatch(source, target, from) { return LineageOutcome(row: 6, action: action, join: join) }
    let pair = RelatedPair(
        source: source, target: target, from: from, onto: onto, join: join, command: command)
    if !command.sourceWins, pair.isNewerTarget, !pair.isEqual {
        return LineageOutcome(row: 13, action: .refuse(.diverged), join: join)
    }
    if let reason = pair.compareReason {
        guard pair.mayOverwriteByComparison else {
            return LineageOutcome(row: 13, action: .refuse(.diverged), join: join)
        }
        return LineageOutcome(row: reason == .sourceRestored ? 8 : 7, action: .compare(reason), join: join)
    }
    return pair.deltaOutcome
}

/// Rows 1 to 4.
private func refusalBeforeLineage(
    _ source: CopyObservation, _ target: CopyObservation, _ command: LineageCommand
) -> LineageOutcome? {
    let newest = max(source.record?.generation?.number ?? 0, target.record?.generation?.number ?? 0)
    if newest > command.generation { return LineageOutcome(row: 1, action: .refuse(.staleGeneration)) }
    if source.device == target.device, source.inode == target.inode {
        return LineageOutcome(row: 2, action: .refuse(.sameDisk))
    }
    if let state = target.record?.state, [.applying, .moving, .overlay].contains(state) {
        return LineageOutcome(row: 3, action: .finishFirst(state))
    }
    guard target.blankMadeByThisOperation else { return nil }
    if let action = sizeMismatch(source, target, source.record) { return LineageOutcome(row: 6, action: action) }
    return LineageOutcome(row: 4, action: .fullCopy(keepContent: false))
}

/// Row 6.
private func sizeMismatch(
    _ source: CopyObservation, _ target: CopyObservation, _ record: LineageRecord?
) -> LineageOutcome.Action? {
    if let record, source.size < record.size { return .refuse(.sourceShrunk) }
    if target.size > source.size { return .refuse(.sourceShrunk) }
    guard target.size < source.size else { return nil }
    return target.growable ? .growTarget(to: source.size) : .refuse(.targetTooSmall)
}

/// Two copies with a common point: rows 7 to 15.
private struct RelatedPair {
    let source: CopyObservation
    let target: CopyObservation
    let from: LineageRecord
    let onto: LineageRecord
    let join: PointID
    let command: LineageCommand

    var sourceGeneration: UInt64 { from.generation?.number ?? 0 }
    var targetGeneration: UInt64 { onto.generation?.number ?? 0 }
    var sameGeneration: Bool { from.generation == onto.generation }
    var isNewerTarget: Bool {
        sourceGeneration < targetGeneration || (sourceGeneration == targetGeneration && !sameGeneration)
    }
    var isEqual: Bool {
        from.position == onto.position && source.mapIsEmpty && target.mapIsEmpty && from.mapQuality == .exact
            && onto.mapQuality == .exact
    }

    /// The journalled change by which the target's writer gave way to a generation in the source's history.
    ///
    /// Roles may have changed again since without the target (a change of point mints for the same side), so the
    /// journal is followed from the generation that the target gave way to. A target that became active again holds a
    /// later generation itself, and is judged by that one.
    var roleChange: RoleChange? {
        guard let first = command.roleChanges.first(where: { $0.from == targetGeneration }) else { return nil }
        var reached = first.to
        for _ in command.roleChanges {
            if from.history.contains(where: { $0.generation.number == reached }) { return first }
            guard let next = command.roleChanges.first(where: { $0.from == reached }) else { return nil }
            reached = next.to
        }
        return nil
    }

    var oldWriterIsDead: Bool { roleChange.map { $0.oldWriter != .notProven } ?? false }

    /// The target's own writes are known to be none, or a person or the journal gave them up.
    var mayOverwriteByComparison: Bool {
        command.sourceWins || sameGeneration || (sourceGeneration > targetGeneration && oldWriterIsDead)
    }

    /// Rows 7 and 8.
    var compareReason: LineageOutcome.CompareReason? {
        if from.mapQuality == .unknown { return .sourceMapUnknown }
        if onto.mapQuality == .unknown { return .targetMapUnknown }
        if from.mapReachesBack > join { return .mapStartsAfterJoin }
        // What a plain replica received after the join came from the source's own map.
        let isPlainReplica = sameGeneration && target.mapIsEmpty
        if !isPlainReplica, onto.mapReachesBack > max(join, from.mapCoversAhead) { return .mapStartsAfterJoin }
        if sameGeneration {
            if let known = source.knownApplied, onto.position < known { return .replicaRestored }
            if let next = source.nextInterval, onto.position.number >= next { return .sourceRestored }
            if target.incarnation > source.incarnation { return .sourceRestored }
        }
        if onto.position > max(join, from.mapCoversAhead), !sameGeneration { return .mapStartsAfterJoin }
        return nil
    }

    /// Rows 9 to 15.
    var deltaOutcome: LineageOutcome {
        if isEqual { return LineageOutcome(row: 9, action: .nothing, join: join) }
        let row: Int
        let basis: LineageOutcome.Basis
        if sameGeneration, target.mapIsEmpty {
            (row, basis) = (10, .sourceMap)
        } else if sourceGeneration > targetGeneration, roleChange != nil, target.mapIsEmpty {
            (row, basis) = (11, .sourceMap)
        } else if command.sourceWins || (sourceGeneration > targetGeneration && oldWriterIsDead) {
            (row, basis) = (12, .union)
        } else {
            return LineageOutcome(row: 13, action: .refuse(.diverged), join: join)
        }
        let suspects = source.suspectRegions > 0 || target.suspectRegions > 0
        let moved = row > 10 && from.mapCoversAhead > join
        return LineageOutcome(
            row: suspects ? 14 : moved ? 15 : row,
            action: .delta(basis, compareSuspects: suspects, keepBefore: row == 12), join: join)
    }
}

extension LineageOutcome.Action: CustomStringConvertible {
    /// For people: what will be done, and why where it is not plain.
    public var description: String {
        switch self {
        case .refuse(.staleGeneration): "refused: a copy is of a higher generation than the command"
        case .refuse(.sameDisk): "refused: both copies are one disk"
        case .refuse(.unrelated): "refused: the copies have no point in common"
        case .refuse(.targetTooSmall): "refused: the target is smaller than the source"
        case .refuse(.sourceShrunk): "refused: the source is smaller than it was"
        case .refuse(.diverged): "refused: both copies were written to since their last common point"
        case .finishFirst(let state): "first ends what the target is in the middle of (\(state))"
        case .growTarget(let bytes): "first enlarges the target to \(bytes) bytes"
        case .fullCopy(let keepContent): "full copy" + (keepContent ? ", the old content stays as a pinned point" : "")
        case .compare(.sourceMapUnknown): "compared by digests: the source's change map is unknown"
        case .compare(.targetMapUnknown): "compared by digests: the target's change map is unknown"
        case .compare(.mapStartsAfterJoin): "compared by digests: the change map begins after the last common point"
        case .compare(.replicaRestored): "compared by digests: the target was restored from an older copy"
        case .compare(.sourceRestored): "compared by digests: the source was restored from an older copy"
        case .nothing: "nothing to copy"
        case .delta(let basis, let compareSuspects, let keepBefore):
            "changed blocks only"
                + (basis == .union ? ", with what the target wrote by itself" : "")
                + (compareSuspects ? ", suspects compared by digests" : "")
                + (keepBefore ? ", the target's own writes stay as a pinned point" : "")
        }
    }
}
