import Contract
import Messages
import Model
import RPC
import Testing

@testable import VaultOrchestrator

/// Single disks of a machine are left out of its replication: when it is protected, or when they are added later.
@Suite struct LeftOutDiskTests {
    /// `swap` is in the first place, so what is replicated has another place at the other site.
    private static let both = [ScriptedPeers.disk("swap", bytes: 8_192), ScriptedPeers.disk("d1", index: 1)]
    private static let added = [ScriptedPeers.disk(), ScriptedPeers.disk("d2", index: 1, bytes: 4_096)]

    @Test(arguments: ["swap", "0"])
    func `a machine is protected without a disk, which nothing of the item has any more`(_ name: String) throws {
        try withVault { rig in
            try await rig.protect(leavingOut: name)
            let item = try await rig.item()
            #expect(item.disks == [StoredDisk(id: "d1", index: 0, bytes: 1 << 20)])
            let told = try #require(rig.core.show(item).leftOut.first)
            #expect(told.disk == "swap" && told.bytes == 8_192 && told.machine == "web" && told.site == .home)
            #expect(told.person == "ana" && told.reason == "no use elsewhere" && told.sinceUnixUs > 0)
            #expect(rig.peers.state.withLock { $0.leftOut["agent-web"] } == ["swap"])
            try await rig.pause(.seconds(5))
            #expect(try await rig.item().health == ["ok"])
            // Whatever becomes of it.
            for swap in [[ScriptedPeers.disk("swap", bytes: 1 << 30)], []] {
                rig.peers.state.withLock { $0.disks["web"] = swap + [ScriptedPeers.disk("d1", index: 1)] }
                try await rig.pause(.seconds(5))
                let shown = try await rig.core.show(rig.item())
                #expect(shown.diskDifferences == [] && shown.health == ["ok"])
                let gate = try await rig.gate(.diskSetMatches)
                #expect(gate.status == .pass)
                #expect(gate.evidence.contains("disk swap (8192 bytes) of machine web is left out by ana: no use"))
            }
        }
    }

