/// Size and shape of files, functions and lines.
func shapeViolations(_ source: Source) -> [Violation] {
    let columns = 120
    let codeLines = 500
    var found: [Violation] = []
    for (index, line) in source.lines.enumerated() where line.range.count > columns {
        let count = source.text(index).count
        if count > columns { found.append(at(source, index, "line of \(count) columns, at most \(columns)")) }
    }
    let code = source.lines.count { $0.isCode }
    if code > codeLines {
        found.append(at(source, 0, "\(code) lines of code, at most \(codeLines): a concept is missing"))
    }
    for word in ["TO" + "DO", "FIX" + "ME"] {
        for (line, _) in source.occurrences(of: word, inComments: true) {
            found.append(at(source, line, "\(word): do it, or say honestly what is not supported"))
        }
    }
    return found + functionViolations(source)
}

/// Functions by their indentation: from the line that declares one to the next line with the same indentation
/// that begins with a brace.
private func functionViolations(_ source: Source) -> [Violation] {
    let limit = 70
    guard source.path.hasSuffix(".swift") else { return [] }
    var found: [Violation] = []
    var reported: Set<Int> = []
    for pattern in ["func ", "init(", "init<", "init?(", "deinit {", "subscript("] {
        for (line, offset) in source.occurrences(of: pattern) where isDeclaration(source, line, offset) {
            guard reported.insert(line).inserted, let end = closingLine(source, from: line) else { continue }
            let length = end - line + 1
            if length > limit { found.append(at(source, line, "function of \(length) lines, at most \(limit)")) }
        }
    }
    return found
}

/// Only attributes and modifiers stand before the keyword of a declaration.
private func isDeclaration(_ source: Source, _ line: Int, _ offset: Int) -> Bool {
    let before = source.bytes[source.lines[line].range.lowerBound..<offset]
    return before.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: " "), UInt8(ascii: "@"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "_"): true
        default: false
        }
    }
}

private func closingLine(_ source: Source, from line: Int) -> Int? {
    let indentation = source.indentation(line)
    var next = line
    while next + 1 < source.lines.count {
        next += 1
        guard source.lines[next].isCode else { continue }
        let depth = source.indentation(next)
        if depth > indentation { continue }
        let first = source.bytes[source.lines[next].range.lowerBound + depth]
        if first == UInt8(ascii: "}") { return next }
        // `) -> T {` and `where` lines still belong to the head.
        if depth == indentation, first == UInt8(ascii: ")") || first == UInt8(ascii: "{") { continue }
        return nil
    }
    return nil
}

/// A call that may not stand where it stands, and what to use.
struct BannedCall {
    let pattern: String
    let instead: String
    /// Folders under Sources/ where it is at home.
    var allowed = liveFolders
}

/// The live side of the environment's seams.
let liveFolders = ["Engine/EnvironmentLive/", "Wire/RPCTransport/", "Apps/"]

