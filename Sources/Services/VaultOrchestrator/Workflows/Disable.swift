import API
import Contract
import Messages
import Model
import RPC
import Workflow

/// Ends protection; whatever runs goes on running, as an ordinary machine. Forced, it skips what does not answer, lists
/// it, and owes it: paid at first contact (`Reconcilers.payRemnants`).
let disableWorkflow = VaultWorkflow(
    "disable", version: 2, steps: [claimStep(), seeLeftRunning()] + ending(as: .disabled))

/// Ends a failover for good: the machine stays in the cloud as an ordinary one, with no way home (source statement S3).
/// What a disable leaves nowhere this does not leave either; the copy at home stays off and fenced.
let migrationWorkflow = VaultWorkflow(
    "complete-migration", version: 1,
    steps: [
        claimStep(),
        calls("running", "See that the cloud machine runs", by: "cloud platform") { try await $0.booted(.cloud) },
    ] + ending(as: .migrated))

/// From the item that is held to the one that ended.
private func ending(as end: Phase) -> [VaultStep] {
    [
        calls("close", "Close session and relay", by: "agent, process server", undo: reopen) { scene in
            guard scene.item.generation?.replication != nil else { return .skipped("nothing replicates") }
            let site = try scene.active
            // A session ends with the generation, at the latest.
            _ = try await scene.tolerantly { try await scene.closeSession(site) }
            let isClosed = try await scene.tolerantly { try await scene.closeRelay() }
            return try .done(scene.left(isClosed ? [] : [.relay(scene.item.processServer)]))
        },
        change(
            end == .migrated ? "migrated" : "disabled", .mint, "Mint a last generation without replication"
        ) { item, scene in
            let token = scene.vault.environment.random.bytes(GenerationToken.byteCount)
            try item.mint(
                GenerationRoles(activeSite: scene.active, replication: nil), token: token, oldWriter: "confirmed")
            return StepOutput("generation \(item.generation?.number ?? 0)")
        }.with { $0.isPivot = true },
        calls("assign", "Lift the fences, end every role", by: "all") { scene in
            let site = try scene.active
            let holders: [Holder] =
                [.platform(site.other)] + scene.item.holdingTargets.map { Holder.masterTarget($0) }
                + [.processServer(scene.item.processServer), .platform(site)]
            var away: [String] = []
            if scene.parameters.force {
                away = try await scene.assignIfReachable(holders)
            } else {
                try await scene.assign(holders)
            }
            var output = try await scene.releaseActive()
            if !away.isEmpty { output.detail += "; away: \(away.joined(separator: ", "))" }
            return try .done(output)
        },
        calls("remove", "Delete the replica and its points", by: "master target, platform") { scene in
            let cleaning = Cleaning(vault: scene.vault, item: scene.item, assignment: try scene.assignment()) {
                try scene.key($0)
            }
            var left: [Remnant] = []
            for remnant in try scene.item.remnants() {
                if remnant.waits(for: scene.item.owed + left.map(\.debt)) {
                    left.append(remnant)
                } else if try await !scene.tolerantly(of: remnant, { try await cleaning.remove(remnant) }) {
                    left.append(remnant)
                }
            }
            return try .done(scene.left(left))
        },
        calls("unregister", "Unregister the machine", by: "configuration server") { scene in
            let isGone = try await scene.tolerantly { try await scene.unregister() }
            return try .done(scene.left(isGone ? [] : [.registration]))
        },
        finishEnding(as: end),
    ]
}

private func finishEnding(as end: Phase) -> VaultStep {
    finishStep("The item is \(end == .migrated ? "migrated" : "disabled")") { item, scene in
        let left = ["close", "remove", "unregister"].flatMap { (step: String) -> [String] in
            guard let id = try? StepID(step), let text = scene.output(id)?.facts["left"] else { return [] }
            return text.split(separator: ",").compactMap { Remnant($0)?.debt }
        }
        item.phase = end.name
        // A stale copy is fenced when it comes back, whatever became of the protection (rule G7).
        let kept = [Debt.stopSource, .fenceSource, .release].map(\.rawValue)
        item.owed = item.owed.filter(kept.contains) + left
        if item.home.value == .atTarget, !left.contains(Remnant.homeDisks.debt) {
            item.home.state = CopyState.fenced.rawValue
        }
        if try scene.active == .home, !left.contains(Remnant.cloudMachine.debt) {
            item.cloud.state = CopyState.absent.rawValue
        }
        if item.drill != nil {
            let now = scene.vault.now
            try item.changeDrill { drill in
                drill.endedBy = scene.parameters.person
                drill.cleanupJob = scene.run.job.text
                drill.close(.discarded, at: now)
            }
        }
        item.seedAtCloud = false
        (item.handPins, item.setAside) = (nil, nil)
        item.remainingBlocks = 0
        item.oldSource = nil
        return StepOutput(end.name, facts: left.isEmpty ? [:] : ["left": left.joined(separator: "; ")])
    }
}

/// A machine that came home and is not committed has its old copy in the cloud still, which goes now: so it is looked
/// at first that the one that is left runs.
private func seeLeftRunning() -> VaultStep {
    calls("running", "See that the copy that is left runs", by: "home platform") { scene in
        guard case .commitPending(.home)? = try scene.item.phaseValue() else {
            return .skipped("no other copy of the machine is removed")
        }
        do {
            let seen = try await scene.machine(.home)
            guard seen.power != .off else { throw leftOff(scene, "machine \(seen.id) is off") }
            return try await scene.booted(.home)
        } catch let failure as Failure where failure.disposition != .permanent {
            if scene.parameters.force, failure.code != .busy {
                return .skipped("it is not seen; the cloud machine stays until it is: \(failure.message)")
            }
            throw scene.run.attempt < Scene.attemptsBeforeDebt ? failure : leftOff(scene, failure.message)
        }
    }
}

private func leftOff(_ scene: Scene, _ seen: String) -> Failure {
    let name = scene.item.displayName
    return Failure(
        .operationNotAllowed, "disable \(name): \(seen). Its old copy in the cloud would go. Start the home machine, "
            + "or go back first (homeward cancel-failover \(name) --confirm-loss)", on: [.item(scene.run.item)])
}

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

extension Scene {
    var active: Site {
        get throws(Failure) { try assignment().roles.activeSite }
    }

    /// False when it was left: in a forced run, what does not answer. The agent that merges an overlay goes on by
    /// itself, and nobody waits for it.
    fileprivate func tolerantly(of remnant: Remnant? = nil, _ act: () async throws -> Void) async throws -> Bool {
        do {
            try await act()
            return true
        } catch let failure as Failure {
            if parameters.force, isOwed(failure) { return false }
            if case .overlay? = remnant, failure.disposition == .transient { return false }
            throw failure
        }
    }

    fileprivate func left(_ remnants: [Remnant]) -> StepOutput {
        guard !remnants.isEmpty else { return StepOutput("done") }
        let names = remnants.map(\.text)
        return StepOutput("left: \(names.joined(separator: ", "))", facts: ["left": names.joined(separator: ",")])
    }
}
