/// Every gate there is. Closed: the text is stable and public, in answers, waivers and the audit.
public enum GateCode: String, CaseIterable, Hashable, Sendable {
    case migrationNotCompleted = "MIGRATION_NOT_COMPLETED"
    case cloudMachineExists = "CLOUD_MACHINE_EXISTS"
    case cloudMachineNotMoved = "CLOUD_MACHINE_NOT_MOVED"
    case protectionEnabled = "PROTECTION_ENABLED"
    case physicalOSSupported = "PHYSICAL_OS_SUPPORTED"
    case targetPlatformMatches = "TARGET_PLATFORM_MATCHES"
    case reprotectComplete = "REPROTECT_COMPLETE"
    case replicationHealthy = "REPLICATION_HEALTHY"
    case vcenterConnected = "VCENTER_CONNECTED"
    case configurationServerConnected = "CONFIGURATION_SERVER_CONNECTED"
    case inConfigurationDatabase = "IN_CONFIGURATION_DATABASE"
    case configurationServerAddress = "CONFIGURATION_SERVER_ADDRESS"
    case configurationBackupFresh = "CONFIGURATION_BACKUP_FRESH"
    case masterTargetNoSnapshots = "MASTER_TARGET_NO_SNAPSHOTS"
    case masterTargetOSFamily = "MASTER_TARGET_OS_FAMILY"
    case processServerAvailable = "PROCESS_SERVER_AVAILABLE"
    case hasRecoveryPoint = "HAS_RECOVERY_POINT"
    case directionConfirmed = "DIRECTION_CONFIRMED"
    case agentRegistered = "AGENT_REGISTERED"
    case cloudMachineRunning = "CLOUD_MACHINE_RUNNING"
    case agentReachesConfigurationServer = "AGENT_REACHES_CONFIGURATION_SERVER"
    case nameFreeAtTarget = "NAME_FREE_AT_TARGET"
    case datastoreWritable = "DATASTORE_WRITABLE"
    case hostCapacity = "HOST_CAPACITY"
    case masterTargetDiskSlots = "MASTER_TARGET_DISK_SLOTS"
    case masterTargetController = "MASTER_TARGET_CONTROLLER"
    case masterTargetDiskUUID = "MASTER_TARGET_DISK_UUID"
    case masterTargetTools = "MASTER_TARGET_TOOLS"
    case masterTargetRetentionVolume = "MASTER_TARGET_RETENTION_VOLUME"
    case masterTargetVersion = "MASTER_TARGET_VERSION"
    case platformPrivileges = "PLATFORM_PRIVILEGES"
    case groupSameTarget = "GROUP_SAME_TARGET"
    case groupSameOSFamily = "GROUP_SAME_OS_FAMILY"
    case notInGroup = "NOT_IN_GROUP"
    case diskIdentityUnique = "DISK_IDENTITY_UNIQUE"
    case noConflictingJob = "NO_CONFLICTING_JOB"
    case noDrillLeft = "NO_DRILL_LEFT"
    case drillIsolated = "DRILL_ISOLATED"
    case sourceConfirmedOff = "SOURCE_CONFIRMED_OFF"
    case lineageProvesDirection = "LINEAGE_PROVES_DIRECTION"
    case operationAllowed = "OPERATION_ALLOWED"
    case committed = "COMMITTED"
    case hasPointOfKind = "HAS_POINT_OF_KIND"
    case groupComplete = "GROUP_COMPLETE"
    case groupSameProcessServer = "GROUP_SAME_PROCESS_SERVER"
    case homeMachineOff = "HOME_MACHINE_OFF"
    case diskSetMatches = "DISK_SET_MATCHES"
    case diskPathsUnchanged = "DISK_PATHS_UNCHANGED"
    case generationCurrent = "GENERATION_CURRENT"
    case assignmentsSynced = "ASSIGNMENTS_SYNCED"
    case retentionSpace = "RETENTION_SPACE"
    case overlaySpace = "OVERLAY_SPACE"
    case diskNotApplying = "DISK_NOT_APPLYING"
    case replicaSeedPresent = "REPLICA_SEED_PRESENT"
    case noBranchPins = "NO_BRANCH_PINS"
    case certificateComplete = "CERTIFICATE_COMPLETE"
    case capacityReserved = "CAPACITY_RESERVED"
    case clockSkew = "CLOCK_SKEW"
}

/// What a gate guards.
public enum GateScope: String, CaseIterable, Hashable, Sendable {
    case reprotectHome, reprotectOut, failoverOut, failback, alternateLocation, cancelFailover, commit, changePoint,
        drill, resync, switchProcessServer, group, plan, addVCenter, everyOperation
}

/// The constant part of a gate.
public struct GateDefinition: Hashable, Sendable {
    public let code: GateCode
    public let scopes: [GateScope]
    public let severity: Gate.Severity
    public let waivable: Gate.Waivable
    /// What it says when it holds.
    public let meaning: String
    /// S: seed statement; A: wider Azure Site Recovery documentation; B: ours.
    public let origin: String

