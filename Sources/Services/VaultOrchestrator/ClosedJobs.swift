import API
import Environment
import Messages
import Model
import RPC
import Store
import Synchronization

/// Tells every component which jobs are closed, so that it may forget their operation keys after the keeping time
/// (rule K5). What each was told is durable; one that was away hears the rest when it is back.
///
/// What is done without a job has keys in one name for ever. That name is closed once a day: each of its keys lives at
/// least the keeping time, and at most a day longer.
final class ClosedJobs: Sendable {
    /// Keys are kept for days: nobody waits for this.
    private static let round: Duration = .seconds(10)
    /// Jobs told to one component in a round.
    private static let batch: Int64 = 100

    /// Whose keys are no job's: the vault's reconcilers, and the configuration server's hunt for stale machines.
    private static let standing: [JobID] = ["reconciler", "stale"]
    private static let standingPause: Duration = .seconds(86_400)

    private let vault: VaultContext
    /// When each component was last told of those.
    private let toldStanding = Mutex<[String: MonotonicInstant]>([:])
    private let task = Mutex<SpawnedTask?>(nil)

    init(_ vault: VaultContext) { self.vault = vault }

    func start() {
        let spawned = vault.environment.tasks.spawn("closed jobs") { [self] in
            while !Task.isCancelled {
                do { try await vault.environment.clock.sleep(for: Self.round) } catch { return }
                await pass()
            }
        }
        task.withLock { $0 = spawned }
    }

    func stop() async {
        let running = task.withLock { $0.take() }
        running?.cancel()
        await running?.finished()
    }

    func pass() async {
        for (name, channel) in receivers() {
            do { try await tell(name, ReceiverClient(channel)) } catch {
                vault.log.debug(
                    "a component was not told of closed jobs", metadata: ["component": "\(name)", "error": "\(error)"])
            }
        }
    }

    /// Everybody who keeps keys of ours. The home platform hears it from the configuration server.
    private func receivers() -> [(String, any Channel)] {
        let known = vault.directory.all().filter { vault.directory.isFresh($0) }
        var all = known.compactMap { entry -> (String, any Channel)? in
            guard let id = entry.component.endpoint?.id, entry.component.kind != .platform,
                let channel = try? vault.directory.channel(of: id)
            else { return nil }
            return (id, channel)
        }
        if let platform = try? vault.directory.platform(.cloud) { all.append(("platform-cloud", platform)) }
        return all
    }

    private func tell(_ name: String, _ receiver: ReceiverClient) async throws {
        for closed in try await vault.store.closedJobs(untoldTo: name, limit: Self.batch) {
            try await forget(closed.job, name, receiver)
            try await vault.store.told(name, upTo: closed.revision)
        }
        let now = vault.environment.clock.now()
        let isDue = toldStanding.withLock { told in told[name].map { now - $0 >= Self.standingPause } ?? true }
        guard isDue else { return }
        for job in Self.standing { try await forget(job, name, receiver) }
        toldStanding.withLock { $0[name] = now }
    }

    private func forget(_ job: JobID, _ name: String, _ receiver: ReceiverClient) async throws {
        _ = try await asking("tell \(name) that job \(job) is closed", Patience.read) {
            try await receiver.forgetJob(.with { $0.job = job.text }, $0)
        }
    }
}

extension VaultStore {
    /// Jobs that ended, in the order of their last change. Nothing of an ended job changes any more, so that the
    /// place of the last one told is enough to remember.
    func closedJobs(untoldTo component: String, limit: Int64) async throws -> [(job: JobID, revision: Int64)] {
        try await database.read { transaction in
            try transaction.rows(
                """
                SELECT id, revision FROM jobs
                WHERE finished = 1 AND revision > COALESCE((SELECT told FROM closed_jobs WHERE component = ?), 0)
                ORDER BY revision LIMIT ?
                """, .text(component), .integer(limit)
            ).map { (try $0.id("id"), try $0.integer("revision")) }
        }
    }

    func told(_ component: String, upTo revision: Int64) async throws {
        try await database.write("closed-jobs") { transaction in
            _ = try transaction.run(
                """
                INSERT INTO closed_jobs (component, told) VALUES (?, ?)
                ON CONFLICT (component) DO UPDATE SET told = excluded.told
                """, .text(component), .integer(revision))
        }
    }
}
