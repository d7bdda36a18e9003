import Contract
import Environment
import Glibc
import Messages
import Model
import RPC
import ScriptedSource
import Testing

/// `kill -9` of the master target at each failpoint that a replica's whole life passes: adopted, written, pinned,
/// drained, moved to an older point, released, taken back after a cancel, written again, released and committed.
@Suite struct FailpointTests {
    /// Every so many of them; `make failpoints` takes all.
    private static let pace = getenv("HOMEWARD_FAILPOINTS") == nil ? 7 : 1

    @Test func `killed at any failpoint of a replica's life, it ends with the content that it was sent`() throws {
        let whole = try Life(killedAt: nil)
        #expect(try whole.isWhole())
        let reaches = whole.bench.masterTarget.failpointReaches.filter { $0.name != "master-target.served" }
        let missing = FailpointCells.masterTarget.subtracting(reaches.map(\.name))
        #expect(missing.isEmpty, "the life of a replica does not pass \(missing.sorted())")
        var rows: [String] = []
        for (place, reach) in reaches.enumerated() where place % Self.pace == 0 {
            // The first time, and one in the middle: what is repeated is repeated in different states.
            for count in Set([1, (reach.count + 1) / 2]).sorted() {
                let life = try Life(killedAt: (reach.name, count))
                let verdict = try life.deaths == 1 && life.isWhole()
                #expect(verdict, "\(reach.name) #\(count): \(life.deaths) deaths\n\(life.bench.complaints.suffix(5))")
                rows.append("\(reach.name) #\(count) of \(reach.count): killed \(life.deaths)")
            }
        }
        print("master target, \(rows.count) kills at failpoints:\n" + rows.joined(separator: "\n"))
    }
}

private final class Life {
    let bench: DataPathWorld
    private(set) var deaths = 0
    private var machine: ScriptedMachine
    private var isOver = false

    init(killedAt failpoint: (name: String, count: Int)?) throws {
        bench = try DataPathWorld(seed: 95)
        machine = bench.machine(seed: 95)
        try bench.attachBlankDisks()
        if let failpoint { bench.masterTarget.arm(failpoint.name, count: failpoint.count) }
        bench.bootMasterTarget()
        watch()
        try live()
        isOver = true
    }

    /// The disks are what the machine had, wherever it was killed.
    func isWhole() throws -> Bool { try bench.attachedContent() == machine.disks }

    /// A supervisor starts it again.
    private func watch() {
        bench.world.after(.milliseconds(200)) { [self] in
            if isOver { return }
            if bench.masterTarget.processes.allSatisfy({ !$0.isAlive }) {
                deaths += 1
                bench.killMasterTarget()
                bench.bootMasterTarget()
            }
            watch()
        }
    }

    private func live() throws {
        machine = try bench.perform { [machine] environment in
            var machine = machine
            let calls = Calls(environment)
            try await calls.again { [machine] in _ = try await calls.vault.adopt(blank: true, machine) }
            try await calls.again { try await calls.vault.assignTarget(1) }
            try await calls.refuse(machine)
            var intervals: [ScriptedMachine.Interval] = []
            machine.scribble(40)
            intervals.append(machine.cut(base: 0, pass: 1))
            for number in 1...5 as ClosedRange<UInt64> {
                machine.scribble(6)
                intervals.append(machine.cut(base: number - 1))
            }
            try await replicate(machine, intervals, environment)
            try await calls.pin()
            try await calls.branch()
            try await calls.retain(3)
            try await calls.again { try await calls.vault.assignTarget(2, drains: 1) }
            machine.scribble(6)
            try await replicate(machine, [machine.cut(base: 5, isFinal: true)], environment)
            try await calls.sealFinal()
            try await calls.move(to: 2)
            try await calls.release(2)
            try await calls.again { try await calls.vault.assignTarget(3) }
            try await calls.reclaim(3)
            machine.generation = DataPathWorld.generation(3)
            machine.scribble(6)
            try await replicate(machine, [machine.cut(base: 6)], environment)
            try await calls.again { try await calls.vault.assignTarget(4) }
            try await calls.release(4)
            try await calls.commit(4)
            try await calls.again {
                _ = try await calls.vault.targetReceiver.forgetJob(.with { $0.job = "job-1" }, ScriptedVault.options)
            }
            return machine
        }
    }
}

