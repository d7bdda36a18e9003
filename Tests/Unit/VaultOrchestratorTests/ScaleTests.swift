import Environment
import Messages
import Model
import RPC
import Simulation
import Store
import Testing

@testable import VaultOrchestrator

/// What must not grow with the number of items and jobs.
@Suite struct ScaleTests {
    @Test func `a row is decoded once for a revision, and what a transaction has not committed is never kept`() throws {
        try withStore { store in
            let item = ItemRecord(id: "i-1", displayName: "web")
            _ = try await store.database.write("make") { try store.save(item, in: $0) }
            // The row of this revision was seen, undone, and given to other content.
            try? await store.database.write("undone") { transaction in
                var item = try store.requireItem("i-1", in: transaction)
                item.displayName = "undone"
                try store.save(item, in: transaction)
                _ = try store.requireItem("i-1", in: transaction)
                throw Failure(.notFound, "undone")
            }
            var next = ItemRecord(id: "i-1", displayName: "app")
            next.revision = 2
            let body = try Stored.bytes(next)
            try await store.database.write("other") { transaction in
                _ = try transaction.run("UPDATE items SET revision = 2, body = ?", .blob(body))
            }
            #expect(try await store.item(ItemID("i-1")).displayName == "app")
            // Of a revision that was read, the bytes are not looked at again.
            try await store.database.write("break") { _ = try $0.run("UPDATE items SET body = x'00'") }
            #expect(try await store.item(ItemID("i-1")).displayName == "app")
        }
    }

    @Test func `reconcilers leave tombstones alone that owe nothing`() throws {
        try withStore { store in
            let changes: [(Bool, @Sendable (inout ItemRecord) -> Void)] = [
                (false, { _ in }), (true, { $0.owed = [Debt.release.rawValue] }),
                (true, { $0.missedBy = ["assign/platform/home"] }), (true, { $0.synchronizingJob = "job-1" }),
                (true, { $0.claimJob = "job-1" }), (true, { $0.phase = Phase.protected(.out).name }),
            ]
            for (place, (isTended, change)) in changes.enumerated() {
                var item = ItemRecord(id: "i-1", displayName: "web", phase: Phase.disabled.name)
                change(&item)
                _ = try await store.database.write("make") { [item] in try store.save(item, in: $0) }
                let found = try await store.tendedItems(after: "", limit: 10)
                #expect(found.isEmpty != isTended, "change \(place)")
            }
        }
    }

    @Test func `names and machines that are taken are found by their indexes, among tombstones too`() throws {
        try withStore { store in
            func made(_ id: String, _ name: String, _ machine: String, group: String = "", disabled: Bool = false)
                -> ItemRecord
            {
                var item = ItemRecord(id: id, displayName: name)
                item.home.machine = machine
                item.group = group
                item.phase = (disabled ? Phase.disabled : .protected(.out)).name
                return item
            }
            let stored = [
                made("i-1", "web", "m1"), made("i-2", "db", "m2", group: "shop"),
                made("i-3", "old", "m3", disabled: true),
            ]
            try await store.database.write("make") { transaction in
                for item in stored { try store.save(item, in: transaction) }
            }
            func inTheWay(_ name: String, _ machine: String, group: String = "") async throws -> [String] {
                let item = made("i-9", name, machine, group: group)
                return try await store.database.read { try store.itemsInTheWay(of: item, in: $0).map(\.id) }
            }
            #expect(try await inTheWay("new", "m9") == [])
            #expect(try await inTheWay("web", "m9") == ["i-1"])
            #expect(try await inTheWay("new", "m2") == ["i-2"])
            #expect(try await inTheWay("shop", "m9") == ["i-2"])
            #expect(try await inTheWay("new", "m9", group: "web") == ["i-1"])
            #expect(try await inTheWay("old", "m3") == [])
            let former = try await store.database.read { try store.disabledItems(of: "m3", in: $0).map(\.id) }
            #expect(former == ["i-3"])
            for (sql, index) in [
                ("home_machine = 'm' AND phase = 'DISABLED'", "items_by_machine"),
                ("item_group = 'g'", "items_by_group"),
                ("tended = 1 AND id > 'a' ORDER BY id LIMIT 9", "items_tended"), ("claim_job = 'j'", "items_by_claim"),
            ] {
                #expect(try await plan("SELECT id, body FROM items WHERE \(sql)", store).contains(index))
            }
            let open = "SELECT id FROM jobs WHERE finished = 0 ORDER BY id"
            #expect(try await plan(open, store).contains("jobs_unfinished"))
            let newest = "SELECT id, item FROM jobs WHERE (created_us, id) < (9, 'a') ORDER BY created_us DESC, id DESC"
            #expect(try await plan(newest, store).contains("jobs_by_creation"))
        }
    }

