import API
import Contract
import Environment
import Logging
import Messages
import Model
import RPC
import Store
import Workflow

/// `homeward vault reconcile` (rule G8): a quarantined item gets a generation above every one that is held anywhere,
/// with the roles that are seen to be in force, and a phase that follows from them. What the old record said counts
/// for nothing that can be seen; its jobs are ended where they stand.
struct Reconciliation: Sendable {
    let core: VaultCore

    private var vault: VaultContext { core.vault }

    func run(_ request: VaultV1.ReconcileRequest) async throws -> VaultV1.ReconcileResponse {
        let statement = try said(request)
        let records = try await chosen(request)
        let census = Census(vault)
        let answers = await census.ask()
        if !request.validateOnly { _ = try await vault.reign.learn(answers, in: vault.store, byPerson: true) }
        var response = VaultV1.ReconcileResponse()
        for record in records {
            do {
                // Read after the answers came.
                let now = try await vault.store.item(record.itemID())
                let picture = try await look(at: now, census, answers)
                let conclusion = try conclude(now, picture, hasStatement: request.missingStatement != nil)
                response.items.append(
                    try await take(conclusion, now, statement, validateOnly: request.validateOnly))
            } catch let failure as Failure {
                if !request.validateOnly { try await vault.store.audit.unreconciled(record, statement, failure) }
                response.items.append(
                    .with {
                        $0.name = "items/\(record.id)"
                        $0.displayName = record.displayName
                        $0.refused = failure.message
                    })
            }
        }
        // Those that it did not end: of items that were held with them, and are free now.
        if !request.validateOnly { try await core.retryStuck() }
        return response
    }

    private func said(_ request: VaultV1.ReconcileRequest) throws(Failure) -> Model.Statement {
        guard !request.person.isEmpty, !request.reason.isEmpty else {
            throw Failure(.invalidArgument, "reconcile: a person and a reason are required")
        }
        if let missing = request.missingStatement, missing.person.isEmpty || missing.reason.isEmpty {
            throw Failure(
                .invalidArgument, "state that those who do not answer are gone: a person and what they checked are "
                    + "required")
        }
        let checked = request.missingStatement.map { "\($0.person): \($0.reason)" } ?? ""
        return Model.Statement(name: request.person, reason: request.reason, at: vault.now, checked: checked)
    }

    /// By display name. Items that one job holds are concluded together: the job ends for all of them.
    private func chosen(_ request: VaultV1.ReconcileRequest) async throws -> [ItemRecord] {
        var ids: Set<ItemID> = []
        if request.item.isEmpty {
            for item in try await vault.store.quarantined() { ids.insert(try item.itemID()) }
        } else {
            let item = try await vault.store.item(named: request.item)
            guard item.quarantine != nil else {
                throw Failure(
                    .operationNotAllowed, "reconcile \(item.displayName): it is not quarantined, this vault's record "
                        + "of it is the newest", on: [.item(try item.itemID())])
            }
            ids.insert(try item.itemID())
        }
        for id in ids {
            guard let job = try await vault.store.item(id).claimJob, JobID.isValid(job) else { continue }
            ids.formUnion(try await vault.store.held(with: id, by: try JobID(job)))
        }
        var records: [ItemRecord] = []
        for id in ids { records.append(try await vault.store.item(id)) }
        return records.sorted { ($0.displayName, $0.id) < ($1.displayName, $1.id) }
    }

    // MARK: Looking

    private func look(
        at item: ItemRecord, _ census: Census, _ answers: Census.Answers
    ) async throws -> Picture {
        let id = try item.itemID()
        var picture = Picture()
        picture.holdings = await census.agents(of: item) + answers.holdings(of: id)
        picture.missing = answers.missing(among: Census.required(item, picture.holdings))
        for site in Site.allCases {
            picture.machines[site] = await machine(item, site)
            let agent = await vault.agent(item[site].machine, at: site, preferring: item.processServer)
            if agent?.attached == true, agent?.status?.service == .closed { picture.closed.insert(site) }
        }
        if let target = picture.highest(beside: item)?.roles.masterTarget ?? (try? MasterTargetID(item.masterTarget)) {
            picture.replica = await seeing("look at the replica") { [vault] options in
                let client = TargetControlClient(try vault.directory.channel(of: target.text))
                return try await client.getReplica(.with { $0.item = id.text }, options)
            }
            let points = await seeing("look at the replica's points") { [vault] options in
                let client = TargetControlClient(try vault.directory.channel(of: target.text))
                return try await client.listPoints(.with { $0.item = id.text }, options).points
            }
            picture.usablePoints = points.value?.whole.count(where: \.applied) ?? 0
        }
        picture.row = await seeing("read the row of item \(id)") { [vault] options in
            let client = ConfigurationClient(try vault.directory.configuration())
            return try await client.getProtectedMachine(.with { $0.item = id.text }, options)
        }
        return picture
    }

    private func machine(_ item: ItemRecord, _ site: Site) async -> Seen<PlatformV1.Machine> {
        let id = item[site].machine
        guard !id.isEmpty else { return .absent }
        return await seeing("look at machine \(id)") { [vault] options in
            try await PlatformClient(try vault.directory.platform(site)).getMachine(.with { $0.machine = id }, options)
        }
    }

