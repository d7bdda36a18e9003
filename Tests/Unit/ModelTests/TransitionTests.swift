import Model
import Testing

@Suite struct TransitionTests {
    /// The expected answer for every pair, written by hand: `+` allowed, `.` refused; `r` only after a reprotect,
    /// `R` also where its target copy was lost,
    /// `f` only while the old source is confirmed off, `d` only with a drill, `n` only without one.
    /// Columns: none; SYN, PROT, PEND, COMM out; SYN, PROT, PEND, COMM home; MIGRATED; DISABLED.
    static let grid: [(Operation, String)] = [
        (.enable, "+.........."),
        (.cancelReprotect, ".r...R....."),
        (.failover(.out), "..n........"),
        (.failover(.home), "......n...."),
        (.changePoint, "...+...+..."),
        (.cancelFailover, "...f...f..."),
        (.completeCertificate, ".......+..."),
        (.commit, "...+...+..."),
        (.completeMigration, "...++......"),
        (.reprotect(.out), "........+.."),
        (.reprotect(.home), "....+......"),
        (.switchProcessServer, ".++..++...."),
        (.moveMasterTarget, ".nn........"),
        (.renewReplica, ".+...+....."),
        (.resync, "..+...+...."),
        (.drill, "..n...n...."),
        (.drillCleanup, ".dd..dd...."),
        (.excludeDisk, ".++.+++.+.."),
        (.pin, "..+...+...."),
        (.unpin, ".++..++...."),
        (.releaseSetAside, ".++..++...."),
        (.disable, ".nnnnnnnn.."),
        (.disableForced, ".++++++++.."),
    ]

    static let phases: [Phase?] = [
        nil, .synchronizing(.out), .protected(.out), .commitPending(.out), .committed(.out), .synchronizing(.home),
        .protected(.home), .commitPending(.home), .committed(.home), .migrated, .disabled,
    ]

    @Test func `the grid names every operation and phase once`() {
        #expect(Set(Self.grid.map(\.0)) == Set(Operation.all))
        #expect(Self.grid.count == Operation.all.count)
        #expect(Set(Self.phases.compactMap { $0 }) == Set(Phase.all))
        #expect(Self.grid.allSatisfy { $0.1.count == Self.phases.count })
    }

    @Test func `the full product of phase, operation, claim and drill is as the table says`() {
        let origins = SynchronizingOrigin.allCases
        var pairs = 0
        for (operation, line) in Self.grid {
            for (phase, mark) in zip(Self.phases, line) {
                for origin in origins {
                    for oldSource in OldSource.allCases {
                        for claim in [nil, Claim(job: "job-1", operation: .switchProcessServer)] {
                            for drill in [false, true] {
                                let item = ItemConditions(
                                    phase: phase, claim: claim, drill: drill, origin: origin, oldSource: oldSource)
                                check(operation, item, expected: allowed(mark, item))
                                pairs += 1
                            }
                        }
                    }
                }
            }
        }
        #expect(pairs == 23 * 11 * 3 * 3 * 2 * 2)
    }

    private func allowed(_ mark: Character, _ item: ItemConditions) -> Bool {
        guard item.claim == nil else { return false }
        switch mark {
        case "+": return true
        case "r": return item.origin == .reprotect
        case "R": return [.reprotect, .targetLost].contains(item.origin)
        case "f": return item.oldSource == .fenced
        case "d": return item.drill
        case "n": return !item.drill
        default: return false
        }
    }

    private func check(_ operation: Operation, _ item: ItemConditions, expected: Bool) {
        switch permission(for: operation, given: item) {
        case .allowed(let transition):
            #expect(expected, "\(operation) was allowed in \(item)")
            #expect(transition.from == item.phase && transition.trigger == .operation(operation))
        case .refused(let codes):
            #expect(!expected, "\(operation) was refused in \(item): \(codes)")
            #expect(!codes.isEmpty)
            #expect(codes.contains(.noConflictingJob) == (item.claim != nil))
        }
    }

    @Test func `a refusal names the rule that tells most`() {
        func first(_ operation: Operation, _ phase: Phase) -> GateCode? {
            guard case .refused(let codes) = permission(for: operation, given: .init(phase: phase)) else { return nil }
            return codes.first
        }
        #expect(first(.reprotect(.home), .migrated) == .migrationNotCompleted)
        #expect(first(.reprotect(.home), .disabled) == .protectionEnabled)
        #expect(first(.reprotect(.home), .commitPending(.out)) == .committed)
        #expect(first(.failover(.home), .committed(.out)) == .reprotectComplete)
        #expect(first(.failover(.home), .protected(.out)) == .directionConfirmed)
        #expect(first(.failover(.out), .protected(.home)) == .directionConfirmed)
    }

    @Test func `a real failover may discard a drill`() {
        let item = ItemConditions(phase: .protected(.out), drill: true)
        #expect(permission(for: .failover(.out), given: item) == .refused([.noDrillLeft]))
        guard case .allowed = permission(for: .failover(.out), given: item, discardDrill: true) else {
            Issue.record("refused although the drill is to be discarded")
            return
        }
    }

    @Test func `the table holds rows 1 to 15 and no pair twice`() {
        #expect(Set(Transition.table.map(\.row)) == Set(1...15))
        let pairs = Transition.table.map { "\(String(describing: $0.from)) \($0.trigger)" }
        #expect(Set(pairs).count == pairs.count)
    }

    @Test func `a failed operation leaves the phase where it was`() {
        for transition in Transition.table {
            guard case .operation = transition.trigger else { continue }
            #expect(transition.unwound == transition.from)
        }
    }

    @Test func `names read back`() {
        for phase in Phase.all { #expect(Phase(name: phase.name) == phase) }
        for operation in Operation.all { #expect(Operation(name: operation.name) == operation) }
        #expect(Phase(name: "FAILING_OVER") == nil)
        #expect(Operation(name: "") == nil)
    }
}
