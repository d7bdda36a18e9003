import Contract
import Messages
import Model
import Workflow

/// Compares all blocks of an item with its replica by digest, on demand; what differs is sent again.
///
/// The item's row says so, in one transaction, and the claim goes with it: the item replicates on, its points stay, and
/// every other operation is possible. A reconciler tells the agent, sees how far it is, and ends the job when all is
/// compared and what differed is in a sealed point. There is no point of no return; called off, nothing is compared any
/// more, and what was found by then is sent.
let resyncWorkflow = VaultWorkflow(
    "resync", version: 1,
    steps: [claimStep(letsGoEarly: true), askToCompare(), comparedStep()])

/// By this the reconciler says that a comparison ended.
let comparedSignal = "compared"

private func askToCompare() -> VaultStep {
    let undo = undoingChange("call the comparison off") { item, scene in
        guard item.resync?.job == scene.run.job.text, item.resync?.endedUs == nil else { return }
        item.resync?.isCalledOff = true
    }
    return finishStep("Ask for a comparison of all blocks", undo: undo) { item, scene in
        _ = try item.replicates(for: "compare all blocks")
        try item.refuseComparing(beside: scene.run.job)
        item.resync = StoredResync(
            job: scene.run.job.text, person: scene.parameters.person, askedUs: scene.vault.now.value)
        return StepOutput("\(item.blocks) blocks are to be compared", numbers: ["blocks": item.blocks])
    }
}

/// Without the claim: as `inSyncStep`, the item's row says how far it is.
private func comparedStep() -> VaultStep {
    VaultStep(
        "compared", .wait, "Wait until all blocks are compared, and those that differ are sent again", by: "reconciler"
    ) { vault, run in
        let item = try await vault.store.item(run.item)
        func failure(_ why: String) -> Failure {
            Failure(.operationNotAllowed, "compare \(item.displayName) with its replica: \(why)", on: [.item(run.item)])
        }
        guard let resync = item.resync, resync.job == run.job.text else {
            throw failure("another comparison took the place of this one")
        }
        guard resync.endedUs != nil else {
            return .wait(Wait("\(item.displayName) is compared", signal: comparedSignal, party: .agent))
        }
        guard resync.cause.isEmpty else { throw failure(resync.cause) }
        return try .done(
            StepOutput(
                "\(resync.total) blocks were compared, \(resync.differing) differed and were sent again; "
                    + "\(resync.digestBytes) bytes of digests were sent",
                facts: [
                    "compared.blocks": "\(resync.total)", "compared.differing": "\(resync.differing)",
                    "compared.resent": "\(resync.differing)", "compared.digestBytes": "\(resync.digestBytes)",
                ]))
    }
}

/// A comparison of all blocks that was asked for.
struct StoredResync: Codable, Hashable, Sendable {
    /// Names it at the agent, too.
    var job: String
    var person: String
    var askedUs: Int64
    /// Nobody wants it any more, and the agent is to be told.
    var isCalledOff = false
    var total: UInt64 = 0
    var differing: UInt64 = 0
    var digestBytes: UInt64 = 0
    /// nil while it is under way.
    var endedUs: Int64?
    /// Why it ended before all was compared.
    var cause = ""
    /// The job knows that it ended.
    var isTold = false
}

extension StoredResync {
    /// What the item's health says while it is under way.
    var health: String { "RESYNCHRONIZING: all blocks are compared with the replica, as job \(job) asked" }

    /// - seen: how far its agent said that it is.
    func message(_ item: ItemRecord, _ seen: AgentV1.Comparison?) -> VaultV1.Resync {
        .with {
            $0.job = "jobs/\(job)"
            $0.person = person
            $0.askedUnixUs = askedUs
            $0.totalBlocks = endedUs == nil ? item.blocks : total
            $0.endedUnixUs = endedUs ?? 0
            $0.cause = cause
            ($0.differingBlocks, $0.digestBytes) = (differing, digestBytes)
            if endedUs != nil {
                $0.comparedBlocks = cause.isEmpty ? total : 0
            } else if let seen, seen.id == job {
                $0.comparedBlocks = seen.totalBlocks - min(seen.totalBlocks, seen.remainingBlocks)
                ($0.differingBlocks, $0.digestBytes) = (seen.differingBlocks, seen.digestBytes)
            }
        }
    }
}

