import Contract
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
            for count in Swift.stride(from: 1, through: reach.count, by: reach.count > 8 ? 23 : 5) {
                let run = try KilledFailover(failpoint: (reach.name, count))
                kills += run.boots - 1
                #expect(run.phase == "COMMIT_PENDING_OUT", "killed at \(reach.name) #\(count)")
                #expect(run.effects == effects, "killed at \(reach.name) #\(count)")
            }
        }
        #expect(kills > 30)
    }

    @Test func `a group's failover ends the same wherever the vault is killed, with both members on one side`() throws {
        let whole = try KilledFailover(failpoint: nil, group: true)
        let effects = whole.effects.sorted()
        #expect(effects.count > 24)
        var kills = 0
        for reach in whole.reaches {
            // Each item passes the failpoints of a step, so the second time is between the two.
            let pace = reach.count > 8 ? 61 : 6
            for count in Swift.stride(from: min(2, reach.count), through: reach.count, by: pace) {
                let run = try KilledFailover(failpoint: (reach.name, count), group: true)
                kills += run.boots - 1
                #expect(run.phase == "COMMIT_PENDING_OUT COMMIT_PENDING_OUT", "killed at \(reach.name) #\(count)")
                #expect(run.effects.sorted() == effects, "killed at \(reach.name) #\(count)")
                let fenced = run.effects.lastIndex { $0.hasSuffix(".Fence") } ?? .max
                let drained = run.effects.firstIndex { $0.hasSuffix(".Drain") } ?? -1
                let granted = run.effects.lastIndex { $0.contains(".PlaceGrant") } ?? .max
                let power = run.effects.firstIndex { $0.hasPrefix("platform.PowerOn") } ?? -1
                #expect(fenced < drained && granted < power, "killed at \(reach.name) #\(count): \(run.effects)")
            }
        }
        #expect(kills > 30)
    }
}

extension KillTests {
    @Test func `a switch of the process server ends the same wherever the vault is killed`() throws {
        let whole = try KilledFailover(failpoint: nil, switching: true)
        let effects = whole.effects
        #expect(effects.contains("ps-home-2.OpenRelay") && effects.last == "agent-web.OpenSession")
        var kills = 0
        for reach in whole.reaches {
            for count in Swift.stride(from: 1, through: reach.count, by: reach.count > 8 ? 71 : 8) {
                let run = try KilledFailover(failpoint: (reach.name, count), switching: true)
                kills += run.boots - 1
                #expect(run.phase == "PROTECTED_OUT ps-home-2", "killed at \(reach.name) #\(count)")
                #expect(run.effects == effects, "killed at \(reach.name) #\(count)")
            }
        }
        #expect(kills > 10)
    }
}

/// Enable and failover, or a switch, by one vault that may be killed once, and by its successors.
private final class KilledFailover {
    let peers = ScriptedPeers()
    private(set) var reaches: [(name: String, count: Int)] = []
    private(set) var boots = 0
    private(set) var phase = ""

    /// What was done at the components, without the assignments, which may be repeated.
    /// Relays are told of their group's members by a reconciler, too; whose name one call for all bears is a matter of
    /// their ids.
    var effects: [String] {
        peers.log.filter { !$0.contains(".Assign.") && !$0.contains(".OpenRelay@") }.map { line in
            line.contains(".SealGroupFinal@") ? "mt-cloud.SealGroupFinal" : line
        }
    }

    init(failpoint: (name: String, count: Int)?, group: Bool = false, switching: Bool = false) throws {
        let world = SimulatedWorld(seed: 11)
        let host = world.host("vault", address: "10.0.2.2")
        let medium = try MemoryMedium()
        if let failpoint { host.arm(failpoint.name, count: failpoint.count, .kill) }
        let outcome = Outcome()
        while outcome.phase == nil {
            boots += 1
            guard boots < 5 else { throw Failure(.internalError, "the vault was started five times") }
            let vault = host.boot { [peers] environment in
                do {
                    outcome.phase = try await operate(
                        environment, peers, medium, group, switching,
                        audited: failpoint?.name.hasPrefix("vault.") ?? true)
                } catch {
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

private func operate(
    _ base: Environment, _ peers: ScriptedPeers, _ medium: MemoryMedium, _ group: Bool, _ switching: Bool, audited: Bool
) async throws -> String {
    let environment = Environment(
        clock: base.clock, random: base.random, tasks: base.tasks, files: base.files, lanes: base.lanes,
        network: base.network, failpoints: KillingFailpoints(base: base.failpoints, medium: medium))
    let rig = try await Rig(environment, peers, medium)
    if switching { try await rig.hear("ps-home-2") }
    // The same requests after a restart are the same jobs.
    for machine in group ? ["app", "db"] : ["web"] {
        try await rig.succeed(
            rig.core.enableMachine(
                .with {
                    $0.machine = machine
                    $0.group = group ? "shop" : ""
                    $0.processServer = "ps-home"
                    $0.options = rig.options("enable-\(machine)")
                }))
    }
    if switching {
        let request = rig.request("switch").changed { $0.processServer = "ps-home-2" }
        try await rig.succeed(rig.core.switchProcessServer(request))
    } else {
        try await rig.failOver(.out, group ? "shop" : "web")
    }
    // A kill around a commit could leave an effect without its record, or a record without its effect.
    if audited { try await rig.audited() }
    if switching { return try await "\(rig.item().phase) \(rig.item().processServer)" }
    return try await rig.core.vault.store.scope(named: group ? "shop" : "web").items.map(\.phase)
        .joined(separator: " ")
}
