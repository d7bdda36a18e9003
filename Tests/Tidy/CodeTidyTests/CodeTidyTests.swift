import Foundation
import Testing

struct CodeTidyTests {
    @Test func `the tree keeps its own rules`() throws {
        let all = try sources(under: ["Sources", "Tests"])
        #expect(all.count > 10)
        let table = try String(contentsOf: packageRoot().appendingPathComponent("Tests/Tidy/imports"), encoding: .utf8)
        let imports = ImportTable(table, targets: ImportTable.targets(of: all))
        let found = all.flatMap { shapeViolations($0) + callViolations($0) + imports.violations($0) }
        let report = found.map(\.description).joined(separator: "\n")
        let isTidy = found.isEmpty
        #expect(isTidy, "\(found.count) violations\n\(report)")
    }
}

/// The checker itself: each planted fault is found, each near miss is not.
struct CheckerTests {
    private func calls(_ code: String, in path: String = "Sources/Services/Vault/A.swift") -> [Int] {
        callViolations(Source(path: path, text: code)).map(\.line)
    }

    private func shapes(_ code: String) -> [String] {
        shapeViolations(Source(path: "Sources/Model/Model/A.swift", text: code)).map(\.message)
    }

    private func imports(_ code: String, in path: String) -> [String] {
        let table = ImportTable(
            "GRDB Engine/Store/ Services/*Store.swift # why\nNIO* Wire/RPCTransport/\n",
            targets: ["Model": "Model", "RPC": "Wire", "Store": "Engine", "Vault": "Services", "Agent": "Services"])
        return table.violations(Source(path: path, text: code)).map(\.message)
    }

    @Test func `banned calls are found with their line`() {
        #expect(calls("let a = 1\nlet b = Date()\n") == [2])
        #expect(calls("    Task { await x() }") == [1])
        #expect(calls("try await Task.sleep(for: d)\nprint(\"x\")") == [1, 2])
        #expect(calls("let id = UUID()") == [1])
    }

    @Test func `near misses are not`() {
        #expect(calls("// Date() is banned\nlet a = makeDate()\nlet b = 1 // Task.sleep").isEmpty)
        #expect(calls("blueprint(x)\nlog.print(x)\nSpawnedTask(x)").isEmpty)
        #expect(calls("let b = Date()", in: "Sources/Engine/EnvironmentLive/A.swift").isEmpty)
        #expect(calls("let b = Date()", in: "Tests/Unit/A.swift").isEmpty)
    }

    @Test func `a dangerous word needs a comment on its line or above`() {
        #expect(calls("let a = try! f()") == [1])
        #expect(calls("let a = try! f() // f cannot throw here").isEmpty)
        #expect(calls("/// Guarded by the lock.\n@frozen\nfinal class A: @unchecked Sendable {").isEmpty)
        #expect(calls("// far above\n\nfinal class A: @unchecked Sendable {") == [3])
    }

    @Test func `long lines, files and functions and left-over notes are found`() {
        #expect(shapes(String(repeating: "x", count: 121)) == ["line of 121 columns, at most 120"])
        #expect(shapes(String(repeating: "é", count: 120)).isEmpty)
        #expect(shapes(String(repeating: "x\n", count: 501)).count == 1)
        #expect(shapes("// TO" + "DO later").count == 1)
        let body = String(repeating: "        x()\n", count: 69)
        #expect(shapes("    public func f(\n    ) {\n\(body)    }\n") == ["function of 72 lines, at most 70"])
        #expect(shapes("    func f() {\n\(body.dropFirst(12))    }\n    func g() {\n    }\n").isEmpty)
    }

    @Test func `imports go downward, and outside modules stay where the table says`() {
        #expect(imports("public import Model\nimport RPC", in: "Sources/Services/Vault/A.swift").isEmpty)
        #expect(imports("import Vault", in: "Sources/Wire/RPC/A.swift").count == 1)
        #expect(imports("import Agent", in: "Sources/Services/Vault/A.swift").count == 1)
        #expect(imports("import GRDB", in: "Sources/Services/Vault/A.swift").count == 1)
        #expect(imports("import GRDB", in: "Sources/Services/Vault/JobStore.swift").isEmpty)
        #expect(imports("import NIOCore", in: "Sources/Wire/RPC/A.swift").count == 1)
        #expect(imports("@preconcurrency import NIOCore", in: "Sources/Wire/RPCTransport/A.swift").isEmpty)
        #expect(imports("import Unheard", in: "Sources/Apps/cli/A.swift").count == 1)
        #expect(imports("// import NIOCore\nlet x = \"import of Vault\"", in: "Sources/Wire/RPC/A.swift").isEmpty)
    }
}
