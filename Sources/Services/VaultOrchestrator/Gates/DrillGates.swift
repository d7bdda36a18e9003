import Messages
import Model

/// The gates of a drill: what it needs at the site that it is made at. Nothing of the item itself is in its way.
func drillGates(_ seen: Observation) -> [Gate] {
    [hasRecoveryPoint(seen), drillIsolated(seen), testHostCapacity(seen)]
        // The master target says so when the branch is made.
        + [.diskNotApplying, .overlaySpace].map { Gate($0, .deferred("branch")) }
}

/// As `directionConfirmed`, with the command of a test.
func drillDirection(_ seen: Observation, _ expected: Direction) -> Gate {
    guard case .protected(let actual)? = (try? seen.item.phaseValue()).flatMap({ $0 }), actual != expected else {
        return Gate(.directionConfirmed, .pass)
    }
    return Gate(
        .directionConfirmed, .fail,
        evidence: [
            seen.saw("asked for \(expected.rawValue), the item's direction is \(actual.rawValue)", "vault")
        ],
        remedy: Remedy(
            "Test in the item's direction, \(actual.rawValue)", command: "homeward \(drillName(actual)) \(seen.name)"))
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

private func testHostCapacity(_ seen: Observation) -> Gate {
    guard case .value(let platform) = seen.targetPlatform else {
        return Gate(.hostCapacity, .unknown, causedBy: .gate(.drillIsolated))
    }
    let (needed, free) = (UInt64(seen.item.memoryMib), platform.memoryFreeMib)
    let evidence = [seen.saw("it needs \(needed) MiB, \(free) MiB are free", "\(platform.site) platform")]
    return Gate(
        .hostCapacity, needed <= free ? .pass : .fail, evidence: evidence,
        remedy: Remedy("Turn machines off at \(seen.targetSiteName), or give the host more memory"))
}

extension Observation {
    fileprivate var targetSiteName: String {
        (try? item.phaseValue()).flatMap { $0 }?.direction?.target.rawValue ?? "target"
    }
}
