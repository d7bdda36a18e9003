import API
import Contract
import Messages
import Model
import RPC
import Workflow

/// Gives an item's replica, or those of all members of a group, to another master target of its site.
///
/// Nothing is copied: the master target before applies what it has sealed and lets go of the disks with their lineage,
/// the site gives them to the new one by a rename each, and that one takes them at the point that they stand at, which
/// stays usable throughout. Under a generation of its own the agent sends what changed since. Undo and index of the
/// older points are the former's and stay with it, so those points are given up, by a person's word, at the point of no
/// return; until then nothing was written to the disks and all goes back to it, points and all.
let moveMasterTargetWorkflow = VaultWorkflow(
    "move-master-target", version: 1,
    steps: [
        claimStep(), goBackToFormer(),
        mintStep("Mint the generation of the other master target") { item, scene in
            let direction = try item.replicates(for: "move the master target")
            item.masterTarget = scene.parameters.masterTarget
            return try replicating(item, direction)
        },
        assignMoved(), takeDown(), releaseFormer(), attachMoved(), adoptMoved(), pinMoved(),
        change("moved", .decide, "Give up the older points of the master target before") { item, scene in
            item.cloudMasterTarget = item.masterTarget
            item.setAside?.masterTarget = item.masterTarget
            try item.oweForgetting(scene.formerMasterTarget())
            let gone = item.letGo(pinsOtherThanOf: scene.pinnedByHand)
            let move = "\(try scene.formerMasterTarget()) -> \(item.masterTarget)"
            guard !gone.isEmpty else { return StepOutput(move) }
            return StepOutput("\(move), without \(gone)", facts: ["pins.givenUp": gone])
        }.with { $0.isPivot = true },
        calls("open-relay", "Open the relay to the new master target", by: "process server") { scene in
            try await scene.openRelay()
            return try .done(StepOutput("relay at \(scene.item.processServer)"))
        },
        calls("open-session", "Go on with what changed", by: "agent") { scene in
            try await scene.openSession(scene.replicationSource())
            return try .done(StepOutput("only what changed is sent", facts: ["session": "delta"]))
        },
        finishStep("The item replicates to the new master target") { item, scene in
            item.health = ["replication begins again"]
            return StepOutput(
                "\(try scene.formerMasterTarget()) -> \(item.masterTarget)",
                facts: ["master-target": item.masterTarget])
        },
        healthyStep(), measuredStep(),
    ])

/// Nothing forward. On the way back, last: the master target before, which has its disks again, goes on.
private func goBackToFormer() -> VaultStep {
    let undo = undoing("let the master target before go on") { scene in
        let site = try scene.replicationSource()
        try await scene.assign(.masterTarget(scene.item.masterTarget))
        _ = try await scene.assignIfHeard([.masterTarget(scene.parameters.masterTarget), .platform(site.other)])
        try await scene.orOwe(.resumeSource) {
            try await scene.renewActive(site)
            try await scene.assign(.processServer(scene.item.processServer))
            try await scene.openRelay()
            try await scene.openSession(site)
        }
    }
    return VaultStep("go-back", .decide, "Remember who has the replica when this is given up", undo: undo) {
        vault, run in
        try .done(StepOutput("replica of \(try await Scene(vault, run).formerMasterTarget())"))
    }
}

/// When the point was cut that the disks will stand at: the new master target learns it from nobody else.
private func takeDown() -> VaultStep {
    calls("take-down", "Take down which points there are", by: "master target") { scene in
        let former = try scene.formerMasterTarget()
        let client = try scene.target(former)
        let points = try await asking("list the points of item \(scene.item.id)", Patience.read) {
            try await client.listPoints(.with { $0.item = scene.item.id; $0.pageSize = Page.largest }, $0)
        }.points.ofReplication
        let newest = points.newest
        return try .done(
            StepOutput(
                "\(points.count) points of \(former), the newest is \(newest?.number ?? 0)",
                numbers: [
                    "newest": newest?.number ?? 0, "cut": UInt64(clamping: newest?.cutUnixUs ?? 0),
                    "pinned": newest.map { $0.isPinnedByHand ? $0.number : 0 } ?? 0,
                ]))
    }
}

