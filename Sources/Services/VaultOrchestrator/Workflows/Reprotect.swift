import API
import Blocks
import Contract
import Messages
import Model
import RPC
import Workflow

/// Replication towards home: the home machine's disks become the replica, and what home held stays as a pinned point.
let reprotectHomeWorkflow = VaultWorkflow(
    "reprotect-home", version: 1,
    steps: [
        claimStep(), homeOff(), removeSnapshots(), homeReady(), attachHome(), adopt(blank: false), lineage(),
        giveBack(.cloud),
        mintStep("Mint the generation of the replication home") { item, scene in
            item.processServer = scene.parameters.processServer
            item.masterTarget = scene.parameters.masterTarget
            return try replicating(item, .home)
        },
        assignAll(.cloud),
        beginOverwrite(
            "Allow the first overwrite; home's content stays as a pinned point", by: "home master target",
            point: pointBeforeReprotect
        ).with { $0.isPivot = true },
        openRelayStep(), openSessionStep(.cloud), finishReprotect(.home),
        inSyncStep(), measuredStep(),
    ])

/// Replication out again, onto the seed that the failback's commit kept, else onto new disks.
let reprotectOutWorkflow = VaultWorkflow(
    "reprotect-out", version: 1,
    steps: [
        claimStep(), waitForAgent(), recordNetwork(), findSeed(), takeSeed(),
        createReplicaDisks { $0.item.seedAtCloud ? "the seed is there" : nil },
        giveBack(.home),
        mintStep("Mint the generation of the replication out") { item, scene in
            item.processServer = scene.parameters.processServer
            item.masterTarget = scene.parameters.masterTarget
            return try replicating(item, .out)
        },
        assignAll(.home), adopt(blank: true) { $0.item.seedAtCloud ? "the seed is adopted" : nil },
        // An agent that was killed in the cloud leaves a seed of which some blocks are in doubt.
        beginOverwrite(
            "Allow the seed to be overwritten; its content stays until home is in sync", by: "cloud master target",
            point: seedPoint
        ) { $0.item.seedAtCloud ? nil : "the disks are blank" },
        openRelayStep(), openSessionStep(.home), finishReprotect(.out),
        inSyncStep().with { $0.isPivot = true }, measuredStep(), letSeedGo(),
    ])

/// What a commit left half way when the vault's record was lost: the disks of the machine that it removed, in that
/// machine's directory or at a master target that was not told to keep them. Both calls are those of the commit.
private func findSeed() -> VaultStep {
    calls("find-seed", "Look for the disks of the removed cloud machine", by: "cloud platform, master target") {
        scene in
        guard scene.item.isSeedSought == true, !scene.item.seedAtCloud else { return .skipped("nothing is looked for") }
        let (id, machine) = (scene.parameters.masterTarget, scene.item.cloud.machine)
        do { _ = try await scene.attach(.cloud, to: "master-target/\(id)") } catch let failure as Failure
            where failure.code == .notFound
        {
            return .skipped("machine \(machine) left no disks: a full copy is made")
        }
        do {
            let doubt = try await scene.adoptSeed(at: id)
            return try .done(
                StepOutput("the disks of machine \(machine) are kept as a seed", numbers: ["doubt": doubt]))
        } catch let failure as Failure where [.lineageRefused, .lineageUnrelated, .dataCorrupt].contains(failure.code) {
            return .skipped("the disks of machine \(machine) are no seed, and a full copy is made: \(failure.message)")
        }
    }
}

/// A seed stays one when the job is given up.
private func takeSeed() -> VaultStep {
    change("take-seed", .decide, "Say what is copied") { item, scene in
        if let doubt = scene.output("find-seed")?.numbers["doubt"] {
            (item.seedAtCloud, item.seedDoubtBlocks) = (true, doubt)
            item.cloudMasterTarget = scene.parameters.masterTarget
        }
        item.isSeedSought = nil
        return StepOutput(item.seedAtCloud ? "changes, onto the seed" : "everything, onto new disks")
    }
}