extension ItemRecord {
    /// Of all disks that replicate.
    var blocks: UInt64 { disks.reduce(0) { $0 + ($1.bytes + 4_095) / 4_096 } }

    /// A comparison that is under way for another job. One that was called off and that the agent was not told to stop
    /// yet is not: the next one takes its place there, too.
    func comparison(beside job: JobID? = nil) -> StoredResync? {
        guard let resync, resync.endedUs == nil, !resync.isCalledOff, resync.job != job?.text else { return nil }
        return resync
    }

    fileprivate func refuseComparing(beside job: JobID) throws(Failure) {
        guard let other = comparison(beside: job) else { return }
        throw Failure(
            .conflictingJob, "compare \(displayName) with its replica: job \(other.job) does so already",
            on: [.item(try itemID())])
    }
}

extension VaultCore {
    func resync(_ message: VaultV1.ItemOperationRequest) async throws -> VaultV1.Job {
        let request = try Request(message, message.options)
        if let job = try await known(request) { return job }
        let draft = try await operationDraft(message) { _ throws(Failure) in (.resync, resyncWorkflow) }
        guard draft.scope.group == nil else {
            throw Failure(
                .invalidArgument, "compare \(draft.scope.name) with its replicas: it is a replication group; name one "
                    + "of its members")
        }
        return try await run(request, draft)
    }
}

extension Reconcilers {
    /// Tells the agent of a comparison that was asked for, or called off, and the job when it ended.
    func keepResync(_ item: ItemRecord, _ agent: AgentV1.Agent?) async throws {
        guard let resync = item.resync, !resync.isTold else { return }
        if resync.endedUs == nil {
            guard let ended = try await compare(item, resync, agent) else { return }
            try await vault.store.update(item.itemID(), "compared") { record in
                guard record.resync?.job == resync.job, record.resync?.endedUs == nil else { return false }
                record.resync = ended
                // Nobody looks at the health of an item that replicates no more.
                record.health.removeAll { $0 == resync.health }
                if record.health.isEmpty { record.health = healthy }
                return true
            }
            vault.bell.ring()
        }
        do { try await core.runner.signal(JobID(resync.job), comparedSignal) } catch let failure as Failure
            where failure.code == .operationNotAllowed
        {}
        try await vault.store.update(item.itemID(), "compared-told") { record in
            guard record.resync?.job == resync.job, record.resync?.endedUs != nil else { return false }
            record.resync?.isTold = true
            return true
        }
    }

    /// The comparison as it ended; nil while it did not.
    private func compare(
        _ item: ItemRecord, _ resync: StoredResync, _ agent: AgentV1.Agent?
    ) async throws -> StoredResync? {
        var ended = resync
        ended.endedUs = vault.now.value
        guard let direction = try? item.replicates(for: "compare") else {
            ended.cause = "the item went on to \(item.phase) before all was compared"
            return ended
        }
        // Who holds the item may be about to end this replication.
        guard item.claimJob == nil || item.claimJob == resync.job, agent?.attached == true else { return nil }
        if resync.isCalledOff {
            ended.cause = "it was called off"
            _ = try await refusal(item, direction, resync, stop: true)
            return ended
        }
        guard let seen = agent?.status?.comparison, seen.id == resync.job else {
            guard let refusal = try await refusal(item, direction, resync) else { return nil }
            ended.cause = "its agent refused: \(refusal)"
            return ended
        }
        let job = try JobID(resync.job)
        let done = seen.totalBlocks - min(seen.totalBlocks, seen.remainingBlocks)
        try await core.vault.store.jobs.report(job, done: Self.bytes(done), total: Self.bytes(seen.totalBlocks))
        core.vault.bell.ring(job)
        guard seen.complete else { return nil }
        (ended.total, ended.differing, ended.digestBytes) = (seen.totalBlocks, seen.differingBlocks, seen.digestBytes)
        return ended
    }

