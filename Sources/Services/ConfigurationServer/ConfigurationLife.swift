import Model
import Store

/// Which life of its database this server is in, and where it stands.
///
/// A database that was restored knows assignments as they were at its backup. They still bound what is accepted (a
/// generation is never lowered), but nothing is done by the roles in them until the vault has confirmed or raised each:
/// a machine that runs at home by right must not be stopped by an old record.
extension ConfigurationStore {
    static let life = """
        CREATE TABLE life (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            incarnation TEXT NOT NULL,
            address TEXT NOT NULL
        ) STRICT;
        CREATE TABLE unconfirmed (item TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
        """

    /// Before anything else at a start.
    /// - Returns: true in the first start of a database that was restored.
    func beginLife() async throws -> Bool {
        let incarnation = receiver.database.incarnation.text
        let isCopy = receiver.database.restoredFrom != nil
        return try await receiver.database.write("life") { transaction in
            let known = try transaction.row("SELECT incarnation FROM life")?.text("incarnation")
            guard known != incarnation else { return false }
            let isRestored = known != nil || isCopy
            if isRestored {
                try transaction.run("INSERT OR IGNORE INTO unconfirmed (item) SELECT item FROM assignments")
            }
            try transaction.run(
                "INSERT INTO life (one, incarnation, address) VALUES (1, ?, '') "
                    + "ON CONFLICT (one) DO UPDATE SET incarnation = excluded.incarnation", .text(incarnation))
            return isRestored
        }
    }

    /// Where others dial this server: part of every backup from now on.
    func serve(at address: String) async throws {
        try await receiver.database.write("life.address") { transaction in
            _ = try transaction.run("UPDATE life SET address = ? WHERE address <> ?", .text(address), .text(address))
        }
    }

    /// The address that the server had when this backup was made; empty when it never served.
    static func address(in backup: RestoredAside) throws -> String {
        // A backup of the time before there was such a table does not say.
        guard backup.content.rows["life"] != nil else { return "" }
        return try backup.read { try $0.row("SELECT address FROM life")?.text("address") ?? "" }
    }

    /// Its roles come from a backup, and the vault has not told of the item since.
    func isUnconfirmed(_ item: ItemID) async throws -> Bool {
        try await receiver.database.read {
            try $0.row("SELECT item FROM unconfirmed WHERE item = ?", .id(item)) != nil
        }
    }

    func hasUnconfirmed() async throws -> Bool {
        try await receiver.database.read { try $0.row("SELECT item FROM unconfirmed LIMIT 1") != nil }
    }

    func confirm(_ item: ItemID) async throws {
        guard try await isUnconfirmed(item) else { return }
        try await receiver.database.write("life.confirm") { transaction in
            _ = try transaction.run("DELETE FROM unconfirmed WHERE item = ?", .id(item))
        }
    }
}
