internal import Blocks
internal import Environment
import Testing

@testable import Tracking

/// What a disk calls a hole reads as zero, whatever its guest did to it, tracked and under an overlay.
@Suite struct ExtentTests {
    static let geometry = Rig.geometry
    static let size = Rig.size

    /// The extents of a range lie side by side within it, and in the model every hole is zero.
    static func check(
        _ extents: [FileExtent], _ model: [UInt8], offset: Int64, count: Int64, limit: Int, _ seed: Int
    ) {
        var position = offset
        for extent in extents {
            #expect(extent.count > 0)
            if extent.isHole {
                let bytes = Array(model[Int(position)..<Int(position + extent.count)])
                #expect(isZero(bytes), "seed \(seed) at \(position)")
            }
            position += extent.count
        }
        #expect(zip(extents, extents.dropFirst()).allSatisfy { $0.isHole != $1.isHole })
        #expect(position == offset + count || (extents.count == limit && position < offset + count))
    }

    static func range(_ random: inout Seeded, most: Int64 = size) -> (offset: Int64, count: Int64) {
        let offset = Int64.random(in: 0..<size / 512, using: &random) * 512
        return (offset, min(Int64.random(in: 1...most / 512, using: &random) * 512, size - offset))
    }

    /// A tracked disk over an overlay over a disk with some content.
    private static func overlaid(
        _ rig: Rig, _ model: inout [UInt8], _ random: inout Seeded
    ) async throws -> (MachineTracker, OverlayDisk) {
        let below = try FileDisk(locking: rig.disks[0])
        for _ in 0..<6 {
            let (offset, count) = range(&random, most: 64 << 10)
            let bytes = [UInt8](repeating: UInt8.random(in: 1...255, using: &random), count: Int(count))
            try below.write(bytes, at: offset)
            model.replaceSubrange(Int(offset)..<Int(offset + count), with: bytes)
        }
        let power = Power()
        let files = OverlayDisk.Files(
            data: CrashFile(power, inode: 2), map: CrashFile(power, inode: 3), journal: CrashFile(power, inode: 4))
        let overlay = try OverlayDisk.create(files, over: below)
        let opening = try Sidecar.open(rig.sidecars[0], disk: rig.disks[0], content: overlay)
        let configuration = TrackedDiskConfiguration(backing: overlay, diskFile: rig.disks[0], opening: opening)
        let tracker = try await MachineTracker.start(
            environment: rig.environment, disks: [configuration], limits: Rig.limits())
        return (tracker, overlay)
    }

    @Test(arguments: 0..<12)
    func `a hole reads as zero after any writes, zeroes, trims and merges`(seed: Int) async throws {
        var random = Seeded(UInt64(seed))
        let rig = try await Rig.make(UInt64(seed))
        var model = [UInt8](repeating: 0, count: Int(Self.size))
        var overlay: OverlayDisk?
        var tracker = rig.tracker
        if seed % 2 == 1 { (tracker, overlay) = try await Self.overlaid(rig, &model, &random) }
        let disk = tracker.disk(0)
        for _ in 0..<40 {
            let (offset, count) = Self.range(&random, most: 96 << 10)
            let zeros = [UInt8](repeating: 0, count: Int(count))
            switch Int.random(in: 0..<8, using: &random) {
            case 0...2:
                let bytes = [UInt8](repeating: UInt8.random(in: 1...255, using: &random), count: Int(count))
                try await disk.write(bytes, at: offset)
                model.replaceSubrange(Int(offset)..<Int(offset + count), with: bytes)
            case 3:
                try await disk.writeZeroes(offset: offset, count: count, mayTrim: Bool.random(using: &random))
                model.replaceSubrange(Int(offset)..<Int(offset + count), with: zeros)
            case 4:
                try await disk.trim(offset: offset, count: count)
                let whole = Self.geometry.blocks(inside: offset, count: count)
                let start = Int(Self.geometry.offset(of: whole.lowerBound))
                let length = Self.geometry.byteCount(of: whole)
                model.replaceSubrange(start..<start + length, with: zeros.prefix(length))
            case 5:
                if let overlay, Bool.random(using: &random) {
                    _ = try overlay.mergeStep(limit: 40)
                } else {
                    try await disk.flush()
                }
            default: break
            }
            let asked = Self.range(&random)
            let limit = Int.random(in: 1...12, using: &random)
            let extents = try await disk.extents(offset: asked.offset, count: asked.count, limit: limit)
            Self.check(extents, model, offset: asked.offset, count: asked.count, limit: limit, seed)
        }
        #expect(try await disk.read(offset: 0, count: Int(Self.size)) == model)
    }

    @Test(arguments: [false, true])
    func `trimmed blocks are a hole, written ones are data`(isOverlaid: Bool) async throws {
        var random = Seeded(3)
        let rig = try await Rig.make(3)
        var model = [UInt8](repeating: 0, count: Int(Self.size))
        var tracker = rig.tracker
        if isOverlaid { tracker = try await Self.overlaid(rig, &model, &random).0 }
        let disk = tracker.disk(0)
        try await disk.write([UInt8](repeating: 7, count: Int(Self.size)), at: 0)
        #expect(
            try await disk.extents(offset: 0, count: Self.size, limit: 9)
                == [FileExtent(count: Self.size, isHole: false)])
        // Blocks that are trimmed in part stay as they are.
        try await disk.trim(offset: 4096 + 512, count: 5 * 4096)
        try await disk.writeZeroes(offset: 1 << 20, count: 1 << 20, mayTrim: true)
        try await disk.writeZeroes(offset: 3 << 20, count: 1 << 20, mayTrim: false)
        #expect(
            try await disk.extents(offset: 0, count: Self.size, limit: 9) == [
                FileExtent(count: 8192, isHole: false), FileExtent(count: 4 * 4096, isHole: true),
                FileExtent(count: (1 << 20) - 6 * 4096, isHole: false), FileExtent(count: 1 << 20, isHole: true),
                FileExtent(count: Self.size - (2 << 20), isHole: false),
            ])
        await #expect(throws: TrackingError.outOfRange) {
            try await disk.extents(offset: Self.size - 512, count: 1024, limit: 1)
        }
    }

    @Test func `of a range in many small pieces the beginning is told`() async throws {
        let file = CrashFile(Power(), inode: 1, content: [UInt8](repeating: 0, count: Int(Self.size)))
        let disk = try FileDisk(locking: file)
        for block in stride(from: 0, to: 1_000, by: 2) {
            try disk.write([UInt8](repeating: 1, count: blockSize), at: Int64(block * blockSize))
        }
        let extents = try disk.extents(at: 0, count: Self.size, limit: 10)
        #expect(extents == (0..<10).map { FileExtent(count: Int64(blockSize), isHole: $0 % 2 == 1) })
    }
}
