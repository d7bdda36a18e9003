internal import CMessages
internal import MessageCoding

/// What libprotobuf-c packs a message into: it appends field by field, and a large byte field, which it appends from
/// the message's own array, becomes a piece without being copied.
struct PieceBuffer {
    /// The first member, so that a pointer to it, which is what libprotobuf-c knows, is one to the whole: Swift lays
    /// the members of a struct out in order.
    private var base: ProtobufCBuffer
    private let large: [[UInt8]]
    /// The place in `large` where the next is looked for first: fields are filled and packed in about the same order.
    private var expected = 0
    private var open: [UInt8] = []
    private var pieces: [[UInt8]] = []

    private init(_ large: [[UInt8]]) {
        self.large = large
        base = ProtobufCBuffer { buffer, count, data in
            guard let buffer, let data else { return }
            UnsafeMutableRawPointer(buffer).assumingMemoryBound(to: PieceBuffer.self).pointee
                .append(UnsafeBufferPointer(start: data, count: count))
        }
    }

    /// - large: the arrays that byte fields of the message point into.
    static func pieces(_ message: UnsafeMutablePointer<ProtobufCMessage>, _ large: [[UInt8]]) -> EncodedMessage {
        var buffer = PieceBuffer(large)
        withUnsafeMutablePointer(to: &buffer) { buffer in
            _ = protobuf_c_message_pack_to_buffer(
                message, UnsafeMutableRawPointer(buffer).assumingMemoryBound(to: ProtobufCBuffer.self))
        }
        if !buffer.open.isEmpty { buffer.pieces.append(buffer.open) }
        return EncodedMessage(first: buffer.pieces[0], rest: Array(buffer.pieces.dropFirst()))
    }

    private mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count >= Arena.largeSize, let array = array(of: bytes) else {
            return open.append(contentsOf: bytes)
        }
        if !open.isEmpty { pieces.append(open) }
        open = []
        pieces.append(array)
    }

    private mutating func array(of bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        for step in large.indices {
            let index = (expected + step) % large.count
            let isIt = large[index].withUnsafeBufferPointer {
                $0.baseAddress == bytes.baseAddress && $0.count == bytes.count
            }
            guard isIt else { continue }
            expected = index + 1
            return large[index]
        }
        return nil
    }
}
