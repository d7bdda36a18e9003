import Messages
import Model

/// Every gate of an operation, in the order of the catalogue's text; all at once, never only the first that fails.
func evaluateGates(_ seen: Observation) -> [Gate] {
    var all = [seen.item.quarantineGate(at: seen.at)].compactMap(\.self)
    if case .failover(let direction) = seen.operation { all.append(directionConfirmed(seen, direction)) }
    all += permissionGates(seen)
    if seen.operation.isOfWholeGroup { all.append(notInGroup(seen)) }
    switch seen.operation {
    case .failover(let direction):
        all += [hasRecoveryPoint(seen), diskSetMatches(seen)]
        if direction == .home {
            all += homeGates(seen) + [reprotectComplete(seen), replicationHealthy(seen), homeMachineOff(seen)]
            all += [hostCapacity(seen), diskPathsUnchanged(seen), retentionSpace(seen), capacityReserved(seen)]
        }
        all.append(overlaySpace(seen, direction))
        // The master target says so when it is to let go of them.
        all += [sourceConfirmedOff(seen, direction), Gate(.diskNotApplying, .deferred("release"))]
    case .reprotect(.home):
        all += homeGates(seen) + receivingGates(seen)
        all += [committed(seen), processServerAvailable(seen), agentRegistered(seen), diskSetMatches(seen)]
        all += [replicaSeedPresent(seen, .home), overlaySpaceAhead(seen), capacityReserved(seen)]
        if let machine = seen.alternate {
            all += seen.alternateGates(machine) + [Gate(.homeMachineOff, .deferred("leave-original"))]
        } else {
            all.append(diskIdentityUnique(seen))
            all.append(Gate(.homeMachineOff, .deferred("home-off")))
            all.append(Gate(.lineageProvesDirection, .deferred("lineage")))
        }
    case .reprotect(.out):
        all += [committed(seen), processServerAvailable(seen), agentRegistered(seen), diskSetMatches(seen)]
        all.append(replicaSeedPresent(seen, .out))
    case .switchProcessServer: all += [takesOver(seen), agentRegistered(seen)]
    case .moveMasterTarget: all += takingReplica(seen) + [agentRegistered(seen)]
    case .renewReplica: all += [masterTargetAvailable(seen), agentRegistered(seen)]
    case .excludeDisk: all += [undecidedDisk(seen), agentRegistered(seen)]
    case .resync: all += [noOtherComparison(seen), agentRegistered(seen), replicaTakesSource(seen)]
    case .drill: all += drillGates(seen) + [capacityReserved(seen)]
    case .pin: all.append(hasRecoveryPoint(seen))
    case .commit:
        if seen.item.phase == Phase.commitPending(.home).name { all.append(certificateComplete(seen)) }
        all.append(noBranchPins(seen))
    default: break
    }
    all += everywhereGates(seen)
    // One code once: the first that refuses says most, else the first.
    let refusing = all.filter(\.blocks)
    let firsts = all.map { gate in refusing.first { $0.code == gate.code } ?? gate }
    var known: Set<GateCode> = []
    return followingFromPhase(firsts.filter { known.insert($0.code).inserted }, seen)
}

/// What an operation needs that does not fit the item's phase is mostly not there either. That follows from the phase
/// and wants no remedy of its own: nobody is to turn home's machine off because a failback was asked for too early.
private func followingFromPhase(_ gates: [Gate], _ seen: Observation) -> [Gate] {
    var isOtherWay = false
    if case .protected? = try? seen.item.phaseValue() { isOtherWay = true }
    let order: [GateCode] =
        [.migrationNotCompleted, .protectionEnabled] + (isOtherWay ? [.directionConfirmed] : [])
        + [.reprotectComplete, .committed, .operationAllowed, .directionConfirmed]
    let failing = gates.filter { $0.status == .fail }.map(\.code)
    guard let root = order.first(where: failing.contains) else { return gates }
    return gates.map { gate in
        let isOfItself = [root, .noConflictingJob, .generationCurrent].contains(gate.code)
        guard gate.blocks, !isOfItself else { return gate }
        var follows = gate
        if case .gate = gate.causedBy {} else { follows.causedBy = .gate(root) }
        follows.remedy = nil
        return follows
    }
}

extension Operation {
    /// A member of a replication group is operated through its group.
    var isOfWholeGroup: Bool {
        switch self {
        case .failover, .reprotect, .cancelFailover, .cancelReprotect, .completeCertificate, .commit, .changePoint,
            .completeMigration, .switchProcessServer, .moveMasterTarget:
            true
        default: false
        }
    }

    /// Those with a command of their own, in the order of the cycle.
    static let typed: [Operation] = [
        .failover(.out), .failover(.home), .cancelFailover, .commit, .reprotect(.home), .reprotect(.out),
        .cancelReprotect, .disable, .drillCleanup,
    ]

