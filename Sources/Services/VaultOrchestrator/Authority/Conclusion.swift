import Contract
import Messages
import Model

/// What is seen of an item, apart from this vault's record.
struct Picture: Sendable {
    var holdings: [Holding] = []
    /// Who has to answer, and did not.
    var missing: [String] = []
    var machines: [Site: Seen<PlatformV1.Machine>] = [:]
    /// Sites whose agent refuses guest writes.
    var closed: Set<Site> = []
    var replica: Seen<TargetV1.Replica> = .notAsked
    /// The cloud's master target that has the disks of a machine that is removed, as the seed of what goes out next.
    var seed: Seen<String> = .notAsked
    /// Recovery points of the replica that a failover can choose.
    var usablePoints = 0
    /// The registration at home.
    var row: Seen<ConfigurationV1.ProtectedMachine> = .notAsked

    /// The highest assignment anywhere; this vault's own counts like any other.
    func highest(beside record: ItemRecord) -> Assignment? {
        let all = holdings.map(\.assignment) + [try? record.assignment()].compactMap(\.self)
        return all.max { $0.generation.number < $1.generation.number }
    }

    func machine(_ site: Site) -> PlatformV1.Machine? { machines[site]?.value }

    /// Guest writes may be acknowledged there.
    func runs(_ site: Site) -> Bool { machine(site)?.power == .on && !closed.contains(site) }

    /// It is gone, or cannot write: somebody who knows says so.
    func isSeenNotToRun(_ site: Site) -> Bool {
        switch machines[site] {
        case .value?: !runs(site)
        case .absent?: true
        default: false
        }
    }

    /// It has its own disks, so that it can run.
    func hasDisks(_ site: Site) -> Bool {
        guard let machine = machine(site), !machine.disks.isEmpty else { return false }
        return machine.disks.allSatisfy { $0.owner == "machine/\(machine.id)" }
    }
}

/// What follows for an item from what is seen of it.
struct Conclusion: Sendable {
    var above: UInt64
    var roles: GenerationRoles
    var phase: Phase
    var because: [String]
    /// The machine that does not run could not be seen, and was stated gone.
    var otherIsStatedDead: Bool
    /// The machine that is to run could not be seen, and was stated gone: only a failover leads on from there.
    var activeIsStatedDead: Bool
    var cloudMachineExists: Bool
    /// The master target that keeps a seed; nil for none.
    var seed: String?
    var homeHasDisks: Bool
    /// What is known of the copy that does not run, as `StoredRoleChange` says it.
    var oldWriter: String
}

/// Which copy runs decides; where none does, the one that ran last. A phase is taken that loses nothing if it is
/// wrong: a replication goes on as one that is not in sync, and a failover counts as not committed, because a commit
/// can be made again and a merged overlay has nothing left to merge.
func conclude(_ record: ItemRecord, _ picture: Picture, hasStatement: Bool) throws(Failure) -> Conclusion {
    let what = "reconcile \(record.displayName)"
    if !picture.missing.isEmpty, !hasStatement {
        throw Failure(
            .unavailable, "\(what): the census is not complete, \(picture.missing.joined(separator: "; ")). Wait for "
                + "them; or, if you have made sure that nothing runs there and that they hold nothing newer, say so "
                + "(--missing-dead WHAT-YOU-CHECKED)")
    }
    guard let highest = picture.highest(beside: record) else {
        throw Failure(.notFound, "\(what): nobody holds a generation of it; disable it by force and protect it again")
    }
    var because = ["the highest generation is \(highest.generation), active at \(highest.roles.activeSite.rawValue)"]
    let active = try activeSite(record, picture, highest, hasStatement: hasStatement, &because)
    let isStated = hasStatement && isUnreachable(picture.machines[active.other])
    let (roles, phase) = phase(record, picture, highest, active, hasStatement: hasStatement, &because)
    let seed = phase == .committed(.home) ? try seed(record, picture, hasStatement: hasStatement, &because) : nil
    return Conclusion(
        above: highest.generation.number, roles: roles, phase: phase, because: because,
        otherIsStatedDead: isStated,
        activeIsStatedDead: hasStatement && isUnreachable(picture.machines[active]),
        cloudMachineExists: picture.machine(.cloud) != nil, seed: seed, homeHasDisks: picture.hasDisks(.home),
        oldWriter: isStated ? "stated" : picture.isSeenNotToRun(active.other) ? "confirmed" : "unproven")
}

