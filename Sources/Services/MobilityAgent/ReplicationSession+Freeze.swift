import Environment
import Tracking

/// A freeze of the guest that the group asked for.
struct GroupFreezing {
    let token: UInt64
    /// The hook said so.
    var isFrozen = false
    private(set) var isThawing = false
    /// The interval that was cut meanwhile.
    private(set) var interval: Interval?

    init(token: UInt64) { self.token = token }

    var number: UInt64? { interval?.number }
    /// A cut after the thaw began is none with a frozen guest.
    var stands: Bool { isFrozen && !isThawing }

    mutating func cut(_ interval: Interval) { if stands { self.interval = interval } }
    mutating func thaw() { isThawing = true }
}

/// Application-consistent points. The guest is frozen, the interval is cut, the guest is thawed; the interval is read
/// out and shipped when it runs again. A guest that cannot be frozen leaves the cut as it is, crash-consistent.
extension ReplicationSession {
    func isApplicationCutDue(_ now: MonotonicInstant) -> Bool {
        if cutWaiters.contains(where: \.applicationConsistent) { return true }
        // Of a member of a group the process server says when.
        guard plan.applicationInterval > .zero, plan.group.isEmpty, !needsFirstPoint else { return false }
        return now - lastApplicationCut >= plan.applicationInterval
    }

    func cutFrozenAndShip() async throws {
        lastApplicationCut = environment.clock.now()
        let number = await tracker.position().number
        let refusal = await freezer.freeze(
            "\(number)", item: plan.item, generation: tracker.generation.number, hold: freezer.longestHold)
        // Whatever came meanwhile goes first; the cut is still due.
        guard voidFrom == nil, heldCut == nil, !isHolding, !hasEnded, !isDraining else {
            if refusal == nil { await giveUpFreeze("something more urgent came while the guest was being frozen") }
            return
        }
        let wall = environment.clock.wallNow().microseconds
        let interval: Interval
        do { interval = try await tracker.cut() } catch {
            if refusal == nil { await giveUpFreeze("nothing could be cut: \(error)") }
            throw error
        }
        environment.failpoints.reach("agent.session.cut")
        note(interval, isFrozen: true)
        var outcome = CutOutcome(number: interval.number, cause: refusal ?? "")
        if refusal == nil {
            let (cause, held) = await freezer.thaw()
            outcome.cause = cause ?? ""
            outcome.held = held
            outcome.isApplicationConsistent = cause == nil
        }
        guard reading == interval.number else { throw TrackingError.voided }
        outcomes[interval.number] = outcome
        try await ship(interval, cutAt: wall, isFinal: false)
    }

    private func giveUpFreeze(_ cause: String) async {
        if await freezer.thaw().cause == nil { await freezer.wasted(cause) }
    }

    // MARK: - In a group

    func freeze(token: UInt64, hold: Duration, point: String) async -> String? {
        guard isReadyToCut, groupFreeze == nil, !isHolding, heldCut == nil, reading == nil, voidFrom == nil, !hasEnded,
            !isDraining
        else { return linkState.isEmpty ? "another interval is on its way" : linkState }
        groupFreeze = GroupFreezing(token: token)
        let refusal = await freezer.freeze(
            point, item: plan.item, generation: tracker.generation.number, hold: hold)
        guard refusal == nil else {
            groupFreeze = nil
            ring()
            return refusal
        }
        groupFreeze?.isFrozen = true
        // A coordinator that is not heard any more must not leave the guest frozen.
        let longest = min(hold, freezer.longestHold)
        environment.tasks.spawn("freeze lease") { [clock = environment.clock] in
            do { try await clock.sleep(for: longest) } catch { return }
            _ = await self.thaw(token: token)
        }
        return nil
    }

    func thaw(token: UInt64) async -> (cause: String?, held: Duration) {
        guard let freeze = groupFreeze, freeze.token == token, freeze.stands else {
            return ("the guest was thawed before", .zero)
        }
        groupFreeze?.thaw()
        let (cause, held) = await freezer.thaw()
        if let interval = freeze.interval {
            var outcome = CutOutcome(number: interval.number, cause: cause ?? "", held: held)
            outcome.isApplicationConsistent = cause == nil
            // Given up meanwhile, it is no point at all.
            if outstanding[interval.number] != nil { outcomes[interval.number] = outcome }
        } else if cause == nil {
            await freezer.wasted("the group did not cut while the guest stood still")
        }
        groupFreeze = nil
        ring()
        return (cause, held)
    }
}
