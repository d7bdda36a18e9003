import API
import FoundationEssentials

/// Files of .proto descriptors by name and by the symbols in them, for reflection.
///
/// Reads the few fields of google/protobuf/descriptor.proto (its names are in parentheses below) that say what a file
/// is called, what it imports and what it defines; the files themselves are handed on as they are.
struct DescriptorIndex: Sendable {
    private struct File: Sendable {
        let name: String
        let imports: [String]
        let bytes: [UInt8]
    }

    private var files: [String: File] = [:]
    private var fileOfSymbol: [String: String] = [:]
    private var messages: Set<String> = []

    /// The files that this program was made from.
    static let own = DescriptorIndex(
        FileDescriptors.encoded.compactMap { Data(base64Encoded: $0).map { [UInt8]($0) } })

    /// Serialized `FileDescriptorProto`s.
    init(_ files: [[UInt8]]) { for bytes in files { add(bytes) } }

    /// The file and all that it imports, the imported ones first; nil if the name is not known.
    func closure(_ name: String) -> [(name: String, bytes: [UInt8])]? {
        guard files[name] != nil else { return nil }
        var seen: Set<String> = []
        var result: [(name: String, bytes: [UInt8])] = []
        func visit(_ name: String) {
            guard seen.insert(name).inserted, let file = files[name] else { return }
            file.imports.forEach(visit)
            result.append((name, file.bytes))
        }
        visit(name)
        return result
    }

    /// The name of the file that defines a service, method, message, field, oneof, enum or enum value.
    func file(containing symbol: String) -> String? { fileOfSymbol[symbol] }
    func isMessage(_ symbol: String) -> Bool { messages.contains(symbol) }

    // MARK: - Reading

    private mutating func add(_ bytes: [UInt8]) {
        let file = Fields(bytes[...])
        let name = file.text(1)  // (name)
        let package = file.text(2)  // (package)
        files[name] = File(name: name, imports: file.all(3).map(text), bytes: bytes)  // (dependency)
        let scope = package.isEmpty ? "" : "\(package)."
        for message in file.all(4) { add(message: message, scope, name) }  // (message_type)
        for type in file.all(5) { add(enumeration: type, scope, name) }  // (enum_type)
        for service in file.all(6) {  // (service)
            let fields = Fields(service)
            let full = scope + fields.text(1)
            fileOfSymbol[full] = name
            for method in fields.all(2) { fileOfSymbol["\(full).\(Fields(method).text(1))"] = name }  // (method)
        }
    }

    private mutating func add(message: ArraySlice<UInt8>, _ scope: String, _ file: String) {
        let fields = Fields(message)
        let full = scope + fields.text(1)
        fileOfSymbol[full] = file
        messages.insert(full)
        for number in [2, 8] {  // (field), (oneof_decl)
            for member in fields.all(number) { fileOfSymbol["\(full).\(Fields(member).text(1))"] = file }
        }
        for nested in fields.all(3) { add(message: nested, "\(full).", file) }  // (nested_type)
        for type in fields.all(4) { add(enumeration: type, "\(full).", file) }  // (enum_type)
    }

    /// Values are siblings of their type, as in C++ (descriptor.proto says so at `EnumValueDescriptorProto`).
    private mutating func add(enumeration: ArraySlice<UInt8>, _ scope: String, _ file: String) {
        let fields = Fields(enumeration)
        fileOfSymbol[scope + fields.text(1)] = file
        for value in fields.all(2) { fileOfSymbol[scope + Fields(value).text(1)] = file }  // (value)
    }
}

private func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

/// The length-delimited fields of one message, by number.
private struct Fields {
    private var contents: [Int: [ArraySlice<UInt8>]] = [:]

    init(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while let tag = Self.varint(&rest) {
            switch tag & 7 {
            case 0: _ = Self.varint(&rest)
            case 1: rest = rest.dropFirst(8)
            case 2:
                guard let length = Self.varint(&rest), length <= rest.count else { return }
                contents[tag >> 3, default: []].append(rest.prefix(length))
                rest = rest.dropFirst(length)
            case 5: rest = rest.dropFirst(4)
            default: return
            }
        }
    }

    func all(_ number: Int) -> [ArraySlice<UInt8>] { contents[number] ?? [] }
    func text(_ number: Int) -> String { String(decoding: contents[number]?.last ?? [], as: UTF8.self) }

    private static func varint(_ rest: inout ArraySlice<UInt8>) -> Int? {
        var value = 0
        for shift in stride(from: 0, to: 63, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            value |= Int(byte & 0x7f) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }
}
