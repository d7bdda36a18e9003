public import Environment
public import Hosting
import IntervalFrames
import Logging
public import MachineFiles
import Model
import Receivers
public import RPC
import Store

/// The mobility agent of one machine: serves its disks to the guest, remembers every change crash-safely, and
/// replicates them to a process server. It dials out only; the vault commands it through whom it dialled.
///
/// While vault, configuration server and process server are away, the guest goes on and everything stays tracked.
/// After `kill -9` the same configuration starts it again: sidecars and its store say how it goes on.
public struct MobilityAgent: Service {
    let core: AgentCore

    public static func start(_ settings: AgentConfiguration, _ context: ServiceContext) async throws -> Self {
        try await start(
            settings, context, hooks: settings.hooks.map { HookPrograms($0, context.environment.lanes) })
    }

    /// With a guest that is frozen and thawed by these hooks; nil for one that cannot be.
    public static func start(
        _ settings: AgentConfiguration, _ context: ServiceContext, hooks: (any GuestHooks)?
    ) async throws -> Self {
        try await start(settings, context, hooks: hooks, limits: SessionLimits())
    }

    static func start(
        _ settings: AgentConfiguration, _ context: ServiceContext, hooks: (any GuestHooks)? = nil,
        limits: SessionLimits
    ) async throws -> Self {
        let environment = context.environment
        let lane = environment.lanes.lane("agent files")
        let directory = RunDirectory(settings.runDirectory)
        let files = environment.files
        try await lane.run { try files.createDurably(settings.service.stateDirectory) }
        try await publish(.starting, "", settings, environment, lane)
        do {
            let store = AgentStore(receiver: ReceiverStore(try await context.openStore(AgentStore.schema)))
            let grant = try await lane.run { try GrantFile.read(directory.grant, files) }
            let branch = try await BranchDisks.connect(settings, grant: grant, environment)
            let opened = branch == nil
                ? try await MachineDisks.open(
                    settings, grant: grant, stored: try await store.authority(), environment: environment, lane: lane)
                : .none
            context.log.info(
                "disks opened",
                metadata: [
                    "generation": "\(opened.authority.generation)", "mode": "\(opened.authority.mode)",
                    "incarnation": "\(opened.tracker?.incarnation ?? 0)",
                ])
            let effects = Effects(store.receiver, component: "agent", failpoints: environment.failpoints)
            let freezer = GuestFreezer(
                hooks, longestHold: settings.hooks?.longestHold ?? limits.longestHold, machine: settings.machine,
                store: store, environment: environment, log: context.log)
            let core = try AgentCore(
                settings, grant: grant, opened: opened, store: store, effects: effects, context: context, lane: lane,
                freezer: freezer, limits: limits, branch: branch)
            return MobilityAgent(core: core)
        } catch {
            try? await publish(.failed, "\(error)", settings, environment, lane)
            throw error
        }
    }

    private static func publish(
        _ state: AgentStatusFile.State, _ message: String, _ settings: AgentConfiguration, _ environment: Environment,
        _ lane: any Lane
    ) async throws {
        let status = AgentStatusFile(
            machine: settings.machine, bootID: settings.bootID, processID: processID(), state: state,
            answers: false, message: message, updatedUnixUs: environment.clock.wallNow().microseconds)
        let path = RunDirectory(settings.runDirectory).agentStatus
        try await lane.run { try status.publish(path, environment.files) }
    }

    public var services: [BoundService] { [] }

    public func serving(at address: StreamAddress) async throws { try await core.serve() }

    public func stop() async { await core.stop() }
}
