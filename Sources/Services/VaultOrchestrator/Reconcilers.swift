import Environment
import Model
import Synchronization

/// Loops without steps: they look at what is and move items along.
final class Reconcilers: Sendable {
    let core: VaultCore
    private let tasks = Mutex<[SpawnedTask]>([])

    init(core: VaultCore) { self.core = core }

    func start() {}

    func stop() async {
        let running = tasks.withLock { tasks in
            defer { tasks = [] }
            return tasks
        }
        for task in running { task.cancel() }
        for task in running { await task.finished() }
    }
}