let bannedCalls: [BannedCall] = [
    .init(pattern: "Date()", instead: "environment.clock.wallNow()"),
    .init(pattern: "Date.now", instead: "environment.clock.wallNow()"),
    .init(pattern: "ContinuousClock", instead: "environment.clock"),
    .init(pattern: "SuspendingClock", instead: "environment.clock"),
    .init(pattern: "clock_gettime", instead: "environment.clock"),
    .init(pattern: "gettimeofday", instead: "environment.clock"),
    .init(pattern: "Task.sleep", instead: "environment.clock.sleep"),
    .init(pattern: "Task {", instead: "environment.tasks.spawn"),
    .init(pattern: "Task.detached", instead: "environment.tasks.spawn", allowed: liveFolders + ["Lab/Simulation/"]),
    .init(pattern: "Task(", instead: "environment.tasks.spawn"),
    .init(pattern: "UUID()", instead: "an id made from environment.random"),
    .init(pattern: "SystemRandomNumberGenerator", instead: "environment.random"),
    .init(pattern: ".random(in:", instead: "environment.random", allowed: liveFolders + ["Lab/Simulation/"]),
    .init(pattern: ".shuffled()", instead: "environment.random"),
    .init(pattern: ".randomElement()", instead: "environment.random"),
    .init(pattern: "Dispatch", instead: "a lane or environment.tasks.spawn"),
    .init(pattern: "Thread.", instead: "a lane"),
    .init(pattern: "pthread_create", instead: "a lane"),
    .init(pattern: "FileManager", instead: "environment.files on a lane"),
    .init(pattern: "FileHandle", instead: "environment.files on a lane"),
    .init(pattern: "Data(contentsOf", instead: "environment.files on a lane"),
    .init(pattern: "String(contentsOf", instead: "environment.files on a lane"),
    .init(pattern: "fopen(", instead: "environment.files on a lane"),
    .init(pattern: "socket(", instead: "environment.network"),
    .init(pattern: "URLSession", instead: "environment.network"),
    .init(pattern: "sigaction(", instead: "terminationSignal() in the app"),
    .init(pattern: "signal(SIG", instead: "terminationSignal() in the app"),
    .init(pattern: "getenv(", instead: "a configuration value"),
    .init(pattern: "ProcessInfo.", instead: "a configuration value"),
    .init(pattern: "print(", instead: "a Logger", allowed: ["Apps/"]),
    .init(pattern: "NSLog(", instead: "a Logger", allowed: []),
    .init(pattern: "try!", instead: "an error, or a comment with the proof", allowed: ["commented"]),
    .init(pattern: "as!", instead: "as? with an error, or a comment with the proof", allowed: ["commented"]),
    .init(pattern: "fatalError", instead: "an error or precondition, or a comment", allowed: ["commented"]),
    .init(pattern: "@unchecked Sendable", instead: "Mutex, or a comment with the proof", allowed: ["commented"]),
    .init(pattern: "nonisolated(unsafe)", instead: "Mutex, or a comment with the proof", allowed: ["commented"]),
]

/// Folders that run real processes for the lab, by design outside the seams.
let realProcessFolders = ["Lab/Processes/"]

func callViolations(_ source: Source) -> [Violation] {
    guard source.path.hasPrefix("Sources/"), source.path.hasSuffix(".swift") else { return [] }
    let place = String(source.path.dropFirst("Sources/".count))
    var found: [Violation] = []
    for call in bannedCalls {
        let needsComment = call.allowed == ["commented"]
        let isAtHome = (call.allowed + realProcessFolders).contains { place.hasPrefix($0) }
        if isAtHome && !needsComment { continue }
        for (line, offset) in source.occurrences(of: call.pattern) where !source.isInsideWord(offset, call.pattern) {
            if needsComment && source.isExplained(line) { continue }
            found.append(at(source, line, "\(call.pattern): use \(call.instead)"))
        }
    }
    return found
}

func at(_ source: Source, _ line: Int, _ message: String) -> Violation {
    Violation(path: source.path, line: line + 1, message: message)
}

extension Source {
    func indentation(_ line: Int) -> Int { lines[line].indentation }

    /// A comment on the same line, or right above it (attributes may stand between).
    func isExplained(_ line: Int) -> Bool {
        if text(line).contains("//") { return true }
        var above = line - 1
        while above >= 0, lines[above].isCode, text(above).drop(while: { $0 == " " }).hasPrefix("@") { above -= 1 }
        return above >= 0 && !lines[above].isCode && !lines[above].range.isEmpty
    }

    /// The pattern is the end of a longer name (`makeDate()`), or a member of something else (`x.signal(`).
    func isInsideWord(_ offset: Int, _ pattern: String) -> Bool {
        guard offset > 0, let first = pattern.utf8.first, isWord(first) else { return false }
        let before = bytes[offset - 1]
        return isWord(before) || (before == UInt8(ascii: ".") && pattern.first?.isLowercase == true)
    }

    private func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
