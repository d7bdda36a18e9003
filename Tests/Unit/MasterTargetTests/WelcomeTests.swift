import Blocks
import IntervalFrames
import Messages
import Testing

@testable import MasterTarget
@testable import Replicas

/// What a target changed by itself, however scattered, fits what a message may hold.
@Suite struct WelcomeTests {
    /// Largest message that a peer takes.
    private static let largest = 4 << 20

    private func standing(
        changes: [BlockSet] = [], suspects: [BlockSet] = [], held: [BlockSet] = []
    ) -> Standing {
        let point = PointID(generation: 1, number: 7)
        return Standing(
            position: point, sealed: point, isBlank: !held.isEmpty, changes: changes, suspects: suspects, held: held)
    }

    private func parts(_ welcome: ReplicationV1.StreamWelcome) throws -> [ReplicationV1.StreamWelcome] {
        try welcome.frames().map { frame in
            #expect(frame.wireBytes().count < Self.largest)
            guard case .welcome(let part)? = frame.frame else { throw Stray() }
            return part
        }
    }

    private struct Stray: Error {}

    private func together(_ parts: [ReplicationV1.StreamWelcome]) throws -> ReplicationV1.StreamWelcome {
        var whole = try #require(parts.first)
        for part in parts.dropFirst() {
            #expect(whole.more)
            try whole.add(part)
        }
        #expect(!whole.more)
        return whole
    }

    private func blocks(_ runs: [[ReplicationV1.BlockRun]]) -> BlockSet {
        var set = BlockSet()
        for run in runs.joined() { set.insert(Int(run.first)..<(Int(run.first) + Int(run.count))) }
        return set
    }

    @Test func `five hundred thousand scattered blocks come as they are, in parts that fit`() throws {
        let changed = BlockSet(stride(from: 0, to: 1_000_000, by: 2))
        let suspect = BlockSet(stride(from: 1, to: 200_000, by: 2))
        let welcome = standing(changes: [BlockSet([3]), changed], suspects: [suspect, BlockSet([1])]).welcome()
        let parts = try parts(welcome)
        #expect(parts.count == 10)
        let whole = try together(parts)
        for disk in 0...1 as ClosedRange<UInt32> {
            let mine = whole.changes.filter { $0.disk == disk }
            #expect(blocks(mine.map(\.runs)) == (disk == 0 ? BlockSet([3]) : changed))
            #expect(blocks(mine.map(\.suspects)) == (disk == 0 ? suspect : BlockSet([1])))
        }
        #expect(whole.position == 7)
    }

    @Test func `a scattered part of a first copy comes in parts as well`() throws {
        let held = BlockSet(stride(from: 0, to: 300_000, by: 3))
        let parts = try parts(standing(changes: [BlockSet()], suspects: [BlockSet()], held: [held]).welcome())
        #expect(parts.count == 2)
        let whole = try together(parts)
        #expect(blocks(whole.held.map(\.runs)) == held)
        #expect(parts.map(\.blank) == [true, true])
    }

    @Test func `a welcome of few runs is one part, as it was`() throws {
        let standing = standing(changes: [BlockSet([3, 9])], suspects: [BlockSet([5])])
        let parts = try parts(standing.welcome())
        #expect(parts == [standing.welcome()])
        #expect(parts[0].changes.count == 1)
    }

    @Test func `more runs than a welcome may have are told as fewer, to be compared`() throws {
        let changed = BlockSet(stride(from: 0, to: 4_000, by: 40))
        let near = BlockSet(stride(from: 9_000, to: 9_100, by: 4))
        let standing = standing(changes: [changed.union(near)], suspects: [BlockSet([2])])
        let exact = standing.welcome(mostRuns: 126)
        #expect(exact.runs == 126)
        let coarse = standing.welcome(mostRuns: 110)
        #expect(coarse.runs <= 110)
        #expect(coarse.changes.flatMap(\.runs).isEmpty)
        let told = blocks(coarse.changes.map(\.suspects))
        #expect(changed.union(near).union(BlockSet([2])).subtracting(told).isEmpty)
        // What lies far apart is still told as it is.
        #expect(told.count(in: 4..<4_000) == 99)
        #expect(standing.welcome(mostRuns: 1).runs == 1)
    }
}
