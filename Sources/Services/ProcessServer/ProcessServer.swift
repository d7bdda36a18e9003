import AgentLinks
import API
import Contract
public import Environment
public import Hosting
import Logging
import Messages
import Model
import Receivers
import Registration
public import RPC
import Store

/// The process server: takes the intervals of agents, caches them durably and relays them to master targets. Agents are
/// reached through it as well.
///
/// What it holds can be lost: the agent then merges the lost intervals forward. What it may not do is pass on anything
/// of a writer that was fenced, or call something cached that a restart would not find.
public struct ProcessServer: Service {
    private let relays: Relays
    private let settings: ProcessServerSettings
    private let context: ServiceContext
    private let registration: Registration
    private let address: AddressBox
    public let services: [BoundService]

    public static func start(_ settings: ProcessServerSettings, _ context: ServiceContext) async throws -> Self {
        let store = RelayStore(ReceiverStore(try await context.openStore(RelayStore.schema)))
        let effects = Effects(
            store.receiver, component: "process-server", failpoints: context.environment.failpoints)
        let relays = try await Relays.open(settings, store, context)
        let links = AgentLinks(clock: context.environment.clock) { _ in }
        let address = AddressBox()
        let registration = Registration(
            settings.registration, environment: context.environment, transport: context.transport, log: context.log
        ) { [identity = store.receiver.database] in
            let status = await relays.health(settings.service.id)
            return .with {
                $0.endpoint = .with {
                    $0.id = settings.service.id
                    $0.address = address.text
                }
                $0.kind = .processServer
                $0.site = settings.service.site == Site.home.rawValue ? .home : .cloud
                $0.version = programVersion
                $0.figures = status.figures
                $0.health = status.health
                $0.findings = status.findings.complaints
                $0.instance = "\(identity.incarnation.text).\(identity.epoch)"
            }
        }
        return ProcessServer(
            relays: relays, settings: settings, context: context, registration: registration, address: address,
            services: [
                ProcessControlHandler(relays: relays, effects: effects, id: settings.service.id).bound(),
                IntervalIntakeHandler(relays: relays).bound(),
                GroupCutHandler(groups: relays.groups).bound(),
                ReceiverHandler(
                    effects, clock: context.environment.clock,
                    quiesce: { assignment in try await relays.obey(assignment) }
                ).bound(),
                AgentLinkHandler(links).bound(),
                AgentRelayHandler(links, context.environment.failpoints).bound(),
            ])
    }

    public func serving(at address: StreamAddress) async throws {
        self.address.set("\(address)")
        await relays.begin()
        try await registration.begin()
    }

    public func stop() async {
        await registration.stop()
        await relays.stop()
    }
}

/// Of this build, as components report it.
let programVersion = "1"
