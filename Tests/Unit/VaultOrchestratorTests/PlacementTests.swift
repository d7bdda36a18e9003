import Contract
import Messages
import Model
import RPC
import Testing

@testable import VaultOrchestrator

/// A site of several hosts and datastores: which of them an alternate location is on, and where a machine is started
/// that its host does not start.
@Suite struct PlacementTests {
    @Test func `a new machine and its disks are where a person chose`() throws {
        try withVault { rig in
            try await rig.dividedHome()
            let chosen = rig.request("alternate").changed { $0.datastore = "fast"; $0.host = "esx-2" }
            let request = chosen.changed { $0.alternate = true }
            let preview = try await rig.core.reprotect(request.changed { $0.options?.validateOnly = true })
            let seen = try #require(preview.preview?.locations.first)
            #expect(seen.datastore == "fast" && seen.host == "esx-2")
            rig.retry += 1
            try await rig.succeed(rig.core.reprotect(request.changed { $0.options = rig.options("alternate") }))
            #expect(rig.peers.state.withLock { $0.datastoreOf["web-alt3"] } == "fast")
            #expect(rig.peers.state.withLock { $0.hostOf["web-alt3"] } == "esx-2")
            try await rig.failOver(.home)
            #expect(rig.peers.state.withLock { $0.hostOf["web-alt3"] } == "esx-2")
        }
    }

    @Test func `what nobody chose is the first datastore, and the first host that can run the machine`() throws {
        try withVault { rig in
            try await rig.dividedHome()
            rig.peers.state.withLock { $0.hosts[0].maintenance = true }
            try await rig.succeed(rig.core.reprotect(rig.request("alternate").changed { $0.alternate = true }))
            #expect(rig.peers.state.withLock { $0.datastoreOf["web-alt3"] } == "slow")
            #expect(rig.peers.state.withLock { $0.hostOf["web-alt3"] } == "esx-2")
        }
    }

    /// The datastore asked for, and what is said of it; another one is proposed.
    @Test(arguments: [
        ("other", "there is no datastore other"), ("", "slow: it takes no writes"),
        ("hidden", "hidden: host esx-1, which runs the master target, does not see it"),
        ("closed", "closed: it takes no writes"),
        ("small", "small: 524288 bytes are free, the disks have 1048576"),
    ])
    func `a datastore that does not serve is refused with all of them and why`(_ asked: String, _ told: String) throws {
        try withVault { rig in
            try await rig.dividedHome()
            if asked.isEmpty { rig.peers.state.withLock { $0.datastores[0].readOnly = true } }
            let before = try await rig.item()
            let request = rig.request("alternate").changed { $0.datastore = asked; $0.alternate = true }
            let failure = await #expect(throws: Failure.self) { _ = try await rig.core.reprotect(request) }
            let gate = try #require(failure?.gates.first { $0.code == .datastoreWritable })
            let said = gate.evidence.map(\.observed)
            #expect(said.contains(told), "\(said)")
            for id in ["slow", "fast", "hidden", "closed", "small"] {
                #expect(said.contains { $0.hasPrefix("\(id): ") }, "\(id): \(said)")
            }
            let fitting = asked.isEmpty ? "fast" : "slow"
            #expect(gate.remedy?.command == "homeward reprotect web --alternate --datastore \(fitting)")
            #expect(try await rig.item() == before)
        }
    }

    @Test(arguments: ["esx-9", "esx-2", "esx-3"])
    func `a host that cannot run it is refused with all of them and why`(_ asked: String) throws {
        try withVault { rig in
            try await rig.dividedHome()
            rig.peers.state.withLock { $0.hosts[1].maintenance = true }
            try await rig.core.vault.store.update(rig.item().itemID(), "memory") { item in
                item.memoryMib = 2_048
                return true
            }
            let request = rig.request("alternate").changed { $0.host = asked; $0.alternate = true }
            let failure = await #expect(throws: Failure.self) { _ = try await rig.core.reprotect(request) }
            let gate = try #require(failure?.gates.first { $0.code == .hostCapacity })
            let said = gate.evidence.map(\.observed)
            #expect(said.contains("esx-2: it is in maintenance and starts no machine"), "\(said)")
            #expect(said.contains("esx-3: 1024 MiB of memory, the machine has 2048 MiB"), "\(said)")
            #expect(said.contains { $0.hasPrefix("esx-1: 8192 MiB") }, "\(said)")
            #expect(said.contains("there is no host esx-9") == (asked == "esx-9"))
            #expect(gate.remedy?.command == "homeward reprotect web --alternate --host esx-1")
        }
    }

