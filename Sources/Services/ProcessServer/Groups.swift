import API
import Contract
import Environment
import Hosting
import Logging
import Messages
import Model
import RPC

/// The replication groups whose members are relayed here, each with its coordinator.
actor Groups {
    private let limits: GroupLimits
    private let environment: Environment
    private let transport: any Transport
    private let log: Logger
    private var coordinators: [GroupID: GroupCoordinator] = [:]
    private var groupOf: [ItemID: GroupID] = [:]
    private var hasBegun = false

    init(_ limits: GroupLimits, _ environment: Environment, _ transport: any Transport, _ log: Logger) {
        self.limits = limits
        self.environment = environment
        self.transport = transport
        self.log = log
    }

    func begin() async {
        hasBegun = true
        for coordinator in sorted { await coordinator.begin() }
    }

    func stop() async {
        for coordinator in sorted { await coordinator.stop() }
    }

    private var sorted: [GroupCoordinator] { coordinators.sorted { $0.key < $1.key }.map(\.value) }

    /// The item's relay is as `route` says now; nil when it is closed.
    func follow(_ route: Route?, of item: ItemID) async {
        if let known = groupOf[item], known != route?.group?.id {
            groupOf[item] = nil
            await coordinators[known]?.follow(nil, of: item)
            if !groupOf.values.contains(known) { await coordinators.removeValue(forKey: known)?.stop() }
        }
        guard let route, let group = route.group else { return }
        groupOf[item] = group.id
        let coordinator = coordinators[group.id] ?? make(group.id)
        coordinators[group.id] = coordinator
        await coordinator.follow(route, of: item)
        if hasBegun { await coordinator.begin() }
    }

    private func make(_ id: GroupID) -> GroupCoordinator {
        GroupCoordinator(
            id, limits: limits, environment: environment,
            recorder: GroupRecorder(id, limits: limits, environment: environment, transport: transport, log: log),
            log: log)
    }

    func coordinator(_ id: GroupID) throws(Failure) -> GroupCoordinator {
        guard let coordinator = coordinators[id] else {
            throw Failure(.notFound, "find group \(id): no relay here names it")
        }
        return coordinator
    }

    func message(_ id: GroupID) async throws -> ProcessV1.Group { try await coordinator(id).message() }

    /// Whether the item's agent attends the cuts of its group.
    func attends(_ item: ItemID) async -> Bool {
        guard let id = groupOf[item], let coordinator = coordinators[id] else { return false }
        return await coordinator.attends(item)
    }
}

/// `homeward.replication.v1.GroupCut`: what members' agents dial.
struct GroupCutHandler: GroupCutService {
    let groups: Groups

    func attend(
        _ requests: RequestStream<ReplicationV1.GroupMemberFrame>,
        _ responses: MessageWriter<ReplicationV1.GroupCoordinatorFrame>, _ context: CallContext
    ) async throws {
        try await answering("attend a group") {
            guard case .hello(let hello)? = try await requests.next()?.frame else {
                throw Failure(.invalidArgument, "attend a group: the first frame must be its hello")
            }
            try await groups.coordinator(try GroupID(hello.group)).serve(hello, requests, responses)
        }
    }
}
