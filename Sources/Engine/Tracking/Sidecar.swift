public import Blocks
public import Environment
internal import Synchronization

/// The file beside a disk that remembers what changed: a header in two slots, the hot bitmap (one bit per
/// region) and the change map (one bit per block). Its size is fixed when it is made, so that it can never
/// run out of space. Calls block; one lane makes them.
public final class Sidecar: Sendable {
    static let hotMagic: UInt32 = 0x544f_4857  // "WHOT"
    static let mapMagic: UInt32 = 0x5041_4d57  // "WMAP"
    /// Pages to be written: bits as they were when the batch was formed.
    struct Batch: Sendable {
        var hot: [(page: Int, bits: [UInt64])] = []
        var map: [(page: Int, bits: [UInt64])] = []

        var isEmpty: Bool { hot.isEmpty && map.isEmpty }
    }

    private struct State: Sendable {
        var header: SidecarHeader
        var sequence: UInt64
        var hot: SlottedBitmap
        var map: SlottedBitmap
    }

    public let geometry: DiskGeometry
    /// What had decayed and could be told as it was, for people.
    public let damage: [String]
    private let file: any File
    private let state: Mutex<State>

    private init(
        _ file: any File, _ geometry: DiskGeometry, _ state: sending State, damage: [String] = []
    ) {
        self.file = file
        self.geometry = geometry
        self.state = Mutex(state)
        self.damage = damage
    }

    public var header: SidecarHeader { state.withLock { $0.header } }

    public static func byteCount(_ geometry: DiskGeometry) -> Int64 {
        Int64(2 * SidecarHeader.slotSize) + SlottedBitmap.byteCount(bits: geometry.regionCount)
            + SlottedBitmap.byteCount(bits: geometry.blockCount)
    }

    /// Makes a sidecar with these blocks dirty (the whole disk for a first copy; the seed of a move; none).
    /// Durable on return, apart from the file's name.
    public static func create(_ file: any File, header: SidecarHeader, dirty: BlockSet) throws -> Sidecar {
        let geometry = DiskGeometry(size: header.disk.size)
        try file.truncate(to: 0)
        try file.writeZeros(from: 0, to: byteCount(geometry))
        try file.sync()
        let sidecar = Sidecar(file, geometry, empty(header, geometry))
        var batch = Batch()
        for page in 0..<SlottedBitmap.pageCount(bits: geometry.blockCount) {
            let bits = SlottedBitmap.payload(of: page, in: dirty)
            if bits.contains(where: { $0 != 0 }) { batch.map.append((page, bits)) }
        }
        try sidecar.commit(batch)
        try sidecar.commit { $0 = header }
        return sidecar
    }

    /// Reads a sidecar. Throws `ByteCodingError` where it is damaged; nothing is changed or repaired.
    public static func load(_ file: any File) throws -> (sidecar: Sidecar, hot: BlockSet, map: BlockSet) {
        var best: (header: SidecarHeader, sequence: UInt64)?
        var failure: (any Error)?
        var damage: [String] = []
        for slot in 0..<2 {
            do {
                let found = try readHeader(file, slot, &damage)
                guard found.sequence % 2 == UInt64(slot) else { throw ByteCodingError(.value, "sidecar slot") }
                if best.map({ found.sequence > $0.sequence }) ?? true { best = found }
            } catch { failure = error }
        }
        guard let best else { throw failure ?? ByteCodingError(.magic, "sidecar") }
        let geometry = DiskGeometry(size: best.header.disk.size)
        guard try file.size() == byteCount(geometry) else { throw ByteCodingError(.truncated, "sidecar size") }
        var state = empty(best.header, geometry)
        state.sequence = best.sequence
        let hot = try state.hot.load(from: file, damage: &damage)
        let map = try state.map.load(from: file, damage: &damage)
        // Slots that were written but not synced before a kill are made durable before they are built upon.
        try file.sync()
        return (Sidecar(file, geometry, state, damage: damage), hot, map)
    }

    private static func readHeader(
        _ file: any File, _ slot: Int, _ damage: inout [String]
    ) throws -> (header: SidecarHeader, sequence: UInt64) {
        let bytes = try file.read(SidecarHeader.slotSize, at: Int64(slot * SidecarHeader.slotSize))
        do { return try SidecarHeader.decode(bytes) } catch {
            guard let whole = SidecarHeader.repaired(bytes) else { throw error }
            damage.append("a bit of header \(slot)")
            return try SidecarHeader.decode(whole)
        }
    }

    private static func empty(_ header: SidecarHeader, _ geometry: DiskGeometry) -> State {
        let hotBase = Int64(2 * SidecarHeader.slotSize)
        let mapBase = hotBase + SlottedBitmap.byteCount(bits: geometry.regionCount)
        return State(
            header: header, sequence: 0,
            hot: SlottedBitmap(magic: hotMagic, base: hotBase, bits: geometry.regionCount),
            map: SlottedBitmap(magic: mapMagic, base: mapBase, bits: geometry.blockCount))
    }

    /// Writes pages and syncs: durable on return.
    func commit(_ batch: Batch) throws {
        try state.withLock { state in
            for (page, bits) in batch.hot { try state.hot.write(page, bits, to: file) }
            for (page, bits) in batch.map { try state.map.write(page, bits, to: file) }
            try file.sync()
            state.hot.didSync()
            state.map.didSync()
        }
    }

    /// Changes the header durably; after a failure the old or the new one holds.
    func commit(_ change: (inout SidecarHeader) -> Void) throws {
        try state.withLock { state in
            var header = state.header
            change(&header)
            let sequence = state.sequence + 1
            try file.write(
                header.encoded(sequence: sequence), at: Int64(sequence % 2) * Int64(SidecarHeader.slotSize))
            try file.sync()
            state.hot.didSync()
            state.map.didSync()
            state.header = header
            state.sequence = sequence
        }
    }

    public func close() { file.close() }
}

extension File {
    /// Zeros that take space, in pieces of 1 MiB.
    func writeZeros(from start: Int64, to end: Int64) throws(FileError) {
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        var offset = start
        while offset < end {
            let piece = Int(min(Int64(zeros.count), end - offset))
            try write(piece == zeros.count ? zeros : Array(zeros[..<piece]), at: offset)
            offset += Int64(piece)
        }
    }
}