    /// What a refusal says was attempted.
    func attempt(_ name: String) -> String {
        switch self {
        case .failover(.out): "fail over \(name)"
        case .failover(.home): "fail back \(name)"
        case .reprotect: "reprotect \(name)"
        case .cancelFailover: "cancel the failover of \(name)"
        case .cancelReprotect: "cancel the reprotect of \(name)"
        case .changePoint: "change the recovery point of \(name)"
        case .completeCertificate: "read back the disks of \(name)"
        case .commit: "commit \(name)"
        case .completeMigration: "complete the migration of \(name)"
        case .disable, .disableForced: "disable \(name)"
        case .switchProcessServer: "switch the process server of \(name)"
        case .moveMasterTarget: "move \(name) to another master target"
        case .renewReplica: "begin a new replica of \(name)"
        case .resync: "compare \(name) with its replica"
        case .drill: "begin a drill of \(name)"
        case .excludeDisk: "leave a disk of \(name) out"
        case .pin: "pin a recovery point of \(name)"
        case .unpin: "let a pinned recovery point of \(name) go"
        case .releaseSetAside: "release what is set aside of \(name)"
        case .drillCleanup: "clean up the drill of \(name)"
        default: "\(self.name) of \(name)"
        }
    }

    /// To be typed, for the item or the group of that name.
    func command(_ name: String) -> String? {
        switch self {
        case .failover(.out): "homeward failover \(name)"
        case .failover(.home): "homeward failback \(name)"
        case .reprotect: "homeward reprotect \(name)"
        case .cancelFailover: "homeward cancel-failover \(name) --confirm-loss"
        case .cancelReprotect: "homeward cancel-reprotect \(name)"
        case .completeCertificate: "homeward certificate complete \(name)"
        case .commit: "homeward commit \(name)"
        case .completeMigration: "homeward complete-migration \(name)"
        case .changePoint: "homeward change-point \(name) POINT --confirm-loss"
        case .disable: "homeward disable \(name)"
        case .switchProcessServer: "homeward infrastructure switch-process-server \(name)"
        case .moveMasterTarget: "homeward infrastructure move-master-target \(name) --to ID"
        case .excludeDisk: "homeward disks exclude \(name) DISK"
        case .pin: "homeward points pin \(name) POINT --reason WHY"
        case .unpin: "homeward points unpin \(name) POINT --reason WHY"
        case .releaseSetAside: "homeward set-aside release \(name) --reason WHY"
        case .resync: "homeward resync \(name)"
        case .drillCleanup: "homeward drills cleanup \(name)"
        case .disableForced: "homeward disable \(name) --force"
        default: nil
        }
    }
}

/// What the durable facts say: phase, claim, drill.
func permissionGates(_ seen: Observation) -> [Gate] {
    guard let conditions = try? seen.item.conditions() else {
        return [Gate(.operationAllowed, .unknown, evidence: [seen.saw("the item's row cannot be read", "vault")])]
    }
    switch permission(for: seen.operation, given: conditions, discardDrill: seen.discardDrill) {
    case .allowed: return [Gate(.operationAllowed, .pass), Gate(.noConflictingJob, .pass)]
    case .refused(let codes):
        let phase = seen.item.phase.isEmpty ? "none" : seen.item.phase
        return codes.map { code in
            var held = seen.item.claimJob.map { ", held by job \($0)" } ?? ""
            if code == .operationAllowed, seen.operation == .moveMasterTarget, phase.hasSuffix("_HOME") {
                held += ": its replica is on home's own disks, which are at \(seen.item.masterTarget)"
            }
            if code == .noDrillLeft, let drill = seen.item.drill { held += ", drill \(drill.job) is \(drill.state)" }
            return Gate(
                code, .fail, evidence: [seen.saw("the item is in \(phase)\(held)", "vault")],
                remedy: remedy(code, seen), waivable: .never)
        }
    }
}

/// What is to be done about a gate that the durable facts decide.
func remedy(_ code: GateCode, _ seen: Observation) -> Remedy? {
    switch code {
    case .migrationNotCompleted:
        Remedy("None: a completed migration has no way home. Copy its content by other means")
    case .protectionEnabled:
        Remedy("Protect the machine anew, while it is at home", command: "homeward protect \(seen.item.home.machine)")
    case .sourceConfirmedOff:
        Remedy(
            "Wait until the old source is heard again and fenced; or commit", command: "homeward commit \(seen.name)")
    case .noConflictingJob:
        Remedy("Wait for the job, or cancel it", command: seen.item.claimJob.map { "homeward jobs cancel \($0)" })
    case .committed: Remedy("Commit first", command: "homeward commit \(seen.name)")
    case .reprotectComplete: Remedy("Reprotect first", command: "homeward reprotect \(seen.name)")
    case .noDrillLeft:
        if case .failover = seen.operation {
            Remedy(
                "Clean up, or let this end the drill with --discard-drill",
                command: "homeward drills cleanup \(seen.item.displayName)")
        } else {
            Remedy("Clean up first", command: "homeward drills cleanup \(seen.item.displayName)")
        }
    case .operationAllowed: possible(seen)
    default: nil
    }
}

