import Blocks
import Environment
import IntervalFrames
import MachineFiles
import Model
import Replicas
import Synchronization
import Tracking

/// One bundle of this machine, locked, and what was found in it. Calls block; they are made on a lane, by one caller.
///
/// Files of a bundle besides those that `Bundle` names: `digests` (the digest table that belongs to the sidecar) and
/// `overlay.journal`. A sidecar that cannot be read, and an overlay of an older generation, are set aside under other
/// names, never removed.
final class OpenDisk: Sendable {
    /// What lay beside the disk.
    struct Found: Sendable {
        var sidecar: Sidecar?
        /// Why the sidecar that is there cannot be read.
        var damage: String?
        var record: HandoverRecord?

        /// The highest generation named beside the disk; nil for none.
        var generation: Blocks.Generation? {
            [sidecar?.header.generation, record?.lineage.generation].compactMap { $0 }.max { $0.number < $1.number }
        }

        var isClosed: Bool { sidecar.map { $0.header.isClosed && $0.header.generation == generation } ?? false }

        /// Somebody else owned the disk since the sidecar was written.
        var isHandedOver: Bool {
            guard let record else { return false }
            return (record.lineage.generation?.number ?? 0) > (sidecar?.header.generation.number ?? 0)
        }
    }

    let configuration: AgentConfiguration.Disk
    let bundle: Bundle
    let disk: MachineDisk
    let files: any FileSystem
    /// What was found decayed, for people.
    private let decayed = Mutex<[String]>([])

    var geometry: DiskGeometry { disk.geometry }
    var digestPath: String { bundle.path + "/digests" }
    private var journalPath: String { bundle.path + "/overlay.journal" }
    private var overlayPaths: [String] { [bundle.overlayData, bundle.overlayMap, journalPath] }

    /// nil while another owner has the disk open.
    static func open(_ configuration: AgentConfiguration.Disk, _ files: any FileSystem) throws -> OpenDisk? {
        let bundle = Bundle(configuration.bundle)
        let file = try files.open(bundle.disk, .readWrite)
        guard let base = try lock(file) else {
            file.close()
            return nil
        }
        guard base.geometry.size == configuration.bytes else {
            file.close()
            throw Failure(
                .dataCorrupt, "open \(bundle.disk): it has \(base.geometry.size) bytes, not \(configuration.bytes)")
        }
        return OpenDisk(configuration, bundle, base, files)
    }

    private static func lock(_ file: any File) throws -> FileDisk? {
        do { return try FileDisk(locking: file) } catch {
            guard error.code == .busy else { throw error }
            return nil
        }
    }

    private init(
        _ configuration: AgentConfiguration.Disk, _ bundle: Bundle, _ base: FileDisk, _ files: any FileSystem
    ) {
        self.configuration = configuration
        self.bundle = bundle
        self.files = files
        disk = MachineDisk(base, overlay: nil)
    }

    func find() throws -> Found {
        var found = Found()
        found.record = try record()
        guard files.exists(bundle.sidecar) else { return found }
        do {
            found.sidecar = try Sidecar.load(try files.open(bundle.sidecar, .readWrite)).sidecar
        } catch let error as ByteCodingError {
            found.damage = "\(error)"
        } catch let error as FileError where error.code == .shortRead {
            found.damage = "\(error)"
        }
        return found
    }

    private func record() throws -> HandoverRecord? {
        guard files.exists(bundle.lineage) else { return nil }
        do {
            let record = try HandoverRecord(from: try files.readAll(bundle.lineage))
            if record.isRepaired { decayed.withLock { $0.append("lineage: a bit of it") } }
            return record
        } catch let error as ByteCodingError {
            throw Failure(
                .dataCorrupt, "open disk \(configuration.id): \(bundle.lineage) cannot be read, \(error), so nobody "
                    + "knows who wrote to the disk last; if it was this machine, move that file away")
        }
    }

