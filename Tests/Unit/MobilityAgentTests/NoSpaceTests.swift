import Environment
import Messages
import NBD
import RPC
import ScriptedSource
import Simulation
import Testing

@testable import MobilityAgent

/// No space, in each place where the data path keeps something: the state is named, the guest goes on, and replication
/// recovers by itself when there is space again. Of the spill file: `TrackingTests.DecayTests`.
@Suite struct NoSpaceTests {
    private static func world(_ seed: UInt64) throws -> AgentWorld {
        let world = try AgentWorld(seed: seed)
        try world.protect()
        try world.scribble(12)
        try world.waitForEqualDisks()
        return world
    }

    @Test func `spool: changes are tracked and the cause is told, until there is space`() throws {
        let world = try Self.world(41)
        world.bench.killMasterTarget()
        let volume = world.bench.processServer.rootVolume
        volume.capacity = volume.usedBytes
        try world.scribble(30)
        // Said by who finds it first: of a new segment, of a write into one, of the budget of all spools.
        let said = ["no space for another segment", "noSpace", "no more space"]
        try world.waitUntil("only tracked") {
            let status = try world.status()
            return status.tracking == .only && status.cause.contains("spool")
                && said.contains(where: status.cause.contains)
        }
        for _ in 0..<5 { try world.scribble(10) }
        volume.capacity = .max
        world.bench.bootMasterTarget()
        try world.waitForEqualDisks()
        try world.waitUntil("streams again") { try world.status().tracking == .streaming }
    }

    @Test func `staging: the interval is needed again, by that cause, until there is space`() throws {
        let world = try Self.world(42)
        let volume = world.bench.masterTarget.rootVolume
        volume.capacity = 0
        try world.scribble(30)
        try world.waitUntil("the cause is told") {
            let status = try world.status()
            return status.tracking == .only && status.cause.contains("noSpace")
        }
        for _ in 0..<5 { try world.scribble(10) }
        volume.capacity = .max
        try world.waitForEqualDisks()
        try world.waitUntil("streams again") { try world.status().tracking == .streaming }
        for point in try world.points() where point.applied { #expect(try world.view(point).isWhole) }
    }

    @Test func `retention: sealed points wait before they are applied, and are when there is space`() throws {
        let world = try Self.world(43)
        let volume = world.bench.masterTarget.rootVolume
        // For staging, and not for the undo of what it holds.
        volume.capacity = volume.usedBytes + (3 << 20)
        // No more than an interval takes: what goes in passes is refused before it is sealed.
        try world.scribble(3)
        try world.waitUntil("a sealed point waits") {
            try world.points().contains { !$0.applied } && world.allComplaints.contains("NO_SPACE")
        }
        #expect(world.allComplaints.contains("sealed intervals are not applied"))
        #expect(world.allComplaints.contains("undo of"))
        try world.scribble(10)
        let sealed = try #require(try world.points().map(\.number).max())
        volume.capacity = .max
        try world.waitUntil("all is applied") {
            try world.bench.perform { try await ScriptedVault($0).replica() }.position >= sealed
        }
        try world.waitForEqualDisks()
        for point in try world.points() where point.applied { #expect(try world.view(point).isWhole) }
    }

    @Test func `overlay: the guest's writes wait, its reads do not, and both go on when there is space`() throws {
        let world = try AgentWorld(seed: 44)
        try world.handOver(generation: 2)
        try world.place(AgentWorld.grant(2, overlay: true))
        world.boot()
        try world.scribble(10)
        let volume = world.home.rootVolume
        volume.inject(DiskFault(.write, .fail(.noSpace), pathSuffix: "/overlay.data", times: -1))
        let ended = Flag()
        let failed = Said()
        world.home.boot("guest") { environment in
            do {
                let client = try await AgentWorld.connect(environment, export: DataPathWorld.disks[0].id.text)
                try await client.write([UInt8](repeating: 0x5A, count: 8_192), at: 40_960)
                try await client.flush()
            } catch { failed.add("\(error)") }
            ended.set()
        }
        try world.waitUntil("the cause is told") { try world.status().cause.contains("wait for space") }
        let before = try world.readDisks()
        #expect(!ended.isSet)
        volume.clearFaults()
        try world.waitUntil("the write is acknowledged") { ended.isSet }
        #expect(failed.all.isEmpty, "\(failed.all)")
        try world.waitUntil("nothing waits") { try !world.status().cause.contains("space") }
        var after = before
        after[0].replaceSubrange(40_960..<49_152, with: [UInt8](repeating: 0x5A, count: 8_192))
        #expect(try world.readDisks() == after)
    }

    @Test func `a fence does not wait for writes that wait for space`() throws {
        let world = try Self.world(45)
        let volume = world.home.rootVolume
        volume.inject(DiskFault(.write, .fail(.noSpace), pathSuffix: "/disk.raw", times: -1))
        let answers = Said()
        world.home.boot("guest") { environment in
            do {
                let client = try await AgentWorld.connect(environment, export: DataPathWorld.disks[0].id.text)
                try await client.write([UInt8](repeating: 0x5A, count: 8_192), at: 40_960)
                answers.add("acknowledged")
            } catch { answers.add("\(error)") }
        }
        try world.waitUntil("the cause is told") { try world.status().cause.contains("wait for space") }
        #expect(try world.fence(2).code == 0)
        try world.waitUntil("the guest is answered") { !answers.all.isEmpty }
        #expect(answers.all != ["acknowledged"], "no write is acknowledged under a generation that is over")
        volume.clearFaults()
        #expect(try world.drain(1).code == 0)
        try world.waitForEqualDisks()
    }
}
