import Model
import Testing

private func generation(_ number: UInt64, _ byte: UInt8) -> Generation {
    Generation(number: number, token: GenerationToken(Array(repeating: byte, count: 16))!)
}

@Suite struct GenerationTests {
    /// Rule G2, line by line: stored, incoming, the verdict for an `Assign`, the verdict for any other call.
    static let table: [(Generation?, Generation, GenerationVerdict, GenerationVerdict)] = [
        (nil, generation(1, 1), .accept, .unknown),
        (nil, generation(9, 1), .accept, .unknown),
        (generation(5, 1), generation(5, 1), .accept, .accept),
        (generation(5, 1), generation(5, 2), .conflict, .conflict),
        (generation(5, 1), generation(4, 1), .stale, .stale),
        (generation(5, 1), generation(4, 2), .stale, .stale),
        (generation(5, 1), generation(6, 1), .accept, .unknown),
        (generation(5, 1), generation(6, 2), .accept, .unknown),
        (generation(.max - 1, 1), generation(.max, 2), .accept, .unknown),
        (generation(.max, 1), generation(0, 1), .stale, .stale),
    ]

    @Test(arguments: table.indices)
    func `a receiver judges each generation by rule G2`(_ line: Int) {
        let (stored, incoming, assign, other) = Self.table[line]
        #expect(judge(stored: stored, incoming: incoming, isAssign: true) == assign)
        #expect(judge(stored: stored, incoming: incoming, isAssign: false) == other)
    }

    @Test func `each refusal has a code and acceptance has none`() {
        #expect(GenerationVerdict.accept.errorCode == nil)
        #expect(GenerationVerdict.stale.errorCode == .staleGeneration)
        #expect(GenerationVerdict.conflict.errorCode == .generationConflict)
        #expect(GenerationVerdict.unknown.errorCode == .unknownGeneration)
    }

    @Test func `a token has exactly sixteen bytes`() {
        #expect(GenerationToken(Array(repeating: 0, count: 15)) == nil)
        #expect(GenerationToken(Array(repeating: 0, count: 17)) == nil)
        #expect(GenerationToken(Array(0..<16))?.description == "000102030405060708090a0b0c0d0e0f")
    }
}
