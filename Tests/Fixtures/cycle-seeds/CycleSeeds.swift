import Glibc
import SimulatedSites
import Simulation

/// `cycle-seeds COUNT [FIRST]`: the simulated cycle with faults for COUNT seeds, each run twice; prints the seeds that
/// fail and exits 1 if there are any. `cycle-seeds seed N [LIMIT]`: one seed, with all
/// that its processes say, for at most LIMIT seconds of virtual time.
/// `cycle-seeds calm N`: one seed without faults.
@main
struct CycleSeeds {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let word = arguments.first else { return fail("say how many seeds, or `seed N`") }
        if word == "seed" || word == "calm" {
            guard let seed = arguments.dropFirst().first.flatMap({ UInt64($0) }) else { return fail("say which seed") }
            let limit = arguments.dropFirst(2).first.flatMap { Int64($0) }.map { Duration.seconds($0) }
            return try one(seed, word == "seed" ? .seeded(seed) : .none, limit ?? CycleRun.usualLimit)
        }
        guard let count = UInt64(word), count > 0 else { return fail("read \(word): not a number of seeds") }
        let first = arguments.dropFirst().first.flatMap { UInt64($0) } ?? 1
        try many(first..<first + count)
    }

    private static func one(_ seed: UInt64, _ faults: CycleRun.Faults, _ limit: Duration) throws {
        let run = try CycleRun(seed: seed, faults: faults, limit: limit, echo: { print($0) })
        print("seed \(seed): \(run.summary)")
        if !run.reasons.isEmpty { exit(1) }
    }

    private static func many(_ seeds: Range<UInt64>) throws {
        var failing: [UInt64] = []
        for seed in seeds {
            let verdict = try CycleRun.twice(seed: seed, faults: .seeded(seed))
            print("seed \(seed): \(verdict.text)")
            fflush(nil)
            if !verdict.isGood { failing.append(seed) }
        }
        print("\(seeds.count - failing.count) seeds passed, \(failing.count) failed")
        if !failing.isEmpty { fail("failing seeds: \(failing.map(String.init).joined(separator: " "))") }
    }

    private static func fail(_ line: String) {
        print(line)
        exit(1)
    }
}
