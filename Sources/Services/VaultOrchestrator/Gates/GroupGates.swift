import Contract
import Messages
import Model

/// Gates of an operation over one item, or over all members of a group: each gate once, with what was seen of every
/// member that it speaks against.
func evaluateGates(_ seen: [Observation]) -> [Gate] {
    guard let first = seen.first, !first.members.isEmpty else { return seen.first.map { evaluateGates($0) } ?? [] }
    let each = seen.map { (name: $0.item.displayName, gates: evaluateGates($0)) }
    var codes: [GateCode] = []
    for code in each.flatMap({ $0.gates.map(\.code) }) where !codes.contains(code) { codes.append(code) }
    let merged = codes.map { code in
        gate(
            code,
            each.compactMap { member in member.gates.first { $0.code == code }.map { (name: member.name, gate: $0) } })
    }
    return merged + groupGates(first)
}

/// The worst of the members' answers, and whose it is.
private func gate(_ code: GateCode, _ answers: [(name: String, gate: Gate)]) -> Gate {
    let rank: (Gate) -> Int = { gate in
        switch gate.status {
        case .fail: 4
        case .unknown: 3
        case .deferred: 2
        case .pass: 1
        case .notApplicable: 0
        }
    }
    let worst = answers.map { rank($0.gate) }.max() ?? 0
    let speaking = answers.filter { rank($0.gate) == worst }
    guard var merged = speaking.first?.gate else { return Gate(code, .notApplicable) }
    guard merged.blocks else { return merged }
    merged.evidence = speaking.flatMap { name, gate in
        gate.evidence.isEmpty
            ? [Evidence(name, source: "vault", at: UnixMicroseconds(0))]
            : gate.evidence.map { Evidence("\(name): \($0.observed)", source: $0.source, at: $0.at) }
    }
    return merged
}

/// What the members must have in common.
private func groupGates(_ seen: Observation) -> [Gate] {
    [
        groupComplete(seen), common(.groupSameProcessServer, seen, "process server", \.processServer),
        common(.groupSameTarget, seen, "master target", \.masterTarget),
        common(.groupSameOSFamily, seen, "OS family", \.osFamily),
    ]
}

/// All cross together, so all must stand at the same place; ending protection is each member's own.
private func groupComplete(_ seen: Observation) -> Gate {
    let phases = Set(seen.members.map(\.phase))
    // A member that still synchronizes moves along with the others.
    guard seen.operation.isOfWholeGroup, seen.operation != .switchProcessServer, phases.count > 1 else {
        return Gate(.groupComplete, .pass)
    }
    return Gate(
        .groupComplete, .fail,
        evidence: seen.members.map { member in
            seen.saw("\(member.displayName) is in \(member.phase.isEmpty ? "none" : member.phase)", "vault")
        },
        remedy: Remedy("Wait until all members are in one phase", command: "homeward groups show \(seen.name)"))
}

private func common(
    _ code: GateCode, _ seen: Observation, _ what: String, _ property: (ItemRecord) -> String
) -> Gate {
    guard Set(seen.members.map(property)).count > 1 else { return Gate(code, .pass) }
    let evidence = seen.members.map { seen.saw("\($0.displayName): \(what) \(property($0))", "vault") }
    let odd = seen.members.last?.displayName ?? ""
    return Gate(
        code, .fail, evidence: evidence,
        remedy: Remedy(
            "Take the member that differs out of the group and protect it anew, with the others' \(what)",
            command: "homeward disable \(odd)"))
}

/// Gates of joining a group: all its members are cut together by one process server, and go everywhere together.
func joinGates(_ item: ItemRecord, _ members: [ItemRecord], at now: UnixMicroseconds) -> [Gate] {
    guard let group = members.first?.group else { return [] }
    func saw(_ what: String) -> [Evidence] { [Evidence(what, source: "vault", at: now)] }
    func same(_ code: GateCode, _ what: String, _ option: String?, _ property: (ItemRecord) -> String) -> Gate {
        guard let other = members.first(where: { property($0) != property(item) }) else { return Gate(code, .pass) }
        let remedy =
            option.map {
                Remedy(
                    "Use the group's \(what)",
                    command: "homeward protect \(item.home.machine) --group \(group) \($0) \(property(other))")
            } ?? Remedy("Protect the machine outside the group, or in one of its own \(what)")
        return Gate(
            code, .fail,
            evidence: saw("\(what) is \(property(item)), that of \(other.displayName) is \(property(other))"),
            remedy: remedy)
    }
    var gates = [
        same(.groupSameProcessServer, "process server", "--process-server", \.homeProcessServer),
        same(.groupSameTarget, "master target", "--master-target", \.cloudMasterTarget),
        same(.groupSameOSFamily, "OS family", nil, \.osFamily),
    ]
    let atHome = ["", Phase.synchronizing(.out).name, Phase.protected(.out).name]
    if let away = members.first(where: { !atHome.contains($0.phase) }) {
        gates.append(
            Gate(
                .groupComplete, .fail, evidence: saw("\(away.displayName) is in \(away.phase)"),
                remedy: Remedy("A machine joins while the group replicates out: bring the group home, re-protect it")))
    }
    let enabling = [Operation.enable.name, nil]
    if let held = members.first(where: { $0.claimJob != nil && !enabling.contains($0.claimOperation) }) {
        gates.append(
            Gate(
                .noConflictingJob, .fail,
                evidence: saw("\(held.displayName) is held by job \(held.claimJob ?? "")"),
                remedy: Remedy("Wait for the job", command: "homeward jobs wait \(held.claimJob ?? "")")))
    }
    return gates
}