    @Test(arguments: [
        (["d9"], "without disk \"d9\": it has 0: swap, 1: d1"), (["2"], "without disk \"2\": it has 0: swap, 1: d1"),
        (["swap", "d1"], "all of its disks would be left out. Leave one in: it has 0: swap, 1: d1"),
        (["swap", "0"], "without disk swap: it is named twice"),
    ])
    func `what cannot be left out is refused in a line, and nothing is made`(_ names: [String], _ said: String) throws {
        try withVault { rig in
            rig.peers.state.withLock { $0.disks["web"] = Self.both }
            let before = rig.peers.log.count
            let failure = await #expect(throws: Failure.self) {
                _ = try await rig.core.enableMachine(rig.enabling(leavingOut: names))
            }
            #expect(failure?.code == .invalidArgument && failure?.message.hasSuffix(said) == true, "\(failure as Any)")
            let items = try await rig.core.vault.store.items(after: "", limit: 10)
            #expect(items.isEmpty)
            #expect(rig.peers.log.count == before)
        }
    }

    @Test func `out, home and out again it stays with its machine, and each preview says so`() throws {
        try withVault { rig in
            let line = "disk swap (8192 bytes) of machine web is left out by ana: no use elsewhere. "
            let preview = try await rig.core.enableMachine(
                rig.enabling(leavingOut: ["swap"]).changed { $0.options?.validateOnly = true }, disks: Self.both, rig)
            #expect(preview.preview?.warnings.last == line + "It is in no point")
            try await rig.protect(leavingOut: "swap")
            rig.retry += 1
            #expect(
                try await rig.notes(rig.core.failOver(rig.failover(.out).previewed))
                    == [line + "The machine in the cloud has it not; it stays with web"])
            try await rig.failOver(.out)
            try await rig.succeed(rig.core.operate(rig.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
            #expect(
                try await rig.notes(rig.core.reprotect(rig.request("look").previewed))
                    == [line + "Machine web keeps it as it is"])
            try await rig.reprotect(until: "PROTECTED_HOME")
            let back = try await rig.core.failOver(rig.failover(.home).previewed)
            #expect(rig.notes(back) == [line + "Machine web keeps it as it is"])
            try await rig.failOver(.home)
            #expect(rig.peers.state.withLock { $0.leftOut["grant web"] } == ["swap"])
            #expect(rig.peers.state.withLock { $0.leftOut["grant web-cloud"] } == [])
            try await rig.succeed(rig.core.operate(rig.request("home")) { _ in (.commit, commitWorkflow(.home)) })
            try await rig.reprotect(until: "PROTECTED_OUT")
            let attached = rig.peers.state.withLock { $0.attached }
            let atHome = attached.filter { $0.machine == "web" }
            #expect(atHome.map(\.owner) == ["master-target/mt-home", "machine/web"])
            #expect(atHome.allSatisfy { $0.disks == ["d1"] }, "\(attached)")
            #expect(attached.filter { $0.machine == "web-cloud" }.allSatisfy { $0.disks == [] }, "\(attached)")
            #expect(try await rig.item().leftOut?.count == 1)
        }
    }

    @Test func `a new machine at home has it not, and the preview says so by name`() throws {
        try withVault { rig in
            try await rig.protect(leavingOut: "swap")
            try await rig.failOver(.out)
            try await rig.succeed(rig.core.operate(rig.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
            let line = "disk swap (8192 bytes) of machine web is left out by ana: no use elsewhere. "
            var request = rig.request("alternate").changed { $0.alternate = true }
            #expect(
                try await rig.notes(rig.core.reprotect(request.previewed))
                    == [line + "It stays with web, and machine web-alt3 will not have it"])
            rig.peers.state.withLock { state in for item in state.owner.keys { state.owner[item] = "machine/web" } }
            rig.peers.state.withLock { $0.disks["web-alt3"] = [ScriptedPeers.disk()] }
            rig.retry += 1
            request.options = rig.options("alternate")
            try await rig.succeed(rig.core.reprotect(request))
            let left = rig.peers.state.withLock { $0.attached.last { $0.machine == "web" } }
            #expect(left?.disks == ["d1"], "the original keeps it")
            let back = try await rig.core.failOver(rig.failover(.home).previewed)
            #expect(
                rig.notes(back)
                    == [line + "It stayed with web: machine web-alt3, to which the item comes home, has it not"])
            rig.retry += 1
            try await rig.failOver(.home)
            #expect(rig.peers.state.withLock { $0.leftOut["grant web-alt3"] } == [])
        }
    }

    @Test func `a disk that was added is left out, and the machine makes points again`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock { $0.disks["web"] = Self.added }
            try await rig.pause(.seconds(3))
            #expect(try await rig.item().health == ["disk d2 (4096 bytes) of machine web is not replicated"])
            let gate = try await rig.gate(.diskSetMatches)
            #expect(gate.status == .fail && gate.remedy.contains("homeward disks exclude web d2"))
            let before = rig.peers.log.count
            try await rig.succeed(rig.core.excludeDisk(rig.excluding("d2")))
            let item = try await rig.item()
            #expect(item.phase == "PROTECTED_OUT" && item.claimJob == nil && item.generation?.number == 2)
            #expect(item.disks.map(\.id) == ["d1"] && item.diskDifferences == nil && item.health == ["ok"])
            #expect(item.leftOut?.map(\.reason) == ["scratch"] && item.leftOut?.map(\.person) == ["ana"])
            #expect(rig.peers.state.withLock { $0.leftOut["agent-web"] } == ["d2"])
            let session = try #require(rig.peers.state.withLock { $0.opened["agent-web"] })
            #expect(session.generation?.number == 2 && !session.fullCopy && !session.compare)
            let log = rig.peers.log.dropFirst(before).map { $0 }
            let order = ["agent-web.Assign.2", "mt-cloud.Assign.2", "ps-home.Assign.2", "agent-web.OpenSession"]
            let places = order.compactMap { log.firstIndex(of: $0) }
            #expect(places.count == order.count && places == places.sorted(), "\(log)")
            try await rig.pause(.seconds(5))
            #expect(try await rig.item().health == ["ok"])
            let facts = try await rig.whole().flatMap(\.facts)
            let line = "disk d2 (4096 bytes) of machine web is left out by ana: scratch"
            #expect(facts.contains { $0.name == "left-out" && $0.value == line })
            #expect(facts.contains { $0.name == "exclude" && $0.value == line })
            rig.retry += 1
            try await rig.failOver(.out)
        }
    }

    @Test func `a member of a group leaves its disk out alone, and the group is cut together as before`() throws {
        try withVault { rig in
            try await rig.protectShop()
            rig.peers.state.withLock { $0.disks["db"] = Self.added }
            try await rig.succeed(rig.core.excludeDisk(rig.excluding("d2", "db")))
            let (app, db) = (try await rig.item("app"), try await rig.item("db"))
            #expect(app.leftOut == nil && app.generation?.number == 1)
            #expect(db.leftOut?.map(\.disk) == ["d2"] && db.generation?.number == 2 && db.phase == "PROTECTED_OUT")
            for item in [app, db] {
                #expect(rig.peers.state.withLock { $0.relays[item.id]?.sorted() } == [app.id, db.id].sorted())
            }
            #expect(rig.peers.state.withLock { $0.opened["agent-db"]?.group } == "shop")
            let preview = try await rig.core.failOver(rig.failover(.out, "shop").previewed)
            #expect(rig.notes(preview).map { $0.contains("disk d2 (4096 bytes) of machine db") } == [true])
            rig.retry += 1
            try await rig.failOver(.out, "shop")
        }
    }

    @Test func `one that was added in the cloud is left out there, and stays there`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.failOver(.out)
            try await rig.succeed(rig.core.operate(rig.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
            rig.peers.state.withLock { $0.disks["web-cloud"] = Self.added }
            try await rig.pause(.seconds(3))
            let refused = await #expect(throws: Failure.self) {
                _ = try await rig.core.reprotect(rig.request("refused"))
            }
            #expect(refused?.gates.filter(\.blocks).map(\.code) == [.diskSetMatches])
            try await rig.succeed(rig.core.excludeDisk(rig.excluding("1")))
            #expect(try await rig.item().phase == "COMMITTED_OUT")
            #expect(rig.peers.state.withLock { $0.leftOut["agent-web-cloud"] } == ["d2"])
            try await rig.reprotect(until: "PROTECTED_HOME")
            #expect(rig.peers.state.withLock { $0.leftOut["agent-web-cloud"] } == ["d2"])
            try await rig.failOver(.home)
            #expect(rig.peers.state.withLock { $0.leftOut["grant web"] } == [])
            let commit = try await rig.core.operate(rig.request("look").previewed) { _ in
                (.commit, commitWorkflow(.home))
            }
            let said = try #require(rig.notes(commit).first)
            #expect(said.hasSuffix("stays on the cloud's datastore when the machine is removed"))
            try await rig.succeed(rig.core.operate(rig.request("home")) { _ in (.commit, commitWorkflow(.home)) })
            let seed = rig.peers.state.withLock { $0.attached.last { $0.machine == "web-cloud" } }
            #expect(seed?.disks == ["d1"], "the seed is of what replicates")
        }
    }

    @Test func `one that stayed behind at a failover is left out before the machine comes home`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock { $0.disks["web"] = Self.added }
            let waived = rig.failover(.out).changed {
                $0.options?.waivers = [.with { $0.code = "DISK_SET_MATCHES"; $0.reason = "scratch" }]
            }
            try await rig.succeed(rig.core.failOver(waived))
            try await rig.succeed(rig.core.operate(rig.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
            let refused = await #expect(throws: Failure.self) {
                _ = try await rig.core.reprotect(rig.request("refused"))
            }
            let gate = try #require(refused?.gates.first { $0.code == .diskSetMatches })
            #expect(gate.remedy?.command == "homeward disks exclude web d2")
            try await rig.succeed(rig.core.excludeDisk(rig.excluding("d2")))
            #expect(try await rig.item().leftOut?.map(\.site) == ["home"])
            try await rig.reprotect(until: "PROTECTED_HOME")
            #expect(rig.peers.state.withLock { $0.attached.last { $0.machine == "web" }?.disks } == ["d1"])
            try await rig.failOver(.home)
            #expect(rig.peers.state.withLock { $0.leftOut["grant web"] } == ["d2"])
        }
    }

    @Test(arguments: [
        ("d1", "web", ErrorCode.operationNotAllowed, "homeward protect web --exclude-disk d1"),
        ("d9", "web", .notFound, "machine web has 0: d1, 1: d2"), ("", "web", .invalidArgument, "say which one"),
        ("d2", "shop", .invalidArgument, "name the member whose it is"),
    ])
    func `what cannot be left out while protected is refused in a line`(
        _ disk: String, _ name: String, _ code: ErrorCode, _ said: String
    ) throws {
        try withVault { rig in
            try await rig.protect(group: "shop")
            rig.peers.state.withLock { $0.disks["web"] = Self.added }
            let before = try await rig.item()
            let failure = await #expect(throws: Failure.self) {
                _ = try await rig.core.excludeDisk(rig.excluding(disk, name))
            }
            #expect(failure?.code == code && failure?.message.contains(said) == true, "\(failure as Any)")
            #expect(try await rig.item().generation == before.generation)
        }
    }

    @Test func `twice is once, and a machine that waits for a commit keeps its disks`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock { $0.disks["web"] = Self.added }
            try await rig.succeed(rig.core.excludeDisk(rig.excluding("d2")))
            rig.retry += 1
            let again = await #expect(throws: Failure.self) { _ = try await rig.core.excludeDisk(rig.excluding("d2")) }
            #expect(again?.code == .alreadyExists)
            try await rig.failOver(.out)
            rig.peers.state.withLock { $0.disks["web-cloud"] = Self.added }
            let failure = await #expect(throws: Failure.self) {
                _ = try await rig.core.excludeDisk(rig.excluding("d2"))
            }
            #expect(failure?.gates.map(\.code) == [.operationAllowed])
        }
    }

    @Test func `what fails on the way leaves the disk as it was, under a higher generation`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock { $0.disks["web"] = Self.added }
            rig.peers.trouble("OpenSession", .refuse)
            let job = try await rig.ended(rig.core.excludeDisk(rig.excluding("d2")))
            rig.peers.trouble("OpenSession", nil)
            #expect(job.state == .failedUnwound, "\(job)")
            let item = try await rig.item()
            #expect(item.leftOut == nil && item.generation?.number == 3 && item.claimJob == nil && item.owed == [])
            #expect(rig.peers.state.withLock { $0.leftOut["agent-web"] } == [])
            rig.retry += 1
            try await rig.succeed(rig.core.excludeDisk(rig.excluding("d2")))
        }
    }

    @Test func `a row that was stored before there were any is read`() throws {
        var item = ItemRecord(id: "item-1", displayName: "web")
        item.home.machine = "web"
        let old = try Stored.bytes(item)
        #expect(!String(decoding: old, as: UTF8.self).contains("leftOut"))
        #expect(try Stored.value(ItemRecord.self, old) == item)
        #expect(item.disksToAttach(at: .home) == [] && item.leftOutIDs(at: .home) == [])
    }
}

