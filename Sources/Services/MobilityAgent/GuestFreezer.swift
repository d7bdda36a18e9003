import Environment
import Logging
import Messages
import Model

/// Freezes the guest for a point, and sees to it that it is thawed.
///
/// ```
/// note, durably ─► freeze hook ─► (the cut) ─► thaw hook ─► note away
/// ```
/// An agent that finds the note at its start thaws before it does anything else. While this process cannot act, killed
/// or stopped, the hook's own guard thaws. One freeze at a time; callers see to that.
actor GuestFreezer {
    /// nil: the machine has none.
    private let hooks: (any GuestHooks)?
    /// Longest that the guest may stand still.
    nonisolated let longestHold: Duration
    private let machine: String
    private let store: AgentStore
    private let environment: Environment
    private let log: Logger

    private var frozen: (guest: any FrozenGuest, call: HookCall)?
    private var began: MonotonicInstant?
    private var figures = AgentV1.ApplicationConsistency()
    private var newestCut: MonotonicInstant?

    /// A thaw hook that fails is run again so often, at this distance: a guest must not be left frozen.
    private static let thawAttempts = 5
    private static let thawPause = Duration.seconds(1)

    init(
        _ hooks: (any GuestHooks)?, longestHold: Duration, machine: String, store: AgentStore,
        environment: Environment, log: Logger
    ) {
        self.hooks = hooks
        self.longestHold = longestHold
        self.machine = machine
        self.store = store
        self.environment = environment
        self.log = log
        figures.hasHooks = hooks != nil
    }

    /// Thaws what an agent before us may have left frozen.
    func recover() async {
        do {
            guard let call = try await store.freeze(longestHold) else { return }
            log.notice("the guest may have been left frozen", metadata: ["point": "\(call.point)"])
            await thawAlone(call, attempts: Self.thawAttempts)
        } catch {
            log.error("the note of a freeze cannot be read", metadata: ["cause": "\(error)"])
        }
    }

    /// nil when the guest stands still; why not, when it runs.
    func freeze(_ point: String, item: String, generation: UInt64, hold: Duration) async -> String? {
        figures.attempts += 1
        guard let hooks else { return failed("the machine has no hooks that freeze its guest") }
        guard frozen == nil, began == nil else { return failed("the guest is frozen for another point") }
        let call = HookCall(
            machine: machine, item: item, generation: generation, point: point, hold: min(hold, longestHold))
        began = environment.clock.now()
        do {
            try await store.note(call)
            environment.failpoints.reach("agent.freeze.noted")
            let guest = try await hooks.freeze(call)
            frozen = (guest, call)
        } catch {
            measure()
            await settled()
            return failed((error as? Failure)?.message ?? "\(error)")
        }
        environment.failpoints.reach("agent.freeze.frozen")
        return nil
    }

    /// nil when the guest stood still until now, and runs again; why its point does not count as
    /// application-consistent, otherwise.
    func thaw() async -> (cause: String?, held: Duration) {
        guard let (guest, call) = frozen else { return ("the guest was not frozen", .zero) }
        environment.failpoints.reach("agent.freeze.thawing")
        var cause: String?
        do { try await guest.thaw() } catch { cause = error.message }
        let held = measure()
        frozen = nil
        environment.failpoints.reach("agent.freeze.thawed")
        guard let cause else {
            await settled()
            return (nil, held)
        }
        // It may be frozen still. Nobody waits for this.
        environment.tasks.spawn("thaw again") { await self.thawAlone(call, attempts: Self.thawAttempts) }
        return (failed(cause), held)
    }

    /// The point of this number is sealed, and application-consistent.
    func succeeded(_ number: UInt64, cutAt: MonotonicInstant) {
        figures.newestNumber = number
        figures.failure = ""
        newestCut = cutAt
    }

    /// The freeze was in vain: nothing could be cut.
    func wasted(_ cause: String) { _ = failed(cause) }

    func status(interval: Duration) -> AgentV1.ApplicationConsistency {
        var status = figures
        status.intervalUs = UInt64(max(0, interval.inMicroseconds))
        if let newestCut { status.newestAgeUs = UInt64(max(0, (environment.clock.now() - newestCut).inMicroseconds)) }
        return status
    }

    private func failed(_ cause: String) -> String {
        figures.failures += 1
        figures.failure = cause
        log.notice("point is crash-consistent only", metadata: ["cause": "\(cause)"])
        return cause
    }

    @discardableResult
    private func measure() -> Duration {
        guard let began else { return .zero }
        self.began = nil
        let held = environment.clock.now() - began
        figures.heldUs = UInt64(max(0, held.inMicroseconds))
        figures.longestHeldUs = max(figures.longestHeldUs, figures.heldUs)
        return held
    }

    private func thawAlone(_ call: HookCall, attempts: Int) async {
        guard let hooks else { return await settled() }
        for attempt in 1...attempts {
            // A later freeze has a note and a guard of its own.
            guard frozen == nil, began == nil else { return }
            do {
                try await hooks.thaw(call)
                return await settled()
            } catch {
                log.warning("thaw failed", metadata: ["attempt": "\(attempt)", "cause": "\(error.message)"])
            }
            guard attempt < attempts else { return }
            do { try await environment.clock.sleep(for: Self.thawPause) } catch { return }
        }
    }

    /// Nothing of ours is frozen.
    private func settled() async {
        guard frozen == nil, began == nil else { return }
        do { try await store.note(nil) } catch {
            // Then the next agent thaws a guest that runs, which does no harm.
            log.warning("the note of a freeze stays", metadata: ["cause": "\(error)"])
        }
    }
}
