import Environment
import Messages
import Model

/// The gates of reprotect and failback about home and the cloud machine (source statements S3 to S14).
func homeGates(_ seen: Observation) -> [Gate] {
    [
        migrationNotCompleted(seen), protectionEnabled(seen), cloudMachineExists(seen), cloudMachineNotMoved(seen),
        physicalOSSupported(seen), targetPlatformMatches(seen), configurationServerConnected(seen),
        configurationServerAddress(seen), inConfigurationDatabase(seen), vcenterConnected(seen),
        masterTargetNoSnapshots(seen), masterTargetOSFamily(seen), configurationBackupFresh(seen),
        assignmentsSynced(seen),
    ]
}

func migrationNotCompleted(_ seen: Observation) -> Gate {
    guard seen.item.phase == Phase.migrated.name else { return Gate(.migrationNotCompleted, .pass) }
    return Gate(
        .migrationNotCompleted, .fail, evidence: [seen.saw("its migration was completed", "vault")],
        remedy: remedy(.migrationNotCompleted, seen))
}

func protectionEnabled(_ seen: Observation) -> Gate {
    guard seen.item.phase == Phase.disabled.name else { return Gate(.protectionEnabled, .pass) }
    return Gate(
        .protectionEnabled, .fail, evidence: [seen.saw("its protection was disabled", "vault")],
        remedy: remedy(.protectionEnabled, seen))
}

/// A machine that is gone can be left behind only by a person's word, and only with points at home to go on from.
func cloudMachineExists(_ seen: Observation) -> Gate {
    switch seen.cloudMachine {
    case .value(let machine):
        return Gate(
            .cloudMachineExists, .pass, evidence: [seen.saw("machine \(machine.id) is there", "cloud platform")])
    case .absent:
        let hasPoints = !(seen.points.value ?? []).isEmpty
        if seen.item.phase == Phase.protected(.home).name, hasPoints, let statement = seen.statement {
            return Gate(
                .cloudMachineExists, .pass,
                evidence: [
                    seen.saw("it is gone; stated dead by \(statement.person): \(statement.reason)", "cloud platform")
                ])
        }
        return Gate(
            .cloudMachineExists, .fail,
            evidence: [seen.saw("machine \(seen.item.cloud.machine) does not exist", "cloud platform")],
            remedy: lostCloudMachine(seen, hasPoints), waivable: .never)
    case .unreachable(let why):
        if let statement = seen.statement {
            return Gate(
                .cloudMachineExists, .pass, evidence: [seen.saw("stated dead: \(statement.reason)", statement.person)])
        }
        return seen.unknown(.cloudMachineExists, why, "platform", "cloud")
    case .notAsked: return Gate(.cloudMachineExists, .unknown)
    }
}

private func lostCloudMachine(_ seen: Observation, _ hasPoints: Bool) -> Remedy {
    guard seen.item.phase == Phase.protected(.home).name, hasPoints else {
        return Remedy("None: nothing is left to come home from. Restore the machine in the cloud, if it can be")
    }
    return Remedy(
        "Home has points of it: state that the cloud machine is gone",
        command: "homeward failback \(seen.name) --source-dead --reason 'what you checked'")
}

func cloudMachineNotMoved(_ seen: Observation) -> Gate {
    switch seen.cloudMachine {
    case .value(let machine):
        let group = machine.attributes?.resourceGroup ?? ""
        guard group != seen.item.resourceGroup else { return Gate(.cloudMachineNotMoved, .pass) }
        return Gate(
            .cloudMachineNotMoved, .fail,
            evidence: [
                seen.saw("it is in \"\(group)\", failed over to \"\(seen.item.resourceGroup)\"", "cloud platform")
            ],
            remedy: Remedy("Move the machine back into resource group \"\(seen.item.resourceGroup)\""))
    case .absent, .unreachable, .notAsked:
        // One cause, told once.
        let status: Gate.Status = cloudMachineExists(seen).status == .pass ? .notApplicable : .unknown
        return Gate(.cloudMachineNotMoved, status, causedBy: .gate(.cloudMachineExists))
    }
}

func physicalOSSupported(_ seen: Observation) -> Gate {
    let name = seen.item.osName.lowercased()
    let isUnsupported = seen.item.physical && name.contains("2008 r2 sp1")
    guard isUnsupported else { return Gate(.physicalOSSupported, .pass) }
    return Gate(
        .physicalOSSupported, .fail,
        evidence: [seen.saw("a physical server with \(seen.item.osName)", "configuration server")],
        remedy: Remedy("None: this system is not brought home from the cloud. Upgrade it there first"))
}

func targetPlatformMatches(_ seen: Observation) -> Gate {
    switch seen.homePlatform {
    case .value(let platform):
        // A physical machine comes home as a virtual machine of whatever platform is there.
        guard seen.item.platformKind == "vmware", platform.kind == "hyper-v" else {
            return Gate(.targetPlatformMatches, .pass)
        }
        return Gate(
            .targetPlatformMatches, .fail,
            evidence: [seen.saw("home's platform is \(platform.kind)", "configuration server")],
            remedy: Remedy("Connect the configuration server to a vCenter of the home site"))
    case .absent, .unreachable, .notAsked:
        return Gate(.targetPlatformMatches, .unknown, causedBy: .gate(.configurationServerConnected))
    }
}

