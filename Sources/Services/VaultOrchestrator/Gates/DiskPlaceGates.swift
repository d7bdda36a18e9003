import Contract
import Messages
import Model

/// Gates about where the item's disks are: attached as they were, under names of their own, and free of branches.

/// The master target tells disks apart by their ids, so one id must not come twice: from two disks of the machine, or
/// from one of another machine that is attached there already, a clone's for example.
func diskIdentityUnique(_ seen: Observation) -> Gate {
    guard let machine = seen.homeMachine.value, let all = seen.homeMachines.value else {
        let isHeard = seen.homePlatform.value != nil
        return Gate(
            .diskIdentityUnique, .unknown,
            causedBy: .gate(isHeard ? .vcenterConnected : .configurationServerConnected))
    }
    let own = seen.item.besidesLeftOut(of: machine, at: .home).map(\.id)
    let target = "master-target/\(seen.masterTarget.value?.endpoint?.id ?? seen.item.masterTarget)"
    var clashes = Set(own.filter { id in own.count { $0 == id } > 1 }).sorted().map { id in
        "two disks of machine \(machine.id) have the id \(id)"
    }
    for other in all where other.id != machine.id {
        for disk in other.disks where disk.owner == target {
            guard let id = disk.disk?.id, own.contains(id) else { continue }
            clashes.append("\(target) has disk \(id) of machine \(other.id)")
        }
    }
    guard !clashes.isEmpty else { return Gate(.diskIdentityUnique, .pass) }
    return Gate(
        .diskIdentityUnique, .fail, evidence: clashes.map { seen.saw($0, "vCenter") },
        remedy: Remedy(
            "Give one of the two another disk UUID in vCenter, or use another master target",
            command: "homeward reprotect \(seen.name) --master-target ID"))
}

/// Storage moved under a master target leaves it with disks at another place than it opened.
func diskPathsUnchanged(_ seen: Observation) -> Gate {
    guard let attached = seen.item.attachedAt, !attached.isEmpty else {
        return Gate(
            .diskPathsUnchanged, .notApplicable,
            evidence: [seen.saw("they were made at the master target, or by an earlier version", "vault")])
    }
    guard let machine = seen.homeMachine.value else {
        return Gate(.diskPathsUnchanged, .unknown, causedBy: .gate(.homeMachineOff))
    }
    let paths = machine.disks.compactMap { disk in disk.disk.map { ($0.id, disk.path) } }
    let now = Dictionary(paths) { first, _ in first }
    let moved = attached.sorted { $0.key < $1.key }.filter { now[$0.key] != $0.value }
    guard !moved.isEmpty else { return Gate(.diskPathsUnchanged, .pass) }
    return Gate(
        .diskPathsUnchanged, .fail,
        evidence: moved.map { disk, path in
            let place = now[disk].map { "at \($0)" } ?? "gone"
            return seen.saw("disk \(disk) was attached as \(path), and is \(place)", "vCenter")
        },
        remedy: Remedy("Move the disks back to where they were attached; what was moved was open at the master target"))
}

/// What a branch stands on goes with a commit, and the branch with it; so does what a person keeps.
func noBranchPins(_ seen: Observation) -> Gate {
    switch seen.branches {
    case .value(let branches):
        let pins = seen.item.handPins(of: seen.points.value ?? [])
        guard !branches.isEmpty || !pins.isEmpty else { return Gate(.noBranchPins, .pass) }
        return Gate(
            .noBranchPins, .fail,
            evidence: branches.map { seen.saw("branch \($0.id) of point \($0.point) serves", seen.item.masterTarget) }
                + pins.map { seen.saw($0.text, seen.item.masterTarget) },
            remedy: Remedy(
                "Wait until nobody needs them; or commit, by which they go, with your reason",
                command: "homeward commit \(seen.name) --waive \(GateCode.noBranchPins.rawValue)='why'"))
    case .unreachable(let why): return seen.unknown(.noBranchPins, why, "master target", seen.item.masterTarget)
    case .absent, .notAsked: return Gate(.noBranchPins, .unknown)
    }
}
