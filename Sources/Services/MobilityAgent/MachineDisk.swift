import Blocks
import Environment
import Synchronization
import Tracking

/// A disk as the tracking sees it: the disk's file, under an overlay until commit. The overlay goes away while the
/// machine runs; then no guest operation is under way.
final class MachineDisk: BackingDisk {
    let base: FileDisk
    private let overlay: Mutex<OverlayDisk?>

    init(_ base: FileDisk, overlay: OverlayDisk?) {
        self.base = base
        self.overlay = Mutex(overlay)
    }

    var geometry: DiskGeometry { base.geometry }
    var currentOverlay: OverlayDisk? { overlay.withLock { $0 } }
    private var current: any BackingDisk { currentOverlay ?? base }

    func set(overlay: OverlayDisk) { self.overlay.withLock { $0 = overlay } }

    /// What was under way reads on from the overlay, which holds nothing any more.
    func removeOverlay() { overlay.withLock { $0 = nil } }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileError) {
        try current.read(into: buffer, at: offset)
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FileError) {
        try current.write(bytes, at: offset)
    }

    func punch(at offset: Int64, count: Int64) throws(FileError) { try current.punch(at: offset, count: count) }
    func sync() throws(FileError) { try current.sync() }

    func list(at offset: Int64, count: Int64, in extents: inout ExtentList) throws(FileError) -> Bool {
        try current.list(at: offset, count: count, in: &extents)
    }

    func close() {
        currentOverlay?.close()
        base.file.close()
    }
}
