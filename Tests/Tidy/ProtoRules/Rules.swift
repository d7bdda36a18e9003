/// The conventions of the API, each as a sentence about what breaks it. Only packages of Homeward are judged.
func violations(_ file: ProtoFile) -> [String] {
    guard file.package.hasPrefix("homeward") else { return [] }
    var check = FileCheck(file: file)
    check.run()
    return check.found
}

private struct FileCheck {
    let file: ProtoFile
    var found: [String] = []

    /// Descriptor type numbers of double and float.
    private static let fractions: Set<Int> = [1, 2]
    /// Descriptor type numbers of integers.
    private static let integers: Set<Int> = [3, 4, 5, 6, 7, 13, 15, 16, 17, 18]
    /// Endings of times in another unit than microseconds, or in none.
    private static let timeEndings = [
        "_at", "_time", "_timestamp", "_date", "_ms", "_millis", "_s", "_sec", "_secs", "_seconds", "_minutes",
        "_hours", "_days", "_ns", "_nanos", "_duration", "_timeout", "_deadline", "_unix", "_unix_ms",
    ]
    /// Methods of these names only read; clients may repeat them.
    private static let readingNames = ["Get", "List", "Watch", "Read"]
    private static let foreignTimes: Set<String> = [".google.protobuf.Timestamp", ".google.protobuf.Duration"]

    private var isTesting: Bool { file.package == "homeward.testing.v1" }

    init(file: ProtoFile) { self.file = file }

    mutating func run() {
        let parts = file.package.split(separator: ".")
        if parts.count != 3 || !isVersion(parts[2]) {
            found.append("\(file.name): package \(file.package) is not homeward.<area>.v<number>")
        }
        if file.name.split(separator: "/").dropLast().joined(separator: ".") != file.package {
            found.append("\(file.name): does not lie in the folder of its package \(file.package)")
        }
        for message in file.messages { judge(message, in: file.package) }
        for type in file.enums { judge(type, in: file.package) }
        for service in file.services { judge(service) }
    }

    private func isVersion(_ part: Substring) -> Bool {
        part.first == "v" && part.count > 1 && part.dropFirst().allSatisfy(\.isNumber)
    }

    private mutating func needsComment(_ path: [Int], _ name: String) {
        if !file.commented.contains(path) { found.append("\(name): has no comment") }
    }

    private mutating func judge(_ message: ProtoMessage, in scope: String) {
        guard !message.isMapEntry else { return }
        let name = "\(scope).\(message.name)"
        needsComment(message.path, name)
        for field in message.fields { judge(field, in: name) }
        for nested in message.messages { judge(nested, in: name) }
        for type in message.enums { judge(type, in: name) }
        guard message.name.hasPrefix("List"), !isTesting else { return }
        let fields = Set(message.fields.map(\.name))
        if message.name.hasSuffix("Request"), !fields.isSuperset(of: ["page_size", "page_token"]) {
            found.append("\(name): a List request needs page_size and page_token")
        }
        if message.name.hasSuffix("Response"), !fields.contains("next_page_token") {
            found.append("\(name): a List response needs next_page_token")
        }
    }

    private mutating func judge(_ field: ProtoField, in scope: String) {
        let name = "\(scope).\(field.name)"
        needsComment(field.path, name)
        if field.isProto3Optional { found.append("\(name): proto3 optional; use a oneof with this one member") }
        guard !isTesting else { return }
        if Self.fractions.contains(field.type) { found.append("\(name): a fraction; use an integer and a unit") }
        if Self.foreignTimes.contains(field.typeName) {
            found.append("\(name): a \(field.typeName); use microseconds, _unix_us or _us")
        }
        if Self.integers.contains(field.type), let ending = Self.timeEndings.first(where: field.name.hasSuffix) {
            found.append("\(name): ends with \(ending); instants end with _unix_us, durations with _us")
        }
    }

    private mutating func judge(_ type: ProtoEnum, in scope: String) {
        let name = "\(scope).\(type.name)"
        needsComment(type.path, name)
        let prefix = upperUnderscored(type.name) + "_"
        if let first = type.values.first, first.number != 0 || first.name != prefix + "UNSPECIFIED" {
            found.append("\(name): does not begin with \(prefix)UNSPECIFIED = 0")
        }
        for value in type.values {
            needsComment(value.path, "\(name).\(value.name)")
            if !value.name.hasPrefix(prefix) { found.append("\(name).\(value.name): does not begin with \(prefix)") }
        }
    }

    private mutating func judge(_ service: ProtoService) {
        let name = "\(file.package).\(service.name)"
        needsComment(service.path, name)
        for method in service.methods {
            needsComment(method.path, "\(name).\(method.name)")
            if Self.readingNames.contains(where: method.name.isVerb), !method.onlyReads {
                found.append("\(name).\(method.name): says that it only reads; needs NO_SIDE_EFFECTS")
            }
            judgeRepeats(method, "\(name).\(method.name)")
            let used = [method.input, method.output].compactMap { $0.split(separator: ".").last }
            if used.contains(where: { $0 == method.name }) {
                found.append("\(name).\(method.name): has the name of a message that it uses")
            }
        }
    }

    /// What is idempotent may be called again by whoever does not know the outcome: it says so, and has a key by which
    /// it is.
    private mutating func judgeRepeats(_ method: ProtoMethod, _ name: String) {
        guard !isTesting else { return }
        let hasKey = carriesKey(method.input, depth: 2)
        if hasKey, !method.onlyReads, !method.isIdempotent {
            found.append("\(name): its request carries an operation key; needs IDEMPOTENT")
        }
        if method.isIdempotent, !hasKey { found.append("\(name): IDEMPOTENT without an operation key in its request") }
    }

    /// In one of its fields, or in the message of one that is defined in the same file: a command that is passed on.
    private func carriesKey(_ type: String, depth: Int) -> Bool {
        guard let message = file.messages.first(where: { ".\(file.package).\($0.name)" == type }) else { return false }
        return message.fields.contains { field in
            field.typeName.split(separator: ".").last == "OperationKey"
                || depth > 1 && carriesKey(field.typeName, depth: depth - 1)
        }
    }

    private func upperUnderscored(_ camel: String) -> String {
        var result = ""
        var afterLower = false
        for character in camel {
            if character.isUppercase, afterLower { result += "_" }
            result += character.uppercased()
            afterLower = !character.isUppercase
        }
        return result
    }
}

extension String {
    /// `self` is `verb` and a noun after it: `GetItem`, not `Getter`.
    fileprivate func isVerb(_ verb: String) -> Bool {
        hasPrefix(verb) && dropFirst(verb.count).first?.isUppercase == true
    }
}
