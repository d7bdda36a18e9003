import SwiftProtobufPluginLibrary

/// What one value of a field is, in Swift and in C.
indirect enum Value {
    case number(String)
    case bool
    case string
    case bytes
    case enumeration(String)
    case message(String)

    init(_ field: FieldDescriptor) throws {
        switch field.type {
        case .int32, .sint32, .sfixed32: self = .number("Int32")
        case .int64, .sint64, .sfixed64: self = .number("Int64")
        case .uint32, .fixed32: self = .number("UInt32")
        case .uint64, .fixed64: self = .number("UInt64")
        case .double: self = .number("Double")
        case .float: self = .number("Float")
        case .bool: self = .bool
        case .string: self = .string
        case .bytes: self = .bytes
        case .enum: self = .enumeration(swiftType(field.enumType))
        case .message: self = .message(swiftType(field.messageType))
        case .group: throw Unsupported("\(field.fullName): group")
        }
    }

    var swift: String {
        switch self {
        case .number(let name), .enumeration(let name), .message(let name): name
        case .bool: "Bool"
        case .string: "String"
        case .bytes: "[UInt8]"
        }
    }

    var zero: String {
        switch self {
        case .number: "0"
        case .bool: "false"
        case .string: "\"\""
        case .bytes: "[]"
        case .enumeration(let name): "\(name)(rawValue: 0)"
        case .message(let name): "\(name)()"
        }
    }

    /// The C value of the Swift expression.
    func encoded(_ swift: String) -> String {
        switch self {
        case .number: swift
        case .bool: "\(swift) ? 1 : 0"
        case .string: "arena.string(\(swift))"
        case .bytes: "arena.bytes(\(swift))"
        case .enumeration: ".init(rawValue: .init(truncatingIfNeeded: \(swift).rawValue))"
        case .message: "arena.message(\(swift))"
        }
    }

    /// The Swift value of the C expression; for a message, of a pointer that is not null.
    func decoded(_ c: String, _ field: FieldDescriptor) -> String {
        switch self {
        case .number: c
        case .bool: "\(c) != 0"
        case .string: "try decodedString(\(c), \"\(field.fullName)\")"
        case .bytes: "decodedBytes(\(c))"
        case .enumeration(let name): "\(name)(rawValue: Int32(truncatingIfNeeded: \(c).rawValue))"
        case .message(let name): "try \(name)(\(c))"
        }
    }

    /// The C array of a Swift array.
    func encodedArray(_ swift: String) -> String {
        switch self {
        case .number: "arena.numbers(\(swift))"
        case .bool: "arena.array(\(swift)) { $0 ? 1 : 0 }"
        case .string: "arena.strings(\(swift))"
        case .bytes: "arena.blobs(\(swift))"
        case .enumeration: "arena.array(\(swift)) { .init(rawValue: .init(truncatingIfNeeded: $0.rawValue)) }"
        case .message: "arena.messages(\(swift))"
        }
    }

    func decodedArray(_ c: String, _ count: String, _ field: FieldDescriptor) -> String {
        switch self {
        case .number: "decodedNumbers(\(c), \(count))"
        case .bool: "decodedNumbers(\(c), \(count)).map { $0 != 0 }"
        case .string: "try decodedStrings(\(c), \(count), \"\(field.fullName)\")"
        case .bytes: "decodedBlobs(\(c), \(count))"
        case .enumeration(let name):
            "decodedNumbers(\(c), \(count)).map { \(name)(rawValue: Int32(truncatingIfNeeded: $0.rawValue)) }"
        case .message: "try decodedMessages(\(c), \(count))"
        }
    }

    /// A sample made by a `SampleSource` called `source`.
    func sampled(_ source: String) -> String {
        switch self {
        case .number(let name): "\(source).number() as \(name)"
        case .bool: "\(source).flag()"
        case .string: "\(source).text()"
        case .bytes: "\(source).bytes()"
        case .enumeration(let name): "\(source).element(of: \(name).allCases, \(name).init(rawValue:))"
        case .message(let name): "\(name).sample(&\(source))"
        }
    }
}

/// How a message's fields appear as Swift properties, in the order of the .proto.
enum Property {
    case plain(FieldDescriptor, Value)
    /// A message field, or the one member of a oneof.
    case optional(FieldDescriptor, Value)
    case array(FieldDescriptor, Value)
    case map(FieldDescriptor, key: Value, value: Value)
    case choice(OneofDescriptor, [(FieldDescriptor, Value)])
}

func properties(_ message: Descriptor) throws -> [Property] {
    try message.fields.compactMap { field in
        if let oneof = field.realContainingOneof, oneof.fields.count > 1 {
            guard oneof.fields[0].number == field.number else { return nil }
            return .choice(oneof, try oneof.fields.map { ($0, try Value($0)) })
        }
        if let entry = field.isMap ? field.messageType.mapKeyAndValue : nil {
            return .map(field, key: try Value(entry.key), value: try Value(entry.value))
        }
        let value = try Value(field)
        if field.isRepeated { return .array(field, value) }
        if field.type == .message || field.realContainingOneof != nil { return .optional(field, value) }
        return .plain(field, value)
    }
}

/// The message and those nested in it at any depth, without map entries.
func withNested(_ message: Descriptor) -> [Descriptor] {
    message.options.mapEntry ? [] : [message] + message.messages.flatMap(withNested)
}

/// Which messages can hold themselves.
struct Cycles {
    /// Over fields whose Swift value lies inside the struct: these must be boxed.
    private var inline: [String: Set<String>] = [:]
    /// Over all fields.
    private var any: [String: Set<String>] = [:]

    init(_ files: [FileDescriptor]) {
        var inlineEdges: [String: Set<String>] = [:]
        var edges: [String: Set<String>] = [:]
        for message in files.flatMap(\.messages).flatMap(withNested) {
            for field in message.fields where field.type == .message {
                if let value = field.isMap ? field.messageType.mapKeyAndValue?.value : nil {
                    guard value.type == .message else { continue }
                    edges[message.fullName, default: []].insert(value.messageType.fullName)
                    continue
                }
                edges[message.fullName, default: []].insert(field.messageType.fullName)
                if !field.isRepeated { inlineEdges[message.fullName, default: []].insert(field.messageType.fullName) }
            }
        }
        inline = Self.closure(inlineEdges)
        any = Self.closure(edges)
    }

    private static func closure(_ edges: [String: Set<String>]) -> [String: Set<String>] {
        edges.mapValues { first in
            var reached = first
            var open = Array(first)
            while let next = open.popLast() {
                for name in edges[next] ?? [] where reached.insert(name).inserted { open.append(name) }
            }
            return reached
        }
    }

    func needsBox(_ field: FieldDescriptor) -> Bool {
        field.type == .message && !field.isRepeated
            && inline[field.messageType.fullName]?.contains(field.containingType.fullName) == true
    }

    /// Whether bytes of this message can nest without end.
    func canNestWithoutEnd(_ message: Descriptor) -> Bool {
        let reached = (any[message.fullName] ?? []).union([message.fullName])
        return reached.contains { any[$0]?.contains($0) == true }
    }
}
