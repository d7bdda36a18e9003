import API
import Environment
import Messages
import Model
import Simulation
import Store
import Testing

@testable import VaultOrchestrator

@Suite struct AlertTests {
    private func listed(_ rig: Rig, all: Bool = false) async throws -> [VaultV1.Alert] {
        try await AlertsHandler(core: rig.core).listAlerts(.with { $0.withCleared = all }, context).alerts
            .filter { $0.code == "RPO_OVER_THRESHOLD" }
    }

    private func threshold(_ rig: Rig, _ us: UInt64) async throws {
        let policy = VaultV1.ReplicationPolicy.with {
            $0.name = "policies/default-forward"
            $0.rpoThresholdUs = us
        }
        _ = try await rig.core.updatePolicy(.with { $0.policy = policy })
    }

    private func age(_ rig: Rig, _ us: UInt64) {
        rig.peers.state.withLock { ($0.rpoUs, $0.transitUs) = (us, 1_000) }
    }

    @Test func `an age over the threshold is an alert until it has been small for a while`() throws {
        try withVault { rig in
            try await rig.protect()
            try await threshold(rig, 30_000_000)
            age(rig, 10_000_000)
            try await rig.pause(.seconds(5))
            #expect(try await listed(rig).isEmpty)
            age(rig, 31_000_000)
            try await rig.pause(.seconds(5))
            let raised = try #require(try await listed(rig).first)
            let id = try await rig.item().id
            #expect(raised.subject == "items/\(id)" && raised.displayName == "web" && raised.severity == .warning)
            #expect(raised.raisedUnixUs > 0 && raised.clearedUnixUs == 0 && raised.detail.contains("default-forward"))
            #expect(rig.core.show(try await rig.item()).alerts == ["RPO_OVER_THRESHOLD"])
            // Small, but not for long enough; then again large.
            for _ in 0..<4 {
                age(rig, 2_000_000)
                try await rig.pause(.seconds(20))
                age(rig, 40_000_000)
                try await rig.pause(.seconds(10))
            }
            #expect(try await listed(rig).map(\.times) == [1])
            age(rig, 2_000_000)
            try await rig.pause(.seconds(40))
            #expect(try await listed(rig).isEmpty)
            let cleared = try #require(try await listed(rig, all: true).first)
            #expect(cleared.clearedUnixUs > raised.raisedUnixUs && cleared.raisedUnixUs == raised.raisedUnixUs)
            #expect(rig.core.show(try await rig.item()).alerts.isEmpty)
            let told = try await rig.whole().filter { $0.item == "items/\(id)" && $0.kind.hasPrefix("alert-") }
            #expect(told.map(\.kind) == ["alert-raised", "alert-cleared"])
        }
    }

    @Test func `it stands while nobody is heard, over a restart of the vault, and ends with the replication`() throws {
        let world = SimulatedWorld(seed: 11)
        try world.perform(limit: .seconds(3_600)) { environment in
            let (peers, medium) = (ScriptedPeers(), try MemoryMedium())
            var rig = try await Rig(environment, peers, medium)
            try await rig.protect()
            try await threshold(rig, 30_000_000)
            age(rig, 2_000_000)
            try await rig.pause(.seconds(5))
            peers.state.withLock { $0.agentIsAttached = false }
            // Nobody says anything; its age grows with the vault's clock.
            try await rig.pause(.seconds(40))
            #expect(try await listed(rig).count == 1)
            let raised = try await listed(rig).first?.raisedUnixUs
            await rig.service.stop()
            rig = try await Rig(environment, peers, medium)
            #expect(try await listed(rig).map(\.raisedUnixUs) == [raised])
            try await rig.pause(.seconds(60))
            #expect(try await listed(rig).map(\.times) == [1])
            peers.state.withLock { $0.agentIsAttached = true }
            try await rig.succeed(rig.core.operate(rig.request("disable")) { _ in (.disable, disableWorkflow) })
            try await rig.pause(.seconds(5))
            #expect(try await listed(rig).isEmpty)
            #expect(try await listed(rig, all: true).count == 1)
            await rig.service.stop()
        }
    }

