internal import Environment

/// Chunks of several disks that are being read, or wait to be taken, in one epoch.
struct ReadAhead {
    let epoch: UInt64
    /// Disks whose next chunk is being read. It is taken before another one of the disk is begun.
    var running: Set<Int> = []
    var finished: [(disk: Int, chunk: Result<ChunkContent, any Error>)] = []
    var waiter: CheckedContinuation<Void, Never>?

    init(epoch: UInt64) { self.epoch = epoch }

    func holds(_ disk: Int) -> Bool { running.contains(disk) || finished.contains { $0.disk == disk } }
    var count: Int { running.count + finished.count }
}

extension MachineTracker {
    /// The chunk that is read first; of no disk more than one is in memory, and of no more than so many disks. nil when
    /// all is read.
    func nextOfAnyDisk() async throws -> ChunkContent? {
        let epoch = readEpoch
        if readAhead.epoch != epoch { readAhead = ReadAhead(epoch: epoch) }
        while true {
            let waiting = disks.filter { !$0.unread.isEmpty && !readAhead.holds($0.index) }
            if readAhead.count == 0 {
                guard let first = waiting.first else { return nil }
                // There is nothing beside which it could be read.
                if waiting.count == 1 {
                    if let chunk = try await readChunk(of: first) { return chunk }
                    continue
                }
            }
            for disk in waiting.prefix(limits.disksReadAtOnce - readAhead.count) { readApart(disk, in: epoch) }
            if !readAhead.finished.isEmpty { return try readAhead.finished.removeFirst().chunk.get() }
            await withCheckedContinuation { readAhead.waiter = $0 }
            guard readEpoch == epoch else { throw TrackingError.voided }
        }
    }

    private func readApart(_ disk: DiskTracker, in epoch: UInt64) {
        let index = disk.index
        readAhead.running.insert(index)
        environment.tasks.spawn("read-\(index)") { await self.readAndKeep(index, in: epoch) }
    }

    /// What was read in an epoch that is over is dropped: its blocks are in the open set again. Who waits is told.
    private func readAndKeep(_ index: Int, in epoch: UInt64) async {
        let chunk: Result<ChunkContent, any Error>?
        do {
            chunk = try await readChunk(of: disks[index]).map { .success($0) }
        } catch {
            chunk = .failure(error)
        }
        guard readAhead.epoch == epoch else { return }
        readAhead.running.remove(index)
        if let chunk { readAhead.finished.append((index, chunk)) }
        readAhead.waiter?.resume()
        readAhead.waiter = nil
    }
}
