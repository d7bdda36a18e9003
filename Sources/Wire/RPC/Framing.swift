/// Cuts a stream's body into messages ("Length-Prefixed-Message → Compressed-Flag Message-Length Message",
/// gRPC over HTTP2, section Requests): one octet of flag, four of big-endian length, the message.
struct MessageReader {
    static let prefixCount = 5
    /// What is set aside at once for an announced length; the rest when as much has really come. A peer whose messages
    /// came whole is trusted with as much again: setting the rest aside later means copying what has come.
    static let trustedLength = 256 << 10

    let maxMessageBytes: Int
    /// The peer announced an encoding (`grpc-encoding`) that is not identity.
    var mayBeCompressed = false
    private var prefix: UInt64 = 0
    private var prefixSeen = 0
    private var message: [UInt8] = []
    private var missing = 0
    /// The longest message that came whole, at least `trustedLength`.
    private(set) var trusted = trustedLength

    init(maxMessageBytes: Int) { self.maxMessageBytes = maxMessageBytes }

    /// The body may end here.
    var isBetweenMessages: Bool { prefixSeen == 0 }

    /// Octets held of a message that is not complete.
    var partOctets: Int { message.count }

    /// Forgets the message under way: its call has ended.
    mutating func drop() { message = [] }

    mutating func push(_ bytes: UnsafeRawBufferPointer, _ emit: (ReceivedMessage) -> Void) throws(RPCError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            if prefixSeen < Self.prefixCount {
                prefix = prefix << 8 | UInt64(rest.removeFirst())
                prefixSeen += 1
                if prefixSeen == Self.prefixCount { try begin() }
            } else {
                let part = rest.prefix(missing)
                // The usual case, a message within one chunk, is one allocation of the right size.
                if message.isEmpty && part.count == missing {
                    message = [UInt8](part)
                } else {
                    if message.isEmpty {
                        message.reserveCapacity(min(missing, trusted))
                    } else if message.count + part.count > message.capacity {
                        message.reserveCapacity(message.count + missing)
                    }
                    message.append(contentsOf: UnsafeRawBufferPointer(rebasing: part))
                }
                missing -= part.count
                rest = rest.dropFirst(part.count)
            }
            if prefixSeen == Self.prefixCount && missing == 0 {
                trusted = max(trusted, message.count)
                emit(ReceivedMessage(bytes: message, isCompressed: prefix >> 32 == 1))
                message = []
                prefix = 0
                prefixSeen = 0
            }
        }
    }

    private mutating func begin() throws(RPCError) {
        let length = Int(prefix & 0xffff_ffff)
        switch prefix >> 32 {
        case 0: break
        // compression.md, Test cases, 6: "An ill-constructed message with its Compressed-Flag bit set but lacking a
        // grpc-encoding entry different from identity in its metadata MUST fail with INTERNAL status".
        case 1 where mayBeCompressed: break
        case 1: throw RPCError(.internal, "the message is marked as compressed, but no grpc-encoding was announced")
        default: throw RPCError(.internal, "the compressed flag of a message is neither 0 nor 1")
        }
        guard length <= maxMessageBytes else {
            throw RPCError(
                .resourceExhausted, "a message of \(length) bytes is above the limit of \(maxMessageBytes) bytes")
        }
        missing = length
    }
}
