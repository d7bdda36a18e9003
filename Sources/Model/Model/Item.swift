/// Where an item is at rest. What is under way is phase + claim ("failing over" is PROTECTED with a claim).
public enum Phase: Hashable, Sendable, CustomStringConvertible {
    /// Replicating towards the direction's target, not yet in sync.
    case synchronizing(Direction)
    case protected(Direction)
    /// Failed over in this direction; point may be changed or the failover cancelled.
    case commitPending(Direction)
    /// Nothing replicates; the active machine is unprotected.
    case committed(Direction)
    /// Ended by *complete migration*; no way back (source statement S3).
    case migrated
    /// A tombstone, so that gates answer instead of NOT_FOUND.
    case disabled

    public static let all: [Phase] =
        Direction.allCases.flatMap { d in [.synchronizing(d), .protected(d), .commitPending(d), .committed(d)] }
        + [.migrated, .disabled]

    public var direction: Direction? {
        switch self {
        case .synchronizing(let d), .protected(let d), .commitPending(let d), .committed(let d): d
        case .migrated, .disabled: nil
        }
    }

    /// Stable text for stores and people: `SYNCHRONIZING_OUT`.
    public var name: String {
        let suffix = direction.map { "_" + $0.rawValue.uppercased() } ?? ""
        switch self {
        case .synchronizing: return "SYNCHRONIZING" + suffix
        case .protected: return "PROTECTED" + suffix
        case .commitPending: return "COMMIT_PENDING" + suffix
        case .committed: return "COMMITTED" + suffix
        case .migrated: return "MIGRATED"
        case .disabled: return "DISABLED"
        }
    }

    public init?(name: String) {
        guard let phase = Phase.all.first(where: { $0.name == name }) else { return nil }
        self = phase
    }

    public var description: String { name }
}

/// Why an item is in SYNCHRONIZING; only a reprotect can be cancelled back to COMMITTED, also where the target copy of
/// one was lost at home.
public enum SynchronizingOrigin: String, CaseIterable, Hashable, Sendable {
    case enable, reprotect
    /// The target copy was lost or is unproven.
    case targetLost
}

/// The one job that may change an item now, and what for.
public struct Claim: Hashable, Sendable {
    public let job: JobID
    public let operation: Operation

    public init(job: JobID, operation: Operation) {
        self.job = job
        self.operation = operation
    }
}

public enum CopyState: String, CaseIterable, Hashable, Sendable {
    case absent, off
    /// Its agent durably refuses guest writes.
    case fenced
    /// Its guest can get a write acknowledged.
    case running
    /// Its disks belong to a master target.
    case atTarget = "at-target"
    /// Runs a drill branch.
    case onBranch = "on-branch"
}

/// The old source, as far as a cancelled failover needs it.
public enum OldSource: String, CaseIterable, Hashable, Sendable {
    /// It exists and was confirmed off, or is back and fenced.
    case fenced
    /// Stated dead and not seen since.
    case declaredDead
    case gone
}

/// What people ask for an item.
public enum Operation: Hashable, Sendable, CustomStringConvertible {
    case enable
    case cancelReprotect
    /// With the direction that the caller expects (source statements S18, S19).
    case failover(Direction)
    case changePoint
    /// Of a failover or a failback, before commit.
    case cancelFailover
    /// Read all disks back that a failback handed over, before commit.
    case completeCertificate
    case commit
    case completeMigration
    /// Start replicating in this direction after a commit.
    case reprotect(Direction)
    case switchProcessServer
    /// Give the replica to another master target of its site.
    case moveMasterTarget
    /// Begin a new replica where the old one is gone. The vault asks for it by itself.
    case renewReplica
    /// Compare all blocks with the replica, and send those that differ again.
    case resync
    case drill, drillCleanup
    /// Leave a disk out that the item's machine has, and that is not replicated.
    case excludeDisk
    /// A recovery point that a person wants to be kept, and lets go again.
    case pin, unpin
    /// Give up what a copy wrote that was left before its failover was committed.
    case releaseSetAside
    case disable
    /// Skips what cannot be reached and lists it.
    case disableForced

    public static let all: [Operation] =
        [.enable, .cancelReprotect] + Direction.allCases.map { .failover($0) }
        + [.changePoint, .cancelFailover, .completeCertificate, .commit, .completeMigration]
        + Direction.allCases.map { .reprotect($0) }
        + [.switchProcessServer, .moveMasterTarget, .renewReplica, .resync, .drill, .drillCleanup, .excludeDisk]
        + [.pin, .unpin, .releaseSetAside]
        + [.disable, .disableForced]

    /// Stable text for stores and people.
    public var name: String {
        switch self {
        case .enable: "ENABLE"
        case .cancelReprotect: "CANCEL_REPROTECT"
        case .failover(let d): "FAILOVER_" + d.rawValue.uppercased()
        case .changePoint: "CHANGE_POINT"
        case .cancelFailover: "CANCEL_FAILOVER"
        case .completeCertificate: "COMPLETE_CERTIFICATE"
        case .commit: "COMMIT"
        case .completeMigration: "COMPLETE_MIGRATION"
        case .reprotect(let d): "REPROTECT_" + d.rawValue.uppercased()
        case .switchProcessServer: "SWITCH_PROCESS_SERVER"
        case .moveMasterTarget: "MOVE_MASTER_TARGET"
        case .renewReplica: "RENEW_REPLICA"
        case .resync: "RESYNC"
        case .drill: "DRILL"
        case .drillCleanup: "DRILL_CLEANUP"
        case .excludeDisk: "EXCLUDE_DISK"
        case .pin: "PIN"
        case .unpin: "UNPIN"
        case .releaseSetAside: "RELEASE_SET_ASIDE"
        case .disable: "DISABLE"
        case .disableForced: "DISABLE_FORCED"
        }
    }

    public init?(name: String) {
        guard let operation = Operation.all.first(where: { $0.name == name }) else { return nil }
        self = operation
    }

    public var description: String { name }
}

/// What moves an item without a person's request.
public enum ItemEvent: String, CaseIterable, Hashable, Sendable {
    /// Every disk is in sync and the first point is sealed.
    case inSync = "IN_SYNC"
    case targetCopyLost = "TARGET_COPY_LOST"
    /// Deleted or moved to another resource group: a blocker, not a phase (source statement S3).
    case cloudMachineGone = "CLOUD_MACHINE_GONE"
}
