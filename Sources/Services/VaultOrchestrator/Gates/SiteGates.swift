import Messages
import Model

/// Gates about what home's site gives a failback, beside vCenter's connection: room, privileges, the master target.

/// What a reprotect needs of home's datastore, account and master target.
func receivingGates(_ seen: Observation) -> [Gate] {
    [
        cloudMachineRunning(seen), datastoreWritable(seen), platformPrivileges(seen), masterTargetDiskSlots(seen),
        masterTargetController(seen), masterTargetDiskUUID(seen), masterTargetTools(seen),
        masterTargetRetentionVolume(seen), masterTargetVersion(seen), retentionSpace(seen),
        agentReachesConfigurationServer(seen),
    ]
}

func assignmentsSynced(_ seen: Observation) -> Gate {
    switch seen.configuration {
    case .value(let status) where status.synced: return Gate(.assignmentsSynced, .pass)
    case .value:
        return Gate(
            .assignmentsSynced, .fail,
            evidence: [seen.saw("it has not synced with the vault since its start", "configuration server")],
            remedy: Remedy("Wait until it reaches the vault; it syncs by itself"))
    case .absent, .unreachable, .notAsked:
        return unasked(.assignmentsSynced, seen)
    }
}

/// What every operation hears, whatever it needs. Only those home need the configuration server, and are refused by
/// what it lacks; others are warned of it.
func everywhereGates(_ seen: Observation) -> [Gate] {
    var gates = [configurationBackupFresh(seen), clockSkew(seen)]
    if !seen.operation.needsHome {
        var synced = assignmentsSynced(seen)
        synced.severity = .warning
        gates.append(synced)
    }
    return gates
}

extension Operation {
    /// Goes home, and so by the configuration server.
    var needsHome: Bool { self == .failover(.home) || self == .reprotect(.home) }
}

/// Of what the configuration server says of itself, while it does not answer.
func unasked(_ code: GateCode, _ seen: Observation) -> Gate {
    guard !seen.operation.needsHome else {
        return Gate(code, .unknown, causedBy: .gate(.configurationServerConnected))
    }
    let id = seen.configurationServer?.endpoint?.id ?? ""
    guard case .unreachable(let why) = seen.configuration else { return Gate(code, .unknown) }
    return seen.unknown(code, why, "configuration server", id)
}

func cloudMachineRunning(_ seen: Observation) -> Gate {
    switch seen.cloudMachine {
    case .value(let machine) where machine.power == .on:
        return Gate(.cloudMachineRunning, .pass, evidence: [seen.saw("machine \(machine.id) is on", "cloud platform")])
    case .value(let machine):
        return Gate(
            .cloudMachineRunning, .fail,
            evidence: [seen.saw("machine \(machine.id) is \(machine.power.word)", "cloud platform")],
            remedy: Remedy("Start the cloud machine at its platform"))
    case .absent, .unreachable, .notAsked:
        return Gate(.cloudMachineRunning, .unknown, causedBy: .gate(.cloudMachineExists))
    }
}

func retentionSpace(_ seen: Observation) -> Gate {
    ofHome(.retentionSpace, seen) { platform in
        let own = seen.undoBytes
        let needed = max(own, seen.undoTogether)
        let free = seen.freeBytesAtHome ?? platform.datastoreFreeBytes
        guard free < needed else { return nil }
        let undo = needed > own ? "the undo of the group's machines may take \(needed)" : "the undo may take \(own)"
        return (
            "\(free) bytes are free on home's datastore, \(undo)",
            "Make room on the datastore; or go on without it, with your reason: --waive RETENTION_SPACE='why'"
        )
    }
}

func platformPrivileges(_ seen: Observation) -> Gate {
    ofHome(.platformPrivileges, seen) { platform in
        guard let missing = platform.inventory?.missingPrivileges, !missing.isEmpty else { return nil }
        return (
            "the configuration server's account lacks \(missing.joined(separator: ", "))",
            "Give the account these privileges in vCenter: \(missing.joined(separator: ", "))"
        )
    }
}

func masterTargetController(_ seen: Observation) -> Gate {
    ofHome(.masterTargetController, seen) { platform in
        guard let controller = platform.inventory?.masterTargetController, !controller.isEmpty else { return nil }
        return (
            "the master target's disk controller is \(controller), which takes no disks while it runs",
            "Change the master target's disk controller to a paravirtual SCSI one"
        )
    }
}

func masterTargetDiskUUID(_ seen: Observation) -> Gate {
    ofHome(.masterTargetDiskUUID, seen) { platform in
        guard platform.inventory?.masterTargetDiskIDsOff == true else { return nil }
        return ("the master target is not told its disks' identities", "Set disk.EnableUUID=TRUE for the master target")
    }
}

func masterTargetTools(_ seen: Observation) -> Gate {
    ofHome(.masterTargetTools, seen) { platform in
        guard platform.inventory?.masterTargetToolsMissing == true else { return nil }
        return ("VMware Tools do not run in the master target", "Install and start VMware Tools in the master target")
    }
}

func masterTargetRetentionVolume(_ seen: Observation) -> Gate {
    ofHome(.masterTargetRetentionVolume, seen) { platform in
        guard platform.inventory?.masterTargetRetentionVolumeMissing == true else { return nil }
        return (
            "the volume on which the master target keeps recovery points is not there",
            "Attach the retention volume to the master target in vCenter"
        )
    }
}

