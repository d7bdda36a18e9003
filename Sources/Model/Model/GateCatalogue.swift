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
    case masterTargetAvailable = "MASTER_TARGET_AVAILABLE"
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

/// The constant part of a gate.
public struct GateDefinition: Hashable, Sendable {
    public let code: GateCode
    public let severity: Gate.Severity
    public let waivable: Gate.Waivable
    /// What it says when it holds.
    public let meaning: String
    /// S: source statement; A: wider Azure Site Recovery documentation; B: ours.
    public let origin: String

    init(
        _ code: GateCode, _ origin: String, _ meaning: String,
        severity: Gate.Severity = .blocking, waivable: Gate.Waivable = .never
    ) {
        self.code = code
        self.severity = severity
        self.waivable = waivable
        self.meaning = meaning
        self.origin = origin
    }

    /// One line for each code, in the order of the codes.
    public static let catalogue: [GateDefinition] = [
        GateDefinition(
            .migrationNotCompleted, "S3",
            "The item was not ended by complete migration."),
        GateDefinition(
            .cloudMachineExists, "S3",
            "The cloud machine was not deleted. From PROTECTED towards home with usable points, a statement "
                + "that the source is dead waives it.",
            waivable: .by("operator")),
        GateDefinition(
            .cloudMachineNotMoved, "S3",
            "The cloud machine is still in the resource group it was failed over to."),
        GateDefinition(
            .protectionEnabled, "S3",
            "Protection was not disabled."),
        GateDefinition(
            .physicalOSSupported, "S4",
            "The item is not a physical Windows Server 2008 R2 SP1, which cannot come home."),
        GateDefinition(
            .targetPlatformMatches, "S5",
            "A VMware item does not go to a Hyper-V host."),
        GateDefinition(
            .reprotectComplete, "S6",
            "The item is protected in the direction cloud to home."),
        GateDefinition(
            .replicationHealthy, "S6, S17",
            "Replication health is OK.",
            waivable: .by("operator")),
        GateDefinition(
            .vcenterConnected, "S7",
            "vCenter is connected now; looked at again right before disks are detached or attached."),
        GateDefinition(
            .configurationServerConnected, "S8",
            "The configuration server runs and its heartbeat is fresh. A failover to the cloud does not need "
                + "it."),
        GateDefinition(
            .inConfigurationDatabase, "S9",
            "The machine's row is in the configuration server's database."),
        GateDefinition(
            .configurationServerAddress, "S11",
            "The configuration server answers at the address it was registered with, or was re-homed by the "
                + "supported command."),
        GateDefinition(
            .configurationBackupFresh, "S10",
            "The last verified backup of the configuration database is younger than its schedule.",
            severity: .warning),
        GateDefinition(
            .masterTargetNoSnapshots, "S12",
            "The master target has no snapshots."),
        GateDefinition(
            .masterTargetOSFamily, "S14",
            "The master target's system family is that of the machine: Windows for Windows, Linux for Linux."),
        GateDefinition(
            .processServerAvailable, "S15, S31",
            "The chosen process server is registered, fresh and not critical."),
        GateDefinition(
            .hasRecoveryPoint, "S24, S25",
            "There is at least one usable recovery point; for a plan, for every member."),
        GateDefinition(
            .directionConfirmed, "S19",
            "The caller states the direction and it is the item's."),
        GateDefinition(
            .agentRegistered, "S32",
            "The agent has registered again since the last boot; that takes up to 15 minutes."),
        GateDefinition(
            .cloudMachineRunning, "A 78093",
            "The cloud machine is running and reachable."),
        GateDefinition(
            .agentReachesConfigurationServer, "A 95226",
            "The agent's link to the configuration server works; without it its process server's carries its commands.",
            severity: .warning),
        GateDefinition(
            .nameFreeAtTarget, "A 78052",
            "No machine of that name is on the target host."),
        GateDefinition(
            .datastoreWritable, "A 8061",
            "The datastore is visible to the master target, writable and has enough space."),
        GateDefinition(
            .hostCapacity, "A 8038",
            "The target host can start the machine."),
        GateDefinition(
            .masterTargetDiskSlots, "A",
            "The disks attached to the master target and those of the item stay within its limit."),
        GateDefinition(
            .masterTargetController, "A",
            "The master target's disk controller is a supported one."),
        GateDefinition(
            .masterTargetDiskUUID, "A",
            "Disk UUIDs are switched on at the master target."),
        GateDefinition(
            .masterTargetTools, "A",
            "VMware Tools are present at the master target."),
        GateDefinition(
            .masterTargetRetentionVolume, "A",
            "The master target has its retention volume."),
        GateDefinition(
            .masterTargetVersion, "A",
            "The master target is not newer than the configuration and process servers."),
        GateDefinition(
            .masterTargetAvailable, "B",
            "The master target that a replica is moved to, or begins anew at, is registered at that site and heard."),
        GateDefinition(
            .platformPrivileges, "A",
            "The platform account has every privilege that failback needs."),
        GateDefinition(
            .groupSameTarget, "A",
            "All members of the replication group have one master target."),
        GateDefinition(
            .groupSameOSFamily, "A",
            "All members of the replication group have one system family."),
        GateDefinition(
            .notInGroup, "A",
            "The item is not a member of a replication group; a member is operated through its group or plan."),
        GateDefinition(
            .diskIdentityUnique, "A",
            "No disk UUID of the machine clashes with one at the master target."),
        GateDefinition(
            .noConflictingJob, "A",
            "No other job holds the item."),
        GateDefinition(
            .noDrillLeft, "A",
            "No drill waits for its cleanup; a real failover may discard it.",
            waivable: .by("operator")),
        GateDefinition(
            .drillIsolated, "B",
            "The target platform starts a test machine in a network that leads to no service of the sites."),
        GateDefinition(
            .sourceConfirmedOff, "B",
            "The source is durably fenced or was seen gone, or its death was stated by a person with a "
                + "reason.",
            waivable: .by("operator")),
        GateDefinition(
            .lineageProvesDirection, "B",
            "The lineage of the copies permits overwriting the target.",
            waivable: .by("operator")),
        GateDefinition(
            .operationAllowed, "B",
            "The item's phase allows the operation."),
        GateDefinition(
            .committed, "A R18, S30",
            "The last failover or failback was committed."),
        GateDefinition(
            .hasPointOfKind, "S27, S28",
            "A point of the chosen kind exists for each member; another kind is never taken silently."),
        GateDefinition(
            .groupComplete, "B",
            "All members of the replication group are in the run."),
        GateDefinition(
            .groupSameProcessServer, "B",
            "All members of the replication group have one process server, which coordinates the cut."),
        GateDefinition(
            .homeMachineOff, "S16",
            "The home copy is off and stays off."),
        GateDefinition(
            .diskSetMatches, "A",
            "Disks added or resized since are handled or refused by name; one that is not replicated stays behind only "
                + "by a person's word.",
            waivable: .by("operator")),
        GateDefinition(
            .diskPathsUnchanged, "A",
            "The attached disks are where they were attached."),
        GateDefinition(
            .generationCurrent, "B",
            "No component has seen a higher generation of the item."),
        GateDefinition(
            .assignmentsSynced, "B",
            "The configuration server has synced its assignments with the vault since its start."),
        GateDefinition(
            .retentionSpace, "B",
            "The undo of what will be overwritten fits.",
            waivable: .by("operator")),
        GateDefinition(
            .overlaySpace, "B",
            "The overlay and its merge fit.",
            waivable: .by("operator")),
        GateDefinition(
            .diskNotApplying, "B",
            "No disk is in the middle of an apply or a move."),
        GateDefinition(
            .replicaSeedPresent, "B",
            "A kept replica exists, so only changes are copied; otherwise it is a full copy.",
            severity: .warning),
        GateDefinition(
            .noBranchPins, "B",
            "Neither a branch nor a person pins what the commit prunes.",
            waivable: .by("operator")),
        GateDefinition(
            .certificateComplete, "B",
            "The full certificate is done.",
            waivable: .by("operator")),
        GateDefinition(
            .capacityReserved, "B",
            "Slots, bytes and memory promised by other gates are reserved for this job."),
        GateDefinition(
            .clockSkew, "A",
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
