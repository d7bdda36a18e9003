import Contract
import FoundationEssentials
import Messages
import Model
import Testing

@testable import VaultOrchestrator

/// Row 12: a replica that its master target has lost is told, and made anew by itself; nothing but that master target's
/// own word counts.
@Suite struct TargetLossTests {
    /// Looks that it takes to believe, and what comes of it.
    private static let believed: Duration = Reconcilers.replicaLook * 2 + .seconds(8)

    private func alerts(_ rig: Rig) async throws -> [VaultV1.Alert] {
        try await AlertsHandler(core: rig.core).listAlerts(.init(), context).alerts
            .filter { $0.code == "TARGET_COPY_LOST" }
    }

    private func jobs(_ rig: Rig) async throws -> [VaultV1.AuditRecord] {
        try await rig.whole().filter { $0.kind == "job-created" && $0.operation == "renew-replica" }
    }

    @Test(arguments: [Leftovers.nothing, .disks, .damaged])
    func `a lost replica is told, made anew by itself, and the item is protected again`(_ left: Leftovers) throws {
        try withVault { rig in
            try await rig.protect()
            let before = try await rig.item()
            _ = try await rig.core.recoveryPoints(.with { $0.item = "web" })
            // A first copy takes its time.
            rig.peers.state.withLock { $0.pointsAreMade = false }
            rig.lose(before, leaving: left)
            try await rig.pause(Self.believed)
            let lost = try await rig.item()
            #expect(lost.phase == "SYNCHRONIZING_OUT" && lost.claimJob == nil && lost.origin == "targetLost")
            #expect(lost.generation?.number == 2 && lost.masterTarget == "mt-cloud")
            let told = try #require(rig.core.show(lost).targetLoss)
            #expect(told.masterTarget == "mt-cloud" && told.lostPoints == 1 && told.newestPoint == 1)
            #expect(told.blocks == 256 && told.compared == (left != .nothing) && told.job.hasPrefix("jobs/"))
            let health = rig.core.show(lost).health.joined()
            #expect(health.contains("has no replica") && health.contains("recovery point 1 is gone"), "\(health)")
            let session = try #require(rig.peers.state.withLock { $0.opened["agent-web"] })
            #expect(session.fullCopy == (left == .nothing) && session.compare == (left != .nothing))
            let alert = try #require(try await alerts(rig).first)
            #expect(alert.severity == .critical && alert.detail.contains("recovery point 1 is gone"))
            let job = try #require(try await jobs(rig).first)
            #expect(job.person == "policy" && job.peer == "vault")
            // In the order of rule G4, and the fence before the adoption.
            let log = rig.peers.log
            let order = [
                "platform.CreateReplicaDisks", "agent-web.Assign.2", "mt-cloud.Assign.2", "mt-cloud.AdoptReplica",
                "agent-web.OpenSession",
            ]
            let places = order.compactMap { log.lastIndex(of: $0) }
            #expect(places.count == order.count && places == places.sorted(), "\(log)")
            // In sync.
            rig.peers.state.withLock { state in
                state.points[lost.id] = [
                    .with { $0.number = 9; $0.generation = session.generation; $0.applied = true }
                ]
            }
            try await rig.pause(.seconds(5))
            let again = try await rig.item()
            #expect(again.phase == "PROTECTED_OUT" && again.targetLoss == nil && again.unprotectedSinceUs == 0)
            #expect(rig.core.show(again).health == ["ok"])
            #expect(try await alerts(rig) == [])
            #expect(rig.peers.log.contains("mt-cloud.UnpinPoint") == (left != .nothing))
            let facts = try await rig.whole().flatMap(\.facts).filter { $0.name == "target-loss" }
            #expect(facts.count == 2 && facts.first?.value.contains("recovery point 1 is gone") == true, "\(facts)")
            #expect(try await jobs(rig).count == 1)
        }
    }

