import API
import Contract
import Environment
import Messages
import Model
import Store
import Workflow

/// The first step of every operation: the claim was taken with the job; this proves that it is still ours. Its undo,
/// the last one, gives it back.
///
/// - letsGoEarly: the job outlives its claim, and goes back without it.
func claimStep(removingItem: Bool = false, letsGoEarly: Bool = false) -> VaultStep {
    let release: Undo =
        removingItem
        ? (
            "remove the item",
            { vault, run in
                .commit { transaction in
                    try vault.store.removeItem(run.item, in: transaction)
                    return []
                }
            }
        )
        : undoingChange("release the item") { item, scene in
            if letsGoEarly, item.claimJob != scene.run.job.text { return }
            try requireClaim(item, scene.run.job)
            item.claimJob = nil
            item.claimOperation = nil
        }
    return change("claim", .decide, "Hold the item for this job", undo: release) { item, scene in
        try requireClaim(item, scene.run.job)
        return StepOutput("item \(item.id) is held")
    }
}

private func requireClaim(_ item: ItemRecord, _ job: JobID) throws(Failure) {
    guard item.claimJob == job.text else {
        throw Failure(
            .conflictingJob, "hold item \(item.id): it is held by \(item.claimJob ?? "nobody")", on: [.job(job)])
    }
}

/// A job takes back only what is still its own: an item that it holds, or that synchronizes by it.
func requireOwn(_ item: ItemRecord, _ job: JobID) throws(Failure) {
    guard item.claimJob == nil, item.synchronizingJob == job.text, case .synchronizing? = try item.phaseValue() else {
        return try requireClaim(item, job)
    }
}

/// The first record of a job that goes back after it let its item go: from here on nobody else takes it.
func takeBack(_ item: inout ItemRecord, _ job: JobID) throws(Failure) {
    try requireOwn(item, job)
    guard item.claimJob == nil, case .synchronizing(let direction)? = try item.phaseValue() else { return }
    let isEnabled = item.origin == SynchronizingOrigin.enable.rawValue
    item.claimJob = job.text
    item.claimOperation = (isEnabled ? Operation.enable : .reprotect(direction)).name
}

/// The last step that acts on the item: phase and claim change in one transaction. Nothing else changes a phase, except
/// the reconciler that finds it in sync.
func finishStep(
    _ title: String, undo: Undo? = nil, _ body: @escaping @Sendable (inout ItemRecord, Scene) throws -> StepOutput
) -> VaultStep {
    change("finish", .decide, title, undo: undo) { item, scene in
        try requireClaim(item, scene.run.job)
        let output = try body(&item, scene)
        item.claimJob = nil
        item.claimOperation = nil
        return output
    }
}

/// Mints the next generation; its undo, which runs before every other one, mints a further one with the old roles.
func mintStep(
    _ title: String, oldWriter: @escaping @Sendable (Scene) -> String = { _ in "confirmed" },
    _ roles: @escaping @Sendable (inout ItemRecord, Scene) throws -> GenerationRoles
) -> VaultStep {
    let undo = undoingChange("mint a higher generation with the old roles") { item, scene in
        try takeBack(&item, scene.run.job)
        guard let before = scene.parameters.before else { return }
        var old = try before.roles
        old.drains = nil
        let token = scene.vault.environment.random.bytes(GenerationToken.byteCount)
        try item.mint(old, token: token, oldWriter: "unproven")
        item.processServer = old.processServer?.text ?? item.processServer
        item.masterTarget = old.masterTarget?.text ?? item.masterTarget
        if let excluded = scene.parameters.exclude {
            let others = (item.leftOut ?? []).filter { $0 != excluded }
            item.leftOut = others.isEmpty ? nil : others
        }
    }
    return change("mint", .mint, title, undo: undo) { item, scene in
        let token = scene.vault.environment.random.bytes(GenerationToken.byteCount)
        let next = try roles(&item, scene)
        try item.mint(next, token: token, oldWriter: oldWriter(scene))
        let number = item.generation?.number ?? 0
        return StepOutput("generation \(number)", facts: ["generation": "\(number)"], numbers: ["generation": number])
    }.with { $0.undoesFirst = true }
}

/// Waits at the end of enable and reprotect, without the claim, until the reconciler says that the item is protected.
/// From then on, and once another operation took the item, there is nothing to give back: it is the point of no return
/// of a workflow that has no earlier one.
func inSyncStep() -> VaultStep {
    VaultStep(
        "in-sync", .wait, "Wait until every disk is in sync and a first recovery point is sealed", by: "reconciler"
    ) { vault, run in
        // Signals are rung for one item of several, so the item itself says how it is.
        let item = try await vault.store.item(run.item)
        switch try item.phaseValue() {
        case .synchronizing where item.synchronizingJob == run.job.text:
            return .wait(Wait("\(item.displayName) synchronizes", signal: inSyncSignal, party: .agent))
        case .protected, .commitPending: return try .done(StepOutput("in sync", numbers: [inSyncSignal: 1]))
        case let phase: return try .done(StepOutput("the item went on to \(phase?.name ?? "nothing")"))
        }
    }
}

