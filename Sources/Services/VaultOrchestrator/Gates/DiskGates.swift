import Messages
import Model

/// The disks that the active machine has are those that replicate (gate `DISK_SET_MATCHES`).
///
/// Its platform says what it has now, off or on; a platform that does not answer leaves what its agent last served, so
/// that a failover from a dead site does not wait for it. A disk that became larger is no obstacle: its replica is
/// enlarged by the next stream. Everything else is refused by name. A failover may leave such a disk behind by a
/// person's word; a reprotect may not, because its replication would take nothing of the machine.
func diskSetMatches(_ seen: Observation) -> Gate {
    let (differences, source) = seen.diskDifferences
    let refused = differences.filter { $0.kind != .larger }
    let evidence = (refused.isEmpty ? differences : refused).map { seen.saw($0.text, source) }
    guard let first = refused.first else {
        let left = seen.item.leftOut(at: seen.sourceSite).map { seen.saw($0.text, "vault") }
        return changedTarget(seen) ?? Gate(.diskSetMatches, .pass, evidence: evidence + left)
    }
    let remedy = first.remedy(seen)
    guard case .failover = seen.operation else {
        return Gate(.diskSetMatches, .fail, evidence: evidence, remedy: remedy, waivable: .never)
    }
    return Gate(.diskSetMatches, .fail, evidence: evidence, remedy: remedy)
}

/// Home's disks, which a reprotect overwrites, are those that home was left with: their lineage is of no other ones.
private func changedTarget(_ seen: Observation) -> Gate? {
    guard seen.operation == .reprotect(.home), seen.alternate == nil, let machine = seen.homeMachine.value,
        !machine.disks.isEmpty
    else { return nil }
    let disks = seen.item.besidesLeftOut(of: machine, at: .home)
    let changed = DiskDifference.between(disks, of: machine.id, at: .home, seen.item.disks, now: seen.at)
    guard let first = changed.first else { return nil }
    let evidence = changed.map { disk in
        seen.saw(
            "disk \(disk.disk) of machine \(machine.id), which is to be overwritten, has \(disk.machineBytes) bytes; "
                + "it was left with \(disk.replicatedBytes)", "home platform")
    }
    return Gate(
        .diskSetMatches, .fail, evidence: evidence,
        remedy: Remedy(
            first.kind == .notReplicated
                ? "Take disk \(first.disk) away from machine \(machine.id), or leave it out"
                : "Give disk \(first.disk) of machine \(machine.id) its \(first.replicatedBytes) bytes again; its "
                    + "replication gives it the size of the other copy",
            command: first.kind == .notReplicated ? "homeward disks exclude \(seen.name) \(first.disk)" : nil),
        waivable: .never)
}

/// One of the item's machines has a disk that nobody has decided about; else there is nothing to leave out.
func undecidedDisk(_ seen: Observation) -> Gate {
    var machines: [String] = []
    for (site, machine) in [(Site.home, seen.homeMachine), (.cloud, seen.cloudMachine)] {
        switch machine {
        case .value(let machine):
            let known = Set(seen.item.disks.map(\.id))
            let disks = seen.item.besidesLeftOut(of: machine, at: site)
            guard disks.allSatisfy({ known.contains($0.id) }) else { return Gate(.operationAllowed, .pass) }
            machines.append(machine.id)
        case .absent: continue
        // The request looks for its disk itself.
        case .unreachable, .notAsked: return Gate(.operationAllowed, .pass)
        }
    }
    let what = "every disk of \(machines.joined(separator: " and ")) is replicated or left out"
    return Gate(
        .operationAllowed, .fail,
        evidence: [seen.saw(machines.isEmpty ? "no machine of it is there" : what, "platforms")],
        remedy: Remedy(
            "None is needed: see the disks. One that is replicated is left out when the machine is protected anew",
            command: "homeward disks \(seen.name)"))
}

extension Observation {
    /// Of the machine that is replicated.
    fileprivate var sourceSite: Site {
        operation == .failover(.out) || operation == .reprotect(.out) ? .home : .cloud
    }

    /// What differs, and who says so.
    fileprivate var diskDifferences: ([DiskDifference], String) {
        let site = sourceSite
        let machine = operation == .reprotect(.home) ? cloudMachine : sourceMachine
        guard let machine = machine.value, !machine.disks.isEmpty else { return (item.diskDifferences ?? [], "agent") }
        let found = DiskDifference.between(
            item.besidesLeftOut(of: machine, at: site), of: machine.id, at: site, item.disks, now: at)
        return (found, "\(site.rawValue) platform")
    }
}

extension DiskDifference {
    fileprivate func remedy(_ seen: Observation) -> Remedy {
        let instead: String
        switch kind {
        case .notReplicated: instead = "Leave disk \(disk) out, or take it away from machine \(machine)"
        case .notAtMachine: instead = "Give disk \(disk) back to machine \(machine)"
        case .smaller, .larger: instead = "Enlarge disk \(disk) of machine \(machine) to \(replicatedBytes) bytes"
        }
        let leaving = kind == .notReplicated ? "homeward disks exclude \(seen.name) \(disk)" : nil
        switch seen.operation {
        case .failover(let direction):
            let verb = direction == .out ? "failover" : "failback"
            return Remedy(
                "\(instead)\(leaving.map { " (\($0))" } ?? ""); or go on with what is replicated, with your reason",
                command: "homeward \(verb) \(seen.name) --waive \(GateCode.diskSetMatches.rawValue)='why'")
        case .reprotect(.out):
            return Remedy(
                "\(instead); or end the protection, and protect the machine anew with the disks that it has",
                command: leaving ?? "homeward disable \(seen.name)")
        default: return Remedy(instead, command: leaving)
        }
    }
}
