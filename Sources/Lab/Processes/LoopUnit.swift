import Messages
import Model

/// What the loop operates at once: a machine, or a replication group as one.
struct LoopUnit: Sendable {
    /// As the vault knows it.
    let name: String
    /// Empty for a machine of its own.
    let group: String
    let machines: [LoopMachine]

    init(_ machine: LoopMachine) {
        name = machine.name
        group = ""
        machines = [machine]
    }

    init(group: String, _ machines: [LoopMachine]) {
        name = group
        self.group = group
        self.machines = machines
    }

    /// What a job found, by fact; of a group's members with their names before.
    func facts(_ job: VaultV1.Job) -> [(String, String)] {
        guard !job.members.isEmpty else { return job.facts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
        return job.members.flatMap { member in
            member.facts.sorted { $0.key < $1.key }.map { ("\(member.displayName)/\($0.key)", $0.value) }
        }
    }

    func facts(_ job: VaultV1.Job, of machine: LoopMachine) -> [String: String] {
        job.members.first { $0.displayName == machine.name }?.facts ?? job.facts
    }
}

extension LoopOptions {
    /// The machines that make the group when all of them are there, and its name.
    static let groupMachines = ["app-01", "db-01"]
    static let groupName = "shop"

    /// Empty outside groups.
    func group(of machine: LoopMachine) -> String {
        units.first { $0.machines.contains { $0.name == machine.name } }?.group ?? ""
    }

    /// In the order of the machines.
    var units: [LoopUnit] {
        let members = machines.filter { Self.groupMachines.contains($0.name) }
        guard isGrouped, members.count == Self.groupMachines.count else { return machines.map { LoopUnit($0) } }
        let others = machines.filter { !Self.groupMachines.contains($0.name) }
        return [LoopUnit(group: Self.groupName, members)] + others.map { LoopUnit($0) }
    }
}
