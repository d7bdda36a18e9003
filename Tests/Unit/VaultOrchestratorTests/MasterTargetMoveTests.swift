import Contract
import Messages
import Model
import Testing

@testable import VaultOrchestrator

/// A replica is given to another master target of its site, disks and all; older points stay behind.
@Suite struct MasterTargetMoveTests {
    @Test func `the disks change owner, the newest point stays, and only what changed is sent`() throws {
        try withVault { rig in
            try await rig.protectBesideSecond()
            let id = try await rig.item().id
            rig.peers.state.withLock { $0.points[id]?[0].cutUnixUs = 77 }
            let before = rig.peers.log.count
            try await rig.succeed(rig.core.moveMasterTarget(rig.moving()))
            let item = try await rig.item()
            #expect(item.phase == "PROTECTED_OUT" && item.claimJob == nil && item.targetLoss == nil)
            #expect(item.masterTarget == "mt-cloud-2" && item.cloudMasterTarget == "mt-cloud-2")
            #expect(item.generation?.number == 2 && item.generation?.masterTarget == "mt-cloud-2")
            let session = try #require(rig.peers.state.withLock { $0.opened["agent-web"] })
            #expect(!session.fullCopy && !session.compare)
            let log = rig.peers.log.dropFirst(before).map { $0 }
            let order = [
                "agent-web.Assign.2", "mt-cloud-2.Assign.2", "mt-cloud.Assign.2", "mt-cloud.ReleaseReplica",
                "platform.AttachDisks", "mt-cloud-2.AdoptReplica", "ps-home.OpenRelay", "agent-web.OpenSession",
            ]
            let places = order.compactMap { log.firstIndex(of: $0) }
            #expect(places.count == order.count && places == places.sorted(), "\(log)")
            #expect(rig.peers.owner() == "master-target/mt-cloud-2")
            #expect(rig.peers.state.withLock { $0.adoptedCuts["mt-cloud-2/\(id)"] } == 77)
            try await rig.pause(.seconds(5))
            #expect(rig.peers.log.contains("mt-cloud.ForgetReplica"))
            #expect(try await rig.item().owed == [])
            // And back: what it had of it is no replica any more.
            rig.retry += 1
            try await rig.succeed(rig.core.moveMasterTarget(rig.moving(to: "mt-cloud")))
            #expect(try await rig.item().masterTarget == "mt-cloud")
        }
    }

