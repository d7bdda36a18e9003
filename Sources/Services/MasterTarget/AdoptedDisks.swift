import Blocks
import Contract
import Environment
import IntervalFrames
import Messages
import Model
import Replicas
import Tracking

/// What is left of a replica whose records are gone: its disks, and what lies beside them; nil of disks that are blank
/// throughout.
struct LeftDisks {
    let disks: [ReplicaDisk]
    let found: [FoundDisk]?
}

/// A disk in one of this master target's directories, with what its last owner left beside it.
struct FoundDisk {
    let disk: ReplicaDisk
    let record: HandoverRecord

    var message: TargetV1.AdoptedDisk {
        .with {
            $0.disk = disk.bundle.split(separator: "/").last.map(String.init) ?? ""
            $0.record = record.lineage.encoded()
            $0.changedBlocks = UInt64(record.changes.count)
            $0.suspectBlocks = UInt64(record.suspects.count)
        }
    }

    /// The bundle of a disk; it is looked for nowhere else. Blocks.
    static func bundle(
        _ disk: DiskDescription, in directories: [String], _ files: any FileSystem
    ) throws -> ReplicaDisk {
        let bundles = directories.map { $0 + "/" + disk.id.text }
        guard let bundle = bundles.first(where: { files.exists($0 + "/disk.raw") }) else {
            throw Failure(
                .operationNotAllowed, "adopt disk \(disk.id): disk.raw is not in \(bundles.joined(separator: " or "))"
                    + "; attach the disk to this master target first", on: [.disk(disk.id)])
        }
        let file = try files.open(bundle + "/disk.raw", .read)
        defer { file.close() }
        // One that was enlarged while it was a replica is larger than whoever asks may know yet.
        return ReplicaDisk(
            id: diskIdentity(disk.id), bundle: bundle, size: max(disk.size.bytes, try file.size()))
    }

    /// Reads lineage and change map, from the hand-over record, or from the sidecar of an agent that went on writing
    /// after that record (or never came to write one). Blocks; changes nothing.
    ///
    /// - isLeft: whatever was half done on it can be finished by nobody, and all of it is compared.
    static func read(_ disk: ReplicaDisk, _ files: any FileSystem, isLeft: Bool = false) throws -> FoundDisk {
        guard !files.exists(disk.bundle + "/overlay.map") else {
            throw Failure(
                .lineageRefused, "adopt \(disk.bundle): its machine ran on an overlay; merge it or set it aside first")
        }
        let record = try lineage(disk, files, isLeft: isLeft)
        switch try sidecar(disk, files, beside: record) {
        case .none:
            guard let record else {
                throw Failure(
                    .lineageRefused, "adopt \(disk.bundle): neither a lineage record nor a sidecar is beside the disk")
            }
            // In use, the sidecar alone knew what changed.
            return record.lineage.mapQuality == .unknown ? inDoubt(disk, record) : FoundDisk(disk: disk, record: record)
        case .found(let found):
            let isNewer = (found.record.lineage.generation?.number ?? 0) >= (record?.lineage.generation?.number ?? 0)
            return isNewer ? found : FoundDisk(disk: disk, record: record ?? found.record)
        case .damaged:
            // Somebody may have written after the record: every block is to be compared.
            guard let record else {
                throw Failure(
                    .dataCorrupt, "adopt \(disk.bundle): the sidecar is damaged and there is no lineage record")
            }
            return inDoubt(disk, record)
        }
    }

    /// What is left where the replica's own records are gone: of all its disks every block is in doubt, or, if they are
    /// blank throughout, nil. What has content must prove by its record, or its sidecar, that it is the disk that it is
    /// called. Blocks; changes nothing.
    static func left(_ disks: [ReplicaDisk], _ files: any FileSystem) throws -> [FoundDisk]? {
        let kept = try disks.map { try isBlank($0, files) ? nil : try read($0, files, isLeft: true) }
        guard let first = kept.compactMap(\.self).first else { return nil }
        return zip(disks, kept).map { disk, found in
            if let found { return inDoubt(disk, found.record) }
            // In the history of the others, so that all of them stand at one position.
            var lineage = first.record.lineage
            (lineage.diskID, lineage.size) = (disk.id, disk.size)
            return inDoubt(disk, HandoverRecord(lineage: lineage, changes: BlockSet()))
        }
    }

