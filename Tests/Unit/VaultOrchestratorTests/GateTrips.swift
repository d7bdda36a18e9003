import Contract
import Messages
import Model

@testable import VaultOrchestrator

/// How a gate is tripped for an operation.
struct RPCTrip: Sendable, CustomStringConvertible {
    typealias Spoil = @Sendable (GateCaller) async throws -> Void

    let code: GateCode
    let operation: Model.Operation
    let stage: Stage
    /// The item or the group that it is asked of.
    var name = "web"
    /// Only a step of the job finds it.
    var isAtStep = false
    var choice = VaultV1.PointChoice.latest
    var point: UInt64 = 1
    /// A drill in the other direction than the item's.
    var isTurned = false
    var detail: @Sendable (inout VaultV1.ItemOperationRequest) -> Void = { _ in }
    let spoil: Spoil

    /// - at: where the operation is asked; nil: where nothing else is in its way.
    init(
        _ code: GateCode, _ operation: Model.Operation, at stage: Stage? = nil, of name: String = "web",
        _ spoil: @escaping Spoil = { _ in }
    ) {
        self.code = code
        self.operation = operation
        self.stage = stage ?? operation.soundStage
        self.name = name
        self.spoil = spoil
        if operation == .changePoint { choice = .chosen }
    }

    func with(_ change: (inout Self) -> Void) -> Self {
        var copy = self
        change(&copy)
        return copy
    }

    var description: String { "\(code.rawValue) of \(operation)" }

    /// Told in a preview; never a refusal.
    var isWarning: Bool {
        switch code {
        case .assignmentsSynced: !operation.needsHome
        case .overlaySpace: operation == .reprotect(.home)
        default: code.definition.severity == .warning
        }
    }

    static let all: [RPCTrip] =
        everywhere + ofThePhase + ofHome + ofReceiving + ofDisks + ofPoints + ofComponents + ofGroups
}

extension Model.Operation {
    /// All that somebody may ask for: a replica is renewed by the reconciler alone.
    static let asked = all.filter { $0 != .renewReplica }

    /// Where nothing is in its way.
    var soundStage: Stage {
        switch self {
        case .enable: .group
        case .failover(.out), .switchProcessServer, .moveMasterTarget, .renewReplica, .resync, .drill, .excludeDisk,
            .pin, .unpin, .releaseSetAside, .disable, .disableForced:
            .protectedOut
        case .drillCleanup: .drilled
        case .changePoint, .cancelFailover, .commit, .completeMigration: .commitPendingOut
        case .reprotect(.home): .committedOut
        case .cancelReprotect: .synchronizingHome
        case .failover(.home): .protectedHome
        case .completeCertificate: .commitPendingHome
        case .reprotect(.out): .committedHome
        }
    }

    /// One that does not list it, and for which no other gate tells more.
    fileprivate var wrongPhase: String {
        switch self {
        case .failover(let direction): "COMMIT_PENDING_\(direction.rawValue.uppercased())"
        case .reprotect(let direction): "SYNCHRONIZING_\(direction.opposite.rawValue.uppercased())"
        case .cancelReprotect: "PROTECTED_HOME"
        case .completeCertificate: "COMMITTED_HOME"
        case .completeMigration: "PROTECTED_OUT"
        case .excludeDisk: "COMMIT_PENDING_OUT"
        case .disable, .disableForced: "MIGRATED"
        default: "COMMITTED_OUT"
        }
    }

    /// As a group's members are when all of them may be operated so.
    fileprivate var rightPhase: String {
        let transition = Transition.table.first { $0.trigger == .operation(self) && $0.from != nil }
        return transition?.from?.name ?? ""
    }
}

private let quarantined: @Sendable (inout ItemRecord) -> Void = {
    $0.quarantine = StoredQuarantine(cause: "restored", sinceUs: 1, needsPerson: true)
}
private let held: @Sendable (inout ItemRecord) -> Void = {
    ($0.claimJob, $0.claimOperation) = ("job-other", "SWITCH_PROCESS_SERVER")
}

/// What speaks of every operation.
private let everywhere: [RPCTrip] = Model.Operation.asked.flatMap { operation -> [RPCTrip] in
    let isNew = operation == .enable
    let common = [
        RPCTrip(.configurationBackupFresh, operation) { $0.peers { $0.backupAlert = "overdue by 2 h" } },
        RPCTrip(.assignmentsSynced, operation) { $0.peers { $0.isSynced = false } },
        RPCTrip(.clockSkew, operation) { caller in
            let now = UInt64(caller.rig.core.vault.now.value)
            try await caller.hear("ps-cloud") { $0.figures = [clockFigure: now + 90_000_000] }
        },
        RPCTrip(.generationCurrent, operation) { try await $0.change(isNew ? "app" : "web", quarantined) },
    ]
    guard !isNew else { return common }
    return common + [
        RPCTrip(.noConflictingJob, operation) { try await $0.change("web", held) },
        RPCTrip(.operationAllowed, operation) { caller in
            try await caller.change { item in
                if operation == .drillCleanup { item.drill = nil } else { item.phase = operation.wrongPhase }
            }
        },
    ]
}

