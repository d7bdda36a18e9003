import Foundation
import Testing

/// The fuzzers' targets for a moment, the same each time: seeds, the kept corpus, and both with seeded changes.
/// `make fuzz` runs them for long, led by coverage.
struct ShortRunTests {
    /// Changed inputs of each target. A debug build does some thousand a second.
    private static let changes = 600

    @Test(arguments: allTargets.map(\.name)) func `what strangers send breaks nothing`(_ name: String) throws {
        let target = try #require(allTargets.first { $0.name == name })
        let inputs = try target.seeds() + kept(name)
        for input in inputs { expectSound(target, input) }
        var changes = Changes(seed: 1)
        for _ in 0..<Self.changes { expectSound(target, changes.changed(inputs)) }
    }

    /// A crash ends the test process without a word of the input; `HOMEWARD_FUZZ_TRACE` names each before it runs.
    private func expectSound(_ target: FuzzTarget, _ input: [UInt8]) {
        if Self.traces { print("\(target.name) \(hex(input))") }
        do { try target.run(input) } catch {
            Issue.record("\(target.name): \(error); the input, for Corpus/\(target.name): \(hex(input))")
        }
    }

    private static let traces = ProcessInfo.processInfo.environment["HOMEWARD_FUZZ_TRACE"] != nil

    private func kept(_ name: String) throws -> [[UInt8]] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../Corpus/\(name)").standardizedFileURL
        guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            .map { [UInt8](try Data(contentsOf: folder.appendingPathComponent($0))) }
    }

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}

/// Changes of inputs that follow from a seed.
private struct Changes {
    private static let longest = 4 << 10

    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    private mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    private mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(max(limit, 1))) }

    mutating func changed(_ inputs: [[UInt8]]) -> [UInt8] {
        var input = inputs[below(inputs.count)]
        for _ in 0...below(4) { change(&input, inputs) }
        return Array(input.prefix(Self.longest))
    }

    private mutating func change(_ input: inout [UInt8], _ others: [[UInt8]]) {
        let noise = UInt8(truncatingIfNeeded: next())
        guard !input.isEmpty else { return input.append(noise) }
        let place = below(input.count)
        switch below(7) {
        case 0: input[place] ^= 1 << (noise & 7)
        case 1: input[place] = noise
        case 2: input.removeSubrange(place..<min(input.count, place + 1 + below(8)))
        case 3: input.insert(noise, at: place)
        case 4: input.insert(contentsOf: input[place...].prefix(1 + below(40)), at: below(input.count))
        case 5: input[place] = [0, 1, 0x7f, 0x80, 0xff][below(5)]
        default:
            let other = others[below(others.count)]
            input.replaceSubrange(place..., with: other.dropFirst(below(other.count)))
        }
    }
}
