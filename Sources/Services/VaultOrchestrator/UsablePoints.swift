import Messages
import Model

/// Which recovery points may be taken: one of which a part is known to be lost is never served as if it were whole.
extension [TargetV1.RecoveryPoint] {
    /// What an operation kept for a person (`home-before-reprotect`) is no state of this replication.
    var ofReplication: Self { filter(\.name.isEmpty) }

    /// Those of which nothing is known to be lost.
    var whole: Self { ofReplication.filter(\.damage.isEmpty) }

    /// Those to take one from: a person's word lets damaged ones pass where no other is left.
    func usable(_ waivers: [StoredWaiver]) -> Self {
        let whole = whole
        return whole.isEmpty && waivers.takesDamaged ? ofReplication : whole
    }

    var newest: TargetV1.RecoveryPoint? { self.max { $0.number < $1.number } }
}

extension [StoredWaiver] {
    /// `--waive HAS_RECOVERY_POINT=…`: a point that is not whole is better than none.
    var takesDamaged: Bool { contains { $0.code == GateCode.hasRecoveryPoint.rawValue } }
}

func hasRecoveryPoint(_ seen: Observation) -> Gate {
    let target = seen.item.masterTarget
    switch seen.points {
    case .value(let points) where !points.whole.isEmpty:
        var evidence = [seen.saw("\(points.count) points", target)]
        let damaged = points.ofReplication.filter { !$0.damage.isEmpty }
        if let newest = damaged.newest {
            evidence.append(
                seen.saw("\(damaged.count) of them are damaged, point \(newest.number): \(newest.damage)", target))
        }
        return Gate(.hasRecoveryPoint, .pass, evidence: evidence)
    case .value(let points) where !points.ofReplication.isEmpty:
        let damaged = points.ofReplication
        return Gate(
            .hasRecoveryPoint, .fail,
            evidence: damaged.newest.map {
                [seen.saw("all \(damaged.count) points are damaged, the newest, \($0.number): \($0.damage)", target)]
            } ?? [],
            remedy: Remedy(
                "While the source replicates it sends such blocks again, and the next point is whole. If it is gone, "
                    + "take a damaged one with --waive HAS_RECOVERY_POINT='why'",
                command: "homeward points \(seen.item.displayName)"), waivable: .by("operator"))
    case .value, .absent:
        return Gate(
            .hasRecoveryPoint, .fail,
            evidence: [seen.saw("no recovery point of \(seen.item.displayName)", target)],
            remedy: Remedy(
                "Wait until the next interval is sealed, or take a point",
                command: "homeward points take \(seen.item.displayName)"))
    case .unreachable(let why): return seen.unknown(.hasRecoveryPoint, why, "master target", target)
    case .notAsked: return Gate(.hasRecoveryPoint, .unknown)
    }
}

/// Pure. Never a silent substitute for the kind that was asked for (gate `HAS_POINT_OF_KIND`).
func chosen(_ points: [TargetV1.RecoveryPoint], _ parameters: JobParameters) throws(Failure) -> TargetV1.RecoveryPoint {
    let all = points.ofReplication
    let usable = points.usable(parameters.waivers)
    let wanted: TargetV1.RecoveryPoint?
    switch parameters.choice {
    // Made by a drain: an older one has not all of it.
    case "latest": wanted = all.newest
    case "latest-processed": wanted = usable.newest
    case "latest-application-consistent": wanted = usable.filter(\.applicationConsistent).newest
    default: wanted = all.first { $0.number == parameters.point }
    }
    let isTaken = wanted.map { $0.damage.isEmpty || parameters.waivers.takesDamaged } ?? false
    if let wanted, isTaken { return wanted }
    let why = wanted.map { "point \($0.number) is damaged: \($0.damage)" }
        ?? "\(usable.count) usable points, none fits \(parameters.choice ?? "") \(parameters.point)"
    let gate = Gate(
        .hasPointOfKind, .fail, when: .atStep("choose"),
        evidence: [Evidence(why, source: "master target", at: UnixMicroseconds(0))])
    throw Failure(.gatesFailed, "choose a recovery point", gates: [gate])
}

extension VaultCore {
    /// A chosen point is pinned before anything else; but one that never was, or is damaged, is better refused than
    /// unwound.
    func requirePoints(_ draft: inout Draft) async {
        for item in draft.scope.items {
            let number = draft.parameters.members?[item.id]?.point ?? draft.parameters.point
            guard number > 0, let points = try? await vault.points(of: item) else { continue }
            let point = points.ofReplication.first { $0.number == number }
            let why: String
            if let point {
                guard !point.damage.isEmpty else { continue }
                why = "point \(number) is damaged: \(point.damage)"
            } else {
                why = "there is no point \(number)"
            }
            draft.gates.append(
                Gate(
                    .hasPointOfKind, .fail,
                    evidence: [Evidence("\(item.displayName): \(why)", source: item.masterTarget, at: vault.now)],
                    remedy: Remedy("Choose one that is there", command: "homeward points \(item.displayName)")))
        }
    }
}