func configurationServerConnected(_ seen: Observation) -> Gate {
    let silence = seen.configurationSilence.map { "last heard \($0.inMicroseconds / 1_000_000) s ago" } ?? "never heard"
    switch seen.configuration {
    case .value where seen.configurationIsFresh:
        return Gate(.configurationServerConnected, .pass, evidence: [seen.saw(silence, "vault")])
    case .unreachable(let why):
        return Gate(
            .configurationServerConnected, .fail, evidence: [seen.saw(silence, "vault"), seen.saw(why, "vault")],
            remedy: Remedy("Start the configuration server, or its way to this vault"))
    case .value, .absent, .notAsked:
        return Gate(
            .configurationServerConnected, .fail, evidence: [seen.saw(silence, "vault")],
            remedy: Remedy("Start the configuration server, or its way to this vault"))
    }
}

func configurationServerAddress(_ seen: Observation) -> Gate {
    if let stray = seen.strayAddress {
        return Gate(
            .configurationServerAddress, .fail, evidence: [seen.saw("it now calls from \(stray)", "vault")],
            remedy: Remedy("Start it at the address it was registered with"))
    }
    switch seen.configuration {
    case .value: return Gate(.configurationServerAddress, .pass)
    case .absent, .unreachable, .notAsked:
        return Gate(.configurationServerAddress, .unknown, causedBy: .gate(.configurationServerConnected))
    }
}

func inConfigurationDatabase(_ seen: Observation) -> Gate {
    switch seen.row {
    case .value: return Gate(.inConfigurationDatabase, .pass)
    case .absent:
        return Gate(
            .inConfigurationDatabase, .fail,
            evidence: [seen.saw("item \(seen.item.id) has no row", "configuration server")],
            remedy: Remedy("Restore the configuration database from its backup; rows are never invented"))
    case .unreachable, .notAsked:
        return Gate(.inConfigurationDatabase, .unknown, causedBy: .gate(.configurationServerConnected))
    }
}

func vcenterConnected(_ seen: Observation) -> Gate {
    switch seen.homePlatform {
    case .value(let platform) where platform.connected: return Gate(.vcenterConnected, .pass)
    case .value:
        return Gate(
            .vcenterConnected, .fail,
            evidence: [seen.saw("the configuration server has no connection to vCenter", "configuration server")],
            remedy: Remedy("Bring vCenter back, or its way to the configuration server"))
    case .absent, .unreachable, .notAsked:
        return Gate(.vcenterConnected, .unknown, causedBy: .gate(.configurationServerConnected))
    }
}

func masterTargetNoSnapshots(_ seen: Observation) -> Gate {
    switch seen.homePlatform {
    case .value(let platform) where platform.masterTargetSnapshots.isEmpty: return Gate(.masterTargetNoSnapshots, .pass)
    case .value(let platform):
        let names = platform.masterTargetSnapshots.joined(separator: ", ")
        return Gate(
            .masterTargetNoSnapshots, .fail, evidence: [seen.saw("snapshots: \(names)", "vCenter")],
            remedy: Remedy("Remove the snapshots of the master target in vCenter"))
    case .absent, .unreachable, .notAsked:
        return Gate(.masterTargetNoSnapshots, .unknown, causedBy: .gate(.configurationServerConnected))
    }
}

func masterTargetOSFamily(_ seen: Observation) -> Gate {
    guard case .value(let target) = seen.masterTarget else {
        return Gate(
            .masterTargetOSFamily, .unknown, evidence: [seen.saw("no master target is registered at home", "vault")],
            remedy: Remedy("Start a master target at home, or name another one"))
    }
    guard target.osFamily != seen.item.osFamily, !seen.item.osFamily.isEmpty else {
        return Gate(.masterTargetOSFamily, .pass)
    }
    return Gate(
        .masterTargetOSFamily, .fail,
        evidence: [
            seen.saw(
                "the machine runs \(seen.item.osFamily), \(target.endpoint?.id ?? "") is \(target.osFamily)", "vault")
        ], remedy: Remedy("Use a master target of the machine's family"))
}

/// A reprotect turned it off (S16). Somebody may have started it since; it then writes nothing, and is stopped, but its
/// disks must not be handed to a machine that runs.
func homeMachineOff(_ seen: Observation) -> Gate {
    switch seen.homeMachine {
    case .value(let machine) where machine.power == .off:
        return Gate(.homeMachineOff, .pass, evidence: [seen.saw("machine \(machine.id) is off", "vCenter")])
    case .value(let machine):
        return Gate(
            .homeMachineOff, .fail, evidence: [seen.saw("machine \(machine.id) is \(machine.power.word)", "vCenter")],
            remedy: Remedy("Turn the home machine off in vCenter; who started it did so past the failback"))
    case .absent:
        return Gate(
            .homeMachineOff, .fail,
            evidence: [seen.saw("machine \(seen.item.home.machine) does not exist", "vCenter")],
            remedy: Remedy("Register the home machine in vCenter again, with its own disks"))
    case .unreachable, .notAsked:
        return Gate(.homeMachineOff, .unknown, causedBy: .gate(.configurationServerConnected))
    }
}
