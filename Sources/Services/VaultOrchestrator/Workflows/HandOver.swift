import API
import Contract
import Environment
import Messages
import Model
import RPC
import Workflow

/// From the chosen point to the running machine: steps that failover, failback and change of point share.

func choosePoint() -> VaultStep {
    VaultStep("choose", .decide, "Choose the recovery point") { vault, run in
        let scene = try await Scene(vault, run)
        let points = try await vault.points(of: scene.item)
        let client = try scene.target(scene.item.masterTarget)
        let replica = try await asking("look at the replica", Patience.read) { options in
            try await client.getReplica(.with { $0.item = scene.item.id }, options)
        }
        var parameters = scene.parameters
        if isDrainGivenUp(scene.output) { parameters.choice = "latest-processed" }
        let point = try chosen(points, parameters)
        var facts = [
            "point.number": "\(point.number)", "point.cutUnixUs": "\(point.cutUnixUs)",
            "point.kind": point.applicationConsistent ? "application-consistent" : "crash-consistent",
            "point.blocks": "\(point.blocks)", "point.final": "\(point.final)",
        ]
        for root in point.roots { facts["point.root.\(root.disk)"] = hexadecimal(root.root) }
        for disk in point.disks { facts["point.bytes.\(disk.id)"] = "\(disk.bytes)" }
        var detail = "point \(point.number)"
        if !point.final {
            let loss = expectedLossUs(scene, point, newest: points.ofReplication.map(\.cutUnixUs).max())
            facts["expected.lossUs"] = "\(loss)"
            detail += ", writes of the last \(loss / 1_000_000).\(loss / 100_000 % 10) s are not in it"
        }
        return try .done(
            StepOutput(
                detail, facts: facts,
                numbers: ["point": point.number, "position": replica.position]))
    }
}

/// Age of the newest point, by the agent's last report and the time since, and how much older the chosen one is. Of an
/// agent that was not heard since the vault's start only the clocks of two computers tell.
func expectedLossUs(_ scene: Scene, _ point: TargetV1.RecoveryPoint, newest: Int64?) -> Int64 {
    let clock = scene.vault.environment.clock
    let age = Int64(clamping: scene.vault.figures.rpo(scene.item, at: clock.now())?.ageUs ?? 0)
    guard age > 0 else { return max(0, scene.vault.now.value - point.cutUnixUs) }
    return age + max(0, (newest ?? point.cutUnixUs) - point.cutUnixUs)
}

func moveToPoint() -> VaultStep {
    let undo = undoing("move the replica back by its redo") { scene in
        guard let position = scene.output("choose")?.numbers["position"] else { return }
        try await scene.assign(.masterTarget(scene.item.masterTarget))
        _ = try await scene.move(to: position)
    }
    return effect(
        "move", "Move the replica to the point; what is replaced is kept until commit", by: "master target",
        patience: Patience.long, target: { _ in "replica" },
        at: { try $0.vault.directory.channel(of: $0.item.masterTarget) }, undo: undo,
        output: { (_, replica: TargetV1.Replica) in
            StepOutput(
                "at point \(replica.position), \(replica.aheadBlocks) blocks moved",
                facts: ["ahead.blocks": "\(replica.aheadBlocks)"])
        },
        unless: { scene in
            let numbers = scene.output("choose")?.numbers ?? [:]
            return numbers["point"] == numbers["position"] ? "the replica is at the point" : nil
        }
    ) { scene, key, options in
        try await scene.move(to: scene.output("choose")?.numbers["point"] ?? 0, key, options)
    }
}

func release() -> VaultStep {
    let undo = undoing("give the disks back to the master target") { scene in
        try await scene.assign(.masterTarget(scene.item.masterTarget))
        try await scene.reclaim()
    }
    return effect(
        "release", "Release the disks with their lineage", by: "master target", target: { _ in "replica" },
        at: { try $0.vault.directory.channel(of: $0.item.masterTarget) }, undo: undo,
        output: { (_, replica: TargetV1.Replica) in StepOutput("released at point \(replica.position)") }
    ) { scene, key, options in
        let generation = try scene.generation()
        let request = TargetV1.ReleaseReplicaRequest.with {
            $0.key = key
            $0.item = scene.item.id
            $0.generation = generation
        }
        do { return try await scene.target(scene.item.masterTarget).releaseReplica(request, options) } catch {
            let told = (error as? RPCError).map { Failure($0, attempting: "release the disks") }
            guard var told, told.code == .operationNotAllowed else { throw error }
            told.gates = [notAtRest(scene, told.message)]
            throw told
        }
    }
}

