import Blocks
import Messages
import Model
import Simulation
import Testing

@testable import VaultOrchestrator

/// What a preview says that an operation may move, before it is run.
@Suite struct PreviewTests {
    @Test func `a reprotect home is bounded by what the cloud's agent has changed and in doubt`() throws {
        try withVault { rig in
            try await rig.away()
            rig.agent(dirty: 41, suspects: 7)
            let preview = try await rig.previewReprotect()
            let bound = try #require(preview.bounds.first)
            #expect(preview.boundBlocks == 48)
            #expect(bound.changedBlocks == 41)
            #expect(bound.suspectBlocks == 7)
            let disk = DiskGeometry(size: Int64(try await rig.item().disks[0].bytes))
            #expect(bound.crashBlocks == UInt64(disk.crashBound))
            #expect(bound.displayName == "web")
            #expect(
                bound.basis == "the agent of web-cloud, 0.3 s ago; "
                    + "the home copy: its agent closes it when the machine is turned off")
            #expect(try await rig.item().phase == "COMMITTED_OUT")
            #expect(try await rig.item().claimJob == nil)
        }
    }

    @Test func `after a clean stop nothing is in doubt`() throws {
        try withVault { rig in
            try await rig.away()
            #expect(try await rig.previewReprotect().boundBlocks == 0)
        }
    }

    @Test func `a home that was stated dead may differ anywhere`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock { $0.away = ["cs", "ps-home"] }
            var request = rig.failover(.out)
            request.choice = .latestProcessed
            request.sourceDeadStatement = .with {
                $0.person = "ana"
                $0.reason = "the building is gone"
            }
            try await rig.succeed(rig.core.failOver(request))
            rig.peers.state.withLock { $0.away = [] }
            try await rig.succeed(rig.core.operate(rig.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
            rig.agent(dirty: 41, suspects: 0)
            let bound = try #require(try await rig.previewReprotect().bounds.first)
            #expect(bound.changedBlocks == 41)
            #expect(try await bound.suspectBlocks == rig.wholeMachine())
        }
    }

    @Test func `a home whose agent did not end in order is in doubt by what a crash leaves`() throws {
        try withVault { rig in
            try await rig.away()
            rig.agent(dirty: 41, suspects: 7)
            rig.peers.state.withLock { $0.power["web"] = .off }
            let before = try #require(try await rig.previewReprotect().bounds.first)
            #expect(before.basis.hasSuffix("the home copy: it was closed in order"))
            rig.peers.state.withLock { $0.unclean = ["web"] }
            let bound = try #require(try await rig.previewReprotect().bounds.first)
            #expect(bound.crashBlocks > 0)
            #expect(try await bound.suspectBlocks == min(rig.wholeMachine(), 7 + bound.crashBlocks))
            #expect(bound.basis.contains("in doubt when it was closed"))
            let job = try await rig.ended(rig.core.reprotect(rig.request("reprotect")))
            #expect(job.facts["home.stop"] == "unclean")
        }
    }

    @Test func `an agent that has not reported leaves the whole machine in doubt`() throws {
        try withVault { rig in
            try await rig.away()
            rig.peers.state.withLock { $0.agentIsAttached = false }
            let bound = try #require(try await rig.previewReprotect().bounds.first)
            #expect(try await bound.changedBlocks + bound.suspectBlocks == rig.wholeMachine())
        }
    }

    @Test func `a re-protect onto a seed in doubt counts the seed's part`() throws {
        try withVault { rig in
            try await rig.away()
            try await rig.reprotect(until: "PROTECTED_HOME")
            try await rig.failOver(.home)
            rig.peers.state.withLock { $0.adoptedSuspects = 5 }
            try await rig.succeed(rig.core.operate(rig.request("commit2")) { _ in (.commit, commitWorkflow(.home)) })
            rig.agent(dirty: 3, suspects: 2)
            let bound = try #require(try await rig.previewReprotect().bounds.first)
            #expect(bound.changedBlocks == 3)
            #expect(bound.suspectBlocks == 7)
        }
    }

    @Test func `protecting a machine is a full copy`() throws {
        try withVault { rig in
            let request = VaultV1.EnableRequest.with {
                $0.machine = "web"
                $0.options = rig.options("preview")
                $0.options?.validateOnly = true
            }
            let bound = try #require(try await rig.core.enableMachine(request).preview?.bounds.first)
            #expect(bound.changedBlocks == 256)
            #expect(bound.basis == "nothing of it is at the target: a full copy")
        }
    }
}

extension Rig {
    /// Failed over and committed.
    fileprivate func away() async throws {
        try await protect()
        try await failOver(.out)
        try await succeed(core.operate(request("commit")) { _ in (.commit, commitWorkflow(.out)) })
    }

    func agent(dirty: UInt64, suspects: UInt64) {
        peers.state.withLock {
            $0.dirtyBlocks = dirty
            $0.suspectBlocks = suspects
        }
    }

    fileprivate func previewReprotect() async throws -> VaultV1.Preview {
        var request = request("preview")
        request.options?.validateOnly = true
        return try #require(try await core.reprotect(request).preview)
    }

    /// In blocks.
    fileprivate func wholeMachine() async throws -> UInt64 {
        try await item().disks.reduce(0) { $0 + UInt64(DiskGeometry(size: Int64($1.bytes)).blockCount) }
    }
}
