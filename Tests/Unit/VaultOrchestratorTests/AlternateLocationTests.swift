import API
import Contract
import Messages
import Model
import RPC
import Testing

@testable import VaultOrchestrator

/// An item comes home to a new machine with new disks, because its own is gone or is not to be used.
@Suite struct AlternateLocationTests {
    @Test func `a machine that is gone is replaced, all of it copied, and the cycle goes on with the new one`() throws {
        try withVault { rig in
            try await rig.stayInTheCloud(gone: true)
            let before = rig.peers.log.count
            let seen = try #require(try await rig.preview().locations.first)
            #expect(seen.alternate && seen.machine == "web-alt3" && seen.reason == "machine web is not there any more")
            #expect(rig.peers.log.count == before, "a preview changes nothing")
            try await rig.reprotect(until: "PROTECTED_HOME")
            let log = rig.peers.log.dropFirst(before).map { $0 }
            let order = ["cs.CreateMachine", "cs.RegisterMachine", "cs.CreateReplicaDisks", "mt-home.AdoptReplica"]
            let places = order.compactMap { call in log.firstIndex { $0.hasPrefix(call) } }
            #expect(places.count == order.count && places == places.sorted(), "\(log)")
            let others = ["cs.AttachDisks", "mt-home.BeginOverwrite"]
            #expect(!log.contains { call in others.contains { call.hasPrefix($0) } }, "\(log)")
            #expect(rig.peers.state.withLock { $0.opened["agent-web-cloud"]?.fullCopy } == true)
            #expect(rig.peers.state.withLock { $0.adoptedBlank.contains("mt-home") })
            let item = try await rig.item()
            #expect(item.home == StoredCopy(machine: "web-alt3", state: "at-target"))
            let back = try await rig.core.failOver(rig.failover(.home).changed { $0.options?.validateOnly = true })
            #expect(back.preview?.locations.first?.alternate == true)
            try await rig.failOver(.home)
            #expect(rig.peers.owner(of: "web-alt3") == "machine/web-alt3")
            #expect(rig.peers.state.withLock { $0.power["web-alt3"] } == .on)
            try await rig.succeed(rig.core.operate(rig.request("commit2")) { _ in (.commit, commitWorkflow(.home)) })
            // From now on it is the machine that the item has at home.
            try await rig.reprotect(until: "PROTECTED_OUT")
            rig.retry += 1
            try await rig.failOver(.out)
            try await rig.succeed(rig.core.operate(rig.request("commit3")) { _ in (.commit, commitWorkflow(.out)) })
            let again = try #require(try await rig.preview().locations.first)
            #expect(!again.alternate && again.machine == "web-alt3")
            try await rig.reprotect(until: "PROTECTED_HOME")
            #expect(rig.peers.owner(of: "web-alt3") == "master-target/mt-home")
        }
    }

    @Test(arguments: ["asked", "physical"])
    func `a machine that is there is left off, without its disks`(_ why: String) throws {
        try withVault { rig in
            try await rig.stayInTheCloud(gone: false)
            if why == "physical" {
                try await rig.core.vault.store.update(rig.item().itemID(), "physical") { item in
                    item.physical = true
                    return true
                }
            }
            let request = rig.request("alternate").changed { $0.alternate = why == "asked" }
            try await rig.succeed(rig.core.reprotect(request))
            let item = try await rig.item()
            #expect(item.phase == "PROTECTED_HOME" && item.home.machine == "web-alt3" && !item.physical)
            #expect(rig.peers.state.withLock { $0.power["web"] } == .off)
            #expect(rig.peers.state.withLock { $0.grants["web"] == nil && $0.exists.contains("web") })
            #expect(rig.peers.log.contains("cs.AttachDisks"), "its disks go where nobody starts it with them")
        }
    }

    @Test(arguments: ["CreateMachine", "RegisterMachine", "CreateReplicaDisks", "AdoptReplica", "OpenSession"])
    func `what fails before it is in sync leaves the original as it was, and nothing new`(_ call: String) throws {
        try withVault { rig in
            try await rig.stayInTheCloud(gone: false)
            let before = try await rig.item()
            rig.peers.trouble(call, .refuse)
            let request = rig.request("alternate").changed { $0.alternate = true }
            let job = try await rig.ended(rig.core.reprotect(request))
            rig.peers.trouble(call, nil)
            #expect(job.state == .failedUnwound, "\(job)")
            let item = try await rig.item()
            #expect(item.phase == "COMMITTED_OUT" && item.claimJob == nil && item.homeAlternate == nil)
            #expect(item.home == before.home && item.processServer == before.processServer)
            #expect(rig.peers.state.withLock { !$0.exists.contains("web-alt3") })
            #expect(rig.peers.owner() == "machine/web")
            // The next attempt makes a machine of another name: a generation is never used twice.
            rig.retry += 1
            try await rig.succeed(rig.core.reprotect(rig.request("alternate").changed { $0.alternate = true }))
        }
    }

