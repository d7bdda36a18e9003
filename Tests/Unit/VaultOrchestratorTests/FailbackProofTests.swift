import FailbackCertificates
import Messages
import Model
import Simulation
import Testing

@testable import VaultOrchestrator

/// What the vault certifies is what its journal of a failback holds.
@Suite struct FailbackProofTests {
    @Test func `a failback is certified the same before and after its commit`() throws {
        try withVault { rig in
            rig.peers.state.withLock { $0.sourceScrub = .with { $0.endedUnixUs = 77 } }
            let job = try await rig.failback()
            let before = try await rig.core.certificate(of: job, member: "")
            #expect(before.sourceScrubbedUnixUs == 77)
            #expect(before.machine == "web")
            #expect(before.source == "web-cloud")
            #expect(before.point.final)
            #expect(before.verifiedBlocks == 3)
            #expect(before.disks.map(\.targetRoot) == ["abcd"])
            let item = try await rig.item()
            #expect(before.generation == item.generation?.number)
            try await rig.succeed(rig.core.operate(rig.request("commit2")) { _ in (.commit, commitWorkflow(.home)) })
            let after = try await rig.core.certificate(of: job, member: "")
            #expect(after == before)
            let key = try rig.core.signingKey.get().publicKey
            let signed = try SignedCertificate(before, by: try rig.core.signingKey.get())
            let read = try SignedCertificate.verify(Array(signed.text.utf8), key: key)
            #expect(read == before)
        }
    }

    @Test func `a source that stated no root leaves an objection`() throws {
        try withVault { rig in
            let job = try await rig.failback()
            let certificate = try await rig.core.certificate(of: job, member: "")
            #expect(certificate.objections == ["disk d1: the source stated no root"])
        }
    }

    @Test func `a failover is not certified`() throws {
        try withVault { rig in
            try await rig.protect()
            let job = try await rig.core.failOver(rig.failover(.out))
            try await rig.succeed(job)
            await #expect(throws: Failure.self) {
                try await rig.core.certificate(of: JobID(String(job.name.dropFirst("jobs/".count))), member: "")
            }
        }
    }
}

extension Rig {
    /// Out, committed, home again, not committed: the failback's job.
    fileprivate func failback() async throws -> JobID {
        try await protect()
        try await failOver(.out)
        try await succeed(core.operate(request("commit")) { _ in (.commit, commitWorkflow(.out)) })
        try await reprotect(until: "PROTECTED_HOME")
        let job = try await core.failOver(failover(.home))
        try await succeed(job)
        return try JobID(String(job.name.dropFirst("jobs/".count)))
    }
}
