import Blocks
import IntervalFrames
import MachineFiles

/// Whether guest writes may be acknowledged, and under which generation (rule G5): decided at start from the grant,
/// the authority taken in place, and what lies beside the disks. Whatever is beside a disk is never overruled by a
/// grant that is older.
///
/// The grant of a released machine (its item ended) holds in every boot of the host, until anything newer is known
/// here: beside the disks, as a fence, or as an assignment that was ever taken in place.
struct Authority: Hashable, Sendable {
    enum Mode: Hashable, Sendable {
        /// No generation was ever held: an unprotected machine, which writes freely.
        case unprotected
        case serving
        /// Durably closed under its generation, or started to drain only.
        case closed(String)
        /// No valid authority.
        case refusing(String)

        var mayWrite: Bool { self == .unprotected || self == .serving }

        var cause: String {
            switch self {
            case .unprotected, .serving: ""
            case .closed(let cause), .refusing(let cause): cause
            }
        }
    }

    var mode: Mode
    /// Number 0 for none.
    var generation: Blocks.Generation

    /// - Parameters:
    ///   - grant: as it lies in the run directory, whatever it says.
    ///   - highest: the highest generation that a sidecar or a hand-over record names; nil for none.
    ///   - isClosed: a sidecar of that generation says CLOSED.
    static func judge(
        machine: String, hostBoot: String, grant: GrantFile?, stored: AgentStore.Authority,
        highest: Blocks.Generation?, isClosed: Bool
    ) -> Authority {
        let held = highest ?? .unassigned
        var generation = Blocks.Generation.unassigned
        var why = "there is no grant"
        var isDrain = false
        if let grant {
            if let granted = try? Blocks.Generation(grant.generation.value()), grant.machine == machine {
                if grant.kind == .drill {
                    why = "the grant is a test machine's, and these are the disks of a copy"
                } else if grant.kind == .released, granted.number < stored.generation.number {
                    why = "the machine was released under generation \(granted.number), and "
                        + "\(stored.generation.number) was taken since"
                } else if grant.isValid(in: hostBoot) {
                    generation = granted
                    isDrain = grant.kind == .drain
                } else {
                    why = "the grant is of another boot of the host"
                }
            } else {
                why = "the grant is not for this machine"
            }
        }
        if stored.hostBoot == hostBoot, stored.generation.number > generation.number {
            generation = stored.generation
            isDrain = false
        }
        return Authority(
            mode: mode(generation, why: why, isDrain: isDrain, stored: stored, held: held, isClosed: isClosed),
            generation: generation)
    }

    private static func mode(
        _ generation: Blocks.Generation, why: String, isDrain: Bool, stored: AgentStore.Authority,
        held: Blocks.Generation, isClosed: Bool
    ) -> Mode {
        if generation.number == 0 {
            let known = max(held.number, stored.fence, stored.generation.number)
            guard known == 0 else { return .refusing("\(why), and generation \(known) was held") }
            return .unprotected
        }
        if isDrain { return .closed("started to drain") }
        if generation.number < held.number {
            return .refusing("generation \(generation.number) is over: \(held.number) is beside the disks")
        }
        if generation.number == held.number, generation.token != held.token {
            return .refusing("two generations of number \(held.number): stop and report")
        }
        if generation.number < stored.fence { return .closed("fenced below \(stored.fence)") }
        if isClosed, generation == held { return .closed("generation \(held.number) is closed") }
        return .serving
    }
}
