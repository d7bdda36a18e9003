import Cryptography
import Environment
import Ledger
import Model

/// The disk that the files machine begins with: an ext4 file system of a seeded tree, made by mkfs.ext4. Blocking: on a
/// lane.
struct FilesImage {
    let machine: String
    let bytes: Int64
    let seed: UInt64
    let files: any FileSystem

    /// Directories that the guest works in.
    static let workDirectories = 8
    private static let workFiles = 4
    /// What the guest's driver knows, and no more.
    private static let features = "none,has_journal,extent,filetype,sparse_super,large_file,extra_isize"
    private static let journalMebibytes = 4
    /// Of the disk, about how much the tree takes: a sixth, as the rest is the guest's.
    private static let part: Int64 = 6

    static func treeBytes(_ diskBytes: Int64) -> Int64 { diskBytes / part }

    /// Makes the disk image at `path`, and beside it `manifest`: a log line `found` for each file.
    func make(_ path: String, manifest: String, scratch: String) throws {
        try files.createDirectory(scratch)
        let disk = try files.open(path, .createNew)
        defer { disk.close() }
        try disk.truncate(to: bytes)
        let lines = try tree(scratch)
        let log = "\(path).log"
        let status = try Tool.run(
            "mkfs.ext4",
            ["-F", "-q", "-b", "4096", "-I", "256", "-m", "0", "-O", Self.features, "-J"]
                + ["size=\(Self.journalMebibytes)", "-L", machine, "-E"]
                + ["lazy_itable_init=0,lazy_journal_init=0,nodiscard,root_owner=0:0", "-d", scratch, path], log: log)
        guard status == 0 else {
            let said = String(decoding: try files.readAll(log), as: UTF8.self).split(separator: "\n").last ?? "nothing"
            throw Failure(.inputOutput, "make the file system of \(machine): mkfs.ext4 ended with \(status): \(said)")
        }
        try files.remove(log)
        try disk.sync()
        try files.replace(manifest, with: Array(lines.map { $0.encode() }.joined().utf8))
    }

    // MARK: The tree

    private func tree(_ root: String) throws -> [LogLine] {
        var random = Seeded(seed)
        var lines: [LogLine] = []
        func add(_ path: String, _ content: [UInt8]) throws {
            try files.createDirectory(files.parent(of: "\(root)\(path)"))
            let file = try files.open("\(root)\(path)", .createNew)
            defer { file.close() }
            try file.write(content, at: 0)
            var line = LogLine(.found, machine: machine, site: "home", generation: 0, microseconds: 0)
            line.kind = .store
            line.path = path
            line.length = Int64(content.count)
            line.sha256 = hexadecimal(SHA256.hash(content))
            lines.append(line)
        }
        try add("/etc/hostname", Array("\(machine)\n".utf8))
        try add("/etc/motd", [])
        for directory in 0..<Self.workDirectories {
            for file in 0..<Self.workFiles {
                try add("/srv/data/\(directory)/file-\(file).bin", noise(random.next(), Int(random.next() % 40_000)))
            }
        }
        let wanted = Self.treeBytes(bytes)
        var total: Int64 = 0
        var number = 0
        while total < wanted {
            let (path, content) =
                switch number % 4 {
                case 0: ("/var/log/app-\(number).log", text(random.next(), Int(random.next() % 400_000)))
                case 1: ("/srv/www/page-\(number).html", text(random.next(), Int(random.next() % 60_000)))
                case 2: ("/srv/media/clip-\(number).bin", noise(random.next(), Int(random.next() % 2_000_000)))
                default: ("/home/user/notes/\(number).txt", text(random.next(), Int(random.next() % 9_000)))
                }
            try add(path, content)
            total += Int64(content.count)
            number += 1
        }
        return lines
    }

    /// Bytes that no compression makes smaller.
    private func noise(_ seed: UInt64, _ count: Int) -> [UInt8] {
        var random = Seeded(seed)
        var content = [UInt8](repeating: 0, count: count)
        content.withUnsafeMutableBytes { bytes in
            for offset in stride(from: 0, to: count - count % 8, by: 8) {
                bytes.storeBytes(of: random.next().littleEndian, toByteOffset: offset, as: UInt64.self)
            }
        }
        return content
    }

    /// Lines of words, most of them repeated: like a log.
    private func text(_ seed: UInt64, _ count: Int) -> [UInt8] {
        var random = Seeded(seed)
        let words = ["GET", "POST", "/index.html", "200", "404", "served", "in", "ms", "user", "session", "end"]
        var lines: [[UInt8]] = []
        for _ in 0..<64 {
            let said = (0..<8).map { _ in words[Int(random.next() % UInt64(words.count))] }.joined(separator: " ")
            lines.append(Array("\(said) \(random.next())\n".utf8))
        }
        var content: [UInt8] = []
        content.reserveCapacity(count + 256)
        while content.count < count { content += lines[Int(random.next() % 64)] }
        return Array(content.prefix(count))
    }
}

extension LabLoop {
    /// The image with a file system, kept as it is at the beginning; the guest's disk is a copy of it.
    func makeFiles(_ machine: LoopMachine, folder: String, kept: String) async throws {
        let files = world.environment.files
        let manifest = "\(layout.images)/\(machine.name).files.jsonl"
        let maker = FilesImage(
            machine: machine.name, bytes: machine.disks[0].bytes, seed: options.seed, files: files)
        let (images, scratch) = (layout.images, "\(layout.images)/tree")
        try await lane.run { [supervisor] in
            for path in [folder, images] { try files.createDirectory(path) }
            defer { try? files.removeTree(scratch) }
            try maker.make(kept, manifest: manifest, scratch: scratch)
            try Images.copy(kept, to: "\(folder)/\(machine.name).raw", files)
            try supervisor.handOver(folder)
        }
        guard let place = report.machines.firstIndex(where: { $0.name == machine.name }) else { return }
        report.machines[place].image = kept
        report.machines[place].manifest = manifest
    }
}
