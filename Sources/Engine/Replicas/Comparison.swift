public import Blocks
internal import Environment

extension Replica {
    /// Of consecutive blocks, those whose content here has another digest than the writer's: the disk is read for it,
    /// and a block that is not what its digest here says counts as differing. Sealed intervals are applied first, so
    /// the answer is about the newest sealed point.
    ///
    /// - Parameter ranges: blocks that one digest stands for (see `BlockRange.cut(every:)`): all blocks of a range that
    ///   differs are returned. nil: a digest for each block.
    public func differing(
        disk: Int, _ blocks: BlockRange, ranges span: Int? = nil, digests: [BlockDigest]
    ) throws -> [BlockRange] {
        try exclusive {
            guard disks.indices.contains(disk), blocks.lowerBound >= 0,
                blocks.upperBound <= disks[disk].geometry.blockCount,
                digests.count == span.map({ blocks.cuts(every: $0) }) ?? blocks.count
            else { throw ReplicaError(.invalid, "digests of disk \(disk), blocks \(blocks)") }
            _ = try applyAllUnlocked()
            var differing = BlockSet()
            if let span {
                for (range, asked) in zip(blocks.cut(every: span), digests)
                where try disks[disk].digest(ofRange: range) != asked {
                    differing.insert(range)
                }
            } else {
                for piece in blocks.cut(every: OpenDisk.pieceBlocks) {
                    let asked = digests[(piece.lowerBound - blocks.lowerBound)...]
                    for (block, actual, known) in try disks[disk].digests(of: piece) {
                        let digest = asked[asked.startIndex + block - piece.lowerBound]
                        if actual != digest || known != digest { differing.insert(block) }
                    }
                }
            }
            return Array(differing.runs)
        }
    }
}

extension OpenDisk {
    /// What the disk holds, and what the table says of it; a hole is not read.
    fileprivate func digests(
        of piece: BlockRange
    ) throws -> [(block: BlockIndex, actual: BlockDigest, known: BlockDigest)] {
        let (known, actual) = (try table.digests(of: piece), try file.digests(of: piece, on: geometry))
        return zip(piece, zip(actual, known)).map { ($0, $1.0, $1.1) }
    }

    /// nil where a block is not what its digest here says.
    fileprivate func digest(ofRange range: BlockRange) throws -> BlockDigest? {
        var leaves: [BlockDigest] = []
        leaves.reserveCapacity(range.count)
        for piece in range.cut(every: Self.pieceBlocks) {
            for (_, actual, known) in try digests(of: piece) {
                guard actual == known else { return nil }
                leaves.append(actual)
            }
        }
        return BlockDigest(range: leaves, from: range.lowerBound)
    }
}
