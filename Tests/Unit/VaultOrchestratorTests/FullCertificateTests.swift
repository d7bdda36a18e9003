import Messages
import Model
import Simulation
import Testing

@testable import VaultOrchestrator

/// A full certificate: every block that home was given is read back between power-on and commit.
@Suite struct FullCertificateTests {
    @Test func `a commit waits for the full certificate that was asked for with the failback`() throws {
        try withVault { rig in
            rig.peers.state.withLock { $0.readsBack = 30 }
            let failback = try await rig.failback(full: true)
            #expect(try await rig.core.certificate(of: failback, member: "").mode != "full")
            try await rig.pause(.seconds(2))
            #expect(try await rig.refusal("early") == ["30 of 100 blocks were read back"])
            let shown = try await rig.core.show(rig.item()).certificate
            #expect(shown?.readBlocks == 30 && shown?.totalBlocks == 100 && shown?.fullWanted == true)
            let job = try await rig.commit("patient") { $0.waitForCertificate = true }
            try await rig.succeed(job)
            let proof = try await rig.core.certificate(of: failback, member: "")
            #expect(proof.mode == "full" && proof.verifiedBlocks == 100 && proof.readBackUnixUs == 77)
            #expect(proof.disks.map(\.targetRoot) == ["feed"])
            #expect(try await rig.core.show(rig.item()).certificate?.mode == "full")
        }
    }

    @Test func `a failback may be certified in full later, and its commit passes then`() throws {
        try withVault { rig in
            rig.peers.state.withLock { $0.readsBack = 40 }
            let failback = try await rig.failback()
            #expect(rig.peers.state.withLock { $0.readBack == nil })
            try await rig.succeed(rig.certify("later"))
            let before = try await rig.core.certificate(of: failback, member: "")
            #expect(before.mode == "full")
            #expect(before.disks[0].differing == nil)
            try await rig.pause(.seconds(2))
            try await rig.succeed(rig.commit("commit2"))
            let after = try await rig.core.certificate(of: failback, member: "")
            #expect(after == before)
        }
    }

    @Test func `blocks that differ are named, stop the commit, and are passed by a person's word only`() throws {
        try withVault { rig in
            rig.peers.state.withLock {
                $0.readsBack = 100
                $0.readBackDiffers = [.with { $0.first = 7; $0.count = 2 }, .with { $0.first = 20; $0.count = 1 }]
            }
            let failback = try await rig.failback()
            try await rig.succeed(rig.certify("look"))
            let said = "disk d1: 3 blocks differ: 7-8, 20"
            let certificate = try await rig.core.certificate(of: failback, member: "")
            #expect(certificate.objections == [said])
            try await rig.pause(.seconds(2))
            #expect(try await rig.refusal("refused") == [said])
            // One that waits is refused as well, and leaves everything as it was.
            rig.peers.state.withLock { $0.awayAfter = nil }
            #expect(try await rig.refusal("waiting") { $0.waitForCertificate = true } == [said])
            #expect(try await rig.item().phase == "COMMIT_PENDING_HOME")
            let job = try await rig.commit("word") { request in
                request.options?.waivers = [.with { $0.code = "CERTIFICATE_COMPLETE"; $0.reason = "a swap file" }]
            }
            try await rig.succeed(job)
            #expect(try await rig.core.certificate(of: failback, member: "").objections == [said])
        }
    }

    @Test func `a commit that waited and then finds a difference is unwound before anything is final`() throws {
        try withVault { rig in
            rig.peers.state.withLock {
                $0.readsBack = 20
                $0.readBackDiffers = [.with { $0.first = 3; $0.count = 1 }]
            }
            _ = try await rig.failback(full: true)
            try await rig.pause(.seconds(2))
            let job = try await rig.ended(rig.commit("patient") { $0.waitForCertificate = true })
            #expect(job.state == .failedUnwound)
            #expect(job.message.contains("disk d1: 1 blocks differ: 3"))
            let item = try await rig.item()
            #expect(item.phase == "COMMIT_PENDING_HOME" && item.claimJob == nil)
            #expect(!rig.peers.log.contains { $0.contains("CommitReplica") && $0.contains("mt-home") })
        }
    }

