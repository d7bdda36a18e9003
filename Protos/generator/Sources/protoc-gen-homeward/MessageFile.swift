import SwiftProtobufPluginLibrary

/// The Swift values of one .proto, and how each fills and reads protoc-c's struct.
func messageFile(_ file: FileDescriptor, _ cycles: Cycles) throws -> String {
    var out = Lines(generatedFrom: file.name)
    out.line("internal import CMessages")
    out.line("public import MessageCoding")
    out.line()
    try out.block("extension \(namespace(file.package)) {") { out in
        for type in file.enums { enumeration(type, &out) }
        for message in file.messages { try structure(message, cycles, &out) }
    }
    for message in file.messages.flatMap(withNested) {
        out.line()
        try coding(message, cycles, &out)
    }
    return out.text
}

/// Declares the namespaces of all files.
func namespaceFile(_ files: [FileDescriptor]) -> String {
    var out = Lines(generatedFrom: "the packages of all files")
    let packages = Set(files.filter { !$0.messages.isEmpty || !$0.enums.isEmpty }.map(\.package)).sorted()
    for package in packages {
        out.line()
        out.line("/// Messages and enums of `\(package)`.")
        out.line("public enum \(namespace(package)) {}")
    }
    return out.text
}

private func enumeration(_ type: EnumDescriptor, _ out: inout Lines) {
    out.comment(type, package: type.file.package)
    out.block("public enum \(typeName(type.name)): Hashable, Sendable {") { out in
        for value in type.values {
            out.comment(value, package: type.file.package)
            out.line("case \(caseName(value))")
        }
        out.line("/// A number that this version has no name for; kept as it is.")
        out.line("case unrecognized(Int32)")
        out.line()
        out.block("public init(rawValue: Int32) {") { out in
            out.block("switch rawValue {") { out in
                for value in type.values { out.line("case \(value.number): self = .\(caseName(value))") }
                out.line("default: self = .unrecognized(rawValue)")
            }
        }
        out.line()
        out.block("public var rawValue: Int32 {") { out in
            out.block("switch self {") { out in
                for value in type.values { out.line("case .\(caseName(value)): \(value.number)") }
                out.line("case .unrecognized(let number): number")
            }
        }
        out.line()
        out.line("/// The named values, in the order of the .proto.")
        out.block("public static var allCases: [Self] {") { out in
            out.line("[\(type.values.map { ".\(caseName($0))" }.joined(separator: ", "))]")
        }
    }
    out.line()
}

private func structure(_ message: Descriptor, _ cycles: Cycles, _ out: inout Lines) throws {
    let package = message.file.package
    let all = try properties(message)
    out.comment(message, package: package)
    try out.block("public struct \(typeName(message.name)): WireMessage {") { out in
        out.line("public static var protobufName: String { \"\(message.fullName)\" }")
        out.line()
        for type in message.enums { enumeration(type, &out) }
        for nested in message.messages where !nested.options.mapEntry { try structure(nested, cycles, &out) }
        for case .choice(let oneof, let members) in all { choice(oneof, members, cycles, &out) }
        for property in all { declaration(property, package, cycles, &out) }
        if !all.isEmpty { out.line() }
        out.line("public init() {}")
        out.block("public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {") { out in
            let limited = cycles.canNestWithoutEnd(message) ? ", limitingDepth: true" : ""
            out.line("self = try decodedMessage(bytes\(limited))")
        }
        out.line("public func wireBytes() -> [UInt8] { encodedMessage(self) }")
        out.line("public func encoded() -> EncodedMessage { encodedPieces(self) }")
    }
    out.line()
}

private func choice(
    _ oneof: OneofDescriptor, _ members: [(FieldDescriptor, Value)], _ cycles: Cycles, _ out: inout Lines
) {
    let recursive = members.contains { cycles.needsBox($0.0) } ? "indirect " : ""
    out.comment(oneof, package: oneof.file.package)
    out.block("public \(recursive)enum \(choiceType(oneof)): Hashable, Sendable {") { out in
        for (field, value) in members {
            out.comment(field, package: oneof.file.package)
            out.line("case \(member(field))(\(value.swift))")
        }
    }
    out.line()
}

private func declaration(_ property: Property, _ package: String, _ cycles: Cycles, _ out: inout Lines) {
    switch property {
    case .plain(let field, let value):
        out.comment(field, package: package)
        out.line("public var \(member(field)): \(value.swift) = \(value.zero)")
    case .optional(let field, let value) where cycles.needsBox(field):
        let box = lowerCamel("boxed_" + field.name)
        out.comment(field, package: package)
        out.block("public var \(member(field)): \(value.swift)? {") { out in
            out.line("get { \(box)?.value }")
            out.line("set { \(box) = newValue.map(Boxed.value) }")
        }
        out.line("private var \(box): Boxed<\(value.swift)>?")
    case .optional(let field, let value):
        out.comment(field, package: package)
        out.line("public var \(member(field)): \(value.swift)?")
    case .array(let field, let value):
        out.comment(field, package: package)
        out.line("public var \(member(field)): [\(value.swift)] = []")
    case .map(let field, let key, let value):
        out.comment(field, package: package)
        out.line("public var \(member(field)): [\(key.swift): \(value.swift)] = [:]")
    case .choice(let oneof, _):
        out.comment(oneof, package: package)
        out.line("public var \(member(oneof)): \(choiceType(oneof))?")
    }
}