/// Polls within one attempt; when the window passes without an end the attempt fails transiently, and another follows.
func polling(
    _ scene: Scene, _ what: String, window: Duration = Patience.pollWindow,
    _ look: @Sendable () async throws -> StepOutput?
) async throws -> StepResult {
    let seen = try await looking(scene.vault, for: window) {
        if let output = try await look() { return .ends(try .done(output)) }
        return .missing("not yet")
    }
    switch seen {
    case .ends(let result): return result
    case .missing(let missing): throw Failure(.busy, "\(what): \(missing)", on: [.item(scene.run.item)])
    }
}

/// What one look of a step that waits has shown.
enum Look {
    case ends(StepResult)
    /// What there is to wait for.
    case missing(String)
}

/// Looks until a look ends the step or the window has passed; then the last look is the answer.
func looking(
    _ vault: VaultContext, for window: Duration, _ look: @Sendable () async throws -> Look
) async throws -> Look {
    let clock = vault.environment.clock
    let deadline = clock.now() + window
    var pauses = PollPauses()
    while true {
        let seen = try await look()
        guard case .missing = seen, clock.now() < deadline else { return seen }
        try await clock.sleep(for: pauses.next())
    }
}

/// For steps that wait for a machine or a merge: attempts are cheap and each lasts a poll window.
let patientRetry = RetryPolicy(attempts: 20, first: .milliseconds(200), longest: .seconds(5))

extension Scene {
    /// Tries for a while to give a copy its roles back; when it cannot be reached, the reconciler does so at first
    /// contact, and the operation need not stay open for as long as a site is away. One that was stated dead is not
    /// waited for at all.
    func orOwe(_ debt: Debt, _ body: () async throws -> Void) async throws { try await orOwe(debt.rawValue, body) }

    /// The same for what is left somewhere.
    func orOwe(_ remnant: Remnant, _ body: () async throws -> Void) async throws {
        try await orOwe(remnant.debt, body)
    }

    private func orOwe(_ debt: String, _ body: () async throws -> Void) async throws {
        guard !item.owed.contains(debt) else { return }
        do {
            guard parameters.statement == nil else {
                throw Failure(.unavailable, "reach \(item.displayName): its source was stated dead")
            }
            try await body()
        } catch let failure as Failure
            where failure.code == .unavailable
                && (run.attempt >= Scene.attemptsBeforeDebt || parameters.statement != nil)
        {
            try await owe(debt)
        }
    }

    func owe(_ debt: Debt) async throws { try await owe(debt.rawValue) }

    private func owe(_ debt: String) async throws {
        vault.log.notice("owed until first contact", metadata: ["item": "\(item.id)", "debt": "\(debt)"])
        try await vault.store.update(run.item, "owe") { record in
            guard !record.owed.contains(debt) else { return false }
            record.owe(debt)
            return true
        }
    }

    /// Some ten seconds: a process that died is back by then.
    static let attemptsBeforeDebt = 8

    /// Windows guests lose VMware Tools on the way out and get them back at home (source statement S29). Linux guests
    /// with a static network get one that fits the site.
    func bootActions(_ site: Site) -> [String] {
        if item.networkAtBoot(site) != nil { return [configureNetwork] }
        guard item.osFamily == "windows" else { return [] }
        return [site == .cloud ? "disable-tools" : "enable-tools"]
    }

    /// - network: what its guest was asked to set at this boot.
    func booted(_ site: Site, network: NetworkSettings? = nil) async throws -> StepResult {
        try await polling(self, "see machine \(item[site].machine) boot") {
            let machine = try await machine(site)
            guard machine.booted, machine.power == .on else { return nil }
            var output = StepOutput(
                "boot \(machine.bootID) answers",
                facts: ["\(site.rawValue).bootId": machine.bootID, "\(site.rawValue).power": "on"])
            if let network { output.tell(of: network, at: site, as: try? NetworkSettings(machine.attributes?.network)) }
            return output
        }
    }

    func mergeOverlay(_ site: Site) async throws -> StepResult {
        let generation = try generation()
        var merged: UInt64 = 0
        var pauses = PollPauses()
        for part in 0..<Scene.mergeParts {
            let result = try await command(
                site, "merge-\(part)", patience: Patience.long, .mergeOverlay(.with { $0.generation = generation }))
            guard case .mergeOverlay(let merge) = result.result else { continue }
            merged = merge.mergedBlocks
            if merge.complete {
                return try .done(
                    StepOutput("\(merged) blocks merged", facts: ["merged.blocks": "\(merged)"]))
            }
            try await vault.pause(pauses.next())
        }
        throw Failure(.busy, "merge the overlay of \(item[site].machine): \(merged) blocks so far")
    }

    /// Answers to ask for within one attempt, each with its own key; the agent goes on by itself in between.
    private static let mergeParts = 64
}

extension PlatformV1.Power {
    var word: String {
        switch self {
        case .on: "on"
        case .off: "off"
        case .draining: "draining"
        default: "unknown"
        }
    }
}
