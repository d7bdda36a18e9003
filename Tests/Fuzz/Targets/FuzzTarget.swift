/// Something that takes octets from strangers, with what must hold whatever they are.
///
/// The same targets run under libFuzzer (`make fuzz`) and, for a moment, among the unit tests.
struct FuzzTarget: Sendable {
    let name: String
    /// Inputs that get far, from which mutations start. The kept corpus (`Corpus/<name>`) adds to them.
    let seeds: @Sendable () throws -> [[UInt8]]
    /// Runs one input. Throws `Broken` when something does not hold; a crash says so by itself.
    let run: @Sendable ([UInt8]) throws -> Void
}

let allTargets: [FuzzTarget] = [
    serverTarget, clientTarget, framingTarget, headersTarget, compressionTarget, messagesTarget,
]

/// What did not hold.
struct Broken: Error, CustomStringConvertible {
    let description: String
}

func require(_ holds: Bool, _ what: @autoclosure () -> String) throws(Broken) {
    if !holds { throw Broken(description: what()) }
}

/// An input read as choices. At its end everything is zero, so that any octets are a whole input.
struct Script {
    private let octets: [UInt8]
    private var place = 0

    init(_ octets: [UInt8]) { self.octets = octets }

    var isEmpty: Bool { place == octets.count }

    mutating func byte() -> UInt8 {
        guard !isEmpty else { return 0 }
        place += 1
        return octets[place - 1]
    }

    /// A choice below `count`.
    mutating func choice(_ count: Int) -> Int { Int(byte()) % count }

    /// Big-endian.
    mutating func number() -> UInt32 { (0..<4).reduce(0) { number, _ in number << 8 | UInt32(byte()) } }

    /// At most so many.
    mutating func bytes(_ count: Int) -> [UInt8] {
        let end = min(place + count, octets.count)
        defer { place = end }
        return Array(octets[place..<end])
    }

    mutating func rest() -> [UInt8] { bytes(octets.count - place) }

    /// An octet of length, then as many as it says.
    mutating func counted() -> [UInt8] { bytes(Int(byte())) }
}

extension Array where Element == UInt8 {
    /// The other way of `Script.counted`.
    var counted: [UInt8] { [UInt8(Swift.min(count, 255))] + prefix(255) }
}

func bigEndian(_ number: UInt32) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) } }
