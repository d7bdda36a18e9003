import API
import Contract
import Messages
import Model
import RPC
import Workflow

/// A home machine becomes an item: registered, given blank disks in the cloud, generation 1, and a session that copies
/// everything. Until it is protected a cancel removes everything.
let enableWorkflow = VaultWorkflow(
    "enable", version: 1,
    steps: [
        claimStep(removingItem: true), register(), createReplicaDisks(),
        mintEnable(), assignEnabled(), adopt(blank: true), openRelayStep(), openSessionStep(.home),
        finishStep(
            "The item synchronizes towards the cloud",
            undo: undoingChange("take the item back") { item, scene in
                try takeBack(&item, scene.run.job)
                item.phase = ""
            }
        ) { item, scene in
            item.phase = Phase.synchronizing(.out).name
            item.origin = SynchronizingOrigin.enable.rawValue
            item.synchronizingJob = scene.run.job.text
            item.home.state = CopyState.running.rawValue
            return StepOutput("SYNCHRONIZING_OUT")
        },
        inSyncStep().with { $0.isPivot = true },
    ])

private func mintEnable() -> VaultStep {
    let undo = undoingChange("mint a higher generation without replication") { item, scene in
        try takeBack(&item, scene.run.job)
        let token = scene.vault.environment.random.bytes(GenerationToken.byteCount)
        try item.mint(GenerationRoles(activeSite: .home, replication: nil), token: token, oldWriter: "confirmed")
    }
    return change("mint", .mint, "Mint the first generation", undo: undo) { item, scene in
        let token = scene.vault.environment.random.bytes(GenerationToken.byteCount)
        let roles = GenerationRoles(
            activeSite: .home, replication: .out, processServer: try ProcessServerID(item.processServer),
            masterTarget: try MasterTargetID(item.masterTarget))
        try item.mint(roles, token: token, oldWriter: "confirmed")
        let number = item.generation?.number ?? 0
        return StepOutput("generation \(number)", facts: ["generation": "\(number)"], numbers: ["generation": number])
    }.with { $0.undoesFirst = true }
}

private func assignEnabled() -> VaultStep {
    let undo = undoing("end the replication everywhere, and release the machine") { scene in
        try await scene.assignReplication(.home, to: scene.parameters.masterTarget)
        // Nobody will grant it anything in its host's next boot.
        try await Release(vault: scene.vault, item: scene.item, assignment: try scene.assignment()) {
            try scene.key($0)
        }.perform()
    }
    return calls(
        "assign", "Give everybody generation 1", by: "agent, process server, master target, platforms", undo: undo
    ) {
        scene in
        try await scene.assignReplication(.home, to: scene.parameters.masterTarget)
        return try .done(StepOutput("all answered"))
    }
}

private func register() -> VaultStep {
    let undo = undoing("unregister the machine") { scene in try await scene.unregister() }
    return effect(
        "register", "Register the machine and its disks", by: "configuration server", target: { "item/\($0.item.id)" },
        at: { try $0.vault.directory.configuration() }, undo: undo,
        output: { (_, row: ConfigurationV1.ProtectedMachine) in StepOutput("\(row.disks.count) disks") }
    ) { scene, key, options in
        try await ConfigurationClient(try scene.vault.directory.configuration()).registerMachine(
            .with {
                $0.key = key
                $0.item = scene.item.id
                $0.machine = scene.item.home.machine
            }, options)
    }
}

extension Scene {
    func unregister() async throws {
        let client = ConfigurationClient(try vault.directory.configuration())
        let key = try key("item/\(item.id)")
        let id = item.id
        _ = try await asking("unregister item \(id)") {
            try await client.unregisterMachine(
                .with {
                    $0.key = key
                    $0.item = id
                }, $0)
        }
    }
}
