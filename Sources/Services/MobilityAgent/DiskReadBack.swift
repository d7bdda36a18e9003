import Blocks
import Contract
import Environment
import Logging
import Messages
import Model

/// Reads all disks of the machine back as they were handed over: what lies below the overlay, which nobody changes
/// until it is merged. Each block is compared with the digest that was handed over with the disk, and the root of the
/// disk is computed anew from what was read.
///
/// At low priority: it reads a region (1 MiB) at a time, and while the guest uses its disks it rests as long as it
/// read. What was read is put on record every 256 MiB; a restart goes on there.
actor DiskReadBack {
    /// After a disk that could not be read.
    private static let retryPause = Duration.seconds(5)

    private let disks: [OpenDisk]
    private let guest: GuestDisks
    private let generation: Blocks.Generation
    private let environment: Environment
    private let log: Logger
    private let lane: any Lane
    private var records: [ReadBackRecord] = []
    /// Pages read of the disk that is being read, of those that are in no record yet.
    private var pages = 0
    private var roots: [TreeDigest?] = []
    /// Why it last stood still; empty while it does not.
    private var trouble = ""
    private var runner: SpawnedTask?
    private var isStopped = false

    init(
        _ disks: [OpenDisk], _ guest: GuestDisks, _ generation: Blocks.Generation, _ environment: Environment,
        _ log: Logger
    ) {
        self.disks = disks
        self.guest = guest
        self.generation = generation
        self.environment = environment
        self.log = log
        lane = environment.lanes.lane("read back")
    }

    /// Begins, or goes on.
    ///
    /// - Parameter asked: false to go on only where somebody asked for it before this start.
    func start(asked: Bool) async throws {
        guard runner == nil, !isStopped else { return }
        if records.isEmpty {
            let (disks, generation) = (disks, generation)
            let known = try await lane.run { try disks.map { try $0.readBack(under: generation) } }
            guard records.isEmpty, asked || known.contains(where: { $0 != nil }) else { return }
            records = known.map { $0 ?? ReadBackRecord(generation: generation) }
            roots = zip(disks, records).map { RootCalculation(geometry: $0.geometry, groups: $1.groups)?.root }
            let fresh = records
            try await lane.run {
                for (index, disk) in disks.enumerated() where known[index] == nil { try disk.store(fresh[index]) }
            }
        }
        guard !isComplete, runner == nil, !isStopped, records.allSatisfy(\.cause.isEmpty) else { return }
        guard disks.allSatisfy({ $0.disk.currentOverlay != nil }) else {
            throw Failure(
                .operationNotAllowed, "read the disks back: their overlays were merged, so that they are not as they "
                    + "were handed over any more")
        }
        runner = environment.tasks.spawn("read back") { await self.run() }
    }

    /// Returns when nothing reads any more.
    func stop() async {
        isStopped = true
        runner?.cancel()
        await runner?.finished()
    }

    /// Before the disks are changed: what was not read by then never will be.
    func giveUp(because cause: String) async throws {
        await stop()
        for index in records.indices where records[index].endedUnixUs == 0 {
            var record = records[index]
            record.cause = cause
            try await keep(record, index)
        }
    }

    /// nil when nobody asked for it.
    var message: AgentV1.ReadBack? {
        guard !records.isEmpty else { return nil }
        return .with { message in
            message.generation = generation.wire
            message.totalBlocks = UInt64(disks.reduce(0) { $0 + $1.geometry.blockCount })
            message.complete = isComplete
            message.endedUnixUs = isComplete ? records.map(\.endedUnixUs).max() ?? 0 : 0
            message.cause = records.first { !$0.cause.isEmpty }?.cause ?? trouble
            var isBeingRead = true
            for (index, disk) in disks.enumerated() {
                var read = records[index].groups.count * DigestTree.pagesPerGroup
                if roots[index] == nil, isBeingRead {
                    read += pages
                    isBeingRead = false
                }
                message.readBlocks += UInt64(min(read * blocksPerRegion, disk.geometry.blockCount))
                message.disks.append(one(index))
            }
        }
    }

    private var isComplete: Bool { !records.isEmpty && records.allSatisfy { $0.endedUnixUs > 0 } }

    private func one(_ index: Int) -> AgentV1.DiskReadBack {
        .with {
            $0.disk = disks[index].configuration.id
            $0.root = roots[index]?.bytes ?? []
            $0.differingBlocks = UInt64(records[index].differing.count)
            for run in records[index].differing.first {
                $0.differing.append(
                    .with {
                        $0.first = UInt64(run.lowerBound)
                        $0.count = UInt64(run.count)
                    })
            }
        }
    }

    // MARK: reading

    private func run() async {
        while !isStopped, !isComplete {
            do {
                for index in disks.indices where records[index].endedUnixUs == 0 { try await read(index) }
            } catch is CancellationError {
                return
            } catch {
                trouble = "\(error)"
                log.error("disks are not read back", metadata: ["cause": "\(error)"])
                do { try await environment.clock.sleep(for: Self.retryPause) } catch { return }
            }
        }
        guard isComplete else { return }
        trouble = ""
        log.info("all disks were read back", metadata: ["generation": "\(generation)"])
    }

    private func read(_ index: Int) async throws {
        let disk = disks[index]
        guard var calculation = RootCalculation(geometry: disk.geometry, groups: records[index].groups) else {
            preconditionFailure("records were judged when they were read")
        }
        let digests = try await lane.run { try disk.handedOverDigests() }
        defer { digests?.close() }
        var differing = records[index].differing
        pages = 0
        while let page = calculation.next {
            try Task.checkCancellation()
            let before = (at: environment.clock.now(), operations: await guest.operations)
            let limit = calculation.pagesLeftInGroup
            let piece = try await lane.run { try disk.readBack(from: page, limit: limit, digests) }
            environment.failpoints.reach("agent.readback.piece")
            differing.append(piece.differing)
            trouble = ""
            pages += piece.pages.count
            for digest in piece.pages where calculation.append(page: digest) {
                var record = records[index]
                record.groups = calculation.groups
                record.differing = differing
                if calculation.next == nil { record.endedUnixUs = environment.clock.wallNow().microseconds }
                try await keep(record, index)
                pages = 0
            }
            let now = environment.clock.now()
            if await guest.operations != before.operations {
                try await environment.clock.sleep(for: now - before.at)
            }
        }
        roots[index] = calculation.root
        if let first = differing.first.first {
            log.error(
                "blocks differ from what was handed over",
                metadata: [
                    "disk": "\(disk.configuration.id)", "first": "\(first.lowerBound)", "count": "\(differing.count)",
                ])
        }
    }

    private func keep(_ record: ReadBackRecord, _ index: Int) async throws {
        let disk = disks[index]
        try await lane.run { try disk.store(record) }
        records[index] = record
        environment.failpoints.reach("agent.readback.stored")
    }
}