/// All that is sealed is applied first, so that a refusal means disks that something was left half done with.
private func notAtRest(_ scene: Scene, _ seen: String) -> Gate {
    let target = scene.item.masterTarget
    return Gate(
        .diskNotApplying, .fail, when: .atStep("release"),
        evidence: [Evidence(seen, source: target, at: scene.vault.now)],
        remedy: Remedy(
            "Wait until master target \(target) is done with its disks, then ask again",
            command: "homeward items show \(scene.item.displayName)"))
}

/// The cloud machine is made for the failover and goes with a cancel or with the commit of a failback.
func createMachine() -> VaultStep {
    let undo = undoing("delete the machine") { scene in
        try await scene.assign(.platform(.cloud))
        try await scene.deleteCloudMachine()
    }
    return effect(
        "create-machine", "Create the machine without power", by: "cloud platform",
        target: { "machine/\($0.item.cloud.machine)" }, at: { try $0.vault.directory.platform(.cloud) }, undo: undo,
        output: { (_, machine: PlatformV1.Machine) in
            StepOutput("machine \(machine.id)", facts: ["cloud.machine": machine.id])
        }
    ) { scene, key, options in
        let item = scene.item
        return try await scene.platform(.cloud).createMachine(
            item.machine(item.cloud.machine, named: item.displayName, network: item.homeNetwork, key), options)
    }
}

extension ItemRecord {
    /// As the item was when it was enabled, with disks that will be attached later.
    ///
    /// - network: that its guest last had.
    func machine(
        _ id: String, named name: String, network: NetworkSettings?, _ key: CommonV1.OperationKey
    ) -> PlatformV1.CreateMachineRequest {
        .with {
            $0.key = key
            $0.withoutDisks = true
            $0.machine = .with {
                $0.id = id
                $0.name = name
                $0.attributes = .with {
                    $0.osFamily = osFamily
                    $0.osName = osName
                    $0.resourceGroup = resourceGroup
                    $0.toolsEnabled = toolsEnabled
                    $0.memoryMib = memoryMib
                    // What its disks say, until a boot action changes it.
                    $0.network = network?.message
                }
                $0.guest = try? PlatformV1.Guest(wire: guest)
            }
        }
    }
}

func attachToMachine(_ site: Site) -> VaultStep {
    let undo = undoing("attach the disks to the master target again") { scene in
        try await scene.assign(.platform(site))
        _ = try await scene.attach(site, to: "master-target/\(scene.item.masterTarget)")
    }
    return calls(
        "attach", "Attach the disks with their sidecars to the machine", by: "\(site.rawValue) platform", undo: undo
    ) { scene in
        let answer = try await scene.attach(site, to: "machine/\(scene.item[site].machine)")
        return try .done(StepOutput("\(answer.disks.count) disks"))
    }
}

func grant(_ site: Site) -> VaultStep {
    let undo = undoing("withdraw the grant") { scene in
        let client = try scene.platform(site)
        let key = try scene.key("grant/\(scene.item[site].machine)/\(await scene.vault.hostBoot(site))")
        let placed = scene.output("mint")?.numbers["generation"] ?? 0
        _ = try await asking("withdraw the grant") { options in
            try await client.withdrawGrant(
                .with {
                    $0.key = key
                    $0.machine = scene.item[site].machine
                    // Under the generation of the undo, which is above the one that was placed.
                    $0.generation = try? scene.generation()
                }, options)
        }
        scene.vault.log.notice(
            "grant withdrawn", metadata: ["item": "\(scene.item.id)", "generation": "\(placed)"])
        try await scene.assign(.platform(site))
    }
    return calls("grant", "Place the power-on grant and its boot actions", by: "\(site.rawValue) platform", undo: undo)
    {
        scene in
        try await scene.placeGrant(site, overlay: true, bootActions: scene.bootActions(site))
        return try .done(StepOutput("granted at the platform; \(scene.item.networkChange(site))"))
    }
}

func powerOn(_ site: Site) -> VaultStep {
    calls("power-on", "Power the machine on; it writes to an overlay until commit", by: "\(site.rawValue) platform") {
        scene in
        try .done(await scene.poweredOn(site, overlay: true, bootActions: scene.bootActions(site)))
    }.with {
        boundedStart(&$0)
        $0.elsewhere = offerHosts(site)
    }
}

/// A guest may check its disks before it answers, and a host may get room; after this a person is asked. An agent that
/// has not registered by then is late by the domain's own measure, too (seed statement S32).
let longestStart: Duration = .seconds(15 * 60)

