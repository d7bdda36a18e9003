import Contract
import Messages
import Model
import Store
import Workflow

/// Why an item is only read: this vault's record of it may be an old one (rule G8).
///
/// While it is set no operation is claimed, no step of a job acts or undoes, no reconciler touches the item, and its
/// assignment is told to nobody. It is set
///
/// - of every item, when the store begins another life than the one it knew (`beginReign`);
/// - when a component refused a call as of an old generation, and holds a newer one (`judge`);
/// - when the configuration server or a census found a newer generation, or a job that this record does not hold.
///
/// It ends when a census that is complete finds nothing newer, or by a person's `homeward vault reconcile`.
struct StoredQuarantine: Codable, Hashable, Sendable {
    var cause: String
    var sinceUs: Int64
    /// What the last census found that is not in this vault's record.
    var found: [String] = []
    /// Who has to answer, and did not.
    var missing: [String] = []
    /// No census ends it: another vault acted after this one, and only a person knows which of them is to go on.
    var needsPerson = false
}

extension StoredQuarantine {
    var message: VaultV1.Quarantine {
        .with {
            $0.cause = cause
            $0.sinceUnixUs = sinceUs
            $0.found = found
            $0.missing = missing
            $0.needsPerson = needsPerson
        }
    }
}

extension ItemRecord {
    /// GENERATION_CURRENT, failed; nil while the item is not quarantined.
    func quarantineGate(at now: UnixMicroseconds) -> Gate? {
        guard let quarantine else { return nil }
        var evidence = [Evidence(quarantine.cause, source: "vault", at: now)]
        evidence += quarantine.found.map { Evidence($0, source: "census", at: now) }
        evidence += quarantine.missing.map { Evidence("did not answer: \($0)", source: "census", at: now) }
        return Gate(
            .generationCurrent, .fail, evidence: evidence,
            remedy: Remedy(
                "See what was found (`homeward vault census`); then give it a generation above that",
                command: "homeward vault reconcile --item \(displayName) --person NAME --reason WHY"),
            waivable: .never)
    }

    /// The one refusal of whatever would act on the item.
    func refuseQuarantined(_ what: String, at now: UnixMicroseconds) throws(Failure) {
        guard let quarantine, let gate = quarantineGate(at: now) else { return }
        let seen = (quarantine.found + quarantine.missing.map { "\($0) did not answer" }).prefix(3)
        throw Failure(
            .quarantined,
            "\(what): \(displayName) is quarantined, this vault's record of it may be an old one. "
                + ([quarantine.cause] + seen).joined(separator: "; ")
                + ". See `homeward vault census`, then \(gate.remedy?.command ?? "")",
            on: [.item(try itemID())], gates: [gate])
    }
}

extension VaultStore {
    /// Keeps the items from being acted on. What was found stays until a census says otherwise. Answers whether any
    /// of them was free before.
    @discardableResult
    func quarantine(
        _ ids: [ItemID], _ quarantine: StoredQuarantine,
        onlyIf isProven: @escaping @Sendable (ItemRecord) throws -> Bool = { _ in true }
    ) async throws -> Bool {
        try await database.write("quarantine") { transaction in
            var isNew = false
            for id in ids {
                guard var record = try item(id.text, in: transaction), try isProven(record) else { continue }
                isNew = isNew || record.quarantine == nil
                try hold(&record, quarantine)
                try save(record, in: transaction)
            }
            return isNew
        }
    }

    private func hold(_ record: inout ItemRecord, _ quarantine: StoredQuarantine) throws {
        guard var before = record.quarantine else { return record.quarantine = quarantine }
        before.found += quarantine.found.filter { !before.found.contains($0) }
        before.needsPerson = before.needsPerson || quarantine.needsPerson
        record.quarantine = before
    }

    /// Those that a job holds, and the one given: they cross together or not at all.
    func held(with id: ItemID, by job: JobID?) async throws -> [ItemID] {
        guard let job else { return [id] }
        return try await database.read { transaction in
            let rows = try transaction.rows("SELECT id FROM items WHERE claim_job = ? ORDER BY id", .id(job))
            let ids: [ItemID] = try rows.map { try $0.id("id") }
            return ids.contains(id) ? ids : ids + [id]
        }
    }

    /// All that are only read, by id.
    func quarantined() async throws -> [ItemRecord] {
        try await database.read { transaction in
            try records("SELECT id, revision, body FROM items WHERE quarantined = 1 ORDER BY id", in: transaction)
        }
    }

    /// By the index over them, which is empty as a rule.
    func hasQuarantined() async throws -> Bool {
        try await database.read { transaction in
            try transaction.row("SELECT id FROM items WHERE quarantined = 1 LIMIT 1") != nil
        }
    }
}

