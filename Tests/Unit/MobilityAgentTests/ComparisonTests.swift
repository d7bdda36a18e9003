import API
import Hosting
import Messages
import Model
import RPC
import ScriptedSource
import Simulation
import Testing

@testable import MobilityAgent

/// Agent, process server and master target compare by digest: after a loss, and because somebody asked.
@Suite struct ComparisonTests {
    /// Changes blocks of the replica's disks behind its back.
    private static func flip(_ blocks: [Int64], _ world: AgentWorld) throws {
        try world.bench.on(world.bench.masterTarget) { environment in
            let path = DataPathWorld.ownerDirectory + "/" + DataPathWorld.disks[0].id.text + "/disk.raw"
            let file = try environment.files.open(path, .readWrite)
            defer { file.close() }
            for block in blocks {
                let byte = try file.read(1, at: block * 4_096 + 17)
                try file.write([byte[0] ^ 0x20], at: block * 4_096 + 17)
            }
            try file.sync()
        }
    }

    private static func resync(_ world: AgentWorld, _ id: String, stop: Bool = false) throws -> AgentV1.Comparison {
        let result = try world.resync(id, stop: stop)
        guard case .comparison(let comparison) = result.result else {
            throw Failure(.internalError, "compare: \(result.message)\n\(world.complaints)")
        }
        return comparison
    }

    private static func protected(_ seed: UInt64, ranges: [Int] = [64, 8]) throws -> AgentWorld {
        let world = try AgentWorld(seed: seed)
        world.comparedRanges = ranges
        try world.protect()
        try world.waitForEqualDisks()
        try world.waitUntil("at rest") {
            let status = try world.status()
            return status.tracking == .streaming && status.dirtyBlocks == 0
        }
        return world
    }

    @Test(arguments: [[], [1], [7], [64, 8], [1_024, 16]])
    func `a replica that silently differs is found by a comparison that is asked for, and mended`(
        ranges: [Int]
    ) throws {
        let world = try Self.protected(141, ranges: ranges)
        let different: [Int64] = [2, 3, 40, 95]
        try Self.flip(different, world)
        #expect(try world.content() != world.bench.attachedContent())
        #expect(try Self.resync(world, "job-7").id == "job-7")
        try world.waitUntil("complete") { try world.status().comparison?.complete == true }
        let comparison = try #require(try world.status().comparison)
        #expect(comparison.totalBlocks == 114 && comparison.remainingBlocks == 0)
        #expect(comparison.differingBlocks == 4)
        #expect(try world.content() == world.bench.attachedContent())
        #expect(try world.newestRoots() == world.expectedRoots())
        #expect(try world.status().tracking == .streaming)
        // Asked again under the same name it is not begun again.
        let bytes = try world.status().digestBytes
        #expect(bytes == comparison.digestBytes && bytes > 0)
        #expect(try Self.resync(world, "job-7").complete)
        try world.bench.world.run(for: .seconds(3))
        #expect(try world.status().digestBytes == bytes)
        // Ranges cost what they are worth.
        if ranges == [1_024, 16] { #expect(bytes == 16 * (1 + 1 + 6 + 16 * 3)) }
        if ranges.isEmpty { #expect(bytes == 16 * 114) }
    }

    @Test func `one that was begun outlives its agent, and points go on beside it`() throws {
        let world = try Self.protected(142)
        try Self.flip([5, 6, 90], world)
        world.home.arm("agent.session.comparison", count: 1, .kill)
        let key = world.key("resync")
        world.bench.processServer.boot("asks") { environment in
            let relay = AgentRelayClient(StreamTransport(environment).channel(to: DataPathWorld.processAddress))
            _ = try? await relay.commandAgent(
                .with {
                    $0.machine = AgentWorld.machine
                    $0.command = .with {
                        $0.key = key
                        $0.command = .compare(
                            .with {
                                $0.generation = DataPathWorld.generation(1).message
                                $0.id = "job-8"
                            })
                    }
                })
        }
        try world.bench.world.run(limit: .seconds(60)) { !world.agentLives }
        world.kill()
        world.boot()
        try world.scribble(20)
        try world.waitUntil("complete") { try world.status().comparison?.complete == true }
        #expect(try world.status().comparison?.id == "job-8")
        try world.waitForEqualDisks()
        #expect(try world.newestRoots() == world.expectedRoots())
    }

    @Test func `a comparison that is stopped leaves everything as it is`() throws {
        let world = try Self.protected(143)
        // Nobody answers it.
        world.bench.killMasterTarget()
        _ = try Self.resync(world, "job-9")
        #expect(try Self.resync(world, "job-9", stop: true).complete == false)
        world.bench.bootMasterTarget()
        try world.waitUntil("streams") { try world.status().tracking == .streaming }
        let status = try world.status()
        #expect(status.comparison == nil && status.suspectBlocks == 0 && status.comparedBlocks == 0)
        try world.scribble(10)
        try world.waitForEqualDisks()
        #expect(try world.newestRoots() == world.expectedRoots())
        // One of another name is not what it stops.
        _ = try Self.resync(world, "job-10")
        _ = try Self.resync(world, "job-9", stop: true)
        try world.waitUntil("complete") { try world.status().comparison?.complete == true }
        #expect(try world.status().comparison?.id == "job-10")
    }

    @Test func `a fence ends it, and the final interval is proven by its roots`() throws {
        let world = try Self.protected(144)
        world.bench.killMasterTarget()
        _ = try Self.resync(world, "job-11")
        try world.scribble(10)
        #expect(try world.fence(2).code == 0)
        world.bench.bootMasterTarget()
        let drained = try world.drain(2)
        guard case .drain(let result) = drained.result else {
            throw Failure(.internalError, "drain: \(drained.message)\n\(world.complaints)")
        }
        #expect(result.roots.count == 2)
        #expect(try world.content() == world.bench.attachedContent())
    }
}

extension AgentWorld {
    func resync(_ id: String, stop: Bool = false) throws -> AgentV1.AgentCommandResult {
        try command(
            "resync-\(id)-\(stop)",
            .compare(
                .with {
                    $0.generation = DataPathWorld.generation(1).message
                    $0.id = id
                    $0.stop = stop
                }))
    }
}