/// What a person can do instead.
private func possible(_ seen: Observation) -> Remedy? {
    guard let conditions = try? seen.item.conditions() else { return nil }
    let commands = Operation.typed.compactMap { operation -> String? in
        guard case .allowed = permission(for: operation, given: conditions) else { return nil }
        return operation.command(seen.name)
    }
    guard !commands.isEmpty else { return Remedy("None: nothing is done any more with what is in \(seen.item.phase)") }
    return Remedy("Possible now: \(commands.joined(separator: ", "))")
}

func notInGroup(_ seen: Observation) -> Gate {
    guard !seen.item.group.isEmpty, seen.members.isEmpty else { return Gate(.notInGroup, .pass) }
    return Gate(
        .notInGroup, .fail, evidence: [seen.saw("it is a member of group \(seen.item.group)", "vault")],
        remedy: Remedy("Operate the whole group", command: seen.operation.command(seen.item.group)))
}

func directionConfirmed(_ seen: Observation, _ expected: Direction) -> Gate {
    let phase = (try? seen.item.phaseValue()).flatMap { $0 }
    let actual = phase?.direction
    let isDrill = seen.operation == .drill
    var other: Direction?
    if case .protected(let direction) = phase { other = direction }
    // Where there is nothing to test the phase says so.
    guard actual != expected, !isDrill || other != nil else { return Gate(.directionConfirmed, .pass) }
    return Gate(
        .directionConfirmed, .fail,
        evidence: [
            seen.saw("asked for \(expected.rawValue), the item's direction is \(actual?.rawValue ?? "none")", "vault")
        ],
        remedy: other.map {
            let command = isDrill ? "homeward \(drillName($0)) \(seen.name)" : Operation.failover($0).command(seen.name)
            return Remedy("Go in the item's direction, \($0.rawValue)", command: command)
        })
}

/// Judged when the source was stopped; but nobody can stop, fence or see it whose agent and platform are both silent.
/// Then only a person can say that it is dead (rule G7), and it is better said before anything is begun.
func sourceConfirmedOff(
    _ seen: Observation, _ direction: Direction, when: Gate.Moment = .atRequest
) -> Gate {
    if let statement = seen.statement {
        if let alive = seen.signOfLife { return sourceAnswers(seen, direction, alive, when) }
        return Gate(
            .sourceConfirmedOff, .pass, evidence: [seen.saw("stated dead: \(statement.reason)", statement.person)])
    }
    guard case .unreachable(let why) = seen.sourceMachine, seen.agent.value?.attached != true else {
        return Gate(.sourceConfirmedOff, .deferred("confirm-off"))
    }
    let machine = seen.item[direction.source].machine
    let verb = direction == .out ? "failover" : "failback"
    return Gate(
        .sourceConfirmedOff, .fail,
        evidence: [
            seen.saw("neither the agent of \(machine) nor its platform answers", "vault"),
            seen.saw(why, "\(direction.source.rawValue) platform"),
        ],
        remedy: Remedy(
            "Wait for it; or, if you have made sure that it is dead, state so",
            command: "homeward \(verb) \(seen.item.displayName) --source-dead --reason 'what you checked'"),
        waivable: .never)
}

/// Nobody is dead who answers: it would go on acknowledging writes beside the other copy.
private func sourceAnswers(
    _ seen: Observation, _ direction: Direction, _ alive: String, _ when: Gate.Moment
) -> Gate {
    let verb = direction == .out ? "failover" : "failback"
    return Gate(
        .sourceConfirmedOff, .fail, when: when,
        evidence: [seen.saw(alive, "\(direction.source.rawValue) platform, agent")],
        remedy: Remedy(
            "It can be stopped: take the newest point that is there, without a statement",
            command: "homeward \(verb) \(seen.item.displayName) --point latest-processed"),
        waivable: .never)
}

extension Observation {
    /// Heard just now: the source's machine is on, or its agent speaks.
    fileprivate var signOfLife: String? {
        if let machine = sourceMachine.value, machine.power != .off {
            return "machine \(machine.id) is \(machine.power), its platform answers"
        }
        guard let agent = agent.value, agent.attached, agent.silentUs < Self.alive else { return nil }
        return "its agent was heard \(agent.silentUs / 1_000) ms ago"
    }