private let ofThePhase: [RPCTrip] = [
    RPCTrip(.reprotectComplete, .failover(.home), at: .committedOut),
    RPCTrip(.committed, .reprotect(.home), at: .commitPendingOut),
    RPCTrip(.committed, .reprotect(.out), at: .commitPendingHome),
    RPCTrip(.directionConfirmed, .failover(.home), at: .protectedOut),
    RPCTrip(.directionConfirmed, .failover(.out), at: .protectedHome),
    RPCTrip(.directionConfirmed, .drill).with { $0.isTurned = true },
    RPCTrip(.noDrillLeft, .failover(.out), at: .drilled),
    RPCTrip(.noDrillLeft, .drill, at: .drilled),
    RPCTrip(.noDrillLeft, .disable, at: .drilled),
    RPCTrip(.noDrillLeft, .failover(.home)) { try await $0.rig.drill(.home) },
    RPCTrip(.replicationHealthy, .failover(.home)) { caller in
        caller.peers { $0.tracking = .only }
        try await caller.rig.pause(.seconds(3))
    },
    RPCTrip(.noBranchPins, .commit) { caller in
        let item = try await caller.rig.item().id
        caller.peers { state in
            state.points[item]?[0].pins = ["job-drill"]
            state.branches["mt-cloud/job-drill"] = .with { $0.id = "job-drill" }
        }
    },
    RPCTrip(.certificateComplete, .commit, at: .commitPendingHome) {
        try await $0.change { $0.certificate?.isFullWanted = true }
    },
    RPCTrip(.sourceConfirmedOff, .cancelFailover) {
        try await $0.change { $0.oldSource = OldSource.declaredDead.rawValue }
    },
]

/// What a reprotect home and a failback need of home.
private let ofHome: [RPCTrip] = [Model.Operation.reprotect(.home), .failover(.home)].flatMap { operation in
    [
        RPCTrip(.migrationNotCompleted, operation) { try await $0.change { $0.phase = "MIGRATED" } },
        RPCTrip(.protectionEnabled, operation) { try await $0.change { $0.phase = "DISABLED" } },
        RPCTrip(.cloudMachineExists, operation) { $0.peers { $0.exists.remove("web-cloud") } },
        RPCTrip(.cloudMachineNotMoved, operation) { try await $0.change { $0.resourceGroup = "other" } },
        RPCTrip(.physicalOSSupported, operation) {
            try await $0.change { ($0.physical, $0.osName) = (true, "Windows Server 2008 R2 SP1") }
        },
        RPCTrip(.targetPlatformMatches, operation) { $0.peers { $0.platformKind = "hyper-v" } },
        RPCTrip(.vcenterConnected, operation) { $0.peers { $0.vcenterConnected = false } },
        RPCTrip(.configurationServerConnected, operation) { $0.peers { $0.away = ["cs"] } },
        RPCTrip(.inConfigurationDatabase, operation) { caller in
            let item = try await caller.rig.item().id
            caller.peers { $0.unregistered = [item] }
        },
        RPCTrip(.configurationServerAddress, operation) { try await $0.link("10.9.9.9:7100") },
        RPCTrip(.masterTargetNoSnapshots, operation) { $0.peers { $0.targetSnapshots = ["before"] } },
        RPCTrip(.masterTargetOSFamily, operation) { try await $0.change { $0.osFamily = "windows" } },
        RPCTrip(.retentionSpace, operation) { $0.peers { ($0.freeBytes, $0.dirtyBlocks) = (0, 9) } },
        RPCTrip(.overlaySpace, operation) { $0.peers { $0.freeBytes = (2 << 20) - 1 } },
    ]
}