    /// Nothing was ever written to it, and it was nobody's.
    private static func isBlank(_ disk: ReplicaDisk, _ files: any FileSystem) throws -> Bool {
        let file = try files.open(disk.bundle + "/disk.raw", .read)
        defer { file.close() }
        return try file.data(from: 0) == nil
    }

    /// Every block is to be compared.
    private static func inDoubt(_ disk: ReplicaDisk, _ found: HandoverRecord) -> FoundDisk {
        var record = found
        record.lineage.mapQuality = .unknown
        record.lineage.state = .settled
        record.suspects = BlockSet(DiskGeometry(size: disk.size).blocks).subtracting(record.changes)
        return FoundDisk(disk: disk, record: record)
    }

    private static func lineage(
        _ disk: ReplicaDisk, _ files: any FileSystem, isLeft: Bool
    ) throws -> HandoverRecord? {
        let path = disk.bundle + "/lineage"
        guard files.exists(path) else { return nil }
        let record: HandoverRecord
        do { record = try HandoverRecord(from: try files.readAll(path)) } catch let error as ByteCodingError {
            throw Failure(
                .dataCorrupt, "adopt \(disk.bundle): its lineage record cannot be read, \(error); remove the disk, "
                    + "for a full copy")
        }
        guard record.lineage.diskID == disk.id else {
            throw Failure(.lineageUnrelated, "adopt \(disk.bundle): its lineage record is of another disk")
        }
        guard record.lineage.size == disk.size else { throw resized(disk, record.lineage.size) }
        guard isLeft || ![.applying, .moving].contains(record.lineage.state) else {
            throw Failure(.lineageRefused, "adopt \(disk.bundle): an interval or a move is half done on it")
        }
        return record
    }

    /// Somebody wrote to the disk after a clean end.
    private static func hasChanged(
        _ disk: ReplicaDisk, since header: SidecarHeader, _ files: any FileSystem
    ) throws -> Bool {
        guard header.isClean else { return false }
        let file = try files.open(disk.bundle + "/disk.raw", .read)
        defer { file.close() }
        return try file.identity().changeTime != header.cleanChangeTime
    }

    private enum SidecarReading {
        case none
        case found(FoundDisk)
        case damaged
    }

    private static func resized(_ disk: ReplicaDisk, _ before: Int64) -> Failure {
        Failure(
            .lineageUnrelated, "adopt \(disk.bundle): its disk has \(disk.size) bytes, and had \(before) when its last "
                + "owner let go of it. Give it that size again; its replication gives it the other copy's")
    }

    private static func sidecar(
        _ disk: ReplicaDisk, _ files: any FileSystem, beside record: HandoverRecord?
    ) throws -> SidecarReading {
        let path = disk.bundle + "/sidecar"
        guard files.exists(path) else { return .none }
        let file = try files.open(path, .readWrite)
        defer { file.close() }
        do {
            let (sidecar, hot, map) = try Sidecar.load(file)
            let header = sidecar.header
            guard header.lineage.diskID == disk.id else {
                throw Failure(.lineageUnrelated, "adopt \(disk.bundle): its sidecar is of another disk")
            }
            guard header.disk.size == disk.size else {
                // Of an owner before the last one: the disk was enlarged since.
                let isOlder = (header.lineage.generation?.number ?? 0) < (record?.lineage.generation?.number ?? 0)
                if isOlder { return .none }
                throw resized(disk, header.disk.size)
            }
            var lineage = header.lineage
            lineage.state = .settled
            var suspects = BlockSet()
            if try !header.trackingLost.isEmpty || hasChanged(disk, since: header, files) {
                lineage.mapQuality = .unknown
                suspects.insert(sidecar.geometry.blocks)
            } else {
                // A clean close cools every region but those with blocks that nobody has compared yet.
                lineage.mapQuality = hot.isEmpty ? .exact : .suspects
                for region in hot { suspects.insert(sidecar.geometry.blocks(ofRegion: region)) }
            }
            let record = HandoverRecord(lineage: lineage, changes: map, suspects: suspects.subtracting(map))
            return .found(FoundDisk(disk: disk, record: record))
        } catch is ByteCodingError {
            return .damaged
        } catch let error as FileError where error.code == .shortRead {
            return .damaged
        }
    }
}
