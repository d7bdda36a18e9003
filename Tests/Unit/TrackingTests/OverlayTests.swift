internal import Blocks
internal import Environment
import Testing

@testable import Tracking

@Suite struct OverlayTests {
    static let size = Int64(regionSize) + 5000

    struct Bundle {
        var disk: CrashFile
        var data: CrashFile
        var map: CrashFile
        var journal: CrashFile

        init(_ power: Power, content: [UInt8]) {
            disk = CrashFile(power, inode: 1, content: content)
            data = CrashFile(power, inode: 2)
            map = CrashFile(power, inode: 3)
            journal = CrashFile(power, inode: 4)
        }

        var files: OverlayDisk.Files { OverlayDisk.Files(data: data, map: map, journal: journal) }

        mutating func crash(powerLoss: Bool, _ random: inout Seeded) {
            let power = Power()
            disk = disk.afterCrash(powerLoss: powerLoss, power, &random)
            data = data.afterCrash(powerLoss: powerLoss, power, &random)
            map = map.afterCrash(powerLoss: powerLoss, power, &random)
            journal = journal.afterCrash(powerLoss: powerLoss, power, &random)
        }

        func open() throws -> OverlayDisk { try OverlayDisk.open(files, over: try FileDisk(locking: disk)) }
    }

    static func content(_ random: inout Seeded) -> [UInt8] {
        var out: [UInt8] = []
        while out.count < Int(size) {
            out += [UInt8](repeating: UInt8(truncatingIfNeeded: random.next() | 1), count: 4096)
        }
        return Array(out.prefix(Int(size)))
    }

    static func change(_ overlay: OverlayDisk, _ model: inout [UInt8], _ random: inout Seeded) throws {
        let offset = Int(random.next() % UInt64(size - 10_000))
        let count = Int(random.next() % 9000) + 1
        if random.next() % 4 == 0 {
            try overlay.punch(at: Int64(offset), count: Int64(count))
            model.replaceSubrange(offset..<(offset + count), with: [UInt8](repeating: 0, count: count))
        } else {
            let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: random.next() | 1), count: count)
            try overlay.write(bytes, at: Int64(offset))
            model.replaceSubrange(offset..<(offset + count), with: bytes)
        }
    }

    @Test(arguments: 0..<10) func `disk and overlay read as one disk, the disk below stays as it is`(seed: Int) throws {
        var random = Seeded(UInt64(seed))
        var model = Self.content(&random)
        let below = model
        var bundle = Bundle(Power(), content: model)
        var overlay = try OverlayDisk.create(bundle.files, over: try FileDisk(locking: bundle.disk))
        for step in 0..<40 {
            try Self.change(overlay, &model, &random)
            if random.next() % 6 == 0 { try overlay.sync() }
            if step % 13 == 12 {
                // kill -9 loses nothing that was acknowledged.
                bundle.crash(powerLoss: false, &random)
                overlay = try bundle.open()
            }
            let offset = Int64(random.next() % UInt64(Self.size - 20_000))
            #expect(try overlay.read(20_000, at: offset) == Array(model[Int(offset)..<(Int(offset) + 20_000)]))
        }
        #expect(try overlay.read(Int(Self.size), at: 0) == model)
        #expect(bundle.disk.bytes == below)
    }

    @Test(arguments: 0..<15)
    func `after a power loss each sector is as flushed or newer, never anything else`(seed: Int) throws {
        var random = Seeded(UInt64(seed) + 500)
        var model = Self.content(&random)
        var bundle = Bundle(Power(), content: model)
        let overlay = try OverlayDisk.create(bundle.files, over: try FileDisk(locking: bundle.disk))
        for _ in 0..<10 { try Self.change(overlay, &model, &random) }
        try overlay.sync()
        var versions = [model]
        for _ in 0..<6 {
            try Self.change(overlay, &model, &random)
            versions.append(model)
        }
        bundle.crash(powerLoss: true, &random)
        let found = try bundle.open().read(Int(Self.size), at: 0)
        for sector in 0..<(Int(Self.size) / 512) {
            let range = (sector * 512)..<(sector * 512 + 512)
            #expect(versions.contains { $0[range] == found[range] }, "seed \(seed) sector \(sector)")
        }
    }

    @Test(arguments: [false, true])
    func `what a failed sync lost is what it was before, not zero, after the next one`(isEvicted: Bool) throws {
        var random = Seeded(7)
        let below = Self.content(&random)
        var bundle = Bundle(Power(), content: below)
        let overlay = try OverlayDisk.create(bundle.files, over: try FileDisk(locking: bundle.disk))
        let written = [UInt8](repeating: 9, count: blockSize)
        for block in [3, 4] { try overlay.write(written, at: Int64(block * blockSize)) }
        bundle.data.failNextSyncs(1)
        #expect(throws: FileError.self) { try overlay.sync() }
        if isEvicted { bundle.data.evict() }
        for block in [4, 5] { try overlay.write(written, at: Int64(block * blockSize)) }
        try overlay.sync()
        func check(_ overlay: OverlayDisk) throws {
            for (block, isLost) in [(3, isEvicted), (4, false), (5, false), (6, true)] {
                let range = (block * blockSize)..<((block + 1) * blockSize)
                let found = try overlay.read(blockSize, at: Int64(range.lowerBound))
                #expect(found == (isLost ? Array(below[range]) : written), "block \(block)")
            }
        }
        try check(overlay)
        bundle.crash(powerLoss: true, &random)
        try check(try bundle.open())
        #expect(try bundle.open().mergeStep(limit: 100) == 0)
    }

    @Test(arguments: 0..<15) func `a merge may be cut anywhere and goes on`(seed: Int) throws {
        var random = Seeded(UInt64(seed) + 900)
        var model = Self.content(&random)
        var bundle = Bundle(Power(), content: model)
        var overlay = try OverlayDisk.create(bundle.files, over: try FileDisk(locking: bundle.disk))
        for _ in 0..<20 { try Self.change(overlay, &model, &random) }
        try overlay.sync()
        var left = 1
        while left > 0 {
            left = try overlay.mergeStep(limit: 10)
            if random.next() % 3 == 0 {
                bundle.crash(powerLoss: random.next() % 2 == 0, &random)
                overlay = try bundle.open()
                left = overlay.changedBlocks.count
            }
            #expect(try overlay.read(Int(Self.size), at: 0) == model)
        }
        bundle.crash(powerLoss: true, &random)
        #expect(bundle.disk.bytes == model)
    }
}
