import Contract
import MessageCoding
import Messages
import Model
import Receivers
import Store

/// The site host's database: machines, disks, the lowest grants still allowed, snapshots of the master target.
/// Which owner holds a disk, what runs and which grant lies there are not in it: those are looked at.
struct SiteHostStore: Sendable {
    let database: StoreDatabase

    static let schema = Schema(
        store: "site-host",
        migrations: ReceiverStore.schema + [
            """
            CREATE TABLE machines (
                id TEXT PRIMARY KEY,
                name TEXT NOT NULL,
                attributes BLOB NOT NULL,
                guest BLOB NOT NULL,
                snapshots BLOB NOT NULL,
                created_by TEXT NOT NULL,
                address INTEGER NOT NULL UNIQUE,
                wanted TEXT NOT NULL CHECK (wanted IN ('off', 'draining', 'on')),
                unchecked INTEGER NOT NULL CHECK (unchecked IN (0, 1)),
                boot_id TEXT NOT NULL,
                host_boot_id TEXT NOT NULL,
                grant_number INTEGER,
                grant_token BLOB,
                power_changed_us INTEGER NOT NULL,
                attributes_set_in TEXT NOT NULL
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE disks (
                id TEXT PRIMARY KEY,
                position INTEGER NOT NULL,
                bytes INTEGER NOT NULL,
                machine TEXT,
                item TEXT
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX disks_by_machine ON disks (machine);
            CREATE INDEX disks_by_item ON disks (item);
            CREATE TABLE withdrawn_grants (machine TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT, WITHOUT ROWID;
            CREATE TABLE master_target_snapshots (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
            """,
            // Of a test machine, the request that made it.
            "ALTER TABLE machines ADD COLUMN branch BLOB",
            "CREATE TABLE site_inventory (id INTEGER PRIMARY KEY CHECK (id = 1), facts BLOB NOT NULL) STRICT;",
            "ALTER TABLE machines ADD COLUMN host TEXT NOT NULL DEFAULT ''",
        ])

    // MARK: Machines

    func machines() async throws -> [MachineRecord] {
        try await database.read { try $0.rows("SELECT * FROM machines ORDER BY id").map(machine) }
    }

    /// Inserts the machine at the lowest free address, with its disks. Refuses a disk that is known already, unless
    /// it is this machine's (the same call again).
    func insert(
        _ machine: MachineRecord, disks: [DiskRecord]
    ) async throws -> MachineRecord {
        try await database.write("machine.create") { transaction in
            let taken = Set(try transaction.rows("SELECT address FROM machines").map { try $0.integer("address") })
            let free = (0...).first { !taken.contains(Int64($0)) } ?? 0
            var placed = MachineRecord(
                id: machine.id, name: machine.name, attributes: machine.attributes, guest: machine.guest,
                snapshots: machine.snapshots, createdBy: machine.createdBy, address: free)
            placed.branch = machine.branch
            placed.host = machine.host
            try save(placed, transaction)
            for disk in disks { try save(disk, transaction) }
            return placed
        }
    }

    func update(_ machine: MachineRecord) async throws {
        try await database.write("machine.update") { try save(machine, $0) }
    }

    func delete(_ machine: MachineID) async throws {
        try await database.write("machine.delete") { transaction in
            _ = try transaction.run("DELETE FROM machines WHERE id = ?", .id(machine))
        }
    }

    func save(_ machine: MachineRecord, _ transaction: Transaction) throws {
        var snapshots = RecordWriter(version: 1)
        snapshots.list(machine.snapshots) { $0.text($1) }
        try transaction.run(
            """
            INSERT INTO machines VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, attributes = excluded.attributes,
                guest = excluded.guest, snapshots = excluded.snapshots, wanted = excluded.wanted,
                unchecked = excluded.unchecked, boot_id = excluded.boot_id, host_boot_id = excluded.host_boot_id,
                grant_number = excluded.grant_number, grant_token = excluded.grant_token,
                power_changed_us = excluded.power_changed_us, attributes_set_in = excluded.attributes_set_in,
                host = excluded.host
            """,
            .id(machine.id), .text(machine.name), .blob(machine.attributes.wireBytes()),
            .blob(machine.guest.wireBytes()), .blob(snapshots.bytes), .text(machine.createdBy),
            .integer(Int64(machine.address)), .text(machine.wanted.rawValue), .integer(machine.unchecked ? 1 : 0),
            .text(machine.bootID), .text(machine.hostBootID), machine.grant.map { .bits($0.number) } ?? .null,
            machine.grant.map { .blob($0.token.bytes) } ?? .null, .integer(machine.powerChanged.value),
            .text(machine.attributesSetIn), machine.branch.map { .blob($0.message.wireBytes()) } ?? .null,
            .text(machine.host))
    }

