import Messages

/// What the vault measured, taken into the report.
extension LabLoop {
    /// Asks beforehand what it may move, as a person would, and holds the run to the answer.
    func reprotect(_ unit: LoopUnit, as name: String) async throws {
        await kills.settle()
        let preview = try await vault.previewReprotect(unit.name)
        try await operate(name, unit) { try await self.vault.reprotect(unit.name) }
        for bound in preview.bounds {
            guard let place = report.machines.firstIndex(where: { $0.name == bound.displayName }),
                let last = report.machines[place].replications.indices.last,
                // Not that of an operation before: one that was killed may not have been measured.
                report.machines[place].replications[last].operation == name,
                report.machines[place].replications[last].bound == nil
            else { continue }
            report.machines[place].replications[last].bound = LoopReport.Bound(bound)
        }
    }

    func note(_ operation: String, _ machine: LoopMachine, _ facts: [String: String]) {
        guard let place = report.machines.firstIndex(where: { $0.name == machine.name }) else { return }
        let ids = report.machines[place].disks.map(\.id)
        let measured = ids.map { LoopReport.Moved(facts, disk: $0) }
        // A reprotect that was not measured stands there, too, without figures: the judges ask for them.
        if LoopReport.Replication.reprotects.contains(operation) || measured.contains(where: { $0.moved != nil }) {
            report.machines[place].replications.append(
                LoopReport.Replication(operation: operation, session: facts["session"] ?? "delta",
                    uncleanStop: facts["home.stop"] == "unclean", disks: measured))
        }
        for index in ids.indices {
            if operation == "reprotect" { report.machines[place].disks[index].moved = measured[index] }
            if operation == "commit-failback" {
                report.machines[place].disks[index].certificateMode = facts["certificate"]
            }
            guard operation == "failback" else { continue }
            report.machines[place].disks[index].point = facts["point.number"].flatMap { Int64($0) }
            report.machines[place].disks[index].certificateMode = facts["certificate"]
        }
    }
}

extension LoopReport.Bound {
    init(_ bound: VaultV1.SynchronizationBound) {
        changed = Int64(clamping: bound.changedBlocks)
        suspect = Int64(clamping: bound.suspectBlocks)
        crash = Int64(clamping: bound.crashBlocks)
        basis = bound.basis
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
