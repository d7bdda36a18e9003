/// A message as it leaves: its small fields packed, its large byte fields as the arrays that the message holds. Those
/// are not copied before they are sent.
public struct EncodedMessage: Hashable, Sendable {
    /// The octets in order, in pieces; most messages have no more than the first.
    public let first: [UInt8]
    public let rest: [[UInt8]]
    /// Octets of all pieces.
    public let count: Int

    public init(_ bytes: [UInt8]) { self.init(first: bytes, rest: []) }

    public init(first: [UInt8], rest: [[UInt8]]) {
        self.first = first
        self.rest = rest
        count = rest.reduce(first.count) { $0 + $1.count }
    }

    /// In one piece: a copy where there are several.
    public var bytes: [UInt8] {
        guard !rest.isEmpty else { return first }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        bytes += first
        for piece in rest { bytes += piece }
        return bytes
    }
}
