internal import Blocks
internal import Environment
internal import Intervals

/// Content sent ahead of a cut: straight to a blank disk, or over content with the old kept as undo.
extension Replica {
    func beginPass(of interval: IntervalID) throws {
        if !state.applied.isEmpty {
            try startUndo(number: nil)
        }
        // Said once, for all passes of an interval.
        guard lineageSays != interval else { return }
        try writeLineage(state.applied.isEmpty ? .initializing : .applying)
        lineageSays = interval
    }

    /// Collects pass content and writes it in batches.
    func collect(_ content: ChunkContent) throws -> IntakeAnswer? {
        incoming?.batch.append(content)
        incoming?.batchBytes += content.content.count + blockSize
        guard let current = incoming, current.batchBytes >= batchBytes else { return nil }
        try flushPass()
        return nil
    }

    func flushPass() throws {
        guard let batch = incoming?.batch, !batch.isEmpty else { return }
        incoming?.batch = []
        incoming?.batchBytes = 0
        if state.applied.isEmpty {
            try openExtents(for: batch)
        } else {
            do {
                try reserve(blocks: batch.reduce(0) { $0 + $1.runs.reduce(0) { $0 + $1.count } })
            } catch {
                // The batch is not written, so the pass has a gap.
                try dropIncoming()
                throw error
            }
        }
        try overwrite(batch)
        written += batch.reduce(0) { $0 + $1.runs.reduce(0) { $0 + $1.count } }
        if written >= Extent.blocks { try markProgress() }
    }

    /// What passes wrote is in the disks' files and in their tables. A page of a table has the digests of 256 blocks,
    /// of which each of many batches writes a few: it is read, hashed and written once for all of them.
    func settleWrites() throws {
        try writes.wait()
        for (index, disk) in disks.enumerated() {
            if let updates = unentered.removeValue(forKey: index) { try disk.table.update(updates) }
        }
    }

    /// Before a first copy writes into a 64 MiB piece of a disk, the metadata says so: after a crash just
    /// these pieces are read back to know their digests.
    private func openExtents(for batch: [ChunkContent]) throws {
        var extents = Set(state.openExtents)
        let before = extents.count
        for content in batch {
            for run in content.runs {
                let last = (run.range.upperBound - 1) / Extent.blocks
                for index in (run.first / Extent.blocks)...last {
                    extents.insert(Extent(disk: content.disk, index: UInt64(index)))
                }
            }
        }
        guard extents.count > before else { return }
        let sorted = extents.sorted { ($0.disk, $0.index) < ($1.disk, $1.index) }
        try commit("extents") { $0.openExtents = sorted }
    }

    /// Where a first copy has left content that a power loss does not take back: what a blank disk has allocated before
    /// it is none.
    func heldOfFirstCopy() throws -> [BlockSet] {
        if !state.openExtents.isEmpty { try markProgress() }
        guard state.copiedBlocks > 0 else { return disks.map { _ in BlockSet() } }
        return try disks.map { try $0.content() }
    }

    /// Each 64 MiB, and at the end of a pass: what was written is durable, and the metadata says how much.
    func markProgress(of pass: Incoming? = nil) throws {
        try settleWrites()
        for disk in disks { try disk.sync() }
        let blocks = UInt64(written)
        written = 0
        try commit("progress") {
            $0.openExtents = []
            $0.copiedBlocks += blocks
            if let pass { $0.catchUp?.stored(pass.header.id, pass.blocks) }
        }
    }
}
