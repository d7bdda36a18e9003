public import Contract
import Cryptography
public import MessageCoding
public import Model
public import Store

/// What every component that acts under generations keeps durably: assignments, operation keys, the vault's epoch.
///
/// It is part of the component's own database, so that an effect inside that database and its key are one transaction.
public struct ReceiverStore: Sendable {
    public let database: StoreDatabase
    public let assignments = AssignmentTable()
    public let operations = OperationLedger()

    public init(_ database: StoreDatabase) { self.database = database }

    /// To be first in a component's migrations.
    public static let schema = [
        OperationLedger.schema,
        AssignmentTable.schema,
        """
        CREATE TABLE vault_epoch (one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL) STRICT;
        CREATE TABLE probes (key TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
        """,
    ]

    /// Refuses a vault that another one has succeeded (rule G10), and remembers the highest epoch seen.
    public func admit(epoch: UInt64, in transaction: Transaction) throws {
        guard epoch > 0 else { return }
        let stored = try highestEpoch(in: transaction)
        guard epoch >= stored else {
            throw Failure(
                .staleEpoch, "act for the vault's epoch \(epoch): epoch \(stored) was seen here. Stop the old vault")
        }
        if epoch > stored {
            try transaction.run(
                "INSERT INTO vault_epoch (one, epoch) VALUES (1, ?) "
                    + "ON CONFLICT (one) DO UPDATE SET epoch = excluded.epoch",
                .bits(epoch))
        }
    }

    /// The highest epoch of a vault that was seen here; 0 for none.
    func highestEpoch(in transaction: Transaction) throws -> UInt64 {
        try transaction.row("SELECT epoch FROM vault_epoch WHERE one = 1")?.bits("epoch") ?? 0
    }

    /// The stored assignment of an item, or nil.
    public func assignment(of item: ItemID) async throws -> Assignment? {
        try await database.read { transaction in
            try assignments.stored(item, in: transaction).map {
                Assignment(item: $0.item, generation: $0.generation, roles: $0.roles)
            }
        }
    }
}

/// A call with an effect, as it came.
public struct EffectCall: Sendable {
    public let key: OperationKey
    public let epoch: UInt64
    /// nil for a call that needs none (it concerns no item's authority).
    public let generation: Generation?
    /// SHA-256 of the request without the key: the same key with another request is a bug of the caller (rule K1).
    public let digest: [UInt8]

    public init(key: OperationKey, epoch: UInt64, generation: Generation?, request: some WireMessage) {
        self.key = key
        self.epoch = epoch
        self.generation = generation
        digest = SHA256.hash(request.wireBytes())
    }
}
