import SwiftProtobufPluginLibrary

/// For tests: makes values of every message of one .proto, field by field, from a `SampleSource`.
func sampleFile(_ file: FileDescriptor) throws -> String {
    var out = Lines(generatedFrom: file.name)
    out.line("import Messages")
    for message in file.messages.flatMap(withNested) {
        out.line()
        try out.block("extension \(swiftType(message)): Sampled {") { out in
            let numbers = message.fields.map { String($0.number) }.joined(separator: ", ")
            let widest = message.realOneofs.map(\.fields.count).max() ?? 1
            out.line("static var protoFile: String { \"\(file.name)\" }")
            out.line("static var fieldNumbers: [Int] { [\(numbers)] }")
            out.line("static var variants: Int { \(widest) }")
            out.line()
            try out.block("static func sample(_ source: inout SampleSource) -> Self {") { out in
                let all = try properties(message)
                out.line(all.isEmpty ? "Self()" : "var message = Self()")
                for property in all { sample(property, &out) }
                if !all.isEmpty { out.line("return message") }
            }
        }
    }
    return out.text
}

/// Lists the messages of all files.
func sampleTable(_ files: [FileDescriptor]) -> String {
    var out = Lines(generatedFrom: "all files")
    out.line("import Messages")
    out.line()
    out.block("let allMessages: [any Sampled.Type] = [", "]") { out in
        for message in files.flatMap(\.messages).flatMap(withNested) { out.line("\(swiftType(message)).self,") }
    }
    return out.text
}

private func sample(_ property: Property, _ out: inout Lines) {
    switch property {
    case .plain(let field, let value):
        out.line("if source.fills() { message.\(member(field)) = \(value.sampled("source")) }")
    case .optional(let field, let value):
        let nested = if case .message = value { "Message" } else { "" }
        out.line("if source.fills\(nested)() {")
        out.line("    message.\(member(field)) = \(value.sampled("source"))")
        if nested == "Message" { out.line("    source.leave()") }
        out.line("}")
    case .array(let field, let value):
        let array = if case .message = value { "messages" } else { "array" }
        out.line("message.\(member(field)) = source.\(array) { \(value.sampled("$0")) }")
    case .map(let field, let key, let value):
        let array = if case .message = value { "messages" } else { "array" }
        out.block("for (key, value) in source.\(array)({ (\(key.sampled("$0")), \(value.sampled("$0"))) }) {") { out in
            out.line("message.\(member(field))[key] = value")
        }
    case .choice(let oneof, let members):
        out.block("switch source.choice(\(members.count)) {") { out in
            for (index, (field, value)) in members.enumerated() {
                out.block("case \(index):", "") { out in
                    let assign = "message.\(member(oneof)) = .\(member(field))(\(value.sampled("source")))"
                    if case .message = value {
                        out.line("if source.fillsMessage() {")
                        out.line("    \(assign)")
                        out.line("    source.leave()")
                        out.line("}")
                    } else {
                        out.line(assign)
                    }
                }
            }
            out.line("default: break")
        }
    }
}
