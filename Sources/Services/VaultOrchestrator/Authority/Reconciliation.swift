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
        let sets = try await chosen(request)
        let census = Census(vault)
        let answers = await census.ask()
        if !request.validateOnly { _ = try await vault.reign.learn(answers, in: vault.store, byPerson: true) }
        var response = VaultV1.ReconcileResponse()
        for set in sets {
            let looked = try await look(at: set, census, answers, hasStatement: request.missingStatement != nil)
            do {
                let concluded = try together(looked)
                response.items += try await take(concluded, statement, validateOnly: request.validateOnly)
            } catch let failure as Failure {
                response.items += try await refuse(looked, failure, statement, validateOnly: request.validateOnly)
            }
        }
        // Those that it did not end: of items that were held with them, and are free now.
        if !request.validateOnly { try await core.retryStuck() }
        return response
    }

    private func said(_ request: VaultV1.ReconcileRequest) throws(Failure) -> Model.Statement {
        try Permission.require(.reconcile, "reconcile")
        if request.missingStatement != nil {
            try Permission.require(.stateDeath, "state that those who do not answer are gone")
        }
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

    /// By display name. Items that one job holds are one set: the job ends for all of them.
    private func chosen(_ request: VaultV1.ReconcileRequest) async throws -> [[ItemRecord]] {
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
        var sets: [[ItemRecord]] = []
        for id in ids where !sets.joined().contains(where: { $0.id == id.text }) {
            let job = try await vault.store.item(id).claimJob.flatMap { JobID.isValid($0) ? try JobID($0) : nil }
            var set: [ItemRecord] = []
            for held in try await vault.store.held(with: id, by: job) { set.append(try await vault.store.item(held)) }
            sets.append(set.sorted { ($0.displayName, $0.id) < ($1.displayName, $1.id) })
        }
        return sets.sorted { ($0[0].displayName, $0[0].id) < ($1[0].displayName, $1[0].id) }
    }

    // MARK: Looking

    /// An item as it is now, and what follows for it.
    private struct Looked {
        var record: ItemRecord
        var conclusion: Result<Conclusion, Failure>

        /// Its own, or that of one that is concluded with it.
        func refusal(beside others: [Looked]) -> Failure? {
            if case .failure(let failure) = conclusion { return failure }
            let refused = others.filter { if case .failure = $0.conclusion { true } else { false } }
            guard let first = refused.first else { return nil }
            return Failure(
                .operationNotAllowed, "reconcile \(record.displayName): job \(record.claimJob ?? "") holds it together "
                    + "with \(first.record.displayName), which is refused; they are reconciled together or not at all")
        }
    }

    private func look(
        at set: [ItemRecord], _ census: Census, _ answers: Census.Answers, hasStatement: Bool
    ) async throws -> [Looked] {
        var looked: [Looked] = []
        for record in set {
            do {
                // Read after the answers came.
                let now = try await vault.store.item(record.itemID())
                let picture = try await look(at: now, census, answers)
                let conclusion = try conclude(now, picture, hasStatement: hasStatement)
                looked.append(Looked(record: now, conclusion: .success(conclusion)))
            } catch let failure as Failure { looked.append(Looked(record: record, conclusion: .failure(failure))) }
        }
        return looked
    }

    private func together(_ looked: [Looked]) throws(Failure) -> [Concluded] {
        var concluded: [Concluded] = []
        for one in looked { concluded.append(Concluded(seen: one.record, conclusion: try one.conclusion.get())) }
        return concluded
    }

    private func refuse(
        _ looked: [Looked], _ failure: Failure, _ statement: Model.Statement, validateOnly: Bool
    ) async throws -> [VaultV1.ReconciledItem] {
        var refused: [VaultV1.ReconciledItem] = []
        for one in looked {
            let own = one.refusal(beside: looked) ?? failure
            if !validateOnly { try await vault.store.audit.unreconciled(one.record, statement, own) }
            refused.append(
                .with {
                    $0.name = "items/\(one.record.id)"
                    $0.displayName = one.record.displayName
                    $0.refused = own.message
                })
        }
        return refused
    }

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
        if case .absent? = picture.machines[.cloud] { picture.seed = await seed(of: item) }
        picture.row = await seeing("read the row of item \(id)") { [vault] options in
            let client = ConfigurationClient(try vault.directory.configuration())
            return try await client.getProtectedMachine(.with { $0.item = id.text }, options)
        }
        return picture
    }

    /// The record's own master target of the cloud has to answer. It may have been moved to another one since: those
    /// that are heard are asked, too.
    private func seed(of item: ItemRecord) async -> Seen<String> {
        let own = item.cloudMasterTarget
        guard !own.isEmpty else { return .absent }
        let others = vault.directory.components(.masterTarget, at: .cloud).compactMap(\.component.endpoint?.id)
            .filter { $0 != own && vault.isHeard(.masterTarget($0)) }
        var ownAnswer = Seen<String>.absent
        for id in [own] + others {
            let seen = await seeing("look for a seed of item \(item.id) at \(id)") { [vault] options in
                let client = TargetControlClient(try vault.directory.channel(of: id))
                return try await client.getReplica(.with { $0.item = item.id }, options)
            }
            switch seen {
            case .value(let replica) where replica.state != .initializing && takesIntervals(replica): return .value(id)
            case .unreachable(let why) where id == own: ownAnswer = .unreachable(why)
            default: continue
            }
        }
        return ownAnswer
    }

    private func machine(_ item: ItemRecord, _ site: Site) async -> Seen<PlatformV1.Machine> {
        let id = item[site].machine
        guard !id.isEmpty else { return .absent }
        return await seeing("look at machine \(id)") { [vault] options in
            try await PlatformClient(try vault.directory.platform(site)).getMachine(.with { $0.machine = id }, options)
        }
    }

    // MARK: Acting

    /// What follows for an item from what was seen of it.
    private struct Concluded: Sendable {
        var seen: ItemRecord
        var conclusion: Conclusion
    }

    /// Mints, ends the old records' jobs and sets the phases, of all items of a set in one transaction: a job of theirs
    /// is ended for all of them. Then everybody is told, the side that does not run first. Who cannot be told now is by
    /// a reconciler (`Debt.reassign`).
    private func take(
        _ set: [Concluded], _ statement: Model.Statement, validateOnly: Bool
    ) async throws -> [VaultV1.ReconciledItem] {
        guard !validateOnly else { return set.map { $0.conclusion.message(of: $0.seen) } }
        let word = "reconciled: \(statement.reason)" + (statement.checked.isEmpty ? "" : " (\(statement.checked))")
        let signed = Model.Statement(name: statement.name, reason: word, at: vault.now, checked: statement.checked)
        let taken = try await stored(set, signed)
        var answers: [VaultV1.ReconciledItem] = []
        for (one, (record, ended)) in zip(set, taken) {
            vault.log.notice(
                "an item was reconciled",
                metadata: [
                    "item": "\(record.id)", "person": "\(signed.name)", "reason": "\(word)", "phase": "\(record.phase)",
                    "generation": "\(record.generation?.number ?? 0)",
                    "because": "\(one.conclusion.because.joined(separator: "; "))",
                ])
            do { try await vault.reassign(record) } catch {
                vault.log.notice("not everybody was told yet", metadata: ["item": "\(record.id)", "error": "\(error)"])
            }
            vault.bell.ring()
            for job in ended { vault.bell.ring(job) }
            var answer = one.conclusion.message(of: one.seen)
            answer.generation = try record.assignment().generation.message
            answer.endedJobs = ended.map { "jobs/\($0)" }
            answers.append(answer)
        }
        return answers
    }

    /// Each with the jobs that were ended.
    private func stored(
        _ set: [Concluded], _ statement: Model.Statement
    ) async throws -> [(record: ItemRecord, ended: [JobID])] {
        let (store, now, random) = (vault.store, vault.now, vault.environment.random)
        return try await store.database.write("reconcile") { [core] transaction in
            // Before any of them is ended.
            let jobs = try set.map { try store.unfinishedJobs(of: $0.seen.itemID(), in: transaction) }
            for job in Set(jobs.joined()) { _ = try core.runner.end(job, by: statement, in: transaction) }
            return try zip(set, jobs).map { one, ended in
                var record = try store.requireItem(one.seen.itemID(), in: transaction)
                guard record.generation == one.seen.generation, record.quarantine == one.seen.quarantine,
                    record.claimJob == one.seen.claimJob
                else {
                    throw Failure(.etagMismatch, "reconcile \(record.displayName): it has changed meanwhile; ask again")
                }
                let token = random.bytes(GenerationToken.byteCount)
                try one.conclusion.apply(to: &record, token: token, at: now)
                record.reconciledIn = store.database.incarnation.text
                let saved = try store.save(record, in: transaction)
                try store.audit.reconciled(saved, one.conclusion.because, ended, by: statement, in: transaction)
                return (saved, ended)
            }
        }
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
            try await reassign(
                assignment, .platform(other), directory.platform(other), "platform/\(other.rawValue)")
        }
        try await closeAgent(item, other, assignment)
        for id in [item.masterTarget, item.processServer] where !id.isEmpty {
            let holder: Holder = id == item.masterTarget ? .masterTarget(id) : .processServer(id)
            do { try await reassign(assignment, holder, directory.channel(of: id), id) } catch let failure as Failure
                where assignment.roles.replication == nil && failure.code != .staleGeneration
            {
                // Takes no part now; whatever gives it one assigns it.
                log.debug("takes no part and was not told", metadata: ["component": "\(id)", "error": "\(failure)"])
            }
        }
        let site = assignment.roles.activeSite
        try await reassign(assignment, .platform(site), directory.platform(site), "platform/\(site.rawValue)")
        try await store.update(assignment.item, "reassigned") { record in
            guard record.generation == item.generation else { return false }
            record.owed.removeAll { $0 == Debt.reassign.rawValue }
            return true
        }
    }

    private func reassign(
        _ assignment: Assignment, _ holder: Holder, _ channel: any Channel, _ target: String
    ) async throws {
        guard isHeard(holder) else {
            throw Failure(.unavailable, "assign \(target): it was not heard lately", on: [.item(assignment.item)])
        }
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