    /// An agent's figure is not believed beyond what a machine's disks can have.
    private static func bytes(_ blocks: UInt64) -> ByteCount { ByteCount(Int64(min(blocks, 1 << 48)) * 4_096) }

    /// Begins or stops it, again and again until that is seen in the agent's status: there it is begun once. Why the
    /// agent does not, for good; nil when it does.
    private func refusal(
        _ item: ItemRecord, _ direction: Direction, _ resync: StoredResync, stop: Bool = false
    ) async throws -> String? {
        let assignment = try item.assignment()
        let key = try vault.reconcilerKey("compare", "\(resync.job)/\(stop ? "stop" : "begin")", assignment)
        let site = direction.source
        do {
            _ = try await vault.command(
                item[site].machine, at: site, preferring: item.processServer, key,
                .compare(
                    .with {
                        $0.generation = assignment.generation.message
                        $0.id = resync.job
                        $0.stop = stop
                    }))
            return nil
        } catch {
            // A relay that has lost it, or a generation that is about to change, says nothing of the agent.
            let passing: [ErrorCode] = [.notFound, .staleGeneration, .unknownGeneration, .generationConflict]
            guard error.disposition == .permanent, !passing.contains(error.code) else { throw error }
            return error.message
        }
    }
}

extension VaultV1.SynchronizationBound {
    /// Of a comparison of all blocks.
    static func resync(_ seen: Observation) -> Self {
        let whole = seen.item.blocks
        let changed = min(whole, seen.agent.value?.status?.dirtyBlocks ?? 0)
        return .with {
            $0.item = seen.item.id
            $0.displayName = seen.item.displayName
            $0.changedBlocks = changed
            $0.suspectBlocks = whole - changed
            $0.crashBlocks = crash(seen.item)
            $0.basis = "every block is compared: \((whole + 1_023) / 1_024 * 16) bytes of digests where nothing "
                + "differs, \(whole * 17) at most, and \(ByteCount(Int64(clamping: whole * 4_096))) of content if "
                + "everything does"
        }
    }
}

/// Whether what the replica holds may be overwritten by this source: it takes no later writer's intervals, and none
/// but this one's.
func replicaTakesSource(_ seen: Observation) -> Gate {
    let target = seen.item.masterTarget
    switch seen.replica {
    case .value(let replica):
        let (own, fence) = (seen.item.generation?.number ?? 0, replica.fence?.number ?? 0)
        let isHere = [.atPoint, .applying, .initializing].contains(replica.state)
        let evidence = [
            seen.saw(
                "the replica is at point \(replica.position), \(replica.state), takes generation \(fence); the source "
                    + "writes under \(own)", target)
        ]
        guard fence <= own, isHere else {
            return Gate(
                .lineageProvesDirection, .fail, evidence: evidence,
                remedy: Remedy("Wait until the item replicates again", command: "homeward items show \(seen.name)"))
        }
        return Gate(.lineageProvesDirection, .pass, evidence: evidence)
    case .unreachable(let why):
        var gate = seen.unknown(.lineageProvesDirection, why, "master target", target)
        gate.remedy = Remedy("See what it misses", command: "homeward infrastructure show \(target)")
        return gate
    case .absent, .notAsked:
        return Gate(.lineageProvesDirection, .unknown, evidence: [seen.saw("it holds no replica of it", target)])
    }
}

/// Another comparison is no claim: it stands in the way of this one alone.
func noOtherComparison(_ seen: Observation) -> Gate {
    guard let other = seen.item.comparison() else { return Gate(.noConflictingJob, .pass) }
    return Gate(
        .noConflictingJob, .fail,
        evidence: [seen.saw("\(seen.item.displayName) is compared by job \(other.job)", "vault")],
        remedy: Remedy("Wait for it, or call it off", command: "homeward jobs cancel \(other.job)"))
}
