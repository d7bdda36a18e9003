import API
import Contract
import Messages
import Model
import RPC
import Workflow

/// Makes a failover final. After a failback the cloud machine goes, and its disks stay as the seed of the next
/// replication out (source statements S22, S30).
func commitWorkflow(_ direction: Direction) -> VaultWorkflow {
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
        item.failoverPin = nil
        if direction == .home { item.homeAlternate?.isSettled = true }
        if let mode = scene.output("certificate")?.facts["certificate"] { item.certificate?.mode = mode }
        item[direction.source].state = (direction == .home ? CopyState.atTarget : .fenced).rawValue
        item.seedAtCloud = direction == .home
        item.seedDoubtBlocks = scene.output("adopt-seed")?.numbers["doubt"]
        return StepOutput("COMMITTED_\(direction.rawValue.uppercased())")
    }
    let remove = direction == .home ? [stopCloudMachine(), deleteCloud(), seedDisks(), adoptSeed()] : []
    return VaultWorkflow(direction == .out ? "commit" : "commit-failback", version: 1, steps: begin + remove + [finish])
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

private func adoptSeed() -> VaultStep {
    calls("adopt-seed", "Keep them as the seed of the next replication", by: "cloud master target") { scene in
        let id = scene.item.cloudMasterTarget
        try await scene.assign(.masterTarget(id))
        let client = try scene.target(id)
        let key = try scene.key("seed")
        let generation = try scene.generation()
        let answer = try await asking("adopt the seed of item \(scene.item.id)", Patience.long) { options in
            try await client.adoptReplica(
                .with {
                    $0.key = key
                    $0.item = scene.item.id
                    $0.generation = generation
                    $0.disks = scene.item.disks.map(\.message)
                }, options)
        }
        let doubt = answer.disks.reduce(0) { $0 + $1.changedBlocks + $1.suspectBlocks }
        return try .done(StepOutput("\(answer.disks.count) disks kept", numbers: ["doubt": doubt]))
    }
}
