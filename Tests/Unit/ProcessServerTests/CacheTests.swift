import Contract
import Environment
import Messages
import Model
import ScriptedSource
import Simulation
import Testing

@testable import ProcessServer

/// The cache's free share, the promises made on it, and what agents and people are told.
struct CacheTests {
    private static let item: ItemID = "item-1"

    // MARK: - States

    @Test func `a state begins under its share and ends five points above it`() {
        var level = CacheLevel.healthy
        let steps: [(percent: Int, level: CacheLevel)] = [
            (100, .healthy), (30, .healthy), (29, .warning), (34, .warning), (35, .healthy), (29, .warning),
            (25, .warning), (24, .critical), (29, .critical), (30, .warning), (20, .critical), (19, .throttled),
            (24, .throttled), (25, .critical), (0, .throttled), (31, .warning), (3, .throttled), (100, .healthy),
        ]
        for (index, step) in steps.enumerated() {
            level = level.following(freePercent: step.percent)
            #expect(level == step.level, "step \(index): \(step.percent) %")
        }
    }

    @Test(arguments: 1...8)
    func `what agents may still send is never more than the cache can take`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let limit: Int64 = 1_000
        let budget = CacheBudget(limit: limit)
        let items = (0..<6).map { ItemID(stringLiteral: "item-\($0)") }
        var spooled = [Int64](repeating: 0, count: items.count)
        var promised = spooled
        for _ in 0..<2_000 {
            let index = Int.random(in: 0..<items.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                promised[index] = budget.promise(
                    items[index], Int64.random(in: 0...400, using: &random), keeping: promised[index])
            case 1:
                let used = Int64.random(in: 0...promised[index], using: &random)
                promised[index] -= used
                spooled[index] += used
                budget.set(items[index], spooled[index])
                promised[index] = budget.promise(items[index], promised[index], keeping: promised[index])
            case 2:
                spooled[index] = Int64.random(in: 0...spooled[index], using: &random)
                budget.set(items[index], spooled[index])
            default:
                if Int.random(in: 0..<10, using: &random) == 0 {
                    budget.forget(items[index])
                    (spooled[index], promised[index]) = (0, 0)
                }
            }
            #expect(spooled.reduce(0, +) + promised.reduce(0, +) <= limit)
            #expect(budget.total == spooled.reduce(0, +))
        }
    }

    @Test func `the volume counts with what the spools can use again`() {
        let budget = CacheBudget(limit: 1_000)
        budget.set(Self.item, reusable: 150)
        budget.measured(volumeFree: 100)
        #expect(budget.standing.freePercent == 25)
        #expect(budget.standing.level == .warning)
        #expect(budget.standing.isVolumeShort)
        budget.measured(volumeFree: 20)
        #expect(budget.standing.level == .throttled)
        #expect(budget.standing.throttleCause?.contains("volume") == true)
        budget.measured(volumeFree: .max)
        #expect(budget.standing.level == .healthy)
        #expect(budget.standing.throttleCause == nil)
    }

    // MARK: - In a process server

    @Test func `a volume without space is one state with its cause, and its end needs nobody`() throws {
        let bench = try relayWorld(seed: 61)
        let volume = bench.processServer.rootVolume
        let content = try bench.perform { [machine = bench.machine(seed: 61)] environment in
            var machine = machine
            let vault = ScriptedVault(environment)
            let stream = try await open(machine, environment)
            machine.scribble(10)
            try await stream.send(machine.cut(base: 0))
            try await stream.await(1, .applied)
            #expect(await stream.creditCause.isEmpty)
            volume.capacity = 0
            try await stream.wait(.seconds(10)) { !$0.creditCause.isEmpty }
            #expect(await stream.creditCause.contains("volume"))
            let sick = try await vault.process.getProcessServer(.init())
            #expect(sick.health == .critical)
            #expect(sick.findings.first { $0.subject == "cache" }?.cause.contains("volume") == true)
            #expect(sick.throttleCause.contains("volume"))
            #expect(sick.cacheFreePercent < 20)
            // The target is there: what fits goes through, in memory if need be.
            machine.scribble(30, incompressible: true)
            try await stream.send(machine.cut(base: 1))
            try await stream.await(2, .applied)
            volume.capacity = .max
            try await stream.wait(.seconds(10)) { $0.creditCause.isEmpty }
            let well = try await vault.process.getProcessServer(.init())
            #expect(well.findings.first { $0.subject == "cache" }?.state == .healthy)
            #expect(well.throttleCause.isEmpty)
            return machine.disks
        }
        #expect(try bench.attachedContent() == content)
    }

    @Test func `while the target is away, a full volume stops credit, and space alone brings it back`() throws {
        let bench = try relayWorld(seed: 62)
        let volume = bench.processServer.rootVolume
        let machine = try bench.perform { [machine = bench.machine(seed: 62)] environment in
            var machine = machine
            let stream = try await open(machine, environment)
            machine.scribble(10)
            try await stream.send(machine.cut(base: 0))
            try await stream.await(1, .applied)
            return machine
        }
        bench.killMasterTarget()
        let content = try bench.perform { environment in
            var machine = machine
            let stream = try await open(machine, environment)
            volume.capacity = 0
            try await stream.wait(.seconds(10)) { $0.creditCause.contains("volume") }
            #expect(await stream.creditCause.contains("the master target is not connected"))
            let before = await stream.credit
            try await environment.clock.sleep(for: .seconds(20))
            #expect(await stream.credit == before)
            volume.capacity = .max
            try await stream.wait(.seconds(10)) { $0.creditCause.isEmpty }
            machine.scribble(30, incompressible: true)
            try await stream.send(machine.cut(base: 1))
            try await stream.await(2, .cached)
            return machine.disks
        }
        bench.bootMasterTarget()
        try bench.perform { environment in _ = try await ScriptedVault(environment).replica(at: 2) }
        #expect(try bench.attachedContent() == content)
    }

    @Test func `a spool that failed is open again without a new stream`() throws {
        let bench = try relayWorld(seed: 63)
        let volume = bench.processServer.rootVolume
        let content = try bench.perform { [machine = bench.machine(seed: 63)] environment in
            var machine = machine
            let vault = ScriptedVault(environment)
            let stream = try await open(machine, environment)
            volume.inject(DiskFault(.sync, .fail(.input), pathSuffix: "segment-0"))
            machine.scribble(10)
            try await stream.send(machine.cut(base: 0))
            try await stream.await(1, .applied)
            let sick = try await vault.process.getProcessServer(.init())
            #expect(sick.findings.first { $0.subject == "spool" }?.state == .critical)
            #expect(sick.findings.first { $0.subject == "spool" }?.cause.contains("item-1") == true)
            try await environment.clock.sleep(for: .seconds(10))
            let well = try await vault.process.getProcessServer(.init())
            #expect(well.findings.first { $0.subject == "spool" }?.state == .healthy)
            machine.scribble(10)
            try await stream.send(machine.cut(base: 1))
            try await stream.await(2, .cached)
            try await stream.await(2, .applied)
            return machine.disks
        }
        #expect(try bench.attachedContent() == content)
    }

    @Test(arguments: [UInt64(64), 65])
    func `the cache keeps its bound whatever comes, and all of it arrives`(seed: UInt64) throws {
        let bench = try relayWorld(seed: seed, spoolBytes: 8 << 20)
        let content = try bench.perform { [machine = bench.machine(seed: seed)] environment in
            var machine = machine
            let vault = ScriptedVault(environment)
            let stream = try await open(machine, environment)
            for number in 1...8 as ClosedRange<UInt64> {
                machine.scribble(96, incompressible: true)
                try await stream.send(machine.cut(base: number - 1, pass: 1))
                try await stream.send(machine.cut(base: number - 1))
                let relay = try await vault.relay()
                #expect(relay.spooledBytes <= 8 << 20)
            }
            try await stream.await(8, .applied)
            return machine.disks
        }
        #expect(try bench.attachedContent() == content)
    }
}