    // MARK: a sidecar for the generation

    /// Makes sure that the sidecar is of this generation, and that the record beside it says that the disk is in use,
    /// durably. May be cut off anywhere and called again.
    func settle(_ found: Found, under generation: Blocks.Generation, overlay: Bool) throws {
        try settleSidecar(found, under: generation, overlay: overlay)
        guard generation.number > 0 else { return }
        let file = try files.open(bundle.sidecar, .readWrite)
        defer { file.close() }
        let header = try Sidecar.load(file).sidecar.header
        // Opening it may raise the incarnation by one.
        let record = HandoverRecord.inUse(header.lineage, incarnation: header.incarnation + 1)
        try files.replace(bundle.lineage, with: record.encoded())
    }

    private func settleSidecar(_ found: Found, under generation: Blocks.Generation, overlay: Bool) throws {
        if let sidecar = found.sidecar, !found.isHandedOver {
            let header = sidecar.header
            defer { sidecar.close() }
            guard header.disk.size == geometry.size else {
                try resize(header)
                return try settleSidecar(try find(), under: generation, overlay: overlay)
            }
            if header.generation == generation { return }
            guard header.generation.number > 0 else { return try makeWhole(generation) }
            let isNew = overlay && header.lineage.state != .overlay
            if isNew { try makeOverlay() }
            try sidecar.begin(generation, at: header.lastApplied, state: isNew ? .overlay : nil)
            return
        }
        let before = found.sidecar?.header.nextInterval ?? 1
        found.sidecar?.close()
        if found.damage != nil { try setAside(bundle.sidecar, as: "damaged") }
        if let record = found.record {
            try adopt(record, generation, overlay: overlay, numbersFrom: before, damage: found.damage)
        } else if let damage = found.damage {
            var header = try freshHeader(generation)
            header.trackingLost = damage
            try make(header, dirty: BlockSet())
        } else if generation.number == 0 {
            try make(try freshHeader(generation), dirty: BlockSet())
        } else {
            try makeWhole(generation)
        }
    }

    /// An administrator gave the disk another size while nobody had it open. Who does that may have written to it, too,
    /// with a partitioning tool as a rule: all of it is compared, and what is known to have changed is sent.
    private func resize(_ old: SidecarHeader) throws {
        guard old.lineage.state != .overlay else {
            throw Failure(
                .dataCorrupt, "open \(bundle.disk): it has \(geometry.size) bytes, and \(old.disk.size) below the "
                    + "overlay that its machine runs on until commit. Give it that size again")
        }
        guard old.generation.number > 0 else { return try make(try freshHeader(old.generation), dirty: BlockSet()) }
        let file = try files.open(bundle.sidecar, .readWrite)
        defer { file.close() }
        let map = try Sidecar.load(file).map
        var header = old
        header.disk = try disk.base.file.identity()
        header.isClean = false
        header.distrust("the disk was given \(geometry.size) bytes, it had \(old.disk.size)")
        header.lastShipped = []
        header.lineage.size = geometry.size
        try makeTable()
        try make(header, dirty: map.intersection(BlockSet(geometry.blocks)))
    }

    /// The first generation of a disk: nothing of it is known anywhere, so everything is to be sent. The digest
    /// table may start blank, because the map covers every block.
    private func makeWhole(_ generation: Blocks.Generation) throws {
        try makeTable()
        try make(try freshHeader(generation), dirty: BlockSet(geometry.blocks))
    }

    private func freshHeader(_ generation: Blocks.Generation) throws -> SidecarHeader {
        var lineage = LineageRecord(
            diskID: diskIdentity(try DiskID(configuration.id)), size: geometry.size, state: .settled)
        if generation.number > 0 { lineage.begin(generation, at: .origin) }
        return SidecarHeader(disk: try disk.base.file.identity(), generation: generation, lineage: lineage)
    }

