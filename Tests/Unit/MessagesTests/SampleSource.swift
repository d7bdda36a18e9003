import MessageCoding

/// A message type that generated test code can make values of.
protocol Sampled: WireMessage {
    /// Path below Protos, for protoc.
    static var protoFile: String { get }
    static var fieldNumbers: [Int] { get }
    /// How many full samples it takes to have each member of each oneof once.
    static var variants: Int { get }
    static func sample(_ source: inout SampleSource) -> Self
}

/// Where samples take their values from. Replays from its seed.
struct SampleSource: RandomNumberGenerator {
    private enum Mode {
        /// Every field has a value that is not the default; oneofs take the member of this number.
        case full(variant: Int, namesNone: Bool)
        /// Anything, edges included.
        case random
        /// The same, two octets for each choice; when they are used up, the first choice.
        case octets([UInt8])
    }

    /// How deep messages nest in random samples, and in full samples of messages that hold themselves.
    private static let depthLimit = 4

    private let mode: Mode
    private var state: UInt64
    private var depth = 0

    static func full(variant: Int) -> SampleSource {
        SampleSource(mode: .full(variant: variant, namesNone: false), state: 1)
    }
    /// The same from a peer that is newer: every enum has a value that has no name here.
    static func newer(variant: Int) -> SampleSource {
        SampleSource(mode: .full(variant: variant, namesNone: true), state: 1)
    }
    static func random(seed: UInt64) -> SampleSource { SampleSource(mode: .random, state: seed) }
    /// For a fuzzer, which learns what each octet does.
    static func octets(_ octets: [UInt8]) -> SampleSource { SampleSource(mode: .octets(octets), state: 0) }

    private init(mode: Mode, state: UInt64) {
        self.mode = mode
        self.state = state
    }

    /// SplitMix64, unless the choices are given.
    mutating func next() -> UInt64 {
        if case .octets(let octets) = mode {
            // The state is the place.
            let pair = octets.dropFirst(Int(state)).prefix(2)
            state += 2
            return pair.reduce(0) { $0 << 8 | UInt64($1) } &* 0x0001_0001_0001_0001
        }
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    private var isFull: Bool { if case .full = mode { true } else { false } }

    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

    mutating func fills() -> Bool { isFull || below(4) > 0 }

    /// Like `fills`, and then one level deeper until `leave`.
    mutating func fillsMessage() -> Bool {
        guard depth < Self.depthLimit, fills() else { return false }
        depth += 1
        return true
    }

    mutating func leave() { depth -= 1 }

    mutating func choice(_ count: Int) -> Int {
        if case .full(let variant, _) = mode { return depth == 0 ? variant % count : below(count) }
        return below(count + 1)
    }

    mutating func number<Number: FixedWidthInteger>() -> Number {
        if isFull { return Number(truncatingIfNeeded: 1 + below(100)) }
        switch below(6) {
        case 0: return 0
        case 1: return .max
        case 2: return .min
        case 3: return 1
        default: return Number(truncatingIfNeeded: next())
        }
    }

    mutating func number<Number: BinaryFloatingPoint>() -> Number {
        Number(1 + below(1000)) / 8
    }

    mutating func flag() -> Bool { isFull || below(2) == 1 }

    mutating func text() -> String {
        if isFull { return "text-\(below(1000))" }
        let alphabet: [Character] = ["a", "Z", "0", " ", "\0", "é", "障", "🏠", "\n", "\"", "\u{ffff}", "\u{10ffff}"]
        return String((0..<below(20)).map { _ in alphabet[below(alphabet.count)] })
    }

    mutating func bytes() -> [UInt8] {
        let count = isFull ? 1 + below(10) : below(40)
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }

    mutating func element<Element>(of all: [Element], _ make: (Int32) -> Element) -> Element {
        if case .full(_, namesNone: true) = mode { return make(Int32(1_000 + below(1_000))) }
        if isFull { return all.count > 1 ? all[1 + below(all.count - 1)] : make(77) }
        return below(4) == 0 ? make(Int32(truncatingIfNeeded: next())) : all[below(all.count)]
    }

    mutating func array<Element>(_ make: (inout SampleSource) -> Element) -> [Element] {
        let count = isFull ? 2 : below(4)
        return (0..<count).map { _ in make(&self) }
    }

    mutating func messages<Element>(_ make: (inout SampleSource) -> Element) -> [Element] {
        guard depth < Self.depthLimit else { return [] }
        depth += 1
        defer { depth -= 1 }
        // Fewer the deeper, so that samples of messages that hold themselves stay small.
        let count = isFull ? (depth == 1 ? 2 : 1) : below(4) / depth
        return (0..<count).map { _ in make(&self) }
    }
}
