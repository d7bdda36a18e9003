import API
import Contract
import Cryptography
import Environment
import Logging
import Messages
import Model
import RPC
import Synchronization
import Workflow

/// Loops without steps: they look at what is, and move items along where no job acts. One item is looked at after the
/// other, so nobody is asked for one who was not heard lately: a site that is gone would hold up all items.
final class Reconcilers: Sendable {
    let core: VaultCore
    let progress = SyncProgress()
    let told = ToldTerms()
    let absences = Absences()
    /// When this vault began to listen.
    let began: MonotonicInstant
    private let tasks = Mutex<[SpawnedTask]>([])
    /// When a lost process server was last tried to be left, by item or group.
    private let switches = Mutex<[String: MonotonicInstant]>([:])

    /// Between two rounds over all items.
    private static let round: Duration = .seconds(1)
    /// Between two looks at items that a step waits for.
    private static let glance: Duration = .milliseconds(200)

    init(core: VaultCore) {
        self.core = core
        began = core.vault.environment.clock.now()
    }

    var vault: VaultContext { core.vault }

    func start() {
        repeating("reconcilers", every: Self.glance) { await $0.passAndGlance() }
        // By itself: a platform that does not answer keeps no item from the rest.
        repeating("cloud machines", every: Self.cloudMachineRound) { await $0.lookAtCloudMachines() }
    }

    private func repeating(
        _ name: String, every pause: Duration, _ look: @escaping @Sendable (Reconcilers) async -> Void
    ) {
        let task = vault.environment.tasks.spawn(name) { [self] in
            while !Task.isCancelled {
                await look(self)
                do { try await vault.environment.clock.sleep(for: pause) } catch { return }
            }
        }
        tasks.withLock { $0.append(task) }
    }

    func stop() async {
        let running = tasks.withLock { tasks in
            defer { tasks = [] }
            return tasks
        }
        for task in running { task.cancel() }
        for task in running { await task.finished() }
    }

    /// True once in a pause.
    func mayAttempt(_ scope: String, at now: MonotonicInstant) -> Bool {
        switches.withLock { last in
            if let before = last[scope], now - before < Self.switchPause { return false }
            last = last.filter { now - $0.value < Self.switchPause }
            last[scope] = now
            return true
        }
    }

    /// Until the next pass is due but for one pause.
    private func passAndGlance() async {
        await pass()
        let clock = vault.environment.clock
        let next = clock.now() + Self.round
        while clock.now() + Self.glance < next {
            do { try await clock.sleep(for: Self.glance) } catch { return }
            for item in vault.awaited.items {
                if let item = try? await vault.store.item(ItemID(item)) { await tend(item) }
            }
        }
    }

    /// One look at every item that there may be anything to do with.
    func pass() async {
        do { try await vault.policies.read(vault.store) } catch {
            vault.log.error("policies cannot be read", metadata: ["error": "\(error)"])
        }
        var after = ""
        while !Task.isCancelled {
            guard let page = try? await vault.store.tendedItems(after: after, limit: Page.usual), let last = page.last
            else { return }
            for item in page { await tend(item) }
            after = last.id
        }
    }

    private func tend(_ item: ItemRecord) async {
        guard item.quarantine == nil else { return }
        await payIfOwed(item)
        await tellIfMissed(item)
        await payRemnants(item)
        await leaveIfLost(item)
        await lookAtReplica(item)
        do {
            try await vault.reassign(item)
            try await look(item)
        } catch { await unseen(item, "an item cannot be looked at", error) }
    }

