public import Environment
import Synchronization

/// Where the machines of a group tell each other, outside their disks, what was acknowledged: so that a guest can make
/// a write depend on another machine's.
public protocol LedgerBoard: Sendable {
    /// The write was acknowledged and logged. Later ones of the machine take its place.
    func post(_ write: LedgerRecord.Dependency) async throws
    /// Other machines' newest acknowledged writes, ordered by machine.
    func others(than machine: String) async throws -> [LedgerRecord.Dependency]
}

/// The board of machines within one process.
public final class AcknowledgementBoard: LedgerBoard {
    private let newest = Mutex<[String: LedgerRecord.Dependency]>([:])

    public init() {}

    public func post(_ write: LedgerRecord.Dependency) {
        newest.withLock { newest in
            if let known = newest[write.machine],
                (known.generation, known.sequence) >= (write.generation, write.sequence)
            {
                return
            }
            newest[write.machine] = write
        }
    }

    public func others(than machine: String) -> [LedgerRecord.Dependency] {
        newest.withLock { $0.values.filter { $0.machine != machine }.sorted { $0.machine < $1.machine } }
    }
}

/// The board of machines in processes of their own: a directory with one small file for each, which only that machine
/// writes. A post is one write of 58 bytes with a checksum, so a reader sees one post or the other, or nothing.
///
///     20 digits generation, space, 20 digits sequence, space, 15 hexadecimal digits of SHA-256, newline
public actor AcknowledgementDirectory: LedgerBoard {
    private let directory: String
    private let machine: String
    private let files: any FileSystem
    private let lane: any Lane
    private var file: (any File)?
    private var newest: LedgerRecord.Dependency?
    /// What stood there at the first look. It may be from before an older point was chosen, which took it away again:
    /// nothing of this boot depends on it. A post that comes later is of a guest that runs beside this one.
    private var stale: [LedgerRecord.Dependency]?

    /// Machines on one board that are looked at.
    private static let mostMachines = 64

    /// - Parameter machine: the machine whose writes are posted here.
    public init(_ environment: Environment, directory: String, machine: String) {
        self.directory = directory
        self.machine = machine
        files = environment.files
        lane = environment.lanes.lane("ledger.board")
    }

    public func post(_ write: LedgerRecord.Dependency) async throws {
        precondition(write.machine == machine, "a machine posts its own writes")
        if let newest, (newest.generation, newest.sequence) >= (write.generation, write.sequence) { return }
        newest = write
        // Posts run in the order in which they were made, and a lane keeps it.
        let opened = file
        let bytes = Self.encode(write)
        file = try await lane.run { [files, directory, machine] in
            var file = opened
            if file == nil {
                try files.createDirectory(directory)
                file = try files.open("\(directory)/\(machine)", .create)
            }
            try file?.write(bytes, at: 0)
            return file
        }
    }

    public func others(than machine: String) async throws -> [LedgerRecord.Dependency] {
        let found = try await lane.run { [files, directory] in
            guard files.exists(directory) else { return [] as [LedgerRecord.Dependency] }
            var found: [LedgerRecord.Dependency] = []
            for name in try files.list(directory).prefix(Self.mostMachines) where name != machine {
                guard let bytes = try? files.readAll("\(directory)/\(name)") else { continue }
                if let write = Self.decode(bytes, of: name) { found.append(write) }
            }
            return found
        }
        guard let stale else {
            stale = found
            return []
        }
        return found.filter { !stale.contains($0) }
    }

    private static func encode(_ write: LedgerRecord.Dependency) -> [UInt8] {
        let text = "\(digits(write.generation)) \(digits(write.sequence)) "
        return Array("\(text)\(checksum(text))\n".utf8)
    }

    private static func decode(_ bytes: [UInt8], of machine: String) -> LedgerRecord.Dependency? {
        let parts = String(decoding: bytes, as: UTF8.self).split(whereSeparator: { $0 == " " || $0 == "\n" })
        guard parts.count == 3, let generation = UInt64(parts[0]), let sequence = UInt64(parts[1]),
            checksum("\(parts[0]) \(parts[1]) ") == parts[2]
        else { return nil }
        return LedgerRecord.Dependency(machine: machine, generation: generation, sequence: sequence)
    }

    private static func digits(_ number: UInt64) -> String {
        let text = String(number)
        return String(repeating: "0", count: 20 - text.count) + text
    }

    private static func checksum(_ text: String) -> String { String(sha256Hex(Array(text.utf8)).prefix(15)) }
}
