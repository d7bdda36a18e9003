import Foundation
import Ledger
import Testing

/// A disk in memory that remembers every write and flush, so that it can be seen as it was after any of them.
actor RecordedDisk: LedgerDisk {
    enum Event: Sendable {
        case write(Int64, [UInt8])
        case flush
    }

    nonisolated let size: Int64
    private(set) var events: [Event] = []
    private(set) var content: [UInt8]

    init(_ content: [UInt8]) {
        self.content = content
        size = Int64(content.count)
    }

    func read(offset: Int64, count: Int) -> [UInt8] { Array(content[Int(offset)..<Int(offset) + count]) }

    func write(_ bytes: [UInt8], at offset: Int64) {
        events.append(.write(offset, bytes))
        content.replaceSubrange(Int(offset)..<Int(offset) + bytes.count, with: bytes)
    }

    func writeZeroes(offset: Int64, count: Int64) { write([UInt8](repeating: 0, count: Int(count)), at: offset) }
    func trim(offset: Int64, count: Int64) {}
    func flush() { events.append(.flush) }
}

/// A small file system made by mke2fs, with one file in `/data`.
func freshImage(megabytes: Int = 16) throws -> [UInt8] {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(atPath: "\(folder)/tree/data", withIntermediateDirectories: true)
    try Data("the first\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/tree/data/first.txt"))
    let image = "\(folder)/image"
    try Data().write(to: URL(fileURLWithPath: image))
    try #require(truncate(image, off_t(megabytes << 20)) == 0)
    let made = try tool(
        "mkfs.ext4",
        ["-F", "-q", "-b", "4096", "-I", "256", "-N", "256", "-J", "size=4", "-O"]
            + ["none,has_journal,extent,filetype,sparse_super,large_file,extra_isize", "-d", "\(folder)/tree", image])
    try #require(made.status == 0, "\(made.output)")
    return Array(try Data(contentsOf: URL(fileURLWithPath: image)))
}

/// What e2fsck finds without repairing anything.
func check(_ content: [UInt8], repairingJournal: Bool = false) throws -> (status: Int32, output: String) {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try Data(content).write(to: URL(fileURLWithPath: "\(folder)/image"))
    if repairingJournal { _ = try tool("e2fsck", ["-p", "\(folder)/image"]) }
    return try tool("e2fsck", ["-fn", "\(folder)/image"])
}

private func temporaryFolder() throws -> String {
    let folder = "\(NSTemporaryDirectory())/ext4-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    return folder
}

private func tool(_ name: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/sbin/\(name)")
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
}
