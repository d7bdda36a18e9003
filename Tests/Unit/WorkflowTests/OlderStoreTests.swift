import Model
import Simulation
import Store
import Testing

@testable import Workflow

/// A store that an earlier program made.
@Suite struct OlderStoreTests {
    @Test func `a job whose plan stood in its row goes on, plan and all`() async throws {
        let workflow = Workflow<Receivers>("two", version: 1, steps: [remote("attach"), remote("power-on")])
        let medium = try MemoryMedium()
        let older = Schema(store: schema.store, migrations: schema.migrations.dropLast())
        let plan = workflow.plan(item: "web", over: [], parameters: [7])
        do {
            let store = try await StoreDatabase.open(
                .memory(medium), schema: older, lane: InlineLane(), random: SeededRandom(1))
            _ = try await store.write("create") { transaction in
                try transaction.run(
                    """
                    INSERT INTO jobs (id, item, workflow, plan, created_us, state, revision)
                    VALUES ('job-1', 'web', 'two', ?, 5, 'QUEUED', 1)
                    """, .blob(plan.record))
            }
        }
        let life = try await Incarnation(medium, [workflow], Receivers())
        #expect(try await life.store.progress("job-1").plan == plan)
        #expect(try await life.run("job-1").finished == .succeeded)
        let row = try #require(try await life.store.changed(after: 0).first)
        #expect(row.state == .succeeded && row.created == .init(5) && row.step == "power-on")
    }
}