extension VaultCore {
    /// Jobs of items that are only read wait until that has ended.
    func resumeJobs() async throws {
        let store = vault.store
        try await runner.resumeAll { _, plan in
            try await store.database.read { transaction in
                try plan.items.contains { try store.item($0.text, in: transaction)?.quarantine != nil }
            }
        }
    }

    func refuseQuarantined(_ job: JobID, _ what: String) async throws {
        let (store, now) = (vault.store, vault.now)
        let items = try await store.jobs.progress(job).plan.items
        try await store.database.read { transaction in
            for id in items { try store.item(id.text, in: transaction)?.refuseQuarantined(what, at: now) }
        }
    }

    /// What a configuration server holds above what it was given. Judged by the record as it is now: the one that it
    /// was given may have been passed by a role change of ours meanwhile.
    func heard(higher: [CommonV1.Assignment], from server: String) async throws {
        guard higher.count <= VaultCore.longestReport else {
            throw Failure(.limitReached, "take \(higher.count) assignments above this vault's at once")
        }
        for message in higher {
            let assignment = try Assignment(message)
            let holding = Holding(server, assignment)
            guard let record = try? await vault.store.item(assignment.item), record.quarantine == nil,
                let finding = holding.finding(beside: record)
            else { continue }
            let quarantine = StoredQuarantine(
                cause: "the configuration server holds a newer generation", sinceUs: vault.now.value, found: [finding])
            let isNew = try await vault.store.quarantine([assignment.item], quarantine) { record in
                holding.finding(beside: record) != nil
            }
            if isNew { vault.alarm(assignment.item, quarantine) }
        }
    }

    /// Items of one installation.
    private static let longestReport = 100_000
}

extension VaultContext {
    func alarm(_ item: ItemID, _ quarantine: StoredQuarantine) {
        log.critical(
            "QUARANTINED",
            metadata: [
                "item": "\(item)", "cause": "\(quarantine.cause)",
                "found": "\(quarantine.found.joined(separator: "; "))",
            ])
        bell.ring()
    }

    /// What a refusal as of an old generation or epoch means: that this vault's record is not the newest, or nothing.
    ///
    /// The answer alone proves nothing: a call of a step that was made under the generation before its job's own, or
    /// that is made again after a restart, may come late to a component that has taken a newer generation *from us*.
    /// So everybody is asked what they hold, and the item's record is read only after they answered. Whatever this
    /// vault minted was in its record before anybody was told, so a holding above the record, or beside it with
    /// another token, cannot be ours, however late the call was. When all who matter answer and nobody holds such a
    /// one, the call was late, and its refusal is what it was. When somebody does not answer it is not known, and the
    /// item is kept until it is (`CensusRounds`).
    ///
    /// A refusal by epoch says that another opening of this store, or another vault, acted after this one.
    func judge(_ failure: Failure, of id: ItemID, in job: JobID? = nil) async -> Failure {
        guard [.staleGeneration, .generationConflict, .staleEpoch].contains(failure.code) else { return failure }
        do {
            let answers = await Census(self).ask(id)
            if failure.code == .staleEpoch, try await reign.learn(answers, in: store) {
                return Failure(.busy, "\(failure.message); this vault's epoch was raised above it")
            }
            // A check of the infrastructure is over no item.
            guard let record = try await store.database.read({ [store] in try store.item(id.text, in: $0) }) else {
                return failure
            }
            let holdings = await Census(self).agents(of: record) + answers.holdings(of: id)
            let verdict = try await Census(self).verdict(on: record, answers, holdings)
            let isOutdone = failure.code == .staleEpoch
            // The process server is not needed to leave quarantine, but it may be the one that refused.
            let missing = verdict.missing + answers.missing(among: [record.processServer].filter { !$0.isEmpty })
            guard isOutdone || !verdict.found.isEmpty || !missing.isEmpty else { return failure }
            let quarantine = StoredQuarantine(
                cause: failure.message, sinceUs: now.value, found: verdict.found, missing: missing,
                needsPerson: isOutdone)
            if try await store.quarantine(store.held(with: id, by: job), quarantine) { alarm(id, quarantine) }
            try await store.item(id).refuseQuarantined("act on \(record.displayName)", at: now)
            return failure
        } catch let other as Failure where other.code == .quarantined { return other } catch {
            // Not to be known now: tried again, and never undone meanwhile.
            return Failure(
                .outcomeUnknown, "\(failure.message); what others hold is not known: \(error)", on: [.item(id)])
        }
    }
}