    @Test func `a failback whose agent cannot begin to read succeeds all the same`() throws {
        try withVault { rig in
            rig.peers.trouble("ReadBack", .refuse)
            _ = try await rig.failback(full: true)
            rig.peers.trouble("ReadBack", nil)
            rig.peers.state.withLock { $0.readsBack = 100 }
            #expect(try await rig.refusal("early") == ["it is not known how far it is"])
            try await rig.succeed(rig.certify("later"))
            try await rig.pause(.seconds(2))
            try await rig.succeed(rig.commit("commit2"))
        }
    }

    @Test func `nothing is certified of a failover, nor once a point was changed or the failback cancelled`() throws {
        try withVault { rig in
            try await rig.protect()
            let request = VaultV1.FailoverRequest.with { request in
                request = rig.failover(.out)
                request.fullCertificate = true
            }
            await #expect(throws: Failure.self) { try await rig.core.failOver(request) }
            try await rig.failOver(.out)
            await #expect(throws: Failure.self) { try await rig.certify("out") }
        }
        try withVault { rig in
            _ = try await rig.failback()
            let cancelled = try await rig.core.operate(rig.request("back")) { _ in
                (.cancelFailover, cancelFailoverWorkflow(.home))
            }
            try await rig.succeed(cancelled)
            #expect(try await rig.item().certificate == nil)
            await #expect(throws: Failure.self) { try await rig.certify("cancelled") }
        }
    }
}

extension Rig {
    /// Out, committed, home again, not committed: the failback's job.
    fileprivate func failback(full: Bool = false) async throws -> JobID {
        try await protect()
        try await failOver(.out)
        try await succeed(core.operate(request("commit")) { _ in (.commit, commitWorkflow(.out)) })
        try await reprotect(until: "PROTECTED_HOME")
        var request = failover(.home)
        request.fullCertificate = full
        let job = try await core.failOver(request)
        try await succeed(job)
        return try JobID(String(job.name.dropFirst("jobs/".count)))
    }

    fileprivate func certify(_ id: String) async throws -> VaultV1.Job {
        try await core.operate(request(id)) { _ in (.completeCertificate, certifyWorkflow) }
    }

    fileprivate func commit(
        _ id: String, _ change: (inout VaultV1.ItemOperationRequest) -> Void = { _ in }
    ) async throws -> VaultV1.Job {
        var request = request(id)
        change(&request)
        return try await core.operate(request) { _ in (.commit, commitWorkflow(.home)) }
    }

    /// What is said against a commit by the gate of the certificate; nothing else may stop it.
    fileprivate func refusal(
        _ id: String, _ change: (inout VaultV1.ItemOperationRequest) -> Void = { _ in }
    ) async throws -> [String] {
        do {
            _ = try await commit(id, change)
            return ["committed"]
        } catch let failure as Failure {
            #expect(failure.gates.map(\.code) == [.certificateComplete])
            return failure.gates.flatMap { gate in gate.evidence.map { $0.observed } }
        }
    }
}

extension ScriptedPeers {
    func readBack(_ state: inout State, _ asked: AgentV1.ReadBackCommand) -> AgentV1.ReadBack {
        let read = min(100, (state.readBack?.readBlocks ?? 0) + state.readsBack)
        let differing = state.readBackDiffers
        let message = AgentV1.ReadBack.with {
            $0.generation = asked.generation
            $0.readBlocks = read
            $0.totalBlocks = 100
            $0.complete = read == 100
            $0.endedUnixUs = read == 100 ? 77 : 0
            $0.disks = [
                .with {
                    $0.disk = "d1"
                    guard read == 100 else { return }
                    $0.root = [0xFE, 0xED]
                    $0.differing = differing
                    $0.differingBlocks = differing.reduce(0) { $0 + $1.count }
                }
            ]
        }
        state.readBack = message
        return message
    }
}
