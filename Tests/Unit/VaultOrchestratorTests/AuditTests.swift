import API
import AuditChain
import Environment
import Messages
import Model
import RPC
import Simulation
import Store
import Testing
import Workflow

@testable import VaultOrchestrator

/// The vault's audit log, through the handlers of its services.
@Suite struct AuditTests {
    @Test func `the way out, home and out again is told operation by operation, by whom and with what`() throws {
        try withVault { rig in
            let operations = try await rig.goRound()
            let records = try await rig.whole()
            let created = records.filter { $0.kind == "job-created" }
            #expect(created.map(\.operation) == operations)
            for job in created {
                let own = records.filter { $0.job == job.job }
                #expect(job.person == "ana" && job.peer == caller && !job.requestID.isEmpty, "\(job)")
                #expect(own.filter { $0.kind == "job-ended" }.map(\.text) == ["SUCCEEDED"], "\(job.operation)")
                #expect(own.contains { $0.kind == "item-claimed" && $0.peer == caller })
                #expect(own.contains { $0.kind == "item-released" && $0.peer.isEmpty })
            }
            for operation in ["failover", "failback", "reprotect"] {
                let own = records.filter { $0.operation == operation && !$0.step.isEmpty }
                #expect(own.contains { $0.kind == "pivot-crossed" }, "\(operation)")
            }
            // What changed of the item is what its row says in the end.
            let item = try await rig.item()
            let minted = records.filter { $0.kind == "generation-minted" }.map { $0["generation"] }
            #expect(minted == (1...(item.generation?.number ?? 0)).map { "\($0)" })
            let phases = records.filter { $0.kind == "phase-changed" }.map(\.text)
            #expect(phases.last == item.phase && phases.count == operations.count + 3, "\(phases)")
            #expect(!records.contains { record in record.facts.contains { $0.name.hasPrefix("lineage.") } })
        }
    }

