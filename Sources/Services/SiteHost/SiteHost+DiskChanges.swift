import Contract
import Messages
import Model

/// An administrator's changes of a machine's disks, past everything that is ours.
extension SiteHost {
    /// - Parameter disks: those that get another size, and those that are added. The others stay as they are.
    func changeDisks(_ machine: MachineID, _ disks: [DiskDescription]) async throws -> PlatformV1.Machine {
        try await turns.holding([machine]) { [self] in
            let present = try await store.disks(of: machine)
            try await refuseChange(machine, disks, present)
            let owner = DiskOwner.machine(machine)
            for disk in disks {
                if present.contains(where: { $0.id == disk.id }) {
                    try await lane.run { [datastores] in try datastores.resize(disk, of: owner) }
                } else {
                    try await lane.run { [datastores] in try datastores.create(disk, for: owner, image: nil) }
                    try await store.save([DiskRecord(description: disk, machine: machine)])
                }
                log.notice("disk changed", metadata: ["disk": "\(disk.id)", "of": "\(owner)", "size": "\(disk.size)"])
            }
            return try await self.machine(machine)
        }
    }

    /// As a hypervisor does: not of a machine that has power, nor of one whose disks something else builds upon.
    private func refuseChange(
        _ machine: MachineID, _ disks: [DiskDescription], _ present: [DiskRecord]
    ) async throws {
        let record = try await power.record(machine)
        let seen = try await power.observe(record)
        func refusal(_ why: String) -> Failure {
            Failure(.operationNotAllowed, "change the disks of machine \(machine): \(why)", on: [Subject(machine)])
        }
        guard record.branch == nil else { throw refusal("it is a test machine and has none") }
        guard record.wanted == .off || record.hostBootID != hostBoot.text, !seen.agentRuns, !seen.guestRuns else {
            throw refusal("it has power. Turn guest and agent off")
        }
        guard record.snapshots.isEmpty else { throw refusal("it has snapshots. Remove them first") }
        let elsewhere = try await held(present).filter { $0.owner != DiskOwner.machine(machine).description }
        guard elsewhere.isEmpty else {
            throw refusal("they are attached to \(elsewhere.map(\.owner).joined(separator: ", "))")
        }
        let added = disks.filter { disk in !present.contains { $0.id == disk.id } }
        guard present.count + added.count <= mostDisks else { throw refusal("it would have more than \(mostDisks)") }
        for disk in added {
            guard try await store.disk(disk.id) == nil else { throw refusal("disk \(disk.id) is another one's") }
            guard !present.contains(where: { $0.description.index == disk.index }),
                added.filter({ $0.index == disk.index }).count == 1
            else { throw refusal("two disks would be at place \(disk.index)") }
        }
    }
}
