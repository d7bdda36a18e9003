import API
public import Environment
public import Logging
public import Model
public import RPC
public import Store

/// What a service is given: the world, the wire, a place for its stores, a log.
public struct ServiceContext: Sendable {
    public let environment: Environment
    public let transport: any Transport
    /// Where the store of the given name lies: a file of a live process, memory of a simulated host.
    public let store: @Sendable (_ name: String) throws -> StoreMedium
    public let log: Logger
    /// Another process has opened a store of this one.
    public let deposed: @Sendable (Failure) -> Void

    public init(
        environment: Environment, transport: any Transport,
        store: @escaping @Sendable (_ name: String) throws -> StoreMedium, log: Logger,
        deposed: @escaping @Sendable (Failure) -> Void = { _ in }
    ) {
        self.environment = environment
        self.transport = transport
        self.store = store
        self.log = log
        self.deposed = deposed
    }

    /// The same, with interceptors around every call that is served and made.
    func intercepted(by interceptors: [any Interceptor]) -> ServiceContext {
        ServiceContext(
            environment: environment, transport: InterceptedTransport(transport, by: interceptors), store: store,
            log: log, deposed: deposed)
    }

    /// Opens the store of this name on a lane of its own, and another for its reads.
    public func openStore(_ schema: Schema) async throws -> StoreDatabase {
        try await StoreDatabase.open(
            store(schema.store), schema: schema, lane: environment.lanes.lane("store \(schema.store)"),
            readLane: environment.lanes.lane("reads \(schema.store)"), random: environment.random,
            failpoints: environment.failpoints, deposed: deposed)
    }
}

/// One of Homeward's long-running programs.
public protocol Service: Sendable {
    associatedtype Settings: ConfigurationFile

    /// Recovers from durable state; when it returns, calls can be answered.
    static func start(_ settings: Settings, _ context: ServiceContext) async throws -> Self
    /// What is served at the configured address.
    var services: [BoundService] { get }
    /// Called once when serving began, with the address that others dial: dial others, resume work.
    func serving(at address: StreamAddress) async throws
    /// Ends work in order; nothing acknowledged may be lost by not being called.
    func stop() async
}

/// A service with its address and its health.
public struct HostedService<S: Service>: Sendable {
    public let service: S
    public let address: StreamAddress
    private let server: any TransportServer
    private let health: HealthStatus
    private let counters: CallCounters?
    private let log: Logger

    /// Calls under way may take this long when the program is asked to stop.
    public static var grace: Duration { .seconds(5) }

    public static func start(_ settings: S.Settings, _ context: ServiceContext) async throws -> HostedService {
        let counters = CallCounters()
        let context = context.intercepted(
            by: standardInterceptors(
                context.environment, context.log, counters, callers: settings.service.callers))
        return try await host(S.start(settings, context), settings, context, counters)
    }

    /// Serves what was started in a way of its own: with machines in memory, with smaller bounds.
    public static func host(
        _ service: S, _ settings: S.Settings, _ context: ServiceContext, _ counters: CallCounters? = nil
    ) async throws -> HostedService {
        let health = HealthStatus()
        let channelz = ChannelzHandler(settings.service.id, counters ?? CallCounters())
        let offered = service.services + [HealthHandler(health).bound(), channelz.bound()]
        let bound = offered + ReflectionHandler(offered.map(\.name)).allBound()
        let server = try await context.transport.serve(parseAddress(settings.service.listen), bound)
        channelz.tell(of: server)
        for name in [""] + bound.map(\.name) { health.set(name, .serving) }
        let own = try settings.service.advertise.map(parseAddress) ?? server.address
        // Others learn with the address whom to expect there.
        try await service.serving(at: settings.service.tls == nil ? own : own.named(settings.service.id))
        context.log.info("serving", metadata: ["address": "\(server.address)"])
        return HostedService(
            service: service, address: server.address, server: server, health: health, counters: counters,
            log: context.log)
    }

    private init(
        service: S, address: StreamAddress, server: any TransportServer, health: HealthStatus,
        counters: CallCounters?, log: Logger
    ) {
        self.service = service
        self.address = address
        self.server = server
        self.health = health
        self.counters = counters
        self.log = log
    }

    private func tellCalls() {
        for (key, counts) in counters?.snapshot ?? [] {
            log.debug(
                "calls",
                metadata: [
                    "side": "\(key.side.rawValue)", "method": "\(key.method)", "started": "\(counts.started)",
                    "failed": "\(counts.failed)",
                ])
        }
    }

    /// Says NOT_SERVING, lets calls end, stops the service.
    public func stop() async {
        health.shutDown()
        await server.drain(grace: Self.grace)
        tellCalls()
        await service.stop()
    }
}