    @Test func `a refusal is told with its gates, a question is not told at all`() throws {
        try withVault { rig in
            try await rig.protect()
            let handler = ItemsHandler(core: rig.core)
            var request = rig.failover(.home)
            let before = try await rig.whole().count
            await #expect(throws: RPCError.self) { _ = try await handler.failover(request, context) }
            let refusal = try #require(try await rig.whole().last)
            #expect(try await rig.whole().count == before + 1)
            #expect(refusal.kind == "refused" && refusal.operation == "failback" && refusal.peer == caller)
            #expect(refusal.item == "items/\(try await rig.item().id)")
            #expect(refusal.requestID == request.options?.requestID)
            #expect(refusal.facts.contains { $0.name.hasPrefix("gate ") && !$0.value.isEmpty }, "\(refusal)")
            request.options?.validateOnly = true
            _ = try? await handler.failover(request, context)
            await #expect(throws: RPCError.self) {
                _ = try await handler.enable(.with { $0.machine = "nobody" }, context)
            }
            let unknown = try #require(try await rig.whole().last)
            #expect(try await rig.whole().count == before + 2)
            #expect(unknown["error"] == "INVALID_ARGUMENT" && unknown["name"] == "nobody", "\(unknown)")
        }
    }

    @Test func `statements, waivers, cancels and resolutions are told with the person's words`() throws {
        try withVault { rig in
            try await rig.protect()
            let (items, jobs) = (ItemsHandler(core: rig.core), JobsHandler(core: rig.core))
            // A cancel before the pivot.
            rig.peers.state.withLock { $0.awayAfter = ("Fence", ["mt-cloud"]) }
            let first = try await items.failover(rig.failover(.out), context)
            try await rig.pause(.seconds(1))
            _ = try await jobs.cancelJob(
                .with {
                    $0.name = first.name
                    $0.person = "eva"
                    $0.reason = "the wrong machine"
                }, context)
            rig.peers.state.withLock { $0.away = [] }
            #expect(try await rig.ended(first).state == .cancelled)
            var told = try await rig.whole().filter { $0.job == first.name }
            let cancelled = try #require(told.first { $0.kind == "cancel-requested" })
            #expect(cancelled.peer == caller && cancelled.person == "eva" && "\(cancelled)".contains("wrong machine"))
            #expect(told.contains { $0.kind == "step-undone" && $0.step == "mint" })
            #expect(told.last { $0.kind == "job-ended" }?.text == "CANCELLED")
            // A source that is stated dead; a step that sticks after the pivot, and a person who decides.
            rig.retry += 1
            rig.peers.state.withLock {
                $0.away = ["cs", "ps-home"]
                $0.power["web"] = .off
            }
            rig.peers.trouble("PowerOn", .refuse)
            var request = rig.failover(.out)
            request.choice = .latestProcessed
            request.sourceDeadStatement = .with {
                $0.person = "ana"
                $0.reason = "the building is gone"
            }
            let second = try await items.failover(request, context)
            try await rig.pause(.seconds(60))
            rig.peers.trouble("PowerOn", nil)
            _ = try await jobs.resolveStuck(
                .with {
                    $0.name = second.name
                    $0.resolution = "retry"
                    $0.person = "bo"
                    $0.reason = "the host has memory again"
                }, context)
            #expect(try await rig.ended(second).state == .succeeded)
            told = try await rig.whole().filter { $0.job == second.name }
            #expect(told.first { $0.kind == "job-created" }?["source-dead"] == "ana: the building is gone")
            #expect(told.contains { $0.kind == "job-stuck" && $0.step == "power-on" && $0["last-proven"] != nil })
            let decided = try #require(told.first { $0.kind == "stuck-resolved" })
            #expect(decided.person == "bo" && decided.text == "the host has memory again" && decided.peer == caller)
            #expect(decided["resolution"] == "retry")
        }
    }

    @Test func `a group's operation is told once, and found by each of its members`() throws {
        try withVault { rig in
            try await rig.protectShop()
            try await rig.failOver(.out, "shop")
            let records = try await rig.whole()
            let job = try #require(records.last { $0.kind == "job-created" })
            #expect(job.group == "groups/shop" && job.item.isEmpty)
            #expect(job.facts.filter { $0.name == "member" }.count == 2)
            #expect(records.filter { $0.job == job.job && $0.kind == "pivot-crossed" }.count == 1)
            for name in ["app", "db"] {
                let found = try await rig.records(.with { $0.item = name })
                #expect(found.contains { $0.job == job.job && $0.kind == "pivot-crossed" })
                let id = try await rig.item(name).id
                #expect(!found.contains { !$0.item.isEmpty && $0.item != "items/\(id)" })
            }
            let group = try await rig.records(.with { $0.item = "groups/shop" })
            #expect(Set(group.map(\.job)).subtracting([""]).count == 3)
        }
    }

    @Test func `a query is answered page by page, by job and by time`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.pause(.seconds(100))
            let moment = rig.environment.clock.wallNow().microseconds
            try await rig.failOver(.out)
            let all = try await rig.whole()
            let paged = try await rig.records(.with { $0.pageSize = 7 })
            #expect(paged == all && all.count > 50)
            let before = try await rig.records(.with { $0.untilUnixUs = moment })
            let after = try await rig.records(.with { $0.sinceUnixUs = moment })
            #expect(before + after == all && !after.isEmpty && !before.isEmpty)
            let job = try #require(after.first { $0.kind == "job-created" }).job
            let own = try await rig.records(.with { $0.job = job })
            #expect(own == all.filter { $0.job == job })
            let handler = AuditHandler(core: rig.core)
            await #expect(throws: RPCError.self) {
                _ = try await handler.listAuditRecords(.with { $0.pageToken = "x" }, context)
            }
            await #expect(throws: RPCError.self) {
                _ = try await handler.listAuditRecords(.with { $0.pageSize = 501 }, context)
            }
        }
    }

    @Test func `whatever is changed, taken out, put elsewhere or cut off in the store's file is found`() throws {
        try withMedium { environment, peers, medium in
            let rig = try await Rig(environment, peers, medium)
            try await rig.protect()
            let records = try await rig.whole()
            let head = try await rig.head()
            await rig.stop(medium)
            let count = records.count
            #expect(count > 20)
            let chosen = records.filter { $0.kind == "job-created" }.map(\.sequence)[0]
            let columns = [
                "at_us = at_us + 1", "epoch = epoch + 1", "store = store || 'x'", "kind = 'refused'", "item = ''",
                "item_group = 'groups/x'", "job = ''", "step = 'x'", "operation = 'x'", "person = 'bo'", "peer = 'x'",
                "request = 'x'", "text = 'x'", "facts = x'00'", "previous = zeroblob(32)", "hash = zeroblob(32)",
            ]
            for column in columns {
                let found = try await judged(environment, medium, head) { transaction in
                    try transaction.run("UPDATE audit SET \(column) WHERE sequence = ?", .integer(Int64(chosen)))
                }
                #expect(found?.sequence == chosen, "\(column)")
            }
            let deleted = try await judged(environment, medium, head) {
                try $0.run("DELETE FROM audit WHERE sequence = ?", .integer(Int64(chosen)))
            }
            #expect(deleted?.sequence == chosen)
            // Two records change places.
            let swapped = try await judged(environment, medium, head) { transaction in
                for (from, to) in [(chosen, 0), (chosen + 1, chosen), (0, chosen + 1)] {
                    try transaction.run(
                        "UPDATE audit SET sequence = ? WHERE sequence = ?", .integer(Int64(to)), .integer(Int64(from)))
                }
            }
            #expect(swapped?.sequence == chosen)
            let cut = "DELETE FROM audit WHERE sequence > ?"
            let shortened = try await judged(environment, medium, head) {
                try $0.run(cut, .integer(Int64(chosen)))
            }
            #expect(shortened?.sequence == chosen + 1)
            #expect(try await judged(environment, medium, nil) { try $0.run(cut, .integer(Int64(chosen))) } == nil)
            #expect(try await judged(environment, medium, head) { _ in } == nil)
            // Through the store itself nothing is changed or removed.
            let store = try await StoreDatabase.open(
                .memory(try medium.copy()), schema: VaultStore.schema, lane: environment.lanes.lane("test"),
                random: environment.random)
            for sql in ["DELETE FROM audit", "UPDATE audit SET person = 'bo'"] {
                await #expect(throws: Failure.self) { try await store.write("test") { _ = try $0.run(sql) } }
            }
        }
    }

    @Test func `a log that goes on from a backup tells of it, and is not the one that was lost`() throws {
        try withMedium { environment, peers, medium in
            let first = try await Rig(environment, peers, medium)
            try await first.protect()
            let kept = try await first.head()
            let backup = try medium.copy()
            try await first.failOver(.out)
            let lost = try await first.head()
            let old = try await first.whole()
            await first.stop(medium)
            let second = try await Rig(environment, peers, backup)
            try await second.pause(.seconds(30))
            _ = try await AuthorityHandler(core: second.core).reconcile(
                .with {
                    $0.person = "ana"
                    $0.reason = "the disk is gone"
                }, context)
            try await second.pause(.seconds(30))
            let records = try await second.whole()
            let began = try #require(records.first { $0.sequence > kept.sequence })
            #expect(began.kind == "reign-began-restored" && began.store != old[0].store)
            #expect(began["epoch"] == "\(began.vaultEpoch)" && began["backup-of"] == old[0].store)
            let held = try #require(records.first { $0.kind == "quarantined" })
            #expect(held.sequence == began.sequence + 1)
            #expect(records.contains { $0.kind == "census-found" && $0["found"] != nil })
            let reconciled = try #require(records.first { $0.kind == "reconciled" })
            #expect(reconciled.person == "ana" && reconciled.peer == caller && reconciled["because"] != nil)
            #expect(records.contains { $0.kind == "quarantine-left" })
            #expect(records.contains { $0.kind == "restore-settled" })
            #expect(broken(records, kept) == nil)
            #expect(broken(records, lost) != nil)
            await second.stop(backup)
        }
    }
}