extension OpenDisk {
    /// Pages that were read, one after the other, and their blocks that differ.
    struct ReadPiece: Sendable {
        var pages: [TreeDigest] = []
        var differing = BlockSet()
    }

    /// Reads one page, or tells without reading what as many as `limit` pages in a hole are.
    fileprivate func readBack(from page: Int, limit: Int, _ digests: DigestTable?) throws -> ReadPiece {
        let offset = Int64(page) * Int64(regionSize)
        let extent = try disk.base.file.extent(at: offset)
        let expected = digests?.pages
        var piece = ReadPiece()
        let end = min(offset + extent.count, geometry.size)
        let hole = geometry.blocks(inside: offset, count: extent.isHole ? end - offset : 0)
        var next = page
        while next < page + limit, !hole.isEmpty, geometry.blocks(ofRegion: next).upperBound <= hole.upperBound {
            piece.pages.append(.blank)
            if let digests, piece.pages.last != expected?[next] {
                piece.differing.formUnion(try differing(page: next, from: nil, digests))
            }
            next += 1
        }
        guard piece.pages.isEmpty else { return piece }
        let blocks = geometry.blocks(ofRegion: page)
        let content: [UInt8]
        do { content = try disk.base.read(geometry.byteCount(of: blocks), at: offset) } catch {
            throw Failure(
                .inputOutput, "read back disk \(configuration.id) blocks \(blocks.lowerBound) to "
                    + "\(blocks.upperBound - 1): \(error)")
        }
        let leaves = BlockDigest.each(of: content, from: blocks.lowerBound)
        piece.pages = [DigestTree.page(encodedLeaves: encoded(leaves))]
        if let digests, piece.pages.last != expected?[page] {
            piece.differing = try differing(page: page, from: leaves, digests)
        }
        return piece
    }

    private func encoded(_ leaves: [BlockDigest]) -> [UInt8] {
        var writer = ByteWriter()
        for leaf in leaves { leaf.write(to: &writer) }
        return writer.bytes
    }

    /// - Parameter leaves: as read; nil for zeroes.
    private func differing(page: Int, from leaves: [BlockDigest]?, _ digests: DigestTable) throws -> BlockSet {
        var found = BlockSet()
        let first = geometry.blocks(ofRegion: page).lowerBound
        for (place, digest) in try digests.leaves(ofPage: page).enumerated() {
            if digest != (leaves?[place] ?? .zeroContent) { found.insert(first + place) }
        }
        return found
    }
}
