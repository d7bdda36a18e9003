internal import Environment
internal import Intervals
internal import Synchronization

/// Writes a batch to the disks while its caller reads what the next one will overwrite:
///
///     caller   read old 1, undo 1, sync | read old 2, undo 2, sync | ...
///     worker                            | write 1                  | write 2
///
/// A block that two batches hold is in undo since the first of them, so that nothing is read that is being written.
/// What a write threw is thrown by the next call.
final class BatchWrites: Sendable {
    private let worker: any Worker
    private let failure = Mutex<(any Error)?>(nil)

    init(_ worker: any Worker) { self.worker = worker }

    /// Returns when the batch before it is written.
    func begin(_ write: @escaping @Sendable () throws -> Void) throws {
        try finish()
        worker.begin { [self] in
            do { try write() } catch { failure.withLock { $0 = error } }
        }
    }

    /// Returns when all are written.
    func finish() throws {
        worker.wait()
        let error = failure.withLock { failure in
            defer { failure = nil }
            return failure
        }
        if let error { throw error }
    }
}