@Sendable func boundedStart(_ step: inout VaultStep) {
    step.patience = longestStart
    step.safeWhenStuck = "The machine keeps its grant, and the copy at the other site stays fenced. Mend what is "
        + "named and retry; or accept it as it is, which ends the job: where that is before a commit, "
        + "`homeward change-point` and `homeward cancel-failover` lead out."
}

/// - power: the step that powered the machine on.
/// - overlay: as it was granted then.
func bootConfirmed(_ site: Site, after power: StepID = "power-on", overlay: Bool = true) -> VaultStep {
    calls("booted", "See guest and agent of the new boot answer", by: "\(site.rawValue) platform") { scene in
        let known = scene.output(power)?.facts[hostBootFact(site)]
        try await scene.bootAgain(
            site, unlessIn: known, overlay: overlay, bootActions: overlay ? scene.bootActions(site) : [])
        return try await scene.booted(site, network: overlay ? scene.item.networkAtBoot(site) : nil)
    }.with {
        $0.retry = patientRetry
        boundedStart(&$0)
    }
}

/// Looked at again right before home's disks are touched (source statements S7, S12).
func homeReady() -> VaultStep {
    VaultStep("home-ready", .gate, "Look at vCenter and the home master target once more", by: "vault") { vault, run in
        let scene = try await Scene(vault, run)
        let seen = await Observer(vault).home(scene.item)
        let failing = [vcenterConnected(seen), masterTargetNoSnapshots(seen)].filter(\.blocks)
        let waived = scene.parameters.waivers.map(\.code)
        let blocking = failing.filter { $0.waivable == .never || !waived.contains($0.code.rawValue) }
        guard blocking.isEmpty else {
            // Nobody could be asked, or vCenter is away for a moment: that is waited for, a "no" is not.
            let passes = blocking.allSatisfy { $0.status == .unknown || $0.code == .vcenterConnected }
            throw Failure(
                passes ? .unavailable : .gatesFailed, "hand home's disks over", on: [.item(run.item)], gates: blocking)
        }
        return try .done(StepOutput("vCenter is connected, the master target has no snapshots"))
    }.with { $0.retry = patientRetry }
}

func finishFailover(_ direction: Direction) -> VaultStep {
    finishStep("The item waits for commit") { item, scene in
        // Until its debts were paid, at first contact.
        let dead = item[direction.source].statedDead
        item.phase = Phase.commitPending(direction).name
        item[direction.target].state = CopyState.running.rawValue
        item[direction.source].state = (dead ? CopyState.off : .fenced).rawValue
        item.oldSource = (dead ? OldSource.declaredDead : .fenced).rawValue
        item.unprotectedSinceUs = scene.vault.now.value
        item.health = healthy
        item.certificate = direction == .home ? scene.certificate() : nil
        return StepOutput("active at \(direction.target.rawValue)")
    }
}

extension Scene {
    /// As the failback leaves it.
    fileprivate func certificate() -> StoredCertificate {
        let facts = output("choose")?.facts ?? [:]
        var roots: [String: String] = [:]
        for disk in item.disks { roots[disk.id] = facts["point.root.\(disk.id)"] }
        return StoredCertificate(
            job: run.job.text, isFullWanted: parameters.fullCertificate ?? false,
            mode: output("certify")?.facts["certificate"] ?? "retained", sourceRoots: roots)
    }

    func move(
        to number: UInt64, _ key: CommonV1.OperationKey, _ options: CallOptions
    ) async throws -> TargetV1.Replica {
        let generation = try generation()
        return try await target(item.masterTarget).moveReplica(
            .with {
                $0.key = key
                $0.item = item.id
                $0.generation = generation
                $0.number = number
            }, options)
    }

    func move(to number: UInt64) async throws -> TargetV1.Replica {
        let key = try key("replica")
        return try await asking("move the replica to point \(number)", Patience.long) {
            try await move(to: number, key, $0)
        }
    }

    func reclaim() async throws {
        let client = try target(item.masterTarget)
        let key = try key("replica")
        let generation = try generation()
        let id = item.id
        _ = try await asking("take the disks of item \(id) back", Patience.long) {
            try await client.reclaimReplica(
                .with {
                    $0.key = key
                    $0.item = id
                    $0.generation = generation
                }, $0)
        }
    }

    func deleteCloudMachine() async throws { try await deleteMachine(item.cloud.machine, at: .cloud) }

    func deleteMachine(_ id: String, at site: Site) async throws {
        let client = try platform(site)
        let key = try key("machine/\(id)")
        let generation = try generation()
        _ = try await asking("delete machine \(id)") {
            try await client.deleteMachine(
                .with {
                    $0.key = key
                    $0.machine = id
                    $0.generation = generation
                }, $0)
        }
    }
}