    @Test func `an item whose age nobody has ever told is an alert after the threshold, one without threshold never`()
        throws
    {
        try withVault { rig in
            try await rig.protect()
            try await threshold(rig, 30_000_000)
            try await rig.pause(.seconds(20))
            #expect(try await listed(rig).isEmpty)
            try await rig.pause(.seconds(20))
            #expect(try await listed(rig).first?.detail.contains("nobody has said") == true)
            try await threshold(rig, 0)
            try await rig.pause(.seconds(5))
            #expect(try await listed(rig).isEmpty)
        }
    }

    @Test func `backups that are overdue stand in the same list, page by page`() throws {
        try withVault { rig in
            func stored(_ store: String, _ alert: String, unknown: Bool = false) -> BackupV1.StoreBackups {
                .with {
                    $0.store = store
                    $0.keptAt = "there"
                    $0.alert = alert
                    $0.unknown = unknown
                }
            }
            let report = Report()
            let rounds = AlertRounds(core: rig.core) { report.now }
            report.stores = [stored("vault", "overdue"), stored("configuration-server", "failed")]
            await rounds.lookAtBackups()
            func page(_ token: String = "") async throws -> VaultV1.ListAlertsResponse {
                try await AlertsHandler(core: rig.core).listAlerts(
                    .with { $0.pageSize = 1; $0.pageToken = token; $0.withCleared = true; $0.subject = "" }, context)
            }
            let first = try await page()
            let second = try await page(first.nextPageToken)
            let subjects = (first.alerts + second.alerts).map(\.subject).sorted()
            #expect(subjects == ["stores/configuration-server", "stores/vault"])
            #expect(second.nextPageToken.isEmpty)
            // What cannot be asked stays as it was; what is well again is cleared.
            report.stores = [stored("vault", ""), stored("configuration-server", "unknown: away", unknown: true)]
            try await rig.pause(AlertRounds.backupRound)
            await rounds.lookAtBackups()
            let standing = try await AlertsHandler(core: rig.core).listAlerts(.init(), context).alerts
            #expect(standing.map(\.subject) == ["stores/configuration-server"])
            #expect(standing.first?.detail == "failed" && standing.first?.severity == .critical)
        }
    }

    @Test func `the newest backup that is damaged is an alert until a newer one is whole, older ones are not`() throws {
        try withMedium { environment, peers, medium in
            let rig = try await Rig(environment, peers, medium)
            let (report, damage) = (Report(), Damage())
            let rounds = AlertRounds(core: rig.core, backups: { report.now }) { store in
                damage.read.append(store)
                if let what = damage.what { throw Failure(.dataCorrupt, what) }
            }
            func alerts() async throws -> [String] {
                try await rig.pause(AlertRounds.backupRound)
                await rounds.lookAtBackups()
                return try await AlertsHandler(core: rig.core).listAlerts(.init(), context).alerts.map(\.detail)
            }
            func stored(_ names: [String], damaged: [String] = []) {
                report.stores = [
                    .with {
                        $0.store = "vault"
                        $0.keptAt = "vault"
                        $0.everyUs = 1
                        $0.backups = names.map { name in .with { $0.name = name } }
                        $0.damaged = damaged
                    }
                ]
            }
            stored(["vault-00000002-b"], damaged: ["vault-00000001-a: half a file"])
            #expect(try await alerts() == [])
            stored(["vault-00000002-b"], damaged: ["vault-00000003-c: its checksum is missing"])
            #expect(try await alerts() == ["the newest backup is damaged: vault-00000003-c: its checksum is missing"])
            stored(["vault-00000004-d"])
            #expect(try await alerts() == [])
            // Its content is read back now and then, not in each round.
            #expect(damage.read.count == 2)
            damage.what = "page 7 is not what was written"
            #expect(try await alerts() == [])
            try await rig.pause(AlertRounds.readBackRound)
            #expect(try await alerts() == ["the newest backup is damaged: page 7 is not what was written"])
            stored(["vault-00000005-e", "vault-00000004-d"])
            damage.what = nil
            #expect(try await alerts() == [])
            await rig.stop(medium)
        }
    }

