import Blocks
import Environment
import MachineFiles
import Messages
import ScriptedSource
import Testing

@testable import MobilityAgent

enum SidecarLoss: String, CaseIterable {
    case removed, damaged, emptied
}

/// A sidecar that is gone or cannot be read: what changed since is compared for, never forgotten.
@Suite struct SidecarLossTests {
    @Test(arguments: SidecarLoss.allCases, [1, 3])
    func `a sidecar lost with an agent that was killed costs a comparison and no write`(
        loss: SidecarLoss, kills: Int
    ) throws {
        let world = try AgentWorld(seed: 71)
        try world.protect()
        try world.waitForEqualDisks()
        // The record that a clean end leaves is true until the next write.
        try world.stop()
        world.boot()
        for _ in 0..<kills {
            try world.scribble(20)
            world.kill()
            world.boot()
        }
        try world.scribble(20)
        world.kill()
        try world.lose(loss, AgentWorld.bundle(0).sidecar)
        world.boot()
        try world.waitForEqualDisks()
        try world.scribble(20)
        try world.waitForEqualDisks()
        #expect(try world.status().service == .serving)
        #expect(try world.newestRoots() == world.expectedRoots())
    }

    @Test(arguments: SidecarLoss.allCases)
    func `a sidecar lost in the first generation, before any clean end`(loss: SidecarLoss) throws {
        let world = try AgentWorld(seed: 72)
        try world.protect()
        try world.waitForEqualDisks()
        for _ in 0..<3 {
            try world.scribble(20)
            world.kill()
            try world.lose(loss, AgentWorld.bundle(1).sidecar)
            world.boot()
        }
        try world.waitForEqualDisks()
    }

    @Test func `a sidecar lost after a clean end: the record beside it is the truth, nothing is compared`() throws {
        let world = try AgentWorld(seed: 73)
        try world.protect()
        try world.waitForEqualDisks()
        try world.stop()
        try world.lose(.removed, AgentWorld.bundle(0).sidecar)
        world.boot()
        try world.waitUntil("streams again") { try world.status().tracking == .streaming }
        #expect(try world.status().suspectBlocks == 0)
        try world.scribble(20)
        try world.waitForEqualDisks()
    }

    @Test(arguments: SidecarLoss.allCases)
    func `a digest table that is lost is made anew by a comparison; roots are told again`(loss: SidecarLoss) throws {
        let world = try AgentWorld(seed: 75)
        try world.protect()
        try world.waitForEqualDisks()
        #expect(try world.newestRoots() == world.expectedRoots())
        try world.stop()
        try world.lose(loss, AgentWorld.bundle(0).path + "/digests")
        world.boot()
        try world.waitUntil("compared") { try world.status().suspectBlocks == 0 }
        try world.scribble(20)
        try world.waitForEqualDisks()
        #expect(try world.newestRoots() == world.expectedRoots())
    }

    @Test func `digests that decay in the agent's table are named, compared, and true again`() throws {
        let world = try AgentWorld(seed: 76)
        try world.protect()
        try world.waitForEqualDisks()
        try world.bench.world.run(for: .seconds(31))
        try world.stop()
        try world.bench.on(world.home) { environment in
            let file = try environment.files.open(AgentWorld.bundle(0).path + "/digests", .readWrite)
            defer { file.close() }
            // Behind the header and one page digest, sixteen bytes for each block.
            for block in [3, 30, 60, 90] as [Int64] {
                let byte = try file.read(1, at: 8_192 + 16 * block)
                try file.write([byte[0] ^ 8], at: 8_192 + 16 * block)
            }
            try file.sync()
        }
        world.boot()
        try world.guest { clients, _ in try await clients[0].write([UInt8](repeating: 9, count: 512), at: 40_960) }
        // By the page, or, where blocks were in doubt and it was hashed anew, by the root that came of it.
        try world.waitUntil("named") {
            ["digests: page 0", "digest root of disk 0"].contains { world.allComplaints.contains($0) }
        }
        try world.waitUntil("compared") { try world.status().suspectBlocks == 0 }
        try world.scribble(4)
        try world.waitForEqualDisks()
        #expect(try world.newestRoots() == world.expectedRoots())
    }

    @Test(arguments: SidecarLoss.allCases)
    func `what a guest wrote on its overlay is still there when the sidecar is lost`(loss: SidecarLoss) throws {
        let world = try AgentWorld(seed: 74)
        try world.handOver(generation: 2)
        try world.place(AgentWorld.grant(2, overlay: true))
        world.boot()
        try world.scribble(20)
        try world.flush()
        let seen = try world.readDisks()
        let below = try world.content()
        world.kill()
        try world.lose(loss, AgentWorld.bundle(0).sidecar)
        world.boot()
        #expect(try world.readDisks() == seen)
        #expect(try world.content() == below)
        let status = try world.status()
        #expect(status.suspectBlocks > 0, "the rest is in doubt")
    }
}

extension AgentWorld {
    fileprivate func lose(_ loss: SidecarLoss, _ path: String) throws {
        try bench.on(home) { environment in
            switch loss {
            case .removed: try environment.files.remove(path)
            case .damaged, .emptied:
                let file = try environment.files.open(path, .readWrite)
                defer { file.close() }
                // Both slots of the header.
                if loss == .damaged {
                    try file.write([UInt8](repeating: 0xA5, count: 64 << 10), at: 0)
                } else {
                    try file.truncate(to: 0)
                }
                try file.sync()
            }
        }
    }

    /// Of the newest point, as the master target has them from the source.
    func newestRoots() throws -> [[UInt8]] {
        let points = try bench.perform { environment in
            try await ScriptedVault(environment).target.listPoints(.with { $0.item = DataPathWorld.item.text }).points
        }
        return points.max { $0.number < $1.number }?.roots.map(\.root) ?? []
    }

    func expectedRoots() throws -> [[UInt8]] {
        try zip(content(), DataPathWorld.disks).map { content, disk in
            let geometry = DiskGeometry(size: Int64(disk.bytes))
            return DigestTree.root(geometry: geometry, leaves: BlockDigest.each(of: content, from: 0)).bytes
        }
    }
}
