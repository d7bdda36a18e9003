import Foundation
import Testing

@testable import VaultOrchestrator

/// The table of kills on real processes names each step of reprotect and failback by itself.
@Suite struct KillTableTests {
    @Test func `every step of reprotect and failback is in the table of kills`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        let script = try String(contentsOf: root.appending(path: "Tests/Integration/kills.py"), encoding: .utf8)
        #expect(try list("REPROTECT", of: script) == reprotectHomeWorkflow.steps.map { "\($0.id)" })
        #expect(try list("FAILBACK", of: script) == failoverWorkflow(.home, ofGroup: true).steps.map { "\($0.id)" })
    }

    /// The words of a Python list of that name.
    private func list(_ name: String, of script: String) throws -> [String] {
        let begin = try #require(script.range(of: "\n\(name) = ["))
        let end = try #require(script.range(of: "]", range: begin.upperBound..<script.endIndex))
        let pieces = script[begin.upperBound..<end.lowerBound].components(separatedBy: "\"")
        return stride(from: 1, to: pieces.count, by: 2).map { pieces[$0] }
    }
}
