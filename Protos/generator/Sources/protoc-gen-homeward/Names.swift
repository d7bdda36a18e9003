import SwiftProtobufPluginLibrary

// MARK: - Swift names

/// `homeward.vault.v1` → `VaultV1`, `grpc.health.v1` → `HealthV1`, `google.rpc` → `GoogleRPC`; without a version
/// nothing is left out: `grpc.testing` → `GRPCTesting` (a type `Testing` would hide the module of that name).
func namespace(_ package: String) -> String {
    var parts = package.split(separator: ".").map(String.init)
    let hasVersion = parts.last?.wholeMatch(of: /v[0-9]+[a-z0-9]*/) != nil
    if parts.count > 1, hasVersion, ["homeward", "grpc"].contains(parts[0]) { parts.removeFirst() }
    return parts.map { ["rpc", "grpc"].contains($0) ? $0.uppercased() : upperCamel($0) }.joined()
}

/// Unique within its target, as SwiftPM demands: `VaultV1.items.swift`.
func swiftFileName(_ file: FileDescriptor) -> String {
    let stem = file.name.split(separator: "/").last.map { String($0).replacing(".proto", with: "") } ?? file.name
    return "\(namespace(file.package)).\(stem).swift"
}

func typeName(_ name: String) -> String { reservedTypeNames.contains(name) ? "\(name)Message" : name }

func swiftType(_ message: Descriptor) -> String {
    if let outer = message.containingType { return "\(swiftType(outer)).\(typeName(message.name))" }
    return "\(namespace(message.file.package)).\(typeName(message.name))"
}

func swiftType(_ type: EnumDescriptor) -> String {
    if let outer = type.containingType { return "\(swiftType(outer)).\(typeName(type.name))" }
    return "\(namespace(type.file.package)).\(typeName(type.name))"
}

/// Acronyms that Swift spells in one case.
private let acronyms: Set<String> = ["id", "ids", "url", "urls", "http", "https"]

private func capitalised(_ word: String) -> String {
    if acronyms.contains(word) {
        return word.hasSuffix("s") && acronyms.contains(String(word.dropLast()))
            ? word.dropLast().uppercased() + "s" : word.uppercased()
    }
    return word.prefix(1).uppercased() + word.dropFirst()
}

private func upperCamel(_ name: String) -> String {
    name.split(separator: "_").map { capitalised(String($0)) }.joined()
}

func lowerCamel(_ snake: String) -> String {
    let words = snake.lowercased().split(separator: "_").map(String.init)
    return words.prefix(1).joined() + words.dropFirst().map(capitalised).joined()
}

func escaped(_ name: String) -> String { swiftKeywords.contains(name) ? "`\(name)`" : name }
func member(_ field: FieldDescriptor) -> String { escaped(lowerCamel(field.name)) }
func member(_ oneof: OneofDescriptor) -> String { escaped(lowerCamel(oneof.name)) }

/// `GetItem` → `getItem`.
func methodName(_ method: MethodDescriptor) -> String {
    escaped(method.name.prefix(1).lowercased() + method.name.dropFirst())
}

/// The enum of a oneof with several members; a nested message or enum of the same name goes first.
func choiceType(_ oneof: OneofDescriptor) -> String {
    let name = upperCamel(oneof.name)
    let owner: Descriptor = oneof.containingType
    let taken = owner.messages.map(\.name) + owner.enums.map(\.name)
    return taken.contains(name) ? "\(name)Choice" : typeName(name)
}

/// `ITEM_STATE_IN_SYNC` of `ItemState` → `inSync`.
func caseName(_ value: EnumValueDescriptor) -> String {
    let prefix = lowerUnderscored(value.enumType.name) + "_"
    let name = value.name.lowercased()
    let short = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
    let startsWithDigit = short.first.map { $0.isNumber } ?? true
    return escaped(lowerCamel(startsWithDigit ? name : short))
}

private func lowerUnderscored(_ camel: String) -> String {
    var result = ""
    var afterLower = false
    for character in camel {
        if character.isUppercase, afterLower { result += "_" }
        result += character.lowercased()
        afterLower = !character.isUppercase
    }
    return result
}

// MARK: - protoc-c's names

/// `homeward.vault.v1.Item` → `Homeward__Vault__V1__Item`.
func cType(_ fullName: String) -> String { pieces(fullName).map(cCamel).joined(separator: "__") }

/// `homeward.vault.v1.GetItem` → `homeward__vault__v1__get_item`.
func cFunction(_ fullName: String) -> String { pieces(fullName).map(lowerUnderscored).joined(separator: "__") }

func cMember(_ name: String) -> String {
    let lower = name.lowercased()
    if cKeywords.contains(lower) || lower == structBase { return lower + "_" }
    return escaped(lower)
}

/// Counts and cases derive from the plain name, before keywords are avoided.
func cCount(_ field: FieldDescriptor) -> String { "n_\(cMember(field.name).replacing("`", with: ""))" }
func cCase(_ oneof: OneofDescriptor) -> String { "\(oneof.name.lowercased())_case" }

private func pieces(_ fullName: String) -> [String] { fullName.split(separator: ".").map(String.init) }

/// As protoc-c does it: only underscores matter, what is upper case stays.
private func cCamel(_ name: String) -> String {
    name.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
}

// MARK: - Words

/// The first member of every struct of protoc-c, so no field of ours may keep that name there.
let structBase = "base"

let unusableFieldNames: Set<String> = [
    "self", "init", "protobuf_name", "wire_bytes", "hash_value", "initialize", "fill",
]

private let reservedTypeNames: Set<String> = ["Any", "Type", "Protocol", "Self"]

private let swiftKeywords: Set<String> = [
    "as", "associatedtype", "break", "case", "catch", "class", "continue", "default", "defer", "deinit", "do",
    "else", "enum", "extension", "fallthrough", "false", "fileprivate", "for", "func", "guard", "if", "import",
    "in", "init", "inout", "internal", "is", "let", "nil", "operator", "precedencegroup", "private", "protocol",
    "public", "repeat", "rethrows", "return", "self", "static", "struct", "subscript", "super", "switch", "throw",
    "throws", "true", "try", "typealias", "var", "where", "while",
]

private let cKeywords: Set<String> = [
    "and", "and_eq", "asm", "auto", "bitand", "bitor", "bool", "break", "case", "catch", "char", "class", "compl",
    "const", "const_cast", "continue", "default", "delete", "do", "double", "dynamic_cast", "else", "enum",
    "explicit", "extern", "false", "float", "for", "friend", "goto", "if", "inline", "int", "long", "mutable",
    "namespace", "new", "not", "not_eq", "operator", "or", "or_eq", "private", "protected", "public", "register",
    "reinterpret_cast", "return", "short", "signed", "sizeof", "static", "static_cast", "struct", "switch",
    "template", "this", "throw", "true", "try", "typedef", "typeid", "typename", "union", "unsigned", "using",
    "virtual", "void", "volatile", "wchar_t", "while", "xor", "xor_eq",
]
