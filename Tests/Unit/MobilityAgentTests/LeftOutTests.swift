import Blocks
import Environment
import IntervalFrames
import MachineFiles
import Messages
import Model
import NBD
import Replicas
import ScriptedSource
import Simulation
import Testing

@testable import MobilityAgent

/// A disk that is left out is served to the guest as the others are; nothing of it is tracked, sent, or run on an
/// overlay, and the agent knows of it by itself after every restart.
@Suite struct LeftOutTests {
    private static let scratch: DiskID = "scratch"

    @Test func `it is served in its place, and what is replicated are the others`() throws {
        let world = try AgentWorld(seed: 301)
        try world.addScratch()
        try world.protectBesideScratch()
        try world.scribble(20)
        try world.writeScratch(7)
        try world.waitForEqualDisks()
        #expect(try world.readScratch(0) == 7)
        #expect(try world.agent().hello?.disks.map(\.id) == world.disks.map(\.id.text))
        #expect(try world.besideScratch() == ["disk.raw"])
        #expect(try world.points().first?.disks.map(\.id) == DataPathWorld.disks.map { diskID($0.id) })
        // Nobody but the agent itself is there to tell.
        world.bench.killProcessServer()
        world.kill()
        world.boot()
        try world.writeScratch(9)
        #expect(try world.besideScratch() == ["disk.raw"])
        world.bench.bootProcessServer()
        try world.scribble(20)
        try world.waitForEqualDisks()
        try world.stop()
        #expect(try world.besideScratch() == ["disk.raw"], "also after an end in order")
    }

    @Test func `under a grant with an overlay it is written in place, and the fence is for it, too`() throws {
        let world = try AgentWorld(seed: 302, enabled: false)
        try world.addScratch()
        try world.handOver(generation: 2)
        try world.place(AgentWorld.grant(2, overlay: true, leftOut: [Self.scratch.text]))
        world.boot()
        try world.scribble(20)
        try world.writeScratch(5)
        let disk = try world.contentOfScratch()
        #expect(disk.first == 5 && disk.dropFirst(4_096).allSatisfy { $0 == 0 })
        #expect(try world.besideScratch() == ["disk.raw"])
        #expect(try world.overlays() == DataPathWorld.disks.count)
        world.kill()
        try world.place(AgentWorld.grant(2, kind: .drain, leftOut: [Self.scratch.text]))
        world.boot()
        let refused = try world.guest { _, environment in
            let client = try await AgentWorld.connect(environment, export: Self.scratch.text)
            do { try await client.write([UInt8](repeating: 6, count: 512), at: 0) } catch { return true }
            return false
        }
        #expect(refused)
        #expect(try world.readScratch(0) == 5)
    }

    @Test func `a disk that was added is left out in place, and points are made again`() throws {
        let world = try AgentWorld(seed: 303)
        try world.protect()
        try world.waitForEqualDisks()
        try world.stop()
        try world.addScratch()
        world.boot()
        try world.waitUntil("refused by name") {
            try world.status().cause.contains("disk scratch of the source is not replicated")
        }
        try world.writeScratch(3)
        #expect(try world.besideScratch().count > 1, "it is tracked like any other")
        let before = try world.points().first?.number ?? 0
        try world.leaveOut(2)
        try world.scribble(20)
        try world.waitForEqualDisks()
        try world.waitUntil("a point") { try world.points().first?.number ?? 0 > before }
        #expect(try world.readScratch(0) == 3)
        #expect(try world.besideScratch() == ["disk.raw"])
    }

    @Test func `one that is replicated again is a disk that nobody knows: all of it is to be sent`() throws {
        let world = try AgentWorld(seed: 304, enabled: false)
        try world.addScratch()
        world.bench.bootProcessServer()
        try world.handOver(generation: 2)
        try world.handScratchOver(generation: 2)
        try world.place(AgentWorld.grant(2))
        world.boot()
        // Its map names what changed, and would name the same when what comes now is over.
        #expect(try world.changedOfScratch() == 1)
        try #require(world.assign(3, leftOut: [Self.scratch.text]).code == 0)
        #expect(try world.changedOfScratch() == nil)
        try world.writeScratch(2)
        try #require(world.assign(4).code == 0)
        #expect(try world.changedOfScratch() == 8)
        #expect(try world.readScratch(0) == 2)
    }

    @Test(arguments: ["agent.raise.stored", "agent.raise.settled"])
    func `killed while it is left out, the others go on and it keeps what was written`(_ failpoint: String) throws {
        let world = try AgentWorld(seed: 305)
        try world.protect()
        try world.waitForEqualDisks()
        try world.stop()
        world.kill()
        try world.addScratch()
        world.boot()
        try world.writeScratch(8)
        world.home.arm(failpoint)
        var starts = 0
        world.startAgainWhenKilled { starts += 1 }
        try world.leaveOut(2)
        #expect(starts == 1)
        try world.scribble(10)
        try world.waitForEqualDisks()
        #expect(try world.readScratch(0) == 8)
        #expect(try world.besideScratch() == ["disk.raw"])
    }

