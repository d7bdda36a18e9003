import Environment
import Model
import Simulation
import Store
import Synchronization
import Testing

@testable import VaultOrchestrator

@Suite struct KillTests {
    @Test func `a failover ends the same wherever the vault is killed, and each effect is made once`() throws {
        let whole = try KilledFailover(failpoint: nil)
        let effects = whole.effects
        #expect(effects.count > 12)
        var kills = 0
        for reach in whole.reaches {
            // A job journals each step, so the journal's own failpoints are tried at several of them.
            for count in Swift.stride(from: 1, through: reach.count, by: reach.count > 8 ? 5 : 2) {
                let run = try KilledFailover(failpoint: (reach.name, count))
                kills += run.boots - 1
                #expect(run.phase == "COMMIT_PENDING_OUT", "killed at \(reach.name) #\(count)")
                #expect(run.effects == effects, "killed at \(reach.name) #\(count)")
            }
        }
        #expect(kills > 30)
    }
}

/// Enable and failover by one vault that may be killed once, and by its successors.
private final class KilledFailover {
    let peers = ScriptedPeers()
    private(set) var reaches: [(name: String, count: Int)] = []
    private(set) var boots = 0
    private(set) var phase = ""

    /// What was done at the components, without the assignments, which may be repeated.
    var effects: [String] { peers.log.filter { !$0.contains(".Assign.") } }

    init(failpoint: (name: String, count: Int)?) throws {
        let world = SimulatedWorld(seed: 11)
        let host = world.host("vault", address: "10.0.2.2")
        let medium = try MemoryMedium()
        if let failpoint { host.arm(failpoint.name, count: failpoint.count, .kill) }
        let outcome = Outcome()
        while outcome.phase == nil {
            boots += 1
            guard boots < 5 else { throw Failure(.internalError, "the vault was started five times") }
            let vault = host.boot { [peers] environment in
                do { outcome.phase = try await failOver(environment, peers, medium) } catch {
                    outcome.trouble = "\(error)"
                }
            }
            try world.run(limit: .seconds(3_600)) { outcome.phase != nil || outcome.trouble != nil || !vault.isAlive }
            if let trouble = outcome.trouble, vault.isAlive { throw Failure(.internalError, trouble) }
            outcome.trouble = nil
        }
        phase = outcome.phase ?? ""
        reaches = host.failpointReaches.filter { $0.name.hasPrefix("vault.") || $0.name.hasPrefix("workflow.") }
    }
}

/// `@unchecked Sendable`: the world runs everything on one thread.
private final class Outcome: @unchecked Sendable {
    var phase: String?
    var trouble: String?
}

private func failOver(
    _ base: Environment, _ peers: ScriptedPeers, _ medium: MemoryMedium
) async throws -> String {
    let environment = Environment(
        clock: base.clock, random: base.random, tasks: base.tasks, files: base.files, lanes: base.lanes,
        network: base.network, failpoints: KillingFailpoints(base: base.failpoints, medium: medium))
    let rig = try await Rig(environment, peers, medium)
    // The same requests after a restart are the same jobs.
    try await rig.succeed(
        rig.core.enableMachine(
            .with {
                $0.machine = "web"
                $0.options = rig.options("enable")
            }))
    try await rig.failOver(.out)
    return try await rig.item().phase
}