    @Test func `a group whose common points stay away is an alert though its members have young ones`() throws {
        try withVault { rig in
            func listed() async throws -> [VaultV1.Alert] {
                try await AlertsHandler(core: rig.core).listAlerts(.init(), context).alerts
            }
            try await rig.protectShop()
            try await threshold(rig, 60_000_000)
            age(rig, 1_000_000)
            rig.peers.state.withLock { $0.commonAgeUs = 5_000_000 }
            try await rig.pause(.seconds(60))
            #expect(try await listed().isEmpty)
            rig.peers.state.withLock { $0.commonAgeUs = 61_000_000 }
            try await rig.pause(.seconds(15))
            let raised = try #require(try await listed().first)
            #expect(raised.code == "GROUP_RPO_OVER_THRESHOLD" && raised.subject == "groups/shop")
            #expect(raised.detail.contains("61.0 s old") && raised.remedy == "homeward groups show shop")
            rig.peers.state.withLock { $0.commonAgeUs = 5_000_000 }
            try await rig.pause(.seconds(90))
            #expect(try await listed().isEmpty)
            // While nobody tells, it grows.
            rig.peers.state.withLock { $0.commonAgeUs = nil }
            try await rig.pause(.seconds(70))
            #expect(try await listed().map(\.code) == ["GROUP_RPO_OVER_THRESHOLD"])
            // A group that does not replicate has no RPO.
            try await rig.failOver(.out, "shop")
            try await rig.pause(.seconds(15))
            #expect(try await listed().isEmpty)
        }
    }

    @Test func `an alert stands while its item, or one of its group, is quarantined`() throws {
        try withVault { rig in
            func quarantine(_ quarantine: StoredQuarantine?) async throws {
                for name in ["web", "db"] {
                    try await rig.core.vault.store.update(rig.item(name).itemID(), "test") { item in
                        item.quarantine = quarantine
                        return true
                    }
                }
            }
            func all() async throws -> [String] {
                try await AlertsHandler(core: rig.core).listAlerts(.init(), context).alerts.map(\.code).sorted()
            }
            try await rig.protectShop()
            try await rig.protect()
            try await threshold(rig, 30_000_000)
            age(rig, 31_000_000)
            rig.peers.state.withLock { $0.commonAgeUs = 61_000_000 }
            try await rig.pause(.seconds(15))
            let raised = try await all()
            #expect(raised == ["GROUP_RPO_OVER_THRESHOLD"] + Array(repeating: "RPO_OVER_THRESHOLD", count: 3))
            try await quarantine(StoredQuarantine(cause: "a test", sinceUs: 1, needsPerson: true))
            try await rig.pause(.seconds(60))
            #expect(try await all() == raised)
            #expect(try await listed(rig, all: true).allSatisfy { $0.clearedUnixUs == 0 && $0.times == 1 })
            try await quarantine(nil)
            age(rig, 1_000_000)
            rig.peers.state.withLock { $0.commonAgeUs = 1_000_000 }
            try await rig.pause(.seconds(60))
            #expect(try await all().isEmpty)
        }
    }

    @Test func `a vault that stops in a round clears no alert of what it has not looked at`() throws {
        try withVault { rig in
            try await rig.protect()
            try await threshold(rig, 30_000_000)
            age(rig, 31_000_000)
            try await rig.pause(.seconds(15))
            #expect(try await listed(rig).count == 1)
            let rounds = AlertRounds(core: rig.core) { .init() }
            let stopped = rig.environment.tasks.spawn("round") { await rounds.lookAtItems() }
            stopped.cancel()
            await stopped.finished()
            #expect(try await listed(rig).count == 1)
        }
    }

    @Test func `a process server that does not answer for its groups holds up no alert of an item`() throws {
        try withVault { rig in
            try await rig.protect()
            let clock = rig.environment.clock
            try await rig.copyItem(20) { item, number in item.group = "g\(number)" }
            rig.peers.state.withLock {
                // A connection that never comes: a read's whole patience.
                $0.patience["ps-home"] = { try await clock.sleep(for: .seconds(5)) }
            }
            try await threshold(rig, 30_000_000)
            age(rig, 10_000_000)
            // Their groups are being asked for, and web's age grows by itself.
            try await rig.pause(.seconds(15))
            await rig.service.reconcilers.stop()
            while try await !listed(rig).contains(where: { $0.displayName == "web" }) {
                try await rig.pause(.milliseconds(500))
            }
            let rpo = try #require(rig.core.vault.figures.rpo(try await rig.item(), at: clock.now()))
            #expect((30_000_000..<35_000_000).contains(rpo.ageUs))
            // Once it was not heard for long enough it is not even asked.
            try await rig.pause(.seconds(601))
            let rounds = AlertRounds(core: rig.core) { .init() }
            let begun = clock.now()
            await rounds.lookAtGroups()
            #expect(clock.now() - begun < .seconds(1))
        }
    }

