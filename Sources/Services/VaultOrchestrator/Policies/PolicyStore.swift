import Model
import Store
import Synchronization

/// A policy's row.
struct PolicyRow: Hashable, Sendable {
    var id: PolicyID
    var version: UInt64
    /// Of all policies and assignments together; see `PolicyTerms`.
    var revision: UInt64
    var spec: PolicySpec
    var createdUs: Int64
    var updatedUs: Int64
    /// The request that made it, with the digest of its body.
    var request: String
    var requestDigest: [UInt8]

    var etag: String { "v\(version)" }

    /// What items follow that were given no other one. There since the vault's first start, and never removed.
    static let defaultForward: PolicyID = "default-forward"
    static let defaultFailback: PolicyID = "default-failback"

    var isDefault: Bool { id == Self.defaultForward || id == Self.defaultFailback }
}

extension VaultStore {
    /// Thresholds of the policies that are there from the start: an hour out and a quarter of an hour home, as Azure
    /// Site Recovery has them.
    static let policiesSchema = """
        CREATE TABLE policies (
            id TEXT PRIMARY KEY,
            version INTEGER NOT NULL,
            revision INTEGER NOT NULL,
            body BLOB NOT NULL,
            created_us INTEGER NOT NULL,
            updated_us INTEGER NOT NULL,
            request TEXT NOT NULL,
            request_digest BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE policy_revisions (one INTEGER PRIMARY KEY CHECK (one = 1), last INTEGER NOT NULL) STRICT;
        INSERT INTO policy_revisions (one, last) VALUES (1, 1);
        INSERT INTO policies VALUES ('default-forward', 1, 1, CAST('{"direction":"out","displayName":"default-forward",\
        "intervalUs":0,"rpoThresholdUs":3600000000}' AS BLOB), 0, 0, '', X'');
        INSERT INTO policies VALUES ('default-failback', 1, 1, CAST('{"direction":"home","displayName":\
        "default-failback","intervalUs":0,"rpoThresholdUs":900000000}' AS BLOB), 0, 0, '', X'');
        ALTER TABLE items ADD COLUMN forward_policy TEXT NOT NULL DEFAULT 'default-forward';
        ALTER TABLE items ADD COLUMN failback_policy TEXT NOT NULL DEFAULT 'default-failback';
        CREATE INDEX items_by_forward_policy ON items (forward_policy);
        CREATE INDEX items_by_failback_policy ON items (failback_policy);
        """

    func policy(_ id: PolicyID, in transaction: Transaction) throws -> PolicyRow? {
        try transaction.row("SELECT * FROM policies WHERE id = ?", .id(id)).map(policyRow)
    }

    func requirePolicy(_ id: PolicyID, _ what: String, in transaction: Transaction) throws -> PolicyRow {
        guard let found = try policy(id, in: transaction) else {
            throw Failure(.notFound, "\(what): there is no policy \(id); see `homeward policies list`")
        }
        return found
    }

    func policy(_ id: PolicyID, _ what: String) async throws -> PolicyRow {
        try await database.read { try requirePolicy(id, what, in: $0) }
    }

    func policies(after id: String, limit: Int) async throws -> [PolicyRow] {
        try await database.read { transaction in
            try transaction.rows(
                "SELECT * FROM policies WHERE id > ? ORDER BY id LIMIT ?", .text(id), .integer(Int64(limit))
            ).map(policyRow)
        }
    }

    /// With the next revision, which it answers.
    @discardableResult
    func save(_ policy: PolicyRow, in transaction: Transaction) throws -> PolicyRow {
        var policy = policy
        policy.revision = try nextPolicyRevision(in: transaction)
        try transaction.run(
            """
            INSERT INTO policies (id, version, revision, body, created_us, updated_us, request, request_digest)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET version = excluded.version, revision = excluded.revision,
                body = excluded.body, updated_us = excluded.updated_us
            """,
            .id(policy.id), .bits(policy.version), .bits(policy.revision), .blob(try Stored.bytes(policy.spec)),
            .integer(policy.createdUs), .integer(policy.updatedUs), .text(policy.request), .blob(policy.requestDigest))
        try audit.saved(policy, in: transaction)
        return policy
    }

    func removePolicy(_ policy: PolicyRow, in transaction: Transaction) throws {
        try transaction.run("DELETE FROM policies WHERE id = ?", .id(policy.id))
        try audit.removed(policy, in: transaction)
    }

    func nextPolicyRevision(in transaction: Transaction) throws -> UInt64 {
        try transaction.run("UPDATE policy_revisions SET last = last + 1")
        return try transaction.row("SELECT last FROM policy_revisions")?.bits("last") ?? 0
    }

    /// Those that follow a policy, by id; not those that no policy matters to any more.
    func followers(of policy: PolicyRow, limit: Int, in transaction: Transaction) throws -> [ItemRecord] {
        let column = policy.spec.direction == Direction.out.rawValue ? "forward_policy" : "failback_policy"
        return try records(
            """
            SELECT id, revision, body FROM items
            WHERE \(column) = ? AND phase NOT IN ('DISABLED', 'MIGRATED') ORDER BY id LIMIT ?
            """, .id(policy.id), .integer(Int64(limit)), in: transaction)
    }

    func followerCount(of policy: PolicyRow, in transaction: Transaction) throws -> Int64 {
        let column = policy.spec.direction == Direction.out.rawValue ? "forward_policy" : "failback_policy"
        return try transaction.row(
            "SELECT COUNT(*) AS items FROM items WHERE \(column) = ? AND phase NOT IN ('DISABLED', 'MIGRATED')",
            .id(policy.id))?.integer("items") ?? 0
    }

    private func policyRow(_ row: Row) throws -> PolicyRow {
        PolicyRow(
            id: try row.id("id"), version: try row.bits("version"), revision: try row.bits("revision"),
            spec: try Stored.value(PolicySpec.self, row.blob("body")), createdUs: try row.integer("created_us"),
            updatedUs: try row.integer("updated_us"), request: try row.text("request"),
            requestDigest: try row.blob("request_digest"))
    }
}

/// The policies as they were read last, for what needs them at every look at an item. Read again after each change, and
/// at each round of the reconcilers.
final class PolicyBook: Sendable {
    private let policies = Mutex<[String: PolicyRow]>([:])

    func read(_ store: VaultStore) async throws {
        let all = try await store.policies(after: "", limit: Int(PolicyLimits.policies) + 1)
        policies.withLock { $0 = Dictionary(uniqueKeysWithValues: all.map { ($0.id.text, $0) }) }
    }

    /// The failback policy of an item that keeps no seed of the cloud's disks at a commit; nil: they are kept.
    func dropsSeed(of item: ItemRecord) -> String? {
        let policy = policies.withLock { $0[item.policy(.home)] }
        return policy?.spec.keepSeed == false ? policy?.id.text : nil
    }

    /// Where the policy says nothing, what was given when the item was protected.
    func terms(of item: ItemRecord) -> PolicyTerms {
        let policy = policies.withLock { $0[item.policy(item.policyDirection)] }
        let spec = policy?.spec
        let interval = spec?.intervalUs ?? 0
        return PolicyTerms(
            intervalUs: interval == 0 ? item.intervalUs : interval,
            applicationIntervalUs: spec?.applicationIntervalUs ?? item.applicationIntervalUs ?? 0,
            groupIntervalUs: interval, rpoThresholdUs: spec?.rpoThresholdUs ?? 0,
            retention: spec?.retention?.message, revision: max(policy?.revision ?? 0, item.policyRevision ?? 0))
    }
}
