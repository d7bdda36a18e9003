import Contract
import Messages
import Model
import Store
import Testing

@testable import VaultOrchestrator

/// What replicates is moved to another process server of its site, by hand or because its own is lost.
@Suite struct SwitchProcessServerTests {
    @Test func `an item is moved as a delta, under a generation that the one before has no part in`() throws {
        try withVault { rig in
            try await rig.protectBesideSecond()
            let before = rig.peers.log.count
            try await rig.succeed(rig.core.switchProcessServer(rig.switching()))
            let item = try await rig.item()
            #expect(item.phase == "PROTECTED_OUT" && item.claimJob == nil)
            #expect(item.processServer == "ps-home-2" && item.homeProcessServer == "ps-home-2")
            #expect(item.generation?.number == 2 && item.generation?.processServer == "ps-home-2")
            let session = try #require(rig.peers.state.withLock { $0.opened["agent-web"] })
            #expect(session.processServer?.id == "ps-home-2" && !session.fullCopy && !session.compare)
            // The copy that runs first (rule G4), and its stream once there is a relay for it.
            let log = rig.peers.log.dropFirst(before).map { $0 }
            let order = [
                "agent-web.Assign.2", "mt-cloud.Assign.2", "ps-home-2.Assign.2", "ps-home.Assign.2",
                "ps-home-2.OpenRelay", "agent-web.OpenSession",
            ]
            let places = order.compactMap { log.firstIndex(of: $0) }
            #expect(places.count == order.count && places == places.sorted(), "\(log)")
            let told = try #require(rig.core.show(item).processServerSwitch)
            #expect(told.from == "ps-home" && told.to == "ps-home-2" && !told.automatic)
            #expect(told.cause == "asked for by ana")
        }
    }

    @Test func `a copy in the cloud moves among the process servers of the cloud`() throws {
        try withVault { rig in
            try await rig.protectBesideSecond()
            try await rig.failOver(.out)
            try await rig.succeed(rig.core.operate(rig.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
            try await rig.reprotect(until: "PROTECTED_HOME")
            let failure = await #expect(throws: Failure.self) {
                _ = try await rig.core.switchProcessServer(rig.switching())
            }
            #expect(failure?.gates.map(\.code) == [.processServerAvailable])
            #expect(failure?.gates.first?.evidence.first?.observed == "ps-home-2 is not at cloud, where web-cloud runs")
            try await rig.hear("ps-home-2", .processServer, .cloud)
            try await rig.succeed(rig.core.switchProcessServer(rig.switching("again")))
            let item = try await rig.item()
            #expect(item.processServer == "ps-home-2")
            #expect(item.homeProcessServer == "ps-home", "where it goes when it is home again")
        }
    }

    @Test func `a group moves as a whole, a member alone does not`() throws {
        try withVault { rig in
            try await rig.hear("ps-home-2")
            for name in ["app", "db"] { try await rig.protect(name, group: "shop", server: "ps-home") }
            let failure = await #expect(throws: Failure.self) {
                _ = try await rig.core.switchProcessServer(rig.switching("one", "app"))
            }
            #expect(failure?.gates.map(\.code) == [.notInGroup])
            #expect(
                failure?.gates.first?.remedy?.command == "homeward infrastructure switch-process-server shop")
            try await rig.succeed(rig.core.switchProcessServer(rig.switching("all", "shop")))
            var ids: [String] = []
            for name in ["app", "db"] {
                let item = try await rig.item(name)
                ids.append(item.id)
                #expect(item.processServer == "ps-home-2" && item.phase == "PROTECTED_OUT")
            }
            // Each relay names both, so that they are cut together.
            for id in ids { #expect(rig.peers.state.withLock { $0.relays[id]?.sorted() } == ids.sorted()) }
        }
    }

