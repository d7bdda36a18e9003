import Contract
import Messages
import Model
import Store

/// Moving an item, or all members of a group, to another master target of the site that they replicate to.
extension VaultCore {
    func moveMasterTarget(_ message: VaultV1.ItemOperationRequest) async throws -> VaultV1.Job {
        let request = try Request(message, message.options)
        if let job = try await known(request) { return job }
        let scope = try await vault.store.scope(named: message.name)
        var parameters = JobParameters(operation: moveMasterTargetWorkflow.name)
        parameters.masterTarget = try message.masterTarget.isEmpty ? onlyOther(for: scope) : message.masterTarget
        let what = "move \(scope.name) to master target \(parameters.masterTarget)"
        parameters.cause =
            "given up by \(request.options.person.isEmpty ? "a person" : request.options.person), who moved it to "
            + parameters.masterTarget
        let movable = scope.items.filter(\.isMovable)
        for item in movable where item.isSynchronizing && item.targetLoss == nil {
            guard vault.isHeard(.masterTarget(item.masterTarget)) else { continue }
            throw Failure(
                .operationNotAllowed, "\(what): \(item.masterTarget) holds the disks while \(item.displayName) is "
                    + "\(item.phase); move it when it is protected", on: [.item(try item.itemID())])
        }
        if let lost = movable.first(where: { $0.targetLoss != nil }),
            let kept = movable.first(where: { $0.targetLoss == nil && vault.isHeard(.masterTarget($0.masterTarget)) })
        {
            throw Self.halfLost(what, lost, beside: kept)
        }
        // A group moves in one way.
        let isHandedOver = movable.allSatisfy(vault.canHandOver)
        var lost: [String] = []
        for item in movable { lost.append(await vault.lostByMoving(item, isHandedOver)) }
        guard message.confirmLoss || request.options.validateOnly || lost.isEmpty else {
            throw Failure(
                .operationNotAllowed,
                "\(what): \(lost.joined(separator: "; ")). Confirm the loss (confirm_loss, --confirm-loss)")
        }
        return try await run(
            request,
            Draft(
                scope: scope, operation: .moveMasterTarget,
                workflow: isHandedOver ? moveMasterTargetWorkflow : renewReplicaElsewhereWorkflow,
                parameters: parameters, warnings: lost))
    }

    /// One whose replica is gone begins anew, the others' disks are handed over, points and all: a group moves in one
    /// way, and what the others have is not given up for the one that has nothing.
    private static func halfLost(_ what: String, _ lost: ItemRecord, beside kept: ItemRecord) -> Failure {
        let (name, former) = (lost.displayName, kept.masterTarget)
        let remedy = lost.targetLoss?.remedy ?? ""
        return Failure(
            .operationNotAllowed, "\(what): \(former) has lost the replica of \(name), and can hand over that of "
                + "\(kept.displayName): a group moves in one way. Of \(name), \(remedy). Move the group when \(name) "
                + "is protected again (homeward items show \(name)); or end its protection (homeward disable \(name)), "
                + "move the others, and protect it anew",
            on: [lost, kept].compactMap { (try? $0.itemID()).map { .item($0) } })
    }

    private func onlyOther(for scope: Scope) throws(Failure) -> String {
        let item = scope.first
        // In a phase without one the gates say so.
        guard let site = try item.phaseValue()?.direction?.target else { return item.masterTarget }
        let others = vault.directory.components(.masterTarget, at: site).compactMap { $0.component.endpoint?.id }
            .filter { $0 != item.masterTarget }
        if others.count == 1, let only = others.first { return only }
        let choice = others.isEmpty ? "no other one is registered" : "registered are \(others.joined(separator: ", "))"
        throw Failure(
            .invalidArgument, "move \(scope.name) to another master target: say to which of \(site.rawValue) "
                + "(master_target, --to): \(choice)")
    }
}

extension ItemRecord {
    /// As far as its phase tells.
    fileprivate var isMovable: Bool {
        guard let phase = try? phaseValue() else { return false }
        return Transition.table.contains { $0.from == phase && $0.trigger == .operation(.moveMasterTarget) }
    }
}

extension VaultContext {
    /// Whether its master target can give the disks up in order, so that nothing has to be copied.
    fileprivate func canHandOver(_ item: ItemRecord) -> Bool {
        guard item.targetLoss == nil, isHeard(.masterTarget(item.masterTarget)),
            case .protected? = (try? item.phaseValue()).flatMap({ $0 })
        else { return false }
        return true
    }