// MARK: - Looking

/// As a transport tells of a caller with a certificate.
let context = CallContext(
    method: MethodName(service: ItemsMethods.service, method: "Test"), metadata: Metadata(), deadline: nil,
    peer: "10.0.9.9:5000",
    identity: PeerIdentity(uris: ["homeward://cloud/operator"], dnsNames: ["operator"], serial: "1"))
private let caller = "homeward://cloud/operator (10.0.9.9:5000)"

extension VaultV1.AuditRecord {
    /// The first fact of that name.
    subscript(_ name: String) -> String? { facts.first { $0.name == name }?.value }
}

extension Rig {
    func records(_ request: VaultV1.ListAuditRecordsRequest) async throws -> [VaultV1.AuditRecord] {
        var request = request
        var found: [VaultV1.AuditRecord] = []
        repeat {
            let page = try await AuditHandler(core: core).listAuditRecords(request, context)
            found += page.records
            request.pageToken = page.nextPageToken
        } while !request.pageToken.isEmpty
        return found
    }

    /// Every record; they fit together, up to the head that the vault tells.
    func whole() async throws -> [VaultV1.AuditRecord] {
        let records = try await records(.init())
        if let found = broken(records, try await head()) { throw found }
        return records
    }

    /// The log tells of everything that is in the store, and of nothing else: each journal's records with an outcome,
    /// and of each item its phase, generation and claim.
    func audited() async throws {
        let (store, records) = (core.vault.store, try await whole())
        var told: [String: [String]] = [:]
        for record in records where record["journal"] != nil {
            told[record.job, default: []].append(record["journal"] ?? "")
        }
        for row in try await store.jobRows(of: nil, before: nil, limit: 500) {
            let journal = try await store.jobs.journal(row.job, limit: 10_000).filter(hasOutcome)
            #expect(told.removeValue(forKey: "jobs/\(row.job)") ?? [] == journal.map { "\($0.sequence)" })
            #expect(records.filter { $0.kind == "job-created" && $0.job == "jobs/\(row.job)" }.count == 1)
        }
        #expect(told.isEmpty)
        for item in try await store.items(after: "", limit: 500) {
            let own = records.filter { $0.item == "items/\(item.id)" }
            #expect(own.last { $0.kind == "phase-changed" }?.text ?? "" == item.phase)
            let minted = own.last { $0.kind == "generation-minted" }
            #expect(minted?["generation"] == item.generation.map { "\($0.number)" })
            let claim = own.last { ["item-claimed", "item-released"].contains($0.kind) }
            #expect(item.claimJob.map { "jobs/\($0)" } == (claim?.kind == "item-claimed" ? claim?.job : nil))
        }
    }

