import Contract
import MessageCoding
import Messages
import Model
import Receivers
import Store

/// What survives a restart besides the spools: which items are relayed where, and who wrote last.
struct RelayStore: Sendable {
    let receiver: ReceiverStore

    init(_ receiver: ReceiverStore) { self.receiver = receiver }

    static let schema = Schema(
        store: "process-server",
        migrations: ReceiverStore.schema + [
            """
            CREATE TABLE relays (
                item TEXT PRIMARY KEY,
                route BLOB NOT NULL,
                hello BLOB
            ) STRICT, WITHOUT ROWID;
            """
        ])

    /// In the caller's transaction, with its operation key.
    static func put(_ route: Route, in transaction: Transaction) throws {
        try transaction.run(
            "INSERT INTO relays (item, route) VALUES (?, ?) ON CONFLICT (item) DO UPDATE SET route = excluded.route",
            .id(route.item), .blob(route.message.wireBytes()))
    }

    static func remove(_ item: ItemID, in transaction: Transaction) throws {
        try transaction.run("DELETE FROM relays WHERE item = ?", .id(item))
    }

    /// Without a call that asks for it: the assignment says so, and says it again after a crash.
    func forget(_ item: ItemID) async throws {
        try await receiver.database.write("relay.forget") { try Self.remove(item, in: $0) }
    }

    /// Kept so that a restarted process server can forward what it has cached before the agent comes back.
    func remember(_ hello: ReplicationV1.StreamHello, of item: ItemID) async throws {
        let bytes = hello.wireBytes()
        try await receiver.database.write("relay.hello") { transaction in
            _ = try transaction.run("UPDATE relays SET hello = ? WHERE item = ?", .blob(bytes), .id(item))
        }
    }

    func routes() async throws -> [(route: Route, hello: ReplicationV1.StreamHello?)] {
        try await receiver.database.read { transaction in
            try transaction.rows("SELECT route, hello FROM relays ORDER BY item").map { row in
                let request = try stored(ProcessV1.OpenRelayRequest.self, row.blob("route"))
                let hello = try row.optionalBlob("hello").map { try stored(ReplicationV1.StreamHello.self, $0) }
                return (try Route(request), hello)
            }
        }
    }

    func route(of item: ItemID) async throws -> Route? {
        try await receiver.database.read { transaction in
            try transaction.row("SELECT route FROM relays WHERE item = ?", .id(item)).map {
                try Route(try stored(ProcessV1.OpenRelayRequest.self, $0.blob("route")))
            }
        }
    }
}

private func stored<M: WireMessage>(_ type: M.Type, _ bytes: [UInt8]) throws(Failure) -> M {
    do { return try M(wire: bytes) } catch {
        throw Failure(.storeCorrupt, "read the process server's store: a row is not a \(M.protobufName)")
    }
}

/// Where the intervals of an item go, and under which generation.
struct Route: Hashable, Sendable {
    let item: ItemID
    let generation: Generation
    let masterTarget: String
    let address: String
    /// nil for an item that is in no replication group.
    let group: GroupRoute?

    init(_ request: ProcessV1.OpenRelayRequest) throws(Failure) {
        item = try ItemID(request.item)
        generation = try Generation(request.generation)
        masterTarget = request.masterTarget?.id ?? ""
        address = request.masterTarget?.address ?? ""
        group = try GroupRoute(request)
        guard !address.isEmpty else {
            throw Failure(
                .invalidArgument, "open the relay of \(item): no address of a master target", on: [.item(item)])
        }
    }

    var message: ProcessV1.OpenRelayRequest {
        .with {
            $0.item = item.text
            $0.generation = generation.message
            $0.masterTarget = endpoint
            guard let group else { return }
            $0.group = group.id.text
            $0.members = group.members.map(\.text)
            $0.groupIntervalUs = UInt64(group.interval.inMicroseconds)
            $0.groupApplicationIntervalUs = UInt64(group.applicationInterval.inMicroseconds)
        }
    }

    var endpoint: CommonV1.Endpoint {
        .with {
            $0.id = masterTarget
            $0.address = address
        }
    }
}

extension Assignment {
    /// Whether nothing of the item is relayed here any more: another process server does, or nobody. One that still
    /// drains an older generation here does, whoever relays later.
    func relaysNothing(at own: String) -> Bool {
        guard roles.drains == nil else { return false }
        return roles.replication == nil || roles.processServer.map { $0.text != own } ?? false
    }
}
