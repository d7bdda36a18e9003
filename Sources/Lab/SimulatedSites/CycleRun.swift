import Environment
import Model
public import Processes
public import Simulation

/// One machine's whole cycle in a simulated world: what it does, and what came of it.
public struct CycleRun {
    /// What is done to the world while the cycle runs; all of it follows from the seed.
    public struct Faults: Sendable {
        /// Between the restart of a killed process and the next kill; nil: nothing is killed.
        public var calm: ClosedRange<Duration>?
        /// Longest latency of a segment between the sites, each drawn anew.
        public var latency: Duration

        public init(calm: ClosedRange<Duration>? = nil, latency: Duration = .milliseconds(2)) {
            self.calm = calm
            self.latency = latency
        }

        public static let none = Faults()
        /// Kills every few seconds, and a link that is good or bad as the seed says.
        public static func seeded(_ seed: UInt64) -> Faults {
            var generator = SeededGenerator(seed: seed, stream: "faults of the cycle")
            let latencies: [Duration] = [.microseconds(500), .milliseconds(2), .milliseconds(10), .milliseconds(40)]
            let latency = latencies[generator.index(below: latencies.count)]
            return Faults(calm: .milliseconds(500)...(.seconds(8)), latency: latency)
        }
    }

    /// A cycle without kills takes 15 s; one with a kill every few seconds that is not done by then never will be.
    public static let usualLimit = Duration.seconds(300)

    public let seed: UInt64
    public let world: SimulatedWorld
    /// Empty when all is as it must be.
    public let reasons: [String]
    public let kills: [String]
    public let journal: [String]
    public let legs: [OneMachineCycle.Leg]

    public var hash: UInt64 { world.traceHash }

    /// - Parameters:
    ///   - leavingOut: the machine has one disk more, which is left out.
    ///   - echo: gets each line that a process says as it comes.
    public init(
        seed: UInt64, faults: Faults, rounds: Int = 1, leavingOut: Bool = false, keepTrace: Bool = false,
        limit: Duration = usualLimit, echo: (@Sendable (String) -> Void)? = nil
    ) throws {
        self.seed = seed
        let sites = try SimulatedSites(seed: seed, keepTrace: keepTrace, echo: echo)
        world = sites.world
        var link = LinkConditions()
        link.latency = .microseconds(100)...faults.latency
        sites.setWAN(link)
        let killer = Killer(sites, faults, seed)
        killer.begin()
        let layout = sites.layout
        var reasons: [String] = []
        var legs: [OneMachineCycle.Leg] = []
        do {
            (reasons, legs) = try sites.perform(limit: limit) { world in
                var settings = OneMachineCycle.Settings.small(seed)
                settings.rounds = rounds
                settings.leftOutBytes = leavingOut ? 512 << 10 : nil
                let cycle = OneMachineCycle(layout, world, settings)
                return (try await cycle.run(quiet: { killer.end() }), await cycle.legs)
            }
        } catch let failure as Failure { reasons = [failure.message] } catch let failure as SimulationFailure {
            reasons = ["\(failure.cause)"]
        } catch { reasons = ["\(error)"] }
        self.reasons = reasons
        self.legs = legs
        kills = killer.kills
        journal = sites.journal.lines
    }
}

/// Kills a seeded process at seeded instants, one after the other.
///
/// `@unchecked Sendable`: used on the world's thread only.
private final class Killer: @unchecked Sendable {
    private let sites: SimulatedSites
    private let calm: ClosedRange<Duration>?
    private var generator: SeededGenerator
    private var isOver = false
    private(set) var kills: [String] = []

    init(_ sites: SimulatedSites, _ faults: CycleRun.Faults, _ seed: UInt64) {
        self.sites = sites
        calm = faults.calm
        generator = SeededGenerator(seed: seed, stream: "kills of the cycle")
    }

    func begin() { plan() }
    func end() { isOver = true }

    private func plan() {
        guard let calm else { return }
        sites.world.after(generator.pause(in: calm)) { [weak self] in self?.strike() }
    }

    private func strike() {
        guard !isOver else { return }
        let victims = sites.victims
        if !victims.isEmpty {
            let victim = victims[generator.index(below: victims.count)]
            let isMachine = victim.contains(" ")
            let losing = Bool.random(using: &generator) && !isMachine
            kills.append(victim)
            sites.kill(victim, losingWrites: losing)
        }
        plan()
    }
}

extension CycleRun {
    public var summary: String {
        let verdict = reasons.isEmpty ? "good" : "bad: " + reasons.joined(separator: "; ")
        let hash = String(hash, radix: 16)
        return "\(verdict), \(kills.count) kills, \(world.eventCount) events in "
            + "\(world.now.inMicroseconds / 1_000) ms of virtual time, trace \(hash)"
    }

    /// One seed run twice: good when all is as it must be and both runs did the same.
    public static func twice(seed: UInt64, faults: Faults) throws -> (isGood: Bool, text: String) {
        let one = try CycleRun(seed: seed, faults: faults, keepTrace: true)
        let two = try CycleRun(seed: seed, faults: faults, keepTrace: true)
        if let difference = SimulatedWorld.firstDifference(one.world, two.world) {
            return (false, "the second run differs:\n\(difference)")
        }
        return (one.reasons.isEmpty, one.summary)
    }
}
