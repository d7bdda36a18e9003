import Foundation

/// The part of google/protobuf/descriptor.proto that the rules look at, read from `protoc --descriptor_set_out`.
struct ProtoFile {
    var name = ""
    var package = ""
    var messages: [ProtoMessage] = []
    var enums: [ProtoEnum] = []
    var services: [ProtoService] = []
    /// Paths (see SourceCodeInfo.Location.path) that have a comment before or behind them.
    var commented: Set<[Int]> = []
}

struct ProtoMessage {
    var name = ""
    var path: [Int] = []
    var fields: [ProtoField] = []
    var messages: [ProtoMessage] = []
    var enums: [ProtoEnum] = []
    var isMapEntry = false
}

struct ProtoField {
    var name = ""
    var path: [Int] = []
    var type = 0
    var typeName = ""
    var isProto3Optional = false
}

struct ProtoEnum {
    var name = ""
    var path: [Int] = []
    var values: [(name: String, number: Int, path: [Int])] = []
}

struct ProtoService {
    var name = ""
    var path: [Int] = []
    var methods: [ProtoMethod] = []
}

struct ProtoMethod {
    var name = ""
    var input = ""
    var output = ""
    var path: [Int] = []
    /// NO_SIDE_EFFECTS as its `idempotency_level`.
    var onlyReads = false
    /// IDEMPOTENT as that.
    var isIdempotent = false
}

/// Runs protoc over .proto files and reads what it found.
func protoFiles(_ names: [String], below folder: URL) throws -> [ProtoFile] {
    struct ProtocFailed: Error { let message: String }
    let output = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).pb")
    defer { try? FileManager.default.removeItem(at: output) }
    let process = Process()
    let errors = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
        ["protoc", "-I", folder.path, "-I", "/usr/include", "--include_source_info"]
        + ["--descriptor_set_out=\(output.path)"] + names
    process.standardError = errors
    try process.run()
    let message = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
        throw ProtocFailed(message: String(decoding: message, as: UTF8.self))
    }
    return try Wire([UInt8](Data(contentsOf: output))).messages(1).map(file)
}

private func file(_ wire: Wire) throws -> ProtoFile {
    ProtoFile(
        name: wire.text(1), package: wire.text(2),
        messages: try wire.messages(4).enumerated().map { try message($1, [4, $0]) },
        enums: try wire.messages(5).enumerated().map { try enumeration($1, [5, $0]) },
        services: try wire.messages(6).enumerated().map { try service($1, [6, $0]) },
        commented: Set(
            try wire.messages(9).flatMap { try $0.messages(1) }
                .filter { !($0.text(3) + $0.text(4)).isEmpty }.map { try $0.packed(1) }))
}

private func message(_ wire: Wire, _ path: [Int]) throws -> ProtoMessage {
    ProtoMessage(
        name: wire.text(1), path: path,
        fields: try wire.messages(2).enumerated().map { index, field in
            ProtoField(
                name: field.text(1), path: path + [2, index], type: field.number(5), typeName: field.text(6),
                isProto3Optional: field.number(17) != 0)
        },
        messages: try wire.messages(3).enumerated().map { try message($1, path + [3, $0]) },
        enums: try wire.messages(4).enumerated().map { try enumeration($1, path + [4, $0]) },
        isMapEntry: try wire.messages(7).contains { $0.number(7) != 0 })
}

private func enumeration(_ wire: Wire, _ path: [Int]) throws -> ProtoEnum {
    ProtoEnum(
        name: wire.text(1), path: path,
        values: try wire.messages(2).enumerated().map { ($1.text(1), $1.number(2), path + [2, $0]) })
}

/// descriptor.proto: MethodOptions.idempotency_level is field 34.
private let noSideEffects = 1
private let idempotent = 2

private func service(_ wire: Wire, _ path: [Int]) throws -> ProtoService {
    ProtoService(
        name: wire.text(1), path: path,
        methods: try wire.messages(2).enumerated().map { index, method in
            ProtoMethod(
                name: method.text(1), input: method.text(2), output: method.text(3), path: path + [2, index],
                onlyReads: try method.messages(4).contains { $0.number(34) == noSideEffects },
                isIdempotent: try method.messages(4).contains { $0.number(34) == idempotent })
        })
}

/// One protobuf message, by field numbers.
private struct Wire {
    struct Malformed: Error {}

    private var numbers: [Int: Int] = [:]
    private var contents: [Int: [[UInt8]]] = [:]

    init(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let tag = try Self.varint(&rest)
            switch tag & 7 {
            case 0: numbers[tag >> 3] = try Self.varint(&rest)
            case 2:
                let length = try Self.varint(&rest)
                guard length <= rest.count else { throw Malformed() }
                contents[tag >> 3, default: []].append(Array(rest.prefix(length)))
                rest = rest.dropFirst(length)
            case 1: rest = rest.dropFirst(8)
            case 5: rest = rest.dropFirst(4)
            default: throw Malformed()
            }
        }
    }

    func text(_ field: Int) -> String { String(decoding: contents[field]?.last ?? [], as: UTF8.self) }
    func number(_ field: Int) -> Int { numbers[field] ?? 0 }
    func messages(_ field: Int) throws -> [Wire] { try (contents[field] ?? []).map(Wire.init) }

    func packed(_ field: Int) throws -> [Int] {
        var rest = (contents[field] ?? []).joined().map { $0 }[...]
        var result: [Int] = []
        while !rest.isEmpty { result.append(try Self.varint(&rest)) }
        return result
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) throws -> Int {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = rest.popFirst() else { throw Malformed() }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return Int(truncatingIfNeeded: value) }
        }
        throw Malformed()
    }
}
