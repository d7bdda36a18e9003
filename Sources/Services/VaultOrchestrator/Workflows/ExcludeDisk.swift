import Contract
import Model
import Workflow

/// Leaves a disk out that was added to an item's machine, so that the rest of it makes points again.
///
/// What an agent tracks, and what it serves past the tracking, changes with the generation only: the barrier that it
/// enters a generation by (rule G3) stands between what was written under either. So one is minted with the roles that
/// there were, and everybody goes on under it. No more is sent than what changed.
///
/// The end of the change is the pivot: what follows only looks on. Given up before, the disk is an unknown one again,
/// under a higher generation.
let excludeDiskWorkflow = VaultWorkflow(
    "exclude-disk", version: 1,
    steps: [
        claimStep(), giveItBack(),
        mintStep("Mint the generation under which the disk is left out") { item, scene in
            let disk = try scene.excluded()
            item.leftOut = (item.leftOut ?? []) + [disk]
            var roles = try item.assignment().roles
            roles.drains = nil
            return roles
        },
        calls("assign", "Give everybody the generation, and the agent what is left out", by: "agent, holders") {
            scene in
            let away = try await scene.assignExcluding()
            return try .done(StepOutput(away.isEmpty ? "all answered" : "away: \(away.joined(separator: ", "))"))
        },
        calls("open-session", "Go on with what is replicated", by: "process server, agent") { scene in
            guard let site = try scene.replicating() else { return .skipped("nothing is replicated now") }
            try await scene.openRelay()
            try await scene.openSession(site)
            return try .done(StepOutput("only what changed is sent", facts: ["session": "delta"]))
        },
        finishStep("The disk is left out") { item, scene in
            let disk = try scene.excluded()
            let others = (item.diskDifferences ?? []).filter { ($0.disk, $0.machine) != (disk.disk, disk.machine) }
            item.diskDifferences = others.isEmpty ? nil : others
            if try scene.replicating() != nil { item.health = ["replication begins again"] }
            return StepOutput(disk.text, facts: ["disk": disk.disk, "machine": disk.machine])
        }.with { $0.isPivot = true },
        healthyStep(),
    ])

/// Nothing forward. On the way back, last: the disk is not left out, under the generation that the undo minted.
private func giveItBack() -> VaultStep {
    let undo = undoing("go on with the disk as it was") { scene in
        try await scene.orOwe(.resumeSource) {
            _ = try await scene.assignExcluding()
            guard let site = try scene.replicating() else { return }
            try await scene.openRelay()
            try await scene.openSession(site)
        }
    }
    return VaultStep("give-back", .decide, "Remember what is replicated when this is given up", undo: undo) {
        vault, run in
        let scene = try await Scene(vault, run)
        return try .done(StepOutput("\(scene.item.disks.count) disks are replicated"))
    }
}

extension Scene {
    fileprivate func excluded() throws(Failure) -> StoredLeftOut {
        guard let disk = parameters.exclude else {
            throw Failure(.internalError, "step \(run.step): the disk is not in the job's parameters")
        }
        return disk
    }

    /// Where the replicated copy runs; nil where nothing replicates.
    fileprivate func replicating() throws(Failure) -> Site? {
        let roles = try assignment().roles
        return roles.replication == nil ? nil : roles.activeSite
    }

    /// The active copy first (rule G4). Answers who was away: the other site takes no part, and learns it later.
    fileprivate func assignExcluding() async throws -> [String] {
        let site = try assignment().roles.activeSite
        try await renewActive(site)
        guard try replicating() != nil else { return [] }
        try await assign([.masterTarget(item.masterTarget), .processServer(item.processServer)])
        return try await assignIfHeard([.platform(site.other)])
    }
}