/// Name and pin of the content that the seed had.
private let seedPoint = "cloud-before-reprotect"

/// Gives a reprotect up while it synchronizes; the half written target counts for nothing until the next one.
func cancelReprotectWorkflow(_ direction: Model.Direction) -> VaultWorkflow {
    let source = direction.source
    return VaultWorkflow(
        "cancel-reprotect-\(direction.rawValue)", version: 1,
        steps: [
            claimStep(), giveBack(source, reopening: true),
            calls("close-session", "Close the session and the relay", by: "agent, process server") { scene in
                try await scene.closeSession(source)
                try await scene.closeRelay()
                return try .done(StepOutput("closed"))
            },
            mintStep("Mint a generation without replication") { item, _ in
                GenerationRoles(
                    activeSite: source, replication: nil, processServer: try ProcessServerID(item.processServer),
                    masterTarget: try MasterTargetID(item.masterTarget))
            },
            calls("assign", "End the replication everywhere", by: "agent, process server, master target, platforms") {
                scene in
                try await scene.assignReplication(source, to: scene.item.masterTarget)
                return try .done(StepOutput("all answered"))
            },
            finishStep("The item is committed, and unprotected") { item, scene in
                item.phase = Phase.committed(direction.opposite).name
                item.origin = nil
                item.remainingBlocks = 0
                // What was moved by now stays there; the next reprotect goes on from it.
                item.seedAtCloud = direction == .out
                item.unprotectedSinceUs = scene.vault.now.value
                return StepOutput(item.phase)
            },
        ])
}

func replicating(_ item: ItemRecord, _ direction: Model.Direction) throws -> GenerationRoles {
    GenerationRoles(
        activeSite: direction.source, replication: direction, processServer: try ProcessServerID(item.processServer),
        masterTarget: try MasterTargetID(item.masterTarget))
}

/// Nothing forward. On the way back, last: everybody gets the old roles under the new generation.
func giveBack(_ site: Site, reopening: Bool = false) -> VaultStep {
    let undo = undoing("give the old roles back everywhere") { scene in
        try await scene.assignReplication(site, to: scene.item.masterTarget)
        guard reopening else { return }
        try await scene.openRelay()
        try await scene.openSession(site)
    }
    return VaultStep("give-back", .decide, "Remember whose roles come back when this is given up", undo: undo) { _, _ in
        try .done(StepOutput("generation before is known"))
    }
}

private func homeOff() -> VaultStep {
    calls("home-off", "Turn the home machine off, its agent too", by: "home platform") { scene in
        let machine = try await scene.turnHomeOff()
        // Its map names regions then, not blocks: they are compared.
        let facts = ["home.power": "off", "home.stop": machine.uncleanStop ? "unclean" : "clean"]
        let doubt = machine.uncleanStop ? "; its agent did not end in order, what it was writing is compared" : ""
        return try .done(StepOutput("seen off\(doubt)", facts: facts))
    }
}

extension Scene {
    /// Off, and nobody can start it under what it had.
    func turnHomeOff() async throws -> PlatformV1.Machine {
        // Home may have been away when the roles last changed.
        try await assign(.platform(.home))
        let stopped = try await powerOff(.home, keepAgent: false, under: generation())
        guard stopped.power == .off else { throw stillOn(stopped, "it is \(stopped.power.word)") }
        let machine = try await withoutGrant(.home, upTo: generation())
        guard machine.power == .off else { throw stillOn(machine, "it is \(machine.power.word) again") }
        return machine
    }

    /// The gate that the request left to this step.
    private func stillOn(_ machine: PlatformV1.Machine, _ what: String) -> Failure {
        let gate = Gate(
            .homeMachineOff, .fail, when: .atStep(run.step),
            evidence: [Evidence("machine \(machine.id): \(what)", source: "vCenter", at: vault.now)],
            remedy: Remedy("Turn machine \(machine.id) off in vCenter, and see who starts it; then reprotect again"))
        return Failure(.busy, "turn the home machine off: \(what)", gates: [gate])
    }
}

