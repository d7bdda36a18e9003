import Environment
import SimulatedSites
import Simulation
import Testing

/// The whole cycle of one machine with all real services in one simulated world.
struct CycleTests {
    @Test(arguments: UInt64(1)...20)
    func `a machine goes out and comes home through faults, and the seed replays it`(_ seed: UInt64) throws {
        let verdict = try CycleRun.twice(seed: seed, faults: .seeded(seed))
        print("seed \(seed): \(verdict.text)")
        #expect(verdict.isGood, "seed \(seed): \(verdict.text); see `cycle-seeds seed \(seed)`")
    }

    @Test func `a machine goes out and comes home when nothing fails`() throws {
        let run = try CycleRun(seed: 1, faults: .none)
        #expect(run.reasons.isEmpty)
        #expect(run.faults.isEmpty)
    }

    @Test func `each program connects to whom the table allows, and to nobody else`() throws {
        #expect(try CycleRun(seed: 2, faults: .none).dials.sorted() == PortMatrix.table.sorted())
    }

    @Test func `a machine goes out and comes home through partitions, wrong clocks and processes that stand still`()
        throws
    {
        let often = Duration.milliseconds(500)...(.seconds(3))
        for kind in CycleFault.allCases {
            let run = try CycleRun(seed: 1, faults: .init(calm: [kind: often]))
            print("\(kind)s only: \(run.summary)")
            #expect(run.reasons.isEmpty)
            #expect(run.faults.keys.sorted { "\($0)" < "\($1)" } == [kind] && run.faults[kind, default: 0] > 1)
        }
    }

    @Test(arguments: UInt64(101)...103)
    func `a disk that is left out stays at home through faults, with what was written to it`(_ seed: UInt64) throws {
        let run = try CycleRun(seed: seed, faults: .seeded(seed), leavingOut: true)
        print("seed \(seed): \(run.summary)")
        #expect(run.reasons.isEmpty)
    }

    @Test func `three full rounds, the third still O(changes)`() throws {
        let run = try CycleRun(seed: 3, faults: .none, rounds: 3)
        #expect(run.reasons.isEmpty)
        let round = ["reprotect", "re-protect"]
        #expect(run.legs.map(\.name) == round + round + round)
        // A disk of 256 blocks that the guest writes all the time: none of it is compared or copied as a whole.
        #expect(run.legs.allSatisfy { $0.moved > 0 && $0.moved <= $0.bound && $0.bound < 220 }, "\(run.legs)")
    }

    @Test func `the first event that differs is named`() throws {
        func world(_ text: String) -> SimulatedWorld {
            let world = SimulatedWorld(seed: 1)
            world.keepTrace()
            world.note("the same")
            world.note(text)
            return world
        }
        let (one, two) = (world("one"), world("two"))
        let difference = try #require(SimulatedWorld.firstDifference(one, two))
        #expect(difference.contains("note the same") && difference.contains("1 0.000000s #0 note one"))
        #expect(SimulatedWorld.firstDifference(one, world("one")) == nil)
    }
}

/// What seeds found, each by its own name.
struct CycleFindingTests {
    @Test func `the vault closes jobs at the home platform through the configuration server, never by itself`() throws {
        let sites = try SimulatedSites(seed: 101)
        try sites.world.run(for: .seconds(25))
        #expect(PortMatrix.dials(in: sites).subtracting(PortMatrix.table).isEmpty)
    }

    @Test func `a site host that loses what it did not sync finds its machine's directory again`() throws {
        for seed in UInt64(1)...4 {
            let sites = try SimulatedSites(seed: seed)
            try sites.createMachine()
            sites.kill("host-home", losingWrites: true)
            try sites.world.run(for: .seconds(6))
            #expect(sites.victims.contains("host-home"), "seed \(seed): \(sites.journal.lines.suffix(5))")
            sites.kill("agent vm-01", losingWrites: false)
            try sites.world.run(for: .seconds(3))
            #expect(sites.victims.contains("agent vm-01"), "seed \(seed): \(sites.journal.lines.suffix(5))")
        }
    }
}
