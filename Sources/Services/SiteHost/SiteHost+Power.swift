import Contract
import MachineFiles
import Messages
import Model
import Receivers
import Store

/// Grants and power.
extension SiteHost {
    func placeGrant(_ call: EffectCall, _ grant: GrantFile) async throws -> PlatformV1.GrantResponse {
        let machine = try MachineID(grant.machine)
        guard grant.item == call.key.item.text else {
            throw Failure(.invalidArgument, "place a grant of item \(grant.item) with a key of item \(call.key.item)")
        }
        return try await turns.holding([machine]) { [self] in
            try await effects.perform(
                call,
                look: {
                    let stored = try await lane.run { [grants] in try grants.stored(machine) }
                    return stored == grant ? try await placed(grant, machine) : nil
                },
                act: { _ in try await place(grant, machine) })
        }
    }

    private func place(_ grant: GrantFile, _ machine: MachineID) async throws -> PlatformV1.GrantResponse {
        let record = try await power.record(machine)
        guard record.branch == nil else {
            throw Failure(
                .operationNotAllowed, "place a grant for machine \(machine): it is a test machine and takes none",
                on: [Subject(machine)])
        }
        let generation = try grant.generation.value()
        let withdrawn = try await store.withdrawn(machine)
        guard generation.number > withdrawn else {
            throw Failure(
                .staleGeneration, "place a grant of generation \(generation) for machine \(machine): grants up to "
                    + "generation \(withdrawn) were withdrawn", on: [Subject(machine)])
        }
        if grant.kind == .released { try await refuseUnreleased(machine, ItemID(grant.item)) }
        try await lane.run { [grants] in
            if let stored = try grants.stored(machine), stored.generation.number > generation.number {
                throw Failure(
                    .staleGeneration, "place a grant of generation \(generation) for machine \(machine): one of "
                        + "generation \(stored.generation.number) lies there", on: [Subject(machine)])
            }
            try grants.place(grant, machine)
        }
        return try await placed(grant, machine)
    }

    /// The grant lies there; a machine that goes on running under its generation, as at a reprotect, has it.
    private func placed(_ grant: GrantFile, _ machine: MachineID) async throws -> PlatformV1.GrantResponse {
        let generation = try grant.generation.value()
        let record = try await power.record(machine)
        if record.wanted != .off, record.hostBootID == hostBoot.text, !record.unchecked, record.grant != generation {
            try await power.change(machine) { $0.grant = generation }
        }
        return try response(grant)
    }

    /// A machine is released only where its item's last generation leaves it: at the active site, and nothing
    /// replicates. The copy of the other site stays fenced for ever.
    private func refuseUnreleased(_ machine: MachineID, _ item: ItemID) async throws {
        let roles = try await effects.store.assignment(of: item)?.roles
        guard roles?.activeSite == (try configuration.service.siteValue()), roles?.replication == nil else {
            throw Failure(
                .operationNotAllowed, "release machine \(machine): its item is not active at this site alone",
                on: [Subject(machine), .item(item)])
        }
    }

    /// Needs no assignment: taking authority away is safe under every generation.
    func withdrawGrant(
        _ call: EffectCall, _ machine: MachineID, _ generation: Generation
    ) async throws -> PlatformV1.GrantResponse {
        try await turns.holding([machine]) { [self] in
            try await effects.perform(call, look: { nil }) { _ in
                try await store.withdraw(machine, upTo: generation.number)
                let left = try await lane.run { [grants] in try grants.withdraw(generation, machine) }
                return try left.map(response) ?? PlatformV1.GrantResponse()
            }
        }
    }

    func powerOn(
        _ call: EffectCall, _ machine: MachineID, _ generation: Generation, on host: String
    ) async throws -> PlatformV1.Machine {
        try await turns.holding([machine]) { [self] in
            try await refuseWithoutGrant(call, machine, generation, on: host)
            return try await effects.perform(
                call,
                look: {
                    let record = try await power.record(machine)
                    guard try await runs(record, under: generation) else { return nil }
                    try await power.tend(record)
                    return try await self.machine(machine)
                },
                act: { _ in
                    let grant = try await lane.run { [grants, hostBoot] in
                        let refusal = try grants.refusal(
                            machine, item: call.key.item, generation, hostBoot: hostBoot)
                        if let refusal { throw refusal }
                        return try grants.stored(machine)
                    }
                    try await endDrain(machine)
                    if !host.isEmpty { try await power.change(machine) { $0.host = host } }
                    return try await start(machine, grant: grant, unchecked: false)
                })
        }
    }

    /// Whether it runs as a power-on under this generation would have it. One whose guest was stopped does not, though
    /// its agent still serves the drain, unless its grant is for that alone.
    private func runs(_ record: MachineRecord, under generation: Generation) async throws -> Bool {
        guard !record.unchecked, record.grant == generation, record.hostBootID == hostBoot.text else { return false }
        switch record.wanted {
        case .off: return false
        case .on: return true
        case .draining: return try await lane.run { [grants] in try grants.stored(record.id)?.kind == .drain }
        }
    }

