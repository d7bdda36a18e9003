/// `Tests/Tidy/imports` and the layers of folders.
struct ImportTable {
    static let layers = ["C": 0, "Model": 1, "Wire": 2, "Engine": 3, "Services": 4, "Apps": 5, "Lab": 5]

    private var places: [(module: String, places: [String])] = []
    /// Layer of each of our own targets, from the tree.
    private let layerOfTarget: [String: String]

    init(_ text: String, targets: [String: String]) {
        layerOfTarget = targets
        for line in text.split(separator: "\n") {
            let fields = line.prefix { $0 != "#" }.split(separator: " ").map(String.init)
            if let module = fields.first { places.append((module, Array(fields.dropFirst()))) }
        }
    }

    /// Target name to layer, from `Sources/<Layer>/<Target>/…`.
    static func targets(of sources: [Source]) -> [String: String] {
        var found: [String: String] = [:]
        for source in sources {
            let parts = source.path.split(separator: "/")
            if parts.count > 3, parts[0] == "Sources" { found[String(parts[2])] = String(parts[1]) }
        }
        return found
    }

    func violations(_ source: Source) -> [Violation] {
        let parts = source.path.split(separator: "/").map(String.init)
        guard parts.count > 3, parts[0] == "Sources", source.path.hasSuffix(".swift") else { return [] }
        var found: [Violation] = []
        for (line, module) in imports(source) {
            if let message = complaint(module, layer: parts[1], target: parts[2], path: source.path) {
                found.append(at(source, line, message))
            }
        }
        return found
    }

    private func complaint(_ module: String, layer: String, target: String, path: String) -> String? {
        let place = String(path.dropFirst("Sources/".count))
        if let entry = places.first(where: { Self.matches(module, $0.module) }) {
            if entry.places.contains(where: { Self.matches(place, $0.hasSuffix("/") ? $0 + "*" : $0) }) { return nil }
            return "import \(module): only in \(entry.places.joined(separator: " ")) (Tests/Tidy/imports)"
        }
        guard let theirs = layerOfTarget[module] else {
            return "import \(module): not in Tests/Tidy/imports"
        }
        if (Self.layers[theirs] ?? 0) > (Self.layers[layer] ?? 0) {
            return "import \(module): \(theirs) is above \(layer), imports go downward"
        }
        if theirs == "Services" && layer == "Services" && module != target {
            return "import \(module): services share nothing but messages"
        }
        return nil
    }

    private func imports(_ source: Source) -> [(line: Int, module: String)] {
        source.occurrences(of: "import ").compactMap { line, offset in
            let words = source.text(line).split(separator: " ").map(String.init)
            let modifiers: Set = ["public", "internal", "package", "private", "fileprivate", "@preconcurrency",
                "@testable", "@_spi", "@_exported"]
            guard let index = words.firstIndex(of: "import"), words[..<index].allSatisfy(modifiers.contains) else {
                return nil
            }
            let kinds: Set = ["struct", "class", "enum", "protocol", "func", "typealias", "let", "var"]
            let names = words[(index + 1)...].drop(while: kinds.contains)
            guard let name = names.first?.split(separator: ".").first else { return nil }
            return (line, String(name))
        }
    }

    /// At most one `*`, which stands for anything.
    private static func matches(_ text: String, _ pattern: String) -> Bool {
        let sides = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard sides.count > 1 else { return text == pattern }
        return text.hasPrefix(sides[0]) && text.hasSuffix(sides[sides.count - 1])
            && text.utf8.count >= pattern.utf8.count - 1
    }
}
