import Environment
import Messages
import Model
import ScriptedSource
import Testing

/// Whatever is on the disks is read back in the background.
struct ScrubTests {
    private static let disk = DataPathWorld.ownerDirectory + "/" + DataPathWorld.disks[0].id.text + "/disk.raw"

    /// Replicates two intervals, whose points are there then, and waits.
    private func world(
        seed: UInt64, interval: UInt64? = nil, telling registry: HeardRegistry? = nil
    ) throws -> DataPathWorld {
        let bench = try targetWorld(seed: seed, telling: registry)
        if let interval {
            bench.targetSettings.scrubIntervalUs = interval
            bench.killMasterTarget()
            bench.bootMasterTarget()
        }
        try bench.perform { [machine = bench.machine(seed: seed)] environment in
            var machine = machine
            machine.scribble()
            let first = machine.cut(base: 0)
            machine.scribble()
            let second = machine.cut(base: 1)
            try await replicate(machine, [first, second], environment)
        }
        return bench
    }

    /// The replica so much later; what is asked of the world takes 15 minutes at most.
    private func replica(_ bench: DataPathWorld, after minutes: Int) throws -> TargetV1.Replica {
        for _ in 0..<(minutes / 10) {
            try bench.perform { environment in try await environment.clock.sleep(for: .seconds(600)) }
        }
        return try bench.perform { environment in try await ScriptedVault(environment).replica() }
    }

    /// Not beside a first copy, and not all replicas at once: an hour to four after it came, where a day is the usual.
    @Test func `a replica is read back some hours after it came, each at its own time, and again after a day`() throws {
        var first: Set<Int64> = []
        for seed in [31, 34] as [UInt64] {
            let bench = try world(seed: seed)
            #expect(try replica(bench, after: 50).scrub == nil, "it was never read back, and says nothing else")
            let scrub = try #require(try replica(bench, after: 200).scrub)
            #expect(scrub.differingBlocks == 0)
            let now = try bench.perform { environment in environment.clock.wallNow().microseconds }
            first.insert((now - scrub.endedUnixUs) / 1_000_000)
            guard seed == 31 else { continue }
            #expect(try replica(bench, after: 60).scrub == scrub)
            let second = try #require(try replica(bench, after: 24 * 60).scrub)
            #expect(second.endedUnixUs - scrub.endedUnixUs >= 24 * 3_600 * 1_000_000)
        }
        #expect(first.count == 2, "\(first)")
    }

    @Test func `it is read back as often as the setting says, which is told with it`() throws {
        let bench = try world(seed: 33, interval: 1_800_000_000)
        let first = try replica(bench, after: 10)
        #expect(first.scrubIntervalUs == 1_800_000_000)
        let second = try #require(try replica(bench, after: 60).scrub)
        let later = second.endedUnixUs - (first.scrub?.endedUnixUs ?? 0)
        #expect((1_800_000_000..<2 * 1_800_000_000 + 120_000_000).contains(later))
        var settings = bench.targetSettings
        for wrong in [0, 999_999, 40_000_000_000_000] as [UInt64] {
            settings.scrubIntervalUs = wrong
            #expect(throws: Failure.self) { try settings.validate() }
        }
    }

    @Test func `a bit that flipped on the target is named in the points that hold it`() throws {
        let registry = HeardRegistry()
        let bench = try world(seed: 32, telling: registry)
        #expect(try replica(bench, after: 250).scrub?.differingBlocks == 0)
        try bench.on(bench.masterTarget) { environment in
            let file = try environment.files.open(Self.disk, .readWrite)
            defer { file.close() }
            let byte = try file.read(1, at: 5 * 4_096 + 17)
            try file.write([byte[0] ^ 0x20], at: 5 * 4_096 + 17)
        }
        let replica = try replica(bench, after: 25 * 60)
        #expect(replica.scrub?.differingBlocks == 1)
        let points = try bench.perform { environment in
            try await ScriptedVault(environment).target.listPoints(.with { $0.item = "item-1" }).points
        }
        #expect(points.count >= 2 && points.allSatisfy { $0.damage.contains("block 5") })
        // Nobody learns of it by failing over.
        let told = registry.findings
        #expect(told.contains { $0.subject == "replica item-1" && $0.cause.contains("block 5") }, "\(told)")
    }
}
