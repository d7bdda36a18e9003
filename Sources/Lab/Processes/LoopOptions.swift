import Blocks
import Cryptography
public import Environment
import Ledger
public import Model

/// How large a lab's machines are and how long guests write between operations.
public enum LabProfile: String, CaseIterable, Sendable {
    case small, full

    /// Of the files machine.
    var fileSystemBytes: Int64 { self == .small ? 64 << 20 : 512 << 20 }
    var diskBytes: [Int64] { self == .small ? [16 << 20, 32 << 20] : [256 << 20, 512 << 20] }
    /// Guests write for so long before each operation that moves a machine.
    var writing: Duration { self == .small ? .seconds(2) : .seconds(8) }
    /// Writes a second of each ledger. Those of small machines leave two cores to several labs side by side.
    var ledgerRate: UInt32 { self == .small ? 50 : 150 }
}

/// What one run of the loop does; checked before anything is created.
public struct LoopOptions: Sendable {
    public let profile: LabProfile
    public let scenario: LoopScenario
    public let seed: UInt64
    public let kills: [PlannedKill]
    let machines: [LoopMachine]
    /// The machines of the group are operated as one.
    let isGrouped: Bool
    /// The user's script, already read and checked.
    let writes: [UInt8]?

    /// The smallest and the largest image taken, and the sector an image is whole in.
    private static let imageBytes: ClosedRange<Int64> = 8 << 20...4 << 30
    private static let sector: Int64 = 512

    public init(
        machines: [String], group: Bool = true, profile: LabProfile, scenario: LoopScenario = .loop, image: String?,
        writes: String?, kills: [String] = [], seed: UInt64, files: any FileSystem
    ) throws(Failure) {
        self.profile = profile
        self.scenario = scenario
        isGrouped = group
        self.seed = seed
        self.kills = try PlannedKill.list(kills)
        var chosen: [LoopMachine] = []
        for name in machines {
            guard ["web-01", "app-01", "db-01"].contains(name) else {
                throw Failure(
                    .invalidArgument, "read --machines: there is no machine \"\(name)\"; name some of web-01, app-01, "
                        + "db-01 (user-01 comes with --image)")
            }
            guard !chosen.contains(where: { $0.name == name }) else {
                throw Failure(.invalidArgument, "read --machines: \(name) is there twice; name each machine once")
            }
            if name == "web-01" {
                chosen.append(.files(name, profile.fileSystemBytes))
                for tool in ["mkfs.ext4", "e2fsck", "debugfs"] { _ = try Tool.find(tool) }
            } else {
                chosen.append(.ledger(name, profile.diskBytes))
            }
        }
        guard writes == nil || image != nil else {
            throw Failure(.invalidArgument, "read --writes: the writes are for the image; give --image too")
        }
        var script: [UInt8]?
        if let image {
            let bytes = try Self.imageSize(image, files)
            chosen.append(.user(image, bytes))
            if let writes { script = try Self.readScript(writes, bytes, files) }
        }
        guard !chosen.isEmpty else { throw Failure(.invalidArgument, "read --machines: name at least one") }
        self.machines = chosen
        self.writes = script
    }

    /// Bytes of a user's raw image; refuses what cannot be a disk here.
    static func imageSize(_ path: String, _ files: any FileSystem) throws(Failure) -> Int64 {
        let size: Int64
        do {
            let file = try files.open(path, .read)
            defer { file.close() }
            size = try file.size()
            // A directory has a size, and cannot be read.
            _ = try file.read(Int(min(size, sector)), at: 0)
        } catch {
            let what = error.code == .notFound ? "there is no file \(path)" : "\(error)"
            throw Failure(.invalidArgument, "read the image: \(what); name a raw disk image")
        }
        guard size % sector == 0 else {
            throw Failure(
                .invalidArgument, "read the image \(path): its \(size) bytes are no multiple of 512; pad it, for "
                    + "example with `truncate -s %512 \(path)`")
        }
        guard imageBytes.contains(size) else {
            throw Failure(.invalidArgument, "read the image \(path): it has \(size) bytes, not 8 MiB to 4 GiB")
        }
        return size
    }

    private static func readScript(
        _ path: String, _ diskBytes: Int64, _ files: any FileSystem
    ) throws(Failure) -> [UInt8] {
        do {
            let text = try files.readAll(path)
            _ = try WritesFile.parse(text, diskSizes: [diskBytes])
            return text
        } catch let error as LedgerFileError {
            throw Failure(.invalidArgument, "read the writes \(path): \(error)")
        } catch {
            let what = (error as? FileError)?.code == .notFound ? "there is no file \(path)" : "\(error)"
            throw Failure(.invalidArgument, "read the writes: \(what); name a file of JSON lines")
        }
    }
}

/// A machine of the loop.
struct LoopMachine: Sendable {
    struct Disk: Sendable {
        let id: String
        let index: Int
        let bytes: Int64
    }

    let name: String
    let disks: [Disk]
    /// Its disk begins with a file system, and its guest works on the files in it.
    var hasFiles = false
    /// The user's raw image; nil for blank disks with a ledger.
    let image: String?
    /// As the report names it.
    var guest: String { hasFiles ? "files" : image == nil ? "ledger" : "script" }
    /// As the vault names the copy in the cloud.
    var cloudName: String { "\(name)-cloud" }

    static func ledger(_ name: String, _ sizes: [Int64]) -> LoopMachine {
        LoopMachine(
            name: name,
            disks: sizes.enumerated().map { Disk(id: "\(name)-disk-\($0)", index: $0, bytes: $1) }, image: nil)
    }

    static func files(_ name: String, _ bytes: Int64) -> LoopMachine {
        LoopMachine(name: name, disks: [Disk(id: "\(name)-disk-0", index: 0, bytes: bytes)], hasFiles: true, image: nil)
    }

    static func user(_ image: String, _ bytes: Int64, name: String = "user-01") -> LoopMachine {
        LoopMachine(name: name, disks: [Disk(id: "\(name)-disk-0", index: 0, bytes: bytes)], image: image)
    }
}

/// Copies and digests of whole disks, read in pieces. Blocking: on a lane.
enum Images {
    private static let piece: Int64 = 1 << 20

    /// Zeroes are left out: the copy is sparse. Durable on return; the SHA-256 of the whole content.
    @discardableResult
    static func copy(_ from: String, to: String, _ files: any FileSystem) throws -> String {
        let target = try files.open(to, .createNew)
        defer { target.close() }
        return try digest(from, files) { bytes, offset, size in
            if offset == 0 { try target.truncate(to: size) }
            if !isZero(bytes) { try target.write(bytes, at: offset) }
            if offset + Int64(bytes.count) == size { try target.sync() }
        }
    }

    static func digest(
        _ path: String, _ files: any FileSystem,
        each: (_ bytes: [UInt8], _ offset: Int64, _ size: Int64) throws -> Void = { _, _, _ in }
    ) throws -> String {
        let file = try files.open(path, .read)
        defer { file.close() }
        let size = try file.size()
        var hash = SHA256()
        var offset: Int64 = 0
        while offset < size {
            let bytes = try file.read(Int(min(piece, size - offset)), at: offset)
            hash.update(bytes)
            try each(bytes, offset, size)
            offset += Int64(bytes.count)
        }
        return hexadecimal(hash.finish())
    }
}
