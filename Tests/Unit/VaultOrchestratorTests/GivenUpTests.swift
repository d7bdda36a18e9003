import Messages
import Model
import Testing

@testable import VaultOrchestrator

/// What an operation that was given up, or one that takes another back, leaves to the next.
@Suite struct GivenUpTests {
    // MARK: cancel-failover

    @Test func `when the disks cannot be taken back the old source runs all the same, and nothing is lost`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.failOver(.out)
            let written = rig.peers.state.withLock { $0.overlays }
            rig.peers.trouble("ReclaimReplica", .refuse)
            let job = try await rig.core.operate(rig.request("cancel")) { _ in
                (.cancelFailover, cancelFailoverWorkflow(.out))
            }
            #expect(try await rig.ended(job).state == .stuck)
            #expect(rig.peers.state.withLock { $0.power["web"] } == .on)
            #expect(rig.peers.state.withLock { $0.power["web-cloud"] } == .off)
            #expect(rig.peers.state.withLock { $0.overlays } == written)
            let word = Statement(name: "ana", reason: "enough", at: rig.core.vault.now, checked: "")
            let late = await #expect(throws: Failure.self) { try await rig.core.runner.cancel(job.id(), by: word) }
            #expect(late?.code == .operationNotAllowed)
            rig.peers.trouble("ReclaimReplica", nil)
            try await rig.core.runner.resolve(job.id(), .retry, by: word)
            try await rig.pause(.seconds(1))
            try await rig.succeed(job)
            #expect(try await rig.item().phase == "PROTECTED_OUT")
            #expect(rig.peers.state.withLock { $0.setAside.mapValues(\.count) } == written.mapValues { _ in 1 })
        }
    }
}

extension VaultV1.Job {
    fileprivate func id() throws -> JobID { try JobID(String(name.dropFirst("jobs/".count))) }
}