private func removeSnapshots() -> VaultStep {
    calls("snapshots", "Merge the home machine's snapshots", by: "home platform") { scene in
        let client = try scene.platform(.home)
        let key = try scene.key("snapshots/\(scene.item.home.machine)")
        let machine = try await asking("remove the snapshots", Patience.long) { options in
            try await client.removeSnapshots(
                .with {
                    $0.key = key
                    $0.machine = scene.item.home.machine
                }, options)
        }
        return try .done(StepOutput("\(machine.snapshots.count) snapshots left"))
    }
}

private func attachHome() -> VaultStep {
    let undo = undoing("attach the disks to the home machine again") { scene in
        try await scene.assign(.platform(.home))
        _ = try await scene.attach(.home, to: "machine/\(scene.item.home.machine)")
    }
    return calls("attach", "Attach home's disks to its master target", by: "home platform", undo: undo) { scene in
        let answer = try await scene.attach(.home, to: "master-target/\(scene.parameters.masterTarget)")
        var facts: [String: String] = [:]
        for disk in answer.disks where !disk.path.isEmpty { facts[attachedFact + (disk.disk?.id ?? "")] = disk.path }
        return try .done(StepOutput("\(answer.disks.count) disks", facts: facts))
    }
}

/// Before a disk's id: where the master target was given it.
private let attachedFact = "attached."

/// Both lineages, disk by disk, against the lineage table (gate `LINEAGE_PROVES_DIRECTION`).
private func lineage() -> VaultStep {
    VaultStep("lineage", .gate, "Prove that home may be overwritten", by: "vault") { vault, run in
        let scene = try await Scene(vault, run)
        let result = try await scene.command(.cloud, "report", .report(.init()))
        guard case .report(let report) = result.result else {
            throw Failure(.internalError, "read the cloud copy's lineage: the agent's answer is not a report's")
        }
        let found = scene.output("adopt")?.facts ?? [:]
        let verdicts = try scene.item.disks.map { disk in
            try LineageVerdict(scene.item, disk, source: report.disks.first { $0.disk == disk.id }, adopted: found)
        }
        let refused = verdicts.filter { !$0.isProven && !(scene.parameters.confirmLoss && $0.isFull) }
        guard refused.isEmpty else {
            let gate = Gate(
                .lineageProvesDirection, .fail, when: .atStep("lineage"),
                evidence: refused.map { Evidence($0.text, source: "master target, agent", at: vault.now) },
                remedy: Remedy("Where a full copy would do, confirm it", command: "homeward reprotect --confirm-loss"))
            throw Failure(.gatesFailed, "prove that home may be overwritten", on: [.item(run.item)], gates: [gate])
        }
        var facts: [String: String] = [:]
        for verdict in verdicts { facts["lineage.row.\(verdict.disk)"] = verdict.text }
        let bound = verdicts.reduce(0) { $0 + $1.bound }
        facts["bound.blocks"] = "\(bound)"
        return try .done(
            StepOutput(
                verdicts.map(\.text).joined(separator: "; "), facts: facts,
                numbers: [
                    "bound": bound, "full": verdicts.contains(where: \.isFull) ? 1 : 0,
                    "compare": verdicts.contains(where: \.isCompare) ? 1 : 0,
                ]))
    }
}

/// What the lineage table says of one disk.
struct LineageVerdict: Sendable {
    let disk: String
    let text: String
    let bound: UInt64
    var isProven = false
    var isFull = false
    var isCompare = false