    private func hasOutcome(_ entry: JobStore.Entry) -> Bool {
        switch entry.event {
        case .started, .partly, .woken, .undoStarted: false
        case .signalled(let name, _): name == DrainWord.signal
        case .attemptFailed(_, let attempt, _): attempt == 1
        default: true
        }
    }

    func head() async throws -> AuditChain.Head {
        let head = try await AuditHandler(core: core).getAuditHead(.init(), context)
        return AuditChain.Head(sequence: head.sequence, hash: head.hash)
    }

    /// Out, home and out again, each operation asked for through the API; answers their names.
    fileprivate func goRound() async throws -> [String] {
        let items = ItemsHandler(core: core)
        func run(_ phase: String, _ job: VaultV1.Job) async throws -> String {
            try await succeed(job)
            #expect(try await item().phase == phase)
            retry += 1
            return job.operation
        }
        var done = [
            try await run(
                "PROTECTED_OUT",
                items.enable(
                    .with {
                        $0.machine = "web"
                        $0.options = options("enable")
                    }, context))
        ]
        let id = try await item().id
        let generation = try await item().assignment().generation
        peers.state.withLock { $0.assigned["agent-web/\(id)"] = generation }
        done.append(try await run("COMMIT_PENDING_OUT", items.failover(failover(.out), context)))
        done.append(try await run("COMMITTED_OUT", items.commit(request("commit"), context)))
        done.append(try await run("PROTECTED_HOME", items.reprotect(request("reprotect"), context)))
        done.append(try await run("COMMIT_PENDING_HOME", items.failover(failover(.home), context)))
        done.append(try await run("COMMITTED_HOME", items.commit(request("commit"), context)))
        done.append(try await run("PROTECTED_OUT", items.reprotect(request("reprotect"), context)))
        return done
    }
}

func broken(_ records: [VaultV1.AuditRecord], _ head: AuditChain.Head?) -> AuditChain.Break? {
    var chain = AuditChain(keeping: head)
    do {
        for record in records { try chain.take(record) }
        try chain.end()
    } catch { return error }
    return nil
}

/// What is found in a copy of the store whose file somebody changed.
private func judged(
    _ environment: Environment, _ medium: MemoryMedium, _ head: AuditChain.Head?,
    _ change: @escaping @Sendable (Transaction) throws -> Void
) async throws -> AuditChain.Break? {
    let database = try await StoreDatabase.open(
        .memory(try medium.copy()), schema: VaultStore.schema, lane: environment.lanes.lane("test"),
        random: environment.random)
    try await database.write("tamper") { transaction in
        for trigger in ["audit_is_not_changed", "audit_is_not_shortened"] {
            try transaction.run("DROP TRIGGER \(trigger)")
        }
        try change(transaction)
    }
    let log = VaultStore(database: database, clock: environment.clock).audit
    return broken(try await log.page(after: 0, .init(), limit: 10_000).records, head)
}
