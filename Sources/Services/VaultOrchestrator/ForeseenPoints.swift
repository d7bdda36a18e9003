import Contract
import Messages
import Model
import Workflow

/// Where a failover would go as things stand, and what that loses: said before anybody confirms it.
extension VaultCore {
    /// Of an operation that takes a recovery point, one for each of its items.
    func foreseenPoints(_ draft: Draft) async -> [VaultV1.PlannedPoint] {
        switch draft.operation {
        case .failover, .changePoint: break
        default: return []
        }
        var points: [VaultV1.PlannedPoint] = []
        let isRunning = draft.operation == .changePoint
        for item in draft.scope.items {
            points.append(await foresee(item, draft.parameters, runsAlready: isRunning))
        }
        return points
    }

    /// - runsAlready: the machine runs on another point and waits for its commit; what it wrote since goes, too.
    func foresee(
        _ item: ItemRecord, _ parameters: JobParameters, runsAlready: Bool = false
    ) async -> VaultV1.PlannedPoint {
        var planned = VaultV1.PlannedPoint()
        planned.item = item.id
        planned.displayName = item.displayName
        if parameters.choice == "latest" {
            planned.point = "the newest, made by a drain"
            planned.loss = "nothing"
            return planned
        }
        let age = runsAlready ? 0 : vault.figures.rpo(item, at: vault.environment.clock.now())?.ageUs ?? 0
        let all = try? await vault.points(of: item).ofReplication.filter(\.applied)
        guard let all, let newest = all.first else {
            planned.point = "not known: its master target does not answer, or has none"
            return planned.ofUnknownLoss("not known")
        }
        let number = parameters.members?[item.id]?.point ?? parameters.point
        let points = all.whole.isEmpty ? all : all.whole
        let chosen =
            parameters.choice == "chosen"
            ? all.first { $0.number == number }
            : parameters.choice == "latest-application-consistent"
                ? points.first(where: \.applicationConsistent) : points.first
        guard let chosen else {
            planned.point = "none of that kind"
            return planned.ofUnknownLoss("not known")
        }
        // Both cuts were made by one clock.
        let older = UInt64(max(0, newest.cutUnixUs - chosen.cutUnixUs))
        planned.number = chosen.number
        planned.applicationConsistent = chosen.applicationConsistent
        planned.point = "point \(chosen.number)" + (chosen.applicationConsistent ? ", application-consistent" : "")
        if !chosen.damage.isEmpty { planned.point += ", DAMAGED: \(chosen.damage)" }
        if chosen.number < newest.number, !newest.damage.isEmpty { planned.point += " (newer ones are damaged)" }
        planned.ageUnknown = age == 0
        guard age > 0 else {
            let since = older == 0 ? "" : ", and \(seconds(older)) between it and the newest one"
            let written =
                runsAlready ? "writes since the machine booted" : "writes since the newest point, of unknown age"
            return planned.ofUnknownLoss(written + since)
        }
        planned.ageUs = age + older
        planned.lossUs = age + older
        planned.loss = "writes of the last \(seconds(age + older))"
        return planned
    }
}

extension VaultV1.PlannedPoint {
    fileprivate func ofUnknownLoss(_ loss: String) -> VaultV1.PlannedPoint {
        var planned = self
        planned.loss = loss
        planned.lossUnknown = true
        planned.ageUnknown = true
        return planned
    }
}

func seconds(_ microseconds: UInt64) -> String {
    "\(microseconds / 1_000_000).\(microseconds / 100_000 % 10) s"
}
