import MessageCoding
public import Messages
public import Model
public import Receivers
public import Store

/// The configuration database: the registry of record for home (architecture: one record per fact).
///
/// Missing rows are a gate (source statement S9), never invented.
public struct ConfigurationStore: Sendable {
    public let receiver: ReceiverStore
    private var database: StoreDatabase { receiver.database }

    public init(_ receiver: ReceiverStore) { self.receiver = receiver }

    public static let schema = Schema(
        store: "configuration-server",
        migrations: ReceiverStore.schema + [
            """
            CREATE TABLE components (id TEXT PRIMARY KEY, message BLOB NOT NULL) STRICT, WITHOUT ROWID;
            CREATE TABLE machines (
                item TEXT PRIMARY KEY,
                machine TEXT NOT NULL,
                message BLOB NOT NULL
            ) STRICT, WITHOUT ROWID;
            """,
            ConfigurationStore.life,
        ])

    /// A component that registered with the passphrase; a later registration of the same id replaces it.
    public func register(_ component: ConfigurationV1.Component) async throws {
        try await database.write("component.register") { transaction in
            _ = try transaction.run(
                "INSERT INTO components (id, message) VALUES (?, ?) "
                    + "ON CONFLICT (id) DO UPDATE SET message = excluded.message",
                .text(component.endpoint?.id ?? ""), .blob(component.wireBytes()))
        }
    }

    /// Registered components by id, without the age of their heartbeat.
    public func components() async throws -> [ConfigurationV1.Component] {
        try await database.read { transaction in
            try transaction.rows("SELECT message FROM components ORDER BY id").map {
                try stored(ConfigurationV1.Component.self, $0.blob("message"))
            }
        }
    }

    public func machine(_ item: ItemID) async throws -> ConfigurationV1.ProtectedMachine? {
        try await database.read { transaction in
            try transaction.row("SELECT message FROM machines WHERE item = ?", .id(item)).map {
                try stored(ConfigurationV1.ProtectedMachine.self, $0.blob("message"))
            }
        }
    }

    /// The item that a home machine is protected as; nil when it is none of ours.
    func item(ofMachine machine: String) async throws -> ItemID? {
        try await database.read { transaction in
            try transaction.row("SELECT item FROM machines WHERE machine = ?", .text(machine)).map { try $0.id("item") }
        }
    }

    /// In the caller's transaction, with its operation key.
    static func insert(_ machine: ConfigurationV1.ProtectedMachine, in transaction: Transaction) throws {
        try transaction.run(
            "INSERT INTO machines (item, machine, message) VALUES (?, ?, ?) "
                + "ON CONFLICT (item) DO UPDATE SET machine = excluded.machine, message = excluded.message",
            .text(machine.item), .text(machine.machine), .blob(machine.wireBytes()))
    }

    static func remove(_ item: ItemID, in transaction: Transaction) throws {
        try transaction.run("DELETE FROM machines WHERE item = ?", .id(item))
    }

    /// An agent registered since its boot (source statement S32). No row for its item changes nothing.
    func agentRegistered(_ hello: AgentV1.AgentHello) async throws {
        try await database.write("agent.register") { transaction in
            guard let row = try transaction.row("SELECT message FROM machines WHERE item = ?", .text(hello.item)) else {
                return
            }
            var machine = try stored(ConfigurationV1.ProtectedMachine.self, row.blob("message"))
            guard machine.agentMachine != hello.machine || machine.agentBootID != hello.bootID else { return }
            machine.agentMachine = hello.machine
            machine.agentBootID = hello.bootID
            try Self.insert(machine, in: transaction)
        }
    }
}

private func stored<M: WireMessage>(_ type: M.Type, _ bytes: [UInt8]) throws(Failure) -> M {
    do { return try M(wire: bytes) } catch {
        throw Failure(.storeCorrupt, "read the configuration database: a row is not a \(M.protobufName)")
    }
}