    @Test func `which one is asked for where there are several, and where there is no other`() throws {
        try withVault { rig in
            try await rig.protect()
            let request = rig.switching().changed { $0.processServer = "" }
            for (others, said) in [(0, "no other one is registered"), (2, "registered are ps-home-2, ps-home-3")] {
                for number in 0..<others { try await rig.hear("ps-home-\(number + 2)") }
                let failure = await #expect(throws: Failure.self) {
                    _ = try await rig.core.switchProcessServer(request)
                }
                #expect(failure?.code == .invalidArgument && failure?.message.contains(said) == true)
            }
            #expect(try await rig.item().generation?.number == 1)
        }
    }

    @Test(arguments: ["OpenRelay", "OpenSession", "meet"])
    func `what fails on the way leaves the item where it was, under a higher generation`(_ call: String) throws {
        try withVault { rig in
            try await rig.protectBesideSecond()
            if call == "meet" {
                rig.peers.state.withLock { $0.unmet = ["ps-home-2"] }
            } else {
                rig.peers.trouble(call, .refuse)
            }
            let job = try await rig.ended(rig.core.switchProcessServer(rig.switching()))
            rig.peers.trouble(call, nil)
            #expect(job.state == .failedUnwound, "\(job)")
            let item = try await rig.item()
            #expect(item.phase == "PROTECTED_OUT" && item.claimJob == nil && item.owed == [])
            #expect(item.processServer == "ps-home" && item.homeProcessServer == "ps-home")
            #expect(item.generation?.number == 3 && item.generation?.processServer == "ps-home")
            #expect(rig.core.show(item).processServerSwitch == nil)
            let session = rig.peers.state.withLock { $0.opened["agent-web"] }
            #expect(session?.processServer?.id == "ps-home" && session?.generation?.number == 3)
            for holder in ["agent-web", "mt-cloud", "ps-home", "ps-home-2"] {
                #expect(rig.peers.assigned(holder) == 3, "\(holder)")
            }
            rig.peers.state.withLock { $0.unmet = [] }
            rig.retry += 1
            try await rig.succeed(rig.core.switchProcessServer(rig.switching()))
        }
    }

    @Test(arguments: ["OpenRelay", "OpenSession", "PlaceGrant"])
    func `a lost answer is asked for again, never done twice`(_ call: String) throws {
        try withVault { rig in
            try await rig.protectBesideSecond()
            rig.peers.trouble(call, .loseAnswer)
            let before = rig.peers.log.count
            try await rig.succeed(rig.core.switchProcessServer(rig.switching()))
            let made = rig.peers.log.dropFirst(before).filter { $0.hasSuffix("." + call) }
            #expect(made.count <= 1, "\(made)")
            #expect(try await rig.item().processServer == "ps-home-2")
        }
    }

    @Test func `a lost process server is left by itself, which is told, and is fenced when it is back`() throws {
        try withVault { rig in
            try await rig.protectBesideSecond()
            rig.peers.state.withLock { $0.away = ["ps-home"] }
            try await rig.pause(.seconds(100))
            try await rig.hearAllBut("ps-home")
            #expect(try await rig.item().processServer == "ps-home", "it may still come back")
            try await rig.pause(.seconds(30))
            let item = try await rig.item()
            #expect(item.processServer == "ps-home-2" && item.phase == "PROTECTED_OUT" && item.claimJob == nil)
            let told = try #require(rig.core.show(item).processServerSwitch)
            #expect(told.automatic && told.cause.hasPrefix("process server ps-home was not heard for 12"))
            let records = try await rig.core.vault.store.audit.page(after: 0, .init(), limit: 500).records
            let made = try #require(records.first { $0.kind == "job-created" && $0.person == "policy" })
            #expect(made.operation == "switch-process-server" && made.peer == "vault")
            #expect(made.facts.contains { $0.name == "cause" && $0.value == told.cause })
            #expect(records.flatMap(\.facts).contains { $0.name == "relayed-anew" && $0.value.contains(told.cause) })
            // It comes back with what it held, and is told that it is no part of this generation.
            #expect(item.missedBy == ["assign/process-server/ps-home"] && rig.peers.assigned("ps-home") == 1)
            rig.peers.state.withLock { $0.away = [] }
            try await rig.hear("ps-home")
            let before = rig.peers.log.count
            try await rig.pause(.seconds(5))
            #expect(rig.peers.log.dropFirst(before) == ["ps-home.Assign.2"])
            #expect(try await rig.item().missedBy == nil)
        }
    }

    @Test(arguments: ["no other", "critical", "silent", "held", "target silent"])
    func `a lost process server is waited for when none can take its place`(_ why: String) throws {
        try withVault { rig in
            try await rig.protect(server: "ps-home")
            if why != "no other" {
                try await rig.hear("ps-home-2", free: why == "critical" ? 24 : 80, isSilent: why == "silent")
            }
            if why == "target silent" { try await rig.hear("mt-cloud", .masterTarget, .cloud, isSilent: true) }
            if why == "held" {
                try await rig.core.vault.store.update(rig.item().itemID(), "held") { item in
                    item.claimJob = "job-other"
                    item.claimOperation = Operation.commit.name
                    return true
                }
            }
            rig.peers.state.withLock { $0.away = ["ps-home"] }
            try await rig.pause(.seconds(125))
            #expect(try await rig.item().generation?.number == 1)
            #expect(try await rig.item().processServer == "ps-home")
        }
    }

    @Test func `when neither can be reached, going back is owed, and tried again after a pause`() throws {
        try withVault { rig in
            try await rig.protectBesideSecond()
            rig.peers.state.withLock {
                $0.away = ["ps-home"]
                $0.unmet = ["ps-home-2"]
            }
            let job = try await rig.ended(rig.core.switchProcessServer(rig.switching()))
            #expect(job.state == .failedUnwound, "\(job)")
            let owing = try await rig.item()
            #expect(owing.processServer == "ps-home" && owing.owed == ["resume-source"] && owing.claimJob == nil)
            rig.peers.state.withLock { $0.away = [] }
            try await rig.hear("ps-home")
            try await rig.pause(.seconds(5))
            #expect(try await rig.item().owed == [])
            let session = rig.peers.state.withLock { $0.opened["agent-web"] }
            #expect(session?.processServer?.id == "ps-home" && session?.generation?.number == 3)
        }
    }
}

