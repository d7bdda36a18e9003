import API
import Contract
import Messages
import Model
import RPC
import Workflow

/// Ends protection; whatever runs goes on running. Forced, it skips what does not answer and lists it.
let disableWorkflow = VaultWorkflow(
    "disable", version: 1,
    steps: [
        claimStep(),
        calls("close", "Close session and relay", by: "agent, process server", undo: reopen) { scene in
            guard scene.item.generation?.replication != nil else { return .skipped("nothing replicates") }
            let site = try scene.active
            return try .done(
                try await scene.tolerantly([
                    ("session", { try await scene.closeSession(site) }), ("relay", { try await scene.closeRelay() }),
                ]))
        },
        change("disabled", .mint, "Mint a last generation without replication") { item, scene in
            let token = scene.vault.environment.random.bytes(GenerationToken.byteCount)
            try item.mint(
                GenerationRoles(activeSite: scene.active, replication: nil), token: token, oldWriter: "confirmed")
            return StepOutput("generation \(item.generation?.number ?? 0)")
        }.with { $0.isPivot = true },
        calls("assign", "Lift the fences, end every role", by: "all") { scene in
            let site = try scene.active
            var parts: [(String, @Sendable () async throws -> Void)] = [
                ("platform \(site.rawValue)", { try await scene.assign(.platform(site)) }),
                ("platform \(site.other.rawValue)", { try await scene.assign(.platform(site.other)) }),
                ("agent", { try await scene.assignAgent(site) }),
            ]
            for target in scene.item.holdingTargets {
                let name = target == scene.item.masterTarget ? "master target" : "seed's master target"
                parts.append((name, { try await scene.assign(.masterTarget(target)) }))
            }
            parts.append(
                ("process server", { try await scene.assign(.processServer(scene.item.processServer)) }))
            return try .done(try await scene.tolerantly(parts))
        },
        calls("remove", "Delete the replica and its points", by: "master target, platform") { scene in
            try .done(try await scene.tolerantly(scene.removals()))
        },
        calls("unregister", "Unregister the machine", by: "configuration server") { scene in
            try .done(try await scene.tolerantly([("row", { try await scene.unregister() })]))
        },
        finishStep("The item is disabled") { item, scene in
            item.phase = Phase.disabled.name
            let away = ["close", "assign", "remove", "unregister"].flatMap { (step: String) -> [String] in
                guard let id = try? StepID(step), let text = scene.output(id)?.facts["away"] else { return [] }
                return text.split(separator: ",").map { "\(Debt.cleanUp.rawValue): \($0)" }
            }
            item.owed = away
            item.seedAtCloud = false
            item.remainingBlocks = 0
            return StepOutput("DISABLED", facts: away.isEmpty ? [:] : ["left": away.joined(separator: "; ")])
        },
    ])

/// Nothing was minted yet: what is given up goes on under the generation that it has. The keys are those of the calls
/// that closed, so that one of those that comes late closes nothing (rule K4).
private let reopen = undoing("open session and relay again") { scene in
    guard scene.item.generation?.replication != nil else { return }
    let site = try scene.active
    try await scene.orOwe(.resumeSource) {
        try await scene.openRelay()
        try await scene.openSession(site, as: "close-session")
    }
}

extension ItemRecord {
    /// The master targets that hold disks or records of the item: the replication's, and that of a seed.
    fileprivate var holdingTargets: [String] {
        let seed = seedAtCloud && cloudMasterTarget != masterTarget ? [cloudMasterTarget] : []
        return ([masterTarget] + seed).filter { !$0.isEmpty }
    }
}

extension Scene {
    var active: Site {
        get throws(Failure) { try assignment().roles.activeSite }
    }

    /// The replica goes; a home machine gets its own disks back.
    fileprivate func removals() -> [(String, @Sendable () async throws -> Void)] {
        let scene = self
        var steps: [(String, @Sendable () async throws -> Void)] = []
        guard (try? item.phaseValue())?.flatMap(\.direction) != nil else { return [] }
        for target in item.holdingTargets {
            let name = target == item.masterTarget ? "replica" : "seed"
            steps.append((name, { try await scene.forgetReplica(target) }))
        }
        if item.home.value == .atTarget {
            steps.append(("home disks", {
                _ = try await scene.attach(.home, to: "machine/\(scene.item.home.machine)")
            }))
        } else if item.seedAtCloud || item.phase.hasSuffix("_OUT") && item.cloud.value != .running {
            let isSeed = item.seedAtCloud && !item.cloudMasterTarget.isEmpty
            let target = isSeed ? item.cloudMasterTarget : item.masterTarget
            steps.append(("cloud disks", {
                let client = try scene.platform(.cloud)
                let key = try scene.key("replica-disks")
                _ = try await asking("delete the replica's disks") { options in
                    try await client.deleteReplicaDisks(
                        .with {
                            $0.key = key
                            $0.item = scene.item.id
                            $0.masterTarget = target
                        }, options)
                }
            }))
        }
        return steps
    }

    /// All of them; in a forced run what does not answer is listed instead.
    fileprivate func tolerantly(
        _ parts: [(name: String, act: @Sendable () async throws -> Void)]
    ) async throws -> StepOutput {
        var away: [String] = []
        for part in parts {
            do { try await part.act() } catch let failure as Failure
            where parameters.force && (failure.disposition != .permanent || failure.code == .notFound) {
                away.append(part.name)
            }
        }
        guard !away.isEmpty else { return StepOutput("done") }
        return StepOutput("left: \(away.joined(separator: ", "))", facts: ["away": away.joined(separator: ",")])
    }
}