    @Test func `a site that is gone holds up no item that replicates at the other one`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.failOver(.out)
            try await rig.succeed(rig.core.operate(rig.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
            try await rig.reprotect(until: "PROTECTED_HOME")
            let clock = rig.environment.clock
            try await rig.copyItem(20)
            for name in ["cs", "ps-home", "mt-home"] {
                rig.peers.state.withLock { $0.patience[name] = { try await clock.sleep(for: .seconds(5)) } }
            }
            try await rig.pause(.seconds(601))
            for (id, kind) in [("ps-cloud", ConfigurationV1.ComponentKind.processServer), ("mt-cloud", .masterTarget)] {
                try await rig.core.heard(
                    .with {
                        $0.endpoint = .with {
                            $0.id = id
                            $0.address = ScriptedPeers.addresses[id] ?? ""
                        }
                        $0.kind = kind
                        $0.site = .cloud
                    }, source: "vault")
            }
            await rig.service.reconcilers.stop()
            age(rig, 7_000_000)
            let begun = clock.now()
            await rig.service.reconcilers.pass()
            #expect(clock.now() - begun < .seconds(1), "\(clock.now() - begun)")
            // And it was heard meanwhile.
            let rpo = try #require(rig.core.vault.figures.rpo(try await rig.item(), at: clock.now()))
            #expect((7_000_000..<9_000_000).contains(rpo.ageUs))
        }
    }

    private final class Damage: @unchecked Sendable {
        // `@unchecked Sendable`: used by the one task of the test, on the simulation's one thread.
        var what: String?
        var read: [String] = []
    }

    /// What a vault's backups would tell.
    private final class Report: @unchecked Sendable {
        // `@unchecked Sendable`: used by the one task of the test, on the simulation's one thread.
        var stores: [BackupV1.StoreBackups] = []
        var now: BackupV1.BackupReport { .with { $0.stores = stores } }
    }

    @Test func `teeth of a saw over the threshold are one alert, however long they go on`() {
        var alarm = RPOAlarm()
        var changes: [RPOAlarm.Change] = []
        // From 1 s to 34 s and down again, as of a point every 33 s; then every 10 s.
        for second in 0..<4_000 {
            let age = second < 3_000 ? 1 + second % 33 : 1 + second % 10
            let at = MonotonicInstant(nanoseconds: Int64(second) * 1_000_000_000)
            if let change = alarm.look(age: .seconds(age), threshold: .seconds(30), at: at) { changes.append(change) }
        }
        #expect(changes == [.raise, .clear])
    }

    @Test func `of a long threshold the calm is five minutes`() {
        var alarm = RPOAlarm(isRaised: true)
        func look(_ second: Int64, _ age: Int64) -> RPOAlarm.Change? {
            alarm.look(
                age: .seconds(age), threshold: .seconds(3_600),
                at: MonotonicInstant(nanoseconds: second * 1_000_000_000))
        }
        #expect(look(0, 10) == nil)
        #expect(look(100, 3_000) == nil)
        #expect(look(101, 10) == nil)
        #expect(look(400, 10) == nil)
        #expect(look(401, 10) == .clear)
        #expect(look(402, 3_601) == .raise)
    }
}

extension Rig {
    /// As many more items as this, of the same phase and roles, each with a machine of its own.
    fileprivate func copyItem(
        _ count: Int, _ change: @escaping @Sendable (inout ItemRecord, Int) -> Void = { _, _ in }
    ) async throws {
        let web = try await item()
        let store = core.vault.store
        try await store.database.write("test") { transaction in
            for number in 1...count {
                var copy = web
                copy.id = "copy-\(number)"
                copy.displayName = "web-\(number)"
                copy.home.machine = "web-\(number)"
                copy.cloud.machine = "web-\(number)-cloud"
                change(&copy, number)
                try store.save(copy, in: transaction)
            }
        }
    }
}
