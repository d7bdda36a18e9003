import MachineFiles

/// What a replication session is to do, as the vault opened it; kept in the agent's store until it is closed.
struct SessionPlan: Hashable, Sendable {
    var item: String
    /// Number of the generation it was opened under.
    var generation: UInt64
    /// The process server.
    var server: EndpointRecord
    /// Aim between cuts.
    var interval: Duration
    /// Everything is to be sent once; cleared when the change map says so by itself, durably.
    var fullCopy: Bool
    /// Everything is to be compared once; cleared likewise.
    var compare: Bool
    /// Replication group whose cuts are attended; empty for none.
    var group = ""
    /// Aim between application-consistent points; zero for none but those asked for.
    var applicationInterval = Duration.zero
    /// Orders what was asked for as intervals under the generation; 0: none but those it was opened with.
    var paceRevision: UInt64 = 0
    /// Of all blocks, beside replication, that somebody asked for; the last one.
    var comparison: AskedComparison?
}

/// A comparison of all blocks that somebody asked for.
struct AskedComparison: Hashable, Sendable {
    enum Stage: Int64, Sendable {
        case asked
        /// All blocks are to be compared, durably.
        case begun
        /// All were compared; those that differed are to be sent.
        case compared
        /// They are in a point that is sealed.
        case complete
    }

    let id: String
    var stage = Stage.asked
    /// From `compared` on.
    var differing = 0
}

/// Bounds and paces of a session.
struct SessionLimits: Sendable {
    /// An idle machine still seals a point this often, so that its RPO stays small.
    var idleInterval = Duration.seconds(15)
    /// More open blocks than this (64 MiB) are sent in passes before a cut: copy-aside is for small intervals.
    var passThreshold = 16 * 1024
    /// One sweep of the open set, up to 16 GiB.
    var passBlocks = 4 << 20
    /// A sweep goes as passes of so much content (40 MiB). The target keeps a pass when it is whole: what a broken link
    /// sends again is one of them, and what was on its way beyond it.
    var passBytes = 40 << 20
    /// Passes go on while the rest shrinks at least by this fraction.
    var passShrink = 0.25
    /// Digest queries without an answer; each makes the target read up to 4 MiB, and 64 MiB of holes.
    var queriesInFlight = 32
    /// Levels of a comparison, in blocks: 4 MiB, then 64 KiB of what differs, then single blocks of what still does.
    /// What is the same costs 16 bytes for each of the first; a block that differs alone 1 KiB more for its 4 MiB, and
    /// 256 bytes for its 64 KiB (`make compare-cost`). Empty: leaves only.
    var comparedRanges = [1_024, 16]
    /// A hole of the source is asked about in one, up to 64 MiB.
    var comparedHole = 1 << 14
    /// After the target needed an interval again: the wait before the next cut, doubled up to the second value.
    var retryPause = Duration.milliseconds(500)
    var longestRetryPause = Duration.seconds(10)
    /// Between attempts to reach the process server.
    var reconnectPause = Duration.milliseconds(200)
    var longestReconnectPause = Duration.seconds(3)
    /// A wait for events looks around this often.
    var look = Duration.seconds(1)
    /// An interval that gets no more credit, because the process server has no room, is given up after so long.
    var creditPatience = Duration.seconds(10)
    /// Callers that may wait for a cut of their own.
    var cutWaiters = 16
    /// Longest that the guest may stand still for a point, where its hooks name no other.
    var longestHold = Duration.seconds(10)
    /// Blocks of an overlay moved before others may work: 8 MiB.
    var mergeStep = 2_048
    /// With this few left the guest is held for the rest of them.
    var mergeRest = 1_024
    /// Stands between a group's cuts and the session: what a test wants to go wrong there.
    var groupMember: @Sendable (any GroupCutting) -> any GroupCutting = { $0 }
}
