import API
import Contract
import Messages
import Model
import RPC
import Workflow

/// Begins a new replica where the old one is gone: at the master target that lost it, or, by a person's word that what
/// was there is given up, at another one.
///
/// Disks of which something is left stay as they are. Where they prove that they are the item's they are compared as a
/// whole, and only what differs is sent (lineage row 7); what is gone is made anew, blank, and copied (row 4); content
/// that proves nothing is not touched, and the item says what a person can do (row 5). A generation of its own fences
/// whatever the old replica's master target, or a process server's spool, may still hold.
///
/// It ends when the new replica has begun: the item is held by nobody while it synchronizes, and the reconciler that
/// sees it in sync makes it PROTECTED.
let renewReplicaWorkflow = renewal(elsewhere: false)

/// At another master target the disks change owner, and the one before may yet come back with its points: until
/// something may be written to them all goes back to it.
let renewReplicaElsewhereWorkflow = renewal(elsewhere: true)

private func renewal(elsewhere: Bool) -> VaultWorkflow {
    let begin = [
        claimStep(), goOnWithout(), keepDisks(elsewhere: elsewhere),
        mintStep("Mint the generation of the new replica") { item, scene in
            let direction = try item.replicates(for: "begin a new replica")
            item.targetLoss?.attemptUs = scene.vault.now.value
            item.masterTarget = scene.parameters.masterTarget
            return try replicating(item, direction)
        },
        assignMoved(), adoptLeft(),
    ]
    let givenUp = change("given-up", .decide, "Give up what the master target before has of it") { _, scene in
        StepOutput("what \(try scene.formerMasterTarget()) has is given up")
    }.with { $0.isPivot = true }
    let replicate = [
        beginOverwrite(
            "Allow what is left to be overwritten; it is no point", by: "master target", point: leftoversPoint
        ) { $0.output("adopt")?.numbers["blank"] == 1 ? "the disks are blank" : nil },
        calls("open-relay", "Open the relay to the master target", by: "process server") { scene in
            try await scene.openRelay()
            return try .done(StepOutput("relay at \(scene.item.processServer)"))
        },
        calls("open-session", "Open the replication session", by: "agent") { scene in
            let isBlank = scene.output("adopt")?.numbers["blank"] == 1
            try await scene.openSession(scene.replicationSource(), fullCopy: isBlank, compare: !isBlank)
            return try .done(
                StepOutput(
                    isBlank ? "full copy" : "all is compared", facts: ["session": isBlank ? "full" : "compare"]))
        },
    ]
    let finish = finishStep("The item synchronizes", finishRenewal).with { $0.isPivot = !elsewhere }
    return VaultWorkflow(
        elsewhere ? "renew-replica-elsewhere" : "renew-replica", version: 1,
        steps: begin + (elsewhere ? [givenUp] : []) + replicate + [finish])
}

@Sendable private func finishRenewal(_ item: inout ItemRecord, _ scene: Scene) throws -> StepOutput {
    let direction = try item.replicates(for: "begin a new replica")
    let former = try scene.formerMasterTarget()
    var loss =
        item.targetLoss ?? StoredTargetLoss(former, scene.parameters.cause ?? "", [], at: scene.vault.now)
    loss.attemptUs = scene.vault.now.value
    loss.job = scene.run.job.text
    loss.blocks = item.blocks
    loss.compared = scene.output("adopt")?.numbers["blank"] != 1
    (loss.blocker, loss.stalled) = ("", nil)
    try item.lose(loss)
    item.setAside?.masterTarget = item.masterTarget
    if scene.output("adopt")?.numbers["setAside"] == 0 { item.setAside = nil }
    item.oweForgetting(former)
    if direction == .out { item.cloudMasterTarget = item.masterTarget }
    return StepOutput(item.phase, facts: ["master-target": item.masterTarget])
}

/// Nothing forward. On the way back, last: everybody goes on under the roles that there were, as far as they can; a
/// master target that is away is told when it is heard.
private func goOnWithout() -> VaultStep {
    let undo = undoing("go on as it was") { scene in
        let site = try scene.replicationSource()
        _ = try await scene.assignIfHeard(
            [.masterTarget(scene.item.masterTarget)] + scene.otherMasterTarget.map { .masterTarget($0) }
                + [.platform(site.other)])
        try await scene.orOwe(.resumeSource) {
            try await scene.renewActive(site)
            try await scene.assign(.processServer(scene.item.processServer))
            try await scene.openRelay()
            try await scene.openSession(site)
        }
    }
    return VaultStep("go-back", .decide, "Remember what there is when this is given up", undo: undo) { vault, run in
        try .done(StepOutput("replica of \(try await Scene(vault, run).formerMasterTarget())"))
    }
}

/// Where they stay there is no undo: what was made is blank, and what was moved is found by the next attempt. Another
/// master target's go back to the one before, which may have its records of them yet; what was made goes.
private func keepDisks(elsewhere: Bool) -> VaultStep {
    let undo = undoing("give the disks back to the master target before") { scene in
        // One that could not be told to let go of them may still have them open, and the platform moves none of those.
        try await scene.payLettingGo()
        let (former, key) = (try scene.formerMasterTarget(), try scene.key("replica-disks"))
        _ = try await asking("give the disks of item \(scene.item.id) back to \(former)") {
            try await scene.keepDisks(for: former, key, $0)
        }
    }
    return effect(
        "keep-disks", "Keep what is left of the replica's disks; make what is gone", by: "platform",
        target: { _ in "replica-disks" }, at: { try $0.vault.directory.platform($0.replicationSource().other) },
        undo: elsewhere ? undo : nil,
        output: { (_, answer: PlatformV1.AttachDisksResponse) in StepOutput("\(answer.disks.count) disks") },
        unless: { scene in
            let direction = try scene.item.replicates(for: "begin a new replica")
            return scene.item.replicatesOntoItsOwnDisks(direction) ? "they are home's own" : nil
        }
    ) { scene, key, options in try await scene.keepDisks(for: scene.parameters.masterTarget, key, options) }
}