private func releaseFormer() -> VaultStep {
    let undo = undoing("give the disks back to the master target before") { scene in
        try await scene.assign(.masterTarget(scene.item.masterTarget))
        try await scene.reclaim()
    }
    return effect(
        "release", "Release the disks with their lineage", by: "master target before", target: { _ in "replica" },
        at: { try $0.vault.directory.channel(of: $0.formerMasterTarget()) }, undo: undo,
        output: { (_, replica: TargetV1.Replica) in
            StepOutput("released at point \(replica.position)", numbers: ["position": replica.position])
        }
    ) { scene, key, options in
        let generation = try scene.generation()
        return try await scene.target(scene.formerMasterTarget()).releaseReplica(
            .with {
                $0.key = key
                $0.item = scene.item.id
                $0.generation = generation
            }, options)
    }
}

private func attachMoved() -> VaultStep {
    let undo = undoing("attach the disks to the master target before again") { scene in
        let site = try scene.replicationSource().other
        try await scene.assign(.platform(site))
        _ = try await scene.attach(site, to: "master-target/\(scene.item.masterTarget)")
    }
    return calls("attach", "Attach the disks to the new master target", by: "platform", undo: undo) { scene in
        let site = try scene.replicationSource().other
        try await scene.assign(.platform(site))
        let answer = try await scene.attach(site, to: "master-target/\(scene.parameters.masterTarget)")
        return try .done(StepOutput("\(answer.disks.count) disks"))
    }
}

private func adoptMoved() -> VaultStep {
    let undo = undoing("let the new master target forget the replica") { scene in
        try await scene.assign(.masterTarget(scene.parameters.masterTarget))
        try await scene.forgetReplica(scene.parameters.masterTarget)
    }
    return calls("adopt", "Take the disks at the point that they stand at", by: "new master target", undo: undo) {
        scene in
        let client = try scene.target(scene.parameters.masterTarget)
        let (key, generation) = (try scene.key("moved-replica"), try scene.generation())
        let released = scene.output("release")?.numbers["position"] ?? 0
        let known = scene.output("take-down")?.numbers ?? [:]
        // It may have had the item before, and been away when it was to forget that.
        try await scene.forgetReplica(scene.parameters.masterTarget)
        let answer = try await asking("adopt the replica of item \(scene.item.id)", Patience.long) { options in
            try await client.adoptReplica(
                .with {
                    $0.key = key
                    $0.item = scene.item.id
                    $0.generation = generation
                    $0.disks = scene.item.disks.map(\.message)
                    $0.cutUnixUs = Int64(clamping: known["cut"] ?? 0)
                }, options)
        }
        guard answer.replica?.position == released else {
            throw Failure(
                .lineageRefused, "adopt the replica of item \(scene.item.id): it was released at point \(released), "
                    + "and is at \(answer.replica?.position ?? 0)")
        }
        return try .done(StepOutput("at point \(released)", facts: AdoptedLineage.facts(answer.disks)))
    }
}

/// Goes with the replica, if that is given back.
private func pinMoved() -> VaultStep {
    calls("pin", "Keep the point there, too, if a person keeps it", by: "new master target") { scene in
        guard let point = scene.pinnedByHand, point == scene.output("release")?.numbers["position"] else {
            return .skipped("no person keeps it")
        }
        let client = try scene.target(scene.parameters.masterTarget)
        let key = try scene.key("pin")
        _ = try await asking("pin point \(point) of item \(scene.item.id)") { options in
            try await client.pinPoint(
                .with {
                    $0.key = key
                    $0.item = scene.item.id
                    $0.number = point
                    $0.pin = StoredHandPin.owner(of: point)
                }, options)
        }
        return try .done(StepOutput("point \(point) stays pinned"))
    }
}

extension Scene {
    /// The point that moves, if a person keeps it.
    fileprivate var pinnedByHand: UInt64? { output("take-down")?.numbers["pinned"].flatMap { $0 > 0 ? $0 : nil } }
}