    init(
        _ code: GateCode, _ scopes: [GateScope], _ origin: String, _ meaning: String,
        severity: Gate.Severity = .blocking, waivable: Gate.Waivable = .never
    ) {
        self.code = code
        self.scopes = scopes
        self.severity = severity
        self.waivable = waivable
        self.meaning = meaning
        self.origin = origin
    }

    /// One line for each code, in the order of the codes.
    public static let catalogue: [GateDefinition] = [
        GateDefinition(
            .migrationNotCompleted, [.reprotectHome, .failback], "S3",
            "The item was not ended by complete migration."),
        GateDefinition(
            .cloudMachineExists, [.reprotectHome, .failback], "S3",
            "The cloud machine was not deleted. From PROTECTED towards home with usable points, a statement "
                + "that the source is dead waives it.",
            waivable: .by("operator")),
        GateDefinition(
            .cloudMachineNotMoved, [.reprotectHome, .failback], "S3",
            "The cloud machine is still in the resource group it was failed over to."),
        GateDefinition(
            .protectionEnabled, [.reprotectHome, .failback], "S3",
            "Protection was not disabled."),
        GateDefinition(
            .physicalOSSupported, [.reprotectHome, .failback], "S4",
            "The item is not a physical Windows Server 2008 R2 SP1, which cannot come home."),
        GateDefinition(
            .targetPlatformMatches, [.reprotectHome, .failback], "S5",
            "A VMware item does not go to a Hyper-V host."),
        GateDefinition(
            .reprotectComplete, [.failback], "S6",
            "The item is protected in the direction cloud to home."),
        GateDefinition(
            .replicationHealthy, [.failback], "S6, S17",
            "Replication health is OK.",
            waivable: .by("operator")),
        GateDefinition(
            .vcenterConnected, [.reprotectHome, .failback], "S7",
            "vCenter is connected now; looked at again right before disks are detached or attached."),
        GateDefinition(
            .configurationServerConnected, [.reprotectHome, .failback], "S8",
            "The configuration server runs and its heartbeat is fresh. A failover to the cloud does not need "
                + "it."),
        GateDefinition(
            .inConfigurationDatabase, [.reprotectHome, .failback], "S9",
            "The machine's row is in the configuration server's database."),
        GateDefinition(
            .configurationServerAddress, [.reprotectHome, .failback], "S11",
            "The configuration server answers at the address it was registered with, or was re-homed by the "
                + "supported command."),
        GateDefinition(
            .configurationBackupFresh, [.everyOperation], "S10",
            "The last verified backup of the configuration database is younger than its schedule.",
            severity: .warning),
        GateDefinition(
            .masterTargetNoSnapshots, [.reprotectHome, .failback], "S12",
            "The master target has no snapshots."),
        GateDefinition(
            .masterTargetOSFamily, [.reprotectHome, .failback], "S14",
            "The master target's system family is that of the machine: Windows for Windows, Linux for Linux."),
        GateDefinition(
            .processServerAvailable, [.reprotectHome, .reprotectOut, .switchProcessServer], "S15, S31",
            "The chosen process server is registered, fresh and not critical."),
        GateDefinition(
            .hasRecoveryPoint, [.failback, .plan, .drill], "S24, S25",
            "There is at least one usable recovery point; for a plan, for every member."),
        GateDefinition(
            .directionConfirmed, [.failback, .failoverOut, .drill], "S19",
            "The caller states the direction and it is the item's."),
        GateDefinition(
            .agentRegistered, [.reprotectHome, .reprotectOut, .switchProcessServer], "S32",
            "The agent has registered again since the last boot; that takes up to 15 minutes."),
        GateDefinition(
            .cloudMachineRunning, [.reprotectHome], "A 78093",
            "The cloud machine is running and reachable."),
        GateDefinition(
            .agentReachesConfigurationServer, [.reprotectHome], "A 95226",
            "The agent's link to the configuration server works; without it its process server's carries its commands.",
            severity: .warning),
        GateDefinition(
            .nameFreeAtTarget, [.alternateLocation], "A 78052",
            "No machine of that name is on the target host."),
        GateDefinition(
            .datastoreWritable, [.reprotectHome, .reprotectOut], "A 8061",
            "The datastore is visible to the master target, writable and has enough space."),
        GateDefinition(
            .hostCapacity, [.failback, .drill], "A 8038",
            "The target host can start the machine."),
        GateDefinition(
            .masterTargetDiskSlots, [.reprotectHome, .reprotectOut], "A",
            "The disks attached to the master target and those of the item stay within its limit."),
        GateDefinition(
            .masterTargetController, [.reprotectHome], "A",
            "The master target's disk controller is a supported one."),
        GateDefinition(
            .masterTargetDiskUUID, [.reprotectHome], "A",
            "Disk UUIDs are switched on at the master target."),
        GateDefinition(
            .masterTargetTools, [.reprotectHome], "A",
            "VMware Tools are present at the master target."),
        GateDefinition(
            .masterTargetRetentionVolume, [.reprotectHome, .reprotectOut], "A",
            "The master target has its retention volume."),
        GateDefinition(
            .masterTargetVersion, [.reprotectHome, .reprotectOut], "A",
            "The master target is not newer than the configuration and process servers."),
        GateDefinition(
            .platformPrivileges, [.addVCenter, .reprotectHome], "A",
            "The platform account has every privilege that failback needs."),
        GateDefinition(
            .groupSameTarget, [.group], "A",
            "All members of the replication group have one master target."),
        GateDefinition(
            .groupSameOSFamily, [.group], "A",
            "All members of the replication group have one system family."),
        GateDefinition(
            .notInGroup,
            [
                .failoverOut, .failback, .reprotectHome, .reprotectOut, .cancelFailover, .commit, .changePoint,
                .switchProcessServer,
            ], "A",
            "The item is not a member of a replication group; a member is operated through its group or plan."),
        GateDefinition(
            .diskIdentityUnique, [.reprotectHome], "A",
            "No disk UUID of the machine clashes with one at the master target."),
        GateDefinition(
            .noConflictingJob, [.everyOperation], "A",
            "No other job holds the item."),
        GateDefinition(
            .noDrillLeft, [.failoverOut, .failback, .drill], "A",
            "No drill waits for its cleanup; a real failover may discard it.",
            waivable: .by("operator")),
        GateDefinition(
            .drillIsolated, [.drill], "B",
            "The target platform starts a test machine in a network that leads to no service of the sites."),
        GateDefinition(
            .sourceConfirmedOff, [.failoverOut, .failback], "B",
            "The source is durably fenced or was seen gone, or its death was stated by a person with a "
                + "reason.",
            waivable: .by("operator")),
        GateDefinition(
            .lineageProvesDirection, [.reprotectHome, .reprotectOut, .resync], "B",
            "The lineage of the copies permits overwriting the target.",
            waivable: .by("operator")),
        GateDefinition(
            .operationAllowed, [.everyOperation], "B",
            "The item's phase allows the operation."),
        GateDefinition(
            .committed, [.reprotectHome, .reprotectOut], "A R18, S30",
            "The last failover or failback was committed."),
        GateDefinition(
            .hasPointOfKind, [.failoverOut, .failback, .drill], "S27, S28",
            "A point of the chosen kind exists for each member; another kind is never taken silently."),
        GateDefinition(
            .groupComplete, [.group], "B",
            "All members of the replication group are in the run."),
        GateDefinition(
            .groupSameProcessServer, [.group], "B",
            "All members of the replication group have one process server, which coordinates the cut."),
        GateDefinition(
            .homeMachineOff, [.reprotectHome, .failback], "S16",
            "The home copy is off and stays off."),
        GateDefinition(
            .diskSetMatches, [.reprotectHome, .reprotectOut, .failoverOut, .failback], "A",
            "Disks added or resized since are handled or refused by name; one that is not replicated stays behind only "
                + "by a person's word.",
            waivable: .by("operator")),
        GateDefinition(
            .diskPathsUnchanged, [.failback], "A",
            "The attached disks are where they were attached."),
        GateDefinition(
            .generationCurrent, [.everyOperation], "B",
            "No component has seen a higher generation of the item."),
        GateDefinition(
            .assignmentsSynced, [.everyOperation], "B",
            "The configuration server has synced its assignments with the vault since its start."),
        GateDefinition(
            .retentionSpace, [.reprotectHome, .reprotectOut, .failback], "B",
            "The undo of what will be overwritten fits.",
            waivable: .by("operator")),
        GateDefinition(
            .overlaySpace, [.failoverOut, .failback, .drill], "B",
            "The overlay and its merge fit.",
            waivable: .by("operator")),
        GateDefinition(
            .diskNotApplying, [.failoverOut, .failback, .drill], "B",
            "No disk is in the middle of an apply or a move."),
        GateDefinition(
            .replicaSeedPresent, [.reprotectHome, .reprotectOut], "B",
            "A kept replica exists, so only changes are copied; otherwise it is a full copy.",
            severity: .warning),
        GateDefinition(
            .noBranchPins, [.commit], "B",
            "No branch pins what the commit prunes.",
            waivable: .by("operator")),
        GateDefinition(
            .certificateComplete, [.commit], "B",
            "The full certificate is done.",
            waivable: .by("operator")),
        GateDefinition(
            .capacityReserved, [.reprotectHome, .reprotectOut, .failback], "B",
            "Slots, bytes and memory promised by other gates are reserved for this job."),
        GateDefinition(
            .clockSkew, [.everyOperation], "A",
            "The clocks of the components agree within the limit.",
            severity: .warning),
    ]

    private static let byCode = Dictionary(uniqueKeysWithValues: catalogue.map { ($0.code, $0) })

    static func of(_ code: GateCode) -> GateDefinition {
        guard let definition = byCode[code] else { preconditionFailure("\(code.rawValue) is missing in the catalogue") }
        return definition
    }
}

extension GateCode {
    public var definition: GateDefinition { GateDefinition.of(self) }
}
