import API
import Contract
import Messages
import Model
import RPC
import Workflow

/// Makes a failover final. After a failback the cloud machine goes, and its disks stay as the seed of the next
/// replication out (source statements S22, S30).
///
/// - keepingSeed: after a failback; otherwise the disks go with the machine, as the item's policy says.
func commitWorkflow(_ direction: Direction, keepingSeed: Bool = true) -> VaultWorkflow {
    let keepsSeed = direction == .home && keepingSeed
    let target = direction.target
    let seen = [
        claimStep(),
        calls("active", "See that the new copy runs", by: "\(target.rawValue) platform") { scene in
            try await scene.booted(target)
        },
    ]
    let begin = seen + (direction == .home ? [collectCertificate()] : []) + [
        change("committed", .decide, "Commit") { _, _ in StepOutput("committed") }.with { $0.isPivot = true },
        commitReplica(), merge(target),
    ]
    let finish = finishStep("The item is committed") { item, scene in
        item.phase = Phase.committed(direction).name
        item.oldSource = nil
        (item.failoverPin, item.handPins, item.setAside) = (nil, nil, nil)
        if direction == .home { item.homeAlternate?.isSettled = true }
        if let mode = scene.output("certificate")?.facts["certificate"] { item.certificate?.mode = mode }
        item[direction.source].state = (direction == .home ? CopyState.atTarget : .fenced).rawValue
        (item.seedAtCloud, item.isSeedSought) = (keepsSeed, nil)
        item.seedDroppedBy = direction == .home && !keepsSeed ? scene.parameters.cause : nil
        item.seedDoubtBlocks = scene.output("adopt-seed")?.numbers["doubt"]
        return StepOutput("COMMITTED_\(direction.rawValue.uppercased())")
    }
    let disks = keepsSeed ? [seedDisks(), adoptSeed()] : [deleteDisks()]
    let remove = direction == .home ? [stopCloudMachine(), deleteCloud()] + disks : []
    let name = direction == .out ? "commit" : keepsSeed ? "commit-failback" : "commit-failback-without-seed"
    return VaultWorkflow(name, version: 1, steps: begin + remove + [finish])
}

extension VaultCore {
    func commit(_ message: VaultV1.ItemOperationRequest) async throws -> VaultV1.Job {
        let request = try Request(message, message.options)
        if let job = try await known(request) { return job }
        return try await run(request, commitDraft(message))
    }

    /// Of a commit: what becomes of the cloud's disks is decided when it is asked for.
    func commitDraft(_ message: VaultV1.ItemOperationRequest) async throws -> Draft {
        var draft = try await operationDraft(message) { [policies = vault.policies] item throws(Failure) in
            let direction = try item.phaseValue()?.direction ?? .out
            return (.commit, commitWorkflow(direction, keepingSeed: policies.dropsSeed(of: item) == nil))
        }
        if case .home? = try draft.scope.first.phaseValue()?.direction,
            let policy = vault.policies.dropsSeed(of: draft.scope.first)
        {
            draft.parameters.cause = policy
            draft.warnings.append(
                "Policy \(policy) keeps no seed: the cloud machine's disks are deleted with it, and the next "
                    + "replication out is a full copy")
        }
        return draft
    }
}

private func commitReplica() -> VaultStep {
    effect(
        "commit-replica", "Drop redo and the other points", by: "master target", patience: Patience.long,
        target: { _ in "replica" }, at: { try $0.vault.directory.channel(of: $0.item.masterTarget) },
        output: { (_, replica: TargetV1.Replica) in
            StepOutput("pruned", facts: ["retention.bytes": "\(replica.retentionBytes)"])
        }
    ) { scene, key, options in
        let generation = try scene.generation()
        // A reconciliation does not wait for one that takes no part (`VaultContext.reassign`).
        try await scene.assign(.masterTarget(scene.item.masterTarget))
        return try await scene.target(scene.item.masterTarget).commitReplica(
            .with {
                $0.key = key
                $0.item = scene.item.id
                $0.generation = generation
            }, options)
    }
}

