/// Up to eight octets that precede a body chunk, held in line: a message prefix needs no array of its own.
public struct InlineHead: Hashable, Sendable {
    let octets: UInt64
    let count: Int

    public static let none = InlineHead(octets: 0, count: 0)

    /// The five-octet prefix of a gRPC message: a flag and a big-endian length.
    public init(flag: UInt8, length: UInt32) {
        octets = UInt64(flag) | UInt64(length.bigEndian) << 8
        count = 5
    }

    private init(octets: UInt64, count: Int) {
        self.octets = octets
        self.count = count
    }
}

/// What waits to be sent on one stream. nghttp2 holds an unretained pointer to it while the stream exists;
/// the session's table holds the reference.
final class OutboundBody {
    enum Ending {
        case open
        case end
        case trailers([HeaderField])
    }

    private struct Chunk {
        let head: InlineHead
        let bytes: [UInt8]
        var count: Int { head.count + bytes.count }
    }

    private var chunks: [Chunk] = []
    private var first = 0
    /// Octets of the first chunk that were sent.
    private var offset = 0
    private(set) var queued = 0
    var ending = Ending.open
    /// nghttp2 was told that there is nothing to send; it must be resumed.
    var isDeferred = false

    /// Sent chunks are dropped from the array when this many have gathered at its front.
    private static let compactAfter = 32

    /// Returns how many octets that are.
    func append(_ head: InlineHead, _ bytes: [UInt8]) -> Int {
        let chunk = Chunk(head: head, bytes: bytes)
        guard chunk.count > 0 else { return 0 }
        chunks.append(chunk)
        queued += chunk.count
        return chunk.count
    }

    /// Hands out exactly `count` octets, `count ≤ queued`.
    func take(_ count: Int, _ sink: (UnsafeRawBufferPointer) -> Void) {
        precondition(count <= queued)
        var left = count
        queued -= count
        while left > 0 {
            let chunk = chunks[first]
            if offset < chunk.head.count {
                let part = min(left, chunk.head.count - offset)
                withUnsafeBytes(of: chunk.head.octets.littleEndian) { octets in
                    sink(UnsafeRawBufferPointer(rebasing: octets[offset..<offset + part]))
                }
                offset += part
                left -= part
            }
            let start = offset - chunk.head.count
            let part = min(left, chunk.bytes.count - start)
            if start >= 0 && part > 0 {
                chunk.bytes.withUnsafeBytes { sink(UnsafeRawBufferPointer(rebasing: $0[start..<start + part])) }
                offset += part
                left -= part
            }
            if offset == chunk.count { dropFirst() }
        }
    }

    private func dropFirst() {
        first += 1
        offset = 0
        if first == chunks.count {
            chunks.removeAll(keepingCapacity: true)
            first = 0
        } else if first >= Self.compactAfter {
            chunks.removeFirst(first)
            first = 0
        }
    }
}