    /// How SQLite goes about a statement.
    private func plan(_ sql: String, _ store: VaultStore) async throws -> String {
        try await store.database.read { transaction in
            try transaction.rows("EXPLAIN QUERY PLAN \(sql)").map { try $0.text("detail") }.joined(separator: "; ")
        }
    }

    @Test func `columns of a store from before they were there are filled from its rows`() throws {
        let world = SimulatedWorld(seed: 7)
        try world.perform(limit: .seconds(60)) { environment in
            let medium = try MemoryMedium()
            let scripts = VaultStore.schema.migrations.prefix { $0 != VaultStore.scaleSchema }
            let old = try await StoreDatabase.open(
                .memory(medium), schema: Schema(store: "vault", migrations: Array(scripts)),
                lane: environment.lanes.lane("old"), random: environment.random)
            var item = ItemRecord(id: "i-1", displayName: "wéb", phase: "PROTECTED_OUT")
            item.home.machine = "m1"
            item.group = "shop"
            let body = try Stored.bytes(item)
            try await old.write("make") { transaction in
                _ = try transaction.run(
                    """
                    INSERT INTO items (id, display_name, phase, generation, revision, body)
                    VALUES ('i-1', 'wéb', 'PROTECTED_OUT', 1, 1, ?)
                    """, .blob(body))
            }
            let store = VaultStore(
                database: try await StoreDatabase.open(
                    .memory(medium), schema: VaultStore.schema, lane: environment.lanes.lane("new"),
                    random: environment.random), clock: environment.clock)
            let found = try await store.database.read { transaction in
                (
                    try store.items(ofGroup: "shop", in: transaction).map(\.id),
                    try transaction.row("SELECT home_machine FROM items")?.text("home_machine")
                )
            }
            #expect(found == (["i-1"], "m1"))
            #expect(try await store.tendedItems(after: "", limit: 9).map(\.id) == ["i-1"])
        }
    }

    @Test func `who waits for one job is woken by its changes alone`() throws {
        let world = SimulatedWorld(seed: 7)
        try world.perform(limit: .seconds(60)) { environment in
            let (bell, clock) = (ChangeBell(), environment.clock)
            let mine: JobID = "job-1"
            func waited(_ job: JobID?, ringing: JobID?) async -> Bool {
                guard let ticket = bell.ticket(of: job) else { return false }
                let begin = clock.now()
                bell.ring(ringing)
                await ticket.wait(until: begin + .seconds(5), clock)
                return clock.now() - begin >= .seconds(5)
            }
            #expect(await waited(mine, ringing: mine) == false)
            #expect(await waited(mine, ringing: "job-2"))
            #expect(await waited(mine, ringing: nil))
            #expect(await waited(nil, ringing: "job-2") == false)
            #expect(await waited(nil, ringing: nil) == false)
        }
    }

    @Test func `an agent that one relay hears now is asked for there alone, once in a round`() throws {
        try withVault { rig in
            try await rig.protect()
            let before = rig.peers.state.withLock { $0.agentLooks }
            await rig.service.reconcilers.pass()
            #expect(rig.peers.state.withLock { $0.agentLooks } == before + 1)
            // One that nobody has heard for a while is asked for everywhere.
            rig.peers.state.withLock { $0.agentSilentUs = 5_000_000 }
            let later = rig.peers.state.withLock { $0.agentLooks }
            await rig.service.reconcilers.pass()
            #expect(rig.peers.state.withLock { $0.agentLooks } == later + 2)
        }
    }
}

private func withStore(_ body: @escaping @Sendable (VaultStore) async throws -> Void) throws {
    let world = SimulatedWorld(seed: 7)
    try world.perform(limit: .seconds(60)) { environment in
        let database = try await StoreDatabase.open(
            .memory(try MemoryMedium()), schema: VaultStore.schema, lane: environment.lanes.lane("store"),
            random: environment.random)
        try await body(VaultStore(database: database, clock: environment.clock))
    }
}
