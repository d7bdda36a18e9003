import API
import Contract
import Environment
import Hosting
import IntervalFrames
import Intervals
import Logging
import Messages
import Model
import RPC
import Receivers
import Store

/// The relays of a process server, by item.
actor Relays {
    let settings: ProcessServerSettings
    private let store: RelayStore
    let context: ServiceContext
    let budget: CacheBudget
    let pacers: (receiving: Pacer, forwarding: Pacer)
    let watching: any Lane
    private var watcher: SpawnedTask?
    var recent = RecentFigures()
    var usage: ProcessUsage?
    /// Counted by relays that are closed.
    var past: (received: UInt64, forwarded: UInt64) = (0, 0)
    let groups: Groups
    var relays: [ItemID: Relay] = [:]
    /// Items whose relay is being opened or closed; who comes meanwhile asks again.
    private var changing: Set<ItemID> = []
    private var hasBegun = false

    /// Relays held at once.
    static let most = 256

    static func open(
        _ settings: ProcessServerSettings, _ store: RelayStore, _ context: ServiceContext
    ) async throws -> Relays {
        let clock = context.environment.clock
        let relays = Relays(
            settings, store, context,
            (Pacer(try settings.receiveSchedule, clock), Pacer(try settings.forwardSchedule, clock)))
        try await relays.recover()
        return relays
    }

    private init(
        _ settings: ProcessServerSettings, _ store: RelayStore, _ context: ServiceContext,
        _ pacers: (receiving: Pacer, forwarding: Pacer)
    ) {
        self.settings = settings
        self.store = store
        self.context = context
        self.pacers = pacers
        budget = CacheBudget(limit: settings.spoolBytes)
        watching = context.environment.lanes.lane("cache watch")
        groups = Groups(settings.groupLimits, context.environment, context.transport, context.log)
    }

    /// Opens the spools of all routes, and removes those whose route is gone: their closing was cut short.
    private func recover() async throws {
        let files = context.environment.files
        let routes = try await store.routes()
        let kept = Set(routes.map(\.route.item.text))
        let directory = settings.spoolDirectory
        try await context.environment.lanes.lane("spools").run {
            try files.createDurably(directory)
            for name in try files.list(directory) where !kept.contains(name) && ItemID.isValid(name) {
                for file in try files.list("\(directory)/\(name)") { try files.remove("\(directory)/\(name)/\(file)") }
                try files.remove("\(directory)/\(name)")
            }
        }
        for stored in routes {
            do { relays[stored.route.item] = try await make(stored) } catch {
                context.log.error(
                    "a spool cannot be opened", metadata: ["item": "\(stored.route.item)", "error": "\(error)"])
            }
            await groups.follow(stored.route, of: stored.route.item)
        }
    }

    private func make(_ stored: (route: Route, hello: ReplicationV1.StreamHello?)) async throws -> Relay {
        let assignment = try await store.receiver.assignment(of: stored.route.item)
        return try await Relay(
            stored, permitted: .init(current: assignment?.generation, drains: assignment?.roles.drains), store: store,
            settings: settings, budget: budget, pacers: pacers, environment: context.environment,
            transport: context.transport, log: context.log)
    }

    func begin() async {
        hasBegun = true
        await groups.begin()
        for relay in sorted { await relay.begin() }
        watcher = context.environment.tasks.spawn("cache watch") { await self.watch() }
    }

    func stop() async {
        watcher?.cancel()
        await watcher?.finished()
        await groups.stop()
        for relay in sorted { await relay.stop() }
    }

    var sorted: [Relay] { relays.sorted { $0.key < $1.key }.map(\.value) }

    // MARK: - Control

    func relay(_ item: ItemID) throws(Failure) -> Relay {
        guard let relay = relays[item] else {
            let code: ErrorCode = changing.contains(item) ? .busy : .notFound
            throw Failure(code, "relay item \(item): no relay of it is open here", on: [.item(item)])
        }
        return relay
    }

    /// Makes the relay be as its stored route says: opened, redirected or closed.
    func follow(_ item: ItemID) async throws {
        guard changing.insert(item).inserted else {
            throw Failure(.busy, "change the relay of item \(item): it is being changed; ask again", on: [.item(item)])
        }
        defer { changing.remove(item) }
        let stored = try await store.route(of: item)
        await groups.follow(stored, of: item)
        guard let route = stored else {
            guard let relay = relays.removeValue(forKey: item) else { return }
            let last = await relay.standing()
            past = (past.received &+ last.received, past.forwarded &+ last.forwarded)
            return try await relay.drop()
        }
        if let relay = relays[item] { return await relay.take(route) }
        guard relays.count < Self.most else {
            throw Failure(.limitReached, "open the relay of item \(item): \(Self.most) relays are open here already")
        }
        let relay = try await make((route, nil))
        relays[item] = relay
        if hasBegun { await relay.begin() }
    }

    /// An item that is not relayed here any more is forgotten, with all that is spooled of it: what is not sealed its
    /// agent sends again, over another process server.
    func obey(_ assignment: Assignment) async throws {
        if assignment.relaysNothing(at: settings.service.id) {
            try await store.forget(assignment.item)
            return try await follow(assignment.item)
        }
        guard let relay = relays[assignment.item] else {
            guard !changing.contains(assignment.item) else {
                throw Failure(
                    .busy, "assign item \(assignment.item): its relay is being changed; ask again",
                    on: [.item(assignment.item)])
            }
            return
        }
        try await relay.obey(assignment)
    }
}

