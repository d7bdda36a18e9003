public import MessageCoding
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

/// What stubs call: the method's properties become the call's options.
extension Channel {
    public func unary<Q: WireMessage, R: WireMessage>(
        _ method: MethodDescriptor, _ request: Q, _ options: CallOptions
    ) async throws -> R {
        guard method.idempotency != .unknown else { return try await unary(method.name, request, options) }
        var options = options
        options.isIdempotent = true
        return try await unary(method.name, request, options)
    }
}
