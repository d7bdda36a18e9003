internal import Blocks
internal import Environment
internal import Glibc
import Testing

@testable import Tracking

/// What a bug made endless; a test that hangs would say nothing.
struct NeverEnding: Error {
    let what: String
}

/// A machine of small disks under tracking, with a replica that does what a master target would.
struct Rig {
    static let size = 6 * Int64(regionSize) + 5000
    static let geometry = DiskGeometry(size: size)

    var disks: [CrashFile]
    var sidecars: [CrashFile]
    var tables: [CrashFile]
    var replica: [[UInt8]]
    var tracker: MachineTracker
    var openings: [SidecarOpening] = []
    /// The spill files of the present opening.
    var spills: [CrashFile] = []
    let power: Power
    let environment: Environment
    let clock: ManualClock

    static func limits() -> TrackingLimits {
        var limits = TrackingLimits()
        limits.smallestHotBound = 4
        limits.largestHotRange = 3
        limits.numberBatch = 8
        limits.chunkBytes = 64 << 10
        return limits
    }

    static let generation = Generation(number: 1, token: [UInt8](repeating: 1, count: 16))

    /// Fresh disks, equal to the replica, nothing dirty.
    static func make(
        _ seed: UInt64, disks count: Int = 1, power: Power = Power(), limits: TrackingLimits = limits(),
        lanes: (any LaneProvider)? = nil
    ) async throws -> Rig {
        let setUp = Power()
        let clock = ManualClock()
        let environment = testEnvironment(seed, clock: clock, lanes: lanes)
        let blank = [UInt8](repeating: 0, count: Int(size))
        var disks: [CrashFile] = []
        var sidecars: [CrashFile] = []
        var tables: [CrashFile] = []
        for index in 0..<count {
            let disk = CrashFile(setUp, inode: UInt64(index) + 1, content: blank)
            let sidecar = CrashFile(setUp, inode: 100)
            let table = CrashFile(setUp, inode: 200)
            var lineage = LineageRecord(diskID: [UInt8](repeating: UInt8(index), count: 16), size: size)
            lineage.begin(generation, at: .origin)
            _ = try Sidecar.create(
                sidecar, header: SidecarHeader(disk: try disk.identity(), generation: generation, lineage: lineage),
                dirty: BlockSet())
            _ = try DigestTable.create(table, geometry: geometry)
            disks.append(disk)
            sidecars.append(sidecar)
            tables.append(table)
        }
        var random = Seeded(0)
        let reborn = { (file: CrashFile, random: inout Seeded) in
            file.afterCrash(powerLoss: false, power, &random)
        }
        disks = disks.map { reborn($0, &random) }
        sidecars = sidecars.map { reborn($0, &random) }
        tables = tables.map { reborn($0, &random) }
        let opened = try await open(disks, sidecars, tables, environment, limits)
        return Rig(
            disks: disks, sidecars: sidecars, tables: tables,
            replica: [[UInt8]](repeating: blank, count: count), tracker: opened.tracker,
            openings: opened.openings, spills: opened.spills, power: power, environment: environment, clock: clock)
    }

    static func open(
        _ disks: [CrashFile], _ sidecars: [CrashFile], _ tables: [CrashFile], _ environment: Environment,
        _ limits: TrackingLimits
    ) async throws -> (tracker: MachineTracker, openings: [SidecarOpening], spills: [CrashFile]) {
        var configurations: [TrackedDiskConfiguration] = []
        let spills = disks.map { _ in CrashFile(Power(), inode: 300) }
        for index in disks.indices {
            let backing = try FileDisk(locking: disks[index])
            let opening = try Sidecar.open(sidecars[index], disk: disks[index], content: backing)
            let table = try DigestTable.open(
                tables[index], geometry: geometry, rehashing: opening.dirty.union(opening.suspects))
            configurations.append(
                TrackedDiskConfiguration(
                    backing: backing, diskFile: disks[index], opening: opening, digests: table,
                    spill: spills[index]))
        }
        let tracker = try await MachineTracker.start(
            environment: environment, disks: configurations, limits: limits)
        return (tracker, configurations.map(\.opening), spills)
    }