/// Whether a commit kept a seed is in nobody's generation: the policy of that day may have dropped it.
private func seed(
    _ record: ItemRecord, _ picture: Picture, hasStatement: Bool, _ because: inout [String]
) throws(Failure) -> String? {
    switch picture.seed {
    case .value(let target):
        because.append("\(target) has the cloud machine's disks as a seed")
        return target
    case .unreachable(let why) where !hasStatement:
        throw Failure(
            .unavailable, "reconcile \(record.displayName): whether \(record.cloudMasterTarget) has a seed of it is "
                + "not known: \(why). Wait for it; or, if it is gone for good, say so (--missing-dead "
                + "WHAT-YOU-CHECKED), and the next replication out is a full copy")
    case .absent, .unreachable:
        because.append(
            "no master target of the cloud has a seed of it: the next replication out looks for the disks of the "
                + "removed machine, and is a full copy where they are gone")
        return nil
    case .notAsked: return nil
    }
}

private func isUnreachable(_ seen: Seen<PlatformV1.Machine>?) -> Bool {
    if case .unreachable? = seen { return true }
    return false
}

private func activeSite(
    _ record: ItemRecord, _ picture: Picture, _ highest: Assignment, hasStatement: Bool, _ because: inout [String]
) throws(Failure) -> Site {
    let running = Site.allCases.filter(picture.runs)
    if running.count > 1 {
        throw Failure(
            .operationNotAllowed, "reconcile \(record.displayName): both \(record.home.machine) at home and "
                + "\(record.cloud.machine) in the cloud have power and serve writes. Stop the one that is to go at its "
                + "platform, then reconcile again")
    }
    if let site = running.first {
        because.append("machine \(record[site].machine) runs at \(site.rawValue)")
        return site
    }
    let able = Site.allCases.filter(picture.hasDisks)
    let newest = able.map { picture.machine($0)?.grant?.number ?? 0 }.max() ?? 0
    let last = able.filter { (picture.machine($0)?.grant?.number ?? 0) == newest }
    if newest > 0, last.count == 1 {
        because.append("no copy runs; \(record[last[0]].machine) at \(last[0].rawValue) ran last, under \(newest)")
        return last[0]
    }
    if able.contains(highest.roles.activeSite) || able.count == 1 {
        let site = able.contains(highest.roles.activeSite) ? highest.roles.activeSite : able[0]
        because.append("no copy runs; \(record[site].machine) at \(site.rawValue) has its disks")
        return site
    }
    let source = highest.roles.activeSite
    if hasStatement, isUnreachable(picture.machines[source]), highest.roles.replication?.source == source,
        picture.canTakeOver
    {
        because.append(
            "machine \(record[source].machine), which ran at \(source.rawValue), is stated gone; "
                + "\(source.other.rawValue) has \(picture.usablePoints) recovery points of it")
        return source
    }
    throw Failure(
        .operationNotAllowed, "reconcile \(record.displayName): no copy runs, and none is seen to have its disks; "
            + "start the one that is to run at its platform, then reconcile again")
}

private func phase(
    _ record: ItemRecord, _ picture: Picture, _ highest: Assignment, _ active: Site, hasStatement: Bool,
    _ because: inout [String]
) -> (GenerationRoles, Phase) {
    let arriving: Model.Direction = active == .cloud ? .out : .home
    var roles = GenerationRoles(
        activeSite: active, replication: nil, processServer: highest.roles.processServer,
        masterTarget: highest.roles.masterTarget)
    if let direction = replication(record, picture, highest, active) {
        if let replica = picture.replica.value, takesIntervals(replica) {
            roles.replication = direction
            because.append("it replicates \(direction.rawValue), and the master target has its replica")
            // Of a source that is gone nothing more comes: what is there is what a failover goes to.
            let isGone = hasStatement && isUnreachable(picture.machines[active]) && picture.canTakeOver
            return (roles, isGone ? .protected(direction) : .synchronizing(direction))
        }
        because.append("its replica is not at the master target: nothing replicates")
        return (roles, .committed(arriving))
    }
    if case .absent = picture.row, active == .home, highest.roles.drains == nil {
        because.append("the configuration server has no row for it, and nothing replicates: protection was ended")
        return (roles, .disabled)
    }
    // A failover's generation names the one that it drains; a commit mints none.
    guard highest.roles.drains != nil, highest.roles.activeSite == active else {
        because.append("nothing replicates")
        return (roles, .committed(arriving))
    }
    if (try? record.generation?.generation) == highest.generation, record.phase == Phase.committed(arriving).name {
        because.append("it is committed, by this vault's own record of that generation")
        return (roles, .committed(arriving))
    }
    if arriving == .home, case .absent? = picture.machines[.cloud] {
        because.append("the cloud machine is removed: the failback is committed")
        return (roles, .committed(.home))
    }
    because.append("whether it was committed cannot be seen: commit it, if need be again")
    return (roles, .commitPending(arriving))
}