    @Test func `nothing is chosen for disks that stay where they are, nor of a site that is undivided`() throws {
        try withVault { rig in
            try await rig.dividedHome()
            for change in [{ $0.datastore = "fast" }, { $0.host = "esx-2" }]
                as [@Sendable (inout VaultV1.ItemOperationRequest) -> Void] {
                let request = rig.request("original").changed(change)
                let failure = await #expect(throws: Failure.self) { _ = try await rig.core.reprotect(request) }
                #expect(failure?.code == .invalidArgument && failure?.message.contains("--alternate") == true)
            }
            rig.peers.state.withLock { ($0.datastores, $0.hosts) = ([], []) }
            let request = rig.request("undivided").changed { $0.datastore = "a"; $0.host = "b"; $0.alternate = true }
            let failure = await #expect(throws: Failure.self) { _ = try await rig.core.reprotect(request) }
            #expect(failure?.gates.map(\.code) == [.datastoreWritable, .hostCapacity])
        }
    }

    @Test func `the original location needs its own datastore, and its own host to start the machine`() throws {
        try withVault { rig in
            try await rig.dividedHome()
            rig.peers.state.withLock { $0.datastoreOf["web"] = "closed" }
            let failure = await #expect(throws: Failure.self) {
                _ = try await rig.core.reprotect(rig.request("closed"))
            }
            #expect(failure?.gates.map(\.code) == [.datastoreWritable])
            rig.peers.state.withLock { $0.datastoreOf["web"] = "fast" }
            rig.retry += 1
            try await rig.reprotect(until: "PROTECTED_HOME")
            rig.peers.state.withLock { $0.hosts[0].maintenance = true }
            let back = await #expect(throws: Failure.self) { _ = try await rig.core.failOver(rig.failover(.home)) }
            let gate = try #require(back?.gates.first)
            #expect(back?.gates.map(\.code) == [.hostCapacity] && gate.evidence.count == 3)
        }
    }

    // MARK: Elsewhere

    @Test func `what its host does not start any more is started on another one, once, by a person's word`() throws {
        try withVault { rig in
            let job = try await rig.stuckAtHome()
            let generation = try await rig.item().generation?.number
            #expect(job.message.contains("--resolution retry-elsewhere --host esx-2 --reason WHY"), "\(job.message)")
            #expect(!job.message.contains("--host esx-3"), "one that could not is not offered: \(job.message)")
            let handler = JobsHandler(core: rig.core)
            let asked = VaultV1.ResolveStuckRequest.with {
                $0.name = job.name
                $0.resolution = "retry-elsewhere"
                $0.reason = "esx-1 is being repaired"
                $0.person = "ana"
            }
            for host in ["", "esx-9", "esx-1", "esx-3"] {
                let odd = asked.changed { $0.host = host }
                let refused = await #expect(throws: RPCError.self) { _ = try await handler.resolveStuck(odd, context) }
                #expect(refused != nil && rig.peers.state.withLock { $0.power["web"] } == .off)
                #expect(try await rig.ended(job).state == .stuck)
            }
            let here = asked.changed { $0.resolution = "retry"; $0.host = "esx-2" }
            await #expect(throws: RPCError.self) { _ = try await handler.resolveStuck(here, context) }
            _ = try await handler.resolveStuck(asked.changed { $0.host = "esx-2" }, context)
            try await rig.succeed(job)
            let item = try await rig.item()
            #expect(item.phase == "COMMIT_PENDING_HOME" && item.generation?.number == generation)
            #expect(rig.peers.state.withLock { $0.hostOf["web"] } == "esx-2")
            #expect(rig.peers.state.withLock { $0.power["web"] } == .on)
            #expect(rig.peers.state.withLock { $0.power["web-cloud"] } != .on)
            #expect(rig.peers.log.filter { $0 == "cs.PowerOn" }.count == 1, "\(rig.peers.log)")
            let records = try await rig.whole()
            let told = try #require(records.last { $0.kind == "stuck-resolved" })
            #expect(told.person == "ana" && told.text == "esx-1 is being repaired")
            #expect(told["host"] == "esx-2" && told["resolution"] == "retry-elsewhere", "\(told.facts)")
        }
    }

    @Test func `with the other host in maintenance too it stays where it is until one of them starts it`() throws {
        try withVault { rig in
            let job = try await rig.stuckAtHome(others: true)
            #expect(!job.message.contains("retry-elsewhere"), "\(job.message)")
            let handler = JobsHandler(core: rig.core)
            rig.peers.state.withLock { for place in $0.hosts.indices { $0.hosts[place].maintenance = false } }
            let retry = VaultV1.ResolveStuckRequest.with {
                $0.name = job.name
                $0.resolution = "retry"
                $0.reason = "repaired"
                $0.person = "ana"
            }
            _ = try await handler.resolveStuck(retry, context)
            try await rig.succeed(job)
            #expect(rig.peers.state.withLock { $0.hostOf["web"] } == nil, "on its own host")
        }
    }

    @Test func `a site of one host makes no offer`() throws {
        try withVault { rig in
            let job = try await rig.stuckAtHome(hosts: 1)
            #expect(job.message.contains("--resolution retry "), "\(job.message)")
            #expect(!job.message.contains("retry-elsewhere"), "\(job.message)")
        }
    }

    @Test func `a job that is stuck elsewhere than at a start is not started on another host`() throws {
        try withVault { rig in
            try await rig.dividedHome()
            try await rig.reprotect(until: "PROTECTED_HOME")
            try await rig.failOver(.home)
            rig.peers.state.withLock { $0.trouble["DeleteMachine"] = .refuse }
            let job = try await rig.ended(
                rig.core.operate(rig.request("commit2")) { _ in (.commit, commitWorkflow(.home)) })
            #expect(job.state == .stuck)
            let failure = await #expect(throws: Failure.self) {
                _ = try await rig.core.startingElsewhere(JobID(String(job.name.dropFirst("jobs/".count))), "esx-2")
            }
            #expect(failure?.code == .operationNotAllowed)
        }
    }
}

