import Environment
import Model
import Synchronization

@testable import MobilityAgent

/// A guest that is frozen and thawed, and outlives its agents. Without the guard that the live hooks have: what an
/// agent that is killed leaves frozen stays so until somebody thaws it.
final class ScriptedHooks: Sendable {
    struct Script: Sendable {
        /// Why the freeze fails.
        var refusal: String?
        /// Why the thaw fails, so many times.
        var thawFailure: (cause: String, times: Int)?
        /// How long the freeze takes.
        var freezing = Duration.milliseconds(40)
        /// How long its end takes to be told, when the guest runs again.
        var thawing = Duration.zero
    }

    private struct State: Sendable {
        var script = Script()
        var isFrozen = false
        var asked: [String] = []
    }

    private let state = Mutex(State())

    var isFrozen: Bool { state.withLock { $0.isFrozen } }
    /// Verbs in order.
    var asked: [String] { state.withLock { $0.asked } }

    func script(_ change: @Sendable (inout Script) -> Void) { state.withLock { change(&$0.script) } }

    fileprivate func freeze(_ environment: Environment, _ call: HookCall) async throws(Failure) {
        let script = state.withLock { state in
            state.asked.append("freeze")
            return state.script
        }
        do { try await environment.clock.sleep(for: script.freezing) } catch { throw Failure(.cancelled, "freeze") }
        if let refusal = script.refusal { throw Failure(.unavailable, refusal) }
        state.withLock { $0.isFrozen = true }
    }

    fileprivate func thaw(_ environment: Environment) async throws(Failure) {
        let thawing = state.withLock { state in
            state.asked.append("thaw")
            return state.script.thawing
        }
        if thawing > .zero {
            do { try await environment.clock.sleep(for: thawing) } catch { throw Failure(.cancelled, "thaw") }
        }
        let cause = state.withLock { state -> String? in
            if let failure = state.script.thawFailure, failure.times > 0 {
                state.script.thawFailure = (failure.cause, failure.times - 1)
                return failure.cause
            }
            let wasFrozen = state.isFrozen
            state.isFrozen = false
            return wasFrozen ? nil : "it is not frozen"
        }
        if let cause { throw Failure(.unavailable, cause) }
    }
}

struct HooksOfIncarnation: GuestHooks, FrozenGuest {
    let hooks: ScriptedHooks
    let environment: Environment

    func freeze(_ call: HookCall) async throws(Failure) -> any FrozenGuest {
        try await hooks.freeze(environment, call)
        return self
    }

    func thaw(_ call: HookCall) async throws(Failure) { try await hooks.thaw(environment) }
    func thaw() async throws(Failure) { try await hooks.thaw(environment) }
}
