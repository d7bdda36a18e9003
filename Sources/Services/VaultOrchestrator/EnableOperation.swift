import API
import Contract
import Messages
import Model
import Store
import Workflow

extension VaultCore {
    /// Looks the machine up, then makes the item and its job in one transaction.
    func enableMachine(_ message: VaultV1.EnableRequest) async throws -> VaultV1.Job {
        let request = try Request(message, message.options)
        if let job = try await known(request) { return job }
        let machine = try await homeMachine(message.machine)
        let status = try await homePlatform()
        let members = try await joined(message.group)
        var item = try draftItem(message, machine, status, members)
        let store = vault.store
        item.follow(try await store.database.read { try chosenPolicies(message, members, in: $0) })
        let parameters = JobParameters(
            operation: "enable", person: request.options.person, direction: Direction.out.rawValue,
            processServer: item.processServer, masterTarget: item.masterTarget)
        let plan = enableWorkflow.plan(item: try item.itemID(), parameters: try Stored.bytes(parameters))
        let now = vault.now
        let seen = await Observer(vault).everywhere(item, .enable)
        let gates =
            [Gate(.operationAllowed, .pass)] + joinGates(item, members, at: now)
            + members.compactMap { $0.quarantineGate(at: now) } + everywhereGates(seen)
        if request.options.validateOnly {
            return try await preview(
                enableWorkflow, plan, gates: gates,
                warnings: ["a full copy is made"] + item.notesOfLeftOut(.enable, newHome: nil), bounds: [.full(item)])
        }
        try refuseBlocked(gates, item)
        return try await start(request, plan) { [item] job, transaction in
            try refuseTaken(item, try store.itemsInTheWay(of: item, in: transaction))
            let members =
                item.group.isEmpty ? [] : try store.members(of: try GroupID(item.group), in: transaction)
            if !item.group.isEmpty { try refuseBlocked(joinGates(item, members, at: now), item) }
            var item = item
            item.follow(try chosenPolicies(message, members, in: transaction))
            try refuseOwed(item, try store.disabledItems(of: item.home.machine, in: transaction))
            item.formerGeneration = try store.formerGeneration(of: item.home.machine, in: transaction)
            item.claimJob = job.text
            item.claimOperation = Operation.enable.name
            try store.save(item, in: transaction)
        }
    }

    /// The members of the group to join; empty of a new one, and of none.
    private func joined(_ group: String) async throws -> [ItemRecord] {
        guard !group.isEmpty else { return [] }
        let id = try GroupID(group)
        // A job over the group is listed under a name of its own.
        _ = try Scope.subject(of: id)
        let store = vault.store
        return try await store.database.read { try store.members(of: id, in: $0) }
    }

    private func homeMachine(_ id: String) async throws -> PlatformV1.Machine {
        _ = try MachineID(id)
        let client = PlatformClient(try vault.directory.platform(.home))
        return try await asking("find machine \(id) at home", Patience.read) {
            try await client.getMachine(.with { $0.machine = id }, $0)
        }
    }

    private func homePlatform() async throws -> PlatformV1.PlatformStatus {
        let client = PlatformClient(try vault.directory.platform(.home))
        return try await asking("look at vCenter", Patience.read) { try await client.getPlatform(.init(), $0) }
    }

    private func draftItem(
        _ message: VaultV1.EnableRequest, _ machine: PlatformV1.Machine, _ status: PlatformV1.PlatformStatus,
        _ members: [ItemRecord]
    ) throws -> ItemRecord {
        let fresh = ItemID(prefix: "item", entropy: vault.environment.random.bytes(8))
        let server = try component(
            message.processServer.isEmpty ? members.first?.homeProcessServer ?? "" : message.processServer,
            .processServer, .home, "process server")
        let target = try component(
            message.masterTarget.isEmpty ? members.first?.cloudMasterTarget ?? "" : message.masterTarget,
            .masterTarget, .cloud, "master target")
        let cloud = "\(machine.id)-cloud"
        var item = ItemRecord(
            id: fresh.text, displayName: message.displayName.isEmpty ? machine.name : message.displayName)
        if item.displayName.isEmpty { item.displayName = machine.id }
        item.home = StoredCopy(machine: machine.id, state: CopyState.running.rawValue)
        // Relays know agents by machine, so the copies have names of their own.
        item.cloud = StoredCopy(machine: MachineID.isValid(cloud) ? cloud : "\(fresh)-cloud")
        let disks = try ChosenDisks(
            of: machine, leavingOut: message.excludeDisks, by: message.options?.person ?? "", now: vault.now)
        item.disks = disks.replicated
        item.leftOut = disks.leftOut.isEmpty ? nil : disks.leftOut
        item.group = message.group
        item.processServer = server
        item.masterTarget = target
        item.homeProcessServer = server
        item.cloudMasterTarget = target
        try refuseOddIntervals(message)
        item.intervalUs = message.intervalUs == 0 ? vault.settings.defaultIntervalUs : message.intervalUs
        if message.applicationIntervalUs > 0 { item.applicationIntervalUs = message.applicationIntervalUs }
        item.osFamily = machine.attributes?.osFamily ?? ""
        item.osName = machine.attributes?.osName ?? ""
        item.physical = machine.attributes?.physical ?? false
        item.memoryMib = machine.attributes?.memoryMib ?? 0
        item.toolsEnabled = machine.attributes?.toolsEnabled ?? false
        item.homeNetwork = try? NetworkSettings(machine.attributes?.network)
        item.resourceGroup = machine.attributes?.resourceGroup ?? ""
        item.platformKind = status.kind
        item.guest = machine.guest?.wireBytes() ?? []
        return item
    }