private func merge(_ site: Site) -> VaultStep {
    calls("merge", "Merge the overlay into the disks", by: "\(site.rawValue) agent") { scene in
        try await scene.mergeOverlay(site)
    }.with { $0.retry = patientRetry }
}

private func stopCloudMachine() -> VaultStep {
    calls("stop-cloud", "Turn the cloud machine off, its agent too", by: "cloud platform") { scene in
        do {
            let seen = try await scene.machine(.cloud)
            if seen.power != .off { try await scene.settle(.cloud, seen) }
            // Also one that is off: its platform is to know that it stays so. Who comes here again asks no more than
            // that, under the same key.
            try await scene.settle(.cloud, scene.machine(.cloud))
            let machine = try await scene.machine(.cloud)
            guard machine.power == .off else {
                throw Failure(.busy, "turn the cloud machine off: it is \(machine.power.word)")
            }
            let facts = ["cloud.power": "off", "cloud.powerChangedUnixUs": "\(machine.powerChangedUnixUs)"]
            return try .done(StepOutput("seen off", facts: facts))
        } catch let failure as Failure where failure.code == .notFound {
            // Somebody deleted it; its disks lie where it was.
            return try .done(StepOutput("machine \(scene.item.cloud.machine) is gone", facts: ["cloud.power": "gone"]))
        }
    }
}

private func deleteCloud() -> VaultStep {
    calls("delete-machine", "Remove the cloud machine", by: "cloud platform") { scene in
        try await scene.deleteCloudMachine()
        return try .done(
            StepOutput(
                "machine \(scene.item.cloud.machine) is removed", facts: ["cloud.removed": scene.item.cloud.machine]))
    }
}

private func seedDisks() -> VaultStep {
    calls("keep-seed", "Attach its disks to the cloud's master target", by: "cloud platform") { scene in
        let answer = try await scene.attach(.cloud, to: "master-target/\(scene.item.cloudMasterTarget)")
        return try .done(StepOutput("\(answer.disks.count) disks"))
    }
}

/// In place of a seed: whoever holds the disks gives them to the master target, which lets go of them for good.
private func deleteDisks() -> VaultStep {
    calls("delete-disks", "Delete its disks; the policy keeps no seed", by: "cloud platform, master target") { scene in
        let id = scene.item.cloudMasterTarget
        let machine = scene.item.cloud.machine
        do { _ = try await scene.attach(.cloud, to: "master-target/\(id)") } catch let failure as Failure
            where failure.code == .notFound
        {
            // An attempt before this one deleted them.
        }
        try await scene.assign(.masterTarget(id))
        try await scene.forgetReplica(id)
        let client = try scene.platform(.cloud)
        let key = try scene.key("replica-disks")
        let item = scene.item.id
        _ = try await asking("delete the disks of machine \(machine)") {
            try await client.deleteReplicaDisks(
                .with {
                    $0.key = key
                    $0.item = item
                    $0.masterTarget = id
                }, $0)
        }
        return try .done(StepOutput("\(scene.item.disks.count) disks are deleted", facts: ["cloud.disks": "deleted"]))
    }
}

private func adoptSeed() -> VaultStep {
    calls("adopt-seed", "Keep them as the seed of the next replication", by: "cloud master target") { scene in
        let doubt = try await scene.adoptSeed(at: scene.item.cloudMasterTarget)
        return try .done(StepOutput("\(scene.item.disks.count) disks kept", numbers: ["doubt": doubt]))
    }
}

extension Scene {
    /// - Returns: how many of its blocks are in doubt.
    func adoptSeed(at id: String) async throws -> UInt64 {
        try await assign(.masterTarget(id))
        let client = try target(id)
        let (key, generation) = (try key("seed"), try generation())
        let answer = try await asking("adopt the seed of item \(item.id)", Patience.long) { options in
            try await client.adoptReplica(
                .with {
                    $0.key = key
                    $0.item = item.id
                    $0.generation = generation
                    $0.disks = item.disks.map(\.message)
                }, options)
        }
        return answer.disks.reduce(0) { $0 + $1.changedBlocks + $1.suspectBlocks }
    }
}