    /// What a move gives up, and what it costs.
    fileprivate func lostByMoving(_ item: ItemRecord, _ isHandedOver: Bool) async -> String {
        let (name, former) = (item.displayName, item.masterTarget)
        guard isHandedOver else {
            let why = item.targetLoss.map { "\(former) has lost its replica (\($0.cause))" } ?? "\(former) is not heard"
            let bytes = ByteCount(Int64(clamping: item.blocks * 4_096))
            let kept = ((item.handPins ?? []).map(\.text) + [item.setAside?.text].compactMap(\.self))
                .joined(separator: "; ")
            return "\(why): every recovery point of \(name) there is given up\(kept.isEmpty ? "" : " (\(kept))"); "
                + "\(bytes) are compared, or copied where nothing is left, and \(name) is unprotected until then"
        }
        guard let points = try? await points(of: item).ofReplication, let newest = points.newest else {
            return "\(former) does not tell which recovery points of \(name) it has; all but the newest are given up"
        }
        let older = points.filter { $0.number != newest.number }
        let pinned = older.count { !$0.pins.isEmpty }
        let kept = item.handPins(of: older).map(\.text).joined(separator: ", ")
        let gone = older.isEmpty
            ? "no older recovery point of \(name) is given up"
            : "\(older.count) older recovery points of \(name) at \(former) are given up"
                + (pinned == 0 ? "" : ", \(pinned) of them pinned") + (kept.isEmpty ? "" : " (\(kept))")
        // Points go on to be sealed until the move stops that.
        let moves = item.handPins(of: [newest]).map { pin in
            ", and its pin moves with it (\(pin.text)); once a newer one is sealed it is an older one, and given up"
        }
        let aside = item.setAside.map { "; of \($0.text), only what was written can be exported then" } ?? ""
        return "\(gone); the newest, \(newest.number), stays\(moves.joined())\(aside). No block is copied: the disks "
            + "change owner, and what \(name) writes meanwhile is sent, within seconds as a rule"
    }
}

/// The master target that is to have the replica, or is to begin a new one.
func masterTargetAvailable(_ seen: Observation) -> Gate {
    func failing(_ why: String, _ source: String = "vault") -> Gate {
        Gate(
            .masterTargetAvailable, .fail, evidence: [seen.saw(why, source)],
            remedy: Remedy("Start it, or name another one of the site", command: "homeward infrastructure list"))
    }
    guard let component = seen.masterTarget.value else { return failing("no such master target is registered") }
    let id = component.endpoint?.id ?? ""
    guard seen.masterTargetIsFresh else { return failing("\(id) was not heard lately") }
    guard seen.operation == .moveMasterTarget, let site = try? seen.item.phaseValue()?.direction?.target else {
        return Gate(.masterTargetAvailable, .pass, evidence: [seen.saw("\(id) is heard", "vault")])
    }
    if id == seen.item.masterTarget { return failing("\(id) is the master target of \(seen.item.displayName) already") }
    guard component.kind == .masterTarget else { return failing("\(id) is no master target") }
    guard component.site == site.message else {
        return failing("\(id) is not at \(site.rawValue), where the replica's disks are")
    }
    if let agent = seen.agent.value?.hello?.version, isOlder(component.version, than: agent) {
        return failing("\(id) has version \(component.version), the agent whose intervals it is to take \(agent)", id)
    }
    guard component.health != .critical else {
        let causes = component.findings.filter { $0.state == .critical }.map(\.cause)
        return failing("\(id) is critical: \(causes.joined(separator: "; "))", id)
    }
    return Gate(.masterTargetAvailable, .pass, evidence: [seen.saw("\(id) is registered and fresh", "vault")])
}

/// Of the other master target, once there is one.
func takingReplica(_ seen: Observation) -> [Gate] {
    let available = masterTargetAvailable(seen)
    guard available.status == .pass, let target = seen.masterTarget.value else { return [available] }
    let attached = target.figures["attached_disks"] ?? 0
    let members = seen.members.isEmpty ? [seen.item] : seen.members
    let needed = UInt64(members.reduce(0) { $0 + $1.disks.count })
    let fits = attached <= masterTargetSlots && needed <= masterTargetSlots - attached
    let slots = fits
        ? Gate(.masterTargetDiskSlots, .pass)
        : Gate(
            .masterTargetDiskSlots, .fail,
            evidence: [
                seen.saw(
                    "\(attached) disks are attached, \(needed) more of \(masterTargetSlots) would be",
                    target.endpoint?.id ?? "")
            ], remedy: Remedy("Name another master target of the site", command: "homeward infrastructure list"))
    return [available, masterTargetOSFamily(seen), slots]
}
