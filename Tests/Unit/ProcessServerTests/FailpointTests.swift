import Contract
import Environment
import Glibc
import Messages
import Model
import RPC
import ScriptedSource
import Testing

/// `kill -9` of the process server at each failpoint that a relay's whole life passes: assigned, opened,
/// streamed through, drained, opened again, closed, and given to another process server.
@Suite struct FailpointTests {
    /// Every so many of them; `make failpoints` takes all.
    private static let pace = getenv("HOMEWARD_FAILPOINTS") == nil ? 7 : 1

    @Test func `killed at any failpoint of a relay's life, the disks end as the source's and nothing is left`() throws {
        let whole = try RelayLife(killedAt: nil)
        #expect(try whole.isWhole())
        let reaches = whole.bench.processServer.failpointReaches
        let missing = FailpointCells.processServer.subtracting(reaches.map(\.name))
        #expect(missing.isEmpty, "the life of a relay does not pass \(missing.sorted())")
        var rows: [String] = []
        for (place, reach) in reaches.enumerated() where place % Self.pace == 0 {
            // The first time, and one in the middle: what is repeated is repeated in different states.
            for count in Set([1, (reach.count + 1) / 2]).sorted() {
                let life = try RelayLife(killedAt: (reach.name, count))
                let verdict = try life.deaths == 1 && life.isWhole()
                #expect(verdict, "\(reach.name) #\(count): \(life.deaths) deaths\n\(life.bench.complaints.suffix(5))")
                rows.append("\(reach.name) #\(count) of \(reach.count): killed \(life.deaths)")
            }
        }
        print("process server, \(rows.count) kills at failpoints:\n" + rows.joined(separator: "\n"))
    }
}

private final class RelayLife {
    let bench: DataPathWorld
    private(set) var deaths = 0
    private var content: [[UInt8]] = []
    private var isOver = false

    init(killedAt failpoint: (name: String, count: Int)?) throws {
        bench = try DataPathWorld(seed: 96)
        try bench.attachBlankDisks()
        if let failpoint { bench.processServer.arm(failpoint.name, count: failpoint.count) }
        bench.bootMasterTarget()
        bench.bootProcessServer()
        watch()
        content = try live(bench.machine(seed: 96))
        isOver = true
    }

    /// The disks are what the machine had, and no spool is left of a relay that is gone.
    func isWhole() throws -> Bool {
        let spools = try bench.on(bench.processServer) { try $0.files.list("/spool") }
        return try bench.attachedContent() == content && spools.isEmpty
    }

    /// A supervisor starts it again.
    private func watch() {
        bench.world.after(.milliseconds(200)) { [self] in
            if isOver { return }
            if !bench.processServer.processes.contains(where: { $0.name == "process-server" }) {
                deaths += 1
                bench.killProcessServer()
                bench.bootProcessServer()
            }
            watch()
        }
    }

    private func live(_ machine: ScriptedMachine) throws -> [[UInt8]] {
        try bench.perform { environment in
            let vault = ScriptedVault(environment)
            let item = DataPathWorld.item
            func again(_ body: @Sendable () async throws -> Void) async throws {
                for _ in 0..<60 {
                    do { return try await body() } catch is RPCError {}
                    try await environment.clock.sleep(for: .milliseconds(300))
                }
                try await body()
            }
            try await again { try await vault.adopt(blank: true, machine) }
            try await again { try await vault.assignTarget(1) }
            try await again { try await vault.assignProcess(1) }
            try await again { try await vault.openRelay() }
            let source = FaultySource(machine, environment)
            for _ in 0..<4 {
                try await source.step()
                try await environment.clock.sleep(for: .milliseconds(300))
            }
            try await again { try await vault.assignTarget(2, drains: 1) }
            try await again { try await vault.assignProcess(2, drains: 1) }
            let content = try await source.finish()
            await source.end()
            try await again { try await vault.assignProcess(3) }
            try await again { try await vault.openRelay(3) }
            try await again {
                _ = try await vault.process.closeRelay(
                    .with {
                        $0.key = vault.key("close")
                        $0.item = item.text
                        $0.generation = DataPathWorld.generation(3).message
                    }, ScriptedVault.options)
            }
            // Gone already; another one has the item now, and the key of its closing is forgotten.
            try await again {
                _ = try await vault.processReceiver.forgetJob(.with { $0.job = "job-1" }, ScriptedVault.options)
            }
            try await again { try await vault.assignProcess(4, processServer: "ps-2") }
            return content
        }
    }
}