    /// The machine dies and its disks are opened again.
    func afterCrash(powerLoss: Bool, _ random: inout Seeded, limits: TrackingLimits = limits()) async throws -> Rig {
        let fresh = Power()
        var next = self
        next.disks = disks.map { $0.afterCrash(powerLoss: powerLoss, fresh, &random) }
        next.sidecars = sidecars.map { $0.afterCrash(powerLoss: powerLoss, fresh, &random) }
        next.tables = tables.map { $0.afterCrash(powerLoss: powerLoss, fresh, &random) }
        let opened = try await Self.open(next.disks, next.sidecars, next.tables, environment, limits)
        next.tracker = opened.tracker
        next.openings = opened.openings
        next.spills = opened.spills
        return next
    }

    /// Blocks that differ between disk and replica.
    func differing(_ disk: Int) -> BlockSet {
        let mine = disks[disk].bytes
        return mine.withUnsafeBytes { mine in
            replica[disk].withUnsafeBytes { theirs in
                BlockSet(Self.geometry.blocks.filter { block in
                    let start = block * blockSize
                    let count = Self.geometry.byteCount(of: block)
                    return memcmp(mine.baseAddress! + start, theirs.baseAddress! + start, count) != 0
                })
            }
        }
    }

    /// More than a disk of six regions has at one block a chunk. What a bug makes endless is found soon.
    static let mostChunks = 2_048

    /// Reads the frozen interval or the running pass to its end.
    func readOut() async throws -> [ChunkContent] {
        var chunks: [ChunkContent] = []
        while let chunk = try await tracker.nextChunk() {
            chunks.append(chunk)
            guard chunks.count < Self.mostChunks else { throw NeverEnding(what: "an interval that is read out") }
        }
        return chunks
    }

    static func apply(_ chunks: [ChunkContent], to replica: inout [[UInt8]]) {
        for chunk in chunks {
            var taken = 0
            for run in chunk.runs {
                let blocks = run.firstBlock..<(run.firstBlock + run.blockCount)
                let count = geometry.byteCount(of: blocks)
                let start = run.firstBlock * blockSize
                if run.isZero {
                    replica[chunk.disk].replaceSubrange(
                        start..<(start + count), with: [UInt8](repeating: 0, count: count))
                } else {
                    replica[chunk.disk].replaceSubrange(
                        start..<(start + count), with: chunk.payload[taken..<(taken + count)])
                    taken += count
                }
            }
            #expect(taken == chunk.payload.count)
        }
    }

    /// Cuts, ships, applies; the trailer's root must be that of the replica.
    ///
    /// - isHeard: that it was applied; else the next one that is tells of it too.
    @discardableResult
    mutating func replicate(isHeard: Bool = true) async throws -> Shipped {
        let shipped = try await ship()
        Self.apply(shipped.chunks, to: &replica)
        for (index, disk) in shipped.trailer.disks.enumerated() { #expect(disk.root == Self.root(replica[index])) }
        if isHeard { await tracker.acknowledgeApplied(shipped.number) }
        return shipped
    }

    struct Shipped {
        let chunks: [ChunkContent]
        let trailer: IntervalTrailer

        var number: UInt64 { trailer.interval.number }
        /// Blocks with content, of all disks.
        var blocks: Int { chunks.reduce(0) { $0 + $1.digests.count } }
    }

    /// Cuts and reads out; what becomes of it is the caller's.
    func ship() async throws -> Shipped {
        try await tracker.prepareCut()
        _ = try await tracker.cut()
        let chunks = try await readOut()
        return Shipped(chunks: chunks, trailer: try await tracker.trailer())
    }

    static func root(_ content: [UInt8]) -> TreeDigest {
        DigestTree.root(geometry: geometry, leaves: BlockDigest.each(of: content, from: 0))
    }

    /// Compares all suspects with the replica, as a master target would.
    func resolveSuspects() async throws {
        var rounds = 0
        while let suspects = try await tracker.suspectsToCompare() {
            rounds += 1
            guard rounds < Self.mostChunks else { throw NeverEnding(what: "a comparison of suspects") }
            let theirs = BlockDigest.each(of: replica[suspects.disk], from: 0)
            var differing = BlockSet()
            for (index, block) in suspects.blocks.enumerated() where theirs[block] != suspects.digests[index] {
                differing.insert(block)
            }
            await tracker.settleSuspects(suspects, differing: differing)
        }
    }
}

/// Who waits, so that a test goes on when somebody does, and not after some time.
extension MachineTracker {
    /// For the end of a hold.
    var parkedMutations: Int { hold?.waiters.count ?? 0 }
    /// Of any disk.
    var waitingForSync: Int { disks.reduce(0) { $0 + $1.syncWaiters.count } }
    var waitingToSettle: Int { settleWaiters.count }
}
