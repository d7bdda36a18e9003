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

    /// Of a replica with some hundred points.
    private static let usualSize = 64 << 10
    /// Fills a slot before its first value.
    private static let unwritten: UInt8 = 0xFF
    /// A longer value is not searched for the bit that decayed in it.
    private static let longestRepaired: UInt64 = 8 << 10

    private let slots: [any File]
    private var sequence: UInt64
    /// What was found bad when it was opened, for people; nil for nothing.
    let damage: String?

    private init(slots: [any File], sequence: UInt64, damage: String? = nil) {
        self.slots = slots
        self.sequence = sequence
        self.damage = damage
    }

    static func path(_ directory: String, _ slot: Int) -> String { directory + "/metadata-\(slot)" }

    /// nil if there is no store. What a kill left in memory alone is durable on return, before anything is built on it.
    static func open(_ directory: String, _ files: any FileSystem) throws -> (store: SlotStore, value: [UInt8])? {
        guard files.exists(path(directory, 0)), files.exists(path(directory, 1)) else { return nil }
        let slots = try (0...1).map { try files.open(path(directory, $0), .readWrite) }
        for slot in slots { try slot.sync() }
        var best: (sequence: UInt64, value: [UInt8])?
        var damage: [String] = []
        for (index, slot) in slots.enumerated() {
            guard let found = try readOrRepair(slot, path(directory, index), &damage) else { continue }
            if best.map({ $0.sequence < found.sequence }) ?? true { best = found }
        }
        guard let best else {
            if try slots.allSatisfy(isUnwritten) { return nil }
            throw ReplicaError(.corrupt, "both metadata slots in \(directory) are bad")
        }
        let said = damage.isEmpty ? nil : damage.joined(separator: "; ")
        return (SlotStore(slots: slots, sequence: best.sequence, damage: said), best.value)
    }

    /// Makes the store with its first value, durably; replaces one that is there.
    static func create(_ directory: String, _ files: any FileSystem, _ value: [UInt8]) throws -> SlotStore {
        var sequence: UInt64 = 0
        if let old = try open(directory, files) {
            sequence = old.store.sequence
            old.store.close()
        }
        let slots = try (0...1).map { try files.open(path(directory, $0), .create) }
        // What is there already is overwritten in place, also where a volume has no space for anything else.
        let room = [UInt8](repeating: unwritten, count: usualSize)
        for slot in slots where try slot.size() == 0 { try slot.write(room, at: 0) }
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

    /// Whether its files are still those under their names: what is written to others nobody finds again.
    func isInPlace(_ directory: String, _ files: any FileSystem) throws -> Bool {
        for (index, slot) in slots.enumerated() where try !slot.isFile(at: Self.path(directory, index), files) {
            return false
        }
        return true
    }

    /// A slot that is bad decayed, or a power loss tore it before its value counted: a bit that decayed is told as it
    /// was, and from anything else the value before it is gone on with.
    private static func readOrRepair(
        _ slot: any File, _ path: String, _ damage: inout [String]
    ) throws -> (sequence: UInt64, value: [UInt8])? {
        let size = try slot.size()
        guard size > 0, size <= Int64(headerSize + largestValue) else { return nil }
        let bytes = try slot.read(Int(size), at: 0)
        if let found = decode(bytes) { return found }
        if isUnwritten(bytes) { return nil }
        if let whole = repaired(bytes) {
            damage.append("\(path): a bit had decayed")
            return decode(whole)
        }
        damage.append("\(path) is damaged or half written; what it held before counts")
        return nil
    }

    private static func isUnwritten(_ slot: any File) throws -> Bool {
        isUnwritten(try slot.read(Int(min(try slot.size(), Int64(headerSize))), at: 0))
    }

    /// Also of a filler of which a power loss left zeros.
    private static func isUnwritten(_ bytes: [UInt8]) -> Bool {
        bytes.prefix(headerSize).allSatisfy { $0 == unwritten || $0 == 0 }
    }

    private static func repaired(_ bytes: [UInt8]) -> [UInt8]? {
        if let whole = BitRepair.fields(bytes, count: headerSize, { decode($0) != nil }) { return whole }
        var reader = ByteReader(bytes)
        guard (try? reader.read(UInt64.self)) == magic, let sequence = try? reader.read(UInt64.self),
            let count = try? reader.read(UInt64.self), let sum = try? reader.read(UInt64.self),
            count <= min(UInt64(bytes.count - headerSize), longestRepaired)
        else { return nil }
        let value = headerSize..<(headerSize + Int(count))
        return BitRepair.body(bytes, value, sum: sum, seed: seed(sequence, value.count))
    }

    private static func decode(_ bytes: [UInt8]) -> (sequence: UInt64, value: [UInt8])? {
        var reader = ByteReader(bytes)
        guard (try? reader.read(UInt64.self)) == magic, let sequence = try? reader.read(UInt64.self),
            let count = try? reader.read(UInt64.self), let checksum = try? reader.read(UInt64.self),
            count <= UInt64(bytes.count - headerSize)
        else { return nil }
        let value = bytes[headerSize..<(headerSize + Int(count))]
        guard checksum64(value, seed: seed(sequence, value.count)) == checksum else { return nil }
        return (sequence, Array(value))
    }

    private static func seed(_ sequence: UInt64, _ count: Int) -> UInt64 {
        magic ^ sequence &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(count) << 32
    }
}

extension FileSystem {
    /// Whether a disk is there. Whatever else keeps it from being seen is thrown, and no word that it is gone: a volume
    /// that is not mounted has no directory of its owner either.
    func holds(_ disk: String) throws -> Bool {
        guard let file = try found(disk) else {
            try requireOwner(of: disk)
            return false
        }
        file.close()
        return true
    }

    func found(_ path: String) throws(FileError) -> (any File)? {
        do { return try open(path, .read) } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
    }

    /// The directory of whom the disk belongs to: `OWNER/DISK/disk.raw`.
    func requireOwner(of disk: String) throws {
        let owner = parent(of: parent(of: disk))
        guard exists(owner) else { throw FileError(.input, "find the datastore's directory", owner) }
    }
}

extension File {
    /// Whether this is the file that the path names.
    func isFile(at path: String, _ files: any FileSystem) throws -> Bool {
        guard let there = try files.found(path) else { return false }
        defer { there.close() }
        let (ours, theirs) = (try identity(), try there.identity())
        return ours.device == theirs.device && ours.inode == theirs.inode
    }
}