/// A warning: its process server's link carries the agent's commands as well.
func agentReachesConfigurationServer(_ seen: Observation) -> Gate {
    guard let row = seen.row.value else {
        return Gate(.agentReachesConfigurationServer, .unknown, causedBy: .gate(.inConfigurationDatabase))
    }
    let machine = seen.item.cloud.machine
    if row.agentMachine == machine, row.agentSilentUs <= Observation.alive {
        return Gate(.agentReachesConfigurationServer, .pass)
    }
    let silent =
        row.agentMachine == machine && row.agentSilentUs < .max
        ? "was last heard \(row.agentSilentUs / 1_000_000) s ago" : "has not linked itself since its boot"
    return Gate(
        .agentReachesConfigurationServer, .fail,
        evidence: [seen.saw("the agent of \(machine) \(silent)", "configuration server")],
        remedy: Remedy("Let machine \(machine) reach the configuration server at its registered address"))
}

/// Of all components that were heard lately. Nothing is decided by them; people compare times.
func clockSkew(_ seen: Observation) -> Gate {
    guard !seen.skews.isEmpty else { return Gate(.clockSkew, .pass) }
    let evidence = seen.skews.map { component, skewUs in
        let (seconds, tenths) = (skewUs.magnitude / 1_000_000, skewUs.magnitude / 100_000 % 10)
        return seen.saw("\(seconds).\(tenths) s \(skewUs < 0 ? "behind" : "ahead of") the vault's clock", component)
    }
    return Gate(
        .clockSkew, .fail, evidence: evidence,
        remedy: Remedy("Let these computers, and the vault's, take their time from one source"))
}

/// Disks that one master target can hold beside its own (as Azure Site Recovery counts).
let masterTargetSlots: UInt64 = 60

func masterTargetDiskSlots(_ seen: Observation) -> Gate {
    guard let target = seen.masterTarget.value else {
        return Gate(.masterTargetDiskSlots, .unknown, causedBy: .gate(.masterTargetOSFamily))
    }
    let members = seen.members.isEmpty ? [seen.item] : seen.members
    let attached = target.figures["attached_disks"] ?? 0
    let needed = UInt64(members.filter { $0.home.value != .atTarget }.reduce(0) { $0 + $1.disks.count })
    guard attached > masterTargetSlots || needed > masterTargetSlots - attached else {
        return Gate(.masterTargetDiskSlots, .pass)
    }
    let id = target.endpoint?.id ?? ""
    return Gate(
        .masterTargetDiskSlots, .fail,
        evidence: [seen.saw("\(attached) disks are attached, \(needed) more of \(masterTargetSlots) would be", id)],
        remedy: Remedy(
            "Use another master target at home", command: "homeward reprotect \(seen.name) --master-target ID"))
}

/// One that is newer than those who drive it may ask for what they do not know.
func masterTargetVersion(_ seen: Observation) -> Gate {
    guard let target = seen.masterTarget.value else {
        return Gate(.masterTargetVersion, .unknown, causedBy: .gate(.masterTargetOSFamily))
    }
    let others = [seen.processServer.value, seen.configurationServer].compactMap(\.self)
    let older = others.filter { isOlder($0.version, than: target.version) }
    guard !older.isEmpty else { return Gate(.masterTargetVersion, .pass) }
    return Gate(
        .masterTargetVersion, .fail,
        evidence: [seen.saw("it is \(target.version)", target.endpoint?.id ?? "")]
            + older.map { seen.saw("\($0.endpoint?.id ?? "") is \($0.version)", "vault") },
        remedy: Remedy("Update the configuration server, then the process servers, then master targets"))
}

/// By its numbers from the left; what has none (a build of no release) is compared with nothing.
func isOlder(_ one: String, than other: String) -> Bool {
    func numbers(_ text: String) -> [Int]? {
        let parts = text.split(separator: "-").first.map { $0.split(separator: ".").map { Int($0) } } ?? []
        return parts.isEmpty || parts.contains(nil) ? nil : parts.compactMap(\.self)
    }
    guard let one = numbers(one), let other = numbers(other) else { return false }
    return one.lexicographicallyPrecedes(other)
}

/// Informative: whether a reprotect copies changes only, and why not.
func replicaSeedPresent(_ seen: Observation, _ direction: Direction) -> Gate {
    if let machine = seen.alternate {
        return Gate(
            .replicaSeedPresent, .fail, evidence: [seen.saw("a full copy: machine \(machine) is made anew", "vault")],
            remedy: Remedy("Nothing needs to be done; it takes longer"))
    }
    let hasSeed = direction == .out ? seen.item.seedAtCloud : seen.homeMachine.value != nil
    let kept = direction == .out ? "the cloud machine's disks, kept at the failback's commit" : "home's own disks"
    guard !hasSeed else {
        return Gate(.replicaSeedPresent, .pass, evidence: [seen.saw("a delta onto \(kept)", "vault")])
    }
    let policy = direction == .out ? seen.item.seedDroppedBy : nil
    let isSought = direction == .out && seen.item.isSeedSought == true
    let why = policy.map { "policy \($0) kept no seed at the failback's commit" }
        ?? "there is no copy to go on from\(isSought ? seen.item.whySeedless : "")"
    return Gate(
        .replicaSeedPresent, .fail, evidence: [seen.saw("a full copy: \(why)", "vault")],
        remedy: Remedy("Nothing needs to be done; it takes longer"))
}

/// A gate about what home's platform says; `speaks` answers what is wrong and what to do.
private func ofHome(
    _ code: GateCode, _ seen: Observation, _ speaks: (PlatformV1.PlatformStatus) -> (what: String, remedy: String)?
) -> Gate {
    guard let platform = seen.homePlatform.value else {
        return Gate(code, .unknown, causedBy: .gate(.configurationServerConnected))
    }
    guard platform.connected else { return Gate(code, .unknown, causedBy: .gate(.vcenterConnected)) }
    guard let found = speaks(platform) else { return Gate(code, .pass) }
    return Gate(code, .fail, evidence: [seen.saw(found.what, "vCenter")], remedy: Remedy(found.remedy))
}