extension VaultV1.FailoverRequest {
    fileprivate var previewed: Self { changed { $0.options?.validateOnly = true; $0.options?.requestID += "-look" } }
}

extension VaultV1.ItemOperationRequest {
    fileprivate var previewed: Self { changed { $0.options?.validateOnly = true; $0.options?.requestID += "-look" } }
}

extension VaultCore {
    /// Of a machine with these disks.
    fileprivate func enableMachine(
        _ request: VaultV1.EnableRequest, disks: [CommonV1.Disk], _ rig: Rig
    ) async throws -> VaultV1.Job {
        rig.peers.state.withLock { $0.disks["web"] = disks }
        return try await enableMachine(request)
    }
}

extension Rig {
    fileprivate func enabling(leavingOut names: [String]) -> VaultV1.EnableRequest {
        .with {
            $0.machine = "web"
            $0.excludeDisks = names.map { name in
                .with { $0.disk = name; $0.reason = "no use elsewhere" }
            }
            $0.options = options("enable-web")
        }
    }

    /// `web` with the disks `swap` and `d1`.
    fileprivate func protect(leavingOut name: String) async throws {
        let disks = [ScriptedPeers.disk("swap", bytes: 8_192), ScriptedPeers.disk("d1", index: 1)]
        try await succeed(core.enableMachine(enabling(leavingOut: [name]), disks: disks, self))
        let item = try await item()
        #expect(item.phase == "PROTECTED_OUT")
        peers.state.withLock { $0.assigned["agent-web/\(item.id)"] = try? item.assignment().generation }
    }

    fileprivate func excluding(_ disk: String, _ name: String = "web") -> VaultV1.ItemOperationRequest {
        request("exclude-\(disk)", name).changed {
            $0.excludeDisk = .with { $0.disk = disk; $0.reason = "scratch" }
        }
    }

    /// What a preview says of what is left out.
    fileprivate func notes(_ job: VaultV1.Job) -> [String] {
        (job.preview?.warnings ?? []).filter { $0.contains("left out") }
    }

    /// Of the preview of a failover.
    fileprivate func gate(_ code: GateCode) async throws -> CommonV1.Gate {
        retry += 1
        let preview = try #require(try await core.failOver(failover(.out).previewed).preview)
        return try #require(preview.gates.first { $0.code == code.rawValue })
    }
}
