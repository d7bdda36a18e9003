import Environment
import Messages
import RPC
import ScriptedSource
import Testing

@testable import MobilityAgent

/// Moves between recovery points of a machine that a real agent replicated through a real process server.
@Suite struct MoveTests {
    /// Bounds what the suite costs; each move takes the replica's disks to another point.
    private static let moves = 24

    @Test func `moves in random order, both ways, end where they began, and every point stays what it is`() throws {
        let world = try AgentWorld(seed: 31)
        try world.protect()
        for _ in 0..<6 {
            try world.scribble(8)
            try world.waitForEqualDisks()
        }
        #expect(try world.fence(2).code == 0)
        #expect(try world.drain(1).code == 0)
        try world.bench.perform { environment in
            let vault = ScriptedVault(environment)
            try await vault.assignTarget(2, drains: 1)
            _ = try await vault.target.sealFinal(
                .with {
                    $0.key = vault.key("seal-final")
                    $0.item = DataPathWorld.item.text
                    $0.generation = DataPathWorld.generation(2).message
                    $0.closing = DataPathWorld.generation(1).message
                }, ScriptedVault.options)
        }
        let known = try world.views()
        #expect(known.count >= 6 && known.values.allSatisfy(\.isWhole))
        let newest = try #require(known.keys.max())
        #expect(try known[newest]?.content == world.content())
        var (down, up, at) = (0, 0, newest)
        for move in 0..<Self.moves {
            let others = known.keys.filter { $0 != at }.sorted()
            let target = world.bench.world.choose { others.randomElement(using: &$0) ?? newest }
            (down, up) = target < at ? (down + 1, up) : (down, up + 1)
            try world.move(to: target, "move-\(move)")
            at = target
            #expect(try world.bench.attachedContent() == known[target]?.content, "move \(move) to \(target)")
            // Each point through its view, from wherever the disks are now.
            if move % 6 == 0 { #expect(try world.views() == known, "after move \(move) to \(target)") }
        }
        #expect(down >= 5 && up >= 5, "\(down) down, \(up) up")
        try world.move(to: newest, "move-home")
        #expect(try world.bench.attachedContent() == known[newest]?.content)
        #expect(try world.views() == known)
        #expect(try world.bench.perform { try await ScriptedVault($0).replica() }.aheadBlocks == 0)
    }
}

extension AgentWorld {
    fileprivate func move(to number: UInt64, _ step: String) throws {
        try bench.perform { environment in
            let vault = ScriptedVault(environment)
            _ = try await vault.target.moveReplica(
                .with {
                    $0.key = vault.key(step)
                    $0.item = DataPathWorld.item.text
                    $0.generation = DataPathWorld.generation(2).message
                    $0.number = number
                }, ScriptedVault.options)
        }
    }
}
