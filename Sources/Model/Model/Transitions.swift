/// One line of the table that says what may be done with an item. A phase changes only along these.
public struct Transition: Hashable, Sendable {
    public enum Trigger: Hashable, Sendable {
        case operation(Operation)
        case event(ItemEvent)
    }

    /// Its row in StateMachine.md; several transitions share one.
    public let row: Int
    /// nil: there is no item yet.
    public let from: Phase?
    public let trigger: Trigger
    public let to: Phase
    /// Where a failure or a cancel before the pivot leaves the item; nil: no item, or not applicable.
    public let unwound: Phase?

    init(_ row: Int, _ from: Phase?, _ operation: Operation, _ to: Phase) {
        self.row = row
        self.from = from
        self.trigger = .operation(operation)
        self.to = to
        self.unwound = from
    }

    init(_ row: Int, _ from: Phase, _ event: ItemEvent, _ to: Phase) {
        self.row = row
        self.from = from
        self.trigger = .event(event)
        self.to = to
        self.unwound = nil
    }

    /// The whole table. A pair of phase and operation that is not listed is refused.
    public static let table: [Transition] =
        [Transition(1, nil, .enable, .synchronizing(.out))]
        + Direction.allCases.flatMap(bothWays)
        + [
            Transition(8, .commitPending(.out), .completeMigration, .migrated),
            Transition(8, .committed(.out), .completeMigration, .migrated),
            Transition(9, .committed(.out), .reprotect(.home), .synchronizing(.home)),
            Transition(10, .committed(.home), .reprotect(.out), .synchronizing(.out)),
            Transition(15, .commitPending(.home), .completeCertificate, .commitPending(.home)),
            // Home's disks are the machine's own, and at the one master target that they were attached to.
            Transition(11, .protected(.out), .moveMasterTarget, .protected(.out)),
            Transition(11, .synchronizing(.out), .moveMasterTarget, .synchronizing(.out)),
        ]
        + [.committed(.out), .protected(.home), .synchronizing(.home)].map { (phase: Phase) in
            Transition(14, phase, .cloudMachineGone, phase)
        }

    /// Space that a replication may need before it is in sync.
    private static let givingSpace: [Operation] = [.unpin, .releaseSetAside]

    private static func bothWays(_ d: Direction) -> [Transition] {
        let steady: [Operation] =
            [.switchProcessServer, .resync, .drill, .drillCleanup, .excludeDisk, .pin] + givingSpace
        // A job that synchronizes has released its claim, so these stay possible; a drill outlives row 12.
        let whileSynchronizing: [Operation] = [.switchProcessServer, .drillCleanup, .excludeDisk] + givingSpace
        let canBeDisabled: [Phase] = [.synchronizing(d), .protected(d), .commitPending(d), .committed(d)]
        return [
            Transition(2, .synchronizing(d), .inSync, .protected(d)),
            Transition(3, .synchronizing(d), .cancelReprotect, .committed(d.opposite)),
            Transition(4, .protected(d), .failover(d), .commitPending(d)),
            Transition(5, .commitPending(d), .changePoint, .commitPending(d)),
            Transition(6, .commitPending(d), .cancelFailover, .protected(d)),
            Transition(7, .commitPending(d), .commit, .committed(d)),
            Transition(12, .protected(d), .targetCopyLost, .synchronizing(d)),
            Transition(12, .synchronizing(d), .renewReplica, .synchronizing(d)),
        ]
            + steady.map { Transition(11, .protected(d), $0, .protected(d)) }
            + whileSynchronizing.map { Transition(11, .synchronizing(d), $0, .synchronizing(d)) }
            // Nothing replicates; the next reprotect is refused while the machine has a disk that nobody decided about.
            + [Transition(11, .committed(d), .excludeDisk, .committed(d))]
            + canBeDisabled.flatMap { phase in
                [Operation.disable, .disableForced].map { Transition(13, phase, $0, .disabled) }
            }
    }
}

/// What permission depends on, besides the gates that need an observation.
public struct ItemConditions: Hashable, Sendable {
    /// nil: there is no item.
    public var phase: Phase?
    public var claim: Claim?
    /// A drill runs or waits for its cleanup.
    public var drill: Bool
    /// Meaningful in SYNCHRONIZING.
    public var origin: SynchronizingOrigin?
    /// Meaningful in COMMIT_PENDING.
    public var oldSource: OldSource?

    public init(
        phase: Phase?, claim: Claim? = nil, drill: Bool = false, origin: SynchronizingOrigin? = nil,
        oldSource: OldSource? = nil
    ) {
        self.phase = phase
        self.claim = claim
        self.drill = drill
        self.origin = origin
        self.oldSource = oldSource
    }
}

public enum Permission: Hashable, Sendable {
    case allowed(Transition)
    /// Every reason at once, the most telling first; never empty.
    case refused([GateCode])
}

extension ItemConditions {
    /// Of what replicates home, a lost copy was a reprotect's, too.
    fileprivate var isReprotecting: Bool {
        origin == .reprotect || origin == .targetLost && phase == .synchronizing(.home)
    }
}

/// Whether an operation may start, from durable facts alone. Pure: the vault calls it in the claiming transaction.
/// With `discardDrill` a failover may end a drill (waives `NO_DRILL_LEFT`).
public func permission(
    for operation: Operation, given item: ItemConditions, discardDrill: Bool = false
) -> Permission {
    var codes: [GateCode] = []
    let transition = Transition.table.first { $0.from == item.phase && $0.trigger == .operation(operation) }
    if transition == nil { codes.append(refusal(of: operation, in: item.phase)) }
    if operation == .cancelReprotect, transition != nil, !item.isReprotecting { codes.append(.operationAllowed) }
    if operation == .cancelFailover, transition != nil, item.oldSource != .fenced { codes.append(.sourceConfirmedOff) }
    if item.claim != nil { codes.append(.noConflictingJob) }
    if item.drill, refusesDrill(operation, discardDrill) { codes.append(.noDrillLeft) }
    if operation == .drillCleanup, !item.drill, transition != nil { codes.append(.operationAllowed) }
    guard codes.isEmpty, let transition else { return .refused(codes) }
    return .allowed(transition)
}

/// The code that tells most about why a phase does not list an operation.
private func refusal(of operation: Operation, in phase: Phase?) -> GateCode {
    switch (operation, phase) {
    case (.reprotect, .migrated), (.failover(.home), .migrated): .migrationNotCompleted
    case (.reprotect, .disabled), (.failover, .disabled): .protectionEnabled
    case (.reprotect, .commitPending): .committed
    case (.failover(.home), .committed(.out)), (.failover(.home), .synchronizing(.home)): .reprotectComplete
    case (.failover, .protected): .directionConfirmed
    default: .operationAllowed
    }
}

/// A drill's branch lives at the master target: what moves, deletes or hands over the replica waits for its cleanup.
private func refusesDrill(_ operation: Operation, _ discardDrill: Bool) -> Bool {
    switch operation {
    case .failover: !discardDrill
    case .drill, .disable, .moveMasterTarget: true
    default: false
    }
}
