import Environment
import Messages
import Model
import NBD
import ScriptedSource
import Simulation
import Testing

@testable import MobilityAgent

@Suite struct ReplicationTests {
    @Test(arguments: [UInt64(1), 2, 3])
    func `A first copy under the guest's writes, then intervals, make the replica equal`(seed: UInt64) throws {
        let world = try AgentWorld(seed: seed)
        world.boot()
        try world.scribble(10)
        #expect(try world.assign(1).code == 0)
        #expect(try world.openSession(1, full: true).code == 0)
        for _ in 0..<4 { try world.scribble(15) }
        try world.waitForEqualDisks()
        // Bits go only after a sync of the disk, at the latest 30 s later; then nothing is left to send.
        try world.waitUntil("nothing waits") { try world.status().dirtyBlocks == 0 }
        let status = try world.status()
        #expect(status.service == .serving)
        #expect(status.tracking == .streaming)
        #expect(status.rpoUs < 20_000_000)
        #expect(status.appliedNumber > 0)
    }

    @Test func `An idle machine seals a point after its full copy and keeps its RPO small`() throws {
        let world = try AgentWorld(seed: 11)
        try world.protect()
        try world.waitForEqualDisks()
        try world.bench.world.run(for: .seconds(120))
        let status = try world.status()
        #expect(status.rpoUs < 20_000_000)
        let replica = try world.bench.perform { try await ScriptedVault($0).replica() }
        // A full copy, and an empty interval each 15 s.
        #expect((4...16).contains(replica.position))
    }

    /// Whoever ends a generation waits for it: a cancelled failback did, for up to three seconds.
    @Test(arguments: [UInt64(31), 32, 33]) func `A session that rests between two attempts ends at once`(
        seed: UInt64
    ) throws {
        let world = try AgentWorld(seed: seed)
        try world.protect()
        try world.waitForEqualDisks()
        // Its process server takes nothing of its generation any more.
        try world.bench.perform { try await ScriptedVault($0).assignProcess(2) }
        try world.bench.world.run(for: .seconds(8))
        let before = world.bench.world.now
        let generation = DataPathWorld.generation(1).message
        #expect(try world.command("close", .closeSession(.with { $0.generation = generation })).code == 0)
        #expect(world.bench.world.now - before < .milliseconds(500))
    }

    @Test func `The process server dies and comes back while the guest goes on`() throws {
        let world = try AgentWorld(seed: 21)
        try world.protect()
        for round in 0..<3 {
            try world.scribble(10)
            world.bench.killProcessServer()
            try world.scribble(10)
            try world.bench.world.run(for: .seconds(round == 0 ? 20 : 1))
            world.bench.bootProcessServer()
            try world.scribble(10)
        }
        try world.waitForEqualDisks()
    }

    @Test func `The master target dies, the spool takes over, nothing is missed`() throws {
        let world = try AgentWorld(seed: 22)
        try world.protect()
        try world.waitForEqualDisks()
        world.bench.killMasterTarget()
        for _ in 0..<3 {
            try world.scribble(10)
            try world.bench.world.run(for: .seconds(2))
        }
        world.bench.bootMasterTarget()
        try world.scribble(5)
        try world.waitForEqualDisks()
    }

    @Test func `What the spool lost is merged forward`() throws {
        let world = try AgentWorld(seed: 23)
        try world.protect()
        try world.waitForEqualDisks()
        world.bench.killMasterTarget()
        world.bench.processServer.rootVolume.inject(DiskFault(.write, .fail(.input), skip: 12, times: 3))
        for _ in 0..<4 {
            try world.scribble(12)
            try world.bench.world.run(for: .seconds(2))
        }
        world.bench.processServer.rootVolume.clearFaults()
        world.bench.bootMasterTarget()
        try world.waitForEqualDisks()
    }

