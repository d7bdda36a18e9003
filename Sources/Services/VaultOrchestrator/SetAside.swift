import API
import Contract
import MessageCoding
import Messages
import Model
import RPC
import Workflow

/// What a copy wrote that was left before its failover was committed. The master target has it beside the replica's
/// disks; the item's row tells by which job, and when.
struct StoredSetAside: Codable, Hashable, Sendable {
    /// Under which the copy was given the disks.
    var generation: UInt64
    var job: String
    var person: String
    var atUs: Int64
    var masterTarget: String
    var point: UInt64
    var blocks: UInt64
    var storedBytes: UInt64

    var text: String {
        "\(ByteCount(Int64(clamping: storedBytes))) that generation \(generation) wrote, set aside by \(person)"
    }
}

extension ItemRecord {
    /// At the end of the job that left the copy.
    mutating func keepSetAside(_ scene: Scene) {
        guard let numbers = scene.output("reclaim")?.numbers, let generation = numbers["setAside"] else { return }
        // A copy that never ran has written nothing: what an earlier one wrote stays.
        guard setAside?.generation != generation else { return }
        guard generation > 0 else { return setAside = nil }
        setAside = StoredSetAside(
            generation: generation, job: scene.run.job.text, person: scene.parameters.person,
            atUs: scene.vault.now.value, masterTarget: masterTarget, point: numbers["setAsidePoint"] ?? 0,
            blocks: numbers["setAsideBlocks"] ?? 0, storedBytes: numbers["setAsideBytes"] ?? 0)
    }

    /// What becomes of it by an operation.
    func noteOfSetAside(_ operation: Operation) -> String? {
        guard let setAside else { return nil }
        let keep = "homeward set-aside export \(displayName) --to FILE keeps it"
        return switch operation {
        case .commit, .disable, .disableForced, .completeMigration: "\(setAside.text), goes: \(keep)"
        case .cancelFailover, .changePoint: "\(setAside.text), gives way to what is set aside now: \(keep)"
        default: nil
        }
    }
}

extension Scene {
    /// After the disks were taken back: the newest that is there, as numbers of the step; 0 for none.
    func setAside() async throws -> [String: UInt64] {
        let client = try target(item.masterTarget)
        let found: [TargetV1.SetAside]
        do {
            found = try await asking("look at what is set aside of item \(item.id)", Patience.read) { options in
                try await client.getSetAside(.with { $0.item = item.id }, options)
            }.setAside
        } catch {
            // It is there all the same; somebody who looks for it is told why it cannot be seen.
            guard error.disposition == .permanent else { throw error }
            vault.log.error("what was set aside is not seen", metadata: ["item": "\(item.id)", "error": "\(error)"])
            return [:]
        }
        guard let newest = found.last else { return ["setAside": 0] }
        return [
            "setAside": newest.generation, "setAsidePoint": newest.point,
            "setAsideBlocks": newest.disks.reduce(0) { $0 + $1.blocks },
            "setAsideBytes": newest.disks.reduce(0) { $0 + $1.storedBytes },
        ]
    }
}

// MARK: - Giving it up

/// The space is another's from the moment on that it is given back: there is no way back.
let releaseSetAsideWorkflow = VaultWorkflow(
    "release-set-aside", version: 1,
    steps: [
        claimStep(),
        effect(
            "release", "Give its space back", by: "master target", target: { _ in "set-aside" },
            at: { try $0.vault.directory.channel(of: $0.item.masterTarget) },
            output: { (_, left: TargetV1.GetSetAsideResponse) in
                StepOutput("\(left.setAside.count) are left", numbers: ["left": UInt64(left.setAside.count)])
            }
        ) { scene, key, options in
            let generation = try scene.generation()
            return try await scene.target(scene.item.masterTarget).releaseSetAside(
                .with {
                    $0.key = key
                    $0.item = scene.item.id
                    $0.generation = generation
                    $0.setAside = scene.parameters.setAside ?? 0
                }, options)
        }.with { $0.isPivot = true },
        finishStep("It is given up") { item, scene in
            if item.setAside?.generation == scene.parameters.setAside { item.setAside = nil }
            return StepOutput("given up by \(scene.parameters.person): \(scene.parameters.cause ?? "")")
        },
    ])

extension VaultCore {
    func releaseSetAside(_ message: VaultV1.ReleaseSetAsideRequest) async throws -> VaultV1.Job {
        let request = try Request(message, message.options)
        if let job = try await known(request) { return job }
        let item = try await itemWithSetAside(message.name)
        let what = Operation.releaseSetAside.attempt(item.displayName)
        try requireReason(message.reason, message.options, what)
        var parameters = JobParameters(operation: releaseSetAsideWorkflow.name)
        parameters.cause = message.reason
        // What its phase does not allow its gate refuses.
        if case .allowed = permission(for: .releaseSetAside, given: try item.conditions()) {
            parameters.setAside = try await one(message.generation, of: item, what).generation
        }
        return try await run(
            request,
            Draft(
                scope: Scope(item), operation: .releaseSetAside, workflow: releaseSetAsideWorkflow,
                parameters: parameters))
    }