    @Test(arguments: ["away", "silent", "busy", "other item", "once", "held"])
    func `what is no proof of a loss changes nothing`(_ why: String) throws {
        try withVault { rig in
            try await rig.protect()
            let item = try await rig.item()
            switch why {
            case "away": rig.peers.state.withLock { $0.away = ["mt-cloud"] }
            case "silent":
                rig.lose(item)
                try await rig.hear("mt-cloud", .masterTarget, .cloud, isSilent: true)
            case "busy": rig.lose(item, leaving: .busy)
            case "other item": rig.lose(item, leaving: .otherItem)
            case "held":
                rig.lose(item)
                try await rig.core.vault.store.update(item.itemID(), "held") { record in
                    record.claimJob = "job-other"
                    record.claimOperation = Model.Operation.commit.name
                    return true
                }
            default:
                try await rig.pause(.seconds(3))
                rig.lose(item)
                try await rig.pause(Reconcilers.replicaLook)
                rig.find(item)
            }
            try await rig.pause(Self.believed)
            let after = try await rig.item()
            #expect(after.phase == "PROTECTED_OUT" && after.generation == item.generation && after.targetLoss == nil)
        }
    }

    @Test func `content that proves nothing is left alone, and the item says what a person can do`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.lose(try await rig.item(), leaving: .strangers)
            try await rig.pause(Self.believed)
            let blocked = try await rig.item()
            #expect(blocked.phase == "SYNCHRONIZING_OUT" && blocked.claimJob == nil)
            let shown = rig.core.show(blocked)
            #expect(shown.targetLoss?.blocker.contains("homeward disable web, then homeward protect web") == true)
            #expect(shown.blockers.count == 1 && shown.targetLoss?.job == "")
            #expect(try await alerts(rig).first?.detail.contains("homeward disable web") == true)
            // Not again and again: each attempt costs a generation.
            let generation = blocked.generation?.number
            try await rig.pause(.seconds(120))
            #expect(try await rig.item().generation?.number == generation)
            #expect(try await jobs(rig).count == 1)
            // The person's word, while nothing holds the item.
            try await rig.succeed(
                rig.core.operate(rig.request("disable")) { _ in (.disable, disableWorkflow) })
        }
    }

    @Test func `home's own disks that are gone are a person's: the reprotect is given up, for another place`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.failOver(.out)
            try await rig.succeed(rig.core.operate(rig.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
            try await rig.reprotect(until: "PROTECTED_HOME")
            let item = try await rig.item()
            let before = rig.peers.log.count
            rig.lose(item, at: "mt-home", leaving: .strangers)
            try await rig.pause(Self.believed)
            let blocked = try await rig.item()
            #expect(blocked.phase == "SYNCHRONIZING_HOME" && blocked.claimJob == nil)
            let blocker = rig.core.show(blocked).targetLoss?.blocker ?? ""
            #expect(blocker.contains("homeward cancel-reprotect web") && blocker.contains("reprotect web --alternate"))
            #expect(!rig.peers.log.dropFirst(before).contains { $0.contains("CreateReplicaDisks") })
            try await rig.succeed(
                ItemsHandler(core: rig.core).cancelReprotect(rig.request("give-up"), context))
            let given = try await rig.item()
            #expect(given.phase == "COMMITTED_OUT" && given.targetLoss == nil)
        }
    }

    @Test(arguments: ["CreateReplicaDisks", "AdoptReplica", "OpenSession"])
    func `an attempt that fails, wherever, is made again after a while`(_ call: String) throws {
        try withVault { rig in
            try await rig.protect()
            rig.lose(try await rig.item())
            rig.peers.trouble(call, .refuse)
            try await rig.pause(Self.believed)
            let failed = try await rig.item()
            #expect(failed.phase == "SYNCHRONIZING_OUT" && failed.claimJob == nil && failed.owed == [])
            #expect(failed.generation?.number == (call == "CreateReplicaDisks" ? 1 : 3))
            rig.peers.trouble(call, nil)
            try await rig.pause(.seconds(80))
            if call == "AdoptReplica" {
                #expect(try await jobs(rig).count == 1, "a person is waited for")
                try await rig.pause(.seconds(480))
                try await rig.hear("mt-cloud", .masterTarget, .cloud)
                try await rig.hear("ps-home")
                try await rig.pause(.seconds(80))
            }
            let again = try await rig.item()
            let tried = try await jobs(rig).count
            #expect(again.phase == "PROTECTED_OUT" && again.targetLoss == nil && tried == 2, "\(tried): \(again)")
        }
    }

    @Test func `an attempt whose master target goes away on its way back owes nothing there`() throws {
        try withVault { rig in
            try await rig.protect()
            let item = try await rig.item()
            rig.lose(item)
            // It takes the disks, and is gone before it has answered.
            rig.peers.trouble("AdoptReplica", .answerUnavailable)
            let before = rig.peers.log.count
            while !rig.peers.log.dropFirst(before).contains("mt-cloud.AdoptReplica") {
                try await rig.pause(.milliseconds(20))
            }
            rig.peers.state.withLock { $0.away = ["mt-cloud"] }
            try await rig.hear("mt-cloud", .masterTarget, .cloud, isSilent: true)
            let job = try JobID(#require(try await rig.item().claimJob))
            let word = Statement(name: "ana", reason: "it is gone", at: rig.core.vault.now, checked: "")
            try await rig.core.runner.cancel(job, by: word)
            #expect(try await rig.ended(rig.core.vault.store.view(job).message).state == .cancelled)
            // It is the item's own: a debt to forget it would be paid by nobody while the item goes on there.
            #expect(try await rig.item().owed == [])
            #expect(try await rig.item().masterTarget == "mt-cloud")
        }
    }

    @Test(arguments: ["CreateReplicaDisks", "OpenSession", "a gate"])
    func `what keeps failing is tried ever more seldom, and is a blocker of the item until it succeeds`(
        _ why: String
    ) throws {
        try withVault { rig in
            try await rig.protect()
            rig.lose(try await rig.item())
            if why == "a gate" {
                rig.peers.state.withLock { $0.agentIsAttached = false }
            } else {
                rig.peers.trouble(why, .refuse)
            }
            // Looked at once more.
            try await rig.pause(Self.believed + Reconcilers.replicaLook)
            let first = try #require(try await rig.item().targetLoss?.stalled)
            var said: Set<UInt64> = []
            for _ in 0..<8 {
                try await rig.hearEverybody()
                try await rig.pause(.seconds(300))
                said.insert(try await rig.item().targetLoss?.stalled?.attempts ?? 0)
            }
            // In 40 minutes: after 1, 2, 4 and 8 minutes, and each ten minutes from then on.
            let last = try #require(try await rig.item().targetLoss?.stalled)
            #expect((6...8).contains(last.attempts) && said.count > 3, "\(last), \(said)")
            #expect(last.sinceUs == first.sinceUs && first.attempts == 1)
            let shown = rig.core.show(try await rig.item())
            let blocker = try #require(shown.blockers.first)
            #expect(shown.blockers.count == 1 && shown.targetLoss?.blocker == blocker)
            let cause = why == "a gate" ? "AGENT_" : "scripted refusal of \(why)"
            let next = Date(timeIntervalSince1970: Double(last.lastUs / 1_000_000 + 600)).formatted(.iso8601)
            for word in [cause, "since 20", "after \(last.attempts) attempts", "at \(next)"] {
                #expect(blocker.contains(word), "\(word): \(blocker)")
            }
            #expect(try await alerts(rig).first?.detail.contains(cause) == true)
            rig.peers.trouble(why, nil)
            rig.peers.state.withLock { $0.agentIsAttached = true }
            try await rig.hearEverybody()
            try await rig.pause(.seconds(300))
            try await rig.hearEverybody()
            try await rig.pause(.seconds(320))
            let again = try await rig.item()
            #expect(again.phase == "PROTECTED_OUT" && again.targetLoss == nil)
            #expect(rig.core.show(again).blockers == [])
        }
    }

    @Test func `a replica that is found again by itself ends the matter, points and all`() throws {
        try withVault { rig in
            try await rig.protect()
            let item = try await rig.item()
            rig.peers.state.withLock { $0.agentIsAttached = false }
            rig.lose(item)
            try await rig.pause(Self.believed)
            // Nobody could be told of a new one.
            #expect(try await rig.item().phase == "SYNCHRONIZING_OUT")
            #expect(try await rig.item().generation?.number == 1)
            rig.find(item)
            rig.peers.state.withLock { $0.agentIsAttached = true }
            try await rig.pause(.seconds(5))
            let again = try await rig.item()
            #expect(again.phase == "PROTECTED_OUT" && again.targetLoss == nil && again.generation?.number == 1)
        }
    }

    @Test(arguments: [false, true])
    func `a person's pins are named with the points that are gone, and go with them`(_ isFound: Bool) throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.succeed(rig.core.pinByHand(rig.pin("pin", 1)))
            let item = try await rig.item()
            if isFound { rig.peers.state.withLock { $0.agentIsAttached = false } }
            rig.lose(item)
            try await rig.pause(Self.believed)
            let said = "point 1 is pinned by ana: before the upgrade"
            let facts = try await rig.whole().flatMap(\.facts).filter { $0.name == "target-loss" }
            #expect(facts.first?.value.contains(said) == true, "\(facts)")
            if isFound {
                let lost = try await rig.item()
                #expect(rig.core.show(lost).health.joined().contains(said) && lost.handPins == nil)
                rig.find(item)
                rig.peers.state.withLock { $0.agentIsAttached = true }
                try await rig.pause(.seconds(5))
            }
            let again = try await rig.item()
            #expect(again.phase == "PROTECTED_OUT" && again.handPins?.map(\.person) == (isFound ? ["ana"] : nil))
        }
    }

    @Test(arguments: [Leftovers.nothing, .disks])
    func `what was set aside is known as long as there is anything of it beside the disks`(_ left: Leftovers) throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.failOver(.out)
            try await rig.succeed(
                rig.core.operate(rig.request("cancel")) { _ in (.cancelFailover, cancelFailoverWorkflow(.out)) })
            let item = try await rig.item()
            let text = try #require(item.setAside?.text)
            rig.lose(item, leaving: left)
            try await rig.pause(Self.believed)
            let facts = try await rig.whole().flatMap(\.facts).filter { $0.name == "target-loss" }
            #expect(facts.first?.value.contains("\(text), lies over one of them") == true, "\(facts)")
            let again = try await rig.item()
            #expect(again.phase == "PROTECTED_OUT" && (again.setAside == nil) == (left == .nothing), "\(again)")
        }
    }

    @Test func `a member of a group gets its own, and the others go on`() throws {
        try withVault { rig in
            try await rig.protectShop()
            let (app, db) = (try await rig.item("app"), try await rig.item("db"))
            rig.lose(app)
            try await rig.pause(Self.believed)
            let again = try await rig.item("app")
            #expect(again.phase == "PROTECTED_OUT" && again.generation?.number == 2)
            #expect(try await rig.item("db").generation == db.generation)
            #expect(rig.peers.state.withLock { $0.relays[app.id]?.sorted() } == [app.id, db.id].sorted())
        }
    }
}

extension Rig {
    /// Components say something all the time.
    fileprivate func hearEverybody() async throws {
        try await hear("mt-cloud", .masterTarget, .cloud)
        try await hear("ps-home")
    }

    func lose(_ item: ItemRecord, at target: String = "mt-cloud", leaving left: Leftovers = .nothing) {
        peers.state.withLock { state in
            state.lostReplicas["\(target)/\(item.id)"] = left
            state.lockedReplicas.remove("\(target)/\(item.id)")
        }
    }

    func find(_ item: ItemRecord, at target: String = "mt-cloud") {
        peers.state.withLock { $0.lostReplicas["\(target)/\(item.id)"] = nil }
    }
}
