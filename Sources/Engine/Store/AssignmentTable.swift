public import Model

/// The highest generation that a receiver has accepted for each item, durable before it acts (rules G1, G2).
/// All methods run inside the caller's transaction.
public struct AssignmentTable: Sendable {
    public init() {}

    /// To be part of the store's migrations.
    public static let schema = """
        CREATE TABLE assignments (
            item TEXT PRIMARY KEY,
            number INTEGER NOT NULL,
            token BLOB NOT NULL,
            roles BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    public struct Assignment: Hashable, Sendable {
        public let item: ItemID
        public let generation: Generation
        public let roles: GenerationRoles
    }

    public enum Change: Hashable, Sendable {
        /// Was assigned before with the same roles.
        case unchanged
        /// Accepted; the barrier of rule G3 must now end everything under `previous`.
        case raised(previous: Generation?)
    }

    /// An `Assign`. Throws `STALE_GENERATION` or `GENERATION_CONFLICT` and stores nothing. One generation has one
    /// set of roles for ever; other roles under it are a conflict too.
    public func assign(
        _ item: ItemID, _ generation: Generation, _ roles: GenerationRoles, in transaction: Transaction
    ) throws -> Change {
        let stored = try stored(item, in: transaction)
        try refuse(item, judge(stored: stored?.generation, incoming: generation, isAssign: true), generation, stored)
        if let stored, stored.generation == generation {
            guard stored.roles == roles else {
                throw Failure(
                    .generationConflict,
                    "assign generation \(generation) with other roles than before. Stop and report",
                    on: [.item(item)])
            }
            return .unchanged
        }
        try transaction.run(
            """
            INSERT INTO assignments (item, number, token, roles) VALUES (?, ?, ?, ?)
            ON CONFLICT (item) DO UPDATE SET number = excluded.number, token = excluded.token, roles = excluded.roles
            """,
            .id(item), .bits(generation.number), .blob(generation.token.bytes), .blob(roles.record))
        return .raised(previous: stored?.generation)
    }

    /// Any other call. Throws `STALE_GENERATION`, `GENERATION_CONFLICT` or `UNKNOWN_GENERATION`.
    @discardableResult
    public func check(
        _ item: ItemID, _ generation: Generation, in transaction: Transaction
    ) throws -> Assignment {
        let stored = try stored(item, in: transaction)
        try refuse(item, judge(stored: stored?.generation, incoming: generation, isAssign: false), generation, stored)
        guard let stored else { throw Failure(.unknownGeneration, "check an unassigned item", on: [.item(item)]) }
        return stored
    }

    public func stored(_ item: ItemID, in transaction: Transaction) throws -> Assignment? {
        try transaction.row("SELECT item, number, token, roles FROM assignments WHERE item = ?", .id(item))
            .map(assignment)
    }

    /// For the census (rule G8), by item.
    public func all(in transaction: Transaction) throws -> [Assignment] {
        try transaction.rows("SELECT item, number, token, roles FROM assignments ORDER BY item").map(assignment)
    }

    private func assignment(_ row: Row) throws -> Assignment {
        guard let token = GenerationToken(try row.blob("token")) else {
            throw Failure(.storeCorrupt, "read an assignment: the token has not \(GenerationToken.byteCount) bytes")
        }
        return Assignment(
            item: try row.id("item"), generation: Generation(number: try row.bits("number"), token: token),
            roles: try GenerationRoles(record: row.blob("roles")))
    }

    private func refuse(
        _ item: ItemID, _ verdict: GenerationVerdict, _ incoming: Generation, _ stored: Assignment?
    ) throws(Failure) {
        guard let code = verdict.errorCode else { return }
        let known = stored.map { "\($0.generation)" } ?? "none"
        throw Failure(code, "act under generation \(incoming): assigned here is \(known)", on: [.item(item)])
    }
}