    private func look(_ known: ItemRecord) async throws {
        // Before it is asked: what it says is at least as old as that when it is heard.
        let askedAt = vault.environment.clock.now()
        let agent = await activeAgent(known)
        let item = try await lookAtDisks(known, agent)
        switch try item.phaseValue() {
        case .synchronizing: try await synchronizing(item, agent, askedAt)
        case .protected(let direction): try await replicating(item, direction, agent, askedAt)
        case .commitPending(.home):
            vault.figures.report(item.id, nil)
            await readingBack(item)
        default:
            vault.figures.report(item.id, nil)
            vault.figures.readBack(item.id, nil)
        }
        if item.synchronizingJob != nil { try await endWaitingJob(item.itemID()) }
        if item.resync?.isTold == false { try await keepResync(vault.store.item(item.itemID()), agent) }
        try await restoreActive(item, agent)
        try await watchDrill(item)
        try await keepGroup(item)
        await keepPolicy(item)
    }

    /// The agent of the copy that is to run, asked for once in a pass.
    private func activeAgent(_ item: ItemRecord) async -> AgentV1.Agent? {
        guard let phase = try? item.phaseValue(), phase.hasActiveCopy, let assignment = try? item.assignment() else {
            return nil
        }
        let site = assignment.roles.activeSite
        return await vault.agent(item[site].machine, at: site, preferring: item.processServer, onlyHeard: true)
    }

    /// The next pass looks again, unless this vault's record of the item proves to be an old one.
    func unseen(_ item: ItemRecord, _ what: Logger.Message, _ error: any Error) async {
        vault.log.debug(what, metadata: ["item": "\(item.id)", "error": "\(error)"])
        guard let failure = error as? Failure, let id = try? item.itemID() else { return }
        _ = await vault.judge(failure, of: id)
    }

    // MARK: In sync

    /// Row 2: every disk in sync, and a first point of this generation sealed and applied. The job that waits for it
    /// ends here and the next operation's gates look at the health, so the agent must say that it streams, too.
    private func synchronizing(
        _ item: ItemRecord, _ agent: AgentV1.Agent?, _ askedAt: MonotonicInstant
    ) async throws {
        guard let direction = try item.phaseValue()?.direction else { return }
        guard try await replicating(item, direction, agent, askedAt) == healthy else { return }
        let client = TargetControlClient(try vault.directory.channel(of: item.masterTarget))
        let replica = try await asking("look at the replica of \(item.id)", Patience.read) {
            try await client.getReplica(.with { $0.item = item.id }, $0)
        }
        guard replica.state == .atPoint || replica.state == .applying, replica.sealed > 0 else { return }
        let current = item.generation?.number ?? 0
        let points = try await asking("look at the points of \(item.id)", Patience.read) {
            try await client.listPoints(.with { $0.item = item.id }, $0)
        }
        let isFirst = points.points.contains { point in
            point.name.isEmpty && point.applied && point.generation?.number == current
        }
        guard isFirst else { return }
        try await letLeftoversGo(item, client)
        let changed = try await vault.store.update(item.itemID(), "in-sync") { record in
            guard record.phase == Phase.synchronizing(direction).name, record.claimJob == nil,
                record.generation == item.generation
            else { return false }
            record.phase = Phase.protected(direction).name
            record.origin = nil
            record.unprotectedSinceUs = 0
            record.remainingBlocks = 0
            return true
        }
        guard changed else { return }
        vault.log.notice("item is protected", metadata: ["item": "\(item.id)", "direction": "\(direction.rawValue)"])
        vault.bell.ring()
    }

    /// The job that waits for the item ends with it, whatever became of the item.
    private func endWaitingJob(_ id: ItemID) async throws {
        let item = try await vault.store.item(id)
        guard let text = item.synchronizingJob, let job = JobID.isValid(text) ? try JobID(text) : nil else { return }
        let isInSync: Bool
        switch try item.phaseValue() {
        case .synchronizing, nil: return
        case .protected: isInSync = true
        default: isInSync = false
        }
        try await endProgress(job, id, isInSync: isInSync)
        do { try await core.runner.signal(job, inSyncSignal) } catch let failure as Failure
            where failure.code == .operationNotAllowed
        {}
        try await vault.store.update(id, "in-sync-told") { record in
            guard record.synchronizingJob == text else { return false }
            record.synchronizingJob = nil
            return true
        }
    }