    // MARK: Looking

    func setAside(_ message: VaultV1.GetSetAsideRequest) async throws -> VaultV1.GetSetAsideResponse {
        let found = try await setAside(of: try await itemWithSetAside(message.item))
        return .with { $0.setAside = found }
    }

    /// Passed on from the master target piece by piece; each is sent before the next one is asked for.
    func read(
        _ message: VaultV1.ReadSetAsideRequest, _ send: (TargetV1.PointContent) async throws -> Void
    ) async throws {
        let item = try await itemWithSetAside(message.item)
        let what = "read what is set aside of \(item.displayName)"
        let chosen = try await one(message.generation, of: item, what)
        guard chosen.away.isEmpty else { throw Failure(.operationNotAllowed, "\(what): \(chosen.away)") }
        let client = TargetControlClient(try vault.directory.channel(of: item.masterTarget))
        let request = TargetV1.ReadSetAsideRequest.with {
            $0.item = item.id
            $0.generation = chosen.generation
            $0.disk = message.disk
            $0.changesOnly = message.changesOnly
        }
        try await calling(what) {
            let call = try await client.readSetAside(request)
            defer { call.cancel() }
            while let piece = try await call.next() { try await send(piece) }
        }
    }

    private func itemWithSetAside(_ name: String) async throws -> ItemRecord {
        let scope = try await vault.store.scope(named: name)
        guard let group = scope.group else { return scope.first }
        throw Failure(
            .invalidArgument, "look at what is set aside of \(group): it is a replication group; name one of its "
                + "members, \(scope.items.map(\.displayName).joined(separator: ", "))")
    }

    /// - generation: 0 for the only one.
    private func one(_ generation: UInt64, of item: ItemRecord, _ what: String) async throws -> VaultV1.SetAside {
        let found = try await setAside(of: item)
        if generation == 0, found.count == 1 { return found[0] }
        guard let chosen = found.first(where: { $0.generation == generation }) else {
            let known = found.map { "generation \($0.generation)" }.joined(separator: ", ")
            let there = known.isEmpty ? "nothing is set aside" : "there are \(known)"
            throw Failure(.notFound, "\(what): \(there)", on: [.item(try item.itemID())])
        }
        return chosen
    }

    /// The master target tells what is there; while it does not, the item's row tells what was.
    private func setAside(of item: ItemRecord) async throws -> [VaultV1.SetAside] {
        guard !item.masterTarget.isEmpty else { return [] }
        let direction = try item.phaseValue()?.direction
        do {
            let client = TargetControlClient(try vault.directory.channel(of: item.masterTarget))
            let found = try await asking("look at what is set aside of item \(item.id)", Patience.read) {
                try await client.getSetAside(.with { $0.item = item.id }, $0)
            }.setAside
            if !found.isEmpty { return found.map { item.message(of: $0, at: direction?.target) } }
        } catch where error.code == .notFound { return [] } catch {
            return item.setAside.map { [$0.message(at: direction?.target, away: error.message)] } ?? []
        }
        guard let kept = item.setAside, case .commitPending? = try item.phaseValue() else { return [] }
        let machine = item[direction?.target ?? .cloud].machine
        return [
            kept.message(
                at: direction?.target, away: "it lies beside the disks that machine \(machine) runs on: a cancel "
                    + "brings it back, a commit drops it")
        ]
    }
}

extension ItemRecord {
    fileprivate func message(of found: TargetV1.SetAside, at site: Site?) -> VaultV1.SetAside {
        let known = setAside.flatMap { $0.generation == found.generation ? $0 : nil }
        return .with {
            $0.generation = found.generation
            $0.job = known.map { "jobs/\($0.job)" } ?? ""
            $0.person = known?.person ?? ""
            $0.sinceUnixUs = known?.atUs ?? 0
            $0.site = site?.message ?? .unspecified
            $0.masterTarget = masterTarget
            $0.point = found.point > 0 ? found.point : known?.point ?? 0
            $0.pinned = found.point > 0
            $0.blocks = found.disks.reduce(0) { $0 + $1.blocks }
            $0.storedBytes = found.disks.reduce(0) { $0 + $1.storedBytes }
            $0.disks = found.disks
        }
    }
}

extension StoredSetAside {
    fileprivate func message(at site: Site?, away: String) -> VaultV1.SetAside {
        .with {
            $0.generation = generation
            $0.job = "jobs/\(job)"
            $0.person = person
            $0.sinceUnixUs = atUs
            $0.site = site?.message ?? .unspecified
            $0.masterTarget = masterTarget
            $0.point = point
            $0.blocks = blocks
            $0.storedBytes = storedBytes
            $0.away = away
        }
    }
}
