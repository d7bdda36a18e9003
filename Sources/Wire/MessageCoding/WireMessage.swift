/// A protobuf message as a Swift value. Generated types conform to it; libprotobuf-c does the coding.
public protocol WireMessage: Hashable, Sendable {
    /// Full protobuf name, `homeward.vault.v1.Item`.
    static var protobufName: String { get }
    init()
    /// Decodes one message. Repeated map keys and singular fields: last wins. Unknown fields are dropped.
    init(wire bytes: UnsafeRawBufferPointer) throws(WireError)
    func wireBytes() -> [UInt8]
    /// The same octets for a channel, with less copying where the message holds large byte fields.
    func encoded() -> EncodedMessage
}

extension WireMessage {
    public func encoded() -> EncodedMessage { EncodedMessage(wireBytes()) }

    public init(wire bytes: [UInt8]) throws(WireError) {
        let decoded: Result<Self, WireError> = bytes.withUnsafeBytes { buffer in
            do throws(WireError) { return .success(try Self(wire: buffer)) } catch { return .failure(error) }
        }
        self = try decoded.get()
    }
}

/// Why bytes are not a message.
public enum WireError: Error, Hashable, Sendable {
    /// Truncated, a bad tag or a bad length; names the message type.
    case malformed(String)
    /// A string field that is not UTF-8; names message and field. NUL is text like any other.
    case invalidString(String)
}
