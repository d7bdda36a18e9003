public import Environment
import EnvironmentLive
public import MachineFiles
public import Model

/// What the guest is frozen for; its hooks are told.
public struct HookCall: Hashable, Sendable {
    public var machine: String
    public var item: String
    /// Number of the generation; 0 for none.
    public var generation: UInt64
    /// The point or the common cut, for people.
    public var point: String
    /// How long the guest may stand still at most.
    public var hold: Duration

    public init(machine: String, item: String, generation: UInt64, point: String, hold: Duration) {
        self.machine = machine
        self.item = item
        self.generation = generation
        self.point = point
        self.hold = hold
    }
}

/// Freezes a machine's guest and thaws it: its hooks, as programs (`HookPrograms`), or as a test plays them.
public protocol GuestHooks: Sendable {
    /// Returns when the guest stands still with everything on its disks. When this throws, it was thawed.
    func freeze(_ call: HookCall) async throws(Failure) -> any FrozenGuest
    /// Thaws a guest that an agent before us may have left frozen.
    func thaw(_ call: HookCall) async throws(Failure)
}

/// A guest that stands still. It is thawed by itself when its hold is over, and when this process ends.
public protocol FrozenGuest: Sendable {
    /// Returns when the guest runs again. Throws when it did not stand still until this was called, or when it could
    /// not be thawed: neither leaves an application-consistent point.
    func thaw() async throws(Failure)
}

/// The hooks as programs, each freeze under the guard of a shell that thaws by itself (`GuardedCommand`).
public struct HookPrograms: GuestHooks {
    private let hooks: AgentConfiguration.Hooks
    private let lane: any Lane

    /// What the guard may take besides the programs: `timeout` kills a second after it asked.
    private static let slack = Duration.seconds(3)

    public init(_ hooks: AgentConfiguration.Hooks, _ lanes: any LaneProvider) {
        self.hooks = hooks
        lane = lanes.lane("hooks")
    }

    public func freeze(_ call: HookCall) async throws(Failure) -> any FrozenGuest {
        let request = request(call)
        let limit = hooks.freezeTimeout + Self.slack
        let outcome = try await onLane("freeze") { () throws(GuardedCommand.StartError) in
            let guarding = try GuardedCommand(request)
            let step = guarding.step(within: limit)
            guard step?.step == .act, step?.status == 0 else {
                guarding.release()
                guarding.finish(within: request.limits.undo + Self.slack)
                return Outcome.failed(step?.status)
            }
            return .frozen(Held(guarding))
        }
        switch outcome {
        case .frozen(let held):
            let patience = request.limits.undo + Self.slack
            return GuardedGuest(held: held, hooks: self, call: call, limit: patience, lane: lane)
        case .failed(let status?):
            throw Failure(.unavailable, "the freeze hook \(Self.ending(status, hooks.freezeTimeout))")
        case .failed(nil):
            // The guard is gone or hangs with its hook: it cannot be relied on.
            try? await thaw(call)
            throw Failure(.unavailable, "the freeze hook and its guard did not end in \(limit)")
        }
    }

    public func thaw(_ call: HookCall) async throws(Failure) {
        let request = request(call)
        let status = try await onLane("thaw") { () throws(GuardedCommand.StartError) in
            let guarding = try GuardedCommand(request, undoOnly: true)
            let step = guarding.step(within: request.limits.undo + Self.slack)
            guarding.finish(within: Self.slack)
            return step?.status
        }
        guard status == 0 else {
            let ending = status.map { Self.ending($0, hooks.thawTimeout) } ?? "did not end"
            throw Failure(.unavailable, "the thaw hook \(ending)")
        }
    }

    fileprivate static func ending(_ status: Int32, _ limit: Duration) -> String {
        status == GuardedCommand.timedOut ? "took longer than \(limit)" : "ended with status \(status)"
    }

    fileprivate var thawTimeout: Duration { hooks.thawTimeout }

    private func request(_ call: HookCall) -> GuardedCommand.Request {
        GuardedCommand.Request(
            command: hooks.command, verbs: ("freeze", "thaw"),
            environment: [
                ("HOMEWARD_MACHINE", call.machine), ("HOMEWARD_ITEM", call.item),
                ("HOMEWARD_GENERATION", "\(call.generation)"), ("HOMEWARD_POINT", call.point),
                ("HOMEWARD_HOLD_MS", "\(call.hold.inMicroseconds / 1_000)"),
            ], limits: (hooks.freezeTimeout, hooks.thawTimeout), hold: call.hold)
    }

    private func onLane<T: Sendable>(
        _ what: String, _ body: @escaping @Sendable () throws -> T
    ) async throws(Failure) -> T {
        do { return try await lane.run(body) } catch {
            throw Failure(.unavailable, "run the \(what) hook: \(error)")
        }
    }
}

private enum Outcome: Sendable {
    case frozen(Held)
    /// The status of the freeze hook; nil when none was told.
    case failed(Int32?)
}

/// `@unchecked Sendable`: after the freeze that made it, the command is used by bodies of one lane only, which run one
/// after the other.
private final class Held: @unchecked Sendable {
    let guarding: GuardedCommand
    init(_ guarding: GuardedCommand) { self.guarding = guarding }
}

private struct GuardedGuest: FrozenGuest {
    let held: Held
    let hooks: HookPrograms
    let call: HookCall
    let limit: Duration
    let lane: any Lane

    func thaw() async throws(Failure) {
        let statuses: [GuardedCommand.Step: Int32]
        do {
            statuses = try await lane.run { [held, limit] in
                held.guarding.release()
                var statuses: [GuardedCommand.Step: Int32] = [:]
                while let step = held.guarding.step(within: limit) { statuses[step.step] = step.status }
                return statuses
            }
        } catch {
            throw Failure(.unavailable, "run the thaw hook: \(error)")
        }
        guard let undone = statuses[.undo] else {
            // Its guard was killed: whether the guest stood still until now, and runs now, nobody knows.
            try await hooks.thaw(call)
            throw Failure(.unavailable, "the guard of the freeze ended before the thaw")
        }
        guard statuses[.wait] == 0 else {
            throw Failure(
                .unavailable, "the guest stood still for \(call.hold) and was thawed before the point was cut")
        }
        guard undone == 0 else {
            throw Failure(.unavailable, "the thaw hook \(HookPrograms.ending(undone, hooks.thawTimeout))")
        }
    }
}

extension AgentConfiguration.Hooks {
    /// Where the file names none.
    private static let usual = 10_000

    var freezeTimeout: Duration { .milliseconds(freezeTimeoutMilliseconds ?? Self.usual) }
    var thawTimeout: Duration { .milliseconds(thawTimeoutMilliseconds ?? Self.usual) }
    var longestHold: Duration { .milliseconds(longestHoldMilliseconds ?? Self.usual) }

    func validate() throws(Failure) {
        guard let program = command.first, program.hasPrefix("/") else {
            throw Failure(.invalidArgument, "setting \"hooks\" must name a program by its absolute path")
        }
        for (name, value) in [
            ("freezeTimeoutMilliseconds", freezeTimeoutMilliseconds),
            ("thawTimeoutMilliseconds", thawTimeoutMilliseconds),
            ("longestHoldMilliseconds", longestHoldMilliseconds),
        ] where !(10...mostMilliseconds).contains(value ?? Self.usual) {
            throw Failure(.invalidArgument, "setting \"hooks\": \(name) is not between 10 and \(mostMilliseconds)")
        }
    }
}

/// A minute: a guest that stands still longer is down for whoever uses it.
private let mostMilliseconds = 60_000
