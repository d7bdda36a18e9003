import Messages
import Model

/// Cancels, and machines that write nothing.
extension LabLoop {
    func cancels(_ machine: LoopMachine) async throws {
        try await begin(machine)
        try await operate("failover", machine) { try await self.vault.failover(machine.name, .out) }
        try await breath()
        try await cancelFailover(machine, .out)
        let job = try await operate("failover", machine) { try await self.vault.failover(machine.name, .out) }
        let images = try await keep(machine, .cloud, newest(job), "the newest point in the cloud")
        try await keep(machine, .home, nil, "home after the cancelled failover")
        beganInCloud(machine, images, job)
        try await breath()
        try await operate("commit", machine) { try await self.vault.commit(machine.name) }
        try await operate("reprotect", machine) { try await self.vault.reprotect(machine.name) }
        try await operate("failback", machine) { try await self.vault.failover(machine.name, .home) }
        try await breath()
        try await cancelFailover(machine, .home)
        let failback = try await operate("failback", machine) { try await self.vault.failover(machine.name, .home) }
        try await keepHandover(machine, failback)
        try await breath()
        try await operate("commit-failback", machine) { try await self.vault.commit(machine.name) }
        try await rest(machine, .home)
        try await cancelReprotect(machine)
        try await operate("re-protect", machine) { try await self.vault.reprotect(machine.name) }
        expectNothingMoved(machine, "after the cancel of a reprotect that had moved everything")
    }

    func idles(_ machine: LoopMachine) async throws {
        try await create(machine)
        try await breath()
        try await rest(machine, .home)
        try await operate("protect", machine) { try await self.vault.enable(machine) }
        try await operate("failover", machine) { try await self.vault.failover(machine.name, .out) }
        try await operate("commit", machine) { try await self.vault.commit(machine.name) }
        try await operate("reprotect", machine) { try await self.vault.reprotect(machine.name) }
        let job = try await operate("failback", machine) { try await self.vault.failover(machine.name, .home) }
        try await keepHandover(machine, job)
        try await operate("commit-failback", machine) { try await self.vault.commit(machine.name) }
        try await operate("re-protect", machine) { try await self.vault.reprotect(machine.name) }
        try await rest(machine, .home)
    }

    private func expectNothingMoved(_ machine: LoopMachine, _ when: String) {
        guard let place = report.machines.firstIndex(where: { $0.name == machine.name }) else { return }
        let moved = report.machines[place].replications.last?.disks.map { $0.moved ?? -1 } ?? []
        guard moved.isEmpty || moved.contains(where: { $0 != 0 }) else { return }
        report.reasons.append("\(machine.name): \(moved) blocks were moved \(when)")
    }

    /// Cancels a reprotect out that has moved everything and is not in sync yet, which needs some holding on: the vault
    /// rests before it opens the session, the master target is frozen until the item synchronizes, and the vault until
    /// the disks are equal.
    private func cancelReprotect(_ machine: LoopMachine) async throws {
        guard let component = LabLayout.component("vault") else { return }
        let rest = "\(layout.holds(component))/workflow.reprotect-out.open-session.begin"
        let files = world.environment.files
        try await lane.run { try files.open(rest, .create).close() }
        _ = try await vault.reprotect(machine.name)
        try await until(.seconds(30), "reprotect of \(machine.name)") {
            try await self.lane.run { files.exists("\(rest).held") } ? "" : "the session is not about to be opened"
        }
        try await hold(["mt-cloud"])
        try await lane.run { try files.remove(rest) }
        try await until(.seconds(60), "reprotect of \(machine.name)") {
            let item = try await self.vault.item(machine.name)
            return item.phase == .synchronizing && item.claimJob.isEmpty ? "" : "\(item.phase)"
        }
        try await hold(["vault"])
        try await release(["mt-cloud"])
        try await until(.seconds(60), "copy of \(machine.name)") { try await self.copiesAreEqual(machine) }
        try await hold(["mt-cloud"])
        try await release(["vault"])
        let cancel = try await vault.cancelReprotect(machine.name)
        try await release(["mt-cloud"])
        try await operate("cancel-reprotect", machine) { cancel }
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

    /// Empty when the cloud's replica equals home's disks; the guest is idle.
    private func copiesAreEqual(_ machine: LoopMachine) async throws -> String {
        let (layout, files) = (layout, world.environment.files)
        let pairs = machine.disks.map { disk in
            ("\(layout.datastore(.home))/machine-\(machine.name)/\(disk.id)/disk.raw",
             "\(layout.datastore(.cloud))/master-target-mt-cloud/\(disk.id)/disk.raw")
        }
        return try await lane.run {
            for (home, cloud) in pairs where try Images.digest(home, files) != Images.digest(cloud, files) {
                return "\(cloud) differs"
            }
            return ""
        }
    }
}
