import Environment
import Glibc
import Model
import Store
import Synchronization
import Testing

/// Runs at once on the caller, as in simulation.
struct InlineLane: Lane {
    func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T { try body() }
}

/// SplitMix64; the same seed gives the same run.
final class SeededRandom: RandomSource {
    private let state: Mutex<UInt64>

    init(_ seed: UInt64) { state = Mutex(seed) }

    func nextUInt64() -> UInt64 {
        state.withLock { state in
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }
}

/// Kills the incarnation, by its medium, when a failpoint is reached.
final class KillAt: Failpoints {
    private let name: String
    private let medium: MemoryMedium
    let reached = Mutex<[String]>([])

    init(_ name: String, _ medium: MemoryMedium) {
        self.name = name
        self.medium = medium
    }

    func reach(_ name: String) {
        reached.withLock { $0.append(name) }
        if name == self.name { medium.kill() }
    }
}

let schema = Schema(
    store: "test",
    migrations: [
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT",
        OperationLedger.schema,
        AssignmentTable.schema,
    ])

func openStore(
    _ medium: StoreMedium, _ schema: Schema = schema, seed: UInt64 = 1, failpoints: any Failpoints = NoFailpoints()
) async throws -> StoreDatabase {
    try await StoreDatabase.open(
        medium, schema: schema, lane: InlineLane(), random: SeededRandom(seed), failpoints: failpoints)
}

func notes(_ store: StoreDatabase) async throws -> [String] {
    try await store.read { try $0.rows("SELECT text FROM notes ORDER BY id").map { try $0.text("text") } }
}

func addNote(_ store: StoreDatabase, _ text: String) async throws {
    try await store.write("add-note") { _ = try $0.run("INSERT INTO notes (text) VALUES (?)", .text(text)) }
}

/// A folder of its own, removed afterwards.
func withFolder(_ body: (String) async throws -> Void) async throws {
    var template = Array("/tmp/homeward-store-XXXXXX".utf8CString)
    let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
    defer {
        let stream = opendir(folder)
        while let stream, let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            unlink(folder + "/" + name)
        }
        if let stream { closedir(stream) }
        rmdir(folder)
    }
    try await body(folder)
}

func overwrite(_ path: String, at offset: Int, with bytes: [UInt8]) {
    let descriptor = open(path, O_WRONLY)
    _ = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, offset) }
    close(descriptor)
}
