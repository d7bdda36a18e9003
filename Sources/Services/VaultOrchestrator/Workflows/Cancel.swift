import API
import Contract
import Messages
import Model
import RPC
import Workflow

/// Back to the old side before commit: the new copy is stopped for good, the old source goes on from where it was, and
/// the disks return to the master target, where the new copy's writes are set aside.
///
/// What the master target does with the disks has no way back, so it comes after the point of no return; and after the
/// old source runs, which needs nothing of it: however long it takes, the machine does not wait.
func cancelFailoverWorkflow(_ direction: Direction) -> VaultWorkflow {
    let source = direction.source
    let target = direction.target
    let begin = [
        claimStep(), sourceExists(source), giveBackNew(target, source),
        mintStep("Mint the generation under which the \(source.rawValue) copy is active again") { item, _ in
            GenerationRoles(
                activeSite: source, replication: direction, processServer: try ProcessServerID(item.processServer),
                masterTarget: try MasterTargetID(item.masterTarget))
        },
        stopNew(target, mayBeGone: true), assignHolders(target, source), attachBack(target),
        change("granted", .decide, "Give the machine back to the \(source.rawValue) copy") { _, _ in
            StepOutput("granted")
        }.with { $0.isPivot = true },
        startOld(source), bootConfirmed(source, after: "start-source", overlay: false), reclaimStep(),
    ]
    let remove = direction == .out ? [removeMachine()] : []
    let end = [
        openRelayStep(), resumeSession(source), unpinFailover(),
        finishStep("The item is protected again") { item, scene in
            item.phase = Phase.protected(direction).name
            item[source].state = CopyState.running.rawValue
            item[target].state = CopyState.atTarget.rawValue
            item.oldSource = nil
            item.certificate = nil
            item.keepSetAside(scene)
            item.failoverPoint = 0
            item.failoverPin = nil
            item.unprotectedSinceUs = 0
            item.health = ["replication begins again"]
            return StepOutput(item.phase)
        },
        measuredStep(), healthyStep(),
    ]
    return VaultWorkflow("cancel-failover-\(direction.rawValue)", version: 1, steps: begin + remove + end)
}

/// Another point for a failover that is not committed; writes since boot stay as a pinned branch.
func changePointWorkflow(_ direction: Direction) -> VaultWorkflow {
    let target = direction.target
    return VaultWorkflow(
        "change-point-\(direction.rawValue)", version: 1,
        steps: [
            claimStep(), pinStep("Pin the new point", number: { $0.parameters.point }), giveBackNew(target, target),
            mintStep("Mint a generation for the same side") { item, scene in
                GenerationRoles(
                    activeSite: target, replication: nil, processServer: try ProcessServerID(item.processServer),
                    masterTarget: try MasterTargetID(item.masterTarget))
            },
            stopNew(target), assignHolders(target, target),
            change("set-aside", .decide, "Set the writes since boot aside") { _, _ in StepOutput("granted") }
                .with { $0.isPivot = true },
            attachBack(target), reclaimStep(), choosePoint(), moveToPoint(), release(), attachToMachine(target),
            grant(target), powerOn(target), bootConfirmed(target), unpinFailover(),
            finishStep("The item waits for commit at the new point") { item, scene in
                item.keepSetAside(scene)
                item.failoverPoint = scene.output("choose")?.numbers["point"] ?? item.failoverPoint
                item.failoverPin = scene.run.job.text
                item.certificate = nil
                return StepOutput("point \(item.failoverPoint)")
            },
        ])
}

private func sourceExists(_ source: Site) -> VaultStep {
    VaultStep("source-exists", .gate, "See that the old source exists", by: "vault") { vault, run in
        let scene = try await Scene(vault, run)
        do {
            let machine = try await scene.machine(source)
            return try .done(StepOutput("machine \(machine.id) is \(machine.power.word)"))
        } catch let failure as Failure where failure.code == .notFound {
            throw Failure(
                .gatesFailed, "go back to \(scene.item[source].machine)", on: [.item(run.item)],
                gates: [
                    Gate(
                        .sourceConfirmedOff, .fail,
                        evidence: [Evidence("the machine is gone", source: "platform", at: vault.now)])
                ])
        }
    }
}

