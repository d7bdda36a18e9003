internal import Blocks
internal import Environment
internal import Glibc
import Testing

@testable import Tracking

/// Bytes of digests that a comparison of a whole disk takes, counted on disks of real size. `make compare-cost` prints
/// them; too slow for `make test`.
@Suite(.enabled(if: getenv("HOMEWARD_COMPARE_COST") != nil))
struct ComparisonCostTests {
    /// Blocks all of one content, or one hole.
    private struct PlainDisk: BackingDisk {
        let geometry: DiskGeometry
        let isHole: Bool

        func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileError) {
            memset(buffer.baseAddress!, isHole ? 0 : 7, buffer.count)
        }

        func list(at offset: Int64, count: Int64, in extents: inout ExtentList) throws(FileError) -> Bool {
            extents.append(FileExtent(count: count, isHole: isHole))
        }

        func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FileError) {}
        func punch(at offset: Int64, count: Int64) throws(FileError) {}
        func sync() throws(FileError) {}
    }

    private static func tracker(_ disk: PlainDisk) async throws -> MachineTracker {
        let environment = testEnvironment(1, clock: ManualClock(), lanes: nil)
        let file = CrashFile(Power(), inode: 1, content: [])
        var lineage = LineageRecord(diskID: [UInt8](repeating: 1, count: 16), size: disk.geometry.size)
        lineage.begin(Rig.generation, at: .origin)
        let identity = FileIdentity(device: 1, inode: 1, birthTime: 1, changeTime: 0, size: disk.geometry.size)
        let sidecar = try Sidecar.create(
            CrashFile(Power(), inode: 2),
            header: SidecarHeader(disk: identity, generation: Rig.generation, lineage: lineage), dirty: BlockSet())
        let opening = SidecarOpening(
            sidecar: sidecar, finding: .clean, dirty: BlockSet(), suspects: BlockSet(), hot: BlockSet())
        let configuration = TrackedDiskConfiguration(backing: disk, diskFile: file, opening: opening)
        return try await MachineTracker.start(environment: environment, disks: [configuration])
    }

    /// Digests that are sent, and questions.
    private static func cost(
        _ disk: PlainDisk, differing: BlockSet, levels: [Int], longestHole: Int
    ) async throws -> (bytes: Int, questions: Int) {
        let tracker = try await tracker(disk)
        try await tracker.compareAll()
        var (waiting, digests, questions): ([(SuspectBlocks, Int)], Int, Int) = ([], 0, 0)
        var cursor: (disk: Int, block: BlockIndex)?
        while true {
            if waiting.isEmpty {
                guard let next = try await tracker.suspectsToCompare(
                    after: cursor, most: levels.first ?? blocksPerRegion, longestHole: longestHole)
                else { break }
                cursor = (0, next.blocks.upperBound)
                waiting.append((next, 0))
            }
            guard let (suspects, level) = waiting.popLast() else { break }
            questions += 1
            guard level < levels.count else {
                digests += suspects.digests.count
                await tracker.settleSuspects(suspects, differing: differing)
                continue
            }
            digests += suspects.digests(ofRanges: levels[level]).count
            var ranges = BlockSet()
            for range in suspects.blocks.cut(every: levels[level]) where differing.containsAny(in: range) {
                ranges.insert(range)
            }
            for run in ranges.runs {
                let piece = level + 1 < levels.count ? levels[level] : blocksPerRegion
                waiting += run.cut(every: piece).map { (SuspectBlocks($0, of: suspects), level + 1) }
            }
            await tracker.settleEqual(suspects, except: ranges)
        }
        let status = await tracker.status()
        #expect(status.suspectBlocks == 0 && status.differingBlocks == differing.count)
        return (digests * BlockDigest.byteCount, questions)
    }

    @Test func `bytes of digests before and after`() async throws {
        var random = Seeded(1)
        for (name, gibibytes, isHole) in [("64 GiB sparse", 64, true), ("1 GiB written", 1, false)] {
            let disk = PlainDisk(geometry: DiskGeometry(size: Int64(gibibytes) << 30), isHole: isHole)
            // As many on both: 1 % of 1 GiB.
            for changed in [0, 2_622] {
                var differing = BlockSet()
                while differing.count < changed {
                    differing.insert(Int.random(in: 0..<disk.geometry.blockCount, using: &random))
                }
                for levels in [[], [1_024], [1_024, 16]] {
                    let cost = try await Self.cost(
                        disk, differing: differing, levels: levels, longestHole: levels.isEmpty ? 0 : 1 << 14)
                    print("\(name), \(changed) blocks differ, ranges of \(levels) blocks, then blocks: "
                        + "\(cost.bytes) bytes of digests in \(cost.questions) questions")
                }
            }
        }
    }
}
