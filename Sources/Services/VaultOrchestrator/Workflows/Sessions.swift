import API
import Contract
import Messages
import Model
import RPC
import Workflow

/// Steps that begin and end a replication: enable, both reprotects, their cancels and disable share them.

func openRelayStep() -> VaultStep {
    // The item may have been moved to another process server since. One that is away forgets it when it is assigned.
    let undo = undoing("close the relay") { scene in
        for id in Set([scene.parameters.processServer, scene.item.relayedAnew?.to ?? ""]).sorted() where !id.isEmpty {
            guard try await scene.assignIfHeard([.processServer(id)]).isEmpty else { continue }
            try await scene.closeRelay(at: id)
        }
    }
    return calls("open-relay", "Open the relay to the master target", by: "process server", undo: undo) { scene in
        try await scene.openRelay()
        return try .done(StepOutput("relay at \(scene.item.processServer)"))
    }
}

func openSessionStep(_ site: Site) -> VaultStep {
    let undo = undoing("close the session") { scene in
        do { try await scene.closeSession(site) } catch let failure as Failure where failure.code == .unavailable {
            scene.vault.log.notice("no session to close: the agent is away", metadata: ["item": "\(scene.item.id)"])
        }
    }
    return calls("open-session", "Open the replication session", by: "\(site.rawValue) agent", undo: undo) { scene in
        let lineage = scene.output("lineage")?.numbers ?? [:]
        let isFresh = scene.output("adopt")?.numbers["blank"] == 1
        let full = isFresh || lineage["full"] == 1
        try await scene.openSession(site, fullCopy: full, compare: lineage["compare"] == 1)
        return try .done(StepOutput(full ? "full copy" : "changes", facts: ["session": full ? "full" : "delta"]))
    }
}

/// Blank disks of the machine's sizes, and the replica on them.
func createReplicaDisks(
    at site: Site = .cloud, unless skip: @escaping @Sendable (Scene) async throws -> String? = { _ in nil }
) -> VaultStep {
    let undo = undoing("delete the replica's disks") { scene in
        let client = try scene.platform(site)
        let key = try scene.key("replica-disks")
        _ = try await asking("delete the replica's disks") { options in
            try await client.deleteReplicaDisks(
                .with {
                    $0.key = key
                    $0.item = scene.item.id
                    $0.masterTarget = scene.parameters.masterTarget
                }, options)
        }
    }
    return effect(
        "create-disks", "Create blank disks at the \(site.rawValue) master target", by: "\(site.rawValue) platform",
        target: { _ in "replica-disks" }, at: { try $0.vault.directory.platform(site) }, undo: undo,
        output: { (_, answer: PlatformV1.AttachDisksResponse) in
            StepOutput("\(answer.disks.count) disks", numbers: ["disks": UInt64(answer.disks.count)])
        }, unless: skip
    ) { scene, key, options in
        try await scene.platform(site).createReplicaDisks(
            .with {
                $0.key = key
                $0.item = scene.item.id
                $0.masterTarget = scene.parameters.masterTarget
                $0.disks = scene.item.disks.map(\.message)
                if site == .home { $0.datastore = scene.parameters.datastore ?? "" }
            }, options)
    }
}

/// - blank: whether the disks were made by this job.
func adopt(blank: Bool, unless skip: @escaping @Sendable (Scene) async throws -> String? = { _ in nil }) -> VaultStep {
    let undo = undoing("let the master target forget the replica") { scene in
        try await scene.assign(.masterTarget(scene.parameters.masterTarget))
        try await scene.forgetReplica(scene.parameters.masterTarget)
    }
    return calls("adopt", "Take the disks as the item's replica", by: "master target", undo: undo) { scene in
        if let reason = try await skip(scene) { return .skipped(reason) }
        let id = scene.parameters.masterTarget
        // It may never have heard of the item; a command needs the generation it is given under.
        try await scene.assign(.masterTarget(id))
        let client = try scene.target(id)
        let key = try scene.key("replica")
        let generation = try scene.generation()
        let answer = try await asking("adopt the replica of item \(scene.item.id)", Patience.long) { options in
            try await client.adoptReplica(
                .with {
                    $0.key = key
                    $0.item = scene.item.id
                    $0.generation = generation
                    $0.disks = scene.item.disks.map(\.message)
                    $0.blank = blank
                }, options)
        }
        return try .done(
            StepOutput(
                "\(answer.disks.count) disks adopted", facts: AdoptedLineage.facts(answer.disks),
                numbers: ["blank": blank ? 1 : 0]))
    }
}

/// What adoption found beside the disks, kept in the journal for the lineage decision.
enum AdoptedLineage {
    static func facts(_ disks: [TargetV1.AdoptedDisk]) -> [String: String] {
        var facts: [String: String] = [:]
        for disk in disks {
            facts["home.changed.\(disk.disk)"] = "\(disk.changedBlocks)"
            facts["home.suspect.\(disk.disk)"] = "\(disk.suspectBlocks)"
            facts["lineage.\(disk.disk)"] = hexadecimal(disk.record)
        }
        return facts
    }
}

extension StoredDisk {
    var message: CommonV1.Disk {
        .with {
            $0.id = id
            $0.index = UInt32(clamping: index)
            $0.bytes = bytes
        }
    }
}

extension Scene {
    /// - id: the item's own process server when none is named.
    func closeRelay(at id: String? = nil) async throws {
        let server = id ?? item.processServer
        let client = try processServer(server)
        let key = try key("relay/\(server)")
        let generation = try generation()
        let id = item.id
        _ = try await asking("close the relay of item \(id)") {
            try await client.closeRelay(
                .with {
                    $0.key = key
                    $0.item = id
                    $0.generation = generation
                }, $0)
        }
    }

    func closeSession(_ site: Site) async throws {
        let generation = try generation()
        _ = try await command(site, "close-session", .closeSession(.with { $0.generation = generation }))
    }

    func forgetReplica(_ target: String) async throws {
        let client = try self.target(target)
        let key = try key("replica")
        let generation = try generation()
        let id = item.id
        let request = TargetV1.ForgetReplicaRequest.with {
            $0.key = key
            $0.item = id
            $0.generation = generation
        }
        do {
            _ = try await asking("forget the replica of item \(id)", Patience.long) { options in
                try await client.forgetReplica(request, options)
            }
        } catch {
            // There is none: that is what was asked for.
            guard error.code == .notFound else { throw error }
        }
    }

    /// The active copy in place under the new generation: platform, fresh grant, agent.
    func renewActive(_ site: Site) async throws {
        try await assign(.platform(site))
        // A machine that was released has a grant for every boot, whatever it ran under: this one takes its place.
        let hadGrant = try await machine(site).grant?.number ?? 0 > 0
        if hadGrant || item.formerGeneration != nil { try await placeGrant(site, overlay: false) }
        try await assignAgent(site)
    }

    /// Everyone in a replication from `site`, in the order of rule G4: the active copy first.
    func assignReplication(_ site: Site, to target: String) async throws {
        try await renewActive(site)
        try await assign([.masterTarget(target), .processServer(item.processServer), .platform(site.other)])
    }
}