/// What the highest assignment says; or, where the copy that it names never ran, the one that it was to follow.
private func replication(
    _ record: ItemRecord, _ picture: Picture, _ highest: Assignment, _ active: Site
) -> Model.Direction? {
    func ofActive(_ direction: Model.Direction?) -> Model.Direction? { direction?.source == active ? direction : nil }
    if highest.roles.activeSite == active { return ofActive(highest.roles.replication) }
    guard let drained = highest.roles.drains else { return nil }
    let all = picture.holdings.map(\.assignment) + [try? record.assignment()].compactMap(\.self)
    let before = all.first { $0.generation == drained }
    return ofActive(before?.roles.replication)
}

extension Picture {
    /// The replica has a point that the machine can go on from without its source.
    fileprivate var canTakeOver: Bool { usablePoints > 0 && replica.value.map(takesIntervals) == true }
}

/// It holds its disks, and can go on from them.
func takesIntervals(_ replica: TargetV1.Replica) -> Bool {
    switch replica.state {
    case .initializing, .atPoint, .applying, .moving: true
    default: false
    }
}

extension Conclusion {
    func apply(to record: inout ItemRecord, token: [UInt8], at now: UnixMicroseconds) throws(Failure) {
        record.bridge(to: above, oldWriter: oldWriter)
        try record.mint(roles, token: token, oldWriter: oldWriter, above: above)
        let active = roles.activeSite
        record.phase = phase.name
        record.claimJob = nil
        record.claimOperation = nil
        record.quarantine = nil
        record.synchronizingJob = nil
        record.oldSource = nil
        record.failoverPoint = 0
        record.blockers = []
        record.remainingBlocks = 0
        record.health = [
            activeIsStatedDead
                ? "reconciled: machine \(record[roles.activeSite].machine) was stated gone" : "reconciled"
        ]
        // What is in doubt of one that the record does not know nobody has told.
        let doubt = record.seedAtCloud ? record.seedDoubtBlocks : record.blocks
        record.seedDoubtBlocks = seed == nil ? nil : doubt
        (record.seedAtCloud, record.seedDroppedBy) = (seed != nil, nil)
        record.isSeedSought = phase == .committed(.home) && seed == nil && !cloudMachineExists ? true : nil
        record.cloudMasterTarget = seed ?? record.cloudMasterTarget
        record.processServer = roles.processServer?.text ?? record.processServer
        record.masterTarget = roles.masterTarget?.text ?? record.masterTarget
        record.origin = nil
        record.attachedAt = nil
        record.unprotectedSinceUs = 0
        if case .synchronizing = phase {
            record.origin = SynchronizingOrigin.targetLost.rawValue
        } else if phase != .disabled {
            record.unprotectedSinceUs = now.value
        }
        record[active].state = CopyState.running.rawValue
        record[active].statedDead = false
        record[active.other].state = otherState(active.other).rawValue
        record[active.other].statedDead = otherIsStatedDead
        let isOver = phase == .disabled
        let left = isOver ? record.owed.filter { Remnant(debt: $0) != nil } : []
        // Its machine may have been fenced, or under a grant of a boot that is past, when its protection was ended.
        record.owed = [Debt.reassign.rawValue, (isOver ? Debt.release : .resumeSource).rawValue] + left
        if otherIsStatedDead { record.owed += [Debt.stopSource.rawValue, Debt.fenceSource.rawValue] }
    }

    private func otherState(_ site: Site) -> CopyState {
        switch site {
        case .home: homeHasDisks ? .fenced : .atTarget
        case .cloud where cloudMachineExists: .fenced
        case .cloud: roles.replication == .out || phase == .committed(.home) ? .atTarget : .absent
        }
    }

    func message(of record: ItemRecord) -> VaultV1.ReconciledItem {
        .with {
            $0.name = "items/\(record.id)"
            $0.displayName = record.displayName
            $0.activeSite = roles.activeSite.message
            $0.phase = phase.message
            $0.direction = phase.direction?.message ?? .unspecified
            $0.because = because
        }
    }
}

extension ItemRecord {
    /// Of the changes of roles after this record was stored nobody has told it. They were made in order, so whoever
    /// wrote under one of those generations gave way to the highest one that is held, and what is seen now says whether
    /// it can still write. Without this the lineages of two copies would never again prove which may be overwritten.
    fileprivate mutating func bridge(to highest: UInt64, oldWriter: String) {
        guard let recorded = generation?.number, recorded < highest else { return }
        let first = max(recorded, highest - min(highest, UInt64(Self.longestRoleHistory / 2)))
        roleChanges += (first..<highest).map { StoredRoleChange(from: $0, to: highest, oldWriter: oldWriter) }
        roleChanges = roleChanges.suffix(Self.longestRoleHistory)
    }
}
