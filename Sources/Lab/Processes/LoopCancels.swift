import Messages
import Model

/// Cancels, and machines that write nothing.
extension LabLoop {
    func cancels(_ unit: LoopUnit) async throws {
        try await begin(unit)
        try await operate("failover", unit) { try await self.vault.failover(unit.name, .out) }
        try await breath()
        try await cancelFailover(unit, .out)
        let job = try await operate("failover", unit) { try await self.vault.failover(unit.name, .out) }
        let images = try await keep(unit, .cloud, newest(unit, job), "the newest point in the cloud")
        try await keep(unit, .home, nil, "home after the cancelled failover")
        beganInCloud(unit, images, job)
        try await breath()
        try await operate("commit", unit) { try await self.vault.commit(unit.name) }
        try await rest(unit, .cloud)
        try await cancelReprotect(unit, .home)
        try await reprotect(unit, as: "reprotect")
        expectNothingMoved(unit, "home after the cancel of a reprotect that had moved everything")
        for machine in unit.machines { try await vault.setGuest(machine.cloudName, .cloud, guest(of: machine)) }
        try await breath()
        try await operate("failback", unit) { try await self.vault.failover(unit.name, .home) }
        try await breath()
        try await cancelFailover(unit, .home)
        let returned = try await operate("failback", unit) { try await self.vault.failover(unit.name, .home) }
        try await keepHandover(unit, returned)
        try await breath()
        try await commitFailback(unit, returned)
        try await rest(unit, .home)
        try await cancelReprotect(unit, .out)
        try await reprotect(unit, as: "re-protect")
        expectNothingMoved(unit, "out after the cancel of a reprotect that had moved everything")
    }

    func idles(_ unit: LoopUnit) async throws {
        for machine in unit.machines { try await create(machine) }
        try await breath()
        try await rest(unit, .home)
        try await protect(unit)
        try await operate("failover", unit) { try await self.vault.failover(unit.name, .out) }
        try await operate("commit", unit) { try await self.vault.commit(unit.name) }
        try await reprotect(unit, as: "reprotect")
        let returned = try await operate("failback", unit) { try await self.vault.failover(unit.name, .home) }
        try await keepHandover(unit, returned)
        try await commitFailback(unit, returned)
        try await reprotect(unit, as: "re-protect")
        try await rest(unit, .home)
    }

    private func expectNothingMoved(_ unit: LoopUnit, _ when: String) {
        for machine in report.machines where unit.machines.contains(where: { $0.name == machine.name }) {
            let moved = machine.replications.last?.disks.map { $0.moved ?? -1 } ?? []
            guard moved.isEmpty || moved.contains(where: { $0 != 0 }) else { continue }
            report.reasons.append("\(machine.name): \(moved) blocks were moved \(when)")
        }
    }

    /// Cancels a reprotect that has moved everything and is not in sync yet, which needs some holding on: the vault
    /// rests before it opens the session, the master target is frozen until the item synchronizes, and the vault until
    /// the disks are equal.
    private func cancelReprotect(_ unit: LoopUnit, _ direction: Direction) async throws {
        guard let component = LabLayout.component("vault") else { return }
        let target = direction == .out ? "mt-cloud" : "mt-home"
        let rest = "\(layout.holds(component))/workflow.reprotect-\(direction.rawValue).open-session.begin"
        let files = world.environment.files
        try await lane.run { try files.open(rest, .create).close() }
        _ = try await vault.reprotect(unit.name)
        try await until(.seconds(30), "reprotect of \(unit.name)") {
            try await self.lane.run { files.exists("\(rest).held") } ? "" : "the session is not about to be opened"
        }
        try await hold([target])
        try await lane.run { try files.remove(rest) }
        for machine in unit.machines {
            try await until(.seconds(60), "reprotect of \(machine.name)") {
                let item = try await self.vault.item(machine.name)
                return item.phase == .synchronizing && item.claimJob.isEmpty ? "" : "\(item.phase)"
            }
        }
        try await hold(["vault"])
        try await release([target])
        try await until(.seconds(60), "copy of \(unit.name)") { try await self.copiesAreEqual(unit, direction) }
        try await hold([target])
        try await release(["vault"])
        let cancel = try await vault.cancelReprotect(unit.name)
        try await release([target])
        try await operate("cancel-reprotect", unit) { cancel }
    }

    private func hold(_ ids: [String]) async throws {
        for id in ids where !(await supervisor.freeze(id)) {
            throw Failure(.unavailable, "freeze \(id): it does not run")
        }
    }

    private func release(_ ids: [String]) async throws {
        for id in ids where !(await supervisor.thaw(id)) {
            throw Failure(.unavailable, "thaw \(id): it does not run")
        }
    }

    /// Empty when the replica at the target equals the machine's disks; its guest is idle.
    private func copiesAreEqual(_ unit: LoopUnit, _ direction: Direction) async throws -> String {
        let (layout, files) = (layout, world.environment.files)
        let pairs = unit.machines.flatMap { machine in
            machine.disks.map { disk in
                let owner = direction == .out ? machine.name : machine.cloudName
                let target = direction.target
                return (
                    "\(layout.datastore(target.other))/machine-\(owner)/\(disk.id)/disk.raw",
                    "\(layout.datastore(target))/master-target-mt-\(target.rawValue)/\(disk.id)/disk.raw"
                )
            }
        }
        return try await lane.run {
            for (source, copy) in pairs where try Images.digest(source, files) != Images.digest(copy, files) {
                return "\(copy) differs"
            }
            return ""
        }
    }
}
