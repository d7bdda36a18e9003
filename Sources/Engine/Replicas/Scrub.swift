public import Blocks
internal import Environment
internal import Intervals

/// What reading a disk back has shown.
public struct DiskCheck: Hashable, Sendable {
    /// Root of the digest tree that stands for the disk.
    public let root: TreeDigest
    /// Blocks whose content has another digest than the table says.
    public let differing: BlockSet
}

extension Replica {
    /// Reads a whole disk back against its digests; the root is recomputed from what was read.
    public func verifyDisk(_ disk: Int) throws -> DiskCheck {
        try exclusive {
            guard disks.indices.contains(disk) else { throw ReplicaError(.invalid, "disk \(disk)") }
            let geometry = disks[disk].geometry
            var pages: [TreeDigest] = []
            var differing = BlockSet()
            for page in 0..<geometry.regionCount {
                let (digests, bad) = try check(geometry.blocks(ofRegion: page), of: disk)
                pages.append(DigestTree.page(encodedLeaves: digests.flatMap(\.bytes)))
                differing.formUnion(bad)
            }
            // At a point from before its growth the disk counts as it was; every leaf was compared above.
            let part = DiskGeometry(size: sizesAtPosition[disk])
            let root = try part == geometry || !differing.isEmpty
                ? DigestTree(geometry: geometry, pages: pages).root : disks[disk].table.root(of: part)
            return DiskCheck(root: root, differing: differing)
        }
    }

    /// Reads back every block of a disk that was replaced since its oldest point, against its digest: that of the
    /// content as the writer sent it. How many blocks were read, and those that differ.
    public func verifyChanged(_ disk: Int) throws -> (read: Int, differing: BlockSet) {
        try exclusive {
            guard disks.indices.contains(disk) else { throw ReplicaError(.invalid, "disk \(disk)") }
            var changed = BlockSet()
            for point in state.applied {
                if let undo = point.undo { changed.formUnion(try blockFile(undo).captured(disk)) }
            }
            var differing = BlockSet()
            var position = 0
            while let run = changed.run(from: position, limit: OpenDisk.pieceBlocks) {
                differing.formUnion(try check(run, of: disk).1)
                position = run.upperBound
            }
            return (changed.count, differing)
        }
    }

    /// One step of the background scrub: checks one region (1 MiB) and returns the one after it, nil at the disk's
    /// end, with the blocks that differ. Such blocks are marked in the points that hold them; the next interval that
    /// carries them repairs the newest point. nil while the disks are at no point or not here.
    public func scrub(disk: Int, region: Int) throws -> (next: Int?, differing: BlockSet)? {
        try exclusive {
            guard state.condition == .settled, state.underway == nil, disks.indices.contains(disk) else { return nil }
            guard region < disks[disk].geometry.regionCount else { return (nil, BlockSet()) }
            let (actual, found) = try check(disks[disk].geometry.blocks(ofRegion: region), of: disk)
            // The content is what the page's digest says: an entry of the table decayed, and no block.
            var differing = found
            if !found.isEmpty, disks[disk].table.wouldVerify(page: region, with: actual) {
                try noteRepaired(disks[disk].repairTable(), disk)
                differing = BlockSet()
            }
            if let first = differing.first() {
                let what = "disk \(disk) block \(first) and \(differing.count - 1) more differ from their digests"
                try commit("damage") { state in
                    for index in state.points.indices where state.points[index].isApplied {
                        if state.points[index].damage.isEmpty { state.points[index].damage = what }
                    }
                }
            }
            return (region + 1 < disks[disk].geometry.regionCount ? region + 1 : nil, differing)
        }
    }

    /// Root of a disk from its table, without reading the disk.
    public func root(disk: Int) throws -> TreeDigest {
        try exclusive {
            guard disks.indices.contains(disk) else { throw ReplicaError(.invalid, "disk \(disk)") }
            let part = DiskGeometry(size: sizesAtPosition[disk])
            return try part == disks[disk].geometry ? disks[disk].table.root : disks[disk].table.root(of: part)
        }
    }

    private func check(_ blocks: BlockRange, of disk: Int) throws -> ([BlockDigest], BlockSet) {
        let digests = try disks[disk].file.digests(of: blocks, on: disks[disk].geometry)
        let known = try disks[disk].table.digests(of: blocks)
        var differing = BlockSet()
        for (block, (digest, expected)) in zip(blocks, zip(digests, known)) where digest != expected {
            differing.insert(block)
        }
        return (digests, differing)
    }
}
