import Foundation
import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// Run by protoc, it writes the Swift side. Run by hand it turns the descriptor set on its standard input, as
/// `protoc-gen-homeward c-descriptors`, into the one that protoc-c is to work from (see `descriptorsForC`), and as
/// `protoc-gen-homeward reflected` into the Swift table that server reflection answers from.
@main
enum Main {
    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard let mode = arguments.first, ["c-descriptors", "reflected"].contains(mode) else {
            return Generator().main(arguments)
        }
        let set = try Google_Protobuf_FileDescriptorSet(
            serializedBytes: FileHandle.standardInput.readDataToEndOfFile())
        let output =
            mode == "reflected" ? Data(try descriptorTable(set).utf8) : try descriptorsForC(set).serializedBytes()
        try FileHandle.standardOutput.write(contentsOf: output)
    }
}

/// Why a .proto cannot be turned into our Swift; shown by protoc.
struct Unsupported: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

struct Generator: CodeGenerator {
    /// Not proto3 `optional`: protoc-c has none, a oneof with one member says the same.
    let supportedFeatures: [Google_Protobuf_Compiler_CodeGeneratorResponse.Feature] = []

    static let messages = "Sources/Wire/Messages/Generated"
    static let api = "Sources/Wire/API/Generated"
    static let samples = "Tests/Unit/MessagesTests/Generated"

    func generate(
        files: [FileDescriptor], parameter: any CodeGeneratorParameter,
        protoCompilerContext: any ProtoCompilerContext, generatorOutputs outputs: any GeneratorOutputs
    ) throws {
        let files = files.sorted { $0.name < $1.name }
        let cycles = Cycles(files)
        for file in files {
            try check(file)
            if !file.messages.isEmpty || !file.enums.isEmpty {
                let name = swiftFileName(file)
                try outputs.add(fileName: "\(Self.messages)/\(name)", contents: messageFile(file, cycles))
                if !file.messages.isEmpty {
                    try outputs.add(fileName: "\(Self.samples)/Sample.\(name)", contents: sampleFile(file))
                }
            }
            if !file.services.isEmpty {
                try outputs.add(fileName: "\(Self.api)/\(swiftFileName(file))", contents: serviceFile(file))
            }
        }
        try checkServiceNames(files)
        try outputs.add(fileName: "\(Self.messages)/Namespaces.swift", contents: namespaceFile(files))
        try outputs.add(fileName: "\(Self.samples)/AllMessages.swift", contents: sampleTable(files))
    }

    /// Refuses what the runtime cannot carry, by name, instead of writing Swift that does not compile.
    private func check(_ file: FileDescriptor) throws {
        guard file.edition == .proto3 else { throw Unsupported("\(file.name): only proto3 is supported") }
        for message in file.messages.flatMap(withNested) {
            for field in message.fields {
                guard !unusableFieldNames.contains(field.name) else {
                    throw Unsupported("\(message.fullName).\(field.name): the name cannot be a Swift and C member")
                }
            }
        }
        for type in file.enums + file.messages.flatMap(withNested).flatMap(\.enums) {
            guard !type.options.allowAlias else { throw Unsupported("\(type.fullName): allow_alias") }
        }
    }

    /// Services and clients are top-level names in Swift, so their proto names must differ across packages.
    private func checkServiceNames(_ files: [FileDescriptor]) throws {
        var owner: [String: String] = [:]
        for service in files.flatMap(\.services) {
            if let other = owner.updateValue(service.fullName, forKey: service.name) {
                throw Unsupported("\(service.fullName) and \(other): two services of one name")
            }
        }
    }
}

/// Every file as base64 of its serialized descriptor. A literal of text compiles at once; an array of octets does not.
func descriptorTable(_ set: Google_Protobuf_FileDescriptorSet) throws -> String {
    var out = Lines(generatedFrom: "the .proto files")
    out.line("/// The .proto files as server reflection serves them.")
    try out.block("public enum FileDescriptors {") { out in
        out.line("/// Serialized `google.protobuf.FileDescriptorProto`s without comments, as base64.")
        try out.block("public static let encoded: [String] = [", "]") { out in
            for file in set.file { out.line("\"\(try file.serializedData().base64EncodedString())\",  // \(file.name)") }
        }
    }
    return out.text
}

/// The descriptors that protoc-c generates from. The same bytes on the wire, but:
/// - `string` is `bytes`: protobuf-c ends strings at NUL, which would cut off text in both directions without a
///   word. As bytes they keep their length; the Swift side checks UTF-8.
/// - map entries are plain messages, so that their keys may be bytes.
/// - a field called `base` is `base_`: protobuf-c has a `base` in every struct.
/// - services are left out: protobuf-c's service structs have no use here.
func descriptorsForC(_ set: Google_Protobuf_FileDescriptorSet) -> Google_Protobuf_FileDescriptorSet {
    func rewrite(_ message: inout Google_Protobuf_DescriptorProto) {
        for index in message.field.indices {
            if message.field[index].type == .string { message.field[index].type = .bytes }
            if message.field[index].name == structBase { message.field[index].name = cMember(structBase) }
        }
        if message.options.mapEntry { message.clearOptions() }
        for index in message.nestedType.indices { rewrite(&message.nestedType[index]) }
    }
    var set = set
    for index in set.file.indices {
        set.file[index].service = []
        for message in set.file[index].messageType.indices { rewrite(&set.file[index].messageType[message]) }
    }
    return set
}