/// The vault's calls, made again with the same keys until they are answered.
private struct Calls: Sendable {
    let vault: ScriptedVault
    private let environment: Environment
    private let item = DataPathWorld.item.text

    init(_ environment: Environment) {
        self.environment = environment
        vault = ScriptedVault(environment)
    }

    func again(_ body: @Sendable () async throws -> Void) async throws {
        for _ in 0..<60 {
            do { return try await body() } catch is RPCError {}
            try await environment.clock.sleep(for: .milliseconds(300))
        }
        try await body()
    }

    func pin() async throws {
        try await again {
            _ = try await vault.target.pinPoint(
                .with {
                    $0.key = vault.key("pin")
                    $0.item = item
                    $0.number = 2
                    $0.pin = "job-1"
                }, ScriptedVault.options)
        }
    }

    /// A replica on other disks is here: refused, and the refusal is kept.
    func refuse(_ machine: ScriptedMachine) async throws {
        try await again {
            do {
                _ = try await vault.target.adoptReplica(
                    .with {
                        $0.key = vault.key("adopt-less")
                        $0.item = item
                        $0.disks = Array(machine.descriptions.prefix(1))
                    }, ScriptedVault.options)
            } catch let error as RPCError where error.code == .alreadyExists { return }
        }
    }

    func branch() async throws {
        try await again { try await vault.pin(3) }
        try await again { _ = try await vault.createBranch(of: 3) }
        try await again { try await vault.deleteBranch() }
        try await again { try await vault.unpin("unpin") }
    }

    func retain(_ points: UInt32) async throws {
        try await again {
            _ = try await vault.target.setRetention(
                .with {
                    $0.key = vault.key("retention")
                    $0.item = item
                    $0.generation = DataPathWorld.generation(1).message
                    $0.retention = .with { $0.points = points }
                    $0.revision = 1
                }, ScriptedVault.options)
        }
    }

    func sealFinal() async throws {
        try await again {
            _ = try await vault.target.sealFinal(
                .with {
                    $0.key = vault.key("seal-final")
                    $0.item = item
                    $0.generation = DataPathWorld.generation(2).message
                    $0.closing = DataPathWorld.generation(1).message
                }, ScriptedVault.options)
        }
    }

    func move(to number: UInt64) async throws {
        try await again {
            _ = try await vault.target.moveReplica(
                .with {
                    $0.key = vault.key("move")
                    $0.item = item
                    $0.generation = DataPathWorld.generation(2).message
                    $0.number = number
                }, ScriptedVault.options)
        }
    }

    func release(_ generation: UInt64) async throws {
        try await again {
            _ = try await vault.target.releaseReplica(
                .with {
                    $0.key = vault.key("release-\(generation)")
                    $0.item = item
                    $0.generation = DataPathWorld.generation(generation).message
                }, ScriptedVault.options)
        }
    }

    func reclaim(_ generation: UInt64) async throws {
        try await again {
            _ = try await vault.target.reclaimReplica(
                .with {
                    $0.key = vault.key("reclaim")
                    $0.item = item
                    $0.generation = DataPathWorld.generation(generation).message
                }, ScriptedVault.options)
        }
    }

    func commit(_ generation: UInt64) async throws {
        try await again {
            _ = try await vault.target.commitReplica(
                .with {
                    $0.key = vault.key("commit")
                    $0.item = item
                    $0.generation = DataPathWorld.generation(generation).message
                }, ScriptedVault.options)
        }
    }
}