    @Test func `while it synchronizes its job is cancelled, and the original is there again`() throws {
        try withVault { rig in
            try await rig.stayInTheCloud(gone: false)
            let original = try await rig.item().home
            rig.peers.state.withLock { $0.tracking = .catchingUp }
            rig.peers.state.withLock { $0.pointsAreMade = false }
            let job = try await rig.core.reprotect(rig.request("alternate").changed { $0.alternate = true })
            try await rig.pause(.seconds(5))
            let item = try await rig.item()
            #expect(item.phase == "SYNCHRONIZING_HOME" && item.home.machine == "web-alt3")
            let handler = ItemsHandler(core: rig.core)
            let refused = await #expect(throws: RPCError.self) {
                _ = try await handler.cancelReprotect(rig.request("cancel"), context)
            }
            #expect(refused?.message.contains("homeward jobs cancel \(item.synchronizingJob ?? "")") == true)
            let person = Model.Statement(name: "ana", reason: "not today", at: .init(1), checked: "")
            try await rig.core.runner.cancel(JobID(String(job.name.dropFirst("jobs/".count))), by: person)
            #expect(try await rig.ended(job).state == .cancelled)
            let now = try await rig.item()
            #expect(now.phase == "COMMITTED_OUT")
            #expect(now.home == original)
            #expect(now.homeAlternate == nil)
            #expect(rig.peers.state.withLock { !$0.exists.contains("web-alt3") })
            #expect(rig.peers.owner() == "machine/web")
        }
    }

    @Test func `one that is given up before or while it synchronizes leaves an earlier one as it was`() throws {
        let world = try PlanWorld()
        try world.life { plan in
            let rig = plan.rig
            try await rig.stayInTheCloud(gone: true)
            try await rig.reprotect(until: "PROTECTED_HOME")
            try await rig.failOver(.home)
            try await rig.succeed(rig.core.operate(rig.request("commit2")) { _ in (.commit, commitWorkflow(.home)) })
            try await rig.reprotect(until: "PROTECTED_OUT")
            rig.retry += 1
            try await rig.failOver(.out)
            try await rig.succeed(rig.core.operate(rig.request("commit3")) { _ in (.commit, commitWorkflow(.out)) })
            let before = try await rig.item()
            #expect(before.home.machine == "web-alt3" && before.homeAlternate?.isSettled == true)
            rig.peers.state.withLock { $0.tracking = .only }
            for place in ["finish.end", "in-sync.end"] {
                world.rests.act.withLock {
                    $0 = { await plan.cancel("reprotect-home-alternate", at: place, of: $0) }
                }
                rig.retry += 1
                let job = try await rig.core.reprotect(rig.request("again").changed { $0.alternate = true })
                #expect(try await rig.ended(job).state == .cancelled)
                let item = try await rig.item()
                #expect(item.home == before.home && item.homeAlternate == before.homeAlternate, "at \(place)")
            }
        }
    }

    @Test func `the members of a group come home the same way`() throws {
        try withVault { rig in
            try await rig.protectShop()
            try await rig.failOver(.out, "shop")
            try await rig.succeed(
                rig.core.operate(rig.request("commit", "shop")) { _ in (.commit, commitWorkflow(.out)) })
            rig.peers.state.withLock { _ = $0.exists.remove("db") }
            let failure = await #expect(throws: Failure.self) {
                _ = try await rig.core.reprotect(rig.request("reprotect", "shop"))
            }
            let gate = try #require(failure?.gates.first { $0.code == .groupComplete })
            #expect(gate.remedy?.command == "homeward reprotect shop --alternate")
            #expect(gate.evidence.count == 2)
            let request = rig.request("alternate", "shop").changed { $0.alternate = true }
            try await rig.succeed(rig.core.reprotect(request))
            for name in ["app", "db"] {
                #expect(try await rig.item(name).home.machine == "\(name)-alt3")
                #expect(try await rig.item(name).phase == "PROTECTED_HOME")
            }
        }
    }

    @Test func `a name that is taken and a datastore that is too small refuse it`() throws {
        try withVault { rig in
            try await rig.stayInTheCloud(gone: true)
            rig.peers.state.withLock {
                $0.exists.insert("web-alt3")
                $0.freeBytes = 1 << 19
            }
            let before = try await rig.item()
            let failure = await #expect(throws: Failure.self) {
                _ = try await rig.core.reprotect(rig.request("reprotect"))
            }
            #expect(failure?.gates.map(\.code) == [.datastoreWritable, .nameFreeAtTarget])
            #expect(try await rig.item() == before)
        }
        try withVault { rig in
            try await rig.stayInTheCloud(gone: false)
            try await rig.reprotect(until: "PROTECTED_HOME")
            try await rig.failOver(.home)
            try await rig.succeed(rig.core.operate(rig.request("commit2")) { _ in (.commit, commitWorkflow(.home)) })
            let failure = await #expect(throws: Failure.self) {
                _ = try await rig.core.reprotect(rig.request("out").changed { $0.alternate = true })
            }
            #expect(failure?.code == .invalidArgument)
        }
    }
}

extension Rig {
    /// Failed over and committed; its home machine was then deleted, or is off.
    func stayInTheCloud(gone: Bool) async throws {
        try await protect()
        try await failOver(.out)
        try await succeed(core.operate(request("commit")) { _ in (.commit, commitWorkflow(.out)) })
        peers.state.withLock { state in
            state.power["web"] = .off
            // The scripted disks are of one side at a time: home's own are at home.
            for item in state.owner.keys { state.owner[item] = "machine/web" }
            if gone { state.exists.remove("web") }
        }
    }

    fileprivate func preview() async throws -> VaultV1.Preview {
        let request = request("preview").changed { $0.options?.validateOnly = true }
        return try #require(try await core.reprotect(request).preview)
    }
}
