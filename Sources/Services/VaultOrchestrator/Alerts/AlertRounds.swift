import Contract
import Environment
import Logging
import Messages
import Model
import Synchronization
import Workflow

/// Looks at what alerts are made of, again and again, and keeps them as rows.
///
/// Ages come from what the reconcilers were told last and grow by the vault's monotonic clock, so an item is judged on
/// time also while nobody who could be asked about it answers.
actor AlertRounds {
    let core: VaultCore
    private let backups: @Sendable () async -> BackupV1.BackupReport
    /// Reads the newest backup of a store, where it was made, and compares.
    private let verify: @Sendable (_ store: String) async throws -> Void
    private var alarms: [String: RPOAlarm] = [:]
    var groups: [String: GroupCutAge] = [:]
    /// By store: which backup was read back last, when, and what was wrong with it.
    private var readBack: [String: (name: String, at: MonotonicInstant, damage: String)] = [:]
    /// Since when an item of unknown age has been looked at: its newest point is not younger than that.
    private var unknownSince: [String: MonotonicInstant] = [:]
    private var runners: [SpawnedTask] = []

    static let round: Duration = .seconds(2)
    /// The configuration server is asked for its part.
    static let backupRound: Duration = .seconds(30)
    /// The master targets are asked for the groups' points.
    static let groupRound: Duration = .seconds(10)
    /// A backup that was whole is read again after this: disks forget.
    static let readBackRound: Duration = .seconds(6 * 3_600)

    init(
        core: VaultCore, backups: @escaping @Sendable () async -> BackupV1.BackupReport,
        verify: @escaping @Sendable (_ store: String) async throws -> Void = { _ in }
    ) {
        self.core = core
        self.backups = backups
        self.verify = verify
    }

    var vault: VaultContext { core.vault }

    /// Each kind in a task of its own: for groups and backups others are asked, and who does not answer keeps no item
    /// from being judged on time.
    func start() {
        guard runners.isEmpty else { return }
        runners = [
            repeating("alerts of items", every: Self.round) { await $0.lookAtItems() },
            repeating("alerts of groups", every: Self.groupRound) { await $0.lookAtGroups() },
            repeating("alerts of backups", every: Self.backupRound) { await $0.lookAtBackups() },
        ]
    }

    private func repeating(
        _ name: String, every pause: Duration, _ look: @escaping @Sendable (AlertRounds) async -> Void
    ) -> SpawnedTask {
        vault.environment.tasks.spawn(name) {
            while !Task.isCancelled {
                await look(self)
                do { try await self.vault.environment.clock.sleep(for: pause) } catch { return }
            }
        }
    }

    func stop() async {
        for runner in runners { runner.cancel() }
        for runner in runners { await runner.finished() }
        runners = []
    }

    /// One round each. What cannot be stored now is tried again in the next.
    func lookAtItems() async {
        do { try await judgeItems() } catch {
            vault.log.error("alerts of items cannot be kept", metadata: ["error": "\(error)"])
        }
    }

    func lookAtGroups() async {
        do { try await judgeGroups() } catch {
            vault.log.error("alerts of groups cannot be kept", metadata: ["error": "\(error)"])
        }
    }

    func lookAtBackups() async {
        do { try await judgeBackups() } catch {
            vault.log.error("alerts of backups cannot be kept", metadata: ["error": "\(error)"])
        }
    }

    // MARK: Items

    private func judgeItems() async throws {
        var seen: Set<String> = []
        var blocked: Set<String> = []
        var lost: Set<String> = []
        var after = ""
        while !Task.isCancelled {
            let page = try await vault.store.items(after: after, limit: Page.usual)
            guard let last = page.last else { break }
            for item in page {
                if !item.blockers.isEmpty || item.quarantine != nil { blocked.insert(item.id) }
                if !item.blockers.isEmpty, item.quarantine == nil { try await tellBlockers(item) }
                if let loss = item.targetLoss {
                    lost.insert(item.id)
                    try await tellLoss(loss, of: item)
                }
                guard case .protected? = try item.phaseValue() else { continue }
                seen.insert(item.id)
                // Its record may be an old one: what stands goes on to stand, and nothing is said anew.
                guard item.quarantine == nil else { continue }
                try await judge(item)
            }
            after = last.id
        }
        // What was not looked at because the vault stops says nothing.
        guard !Task.isCancelled else { return }
        // Not replicating any more, or gone.
        for alert in vault.alerts.all(.rpoOverThreshold) where !seen.contains(itemID(alert)) {
            alarms[itemID(alert)] = nil
            try await clear(alert.id, "the item does not replicate")
        }
        for alert in vault.alerts.all(.cloudMachineGone) where !blocked.contains(itemID(alert)) {
            try await clear(alert.id, "nothing blocks its way home any more")
        }
        for alert in vault.alerts.all(.targetCopyLost) where !lost.contains(itemID(alert)) {
            try await clear(alert.id, "it has a replica again, or replicates no more")
        }
        alarms = alarms.filter { seen.contains($0.key) }
        unknownSince = unknownSince.filter { seen.contains($0.key) }
    }

    private func tellBlockers(_ item: ItemRecord) async throws {
        let verb = item.phase == Phase.committed(.out).name ? "reprotect" : "failback"
        let alert = AlertRow(
            code: .cloudMachineGone, subject: "items/\(item.id)", displayName: item.displayName, isCritical: true,
            detail: "it cannot be failed back: \(item.blockers.joined(separator: "; "))",
            remedy: "homeward \(verb) \(item.displayName) --precheck")
        guard vault.alerts.detail(alert.id) != alert.detail else { return }
        try await raise(alert)
    }

    private func tellLoss(_ loss: StoredTargetLoss, of item: ItemRecord) async throws {
        let alert = AlertRow(
            code: .targetCopyLost, subject: "items/\(item.id)", displayName: item.displayName, isCritical: true,
            detail: "\(loss.text); \(loss.remedy)", remedy: "homeward items show \(item.displayName)")
        guard vault.alerts.detail(alert.id) != alert.detail else { return }
        try await raise(alert)
    }

    private func itemID(_ alert: AlertRow) -> String { String(alert.subject.dropFirst("items/".count)) }

    private func judge(_ item: ItemRecord) async throws {
        let now = vault.environment.clock.now()
        let terms = vault.policies.terms(of: item)
        let threshold = Duration.microseconds(Int64(clamping: terms.rpoThresholdUs))
        var alert = AlertRow(code: .rpoOverThreshold, subject: "items/\(item.id)", displayName: item.displayName)
        var alarm = alarms[item.id] ?? RPOAlarm(isRaised: vault.alerts.stands(alert.id))
        let (age, detail) = age(of: item, at: now)
        let change = alarm.look(age: age, threshold: threshold, at: now)
        switch change {
        case .raise:
            alert.detail = "\(detail); policy \(item.policy(item.policyDirection)) wants "
                + "\(seconds(terms.rpoThresholdUs)) at most"
            alert.remedy = "homeward items show \(item.displayName)"
            try await raise(alert)
        case .clear:
            try await clear(alert.id, terms.rpoThresholdUs == 0 ? "its policy has no threshold" : detail)
        case nil: break
        }
        // Only once it is stored.
        alarms[item.id] = alarm
    }

    /// How old the newest point is at most, as far as is known; an age that is not known is taken for as long as it has
    /// not been, since the newest point may be any older.
    private func age(of item: ItemRecord, at now: MonotonicInstant) -> (Duration?, String) {
        if let rpo = vault.figures.rpo(item, at: now) {
            unknownSince[item.id] = nil
            // One who does not say how exact it is is believed: an alert that always stands is none.
            let error = rpo.errorUs == .max ? 0 : rpo.errorUs
            return (
                .microseconds(Int64(clamping: rpo.ageUs &+ error)),
                "the newest recovery point is \(seconds(rpo.ageUs)) old"
            )
        }
        let since = unknownSince[item.id] ?? now
        unknownSince[item.id] = since
        let waited = UInt64(max(0, (now - since).inMicroseconds))
        // Calm needs a figure.
        return alarms[item.id]?.isRaised == true
            ? (nil, "") : (now - since, "for \(seconds(waited)) nobody has said how old the newest recovery point is")
    }

    // MARK: Backups

    /// What is unknown stays as it was.
    private func judgeBackups() async throws {
        for stored in await backups().stores where !stored.unknown {
            let details = [stored.alert, await damage(stored)].filter { !$0.isEmpty }
            let alert = AlertRow(
                code: .backup, subject: "stores/\(stored.store)", place: stored.keptAt,
                displayName: "backups of \(stored.store) at \(stored.keptAt)", isCritical: true,
                detail: details.joined(separator: "; "),
                remedy: "homeward vault backup --store \(stored.store)")
            if !details.isEmpty { try await raise(alert) } else if vault.alerts.stands(alert.id) {
                try await clear(alert.id, "the schedule is kept")
            }
        }
    }

    /// What is wrong with the newest one; older ones are of no use when that is whole.
    private func damage(_ stored: BackupV1.StoreBackups) async -> String {
        let newest = stored.backups.first?.name ?? ""
        if let later = stored.damaged.filter({ $0 > newest }).max() { return "the newest backup is damaged: \(later)" }
        // Copies are kept by others, and judged when they are taken in.
        guard !newest.isEmpty, stored.everyUs > 0 else { return "" }
        let now = vault.environment.clock.now()
        if let read = readBack[stored.store], read.name == newest, now - read.at < Self.readBackRound {
            return read.damage
        }
        do {
            try await verify(stored.store)
            readBack[stored.store] = (newest, now, "")
        } catch let failure as Failure where failure.code == .dataCorrupt {
            readBack[stored.store] = (newest, now, "the newest backup is damaged: \(failure.message)")
        } catch {
            vault.log.debug("a backup cannot be read back now", metadata: ["store": "\(stored.store)"])
        }
        return readBack[stored.store]?.damage ?? ""
    }

    // MARK: Keeping

    func raise(_ alert: AlertRow) async throws {
        if try await vault.store.raise(alert, at: vault.now) {
            vault.log.warning("ALERT_RAISED", metadata: ["alert": "\(alert.id)", "detail": "\(alert.detail)"])
        }
        vault.alerts.note(alert)
    }

    func clear(_ id: String, _ why: String) async throws {
        if try await vault.store.clear(id, why, at: vault.now) {
            vault.log.notice("ALERT_CLEARED", metadata: ["alert": "\(id)", "because": "\(why)"])
        }
        vault.alerts.forget(id)
    }
}
