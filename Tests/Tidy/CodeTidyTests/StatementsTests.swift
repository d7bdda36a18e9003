import Foundation
import Testing

/// The page that maps each statement of the source documents to the tests that show it.
struct StatementsTests {
    private static let page = "Sources/Services/Hosting/Hosting.docc/SourceStatements.md"

    @Test func `each of the 33 statements is on the page, and each test that it names exists`() throws {
        let text = try String(contentsOf: packageRoot().appendingPathComponent(Self.page), encoding: .utf8)
        let statements = Statement.read(text)
        #expect(statements.map(\.name) == (1...33).map { "S\($0)" })
        let tests = try TestNames(sources(under: ["Tests"]))
        var problems: [String] = []
        for statement in statements {
            if statement.says.isEmpty { problems.append("\(statement.name) says nothing") }
            if statement.proofs.isEmpty { problems.append("\(statement.name) names no test") }
            problems += statement.odd.map { "\(statement.name): what is \"\($0)\"?" }
            for proof in statement.proofs where try !tests.has(proof) {
                problems.append("\(statement.name): there is no \(proof)")
            }
        }
        #expect(problems == [])
    }

    @Test func `a page that is not whole is found`() throws {
        let text = "### S1\nIt is so.\n- `ATests`: a b\n- Open: c\n- d\n### S2\n- script `x.py`: `e`\n"
        let statements = Statement.read(text)
        #expect(statements.map(\.name) == ["S1", "S2"])
        #expect(statements[0].proofs == [.test(suite: "ATests", name: "a b")] && statements[0].odd == ["- d"])
        #expect(statements[1].says.isEmpty && statements[1].proofs == [.script("x.py", text: "e")])
        let tests = TestNames([
            Source(path: "Tests/Unit/A.swift", text: "@Suite struct ATests {\n@Test func `a b`() {}\n}\n"),
            Source(path: "Tests/Unit/B.swift", text: "struct BTests {\n@Test func `c`() {}\n}\n"),
        ])
        #expect(try tests.has(.test(suite: "ATests", name: "a b")))
        #expect(try !tests.has(.test(suite: "BTests", name: "a b")))
        #expect(try !tests.has(.script("nobody.py", text: "e")))
    }
}

private enum Proof: Hashable, CustomStringConvertible {
    case test(suite: String, name: String)
    /// A script of Tests/Integration, and a text that is in it.
    case script(String, text: String)

    var description: String {
        switch self {
        case .test(let suite, let name): "test \"\(name)\" in \(suite)"
        case .script(let file, let text): "\"\(text)\" in Tests/Integration/\(file)"
        }
    }
}

private struct Statement {
    let name: String
    var says = ""
    var proofs: [Proof] = []
    /// Lines of no form that is known.
    var odd: [String] = []

    static func read(_ text: String) -> [Statement] {
        var statements: [Statement] = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("### ") {
                statements.append(Statement(name: String(line.dropFirst(4))))
            } else if !line.hasPrefix("#"), !statements.isEmpty {
                statements[statements.count - 1].take(String(line))
            }
        }
        return statements
    }

    private mutating func take(_ line: String) {
        guard line.hasPrefix("- ") else { return says += line }
        if line.hasPrefix("- Open: ") || line.hasPrefix("- Inventory: ") { return }
        if let match = line.wholeMatch(of: /- script `(.+?)`: `(.+)`/) {
            proofs.append(.script(String(match.1), text: String(match.2)))
        } else if let match = line.wholeMatch(of: /- `(\w+)`: (.+)/) {
            proofs.append(.test(suite: String(match.1), name: String(match.2)))
        } else {
            odd.append(line)
        }
    }
}

/// Tests by the files in which their suites are declared.
private struct TestNames {
    private var texts: [String: [String]] = [:]

    init(_ sources: [Source]) {
        for source in sources where source.path.hasSuffix(".swift") {
            let text = String(decoding: source.bytes, as: UTF8.self)
            for match in text.matches(of: /(?:struct|class) (\w+Tests)\b/) {
                texts[String(match.1), default: []].append(text)
            }
        }
    }

    func has(_ proof: Proof) throws -> Bool {
        switch proof {
        case .test(let suite, let name): return texts[suite]?.contains { $0.contains("func `\(name)`(") } ?? false
        case .script(let file, let text):
            let url = packageRoot().appendingPathComponent("Tests/Integration/\(file)")
            return try FileManager.default.fileExists(atPath: url.path)
                && String(contentsOf: url, encoding: .utf8).contains(text)
        }
    }
}
