internal import Blocks
internal import Environment

/// What the target is proven to hold of blocks that are about to be read: where they hold the same, they are not sent.
///
/// A guest's write proves its blocks (`DiskTracker.prove`) if they stand in the digest table as the target has them:
/// they are not in the change map and nobody doubts them. Whatever speaks against a block takes the proof away until it
/// was sent, applied and settled: its interval or pass is void, the target changed or lost it, it is to be compared, or
/// it is sent a second time in one interval. So a block that is found in the map when the disk is opened has none.
///
/// ```
/// not in the map ──guest writes──► proven ──read, digest as known──► unsent: in the interval's set, not in its content
///                                     │                                 │ doubted before it is settled
///                                     └─void, foreign, suspect─► sent ◄─┘
/// ```
struct ProvenContent: Sendable {
    private enum Proof: Hashable, Sendable {
        case none
        /// What the digest table says.
        case table
        /// What an interval says that is applied and not in the table yet.
        case applied(BlockDigest)
    }

    private let table: DigestTable
    /// Of all blocks of the runs, one after another.
    private let proofs: [Proof]

    /// nil where nothing is proven.
    init?(of runs: [BlockRange], on disk: DiskTracker, pending: [MachineTracker.Pending]) {
        guard let table = disk.digests, !disk.isTrackingLost, !disk.proven.isEmpty else { return nil }
        self.table = table
        proofs = runs.flatMap { $0.lazy.map { Self.proof(of: $0, on: disk, pending) } }
        guard proofs.contains(where: { $0 != .none }) else { return nil }
    }

    private static func proof(
        of block: BlockIndex, on disk: DiskTracker, _ pending: [MachineTracker.Pending]
    ) -> Proof {
        guard disk.proven.contains(block) else { return .none }
        guard let last = pending.last(where: { $0.sets[disk.index].contains(block) }) else { return .table }
        // What was sent and not applied may not arrive.
        guard last.isApplied, let digest = last.digests[disk.index][block] else { return .none }
        return .applied(digest)
    }

    /// Of a run, its first block being the one at `place` of all: the digests of what the target holds, where that is
    /// proven; empty where nothing is. Blocks; call it on a lane. A table that cannot be read proves nothing.
    func digests(of run: BlockRange, at place: Int) -> [BlockDigest?] {
        let proofs = proofs[place..<(place + run.count)]
        guard proofs.contains(where: { $0 != .none }) else { return [] }
        let leaves = proofs.contains(.table) ? try? table.digests(of: run) : nil
        return zip(run.indices, proofs).map { index, proof in
            switch proof {
            case .none: nil
            case .table: leaves?[index - run.startIndex]
            case .applied(let digest): digest
            }
        }
    }
}

extension DiskTracker {
    /// The guest writes these blocks, which are not in the change map as its own yet.
    func prove(_ blocks: BlockRange) {
        // What a comparison found is in the table only after the next own sync.
        guard digests != nil, !isTrackingLost, settledDigests.isEmpty, foldsOfSettled == 0 else { return }
        if map.count(in: blocks) == 0, suspects.count(in: blocks) == 0 { return proven.insert(blocks) }
        for block in blocks where !map.contains(block) && !suspects.contains(block) { proven.insert(block) }
    }

    /// They were read, and are not sent. Of what was doubted meanwhile the next interval holds the content.
    func leaveOut(_ blocks: [BlockIndex]) {
        for block in blocks {
            if proven.contains(block) { unsent.insert(block) } else { mark(block..<(block + 1)) }
        }
    }

    /// These blocks are doubted: what an interval left out of them, and nobody wrote since, goes into the next one.
    func sendUnsent(of blocks: BlockSet) {
        guard !unsent.isEmpty else { return }
        let left = blocks.intersection(unsent)
        unsent.subtract(left)
        for run in left.runs { mark(run) }
    }

    /// For the table, which holds them when `foldsOfSettled` is counted down.
    func takeSettledDigests() -> DigestUpdates {
        defer { settledDigests = DigestUpdates() }
        foldsOfSettled += 1
        return settledDigests
    }
}
