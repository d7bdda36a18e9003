import API
import Contract
import Environment
import Messages
import Model
import Workflow

/// The last step of an operation that begins a replication: how many blocks had to be moved until the first point of
/// its generation, and why. The figures are the master target's, which commits them with that point, so they are the
/// same whoever was killed in between. Facts, per disk, in blocks of 4 KiB:
///
/// - `changed`: written by the source's guest up to the cut of that point, since the last point common with the target;
///   what the guest wrote while it synchronized is in it.
/// - `ahead`: where the target was ahead of the point that the source started from: touched by a move to an older
///   point, or written at the target by itself, and not in `changed`.
/// - `suspect`: compared by digest; only those that differ were sent.
/// - `moved`: what arrived at the master target in chunks, blocks of zeroes included.
/// - `dropped`: what arrived besides and was dropped because a transfer broke off.
/// - `discarded`: what the target had written by itself, and was overwritten.
///
/// `moved` is at most `changed` + `ahead` + `suspect`. Without an answer within a minute the facts are missing: the
/// item is protected all the same.
///
/// - unless: of the item as it is then, why there is nothing to wait for.
func measuredStep(unless skip: @escaping @Sendable (ItemRecord) throws -> String? = { _ in nil }) -> VaultStep {
    calls("measured", "Take down how much was moved", by: "master target") { scene in
        if let reason = try skip(scene.item) { return .skipped(reason) }
        guard let generation = scene.output("mint")?.numbers["generation"] else {
            return .skipped("nothing was minted")
        }
        let client = try scene.target(scene.item.masterTarget)
        return try await lookingOrSkipping(scene.vault, "not measured: ") {
            do {
                let replica = try await asking("look at the replica", Patience.read) {
                    try await client.getReplica(.with { $0.item = scene.item.id }, $0)
                }
                guard let catchUp = replica.catchUp, catchUp.generation <= generation else {
                    return .ends(.skipped("not measured: the replica has another writer"))
                }
                if catchUp.generation == generation, catchUp.point > 0 {
                    return .ends(try .done(StepOutput(measured: catchUp)))
                }
                return .missing("no point of generation \(generation) is sealed")
            } catch let failure as Failure where failure.code == .notFound {
                return .ends(.skipped("not measured: the replica is gone"))
            } catch let failure as Failure {
                return .missing(failure.message)
            }
        }
    }
}

/// The next operation's gates look at the item's health, which the agent's next report brings: the job ends after it.
/// A replication that does not come into its own within a minute is shown by the item, and fails no job.
func healthyStep() -> VaultStep {
    VaultStep("healthy", .wait, "See the replication healthy", by: "vault") { vault, run in
        vault.awaited.enter(run.item.text)
        defer { vault.awaited.leave(run.item.text) }
        return try await lookingOrSkipping(vault, "") {
            let health = try await vault.store.item(run.item).health
            return health == healthy ? .ends(try .done(StepOutput("ok"))) : .missing(health.joined(separator: "; "))
        }
    }
}

/// For a step that no operation fails by.
private func lookingOrSkipping(
    _ vault: VaultContext, _ prefix: String, _ look: @Sendable () async throws -> Look
) async throws -> StepResult {
    switch try await looking(vault, for: longestMeasuring, look) {
    case .ends(let result): return result
    case .missing(let missing): return .skipped(prefix + missing)
    }
}

/// A master target that was killed is back and has recovered well within it.
private let longestMeasuring = Duration.seconds(60)

extension StepOutput {
    fileprivate init(measured catchUp: TargetV1.CatchUp) {
        self.init("\(catchUp.disks.reduce(0) { $0 + $1.movedBlocks }) blocks moved up to point \(catchUp.point)")
        numbers["point"] = catchUp.point
        for disk in catchUp.disks {
            facts["changed.\(disk.disk)"] = "\(disk.writtenBlocks)"
            facts["ahead.\(disk.disk)"] = "\(disk.aheadBlocks + disk.foreignBlocks)"
            facts["suspect.\(disk.disk)"] = "\(disk.suspectBlocks)"
            facts["moved.\(disk.disk)"] = "\(disk.movedBlocks)"
            facts["dropped.\(disk.disk)"] = "\(disk.droppedBlocks)"
            facts["discarded.\(disk.disk)"] = "\(disk.ownBlocks)"
        }
    }
}

/// Every block that was written to the target's disks since home's content was pinned is read back, and must have the
/// digest that the source sent with it. Fact `certificate` = `delta`: those blocks, not the rest of the disk. It is
/// missing when the pinned point is not the oldest any more, because then there is no telling that these are all.
func certify() -> VaultStep {
    calls("certify", "Read back every block that was moved, against its digest", by: "master target") { scene in
        let client = try scene.target(scene.item.masterTarget)
        let answer = try await asking("read back what was moved", Patience.long) {
            try await client.verifyReplica(.with { $0.item = scene.item.id; $0.changedOnly = true }, $0)
        }
        let count = answer.verifiedBlocks.reduce(0, +)
        var facts = ["certificate.blocks": "\(count)"]
        for root in answer.roots { facts["target.root.\(root.disk)"] = hexadecimal(root.root) }
        if answer.since == pointBeforeReprotect { facts["certificate"] = "delta" }
        if let scrub = answer.scrub, scrub.differingBlocks == 0 {
            facts["certificate.scrubbed"] = "\(scrub.endedUnixUs)"
        }
        if let scrub = scene.vault.figures.status(scene.item.id)?.scrub, scrub.endedUnixUs > 0,
            scrub.differingBlocks == 0
        {
            facts["certificate.sourceScrubbed"] = "\(scrub.endedUnixUs)"
        }
        return try .done(StepOutput("\(count) blocks are as they were sent", facts: facts))
    }.with { $0.retry = patientRetry }
}

/// Name of the pinned point that keeps what home held before it was overwritten.
let pointBeforeReprotect = "home-before-reprotect"
