import API
import Contract
import Messages
import Model
import Workflow

/// Moves the replication of an item, or of all members of a group, to another process server of its site.
///
/// The new process server is part of a generation of its own: from the master target's Assign on, nothing that the one
/// before still holds can be sealed or written, whenever it comes back, and at its own Assign it forgets the item with
/// what it has spooled. What was not sealed is in the agent's change map, and comes again over the new one: at most
/// what changed. It need not be there for any of this.
///
/// Until the agent's stream has met the master target's at the new one, everything goes back to the one before. Then
/// the item is let go, the pivot: what follows only measures.
let switchProcessServerWorkflow = VaultWorkflow(
    "switch-process-server", version: 1,
    steps: [
        claimStep(), goBackToFormer(),
        mintStep("Mint the generation that the new process server relays") { item, scene in
            let direction = try item.replicates(for: "switch the process server")
            item.processServer = scene.parameters.processServer
            return try replicating(item, direction)
        },
        assignSwitched(), openNewRelay(), openSwitchedSession(), seeRelayed(),
        finishStep("The item replicates over the new process server") { item, scene in
            let former = try scene.formerProcessServer()
            item.relayedAnew = StoredSwitch(
                from: former, to: item.processServer, cause: scene.parameters.cause ?? "",
                automatic: scene.parameters.automatic ?? false, atUs: scene.vault.now.value, job: scene.run.job.text)
            // Going out, it is also the one that it comes back to.
            if try item.replicates(for: "switch the process server") == .out {
                item.homeProcessServer = item.processServer
            }
            return StepOutput("\(former) -> \(item.processServer)", facts: ["process-server": item.processServer])
        }.with { $0.isPivot = true },
        measuredStep { item in
            guard case .synchronizing? = try item.phaseValue() else { return nil }
            return "it still synchronizes: what is moved is measured by that"
        },
    ])

/// Nothing forward. On the way back, last: the one before relays again. If it cannot be reached, which may be why it
/// was to be left, that is owed, and paid at its first contact.
private func goBackToFormer() -> VaultStep {
    let undo = undoing("let the process server before relay again") { scene in
        let site = try scene.replicationSource()
        try await scene.assign(.masterTarget(scene.item.masterTarget))
        _ = try await scene.assignIfReachable([.platform(site.other)])
        try await scene.orOwe(.resumeSource) {
            try await scene.renewActive(site)
            try await scene.assign(.processServer(scene.item.processServer))
            try await scene.openRelay()
            try await scene.openSession(site)
        }
    }
    return VaultStep("go-back", .decide, "Remember who relays when this is given up", undo: undo) { vault, run in
        let scene = try await Scene(vault, run)
        return try .done(StepOutput("relayed by \(scene.formerProcessServer())"))
    }
}

/// The active copy first (rule G4), then who takes its intervals. The one before is told if it can be: it is fenced by
/// the master target either way.
private func assignSwitched() -> VaultStep {
    calls(
        "assign", "Give everybody the new generation; the process server before forgets the item",
        by: "agent, master target, process servers, platforms"
    ) { scene in
        let site = try scene.replicationSource()
        try await scene.renewActive(site)
        try await scene.assign(.masterTarget(scene.item.masterTarget))
        try await scene.assign(.processServer(scene.item.processServer))
        let away = try await scene.assignIfHeard([
            .processServer(try scene.formerProcessServer()), .platform(site.other),
        ])
        return try .done(StepOutput(away.isEmpty ? "all answered" : "away: \(away.joined(separator: ", "))"))
    }
}

private func openNewRelay() -> VaultStep {
    // Told who relays instead, it forgets the item.
    let undo = undoing("let the new process server forget the item") { scene in
        _ = try await scene.assignIfHeard([.processServer(scene.parameters.processServer)])
    }
    return calls("open-relay", "Open the relay to the master target", by: "process server", undo: undo) { scene in
        try await scene.openRelay()
        return try .done(StepOutput("relay at \(scene.item.processServer)"))
    }
}

private func openSwitchedSession() -> VaultStep {
    calls("open-session", "Tell the agent its new process server", by: "agent") { scene in
        try await scene.openSession(scene.replicationSource())
        return try .done(StepOutput("only what is not sealed is sent again", facts: ["session": "delta"]))
    }
}

/// Both ends of the relay are up: the agent reaches the new one, and that one the master target.
private func seeRelayed() -> VaultStep {
    calls("relayed", "See agent and master target meet at the new process server", by: "process server") { scene in
        let id = scene.item.processServer
        let client = try scene.processServer(id)
        return try await polling(scene, "see item \(scene.item.id) relayed by \(id)") {
            let relay = try await asking("look at the relay of item \(scene.item.id) at \(id)", Patience.read) {
                try await client.getRelay(.with { $0.item = scene.item.id }, $0)
            }
            guard relay.sourceConnected, relay.targetConnected else { return nil }
            return StepOutput("both streams are up")
        }
    }.with { $0.retry = meetingRetry }
}

/// Two windows: who does not meet within a minute does not reach the other, and the item is better off where it was.
private let meetingRetry = RetryPolicy(attempts: 2)

extension Scene {
    /// Where the replicated copy runs.
    func replicationSource() throws(Failure) -> Site { try item.replicates(for: "step \(run.step)").source }

    /// Who relayed before this job.
    func formerProcessServer() throws(Failure) -> String {
        guard let former = parameters.before?.processServer else {
            throw Failure(.internalError, "step \(run.step): who relayed before is not in the job's parameters")
        }
        return former
    }
}

extension ItemRecord {
    /// The direction that it replicates in; an error where it does not.
    func replicates(for what: String) throws(Failure) -> Direction {
        switch try phaseValue() {
        case .synchronizing(let direction), .protected(let direction): direction
        case let other:
            throw Failure(.operationNotAllowed, "\(what) of \(displayName): it is in \(other?.name ?? "none")")
        }
    }
}