    /// An agent speaks once a second.
    static let alive: UInt64 = 10_000_000
}

func reprotectComplete(_ seen: Observation) -> Gate {
    guard seen.item.phase != Phase.protected(.home).name else { return Gate(.reprotectComplete, .pass) }
    return Gate(
        .reprotectComplete, .fail, evidence: [seen.saw("the item is in \(seen.item.phase)", "vault")],
        remedy: Remedy("Reprotect first", command: "homeward reprotect \(seen.name)"))
}

func replicationHealthy(_ seen: Observation) -> Gate {
    let bad = seen.item.health
    guard bad != healthy else { return Gate(.replicationHealthy, .pass) }
    return Gate(
        .replicationHealthy, .fail, evidence: bad.map { seen.saw($0, "vault") },
        remedy: Remedy(
            "Mend what is named; or go on in spite of it, with your reason",
            command: "homeward failback \(seen.name) --waive \(GateCode.replicationHealthy.rawValue)='why'"))
}

func committed(_ seen: Observation) -> Gate {
    guard case .commitPending? = (try? seen.item.phaseValue()).flatMap({ $0 }) else { return Gate(.committed, .pass) }
    return Gate(
        .committed, .fail, evidence: [seen.saw("the last failover is not committed", "vault")],
        remedy: remedy(.committed, seen))
}

func processServerAvailable(_ seen: Observation) -> Gate {
    guard case .value(let component) = seen.processServer else {
        return Gate(
            .processServerAvailable, .fail, evidence: [seen.saw("no such process server is registered", "vault")],
            remedy: Remedy("Start a process server at the active site, or name another one"))
    }
    let id = component.endpoint?.id ?? ""
    guard seen.processServerIsFresh else {
        return Gate(
            .processServerAvailable, .fail, evidence: [seen.saw("\(id) was not heard lately", "vault")],
            remedy: Remedy("Start process server \(id), or use another one at the active site"),
            causedBy: .component(Subject(kind: "process server", id: id)))
    }
    // A cache this full stops taking intervals soon (Azure Site Recovery calls it critical).
    if let free = component.figures["cache_free_percent"], free < ConfigurationV1.Component.leastCachePercent {
        return Gate(
            .processServerAvailable, .fail, evidence: [seen.saw("\(free) % of its cache is free", id)],
            remedy: Remedy(
                "Give its cache room, or use another process server", command: "homeward infrastructure show \(id)"))
    }
    return Gate(.processServerAvailable, .pass, evidence: [seen.saw("\(id) is registered and fresh", "vault")])
}

/// Of the process server that is to relay instead of the item's.
func takesOver(_ seen: Observation) -> Gate {
    let gate = processServerAvailable(seen)
    guard gate.status == .pass, let (why, source) = seen.unfitToTakeOver else { return gate }
    return Gate(
        .processServerAvailable, .fail, evidence: [seen.saw(why, source)],
        remedy: Remedy("Name another process server of the site", command: "homeward infrastructure list"))
}

func agentRegistered(_ seen: Observation) -> Gate {
    guard case .value(let agent) = seen.agent, agent.attached, agent.hello?.drill != true else {
        var isGone = false
        if case .absent = seen.cloudMachine { isGone = seen.operation == .reprotect(.home) }
        let silent = seen.agent.value.map { "silent for \($0.silentUs / 1_000_000) s" } ?? "never registered"
        return Gate(
            .agentRegistered, .fail, evidence: [seen.saw("the agent of the active copy is \(silent)", "relays")],
            remedy: [.switchProcessServer, .moveMasterTarget, .renewReplica, .resync, .excludeDisk]
                .contains(seen.operation)
                ? Remedy("Nobody can tell it what to do: wait until it is connected again")
                : Remedy(
                    "It registers within 15 minutes of a boot; or let the job wait for it",
                    command: "homeward reprotect \(seen.name) --wait"),
            causedBy: isGone ? .gate(.cloudMachineExists) : nil)
    }
    return Gate(
        .agentRegistered, .pass, evidence: [seen.saw("boot \(agent.hello?.bootID ?? "") is registered", "relays")])
}

extension Observation {
    /// What a person operates: the item, or its group.
    var name: String { members.isEmpty ? item.displayName : item.group }

    func saw(_ what: String, _ source: String) -> Evidence { Evidence(what, source: source, at: at) }

    /// Nobody who should know answered; blocks, and names who.
    func unknown(_ code: GateCode, _ why: String, _ kind: String, _ id: String) -> Gate {
        Gate(
            code, .unknown, evidence: [saw(why, id)], causedBy: .component(Subject(kind: kind, id: id)))
    }
}
