import Environment
import Model
import Simulation
import Synchronization

/// A kind of what is done to the world while a cycle runs.
public enum CycleFault: Hashable, Sendable, CaseIterable {
    /// A process dies, or its computer loses power.
    case kill
    /// Two computers, one and all others, or the sites are cut off from each other, both ways or one way, until it
    /// heals.
    case partition
    /// A computer's wall clock jumps.
    case jump
    /// A process stands still, then goes on as if nothing had happened.
    case pause
}

extension CycleRun {
    /// What is done to the world while the cycle runs; all of it follows from the seed.
    public struct Faults: Sendable {
        /// How long it is calm between the end of a fault and the next one of its kind; the kinds know nothing of each
        /// other.
        public var calm: [CycleFault: ClosedRange<Duration>]
        /// Longest latency of a segment between the sites, each drawn anew.
        public var latency: Duration

        public init(calm: [CycleFault: ClosedRange<Duration>] = [:], latency: Duration = .milliseconds(2)) {
            self.calm = calm
            self.latency = latency
        }

        public static let none = Faults()
        /// Something every few seconds, and a link that is good or bad as the seed says.
        public static func seeded(_ seed: UInt64) -> Faults {
            var generator = SeededGenerator(seed: seed, stream: "faults of the cycle")
            let latencies: [Duration] = [.microseconds(500), .milliseconds(2), .milliseconds(10), .milliseconds(40)]
            let latency = latencies[generator.index(below: latencies.count)]
            let rare = Duration.milliseconds(500)...(.seconds(16))
            return Faults(
                calm: [.kill: .milliseconds(500)...(.seconds(8)), .partition: rare, .jump: rare, .pause: rare],
                latency: latency)
        }
    }
}

/// The end of the faults, wanted by the cycle's task.
final class Quiet: Sendable {
    private let wanted = Atomic(false)

    var isWanted: Bool { wanted.load(ordering: .relaxed) }
    func want() { wanted.store(true, ordering: .relaxed) }
}

/// Faults of each kind at seeded instants, those of one kind one after the other.
/// Used on the world's thread only.
final class CycleTroubles {
    /// Shorter and longer than what a caller waits for, and than what makes a component silent.
    private static let partitions: ClosedRange<Duration> = .milliseconds(100)...(.seconds(12))
    private static let pauses: ClosedRange<Duration> = .milliseconds(100)...(.seconds(8))
    /// From the world's time, either way.
    private static let skew = Duration.seconds(30 * 60)

    let quiet = Quiet()
    private let sites: SimulatedSites
    private let calm: [CycleFault: ClosedRange<Duration>]
    private var generators: [CycleFault: SeededGenerator] = [:]
    private(set) var counts: [CycleFault: Int] = [:]

    init(_ sites: SimulatedSites, _ faults: CycleRun.Faults, _ seed: UInt64) {
        self.sites = sites
        calm = faults.calm
        for kind in CycleFault.allCases {
            generators[kind] = SeededGenerator(seed: seed, stream: "\(kind)s of the cycle")
        }
    }

    func begin() { for kind in CycleFault.allCases { plan(kind, after: .zero) } }

    private func plan(_ kind: CycleFault, after length: Duration) {
        guard let range = calm[kind] else { return }
        sites.world.after(length + draw(kind) { $0.pause(in: range) }) { [weak self] in self?.strike(kind) }
    }

    private func draw<T>(_ kind: CycleFault, _ body: (inout SeededGenerator) -> T) -> T {
        body(&generators[kind, default: SeededGenerator(seed: 0)])
    }

    private func strike(_ kind: CycleFault) {
        guard !quiet.isWanted else { return }
        let length = draw(kind) { strike(kind, &$0) }
        if length != nil { counts[kind, default: 0] += 1 }
        plan(kind, after: length ?? .zero)
    }

    /// How long it lasts; nil when there was nothing to hit.
    private func strike(_ kind: CycleFault, _ generator: inout SeededGenerator) -> Duration? {
        switch kind {
        case .kill, .pause:
            let victims = sites.victims
            guard !victims.isEmpty else { return nil }
            let victim = victims[generator.index(below: victims.count)]
            if kind == .pause {
                let length = generator.pause(in: Self.pauses)
                sites.pause(victim, for: length)
                return length
            }
            let losing = Bool.random(using: &generator) && !victim.contains(" ")
            sites.kill(victim, losingWrites: losing)
            return .zero
        case .partition:
            let length = generator.pause(in: Self.partitions)
            let (some, others) = groups(&generator)
            sites.partition(some, from: others, oneWay: Bool.random(using: &generator), for: length)
            return length
        case .jump:
            let computers = sites.computers(of: .home) + sites.computers(of: .cloud)
            let computer = computers[generator.index(below: computers.count)]
            sites.setClock(of: computer, ahead: generator.pause(in: .zero - Self.skew...Self.skew))
            return .zero
        }
    }

    /// What is cut off from what.
    private func groups(_ generator: inout SeededGenerator) -> ([SimulatedHost], [SimulatedHost]) {
        let sides = [sites.computers(of: .home), sites.computers(of: .cloud)]
        let all = sides[0] + sides[1]
        let one = all[generator.index(below: all.count)]
        let others = all.filter { $0 !== one }
        let groups = [([one], [others[generator.index(below: others.count)]]), ([one], others), (sides[0], sides[1])]
        let chosen = groups[generator.index(below: groups.count)]
        return Bool.random(using: &generator) ? chosen : (chosen.1, chosen.0)
    }
}