    init(_ item: ItemRecord, _ disk: StoredDisk, source: AgentV1.DiskLineage?, adopted: [String: String]) throws {
        self.disk = disk.id
        let changes = item.roleChanges.map { change in
            let writer: RoleChange.OldWriter =
                switch change.oldWriter {
                case "confirmed": .confirmedDead
                case "stated": .statedDead
                default: .notProven
                }
            return RoleChange(from: change.from, to: change.to, oldWriter: writer)
        }
        func count(_ name: String) -> Int { adopted["home.\(name).\(disk.id)"].flatMap { Int($0) } ?? 0 }
        // The two copies lie at two sites, so they are never one file. A source that was enlarged says so itself.
        let sourceRecord = try record(source?.record ?? [])
        let sourceBytes = sourceRecord?.size ?? Int64(disk.bytes)
        let from = CopyObservation(
            record: sourceRecord, size: sourceBytes, device: 1, inode: 1,
            changedBlocks: Int(clamping: source?.changedBlocks ?? 0),
            suspectRegions: Int(clamping: source?.suspectBlocks ?? 0), nextInterval: source?.nextInterval)
        var onto = CopyObservation(
            record: try record(unhex(adopted["lineage.\(disk.id)"] ?? "")), size: Int64(disk.bytes), device: 2,
            inode: 2,
            changedBlocks: count("changed"), suspectRegions: count("suspect"))
        onto.growable = true
        let command = LineageCommand(generation: (item.generation?.number ?? 0) + 1, roleChanges: changes)
        var outcome = decide(source: from, target: onto, command: command)
        var first = ""
        if case .growTarget(let bytes) = outcome.action {
            // By the first stream; then the table is asked again.
            first = "\(outcome.action), then row "
            onto.size = bytes
            outcome = decide(source: from, target: onto, command: command)
        }
        bound = UInt64(from.changedBlocks + onto.changedBlocks + from.suspectRegions + onto.suspectRegions)
        text = "disk \(disk.id): row \(first.isEmpty ? "" : "6, \(first)")\(outcome.row), \(outcome.action)"
        switch outcome.action {
        case .nothing, .delta: isProven = true
        case .compare:
            isProven = true
            isCompare = true
        case .fullCopy: isFull = true
        case .refuse(.unrelated): isFull = true
        case .refuse, .finishFirst, .growTarget: break
        }
    }
}

private func record(_ bytes: [UInt8]) throws(Failure) -> LineageRecord? {
    if bytes.isEmpty { return nil }
    do { return try LineageRecord(from: bytes) } catch {
        throw Failure(.dataCorrupt, "read a lineage record: \(error)")
    }
}

