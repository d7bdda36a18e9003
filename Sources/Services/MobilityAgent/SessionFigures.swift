import Environment

/// What a session says of itself.
struct SessionFigures: Sendable {
    /// Age of the newest point known to be sealed; nil while none is known, as after a restart of the agent.
    var age: Duration?
    var appliedNumber: UInt64 = 0
    var shippedBytes: UInt64 = 0
    var shippedBlocks: UInt64 = 0
    /// Why nothing can be sent; empty if it can.
    var linkState = ""
}

extension ReplicationSession {
    func figures() -> SessionFigures {
        SessionFigures(
            age: newestSealed.map { environment.clock.now() - $0.cutAt }, appliedNumber: appliedNumber,
            shippedBytes: shippedBytes, shippedBlocks: shippedBlocks, linkState: linkState)
    }
}
