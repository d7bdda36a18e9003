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
    private let core: VaultCore
    private let backups: @Sendable () async -> BackupV1.BackupReport
    private var alarms: [String: RPOAlarm] = [:]
    /// Since when an item of unknown age has been looked at: its newest point is not younger than that.
    private var unknownSince: [String: MonotonicInstant] = [:]
    private var backupsLookedAt: MonotonicInstant?
    private var runner: SpawnedTask?

    static let round: Duration = .seconds(2)
    /// The configuration server is asked for its part.
    static let backupRound: Duration = .seconds(30)

    init(core: VaultCore, backups: @escaping @Sendable () async -> BackupV1.BackupReport) {
        self.core = core
        self.backups = backups
    }

    private var vault: VaultContext { core.vault }

    func start() {
        guard runner == nil else { return }
        runner = vault.environment.tasks.spawn("alerts") {
            while !Task.isCancelled {
                await self.look()
                do { try await self.vault.environment.clock.sleep(for: Self.round) } catch { return }
            }
        }
    }

    func stop() async {
        runner?.cancel()
        await runner?.finished()
        runner = nil
    }

    /// One round. What cannot be stored now is tried again in the next.
    func look() async {
        do { try await lookAtItems() } catch {
            vault.log.error("alerts of items cannot be kept", metadata: ["error": "\(error)"])
        }
        let now = vault.environment.clock.now()
        guard backupsLookedAt.map({ now - $0 >= Self.backupRound }) ?? true else { return }
        backupsLookedAt = now
        do { try await lookAtBackups() } catch {
            vault.log.error("alerts of backups cannot be kept", metadata: ["error": "\(error)"])
        }
    }

    // MARK: RPO

    private func lookAtItems() async throws {
        var seen: Set<String> = []
        var after = ""
        while !Task.isCancelled {
            let page = try await vault.store.items(after: after, limit: Page.usual)
            guard let last = page.last else { break }
            for item in page {
                guard case .protected? = try item.phaseValue(), item.quarantine == nil else { continue }
                seen.insert(item.id)
                try await judge(item)
            }
            after = last.id
        }
        // Not replicating any more, or gone.
        for alert in vault.alerts.all(.rpoOverThreshold) where !seen.contains(itemID(alert)) {
            alarms[itemID(alert)] = nil
            try await clear(alert.id, "the item does not replicate")
        }
        alarms = alarms.filter { seen.contains($0.key) }
        unknownSince = unknownSince.filter { seen.contains($0.key) }
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
    private func lookAtBackups() async throws {
        for stored in await backups().stores where !stored.unknown {
            let alert = AlertRow(
                code: .backup, subject: "stores/\(stored.store)", place: stored.keptAt,
                displayName: "backups of \(stored.store) at \(stored.keptAt)", isCritical: true, detail: stored.alert,
                remedy: "homeward vault backup --store \(stored.store)")
            if !stored.alert.isEmpty { try await raise(alert) } else if vault.alerts.stands(alert.id) {
                try await clear(alert.id, "the schedule is kept")
            }
        }
    }

    // MARK: Keeping

    private func raise(_ alert: AlertRow) async throws {
        if try await vault.store.raise(alert, at: vault.now) {
            vault.log.warning("ALERT_RAISED", metadata: ["alert": "\(alert.id)", "detail": "\(alert.detail)"])
        }
        vault.alerts.note(alert)
    }

    private func clear(_ id: String, _ why: String) async throws {
        if try await vault.store.clear(id, why, at: vault.now) {
            vault.log.notice("ALERT_CLEARED", metadata: ["alert": "\(id)", "because": "\(why)"])
        }
        vault.alerts.forget(id)
    }
}
