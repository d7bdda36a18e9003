import SwiftProtobufPluginLibrary

/// Text under construction, indented by braces.
struct Lines {
    private(set) var text = ""
    private var depth = 0

    init(generatedFrom file: String) {
        line("// Generated from \(file) by protoc-gen-homeward. Do not edit.")
    }

    mutating func line(_ content: String = "") {
        text += content.isEmpty ? "\n" : String(repeating: "    ", count: depth) + content + "\n"
    }

    mutating func block(_ header: String, _ end: String = "}", _ body: (inout Lines) throws -> Void) rethrows {
        line(header)
        depth += 1
        try body(&self)
        depth -= 1
        line(end)
    }

    /// The .proto comment as a docstring; those of Google's own well-known types are left out.
    mutating func comment(_ source: some ProvidesSourceCodeLocation, package: String) {
        guard package != "google.protobuf" else { return }
        for text in source.protoSourceComments().split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            line(String(text))
        }
    }
}
