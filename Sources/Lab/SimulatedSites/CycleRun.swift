import Environment
import Model
public import Processes
public import Simulation

/// One machine's whole cycle in a simulated world: what it does, and what came of it.
public struct CycleRun {
    /// A cycle without faults takes 15 s; one with a fault every few seconds that is not done by then never will be.
    public static let usualLimit = Duration.seconds(300)

    public let seed: UInt64
    public let world: SimulatedWorld
    /// Empty when all is as it must be.
    public let reasons: [String]
    /// How often each kind of fault struck.
    public let faults: [CycleFault: Int]
    /// Who asked whom for a connection.
    public let dials: Set<PortMatrix.Dial>
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
        let troubles = CycleTroubles(sites, faults, seed)
        troubles.begin()
        let quiet = troubles.quiet
        let layout = sites.layout
        var reasons: [String] = []
        var legs: [OneMachineCycle.Leg] = []
        do {
            (reasons, legs) = try sites.perform(limit: limit) { world in
                var settings = OneMachineCycle.Settings.small(seed)
                settings.rounds = rounds
                settings.leftOutBytes = leavingOut ? 512 << 10 : nil
                let cycle = OneMachineCycle(layout, world, settings)
                return (try await cycle.run(quiet: { quiet.want() }), await cycle.legs)
            }
        } catch let failure as Failure { reasons = [failure.message] } catch let failure as SimulationFailure {
            reasons = ["\(failure.cause)"]
        } catch { reasons = ["\(error)"] }
        dials = PortMatrix.dials(in: sites)
        let strays = dials.subtracting(PortMatrix.table).map { "no row of the port matrix allows \($0)" }
        self.reasons = reasons + strays.sorted()
        self.legs = legs
        self.faults = troubles.counts
        journal = sites.journal.lines
    }
}

extension CycleRun {
    public var summary: String {
        let verdict = reasons.isEmpty ? "good" : "bad: " + reasons.joined(separator: "; ")
        let hash = String(hash, radix: 16)
        let struck = CycleFault.allCases.map { "\(faults[$0] ?? 0) \($0)s" }.joined(separator: ", ")
        return "\(verdict), \(struck), \(world.eventCount) events in "
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
