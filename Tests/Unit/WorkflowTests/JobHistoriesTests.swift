import Model
import Store
import Testing
import Workflow

/// What is kept of journals between two looks shows in nothing but its cost.
@Suite struct JobHistoriesTests {
    private let workflow = Workflow<Receivers>("two", version: 1, steps: [remote("attach"), remote("power-on")])

    /// By a store that knows nothing of before.
    private func expectAsRead(_ jobs: [JobID], _ store: JobStore) async throws {
        let seen = try await store.histories(jobs)
        let read = try await JobStore(store.database).histories(jobs)
        #expect(seen.map(\.progress) == read.map(\.progress))
        #expect(seen.map(\.entries) == read.map(\.entries))
    }

    @Test func `a job looked at again is as if all of its journal were read`() async throws {
        let receivers = Receivers(refused: ["power-on"])
        receivers.undoRefused.withLock { $0 = ["attach"] }
        let life = try await Incarnation(try MemoryMedium(), [workflow], receivers)
        try await life.create("job-1", workflow)
        try await expectAsRead(["job-1"], life.store)
        #expect(try await life.run("job-1").state == .stuck)
        try await expectAsRead(["job-1"], life.store)
        let before = try #require(try await life.store.histories(["job-1"]).first).entries.count
        receivers.undoRefused.withLock { $0 = [] }
        try await life.runner.resolve("job-1", .retry, by: operatorStatement)
        await life.tasks.idle()
        try await expectAsRead(["job-1"], life.store)
        let after = try #require(try await life.store.histories(["job-1"]).first)
        #expect(after.progress.finished == .failedUnwound && after.entries.count > before)
    }

    @Test func `more jobs than are kept are read all the same`() async throws {
        let life = try await Incarnation(try MemoryMedium(), [workflow], Receivers())
        let jobs = try (0..<450).map { try JobID("job-\($0)") }
        for job in jobs { try await life.create(job, workflow) }
        for begin in stride(from: 0, to: jobs.count, by: 50) {
            _ = try await life.run(jobs[begin])
            try await expectAsRead(Array(jobs[begin..<begin + 50]), life.store)
            try await expectAsRead(Array(jobs[..<begin]), life.store)
        }
    }
}