func unhex(_ text: String) -> [UInt8] {
    let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
    guard digits.count == text.utf8.count, digits.count.isMultiple(of: 2) else { return [] }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

private func waitForAgent() -> VaultStep {
    VaultStep("agent", .wait, "See the home machine's agent registered", by: "home agent") { vault, run in
        let scene = try await Scene(vault, run)
        let machine = scene.item.home.machine
        let agent = await vault.agent(machine, at: .home, preferring: scene.parameters.processServer)
        if let agent, agent.attached { return try .done(StepOutput("boot \(agent.hello?.bootID ?? "")")) }
        guard scene.parameters.waitForAgent else {
            let seen = Observation(scene.item, .reprotect(.out), at: vault.now)
            throw Failure(
                .gatesFailed, "see the agent of \(machine)", on: [.item(run.item)], gates: [agentRegistered(seen)])
        }
        return .wait(
            Wait(
                "the agent of \(machine) registers", signal: "agent", party: .agent,
                deadline: UnixMicroseconds(vault.now.value + agentLookUs)))
    }
}

/// A failback restores the network that the machine had when it was last protected. Nothing is given back: it is true
/// of home whatever becomes of the job.
private func recordNetwork() -> VaultStep {
    VaultStep("network", .decide, "Take down how the machine's network is configured at home") { vault, run in
        let scene = try await Scene(vault, run)
        let machine = try await scene.machine(.home)
        let found = try? NetworkSettings(machine.attributes?.network)
        return try await changing(vault, run) { item, _ in
            item.homeNetwork = found ?? item.homeNetwork
            return StepOutput(item.homeNetwork?.description ?? "its platform does not know")
        }
    }
}

/// Between two looks for an agent that a job waits for; it may take 15 minutes, and each look is journaled.
private let agentLookUs: Int64 = 10_000_000

func assignAll(_ site: Site) -> VaultStep {
    calls("assign", "Give everybody the new generation", by: "agent, process server, master target, platforms") {
        scene in
        try await scene.assignReplication(site, to: scene.parameters.masterTarget)
        return try .done(StepOutput("all answered"))
    }
}

func beginOverwrite(
    _ title: String, by actor: String, point: String,
    unless skip: @escaping @Sendable (Scene) async throws -> String? = { _ in nil }
) -> VaultStep {
    effect(
        "begin-overwrite", title, by: actor,
        target: { _ in "replica" }, at: { try $0.vault.directory.channel(of: $0.item.masterTarget) },
        output: { (_, replica: TargetV1.Replica) in StepOutput("\(point) is pinned") }, unless: skip
    ) { scene, key, options in
        let generation = try scene.generation()
        return try await scene.target(scene.item.masterTarget).beginOverwrite(
            .with {
                $0.key = key
                $0.item = scene.item.id
                $0.generation = generation
                $0.pointName = point
            }, options)
    }
}

/// Nothing comes back to what the seed held once home's content is there: without this, its pin would hold the undo of
/// every later interval.
private func letSeedGo() -> VaultStep {
    calls("let-seed-go", "Let the seed's old content go", by: "cloud master target") { scene in
        guard scene.output("begin-overwrite") != nil else { return .skipped("there was no seed") }
        guard scene.output("in-sync")?.numbers[inSyncSignal] == 1 else {
            return .skipped("it is not in sync: what the seed held stays")
        }
        do { try await scene.unpin(seedPoint) } catch let failure as Failure where failure.code == .notFound {
            return .skipped("the replica is gone")
        }
        return try .done(StepOutput("unpinned"))
    }
}

/// The item synchronizes and is free; its undo takes it back for the job.
/// - relocating: to the machine that the job made at home.
func finishReprotect(_ direction: Model.Direction, relocating: Bool = false) -> VaultStep {
    let undo = undoingChange("take the item back") { item, scene in
        try takeBack(&item, scene.run.job)
        if relocating { item.returnToOriginal(from: scene.run.job.text) }
        // Overwritten in part, it still saves the next one most of a copy, as after a cancel of the reprotect.
        if scene.output("finish")?.numbers["seed"] == 1 { item.seedAtCloud = true }
        item.phase = Phase.committed(direction.opposite).name
        item.synchronizingJob = nil
    }
    return finishStep("The item synchronizes", undo: undo) { item, scene in
        item.phase = Phase.synchronizing(direction).name
        item.origin = SynchronizingOrigin.reprotect.rawValue
        item.synchronizingJob = scene.run.job.text
        if relocating {
            try item.relocate(
                to: scene.newHomeMachine(), reason: scene.parameters.cause ?? "", by: scene.run.job.text)
        } else {
            item[direction.target].state = Model.CopyState.atTarget.rawValue
        }
        if direction == .home {
            let facts = scene.output("attach")?.facts ?? [:]
            let paths = facts.filter { $0.key.hasPrefix(attachedFact) }
            item.attachedAt = Dictionary(
                uniqueKeysWithValues: paths.map { (String($0.key.dropFirst(attachedFact.count)), $0.value) })
        }
        if direction == .out { item.homeProcessServer = item.processServer }
        if direction == .out { item.cloudMasterTarget = item.masterTarget }
        let hadSeed = item.seedAtCloud
        (item.seedAtCloud, item.isSeedSought) = (false, nil)
        item.relayedAnew = nil
        return StepOutput(item.phase, numbers: hadSeed ? ["seed": 1] : [:])
    }
}
