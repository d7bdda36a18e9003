import API
import Contract
import Messages
import Model
import RPC

/// Where an item comes home to, and why (source statement S2): the original location, the machine that it was protected
/// as, with the disks that it had; or an alternate one, a new machine with new disks.
struct HomeLocation: Hashable, Sendable {
    let isAlternate: Bool
    let reason: String

    /// Of a reprotect home. A machine that nobody can look at now is taken to be there: gates refuse then.
    init(_ item: ItemRecord, machine: Seen<PlatformV1.Machine>, asked: Bool) {
        let id = item.home.machine
        switch machine {
        case .absent: self.init(isAlternate: true, reason: "machine \(id) is not there any more")
        case _ where item.physical:
            self.init(isAlternate: true, reason: "\(id) is a physical machine, which comes home as a virtual one")
        case _ where asked: self.init(isAlternate: true, reason: "asked for, though machine \(id) is there")
        default: self.init(isAlternate: false, reason: "machine \(id) is there, with the disks that it had")
        }
    }

    /// Of a failback: what the reprotect before it chose.
    init(ofFailback item: ItemRecord) {
        let id = item.home.machine
        if let alternate = item.homeAlternate, !alternate.isSettled {
            self.init(isAlternate: true, reason: "machine \(id) was made for it: \(alternate.reason)")
        } else {
            self.init(isAlternate: false, reason: "machine \(id) gave its disks to the replication home")
        }
    }

    private init(isAlternate: Bool, reason: String) {
        self.isAlternate = isAlternate
        self.reason = reason
    }

    /// - place: of an alternate one.
    func message(
        _ item: ItemRecord, machine: String, place: (datastore: String, host: String) = ("", "")
    ) -> VaultV1.PlannedLocation {
        .with {
            $0.item = item.id
            $0.displayName = item.displayName
            $0.alternate = isAlternate
            $0.reason = reason
            $0.machine = machine
            if isAlternate { ($0.datastore, $0.host) = place }
        }
    }
}

extension VaultCore {
    /// Makes a draft of a reprotect home one to an alternate location where that is needed, or asked for. The members
    /// of a group go the same way.
    func locate(_ draft: inout Draft, alternate asked: Bool) async {
        let platform = try? vault.directory.platform(.home)
        var found: [(item: ItemRecord, location: HomeLocation)] = []
        for item in draft.scope.items {
            var seen = Seen<PlatformV1.Machine>.unreachable("no address")
            if let platform {
                seen = await seeing("look at machine \(item.home.machine)") {
                    try await PlatformClient(platform).getMachine(.with { $0.machine = item.home.machine }, $0)
                }
            }
            found.append((item, HomeLocation(item, machine: seen, asked: asked)))
        }
        let relocated = found.filter(\.location.isAlternate)
        if relocated.count == found.count {
            draft.workflow = reprotectHomeAlternateWorkflow
            for (item, location) in found { draft.relocate(item, because: location.reason) }
            if let platform { await place(&draft, PlatformClient(platform)) }
        } else if !relocated.isEmpty {
            draft.gates.append(apart(found))
        }
        draft.locations = found.map { item, location in
            location.message(
                item, machine: draft.homeMachine(of: item) ?? item.home.machine,
                place: (draft.parameters.datastore ?? "", draft.parameters.host ?? ""))
        }
    }

    /// What nobody chose: the site's first datastore, and the first host that can run what is put there. Whether they
    /// serve the gates say, which never take another one silently.
    private func place(_ draft: inout Draft, _ client: PlatformClient) async {
        let status = await seeing("look at home's hosts and datastores") { try await client.getPlatform(.init(), $0) }
        guard let platform = status.value else { return }
        let datastore = draft.parameters.datastore ?? platform.datastores.first?.id
        draft.parameters.datastore = datastore
        let memory = draft.scope.items.reduce(0) { $0 + UInt64($1.memoryMib) }
        let hosts = platform.judge(
            hostsFor: WantedPlace(memoryMib: memory, datastores: [datastore ?? ""]), now: false)
        let host = hosts.first { $0.objection == nil } ?? hosts.first
        draft.parameters.host = draft.parameters.host ?? host?.id
    }

    private func apart(_ found: [(item: ItemRecord, location: HomeLocation)]) -> Gate {
        Gate(
            .groupComplete, .fail,
            evidence: found.map { item, location in
                let kind = location.isAlternate ? "an alternate" : "its original"
                return Evidence(
                    "\(item.displayName) comes home to \(kind) location: \(location.reason)", source: "vault",
                    at: vault.now)
            },
            remedy: Remedy(
                "The members of a group come home the same way: all to new machines",
                command: "homeward reprotect \(found.first?.item.group ?? "") --alternate"))
    }
}

extension VaultCore.Draft {
    /// The new machine's id is of the generation that the job mints, so none is ever used twice.
    fileprivate mutating func relocate(_ item: ItemRecord, because reason: String) {
        let number = (item.generation?.number ?? 0) + 1
        let base = beforeRelocation(item.homeAlternate?.original.machine ?? item.home.machine)
        let wanted = "\(base)-alt\(number)"
        let machine = MachineID.isValid(wanted) ? wanted : "\(item.id)-alt\(number)"
        guard scope.group != nil else {
            parameters.homeMachine = machine
            parameters.cause = reason
            return
        }
        var members = parameters.members ?? [:]
        var own = members[item.id] ?? MemberParameters(displayName: item.displayName)
        own.homeMachine = machine
        own.cause = reason
        members[item.id] = own
        parameters.members = members
    }

    /// The machine that the job would make at home; nil where it makes none.
    func homeMachine(of item: ItemRecord) -> String? {
        scope.group == nil ? parameters.homeMachine : parameters.members?[item.id]?.homeMachine
    }
}

/// The name that a machine had before it came home to an alternate location, so that names do not grow with each one.
private func beforeRelocation(_ machine: String) -> String {
    guard let dash = machine.lastIndex(of: "-") else { return machine }
    let number = machine[dash...].dropFirst("-alt".count)
    guard machine[dash...].hasPrefix("-alt"), !number.isEmpty, number.allSatisfy(\.isNumber) else { return machine }
    return String(machine[..<dash])
}

// MARK: - Gates

extension Observation {
    /// Those of a new machine and new disks at home.
    func alternateGates(_ machine: String) -> [Gate] { [nameFree(machine), hostCapacity(self)] }

    private func nameFree(_ machine: String) -> Gate {
        switch homeMachines {
        case .value(let machines):
            // The original may bear the name of the item; then the new one is named by its id.
            let others = machines.filter { $0.id != item.home.machine }
            guard let taken = others.first(where: { [$0.id, $0.name].contains(machine) || isNamesake($0) }) else {
                return Gate(.nameFreeAtTarget, .pass, evidence: [saw("\(machine) is free", "vCenter")])
            }
            return Gate(
                .nameFreeAtTarget, .fail,
                evidence: [saw("machine \(taken.id) has the name \(taken.name)", "vCenter")],
                remedy: Remedy("Rename that machine, or remove it"))
        case .absent, .unreachable, .notAsked:
            return Gate(.nameFreeAtTarget, .unknown, causedBy: .gate(.configurationServerConnected))
        }
    }

    private func isNamesake(_ machine: PlatformV1.Machine) -> Bool {
        guard case .absent = homeMachine else { return false }
        return machine.name == item.displayName
    }
}