    /// Takes over from whoever released the disk: its change map is our seed.
    private func adopt(
        _ record: HandoverRecord, _ generation: Blocks.Generation, overlay: Bool, numbersFrom before: UInt64,
        damage: String?
    ) throws {
        var lineage = record.lineage
        guard lineage.diskID == diskIdentity(try DiskID(configuration.id)) else {
            throw Failure(
                .dataCorrupt, "open \(bundle.path): the hand-over record beside it is of another disk than "
                    + configuration.id)
        }
        let sizeBefore = lineage.size
        lineage.size = geometry.size
        // Lost in use, and its overlay holds what the guest wrote; without one it was merged.
        let isLost = record.lineage.mapQuality == .unknown
        let keepsOverlay = isLost && lineage.state == .overlay && files.exists(bundle.overlayMap)
        let makesOverlay = overlay && !keepsOverlay && !(isLost && lineage.generation == generation)
        if lineage.generation != generation { lineage.begin(generation, at: lineage.position) }
        lineage.state = keepsOverlay || makesOverlay ? .overlay : .settled
        let used = max(lineage.position.number, lineage.mapCoversAhead.number)
        var header = SidecarHeader(
            disk: try disk.base.file.identity(), generation: generation, lineage: lineage,
            nextInterval: max(used + 1, before))
        // Higher than any in which an interval may be under way still.
        header.incarnation = max(header.incarnation, record.incarnation + 1)
        if sizeBefore != geometry.size {
            header.trackingLost = "the disk was given \(geometry.size) bytes, it was handed over with \(sizeBefore)"
        } else if isLost {
            header.trackingLost = "the sidecar was lost while the disk was in use" + (damage.map { ": \($0)" } ?? "")
        } else if record.lineage.mapQuality != .exact {
            header.trackingLost = "the change map handed over is not exact"
        } else if let damage, (record.lineage.generation?.number ?? 0) < generation.number {
            header.trackingLost = "sidecar: \(damage)"
        }
        header.aheadBlocks = UInt64(lineage.mapCoversAhead > lineage.position ? record.changes.count : 0)
        if makesOverlay { try makeOverlay() }
        try make(header, dirty: record.changes.intersection(BlockSet(geometry.blocks)))
    }

    private func make(_ header: SidecarHeader, dirty: BlockSet) throws {
        let path = bundle.sidecar + ".new"
        let file = try files.open(path, .create)
        defer { file.close() }
        _ = try Sidecar.create(file, header: header, dirty: dirty)
        try files.rename(path, to: bundle.sidecar)
        try files.syncDirectory(bundle.path)
    }

    // MARK: the overlay

    private func makeOverlay() throws {
        for path in overlayPaths where files.exists(path) { try setAside(path, as: "older") }
        try OverlayDisk.create(try overlayFiles(.create), over: disk.base).close()
        try files.syncDirectory(bundle.path)
    }

    private func overlayFiles(_ mode: OpenMode) throws -> OverlayDisk.Files {
        OverlayDisk.Files(
            data: try files.open(bundle.overlayData, mode), map: try files.open(bundle.overlayMap, mode),
            journal: try files.open(journalPath, mode))
    }

    private func setAside(_ path: String, as suffix: String) throws {
        var number = 1
        while files.exists("\(path).\(suffix)-\(number)") { number += 1 }
        try files.rename(path, to: "\(path).\(suffix)-\(number)")
        try files.syncDirectory(bundle.path)
    }

    /// After the last block of it is in the disk, durably. Its files close with the last call that is in one of them;
    /// what copies that were left had written goes with it.
    func dropOverlay() throws {
        for name in try files.list(bundle.path).filter(ReplicaDisk.isSetAside) {
            try files.remove("\(bundle.path)/\(name)")
        }
        disk.removeOverlay()
        for path in overlayPaths where files.exists(path) { try files.remove(path) }
    }

    // MARK: left out

