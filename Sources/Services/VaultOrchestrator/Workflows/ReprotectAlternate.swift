import API
import Contract
import Messages
import Model
import RPC
import Workflow

/// Replication towards home where the machine that the item came from is gone, or is not to be used: home's platform
/// makes a new machine and new disks, and everything is copied (what is zero is told, not sent).
///
/// Until it is in sync a cancel removes the machine and its disks, and gives the original back what it had.
let reprotectHomeAlternateWorkflow = VaultWorkflow(
    "reprotect-home-alternate", version: 1,
    steps: [
        claimStep(), homeReady(), leaveOriginal(), createHomeMachine(), registerHomeMachine(),
        createReplicaDisks(at: .home), giveBack(.cloud),
        mintStep("Mint the generation of the replication home") { item, scene in
            item.processServer = scene.parameters.processServer
            item.masterTarget = scene.parameters.masterTarget
            return try replicating(item, .home)
        },
        assignAll(.cloud), adopt(blank: true), openRelayStep(), openSessionStep(.cloud),
        finishReprotect(.home, relocating: true),
        inSyncStep().with { $0.isPivot = true }, measuredStep(),
    ])

/// A machine that is there goes off and stays off: its disks are given to the master target, so that nobody starts it
/// with them, and become the item's, so that new ones may take their place. They are kept aside.
private func leaveOriginal() -> VaultStep {
    let undo = undoing("give the original machine its disks again") { scene in
        guard scene.output("leave-original")?.numbers["left"] == 1 else { return }
        try await scene.assign(.platform(.home))
        _ = try await scene.attach(.home, to: "machine/\(scene.item.home.machine)", asReplica: true)
    }
    return calls(
        "leave-original", "Leave the original machine, with its disks kept aside", by: "home platform", undo: undo
    ) { scene in
        let machine = scene.item.home.machine
        try await scene.assign(.platform(.home))
        do { _ = try await scene.machine(.home) } catch let failure as Failure where failure.code == .notFound {
            return try .done(StepOutput("machine \(machine) is gone", facts: ["home.original": "gone"]))
        }
        _ = try await scene.turnHomeOff()
        let answer = try await scene.attach(
            .home, to: "master-target/\(scene.parameters.masterTarget)", asReplica: true)
        return try .done(
            StepOutput(
                "machine \(machine) is off, its \(answer.disks.count) disks are at the master target",
                facts: ["home.original": "off"], numbers: ["left": 1]))
    }
}

private func createHomeMachine() -> VaultStep {
    let undo = undoing("delete the new machine") { scene in
        try await scene.assign(.platform(.home))
        try await scene.deleteMachine(scene.newHomeMachine(), at: .home)
    }
    return effect(
        "create-machine", "Create the new machine without power", by: "home platform",
        target: { try "machine/\($0.newHomeMachine())" }, at: { try $0.vault.directory.platform(.home) }, undo: undo,
        output: { (_, machine: PlatformV1.Machine) in
            StepOutput("machine \(machine.id)", facts: ["home.machine": machine.id])
        }
    ) { scene, key, options in
        let id = try scene.newHomeMachine()
        let isGone = scene.output("leave-original")?.numbers["left"] != 1
        var request = scene.item.machine(
            id, named: isGone ? scene.item.displayName : id,
            network: scene.item.networkAtBoot(.cloud) ?? scene.item.homeNetwork, key)
        request.machine?.host = scene.parameters.host ?? ""
        return try await scene.platform(.home).createMachine(request, options)
    }
}

/// The row at home names the machine that the item comes home to. When the new one is taken back and the original is
/// gone there is none to name: the row stays, and the next reprotect writes it again.
private func registerHomeMachine() -> VaultStep {
    let undo = undoing("register the original machine again") { scene in
        do { try await scene.register(scene.item.home.machine) } catch let failure as Failure
            where failure.code == .notFound
        {}
    }
    return calls("register", "Register the new machine", by: "configuration server", undo: undo) { scene in
        try await scene.register(scene.newHomeMachine())
        return try .done(StepOutput("registered"))
    }
}

extension Scene {
    /// The machine that this job makes at home.
    func newHomeMachine() throws(Failure) -> String {
        guard let machine = parameters.homeMachine else {
            throw Failure(.internalError, "step \(run.step): the new machine's id is not in the job's parameters")
        }
        return machine
    }

    fileprivate func register(_ machine: String) async throws {
        let client = ConfigurationClient(try vault.directory.configuration())
        let key = try key("item/\(item.id)/\(machine)")
        let id = item.id
        _ = try await asking("register machine \(machine) as item \(id)") {
            try await client.registerMachine(
                .with {
                    $0.key = key
                    $0.item = id
                    $0.machine = machine
                }, $0)
        }
    }
}

extension ItemRecord {
    /// Its home copy is the new machine from now on, whose disks are at the master target; a physical one comes home as
    /// a virtual one.
    mutating func relocate(to machine: String, reason: String, by job: String) {
        var earlier = homeAlternate
        earlier?.earlier = nil
        homeAlternate = StoredAlternate(
            original: home, physical: physical, reason: reason, job: job, earlier: earlier.map { [$0] })
        home = StoredCopy(machine: machine, state: Model.CopyState.atTarget.rawValue)
        physical = false
    }

    mutating func returnToOriginal(from job: String) {
        // The job may not have got as far.
        guard let alternate = homeAlternate, alternate.job == job else { return }
        home = alternate.original
        physical = alternate.physical
        homeAlternate = alternate.earlier?.first
    }
}
