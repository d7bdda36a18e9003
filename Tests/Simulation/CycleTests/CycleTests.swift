import SimulatedSites
import Simulation
import Testing

/// The whole cycle of one machine with all real services in one simulated world.
@Suite(.serialized) struct CycleTests {
    @Test func `a machine goes out and comes home in a simulated world`() throws {
        let run = try CycleRun(seed: 1, faults: .none)
        #expect(run.reasons.isEmpty, "\(run.journal.suffix(200).joined(separator: "\n"))")
        print("virtual \(run.world.now), \(run.world.eventCount) events")
    }
}