extension Rig {
    /// In the cloud, committed; home tells three hosts and five datastores.
    fileprivate func dividedHome() async throws {
        try await stayInTheCloud(gone: false)
        peers.state.withLock { state in
            state.datastores = ["slow", "fast", "hidden", "closed", "small"].map { id in
                .with {
                    $0.id = id
                    $0.freeBytes = id == "small" ? 1 << 19 : 1 << 40
                    $0.readOnly = id == "closed"
                }
            }
            let memories: [(String, UInt64)] = [("esx-1", 8_192), ("esx-2", 4_096), ("esx-3", 1_024)]
            state.hosts = memories.map { id, memory in
                .with {
                    $0.id = id
                    ($0.memoryMib, $0.memoryFreeMib) = (memory, memory)
                    $0.datastores = ["slow", "fast", "closed", "small"] + (id == "esx-1" ? [] : ["hidden"])
                    $0.runsMasterTarget = id == "esx-1"
                }
            }
        }
    }

    /// A failback whose host went into maintenance once it was under way.
    fileprivate func stuckAtHome(hosts: Int = 3, others: Bool = false) async throws -> VaultV1.Job {
        try await dividedHome()
        peers.state.withLock { $0.hosts = Array($0.hosts.prefix(hosts)) }
        try await core.vault.store.update(item().itemID(), "memory") { item in
            item.memoryMib = 2_048
            return true
        }
        try await reprotect(until: "PROTECTED_HOME")
        peers.state.withLock { $0.awayAfter = ("Fence", ["mt-home"]) }
        let job = try await core.failOver(failover(.home))
        try await pause(.seconds(1))
        peers.state.withLock { state in
            for place in state.hosts.indices where place == 0 || others { state.hosts[place].maintenance = true }
            state.away = []
        }
        let ended = try await ended(job)
        #expect(ended.state == .stuck, "\(ended.message)")
        return ended
    }
}
