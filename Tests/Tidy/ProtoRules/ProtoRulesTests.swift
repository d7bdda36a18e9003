import Foundation
import Testing

@Suite struct ProtoRulesTests {
    private static let protos = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../Protos").standardizedFileURL

    @Test func `the API keeps the conventions`() throws {
        let names = try #require(FileManager.default.enumerator(atPath: Self.protos.path))
            .compactMap { $0 as? String }
            .filter { $0.hasPrefix("homeward/") && $0.hasSuffix(".proto") }
            .sorted()
        #expect(!names.isEmpty)
        let found = try protoFiles(names, below: Self.protos).flatMap(violations)
        #expect(found.isEmpty, "\(found.count) violations:\n\(found.joined(separator: "\n"))")
    }

    @Test func `a file that keeps every rule is found clean`() throws {
        #expect(try judge(Self.clean).isEmpty)
    }

    /// Each rule is broken once, and only it is reported.
    @Test(arguments: [
        ("package homeward.example.v1;", "package homeward.example;", "is not homeward.<area>.v<number>"),
        ("package homeward.example.v1;", "package homeward.other.v1;", "does not lie in the folder"),
        ("  // How large.\n", "", "size_bytes: has no comment"),
        ("// A thing.\n", "", "Thing: has no comment"),
        ("// All things.\n", "", "Things: has no comment"),
        ("  // Reads them.\n", "", "ListThings: has no comment"),
        ("  // Fine.\n", "", "KIND_GOOD: has no comment"),
        ("uint64 size_bytes", "double size_bytes", "a fraction"),
        ("uint64 size_bytes", "optional uint64 size_bytes", "proto3 optional"),
        ("created_unix_us", "created_at", "ends with _at"),
        ("timeout_us", "timeout_ms", "ends with _ms"),
        ("KIND_UNSPECIFIED = 0", "KIND_NONE = 0", "does not begin with KIND_UNSPECIFIED"),
        ("KIND_GOOD", "GOOD", "does not begin with KIND_"),
        ("string page_token", "string token", "needs page_size and page_token"),
        ("string next_page_token", "string next", "needs next_page_token"),
        ("NO_SIDE_EFFECTS", "IDEMPOTENT", "needs NO_SIDE_EFFECTS"),
        ("= IDEMPOTENT", "= IDEMPOTENCY_UNKNOWN", "PutThing: its request carries an operation key; needs IDEMPOTENT"),
        ("= IDEMPOTENT", "= IDEMPOTENCY_UNKNOWN", "PassThing: its request carries an operation key; needs IDEMPOTENT"),
        ("OperationKey key = 1;", "string key = 1;", "PutThing: IDEMPOTENT without an operation key in its request"),
        (
            "rpc ListThings(ListThingsRequest) returns (ListThingsResponse)",
            "rpc Thing(.homeward.example.v1.Thing) returns (ListThingsResponse)", "has the name of a message"
        ),
    ])
    func `a broken rule is reported`(original: String, broken: String, report: String) throws {
        try #require(Self.clean.contains(original))
        let found = try judge(Self.clean.replacingOccurrences(of: original, with: broken))
        #expect(!found.isEmpty && found.contains { $0.contains(report) }, "\(found)")
    }

    private func judge(_ proto: String) throws -> [String] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        let package = folder.appendingPathComponent("homeward/example/v1")
        try FileManager.default.createDirectory(at: package, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(proto.utf8).write(to: package.appendingPathComponent("example.proto"))
        return try protoFiles(["homeward/example/v1/example.proto"], below: folder).flatMap(violations)
    }

    private static let clean = """
        syntax = "proto3";
        package homeward.example.v1;

        // What it is.
        enum Kind {
          // Never sent.
          KIND_UNSPECIFIED = 0;
          // Fine.
          KIND_GOOD = 1;
        }

        // A thing.
        message Thing {
          // How large.
          uint64 size_bytes = 1;
          // Since when.
          int64 created_unix_us = 2;
          // For how long.
          int64 timeout_us = 3;
          // Which.
          Kind kind = 4;
          // Words about it.
          map<string, string> labels = 5;
        }

        // Asks for things.
        message ListThingsRequest {
          // At most so many.
          uint32 page_size = 1;
          // Where to go on.
          string page_token = 2;
        }

        // The things.
        message ListThingsResponse {
          // In order of age.
          repeated Thing things = 1;
          // Empty at the end.
          string next_page_token = 2;
        }

        // Names an effect.
        message OperationKey {
          // Of this job.
          string job = 1;
        }

        // Puts a thing.
        message PutThingRequest {
          // The effect's key.
          OperationKey key = 1;
        }

        // Puts a thing elsewhere.
        message PassThingRequest {
          // What to pass on.
          PutThingRequest put = 1;
        }

        // All things.
        service Things {
          // Puts one.
          rpc PutThing(PutThingRequest) returns (ListThingsResponse) {
            option idempotency_level = IDEMPOTENT;
          }
          // Puts one elsewhere.
          rpc PassThing(PassThingRequest) returns (ListThingsResponse) {
            option idempotency_level = IDEMPOTENT;
          }
          // Reads them.
          rpc ListThings(ListThingsRequest) returns (ListThingsResponse) {
            option idempotency_level = NO_SIDE_EFFECTS;
          }
        }
        """
}
