import Blocks
import Contract
import Environment
import Model

/// What a session says of itself.
struct SessionFigures: Sendable {
    /// Age of the newest point known to be sealed; nil while none is known, as after a restart of the agent.
    var age: Duration?
    var appliedNumber: UInt64 = 0
    var shippedBytes: UInt64 = 0
    var shippedBlocks: UInt64 = 0
    /// Why nothing can be sent; empty if it can.
    var linkState = ""
    /// Of digests, for comparisons.
    var digestBytes: UInt64 = 0
    /// Of the disks; 0 while nothing is compared.
    var compareBytesPerSecond: UInt64 = 0
}

extension ReplicationSession {
    func figures() async -> SessionFigures {
        let status = await tracker.status()
        let compared = Int64(status.comparedBlocks) * Int64(blockSize)
        let left = Int64(status.suspectBlocks) * Int64(blockSize)
        meter.note(done: ByteCount(compared), total: ByteCount(compared + left), at: environment.clock.now())
        return SessionFigures(
            age: newestSealed.map { environment.clock.now() - $0.cutAt }, appliedNumber: appliedNumber,
            shippedBytes: shippedBytes, shippedBlocks: shippedBlocks, linkState: linkState, digestBytes: digestBytes,
            compareBytesPerSecond: left == 0 ? 0 : UInt64(max(0, meter.rate?.bytes ?? 0)))
    }
}