/// What a reprotect home needs of the place that it goes to.
private let ofReceiving: [RPCTrip] = [
    RPCTrip(.cloudMachineRunning, .reprotect(.home)) { $0.peers { $0.power["web-cloud"] = .off } },
    RPCTrip(.agentReachesConfigurationServer, .reprotect(.home)) { $0.peers { $0.linkSilentUs = 60_000_000 } },
    RPCTrip(.platformPrivileges, .reprotect(.home)) {
        $0.peers { $0.inventory.missingPrivileges = ["VirtualMachine.Config.AddExistingDisk"] }
    },
    RPCTrip(.datastoreWritable, .reprotect(.home)) { $0.peers { $0.inventory.datastoreReadOnly = true } },
    RPCTrip(.nameFreeAtTarget, .reprotect(.home)) { $0.peers { $0.exists.insert("web-alt3") } }
        .with { $0.detail = { $0.alternate = true } },
    RPCTrip(.masterTargetController, .reprotect(.home)) {
        $0.peers { $0.inventory.masterTargetController = "lsilogic" }
    },
    RPCTrip(.masterTargetDiskUUID, .reprotect(.home)) { $0.peers { $0.inventory.masterTargetDiskIDsOff = true } },
    RPCTrip(.masterTargetTools, .reprotect(.home)) { $0.peers { $0.inventory.masterTargetToolsMissing = true } },
    RPCTrip(.masterTargetRetentionVolume, .reprotect(.home)) {
        $0.peers { $0.inventory.masterTargetRetentionVolumeMissing = true }
    },
    RPCTrip(.masterTargetVersion, .reprotect(.home)) { caller in
        try await caller.hear("mt-home") { $0.version = "2.0" }
        try await caller.hear("ps-cloud") { $0.version = "1.0" }
    },
    RPCTrip(.masterTargetDiskSlots, .reprotect(.home)) { caller in
        try await caller.hear("mt-home") { $0.figures = ["attached_disks": .max] }
    },
    RPCTrip(.homeMachineOff, .reprotect(.home)) { caller in
        caller.peers { state in
            state.power["web"] = .on
            state.unstoppable = ["web"]
        }
    }.with { $0.isAtStep = true },
    RPCTrip(.homeMachineOff, .failover(.home)) { $0.peers { $0.power["web"] = .on } },
    RPCTrip(.replicaSeedPresent, .reprotect(.home)).with { $0.detail = { $0.alternate = true } },
    RPCTrip(.replicaSeedPresent, .reprotect(.out)) { try await $0.change { $0.seedAtCloud = false } },
]

private func added(to machine: String) -> RPCTrip.Spoil {
    { caller in
        caller.peers { $0.disks[machine] = [ScriptedPeers.disk(), ScriptedPeers.disk("d2", index: 1)] }
    }
}

private let ofDisks: [RPCTrip] = [
    RPCTrip(.diskSetMatches, .failover(.out), added(to: "web")),
    RPCTrip(.diskSetMatches, .failover(.home), added(to: "web-cloud")),
    RPCTrip(.diskSetMatches, .reprotect(.home), added(to: "web-cloud")),
    RPCTrip(.diskSetMatches, .reprotect(.out), added(to: "web")),
    RPCTrip(.diskIdentityUnique, .reprotect(.home)) { $0.peers { $0.diskOwners["db"] = "master-target/mt-home" } },
    RPCTrip(.diskPathsUnchanged, .failover(.home)) { $0.peers { $0.diskPath["web"] = "/elsewhere/d1" } },
    RPCTrip(.lineageProvesDirection, .reprotect(.home)) { $0.peers { $0.isForeign = true } }
        .with { $0.isAtStep = true },
    RPCTrip(.lineageProvesDirection, .resync) { $0.peers { $0.replicaState = .released } },
    RPCTrip(.overlaySpace, .failover(.out)) { $0.peers { $0.freeBytes = (2 << 20) - 1 } },
    RPCTrip(.overlaySpace, .drill) { $0.peers { $0.branchRefusal = .noSpace } }.with { $0.isAtStep = true },
    RPCTrip(.diskNotApplying, .drill) { $0.peers { $0.branchRefusal = .busy } }.with { $0.isAtStep = true },
    RPCTrip(.diskNotApplying, .failover(.out)) { $0.rig.peers.trouble("ReleaseReplica", .notAtRest) }
        .with { $0.isAtStep = true },
    RPCTrip(.diskNotApplying, .failover(.home)) { $0.rig.peers.trouble("ReleaseReplica", .notAtRest) }
        .with { $0.isAtStep = true },
]

private let ofPoints: [RPCTrip] =
    [Model.Operation.failover(.out), .failover(.home), .drill].flatMap { operation in
        [
            RPCTrip(.hasRecoveryPoint, operation) { $0.peers { $0.points = [:] } },
            RPCTrip(.hasPointOfKind, operation).with { $0.choice = .latestApplicationConsistent },
        ]
    } + [
        RPCTrip(.hasPointOfKind, .changePoint).with { $0.point = 4_711 },
        RPCTrip(.hasRecoveryPoint, .pin) { $0.peers { $0.points = [:] } },
    ]

