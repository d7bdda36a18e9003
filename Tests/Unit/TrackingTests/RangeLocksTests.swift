import Blocks
import Testing

@testable import Tracking

@Suite struct RangeLocksTests {
    /// What is registered, as its blocks; who is free is told by looking at all of them.
    struct Model {
        var held: [(ticket: RangeLocks.Ticket, blocks: Set<BlockIndex>)] = []

        func isFree(_ ticket: RangeLocks.Ticket) -> Bool {
            guard let mine = held.first(where: { $0.ticket == ticket }) else { return true }
            return held.allSatisfy { $0.ticket >= ticket || $0.blocks.isDisjoint(with: mine.blocks) }
        }
    }

    /// Up to 20 ranges that ascend and lie apart, within 200 blocks.
    static func ranges(_ dice: inout Seeded) -> [BlockRange] {
        let count = Int.random(in: 1...20, using: &dice)
        var blocks = BlockSet()
        for _ in 0..<count {
            let first = Int.random(in: 0..<200, using: &dice)
            blocks.insert(first..<(first + Int.random(in: 1...5, using: &dice)))
        }
        var out: [BlockRange] = []
        while let run = blocks.run(from: out.last?.upperBound ?? 0, limit: 256) { out.append(run) }
        return out
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `who goes on is who overlaps nothing earlier, of single ranges and of many at once`(seed: UInt64) {
        var dice = Seeded(seed)
        var locks = RangeLocks()
        var model = Model()
        for _ in 0..<400 {
            if model.held.count < 30, Bool.random(using: &dice) {
                let ranges = Self.ranges(&dice)
                if Bool.random(using: &dice) {
                    model.held.append((locks.register(ranges), Set(ranges.joined())))
                } else {
                    model.held.append((locks.register(ranges[0]), Set(ranges[0])))
                }
            } else if let gone = model.held.indices.randomElement(using: &dice) {
                locks.release(model.held.remove(at: gone).ticket)
            }
            for (ticket, _) in model.held { #expect(locks.isFree(ticket) == model.isFree(ticket)) }
            #expect(locks.isEmpty == model.held.isEmpty)
        }
    }

    @Test func `whoever waits goes on at the release of the last that stands before it`() async {
        let locks = Locks()
        let reader = await locks.register([2..<4, 10..<12, 20..<21])
        let writer = await locks.register([11..<12])
        let beside = await locks.register([5..<6])
        let behind = await locks.register([20..<22])
        #expect(await locks.isFree(beside))
        async let first: Void = locks.granted(writer)
        async let second: Void = locks.granted(behind)
        while await locks.waiting < 2 { await Task.yield() }
        await locks.release(beside)
        #expect(await locks.isFree(writer) == false)
        await locks.release(reader)
        _ = await (first, second)
        #expect(await locks.isFree(writer))
        #expect(await locks.isFree(behind))
    }
}

private actor Locks {
    var locks = RangeLocks()
    var waiting = 0

    func register(_ ranges: [BlockRange]) -> RangeLocks.Ticket { locks.register(ranges) }
    func isFree(_ ticket: RangeLocks.Ticket) -> Bool { locks.isFree(ticket) }
    func release(_ ticket: RangeLocks.Ticket) { locks.release(ticket) }

    func granted(_ ticket: RangeLocks.Ticket) async {
        guard !locks.isFree(ticket) else { return }
        await withCheckedContinuation { continuation in
            waiting += 1
            locks.wait(ticket, continuation)
        }
    }
}
