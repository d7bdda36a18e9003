/// What a recovery point promises about the machine's content.
public enum RecoveryPointKind: String, CaseIterable, Hashable, Sendable {
    /// An exact prefix of the acknowledged writes of the machine.
    case crashConsistent = "CRASH_CONSISTENT"
    /// The same, cut while the applications were frozen.
    case applicationConsistent = "APPLICATION_CONSISTENT"
    /// The last point of a generation, after the drain: nothing acknowledged is missing.
    case final = "FINAL"
    /// What home held and the cloud never saw, kept before reprotect overwrites it.
    case homeBeforeReprotect = "HOME_BEFORE_REPROTECT"
    /// Writes that a change of point, a cancel or a false statement put aside.
    case divergent = "DIVERGENT"
}

/// Which point a failover takes.
public enum PointChoice: Hashable, Sendable {
    /// Stop, drain, seal: nothing is lost.
    case latest
    /// Each machine its own newest crash-consistent one (seed statements S23, S26).
    case latestProcessed
    /// Single machine: its newest; group: its newest common one (S27, S28). Older than the latest (S20).
    case latestApplicationConsistent
    /// A group's newest common crash-consistent point.
    case latestCommon
    /// One point of a single item, or one group cut.
    case chosen(PointID)

    /// Whether the source must be drained before the choice.
    public var drains: Bool { self == .latest }
}