    /// What lies beside the disk tells nothing of what is written from now on, so it goes first: one that is replicated
    /// again later is a disk that nobody knows. May be cut off anywhere and called again.
    func leave() throws {
        guard !files.exists(bundle.overlayMap) else {
            throw Failure(
                .operationNotAllowed, "leave disk \(configuration.id) out: its machine runs on an overlay over it "
                    + "until commit")
        }
        let known = [bundle.lineage, bundle.sidecar, digestPath].filter(files.exists)
        guard !known.isEmpty else { return }
        for path in known { try files.remove(path) }
        try files.syncDirectory(bundle.path)
    }

    // MARK: opening for a tracker

    /// Opens overlay, sidecar and digest table, durably raising the incarnation after an unclean end.
    func track(spill: String) throws -> TrackedDiskConfiguration {
        let file = try files.open(bundle.sidecar, .readWrite)
        let sidecar = try Sidecar.load(file).sidecar
        if sidecar.header.lineage.state == .overlay {
            if disk.currentOverlay == nil {
                disk.set(overlay: try OverlayDisk.open(try overlayFiles(.readWrite), over: disk.base))
            }
        } else {
            // A merge that was cut off between its last step and this.
            for path in overlayPaths where files.exists(path) { try files.remove(path) }
        }
        if sidecar.header.generation.number > 0, let fault = try tableFault() {
            // A comparison looks at every block anyway, and fills the new table.
            decayed.withLock { $0.append(fault) }
            try sidecar.distrust(cause: fault)
            try makeTable()
        }
        let opening = try Sidecar.open(file, disk: disk.base.file, content: disk)
        let scratch = try files.open(spill, .create)
        try scratch.truncate(to: 0)
        var digests: DigestTable?
        if files.exists(digestPath) {
            digests = try DigestTable.open(
                try files.open(digestPath, .readWrite), geometry: geometry,
                rehashing: opening.dirty.union(opening.suspects))
        }
        var tracked = TrackedDiskConfiguration(
            backing: disk, diskFile: disk.base.file, opening: opening, digests: digests, spill: scratch)
        tracked.damage = decayed.withLock { $0 } + (disk.currentOverlay?.damage ?? [])
        return tracked
    }

    /// Why there is no digest table that can be used; one that is damaged is set aside.
    private func tableFault() throws -> String? {
        guard files.exists(digestPath) else { return "the digest table is missing" }
        let file = try files.open(digestPath, .readWrite)
        defer { file.close() }
        do {
            _ = try DigestTable.open(file, geometry: geometry, rehashing: BlockSet())
            return nil
        } catch let error as ByteCodingError {
            try setAside(digestPath, as: "damaged")
            return "the digest table was set aside: \(error)"
        }
    }

    private func makeTable() throws {
        let path = digestPath + ".new"
        let file = try files.open(path, .create)
        defer { file.close() }
        _ = try DigestTable.create(file, geometry: geometry)
        try files.rename(path, to: digestPath)
        try files.syncDirectory(bundle.path)
    }

    // MARK: hand-over

    /// After a clean close: writes the hand-over record from the sidecar, durably, so that the next owner needs
    /// nothing of this agent.
    func writeRecord() throws {
        let file = try files.open(bundle.sidecar, .readWrite)
        defer { file.close() }
        let (sidecar, hot, map) = try Sidecar.load(file)
        let header = sidecar.header
        guard header.generation.number > 0 else { return }
        var lineage = header.lineage
        lineage.mapQuality = header.trackingLost.isEmpty ? (hot.isEmpty ? .exact : .suspects) : .unknown
        var suspects = BlockSet()
        for region in hot { suspects.insert(geometry.blocks(ofRegion: region)) }
        let record = HandoverRecord(
            lineage: lineage, changes: map, suspects: suspects.subtracting(map), incarnation: header.incarnation)
        try files.replace(bundle.lineage, with: record.encoded())
    }

    func close() { disk.close() }
}