    @Test func `all of a machine's disks are never left out, nor one that runs on an overlay`() throws {
        let world = try AgentWorld(seed: 306, enabled: false)
        world.bench.bootProcessServer()
        world.boot()
        let all = try world.assign(1, leftOut: DataPathWorld.disks.map(\.id.text))
        #expect(all.code != 0 && all.message.contains("all of its disks are left out"))
        try world.stop()
        try world.handOver(generation: 2)
        try world.place(AgentWorld.grant(2, overlay: true))
        world.boot()
        try world.scribble(5)
        try #require(world.assign(3, leftOut: ["system"]).message.contains("runs on an overlay over it until commit"))
    }

    private func diskID(_ id: DiskID) -> String { id.text }
}

extension AgentWorld {
    /// Between the two that are always there.
    fileprivate func addScratch() throws {
        try makeDisk("scratch")
        disks.insert((id: "scratch", bytes: 8 * 4_096), at: 1)
    }

    fileprivate func protectBesideScratch() throws {
        boot()
        for result in [try assign(1, leftOut: ["scratch"]), try openSession(1, full: true)] where result.code != 0 {
            throw Failure(.internalError, "\(result.message)\n\(complaints)")
        }
    }

    /// As its site host does, once.
    fileprivate func startAgainWhenKilled(_ then: @escaping () -> Void) {
        bench.world.after(.milliseconds(300)) { [self] in
            guard !agentLives else { return startAgainWhenKilled(then) }
            kill()
            boot()
            then()
        }
    }

    /// As the vault leaves it out while it is protected.
    fileprivate func leaveOut(_ number: UInt64) throws {
        try bench.perform { environment in
            let vault = ScriptedVault(environment)
            try await vault.assignTarget(number)
            try await vault.assignProcess(number)
            try await vault.openRelay(number)
        }
        for result in [try assign(number, leftOut: ["scratch"]), try openSession(number)] where result.code != 0 {
            throw Failure(.internalError, "\(result.message)\n\(complaints)")
        }
    }

    /// Its first sector.
    fileprivate func writeScratch(_ byte: UInt8) throws {
        try guest { _, environment in
            let client = try await Self.connect(environment, export: "scratch")
            try await client.write([UInt8](repeating: byte, count: 512), at: 0)
            try await client.writeZeroes(offset: 8_192, count: 512)
            try await client.trim(offset: 4_096, count: 8_192)
            try await client.flush()
            await client.close()
        }
    }

    fileprivate func readScratch(_ offset: Int64) throws -> UInt8? {
        try guest { _, environment in
            let client = try await Self.connect(environment, export: "scratch")
            defer { environment.tasks.spawn("close") { await client.close() } }
            return try await client.read(offset: offset, count: 512).first
        }
    }

    fileprivate func contentOfScratch() throws -> [UInt8] {
        try bench.on(home) { try $0.files.readAll(Self.bundle(of: "scratch").disk) }
    }

    /// At point 9 of generation 1, with block 3 ahead.
    fileprivate func handScratchOver(generation: UInt64) throws {
        try bench.on(home) { environment in
            var lineage = LineageRecord(diskID: diskIdentity("scratch"), size: 8 * 4_096)
            lineage.begin(Blocks.Generation(DataPathWorld.generation(1)), at: .origin)
            lineage.begin(
                Blocks.Generation(DataPathWorld.generation(generation)), at: Blocks.PointID(generation: 1, number: 9))
            lineage.state = .released
            let record = HandoverRecord(lineage: lineage, changes: BlockSet([3]))
            try environment.files.replace(Self.bundle(of: "scratch").lineage, with: record.encoded())
        }
    }

    /// As the agent tells it; nil when it does not speak of the disk.
    fileprivate func changedOfScratch() throws -> UInt64? {
        let result = try command("report", .report(.init()))
        guard case .report(let told) = result.result else { throw Failure(.internalError, result.message) }
        return told.disks.first { $0.disk == "scratch" }?.changedBlocks
    }

    /// Names of the files of its bundle.
    fileprivate func besideScratch() throws -> [String] {
        try bench.on(home) { try $0.files.list(Self.bundle(of: "scratch").path).sorted() }
    }

    /// How many disks have one.
    fileprivate func overlays() throws -> Int {
        let ids = disks.map(\.id)
        return try bench.on(home) { environment in
            ids.count { environment.files.exists(Self.bundle(of: $0).overlayMap) }
        }
    }
}
