import Model
import Synchronization
import Workflow

/// How a step of one job reaches other jobs: the runner is made after the context that steps act through.
final class JobSignals: Sendable {
    private struct Reference {
        weak var runner: JobRunner<VaultContext>?
    }

    private let reference = Mutex(Reference())

    func attach(_ runner: JobRunner<VaultContext>) { reference.withLock { $0.runner = runner } }

    func signal(_ job: JobID, _ name: String) async throws { try await runner().signal(job, name) }

    func cancel(_ job: JobID, by statement: Statement) async throws { try await runner().cancel(job, by: statement) }

    private func runner() throws(Failure) -> JobRunner<VaultContext> {
        guard let runner = reference.withLock({ $0.runner }) else {
            throw Failure(.unavailable, "reach another job: the vault is stopping")
        }
        return runner
    }
}
