import Contract
import Model
import Workflow

extension VaultCore {
    /// Lets jobs go on that stuck because an item was quarantined, once all of theirs are free: nobody holds anything
    /// that this vault did not mint, so what refused the step had heard of us alone, and the step is the one to make.
    /// It is made under its own key, which is no second effect where it was made already. Whoever was reconciled by a
    /// person has no such job: it was ended with the old record.
    ///
    /// A census that clears an item each time somebody is back must not retry for ever: then a person decides.
    func retryStuck() async throws {
        let jobs = vault.store.jobs
        for job in try await jobs.unfinished() {
            guard try await jobs.progress(job).stuck?.failure.code == .quarantined,
                (try? await refuseQuarantined(job, "go on with job \(job)")) != nil,
                try await retries(of: job) < VaultCore.mostRetries
            else { continue }
            let statement = Statement(
                name: VaultCore.censusName, reason: "nobody holds anything newer", at: vault.now, checked: "a census")
            do { try await runner.resolve(job, .retry, by: statement) } catch let failure as Failure
                where failure.code == .operationNotAllowed
            {
                // A person was faster.
                continue
            }
            vault.log.notice("a job goes on that stuck by a quarantine", metadata: ["job": "\(job)"])
        }
    }

    private static let censusName = "census"
    /// Of one job; each takes a quarantine of its own.
    private static let mostRetries = 8

    private func retries(of job: JobID) async throws -> Int {
        var (count, after) = (0, Int64(0))
        while true {
            let page = try await vault.store.jobs.journal(job, after: after)
            guard let last = page.last else { return count }
            for entry in page {
                if case .resolved(.retry, let statement) = entry.event, statement.name == VaultCore.censusName {
                    count += 1
                }
            }
            after = last.sequence
        }
    }
}