/// The active copy first (rule G4). Of the master target before only the fence is wanted, if it is there.
func assignMoved() -> VaultStep {
    calls("assign", "Give everybody the new generation", by: "agent, master targets, process server, platforms") {
        scene in
        let site = try scene.replicationSource()
        try await scene.renewActive(site)
        try await scene.assign([
            .masterTarget(scene.item.masterTarget), .processServer(scene.item.processServer),
        ])
        let former = try scene.formerMasterTarget()
        let away = try await scene.assignIfHeard(
            (former == scene.item.masterTarget ? [] : [.masterTarget(former)]) + [.platform(site.other)])
        return try .done(StepOutput(away.isEmpty ? "all answered" : "away: \(away.joined(separator: ", "))"))
    }
}

private func adoptLeft() -> VaultStep {
    // Half adopted it would take nothing, and count as there.
    let undo = undoing("let the master target forget the new replica") { scene in
        let target = scene.parameters.masterTarget
        // The item goes on at its own: nobody would pay a debt to forget what is there.
        guard try target != scene.formerMasterTarget() else {
            _ = try await scene.letGo()
            return
        }
        try await scene.orOwe(.replica(target)) {
            guard try await scene.letGo() else {
                throw Failure(.unavailable, "forget the replica of item \(scene.item.id): \(target) is away")
            }
        }
    }
    return calls("adopt", "Take the disks as a new replica", by: "master target", undo: undo) { scene in
        let client = try scene.target(scene.parameters.masterTarget)
        let (key, generation) = (try scene.key("replica"), try scene.generation())
        do {
            let answer = try await asking("adopt the disks of item \(scene.item.id) anew", Patience.long) {
                try await client.adoptReplica(
                    .with {
                        $0.key = key
                        $0.item = scene.item.id
                        $0.generation = generation
                        $0.disks = scene.item.disks.map(\.message)
                        $0.anew = true
                    }, $0)
            }
            let isBlank = answer.replica?.state == .initializing
            // Beside disks that are left, what was set aside is left, too.
            let setAside = try await scene.setAside()
            return try .done(
                StepOutput(
                    isBlank ? "blank disks" : "what is left is compared", facts: AdoptedLineage.facts(answer.disks),
                    numbers: setAside.merging(["blank": isBlank ? 1 : 0]) { $1 }))
        } catch let failure as Failure where failure.disposition == .permanent {
            try await scene.block(failure)
            throw failure
        }
    }
}

extension Scene {
    /// The master target before this job.
    func formerMasterTarget() throws(Failure) -> String {
        guard let former = parameters.before?.masterTarget else {
            throw Failure(.internalError, "step \(run.step): the master target before is not in the job's parameters")
        }
        return former
    }

    fileprivate func keepDisks(
        for target: String, _ key: CommonV1.OperationKey, _ options: CallOptions
    ) async throws -> PlatformV1.AttachDisksResponse {
        try await platform(replicationSource().other).createReplicaDisks(
            .with {
                $0.key = key
                $0.item = item.id
                $0.masterTarget = target
                $0.disks = item.disks.map(\.message)
                $0.keep = true
            }, options)
    }

    /// The master target that the job goes to forgets what it began. False: it is away.
    fileprivate func letGo() async throws -> Bool {
        guard try await assignIfHeard([.masterTarget(parameters.masterTarget)]).isEmpty else { return false }
        try await forgetReplica(parameters.masterTarget)
        return true
    }

    /// Where it was owed, and it is heard again.
    fileprivate func payLettingGo() async throws {
        let debt = Remnant.replica(parameters.masterTarget).debt
        guard item.owed.contains(debt), try await letGo() else { return }
        try await vault.store.update(run.item, "let-go") { record in
            record.owed.removeAll { $0 == debt }
            return true
        }
    }

    /// The one that the job goes to, where it is not the item's now.
    fileprivate var otherMasterTarget: [String] {
        parameters.masterTarget == item.masterTarget ? [] : [parameters.masterTarget]
    }

    /// What is there is not proven to be the item's, or home's own disks are gone: only a person may give that up.
    fileprivate func block(_ failure: Failure) async throws {
        let name = item.displayName
        let direction = try item.replicates(for: "begin a new replica")
        let remedy = direction == .home
            ? "Home's own disks are replaced by nobody but you: homeward cancel-reprotect \(name), then homeward "
                + "reprotect \(name) --alternate for new ones and a full copy"
            : "To give up what is there and copy everything: homeward disable \(name), then homeward protect "
                + "\(item.home.machine)"
        try await vault.store.update(run.item, "target-blocked") { record in
            record.targetLoss?.blocker = "\(failure.said(without: "the disks of item ")). \(remedy)"
            return record.targetLoss != nil
        }
    }
}

extension ItemRecord {
    /// The records of a replica that lies elsewhere now, at a master target that may be away.
    mutating func oweForgetting(_ former: String) {
        let (debt, own) = (Remnant.replica(former).debt, Remnant.replica(masterTarget).debt)
        owed.removeAll { $0 == debt || $0 == own }
        if debt != own { owed.append(debt) }
    }
}
