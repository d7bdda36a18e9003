import Intervals
import Testing

@testable import ProcessServer

struct CompressionTests {
    private static let chunk = 1 << 20

    /// The levels at which the next chunks are tried; one takes 4 ms at the usual level, 1 ms at the fast one.
    private func tried(_ choice: inout CompressionChoice, of chunks: Int) -> [CompressionLevel] {
        (0..<chunks).compactMap { _ in
            guard let level = choice.level() else { return nil }
            choice.tried(level, Self.chunk, in: .milliseconds(level == .usual ? 4 : 1), shrank: true)
            return level
        }
    }

    private func send(_ choice: inout CompressionChoice, each time: Duration) {
        for _ in 0..<16 { choice.sent(Self.chunk, in: time) }
    }

    private func count(_ levels: [CompressionLevel], _ level: CompressionLevel) -> Int {
        levels.count { $0 == level }
    }

    @Test func `all is compressed as usual towards a target that is slower than the compressor`() {
        var choice = CompressionChoice()
        #expect(tried(&choice, of: 10) == Array(repeating: .usual, count: 10))
        send(&choice, each: .milliseconds(20))
        let levels = tried(&choice, of: 200)
        #expect(count(levels, .usual) == 200)
    }

    @Test func `a target that is faster than the usual level gets the fast one, but for a sample`() {
        var choice = CompressionChoice()
        _ = tried(&choice, of: 10)
        send(&choice, each: .milliseconds(2))
        let levels = tried(&choice, of: 10 * CompressionChoice.sample + 10)
        #expect(levels.count == 10 * CompressionChoice.sample + 10)
        #expect(count(levels, .usual) == 10)
    }

    @Test func `a target that is faster than both gets chunks as they came, but for a sample of each`() {
        var choice = CompressionChoice()
        _ = tried(&choice, of: 10)
        send(&choice, each: .microseconds(500))
        let levels = tried(&choice, of: 10 * CompressionChoice.sample + 10)
        #expect(count(levels, .usual) == 10)
        #expect((9...11).contains(count(levels, .fast)))
        // A link that takes no time at all is fast, too.
        send(&choice, each: .zero)
        #expect(tried(&choice, of: CompressionChoice.sample + 1).count == 2)
    }

    @Test func `a target that becomes slow gets compressed chunks again`() {
        var choice = CompressionChoice()
        _ = tried(&choice, of: 10)
        send(&choice, each: .microseconds(500))
        #expect(tried(&choice, of: 20).count <= 1)
        send(&choice, each: .milliseconds(20))
        let levels = tried(&choice, of: 20)
        #expect(count(levels, .usual) == 20)
    }

    @Test func `of a stretch of chunks that do not shrink ever fewer are tried`() {
        var choice = CompressionChoice()
        var skipped: [Int] = []
        for _ in 0..<6 {
            var count = 0
            var level = choice.level()
            while level == nil {
                count += 1
                level = choice.level()
            }
            skipped.append(count)
            choice.tried(.usual, Self.chunk, in: .milliseconds(1), shrank: false)
        }
        #expect(skipped == [0, 0, 1, 3, 7, 15])
        #expect(tried(&choice, of: 15).isEmpty)
        #expect(tried(&choice, of: 5).count == 5)
        choice.tried(.usual, Self.chunk, in: .milliseconds(1), shrank: false)
        #expect(tried(&choice, of: 3).count == 3)
    }
}