    // MARK: Acting

    /// Mints, ends the old record's jobs and sets the phase in one transaction; then everybody is told, the side that
    /// does not run first. Who cannot be told now is by a reconciler (`Debt.reassign`).
    private func take(
        _ conclusion: Conclusion, _ seen: ItemRecord, _ statement: Model.Statement, validateOnly: Bool
    ) async throws -> VaultV1.ReconciledItem {
        var answer = conclusion.message(of: seen)
        guard !validateOnly else { return answer }
        let id = try seen.itemID()
        let (store, now) = (vault.store, vault.now)
        let token = vault.environment.random.bytes(GenerationToken.byteCount)
        let word = "reconciled: \(statement.reason)" + (statement.checked.isEmpty ? "" : " (\(statement.checked))")
        let signed = Model.Statement(name: statement.name, reason: word, at: now, checked: statement.checked)
        let (record, ended) = try await store.database.write("reconcile") { [core] transaction in
            var record = try store.requireItem(id, in: transaction)
            guard record.generation == seen.generation, record.quarantine == seen.quarantine else {
                throw Failure(.etagMismatch, "reconcile \(record.displayName): it has changed meanwhile; ask again")
            }
            var ended: [JobID] = []
            for job in try store.unfinishedJobs(of: id, in: transaction)
            where try core.runner.end(job, by: signed, in: transaction) { ended.append(job) }
            try conclusion.apply(to: &record, token: token, at: now)
            record.reconciledIn = store.database.incarnation.text
            let saved = try store.save(record, in: transaction)
            try store.audit.reconciled(saved, conclusion.because, ended, by: signed, in: transaction)
            return (saved, ended)
        }
        vault.log.notice(
            "an item was reconciled",
            metadata: [
                "item": "\(id)", "person": "\(statement.name)", "reason": "\(word)", "phase": "\(record.phase)",
                "generation": "\(record.generation?.number ?? 0)",
                "because": "\(conclusion.because.joined(separator: "; "))",
            ])
        do { try await vault.reassign(record) } catch {
            vault.log.notice("not everybody was told yet", metadata: ["item": "\(id)", "error": "\(error)"])
        }
        vault.bell.ring()
        for job in ended { vault.bell.ring(job) }
        answer.generation = try record.assignment().generation.message
        answer.endedJobs = ended.map { "jobs/\($0)" }
        return answer
    }
}

extension VaultStore {
    fileprivate func unfinishedJobs(of item: ItemID, in transaction: Transaction) throws -> [JobID] {
        try transaction.rows(
            """
            SELECT id FROM jobs
            WHERE finished = 0 AND (item = ?1 OR id IN (SELECT job FROM job_members WHERE item = ?1)) ORDER BY id
            """, .id(item)
        ).map { try $0.id("id") }
    }
}

extension VaultContext {
    /// Gives a reconciled item's generation to everybody but the agent that runs it, which is the last to get it
    /// (`resume-source`): first where the machine does not run, so that nothing older can act there any more.
    func reassign(_ item: ItemRecord) async throws {
        guard item.owed.contains(Debt.reassign.rawValue), item.claimJob == nil else { return }
        let assignment = try item.assignment()
        let other = assignment.roles.activeSite.other
        if !item[other].statedDead {
            try await reassign(assignment, directory.platform(other), "platform/\(other.rawValue)")
        }
        try await closeAgent(item, other, assignment)
        for id in [item.masterTarget, item.processServer] where !id.isEmpty {
            do { try await reassign(assignment, directory.channel(of: id), id) } catch let failure as Failure
                where assignment.roles.replication == nil && failure.code != .staleGeneration
            {
                // Takes no part now; whatever gives it one assigns it.
                log.debug("takes no part and was not told", metadata: ["component": "\(id)", "error": "\(failure)"])
            }
        }
        let site = assignment.roles.activeSite
        try await reassign(assignment, directory.platform(site), "platform/\(site.rawValue)")
        try await store.update(assignment.item, "reassigned") { record in
            guard record.generation == item.generation else { return false }
            record.owed.removeAll { $0 == Debt.reassign.rawValue }
            return true
        }
    }

    private func reassign(_ assignment: Assignment, _ channel: any Channel, _ target: String) async throws {
        try await give(assignment, to: target, channel, reconcilerKey("reassign", target, assignment))
    }

    /// One that is not heard learns it from its platform's next grant, or never acts again.
    private func closeAgent(_ item: ItemRecord, _ site: Site, _ assignment: Assignment) async throws {
        let machine = item[site].machine
        guard !machine.isEmpty else { return }
        do {
            _ = try await command(
                machine, at: site, preferring: item.processServer,
                try reconcilerKey("reassign", "agent/\(machine)", assignment),
                item.assign(assignment, at: site))
        } catch {
            guard error.disposition != .permanent || error.code == .notFound else { throw error }
            log.debug("the agent was not told", metadata: ["machine": "\(machine)", "error": "\(error)"])
        }
    }
}
