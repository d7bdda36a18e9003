public import Blocks
public import Environment

/// What a sidecar says when its disk is opened.
public struct SidecarOpening: Sendable {
    public enum Finding: Hashable, Sendable {
        case clean
        /// The last owner ended without closing: hot regions are suspect.
        case unclean
        /// The change map does not help: every block is to be compared.
        case compare(CompareCause)
    }

    public enum CompareCause: Hashable, Sendable {
        /// Another file, or the same after somebody else wrote to it.
        case foreign(String)
        /// The target is ahead of what this sidecar ever reserved.
        case old
        case trackingLost(String)
    }

    public let sidecar: Sidecar
    public let finding: Finding
    public let dirty: BlockSet
    /// Blocks that may differ from the target without being in the map.
    public let suspects: BlockSet
    /// Hot regions as stored.
    public let hot: BlockSet
}

extension Sidecar {
    /// Opens the sidecar of a disk for a new owner, durably: a clean mark is removed, an unclean end raises
    /// the incarnation, and a disk that must be compared as a whole is marked so until that is done.
    ///
    /// - Parameters:
    ///   - disk: the disk's file, to be recognised by device, inode, birth time and size.
    ///   - content: the disk as its guest sees it, for the digests of what was last shipped.
    ///   - targetPosition: what the target answered, if known already: a position or an incarnation beyond
    ///     this sidecar's own means that disk and sidecar were restored from a backup.
    /// - Throws: `ByteCodingError` for a damaged sidecar. Nothing is repaired: the caller sets the file aside
    ///   and makes a new one with `trackingLost` in its header, which leads to a comparison.
    public static func open(
        _ file: any File, disk: any File, content: any BackingDisk, targetPosition: PointID? = nil,
        targetIncarnation: UInt64 = 0
    ) throws -> SidecarOpening {
        let (sidecar, hot, map) = try load(file)
        let header = sidecar.header
        var cause = try foreignCause(header, disk: disk, content: content, hot: hot, map: map)
        // A comparison that was under way goes on where it was, unless there is something new to doubt.
        var isNew = cause != nil
        if !header.trackingLost.isEmpty, !isNew || !header.isComparedByRequest {
            cause = .trackingLost(header.trackingLost)
        }
        let isOld = targetPosition.map { $0.number >= header.nextInterval } ?? false
        if isOld || targetIncarnation > header.incarnation { (cause, isNew) = (.old, true) }
        try sidecar.commit { header in
            if !header.isClean { header.incarnation += 1 }
            header.incarnation = max(header.incarnation, targetIncarnation + (cause == .old ? 1 : 0))
            if let position = targetPosition { header.nextInterval = max(header.nextInterval, position.number + 1) }
            header.isClean = false
            if isNew, let cause { header.distrust("\(cause)") }
        }
        let geometry = sidecar.geometry
        var suspects = BlockSet()
        for region in hot { suspects.insert(geometry.blocks(ofRegion: region)) }
        if cause != nil {
            let compared = min(Int(clamping: sidecar.header.comparedThrough), geometry.blockCount)
            suspects.insert(compared..<geometry.blockCount)
        }
        suspects.subtract(map)
        let finding: SidecarOpening.Finding = cause.map { .compare($0) } ?? (header.isClean ? .clean : .unclean)
        return SidecarOpening(sidecar: sidecar, finding: finding, dirty: map, suspects: suspects, hot: hot)
    }

    private static func foreignCause(
        _ header: SidecarHeader, disk: any File, content: any BackingDisk, hot: BlockSet, map: BlockSet
    ) throws -> SidecarOpening.CompareCause? {
        let identity = try disk.identity()
        if identity.size != header.disk.size { return .foreign("size \(identity.size), not \(header.disk.size)") }
        if identity.device != header.disk.device || identity.inode != header.disk.inode {
            return .foreign("another device or inode")
        }
        if identity.birthTime != header.disk.birthTime { return .foreign("another birth time") }
        if header.isClean, identity.changeTime != header.cleanChangeTime {
            return .foreign("changed since its clean end")
        }
        let geometry = DiskGeometry(size: header.disk.size)
        for shipped in header.lastShipped where geometry.blocks.contains(shipped.block) {
            if map.contains(shipped.block) || hot.contains(shipped.block / blocksPerRegion) { continue }
            let count = geometry.byteCount(of: shipped.block)
            let bytes = try content.read(count, at: geometry.offset(of: shipped.block))
            if BlockDigest(bytes, at: shipped.block) != shipped.digest {
                return .foreign("block \(shipped.block) does not hold what was shipped last")
            }
        }
        return nil
    }
}
