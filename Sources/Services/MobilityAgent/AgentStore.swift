import Blocks
import Environment
import IntervalFrames
import MachineFiles
import Model
import Receivers
import Store

/// What the agent keeps besides its disks' sidecars: answers to commands, the assignment as it came, the authority it
/// was given in place, and the session it was told to run. The sidecars are the record of the generation; this
/// store lets an agent that was killed go on, and makes up for a damaged sidecar.
struct AgentStore: Sendable {
    let receiver: ReceiverStore
    private var database: StoreDatabase { receiver.database }

    static let schema = Schema(
        store: "mobility-agent",
        migrations: ReceiverStore.schema + [
            """
            CREATE TABLE authority (
                one INTEGER PRIMARY KEY CHECK (one = 1),
                number INTEGER NOT NULL,
                token BLOB NOT NULL,
                host_boot TEXT NOT NULL,
                fence INTEGER NOT NULL
            ) STRICT;
            CREATE TABLE session (
                one INTEGER PRIMARY KEY CHECK (one = 1),
                item TEXT NOT NULL,
                generation INTEGER NOT NULL,
                server TEXT NOT NULL,
                address TEXT NOT NULL,
                interval_us INTEGER NOT NULL,
                full_copy INTEGER NOT NULL,
                compare INTEGER NOT NULL
            ) STRICT;
            """,
            "ALTER TABLE session ADD COLUMN replication_group TEXT NOT NULL DEFAULT '';",
            """
            ALTER TABLE session ADD COLUMN application_interval_us INTEGER NOT NULL DEFAULT 0;
            CREATE TABLE freeze (
                one INTEGER PRIMARY KEY CHECK (one = 1),
                machine TEXT NOT NULL,
                item TEXT NOT NULL,
                generation INTEGER NOT NULL,
                point TEXT NOT NULL
            ) STRICT;
            """,
            "ALTER TABLE session ADD COLUMN pace_revision INTEGER NOT NULL DEFAULT 0;",
            "ALTER TABLE authority ADD COLUMN left_out TEXT NOT NULL DEFAULT '';",
            """
            ALTER TABLE session ADD COLUMN comparison TEXT NOT NULL DEFAULT '';
            ALTER TABLE session ADD COLUMN comparison_stage INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE session ADD COLUMN comparison_differing INTEGER NOT NULL DEFAULT 0;
            """,
        ])

    /// An assignment taken in place counts like a grant of the boot of the host in which it was taken.
    struct Authority: Hashable, Sendable {
        /// Number 0: none was ever taken in place.
        var generation = Blocks.Generation.unassigned
        var hostBoot = ""
        /// Guest writes are refused under every generation below this number.
        var fence: UInt64 = 0
        /// Disks that are left out under that generation.
        var leftOut: Set<String> = []
    }

    func authority() async throws -> Authority {
        try await database.read { transaction in
            guard let row = try transaction.row("SELECT * FROM authority") else {
                return Authority()
            }
            let token = try row.blob("token")
            guard token.count == Blocks.Generation.tokenByteCount else {
                throw Failure(.storeCorrupt, "read the agent's authority: a token of \(token.count) bytes")
            }
            return Authority(
                generation: Blocks.Generation(number: try row.bits("number"), token: token),
                hostBoot: try row.text("host_boot"), fence: try row.bits("fence"),
                // A disk's id has no space in it.
                leftOut: Set(try row.text("left_out").split(separator: " ").map(String.init)))
        }
    }

    func set(_ authority: Authority) async throws {
        try await database.write("authority") { transaction in
            _ = try transaction.run(
                "INSERT INTO authority (one, number, token, host_boot, fence, left_out) VALUES (1, ?, ?, ?, ?, ?) "
                    + "ON CONFLICT (one) DO UPDATE SET number = excluded.number, token = excluded.token, "
                    + "host_boot = excluded.host_boot, fence = excluded.fence, left_out = excluded.left_out",
                .bits(authority.generation.number), .blob(authority.generation.token), .text(authority.hostBoot),
                .bits(authority.fence), .text(authority.leftOut.sorted().joined(separator: " ")))
        }
    }

    func session() async throws -> SessionPlan? {
        try await database.read { transaction in
            try transaction.row("SELECT * FROM session").map { row in
                SessionPlan(
                    item: try row.text("item"), generation: try row.bits("generation"),
                    server: EndpointRecord(id: try row.text("server"), address: try row.text("address")),
                    interval: .microseconds(try row.integer("interval_us")),
                    fullCopy: try row.integer("full_copy") != 0, compare: try row.integer("compare") != 0,
                    group: try row.text("replication_group"),
                    applicationInterval: .microseconds(try row.integer("application_interval_us")),
                    paceRevision: try row.bits("pace_revision"), comparison: try Self.comparison(row))
            }
        }
    }

    func set(_ plan: SessionPlan?) async throws {
        try await database.write("session") { transaction in
            try transaction.run("DELETE FROM session")
            guard let plan else { return }
            try transaction.run(
                "INSERT INTO session (one, item, generation, server, address, interval_us, full_copy, compare, "
                    + "replication_group, application_interval_us, pace_revision, comparison, comparison_stage, "
                    + "comparison_differing) VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                .text(plan.item), .bits(plan.generation), .text(plan.server.id), .text(plan.server.address),
                .integer(plan.interval.inMicroseconds), .integer(plan.fullCopy ? 1 : 0),
                .integer(plan.compare ? 1 : 0), .text(plan.group), .integer(plan.applicationInterval.inMicroseconds),
                .bits(plan.paceRevision), .text(plan.comparison?.id ?? ""),
                .integer(plan.comparison?.stage.rawValue ?? 0), .integer(Int64(plan.comparison?.differing ?? 0)))
        }
    }

    private static func comparison(_ row: Row) throws -> AskedComparison? {
        let id = try row.text("comparison")
        guard !id.isEmpty else { return nil }
        guard let stage = AskedComparison.Stage(rawValue: try row.integer("comparison_stage")) else {
            throw Failure(.storeCorrupt, "read the agent's session: stage of comparison \(id)")
        }
        return AskedComparison(id: id, stage: stage, differing: Int(try row.integer("comparison_differing")))
    }

    /// What the guest may have been frozen for, and not thawed yet.
    func freeze(_ hold: Duration) async throws -> HookCall? {
        try await database.read { transaction in
            try transaction.row("SELECT machine, item, generation, point FROM freeze").map { row in
                HookCall(
                    machine: try row.text("machine"), item: try row.text("item"),
                    generation: try row.bits("generation"), point: try row.text("point"), hold: hold)
            }
        }
    }

    /// nil: it runs.
    func note(_ freeze: HookCall?) async throws {
        try await database.write("freeze") { transaction in
            try transaction.run("DELETE FROM freeze")
            guard let freeze else { return }
            try transaction.run(
                "INSERT INTO freeze (one, machine, item, generation, point) VALUES (1, ?, ?, ?, ?)",
                .text(freeze.machine), .text(freeze.item), .bits(freeze.generation), .text(freeze.point))
        }
    }
}
