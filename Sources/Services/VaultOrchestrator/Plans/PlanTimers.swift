import Contract
import Environment
import Logging
import Messages
import Model
import Store
import Synchronization
import Workflow

extension PlanScene {
    /// In the transaction that ends a run which succeeded.
    func armAutomaticEnd(_ transaction: Transaction) throws {
        let policy = record.spec.policy
        guard record.wish.operation == .failover, policy.automatic != .none else { return }
        try core.store.setAutomatic(
            core.now.value + Int64(policy.automaticAfterUs), "", of: run.job, in: transaction)
    }
}

/// Commits or cancels what a plan's policy says, some time after a run of it succeeded.
final class PlanTimers: Sendable {
    /// Between two looks at what is due.
    private static let round: Duration = .seconds(1)
    /// What was refused is asked for again after this.
    private static let pauseUs: Int64 = 60_000_000

    private let core: VaultCore
    private let task = Mutex<SpawnedTask?>(nil)

    init(core: VaultCore) { self.core = core }

    func start() {
        let spawned = core.vault.environment.tasks.spawn("plan timers") { [self] in
            while !Task.isCancelled {
                do { try await core.vault.environment.clock.sleep(for: Self.round) } catch { return }
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
        guard let due = try? await core.vault.store.dueRuns(at: core.vault.now) else { return }
        for run in due {
            var (next, told): (Int64?, String)
            do { (next, told) = (nil, try await end(run)) } catch {
                let why = (error as? Failure).map { "\($0)" } ?? "\(error)"
                (next, told) = (core.vault.now.value + Self.pauseUs, "refused, and asked for again: \(why)")
                core.vault.log.warning(
                    "a run's automatic end was refused", metadata: ["run": "\(run)", "failure": "\(error)"])
            }
            let store = core.vault.store
            try? await store.database.write("plan-automatic") { [next, told] transaction in
                try store.setAutomatic(next, told, of: run, in: transaction)
            }
        }
    }

    /// Members that somebody has committed, cancelled or failed over again since are left alone.
    private func end(_ run: JobID) async throws -> String {
        let (_, record, _) = try await core.run(named: run.text)
        var origin = try PlanOrigin(record)
        for unit in record.units where !(try await isPending(unit, record)) { origin.finished[unit.name] = unit }
        guard origin.finished.count < record.units.count else { return "nothing was left to do" }
        let isCommit = record.spec.policy.automatic == .commit
        var wish = PlanWish(operation: isCommit ? .commit : .cancel)
        wish.confirmLoss = !isCommit
        let options = VaultV1.MutationOptions.with {
            $0.requestID = "automatic-\(run)"
            $0.person = "the policy of plan \(record.plan)"
        }
        let message = VaultV1.RunPlanRequest.with {
            $0.name = "plans/\(record.plan)"
            $0.operation = wish.operation.message
            $0.options = options
        }
        let request = try VaultCore.Request(message, options)
        if let known = try await core.knownRun(request) { return "\(known.name) has begun" }
        let begun = try await core.begin(request, core.prepare(origin, wish, options))
        return "\(begun.name) has begun"
    }

    /// Still where its job of this run has put it.
    private func isPending(_ unit: PlanRunRecord.Unit, _ record: PlanRunRecord) async throws -> Bool {
        guard let direction = record.wish.directionValue else { return false }
        let progress = try await core.vault.store.jobs.progress(JobID(unit.job))
        for member in unit.members {
            let item = try await core.vault.store.item(ItemID(member.item))
            let minted = progress.outputs(of: try ItemID(member.item))["mint"]
                .flatMap { StepOutput($0) }?.numbers["generation"]
            guard item.phase == Phase.commitPending(direction).name, item.generation?.number == minted else {
                return false
            }
        }
        return true
    }
}
