import Blocks
import Contract
import Environment
import IntervalFrames
import Model
import Replicas
import Synchronization

/// The open replica of one item. All calls block and come from the item's lane.
///
/// A replica whose file operation failed refuses everything; it is closed, and the next call opens it again and
/// recovers as after a crash. Before anything is done to an opened replica its fence is raised to the item's
/// assignment, so that an assignment holds also for a replica that could not be opened when it came.
final class Holder: Sendable {
    private struct State {
        var replica: Replica?
        var assignment: Assignment?
    }

    private let directory: String
    private let context: ReplicaContext
    private let state: Mutex<State>

    init(directory: String, context: ReplicaContext, assignment: Assignment?) {
        self.directory = directory
        self.context = context
        state = Mutex(State(assignment: assignment))
    }

    func use<T>(_ body: (Replica) throws -> T) throws -> T {
        let replica = try opened()
        do { return try body(replica) } catch {
            if Self.breaks(error) { close() }
            throw error
        }
    }

    /// For what only reads, beside the item's lane: nothing is opened, and what breaks is closed by the lane.
    func look<T>(_ body: (Replica) throws -> T) throws -> T {
        guard let replica = state.withLock({ $0.replica }) else { throw ReplicaError(.broken, "closed now") }
        return try body(replica)
    }

    /// Whether the replica must be opened again after this error.
    static func breaks(_ error: any Error) -> Bool {
        if let error = error as? ReplicaError { return [.broken, .corrupt, .lost].contains(error.code) }
        return error is FileError || error is ByteCodingError
    }

    private func opened() throws -> Replica {
        if let replica = state.withLock({ $0.replica }) { return replica }
        let replica = try Replica.open(directory: directory, context: context)
        return try admit(replica)
    }

    private func admit(_ replica: Replica) throws -> Replica {
        do {
            try raise(replica)
        } catch {
            replica.close()
            throw error
        }
        state.withLock { $0.replica = replica }
        return replica
    }

    private func raise(_ replica: Replica) throws {
        guard let assignment = state.withLock({ $0.assignment }) else { return }
        let status = try replica.status
        let generation = Blocks.Generation(assignment.generation)
        guard generation.number > status.fence.number else { return }
        // A generation that never wrote here leaves nothing to drain.
        let drains = assignment.roles.drains.map { Blocks.Generation($0) }
        let isWriter = drains.map { $0 == status.fence || $0 == status.drains } ?? false
        _ = try replica.fence(generation, drains: isWriter ? drains : nil)
    }

    /// Takes an assignment. Durable in the replica if that is open or can be opened; else it is raised when it is.
    func obey(_ assignment: Assignment) throws {
        state.withLock { state in
            let known = state.assignment?.generation.number ?? 0
            if known <= assignment.generation.number { state.assignment = assignment }
        }
        if let replica = state.withLock({ $0.replica }) {
            do { try raise(replica) } catch {
                if Self.breaks(error) { close() }
                throw error
            }
        }
    }

    /// Takes attached disks; an earlier replica that was handed over for good gives way.
    func adopt(
        item: ItemID, disks: [ReplicaDisk], fence: Blocks.Generation, seeds: [HandoverRecord]?,
        cut: WallInstant = WallInstant(microseconds: 0)
    ) throws {
        close()
        try context.files.createDurably(directory)
        let replica = try Replica.adopt(
            directory: directory, item: item.text, disks: disks, fence: fence, seeds: seeds,
            cut: cut, context: context)
        _ = try admit(replica)
    }

    func close() {
        let replica = state.withLock { state in
            defer { state.replica = nil }
            return state.replica
        }
        replica?.close()
    }
}