    @Test(arguments: ["ReleaseReplica", "AttachDisks", "AdoptReplica"])
    func `what fails before the point of no return gives everything back, points and all`(_ call: String) throws {
        try withVault { rig in
            try await rig.protectBesideSecond()
            rig.peers.trouble(call, .refuse)
            let job = try await rig.ended(rig.core.moveMasterTarget(rig.moving()))
            rig.peers.trouble(call, nil)
            #expect(job.state == .failedUnwound, "\(job)")
            let item = try await rig.item()
            #expect(item.phase == "PROTECTED_OUT" && item.claimJob == nil && item.owed == [])
            #expect(item.masterTarget == "mt-cloud" && item.cloudMasterTarget == "mt-cloud")
            #expect(item.generation?.number == 3 && item.generation?.masterTarget == "mt-cloud")
            #expect(rig.peers.owner() == "master-target/mt-cloud")
            let session = rig.peers.state.withLock { $0.opened["agent-web"] }
            #expect(session?.generation?.number == 3)
            if call != "ReleaseReplica" { #expect(rig.peers.log.contains("mt-cloud.ReclaimReplica.undo")) }
        }
    }

    @Test func `what is given up is said first, and needs a word`() throws {
        try withVault { rig in
            try await rig.protectBesideSecond()
            let id = try await rig.item().id
            rig.peers.state.withLock { state in
                state.points[id] = (1...4).reversed().map { number in
                    .with { $0.number = UInt64(number); $0.applied = true; $0.pins = number == 2 ? ["ana"] : [] }
                }
            }
            let request = rig.moving().changed { $0.confirmLoss = false }
            let failure = await #expect(throws: Failure.self) { _ = try await rig.core.moveMasterTarget(request) }
            let said = "3 older recovery points of web at mt-cloud are given up, 1 of them pinned; the newest, 4, stays"
            let message = failure?.message ?? ""
            #expect(failure?.code == .operationNotAllowed && message.contains(said), "\(message)")
            #expect(message.hasSuffix("Confirm the loss (confirm_loss, --confirm-loss)"))
            let looking = request.changed { $0.options?.validateOnly = true }
            let preview = try await rig.core.moveMasterTarget(looking).preview
            #expect(preview?.warnings.contains { $0.contains(said) } == true)
            #expect(preview?.steps.first { $0.pivot }?.id == "moved")
            #expect(try await rig.item().generation?.number == 1)
        }
    }

    @Test(arguments: [false, true])
    func `the newest point's pin moves with it, and who kept an older one is named first`(_ isOlder: Bool) throws {
        try withVault { rig in
            let id = try await rig.protectWithPoints()
            try await rig.hear("mt-cloud-2", .masterTarget, .cloud)
            for point in [5, 3] as [UInt64] {
                try await rig.succeed(rig.core.pinByHand(rig.pin("pin-\(point)", point)))
            }
            let failure = await #expect(throws: Failure.self) {
                _ = try await rig.core.moveMasterTarget(rig.moving().changed { $0.confirmLoss = false })
            }
            for word in [
                "1 of them pinned (point 3 is pinned by ana: before the upgrade)",
                "the newest, 5, stays, and its pin moves with it (point 5 is pinned by ana: before the upgrade)",
            ] { #expect(failure?.message.contains(word) == true, "\(failure?.message ?? "")") }
            // Sealed between the person's word and the move.
            if isOlder {
                rig.peers.state.withLock { $0.points[id]?.insert(.with { $0.number = 6; $0.applied = true }, at: 0) }
            }
            let job = try await rig.ended(rig.core.moveMasterTarget(rig.moving()))
            #expect(job.state == .succeeded && job.facts["pins.givenUp"]?.contains("point 3 is") == true)
            #expect(job.facts["pins.givenUp"]?.contains("point 5 is") == isOlder)
            #expect(rig.pins(id) == (isOlder ? [:] : [5: ["by-hand/5"]]))
            #expect(try await rig.item().handPins?.map(\.point) == (isOlder ? nil : [5]))
            let shown = try await rig.core.recoveryPoints(.with { $0.item = "web" }).handPins
            #expect(shown.map(\.person) == (isOlder ? [] : ["ana"]))
        }
    }

    @Test func `a pin that cannot be set at the new one gives all back, pins too`() throws {
        try withVault { rig in
            let id = try await rig.protectWithPoints()
            try await rig.hear("mt-cloud-2", .masterTarget, .cloud)
            for point in [5, 3] as [UInt64] {
                try await rig.succeed(rig.core.pinByHand(rig.pin("pin-\(point)", point)))
            }
            rig.peers.trouble("PinPoint", .refuse)
            #expect(try await rig.ended(rig.core.moveMasterTarget(rig.moving())).state == .failedUnwound)
            #expect(rig.pins(id) == [5: ["by-hand/5"], 3: ["by-hand/3"]])
            #expect(try await rig.item().handPins?.count == 2 && rig.peers.owner() == "master-target/mt-cloud")
        }
    }

    @Test func `from one that is not heard nothing is handed over: points go, what is left is compared`() throws {
        try withVault { rig in
            try await rig.protectBesideSecond()
            try await rig.succeed(rig.core.pinByHand(rig.pin("pin", 1)))
            rig.peers.state.withLock { $0.away = ["mt-cloud"] }
            try await rig.hear("mt-cloud", .masterTarget, .cloud, isSilent: true)
            let asked = rig.moving().changed { $0.confirmLoss = false }
            let failure = await #expect(throws: Failure.self) { _ = try await rig.core.moveMasterTarget(asked) }
            let said = "mt-cloud is not heard: every recovery point of web there is given up (point 1 is pinned by ana:"
            #expect(failure?.message.contains(said) == true)
            rig.peers.state.withLock { $0.pointsAreMade = false }
            try await rig.succeed(rig.core.moveMasterTarget(rig.moving()))
            let item = try await rig.item()
            #expect(item.phase == "SYNCHRONIZING_OUT" && item.claimJob == nil)
            #expect(item.masterTarget == "mt-cloud-2" && item.cloudMasterTarget == "mt-cloud-2")
            #expect(item.targetLoss?.masterTarget == "mt-cloud" && item.targetLoss?.compared == true)
            #expect(item.targetLoss?.cause.contains("given up by ana") == true)
            #expect(item.handPins == nil && item.targetLoss?.text.contains("point 1 is pinned by ana") == true)
            #expect(item.owed == ["clean-up: replica/mt-cloud"])
            let session = try #require(rig.peers.state.withLock { $0.opened["agent-web"] })
            #expect(session.compare && !session.fullCopy)
            rig.peers.state.withLock { state in
                state.points[item.id] = [
                    .with { $0.number = 9; $0.generation = session.generation; $0.applied = true }
                ]
            }
            try await rig.pause(.seconds(5))
            #expect(try await rig.item().phase == "PROTECTED_OUT")
            // It comes back with what it had, and forgets it.
            rig.peers.state.withLock { $0.away = [] }
            try await rig.hear("mt-cloud", .masterTarget, .cloud)
            try await rig.pause(.seconds(5))
            #expect(try await rig.item().owed == [])
            #expect(rig.peers.log.contains("mt-cloud.ForgetReplica"))
        }
    }

    @Test(arguments: ["CreateReplicaDisks", "AdoptReplica"])
    func `from one that is not heard a move that fails leaves the disks with it, for when it is back`(
        _ call: String
    ) throws {
        try withVault { rig in
            try await rig.protectBesideSecond()
            rig.peers.state.withLock { $0.away = ["mt-cloud"] }
            try await rig.hear("mt-cloud", .masterTarget, .cloud, isSilent: true)
            rig.peers.trouble(call, .refuse)
            let job = try await rig.ended(rig.core.moveMasterTarget(rig.moving()))
            rig.peers.trouble(call, nil)
            #expect(job.state == .failedUnwound, "\(job)")
            #expect(rig.peers.owner() == "master-target/mt-cloud")
            let item = try await rig.item()
            #expect(item.phase == "PROTECTED_OUT" && item.masterTarget == "mt-cloud" && item.targetLoss == nil)
            rig.peers.state.withLock { $0.away = [] }
            try await rig.hear("mt-cloud", .masterTarget, .cloud)
            try await rig.pause(.seconds(40))
            let back = try await rig.item()
            #expect(back.phase == "PROTECTED_OUT" && back.targetLoss == nil && back.owed == [])
            rig.retry += 1
            try await rig.failOver(.out)
        }
    }

    @Test func `disks that the new one still has open go back once it is heard and lets go`() throws {
        try withVault { rig in
            try await rig.protectBesideSecond()
            let job = try await rig.movingUnanswered()
            rig.peers.trouble("AdoptReplica", .refuse)
            try await rig.hear("mt-cloud-2", .masterTarget, .cloud, isSilent: true)
            try await rig.pause(.seconds(60))
            #expect(try await rig.core.vault.store.view(job.id()).message.endedUnixUs == 0)
            #expect(rig.peers.owner() == "master-target/mt-cloud-2")
            try await rig.hear("mt-cloud-2", .masterTarget, .cloud)
            #expect(try await rig.ended(job).state == .failedUnwound)
            #expect(rig.peers.owner() == "master-target/mt-cloud")
            #expect(try await rig.item().owed == [])
            #expect(rig.peers.log.filter { $0 == "mt-cloud-2.ForgetReplica.undo" }.count == 1)
        }
    }

    @Test func `a move that fails while both are away goes back, and the new one forgets when it is heard`() throws {
        try withVault { rig in
            try await rig.protectBesideSecond()
            let job = try await rig.movingUnanswered()
            rig.peers.state.withLock { $0.away = ["mt-cloud", "mt-cloud-2"] }
            try await rig.hear("mt-cloud-2", .masterTarget, .cloud, isSilent: true)
            let word = Statement(name: "ana", reason: "both are gone", at: rig.core.vault.now, checked: "")
            try await rig.core.runner.cancel(job.id(), by: word)
            #expect(try await rig.ended(job).state == .cancelled)
            #expect(rig.peers.owner() == "master-target/mt-cloud")
            #expect(try await rig.item().owed.contains("clean-up: replica/mt-cloud-2"))
            rig.peers.state.withLock { $0.away = [] }
            for id in ["mt-cloud", "mt-cloud-2"] { try await rig.hear(id, .masterTarget, .cloud) }
            try await rig.pause(.seconds(40))
            #expect(try await rig.item().owed == [])
            #expect(rig.peers.log.contains("mt-cloud-2.ForgetReplica"))
        }
    }

    @Test func `once something may be written to the disks a move from one that is not heard only goes on`() throws {
        try withVault { rig in
            try await rig.protectBesideSecond()
            rig.peers.state.withLock { $0.away = ["mt-cloud"] }
            try await rig.hear("mt-cloud", .masterTarget, .cloud, isSilent: true)
            rig.peers.trouble("OpenSession", .refuse)
            let job = try await rig.ended(rig.core.moveMasterTarget(rig.moving()))
            #expect(job.state == .stuck, "\(job)")
            rig.peers.trouble("OpenSession", nil)
            _ = try await JobsHandler(core: rig.core).resolveStuck(
                .with { ($0.name, $0.resolution, $0.person, $0.reason) = (job.name, "retry", "ana", "mended") },
                context)
            #expect(try await rig.ended(job).state == .succeeded)
            #expect(try await rig.item().targetLoss?.masterTarget == "mt-cloud")
        }
    }

    @Test func `what still synchronizes at a master target that holds it is not moved`() throws {
        try withVault { rig in
            rig.peers.state.withLock { $0.pointsAreMade = false }
            try await rig.hear("mt-cloud-2", .masterTarget, .cloud)
            _ = try await rig.core.enableMachine(
                .with { ($0.machine, $0.masterTarget, $0.options) = ("web", "mt-cloud", rig.options("enable")) })
            while try await rig.item().phase != "SYNCHRONIZING_OUT" { try await rig.pause(.milliseconds(100)) }
            let before = rig.peers.log.count
            let failure = await #expect(throws: Failure.self) { _ = try await rig.core.moveMasterTarget(rig.moving()) }
            let said = "mt-cloud holds the disks while web is SYNCHRONIZING_OUT; move it when it is protected"
            #expect(failure?.message.contains(said) == true)
            #expect(!rig.peers.log.dropFirst(before).contains { $0.contains("CreateReplicaDisks") })
        }
    }

    @Test func `home's own disks are not moved, and the refusal says why`() throws {
        try withVault { rig in
            try await rig.protectBesideSecond()
            try await rig.failOver(.out)
            try await rig.succeed(rig.core.operate(rig.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
            try await rig.reprotect(until: "PROTECTED_HOME")
            let failure = await #expect(throws: Failure.self) { _ = try await rig.core.moveMasterTarget(rig.moving()) }
            #expect(failure?.gates.map(\.code).contains(.operationAllowed) == true)
            let evidence = failure?.gates.first { $0.code == .operationAllowed }?.evidence.first?.observed ?? ""
            #expect(evidence.contains("its replica is on home's own disks, which are at mt-home"), "\(evidence)")
        }
    }

    @Test func `a group moves as a whole, a member alone does not, nor one with a drill`() throws {
        try withVault { rig in
            try await rig.hear("mt-cloud-2", .masterTarget, .cloud)
            for name in ["app", "db"] { try await rig.protectAt("mt-cloud", name, group: "shop") }
            let failure = await #expect(throws: Failure.self) {
                _ = try await rig.core.moveMasterTarget(rig.moving("app"))
            }
            #expect(failure?.gates.map(\.code) == [.notInGroup])
            rig.retry += 1
            try await rig.succeed(rig.core.moveMasterTarget(rig.moving("shop")))
            for name in ["app", "db"] {
                let item = try await rig.item(name)
                #expect(item.masterTarget == "mt-cloud-2" && item.phase == "PROTECTED_OUT")
                #expect(rig.peers.owner(of: name) == "master-target/mt-cloud-2")
            }
        }
    }

    @Test func `a group of which one has lost its replica is told what to do, and moves when that is there again`()
        throws
    {
        try withVault { rig in
            try await rig.hear("mt-cloud-2", .masterTarget, .cloud)
            for name in ["app", "db"] { try await rig.protectAt("mt-cloud", name, group: "shop") }
            let (app, db) = (try await rig.item("app"), try await rig.item("db"))
            // It can tell nobody whose its disks are, so that no new one is begun.
            rig.lose(app, leaving: .strangers)
            try await rig.pause(Reconcilers.replicaLook * 3)
            for target in ["mt-cloud", "mt-cloud-2"] { try await rig.hear(target, .masterTarget, .cloud) }
            let lost = try await rig.item("app")
            #expect(lost.targetLoss != nil)
            let failure = await #expect(throws: Failure.self) {
                _ = try await rig.core.moveMasterTarget(rig.moving("shop").changed { $0.confirmLoss = true })
            }
            let said = failure?.message ?? ""
            let words = ["lost the replica of app", "that of db", "homeward items show app", "homeward disable app"]
            for word in words + ["move the others"] {
                #expect(said.contains(word), "\(said)")
            }
            let after = (try await rig.item("app"), try await rig.item("db"))
            #expect(after.0.generation == lost.generation && after.0.claimJob == nil)
            #expect(after.1.generation == db.generation && after.1.masterTarget == "mt-cloud")
            // A person mends it.
            rig.find(app)
            try await rig.pause(.seconds(700))
            #expect(try await rig.item("app").phase == "PROTECTED_OUT")
            for target in ["mt-cloud", "mt-cloud-2"] { try await rig.hear(target, .masterTarget, .cloud) }
            rig.retry += 1
            try await rig.succeed(
                rig.core.moveMasterTarget(rig.moving("shop").changed { $0.confirmLoss = true }))
            for name in ["app", "db"] { #expect(try await rig.item(name).masterTarget == "mt-cloud-2") }
        }
    }

    @Test func `a drill's branch lies at its master target: it is cleaned up first`() throws {
        try withVault { rig in
            try await rig.protectBesideSecond()
            try await rig.succeed(rig.core.beginDrill(rig.drillRequest(.out)))
            let failure = await #expect(throws: Failure.self) { _ = try await rig.core.moveMasterTarget(rig.moving()) }
            #expect(failure?.gates.map(\.code) == [.noDrillLeft])
        }
    }
}

extension Rig {
    fileprivate func protectAt(_ target: String, _ machine: String, group: String = "") async throws {
        try await succeed(
            core.enableMachine(
                .with {
                    $0.machine = machine
                    $0.group = group
                    $0.masterTarget = target
                    $0.options = options("enable-\(machine)")
                }))
    }

    /// Protected at `mt-cloud`, with `mt-cloud-2` beside it.
    fileprivate func protectBesideSecond() async throws {
        try await hear("mt-cloud-2", .masterTarget, .cloud)
        try await protectAt("mt-cloud", "web")
    }

    /// A move from `mt-cloud`, which is away: `mt-cloud-2` has taken the disks, and its answer is lost.
    fileprivate func movingUnanswered() async throws -> VaultV1.Job {
        peers.state.withLock { $0.away = ["mt-cloud"] }
        try await hear("mt-cloud", .masterTarget, .cloud, isSilent: true)
        peers.trouble("AdoptReplica", .answerUnavailable)
        let job = try await core.moveMasterTarget(moving())
        while !peers.log.contains("mt-cloud-2.AdoptReplica") { try await pause(.milliseconds(20)) }
        return job
    }

    fileprivate func moving(_ name: String = "web", to target: String = "mt-cloud-2") -> VaultV1.ItemOperationRequest {
        request("move", name).changed { $0.masterTarget = target }
    }
}