/// Nothing forward; on the way back, last, everybody learns the old roles again.
private func giveBackNew(_ active: Site, _ other: Site) -> VaultStep {
    let undo = undoing("give the old roles back everywhere") { scene in
        try await scene.assign(Set([Holder.platform(active), .platform(other)]).sorted { $0.target < $1.target })
        try await scene.assign(.masterTarget(scene.item.masterTarget))
        _ = try await scene.assignIfReachable([.processServer(scene.item.processServer)])
    }
    return VaultStep("give-back", .decide, "Remember whose roles come back when this is given up", undo: undo) { _, _ in
        try .done(StepOutput("generation before is known"))
    }
}

/// - mayBeGone: whether a machine that somebody deleted will do. Its disks lie where it was.
private func stopNew(_ target: Site, mayBeGone: Bool = false) -> VaultStep {
    let undo = undoing("grant and start the new copy again") { scene in
        try await scene.assign(.platform(target))
        do {
            try await scene.placeGrant(target, overlay: true)
            _ = try await scene.powerOn(target, overlay: true)
        } catch let failure as Failure where failure.code == .notFound {
            scene.vault.log.notice("there is no machine to start again", metadata: ["item": "\(scene.item.id)"])
        }
    }
    return calls("stop-new", "Stop the new copy and its agent", by: "\(target.rawValue) platform", undo: undo) {
        scene in
        do { return try .done(await scene.stopNew(target)) } catch let failure as Failure
            where failure.code == .notFound && mayBeGone
        {
            return try .done(StepOutput("machine \(scene.item[target].machine) is gone"))
        }
    }
}

extension Scene {
    fileprivate func stopNew(_ target: Site) async throws -> StepOutput {
        let old = try oldGeneration().message
        let machine = try await powerOff(target, keepAgent: false, under: old)
        // No answer is never off; and draining is not off either: the agent holds the disks.
        guard machine.power == .off else { throw Failure(.busy, "stop the new copy: it is \(machine.power.word)") }
        let seen = try await withoutGrant(target, upTo: old)
        guard seen.power == .off else { throw Failure(.busy, "stop the new copy: it is \(seen.power.word) again") }
        return StepOutput("seen off")
    }
}

private func assignHolders(_ target: Site, _ source: Site) -> VaultStep {
    calls("assign", "Give everybody the new generation", by: "platforms, master target, process server") { scene in
        try await scene.assign(Set([Holder.platform(target), .platform(source)]).sorted { $0.target < $1.target })
        try await scene.assign(.masterTarget(scene.item.masterTarget))
        // The side that takes no part learns it now or when it is next spoken to.
        let away = try await scene.assignIfReachable([
            .processServer(scene.item.processServer), .platform(target.other), .platform(source.other),
        ])
        return try .done(StepOutput(away.isEmpty ? "all answered" : "away: \(away.joined(separator: ", "))"))
    }
}

private func attachBack(_ target: Site) -> VaultStep {
    let undo = undoing("attach the disks to the new copy again") { scene in
        try await scene.assign(.platform(target))
        _ = try await scene.attach(target, to: "machine/\(scene.item[target].machine)")
    }
    return calls(
        "attach-back", "Attach the disks to the master target", by: "\(target.rawValue) platform", undo: undo
    ) { scene in
        let answer = try await scene.attach(target, to: "master-target/\(scene.item.masterTarget)")
        return try .done(StepOutput("\(answer.disks.count) disks"))
    }
}

/// Nobody takes this back: the new copy could not go on from it.
private func reclaimStep() -> VaultStep {
    calls("reclaim", "Take the disks back; the overlay stays aside, the move is redone", by: "master target") { scene in
        try await scene.reclaim()
        return try .done(StepOutput("reclaimed", numbers: try await scene.setAside()))
    }
}

private func startOld(_ source: Site) -> VaultStep {
    calls("start-source", "Grant and start the old source", by: "\(source.rawValue) platform") { scene in
        try await scene.placeGrant(source, overlay: false)
        do { try await scene.assignAgent(source) } catch let failure as Failure where failure.code == .unavailable {
            // An agent that does not run learns the generation from its grant.
            guard try await scene.machine(source).power == .off else { throw failure }
        }
        return try .done(await scene.poweredOn(source, overlay: false))
    }.with(boundedStart)
}

private func removeMachine() -> VaultStep {
    calls("remove-machine", "Remove the cloud machine that was made for the failover", by: "cloud platform") { scene in
        try await scene.deleteCloudMachine()
        return try .done(StepOutput("machine \(scene.item.cloud.machine) is removed"))
    }
}

private func resumeSession(_ source: Site) -> VaultStep {
    calls("open-session", "Resume replication by lineage", by: "\(source.rawValue) agent") { scene in
        try await scene.openSession(source)
        return try .done(StepOutput("resumed"))
    }
}