// MARK: - Coding

private func coding(_ message: Descriptor, _ cycles: Cycles, _ out: inout Lines) throws {
    let all = try properties(message)
    out.block("extension \(swiftType(message)): StructBacked {") { out in
        out.line("typealias CStruct = \(cType(message.fullName))")
        out.line()
        out.block("static func initialize(_ c: UnsafeMutablePointer<CStruct>) {") { out in
            out.line("\(cFunction(message.fullName))__init(c)")
        }
        out.line()
        out.block("func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {") { out in
            for property in all { fill(property, &out) }
        }
        out.line()
        out.block("init(_ c: UnsafePointer<CStruct>) throws(WireError) {") { out in
            for property in all { read(property, &out) }
        }
    }
}

private func fill(_ property: Property, _ out: inout Lines) {
    switch property {
    case .plain(let field, let value):
        out.line("c.pointee.\(cMember(field.name)) = \(value.encoded("self.\(member(field))"))")
    case .optional(let field, let value):
        out.block("if let value = self.\(member(field)) {") { out in
            out.line("c.pointee.\(cMember(field.name)) = \(value.encoded("value"))")
            if let oneof = field.realContainingOneof {
                out.line("c.pointee.\(cCase(oneof)) = .init(rawValue: \(field.number))")
            }
        }
    case .array(let field, let value):
        out.line("c.pointee.\(cCount(field)) = self.\(member(field)).count")
        out.line("c.pointee.\(cMember(field.name)) = \(value.encodedArray("self.\(member(field))"))")
    case .map(let field, let key, let value):
        let entry: Descriptor = field.messageType
        out.line("c.pointee.\(cCount(field)) = self.\(member(field)).count")
        out.line("c.pointee.\(cMember(field.name)) = arena.pointers(self.\(member(field)).count)")
        let sorted = "self.\(member(field)).sorted(by: \(order(key)))"
        out.block("for (index, (key, value)) in \(sorted).enumerated() {") { out in
            out.line("let entry = arena.one(\(cType(entry.fullName)).self)")
            out.line("\(cFunction(entry.fullName))__init(entry)")
            out.line("entry.pointee.key = \(key.encoded("key"))")
            out.line("entry.pointee.value = \(value.encoded("value"))")
            out.line("c.pointee.\(cMember(field.name))[index] = entry")
        }
    case .choice(let oneof, let members):
        out.block("switch self.\(member(oneof)) {") { out in
            for (field, value) in members {
                out.block("case .\(member(field))(let value):", "") { out in
                    out.line("c.pointee.\(cMember(field.name)) = \(value.encoded("value"))")
                    out.line("c.pointee.\(cCase(oneof)) = .init(rawValue: \(field.number))")
                }
            }
            out.line("case nil: break")
        }
    }
}

private func order(_ key: Value) -> String {
    switch key {
    case .string: "byUTF8"
    case .bool: "byTruth"
    default: "{ $0.key < $1.key }"
    }
}

private func read(_ property: Property, _ out: inout Lines) {
    switch property {
    case .plain(let field, let value):
        out.line("self.\(member(field)) = \(value.decoded("c.pointee.\(cMember(field.name))", field))")
    case .optional(let field, let value):
        present(field, value, "value", &out) { out, decoded in out.line("self.\(member(field)) = \(decoded)") }
    case .array(let field, let value):
        let c = "c.pointee.\(cMember(field.name))"
        out.line("self.\(member(field)) = \(value.decodedArray(c, "c.pointee.\(cCount(field))", field))")
    case .map(let field, let key, let value):
        out.block("for index in 0..<c.pointee.\(cCount(field)) {") { out in
            out.line("guard let entry = c.pointee.\(cMember(field.name))[index] else { continue }")
            var decoded = value.decoded("entry.pointee.value", field)
            if case .message(let name) = value {
                out.line("var value = \(name)()")
                out.line("if let held = entry.pointee.value { value = try \(name)(held) }")
                decoded = "value"
            }
            out.line("self.\(member(field))[\(key.decoded("entry.pointee.key", field))] = \(decoded)")
        }
    case .choice(let oneof, let members):
        for (field, value) in members {
            present(field, value, "value", &out) { out, decoded in
                out.line("self.\(member(oneof)) = .\(member(field))(\(decoded))")
            }
        }
    }
}

/// Reads a field that may be absent. A message is present if there is a pointer and, in a oneof, if it is chosen.
private func present(
    _ field: FieldDescriptor, _ value: Value, _ name: String, _ out: inout Lines,
    _ assign: (inout Lines, String) -> Void
) {
    let c = "c.pointee.\(cMember(field.name))"
    var conditions: [String] = []
    if let oneof = field.realContainingOneof {
        conditions.append("c.pointee.\(cCase(oneof)).rawValue == \(field.number)")
    }
    var source = c
    if case .message = value {
        conditions.append("let \(name) = \(c)")
        source = name
    }
    out.block("if \(conditions.joined(separator: ", ")) {") { out in assign(&out, value.decoded(source, field)) }
}