    // MARK: Groups

    /// Relays that were open before a member came or went are told who the members are now, and by what policy.
    private func keepGroup(_ item: ItemRecord) async throws {
        guard !item.group.isEmpty, item.claimJob == nil, item.generation?.replication != nil,
            vault.isHeard(.processServer(item.processServer))
        else { return }
        let assignment = try item.assignment()
        let members = try await vault.members(of: item.group)
        let terms = vault.policies.terms(of: item)
        let held = [
            "\(vault.store.database.incarnation)", "\(assignment.generation.number)", item.processServer,
            "every \(terms.groupIntervalUs)/\(terms.applicationIntervalUs) us", "debt \(item.debtsMade ?? 0)",
        ]
        let now = (held + members).joined(separator: " ")
        guard item.relayMembers != now else { return }
        // What was told before may be told again, by another revision.
        let digest = hexadecimal(Array(SHA256.hash("\(now) \(terms.revision)".utf8).prefix(16)))
        let key = try vault.reconcilerKey("group-relay", digest, assignment)
        try await vault.openRelay(of: item, key, by: terms)
        try await vault.store.update(assignment.item, "group-relay") { record in
            guard record.generation == item.generation else { return false }
            record.relayMembers = now
            return true
        }
    }

    // MARK: Health

    /// Keeps the item's health and progress as they are seen now; the health.
    @discardableResult
    private func replicating(
        _ item: ItemRecord, _ direction: Direction, _ agent: AgentV1.Agent?, _ askedAt: MonotonicInstant
    ) async throws -> [String] {
        let site = direction.source
        var health: [String] = []
        var remaining = item.remainingBlocks
        if let agent, agent.attached, let status = agent.status {
            vault.figures.heard(agent, of: item, askedAt: askedAt)
            vault.figures.report(item.id, .init(status: status, at: vault.environment.clock.now()))
            remaining = status.remainingBlocks
            try await reportProgress(item, status)
            if status.tracking == .only { health.append("changes are only tracked: \(status.cause)") }
            if status.tracking == .streaming, !status.cause.isEmpty { health.append(status.cause) }
            if status.tracking == .unprotected { health.append("the agent does not replicate: \(status.cause)") }
        } else {
            vault.figures.report(item.id, nil)
            health.append("the agent of \(item[site].machine) is not connected")
        }
        if let entry = vault.directory.entry(item.masterTarget) {
            if !vault.directory.isFresh(entry) {
                health.append("master target \(item.masterTarget) was not heard lately")
            } else if let own = entry.component.findings.first(where: { $0.subject == "replica \(item.id)" }) {
                health.append("master target \(item.masterTarget): \(own.cause)")
            }
        }
        if let entry = vault.directory.entry(item.processServer), !vault.directory.isFresh(entry) {
            health.append("process server \(item.processServer) was not heard lately")
        }
        health += item.unmatchedDisks
        if let resync = item.comparison() {
            health.append(resync.health)
        }
        let now = health.isEmpty ? healthy : health
        guard now != item.health || remaining != item.remainingBlocks else { return now }
        let changed = try await vault.store.update(item.itemID(), "health") { [remaining] record in
            guard record.phase == item.phase else { return false }
            record.health = now
            record.remainingBlocks = remaining
            return true
        }
        if changed { vault.bell.ring() }
        return now
    }
}

/// Items that steps wait for to become healthy: the reconcilers look at them more often.
final class AwaitedItems: Sendable {
    private let counts = Mutex<[String: Int]>([:])

    var items: [String] { counts.withLock { $0.keys.sorted() } }
    func enter(_ item: String) { counts.withLock { $0[item, default: 0] += 1 } }
    func leave(_ item: String) {
        counts.withLock { counts in
            let left = (counts[item] ?? 1) - 1
            counts[item] = left > 0 ? left : nil
        }
    }
}
