import Environment
import Guests
import MachineFiles
import MobilityAgent
import Model

/// The hooks of a simulated guest, which is asked at its socket without a program in between. There is no guard: what
/// an agent that is killed leaves frozen goes on when its own time is over, or when its next agent thaws it.
struct SimulatedHooks: GuestHooks {
    let environment: Environment
    let socket: String

    init(_ environment: Environment, _ settings: AgentConfiguration) {
        self.environment = environment
        socket = RunDirectory(settings.runDirectory).guestSocket
    }

    func freeze(_ call: HookCall) async throws(Failure) -> any FrozenGuest {
        try await ask("freeze", call)
        return Frozen(hooks: self, call: call)
    }

    func thaw(_ call: HookCall) async throws(Failure) { try await ask("thaw", call) }

    private func ask(_ verb: String, _ call: HookCall) async throws(Failure) {
        do {
            try await GuestControl.ask(
                environment, socket, GuestControl.line(verb, point: call.point, hold: call.hold))
        } catch {
            throw error as? Failure ?? Failure(.unavailable, "\(verb) the guest: \(error)")
        }
    }

    private struct Frozen: FrozenGuest {
        let hooks: SimulatedHooks
        let call: HookCall

        func thaw() async throws(Failure) { try await hooks.thaw(call) }
    }
}
