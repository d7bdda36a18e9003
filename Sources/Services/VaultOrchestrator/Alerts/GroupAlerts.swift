import Environment
import Logging
import Model

/// How old a group's newest common point is, as its process server told last, and its alarm.
struct GroupCutAge: Sendable {
    var alarm: RPOAlarm
    private var told: (age: Duration, at: MonotonicInstant)

    /// - Parameter isRaised: it stood when this vault started. The newest point is not younger than the first look.
    init(isRaised: Bool, at now: MonotonicInstant) {
        alarm = RPOAlarm(isRaised: isRaised)
        told = (.zero, now)
    }

    mutating func hear(_ age: Duration, at now: MonotonicInstant) { told = (age, now) }

    /// While nobody tells of a younger one it grows.
    func age(at now: MonotonicInstant) -> Duration { told.age + (now - told.at) }
}

/// A common point needs all members of a group at once, so it may be old though each of them has young ones of its own.
extension AlertRounds {
    func judgeGroups() async throws {
        var seen: Set<String> = []
        for scope in try await vault.store.groups() where scope.replicates {
            seen.insert(scope.name)
            // As of an item.
            guard scope.items.allSatisfy({ $0.quarantine == nil }) else { continue }
            try await judge(scope)
        }
        for alert in vault.alerts.all(.groupRPOOverThreshold) where !seen.contains(alert.displayName) {
            try await clear(alert.id, "the group does not replicate as a whole")
        }
        groups = groups.filter { seen.contains($0.key) }
    }

    private func judge(_ scope: Scope) async throws {
        guard let group = scope.group else { return }
        var alert = AlertRow(code: .groupRPOOverThreshold, subject: "groups/\(group)", displayName: scope.name)
        // While nobody can tell of a younger point the age grows; there is nothing to wait for.
        let isHeard = vault.isHeard(.processServer(scope.first.processServer))
        let cuts = isHeard ? await core.cuts(of: scope, group).0 : nil
        let now = vault.environment.clock.now()
        var known = groups[scope.name] ?? GroupCutAge(isRaised: vault.alerts.stands(alert.id), at: now)
        if let cuts { known.hear(.microseconds(Int64(clamping: cuts.newestCommonAgeUs)), at: now) }
        // Of members with policies of their own the strictest counts.
        let thresholds: [UInt64] = scope.items.map { vault.policies.terms(of: $0).rpoThresholdUs }
        let threshold = thresholds.filter { $0 > 0 }.min() ?? 0
        let age = known.age(at: now)
        switch known.alarm.look(age: age, threshold: .microseconds(Int64(clamping: threshold)), at: now) {
        case .raise:
            let old = seconds(UInt64(max(0, age.inMicroseconds)))
            alert.detail = "the newest common recovery point is \(old) old; the policy of its members wants "
                + "\(seconds(threshold)) at most"
            alert.remedy = "homeward groups show \(scope.name)"
            try await raise(alert)
        case .clear:
            try await clear(
                alert.id, threshold == 0 ? "its policy has no threshold" : "its newest common point is young again")
        case nil: break
        }
        // Only once it is stored.
        groups[scope.name] = known
    }
}

extension Scope {
    /// All members are protected in one direction.
    fileprivate var replicates: Bool {
        let phases = Set(items.map(\.phase))
        guard phases.count == 1, case .protected? = try? first.phaseValue() else { return false }
        return true
    }
}
