import Foundation

/// The reference implementation as an outside checker: Debian's protoc.
enum Protoc {
    struct Failure: Error {
        let status: Int32
        let message: String
    }

    private static var protos: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../../Protos")
            .standardizedFileURL.path
    }

    /// Bytes to protobuf's text format.
    static func decode(_ bytes: [UInt8], as message: String, in file: String) throws -> [UInt8] {
        try run(["--decode=\(message)", file], bytes)
    }

    /// Protobuf's text format to bytes, map entries in order of their keys.
    static func encode(_ text: [UInt8], as message: String, in file: String) throws -> [UInt8] {
        try run(["--encode=\(message)", "--deterministic_output", file], text)
    }

    private static func run(_ arguments: [String], _ input: [UInt8]) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["protoc", "-I", protos, "-I", "/usr/include"] + arguments
        // Files, not pipes: nothing can block on a full pipe.
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func open(_ name: String, _ content: [UInt8]) throws -> (URL, FileHandle) {
            let url = folder.appendingPathComponent(name)
            try Data(content).write(to: url)
            return (url, try FileHandle(forUpdating: url))
        }
        let standardInput = try open("in", input)
        let standardOutput = try open("out", [])
        let standardError = try open("err", [])
        process.standardInput = standardInput.1
        process.standardOutput = standardOutput.1
        process.standardError = standardError.1
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let message = String(decoding: try Data(contentsOf: standardError.0), as: UTF8.self)
            throw Failure(status: process.terminationStatus, message: message)
        }
        return [UInt8](try Data(contentsOf: standardOutput.0))
    }
}
