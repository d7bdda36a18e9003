public import Blocks
import Contract
public import Messages
public import Model

/// A digest query, decoded.
public struct DigestQuestion: Hashable, Sendable {
    public let id: UInt64
    public let disk: Int
    public let blocks: BlockRange
    /// Blocks of a range that one digest stands for; nil: one for each block.
    public let span: Int?
    public let digests: [BlockDigest]

    /// Blocks that one query may ask about: 256 MiB of disk, which are read for the answer.
    public static let mostBlocks = 1 << 16

    public init(_ query: ReplicationV1.DigestQuery) throws(Failure) {
        let count = query.digests.count / BlockDigest.byteCount
        let asked = query.rangeBlocks == 0 ? count : Int(query.blocks)
        guard query.digests.count % BlockDigest.byteCount == 0, asked <= Self.mostBlocks, query.disk < 256,
            query.first <= UInt64(DiskGeometry.largestSize) / UInt64(blockSize)
        else {
            throw Failure(
                .invalidArgument, "read digest query \(query.id): \(query.digests.count) bytes of digests")
        }
        let blocks = Int(query.first)..<(Int(query.first) + asked)
        let span = query.rangeBlocks == 0 ? nil : Int(query.rangeBlocks)
        guard span.map({ blocks.cuts(every: $0) == count }) ?? true else {
            throw Failure(
                .invalidArgument, "read digest query \(query.id): \(count) digests for \(asked) blocks in ranges of "
                    + "\(query.rangeBlocks)")
        }
        var reader = ByteReader(query.digests)
        var digests: [BlockDigest] = []
        digests.reserveCapacity(count)
        for _ in 0..<count {
            do { digests.append(try BlockDigest(from: &reader)) } catch {
                throw Failure(.invalidArgument, "read digest query \(query.id): \(error)")
            }
        }
        self.init(id: query.id, disk: Int(query.disk), blocks: blocks, span: span, digests: digests)
    }

    public init(id: UInt64, disk: Int, blocks: BlockRange, span: Int? = nil, digests: [BlockDigest]) {
        (self.id, self.disk, self.blocks, self.span, self.digests) = (id, disk, blocks, span, digests)
    }

    public var message: ReplicationV1.DigestQuery {
        .with {
            $0.id = id
            $0.disk = UInt32(disk)
            $0.first = UInt64(blocks.lowerBound)
            $0.digests = digests.flatMap(\.bytes)
            if let span { ($0.rangeBlocks, $0.blocks) = (UInt32(span), UInt32(blocks.count)) }
        }
    }
}
