import Environment

/// What a session says of itself.
struct SessionFigures: Sendable {
    /// Age of the newest point known to be sealed; of the session, while none is known.
    var age = Duration.zero
    var appliedNumber: UInt64 = 0
    var shippedBytes: UInt64 = 0
    var shippedBlocks: UInt64 = 0
    /// Why nothing can be sent; empty if it can.
    var linkState = ""
}

extension ReplicationSession {
    func figures() -> SessionFigures {
        SessionFigures(
            age: environment.clock.now() - (newestSealed?.cutAt ?? began), appliedNumber: appliedNumber,
            shippedBytes: shippedBytes, shippedBlocks: shippedBlocks, linkState: linkState)
    }
}