    /// A source that was stopped for a failover keeps its agent; it is turned off, so that what follows is a boot of
    /// its own.
    private func endDrain(_ machine: MachineID) async throws {
        let record = try await power.record(machine)
        guard record.wanted == .draining, record.hostBootID == hostBoot.text else { return }
        try await power.powerOff(machine, graceful: .zero, keepAgent: false)
    }

    /// A missing grant is no answer for good: a fresh one may come and the same call then succeeds. Nor is a host that
    /// starts no machine now. So both are looked for before the key is used.
    private func refuseWithoutGrant(
        _ call: EffectCall, _ machine: MachineID, _ generation: Generation, on host: String
    ) async throws {
        let standing = try await store.database.read { try OperationLedger().lookup(call.key, in: $0) }
        switch standing {
        case .done, .refused, .cancelled: return
        case .new, .intent: break
        }
        let record = try await power.record(machine)
        if try await runs(record, under: generation) { return }
        let refusal = try await lane.run { [grants, hostBoot] in
            try grants.refusal(machine, item: call.key.item, generation, hostBoot: hostBoot)
        }
        if let refusal { throw refusal }
        try await refuseHost(host.isEmpty ? record.host : host, machine)
    }

    /// As a person in vCenter, or the host's automatic start: no generation is looked at here (rule G6). What makes
    /// it safe is the agent, which acknowledges guest writes only under a grant of this boot.
    func startUnchecked(_ machine: MachineID) async throws -> PlatformV1.Machine {
        try await turns.holding([machine]) { [self] in
            let record = try await power.record(machine)
            guard record.branch == nil else {
                throw Failure(
                    .operationNotAllowed, "start machine \(machine) past every check: it is a test machine",
                    on: [Subject(machine)])
            }
            if record.wanted == .on, record.hostBootID == hostBoot.text { return try await self.machine(machine) }
            // A person sees a machine without power.
            try await endDrain(machine)
            let grant = try await lane.run { [grants] in try grants.stored(machine) }
            return try await start(machine, grant: grant, unchecked: true)
        }
    }

    func start(_ machine: MachineID, grant: GrantFile?, unchecked: Bool) async throws -> PlatformV1.Machine {
        let record = try await power.record(machine)
        let seen = try await power.observe(record)
        guard record.wanted == .off || record.hostBootID != hostBoot.text, !seen.agentRuns, !seen.guestRuns else {
            throw Failure(
                .operationNotAllowed, "start machine \(machine): it has power. Turn it off first",
                on: [Subject(machine)])
        }
        try await refuseHost(record.host, machine)
        try await refuseWithoutMemory(record)
        let disks = try await store.disks(of: machine)
        let elsewhere = try await held(disks).filter { $0.owner != DiskOwner.machine(machine).description }
        guard elsewhere.isEmpty else {
            let list = elsewhere.map { "\($0.disk?.id ?? "") at \($0.owner)" }.joined(separator: ", ")
            throw Failure(
                .operationNotAllowed, "start machine \(machine): disks are not attached to it: \(list)",
                on: [Subject(machine)])
        }
        let descriptions = try await descriptions(record)
        let withdrawn = try await store.withdrawn(machine)
        let wanted: WantedPower = grant?.kind == .drain && !unchecked ? .draining : .on
        try await power.powerOn(machine, wanted: wanted, grant: grant, unchecked: unchecked) {
            [processes, datastores] record in
            try processes.prepareBoot(
                record, disks: descriptions, bundle: { datastores.bundle($0, of: .machine(machine)) }, grant: grant,
                withdrawn: withdrawn)
        }
        return try await self.machine(machine)
    }

    func powerOff(
        _ call: EffectCall, _ machine: MachineID, graceful: Duration, keepAgent: Bool
    ) async throws -> PlatformV1.Machine {
        try await turns.holding([machine]) { [self] in
            if call.generation == nil { try await refuseIfProtected(machine, call.key.item) }
            return try await effects.perform(call, look: { nil }) { _ in
                try await power.powerOff(machine, graceful: graceful, keepAgent: keepAgent)
                return try await self.machine(machine)
            }
        }
    }

    /// A command without a generation is for machines that never had one, or were released from it.
    func refuseIfProtected(_ machine: MachineID, _ item: ItemID) async throws {
        guard let record = await power.known(machine), record.branch == nil else { return }
        let grant = try await lane.run { [grants] in try grants.stored(machine) }
        if grant?.kind == .released { return }
        let assignment = try await effects.store.assignment(of: item)
        guard record.grant == nil, grant == nil, assignment == nil else {
            throw Failure(
                .invalidArgument, "stop or delete machine \(machine): it is under a generation, name it",
                on: [Subject(machine)])
        }
    }

    private func response(_ grant: GrantFile) throws -> PlatformV1.GrantResponse {
        let message = try grant.message()
        return .with { $0.grant = message }
    }
}
