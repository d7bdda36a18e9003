import Environment
import Logging
import Model
import Store
import Synchronization

/// Takes the census after a start, until everybody has answered once, and while an item is quarantined.
///
/// An item whose census is complete (both platforms, and the master targets with its points) and shows nothing newer
/// leaves quarantine, and its jobs go on. An item that is not quarantined becomes so when somebody holds what its
/// record does not: that is how a store is found out that was put back as a plain copy of its file.
final class CensusRounds: Sendable {
    /// A component that comes back is asked within this.
    private static let round: Duration = .seconds(5)

    private let core: VaultCore
    private let task = Mutex<SpawnedTask?>(nil)
    /// Components that have answered since our start.
    private let heard = Mutex<Set<String>>([])

    init(core: VaultCore) { self.core = core }

    private var vault: VaultContext { core.vault }

    func start() {
        let spawned = vault.environment.tasks.spawn("census") { [self] in
            do { try await core.retryStuck() } catch {
                vault.log.warning("stuck jobs could not be looked at", metadata: ["error": "\(error)"])
            }
            while !Task.isCancelled {
                do { try await pass() } catch {
                    vault.log.debug("the census could not be taken", metadata: ["error": "\(error)"])
                }
                do { try await vault.environment.clock.sleep(for: Self.round) } catch { return }
            }
        }
        task.withLock { $0 = spawned }
    }

    func stop() async {
        let running = task.withLock { $0.take() }
        running?.cancel()
        await running?.finished()
    }

    func pass() async throws {
        let hasQuarantined = try await vault.store.hasQuarantined()
        if !hasQuarantined, vault.reign.isRestored, try await hasHeardEnough() {
            try await vault.reign.settle(in: vault.store)
        }
        guard hasQuarantined || !hasHeardAll else { return }
        let census = Census(vault)
        let answers = await census.ask()
        heard.withLock { $0.formUnion(answers.epochs.keys) }
        _ = try await vault.reign.learn(answers, in: vault.store)
        try await holdIfOutdone(answers)
        var hasFreed = false
        var after = ""
        while true {
            // Read after the answers came.
            let page = try await vault.store.items(after: after, limit: Page.usual)
            guard let last = page.last else { break }
            for item in page where item.phase != Phase.disabled.name || item.quarantine != nil {
                hasFreed = try await judge(item, census, answers) || hasFreed
            }
            after = last.id
        }
        guard hasFreed else { return }
        vault.bell.ring()
        try await core.resumeJobs()
        try await core.retryStuck()
    }

    private var hasHeardAll: Bool {
        let all = vault.directory.all().filter { $0.component.kind != .platform }.compactMap(\.component.endpoint?.id)
        return heard.withLock { $0.isSuperset(of: all + [Census.homePlatform, Census.cloudPlatform]) }
    }

    /// Whether all were heard who can know anything of an item that this store does not: those who are required for
    /// each that is left, but at a site that was stated dead. For an item that a person has concluded in this life of
    /// the store nobody is waited for. A component that is gone for good keeps its row, and is in nobody's way.
    private func hasHeardEnough() async throws -> Bool {
        if hasHeardAll { return true }
        let (store, directory) = (vault.store, vault.directory)
        let items = try await store.database.read { try store.livingItems(in: $0) }
        var required: Set<String> = items.isEmpty ? [Census.homePlatform, Census.cloudPlatform] : []
        for item in items where item.reconciledIn != store.database.incarnation.text {
            let dead = Site.allCases.filter { item[$0].statedDead }.map(\.message)
            required.formUnion(
                Census.required(item, []).filter { name in
                    let site = Census.site(ofPlatform: name) ?? directory.entry(name)?.component.site
                    return site.map { !dead.contains($0) } ?? true
                })
        }
        return heard.withLock { $0.isSuperset(of: required) }
    }

    /// True when the item is free from now on.
    private func judge(_ item: ItemRecord, _ census: Census, _ answers: Census.Answers) async throws -> Bool {
        let id = try item.itemID()
        // The agents of an item that nobody doubts are not asked.
        let agents = item.quarantine == nil ? [] : await census.agents(of: item)
        let verdict = try await census.verdict(on: item, answers, agents + answers.holdings(of: id))
        guard let quarantine = item.quarantine else {
            guard !verdict.found.isEmpty else { return false }
            let quarantine = StoredQuarantine(
                cause: "a census found what this vault's record does not hold", sinceUs: vault.now.value,
                found: verdict.found, missing: verdict.missing)
            let isNew = try await vault.store.quarantine([id], quarantine) { $0.generation == item.generation }
            if isNew { vault.alarm(id, quarantine) }
            return false
        }
        let ended = try await endedHolder(of: item)
        let found = verdict.found + [ended].compactMap(\.self)
        let isFree = verdict.isClear && ended == nil && !quarantine.needsPerson
        guard isFree || quarantine.found != found || quarantine.missing != verdict.missing else { return false }
        let changed = try await vault.store.update(id, "census") { record in
            guard record.generation == item.generation, record.quarantine == quarantine else { return false }
            record.quarantine = isFree ? nil : quarantine
            record.quarantine?.found = found
            record.quarantine?.missing = verdict.missing
            return true
        }
        guard changed else { return false }
        vault.bell.ring()
        guard isFree else { return false }
        vault.log.notice("an item left quarantine: nobody holds anything newer", metadata: ["item": "\(id)"])
        return true
    }

    /// A job that has ended gives nothing back any more, and where it left the item it does not say: only what is seen
    /// does, so a person concludes from that. nil while the item is held by nobody, or by a job that goes on.
    private func endedHolder(of item: ItemRecord) async throws -> String? {
        guard let text = item.claimJob, JobID.isValid(text) else { return nil }
        return try await vault.store.database.read { transaction in
            try transaction.row("SELECT state FROM jobs WHERE id = ? AND finished = 1", .text(text)).map {
                "job \(text), which holds it, has ended as \(try $0.text("state")) and left it where it stood"
            }
        }
    }

    /// Another opening of this store, or another vault, has acted: only a person knows which of the two goes on.
    private func holdIfOutdone(_ answers: Census.Answers) async throws {
        let own = vault.epoch
        let higher = answers.epochs.filter { $0.value > own }.sorted { $0.key < $1.key }
        guard !higher.isEmpty else { return }
        let found = higher.map { "\($0.key) has seen epoch \($0.value) of a vault; this one is at \(own)" }
        let store = vault.store
        let ids = try await store.database.read { transaction in
            try store.protectedItems(in: transaction).filter { $0.quarantine?.needsPerson != true }
                .map { try $0.itemID() }
        }
        guard !ids.isEmpty else { return }
        let quarantine = StoredQuarantine(
            cause: "another vault, or a later life of this one's store, has acted: \(found.joined(separator: "; "))",
            sinceUs: vault.now.value, needsPerson: true)
        _ = try await store.quarantine(ids, quarantine)
        for id in ids { vault.alarm(id, quarantine) }
    }
}