/// Promised to a job that holds another item.
private func promised(_ quantities: Quantities, memoryMib: UInt32 = 0) -> RPCTrip.Spoil {
    { caller in
        try await caller.change { if memoryMib > 0 { $0.memoryMib = memoryMib } }
        try await caller.change("app") { app in
            held(&app)
            app.reserved = StoredReservation(
                job: "job-other", item: "app", site: "home", masterTarget: "mt-home", quantities: quantities)
        }
    }
}

private let ofComponents: [RPCTrip] =
    [
        RPCTrip(.capacityReserved, .reprotect(.home), promised(Quantities(slots: masterTargetSlots))),
        RPCTrip(.capacityReserved, .failover(.home), promised(Quantities(memoryMib: 65_000), memoryMib: 4_096)),
        RPCTrip(
            .capacityReserved, .drill, at: .protectedHome,
            promised(Quantities(memoryMib: 65_000), memoryMib: 4_096)),
        RPCTrip(.hostCapacity, .failover(.home)) { try await $0.change { $0.memoryMib = 1 << 20 } },
        RPCTrip(.hostCapacity, .drill) { try await $0.change { $0.memoryMib = 1 << 20 } },
        RPCTrip(.drillIsolated, .drill) { $0.peers { $0.isolates = false } },
        RPCTrip(.sourceConfirmedOff, .failover(.out)) { caller in
            caller.peers { ($0.away, $0.agentIsAttached) = (["cs"], false) }
        },
        RPCTrip(.sourceConfirmedOff, .failover(.home)) { caller in
            caller.peers { ($0.away, $0.agentIsAttached) = (["platform"], false) }
        },
    ]
    + [Model.Operation.reprotect(.home), .reprotect(.out), .switchProcessServer].map {
        RPCTrip(.processServerAvailable, $0).with { $0.detail = { $0.processServer = "nobody" } }
    }
    + [
        RPCTrip(.masterTargetAvailable, .moveMasterTarget).with { $0.detail = { $0.masterTarget = "mt-home" } },
        RPCTrip(.masterTargetOSFamily, .moveMasterTarget) { try await $0.change { $0.osFamily = "windows" } },
        RPCTrip(.masterTargetDiskSlots, .moveMasterTarget) { caller in
            try await caller.hear("mt-cloud-2") { $0.figures = ["attached_disks": .max] }
        },
    ]
    + [
        Model.Operation.reprotect(.home), .reprotect(.out), .switchProcessServer, .moveMasterTarget, .resync,
        .excludeDisk,
    ].map {
        RPCTrip(.agentRegistered, $0) { $0.peers { $0.agentIsAttached = false } }
    }

/// The group `shop` with its members where the operation may be asked, by their rows alone, and what differs of `db`.
private func shop(
    _ operation: Model.Operation, _ spoil: @escaping @Sendable (inout ItemRecord) -> Void
) -> RPCTrip.Spoil {
    { caller in
        for name in operation == .enable ? [] : ["app", "db"] {
            try await caller.change(name) { item in
                item.phase = operation.rightPhase
                item.origin = SynchronizingOrigin.reprotect.rawValue
                item.certificate = StoredCertificate(job: "job-1", isFullWanted: false, mode: "delta", sourceRoots: [:])
            }
        }
        try await caller.change("db", spoil)
    }
}

private let ofGroups: [RPCTrip] = Model.Operation.asked.flatMap { operation -> [RPCTrip] in
    guard operation.isOfWholeGroup || operation == .enable else { return [] }
    let isNew = operation == .enable
    func trip(_ code: GateCode, _ spoil: @escaping @Sendable (inout ItemRecord) -> Void) -> RPCTrip {
        RPCTrip(code, operation, at: .group, of: isNew ? "web" : "shop", shop(operation, spoil))
            .with { if operation == .changePoint { $0.choice = .latestCommon } }
    }
    var trips = [
        trip(.groupSameTarget) { ($0.masterTarget, $0.cloudMasterTarget) = ("mt-9", "mt-9") },
        trip(.groupSameProcessServer) { ($0.processServer, $0.homeProcessServer) = ("ps-9", "ps-9") },
        trip(.groupSameOSFamily) { $0.osFamily = "windows" },
    ]
    if ![.switchProcessServer, .moveMasterTarget].contains(operation) {
        trips.append(trip(.groupComplete) { $0.phase = "MIGRATED" })
    }
    if !isNew { trips.append(RPCTrip(.notInGroup, operation) { try await $0.change { $0.group = "shop" } }) }
    return trips
}
