import Synchronization

/// The newest acknowledged write of each machine, so that a guest can make a write depend on another machine's.
public final class AcknowledgementBoard: Sendable {
    private let newest = Mutex<[String: LedgerRecord.Dependency]>([:])

    public init() {}

    func post(_ write: LedgerRecord.Dependency) {
        newest.withLock { newest in
            if let known = newest[write.machine],
                (known.generation, known.sequence) >= (write.generation, write.sequence)
            {
                return
            }
            newest[write.machine] = write
        }
    }

    /// Other machines' newest acknowledged writes, ordered by machine.
    func others(than machine: String) -> [LedgerRecord.Dependency] {
        newest.withLock { $0.values.filter { $0.machine != machine }.sorted { $0.machine < $1.machine } }
    }
}
