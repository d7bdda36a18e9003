import Environment

/// xoshiro256** (Blackman and Vigna), its state filled from the seed by SplitMix64.
///
/// The same seed gives the same numbers on every machine and in every process.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    public init(seed: UInt64) {
        var mixer = seed
        state = (Self.splitMix(&mixer), Self.splitMix(&mixer), Self.splitMix(&mixer), Self.splitMix(&mixer))
    }

    /// A stream of its own for one use, so that one use drawing more does not shift the others.
    public init(seed: UInt64, stream: String) {
        var hash = TraceHash()
        hash.fold(seed)
        hash.fold(stream)
        self.init(seed: hash.value)
    }

    public mutating func next() -> UInt64 {
        let result = Self.rotate(state.1 &* 5, 7) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = Self.rotate(state.3, 45)
        return result
    }

    /// True once in `count` on average; never for 0.
    public mutating func oneIn(_ count: Int) -> Bool { count > 0 && Int.random(in: 0..<count, using: &self) == 0 }

    /// Uniform, both ends included.
    public mutating func pause(in range: ClosedRange<Duration>) -> Duration { .nanoseconds(duration(in: range)) }

    /// Uniform below `count`, which is above 0.
    public mutating func index(below count: Int) -> Int { Int.random(in: 0..<count, using: &self) }

    mutating func duration(in range: ClosedRange<Duration>) -> Int64 {
        Int64.random(in: range.lowerBound.inNanoseconds...range.upperBound.inNanoseconds, using: &self)
    }

    private static func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 {
        value << count | value >> (64 - count)
    }

    private static func splitMix(_ state: inout UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

/// FNV-1a over 64-bit words with a final rotation each, for comparing runs; not cryptographic.
struct TraceHash: Sendable {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func fold(_ word: UInt64) {
        let product = (value ^ word) &* 0x0000_0100_0000_01B3
        value = product << 29 | product >> 35
    }

    mutating func fold(_ text: String) {
        var text = text
        text.withUTF8 { fold(UnsafeRawBufferPointer($0)) }
    }

    /// By words: an unoptimized build folds every byte of a run through here.
    mutating func fold(_ bytes: UnsafeRawBufferPointer) {
        let whole = bytes.count & ~7
        var offset = 0
        while offset < whole {
            fold(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
            offset += 8
        }
        var rest: UInt64 = 0
        while offset < bytes.count {
            rest = rest << 8 | UInt64(bytes[offset])
            offset += 1
        }
        fold(rest)
        fold(UInt64(bytes.count))
    }

    static func digest(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash = TraceHash()
        hash.fold(bytes)
        return hash.value
    }
}
