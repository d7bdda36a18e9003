/// gRPC status codes (grpc/doc/statuscodes.md).
public enum StatusCode: Int, Sendable {
    case ok = 0, cancelled, unknown, invalidArgument, deadlineExceeded, notFound, alreadyExists,
        permissionDenied, resourceExhausted, failedPrecondition, aborted, outOfRange, unimplemented,
        `internal`, unavailable, dataLoss, unauthenticated
}

/// How a call ended, other than by success. Thrown by handlers to answer a call, and by stubs to their caller.
public struct RPCError: Error, Hashable, Sendable {
    public var code: StatusCode
    /// What was attempted, on what, and what to do; shown to people.
    public var message: String
    /// Serialized `google.rpc.Status` for `grpc-status-details-bin`; empty for none.
    public var details: [UInt8]
    public var metadata: Metadata
    /// False when nothing of the call left this process, so that the peer cannot have acted on it. What only the
    /// calling side knows: it does not travel.
    public var wasSent = true
    /// What the server says of trying again.
    public var pushback: RetryPushback?
    /// The server says that it never looked at the call.
    var wasRefused = false

    public init(_ code: StatusCode, _ message: String, details: [UInt8] = [], metadata: Metadata = Metadata()) {
        self.code = code
        self.message = message
        self.details = details
        self.metadata = metadata
    }

    /// The same, of a call that never left.
    public var neverSent: RPCError {
        var error = self
        error.wasSent = false
        return error
    }
}

/// Call metadata in order; keys lower case, keys ending in `-bin` carry bytes.
public struct Metadata: Hashable, Sendable {
    public private(set) var entries: [Entry] = []

    public struct Entry: Hashable, Sendable {
        public let key: String
        public let value: [UInt8]
    }

    public init() {}

    public mutating func append(_ key: String, _ value: String) { append(key, bytes: Array(value.utf8)) }
    public mutating func append(_ key: String, bytes: [UInt8]) { entries.append(Entry(key: key, value: bytes)) }

    public subscript(_ key: String) -> String? {
        entries.first { $0.key == key }.map { String(decoding: $0.value, as: UTF8.self) }
    }
}
