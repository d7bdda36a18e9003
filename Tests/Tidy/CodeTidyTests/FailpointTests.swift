import Foundation
import Testing

/// Every failpoint that the data path names is in the table of what is killed where.
struct FailpointTests {
    private static let table = "Sources/Lab/ScriptedSource/FailpointCells.swift"
    private static let engine = ["Tracking", "Replicas", "Intervals", "NBD"].map { "Sources/Engine/\($0)" }
    /// Folder, name of its effects, name of its store.
    private static let processes = [
        ("Sources/Services/MobilityAgent", "agent", "mobility-agent"),
        ("Sources/Services/ProcessServer", "process-server", "process-server"),
        ("Sources/Services/MasterTarget", "master-target", "master-target"),
    ]

    /// As each process reaches them: names with a part that is computed are told for all that it can be.
    private static func named() throws -> Set<String> {
        var found: Set<String> = []
        func commits(_ names: [String], of store: String) {
            for name in names { found.formUnion(["before", "after"].map { "\(store).\(name).\($0)-commit" }) }
        }
        for source in try sources(under: engine) {
            found.formUnion(texts(after: "reach(\"", in: source))
            guard source.path.contains("/Replicas/") else { continue }
            for name in texts(after: "commit(\"", in: source) {
                found.formUnion(["replica.\(name).before", "replica.\(name).after"])
            }
        }
        let receivers = try sources(under: ["Sources/Services/Receivers"])
        for (folder, component, store) in processes {
            for source in try sources(under: [folder]) {
                found.formUnion(texts(after: "reach(\"", in: source))
                commits(texts(after: "database.write(\"", in: source), of: store)
            }
            for source in receivers {
                found.formUnion(texts(after: "reach(\"\\(component).", in: source).map { "\(component).\($0)" })
                commits(texts(after: "database.write(\"", in: source), of: store)
            }
        }
        return found.filter { !$0.contains("\\(") }
    }

    /// What stands between an opening quote and the next one.
    private static func texts(after opening: String, in source: Source) -> [String] {
        source.occurrences(of: opening).map { place in
            let start = place.offset + opening.utf8.count
            let end = source.bytes[start...].firstIndex(of: UInt8(ascii: "\"")) ?? start
            return String(decoding: source.bytes[start..<end], as: UTF8.self)
        }
    }

    @Test func `each failpoint of the data path has its kill, or says why it has none`() throws {
        let text = try String(contentsOf: packageRoot().appendingPathComponent(Self.table), encoding: .utf8)
        let known = Set(text.matches(of: /"([a-z][a-z-]*(\.[a-z-]+)+)"/).map { String($0.1) })
        let named = try Self.named()
        #expect(named.count > 60)
        #expect(named.subtracting(known).sorted() == [], "no test kills a process at these: add them to \(Self.table)")
        #expect(known.subtracting(named).sorted() == [], "the sources do not name these any more")
    }

    @Test func `what is killed in tests of other names stands there`() throws {
        let text = try String(contentsOf: packageRoot().appendingPathComponent(Self.table), encoding: .utf8)
        for row in text.matches(of: /"([a-z-]+(?:\.[a-z-]+)+)": "([A-Za-z]+Tests)"/) {
            let tests = try sources(under: ["Tests/Unit/\(row.2)"])
            #expect(tests.contains { !$0.occurrences(of: "\"\(row.1)\"").isEmpty }, "\(row.1) in \(row.2)")
        }
    }
}
