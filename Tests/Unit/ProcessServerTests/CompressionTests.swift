import Testing

@testable import ProcessServer

struct CompressionTests {
    private static let chunk = 1 << 20

    /// How many of the next chunks are tried; each that is takes `time`.
    private func tried(_ choice: inout CompressionChoice, of chunks: Int, in time: Duration) -> Int {
        var count = 0
        for _ in 0..<chunks where choice.isTried() {
            count += 1
            choice.tried(Self.chunk, in: time, shrank: true)
        }
        return count
    }

    private func send(_ choice: inout CompressionChoice, each time: Duration) {
        for _ in 0..<16 { choice.sent(Self.chunk, in: time) }
    }

    @Test func `all is compressed towards a target that is slower than the compressor`() {
        var choice = CompressionChoice()
        #expect(tried(&choice, of: 10, in: .milliseconds(4)) == 10)
        send(&choice, each: .milliseconds(20))
        #expect(tried(&choice, of: 200, in: .milliseconds(4)) == 200)
    }

    @Test func `a fast target gets chunks as they came, but for a sample`() {
        var choice = CompressionChoice()
        #expect(tried(&choice, of: 10, in: .milliseconds(4)) == 10)
        send(&choice, each: .milliseconds(1))
        #expect(tried(&choice, of: 650, in: .milliseconds(4)) == 10)
        // A link that takes no time at all is fast, too.
        send(&choice, each: .zero)
        #expect(tried(&choice, of: 65, in: .milliseconds(4)) == 1)
    }

    @Test func `a target that becomes slow gets compressed chunks again`() {
        var choice = CompressionChoice()
        _ = tried(&choice, of: 10, in: .milliseconds(4))
        send(&choice, each: .milliseconds(1))
        #expect(tried(&choice, of: 20, in: .milliseconds(4)) == 0)
        send(&choice, each: .milliseconds(20))
        #expect(tried(&choice, of: 20, in: .milliseconds(4)) == 20)
    }

    @Test func `after content that does not shrink the next chunks are not tried`() {
        var choice = CompressionChoice()
        let isTried = choice.isTried()
        #expect(isTried)
        choice.tried(Self.chunk, in: .milliseconds(1), shrank: false)
        #expect(tried(&choice, of: CompressionChoice.patience, in: .milliseconds(4)) == 0)
        #expect(tried(&choice, of: 5, in: .milliseconds(4)) == 5)
    }
}