extension Rig {
    /// A process server of home, unless said otherwise, says that it is there.
    func hear(
        _ id: String, _ kind: ConfigurationV1.ComponentKind = .processServer, _ site: CommonV1.Site = .home,
        free: UInt64 = 80, isSilent: Bool = false
    ) async throws {
        try await core.heard(
            .with {
                $0.endpoint = .with {
                    $0.id = id
                    $0.address = ScriptedPeers.addresses[id] ?? "10.0.1.9:7100"
                }
                $0.kind = kind
                $0.site = site
                $0.osFamily = "linux"
                $0.figures = ["cache_free_percent": free]
                // Beyond what the rig's vault calls fresh.
                $0.silentUs = isSilent ? 700_000_000 : 0
            }, source: site == .home ? "configuration" : "vault")
    }

    fileprivate func hearAllBut(_ lost: String) async throws {
        let all: [(String, ConfigurationV1.ComponentKind, CommonV1.Site)] = [
            ("ps-home", .processServer, .home), ("ps-home-2", .processServer, .home),
            ("mt-home", .masterTarget, .home), ("mt-cloud", .masterTarget, .cloud),
        ]
        for (id, kind, site) in all where id != lost { try await hear(id, kind, site) }
    }

    /// Protected over `ps-home`, with `ps-home-2` beside it.
    fileprivate func protectBesideSecond() async throws {
        try await hear("ps-home-2")
        try await protect(server: "ps-home")
    }

    fileprivate func switching(_ id: String = "switch", _ name: String = "web") -> VaultV1.ItemOperationRequest {
        request(id, name).changed { $0.processServer = "ps-home-2" }
    }
}
