import Messages
import Model

/// The gates of a drill: what it needs at the site that it is made at. Nothing of the item itself is in its way.
func drillGates(_ seen: Observation) -> [Gate] {
    [hasRecoveryPoint(seen), drillIsolated(seen), hostCapacity(seen)]
        // The master target says so when the branch is made.
        + [.diskNotApplying, .overlaySpace].map { Gate($0, .deferred("branch")) }
}

func drillIsolated(_ seen: Observation) -> Gate {
    switch seen.targetPlatform {
    case .value(let platform) where platform.isolates: return Gate(.drillIsolated, .pass)
    case .value(let platform):
        return Gate(
            .drillIsolated, .fail,
            evidence: [seen.saw("it cannot give a machine a network of its own", "\(platform.site) platform")],
            remedy: Remedy("Permit user namespaces on its host, so that `unshare --user --net true` works there"))
    case .absent, .notAsked: return Gate(.drillIsolated, .unknown)
    case .unreachable(let why): return seen.unknown(.drillIsolated, why, "platform", seen.targetSiteName)
    }
}

extension Observation {
    var targetSiteName: String {
        (try? item.phaseValue()).flatMap { $0 }?.direction?.target.rawValue ?? "target"
    }
}