/// `homeward.process.v1.ProcessControl`.
struct ProcessControlHandler: ProcessControlService {
    let relays: Relays
    let effects: Effects
    let id: String

    func openRelay(_ request: ProcessV1.OpenRelayRequest, _ context: CallContext) async throws -> ProcessV1.Relay {
        try await answering("open the relay of \(request.item)") {
            let route = try Route(request)
            _ = try parseAddress(route.address)
            let call = EffectCall(
                key: try OperationKey(request.key), epoch: request.key?.vaultEpoch ?? 0, generation: route.generation,
                request: request.changed { $0.key = nil })
            _ = try await effects.transact(call) { transaction in
                try RelayStore.put(route, in: transaction)
                return route.message
            }
            // Also when the key was done before: a crash may have come between the row and the relay.
            try await relays.follow(route.item)
            return try await relays.relay(route.item).status()
        }
    }

    func closeRelay(_ request: ProcessV1.CloseRelayRequest, _ context: CallContext) async throws -> ProcessV1.Relay {
        try await answering("close the relay of \(request.item)") {
            let item = try ItemID(request.item)
            let call = EffectCall(
                key: try OperationKey(request.key), epoch: request.key?.vaultEpoch ?? 0,
                generation: try Generation(request.generation), request: request.changed { $0.key = nil })
            let last = try? await relays.relay(item).status()
            let answer = try await effects.transact(call) { transaction in
                try RelayStore.remove(item, in: transaction)
                return last ?? .with { $0.item = item.text }
            }
            try await relays.follow(item)
            return answer.changed {
                $0.sourceConnected = false
                $0.targetConnected = false
                $0.spooledBytes = 0
            }
        }
    }

    func getRelay(_ request: ProcessV1.GetRelayRequest, _ context: CallContext) async throws -> ProcessV1.Relay {
        try await answering("read the relay of \(request.item)") {
            let item = try ItemID(request.item)
            let status = try await relays.relay(item).status()
            let attends = await relays.groups.attends(item)
            return status.changed { $0.attendsGroup = attends }
        }
    }

    func getGroup(_ request: ProcessV1.GetGroupRequest, _ context: CallContext) async throws -> ProcessV1.Group {
        try await answering("read group \(request.group)") {
            try await relays.groups.message(try GroupID(request.group))
        }
    }

    func cutGroup(
        _ request: ProcessV1.CutGroupRequest, _ context: CallContext
    ) async throws -> ProcessV1.CutGroupResponse {
        try await answering("cut group \(request.group)") {
            let group = try GroupID(request.group)
            let call = EffectCall(
                key: try OperationKey(request.key), epoch: request.key?.vaultEpoch ?? 0, generation: nil,
                request: request.changed { $0.key = nil })
            return try await effects.perform(call, look: { nil }) { _ in
                try await relays.groups.coordinator(group).cut(applicationConsistent: request.applicationConsistent)
            }
        }
    }

    func getProcessServer(
        _ request: ProcessV1.GetProcessServerRequest, _ context: CallContext
    ) async throws -> ProcessV1.ProcessServerStatus { await relays.health(id) }
}

/// `homeward.replication.v1.IntervalIntake`, as agents see it.
struct IntervalIntakeHandler: IntervalIntakeService {
    let relays: Relays

    func replicate(
        _ requests: RequestStream<ReplicationV1.SourceFrame>, _ responses: MessageWriter<ReplicationV1.TargetFrame>,
        _ context: CallContext
    ) async throws {
        try await answering("take a stream") {
            guard case .hello(let hello)? = try await requests.next()?.frame else {
                throw Failure(.invalidArgument, "take a stream: the first frame must be its hello")
            }
            try await relays.relay(try ItemID(hello.item)).serve(hello, requests, responses)
        }
    }
}