    @Test func `What was written behind the agent's back is noticed when it opens the disk, and compared`() throws {
        let world = try AgentWorld(seed: 24)
        try world.protect()
        try world.waitForEqualDisks()
        try world.stop()
        try world.bench.on(world.home) { environment in
            let file = try environment.files.open(AgentWorld.bundle(0).disk, .readWrite)
            try file.write([UInt8](repeating: 7, count: 512), at: 50 * 4096)
            try file.sync()
            file.close()
        }
        world.boot()
        // The sidecar is clean and everything was settled; the disk's change time is another.
        try world.waitForEqualDisks()
        try world.scribble(5)
        try world.waitForEqualDisks()
    }

    @Test func `A disk that nobody touched since its clean end is not compared`() throws {
        let world = try AgentWorld(seed: 26)
        try world.protect()
        try world.waitForEqualDisks()
        for _ in 0..<3 {
            try world.stop()
            world.boot()
            #expect(try world.status().suspectBlocks == 0)
            try world.scribble(5)
        }
        try world.waitForEqualDisks()
    }

    @Test func `Intervals far shorter than the time between syncs go on being sealed`() throws {
        let world = try AgentWorld(seed: 28)
        world.boot()
        #expect(try world.assign(1).code == 0)
        #expect(try world.openSession(1, full: true, interval: .milliseconds(100)).code == 0)
        try world.waitForEqualDisks()
        let before = try world.status().appliedNumber
        var oldest: UInt64 = 0
        for _ in 0..<300 {
            try world.scribble(1)
            try world.bench.world.run(for: .milliseconds(100))
            oldest = max(oldest, try world.status().rpoUs)
        }
        let count = try world.status().appliedNumber - before
        #expect(count > 100, "more than may be unsettled at a time")
        #expect(oldest < 2_000_000)
    }

    @Test func `The age of the newest point is unknown to an agent that restarted, and never too good`() throws {
        let world = try AgentWorld(seed: 27)
        try world.protect()
        try world.waitForEqualDisks()
        world.bench.killMasterTarget()
        try world.bench.world.run(for: .seconds(60))
        #expect(try world.status().rpoUs > 50_000_000)
        world.kill()
        world.boot()
        try world.bench.world.run(for: .seconds(5))
        #expect(try world.status().rpoUs == 0)
        world.bench.bootMasterTarget()
        try world.scribble(5)
        try world.waitUntil("a point is known") { try (1..<20_000_000).contains(world.status().rpoUs) }
    }

    @Test func `A comparison asked for while the guest writes ends with equal disks`() throws {
        let world = try AgentWorld(seed: 25)
        try world.protect()
        try world.waitForEqualDisks()
        try world.scribble(10)
        #expect(try world.compare().code == 0)
        try world.scribble(10)
        try world.waitUntil("suspects are settled") { try world.status().suspectBlocks == 0 }
        try world.scribble(5)
        try world.waitForEqualDisks()
        #expect(try world.status().service == .serving)
    }

    @Test func `What the target changed by itself is learned from all parts of its welcome`() throws {
        let world = try AgentWorld(seed: 29)
        try world.protect()
        try world.waitForEqualDisks()
        try world.waitUntil("nothing waits") { try world.status().dirtyBlocks == 0 }
        // Another one took a few more of our points.
        let position = try world.status().appliedNumber + 3
        let intake = ScriptedIntake(
            .with {
                $0.position = position
                $0.sealed = position
                $0.changes = [
                    .with { $0.runs = (UInt64(0)..<20).map { block in .with { $0.first = block * 4; $0.count = 1 } } },
                    .with { $0.disk = 1; $0.runs = [.with { $0.first = 2; $0.count = 3 }] },
                ]
            }, runsOfPart: 6)
        let address = StreamAddress.ip("127.0.1.9", port: 7_100)
        intake.boot(on: world.bench.world.host("far", address: "127.0.1.9"), at: address)
        #expect(try world.openSession(1, step: "far", at: address).code == 0)
        try world.waitUntil("it was welcomed") { try world.status().dirtyBlocks > 0 }
        #expect(try world.status().dirtyBlocks == 23)
        #expect(intake.heard.count == 1)
    }
}
