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

    @Test func `a failover that is cancelled after its point was changed leaves no pin`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.failOver(.out)
            #expect(rig.pins == 1)
            try await rig.changePoint("change")
            // The point that it left is no longer wanted by anybody.
            #expect(rig.pins == 1)
            try await rig.succeed(
                rig.core.operate(rig.request("cancel")) { _ in (.cancelFailover, cancelFailoverWorkflow(.out)) })
            #expect(rig.pins == 0)
            #expect(try await rig.item().failoverPin == nil)
        }
    }

    @Test func `a group's failover that is cancelled leaves no pin at any member`() throws {
        try withVault { rig in
            try await rig.protectShop()
            try await rig.failOver(.out, "shop")
            #expect(rig.pins == 2)
            let request = rig.request("cancel", "shop")
            try await rig.succeed(rig.core.operate(request) { _ in (.cancelFailover, cancelFailoverWorkflow(.out)) })
            #expect(rig.pins == 0)
        }
    }

    @Test func `a change of point that is given up leaves the pin of the failover alone`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.failOver(.out)
            rig.peers.trouble("PowerOff", .refuse)
            await #expect(throws: Failure.self) { try await rig.changePoint("change") }
            rig.peers.trouble("PowerOff", nil)
            #expect(rig.pins == 1)
            try await rig.changePoint("again")
            #expect(rig.pins == 1)
        }
    }

    @Test(arguments: [Direction.out, .home])
    func `a failover whose machine somebody deleted is cancelled all the same`(_ direction: Direction) throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.failOver(.out)
            if direction == .home {
                try await rig.succeed(rig.core.operate(rig.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
                try await rig.reprotect(until: "PROTECTED_HOME")
                try await rig.failOver(.home)
            }
            let (deleted, left) = direction == .out ? ("web-cloud", "web") : ("web", "web-cloud")
            rig.peers.state.withLock { state in
                state.exists.remove(deleted)
                state.power[deleted] = nil
            }
            // There is none to run from another point.
            await #expect(throws: Failure.self) { try await rig.changePoint("change") }
            #expect(try await rig.item().claimJob == nil)
            try await rig.succeed(
                rig.core.operate(rig.request("cancel")) { _ in (.cancelFailover, cancelFailoverWorkflow(direction)) })
            #expect(try await rig.item().phase == Phase.protected(direction).name)
            #expect(rig.peers.state.withLock { $0.power[left] } == .on)
        }
    }

    // MARK: re-protect out

    @Test func `a re-protect out that is cancelled keeps the seed for the next one`() throws {
        try withVault { rig in
            try await rig.comeHome()
            rig.peers.state.withLock { $0.tracking = .only }
            let job = try await rig.core.reprotect(rig.request("reprotect-out"))
            try await rig.pause(.seconds(5))
            #expect(try await rig.item().phase == "SYNCHRONIZING_OUT")
            let word = Statement(name: "ana", reason: "not today", at: rig.core.vault.now, checked: "")
            try await rig.core.runner.cancel(job.id(), by: word)
            #expect(try await rig.ended(job).state == .cancelled)
            #expect(try await rig.item().phase == "COMMITTED_HOME")
            #expect(try await rig.item().seedAtCloud)
            rig.peers.state.withLock { $0.tracking = .streaming }
            rig.retry += 1
            try await rig.reprotect(until: "PROTECTED_OUT")
        }
    }

    @Test func `a re-protect out without a seed that is cancelled leaves none`() throws {
        try withVault { rig in
            try await rig.comeHome(keepingSeed: false)
            rig.peers.state.withLock { $0.tracking = .only }
            let job = try await rig.core.reprotect(rig.request("reprotect-out"))
            try await rig.pause(.seconds(5))
            let word = Statement(name: "ana", reason: "not today", at: rig.core.vault.now, checked: "")
            try await rig.core.runner.cancel(job.id(), by: word)
            #expect(try await rig.ended(job).state == .cancelled)
            #expect(try await !rig.item().seedAtCloud)
            #expect(rig.peers.log.contains("platform.DeleteReplicaDisks.undo"))
        }
    }

    // MARK: commit of a failback

    @Test func `a cloud machine that somebody deleted before the commit is gone, and its disks are the seed`() throws {
        try withVault { rig in
            try await rig.failBack()
            rig.peers.state.withLock { _ = $0.exists.remove("web-cloud") }
            try await rig.succeed(rig.core.operate(rig.request("commit2")) { _ in (.commit, commitWorkflow(.home)) })
            let item = try await rig.item()
            #expect(item.phase == "COMMITTED_HOME")
            #expect(item.seedAtCloud)
        }
    }

    @Test func `a cloud machine that is started past the commit that stopped it is stopped again and deleted`() throws {
        try withVault { rig in
            try await rig.failBack()
            let before = rig.peers.log.count
            rig.peers.state.withLock { $0.happensAfter = ("PowerOff", .isStarted) }
            try await rig.succeed(rig.core.operate(rig.request("commit2")) { _ in (.commit, commitWorkflow(.home)) })
            #expect(rig.peers.log.dropFirst(before).count { $0 == "platform.PowerOff" } == 2)
            #expect(rig.peers.state.withLock { !$0.exists.contains("web-cloud") })
        }
    }
}

extension Rig {
    /// Of all points.
    fileprivate var pins: Int { peers.state.withLock { $0.points.values.joined().reduce(0) { $0 + $1.pins.count } } }

    fileprivate func changePoint(_ id: String) async throws {
        try await succeed(
            core.change(
                .with {
                    $0.name = "web"
                    $0.point = 1
                    $0.confirmLoss = true
                    $0.options = options(id)
                }))
    }

    /// Out, and home for good.
    fileprivate func comeHome(keepingSeed: Bool = true) async throws {
        try await failBack()
        try await succeed(core.operate(request("commit2")) { _ in (.commit, commitWorkflow(.home)) })
        guard !keepingSeed else { return }
        peers.state.withLock { $0.lockedReplicas = [] }
        try await core.vault.store.update(item().itemID(), "test") {
            $0.seedAtCloud = false
            return true
        }
    }
}

extension VaultV1.Job {
    func id() throws -> JobID { try JobID(String(name.dropFirst("jobs/".count))) }
}
