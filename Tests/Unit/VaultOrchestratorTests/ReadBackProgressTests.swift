import Messages
import Model
import Testing

@testable import VaultOrchestrator

@Suite struct ReadBackProgressTests {
    private func seen(_ read: UInt64, of total: UInt64) -> AgentV1.ReadBack {
        .with { ($0.readBlocks, $0.totalBlocks) = (read, total) }
    }

    @Test func `a job over a group is as far as all of its members together`() {
        let progress = ReadBackProgress()
        let job: JobID = "job-1"
        let blocks: [String: UInt64] = ["a": 100, "b": 300]
        #expect(progress.update(job, "a", seen(30, of: 100), of: blocks) == .init(read: 30, total: 400))
        #expect(progress.update(job, "b", seen(100, of: 320), of: blocks) == .init(read: 130, total: 420))
        #expect(progress.update(job, "a", seen(100, of: 100), of: blocks) == .init(read: 200, total: 420))
        #expect(progress.update(job, "b", seen(320, of: 320), of: blocks) == .init(read: 420, total: 420))
        let other: JobID = "job-2"
        #expect(progress.update(other, "b", seen(1, of: 320), of: blocks) == .init(read: 1, total: 420))
    }
}
