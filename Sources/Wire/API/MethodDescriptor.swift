public import RPC

/// What the .proto says of a method, for retry rules, authorization tables and tests that go over all methods.
public struct MethodDescriptor: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case unary, serverStreaming, clientStreaming, bidirectional
    }

    /// The method's `idempotency_level`: what repeating a call whose outcome is unknown can do.
    public enum Idempotency: Hashable, Sendable {
        /// Not declared: a repeat may have a second effect, unless the request carries an operation key.
        case unknown
        /// Only reads.
        case noSideEffects
        /// A repeat has the effect of one call.
        case idempotent
    }

    public let name: MethodName
    public let kind: Kind
    public let idempotency: Idempotency

    public init(_ name: MethodName, _ kind: Kind, _ idempotency: Idempotency) {
        self.name = name
        self.kind = kind
        self.idempotency = idempotency
    }
}