    private func machine(_ row: Row) throws -> MachineRecord {
        var snapshots = try RecordReader(row.blob("snapshots"), version: 1, "list of snapshots")
        guard let wanted = WantedPower(rawValue: try row.text("wanted")) else {
            throw Failure(.storeCorrupt, "read a machine: its power is of no known kind")
        }
        var record = MachineRecord(
            id: try row.id("id"), name: try row.text("name"), attributes: try message(row.blob("attributes")),
            guest: try message(row.blob("guest")),
            snapshots: try snapshots.list { (one) throws(Failure) in try one.text() },
            createdBy: try row.text("created_by"), address: Int(try row.integer("address")))
        record.wanted = wanted
        record.unchecked = try row.integer("unchecked") == 1
        record.bootID = try row.text("boot_id")
        record.hostBootID = try row.text("host_boot_id")
        if let token = try row.optionalBlob("grant_token").flatMap({ GenerationToken($0) }) {
            record.grant = Generation(number: try row.bits("grant_number"), token: token)
        }
        record.powerChanged = UnixMicroseconds(try row.integer("power_changed_us"))
        record.attributesSetIn = try row.text("attributes_set_in")
        record.host = try row.text("host")
        record.branch = try row.optionalBlob("branch").map { try BranchSource(message($0)) }
        return record
    }

    private func message<M: WireMessage>(_ bytes: [UInt8]) throws(Failure) -> M {
        do { return try M(wire: bytes) } catch {
            throw Failure(.storeCorrupt, "read a machine: its \(M.protobufName) cannot be decoded")
        }
    }

    // MARK: Disks

    func disks(of machine: MachineID) async throws -> [DiskRecord] {
        try await database.read {
            try $0.rows("SELECT * FROM disks WHERE machine = ? ORDER BY position, id", .id(machine)).map(disk)
        }
    }

    func disks(of item: ItemID) async throws -> [DiskRecord] {
        try await database.read {
            try $0.rows("SELECT * FROM disks WHERE item = ? ORDER BY position, id", .id(item)).map(disk)
        }
    }

    func disk(_ id: DiskID) async throws -> DiskRecord? {
        try await database.read { try $0.row("SELECT * FROM disks WHERE id = ?", .id(id)).map(disk) }
    }

    /// The machines that any of the disks belong to.
    func owners(of disks: [DiskID]) async throws -> Set<MachineID> {
        try await database.read { transaction in
            var owners: Set<MachineID> = []
            for id in disks {
                if let machine = try transaction.row("SELECT * FROM disks WHERE id = ?", .id(id)).map(disk)?.machine {
                    owners.insert(machine)
                }
            }
            return owners
        }
    }

    func save(_ disks: [DiskRecord]) async throws {
        try await database.write("disks.save") { transaction in
            for disk in disks { try save(disk, transaction) }
        }
    }

    func delete(_ disks: [DiskRecord]) async throws {
        try await database.write("disks.delete") { transaction in
            for disk in disks { try transaction.run("DELETE FROM disks WHERE id = ?", .id(disk.id)) }
        }
    }

    private func save(_ disk: DiskRecord, _ transaction: Transaction) throws {
        try transaction.run(
            """
            INSERT INTO disks (id, position, bytes, machine, item) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET machine = excluded.machine, item = excluded.item
            """,
            .id(disk.id), .integer(Int64(disk.description.index)), .integer(disk.description.size.bytes),
            .optional(disk.machine?.text), .optional(disk.item?.text))
    }

    private func disk(_ row: Row) throws -> DiskRecord {
        DiskRecord(
            description: DiskDescription(
                id: try row.id("id"), index: Int(try row.integer("position")),
                size: ByteCount(try row.integer("bytes"))),
            machine: try row.optionalText("machine").map { try MachineID($0) },
            item: try row.optionalText("item").map { try ItemID($0) })
    }

    // MARK: Grants and the site

    /// The highest generation whose grant was withdrawn for this machine, 0 for none. Outlives the machine.
    func withdrawn(_ machine: MachineID) async throws -> UInt64 {
        try await database.read {
            try $0.row("SELECT number FROM withdrawn_grants WHERE machine = ?", .id(machine))?.bits("number") ?? 0
        }
    }

    func withdraw(_ machine: MachineID, upTo number: UInt64) async throws {
        try await database.write("grant.withdraw") { transaction in
            let row = try transaction.row("SELECT number FROM withdrawn_grants WHERE machine = ?", .id(machine))
            guard try number > row?.bits("number") ?? 0 else { return }
            try transaction.run(
                """
                INSERT INTO withdrawn_grants (machine, number) VALUES (?, ?)
                ON CONFLICT (machine) DO UPDATE SET number = excluded.number
                """, .id(machine), .bits(number))
        }
    }

    func masterTargetSnapshots() async throws -> [String] {
        try await database.read {
            try $0.rows("SELECT name FROM master_target_snapshots ORDER BY name").map { try $0.text("name") }
        }
    }

    func siteInventory() async throws -> PlatformV1.SiteInventory {
        try await database.read { transaction in
            guard let row = try transaction.row("SELECT facts FROM site_inventory") else { return .init() }
            return try message(row.blob("facts"))
        }
    }

    /// What an administrator changed of the site; its other facts stay when none are given.
    func setSite(masterTargetSnapshots names: [String], _ facts: PlatformV1.SiteInventory?) async throws {
        try await database.write("site.inventory") { transaction in
            if let facts {
                try transaction.run(
                    "INSERT OR REPLACE INTO site_inventory (id, facts) VALUES (1, ?)", .blob(facts.wireBytes()))
            }
            try transaction.run("DELETE FROM master_target_snapshots")
            for name in names {
                try transaction.run("INSERT OR IGNORE INTO master_target_snapshots (name) VALUES (?)", .text(name))
            }
        }
    }
}