    /// The named component, or the only one of its kind at the site.
    func component(
        _ name: String, _ kind: ConfigurationV1.ComponentKind, _ site: Site, _ word: String
    ) throws(Failure) -> String {
        let known = vault.directory.components(kind, at: site).compactMap { $0.component.endpoint?.id }
        if name.isEmpty, let only = known.first, known.count == 1 { return only }
        guard known.contains(name) else {
            let choice = known.isEmpty ? "none is registered" : "registered are \(known.joined(separator: ", "))"
            throw Failure(.invalidArgument, "choose a \(word) at \(site.rawValue) (\"\(name)\"): \(choice)")
        }
        return name
    }
}

/// As policies are read: 0 says nothing.
private func refuseOddIntervals(_ message: VaultV1.EnableRequest) throws(Failure) {
    guard message.intervalUs == 0 || PolicyLimits.intervalUs.contains(message.intervalUs) else {
        throw Failure(
            .invalidArgument, "protect machine \(message.machine): recovery points are made every 100 ms to every "
                + "hour, not every \(message.intervalUs) us")
    }
    let consistent = message.applicationIntervalUs
    guard consistent == 0 || PolicyLimits.applicationIntervalUs.contains(consistent) else {
        throw Failure(
            .invalidArgument, "protect machine \(message.machine): application-consistent points are taken every "
                + "second to every day, not every \(consistent) us")
    }
}

private func refuseBlocked(_ gates: [Gate], _ item: ItemRecord) throws(Failure) {
    let failing = gates.filter(\.blocks)
    guard failing.isEmpty else {
        throw Failure(.gatesFailed, "protect \(item.displayName) in group \(item.group)", gates: failing)
    }
}

/// What an item of the same machine left when it was disabled is paid first: a stale copy that is still to be stopped,
/// a machine or disks of the names that this one needs. Those who are needed for that are needed for this, too.
private func refuseOwed(_ item: ItemRecord, _ former: [ItemRecord]) throws(Failure) {
    for other in former {
        guard let debt = other.debtsInTheWay.first else { continue }
        throw Failure(
            .busy, "protect machine \(item.home.machine): item \(other.id), which was disabled, still owes there: "
                + "\(debt). It is paid as soon as its site answers; ask again", on: [.item(try other.itemID())])
    }
}

/// Names are unique over items and groups, so that a bare one says which is meant.
private func refuseTaken(_ item: ItemRecord, _ others: [ItemRecord]) throws(Failure) {
    if item.group == item.displayName {
        throw Failure(.alreadyExists, "name an item \"\(item.displayName)\" as its group; choose another --name")
    }
    for other in others {
        if other.home.machine == item.home.machine {
            throw Failure(
                .alreadyExists, "protect machine \(item.home.machine): it is item \(other.id) already",
                on: [.item(try other.itemID())])
        }
        if other.displayName == item.displayName {
            throw Failure(.alreadyExists, "name an item \"\(item.displayName)\": item \(other.id) has that name")
        }
        if !other.group.isEmpty, other.group == item.displayName {
            throw Failure(.alreadyExists, "name an item \"\(item.displayName)\": a group has that name")
        }
        if !item.group.isEmpty, item.group == other.displayName {
            throw Failure(.alreadyExists, "name a group \"\(item.group)\": item \(other.id) has that name")
        }
    }
}
