import Messages

/// What the vault measured, taken into the report.
extension LabLoop {
    func note(_ operation: String, _ machine: LoopMachine, _ facts: [String: String]) {
        guard let place = report.machines.firstIndex(where: { $0.name == machine.name }) else { return }
        let ids = report.machines[place].disks.map(\.id)
        let measured = ids.map { LoopReport.Moved(facts, disk: $0) }
        if measured.contains(where: { $0.moved != nil }) {
            report.machines[place].replications.append(
                LoopReport.Replication(operation: operation, session: facts["session"] ?? "delta", disks: measured))
        }
        for index in ids.indices {
            if operation == "reprotect" { report.machines[place].disks[index].moved = measured[index] }
            guard operation == "failback" else { continue }
            report.machines[place].disks[index].point = facts["point.number"].flatMap { Int64($0) }
            report.machines[place].disks[index].certificateMode = facts["certificate"]
        }
    }
}

extension LoopReport.Moved {
    init(_ facts: [String: String], disk: String) {
        func number(_ name: String) -> Int64? { facts["\(name).\(disk)"].flatMap { Int64($0) } }
        changed = number("changed")
        ahead = number("ahead")
        suspect = number("suspect")
        moved = number("moved")
        dropped = number("dropped")
        discarded = number("discarded")
    }
}
