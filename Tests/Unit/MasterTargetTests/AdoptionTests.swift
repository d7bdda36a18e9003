import Blocks
import Environment
import IntervalFrames
import Model
import Replicas
import ScriptedSource
import Testing
import Tracking

@testable import MasterTarget

/// What a master target believes of a disk by what lies beside it.
@Suite struct AdoptionTests {
    private static let disk = DataPathWorld.disks[0]
    private static let bundle = "\(DataPathWorld.ownerDirectory)/\(disk.id.text)"
    private static let blocks = DiskGeometry(size: Int64(disk.bytes)).blockCount

    @Test func `after a clean end the sidecar is believed`() throws {
        let found = try found { files in
            try Self.sidecar(files, isClean: true, dirty: BlockSet([3]))
            try Self.record(files, inUse: false)
        }
        #expect(found.record.changes == BlockSet([3]))
        #expect(found.record.suspects.isEmpty)
        #expect(found.record.lineage.mapQuality == .exact)
    }

    @Test func `a disk that was written to after its clean end is in doubt`() throws {
        let found = try found { files in
            try Self.sidecar(files, isClean: true, dirty: BlockSet([3]))
            try Self.record(files, inUse: false)
        } later: { files in
            let file = try files.open(Self.bundle + "/disk.raw", .readWrite)
            defer { file.close() }
            try file.write([1], at: 40_000)
        }
        #expect(found.record.suspects.count == Self.blocks - 1)
        #expect(found.record.lineage.mapQuality == .unknown)
    }

    @Test func `a record that says that the disk is in use, and no sidecar: every block is in doubt`() throws {
        let found = try found { files in try Self.record(files, inUse: true) }
        #expect(found.record.suspects.count == Self.blocks)
        #expect(found.record.lineage.mapQuality == .unknown)
        #expect(found.record.lineage.position.number == 7)
    }

    @Test func `a record of a clean end, and no sidecar: the record is believed`() throws {
        let found = try found { files in try Self.record(files, inUse: false) }
        #expect(found.record.suspects.isEmpty)
        #expect(found.record.lineage.mapQuality == .exact)
    }

    private func found(
        _ prepare: @escaping @Sendable (any FileSystem) throws -> Void,
        later: @escaping @Sendable (any FileSystem) throws -> Void = { _ in }
    ) throws -> FoundDisk {
        let bench = try DataPathWorld(seed: 26)
        try bench.attachBlankDisks()
        try bench.on(bench.masterTarget) { try prepare($0.files) }
        // Change times are as coarse as the clock that they are read from.
        try bench.world.run(for: .seconds(1))
        return try bench.on(bench.masterTarget) { environment in
            try later(environment.files)
            let disk = ReplicaDisk(id: diskIdentity(Self.disk.id), bundle: Self.bundle, size: Int64(Self.disk.bytes))
            return try FoundDisk.read(disk, environment.files)
        }
    }

    private static var lineage: LineageRecord {
        var lineage = LineageRecord(diskID: diskIdentity(disk.id), size: Int64(disk.bytes))
        lineage.begin(Blocks.Generation(DataPathWorld.generation(1)), at: .origin)
        lineage.position = PointID(generation: 1, number: 7)
        lineage.state = .settled
        return lineage
    }

    private static func sidecar(_ files: any FileSystem, isClean: Bool, dirty: BlockSet) throws {
        let file = try files.open(bundle + "/disk.raw", .readWrite)
        defer { file.close() }
        var header = SidecarHeader(
            disk: try file.identity(), generation: Blocks.Generation(DataPathWorld.generation(1)), lineage: lineage,
            nextInterval: 8)
        header.isClean = isClean
        header.cleanChangeTime = try file.identity().changeTime
        try Sidecar.create(try files.open(bundle + "/sidecar", .create), header: header, dirty: dirty).close()
    }

    private static func record(_ files: any FileSystem, inUse: Bool) throws {
        let record = inUse
            ? HandoverRecord.inUse(lineage, incarnation: 2) : HandoverRecord(lineage: lineage, changes: BlockSet())
        try files.replace(bundle + "/lineage", with: record.encoded())
    }
}
