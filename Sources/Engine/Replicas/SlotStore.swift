internal import Blocks
internal import Environment

/// A small value that is replaced atomically: two files, each with a sequence number and a checksum over all
/// of it. A new value goes over the older one and is synced; the newest whole one counts. A slot is
/// overwritten only while the other one is whole and synced.
final class SlotStore {
    private static let magic: UInt64 = 0x3154_4f4c_5357_4848
    private static let headerSize = 32
    /// A value larger than this is a bug in a bound elsewhere.
    static let largestValue = 64 << 20

    private let slots: [any File]
    private var sequence: UInt64

    private init(slots: [any File], sequence: UInt64) {
        self.slots = slots
        self.sequence = sequence
    }

    static func path(_ directory: String, _ slot: Int) -> String { directory + "/metadata-\(slot)" }

    /// nil if there is no store.
    static func open(_ directory: String, _ files: any FileSystem) throws -> (store: SlotStore, value: [UInt8])? {
        guard files.exists(path(directory, 0)), files.exists(path(directory, 1)) else { return nil }
        let slots = try (0...1).map { try files.open(path(directory, $0), .readWrite) }
        var best: (sequence: UInt64, value: [UInt8])?
        for slot in slots {
            guard let found = try read(slot) else { continue }
            if best.map({ $0.sequence < found.sequence }) ?? true { best = found }
        }
        guard let best else {
            if try slots.allSatisfy({ try $0.size() == 0 }) { return nil }
            throw ReplicaError(.corrupt, "both metadata slots in \(directory) are bad")
        }
        return (SlotStore(slots: slots, sequence: best.sequence), best.value)
    }

    /// Makes the store with its first value, durably; replaces one that is there.
    static func create(_ directory: String, _ files: any FileSystem, _ value: [UInt8]) throws -> SlotStore {
        var sequence: UInt64 = 0
        if let old = try open(directory, files) {
            sequence = old.store.sequence
            old.store.close()
        }
        let slots = try (0...1).map { try files.open(path(directory, $0), .create) }
        try files.syncDirectory(directory)
        let store = SlotStore(slots: slots, sequence: sequence)
        try store.replace(value)
        return store
    }

    func replace(_ value: [UInt8]) throws {
        precondition(value.count <= Self.largestValue)
        let next = sequence + 1
        var writer = ByteWriter()
        writer.write(Self.magic)
        writer.write(next)
        writer.write(UInt64(value.count))
        writer.write(checksum64(value, seed: Self.seed(next, value.count)))
        writer.write(raw: value)
        let slot = slots[Int(next % 2)]
        try slot.write(writer.bytes, at: 0)
        try slot.sync()
        sequence = next
    }

    func close() { for slot in slots { slot.close() } }

    private static func read(_ slot: any File) throws -> (sequence: UInt64, value: [UInt8])? {
        let size = try slot.size()
        guard size >= Int64(headerSize) else { return nil }
        var reader = ByteReader(try slot.read(headerSize, at: 0))
        guard try reader.read(UInt64.self) == magic else { return nil }
        let sequence = try reader.read(UInt64.self)
        let count = try reader.read(UInt64.self)
        let checksum = try reader.read(UInt64.self)
        guard count <= UInt64(size - Int64(headerSize)), count <= UInt64(largestValue) else { return nil }
        let value = try slot.read(Int(count), at: Int64(headerSize))
        guard checksum64(value, seed: seed(sequence, value.count)) == checksum else { return nil }
        return (sequence, value)
    }

    private static func seed(_ sequence: UInt64, _ count: Int) -> UInt64 {
        magic ^ sequence &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(count) << 32
    }
}
